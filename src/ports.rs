//! The ports: everything a pass reaches through a trait.
//!
//! Owns the traits and the values that cross them. Implementations hold nothing that
//! outlives a dropped pass: dropping a pass at any await is a crash, and a new set of
//! adapters must be able to go on from what is durable. Must not contain an
//! implementation.

mod journal;
mod transport;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;

use crate::file_bytes::FileBytes;
use crate::model::Instant;
use crate::model::listing::Listing;
use crate::model::path::{ContentPath, ReadError};
use crate::record::beginning::LedgerHome;
use crate::record::layout::{EntryChanges, FileChanges, file_changes, first_page};
use crate::record::{Entry, EntryId, Freeze, Genesis, Ledger, Succession};

pub use journal::{Journal, JournalError, Recalled};
pub use transport::{
    AnswerLimit, FileBody, HttpRequest, HttpResponse, NotAfter, NotBefore, Timeout, Transport,
    TransportError, with_body,
};

/// Time.
#[allow(
    async_fn_in_trait,
    reason = "passes run on one thread; no Send bound is wanted"
)]
pub trait Clock {
    /// The wall clock.
    fn now(&self) -> Instant;
    /// Time since some fixed moment, counting time in suspend and no clock steps. Limits
    /// on one's own actions are measured with it.
    fn uptime(&self) -> Duration;
    /// Returns at or after `until`.
    async fn sleep_until(&self, until: Instant);
    /// Returns after `time`, or a little later, whatever becomes of the wall clock.
    async fn pause(&self, time: Duration) {
        let time = TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
        let until = self.now().checked_add_signed(time);
        self.sleep_until(until.unwrap_or(Instant::MAX_UTC)).await;
    }
}

/// Randomness.
pub trait Entropy {
    /// 128 fresh random bits in hex.
    fn nonce(&self) -> String;

    /// A number below `ceiling`, which is at most 65 536: for waits that are not to be in
    /// step with anybody's.
    fn below(&self, ceiling: u32) -> u32 {
        let nonce = self.nonce();
        let digits = nonce.get(..4);
        let random = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        random.unwrap_or(0) % ceiling.max(1)
    }
}

/// The published content: fetched and pinned to one revision.
#[allow(
    async_fn_in_trait,
    reason = "passes run on one thread; no Send bound is wanted"
)]
pub trait ContentSource {
    /// Fetches where there is something to fetch from, and opens the newest revision.
    ///
    /// # Errors
    /// When the remote cannot be reached or there is no such branch.
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError>;

    /// Fetches earlier commits that this place lacks, where there is something to fetch
    /// from. What cannot be had is left out.
    async fn fetch_commits(&self, commits: &BTreeSet<String>) {
        let _ = commits;
    }
}

/// One revision of the content, to be read from any thread.
pub trait ContentTree: Send + Sync {
    /// The commit it was read from; `None`: files of a work tree.
    fn revision(&self) -> Option<String>;
    /// Every document below `folder`, sorted: see [`Listing`].
    ///
    /// # Errors
    /// The folder could not be read; [`ReadError::NotFound`]: there is none.
    fn documents(&self, folder: &ContentPath) -> Result<Vec<ContentPath>, ReadError>;
    /// The same, with what looks like a document and is not read as one.
    ///
    /// # Errors
    /// As [`Self::documents`].
    fn listing(&self, folder: &ContentPath) -> Result<Listing, ReadError> {
        let documents = self.documents(folder)?;
        Ok(Listing {
            documents,
            unread: Vec::new(),
        })
    }
    /// The folders that stand in `folder`; none: in the content root.
    fn folders(&self, folder: Option<&ContentPath>) -> Vec<String> {
        let _ = folder;
        Vec::new()
    }
    /// The bytes of one file. Never follows a symbolic link, never leaves the root.
    ///
    /// # Errors
    /// Says why not; [`ReadError::TooLarge`] when it has more than `limit` bytes.
    fn read(&self, path: &ContentPath, limit: u64) -> Result<Vec<u8>, ReadError>;
    /// One media file, to be read piece by piece, with the same care as [`Self::read`].
    /// A Git LFS pointer is followed where the file it names is at hand, and is returned
    /// as it is where not.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn open(&self, path: &ContentPath, limit: u64) -> Result<Arc<dyn FileBytes>, ReadError>;
    /// A text that is the same for two trees of which every file but `except`, a file of
    /// the content root, is the same; `None`: telling would cost as much as reading.
    fn fingerprint_without(&self, except: &ContentPath) -> Option<String> {
        let _ = except;
        None
    }
    /// Whether the repository has a file at `path`, from its top; true where that cannot be
    /// told.
    fn repository_has(&self, path: &str) -> bool {
        let _ = path;
        true
    }
    /// The documents of other content roots of the repository, with their paths from its top;
    /// `None`: they cannot be looked at.
    fn outside(&self) -> Option<Vec<(String, Vec<u8>)>> {
        None
    }
    /// The configurations in folders above the content root, each with the path of the content
    /// root from there; none where that cannot be told.
    fn above(&self) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }
    /// Whether files may be missing in it that were merged, as in a clone's files, of which
    /// some may not be checked out.
    fn may_lack_files(&self) -> bool {
        false
    }
    /// Whether a pause in its configuration counts. It does not for a sandbox, where nothing
    /// is public.
    fn heeds_pause(&self) -> bool {
        true
    }
    /// The same content root at an earlier commit; `None` where that commit cannot be
    /// read, as in a shallow clone or without git.
    fn at_commit(&self, commit: &str) -> Option<Box<dyn ContentTree>>;
}

/// Why the published content could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The remote did not answer.
    #[error("the remote `{remote}` cannot be reached: {problem}")]
    Unreachable {
        /// Its name.
        remote: String,
        /// git's words, cleaned.
        problem: String,
    },
    /// This clone does not have the remote any more.
    #[error("this clone has no remote `{remote}` any more")]
    NoRemote {
        /// Its name.
        remote: String,
    },
    /// The remote refused to let us read.
    #[error("the remote `{remote}` refused access: {problem}")]
    Denied {
        /// Its name.
        remote: String,
        /// git's words, cleaned.
        problem: String,
    },
    /// There is no such branch.
    #[error("there is no branch `{branch}` on `{place}`")]
    NoBranch {
        /// The branch.
        branch: String,
        /// The remote, or `this clone`.
        place: String,
    },
    /// The remote names no default branch, and none is configured.
    #[error(
        "the remote `{remote}` names no default branch, and `branch` is not set in `mergecast.yaml`"
    )]
    NoDefaultBranch {
        /// Its name.
        remote: String,
    },
    /// The system's own words.
    #[error("{0}")]
    Other(String),
}

/// Which state of the ledger a change is based on; `None`: there is no ledger yet.
pub type LedgerVersion = Option<String>;

/// A ledger as read, and the version it was read at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerSnapshot {
    /// What to base a change on.
    pub version: LedgerVersion,
    /// The entries.
    pub ledger: Ledger,
    /// When its newest change was made, by the clock of whoever made it; `None`: the store
    /// does not know.
    pub changed_at: Option<Instant>,
}

/// What one ledger commit writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerChange {
    /// Entries to write, by id.
    pub put: BTreeMap<EntryId, Entry>,
    /// Entries to take away (the old keys of moves).
    pub remove: Vec<EntryId>,
    /// Files below the entries' folder to take away: what a rebuild found and no entry is.
    pub remove_files: Vec<String>,
    /// A first page to write over the one there is.
    pub first_page: Option<Genesis>,
    /// One line for the log.
    pub summary: String,
    /// Fresh random bits: two commits are never the same, whatever else they share.
    pub nonce: String,
    /// The time of the commit.
    pub at: Instant,
    /// GitHub's number for the repository, recorded when the ledger is created.
    pub repository_id: Option<String>,
    /// What it says about the ledger before it.
    pub succession: Succession,
    /// The other content root that the entries are taken from, which loses them.
    pub taken_from: Option<String>,
    /// The remote's name, recorded when the ledger is created.
    pub remote_name: Option<String>,
    /// The content root begins with this change; a new ledger's root does in any case.
    pub begins_root: bool,
}

impl LedgerChange {
    /// The files it stands for in the ledger of the content root `root`; with a first page
    /// of its own where there is none yet.
    #[must_use]
    pub fn files(&self, root: &str, has_first_page: bool) -> FileChanges {
        let (id, remote) = (self.repository_id.as_deref(), self.remote_name.as_deref());
        let new = || first_page(&self.nonce, id, remote, self.at);
        let first = (self.first_page.clone()).or_else(|| (!has_first_page).then(new));
        let entries = EntryChanges {
            put: &self.put,
            remove: &self.remove,
            remove_files: &self.remove_files,
            taken_from: self.taken_from.as_deref(),
            begins_root: (self.begins_root || !has_first_page).then_some(self.at),
        };
        file_changes(root, first.as_ref(), &entries)
    }
}

/// Who won.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The change is durable, and the newest there is; this is the new version.
    Won(LedgerVersion),
    /// The change is durable, and somebody has built on it already: what the ledger says
    /// by now is to be read.
    BuiltOn,
    /// Somebody else changed the ledger first, and this change is not in it.
    Lost,
}

/// Why the ledger could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The remote did not answer. After a commit: whether the change is in it is not known.
    #[error("the ledger's remote `{remote}` cannot be reached: {problem}")]
    Unreachable {
        /// Its name.
        remote: String,
        /// git's words, cleaned.
        problem: String,
    },
    /// The remote answers, and refuses the push. The change is not in the ledger.
    #[error("the remote `{remote}` refused the push to `{branch}`: {problem}")]
    Refused {
        /// Its name.
        remote: String,
        /// The ledger's branch.
        branch: String,
        /// git's words, cleaned.
        problem: String,
    },
    /// It was moved back, replaced or edited by hand since it was read. The change is not in
    /// it.
    #[error("the ledger does not continue what this run read")]
    Broken(Vec<Freeze>),
    /// It was there when this run began and is gone. The change is nowhere.
    #[error("the ledger was deleted while this run was at work")]
    Gone,
    /// Another branch keeps the ledger's from being made: git has either `a` or `a/b`.
    #[error("the branch `{other}` of `{remote}` keeps `{branch}` from being made")]
    NameTaken {
        /// The remote.
        remote: String,
        /// The ledger's branch.
        branch: String,
        /// The branch in the way.
        other: String,
    },
    /// The system's own words.
    #[error("{0}")]
    Other(String),
}

/// The ledger: the write-ahead log and the lock.
#[allow(
    async_fn_in_trait,
    reason = "passes run on one thread; no Send bound is wanted"
)]
pub trait LedgerStore {
    /// Reads the newest state, from the remote where there is one.
    ///
    /// # Errors
    /// When it cannot be reached or read.
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError>;

    /// Writes `change` if the ledger is still at `base`. Who won is told by reading the
    /// ledger again, never by what the push said. The first change creates the ledger.
    ///
    /// # Errors
    /// When the store cannot be reached or refuses.
    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError>;

    /// The tips that a change of the ledger at `base` replaces, where that ledger does not
    /// continue what was known: those that this clone remembers. Empty for stores that
    /// remember nothing.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn replaced(&self, _base: &LedgerVersion) -> Result<Vec<String>, LedgerError> {
        Ok(Vec::new())
    }

    /// How this ledger may begin, and what it belongs to.
    fn home(&self) -> LedgerHome {
        LedgerHome::default()
    }

    /// Sets the mark that a ledger began here, where the ledger that was read last has none
    /// yet; it was made by a version that knew no marks.
    ///
    /// # Errors
    /// Why the mark cannot be set. The ledger is as good as before.
    async fn mark_begun(&self) -> Result<(), String> {
        Ok(())
    }
}

/// What became of a lockfile that was to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockfileWritten {
    /// The bytes were there already.
    Unchanged,
    /// Committed and pushed on the published branch.
    Pushed,
    /// Written as a file, for the user to commit.
    File,
    /// The branch is protected: its remote refused the push.
    Protected {
        /// git's words, cleaned.
        problem: String,
    },
    /// It could not be written now; the next pass tries again.
    Failed {
        /// Why.
        problem: String,
    },
}

/// The lockfile on the published branch.
#[allow(
    async_fn_in_trait,
    reason = "passes run on one thread; no Send bound is wanted"
)]
pub trait LockfileStore {
    /// Its bytes on the published branch; `None`: there is none.
    ///
    /// # Errors
    /// It is there and could not be read.
    async fn read(&self) -> Result<Option<Bytes>, ReadError>;
    /// The same when `tree` was loaded just now. Where that is a commit of the same branch,
    /// the remote need not be asked a second time.
    ///
    /// # Errors
    /// As [`Self::read`].
    async fn read_beside(&self, tree: &dyn ContentTree) -> Result<Option<Bytes>, ReadError> {
        let _ = tree;
        self.read().await
    }
    /// Puts `text` on top of the newest tip of the published branch.
    async fn write(&self, text: &Bytes) -> LockfileWritten;
}

/// Told about progress, for people who watch.
pub trait Progress {
    /// An upload of `bytes` bytes begins.
    fn upload_started(&self, path: &ContentPath, bytes: u64);
    /// So many more bytes of it are there.
    fn upload_advanced(&self, path: &ContentPath, bytes: u64);
    /// That upload ended.
    fn upload_finished(&self, path: &ContentPath);
}

/// The ports one pass is given.
pub trait World {
    /// Time.
    type Clock: Clock;
    /// Randomness.
    type Entropy: Entropy;
    /// The published content.
    type Content: ContentSource;
    /// The ledger.
    type Ledger: LedgerStore;
    /// The lockfile.
    type Lockfile: LockfileStore;
    /// What this machine remembers.
    type Journal: Journal;
    /// HTTP.
    type Transport: Transport;
    /// People who watch.
    type Progress: Progress;

    /// Time.
    fn clock(&self) -> &Self::Clock;
    /// Randomness.
    fn entropy(&self) -> &Self::Entropy;
    /// The published content.
    fn content(&self) -> &Self::Content;
    /// The ledger.
    fn ledger(&self) -> &Self::Ledger;
    /// The lockfile.
    fn lockfile(&self) -> &Self::Lockfile;
    /// What this machine remembers.
    fn journal(&self) -> &Self::Journal;
    /// HTTP.
    fn transport(&self) -> &Self::Transport;
    /// People who watch.
    fn progress(&self) -> &Self::Progress;
}

/// A set of ports, each by itself.
#[derive(Debug)]
pub struct Ports<C, E, S, L, K, J, T, P> {
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
    /// The published content.
    pub content: S,
    /// The ledger.
    pub ledger: L,
    /// The lockfile.
    pub lockfile: K,
    /// What this machine remembers.
    pub journal: J,
    /// HTTP.
    pub transport: T,
    /// People who watch.
    pub progress: P,
}

impl<C, E, S, L, K, J, T, P> World for Ports<C, E, S, L, K, J, T, P>
where
    C: Clock,
    E: Entropy,
    S: ContentSource,
    L: LedgerStore,
    K: LockfileStore,
    J: Journal,
    T: Transport,
    P: Progress,
{
    type Clock = C;
    type Entropy = E;
    type Content = S;
    type Ledger = L;
    type Lockfile = K;
    type Journal = J;
    type Transport = T;
    type Progress = P;

    fn clock(&self) -> &C {
        &self.clock
    }
    fn entropy(&self) -> &E {
        &self.entropy
    }
    fn content(&self) -> &S {
        &self.content
    }
    fn ledger(&self) -> &L {
        &self.ledger
    }
    fn lockfile(&self) -> &K {
        &self.lockfile
    }
    fn journal(&self) -> &J {
        &self.journal
    }
    fn transport(&self) -> &T {
        &self.transport
    }
    fn progress(&self) -> &P {
        &self.progress
    }
}
