//! Where a post goes.
//!
//! Owns the names of targets. Must not know how a target is reached.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place something of a post is published to.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Target {
    /// The author's LinkedIn feed.
    #[default]
    #[serde(rename = "linkedin")]
    Linkedin,
    /// The first comment below the live post. An entry, an attempt and an outcome of its
    /// own: whatever happens to it, the post stays what it is.
    #[serde(rename = "linkedin-comment")]
    Comment,
}

impl Target {
    /// The name used in file names, JSON and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Target::Linkedin => "linkedin",
            Target::Comment => "linkedin-comment",
        }
    }

    /// The target of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Target::Linkedin, Target::Comment];
        all.into_iter().find(|target| target.as_str() == name)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
