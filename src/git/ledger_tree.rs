//! The ledger inside a commit's tree.
//!
//! Owns how a ledger is read from a commit and how a change becomes the next one: linear,
//! with a nonce in its message so that two changes are never the same commit, and with
//! every other content root's files left as they are. Must not move a ref.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::command::Git;
use super::commits::{self, Draft, Written};
use super::configuration::Configuration;
use super::objects::{self, Item};
use crate::ports::LedgerChange;
use crate::record::continuity::Marks;
use crate::record::layout::FileChanges;
use crate::record::ledger::{Page, entries_folder, root_marker, root_of};
use crate::record::{Genesis, Ledger};

/// The largest file a ledger has, in bytes; an entry holds a post's text a few times.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Keeps a push from starting workflows where the token is not the job's own (GitHub docs,
/// "Skipping workflow runs": anywhere in the message).
const NO_WORKFLOWS: &str = "[skip ci]";

/// A ledger as it was read last. Copies are one: whoever reads the next commit reads only
/// the files that changed.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownLedger(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    last: Option<(ObjectId, Ledger)>,
    pages: BTreeMap<String, (Item, Page)>,
    checked: Option<ObjectId>,
}

impl KnownLedger {
    /// The ledger at `tip` was found to continue what was known.
    pub(super) fn checked(&self, tip: ObjectId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.checked = Some(tip);
    }

    /// Whether that was said of `tip` last.
    pub(super) fn is_checked(&self, tip: Option<ObjectId>) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.checked == tip
    }

    /// Reads the entries of the content root `root` at `commit`. What should be an entry and
    /// cannot be read freezes the ledger; an object that is missing is an error.
    pub(super) fn read(
        &self,
        repository: &gix::Repository,
        git: &Git,
        commit: ObjectId,
        root: &str,
    ) -> gix::Result<Ledger> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ledger)) = known.last.as_ref().filter(|(of, _)| *of == commit) {
            return Ok(ledger.clone());
        }
        let tree = objects::tree_of(repository, commit)?;
        let genesis = match objects::look_up(repository, tree, Genesis::FILE)? {
            Some(item) => Some(bytes_of(repository, git, item)?),
            None => None,
        };
        let mut pages = BTreeMap::new();
        let own = entries_folder(root);
        let mut files = Vec::new();
        collect(repository, tree, "", &own, &mut files)?;
        get_missing(repository, git, commit, &files);
        for (path, item) in files {
            let same = known.pages.get(&path).filter(|(of, _)| *of == item);
            let page = match same {
                Some((_, page)) => page.clone(),
                None => {
                    let file = path.strip_prefix(&own).filter(|file| !file.is_empty());
                    let file = file.or_else(|| root_of(&path).map(|(_, file)| file));
                    let bytes = bytes_of(repository, git, item)?;
                    Page::read(file.unwrap_or(&path), &bytes)
                }
            };
            pages.insert(path, (item, page));
        }
        let marked = objects::look_up(repository, tree, &root_marker(root))?.is_some();
        let named = pages
            .iter()
            .map(|(name, (_, page))| (name.as_str(), page.clone()));
        let ledger = Ledger::of_root(root, genesis.as_deref(), named).with_marker(marked);
        known.pages = pages;
        known.last = Some((commit, ledger.clone()));
        Ok(ledger)
    }
}

/// The files of content roots below `tree`, by name from the ledger's root. `own` is the
/// folder of this content root's entries.
fn collect(
    repository: &gix::Repository,
    tree: ObjectId,
    folder: &str,
    own: &str,
    files: &mut Vec<(String, Item)>,
) -> gix::Result<()> {
    for (name, item) in objects::list(repository, tree)? {
        let mut path = format!("{folder}{name}");
        if item.kind == EntryKind::Tree {
            collect(repository, item.id, &format!("{path}/"), own, files)?;
            continue;
        }
        if own.strip_suffix('/') == Some(&path) {
            // Not a folder: nothing of it can be an entry, and it cannot be ignored.
            path.push('/');
        } else if root_of(&path).is_none() {
            continue;
        }
        files.push((path, item));
    }
    Ok(())
}

/// In a partial clone blobs may be on the remote only. git gets those of one comparison
/// together, and each one by itself would be a fetch of its own.
fn get_missing(
    repository: &gix::Repository,
    git: &Git,
    commit: ObjectId,
    files: &[(String, Item)],
) {
    let missing = |item: &Item| item.is_file() && !repository.has_object(item.id);
    if !files.iter().any(|(_, item)| missing(item)) {
        return;
    }
    let nothing = ObjectId::empty_tree(repository.object_hash()).to_string();
    let commit = commit.to_string();
    let comparison = [
        "diff-tree",
        "-r",
        "--numstat",
        "--no-renames",
        &nothing,
        &commit,
    ];
    // What is still missing after it is asked for one by one, and says why.
    let _ = git.run_here(&comparison, 0);
}

/// The bytes of a file; none for what is no file or too large to be an entry, which then
/// reads as damaged.
pub(super) fn bytes_of(
    repository: &gix::Repository,
    git: &Git,
    item: Item,
) -> gix::Result<Vec<u8>> {
    if !item.is_file() {
        return Ok(Vec::new());
    }
    if repository.has_object(item.id) {
        return Ok(objects::blob(repository, item.id, LARGEST)?.unwrap_or_default());
    }
    let limit = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    let answer = git.run_here(&["cat-file", "blob", &item.id.to_string()], limit);
    match answer {
        Ok(answer) if answer.success => Ok(answer.stdout),
        // Says which object is missing.
        Ok(_) | Err(_) => Ok(objects::blob(repository, item.id, LARGEST)?.unwrap_or_default()),
    }
}

/// Writes the commit that puts `change` on top of `base`, and on top of what it replaces as
/// far as that is here.
pub(super) fn write(
    repository: &gix::Repository,
    configuration: &Configuration,
    base: Option<ObjectId>,
    root: &str,
    change: &LedgerChange,
) -> gix::Result<Written> {
    let parents = parents(repository, base, change);
    let has_first_page = match parents.first() {
        Some(parent) => {
            let tree = objects::tree_of(repository, *parent)?;
            objects::look_up(repository, tree, Genesis::FILE)?.is_some()
        }
        None => false,
    };
    let mut files = of_other_roots(repository, &parents, root)?;
    files.extend(change.files(root, has_first_page));
    let summary: String = change
        .summary
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let draft = Draft {
        parents: &parents,
        files: &files,
        message: Marks::message(&summary, NO_WORKFLOWS, &change.nonce, &change.succession),
        at: change.at,
    };
    commits::write(repository, configuration, &draft)
}

/// Files of other content roots that the first of `parents` lacks and a ledger that it
/// replaces has: their entries are known, and would be lost without a word.
fn of_other_roots(
    repository: &gix::Repository,
    parents: &[ObjectId],
    root: &str,
) -> gix::Result<FileChanges> {
    let mut files = FileChanges::new();
    let [base, replaced @ ..] = parents else {
        return Ok(files);
    };
    let own = entries_folder(root);
    let listed = |commit: ObjectId| -> gix::Result<BTreeMap<String, Item>> {
        let mut found = Vec::new();
        let tree = objects::tree_of(repository, commit)?;
        collect(repository, tree, "", &own, &mut found)?;
        Ok(found.into_iter().collect())
    };
    if replaced.is_empty() {
        return Ok(files);
    }
    let there = listed(*base)?;
    for commit in replaced {
        for (path, item) in listed(*commit)? {
            let other = !path.starts_with(&own) && !there.contains_key(&path);
            if other && let Some(bytes) = objects::blob(repository, item.id, LARGEST)? {
                files.insert(path, Some(bytes));
            }
        }
    }
    Ok(files)
}

/// What a change follows. A ledger that is replaced stays in the history, so that whoever
/// remembers any part of it finds it there; one that a person gave up does not.
fn parents(
    repository: &gix::Repository,
    base: Option<ObjectId>,
    change: &LedgerChange,
) -> Vec<ObjectId> {
    let mut parents: Vec<ObjectId> = base.into_iter().collect();
    if change.succession.accepts.is_some() {
        return parents;
    }
    let replaced = change.succession.replaces.iter();
    let replaced = replaced.filter_map(|hex| ObjectId::from_hex(hex.as_bytes()).ok());
    for tip in replaced.filter(|tip| repository.has_object(*tip)) {
        let held = |parent: &ObjectId| objects::contains(repository, *parent, tip);
        if !parents.iter().any(held) {
            parents.retain(|parent| !objects::contains(repository, tip, *parent));
            parents.push(tip);
        }
    }
    parents
}
