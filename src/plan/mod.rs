//! The plan: what would happen to every post, and why.
//!
//! Owns the plan as a value and the pure function that makes it. `apply` performs only
//! this value; a dry run stops after showing it. Must not reach a port or read a clock.

mod classify;
mod comments;
mod copies;
mod digest;
mod identity;
mod index;
mod judge;
mod likeness;
mod live;
mod order;
mod place;
pub mod requests;
mod roots;
mod sameness;
mod settled;
mod twins;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Label};
use crate::model::Instant;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::model::zone::Tz;
use crate::record::{Freeze, Reason};

pub use classify::two_posts_words;
pub use identity::{CommitThen, DocumentThen, History};
pub(crate) use likeness::equal as is_same_text;
pub use order::{PlanInput, plan, plan_from, renames};
pub use roots::root_moved;
pub use settled::Settled;

/// What is to be done about one post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Create it on LinkedIn.
    Publish,
    /// Replace the live post's text.
    Update,
    /// Delete the live post (only with `prune: true`).
    Delete,
    /// The file was renamed: the record goes on under the new key.
    Move {
        /// The key it was recorded under.
        from: PostKey,
        /// Whether the live post's text changes too.
        update: bool,
    },
    /// Write the first comment.
    Comment,
    /// Not due yet.
    Wait,
    /// Due, but something must change first.
    Hold,
    /// May or may not be published; a person or a lookup must tell.
    Unknown,
    /// Nothing.
    None,
}

impl Action {
    /// The word used in JSON and messages.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Action::Publish => "publish",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::Move { .. } => "move",
            Action::Comment => "comment",
            Action::Wait => "wait",
            Action::Hold => "hold",
            Action::Unknown => "unknown",
            Action::None => "none",
        }
    }

    /// Whether performing it changes LinkedIn or the record
    /// (`plan --detailed-exitcode` answers 2).
    #[must_use]
    pub fn is_change(&self) -> bool {
        match self {
            Action::Publish
            | Action::Update
            | Action::Delete
            | Action::Move { .. }
            | Action::Comment => true,
            Action::Wait | Action::Hold | Action::Unknown | Action::None => false,
        }
    }

    /// Whether it counts against `max_per_run`.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        match self {
            Action::Publish | Action::Update | Action::Delete => true,
            Action::Move { update, .. } => *update,
            Action::Comment | Action::Wait | Action::Hold | Action::Unknown | Action::None => false,
        }
    }
}

/// Where a post stands, in one word for people and scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostState {
    /// Has no time, or says `draft: true`.
    Draft,
    /// Waits for its time.
    Scheduled,
    /// Its time has come.
    Due,
    /// Its time has come, and something must change first.
    Held,
    /// A run has declared its request.
    Publishing,
    /// On LinkedIn.
    Published,
    /// May or may not be on LinkedIn.
    Unknown,
    /// Refused by LinkedIn, or its document has errors.
    Failed,
    /// Will never go out.
    Skipped,
    /// On LinkedIn, and its file is gone.
    Orphaned,
    /// Was on LinkedIn.
    Deleted,
}

impl PostState {
    /// The word used in JSON and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            PostState::Draft => "draft",
            PostState::Scheduled => "scheduled",
            PostState::Due => "due",
            PostState::Held => "held",
            PostState::Publishing => "publishing",
            PostState::Published => "published",
            PostState::Unknown => "unknown",
            PostState::Failed => "failed",
            PostState::Skipped => "skipped",
            PostState::Orphaned => "orphaned",
            PostState::Deleted => "deleted",
        }
    }
}

/// One decision on the way to an action, in the order they were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was asked, as a question.
    pub question: &'static str,
    /// What the answer was, with its facts.
    pub answer: String,
}

/// What is to be done about one post, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanItem {
    /// The post.
    pub key: PostKey,
    /// Where it goes.
    pub target: Target,
    /// Its file, or the last one it had.
    pub path: ContentPath,
    /// Who publishes it, where known.
    pub author: Option<AuthorUrn>,
    /// The author's name in the configuration, else the URN; empty where unknown.
    pub author_name: String,
    /// The zone its times are shown in.
    pub zone: Tz,
    /// When it is or was meant to go out; `None`: on merge, or never.
    pub scheduled_at: Option<Instant>,
    /// What is to be done.
    pub action: Action,
    /// Where the post stands.
    pub state: PostState,
    /// Why: a kebab-case code, and words for people.
    pub reason: Reason,
    /// The ordered decisions behind the action.
    pub decisions: Vec<Decision>,
    /// What people should know although it stops nothing.
    pub warning: Option<Warning>,
    /// The other post that the reason is about: the one that this repeats, or may be.
    pub other: Option<OtherPost>,
    /// The live post, where there is one.
    pub urn: Option<PostUrn>,
    /// Further posts that LinkedIn has for it.
    pub also: Vec<PostUrn>,
    /// When it went out.
    pub published_at: Option<Instant>,
    /// The text on LinkedIn or last sent, where the action changes it.
    pub text_before: Option<String>,
    /// The text the action would send.
    pub text_after: Option<String>,
    /// Paths of the media the action would send, in order.
    pub media: Vec<ContentPath>,
    /// About how many requests of LinkedIn the action takes.
    pub requests: u32,
    /// Digest of what the document says now, where there is one without errors.
    pub content: Option<Digest>,
}

impl PlanItem {
    /// The post's key, and what of it this is about when it is not the post itself.
    #[must_use]
    pub fn shown_key(&self) -> String {
        match self.target {
            Target::Linkedin => self.key.to_string(),
            Target::Comment => format!("{} (first comment)", self.key),
        }
    }
}

/// A post that another one is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPost {
    /// Its key.
    pub key: PostKey,
    /// Its content root, where that is another one: a path in the repository, empty at the
    /// top.
    pub root: Option<String>,
}

/// What people should know about a post although it stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Its file is the one that was sent, and reads otherwise today.
    ReadsDifferently,
    /// It is out, and its file names a later time, at which nothing is sent.
    TimedAgain,
    /// It goes out, and says nearly the same as a post that is out.
    NearlyDuplicate {
        /// The key of that post.
        of: PostKey,
    },
}

impl Warning {
    /// The warning about the post `key`, whose file is `path`.
    #[must_use]
    pub fn diagnostic(&self, key: &PostKey, path: &ContentPath) -> Diagnostic {
        let found = match self {
            Warning::ReadsDifferently => Diagnostic::warning(
                "reads-differently",
                format!("`{key}` reads differently today than when it was published"),
            )
            .note("its file is the same; this version of mergecast or `mergecast.yaml` reads it otherwise")
            .note("the live post stays as it is")
            .help("to edit the live post, change its file"),
            Warning::TimedAgain => Diagnostic::warning(
                "timed-again",
                format!("`{key}` is out, and the new time in its file sends nothing"),
            )
            .help(format!("to say it again, copy the file and add `repeats: {key}` to the copy")),
            Warning::NearlyDuplicate { of } => Diagnostic::warning(
                "nearly-duplicate",
                format!("`{key}` says nearly the same as `{of}`, which is out"),
            )
            .help("if that is not meant, change the text or set `draft: true`"),
        };
        found.at(Label::file(path))
    }
}

impl Plan {
    /// What people should know about posts although it stops nothing.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let warnings = self.items.iter().filter_map(|item| {
            let warning = item.warning.as_ref()?;
            Some(warning.diagnostic(&item.key, &item.path))
        });
        warnings.collect()
    }
}

/// A limit that stops a whole apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The record cannot be trusted until a person has looked.
    Frozen {
        /// Every reason.
        freezes: Vec<Freeze>,
    },
    /// More changes than `max_per_run`.
    TooMany {
        /// Publishes, updates and deletes in the plan.
        changes: u32,
        /// The limit.
        limit: u32,
    },
}

/// What would happen to every post at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The instant it was made for.
    pub now: Instant,
    /// When the next post falls due or the next parked one may be tried, if any.
    pub next_due: Option<Instant>,
    /// Every post, sorted by when it happens, then key.
    pub items: Vec<Arc<PlanItem>>,
    /// Limits that stop an apply. A plan is shown all the same.
    pub guards: Vec<Guard>,
    /// About how many requests of LinkedIn it takes, by credential.
    pub requests: Vec<requests::Estimate>,
}

#[cfg(test)]
mod tests;
