//! The lockfile as a witness of the ledger.
//!
//! Owns what was read, and finding what it names and the ledger lacks. Must not decide what
//! follows: see [`super::recorded`].

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use imbl::ordmap::DiffItem;

use super::entries::Entries;
use super::entry::{Entry, EntryId, State};
use super::ledger::Ledger;
use super::lockfile::{Blocks, Lockfile, LockfileBlock, LockfileProblem};
use crate::model::urn::PostUrn;

/// The lockfile of the published branch as it was read. Copies are cheap to make from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    bytes: Option<Bytes>,
    lockfile: Arc<Lockfile>,
    problem: Option<LockfileProblem>,
}

impl Witness {
    /// Reads it; `None`: there is no file.
    #[must_use]
    pub fn read(bytes: Option<Bytes>) -> Self {
        let (lockfile, problem) = match bytes.as_deref().map(Lockfile::parse) {
            Some(Ok(lockfile)) => (lockfile, None),
            Some(Err(problem)) => (Lockfile::default(), Some(problem)),
            None => (Lockfile::default(), None),
        };
        Self {
            bytes,
            lockfile: Arc::new(lockfile),
            problem,
        }
    }

    /// What `text` will be read as, which is what `lockfile` is written as.
    #[must_use]
    pub fn written(lockfile: Arc<Lockfile>, text: Bytes) -> Self {
        let bytes = Some(text);
        let mut blocks = lockfile.blocks.values();
        if blocks.any(|block| block.contradiction().is_some()) {
            return Self::read(bytes);
        }
        Self {
            bytes,
            lockfile,
            problem: None,
        }
    }

    /// What it says; empty where it cannot be used.
    #[must_use]
    pub fn lockfile(&self) -> &Arc<Lockfile> {
        &self.lockfile
    }

    /// Why it cannot be used.
    #[must_use]
    pub fn problem(&self) -> Option<&LockfileProblem> {
        self.problem.as_ref()
    }

    /// Whether the file is this one; `None`: whether there is none.
    #[must_use]
    pub fn is(&self, bytes: Option<&Bytes>) -> bool {
        match (&self.bytes, bytes) {
            (Some(own), Some(other)) => {
                // Copies are at the same place, and megabytes need not be compared.
                let copies = (own.as_ptr(), own.len()) == (other.as_ptr(), other.len());
                copies || own == other
            }
            (own, other) => own.is_none() && other.is_none(),
        }
    }
}

/// Whether `entry` is what became of the post of a block with its id.
fn knows(entry: &Entry, block: &LockfileBlock) -> bool {
    match &block.urn {
        Some(urn) => {
            let known = |urns: &[PostUrn]| urns.contains(urn);
            let named =
                entry.urn.as_ref() == Some(urn) || known(&entry.also) || known(&entry.replaced);
            named && entry.state == State::Published
        }
        None => matches!(entry.state, State::Skipped | State::Published) || entry.skip_ended,
    }
}

/// A ledger and a lockfile that were compared: every block was about the entry of its own
/// id. The next comparison begins there.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    entries: Entries,
    blocks: Blocks,
}

impl Checked {
    /// Blocks the ledger should know and does not.
    pub(super) fn missing<'a>(
        &mut self,
        ledger: &Ledger,
        lockfile: &'a Lockfile,
    ) -> Vec<&'a LockfileBlock> {
        let (entries, blocks) = (&ledger.entries, &lockfile.blocks);
        let at_home = |id: &EntryId| {
            let block = blocks.get(id);
            let entry = || entries.get(id);
            block.is_none_or(|block| entry().is_some_and(|entry| knows(entry, block)))
        };
        let mut entries_since = entries.changes_since(&self.entries);
        let mut blocks_since = self.blocks.diff(blocks).map(|change| match change {
            DiffItem::Add(id, _) | DiffItem::Remove(id, _) => id,
            DiffItem::Update { new: (id, _), .. } => id,
        });
        if entries_since.all(|change| at_home(change.id)) && blocks_since.all(at_home) {
            drop((entries_since, blocks_since));
            *self = Self {
                entries: entries.clone(),
                blocks: blocks.clone(),
            };
            return Vec::new();
        }
        missing(ledger, lockfile)
    }
}

/// Blocks the ledger should know and does not.
///
/// A published post is known by its URN, under whatever key. A skipped one is known under
/// its key, or under another one with the same digest, where its file was renamed.
pub(super) fn missing<'a>(ledger: &Ledger, lockfile: &'a Lockfile) -> Vec<&'a LockfileBlock> {
    // Nearly every block is about the entry of its own id, and both are in the same order.
    let mut entries = ledger.entries.iter().peekable();
    let mut others: Vec<&LockfileBlock> = Vec::new();
    for (id, block) in &lockfile.blocks {
        while entries.next_if(|(other, _)| *other < id).is_some() {}
        let entry = entries.next_if(|(other, _)| *other == id);
        if !entry.is_some_and(|(_, entry)| knows(entry, block)) {
            others.push(block);
        }
    }
    if others.is_empty() {
        return others;
    }
    let mut urns = BTreeSet::new();
    let mut settled = BTreeSet::new();
    // A post whose record was moved to another content root is known there.
    let elsewhere = ledger.elsewhere.iter().map(|other| other.entry.as_ref());
    for entry in ledger.entries.values().chain(elsewhere) {
        if entry.state == State::Published {
            // A comment names the post it stands below, and is no witness of it.
            let named = entry.urn.iter().chain(&entry.also).chain(&entry.replaced);
            urns.extend(named.map(|urn| (entry.target, urn)));
        }
    }
    let is_settled = |entry: &Entry| {
        matches!(entry.state, State::Skipped | State::Published) || entry.skip_ended
    };
    for entry in ledger.entries.values().filter(|entry| is_settled(entry)) {
        settled.insert((entry.target, entry.key.as_str()));
        settled.insert((entry.target, entry.digest.as_str()));
    }
    // Another root has keys of its own, so there it is known by its key and what it says.
    let is_settled_elsewhere = |block: &LockfileBlock| {
        let mut others = ledger.elsewhere.iter().map(|other| other.entry.as_ref());
        others.any(|entry| {
            is_settled(entry) && entry.id() == block.id() && entry.digest == block.digest
        })
    };
    let known = |block: &&LockfileBlock| match &block.urn {
        Some(urn) => urns.contains(&(block.target, urn)),
        None => {
            let mut names = [block.key.as_str(), block.digest.as_str()].into_iter();
            names.any(|name| settled.contains(&(block.target, name))) || is_settled_elsewhere(block)
        }
    };
    others.into_iter().filter(|block| !known(block)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn ledger(entries: &[Entry]) -> Ledger {
        let entries = entries.iter().map(|entry| (entry.id(), entry.clone()));
        Ledger {
            entries: entries.collect(),
            ..Ledger::default()
        }
    }

    #[test]
    fn only_a_published_entry_knows_a_post_here_or_in_another_root() {
        let lockfile = Lockfile::from_ledger(&ledger(&[published("a", "x", 1)]));
        let mut hand_made = retryable("a", "x");
        hand_made.urn = Some(urn(1));
        assert_eq!(missing(&ledger(&[hand_made]), &lockfile).len(), 1);
        let moved = crate::record::Elsewhere {
            root: "marketing".to_owned(),
            entry: published("b", "x", 1).into(),
        };
        let moved = Ledger {
            elsewhere: vec![moved],
            ..Ledger::default()
        };
        assert!(missing(&moved, &lockfile).is_empty());
    }

    #[test]
    fn a_skip_that_moved_to_another_root_is_known_there_by_its_key_and_content() {
        let lockfile = Lockfile::from_ledger(&ledger(&[skipped("a", "x")]));
        for (there, count) in [
            (skipped("a", "x"), 0),
            (skipped("a", "y"), 1),
            (skipped("b", "x"), 1),
            (retryable("a", "x"), 1),
        ] {
            let other = crate::record::Elsewhere {
                root: "marketing".to_owned(),
                entry: there.into(),
            };
            let moved = Ledger {
                elsewhere: vec![other],
                ..Ledger::default()
            };
            assert_eq!(missing(&moved, &lockfile).len(), count);
        }
    }

    /// Whatever was compared before, the same is missing.
    #[test]
    fn what_was_compared_before_changes_nothing() {
        let mut moved = published("new", "x", 1);
        moved.also.push(urn(7));
        let sides = [
            ledger(&[]),
            ledger(&[published("a", "x", 1), skipped("s", "y")]),
            ledger(&[published("a", "x", 1)]),
            ledger(&[published("a", "x", 2), skipped("s", "z")]),
            ledger(&[moved, skipped("renamed", "y")]),
            ledger(&[published("a", "x", 1), retryable("s", "y")]),
            ledger(&[deleted("a", "x", 1), published("b", "x", 7)]),
        ];
        let (mut found, mut steps) = (BTreeSet::new(), 0);
        let all = || sides.iter().flat_map(|a| sides.iter().map(move |b| (a, b)));
        for (before, before_lockfile) in all() {
            for (now, now_lockfile) in all() {
                let mut checked = Checked::default();
                checked.missing(before, &Lockfile::from_ledger(before_lockfile));
                let lockfile = Lockfile::from_ledger(now_lockfile);
                let again = checked.missing(now, &lockfile);
                assert_eq!(again, missing(now, &lockfile));
                steps += 1;
                found.extend(again.iter().map(|block| block.id()));
            }
        }
        assert_eq!(steps, 7_usize.pow(4));
        assert!(found.len() > 2, "{found:?}");
    }
}
