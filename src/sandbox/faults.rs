//! What goes wrong, by script.
//!
//! Owns rules that name a request and a mishap, each used up by the one request it hits.
//! Must not draw lots: the same script and requests give the same mishaps.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use serde::{Deserialize, Serialize};

use super::answer;

/// Whether a mishap comes before the request takes effect or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The request never takes effect (a delay: takes effect late).
    Before,
    /// The request takes effect, and then its answer suffers.
    After,
}

/// One mishap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The connection is refused: nothing arrives. A listener, which has accepted by then,
    /// closes instead.
    Refuse,
    /// The connection ends without an answer.
    Drop,
    /// The answer comes this much later.
    #[serde(rename = "delay_ms", with = "milliseconds")]
    Delay(Duration),
    /// A JSON error with this status.
    Status(u16),
    /// 200 with a body that is no JSON, and no id.
    Garbage,
    /// A gateway's 502 page.
    Html502,
    /// The answer without its `x-restli-id`.
    MissingId,
    /// 307 to the address that was asked.
    Redirect,
}

/// Which request meets which mishap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The verb; none: any.
    #[serde(default)]
    pub method: Option<String>,
    /// What the raw path begins with.
    #[serde(default)]
    pub path: String,
    /// Which of the requests that match, from 1.
    #[serde(default = "first")]
    pub nth: u32,
    /// Before or after it takes effect.
    pub when: When,
    /// What happens.
    pub what: Fault,
    /// How many requests matched so far.
    #[serde(default)]
    pub seen: u32,
}

fn first() -> u32 {
    1
}

impl FaultRule {
    /// The first request with this verb and path prefix.
    #[must_use]
    pub fn first(method: &str, path: &str, when: When, what: Fault) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: path.to_owned(),
            nth: 1,
            when,
            what,
            seen: 0,
        }
    }

    fn matches(&self, request: &Request<Bytes>) -> bool {
        let verb = self.method.as_deref();
        verb.is_none_or(|verb| verb.eq_ignore_ascii_case(request.method().as_str()))
            && request.uri().path().starts_with(&self.path)
    }
}

/// The rules that are left, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultScript {
    /// The rules. All that match count; the first that is due acts.
    pub rules: Vec<FaultRule>,
}

impl FaultScript {
    /// Counts `request` and takes out the rule it meets, if any.
    pub fn take(&mut self, request: &Request<Bytes>) -> Option<(When, Fault)> {
        for rule in &mut self.rules {
            if rule.matches(request) {
                rule.seen = rule.seen.saturating_add(1);
            }
        }
        let due = |rule: &FaultRule| rule.matches(request) && rule.seen >= rule.nth.max(1);
        let at = self.rules.iter().position(due)?;
        let rule = self.rules.remove(at);
        Some((rule.when, rule.what))
    }
}

/// What comes back to the sender.
#[derive(Debug)]
pub enum Reply {
    /// An answer.
    Response(Response<Bytes>),
    /// The connection ended without one.
    Dropped,
    /// There was no connection.
    Refused,
    /// This, later.
    Delayed(Duration, Box<Reply>),
}

/// The answer that stands in for the real one.
pub(super) fn replaced(
    fault: Fault,
    request: &Request<Bytes>,
    real: Option<Response<Bytes>>,
) -> Response<Bytes> {
    match fault {
        Fault::Status(status) => {
            let code: &[u8] = match status {
                503 => br#"{"status":503,"code":"SERVICE_UNAVAILABLE","message":"Service unavailable"}"#,
                504 => br#"{"status":504,"code":"GATEWAY_TIMEOUT","message":"Gateway timeout"}"#,
                500 => br#"{"status":500,"code":"INTERNAL_SERVER_ERROR","message":"Internal server error"}"#,
                409 => br#"{"status":409,"code":"CONFLICT","message":"A write conflict occurred. Retry the request."}"#,
                429 => br#"{"serviceErrorCode":101,"message":"Resource level throttle limit for calls to this resource is reached.","status":429}"#,
                400 => br#"{"status":400,"code":"BAD_REQUEST","message":"Scripted fault"}"#,
                401 => br#"{"status":401,"serviceErrorCode":65601,"code":"REVOKED_ACCESS_TOKEN","message":"The token used in the request has been revoked by the user"}"#,
                403 => br#"{"status":403,"serviceErrorCode":100,"code":"ACCESS_DENIED","message":"Not enough permissions to access: partnerApiPostsExternal.CREATE"}"#,
                422 => br#"{"status":422,"code":"UNPROCESSABLE_ENTITY","message":"Scripted fault"}"#,
                _ => br#"{"message":"Scripted fault"}"#,
            };
            answer::raw(status, "application/json", code)
        }
        Fault::Garbage => answer::raw(200, "application/json", b"\xff\xfe{\"id\": "),
        Fault::Redirect => {
            let mut response = answer::raw(307, "text/html", b"");
            if let Ok(value) = HeaderValue::try_from(request.uri().to_string()) {
                response.headers_mut().insert(header::LOCATION, value);
            }
            response
        }
        Fault::MissingId => {
            let mut response = real.unwrap_or_else(|| answer::raw(201, "application/json", b""));
            response.headers_mut().remove("x-restli-id");
            response
        }
        Fault::Html502 | Fault::Drop | Fault::Refuse | Fault::Delay(_) => answer::raw(
            502,
            "text/html",
            b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>",
        ),
    }
}

mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str) -> Request<Bytes> {
        Request::builder()
            .method(method)
            .uri(path)
            .body(Bytes::new())
            .unwrap()
    }

    #[test]
    fn the_nth_matching_request_meets_its_fault_once() {
        let mut rule = FaultRule::first("POST", "/rest/posts", When::After, Fault::Drop);
        rule.nth = 2;
        let mut script = FaultScript { rules: vec![rule] };
        let post = request("POST", "/rest/posts");
        assert_eq!(script.take(&post), None);
        assert_eq!(script.take(&request("GET", "/rest/posts")), None);
        assert_eq!(script.take(&request("POST", "/rest/images")), None);
        assert_eq!(script.take(&post), Some((When::After, Fault::Drop)));
        assert_eq!(script.take(&post), None);
    }

    #[test]
    fn a_rule_outrun_by_another_is_met_by_the_next_request() {
        let rule = FaultRule::first("POST", "/rest", When::Before, Fault::Status(503));
        let mut script = FaultScript {
            rules: vec![rule.clone(), rule],
        };
        let post = request("POST", "/rest/posts");
        assert!(script.take(&post).is_some());
        assert!(script.take(&post).is_some());
        assert!(script.take(&post).is_none());
    }

    #[test]
    fn scripts_are_written_in_json() {
        let script: FaultScript = serde_json::from_str(
            r#"[{"method":"POST","path":"/rest/posts","nth":3,"when":"before","what":{"delay_ms":250}},
                {"when":"after","what":"html502"}, {"when":"after","what":{"status":500}}]"#,
        )
        .unwrap();
        assert_eq!(
            script.rules[0].what,
            Fault::Delay(Duration::from_millis(250))
        );
        assert_eq!(script.rules[1].what, Fault::Html502);
        assert_eq!(
            (script.rules[2].nth, script.rules[2].what),
            (1, Fault::Status(500))
        );
    }
}
