//! What a process keeps from one pass to the next.
//!
//! Owns how far ahead it gets ready, content as read by revision, the shelf of uploaded
//! media, and the wish to stop. Nothing in it is durable and nothing in it decides what is
//! published: a pass with an empty one does the same, later.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use tokio::sync::watch;

use crate::diagnostic::Diagnostic;
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::path::ContentPath;
use crate::pass::load::{Content, look_outside, read_content};
use crate::pass::lookup::Lookups;
use crate::pass::runs_on::RunsOn;
use crate::pass::shelf::Shelf;
use crate::plan::Settled;
use crate::ports::{Clock, ContentTree};
use crate::record::journal::{Memory, Note};
use crate::record::lockfile::{LOCKFILE, Lockfile, Written};
use crate::record::{Checked, Ledger, Recorded, SentMedia, Witness};

/// How long before its time a long-running process begins the pass that sends a post:
/// content is fetched, and `sending` declared, at most so long before the request.
pub const AHEAD: TimeDelta = TimeDelta::seconds(5);
/// A pass leaves first comments and the lockfile to the next one when a post falls due
/// within this after it was planned.
const HURRY: TimeDelta = TimeDelta::seconds(15);

/// Tells a pass to begin nothing more.
#[derive(Clone, Debug)]
pub struct StopSignal(Option<watch::Receiver<bool>>);

impl StopSignal {
    /// Nobody will ask to stop.
    #[must_use]
    pub fn never() -> Self {
        Self(None)
    }

    /// Set once `wish` holds true.
    #[must_use]
    pub fn new(wish: watch::Receiver<bool>) -> Self {
        Self(Some(wish))
    }

    /// Whether to stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.as_ref().is_some_and(|wish| *wish.borrow())
    }

    /// Returns once it is set.
    pub async fn wait(&self) {
        let Some(mut wish) = self.0.clone() else {
            return std::future::pending().await;
        };
        if wish.wait_for(|wish| *wish).await.is_err() {
            // Whoever could set it is gone.
            std::future::pending::<()>().await;
        }
    }

    /// `work`, unless it is to stop before that is done: then `None`, and `work` is dropped.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        use futures_util::future::{Either, select};
        match select(std::pin::pin!(work), std::pin::pin!(self.wait())).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}

/// See the module. Clones are the same.
#[derive(Clone)]
pub struct Standby(Rc<Kept>);

/// Content as it was read.
struct KnownContent {
    revision: String,
    /// Equal for two revisions that differ in nothing but the lockfile.
    fingerprint: Option<String>,
    content: Arc<Content>,
}

struct Kept {
    ahead: TimeDelta,
    stop: StopSignal,
    shelf: Option<Shelf>,
    content: RefCell<Option<KnownContent>>,
    witness: RefCell<Rc<Witness>>,
    checked: RefCell<Checked>,
    written: RefCell<Written>,
    settled: RefCell<Settled>,
    lookups: RefCell<Lookups>,
    /// Earlier commits that were fetched, or could not be: they are not asked for again.
    fetched: RefCell<BTreeSet<String>>,
    /// Since when open attempts were seen to stand as they stand, on the clock that nobody
    /// sets.
    first_seen: RefCell<BTreeMap<String, Duration>>,
    /// What this machine wrote down, and the name of the journal it is in.
    memory: RefCell<(Memory, String)>,
    /// What this process uploaded.
    uploads: RefCell<Vec<SentMedia>>,
    /// Whether the last pass left comments or the lockfile to the next one.
    owes: Cell<bool>,
    /// Where this process publishes from and records; `None`: nobody else could.
    runs_on: RefCell<Option<RunsOn>>,
    /// Whether `runs_on` is what was published when a pass looked.
    looked: Cell<bool>,
    displaced: Cell<bool>,
}

impl Standby {
    /// For a process that runs passes when posts are due already, as `apply` does.
    #[must_use]
    pub fn at_once(stop: StopSignal) -> Self {
        Self::new(TimeDelta::zero(), stop, None)
    }

    /// For a process that is there before posts are due: passes that begin [`AHEAD`] of a
    /// post's time send it in time, and leave uploads to [`crate::pass::shelf::prepare`].
    #[must_use]
    pub fn ahead(stop: StopSignal) -> Self {
        Self::new(AHEAD, stop, Some(Shelf::default()))
    }

    fn new(ahead: TimeDelta, stop: StopSignal, shelf: Option<Shelf>) -> Self {
        Self(Rc::new(Kept {
            ahead,
            stop,
            shelf,
            content: RefCell::default(),
            witness: RefCell::default(),
            checked: RefCell::default(),
            written: RefCell::default(),
            settled: RefCell::default(),
            lookups: RefCell::default(),
            fetched: RefCell::default(),
            first_seen: RefCell::default(),
            memory: RefCell::default(),
            uploads: RefCell::default(),
            owes: Cell::new(false),
            runs_on: RefCell::default(),
            looked: Cell::new(false),
            displaced: Cell::new(false),
        }))
    }

    /// Those of `commits` that this process never tried to fetch; it has now.
    pub(super) fn never_fetched(&self, commits: BTreeSet<String>) -> BTreeSet<String> {
        let mut fetched = self.0.fetched.borrow_mut();
        let new = commits.into_iter();
        new.filter(|commit| fetched.insert(commit.clone()))
            .collect()
    }

    /// The same for a process that shares its ledger with others: once something else than
    /// `runs_on` is published, no pass goes on.
    #[must_use]
    pub fn running_on(self, runs_on: RunsOn) -> Self {
        *self.0.runs_on.borrow_mut() = Some(runs_on);
        self
    }

    /// Whether a merge moved what this process runs on, so that it has to end.
    #[must_use]
    pub fn is_displaced(&self) -> bool {
        self.0.displaced.get()
    }

    /// The problem of going on, where `published` moved what this process runs on.
    pub(super) fn displaced_by(&self, published: &Config) -> Option<Diagnostic> {
        let mut runs_on = self.0.runs_on.borrow_mut();
        let published = RunsOn::of(published);
        let problem = runs_on.as_ref()?.moved(&published, !self.0.looked.get());
        match problem {
            Some(_) => self.0.displaced.set(true),
            None => {
                self.0.looked.set(true);
                *runs_on = Some(published);
            }
        }
        problem
    }

    /// The wish to stop.
    #[must_use]
    pub fn stop(&self) -> &StopSignal {
        &self.0.stop
    }

    /// Whether the last pass left something to the next one, which need not hurry.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.0.owes.get()
    }

    /// Media made ready outside passes; `None`: passes upload themselves.
    #[must_use]
    pub fn shelf(&self) -> Option<&Shelf> {
        self.0.shelf.as_ref()
    }

    pub(super) fn ahead_by(&self) -> TimeDelta {
        self.0.ahead
    }

    /// A pass begins.
    pub(super) fn begin(&self) {
        self.0.owes.set(false);
    }

    /// Whether a pass should leave what can wait to the next one, since a post falls due
    /// soon. What it leaves is remembered.
    pub(super) fn hurries(&self, next_due: Option<Instant>, now: Instant) -> bool {
        let soon = next_due.is_some_and(|next| next - now <= HURRY);
        let hurries = soon && !self.0.ahead.is_zero();
        if hurries {
            self.0.owes.set(true);
        }
        hurries
    }

    /// Waits until `until`, or until it is to stop.
    pub(super) async fn sleep(&self, clock: &impl Clock, until: Instant) {
        let _ = self.0.stop.or(clock.sleep_until(until)).await;
    }

    /// The content of `tree`, read once for each revision; and not again for one that
    /// changed the lockfile only, as every run that published makes one.
    ///
    /// # Errors
    /// As [`read_content`].
    pub(super) fn read(&self, tree: &dyn ContentTree) -> Result<Arc<Content>, Vec<Diagnostic>> {
        let Some(revision) = tree.revision() else {
            *self.0.content.borrow_mut() = None;
            return Ok(Arc::new(read_content(tree)?));
        };
        let mut known = self.0.content.borrow_mut();
        if let Some(known) = known.as_ref().filter(|known| known.revision == revision) {
            return Ok(Arc::clone(&known.content));
        }
        let lockfile = ContentPath::parse(LOCKFILE).ok();
        let fingerprint = lockfile.and_then(|path| tree.fingerprint_without(&path));
        // What could not be read may be there by now: a Git LFS object is in no commit.
        let same = |known: &&KnownContent| {
            let whole = known.content.desired.blocked.is_empty();
            whole && fingerprint.is_some() && known.fingerprint == fingerprint
        };
        let content = match known.as_ref().filter(same) {
            Some(known) => {
                let mut content = known.content.as_ref().clone();
                content.desired.content_commit = Some(revision.clone());
                look_outside(tree, &mut content.desired);
                content
            }
            None => read_content(tree)?,
        };
        let content = Arc::new(content);
        *known = Some(KnownContent {
            revision,
            fingerprint,
            content: Arc::clone(&content),
        });
        Ok(content)
    }

    /// The lockfile of these bytes, read once as long as they stay the same. Where they are
    /// what would be written of `ledger`, as they nearly always are, they need not be read.
    pub(super) fn witness(&self, bytes: Option<Bytes>, ledger: &Ledger) -> Rc<Witness> {
        let mut known = self.0.witness.borrow_mut();
        if known.is(bytes.as_ref()) {
            return Rc::clone(&known);
        }
        let written = bytes.as_ref().and_then(|bytes| {
            let (lockfile, text) = self.lockfile_of(ledger);
            (text == *bytes).then(|| Witness::written(lockfile, text))
        });
        *known = Rc::new(written.unwrap_or_else(|| Witness::read(bytes)));
        Rc::clone(&known)
    }

    /// The ledger, checked against `witness` and the repository it runs in.
    pub(super) fn recorded(
        &self,
        ledger: &Ledger,
        witness: &Witness,
        repository_id: Option<&str>,
    ) -> Recorded {
        let checked = &mut self.0.checked.borrow_mut();
        Recorded::with(ledger.clone(), witness, repository_id, checked)
    }

    /// What the lockfile of `ledger` is, and its text.
    pub(super) fn lockfile_of(&self, ledger: &Ledger) -> (Arc<Lockfile>, Bytes) {
        self.0.written.borrow_mut().next(ledger)
    }

    /// The lockfile is `lockfile` now, so that the next pass need not read its text.
    pub(super) fn wrote(&self, lockfile: Arc<Lockfile>, text: Bytes) {
        *self.0.witness.borrow_mut() = Rc::new(Witness::written(lockfile, text));
    }

    /// What passes have asked about.
    pub(super) fn lookups(&self) -> &RefCell<Lookups> {
        &self.0.lookups
    }

    /// Keeps what this machine's journal of the name `home` holds.
    pub(super) fn remember(&self, memory: &Memory, home: &str) {
        *self.0.memory.borrow_mut() = (memory.clone(), home.to_owned());
    }

    /// When an attempt was first seen to stand as it stands, on the clock of `uptime`; where
    /// that is now, `note` is called with what is to be written down.
    pub(super) fn first_seen(
        &self,
        stand: &str,
        uptime: Duration,
        note: impl FnOnce(Note),
    ) -> Duration {
        let mut known = self.0.first_seen.borrow_mut();
        if let Some(first) = known.get(stand) {
            return *first;
        }
        let memory = self.0.memory.borrow();
        let (memory, home) = &*memory;
        let noted = memory
            .first_seen(stand, home)
            .filter(|first| *first <= uptime);
        let first = noted.unwrap_or_else(|| {
            let home = home.clone();
            note(Note::Seen { home, uptime });
            uptime
        });
        known.insert(stand.to_owned(), first);
        first
    }

    /// This process uploaded `media`.
    pub(super) fn uploaded(&self, media: SentMedia) {
        self.0.uploads.borrow_mut().push(media);
    }

    /// Whether this machine itself uploaded `media`, as far as it remembers.
    pub(super) fn proves(&self, media: &SentMedia) -> bool {
        self.0.uploads.borrow().contains(media) || self.0.memory.borrow().0.uploaded(media)
    }

    /// Judgements of the last plan that no clock changes.
    pub(super) fn settled(&self) -> &RefCell<Settled> {
        &self.0.settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Entry;
    use crate::record::testing::{published, sending, skipped};

    fn poll<T>(work: impl Future<Output = T>) -> Option<T> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(work).poll(&mut context) {
            std::task::Poll::Ready(done) => Some(done),
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn a_wish_to_stop_ends_what_waits_and_lets_what_is_done_be_done() {
        let (ask, wish) = watch::channel(false);
        let stop = StopSignal::new(wish);
        assert_eq!(poll(stop.or(async { 1 })), Some(Some(1)));
        assert_eq!(poll(stop.or(std::future::pending::<()>())), None);
        ask.send_replace(true);
        assert!(stop.is_set());
        assert_eq!(poll(stop.or(std::future::pending::<()>())), Some(None));
    }

    #[test]
    fn nobody_asks_once_who_could_is_gone() {
        let (ask, wish) = watch::channel(false);
        drop(ask);
        assert_eq!(poll(StopSignal::new(wish).wait()), None);
        assert_eq!(poll(StopSignal::never().wait()), None);
    }

    /// Whatever the ledger says, the lockfile says what its bytes say.
    #[test]
    fn a_lockfile_is_the_same_read_or_found_to_be_what_would_be_written() {
        let of = |entries: Vec<Entry>| Ledger {
            entries: entries.into_iter().map(|e| (e.id(), e)).collect(),
            ..Ledger::default()
        };
        let (one, two) = (published("a", "x", 1), skipped("b", "y"));
        let mut damaged = two.clone();
        damaged.urn.clone_from(&one.urn);
        let ledgers = [
            of(vec![one.clone(), two]),
            of(vec![sending("c", "z"), one]),
            of(vec![damaged]),
            Ledger::default(),
        ];
        let texts = ledgers.iter().map(|ledger| {
            let text = Lockfile::from_ledger(ledger).to_text();
            Some(Bytes::from(text))
        });
        let others = [None, Some(Bytes::from_static(b"posts: ["))];
        let texts: Vec<Option<Bytes>> = texts.chain(others).collect();
        let kept = Standby::at_once(StopSignal::never());
        for (ledger, bytes) in ledgers
            .iter()
            .flat_map(|ledger| texts.iter().map(move |bytes| (ledger, bytes)))
        {
            let fresh = Standby::at_once(StopSignal::never());
            for standby in [&kept, &fresh] {
                let witness = standby.witness(bytes.clone(), ledger);
                assert_eq!(*witness, Witness::read(bytes.clone()));
            }
        }
    }

    #[test]
    fn only_who_is_there_before_the_time_hurries() {
        let now: Instant = "2026-09-03T08:00:00Z".parse().unwrap();
        let soon = Some(now + TimeDelta::seconds(9));
        let early = Standby::ahead(StopSignal::never());
        assert!(early.hurries(soon, now) && early.owes());
        early.begin();
        assert!(!early.hurries(Some(now + TimeDelta::minutes(1)), now) && !early.owes());
        assert!(!Standby::at_once(StopSignal::never()).hurries(soon, now));
    }
}
