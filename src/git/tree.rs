//! One commit's files, as content.
//!
//! Owns the reading of content from a tree: regular files only, and nothing outside the
//! content root can be named. Must not know how the commit got here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::command::Git;
use super::large_files;
use super::objects::{self, Item};
use crate::file_bytes::{FileBytes, OpenFile};
use crate::model::listing::{CONFIG_FILE, Found, FoundKind, Listing};
use crate::model::path::{ContentPath, ReadError};
use crate::ports::ContentTree;

/// A larger media file goes through a temporary file, in bytes.
const IN_MEMORY: u64 = 8 * 1024 * 1024;

/// A larger file is no document, in bytes.
const MAX_DOCUMENT: u64 = 1024 * 1024;

type Folder = Arc<BTreeMap<String, Item>>;

/// The content root at one commit.
pub(super) struct CommitTree {
    repository: gix::ThreadSafeRepository,
    git: Git,
    commit: ObjectId,
    /// The content root's folder in the repository.
    prefix: String,
    /// The content root's tree; `None`: the commit has no such folder.
    root: Option<ObjectId>,
    /// Folders seen so far: a thousand posts in one folder decode it once.
    folders: Mutex<BTreeMap<ObjectId, Folder>>,
}

fn unreadable(error: &impl ToString) -> ReadError {
    ReadError::Io(error.to_string())
}

impl CommitTree {
    /// The folder `prefix` at `commit`.
    pub(super) fn open(
        repository: gix::Repository,
        git: Git,
        commit: ObjectId,
        prefix: &str,
    ) -> gix::Result<Self> {
        let tree = objects::tree_of(&repository, commit)?;
        Self::open_tree(repository, git, (commit, tree), prefix)
    }

    /// The folder `prefix` of a tree, and what it is called as a revision.
    pub(super) fn open_tree(
        repository: gix::Repository,
        git: Git,
        (commit, tree): (ObjectId, ObjectId),
        prefix: &str,
    ) -> gix::Result<Self> {
        let root = objects::look_up(&repository, tree, prefix)?
            .filter(|item| item.kind == EntryKind::Tree)
            .map(|item| item.id);
        Ok(Self {
            repository: repository.into_sync(),
            git,
            commit,
            prefix: prefix.to_owned(),
            root,
            folders: Mutex::default(),
        })
    }

    /// The folder `prefix` at the commit named `commit`, where this clone has it whole.
    pub(super) fn open_at(
        repository: gix::Repository,
        git: Git,
        commit: &str,
        prefix: &str,
    ) -> Option<Self> {
        let commit = ObjectId::from_hex(commit.as_bytes()).ok()?;
        Self::open(repository, git, commit, prefix).ok()
    }

    fn folder(&self, tree: ObjectId) -> Result<Folder, ReadError> {
        let known = |folders: &BTreeMap<ObjectId, Folder>| folders.get(&tree).map(Arc::clone);
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = known(&folders) {
            return Ok(folder);
        }
        drop(folders);
        let repository = self.repository.to_thread_local();
        let listed = objects::list(&repository, tree).map_err(|error| unreadable(&error))?;
        let folder = Arc::new(listed.into_iter().collect());
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.insert(tree, Arc::clone(&folder));
        Ok(folder)
    }

    /// What stands at `path`; every folder on the way must be one.
    fn item(&self, path: &ContentPath) -> Result<Item, ReadError> {
        let mut here = Item {
            kind: EntryKind::Tree,
            id: self.root.ok_or(ReadError::NotFound)?,
        };
        for segment in path.as_str().split('/') {
            match here.kind {
                EntryKind::Tree => {}
                EntryKind::Link => return Err(ReadError::Symlink),
                EntryKind::Commit => return Err(ReadError::Submodule),
                EntryKind::Blob | EntryKind::BlobExecutable => return Err(ReadError::NotFound),
            }
            let folder = self.folder(here.id)?;
            here = folder.get(segment).copied().ok_or(ReadError::NotFound)?;
        }
        Ok(here)
    }

    /// Every file below `tree`, whose path from the content root is `path`.
    fn collect(&self, path: &str, tree: ObjectId, found: &mut Vec<Found>) -> Result<(), ReadError> {
        for (name, item) in self.folder(tree)?.iter() {
            let path = format!("{path}/{name}");
            let kind = match item.kind {
                EntryKind::Tree => {
                    self.collect(&path, item.id, found)?;
                    continue;
                }
                // Links are listed too: reading them says what is wrong.
                EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link => FoundKind::File,
                EntryKind::Commit => FoundKind::Submodule,
            };
            found.push(Found { path, kind });
        }
        Ok(())
    }

    /// Documents below `tree`, whose path from the repository's top is `path`, that belong to
    /// another content root than this one; `root`: the one that `path` belongs to. What cannot
    /// be read is no document.
    fn look_outside(
        &self,
        path: &str,
        tree: ObjectId,
        root: Option<&str>,
        found: &mut Vec<(String, Vec<u8>)>,
    ) {
        let Ok(folder) = self.folder(tree) else {
            return;
        };
        let root = match folder.contains_key(CONFIG_FILE) {
            true => Some(path),
            false => root,
        };
        for (name, item) in folder.iter() {
            let path = match path {
                "" => name.clone(),
                path => format!("{path}/{name}"),
            };
            match item.kind {
                EntryKind::Tree => self.look_outside(&path, item.id, root, found),
                EntryKind::Blob | EntryKind::BlobExecutable
                    if name.ends_with(".md") && root.is_some_and(|root| root != self.prefix) =>
                {
                    let size = self.check_size(item.id, MAX_DOCUMENT);
                    if let Ok(bytes) = size.and_then(|_| self.bytes(item.id)) {
                        found.push((path, bytes));
                    }
                }
                EntryKind::Blob
                | EntryKind::BlobExecutable
                | EntryKind::Link
                | EntryKind::Commit => {}
            }
        }
    }

    /// The blob of a regular file.
    fn file(&self, path: &ContentPath) -> Result<ObjectId, ReadError> {
        let item = self.item(path)?;
        match item.kind {
            EntryKind::Blob | EntryKind::BlobExecutable => Ok(item.id),
            EntryKind::Link => Err(ReadError::Symlink),
            EntryKind::Tree => Err(ReadError::NotAFile),
            EntryKind::Commit => Err(ReadError::Submodule),
        }
    }

    /// The size of a blob that is not larger than `limit`. In a partial clone it may be on
    /// the remote only; then git itself gets it.
    fn check_size(&self, id: ObjectId, limit: u64) -> Result<u64, ReadError> {
        let size = match self.repository.to_thread_local().find_header(id) {
            Ok(header) => header.size(),
            Err(_) => {
                let size = self.ask(&["cat-file", "-s", &id.to_string()], 64)?;
                let size = String::from_utf8_lossy(&size);
                let size = size.trim().parse();
                size.map_err(|error: std::num::ParseIntError| unreadable(&error))?
            }
        };
        if size > limit {
            return Err(ReadError::TooLarge { size, limit });
        }
        Ok(size)
    }

    fn bytes(&self, id: ObjectId) -> Result<Vec<u8>, ReadError> {
        let repository = self.repository.to_thread_local();
        if repository.find_header(id).is_err() {
            return self.ask(&["cat-file", "blob", &id.to_string()], usize::MAX);
        }
        let mut blob = repository
            .find_blob(id)
            .map_err(|error| unreadable(&error))?;
        Ok(blob.take_data())
    }

    /// A large blob in a temporary file, which goes away with the last reader: git writes
    /// it there, and nobody holds it in memory.
    fn spooled(&self, id: ObjectId, size: u64) -> Result<Arc<dyn FileBytes>, ReadError> {
        let spool = tempfile::tempfile().map_err(|error| unreadable(&error))?;
        let output = spool.try_clone().map_err(|error| unreadable(&error))?;
        let answer = self.git.write_blob(&id.to_string(), output);
        let answer = answer.map_err(|error| unreadable(&error))?;
        if !answer.success {
            return Err(ReadError::Io(answer.problem()));
        }
        let file = OpenFile::new(spool).map_err(|error| unreadable(&error))?;
        if file.size() == size {
            Ok(Arc::new(file))
        } else {
            Err(ReadError::Io("git gave only a part of it".to_owned()))
        }
    }

    fn ask(&self, arguments: &[&str], output: usize) -> Result<Vec<u8>, ReadError> {
        let answer = self.git.run_here(arguments, output);
        let answer = answer.map_err(|error| unreadable(&error))?;
        if answer.success {
            Ok(answer.stdout)
        } else {
            Err(ReadError::Io(answer.problem()))
        }
    }
}

impl ContentTree for CommitTree {
    fn revision(&self) -> Option<String> {
        Some(self.commit.to_string())
    }

    fn at_commit(&self, commit: &str) -> Option<Box<dyn ContentTree>> {
        let repository = self.repository.to_thread_local();
        let tree = Self::open_at(repository, self.git.clone(), commit, &self.prefix)?;
        Some(Box::new(tree))
    }

    fn repository_has(&self, path: &str) -> bool {
        let repository = self.repository.to_thread_local();
        let found = objects::tree_of(&repository, self.commit)
            .and_then(|tree| objects::look_up(&repository, tree, path));
        // What cannot be read may be there.
        found.map_or(true, |found| found.is_some())
    }

    fn outside(&self) -> Option<Vec<(String, Vec<u8>)>> {
        let repository = self.repository.to_thread_local();
        let tree = objects::tree_of(&repository, self.commit).ok()?;
        let mut found = Vec::new();
        self.look_outside("", tree, None, &mut found);
        Some(found)
    }

    fn above(&self) -> Vec<(String, Vec<u8>)> {
        let repository = self.repository.to_thread_local();
        let Ok(tree) = objects::tree_of(&repository, self.commit) else {
            return Vec::new();
        };
        let cuts = self.prefix.match_indices('/').map(|(at, _)| at);
        let folders = cuts.map(|at| self.prefix.split_at(at));
        let folders = folders.map(|(folder, rest)| (format!("{folder}/"), &rest[1..]));
        let top = (!self.prefix.is_empty()).then(|| (String::new(), self.prefix.as_str()));
        let found = top.into_iter().chain(folders).filter_map(|(folder, root)| {
            let file = format!("{folder}{CONFIG_FILE}");
            let item = objects::look_up(&repository, tree, &file).ok()??;
            self.check_size(item.id, MAX_DOCUMENT).ok()?;
            Some((root.to_owned(), self.bytes(item.id).ok()?))
        });
        found.collect()
    }

    fn fingerprint_without(&self, except: &ContentPath) -> Option<String> {
        // A file in a folder would take the folders on the way apart as well.
        if except.as_str().contains('/') {
            return None;
        }
        let folder = self.folder(self.root?).ok()?;
        let others = folder.iter().filter(|(name, _)| *name != except.as_str());
        let shown = others.map(|(name, item)| format!("{:?} {} {name}\0", item.kind, item.id));
        Some(shown.collect())
    }

    fn documents(&self, folder: &ContentPath) -> Result<Vec<ContentPath>, ReadError> {
        Ok(self.listing(folder)?.documents)
    }

    fn listing(&self, folder: &ContentPath) -> Result<Listing, ReadError> {
        let item = self.item(folder)?;
        match item.kind {
            EntryKind::Tree => {}
            EntryKind::Link => return Err(ReadError::Symlink),
            EntryKind::Commit => return Err(ReadError::Submodule),
            EntryKind::Blob | EntryKind::BlobExecutable => return Err(ReadError::NotAFile),
        }
        let mut found = Vec::new();
        self.collect(folder.as_str(), item.id, &mut found)?;
        Ok(Listing::of(folder, found))
    }

    fn folders(&self, folder: Option<&ContentPath>) -> Vec<String> {
        let place = match folder {
            Some(folder) => self.item(folder).ok().map(|item| item.id),
            None => self.root,
        };
        let names = place.and_then(|place| self.folder(place).ok());
        let names = names.iter().flat_map(|folder| folder.iter());
        let folders = names.filter(|(_, item)| item.kind == EntryKind::Tree);
        folders.map(|(name, _)| name.clone()).collect()
    }

    fn read(&self, path: &ContentPath, limit: u64) -> Result<Vec<u8>, ReadError> {
        let id = self.file(path)?;
        self.check_size(id, limit)?;
        self.bytes(id)
    }

    fn open(&self, path: &ContentPath, limit: u64) -> Result<Arc<dyn FileBytes>, ReadError> {
        let id = self.file(path)?;
        let size = self.check_size(id, limit)?;
        if size > IN_MEMORY {
            return self.spooled(id, size);
        }
        let bytes = self.bytes(id)?;
        match large_files::find(&self.repository.to_thread_local(), &bytes, limit)? {
            Some(file) => Ok(file),
            None => Ok(Arc::new(Bytes::from(bytes))),
        }
    }
}
