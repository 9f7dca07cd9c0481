//! Branch, ledger and lockfile of a year, which keep only the newest of each: every commit
//! of a year would fill the memory that is being measured.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use mergecast::file_bytes::FileBytes;
use mergecast::model::path::{ContentPath, ReadError};
use mergecast::ports::{
    Committed, ContentSource, ContentTree, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion, LockfileStore, LockfileWritten, SourceError,
};
use mergecast::record::Ledger;
use mergecast::record::layout::first_page;
use mergecast::record::lockfile::LOCKFILE;

type Files = Arc<BTreeMap<ContentPath, Bytes>>;

/// The published branch.
#[derive(Clone, Default)]
pub(crate) struct Branch(Rc<RefCell<Tip>>);

#[derive(Clone, Default)]
struct Tip {
    commit: u64,
    /// The last commit that changed more than the lockfile.
    content: u64,
    files: Files,
}

impl Branch {
    pub(crate) fn commit(&self, name: ContentPath, bytes: Option<Bytes>) {
        let tip = &mut *self.0.borrow_mut();
        tip.commit += 1;
        if name.as_str() != LOCKFILE {
            tip.content = tip.commit;
        }
        let files = Arc::make_mut(&mut tip.files);
        match bytes {
            Some(bytes) => files.insert(name, bytes),
            None => files.remove(&name),
        };
    }

    pub(crate) fn tip(&self) -> u64 {
        self.0.borrow().commit
    }
}

impl ContentSource for Branch {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        Ok(Box::new(self.0.borrow().clone()))
    }
}

impl ContentTree for Tip {
    fn revision(&self) -> Option<String> {
        Some(format!("{:040x}", self.commit))
    }

    fn documents(&self, folder: &ContentPath) -> Result<Vec<ContentPath>, ReadError> {
        let below = format!("{folder}/");
        let names = self.files.keys();
        let documents = names.filter(|name| {
            let name = name.as_str();
            name.starts_with(&below) && name.ends_with(".md")
        });
        Ok(documents.cloned().collect())
    }

    fn read(&self, path: &ContentPath, _limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = self.files.get(path).ok_or(ReadError::NotFound)?;
        Ok(bytes.to_vec())
    }

    fn open(&self, path: &ContentPath, _limit: u64) -> Result<Arc<dyn FileBytes>, ReadError> {
        let bytes = self.files.get(path).ok_or(ReadError::NotFound)?;
        Ok(Arc::new(bytes.clone()))
    }

    fn fingerprint_without(&self, except: &ContentPath) -> Option<String> {
        (except.as_str() == LOCKFILE).then(|| self.content.to_string())
    }

    fn at_commit(&self, _commit: &str) -> Option<Box<dyn ContentTree>> {
        None
    }
}

/// The lockfile on a [`Branch`].
pub(crate) struct BranchLockfile(pub(crate) Branch, pub(crate) ContentPath);

impl LockfileStore for BranchLockfile {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        let tip = self.0.0.borrow();
        Ok(tip.files.get(&self.1).cloned())
    }

    async fn write(&self, text: &Bytes) -> LockfileWritten {
        self.0.commit(self.1.clone(), Some(text.clone()));
        LockfileWritten::Pushed
    }
}

/// The ledger.
#[derive(Clone, Default)]
pub(crate) struct Newest(Rc<RefCell<Ledger>>, Rc<Cell<u64>>);

impl Newest {
    pub(crate) fn version(&self) -> LedgerVersion {
        (self.1.get() > 0).then(|| self.1.get().to_string())
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.0.borrow().clone()
    }
}

impl LedgerStore for Newest {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        Ok(LedgerSnapshot {
            version: self.version(),
            ledger: self.ledger(),
        })
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        if *base != self.version() {
            return Ok(Committed::Lost);
        }
        let mut ledger = self.0.borrow_mut();
        if ledger.genesis.is_none() {
            ledger.genesis = Some(first_page(
                &change.nonce,
                change.repository_id.as_deref(),
                None,
                change.at,
            ));
        }
        for id in &change.remove {
            ledger.entries.remove(id);
        }
        let put = change.put.iter();
        ledger
            .entries
            .extend(put.map(|(id, entry)| (id.clone(), entry.clone())));
        self.1.set(self.1.get() + 1);
        Ok(Committed::Won(self.version()))
    }
}
