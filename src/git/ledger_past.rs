//! The history of a ledger, and what this clone knew of it before.
//!
//! Owns the refs that a clone remembers a ledger by, walking the ledger's commits, and
//! comparing the trees of those that this program did not make. What is no continuation is
//! decided in [`crate::record::continuity`]. Must not fetch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::command::Git;
use super::fetch::remember;
use super::ledger_tree::{KnownLedger, bytes_of};
use super::objects::{self, Item};
use super::repository::Repository;
use crate::ports::LedgerChange;
use crate::record::continuity::{FROM_LOCKFILE, Lineage, Marks, knows, took_back, unknown_to};
use crate::record::ledger::{Page, entries_folder};
use crate::record::{Break, Entry, EntryId, Freeze, Ledger};

/// Commits are named by so many characters of their hash.
const SHORT: usize = 12;

/// A walk over more commits than this is kept in mind.
const MANY: usize = 32;

/// What a clone knows of a ledger before it asks.
pub(super) struct Memory {
    /// This program's own memory.
    pub(super) own: Option<ObjectId>,
    /// The same, or git's.
    pub(super) newest: Option<ObjectId>,
    /// A commit whose past was found whole.
    pub(super) verified: Option<ObjectId>,
}

/// The refs that keep it.
pub(super) struct MemoryRefs {
    /// The newest commit.
    pub(super) own: String,
    /// A commit whose past was found whole.
    pub(super) verified: String,
}

impl MemoryRefs {
    /// Reads them; `tracked`: the ref in which git keeps the same branch.
    pub(super) fn read(
        &self,
        repository: &gix::Repository,
        tracked: Option<&str>,
    ) -> gix::Result<Memory> {
        let own = objects::tip(repository, &self.own)?;
        Ok(Memory {
            own,
            newest: match (own, tracked) {
                (None, Some(tracked)) => objects::tip(repository, tracked)?,
                (own, _) => own,
            },
            verified: objects::tip(repository, &self.verified)?,
        })
    }

    /// Tells `ledger` what was found at `tip`, and moves the memory where nothing was.
    pub(super) async fn keep(
        &self,
        repository: &Repository,
        memory: &Memory,
        tip: Option<ObjectId>,
        found: Found,
        ledger: &mut Ledger,
    ) -> bool {
        let whole = found.breaks.is_empty() && found.forgotten.is_empty();
        let commits = found.commits;
        found.mark(ledger);
        let Some(tip) = tip.filter(|_| whole) else {
            return false;
        };
        if memory.own != Some(tip) {
            remember(repository, &self.own, tip, memory.own).await;
        }
        if commits > MANY {
            remember(repository, &self.verified, tip, memory.verified).await;
        }
        true
    }

    /// Moves the memory to `commit`, which this clone wrote, where it continues what is
    /// known or says that it replaces it.
    pub(super) async fn keep_own(
        &self,
        repository: &Repository,
        commit: ObjectId,
        change: &LedgerChange,
    ) {
        let Ok(opened) = repository.open() else {
            return;
        };
        let Ok(own) = objects::tip(&opened, &self.own) else {
            return;
        };
        let continues = |own: ObjectId| {
            change.succession.replaces.contains(&own.to_string())
                || objects::contains(&opened, commit, own)
        };
        if own.is_none_or(continues) {
            remember(repository, &self.own, commit, own).await;
        }
    }
}

/// One look at a ledger's past.
pub(super) struct Past<'a> {
    pub(super) repository: &'a gix::Repository,
    pub(super) git: &'a Git,
    /// The content root.
    pub(super) root: &'a str,
    /// The newest commit that this clone knew before it asked.
    pub(super) remembered: Option<ObjectId>,
    /// A commit whose past was found whole.
    pub(super) verified: Option<ObjectId>,
}

/// What a look found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) breaks: Vec<Break>,
    /// Entries that are known and not in the ledger.
    pub(super) forgotten: BTreeMap<EntryId, Arc<Entry>>,
    /// Whether the history was there as far as it was asked for.
    pub(super) whole: bool,
    /// How many commits were looked at.
    pub(super) commits: usize,
}

/// The commits between a tip and what was verified before.
#[derive(Default)]
struct Walk {
    /// Commits that this program did not make, the newest first, with their parents.
    strangers: Vec<(ObjectId, Vec<ObjectId>)>,
    replaces: Vec<ObjectId>,
    /// Whether one was made anew from the lockfile.
    from_lockfile: bool,
    cut: bool,
    commits: usize,
}

impl Past<'_> {
    /// Compares `ledger`, which is the one at `tip` (`None`: there is none).
    pub(super) fn look(&self, tip: Option<ObjectId>, ledger: &Ledger) -> gix::Result<Found> {
        let Some(tip) = tip else {
            let mut found = Found {
                whole: true,
                ..Found::default()
            };
            if let Some(remembered) = self.remembered {
                let remembered = self.known_at(remembered)?;
                found.breaks.push(Break::Gone {
                    remembered: self.short(self.remembered),
                });
                found.add(unknown_to(&ledger.entries, &remembered.entries));
            }
            return Ok(found);
        };
        let walk = self.walk(tip, self.verified);
        let mut found = Found {
            whole: !walk.cut,
            commits: walk.commits,
            ..Found::default()
        };
        if walk.cut {
            return Ok(found);
        }
        self.judge_tip(tip, ledger, &mut found)?;
        for (commit, parents) in &walk.strangers {
            for parent in parents {
                self.judge_commit(*commit, *parent, ledger, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Whether the ledger at `tip` continues what this clone knew.
    fn judge_tip(&self, tip: ObjectId, ledger: &Ledger, found: &mut Found) -> gix::Result<()> {
        let Some(remembered) = self.remembered.filter(|remembered| *remembered != tip) else {
            return Ok(());
        };
        if objects::contains(self.repository, tip, remembered) {
            return Ok(());
        }
        let all = self.walk(tip, None);
        if all.cut {
            found.whole = false;
            return Ok(());
        }
        let known = self.known_at(remembered)?;
        let lost = unknown_to(&ledger.entries, &known.entries);
        let later = |replaced: &ObjectId| objects::contains(self.repository, *replaced, remembered);
        let earlier =
            |replaced: &ObjectId| objects::contains(self.repository, remembered, *replaced);
        let lineage = if all.replaces.iter().any(later) {
            Lineage::Replaces
        } else if all.from_lockfile || all.replaces.iter().any(earlier) {
            Lineage::ReplacesEarlier(lost.is_empty())
        } else {
            Lineage::Apart
        };
        if !lineage.continues() {
            found.breaks.push(Break::Rewound {
                remembered: self.short(Some(remembered)),
                tip: self.short(Some(tip)),
            });
            found.add(lost);
        }
        Ok(())
    }

    fn walk(&self, tip: ObjectId, until: Option<ObjectId>) -> Walk {
        let mut walk = Walk::default();
        let mut seen = BTreeSet::from([tip]);
        let mut open = vec![tip];
        while let Some(id) = open.pop() {
            if Some(id) == until {
                continue;
            }
            let Some(commit) = self.commit(id) else {
                // Where a shallow history ends.
                walk.cut = true;
                continue;
            };
            walk.commits += 1;
            let replaces = commit.marks.replaces.iter();
            walk.from_lockfile |= replaces.clone().any(|tip| tip == FROM_LOCKFILE);
            let replaces = replaces.filter_map(|hex| ObjectId::from_hex(hex.as_bytes()).ok());
            walk.replaces.extend(replaces);
            if commit.marks.nonce.is_none() {
                walk.strangers.push((id, commit.parents.clone()));
            } else if commit.marks.accepts {
                // A person took what is below as it is.
                continue;
            }
            open.extend(
                commit
                    .parents
                    .into_iter()
                    .filter(|parent| seen.insert(*parent)),
            );
        }
        walk
    }

    fn commit(&self, id: ObjectId) -> Option<Commit> {
        let commit = self.repository.find_commit(id).ok()?;
        let decoded = commit.decode().ok()?;
        let message = String::from_utf8_lossy(decoded.message);
        let mut marks = Marks::of(&message);
        // Picked, amended and rebased commits keep their message and their author's time.
        if decoded.author != decoded.committer {
            marks = Marks::default();
        }
        Some(Commit {
            marks,
            parents: decoded.parents().collect(),
        })
    }

    /// What `commit`, which this program did not make, took from its parent.
    fn judge_commit(
        &self,
        commit: ObjectId,
        parent: ObjectId,
        ledger: &Ledger,
        found: &mut Found,
    ) -> gix::Result<()> {
        let mut changes = Vec::new();
        let (old, new) = (self.folder(parent)?, self.folder(commit)?);
        self.compare(old, new, "", &mut changes)?;
        for (file, old, new) in changes {
            let read = |item| -> gix::Result<Page> {
                Ok(Page::read(
                    &file,
                    &bytes_of(self.repository, self.git, item)?,
                ))
            };
            let before = read(old)?;
            let after = new.map(read).transpose()?;
            let Some(before) = before.entry() else {
                continue;
            };
            let after = after.as_ref().and_then(Page::entry);
            if !took_back(before, after.map(AsRef::as_ref)) || knows(&ledger.entries, before) {
                continue;
            }
            let id = before.id();
            if found.forgotten.contains_key(&id) {
                continue;
            }
            // What cannot be read freezes by itself, and is put back from here.
            let unreadable = |freeze: &Freeze| matches!(freeze, Freeze::Unreadable { file: damaged, .. } if *damaged == file);
            if !ledger.freezes.iter().any(unreadable) {
                found.breaks.push(Break::TakenBack {
                    before: before.state,
                    now: ledger.entries.get(&id).map(|entry| entry.state),
                    commit: self.short(Some(commit)),
                    id: id.clone(),
                });
            }
            found.forgotten.insert(id, Arc::clone(before));
        }
        Ok(())
    }

    /// The tree of this content root's entries.
    fn folder(&self, commit: ObjectId) -> gix::Result<Option<Item>> {
        let tree = objects::tree_of(self.repository, commit)?;
        objects::look_up(self.repository, tree, &entries_folder(self.root))
    }

    /// Files that were changed or taken away between two folders.
    fn compare(
        &self,
        old: Option<Item>,
        new: Option<Item>,
        folder: &str,
        changes: &mut Vec<(String, Item, Option<Item>)>,
    ) -> gix::Result<()> {
        let Some(old) = old.filter(|old| old.kind == EntryKind::Tree && Some(*old) != new) else {
            return Ok(());
        };
        let new: BTreeMap<String, Item> = match new {
            Some(new) if new.kind == EntryKind::Tree => objects::list(self.repository, new.id)?
                .into_iter()
                .collect(),
            Some(_) | None => BTreeMap::new(),
        };
        for (name, item) in objects::list(self.repository, old.id)? {
            let now = new.get(&name).copied();
            if now == Some(item) {
                continue;
            }
            let path = format!("{folder}{name}");
            if item.kind == EntryKind::Tree {
                self.compare(Some(item), now, &format!("{path}/"), changes)?;
            } else {
                let now = now.filter(|now| now.is_file());
                changes.push((path, item, now));
            }
        }
        Ok(())
    }

    fn known_at(&self, commit: ObjectId) -> gix::Result<Ledger> {
        KnownLedger::default().read(self.repository, self.git, commit, self.root)
    }

    fn short(&self, commit: Option<ObjectId>) -> String {
        let hex = commit.map_or_else(String::new, |commit| commit.to_string());
        hex.chars().take(SHORT).collect()
    }
}

struct Commit {
    marks: Marks,
    parents: Vec<ObjectId>,
}

impl Found {
    fn add(&mut self, lost: Vec<Arc<Entry>>) {
        self.forgotten
            .extend(lost.into_iter().map(|entry| (entry.id(), entry)));
    }

    /// Tells `ledger` what was found.
    fn mark(self, ledger: &mut Ledger) {
        ledger
            .freezes
            .extend(self.breaks.into_iter().map(Into::into));
        ledger.forgotten = self.forgotten.into_values().collect();
    }
}
