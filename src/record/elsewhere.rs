//! Entries of other content roots that share a ledger.
//!
//! Owns which files of a ledger are whose. Must not compare texts: see [`crate::plan`].

use std::sync::Arc;

use super::entry::Entry;
use super::ledger::{Ledger, Page, entries_folder, root_of};

/// An entry of another content root in the same ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The other root: its path in the repository, empty at the top.
    pub root: String,
    /// What is recorded there.
    pub entry: Arc<Entry>,
}

/// The name of a file below the entries' folder of the content root `root`, where `name`
/// is its name from the ledger's root; `None`: it is none of this content root's.
#[must_use]
pub fn own_file<'a>(name: &'a str, root: &str) -> Option<&'a str> {
    name.strip_prefix(entries_folder(root).as_str())
}

impl Ledger {
    /// Reads the ledger of the content root `root` from the files of a ledger, by name from
    /// the ledger's root. Each page is read below the folder of its content root. A page of
    /// another content root that cannot be read freezes that one, and is left out here.
    pub fn of_root<'a>(
        root: &str,
        genesis: Option<&[u8]>,
        pages: impl IntoIterator<Item = (&'a str, Page)>,
    ) -> Self {
        let (mut own, mut elsewhere) = (Vec::new(), Vec::new());
        let folder = entries_folder(root);
        for (name, page) in pages {
            if let Some(file) = name.strip_prefix(&folder) {
                // Empty: the folder itself is no folder.
                own.push((if file.is_empty() { name } else { file }, page));
            } else if let (Some((root, _)), Some(entry)) = (root_of(name), page.entry()) {
                let entry = Arc::clone(entry);
                elsewhere.push(Elsewhere { root, entry });
            }
        }
        Self {
            elsewhere,
            ..Self::from_pages(genesis, own)
        }
    }

    /// The same from the bytes of files.
    pub fn of_root_from_files<'a>(
        root: &str,
        genesis: Option<&[u8]>,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Self {
        let pages = files.into_iter().filter_map(|(name, bytes)| {
            let file = match own_file(name, root) {
                Some(file) => file,
                None => root_of(name)?.1,
            };
            Some((name, Page::read(file, bytes)))
        });
        Self::of_root(root, genesis, pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ledger::entry_file;
    use crate::record::testing::{published, skipped};

    #[test]
    fn entries_of_other_roots_are_known_and_are_not_ours() {
        let (ours, theirs) = (published("a", "x", 1), skipped("b", "y"));
        let files = [
            (
                format!("web/@posts/{}", entry_file(&ours.id())),
                ours.to_json(),
            ),
            (
                format!("@posts/{}", entry_file(&theirs.id())),
                theirs.to_json(),
            ),
            ("@posts/broken@linkedin.json".to_owned(), "{".to_owned()),
            ("README.md".to_owned(), "notes".to_owned()),
        ];
        let named = || {
            files
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_bytes()))
        };
        let web = Ledger::of_root_from_files("web", None, named());
        assert_eq!(web.entries.values().collect::<Vec<_>>(), [&ours]);
        let elsewhere = Elsewhere {
            root: String::new(),
            entry: theirs.clone().into(),
        };
        assert_eq!((web.elsewhere, web.freezes), (vec![elsewhere], Vec::new()));
        let top = Ledger::of_root_from_files("", None, named());
        assert_eq!((top.entries.len(), top.freezes.len()), (1, 1));
        assert_eq!(
            top.elsewhere
                .iter()
                .map(|other| other.root.as_str())
                .collect::<Vec<_>>(),
            ["web"]
        );
    }
}
