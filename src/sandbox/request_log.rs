//! What the sandbox was asked, in order.
//!
//! Owns the entries of the request log, with tokens shortened to fingerprints. Must not
//! keep uploaded bytes: of those it says how many they were.

use bytes::Bytes;
use http::Request;
use serde::{Deserialize, Serialize};

use super::faults::{Fault, When};
use crate::model::Instant;
use crate::model::digest::Digest;

/// Bodies longer than this are not kept, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// When it came.
    pub at: Instant,
    /// The verb.
    pub method: String,
    /// The host and port addressed, where known.
    pub host: Option<String>,
    /// Path and query as sent, not decoded.
    pub target: String,
    /// Headers in order, names in lower case. Of an `authorization` only its scheme and
    /// the first hex digits of its token's SHA-256 are kept.
    pub headers: Vec<(String, String)>,
    /// The body, when it is text of at most 64 KiB.
    pub body: Option<String>,
    /// The size of the body in bytes.
    pub body_bytes: usize,
    /// The status answered; none: the connection ended without an answer.
    pub status: Option<u16>,
    /// The status of what took effect, which a mishap may have hidden from the sender;
    /// none: the request never took effect.
    pub real_status: Option<u16>,
    /// The scripted mishap.
    pub fault: Option<(When, Fault)>,
}

impl LoggedRequest {
    pub(super) fn new(request: &Request<Bytes>, now: Instant) -> Self {
        let target = request.uri().path_and_query();
        let body = request.body();
        let text = (body.len() <= MAX_BODY).then(|| String::from_utf8(body.to_vec()).ok());
        Self {
            at: now,
            method: request.method().to_string(),
            host: host(request),
            target: target.map_or_else(String::new, ToString::to_string),
            headers: request.headers().iter().map(header).collect(),
            body: text.flatten(),
            body_bytes: body.len(),
            status: None,
            real_status: None,
            fault: None,
        }
    }

    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

fn host(request: &Request<Bytes>) -> Option<String> {
    let authority = request.uri().authority().map(ToString::to_string);
    let header = || request.headers().get(http::header::HOST)?.to_str().ok();
    authority.or_else(|| header().map(str::to_owned))
}

fn header((name, value): (&http::HeaderName, &http::HeaderValue)) -> (String, String) {
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = if name == http::header::AUTHORIZATION {
        let (scheme, token) = text.split_once(' ').unwrap_or(("", &text));
        format!("{scheme} {}", fingerprint(token))
    } else {
        text.into_owned()
    };
    (name.to_string(), text)
}

/// The first hex digits of the token's SHA-256: enough to tell tokens apart.
pub(super) fn fingerprint(token: &str) -> String {
    format!("sha256:{}", Digest::of(token.as_bytes()).short())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_reaches_the_log() {
        let request = Request::put("http://x/dms-uploads/a?b=%3A")
            .header("Authorization", "Bearer very-secret")
            .body(Bytes::from_static(b"\xff\xd8"))
            .unwrap();
        let logged = LoggedRequest::new(&request, "2026-09-01T00:00:00Z".parse().unwrap());
        assert_eq!(logged.host.as_deref(), Some("x"));
        assert_eq!(logged.target, "/dms-uploads/a?b=%3A");
        let bearer = logged.header("authorization").unwrap();
        assert!(
            bearer.starts_with("Bearer sha256:") && bearer.len() == 26,
            "{bearer}"
        );
        assert!(!format!("{logged:?}").contains("very-secret"));
        assert_eq!((logged.body, logged.body_bytes), (None, 2));
    }
}
