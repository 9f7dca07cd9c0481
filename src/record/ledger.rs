//! The ledger as a value: all entries of one content root, and its first page.
//!
//! Owns the names of files inside the ledger and what makes it unusable. Must not know
//! how it is stored or who won a race.

use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::damage::contradiction;
use super::elsewhere::Elsewhere;
use super::entries::Entries;
use super::entry::{Entry, EntryId};
use super::freeze::Freeze;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::PostUrn;

/// The first page of a ledger, written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// Version of the ledger's layout.
    pub format: u32,
    /// 128 random bits in hex, so that two ledgers are never the same.
    pub ledger_id: String,
    /// GitHub's number for the repository, where known; another one freezes publishing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_id: Option<String>,
    /// The last two segments of the remote's path, where there is one; where no number for
    /// the repository is known, another name freezes publishing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// When it was made.
    pub created_at: crate::model::Instant,
}

impl Genesis {
    /// The file's name at the root of the ledger.
    pub const FILE: &'static str = "GENESIS.json";
    /// The layout this program writes.
    pub const FORMAT: u32 = 1;
}

/// What is wrong with one file of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFileError {
    /// Written by a newer version of this program.
    #[error("it has format {0}, which only a newer mergecast can read")]
    Newer(u64),
    /// Not the JSON it should be.
    #[error("{0}")]
    Damaged(String),
    /// Its name and its content disagree.
    #[error("it describes `{0}`")]
    Misplaced(String),
    /// Its name stands for its entry, and is not the one this program gives it: two files
    /// could stand for one entry.
    #[error("the file of its entry has the name `{0}`")]
    Alias(String),
    /// It is not there, beside entries.
    #[error("it is missing")]
    Missing,
    /// Another entry has the same URN: a live post has one file.
    #[error("its post {0} is another entry's as well")]
    SharedUrn(PostUrn),
    /// Its state and its URN contradict each other, which this program never writes.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// All entries of one content root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The first page; `None`: nothing was ever recorded.
    pub genesis: Option<Genesis>,
    /// Entries by post and target.
    pub entries: Entries,
    /// Entries of the other content roots that share the ledger.
    pub elsewhere: Vec<Elsewhere>,
    /// Entries that this clone or the ledger's history knows, and the ledger does not. Where
    /// there are any, it is frozen.
    pub forgotten: Vec<Arc<Entry>>,
    /// What makes it unusable.
    pub freezes: Vec<Freeze>,
    /// Whether this content root has begun: it has entries, or a [`root_marker`].
    pub root_begun: bool,
}

const SEGMENT: &AsciiSet = &CONTROLS
    .add(b'%')
    .add(b'@')
    .add(b'\\')
    .add(b':')
    .add(b'*')
    .add(b'?')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'|');

/// Longer encoded segments are split, so that with the ending of an entry every name stays
/// below the 255 bytes a file system allows.
const LONGEST_NAME: usize = 200;
/// Joins the pieces of a split segment: a folder whose name ends in `@` is not the key's
/// own.
const SPLIT: &str = "@/";
/// The name of the folder that holds a content root's entries. `@` is encoded everywhere
/// else, so no key or folder can collide with it.
const ENTRIES: &str = "@posts";

fn encode_segments(text: &str) -> String {
    let encoded = |segment: &str| {
        let name = match utf8_percent_encode(segment, SEGMENT).to_string() {
            // `.git` and its spellings are refused inside trees.
            name if name.to_ascii_lowercase().starts_with(".git") => format!("%2E{}", &name[1..]),
            name => name,
        };
        // Encoded names are ASCII, so every cut falls between characters.
        let pieces: Vec<String> = name
            .as_bytes()
            .chunks(LONGEST_NAME)
            .map(|piece| String::from_utf8_lossy(piece).into_owned())
            .collect();
        pieces.join(SPLIT)
    };
    text.split('/')
        .filter(|s| !s.is_empty())
        .map(encoded)
        .collect::<Vec<_>>()
        .join("/")
}

/// The folder of a content root's entries inside the ledger: `@posts/`, or
/// `<root>/@posts/` for a content root below the top of the repository.
#[must_use]
pub fn entries_folder(root: &str) -> String {
    match encode_segments(root) {
        root if root.is_empty() => format!("{ENTRIES}/"),
        root => format!("{root}/{ENTRIES}/"),
    }
}

/// The content root that the file `name` of a ledger belongs to, and its name below
/// [`entries_folder`]; `None`: it belongs to none.
#[must_use]
pub fn root_of(name: &str) -> Option<(String, &str)> {
    let (folder, file) = match name.strip_prefix(ENTRIES) {
        Some(file) if file.starts_with('/') => ("", file),
        Some(_) | None => name
            .split_once(&format!("/{ENTRIES}/"))
            .map(|(folder, _)| (folder, &name[folder.len() + ENTRIES.len() + 1..]))?,
    };
    let root = folder.replace(SPLIT, "");
    let root = percent_decode_str(&root).decode_utf8().ok()?;
    Some((root.into_owned(), file.trim_start_matches('/')))
}

/// The file that says that a content root has begun, although it may have no entry. It lies
/// outside of [`entries_folder`], where versions that do not know it take no notice.
#[must_use]
pub fn root_marker(root: &str) -> String {
    match encode_segments(root) {
        root if root.is_empty() => "@begun.json".to_owned(),
        root => format!("{root}/@begun.json"),
    }
}

/// The name of an entry's file below [`entries_folder`].
#[must_use]
pub fn entry_file(id: &EntryId) -> String {
    format!("{}@{}.json", encode_segments(id.key.as_str()), id.target)
}

/// The entry a file name below [`entries_folder`] stands for; `None`: not an entry.
#[must_use]
pub fn entry_id(file: &str) -> Option<EntryId> {
    let (key, target) = file.strip_suffix(".json")?.rsplit_once('@')?;
    let key = key.replace(SPLIT, "");
    let key = percent_decode_str(&key).decode_utf8().ok()?;
    Some(EntryId {
        key: PostKey::parse(&key).ok()?,
        target: Target::parse(target)?,
    })
}

impl Ledger {
    /// The entry of another post than `id` that `urn` is recorded for, in this content root
    /// or in another one of the same ledger.
    #[must_use]
    pub fn holder(&self, urn: &PostUrn, id: &EntryId) -> Option<&Entry> {
        let own = self.entries.values().filter(|entry| entry.key != id.key);
        let elsewhere = self.elsewhere.iter().map(|other| other.entry.as_ref());
        own.chain(elsewhere).find(|entry| {
            // A comment names the post it stands below.
            let is_post = entry.target == Target::Linkedin;
            is_post && (entry.urn.as_ref() == Some(urn) || entry.also.contains(urn))
        })
    }

    /// Reads a ledger from its files: the genesis page, and entries by name below
    /// [`entries_folder`]. Nothing is dropped silently: what cannot be read freezes.
    pub fn from_files<'a>(
        genesis: Option<&[u8]>,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Self {
        let pages = files
            .into_iter()
            .map(|(file, bytes)| (file, Page::read(file, bytes)));
        Self::from_pages(genesis, pages)
    }

    /// The same from files that were read before.
    pub fn from_pages<'a>(
        genesis: Option<&[u8]>,
        pages: impl IntoIterator<Item = (&'a str, Page)>,
    ) -> Self {
        let mut ledger = Self::default();
        match genesis.map(read_genesis) {
            Some(Ok(genesis)) => ledger.genesis = Some(genesis),
            Some(Err(problem)) => ledger.freezes.push(Freeze::FirstPageUnreadable { problem }),
            None => {}
        }
        let mut entries = Vec::new();
        for (file, page) in pages {
            match page.0 {
                Ok(entry) => entries.push((entry.id(), entry)),
                Err(problem) => ledger.freezes.push(Freeze::Unreadable {
                    file: file.to_owned(),
                    problem,
                }),
            }
        }
        ledger.root_begun = !entries.is_empty() || !ledger.freezes.is_empty();
        ledger.entries = entries.into_iter().collect();
        ledger
    }

    /// The same ledger, with what its store knows of [`root_marker`].
    #[must_use]
    pub fn with_marker(mut self, marked: bool) -> Self {
        self.root_begun |= marked;
        self
    }
}

/// One file of the ledger as it was read: a store that keeps it reads it once.
#[derive(Clone, Debug)]
pub struct Page(Result<Arc<Entry>, LedgerFileError>);

impl Page {
    /// The entry; `None`: the file cannot be read.
    #[must_use]
    pub fn entry(&self) -> Option<&Arc<Entry>> {
        self.0.as_ref().ok()
    }

    /// Reads the file `file` below [`entries_folder`].
    #[must_use]
    pub fn read(file: &str, bytes: &[u8]) -> Self {
        Self(read_entry(file, bytes).map(Arc::new))
    }
}

fn newer(bytes: &[u8], known: u32) -> Result<(), LedgerFileError> {
    let damaged = |error: serde_json::Error| LedgerFileError::Damaged(error.to_string());
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(damaged)?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format > u64::from(known) => Err(LedgerFileError::Newer(format)),
        _ => Ok(()),
    }
}

fn read_genesis(bytes: &[u8]) -> Result<Genesis, LedgerFileError> {
    newer(bytes, Genesis::FORMAT)?;
    serde_json::from_slice(bytes).map_err(|error| LedgerFileError::Damaged(error.to_string()))
}

fn read_entry(file: &str, bytes: &[u8]) -> Result<Entry, LedgerFileError> {
    newer(bytes, Entry::FORMAT)?;
    let entry: Entry = serde_json::from_slice(bytes)
        .map_err(|error| LedgerFileError::Damaged(error.to_string()))?;
    if entry_id(file).as_ref() != Some(&entry.id()) {
        return Err(LedgerFileError::Misplaced(entry.key.to_string()));
    }
    let name = entry_file(&entry.id());
    if name != file {
        return Err(LedgerFileError::Alias(name));
    }
    match contradiction(&entry) {
        Some(problem) => Err(LedgerFileError::Contradiction(problem)),
        None => Ok(entry),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::testing::{published, urn};

    fn id(key: &str) -> EntryId {
        EntryId {
            key: PostKey::parse(key).unwrap(),
            target: Target::Linkedin,
        }
    }

    #[test]
    fn a_urn_is_held_by_another_post_here_or_in_another_root() {
        let (here, there) = (published("a", "x", 1), published("a", "y", 2));
        let ledger = Ledger {
            entries: [(here.id(), here.clone())].into_iter().collect(),
            elsewhere: vec![Elsewhere {
                root: "marketing".to_owned(),
                entry: Arc::new(there),
            }],
            ..Ledger::default()
        };
        let is_held = |number, key: &str| ledger.holder(&urn(number), &id(key)).is_some();
        assert!(!is_held(1, "a"), "its own");
        assert!(is_held(1, "b"));
        assert!(
            is_held(2, "a"),
            "the same key of another root is another post"
        );
        assert!(!is_held(3, "b"));
    }

    #[test]
    fn file_names_return_to_their_keys() {
        for key in [
            "launch",
            "2026/09/launch",
            "a@b",
            "100%",
            "Grüße",
            ".git/hooks",
            "a:b",
            "@posts",
        ] {
            let file = entry_file(&id(key));
            assert_eq!(entry_id(&file), Some(id(key)), "{file}");
            assert!(file.matches('@').count() == 1, "{file}");
        }
        assert_eq!(entry_file(&id("2026/launch")), "2026/launch@linkedin.json");
        assert!(!entry_file(&id(".git/x")).starts_with(".git"));
    }

    proptest! {
        #[test]
        fn every_key_has_a_file_name_of_its_own_that_fits(
            one in "[\\PC/.@ü漢]{1,200}", other in "[a-c@/%]{1,6}",
        ) {
            let keys = [one, other].map(|text| {
                let cut = (0..=200).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
                PostKey::parse(&text[..cut.min(text.len())])
            });
            let mut files = std::collections::BTreeSet::new();
            for key in keys.iter().flatten() {
                let file = entry_file(&id(key.as_str()));
                prop_assert_eq!(entry_id(&file), Some(id(key.as_str())), "{}", file);
                for name in file.split('/') {
                    prop_assert!(name.len() <= 255 && !name.is_empty(), "{}", file);
                }
                files.insert(file);
            }
            let distinct: std::collections::BTreeSet<_> = keys.iter().flatten().collect();
            prop_assert_eq!(files.len(), distinct.len());
        }
    }

    #[test]
    fn a_long_name_is_split_into_folders() {
        let key = "語".repeat(66);
        let file = entry_file(&id(&key));
        assert_eq!(file.matches(SPLIT).count(), 2, "{file}");
        assert_eq!(entry_id(&file), Some(id(&key)));
    }

    #[test]
    fn roots_have_their_own_folders() {
        assert_eq!(entries_folder(""), "@posts/");
        assert_eq!(
            entries_folder("marketing/linkedin"),
            "marketing/linkedin/@posts/"
        );
        assert_eq!(entries_folder("@posts"), "%40posts/@posts/");
    }

    #[test]
    fn a_file_of_the_ledger_tells_its_root() {
        let long = "w".repeat(300);
        for root in ["", "marketing", "@posts", "a/.git/b@c", "Grüße", &long] {
            let file = entry_file(&id("@posts/x"));
            let name = format!("{}{file}", entries_folder(root));
            assert_eq!(root_of(&name), Some((root.to_owned(), file.as_str())));
        }
        for none in ["GENESIS.json", "@posts", "marketing/notes.txt", "x@posts/a"] {
            assert_eq!(root_of(none), None, "{none}");
        }
    }

    #[test]
    fn a_newer_or_damaged_file_freezes() {
        let ledger = Ledger::from_files(
            Some(br#"{"format":9}"#),
            [
                ("a@linkedin.json", &b"{"[..]),
                ("b@linkedin.json", &br#"{"format":2}"#[..]),
            ],
        );
        assert_eq!(ledger.freezes.len(), 3);
        assert!(ledger.entries.is_empty());
    }
}
