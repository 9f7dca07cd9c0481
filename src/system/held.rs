//! A connection that is made ahead and held until an instant.
//!
//! Owns the wait between a connection and the first byte on it: looking up a name,
//! connecting and agreeing on TLS take tenths of a second, which a post with a time need
//! not be late by. Must not know what is sent.
#![allow(
    clippy::disallowed_methods,
    reason = "a connection on a real network is held in real time"
)]

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tower_layer::Layer;
use tower_service::Service;

use super::SystemClock;
use crate::model::Instant;
use crate::ports::Clock as _;

/// How long before its time a request may be handed over. Short enough that no server
/// takes the silent connection for a dead one.
pub(super) const HEAD_START: Duration = Duration::from_secs(1);
/// A clock that is set back meanwhile is not waited for.
const LONGEST: Duration = Duration::from_secs(2);

/// Until when the next connection is held.
#[derive(Clone, Debug, Default)]
pub(super) struct Hold(Arc<Mutex<Option<Instant>>>);

impl Hold {
    /// The next connection is held until `until`.
    pub(super) fn until(&self, until: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    fn take(&self) -> Option<Instant> {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.take()
    }
}

impl<S> Layer<S> for Hold {
    type Service = Held<S>;

    fn layer(&self, connector: S) -> Held<S> {
        Held {
            connector,
            hold: self.clone(),
        }
    }
}

/// A connector whose connections are held.
#[derive(Clone, Debug)]
pub(super) struct Held<S> {
    connector: S,
    hold: Hold,
}

type Problem = Box<dyn Error + Send + Sync>;

impl<S, R> Service<R> for Held<S>
where
    S: Service<R, Error = Problem>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, Problem>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let until = self.hold.take();
        let connecting = self.connector.call(to);
        Box::pin(async move {
            let connection = connecting.await?;
            let Some(until) = until else {
                return Ok(connection);
            };
            match tokio::time::timeout(LONGEST, SystemClock.sleep_until(until)).await {
                Ok(()) => Ok(connection),
                Err(_) => Err("the clock was set back while the connection was held".into()),
            }
        })
    }
}
