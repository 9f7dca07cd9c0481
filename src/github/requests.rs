//! Every request this program makes of GitHub, as a value.
//!
//! Owns methods, paths, headers and bodies. Must not send.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{Method, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::context::{ApiUrl, RepositoryName};
use super::token::Token;
use crate::ports::{AnswerLimit, HttpRequest, Timeout};

/// Items of one page of a list; GitHub allows 100.
pub(super) const PAGE: usize = 100;
/// One request.
const TIMEOUT: Duration = Duration::from_secs(15);
/// A page of the longest comments is about this long, in bytes.
const LIST: usize = 32 * 1024 * 1024;

const VERSION: HeaderName = HeaderName::from_static("x-github-api-version");

/// What stays as it is in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A path or a value with everything encoded that could end it; slashes stay.
pub(super) fn path(text: &str) -> String {
    let parts: Vec<String> = text
        .split('/')
        .map(|part| utf8_percent_encode(part, PLAIN).to_string())
        .collect();
    parts.join("/")
}

/// What is asked for.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Below `/repos/{owner}/{name}`, or from the top where it begins with `//`.
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) accept: &'a str,
}

impl Ask<'_> {
    /// A question.
    pub(super) fn get(path: String) -> Self {
        Self::new(Method::GET, path, None)
    }

    /// A change.
    pub(super) fn new(method: Method, path: String, body: Option<Value>) -> Self {
        Self {
            method,
            path,
            body,
            accept: "application/vnd.github+json",
        }
    }

    /// One page of a list, from 1.
    pub(super) fn page(path: &str, page: usize) -> Self {
        let sign = if path.contains('?') { '&' } else { '?' };
        Self::get(format!("{path}{sign}per_page={PAGE}&page={page}"))
    }

    /// As a request.
    pub(super) fn request(
        &self,
        api: &ApiUrl,
        repository: &RepositoryName,
        token: &Token,
    ) -> Option<HttpRequest> {
        let path = match self.path.strip_prefix('/') {
            Some(top) if top.starts_with('/') => top.to_owned(),
            _ => format!("/repos/{}{}", repository.as_str(), self.path),
        };
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(api.join(&path))
            .header(ACCEPT, self.accept)
            .header(VERSION, "2022-11-28")
            .header(AUTHORIZATION, token.header()?)
            .extension(Timeout(TIMEOUT))
            .extension(AnswerLimit(LIST));
        if self.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request.body(Bytes::from(body)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_to_the_api_and_nowhere_else() {
        let api = ApiUrl::parse("https://ghe.example.org/api/v3").unwrap();
        let repository = RepositoryName::parse("acme/posts").unwrap();
        let token = Token::new("t").unwrap();
        let made = |ask: Ask<'_>| ask.request(&api, &repository, &token).unwrap();
        let list = made(Ask::page("/issues/1/comments", 2));
        assert_eq!(
            list.uri(),
            "https://ghe.example.org/api/v3/repos/acme/posts/issues/1/comments?per_page=100&page=2"
        );
        assert_eq!(list.headers()[ACCEPT], "application/vnd.github+json");
        let user = made(Ask::get("//user".to_owned()));
        assert_eq!(user.uri(), "https://ghe.example.org/api/v3/user");
        let hostile = made(Ask::get(format!("/contents/{}", path("a/@evil?x#y z/é"))));
        assert_eq!(
            hostile.uri().path(),
            "/api/v3/repos/acme/posts/contents/a/%40evil%3Fx%23y%20z/%C3%A9"
        );
    }
}
