//! Requests of LinkedIn, counted.
//!
//! Owns whose day a request counts against, and how many there were. Must not know what
//! was asked, and never holds a token.

use std::collections::BTreeMap;

/// Whose daily calls a request counts against: where its token came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credential(pub String);

/// Requests that left, or were tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// All of them.
    pub all: u32,
    /// Those that count against a credential's day.
    pub by_credential: BTreeMap<Credential, u32>,
}

impl Sent {
    /// Counts one request; `credential`: whose day it counts against, if anybody's.
    pub fn count(&mut self, credential: Option<&Credential>) {
        self.all = self.all.saturating_add(1);
        if let Some(credential) = credential {
            *self.by_credential.entry(credential.clone()).or_default() += 1;
        }
    }

    /// How many counted against `credential`.
    #[must_use]
    pub fn with(&self, credential: &Credential) -> u32 {
        self.by_credential.get(credential).copied().unwrap_or(0)
    }
}
