//! One ledger entry: the record of one post on one target.
//!
//! Owns the entry's fields and their JSON form. Must not change state: see
//! [`mod@super::step`].

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::{MediaUrn, PostUrn};

/// The latest time until which a run whose clock is right lets a post wait at `now`:
/// LinkedIn's daily limit and the longest `Retry-After` that is believed are a day, and clocks
/// are trusted that are 5 minutes apart.
#[must_use]
pub fn longest_wait(now: Instant) -> Instant {
    let longest = TimeDelta::minutes(24 * 60 + 5);
    now.checked_add_signed(longest).unwrap_or(now)
}

/// Which entry: one post on one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// The post.
    pub key: PostKey,
    /// Where it goes.
    pub target: Target,
}

impl EntryId {
    /// The key in backticks, and what of the post it is about when it is not the post.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.target {
            Target::Linkedin => format!("`{}`", self.key),
            Target::Comment => format!("the first comment of `{}`", self.key),
        }
    }
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Durable before the request; authorises exactly one create request by its owner.
    Sending,
    /// On LinkedIn. Terminal; beats everything.
    Published,
    /// Provably not created; may be tried again from `not_before` on.
    Retryable,
    /// LinkedIn refused the content; again only when the digest changes.
    Rejected,
    /// May or may not exist. Never sent again by itself.
    Unknown,
    /// A person's decision, or `on_late: skip`: never goes out.
    Skipped,
}

impl State {
    /// Its name in the ledger.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            State::Sending => "sending",
            State::Published => "published",
            State::Retryable => "retryable",
            State::Rejected => "rejected",
            State::Unknown => "unknown",
            State::Skipped => "skipped",
        }
    }

    /// Whether nothing more is to be found out or tried: the post is out, or never goes out.
    #[must_use]
    pub fn is_an_end(self) -> bool {
        match self {
            State::Published | State::Skipped => true,
            State::Sending | State::Retryable | State::Rejected | State::Unknown => false,
        }
    }
}

/// Who holds a `sending` entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The run, for people: host and process, or the workflow run.
    pub runner: String,
    /// 128 random bits in hex; who knows it is the owner.
    pub nonce: String,
    /// Host and port the request went to, where that was not LinkedIn's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_host: Option<String>,
}

/// How it became known that a post exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// LinkedIn answered the create request.
    Created,
    /// LinkedIn's duplicate answer named it, with a time inside our own attempt.
    Duplicate,
    /// A lookup found it.
    Found,
    /// A person said so.
    Resolved,
    /// It was brought under management.
    Imported,
}

/// Why an entry stands where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Kebab-case word.
    pub code: String,
    /// For people; cleaned of control characters, without secrets.
    pub message: String,
}

impl Reason {
    /// A reason.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

/// The reason of a skip by `on_late: skip`.
pub const LATE_SKIPPED: &str = "late-skipped";

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptOutcome {
    /// A post exists.
    Created,
    /// Provably no post.
    NotCreated,
    /// Refused for its content.
    Rejected,
    /// Not known.
    Unknown,
}

/// One finished attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// When it was declared.
    pub declared_at: Instant,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// An uploaded file, waiting in a parked entry for its post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMedia {
    /// Digest of the bytes, and of what went up with them.
    pub digest: Digest,
    /// LinkedIn's name for them.
    pub urn: MediaUrn,
    /// Proof that whoever holds the author's token wrote both down. Whoever may push the
    /// ledger could name any other file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Digest>,
}

/// The document of a post as it was when the post was sent, or when it was last seen to say
/// the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentDocument {
    /// Digest of the whole file, front matter and body.
    pub digest: Digest,
    /// Whether the key was written as `id`, not derived from the path.
    pub explicit_id: bool,
}

/// The record of one post on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Version of this form; a newer one is refused, never rewritten.
    pub format: u32,
    /// The post.
    pub key: PostKey,
    /// Where it goes.
    pub target: Target,
    /// Its file when it was last recorded.
    pub path: ContentPath,
    /// Where the entry stands.
    pub state: State,
    /// Number of the current or last attempt, from 1; 0: none was declared.
    pub attempt: u32,
    /// Owner of the current or last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Digest of `content`.
    pub digest: Digest,
    /// What was or would be sent.
    pub content: PostContent,
    /// Commit the content came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_commit: Option<String>,
    /// The document it was read from; `None`: an older version of this program sent it, or
    /// it is a first comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<SentDocument>,
    /// Keys it was recorded under before its file was renamed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_keys: Vec<PostKey>,
    /// When it was meant to go out; `None`: on merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Instant>,
    /// When the current or last attempt was declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_at: Option<Instant>,
    /// Whether `unknown` was recorded by the attempt's owner itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owner_saw_it_end: bool,
    /// When somebody else than its owner recorded the attempt as `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubted_at: Option<Instant>,
    /// Whether the current or last attempt repeated an unknown one to learn its outcome.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
    /// No new attempt before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Instant>,
    /// Files already uploaded for a post that could not be sent yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploaded: Vec<SentMedia>,
    /// The post; of a comment, the post it stands below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urn: Option<PostUrn>,
    /// LinkedIn's number for a comment, where it said one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_id: Option<String>,
    /// When it was published, as far as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Instant>,
    /// How that became known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
    /// When its live post was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Instant>,
    /// Further posts LinkedIn named for this entry: a person must say which one counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<PostUrn>,
    /// Posts that were recorded for this entry until a person named another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<PostUrn>,
    /// Whether two edits crossed, or the answer to one was lost: the live post may say
    /// something else than `content`, and is edited once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub text_unsure: bool,
    /// Whether a skip by policy was taken back, since the time of the file lay ahead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip_ended: bool,
    /// Why the entry stands where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Finished attempts, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Attempt>,
}

impl Entry {
    /// The version of the form this program writes.
    pub const FORMAT: u32 = 1;

    /// Which entry it is.
    #[must_use]
    pub fn id(&self) -> EntryId {
        EntryId {
            key: self.key.clone(),
            target: self.target,
        }
    }

    /// Whether the entry holds what was sent. One that was made from the lockfile may know
    /// its digest only.
    #[must_use]
    pub fn content_known(&self) -> bool {
        self.content.digest() == self.digest
    }

    /// Whether its post exists or may, or a person decided that it never goes out: none of
    /// these is sent again by itself.
    #[must_use]
    pub fn bars_sending(&self) -> bool {
        match self.state {
            State::Sending | State::Published | State::Unknown | State::Skipped => true,
            State::Retryable | State::Rejected => false,
        }
    }

    /// Whether its post is on LinkedIn, or may be.
    #[must_use]
    pub fn may_be_live(&self) -> bool {
        match self.state {
            State::Published => self.deleted_at.is_none(),
            State::Sending | State::Unknown => true,
            State::Retryable | State::Rejected | State::Skipped => false,
        }
    }

    /// Whether its post never goes out by policy only: the file's own time was over.
    #[must_use]
    pub fn is_skipped_by_policy(&self) -> bool {
        let by_policy = |reason: &Reason| reason.code == LATE_SKIPPED;
        self.state == State::Skipped && self.reason.as_ref().is_some_and(by_policy)
    }

    /// Whether it waits for a time that no run whose clock is right would have named at `now`.
    #[must_use]
    pub fn waits_too_long(&self, now: Instant) -> bool {
        self.not_before
            .is_some_and(|until| until > longest_wait(now))
    }

    /// Whether it is the declaration that `nonce` made, and nobody gave it up.
    #[must_use]
    pub fn authorises(&self, nonce: &str) -> bool {
        self.state == State::Sending && self.is_owned_by(nonce)
    }

    /// Whether more than one post is known for it.
    #[must_use]
    pub fn has_two_posts(&self) -> bool {
        self.target == Target::Linkedin && !self.also.is_empty()
    }

    /// Whether `nonce` owns the current attempt.
    #[must_use]
    pub fn is_owned_by(&self, nonce: &str) -> bool {
        self.owner
            .as_ref()
            .is_some_and(|owner| owner.nonce == nonce)
    }

    /// The same, with the number of its comment unless one is known.
    pub(super) fn with_comment_id(self, comment_id: Option<String>) -> Self {
        let comment_id = self.comment_id.or(comment_id);
        Self { comment_id, ..self }
    }

    /// The same, with uploads for the next attempt, where there may be one.
    pub(super) fn with_uploads(self, uploaded: Vec<SentMedia>) -> Self {
        match self.state {
            State::Retryable => Self { uploaded, ..self },
            State::Sending
            | State::Published
            | State::Rejected
            | State::Unknown
            | State::Skipped => self,
        }
    }

    /// The ledger file: pretty JSON with a final newline.
    ///
    /// # Panics
    /// Never: every field has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
