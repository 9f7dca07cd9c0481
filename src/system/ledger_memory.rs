//! A ledger in memory, for simulations.
//!
//! Owns a remote as a value ([`MemoryRemote`]) that outlives the stores reading it: a
//! store that is dropped in the middle loses nothing durable, as with a real remote.
//! Faults are scripted. Must not be used to publish.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::ports::{
    Committed, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore, LedgerVersion,
};
use crate::record::beginning::{Begins, BegunMark, LedgerHome, Standing};
use crate::record::ledger::root_marker;
use crate::record::{Freeze, Genesis, Ledger};

/// Files by name from the ledger's root.
type Files = BTreeMap<String, Vec<u8>>;

/// Something that goes wrong with one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerFault {
    /// It lands, the answer is lost, and reading the ledger again tells who won.
    LoseAnswer,
    /// It lands, and then nothing can be read: whether it landed is not known.
    LoseAnswerAndRemote,
    /// The remote is gone before it lands.
    Unreachable,
    /// The remote answers and refuses it.
    Refuse,
    /// It lands, and the caller never hears of it: to be dropped.
    HangAfterLanding,
    /// Nothing lands, and the caller never hears of it: to be dropped.
    HangBeforeLanding,
}

/// The durable side of ledgers in memory. Clones are the same remote.
#[derive(Clone, Debug, Default)]
pub struct MemoryRemote(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    /// Every state there ever was, by version.
    states: BTreeMap<String, Files>,
    tip: LedgerVersion,
    /// The mark that a ledger began, which stays when the ledger is deleted.
    begun: Option<BegunMark>,
    made: u64,
    commit_faults: VecDeque<Option<LedgerFault>>,
    unreachable_loads: u32,
}

impl MemoryRemote {
    /// The next commit that has no fault yet suffers this one.
    pub fn fail_commit(&self, fault: LedgerFault) {
        self.0.borrow_mut().commit_faults.push_back(Some(fault));
    }

    /// The next commit that has no fault yet goes well: to script a later one.
    pub fn let_commit(&self) {
        self.0.borrow_mut().commit_faults.push_back(None);
    }

    /// The next `count` loads do not reach the remote.
    pub fn fail_loads(&self, count: u32) {
        self.0.borrow_mut().unreachable_loads += count;
    }

    /// A remote of its own with the same states and no scripted faults: what happens to
    /// one does not happen to the other.
    #[must_use]
    pub fn fork(&self) -> Self {
        let state = self.0.borrow();
        Self(Rc::new(RefCell::new(State {
            states: state.states.clone(),
            tip: state.tip.clone(),
            begun: state.begun.clone(),
            made: state.made,
            ..State::default()
        })))
    }

    /// The newest version.
    #[must_use]
    pub fn version(&self) -> LedgerVersion {
        self.0.borrow().tip.clone()
    }

    /// Every version there ever was, the oldest first.
    #[must_use]
    pub fn versions(&self) -> Vec<String> {
        let state = self.0.borrow();
        let mut versions: Vec<String> = state.states.keys().cloned().collect();
        let number = |version: &String| version.split('-').next()?.parse::<u64>().ok();
        versions.sort_by_key(number);
        versions
    }

    /// Every file of the newest version.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.0.borrow().newest()
    }

    /// Somebody edits a file by hand (`None`: takes it away); a new version.
    pub fn edit(&self, name: &str, bytes: Option<&[u8]>) {
        let mut state = self.0.borrow_mut();
        let mut files = state.newest();
        match bytes {
            Some(bytes) => files.insert(name.to_owned(), bytes.to_vec()),
            None => files.remove(name),
        };
        state.land(files, "edit");
    }

    /// Somebody moves the ledger to a version it once had, or deletes it.
    pub fn force(&self, version: &LedgerVersion) {
        self.0.borrow_mut().tip.clone_from(version);
    }
}

impl State {
    fn newest(&self) -> Files {
        let files = self.tip.as_ref().and_then(|tip| self.states.get(tip));
        files.cloned().unwrap_or_default()
    }

    fn land(&mut self, files: Files, nonce: &str) -> String {
        self.made += 1;
        let version = format!("{}-{nonce}", self.made);
        self.states.insert(version.clone(), files);
        self.tip = Some(version.clone());
        version
    }
}

/// The ledger of one content root on a [`MemoryRemote`].
#[derive(Clone, Debug)]
pub struct MemoryLedger {
    remote: MemoryRemote,
    root: String,
    home: LedgerHome,
    branch: String,
}

impl MemoryLedger {
    /// The ledger of the content root `root` on `remote`.
    #[must_use]
    pub fn new(remote: MemoryRemote, root: &str) -> Self {
        Self {
            remote,
            root: root.to_owned(),
            home: LedgerHome::default(),
            branch: "mergecast/state".to_owned(),
        }
    }

    /// The same on a branch of this name, which may begin as `home` says. One that does not
    /// begin by itself is marked, as on a real remote.
    #[must_use]
    pub fn at_home(mut self, home: LedgerHome, branch: &str) -> Self {
        self.home = home;
        branch.clone_into(&mut self.branch);
        self
    }

    fn is_marked(&self) -> bool {
        self.home.begins != Begins::ByItself
    }

    /// What the mark says about what is found on this store's branch.
    fn misplaced(&self, begun: Option<&BegunMark>, standing: &Standing<'_>) -> Option<Freeze> {
        let begun = begun.filter(|_| self.is_marked())?;
        begun.check(&self.branch, standing)
    }

    fn land(&self, base: &LedgerVersion, change: &LedgerChange) -> Committed {
        let mut state = self.remote.0.borrow_mut();
        if state.tip != *base {
            return Committed::Lost;
        }
        let id = match (&change.first_page, base) {
            (Some(genesis), _) => Some(&genesis.ledger_id),
            (None, None) => Some(&change.nonce),
            (None, Some(_)) => None,
        };
        if let Some(id) = id {
            state.begun = Some(BegunMark::new(id, &self.branch));
        }
        let mut files = state.newest();
        let changes = change.files(&self.root, files.contains_key(Genesis::FILE));
        for (name, bytes) in changes {
            match bytes {
                Some(bytes) => files.insert(name, bytes),
                None => files.remove(&name),
            };
        }
        Committed::Won(Some(state.land(files, &change.nonce)))
    }
}

fn unreachable() -> LedgerError {
    LedgerError::Unreachable {
        remote: "memory".to_owned(),
        problem: "the connection was reset".to_owned(),
    }
}

impl LedgerStore for MemoryLedger {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        let mut state = self.remote.0.borrow_mut();
        if state.unreachable_loads > 0 {
            state.unreachable_loads -= 1;
            return Err(unreachable());
        }
        let mark = state.begun.clone();
        let elsewhere = mark.as_ref().and_then(|mark| mark.branch.clone());
        let elsewhere = elsewhere.is_some_and(|branch| self.is_marked() && branch != self.branch);
        if state.tip.is_none() || elsewhere {
            let mut ledger = Ledger::default();
            let freeze = self.misplaced(mark.as_ref(), &Standing::Nothing);
            ledger.freezes.extend(freeze);
            let version = None;
            return Ok(LedgerSnapshot { version, ledger });
        }
        let files = state.newest();
        let named = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let genesis = files.get(Genesis::FILE).map(Vec::as_slice);
        let marked = files.contains_key(&root_marker(&self.root));
        let mut ledger = Ledger::of_root_from_files(&self.root, genesis, named).with_marker(marked);
        let standing = Standing::Ledger(ledger.genesis.as_ref());
        let freeze = self.misplaced(mark.as_ref(), &standing);
        ledger.freezes.extend(freeze);
        Ok(LedgerSnapshot {
            version: state.tip.clone(),
            ledger,
        })
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        let fault = self.remote.0.borrow_mut().commit_faults.pop_front();
        match fault.flatten() {
            None | Some(LedgerFault::LoseAnswer) => Ok(self.land(base, change)),
            Some(LedgerFault::LoseAnswerAndRemote) => {
                self.land(base, change);
                Err(unreachable())
            }
            Some(LedgerFault::Unreachable) => Err(unreachable()),
            Some(LedgerFault::Refuse) => Err(LedgerError::Refused {
                remote: "memory".to_owned(),
                branch: "mergecast/state".to_owned(),
                problem: "protected branch hook declined".to_owned(),
            }),
            Some(LedgerFault::HangAfterLanding) => {
                self.land(base, change);
                std::future::pending().await
            }
            Some(LedgerFault::HangBeforeLanding) => std::future::pending().await,
        }
    }

    fn home(&self) -> LedgerHome {
        self.home.clone()
    }
}
