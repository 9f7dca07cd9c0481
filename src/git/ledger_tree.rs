//! The ledger inside a commit's tree.
//!
//! Owns how a ledger is read from a commit and how a change becomes the next one: linear,
//! with a nonce in its message so that two changes are never the same commit, and with
//! every other content root's files left as they are. Must not move a ref.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::commits::{self, Draft, Written};
use super::configuration::Configuration;
use super::objects::{self, Item};
use crate::ports::LedgerChange;
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
}

impl KnownLedger {
    /// Reads the entries of the content root `root` at `commit`. What should be an entry and
    /// cannot be read freezes the ledger; an object that is missing is an error.
    pub(super) fn read(
        &self,
        repository: &gix::Repository,
        commit: ObjectId,
        root: &str,
    ) -> gix::Result<Ledger> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ledger)) = known.last.as_ref().filter(|(of, _)| *of == commit) {
            return Ok(ledger.clone());
        }
        let tree = objects::tree_of(repository, commit)?;
        let genesis = match objects::look_up(repository, tree, Genesis::FILE)? {
            Some(item) => Some(bytes_of(repository, item)?),
            None => None,
        };
        let mut pages = BTreeMap::new();
        let own = entries_folder(root);
        collect(repository, tree, "", &own, &known.pages, &mut pages)?;
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

/// The pages below `tree`, by name from the ledger's root. `own` is the folder of this
/// content root's entries.
fn collect(
    repository: &gix::Repository,
    tree: ObjectId,
    folder: &str,
    own: &str,
    known: &BTreeMap<String, (Item, Page)>,
    pages: &mut BTreeMap<String, (Item, Page)>,
) -> gix::Result<()> {
    for (name, item) in objects::list(repository, tree)? {
        let mut path = format!("{folder}{name}");
        if item.kind == EntryKind::Tree {
            collect(repository, item.id, &format!("{path}/"), own, known, pages)?;
            continue;
        }
        if own.strip_suffix('/') == Some(&path) {
            // Not a folder: nothing of it can be an entry, and it cannot be ignored.
            path.push('/');
        }
        let file = match (path.strip_prefix(own), root_of(&path)) {
            (Some(""), _) => path.as_str(),
            (Some(file), _) | (None, Some((_, file))) => file,
            (None, None) => continue,
        };
        let same = known.get(&path).filter(|(of, _)| *of == item);
        let page = match same {
            Some((_, page)) => page.clone(),
            None => Page::read(file, &bytes_of(repository, item)?),
        };
        pages.insert(path, (item, page));
    }
    Ok(())
}

/// The bytes of a file; none for what is no file or too large to be an entry, which then
/// reads as damaged.
fn bytes_of(repository: &gix::Repository, item: Item) -> gix::Result<Vec<u8>> {
    if !item.is_file() {
        return Ok(Vec::new());
    }
    Ok(objects::blob(repository, item.id, LARGEST)?.unwrap_or_default())
}

/// Writes the commit that puts `change` on top of `base`.
pub(super) fn write(
    repository: &gix::Repository,
    configuration: &Configuration,
    base: Option<ObjectId>,
    root: &str,
    change: &LedgerChange,
) -> gix::Result<Written> {
    let has_first_page = match base {
        Some(base) => {
            let tree = objects::tree_of(repository, base)?;
            objects::look_up(repository, tree, Genesis::FILE)?.is_some()
        }
        None => false,
    };
    let files = change.files(root, has_first_page);
    let summary: String = change
        .summary
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let draft = Draft {
        parent: base,
        files: &files,
        message: format!(
            "{summary}\n\n{NO_WORKFLOWS}\n\nMergecast-Nonce: {}\n",
            change.nonce
        ),
        at: change.at,
    };
    commits::write(repository, configuration, &draft)
}
