//! Recorded state as the planner sees it: the ledger, checked against its witness.
//!
//! Owns the rule that a lockfile which names a URN the ledger lacks freezes publishing.
//! Must not repair anything.

use std::collections::BTreeSet;

use super::entry::{Entry, EntryId, How, State};
use super::ledger::{Freeze, Ledger};
use super::lockfile::{Lockfile, LockfileBlock, LockfileProblem, LockfileState};
use crate::diagnostic::{Diagnostic, Label};
use crate::model::content::PostContent;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::PostUrn;

/// What is recorded about every post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The entries; where the ledger is not known here, those the lockfile implies.
    pub ledger: Ledger,
    /// Whether a ledger was read. A clone without its branch does not know it, which is
    /// no sign that it vanished.
    pub ledger_known: bool,
    /// Why publishing is frozen.
    pub freezes: Vec<Freeze>,
    /// Why the lockfile cannot be used as a witness.
    pub lockfile_problem: Option<LockfileProblem>,
}

/// Every post an entry names.
fn urns(entry: &Entry) -> impl Iterator<Item = (Target, &PostUrn)> {
    let named = entry.urn.iter().chain(&entry.also);
    named.map(|urn| (entry.target, urn))
}

impl Recorded {
    /// The ledger, checked against `lockfile` and the repository it runs in.
    #[must_use]
    pub fn new(ledger: Ledger, lockfile: Option<&[u8]>, repository_id: Option<&str>) -> Self {
        let mut freezes = ledger.freezes.clone();
        let expected = ledger
            .genesis
            .as_ref()
            .and_then(|genesis| genesis.repository_id.clone());
        if let (Some(expected), Some(found)) = (expected, repository_id)
            && expected != found
        {
            freezes.push(Freeze::OtherRepository {
                expected,
                found: found.to_owned(),
            });
        }
        let (lockfile, lockfile_problem) = read(lockfile);
        if let Some(LockfileProblem::Newer(version)) = lockfile_problem {
            freezes.push(Freeze::LockfileNewer { version });
        }
        let known: BTreeSet<(Target, &PostUrn)> = ledger.entries.values().flat_map(urns).collect();
        for block in lockfile.blocks.values() {
            // A comment names the post it stands below, and is no witness of it.
            if let Some(urn) = &block.urn
                && !known.contains(&(block.target, urn))
            {
                let urn = urn.to_string();
                freezes.push(Freeze::LockfileKnowsMore {
                    key: block.key.clone(),
                    urn,
                });
            }
        }
        Self {
            ledger,
            ledger_known: true,
            freezes,
            lockfile_problem,
        }
    }

    /// What the lockfile alone implies, for a place that does not know the ledger.
    #[must_use]
    pub fn from_lockfile(lockfile: Option<&[u8]>) -> Self {
        let (lockfile, lockfile_problem) = read(lockfile);
        let mut ledger = Ledger::default();
        for (id, block) in lockfile.blocks {
            ledger.entries.insert(id, implied(block));
        }
        Self {
            ledger,
            ledger_known: false,
            freezes: Vec::new(),
            lockfile_problem,
        }
    }

    /// The entry of a post.
    #[must_use]
    pub fn entry(&self, id: &EntryId) -> Option<&Entry> {
        self.ledger.entries.get(id)
    }

    /// What is wrong with the record, short of a freeze.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let Some(problem) = &self.lockfile_problem else {
            return Vec::new();
        };
        let mut diagnostic = Diagnostic::warning(
            "lockfile-unusable",
            format!("`{}` cannot be used: {problem}", super::lockfile::LOCKFILE),
        )
        .note("the ledger decides, and nothing is lost")
        .help(match problem {
            LockfileProblem::Newer(_) => "use the mergecast that wrote it, or a newer one",
            LockfileProblem::Conflict | LockfileProblem::Damaged(_) => {
                "nothing to do: the next apply writes it anew"
            }
        });
        if let Ok(path) = ContentPath::parse(super::lockfile::LOCKFILE) {
            diagnostic = diagnostic.at(Label::file(&path));
        }
        vec![diagnostic]
    }
}

fn read(bytes: Option<&[u8]>) -> (Lockfile, Option<LockfileProblem>) {
    match bytes.map(Lockfile::parse) {
        Some(Ok(lockfile)) => (lockfile, None),
        Some(Err(problem)) => (Lockfile::default(), Some(problem)),
        None => (Lockfile::default(), None),
    }
}

/// The entry a lockfile block stands for; its text is not known.
fn implied(block: LockfileBlock) -> Entry {
    Entry {
        format: Entry::FORMAT,
        key: block.key,
        target: block.target,
        path: block.path,
        state: match block.state {
            LockfileState::Published | LockfileState::Deleted => State::Published,
            LockfileState::Skipped => State::Skipped,
        },
        attempt: 0,
        owner: None,
        digest: block.digest,
        content: PostContent::of_text(block.author, String::new(), String::new()),
        content_commit: block.content_commit,
        scheduled_at: block.scheduled_at,
        declared_at: None,
        owner_saw_it_end: false,
        probe: false,
        not_before: None,
        uploaded: Vec::new(),
        urn: block.urn,
        comment_id: None,
        published_at: block.published_at,
        how: Some(How::Created),
        deleted_at: block.deleted_at,
        also: Vec::new(),
        reason: None,
        history: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn witness(entry: Entry) -> String {
        let mut ledger = Ledger::default();
        ledger.entries.insert(entry.id(), entry);
        Lockfile::from_ledger(&ledger).to_text()
    }

    fn known(entries: impl IntoIterator<Item = Entry>) -> Ledger {
        Ledger {
            entries: entries
                .into_iter()
                .map(|entry| (entry.id(), entry))
                .collect(),
            ..Ledger::default()
        }
    }

    #[test]
    fn a_ledger_that_lost_a_post_freezes() {
        for lost in [published("a", "x", 1), deleted("a", "x", 1)] {
            let text = witness(lost);
            for ledger in [Ledger::default(), known([published("a", "x", 9)])] {
                let recorded = Recorded::new(ledger, Some(text.as_bytes()), None);
                let freeze = Freeze::LockfileKnowsMore {
                    key: key("a"),
                    urn: urn(1).to_string(),
                };
                assert_eq!(recorded.freezes, [freeze]);
            }
        }
    }

    #[test]
    fn a_moved_or_doubled_post_is_known_by_its_urn() {
        let mut doubled = published("b", "x", 9);
        doubled.also.push(urn(1));
        for ledger in [known([published("new", "x", 1)]), known([doubled])] {
            let text = witness(published("a", "x", 1));
            let recorded = Recorded::new(ledger, Some(text.as_bytes()), None);
            assert_eq!(recorded.freezes, []);
        }
    }

    #[test]
    fn a_newer_lockfile_freezes_and_is_not_said_to_be_written_anew() {
        let recorded = Recorded::new(Ledger::default(), Some(b"version: 2\n"), None);
        assert_eq!(recorded.freezes, [Freeze::LockfileNewer { version: 2 }]);
        let help = recorded.diagnostics().remove(0).help.unwrap();
        assert!(!help.contains("anew"), "{help}");
    }

    #[test]
    fn a_damaged_lockfile_freezes_nothing() {
        let recorded = Recorded::new(Ledger::default(), Some(b"posts: ["), None);
        assert_eq!(
            (recorded.freezes.len(), recorded.diagnostics().len()),
            (0, 1)
        );
    }

    #[test]
    fn a_deleted_post_stands_in_as_deleted() {
        let mut entry = deleted("a", "x", 1);
        entry.published_at = None;
        let recorded = Recorded::from_lockfile(Some(witness(entry.clone()).as_bytes()));
        assert!(!recorded.ledger_known);
        let stand_in = recorded.entry(&entry.id()).unwrap();
        assert_eq!(stand_in.deleted_at, entry.deleted_at);
    }
}
