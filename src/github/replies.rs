//! GitHub's answers, as far as they are used.
//!
//! Owns the fields that are read. Must not fail over a field nobody needs.

use serde::Deserialize;

use super::event::Side;
use crate::model::Instant;

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    /// Where it comes from.
    pub head: Side,
    /// Where it goes.
    pub base: Side,
    /// When it was merged.
    #[serde(default)]
    pub merged_at: Option<Instant>,
}

/// Who wrote something; `None` where the account is gone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// The account's name; bots end in `[bot]`.
    pub login: String,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: u64,
    /// What it says.
    #[serde(default)]
    pub body: Option<String>,
    /// Who wrote it.
    #[serde(default)]
    pub user: Option<User>,
}

/// An issue; pull requests are listed among them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    /// What it says.
    #[serde(default)]
    pub body: Option<String>,
    /// Who opened it.
    #[serde(default)]
    pub user: Option<User>,
    /// There for pull requests only.
    #[serde(default)]
    pub pull_request: Option<serde_json::Value>,
}

/// A file that a pull request changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChangedFile {
    /// Its path in the repository.
    pub filename: String,
    /// `added`, `modified`, `renamed`, `removed`, …
    pub status: String,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Commit {
    /// Its name.
    pub sha: String,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// When something was last pushed to it.
    #[serde(default)]
    pub pushed_at: Option<Instant>,
}
