//! Tests of the sandbox as a whole: requests in, answers out.
//!
//! Owns a small world of accounts and a way to ask it things.
#![allow(
    clippy::needless_pass_by_value,
    reason = "bodies and requests are written in place and read as sentences"
)]

mod changing;
mod creating;
mod gate;
mod limits;
mod listening;
mod media;
mod mishaps;
mod page;
mod people;
mod reading;
mod state;
mod trap_words;
mod traps;
mod video;

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};

use super::directory::{Member, Tier, Token};
use super::{Directory, Linkedin};
use crate::model::Instant;
use crate::model::urn::{AuthorUrn, MediaUrn};

/// A member through a self-serve app.
const JANE: &str = "urn:li:person:jane_B-9";
/// A page through an app of the standard tier.
const ACME: &str = "urn:li:organization:42";
/// A member through an app of the development tier, who may read.
const BOB: &str = "urn:li:person:bob";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn author(urn: &str) -> AuthorUrn {
    AuthorUrn::parse(urn).unwrap()
}

struct World {
    linkedin: Linkedin,
    now: Instant,
}

impl World {
    fn new() -> Self {
        let names = [(JANE, "Jane Doe"), (ACME, "Acme (EU)")];
        let names = names.map(|(urn, name)| (author(urn), name.to_owned()));
        let mut linkedin = Linkedin::for_authors(names.into_iter());
        add_bob(&mut linkedin.directory);
        Self {
            linkedin,
            now: at("2026-09-03T08:00:00Z"),
        }
    }

    fn ask(&mut self, ask: Ask) -> Got {
        Got::of(self.linkedin.handle(&ask.build(), self.now))
    }

    fn advance(&mut self, seconds: i64) {
        self.now += chrono::Duration::seconds(seconds);
    }

    /// Publishes `body` and returns its URN.
    fn publish(&mut self, body: Value) -> String {
        let got = self.ask(Ask::create(body));
        assert_eq!(got.status, 201, "{got:?}");
        got.header("x-restli-id").unwrap()
    }

    /// Uploads an image for `owner` and waits until it can be shown.
    fn image(&mut self, owner: &str) -> MediaUrn {
        let (urn, url) = self.initialize(owner);
        let put = Ask::put(&url, &png(4, 4)).token_of(owner);
        assert_eq!(self.ask(put).status, 201);
        self.advance(2);
        urn
    }

    fn initialize(&mut self, owner: &str) -> (MediaUrn, String) {
        let body = json!({"initializeUploadRequest": {"owner": owner}});
        let ask = Ask::post("/rest/images?action=initializeUpload", body).token_of(owner);
        let got = self.ask(ask);
        assert_eq!(got.status, 200, "{got:?}");
        let value = &got.body["value"];
        let urn = MediaUrn::parse(value["image"].as_str().unwrap()).unwrap();
        (urn, value["uploadUrl"].as_str().unwrap().to_owned())
    }
}

fn add_bob(directory: &mut Directory) {
    directory.apps.insert("dev".to_owned(), Tier::CmDev);
    let bob = Member {
        name: "Bob".to_owned(),
        verified: false,
        restricted: false,
    };
    directory.members.insert(author(BOB), bob);
    let scopes = [
        "w_member_social",
        "r_member_social",
        "r_organization_social",
    ];
    let token = Token {
        client_id: "dev".to_owned(),
        member: author(BOB),
        scopes: scopes.map(str::to_owned).into(),
        issued_at: None,
        expires_at: None,
        revoked: false,
    };
    directory
        .tokens
        .insert("sandbox-token-bob".to_owned(), token);
}

/// A text post as a correct client sends it.
fn text_post(urn: &str, commentary: &str) -> Value {
    json!({
        "author": urn, "commentary": commentary, "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED", "isReshareDisabledByAuthor": false,
    })
}

/// The same with another value at a JSON pointer to an existing object's field.
fn with(mut body: Value, parent: &str, field: &str, value: Value) -> Value {
    body.pointer_mut(parent).unwrap()[field] = value;
    body
}

fn without(mut body: Value, parent: &str, field: &str) -> Value {
    let fields = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    assert!(fields.remove(field).is_some());
    body
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn encoded(urn: &str) -> String {
    urn.replace(':', "%3A")
}

/// A request with the headers a correct client sends.
#[derive(Clone)]
struct Ask {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Ask {
    fn new(method: Method, target: &str, body: Bytes) -> Self {
        let headers = [
            ("linkedin-version", "202609"),
            ("x-restli-protocol-version", "2.0.0"),
        ];
        let mut headers: Vec<_> = headers.map(|(n, v)| (n, v.to_owned())).into();
        if !body.is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        if [Method::POST, Method::PUT, Method::PATCH].contains(&method) {
            headers.push(("content-length", body.len().to_string()));
        }
        let target = target.to_owned();
        let ask = Self {
            method,
            target,
            headers,
            body,
        };
        ask.token_of(JANE)
    }

    fn post(target: &str, body: Value) -> Self {
        Self::new(Method::POST, target, body.to_string().into())
    }

    fn get(target: &str) -> Self {
        Self::new(Method::GET, target, Bytes::new())
    }

    fn put(target: &str, bytes: &[u8]) -> Self {
        let ask = Self::new(Method::PUT, target, Bytes::copy_from_slice(bytes));
        let ask = ask.without("linkedin-version");
        ask.header("content-type", "application/octet-stream")
    }

    /// A create request by the author named in `body`.
    fn create(body: Value) -> Self {
        let author = body["author"].as_str().unwrap_or(JANE).to_owned();
        Self::post("/rest/posts", body).token_of(&author)
    }

    fn update(urn: &str, set: Value) -> Self {
        let target = format!("/rest/posts/{}", encoded(urn));
        let ask = Self::post(&target, json!({"patch": {"$set": set}}));
        ask.header("x-restli-method", "PARTIAL_UPDATE")
    }

    fn delete(urn: &str) -> Self {
        let target = format!("/rest/posts/{}", encoded(urn));
        Self::new(Method::DELETE, &target, Bytes::new())
    }

    fn read(urn: &str) -> Self {
        Self::get(&format!("/rest/posts/{}", encoded(urn)))
    }

    fn token_of(self, urn: &str) -> Self {
        let id = urn.rsplit(':').next().unwrap();
        self.header("authorization", &format!("Bearer sandbox-token-{id}"))
    }

    fn header(self, name: &'static str, value: &str) -> Self {
        let mut ask = self.without(name);
        ask.headers.push((name, value.to_owned()));
        ask
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    fn build(&self) -> Request<Bytes> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(self.body.clone()).unwrap()
    }
}

/// An answer, read.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: http::HeaderMap,
    body: Value,
}

impl Got {
    fn of(response: Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).unwrap()
        };
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        }
    }

    fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().unwrap().to_owned())
    }

    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// Status and code, to compare in one go.
    fn said(&self) -> (u16, &str) {
        (self.status, self.code())
    }
}
