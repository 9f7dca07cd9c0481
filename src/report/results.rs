//! What an apply did, post by post.
//!
//! Owns the values that every view of an apply shows. Must not perform anything.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::model::Instant;
use crate::model::requests::Sent;
use crate::plan::PlanItem;
use crate::report::exit::Exit;

/// How the action on one post ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on LinkedIn now.
    Published,
    /// The live post has the new text.
    Updated,
    /// The live post is gone.
    Deleted,
    /// The record goes on under the new key.
    Moved,
    /// The first comment stands.
    Commented,
    /// It did not work; the error says why.
    Failed,
    /// Something must change first.
    Held,
    /// It may or may not be on LinkedIn.
    Unknown,
    /// Nothing was to be done.
    None,
}

impl Outcome {
    /// The word used in JSON and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Published => "published",
            Outcome::Updated => "updated",
            Outcome::Deleted => "deleted",
            Outcome::Moved => "moved",
            Outcome::Commented => "commented",
            Outcome::Failed => "failed",
            Outcome::Held => "held",
            Outcome::Unknown => "unknown",
            Outcome::None => "none",
        }
    }
}

/// What kept an action from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultError {
    /// Whose problem it is: `content`, `rejected`, `auth`, `permission`, `config`,
    /// `rate-limit`, `unreachable`, `remote`, `unknown`, `conflict`, `internal`.
    pub kind: &'static str,
    /// Kebab-case word of the diagnostic that explains it.
    pub code: String,
    /// For people.
    pub message: String,
    /// One next step.
    pub help: Option<String>,
}

/// What became of one planned item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostResult {
    /// The plan's item; its `urn` and `published_at` are those after the action.
    pub item: Arc<PlanItem>,
    /// How it ended.
    pub outcome: Outcome,
    /// What kept it from working.
    pub error: Option<ResultError>,
    /// What it means for the exit code.
    pub exit: Exit,
    /// When a new attempt may be made, where it is parked until then.
    pub again: Option<Instant>,
}

/// What one apply did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyReport {
    /// Whether this is about the sandbox: its posts are not on LinkedIn.
    pub sandbox: bool,
    /// When it ended.
    pub now: Instant,
    /// Every post of the plan, in the plan's order.
    pub results: Vec<PostResult>,
    /// When the next post falls due, or one that is parked may be tried again; also one that
    /// this apply parked.
    pub next_due: Option<Instant>,
    /// The requests of LinkedIn that were made, refused ones included; `None`: not counted.
    pub requests: Option<Sent>,
    /// Problems of content, configuration, ledger and lockfile.
    pub diagnostics: Vec<Diagnostic>,
    /// The exit code that follows, before options like `--allow-held`.
    pub exit: Exit,
}
