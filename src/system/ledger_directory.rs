//! The ledger in a folder, for content without git and for the sandbox.
//!
//! Owns one lock, one version file, and a redo file that makes a change of several files
//! one change: it is written whole before the first of them, and finished by whoever
//! opens the ledger next. Layout and file names are the ledger's own. Must not look into
//! entries.

#![allow(
    clippy::disallowed_methods,
    reason = "this adapter keeps its ledger in files"
)]

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{create_folders, read_if_there, remove_durably, write_atomically};
use crate::ports::{
    Committed, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore, LedgerVersion,
};
use crate::record::layout::FileChanges;
use crate::record::ledger::{entries_folder, root_marker, root_of};
use crate::record::{Genesis, Ledger};

/// Holds the number and the nonce of the newest change.
const VERSION: &str = "VERSION";
/// Holds a change that is being made.
const REDO: &str = "REDO.json";
/// Locked while the ledger is read or written.
const LOCK: &str = "LOCK";
/// Keeps the folder out of git.
const IGNORE: &str = ".gitignore";
/// The largest file a ledger has, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The ledger of one content root in a folder of its own.
#[derive(Clone, Debug)]
pub struct DirectoryLedger {
    folder: PathBuf,
    root: String,
}

/// A change that is being made.
#[derive(Serialize, Deserialize)]
struct Redo {
    version: String,
    files: std::collections::BTreeMap<String, Option<String>>,
}

#[allow(clippy::needless_pass_by_value, reason = "made for map_err")]
fn other(error: impl ToString) -> LedgerError {
    LedgerError::Other(error.to_string())
}

/// What is there instead may be all that is left of a ledger, so it is not a new one.
fn not_a_folder(folder: &Path) -> LedgerError {
    LedgerError::Other(format!(
        "`{}`, the ledger's place, is not a folder",
        folder.display()
    ))
}

impl DirectoryLedger {
    /// The ledger in `folder`, for the content root `root` (empty: the only one). Nothing
    /// is made before the first change.
    #[must_use]
    pub fn new(folder: &Path, root: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            root: root.to_owned(),
        }
    }

    /// The newest state, read now.
    ///
    /// # Errors
    /// The system's own words.
    pub fn load_now(&self) -> Result<LedgerSnapshot, LedgerError> {
        match self.folder.metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(not_a_folder(&self.folder)),
            Err(_) if self.folder.symlink_metadata().is_ok() => {
                return Err(not_a_folder(&self.folder));
            }
            Err(_) => return Ok(LedgerSnapshot::default()),
        }
        let lock = self.lock().map_err(other)?;
        let snapshot = self.recover().and_then(|()| self.read()).map_err(other);
        drop(lock);
        snapshot
    }

    /// Waits until nobody else reads or writes; the lock ends with the file.
    fn lock(&self) -> io::Result<File> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    fn version(&self) -> io::Result<LedgerVersion> {
        let bytes = read_if_there(&self.folder.join(VERSION))?;
        if let Some(bytes) = bytes {
            return Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()));
        }
        // Without the version file there may still be a ledger, which is then not new.
        let first_page = self.folder.join(Genesis::FILE).exists();
        let entries = self.folder.join(entries_folder(&self.root)).exists();
        Ok((first_page || entries).then(|| "0-unversioned".to_owned()))
    }

    fn read(&self) -> io::Result<LedgerSnapshot> {
        let genesis = read_if_there(&self.folder.join(Genesis::FILE))?;
        let mut files = Vec::new();
        let own = entries_folder(&self.root);
        collect(&self.folder, "", &own, &mut files)?;
        files.sort();
        let named = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let marked = self.folder.join(root_marker(&self.root)).exists();
        Ok(LedgerSnapshot {
            version: self.version()?,
            ledger: Ledger::of_root_from_files(&self.root, genesis.as_deref(), named)
                .with_marker(marked),
            changed_at: None,
        })
    }

    /// Finishes a change whose writer was interrupted.
    fn recover(&self) -> io::Result<()> {
        let Some(bytes) = read_if_there(&self.folder.join(REDO))? else {
            return Ok(());
        };
        let redo: Redo = serde_json::from_slice(&bytes)?;
        self.perform(&redo)
    }

    fn perform(&self, redo: &Redo) -> io::Result<()> {
        for (name, text) in &redo.files {
            let path = self.folder.join(name);
            match text {
                Some(text) => {
                    create_folders(path.parent().unwrap_or(&self.folder))?;
                    write_atomically(&path, text.as_bytes())?;
                }
                None => remove_durably(&path)?,
            }
        }
        write_atomically(
            &self.folder.join(VERSION),
            format!("{}\n", redo.version).as_bytes(),
        )?;
        remove_durably(&self.folder.join(REDO))
    }

    fn write(&self, base: &LedgerVersion, change: &LedgerChange) -> io::Result<Committed> {
        create_folders(&self.folder)?;
        let lock = self.lock()?;
        self.recover()?;
        if self.version()? != *base {
            return Ok(Committed::Lost);
        }
        let ignore = self.folder.join(IGNORE);
        if !ignore.exists() {
            write_atomically(&ignore, b"*\n")?;
        }
        let has_first_page = self.folder.join(Genesis::FILE).exists();
        let files = change.files(&self.root, has_first_page);
        let redo = Redo {
            version: next_version(base, &change.nonce),
            files: as_text(files),
        };
        write_atomically(&self.folder.join(REDO), &serde_json::to_vec(&redo)?)?;
        // From here on the change is durable: whoever comes next finishes it.
        self.perform(&redo)?;
        let version = self.version()?;
        drop(lock);
        if version.as_ref() == Some(&redo.version) {
            Ok(Committed::Won(version))
        } else {
            Ok(Committed::Lost)
        }
    }
}

fn as_text(files: FileChanges) -> std::collections::BTreeMap<String, Option<String>> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    files
        .into_iter()
        .map(|(name, bytes)| (name, bytes.map(text)))
        .collect()
}

fn next_version(base: &LedgerVersion, nonce: &str) -> String {
    let number = base.as_ref().and_then(|version| {
        let (number, _) = version.split_once('-')?;
        number.parse::<u64>().ok()
    });
    format!("{}-{nonce}", number.unwrap_or_default().saturating_add(1))
}

/// Files of content roots below `folder`, by name from the ledger's root. What is no file of
/// a readable size comes out empty, and reads as damaged. Temporary files of an interrupted
/// writer are none of the ledger's. `own` is the folder of this content root's entries.
fn collect(
    folder: &Path,
    prefix: &str,
    own: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        let name = item.file_name().to_string_lossy().into_owned();
        let mut path = format!("{prefix}{name}");
        let metadata = fs::symlink_metadata(item.path())?;
        if metadata.is_dir() {
            collect(&item.path(), &format!("{path}/"), own, files)?;
            continue;
        }
        if own.strip_suffix('/') == Some(&path) {
            // Not a folder: nothing of it can be an entry, and it cannot be ignored.
            path.push('/');
        } else if root_of(&path).is_none() {
            continue;
        }
        if !(name.starts_with(".mergecast-") && name.ends_with(".tmp")) {
            let readable = metadata.is_file() && metadata.len() <= LARGEST;
            let bytes = if readable {
                fs::read(item.path())?
            } else {
                Vec::new()
            };
            files.push((path, bytes));
        }
    }
    Ok(())
}

impl LedgerStore for DirectoryLedger {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        self.load_now()
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        self.write(base, change).map_err(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(nonce: &str) -> LedgerChange {
        LedgerChange {
            put: [].into(),
            remove: Vec::new(),
            remove_files: Vec::new(),
            first_page: None,
            summary: "test".to_owned(),
            nonce: nonce.to_owned(),
            at: crate::model::Instant::default(),
            repository_id: None,
            succession: crate::record::Succession::default(),
            taken_from: None,
            remote_name: None,
            begins_root: false,
        }
    }

    #[test]
    fn an_interrupted_change_is_finished_by_the_next_reader() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = DirectoryLedger::new(folder.path(), "");
        let Ok(Committed::Won(first)) = ledger.write(&None, &change("a")) else {
            panic!()
        };
        // A writer that was killed right after its change became durable.
        let redo = Redo {
            version: "2-b".to_owned(),
            files: [("@posts/x@linkedin.json".to_owned(), Some("{".to_owned()))].into(),
        };
        fs::write(folder.path().join(REDO), serde_json::to_vec(&redo).unwrap()).unwrap();
        assert_eq!(ledger.write(&first, &change("c")).unwrap(), Committed::Lost);
        let seen = ledger.load_now().unwrap();
        assert_eq!(seen.version.as_deref(), Some("2-b"));
        assert_eq!(seen.ledger.freezes.len(), 1);
        assert!(!folder.path().join(REDO).exists());
    }

    #[test]
    fn reading_makes_nothing_and_a_lost_version_file_is_no_new_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("ledger");
        let ledger = DirectoryLedger::new(&place, "");
        assert_eq!(ledger.load_now().unwrap(), LedgerSnapshot::default());
        assert!(!place.exists());
        ledger.write(&None, &change("a")).unwrap();
        fs::remove_file(place.join(VERSION)).unwrap();
        assert_eq!(ledger.write(&None, &change("b")).unwrap(), Committed::Lost);
        let seen = ledger.load_now().unwrap().version;
        assert!(matches!(
            ledger.write(&seen, &change("c")).unwrap(),
            Committed::Won(Some(_))
        ));
    }

    #[test]
    fn a_temporary_file_left_behind_does_not_freeze() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = DirectoryLedger::new(folder.path(), "");
        ledger.write(&None, &change("a")).unwrap();
        let entries = folder.path().join("@posts");
        fs::create_dir_all(&entries).unwrap();
        fs::write(entries.join(".mergecast-x.tmp"), "half").unwrap();
        assert!(ledger.load_now().unwrap().ledger.freezes.is_empty());
    }
}
