//! LinkedIn's error answers, read leniently.
//!
//! Owns the five envelopes errors come in: the usual one (`status`, `code`,
//! `serviceErrorCode`, `message`), the one with `errorDetails.inputErrors`, OAuth's
//! (`error`, `error_description`), the media one (`message`, `status`), and no JSON at
//! all. Every field is optional, new ones are ignored (LinkedIn, "Breaking change
//! policy"). Must not decide what an error means: see [`super::refusal`].

use http::StatusCode;
use serde_json::Value;

use super::cleaning::quote;
use crate::ports::HttpResponse;

/// One error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The word LinkedIn gave (`ACCESS_DENIED`), where it gave one.
    pub code: Option<String>,
    /// LinkedIn's number for the error, where it gave one.
    pub service_error_code: Option<i64>,
    /// LinkedIn's words, cleaned and cut; of an answer that is not JSON, what it is.
    pub message: String,
    /// Problems of single fields.
    pub input_errors: Vec<InputError>,
    /// Whether the answer has the shape of LinkedIn's errors, so that it may be believed.
    pub recognised: bool,
    /// The same words, unshortened and uncleaned, to look for markers in. Never shown.
    raw_message: String,
}

/// A problem of one field of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The word (`DUPLICATE_POST`).
    pub code: Option<String>,
    /// The field, where it is named.
    pub field: Option<String>,
    /// LinkedIn's words, cleaned and cut.
    pub description: String,
}

impl ApiError {
    /// Reads an error answer. Never fails: what cannot be read is not recognised.
    #[must_use]
    pub fn decode(answer: &HttpResponse) -> Self {
        let status = answer.status();
        match serde_json::from_slice::<Value>(answer.body()) {
            Ok(value) if value.is_object() => Self::from_json(status, &value),
            _ => Self {
                status: status.as_u16(),
                code: None,
                service_error_code: None,
                message: describe(answer),
                input_errors: Vec::new(),
                recognised: false,
                raw_message: String::new(),
            },
        }
    }

    fn from_json(status: StatusCode, value: &Value) -> Self {
        let oauth = text(value, "error");
        let code = text(value, "code").or_else(|| oauth.clone());
        let service_error_code = number(value, "serviceErrorCode");
        let raw_message = text(value, "message")
            .or_else(|| text(value, "error_description"))
            .unwrap_or_default();
        let input_errors = input_errors(value);
        // The media envelope has a message and a status and nothing else.
        let status_agrees = number(value, "status") == Some(i64::from(status.as_u16()));
        let recognised = (status_agrees && !raw_message.is_empty())
            || service_error_code.is_some()
            || value.get("errorDetailType").is_some_and(Value::is_string)
            || code
                .as_deref()
                .is_some_and(|code| status_agrees || is_code(code))
            || (oauth.is_some() && value.get("error_description").is_some_and(Value::is_string))
            || !input_errors.is_empty();
        Self {
            status: status.as_u16(),
            message: words(&raw_message, code.as_deref(), &input_errors, status),
            code,
            service_error_code,
            input_errors,
            recognised,
            raw_message,
        }
    }

    /// Whether LinkedIn used `code`, for the whole or for a field.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.codes().any(|found| found == code)
    }

    /// Whether LinkedIn's words contain `part`, in any case. Words may change without a
    /// new version, so this only ever adds to what codes say.
    #[must_use]
    pub fn says(&self, part: &str) -> bool {
        let part = part.to_ascii_lowercase();
        self.raw_message.to_ascii_lowercase().contains(&part)
            || self
                .input_errors
                .iter()
                .any(|error| error.description.to_ascii_lowercase().contains(&part))
    }

    /// LinkedIn's words about the whole, then about single fields: to read a URN or a
    /// number from, never to show.
    pub(super) fn all_words(&self) -> impl Iterator<Item = &str> {
        let fields = self.input_errors.iter();
        std::iter::once(self.raw_message.as_str())
            .chain(fields.map(|error| error.description.as_str()))
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        let fields = self.input_errors.iter();
        self.code
            .as_deref()
            .into_iter()
            .chain(fields.filter_map(|error| error.code.as_deref()))
    }
}

/// `code` is documented as text, and numbers have been seen in its place.
fn text(value: &Value, field: &str) -> Option<String> {
    match value.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(value: &Value, field: &str) -> Option<i64> {
    match value.get(field)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// `ACCESS_DENIED`, not the `forbidden` of some proxy.
fn is_code(code: &str) -> bool {
    code.len() > 2
        && code
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && code.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn input_errors(value: &Value) -> Vec<InputError> {
    let list = value.pointer("/errorDetails/inputErrors");
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items
        .filter(|item| item.is_object())
        .map(|item| InputError {
            code: text(item, "code"),
            field: item
                .pointer("/input/inputPath/fieldPath")
                .and_then(Value::as_str)
                .map(quote),
            description: quote(&text(item, "description").unwrap_or_default()),
        })
        .collect()
}

/// LinkedIn's words in one line. The general message of the second envelope says nothing;
/// its fields do.
fn words(
    message: &str,
    code: Option<&str>,
    input_errors: &[InputError],
    status: StatusCode,
) -> String {
    let details: Vec<String> = input_errors
        .iter()
        .map(|error| {
            let parts = [error.field.as_deref(), Some(error.description.as_str())];
            let said: Vec<&str> = parts
                .into_iter()
                .flatten()
                .filter(|p| !p.is_empty())
                .collect();
            match (said.is_empty(), &error.code) {
                (true, Some(code)) => quote(code),
                _ => said.join(": "),
            }
        })
        .filter(|detail| !detail.is_empty())
        .collect();
    let general = message.is_empty() || message.contains("see errorDetails");
    match (general, details.is_empty(), code) {
        (true, false, _) => quote(&details.join("; ")),
        (true, true, Some(code)) => quote(code),
        (true, true, None) if message.is_empty() => format!("status {}", status.as_u16()),
        _ => quote(message),
    }
}

/// What an answer is that is not LinkedIn's JSON.
fn describe(answer: &HttpResponse) -> String {
    let status = answer.status().as_u16();
    let kind = answer.headers().get(http::header::CONTENT_TYPE);
    let html = kind
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"))
        || answer.body().trim_ascii_start().starts_with(b"<");
    match (answer.body().is_empty(), html) {
        (true, _) => format!("status {status} without a body"),
        (false, true) => format!("status {status} with an HTML page"),
        (false, false) => format!("status {status} with a body that is not LinkedIn's JSON"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn decode(status: u16, body: &str) -> ApiError {
        let answer = http::Response::builder().status(status);
        ApiError::decode(&answer.body(Bytes::from(body.to_owned())).unwrap())
    }

    #[test]
    fn the_usual_envelope() {
        let error = decode(
            403,
            r#"{"status":403,"serviceErrorCode":100,"code":"ACCESS_DENIED","message":"Not enough permissions"}"#,
        );
        assert!(error.recognised && error.has_code("ACCESS_DENIED"));
        assert_eq!(error.service_error_code, Some(100));
        assert_eq!(error.message, "Not enough permissions");
    }

    #[test]
    fn input_errors_say_more_than_their_general_message() {
        let error = decode(
            400,
            r#"{"errorDetailType":"com.linkedin.common.error.BadRequest","status":400,
            "message":"Multiple errors occurred during the input/param validation. Please see errorDetails for more information.",
            "errorDetails":{"inputErrors":[
              {"description":"is required","input":{"inputPath":{"fieldPath":"author"}},"code":"MISSING_FIELD"},
              {"description":"Duplicate post is detected","input":{},"code":"DUPLICATE_POST"}]}}"#,
        );
        assert!(error.recognised && error.has_code("MISSING_FIELD"));
        assert!(error.has_code("DUPLICATE_POST") && error.says("duplicate POST"));
        assert_eq!(
            error.message,
            "author: is required; Duplicate post is detected"
        );
    }

    #[test]
    fn the_oauth_and_the_media_envelope() {
        let error = decode(
            400,
            r#"{"error":"invalid_request","error_description":"no"}"#,
        );
        assert!(error.recognised && error.has_code("invalid_request"));
        let error = decode(
            403,
            r#"{"message":"Accessing this image is forbidden","status":403}"#,
        );
        assert!(error.recognised && error.code.is_none());
    }

    #[test]
    fn what_is_not_linkedins_is_not_recognised() {
        for body in [
            "",
            "<html>",
            "[]",
            "null",
            "{",
            "{}",
            r#"{"message":"Forbidden"}"#,
            r#"{"message":"Forbidden","status":200}"#,
            r#"{"code":"forbidden","message":"x"}"#,
            // A gateway's, which has OAuth's first field by chance.
            r#"{"error":"Forbidden"}"#,
        ] {
            assert!(!decode(403, body).recognised, "{body}");
        }
        assert_eq!(
            decode(502, " <html>x").message,
            "status 502 with an HTML page"
        );
        assert_eq!(decode(502, "").message, "status 502 without a body");
    }

    #[test]
    fn odd_types_are_read_as_far_as_they_go() {
        let error = decode(
            401,
            r#"{"status":"401","serviceErrorCode":"65602","code":17,"message":["x"],
                "errorDetails":{"inputErrors":["x",{"code":null}]}}"#,
        );
        assert_eq!(error.service_error_code, Some(65602));
        assert_eq!(error.code.as_deref(), Some("17"));
        assert!(error.recognised);
    }
}
