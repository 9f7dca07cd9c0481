//! Requests that begin in time or not at all.
//!
//! Owns the limit that goes with a create request: its declaration is a promise that nothing
//! is sent later, and others rely on it. Must not decide how long that is.

use std::time::Duration;

use chrono::TimeDelta;

use crate::model::requests::Sent;
use crate::ports::{HttpRequest, HttpResponse, NotAfter, Transport, TransportError};

/// A transport whose requests do not begin after a moment on [`crate::ports::Clock::uptime`].
pub(super) struct Punctual<'t, T: Transport> {
    pub(super) transport: &'t T,
    pub(super) not_after: Duration,
}

impl<T: Transport> Transport for Punctual<'_, T> {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let not_after = NotAfter(self.not_after);
        request.extensions_mut().insert(not_after);
        self.transport.send(request).await
    }

    fn sent(&self) -> Option<Sent> {
        self.transport.sent()
    }

    fn skew(&self) -> Option<TimeDelta> {
        self.transport.skew()
    }

    fn skew_since(&self, since: Duration) -> Option<TimeDelta> {
        self.transport.skew_since(since)
    }
}
