//! A content repository in memory, for simulations.
//!
//! Owns the published branch as a value ([`MemoryRepository`]): every commit with its
//! files, outliving the adapters that read it, as a real remote does. Must not be used to
//! publish.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;

use crate::file_bytes::FileBytes;
use crate::model::digest::DigestBuilder;
use crate::model::path::{ContentPath, ReadError};
use crate::ports::{ContentSource, ContentTree, LockfileStore, LockfileWritten, SourceError};

/// The files of one commit.
type Files = Arc<BTreeMap<ContentPath, Arc<[u8]>>>;
/// Every commit there ever was, by name.
type History = Arc<BTreeMap<String, Files>>;

/// The published branch of a remote. Clones are the same branch.
#[derive(Clone, Debug, Default)]
pub struct MemoryRepository(Rc<State>);

#[derive(Debug, Default)]
struct State {
    history: RefCell<History>,
    tip: RefCell<Option<String>>,
    protected: Cell<bool>,
}

impl MemoryRepository {
    /// Commits files (`None`: takes them away) on top of the branch; the new commit.
    pub fn commit(
        &self,
        changes: impl IntoIterator<Item = (ContentPath, Option<Vec<u8>>)>,
    ) -> String {
        let mut files = self.files().as_ref().clone();
        for (path, bytes) in changes {
            match bytes {
                Some(bytes) => files.insert(path, bytes.into()),
                None => files.remove(&path),
            };
        }
        let mut history = self.0.history.borrow_mut();
        let name = format!("{:040x}", history.len() + 1);
        Arc::make_mut(&mut history).insert(name.clone(), Arc::new(files));
        *self.0.tip.borrow_mut() = Some(name.clone());
        name
    }

    /// The newest commit; `None`: the branch does not exist.
    #[must_use]
    pub fn tip(&self) -> Option<String> {
        self.0.tip.borrow().clone()
    }

    /// One file of the newest commit.
    #[must_use]
    pub fn file(&self, path: &ContentPath) -> Option<Vec<u8>> {
        self.files().get(path).map(|bytes| bytes.to_vec())
    }

    /// From now on the branch refuses what the tool pushes, or takes it again.
    pub fn protect(&self, protected: bool) {
        self.0.protected.set(protected);
    }

    /// A branch of its own with the same commits: what happens to one does not happen to
    /// the other.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self(Rc::new(State {
            history: RefCell::new(Arc::clone(&self.0.history.borrow())),
            tip: RefCell::new(self.tip()),
            protected: Cell::new(self.0.protected.get()),
        }))
    }

    fn files(&self) -> Files {
        let history = self.0.history.borrow();
        let tip = self.0.tip.borrow();
        let files = tip.as_ref().and_then(|tip| history.get(tip));
        files.map(Arc::clone).unwrap_or_default()
    }
}

/// Reads the published branch of a [`MemoryRepository`].
#[derive(Clone, Debug)]
pub struct MemoryContent(pub MemoryRepository);

impl ContentSource for MemoryContent {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        let commit = self.0.tip().ok_or_else(|| SourceError::NoBranch {
            branch: "main".to_owned(),
            place: "memory".to_owned(),
        })?;
        Ok(Box::new(MemoryTree {
            history: Arc::clone(&self.0.0.history.borrow()),
            files: self.0.files(),
            commit,
        }))
    }
}

struct MemoryTree {
    history: History,
    files: Files,
    commit: String,
}

impl ContentTree for MemoryTree {
    fn revision(&self) -> Option<String> {
        Some(self.commit.clone())
    }

    fn documents(&self, folder: &ContentPath) -> Result<Vec<ContentPath>, ReadError> {
        let document =
            |path: &&ContentPath| path.below(folder).is_some_and(|name| name.ends_with(".md"));
        Ok(self.files.keys().filter(document).cloned().collect())
    }

    fn read(&self, path: &ContentPath, limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = self.files.get(path).ok_or(ReadError::NotFound)?;
        let size = bytes.len() as u64;
        if size > limit {
            return Err(ReadError::TooLarge { size, limit });
        }
        Ok(bytes.to_vec())
    }

    fn open(&self, path: &ContentPath, limit: u64) -> Result<Arc<dyn FileBytes>, ReadError> {
        Ok(Arc::new(Bytes::from(self.read(path, limit)?)))
    }

    fn fingerprint_without(&self, except: &ContentPath) -> Option<String> {
        let others = self.files.iter().filter(|(path, _)| *path != except);
        let fields = others.fold(DigestBuilder::default(), |fields, (path, bytes)| {
            fields.field(path.as_str(), bytes)
        });
        Some(fields.finish().to_string())
    }

    fn at_commit(&self, commit: &str) -> Option<Box<dyn ContentTree>> {
        Some(Box::new(MemoryTree {
            history: Arc::clone(&self.history),
            files: Arc::clone(self.history.get(commit)?),
            commit: commit.to_owned(),
        }))
    }
}

/// The lockfile on the published branch of a [`MemoryRepository`].
#[derive(Clone, Debug)]
pub struct MemoryLockfile {
    repository: MemoryRepository,
    path: ContentPath,
}

impl MemoryLockfile {
    /// The file `path` of `repository`.
    #[must_use]
    pub fn new(repository: MemoryRepository, path: ContentPath) -> Self {
        Self { repository, path }
    }
}

impl LockfileStore for MemoryLockfile {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        Ok(self.repository.file(&self.path).map(Bytes::from))
    }

    async fn write(&self, text: &Bytes) -> LockfileWritten {
        if self.repository.file(&self.path).as_deref() == Some(text) {
            return LockfileWritten::Unchanged;
        }
        if self.repository.0.protected.get() {
            return LockfileWritten::Protected {
                problem: "protected branch hook declined".to_owned(),
            };
        }
        let change = (self.path.clone(), Some(text.to_vec()));
        self.repository.commit([change]);
        LockfileWritten::Pushed
    }
}
