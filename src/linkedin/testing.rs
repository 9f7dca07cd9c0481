//! Requests as text, for the tests of what makes them.

use super::endpoint::Endpoint;
use super::requests::Requests;
use super::token::AccessToken;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::ports::HttpRequest;

pub(super) fn with<R>(run: impl FnOnce(&Requests<'_>) -> R) -> R {
    let endpoint = Endpoint::new(None).unwrap();
    let token = AccessToken::new("tok", "T").unwrap();
    run(&Requests {
        endpoint: &endpoint,
        api_version: "202609",
        token: &token,
    })
}

pub(super) fn jane() -> AuthorUrn {
    AuthorUrn::parse("urn:li:person:AbC_12-x").unwrap()
}

pub(super) fn post() -> PostUrn {
    PostUrn::parse("urn:li:ugcPost:7").unwrap()
}

/// Method, address and headers, one a line, sorted.
pub(super) fn head(request: &HttpRequest) -> String {
    let mut lines: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    format!(
        "{} {}\n{}",
        request.method(),
        request.uri(),
        lines.join("\n")
    )
}

pub(super) fn rest(first: &str, more: &[&str]) -> String {
    let mut lines = vec![
        "accept: application/json",
        "authorization: Bearer tok",
        "linkedin-version: 202609",
        "x-restli-protocol-version: 2.0.0",
    ];
    lines.extend(more);
    lines.sort_unstable();
    format!("{first}\n{}", lines.join("\n"))
}
