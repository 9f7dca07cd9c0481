//! The ledger inside a commit's tree.
//!
//! Owns how a ledger is read from a commit and how a change becomes the next one: linear,
//! with a nonce in its message so that two changes are never the same commit, and with
//! every other content root's files left as they are. Must not move a ref.

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::commits::{self, Draft, Written};
use super::configuration::Configuration;
use super::objects::{self, Item};
use crate::ports::LedgerChange;
use crate::record::ledger::entries_folder;
use crate::record::{Genesis, Ledger};

/// The largest file a ledger has, in bytes; an entry holds a post's text a few times.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Keeps a push from starting workflows where the token is not the job's own (GitHub docs,
/// "Skipping workflow runs": anywhere in the message).
const NO_WORKFLOWS: &str = "[skip ci]";

/// Reads the entries of the content root `root` at `commit`. What should be an entry and
/// cannot be read freezes the ledger; an object that is missing is an error.
pub(super) fn read(
    repository: &gix::Repository,
    commit: ObjectId,
    root: &str,
) -> gix::Result<Ledger> {
    let tree = objects::tree_of(repository, commit)?;
    let genesis = match objects::look_up(repository, tree, Genesis::FILE)? {
        Some(item) => Some(bytes_of(repository, item)?),
        None => None,
    };
    let mut files = Vec::new();
    let folder = entries_folder(root);
    match objects::look_up(repository, tree, &folder)? {
        Some(item) if item.kind == EntryKind::Tree => {
            collect(repository, item.id, "", &mut files)?;
        }
        // Not a folder: nothing of it can be an entry, and it cannot be ignored.
        Some(_) => files.push((folder, Vec::new())),
        None => {}
    }
    let named = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    Ok(Ledger::from_files(genesis.as_deref(), named))
}

fn collect(
    repository: &gix::Repository,
    tree: ObjectId,
    folder: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> gix::Result<()> {
    for (name, item) in objects::list(repository, tree)? {
        let path = format!("{folder}{name}");
        if item.kind == EntryKind::Tree {
            collect(repository, item.id, &format!("{path}/"), files)?;
        } else {
            files.push((path, bytes_of(repository, item)?));
        }
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
