//! What a pull request changes about posts, as a value.
//!
//! Owns the facts that a comment shows, in a form that can cross from a run nobody trusts
//! to one that may write: data only, never prepared text. Must not decide or word anything:
//! see [`markdown`].

pub mod markdown;
mod sections;
mod words;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::model::Instant;

/// A pull request, looked at as if it were merged at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The instant.
    pub now: Instant,
    /// Posts that the pull request changes.
    pub posts: Vec<ReviewedPost>,
    /// How many posts it leaves alone.
    pub unchanged: u32,
    /// Problems of content and configuration.
    pub problems: Vec<Problem>,
    /// Limits that would refuse the whole apply.
    pub refusals: Vec<Refusal>,
    /// Whether it is known what the base has; if not, every post counts as changed.
    pub base_known: bool,
    /// How well it is known what is published.
    pub record: Record,
    /// Whether open pull requests were looked at for posts close by.
    pub others_known: bool,
    /// When the next post falls due.
    pub next_due: Option<Instant>,
    /// The plan's digest.
    pub digest: String,
}

/// How well it is known what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// The ledger was fetched.
    Fetched,
    /// The remote did not answer; what this clone knew.
    Stale,
    /// Only the lockfile was there.
    Lockfile,
}

/// What the pull request does to a post's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The base has no such post.
    New,
    /// Text, media, time or settings differ from the base.
    Edited,
    /// It has another name on the base.
    Renamed,
    /// Its file is gone.
    Deleted,
    /// It has errors.
    Broken,
}

/// When a post goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// At this time.
    At(Instant),
    /// As soon as it is merged.
    OnMerge,
    /// Never, as it is written.
    Never,
    /// It went out then.
    Published(Instant),
}

/// What happens if the pull request is merged at [`Review::now`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The next run publishes it.
    Publish,
    /// It goes out, or its live post is edited, later.
    Wait,
    /// The live post is edited.
    Update,
    /// The record goes on under the new key.
    Move,
    /// The same, and the live post is edited.
    MoveAndUpdate,
    /// The live post is deleted.
    Delete,
    /// Something must change first.
    Hold,
    /// It may be published already.
    Unknown,
    /// A draft, or without a time.
    Never,
    /// It has errors.
    Broken,
    /// It was never published, and its file is gone.
    Gone,
    /// Nothing; the cause says why.
    Nothing,
}

/// Why: the plan's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Kebab-case word.
    pub code: String,
    /// For people.
    pub message: String,
    /// What a person does next.
    pub help: Option<String>,
}

/// One post that the pull request changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewedPost {
    /// What happens to its file.
    pub change: Change,
    /// Its key.
    pub key: String,
    /// The key it has on the base, where that is another one.
    pub was: Option<String>,
    /// Its file; for a deleted one the last.
    pub path: String,
    /// The author's name.
    pub author: String,
    /// The IANA zone its times are shown in.
    pub zone: String,
    /// When it goes out.
    pub when: When,
    /// When it would go out on the base, where that differs.
    pub when_before: Option<When>,
    /// What merging does.
    pub effect: Effect,
    /// Why.
    pub cause: Cause,
    /// What reviewers should mind.
    pub hazards: Vec<Hazard>,
    /// The text as readers will see it.
    pub text: Option<String>,
    /// The text it replaces, where that differs.
    pub before: Option<Before>,
    /// Its media, in order.
    pub media: Vec<Medium>,
    /// A link card, a poll, or another post.
    pub card: Option<Card>,
    /// Who may see it, where not everybody.
    pub visibility: Option<String>,
    /// The comment below it.
    pub first_comment: Option<String>,
    /// The live post.
    pub live: Option<String>,
}

/// The text that an edit replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// The text.
    pub text: String,
    /// Whether readers see it now.
    pub live: bool,
}

/// A media file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Medium {
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Width and height in pixels.
    pub pixels: Option<(u64, u64)>,
    /// Alt text.
    pub alt: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Whether an edit brings it: the base's post lacks this file with these texts.
    pub new: bool,
}

/// What a post carries besides text and media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Card {
    /// A link card.
    Article {
        /// Where it leads.
        url: String,
        /// Headline.
        title: String,
        /// Text below.
        description: Option<String>,
    },
    /// A poll.
    Poll {
        /// What is asked.
        question: String,
        /// The answers.
        options: Vec<String>,
        /// How long.
        duration: String,
    },
    /// Another post, shared.
    Reshare {
        /// Its URN.
        urn: String,
    },
}

/// What reviewers should mind about the time of a post.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Hazard {
    /// Its time is over, so merging publishes it.
    PastDue {
        /// How long ago its time was.
        minutes: i64,
    },
    /// Its time is over for so long that it is held.
    Late {
        /// How long ago its time was.
        minutes: i64,
    },
    /// `on-merge`.
    AtOnce,
    /// Another post of the same author goes out about then.
    Near {
        /// Between the two.
        minutes: i64,
        /// The other post.
        key: String,
        /// Where it is.
        place: Place,
    },
}

/// Where another post is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In the same pull request, or on the base and in this branch.
    Here,
    /// On the base only.
    Base,
    /// On LinkedIn already.
    Live,
    /// In another open pull request.
    PullRequest(u64),
}

/// A problem that `check` found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Whether it stops something.
    pub is_error: bool,
    /// Its code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The file.
    pub path: Option<String>,
    /// The line; 0: the file as a whole.
    pub line: u32,
}

/// A limit that would refuse the whole apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Refusal {
    /// More changes than `max_per_run`.
    TooMany {
        /// Publishes, updates and deletes.
        changes: u32,
        /// The limit.
        limit: u32,
    },
    /// The record cannot be trusted.
    Frozen {
        /// Why.
        reasons: Vec<String>,
        /// What ends it.
        help: String,
    },
}

impl Review {
    /// Whether there is anything to tell a reviewer.
    #[must_use]
    pub fn says_something(&self) -> bool {
        !self.posts.is_empty() || self.problems.iter().any(|problem| problem.is_error)
    }
}
