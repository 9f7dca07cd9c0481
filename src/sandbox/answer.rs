//! LinkedIn's answers: success, and the shapes its refusals come in.
//!
//! Owns the error envelopes and the headers every answer carries. Must not decide which
//! answer is given. Texts follow LinkedIn's error tables and the bodies seen in public.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::model::Instant;

/// An answer before it becomes an HTTP response.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `None`: no body at all.
    pub(super) body: Option<Value>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What answering comes to: success, or a refusal. Both are answers.
pub(super) type Answered = Result<Answer, Answer>;

impl Answer {
    fn new(status: u16, body: Option<Value>) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }

    /// 200 with a body.
    pub(super) fn ok(body: Value) -> Self {
        Self::new(200, Some(body))
    }

    /// 201 without a body; the new id is in `x-restli-id` only.
    pub(super) fn created(id: &str) -> Self {
        Self::new(201, None).with("x-restli-id", id)
    }

    /// Any status without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self::new(status, None)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The usual envelope: status, code and message.
    pub(super) fn refuse(status: u16, code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(
            status,
            Some(json!({"status": status, "code": code, "message": message})),
        )
    }

    /// The envelope without a code.
    pub(super) fn bare(status: u16, message: &str) -> Self {
        Self::new(status, Some(json!({"message": message, "status": status})))
    }

    /// The usual envelope with LinkedIn's own number.
    pub(super) fn numbered(status: u16, number: u32, code: &str, message: &str) -> Self {
        Self::new(
            status,
            Some(json!({
                "status": status, "serviceErrorCode": number, "code": code, "message": message,
            })),
        )
    }

    /// 403 with LinkedIn's number 100.
    pub(super) fn denied(message: impl AsRef<str>) -> Self {
        Self::numbered(403, 100, "ACCESS_DENIED", message.as_ref())
    }

    /// 403 for a token without the scope or an app without the tier.
    pub(super) fn not_enough_permissions(resource: &str) -> Self {
        Self::denied(format!("Not enough permissions to access: {resource}"))
    }

    /// 403 for an author the token does not act for.
    pub(super) fn foreign_author(field: &str) -> Self {
        Self::denied(format!(
            "Field Value validation failed in REQUEST_BODY: Data Processing Exception while \
             processing fields [{field}]"
        ))
    }

    /// 403 for fields that may not be sent; `fields` are JSON pointers.
    pub(super) fn unpermitted(fields: &[String]) -> Self {
        Self::denied(format!(
            "Unpermitted fields present in REQUEST_BODY: Data Processing Exception while \
             processing fields [{}]",
            fields.join(", ")
        ))
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::refuse(
            400,
            "MISSING_FIELD",
            format!("{field} is required but missing"),
        )
    }

    pub(super) fn invalid_value(field: &str, value: &Value) -> Self {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        Self::refuse(
            400,
            "INVALID_VALUE_FOR_FIELD",
            format!("{field} can't be set to {value}"),
        )
    }

    pub(super) fn blank(field: &str) -> Self {
        Self::refuse(
            400,
            "INVALID_VALUE_BLANK_FIELD",
            format!("{field} can't be blank"),
        )
    }

    /// The grammar slip is LinkedIn's.
    pub(super) fn too_long(field: &str, length: usize, maximum: usize) -> Self {
        Self::refuse(
            400,
            "FIELD_LENGTH_TOO_LONG",
            format!("{field} length {length} can't exceeded maximum {maximum} length"),
        )
    }

    /// 400 for a request whose shape is wrong.
    pub(super) fn illegal(message: impl Into<String>) -> Self {
        Self::refuse(400, "ILLEGAL_ARGUMENT", message)
    }

    /// The envelope of parameter checks.
    pub(super) fn input_error(code: &str, field: &str, description: &str) -> Self {
        Self::new(
            400,
            Some(json!({
                "errorDetailType": "com.linkedin.common.error.BadRequest",
                "message": "Multiple errors occurred during the input/param validation. \
                            Please see errorDetails for more information.",
                "errorDetails": {"inputErrors": [{
                    "description": description,
                    "input": {"inputPath": {"fieldPath": field}},
                    "code": code,
                }]},
                "status": 400,
            })),
        )
    }

    /// The body of 2023-12, which later sightings repeat: no `code` at the top.
    pub(super) fn duplicate_of(urn: &str) -> Self {
        Self::new(
            422,
            Some(json!({
                "errorDetailType": "com.linkedin.common.error.BadRequest",
                "message": format!(
                    "com.linkedin.content.common.exception.BadRequestResponseException: \
                     Content is a duplicate of {urn}"
                ),
                "errorDetails": {"inputErrors": [{
                    "description": "Duplicate post is detected", "input": {},
                    "code": "DUPLICATE_POST",
                }]},
                "status": 422,
            })),
        )
    }

    pub(super) fn no_entity() -> Self {
        Self::refuse(404, "NOT_FOUND", "Could not find entity")
    }

    pub(super) fn no_resource() -> Self {
        Self::refuse(404, "RESOURCE_NOT_FOUND", "No virtual resource found")
    }

    /// The HTTP response, with the headers LinkedIn puts on every one.
    pub(super) fn into_response(self, now: Instant, trace: &str) -> Response<Bytes> {
        let body = self.body.map(|body| body.to_string()).unwrap_or_default();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = vec![
            ("date", http_date(now)),
            ("x-li-uuid", trace.to_owned()),
            ("x-li-fabric", "sandbox".to_owned()),
            ("x-li-request-id", trace.to_owned()),
        ];
        if !response.body().is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        headers.extend(self.headers);
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// The date of RFC 9110, section 5.6.7.
pub(super) fn http_date(at: Instant) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A response that is no answer of the API: what a gateway or a broken wire sends.
pub(super) fn raw(status: u16, media_type: &'static str, body: &'static [u8]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_carries_a_date_and_a_trace() {
        let now = "2026-09-03T08:00:04Z".parse().unwrap();
        let response = Answer::created("urn:li:share:1").into_response(now, "t-1");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("date"), "Thu, 03 Sep 2026 08:00:04 GMT");
        assert_eq!(header("x-li-uuid"), "t-1");
        assert_eq!(header("x-restli-id"), "urn:li:share:1");
        assert!(response.body().is_empty() && !response.headers().contains_key("content-type"));
    }
}
