//! Entries of other content roots that share a ledger.
//!
//! Owns which files of a ledger are whose. Must not compare texts: see [`crate::plan`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::entry::{Entry, EntryId};
use super::freeze::Freeze;
use super::ledger::{Ledger, LedgerFileError, Page, entries_folder, entry_file, root_of};
use crate::model::target::Target;
use crate::model::urn::PostUrn;

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
        let mut ledger = Self {
            elsewhere,
            ..Self::from_pages(genesis, own)
        };
        ledger.refuse_missing_first_page(genesis);
        ledger.refuse_shared();
        ledger
    }

    /// Every ledger has a first page, which says whose it is.
    fn refuse_missing_first_page(&mut self, genesis: Option<&[u8]>) {
        if genesis.is_none() && (self.root_begun || !self.elsewhere.is_empty()) {
            let problem = LedgerFileError::Missing;
            self.freezes.push(Freeze::FirstPageUnreadable { problem });
        }
    }

    fn shares_a_post(&self) -> bool {
        let posts = self.entries.values();
        let posts = posts.filter(|entry| entry.target == Target::Linkedin);
        let mut urns = posts.flat_map(|entry| entry.urn.iter().chain(&entry.also));
        let mut seen = BTreeSet::new();
        !urns.all(|urn| seen.insert(urn))
    }

    /// Entries that name one post between them are as good as damaged: two files would edit
    /// and delete it.
    fn refuse_shared(&mut self) {
        // Asked in every pass, of all entries, and nearly always answered by this.
        if !self.shares_a_post() {
            return;
        }
        let mut holders: BTreeMap<&PostUrn, Vec<&Entry>> = BTreeMap::new();
        let posts = self.entries.values();
        for entry in posts.filter(|entry| entry.target == Target::Linkedin) {
            for urn in entry.urn.iter().chain(&entry.also) {
                holders.entry(urn).or_default().push(entry);
            }
        }
        let shared = holders.into_iter().filter(|(_, entries)| entries.len() > 1);
        let shared = shared.flat_map(|(urn, entries)| {
            let ids = entries.into_iter().map(Entry::id);
            ids.map(|id| (id, urn.clone())).collect::<Vec<_>>()
        });
        let shared: BTreeMap<EntryId, PostUrn> = shared.collect();
        for (id, urn) in shared {
            self.entries.remove(&id);
            self.freezes.push(Freeze::Unreadable {
                file: entry_file(&id),
                problem: LedgerFileError::SharedUrn(urn),
            });
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

    const FIRST_PAGE: &[u8] =
        br#"{"format":1,"ledger_id":"00ff","created_at":"2026-09-01T00:00:00Z"}"#;

    /// What freezes a ledger of these files, by the file and the problem.
    fn freezes(first_page: Option<&[u8]>, entries: &[Entry]) -> Vec<Freeze> {
        let files = entries.iter().map(|entry| {
            let name = format!("@posts/{}", entry_file(&entry.id()));
            (name, entry.to_json())
        });
        let files: Vec<(String, String)> = files.collect();
        let files = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_bytes()));
        Ledger::of_root_from_files("", first_page, files).freezes
    }

    /// It says whose ledger it is.
    #[test]
    fn entries_without_a_first_page_freeze() {
        let entry = published("a", "x", 1);
        assert_eq!(freezes(Some(FIRST_PAGE), std::slice::from_ref(&entry)), []);
        let problem = LedgerFileError::Missing;
        let missing = Freeze::FirstPageUnreadable { problem };
        assert_eq!(freezes(None, &[entry]), [missing]);
        assert_eq!(freezes(None, &[]), []);
    }

    #[test]
    fn two_entries_of_one_post_are_both_damaged() {
        let mut doubled = published("b", "y", 2);
        doubled.also.push(crate::record::testing::urn(1));
        let mut comment = published("c", "z", 1);
        comment.target = Target::Comment;
        for other in [published("b", "y", 1), doubled] {
            let entries = [published("a", "x", 1), other, comment.clone()];
            let found = freezes(Some(FIRST_PAGE), &entries);
            assert_eq!(found.len(), 2, "{found:?}");
        }
    }

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
        let web = Ledger::of_root_from_files("web", Some(FIRST_PAGE), named());
        assert_eq!(web.entries.values().collect::<Vec<_>>(), [&ours]);
        let elsewhere = Elsewhere {
            root: String::new(),
            entry: theirs.clone().into(),
        };
        assert_eq!((web.elsewhere, web.freezes), (vec![elsewhere], Vec::new()));
        let top = Ledger::of_root_from_files("", Some(FIRST_PAGE), named());
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
