//! Every request this program makes of LinkedIn, as a value.
//!
//! Owns methods, paths, headers and the encoding of URNs. Must not send, and must not add
//! the token to an address it has not checked: see
//! [`super::media_requests`].

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{Method, Request, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::body::PostBody;
use super::endpoint::Endpoint;
use super::token::AccessToken;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::ports::{HttpRequest, Timeout};

/// The create request is given up after this; an owner aborts 60 s after it declared.
pub const CREATE_TIMEOUT: Duration = Duration::from_secs(45);
/// A question about the time. Posts wait for its answer, and go out without one.
pub const TIME_TIMEOUT: Duration = Duration::from_secs(4);
/// Any other call with JSON.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Posts asked for at once; LinkedIn allows 100.
pub const PAGE: u32 = 50;

const VERSION: HeaderName = HeaderName::from_static("linkedin-version");
const PROTOCOL: HeaderName = HeaderName::from_static("x-restli-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("x-restli-method");

/// Everything but RFC 3986 §2.3 unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `text` as one path segment or one query value.
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Why a request could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// An upload address that must not be given the token. Its query is never shown.
    #[error("LinkedIn's answer names an upload address on `{0}`, which is not LinkedIn's")]
    UploadAddress(String),
    /// A part of it is no HTTP, such as an API version with a line break.
    #[error("the request cannot be made: {0}")]
    Http(#[from] http::Error),
}

/// Asks for the time only: whatever the answer's status is, its `Date` tells it. Nobody is
/// named, since the token may be for another host.
///
/// # Errors
/// When the endpoint's address is none.
pub fn time(endpoint: &Endpoint) -> Result<HttpRequest, RequestError> {
    let request = Request::builder()
        .method(Method::HEAD)
        .uri(endpoint.address("/")?)
        .extension(Timeout(TIME_TIMEOUT));
    Ok(request.body(Bytes::new())?)
}

/// Makes requests for one endpoint and one API version.
#[derive(Clone, Copy, Debug)]
pub struct Requests<'a> {
    /// Where they go.
    pub endpoint: &'a Endpoint,
    /// Value of `LinkedIn-Version`; every `/rest` call needs it, there is no default.
    pub api_version: &'a str,
    /// Who asks.
    pub token: &'a AccessToken,
}

impl Requests<'_> {
    /// Creates a post: `POST /rest/posts`.
    ///
    /// # Errors
    /// When no HTTP request can be made of the parts; so for all functions here.
    pub fn create_post(&self, body: &PostBody) -> Result<HttpRequest, RequestError> {
        let call = Call::rest(Method::POST, "/rest/posts".to_owned());
        self.build(call.json(body.bytes().clone()).within(CREATE_TIMEOUT))
    }

    /// Replaces the text of a post: `POST /rest/posts/{urn}` as `PARTIAL_UPDATE`.
    ///
    /// # Errors
    /// See [`Self::create_post`].
    pub fn update_commentary(
        &self,
        post: &PostUrn,
        wire: &str,
    ) -> Result<HttpRequest, RequestError> {
        let body = serde_json::json!({ "patch": { "$set": { "commentary": wire } } });
        let call = Call::rest(Method::POST, post_path(post)).method("PARTIAL_UPDATE");
        self.build(call.json(Bytes::from(body.to_string())))
    }

    /// Deletes a post: `DELETE /rest/posts/{urn}`.
    ///
    /// # Errors
    /// See [`Self::create_post`].
    pub fn delete_post(&self, post: &PostUrn) -> Result<HttpRequest, RequestError> {
        self.build(Call::rest(Method::DELETE, post_path(post)).method("DELETE"))
    }

    /// Reads a post: `GET /rest/posts/{urn}`.
    ///
    /// # Errors
    /// See [`Self::create_post`].
    pub fn get_post(&self, post: &PostUrn) -> Result<HttpRequest, RequestError> {
        self.build(Call::rest(Method::GET, post_path(post)))
    }

    /// Lists an author's newest posts from number `start` on.
    ///
    /// # Errors
    /// See [`Self::create_post`].
    pub fn find_by_author(
        &self,
        author: &AuthorUrn,
        start: u32,
    ) -> Result<HttpRequest, RequestError> {
        let author = encode(author.as_str());
        let path = format!(
            "/rest/posts?q=author&author={author}&count={PAGE}&start={start}&sortBy=CREATED"
        );
        self.build(Call::rest(Method::GET, path).method("FINDER"))
    }

    /// Lists the roles the token's member has on pages.
    ///
    /// # Errors
    /// See [`Self::create_post`].
    pub fn own_roles(&self) -> Result<HttpRequest, RequestError> {
        // Without a filter of roles: content administrators publish too.
        let path = "/rest/organizationAcls?q=roleAssignee&state=APPROVED&start=0&count=100";
        self.build(Call::rest(Method::GET, path.to_owned()).method("FINDER"))
    }

    /// Asks whose token it is: `GET /v2/userinfo`, which has no version.
    ///
    /// # Errors
    /// See [`Self::create_post`].
    pub fn userinfo(&self) -> Result<HttpRequest, RequestError> {
        self.build(Call::rest(Method::GET, "/v2/userinfo".to_owned()).unversioned())
    }

    pub(super) fn build(&self, call: Call) -> Result<HttpRequest, RequestError> {
        let mut request = Request::builder()
            .method(call.verb)
            .uri(self.endpoint.address(&call.path)?)
            .header(AUTHORIZATION, self.token.header()?)
            .header(PROTOCOL, "2.0.0")
            .header(ACCEPT, "application/json")
            .extension(Timeout(call.timeout));
        if call.versioned {
            request = request.header(VERSION, self.api_version);
        }
        if let Some(method) = call.method {
            request = request.header(METHOD, method);
        }
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        Ok(request.body(call.body.unwrap_or_default())?)
    }
}

/// One call before it has headers.
pub(super) struct Call {
    verb: Method,
    path: String,
    versioned: bool,
    method: Option<&'static str>,
    body: Option<Bytes>,
    timeout: Duration,
}

impl Call {
    pub(super) fn rest(verb: Method, path: String) -> Self {
        Self {
            verb,
            path,
            versioned: true,
            method: None,
            body: None,
            timeout: CALL_TIMEOUT,
        }
    }

    fn method(self, method: &'static str) -> Self {
        Self {
            method: Some(method),
            ..self
        }
    }

    pub(super) fn unversioned(self) -> Self {
        Self {
            versioned: false,
            ..self
        }
    }

    pub(super) fn json(self, body: Bytes) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    pub(super) fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

fn post_path(post: &PostUrn) -> String {
    format!("/rest/posts/{}", encode(post.as_str()))
}

/// The host of a refused address, for a message.
pub(super) fn host_of(url: &str) -> String {
    let uri = Uri::try_from(url).ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or("no host at all");
    super::cleaning::quote(host)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{head, jane, post, rest, with};
    use super::*;
    use crate::model::content::PostContent;

    #[test]
    fn a_create_has_exactly_these_headers_and_limits() {
        let content = PostContent::of_text(jane(), "x".to_owned(), "x".to_owned());
        let body = PostBody::new(&content, &[]).unwrap();
        let request = with(|r| r.create_post(&body)).unwrap();
        let first = "POST https://api.linkedin.com/rest/posts";
        assert_eq!(
            head(&request),
            rest(first, &["content-type: application/json"])
        );
        assert_eq!(request.body(), body.bytes());
        assert_eq!(request.extensions().get(), Some(&Timeout(CREATE_TIMEOUT)));
    }

    #[test]
    fn an_update_is_a_partial_update_of_the_text_alone() {
        let request = with(|r| r.update_commentary(&post(), "a \\(b\\)\n")).unwrap();
        let first = "POST https://api.linkedin.com/rest/posts/urn%3Ali%3AugcPost%3A7";
        let more = [
            "content-type: application/json",
            "x-restli-method: PARTIAL_UPDATE",
        ];
        assert_eq!(head(&request), rest(first, &more));
        assert_eq!(
            request.body(),
            r#"{"patch":{"$set":{"commentary":"a \\(b\\)\n"}}}"#
        );
    }

    #[test]
    fn delete_and_get_name_the_encoded_urn() {
        let request = with(|r| r.delete_post(&post())).unwrap();
        let first = "DELETE https://api.linkedin.com/rest/posts/urn%3Ali%3AugcPost%3A7";
        assert_eq!(head(&request), rest(first, &["x-restli-method: DELETE"]));
        let request = with(|r| r.get_post(&post())).unwrap();
        let first = "GET https://api.linkedin.com/rest/posts/urn%3Ali%3AugcPost%3A7";
        assert_eq!(head(&request), rest(first, &[]));
    }

    #[test]
    fn the_finder_builds_its_query_by_hand() {
        let request = with(|r| r.find_by_author(&jane(), 50)).unwrap();
        let first = "GET https://api.linkedin.com/rest/posts?q=author&author=\
                     urn%3Ali%3Aperson%3AAbC_12-x&count=50&start=50&sortBy=CREATED";
        assert_eq!(head(&request), rest(first, &["x-restli-method: FINDER"]));
    }

    #[test]
    fn userinfo_has_no_version() {
        let request = with(|requests| requests.userinfo()).unwrap();
        assert!(!request.headers().contains_key("linkedin-version"));
        assert_eq!(request.uri(), "https://api.linkedin.com/v2/userinfo");
    }

    #[test]
    fn encoding_leaves_unreserved_characters_alone() {
        assert_eq!(
            encode("urn:li:comment:(urn:li:activity:1,2)!'*-._~ß"),
            "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A1%2C2%29%21%27%2A-._~%C3%9F"
        );
    }
}
