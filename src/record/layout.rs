//! Which files of the ledger one change writes.
//!
//! Owns the mapping from entries to file names and bytes, so that every store writes the
//! same ledger. Must not know how files are stored.

use std::collections::BTreeMap;

use super::entry::{Entry, EntryId};
use super::ledger::{Genesis, entries_folder, entry_file};
use crate::model::Instant;

/// Files by name from the ledger's root: bytes to write, or `None` to take the file away.
pub type FileChanges = BTreeMap<String, Option<Vec<u8>>>;

/// The first page of a new ledger. The random bits of the change that creates it name it.
#[must_use]
pub fn first_page(nonce: &str, repository_id: Option<&str>, at: Instant) -> Genesis {
    Genesis {
        format: Genesis::FORMAT,
        ledger_id: nonce.to_owned(),
        repository_id: repository_id.map(str::to_owned),
        created_at: at,
    }
}

/// The files that `put` and `remove` stand for in the ledger of the content root `root`
/// (its path in the repository), and the first page when there is none yet. An entry that
/// is both removed and put is put. Nothing outside the root's own folder is touched.
#[must_use]
pub fn file_changes(
    root: &str,
    first_page: Option<&Genesis>,
    put: &BTreeMap<EntryId, Entry>,
    remove: &[EntryId],
) -> FileChanges {
    let folder = entries_folder(root);
    let mut files = FileChanges::new();
    for id in remove {
        files.insert(format!("{folder}{}", entry_file(id)), None);
    }
    for (id, entry) in put {
        let bytes = entry.to_json().into_bytes();
        files.insert(format!("{folder}{}", entry_file(id)), Some(bytes));
    }
    if let Some(genesis) = first_page {
        let mut text = serde_json::to_string_pretty(genesis).unwrap_or_default();
        text.push('\n');
        files.insert(Genesis::FILE.to_owned(), Some(text.into_bytes()));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::PostKey;
    use crate::model::target::Target;

    #[test]
    fn a_removed_entry_is_a_file_taken_away_below_its_root() {
        let id = EntryId {
            key: PostKey::parse("2026/launch").unwrap(),
            target: Target::Linkedin,
        };
        let files = file_changes("marketing", None, &BTreeMap::new(), &[id]);
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["marketing/@posts/2026/launch@linkedin.json"]);
        assert!(files.values().all(Option::is_none));
    }
}
