//! The ports of a rehearsal: everything in memory, in a time of its own.
//!
//! Owns clock, nonces, content, ledger and lockfile of a pass that touches nothing. Calls
//! take about as long as they do in real life, so that posts of one second go out one after
//! the other. Must not decide anything.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;

use crate::file_bytes::FileBytes;
use crate::model::Instant;
use crate::model::listing::Listing;
use crate::model::path::{ContentPath, ReadError};
use crate::ports::{
    Clock, Committed, ContentSource, ContentTree, Entropy, LedgerChange, LedgerError,
    LedgerSnapshot, LedgerStore, LedgerVersion, LockfileStore, LockfileWritten, Progress,
    SourceError,
};
use crate::record::Ledger;

/// How long a fetch, a push, and a request take.
const FETCH: TimeDelta = TimeDelta::milliseconds(300);
const PUSH: TimeDelta = TimeDelta::milliseconds(700);
pub(super) const REQUEST: TimeDelta = TimeDelta::milliseconds(250);

/// One time for everybody, in which waiting takes none.
#[derive(Clone, Debug)]
pub(super) struct PlayedClock(Rc<Cell<Instant>>);

impl PlayedClock {
    pub(super) fn starting_at(now: Instant) -> Self {
        Self(Rc::new(Cell::new(now)))
    }

    pub(super) fn pass(&self, time: TimeDelta) {
        self.0.set(self.0.get() + time);
    }

    /// Time only goes on.
    pub(super) fn forward_to(&self, time: Instant) {
        self.0.set(time.max(self.0.get()));
    }
}

impl Clock for PlayedClock {
    fn now(&self) -> Instant {
        self.0.get()
    }

    fn uptime(&self) -> Duration {
        let since = self.0.get() - Instant::UNIX_EPOCH;
        since.to_std().unwrap_or_default()
    }

    async fn sleep_until(&self, until: Instant) {
        self.forward_to(until);
    }
}

/// Nonces that never come twice and come again in every rehearsal.
#[derive(Debug, Default)]
pub(super) struct Counted(Cell<u64>);

impl Entropy for Counted {
    fn nonce(&self) -> String {
        self.0.set(self.0.get() + 1);
        format!("{:032x}", self.0.get())
    }
}

/// Nobody watches.
#[derive(Debug)]
pub(super) struct Unwatched;

impl Progress for Unwatched {
    fn upload_started(&self, _path: &ContentPath, _bytes: u64) {}
    fn upload_advanced(&self, _path: &ContentPath, _bytes: u64) {}
    fn upload_finished(&self, _path: &ContentPath) {}
}

/// Earlier commits of the content, where they can be read.
pub type Commits = Arc<dyn Fn(&str) -> Option<Box<dyn ContentTree>> + Send + Sync>;

/// The content as it is now, for the whole of a rehearsal.
#[derive(Clone)]
pub(super) struct Pinned {
    pub(super) tree: Arc<dyn ContentTree>,
    pub(super) commits: Commits,
}

impl ContentTree for Pinned {
    /// One revision, so that nothing is read twice.
    fn revision(&self) -> Option<String> {
        Some("rehearsed".to_owned())
    }

    fn documents(&self, folder: &ContentPath) -> Result<Vec<ContentPath>, ReadError> {
        self.tree.documents(folder)
    }

    fn listing(&self, folder: &ContentPath) -> Result<Listing, ReadError> {
        self.tree.listing(folder)
    }

    fn folders(&self, folder: Option<&ContentPath>) -> Vec<String> {
        self.tree.folders(folder)
    }

    fn read(&self, path: &ContentPath, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.tree.read(path, limit)
    }

    fn open(&self, path: &ContentPath, limit: u64) -> Result<Arc<dyn FileBytes>, ReadError> {
        self.tree.open(path, limit)
    }

    fn at_commit(&self, commit: &str) -> Option<Box<dyn ContentTree>> {
        (self.commits)(commit)
    }
}

/// Where passes find it.
pub(super) struct PinnedSource {
    pub(super) content: Pinned,
    pub(super) clock: PlayedClock,
}

impl ContentSource for PinnedSource {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        self.clock.pass(FETCH);
        Ok(Box::new(self.content.clone()))
    }
}

/// A ledger as a value. Only its newest state is kept: a rehearsal of a year would
/// otherwise hold a copy of everything for each push.
#[derive(Clone, Debug)]
pub(super) struct PlayedLedger {
    state: Rc<RefCell<(Ledger, u64)>>,
    clock: PlayedClock,
}

impl PlayedLedger {
    pub(super) fn new(ledger: Ledger, clock: PlayedClock) -> Self {
        Self {
            state: Rc::new(RefCell::new((ledger, 0))),
            clock,
        }
    }

    /// Looks at it. Must not be held across an await.
    pub(super) fn look<T>(&self, at: impl FnOnce(&Ledger) -> T) -> T {
        at(&self.state.borrow().0)
    }
}

impl LedgerStore for PlayedLedger {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        self.clock.pass(FETCH);
        let state = self.state.borrow();
        Ok(LedgerSnapshot {
            version: Some(state.1.to_string()),
            ledger: state.0.clone(),
            changed_at: None,
        })
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        self.clock.pass(PUSH);
        let mut state = self.state.borrow_mut();
        if *base != Some(state.1.to_string()) {
            return Ok(Committed::Lost);
        }
        for id in &change.remove {
            state.0.entries.remove(id);
        }
        let put = change.put.iter();
        let put = put.map(|(id, entry)| (id.clone(), entry.clone()));
        state.0.entries.extend(put);
        state.1 += 1;
        Ok(Committed::Won(Some(state.1.to_string())))
    }
}

/// A lockfile that is written nowhere.
///
/// It is a witness against the ledger, and here both come from the same hand, so a pass
/// finds none; only one that froze the record to begin with stays there to be seen.
#[derive(Debug)]
pub(super) struct PlayedLockfile {
    pub(super) frozen: Option<Bytes>,
    pub(super) clock: PlayedClock,
}

impl LockfileStore for PlayedLockfile {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        Ok(self.frozen.clone())
    }

    async fn write(&self, _text: &Bytes) -> LockfileWritten {
        self.clock.pass(PUSH);
        LockfileWritten::Pushed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::testing::published;

    fn change(version: u32) -> LedgerChange {
        let entry = published("a", "x", u64::from(version));
        LedgerChange {
            put: [(entry.id(), entry)].into(),
            remove: Vec::new(),
            remove_files: Vec::new(),
            first_page: None,
            summary: String::new(),
            nonce: version.to_string(),
            at: Instant::UNIX_EPOCH,
            repository_id: None,
            succession: crate::record::Succession::default(),
            taken_from: None,
            remote_name: None,
            begins_root: false,
        }
    }

    #[tokio::test]
    async fn a_ledger_takes_one_change_of_each_version() {
        let clock = PlayedClock::starting_at(Instant::UNIX_EPOCH);
        let store = PlayedLedger::new(Ledger::default(), clock.clone());
        let base = store.load().await.unwrap().version;
        let won = store.commit(&base, &change(1)).await.unwrap();
        assert!(matches!(won, Committed::Won(ref version) if *version != base));
        assert_eq!(store.commit(&base, &change(2)).await, Ok(Committed::Lost));
        let ledger = store.load().await.unwrap().ledger;
        assert_eq!(ledger.entries, change(1).put.into_iter().collect());
        assert_eq!(clock.now() - Instant::UNIX_EPOCH, FETCH * 2 + PUSH * 2);
    }

    #[tokio::test]
    async fn waiting_takes_no_time_and_time_never_goes_back() {
        let clock = PlayedClock::starting_at(Instant::UNIX_EPOCH);
        let later = Instant::UNIX_EPOCH + TimeDelta::days(400);
        clock.sleep_until(later).await;
        clock.forward_to(Instant::UNIX_EPOCH);
        assert_eq!(clock.now(), later);
    }
}
