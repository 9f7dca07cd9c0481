//! Where a process publishes from and records, compared with what is published.
//!
//! Owns the refusal of a pass once a merge moved `branch`, `state.branch` or `state.remote`:
//! a run that goes on with the old ones would publish beside the runs with the new ones.

use crate::diagnostic::Diagnostic;
use crate::model::config::{Config, StateLocation};

/// What a process runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunsOn {
    /// The published branch; `None`: the remote's `HEAD`.
    pub branch: Option<String>,
    /// Where the ledger is.
    pub state: StateLocation,
}

impl RunsOn {
    /// What a run with this configuration runs on.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            branch: config.branch.clone(),
            state: config.state.clone(),
        }
    }

    /// The problem of going on where `published` is what was merged. `first`: this is the
    /// first look, at which a branch that is named and one that is not may be the same.
    pub(super) fn moved(&self, published: &Self, first: bool) -> Option<Diagnostic> {
        let unnamed = self.branch.is_none() || published.branch.is_none();
        let same_branch = self.branch == published.branch || (first && unnamed);
        if same_branch && self.state == published.state {
            return None;
        }
        let words = |on: &Self| {
            let branch = on.branch.as_deref();
            let branch = branch.map_or("the default branch".to_owned(), |name| format!("`{name}`"));
            let StateLocation {
                branch: ledger,
                remote,
            } = &on.state;
            format!("publishes {branch} and records on `{ledger}` of `{remote}`")
        };
        let message = format!(
            "this run {}; the published `mergecast.yaml` {}",
            words(self),
            words(published)
        );
        Some(
            Diagnostic::error("settings-moved", message)
                .note("nothing was published, and this run ends")
                .help("start it again in a checkout of what is published"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(branch: Option<&str>, ledger: &str, remote: &str) -> RunsOn {
        RunsOn {
            branch: branch.map(str::to_owned),
            state: StateLocation {
                branch: ledger.to_owned(),
                remote: remote.to_owned(),
            },
        }
    }

    #[test]
    fn each_of_the_three_moves_a_run() {
        let ours = on(Some("main"), "s", "origin");
        assert_eq!(ours.moved(&ours, false), None);
        for merged in [
            on(Some("live"), "s", "origin"),
            on(Some("main"), "S", "origin"),
            on(Some("main"), "s", "upstream"),
        ] {
            for first in [true, false] {
                let code = ours.moved(&merged, first).map(|found| found.code);
                assert_eq!(code, Some("settings-moved"), "{merged:?}");
            }
        }
    }

    #[test]
    fn a_branch_that_is_named_later_moves_a_run_that_has_begun() {
        let (named, unnamed) = (on(Some("main"), "s", "o"), on(None, "s", "o"));
        assert_eq!(named.moved(&unnamed, true), None);
        assert!(named.moved(&unnamed, false).is_some());
        assert!(unnamed.moved(&named, false).is_some());
    }
}
