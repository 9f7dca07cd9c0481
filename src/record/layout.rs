//! Which files of the ledger one change writes.
//!
//! Owns the mapping from entries to file names and bytes, so that every store writes the
//! same ledger. Must not know how files are stored.

use std::collections::BTreeMap;

use super::entry::{Entry, EntryId};
use super::ledger::{Genesis, entries_folder, entry_file, root_marker};
use crate::model::Instant;

/// Files by name from the ledger's root: bytes to write, or `None` to take the file away.
pub type FileChanges = BTreeMap<String, Option<Vec<u8>>>;

/// The first page of a new ledger. The random bits of the change that creates it name it.
#[must_use]
pub fn first_page(
    nonce: &str,
    repository_id: Option<&str>,
    remote: Option<&str>,
    at: Instant,
) -> Genesis {
    Genesis {
        format: Genesis::FORMAT,
        ledger_id: nonce.to_owned(),
        repository_id: repository_id.map(str::to_owned),
        remote: remote.map(str::to_owned),
        created_at: at,
    }
}

/// What changes below the entries' folder of one content root.
#[derive(Clone, Copy, Debug)]
pub struct EntryChanges<'a> {
    /// Entries to write.
    pub put: &'a BTreeMap<EntryId, Entry>,
    /// Entries to take away.
    pub remove: &'a [EntryId],
    /// Files to take away, by name below the folder.
    pub remove_files: &'a [String],
    /// The other content root that what is put is taken away from.
    pub taken_from: Option<&'a str>,
    /// The content root begins with this change.
    pub begins_root: Option<Instant>,
}

/// The files that `entries` stand for in the ledger of the content root `root` (its path
/// in the repository), and the first page where one is to be written. What is both removed
/// and put is put. Outside the root's own folder nothing is touched but what is taken from
/// another root.
#[must_use]
pub fn file_changes(
    root: &str,
    first_page: Option<&Genesis>,
    entries: &EntryChanges<'_>,
) -> FileChanges {
    let folder = entries_folder(root);
    let mut files = FileChanges::new();
    for file in entries.remove_files {
        // A folder that is no folder is named by its own name.
        let name = match file.strip_suffix('/') {
            Some(itself) => itself.to_owned(),
            None => format!("{folder}{file}"),
        };
        files.insert(name, None);
    }
    let there = entries.taken_from.map(entries_folder);
    for (id, folder) in entries.put.keys().zip(there.iter().cycle()) {
        files.insert(format!("{folder}{}", entry_file(id)), None);
    }
    for id in entries.remove {
        files.insert(format!("{folder}{}", entry_file(id)), None);
    }
    for (id, entry) in entries.put {
        let bytes = entry.to_json().into_bytes();
        files.insert(format!("{folder}{}", entry_file(id)), Some(bytes));
    }
    if let Some(at) = entries.begins_root {
        let text = serde_json::json!({ "format": Genesis::FORMAT, "begun_at": at });
        files.insert(root_marker(root), Some(format!("{text}\n").into_bytes()));
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
        let entries = EntryChanges {
            put: &BTreeMap::new(),
            remove: &[id],
            remove_files: &["notes.txt".to_owned()],
            taken_from: None,
            begins_root: None,
        };
        let files = file_changes("marketing", None, &entries);
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "marketing/@posts/2026/launch@linkedin.json",
                "marketing/@posts/notes.txt"
            ]
        );
        assert!(files.values().all(Option::is_none));
    }

    #[test]
    fn what_is_taken_from_another_root_is_written_here_and_gone_there() {
        let entry = crate::record::testing::published("launch", "x", 1);
        let put = BTreeMap::from([(entry.id(), entry.clone())]);
        let entries = EntryChanges {
            put: &put,
            remove: &[],
            remove_files: &[],
            taken_from: Some("content"),
            begins_root: None,
        };
        let files = file_changes("marketing", None, &entries);
        let bytes = entry.to_json().into_bytes();
        let expected = [
            ("content/@posts/launch@linkedin.json".to_owned(), None),
            (
                "marketing/@posts/launch@linkedin.json".to_owned(),
                Some(bytes),
            ),
        ];
        assert_eq!(files, expected.into());
    }

    #[test]
    fn a_damaged_file_of_an_entry_that_is_put_is_written_and_not_taken_away() {
        let entry = crate::record::testing::published("launch", "x", 1);
        let put = BTreeMap::from([(entry.id(), entry.clone())]);
        let entries = EntryChanges {
            put: &put,
            remove: &[],
            remove_files: &["launch@linkedin.json".to_owned(), "@posts/".to_owned()],
            taken_from: None,
            begins_root: None,
        };
        let files = file_changes("", None, &entries);
        let bytes = entry.to_json().into_bytes();
        assert_eq!(files["@posts/launch@linkedin.json"], Some(bytes));
        assert_eq!(files["@posts"], None);
    }
}
