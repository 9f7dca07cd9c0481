//! Posts: `/rest/posts`.
//!
//! Owns stored posts and which method a call means. Each method has its own module. Must
//! not know how media come to be: it asks [`super::media`] for their state.
//!
//! Source: LinkedIn, "Posts API" and "Post API schema".

mod change;
mod content;
mod create;
mod duplicate;
mod read;
mod schema;
mod text;

use serde::{Deserialize, Serialize};

use super::Linkedin;
use super::answer::{Answer, Answered};
use super::call::{self, Call};
use super::gate::Caller;
use super::little::Rendered;
use crate::model::Instant;
use crate::model::urn::{AuthorUrn, PostUrn};

pub use content::{Article, Content, Medium, Poll, PollOption, PollSettings};

/// The resource's name in permission errors.
const RESOURCE: &str = "partnerApiPostsExternal";

/// One post as the sandbox keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPost {
    /// Its name.
    pub urn: PostUrn,
    /// Who says it.
    pub author: AuthorUrn,
    /// The commentary as sent, in little text format.
    pub raw: String,
    /// What readers see of it.
    pub rendered: Rendered,
    /// What goes with the text.
    pub content: Option<Content>,
    /// The post it shares.
    pub parent: Option<PostUrn>,
    /// `PUBLIC`, `CONNECTIONS` or `LOGGED_IN`.
    pub visibility: String,
    /// `MAIN_FEED`, or `NONE` for a post that is in no feed.
    pub distribution: String,
    /// Whether readers are kept from resharing it.
    pub reshare_disabled: bool,
    /// Whether it is a draft, which only its author sees.
    pub draft: bool,
    /// When it was created.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
    /// How often its text was changed.
    pub edits: u32,
}

impl StoredPost {
    /// Whether readers can see it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.deleted_at.is_none() && !self.draft
    }
}

/// Answers a call below `/rest/posts`; `rest` are the path segments after it.
pub(super) fn answer(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    rest: &[&str],
) -> Answered {
    match (call.method().as_str(), rest) {
        ("POST", []) if !call.has_query() => create::create(linkedin, caller, call),
        ("GET", []) if call.raw_parameter("ids").is_some() => {
            read::batch_get(linkedin, caller, call)
        }
        ("GET", []) if call.raw_parameter("q") == Some("author") => {
            read::find(linkedin, caller, call)
        }
        ("GET", [key]) => read::get(linkedin, caller, call, key),
        ("POST", [key]) if call.says_method("PARTIAL_UPDATE") => {
            change::update(linkedin, caller, call, key)
        }
        ("DELETE", [key]) => change::delete(linkedin, caller, call, key),
        ("GET" | "POST" | "DELETE", [] | [_]) => Err(call::unresolvable()),
        (_, [] | [_]) => Err(call::not_allowed()),
        _ => Err(Answer::no_resource()),
    }
}

/// Decodes a key and checks that it names a post.
fn key_of(segment: &str) -> Result<PostUrn, Answer> {
    post_urn(&Call::key(segment)?)
}

fn post_urn(text: &str) -> Result<PostUrn, Answer> {
    PostUrn::parse(text).map_err(|_| {
        let kinds = ["urn:li:share:", "urn:li:ugcPost:"];
        if kinds.iter().any(|kind| text.starts_with(kind)) {
            Answer::refuse(400, "INVALID_URN_ID", "The URN ID provided is invalid")
        } else {
            Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid")
        }
    })
}
