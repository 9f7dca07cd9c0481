//! HTTP, and what may be asked of it beside a request.
//!
//! Owns the trait and the extensions of a request. Must not contain an implementation, nor
//! know LinkedIn.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;

use crate::file_bytes::{FileBytes, read_range};
use crate::model::Instant;
use crate::model::requests::Sent;

/// One HTTP request, whole.
pub type HttpRequest = http::Request<Bytes>;
/// One HTTP response, whole.
pub type HttpResponse = http::Response<Bytes>;

/// How long one request may take in all, from connecting to the last byte of the answer:
/// an extension of [`HttpRequest`]. Without it the transport's own limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(pub std::time::Duration);

/// The longest answer that is read, in bytes: an extension of [`HttpRequest`]. Without it
/// the transport's own limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimit(pub usize);

/// The moment on [`super::Clock::uptime`] after which a request must not begin any more: an
/// extension of [`HttpRequest`]. A runner may stand still between deciding to send and the
/// first byte, and by then a person may have said that nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAfter(pub std::time::Duration);

/// When the first byte of a request may leave: an extension of [`HttpRequest`]. The
/// connection may be there before. Who sends it with a transport whose
/// [`Transport::head_start`] is zero waits until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBefore(pub Instant);

/// A body that is a part of a file, to be sent without having it in memory: an extension of
/// an [`HttpRequest`] whose own body is empty.
#[derive(Clone)]
pub struct FileBody {
    /// The file.
    pub file: Arc<dyn FileBytes>,
    /// The bytes to send.
    pub range: Range<u64>,
}

impl FileBody {
    /// A whole file.
    #[must_use]
    pub fn whole(file: Arc<dyn FileBytes>) -> Self {
        let range = 0..file.size();
        Self { file, range }
    }
}

/// The same request with its body in memory, for transports that do not stream.
///
/// # Errors
/// When the file cannot be read: nothing was sent.
pub fn with_body(mut request: HttpRequest) -> Result<HttpRequest, TransportError> {
    if let Some(body) = request.extensions_mut().remove::<FileBody>() {
        let bytes = read_range(body.file.as_ref(), body.range);
        let bytes = bytes.map_err(|error| TransportError::NotSent(error.to_string()))?;
        *request.body_mut() = Bytes::from(bytes);
    }
    Ok(request)
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No byte of the request left: name not found, connection refused, TLS failure.
    #[error("nothing was sent: {0}")]
    NotSent(String),
    /// The request may have arrived: timeout, reset, unreadable answer.
    #[error("no readable answer came: {0}")]
    NoAnswer(String),
}

/// HTTP: one request, at most one on the wire, no retries, no redirects followed.
#[allow(
    async_fn_in_trait,
    reason = "passes run on one thread; no Send bound is wanted"
)]
pub trait Transport {
    /// Sends `request`, with its [`FileBody`] where it has one, on a fresh connection, and
    /// reads the whole response.
    ///
    /// # Errors
    /// Tells apart what surely did not arrive from what may have.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;

    /// How long before its [`NotBefore`] a request may be handed over: so long the transport
    /// holds it back by itself, and connects meanwhile.
    fn head_start(&self) -> TimeDelta {
        TimeDelta::zero()
    }

    /// What it has sent so far; a request counts against the
    /// [`Credential`](crate::model::requests::Credential) among its extensions. `None`: it
    /// does not count.
    fn sent(&self) -> Option<Sent> {
        None
    }

    /// How far LinkedIn's clock was ahead of this machine's at the newest answer, by the
    /// answer's `Date` (RFC 9110, section 6.6.1; whole seconds); `None`: no answer had one.
    fn skew(&self) -> Option<TimeDelta> {
        None
    }

    /// The same, where an answer came after the moment `since` of
    /// [`super::Clock::uptime`]: this machine's clock may have been set since an older one.
    fn skew_since(&self, since: std::time::Duration) -> Option<TimeDelta> {
        let _ = since;
        self.skew()
    }
}
