//! Everything that outlives a life of the watcher.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use mergecast::linkedin::credentials::{self, CredentialProblem};
use mergecast::linkedin::endpoint::Endpoint;
use mergecast::model::Instant;
use mergecast::model::config::Config;
use mergecast::model::path::{ContentPath, ReadError};
use mergecast::model::urn::AuthorUrn;
use mergecast::pass::{PassOptions, TokenFuture, ready};
use mergecast::ports::{
    Committed, ContentSource, ContentTree, Entropy, HttpRequest, HttpResponse, LedgerChange,
    LedgerError, LedgerSnapshot, LedgerStore, LedgerVersion, LockfileStore, LockfileWritten, Ports,
    Progress, SourceError, Transport, TransportError,
};
use mergecast::sandbox::{Directory, InMemory, Linkedin};
use mergecast::system::MemoryJournal;

use crate::clock::YearClock;
use crate::stores::{Branch, BranchLockfile, Newest};

use crate::authors::linkedin;
pub(crate) use crate::authors::{MEMBER, PAGE, path};

/// See the module.
pub(crate) struct Earth {
    pub(crate) clock: YearClock,
    pub(crate) branch: Branch,
    pub(crate) ledger: Newest,
    pub(crate) weather: Rc<Weather>,
    linkedin: Arc<Mutex<Linkedin>>,
    nonces: Rc<Cell<u64>>,
}

/// What does not work now.
#[derive(Default)]
pub(crate) struct Weather {
    /// git does not answer.
    pub(crate) remote_away: Cell<bool>,
    /// LinkedIn cannot be connected to.
    pub(crate) linkedin_away: Cell<bool>,
    /// The token has ended.
    pub(crate) token_ended: Cell<bool>,
    /// What goes wrong with the next create requests, after they took effect.
    pub(crate) lose_answers: Cell<u32>,
    /// Create requests LinkedIn is too busy for.
    pub(crate) throttle: Cell<u32>,
    /// How often each of it was met.
    pub(crate) met: RefCell<BTreeMap<&'static str, u32>>,
}

impl Weather {
    fn meet(&self, what: &'static str) {
        *self.met.borrow_mut().entry(what).or_default() += 1;
    }
}

pub(crate) fn options() -> PassOptions {
    PassOptions {
        only: Vec::new(),
        allow_changes: Some(1000),
        paused_by_environment: false,
        repository_id: Some("7".to_owned()),
        runner: "a year".to_owned(),
        endpoint: Endpoint::new(None).unwrap(),
    }
}

pub(crate) fn token(earth: &Earth, config: &Config, author: &AuthorUrn) -> TokenFuture {
    let variable = "LINKEDIN_ACCESS_TOKEN".to_owned();
    let environment = match earth.weather.token_ended.get() {
        true => {
            earth.weather.meet("token ended");
            [].into()
        }
        false => [(variable, Directory::token_of(author))].into(),
    };
    let token: Result<_, CredentialProblem> = credentials::resolve(author, config, &environment);
    ready(token)
}

/// The ports of one life.
pub(crate) type World = Ports<
    YearClock,
    Counted,
    Far<Branch>,
    Far<Newest>,
    Far<BranchLockfile>,
    MemoryJournal,
    Far<InMemory<YearClock>>,
    Unwatched,
>;

impl Earth {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            clock: YearClock::starting_at(now),
            branch: Branch::default(),
            ledger: Newest::default(),
            weather: Rc::default(),
            linkedin: Arc::new(Mutex::new(linkedin())),
            nonces: Rc::default(),
        }
    }

    pub(crate) fn is_away(&self) -> bool {
        self.weather.remote_away.get()
    }

    /// LinkedIn itself.
    pub(crate) fn linkedin(&self) -> MutexGuard<'_, Linkedin> {
        self.linkedin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn world(&self) -> World {
        self.world_at(1)
    }

    /// The ports of somebody for whom no call takes any time.
    pub(crate) fn instant_world(&self) -> World {
        self.world_at(0)
    }

    fn world_at(&self, pace: u64) -> World {
        let lockfile = BranchLockfile(self.branch.clone(), path("mergecast.lock"));
        let transport = InMemory::new(Arc::clone(&self.linkedin), self.clock.clone());
        Ports {
            content: self.far(self.branch.clone(), 400 * pace),
            ledger: self.far(self.ledger.clone(), 500 * pace),
            lockfile: self.far(lockfile, 300 * pace),
            transport: self.far(transport, 120 * pace),
            // Another machine goes on: only the ledger tells what was done.
            journal: MemoryJournal::default(),
            entropy: Counted(Rc::clone(&self.nonces)),
            progress: Unwatched,
            clock: self.clock.clone(),
        }
    }

    fn far<P>(&self, port: P, takes: u64) -> Far<P> {
        Far {
            port,
            clock: self.clock.clone(),
            weather: Rc::clone(&self.weather),
            takes,
        }
    }
}

/// A port that takes time to reach, and may be out of reach.
pub(crate) struct Far<P> {
    port: P,
    clock: YearClock,
    weather: Rc<Weather>,
    takes: u64,
}

impl<P> Far<P> {
    /// On the way to a port and back; a life may end at each.
    async fn call<T>(&self, call: impl Future<Output = T>) -> T {
        self.clock.takes(self.takes / 2).await;
        let result = call.await;
        self.clock.takes(self.takes / 2).await;
        result
    }
}

fn away() -> (String, String) {
    ("origin".to_owned(), "it does not answer".to_owned())
}

impl<P: ContentSource> ContentSource for Far<P> {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        if self.weather.remote_away.get() {
            self.weather.meet("remote away");
            self.clock.takes(self.takes).await;
            let (remote, problem) = away();
            return Err(SourceError::Unreachable { remote, problem });
        }
        self.call(self.port.load()).await
    }
}

impl<P: LedgerStore> LedgerStore for Far<P> {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        if self.weather.remote_away.get() {
            self.weather.meet("remote away");
            self.clock.takes(self.takes).await;
            let (remote, problem) = away();
            return Err(LedgerError::Unreachable { remote, problem });
        }
        self.call(self.port.load()).await
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        if self.weather.remote_away.get() {
            self.weather.meet("remote away");
            self.clock.takes(self.takes).await;
            let (remote, problem) = away();
            return Err(LedgerError::Unreachable { remote, problem });
        }
        self.call(self.port.commit(base, change)).await
    }
}

impl<P: LockfileStore> LockfileStore for Far<P> {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        self.call(self.port.read()).await
    }

    async fn write(&self, text: &Bytes) -> LockfileWritten {
        if self.weather.remote_away.get() {
            let (_, problem) = away();
            return LockfileWritten::Failed { problem };
        }
        self.call(self.port.write(text)).await
    }
}

fn less(count: &Cell<u32>) -> bool {
    let left = count.get();
    count.set(left.saturating_sub(1));
    left > 0
}

impl<P: Transport> Transport for Far<P> {
    fn skew(&self) -> Option<chrono::TimeDelta> {
        self.port.skew()
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if self.weather.linkedin_away.get() {
            self.weather.meet("LinkedIn away");
            self.clock.takes(self.takes).await;
            return Err(TransportError::NotSent("connection refused".to_owned()));
        }
        let creates =
            request.method() == http::Method::POST && request.uri().path() == "/rest/posts";
        if creates && less(&self.weather.throttle) {
            self.weather.meet("throttled");
            let body = r#"{"serviceErrorCode":101,"message":"Resource level throttle limit for calls to this resource is reached.","status":429}"#;
            let answer = http::Response::builder()
                .status(429)
                .header("content-type", "application/json");
            return Ok(answer.body(body.into()).unwrap());
        }
        let answer = self.call(self.port.send(request)).await;
        if creates && less(&self.weather.lose_answers) {
            self.weather.meet("answer lost");
            return Err(TransportError::NoAnswer("connection reset".to_owned()));
        }
        answer
    }
}

/// Nonces that never come twice.
pub(crate) struct Counted(Rc<Cell<u64>>);

impl Entropy for Counted {
    fn nonce(&self) -> String {
        self.0.set(self.0.get() + 1);
        // The first digits are what waits are jittered by.
        let count = self.0.get();
        format!("{:02x}{count:030x}", count.wrapping_mul(97) % 256)
    }
}

/// Nobody watches.
pub(crate) struct Unwatched;

impl Progress for Unwatched {
    fn upload_started(&self, _path: &ContentPath, _bytes: u64) {}
    fn upload_advanced(&self, _path: &ContentPath, _bytes: u64) {}
    fn upload_finished(&self, _path: &ContentPath) {}
}
