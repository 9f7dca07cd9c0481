//! A body that is sent in time or not at all.
//!
//! Owns the last look at the boot-time clock, when a connection stands and the first byte of
//! the body is asked for. A request without its body creates nothing. Must not know what is
//! sent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::clock::SystemClock;
use crate::ports::Clock as _;

/// Why a request was not sent.
pub(super) const TOO_LATE: &str = "its time was over before it was sent";

/// The limit of one request, and whether it was kept.
#[derive(Clone)]
pub(super) struct Limit {
    not_after: Duration,
    missed: Arc<AtomicBool>,
}

impl Limit {
    pub(super) fn new(not_after: Duration) -> Self {
        let missed = Arc::default();
        Self { not_after, missed }
    }

    /// Whether the time is over; it is remembered.
    pub(super) fn is_over(&self) -> bool {
        let over = SystemClock.uptime() > self.not_after;
        self.missed.fetch_or(over, Ordering::Relaxed);
        over
    }

    /// Whether the body was withheld.
    pub(super) fn was_missed(&self) -> bool {
        self.missed.load(Ordering::Relaxed)
    }
}

/// Bytes that are withheld once their time is over.
pub(super) struct InTime {
    pub(super) bytes: Bytes,
    pub(super) limit: Limit,
}

impl http_body::Body for InTime {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        if self.limit.is_over() {
            return Poll::Ready(Some(Err(std::io::Error::other(TOO_LATE))));
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use http_body::Body as _;

    use super::*;

    fn first(limit: Limit) -> Poll<Option<bool>> {
        let bytes = Bytes::from_static(b"{}");
        let mut body = InTime { bytes, limit };
        let frame = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        frame.map(|frame| frame.map(|frame| frame.is_ok()))
    }

    #[test]
    fn bytes_leave_in_time_and_never_later() {
        let in_time = Limit::new(SystemClock.uptime() + Duration::from_secs(3600));
        assert_eq!(first(in_time.clone()), Poll::Ready(Some(true)));
        assert!(!in_time.was_missed());
        let over = Limit::new(Duration::ZERO);
        assert_eq!(first(over.clone()), Poll::Ready(Some(false)));
        assert!(over.was_missed());
    }
}
