//! Who may see a post.
//!
//! Owns the three values a document may name and their wire names. Must not check which
//! author may use which: that is a rule.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may see a post (LinkedIn, "Posts API", field `visibility`).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody, signed in or not.
    #[default]
    Public,
    /// The author's connections; members only.
    Connections,
    /// Everybody who is signed in.
    LoggedIn,
}

impl Visibility {
    /// The value of the request field.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Visibility::Public => "PUBLIC",
            Visibility::Connections => "CONNECTIONS",
            Visibility::LoggedIn => "LOGGED_IN",
        }
    }

    /// The value as written in front matter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Connections => "connections",
            Visibility::LoggedIn => "logged_in",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
