//! The sandbox as a transport, without a socket.
//!
//! Owns how replies become what a sender sees. Must not decide what is answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;

use super::Linkedin;
use super::faults::Reply;
use crate::model::requests::{Credential, Sent};
use crate::ports::{
    Clock, HttpRequest, HttpResponse, NotAfter, Transport, TransportError, with_body,
};

/// How long a sender waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A transport that ends in a sandbox. The sandbox lives on when the transport is dropped,
/// as LinkedIn does when a sender dies.
#[derive(Debug)]
pub struct InMemory<C> {
    linkedin: Arc<Mutex<Linkedin>>,
    clock: C,
    patience: Duration,
    sent: std::cell::RefCell<Sent>,
}

impl<C: Clock> InMemory<C> {
    /// A transport to `linkedin` in the time of `clock`.
    #[must_use]
    pub fn new(linkedin: Arc<Mutex<Linkedin>>, clock: C) -> Self {
        Self {
            linkedin,
            clock,
            patience: PATIENCE,
            sent: std::cell::RefCell::default(),
        }
    }

    /// The same with another patience; it is 60 seconds at first.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The sandbox. It must not be held across an await.
    pub fn linkedin(&self) -> MutexGuard<'_, Linkedin> {
        lock(&self.linkedin)
    }

    async fn wait(&self, delay: Duration) {
        let delay = chrono::Duration::from_std(delay).unwrap_or_default();
        self.clock.sleep_until(self.clock.now() + delay).await;
    }
}

/// A sandbox that panicked elsewhere is still a sandbox.
pub(super) fn lock(linkedin: &Mutex<Linkedin>) -> MutexGuard<'_, Linkedin> {
    linkedin.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<C: Clock> Transport for InMemory<C> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let credential = request.extensions().get::<Credential>();
        self.sent.borrow_mut().count(credential);
        if let Some(NotAfter(end)) = request.extensions().get()
            && self.clock.uptime() > *end
        {
            return Err(TransportError::NotSent(
                "its time was over before it was sent".to_owned(),
            ));
        }
        let mut request = with_body(request)?;
        // HTTP itself adds the length to a body; RFC 9110, section 8.6.
        let length = request.body().len();
        if length > 0 || matches!(request.method().as_str(), "POST" | "PUT" | "PATCH") {
            let headers = request.headers_mut();
            headers
                .entry(CONTENT_LENGTH)
                .or_insert_with(|| HeaderValue::from(length));
        }
        let mut reply = {
            let now = self.clock.now();
            self.linkedin().handle_with_faults(&request, now)
        };
        let mut waited = Duration::ZERO;
        loop {
            match reply {
                Reply::Response(response) => return Ok(response),
                Reply::Dropped => {
                    let problem = "the connection closed before an answer came";
                    return Err(TransportError::NoAnswer(problem.to_owned()));
                }
                Reply::Refused => {
                    return Err(TransportError::NotSent("connection refused".to_owned()));
                }
                Reply::Delayed(delay, later) => {
                    let left = self.patience.saturating_sub(waited);
                    self.wait(delay.min(left)).await;
                    if delay > left {
                        let seconds = self.patience.as_secs();
                        let problem = format!("no answer within {seconds} seconds");
                        return Err(TransportError::NoAnswer(problem));
                    }
                    waited += delay;
                    reply = *later;
                }
            }
        }
    }

    /// The sandbox lives in the sender's time.
    fn skew(&self) -> Option<TimeDelta> {
        Some(TimeDelta::zero())
    }

    fn sent(&self) -> Option<Sent> {
        Some(self.sent.borrow().clone())
    }
}
