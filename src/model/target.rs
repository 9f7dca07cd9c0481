//! Where a post goes.
//!
//! Owns the names of targets. Must not know how a target is reached.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place a post is published to. One today; entries, plans and results already carry
/// it, so that a second one changes no format.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The author's LinkedIn feed.
    #[default]
    Linkedin,
}

impl Target {
    /// The name used in file names, JSON and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Target::Linkedin => "linkedin",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
