//! The way to the sandbox, in all weathers.
//!
//! Owns where mishaps of requests strike, and counting requests by author. The sandbox's
//! own fault rules do the damage, one rule for the one request it is laid down for. Must
//! not draw lots: see [`super::weather`].

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::NaiveDate;
use http::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};

use super::ports::{PlayedClock, PlayedLedger, REQUEST};
use super::weather::{Mishap, Weather};
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::requests::Sent;
use crate::ports::{Clock, HttpRequest, HttpResponse, Transport, TransportError};
use crate::record::State;
use crate::report::rehearsal::Fault as Struck;
use crate::sandbox::{Fault, FaultRule, InMemory, When};

/// What was sent, and what struck. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic(Rc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    struck: RefCell<Vec<(Instant, Struck, Option<PostKey>)>>,
    /// By day of UTC and token.
    requests: RefCell<BTreeMap<(NaiveDate, String), u32>>,
    creations: Cell<i64>,
    outage_told: Cell<Option<Instant>>,
}

impl Traffic {
    /// The mishaps since the last call, in order.
    pub(super) fn struck(&self) -> Vec<(Instant, Struck, Option<PostKey>)> {
        self.0.struck.take()
    }

    /// Requests by day of UTC and token.
    pub(super) fn requests(&self) -> BTreeMap<(NaiveDate, String), u32> {
        self.0.requests.borrow().clone()
    }

    fn strike(&self, at: Instant, struck: Struck, key: Option<PostKey>) {
        self.0.struck.borrow_mut().push((at, struck, key));
    }

    /// Of an outage it is told once.
    fn outage(&self, at: Instant, until: Instant) {
        if self.0.outage_told.replace(Some(until)) != Some(until) {
            self.strike(at, Struck::Outage { until }, None);
        }
    }

    fn count(&self, request: &HttpRequest, day: NaiveDate) {
        let token = request.headers().get(AUTHORIZATION);
        let token = token.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        // Bytes of media go to signed addresses, which count for nobody.
        if let Some(token) = token {
            let mut requests = self.0.requests.borrow_mut();
            *requests.entry((day, token.to_owned())).or_default() += 1;
        }
    }

    /// The number of the next request that creates something.
    fn next_creation(&self) -> i64 {
        self.0.creations.replace(self.0.creations.get() + 1)
    }
}

/// The transport of a rehearsal.
pub(super) struct Weathered<'a> {
    pub(super) sandbox: InMemory<PlayedClock>,
    pub(super) clock: PlayedClock,
    pub(super) weather: &'a Weather,
    pub(super) ledger: PlayedLedger,
    pub(super) traffic: Traffic,
}

/// Whether a request makes something readers see.
fn creates(request: &HttpRequest) -> bool {
    let path = request.uri().path();
    let creates = path == "/rest/posts" || path.ends_with("/comments");
    creates && request.method() == http::Method::POST
}

impl Weathered<'_> {
    /// The post that is being sent: a runner has at most one open declaration.
    fn sending(&self) -> Option<PostKey> {
        self.ledger.look(|ledger| {
            let mut entries = ledger.entries.values();
            let open = entries.find(|entry| entry.state == State::Sending);
            open.map(|entry| entry.key.clone())
        })
    }

    /// Lays down what strikes `request`, and returns the `Retry-After` of its answer.
    fn strike(&self, request: &HttpRequest) -> Option<u32> {
        let now = self.clock.now();
        if let Some(until) = self.weather.outage(now) {
            self.traffic.outage(now, until);
            self.lay_down(request, When::Before, Fault::Refuse);
            return None;
        }
        if !creates(request) {
            return None;
        }
        let mishap = self.weather.mishap(self.traffic.next_creation())?;
        let (when, fault, struck, wait) = match mishap {
            Mishap::Limited(wait) => {
                let struck = Struck::Limited { wait };
                (When::Before, Fault::Status(429), struck, wait)
            }
            Mishap::Lost { took_effect } => {
                let when = if took_effect {
                    When::After
                } else {
                    When::Before
                };
                (when, Fault::Drop, Struck::Lost { took_effect }, None)
            }
        };
        self.lay_down(request, when, fault);
        self.traffic.strike(now, struck, self.sending());
        wait
    }

    fn lay_down(&self, request: &HttpRequest, when: When, fault: Fault) {
        let method = request.method().as_str();
        let rule = FaultRule::first(method, request.uri().path(), when, fault);
        self.sandbox.linkedin().faults.rules.push(rule);
    }
}

impl Transport for Weathered<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.clock.pass(REQUEST);
        let wait = self.strike(&request);
        self.traffic.count(&request, self.clock.now().date_naive());
        let mut response = self.sandbox.send(request).await?;
        if let Some(wait) = wait {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        Ok(response)
    }

    fn sent(&self) -> Option<Sent> {
        self.sandbox.sent()
    }

    fn skew(&self) -> Option<chrono::TimeDelta> {
        self.sandbox.skew()
    }
}
