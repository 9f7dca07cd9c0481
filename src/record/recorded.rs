//! Recorded state as the planner sees it: the ledger, checked against its witness.
//!
//! Owns the rule that a lockfile which names a post the ledger lacks freezes publishing.
//! Must not repair anything: see [`super::rebuild`].

use std::sync::Arc;

use super::beginning::{Beginning, Closed};
use super::entry::{Entry, EntryId};
use super::freeze::Freeze;
use super::ledger::Ledger;
use super::lockfile::{Lockfile, LockfileBlock, LockfileProblem};
use super::witness::{Checked, Witness};
use crate::diagnostic::{Diagnostic, Label};
use crate::model::Instant;
use crate::model::path::ContentPath;
use bytes::Bytes;

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
    /// What the lockfile says, where it stands beside a ledger; empty where there is none
    /// or it cannot be used.
    pub lockfile: Arc<Lockfile>,
    /// No wait that ends after this counts: a clock that is wrong named it. `None`: that cannot
    /// be told, since nobody checked this machine's clock.
    pub longest_wait: Option<Instant>,
}

impl Recorded {
    /// The ledger, checked against `lockfile` and the repository it runs in.
    #[must_use]
    pub fn new(ledger: Ledger, lockfile: Option<&[u8]>, repository_id: Option<&str>) -> Self {
        let witness = Witness::read(lockfile.map(Bytes::copy_from_slice));
        Self::with(ledger, &witness, repository_id, &mut Checked::default())
    }

    /// The same with a lockfile that was read before, and with what was found when the two
    /// were compared last.
    #[must_use]
    pub fn with(
        ledger: Ledger,
        witness: &Witness,
        repository_id: Option<&str>,
        checked: &mut Checked,
    ) -> Self {
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
        let no_ledger =
            ledger.genesis.is_none() && ledger.entries.is_empty() && ledger.freezes.is_empty();
        let lockfile = Arc::clone(witness.lockfile());
        let lockfile_problem = witness.problem().cloned();
        match &lockfile_problem {
            Some(LockfileProblem::Newer(version)) => {
                let version = *version;
                freezes.push(Freeze::LockfileNewer { version });
            }
            Some(problem @ (LockfileProblem::Conflict | LockfileProblem::Damaged(_)))
                if no_ledger =>
            {
                let problem = problem.to_string();
                freezes.push(Freeze::NoWitness { problem });
            }
            Some(LockfileProblem::Conflict | LockfileProblem::Damaged(_)) | None => {}
        }
        let lacks = checked.missing(&ledger, &lockfile).into_iter();
        freezes.extend(lacks.map(|block| match &block.urn {
            Some(urn) => Freeze::LockfileKnowsMore {
                id: block.id(),
                urn: urn.to_string(),
            },
            None => Freeze::LockfileKnowsSkip { id: block.id() },
        }));
        Self {
            ledger,
            ledger_known: true,
            freezes,
            lockfile_problem,
            lockfile,
            longest_wait: None,
        }
    }

    /// The same, frozen where the ledger has not begun and may not now. What is frozen
    /// already is not told twice; but where a ledger would be this machine's alone, what froze
    /// it is a lockfile, whose posts were recorded in another place.
    #[must_use]
    pub fn begun(mut self, beginning: Beginning) -> Self {
        let Beginning::Frozen(freeze) = beginning else {
            return self;
        };
        let Freeze::LedgerMissing { why } = freeze else {
            if self.freezes.is_empty() {
                self.freezes.push(freeze);
            }
            return self;
        };
        if why == Closed::EarlierHere {
            // What this machine recorded before may well hold the posts of the lockfile.
            self.freezes.retain(|freeze| !freeze.is_of_lockfile());
        }
        if self.freezes.is_empty() {
            self.freezes.push(freeze);
        } else if why == Closed::NoRemote && !self.freezes.iter().any(Freeze::is_break) {
            self.freezes.push(Freeze::RecordedElsewhere);
        }
        self
    }

    /// What the lockfile alone implies, for a place that does not know the ledger.
    #[must_use]
    pub fn from_lockfile(lockfile: Option<&[u8]>) -> Self {
        let witness = Witness::read(lockfile.map(Bytes::copy_from_slice));
        let mut ledger = Ledger::default();
        for (id, block) in &witness.lockfile().blocks {
            let entry = LockfileBlock::clone(block).into_entry(None);
            ledger.entries.insert(id.clone(), entry);
        }
        Self {
            ledger,
            ledger_known: false,
            freezes: Vec::new(),
            lockfile_problem: witness.problem().cloned(),
            lockfile: Arc::default(),
            longest_wait: None,
        }
    }

    /// Until when no attempt at `entry` may begin, at `now`; `None`: one may.
    #[must_use]
    pub fn waits(&self, entry: &Entry, now: Instant) -> Option<Instant> {
        let counts = |until: &Instant| self.longest_wait.is_none_or(|longest| *until <= longest);
        entry.not_before.filter(|until| *until > now).filter(counts)
    }

    /// The entry of a post.
    #[must_use]
    pub fn entry(&self, id: &EntryId) -> Option<&Entry> {
        self.ledger.entries.get(id)
    }

    /// What is wrong with the record, short of a freeze.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let is_frozen_by_it = |freeze: &Freeze| matches!(freeze, Freeze::NoWitness { .. });
        let frozen_by_it = self.freezes.iter().any(is_frozen_by_it);
        let Some(problem) = self.lockfile_problem.as_ref().filter(|_| !frozen_by_it) else {
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
                    id: published("a", "x", 1).id(),
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
    fn a_damaged_lockfile_freezes_nothing_beside_a_ledger() {
        let recorded = Recorded::new(known([published("a", "x", 1)]), Some(b"posts: ["), None);
        assert_eq!(
            (recorded.freezes.len(), recorded.diagnostics().len()),
            (0, 1)
        );
    }

    #[test]
    fn a_damaged_lockfile_without_a_ledger_freezes() {
        for unusable in [&b"posts: ["[..], b"<<<<<<< ours\nversion: 1\n"] {
            let recorded = Recorded::new(Ledger::default(), Some(unusable), None);
            let [Freeze::NoWitness { .. }] = recorded.freezes.as_slice() else {
                panic!("{:?}", recorded.freezes);
            };
            // Nothing says that nothing is lost.
            assert_eq!(recorded.diagnostics(), []);
        }
    }

    #[test]
    fn a_skip_that_the_ledger_lost_freezes_wherever_the_post_could_go_out() {
        let text = witness(skipped("a", "x"));
        for ledger in [
            Ledger::default(),
            known([retryable("a", "x")]),
            known([unknown("a", "x")]),
            known([retryable("b", "x")]),
        ] {
            let recorded = Recorded::new(ledger, Some(text.as_bytes()), None);
            let id = skipped("a", "x").id();
            assert_eq!(recorded.freezes, [Freeze::LockfileKnowsSkip { id }]);
        }
    }

    #[test]
    fn a_skip_that_went_on_is_known() {
        let text = witness(skipped("a", "x"));
        for ledger in [
            known([skipped("a", "x")]),
            known([skipped("renamed", "x")]),
            // It turned out to exist.
            known([published("a", "another", 1)]),
        ] {
            let recorded = Recorded::new(ledger, Some(text.as_bytes()), None);
            assert_eq!(recorded.freezes, []);
        }
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
