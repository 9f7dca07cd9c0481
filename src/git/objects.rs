//! Reading refs, commits and trees with `gix`.
//!
//! Owns small questions about objects. Must not write any: see [`super::commits`].

use std::collections::{BTreeSet, VecDeque};

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};
use gix::objs::tree::EntryKind;

use crate::model::Instant;

/// The most commits looked at to find one in a history.
const DEEPEST: usize = 100_000;

/// One name in a folder of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// File, folder, symbolic link, submodule.
    pub(super) kind: EntryKind,
    /// The object it stands for.
    pub(super) id: ObjectId,
}

impl Item {
    /// Whether it is a file, executable or not.
    pub(super) fn is_file(self) -> bool {
        matches!(self.kind, EntryKind::Blob | EntryKind::BlobExecutable)
    }
}

/// The full name of a branch's ref; `None`: not a name a branch can have, such as one that
/// git could take for a pattern.
pub(super) fn branch_ref(branch: &str) -> Option<String> {
    let name = format!("refs/heads/{branch}");
    let valid = gix::validate::reference::name(BStr::new(&name)).is_ok();
    (valid && !branch.starts_with('-')).then_some(name)
}

/// The commit a ref of this clone points to; `None`: there is no such ref.
pub(super) fn tip(repository: &gix::Repository, name: &str) -> gix::Result<Option<ObjectId>> {
    match repository.try_find_reference(name)? {
        Some(mut reference) => Ok(Some(reference.peel_to_commit()?.id().detach())),
        None => Ok(None),
    }
}

/// The names of this clone's refs that begin with `folder`, which ends in `/`.
pub(super) fn refs_below(repository: &gix::Repository, folder: &str) -> gix::Result<Vec<String>> {
    let references = repository.references()?;
    let found = references.prefixed(folder)?;
    // One that cannot be read is none to speak of.
    let names = found.filter_map(Result::ok);
    Ok(names
        .map(|found| found.name().as_bstr().to_string())
        .collect())
}

/// The tree of a commit.
pub(super) fn tree_of(repository: &gix::Repository, commit: ObjectId) -> gix::Result<ObjectId> {
    Ok(repository.find_commit(commit)?.tree_id()?.detach())
}

/// The message of a commit.
pub(super) fn message_of(repository: &gix::Repository, commit: ObjectId) -> gix::Result<String> {
    Ok(repository.find_commit(commit)?.message_raw()?.to_string())
}

/// The date of a commit.
pub(super) fn date_of(repository: &gix::Repository, commit: ObjectId) -> gix::Result<Instant> {
    let seconds = repository.find_commit(commit)?.time()?.seconds;
    Ok(chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default())
}

/// Whether `commit` is `tip` or one of its ancestors, as far as the history is here.
pub(super) fn contains(repository: &gix::Repository, tip: ObjectId, commit: ObjectId) -> bool {
    let mut seen = BTreeSet::from([tip]);
    let mut queue = VecDeque::from([tip]);
    while let Some(id) = queue.pop_front() {
        if id == commit {
            return true;
        }
        // A commit that is not here is where a shallow history ends.
        let Ok(found) = repository.find_commit(id) else {
            continue;
        };
        for parent in found.parent_ids().map(gix::Id::detach) {
            if seen.len() < DEEPEST && seen.insert(parent) {
                queue.push_back(parent);
            }
        }
    }
    false
}

/// The names in one tree, in git's order. A name that is not UTF-8 comes out with
/// replacement characters.
pub(super) fn list(
    repository: &gix::Repository,
    tree: ObjectId,
) -> gix::Result<Vec<(String, Item)>> {
    let tree = repository.find_tree(tree)?;
    let tree = tree.decode()?;
    let named = |entry: &gix::objs::tree::EntryRef<'_>| {
        let item = Item {
            kind: entry.mode.kind(),
            id: entry.oid.to_owned(),
        };
        (entry.filename.to_str_lossy().into_owned(), item)
    };
    Ok(tree.entries.iter().map(named).collect())
}

/// What stands at `path` below `tree`; `None`: nothing, or a file on the way.
pub(super) fn look_up(
    repository: &gix::Repository,
    tree: ObjectId,
    path: &str,
) -> gix::Result<Option<Item>> {
    let mut here = Item {
        kind: EntryKind::Tree,
        id: tree,
    };
    for segment in path.split('/').filter(|s| !s.is_empty()) {
        if here.kind != EntryKind::Tree {
            return Ok(None);
        }
        let names = list(repository, here.id)?;
        match names.into_iter().find(|(name, _)| name == segment) {
            Some((_, item)) => here = item,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// The bytes of a blob; `None`: it has more than `limit`.
pub(super) fn blob(
    repository: &gix::Repository,
    id: ObjectId,
    limit: u64,
) -> gix::Result<Option<Vec<u8>>> {
    if repository.find_header(id)?.size() > limit {
        return Ok(None);
    }
    Ok(Some(repository.find_blob(id)?.take_data()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_name_is_never_a_pattern_or_an_option() {
        assert_eq!(
            branch_ref("mergecast/state").as_deref(),
            Some("refs/heads/mergecast/state")
        );
        for name in [
            "", "*", "a:b", "a b", "../x", "-d", "a..b", "a^", "x.lock", "a\nb",
        ] {
            assert_eq!(branch_ref(name), None, "{name:?}");
        }
    }
}
