//! The ledger on a branch of a remote.
//!
//! Owns the compare-and-swap by push: who won is decided by reading the branch again,
//! never by what the push said. Must not look into entries.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::ObjectId;

use super::begun::{self, Fetched, Mark, NewMark, fetch_ledger, push_marked};
use super::command::REMOTE;
use super::failure::Failure;
use super::fetch::{Extent, RemoteFailure, all_branches, fetch_tip, remote_tip};
use super::ledger_past::{Found, Memory, MemoryRefs, Past};
use super::ledger_tree::{self, KnownLedger};
use super::objects;
use super::patience::{Patience, persist};
use super::push::{Pushed, Update, push};
use super::repository::Repository;
use crate::model::Instant;
use crate::ports::{
    Clock, Committed, Entropy, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion,
};
use crate::record::beginning::{BegunMark, LedgerHome, Standing};
use crate::record::{Freeze, Ledger};

/// The ledger of one content root on a remote's branch.
#[derive(Clone, Debug)]
pub struct RemoteLedger<C, E> {
    repository: Repository,
    remote: String,
    branch: String,
    clock: C,
    entropy: E,
    known: KnownLedger,
    home: LedgerHome,
    /// Whether GitHub's number for the repository is known, which says more than a name.
    has_number: bool,
    /// What was read last, and the mark beside it.
    last: Arc<Mutex<Last>>,
}

#[derive(Debug, Default)]
struct Last {
    mark: Option<Mark>,
    /// The ledger that has no mark yet.
    unmarked: Option<String>,
    /// Whether this process tried to set the mark: what is refused is refused again.
    tried: bool,
}

/// Where the branch stands after a push.
enum Verdict {
    /// It stands at our commit.
    Ours,
    /// Our commit is in it, and somebody built on it.
    BuiltOn,
    /// It stands where it stood.
    Unmoved,
    /// It moved, and our commit is not in it.
    Moved,
}

impl<C: Clock, E: Entropy> RemoteLedger<C, E> {
    /// The ledger of `repository`'s content root on `branch` of `remote`; waits between
    /// tries go through `clock`, and `entropy` keeps runs from waiting in step.
    #[must_use]
    pub fn new(
        repository: Repository,
        remote: String,
        branch: String,
        clock: C,
        entropy: E,
    ) -> Self {
        Self {
            repository,
            remote,
            branch,
            clock,
            entropy,
            known: KnownLedger::default(),
            home: LedgerHome::default(),
            has_number: false,
            last: Arc::default(),
        }
    }

    /// The same ledger, with how it may begin and what it belongs to. `has_number`: whether
    /// GitHub's number for the repository is known here.
    #[must_use]
    pub fn at_home(mut self, home: LedgerHome, has_number: bool) -> Self {
        self.home = home;
        self.has_number = has_number;
        self
    }

    fn error(&self, failed: RemoteFailure) -> LedgerError {
        match failed.failure {
            Failure::Denied | Failure::Forbidden => self.refused(failed.problem),
            Failure::Transport => self.unreachable(failed.problem),
            Failure::Local | Failure::NoSuchBranch => LedgerError::Other(failed.problem),
        }
    }

    fn unreachable(&self, problem: String) -> LedgerError {
        LedgerError::Unreachable {
            remote: self.remote.clone(),
            problem,
        }
    }

    fn refused(&self, problem: String) -> LedgerError {
        LedgerError::Refused {
            remote: self.remote.clone(),
            branch: self.branch.clone(),
            problem,
        }
    }

    fn refs(&self) -> MemoryRefs {
        MemoryRefs {
            own: memory_ref(&self.remote, &self.branch),
            verified: format!("refs/mergecast/verified/{}/{}", self.remote, self.branch),
        }
    }

    /// The newest commit of the ledger that this clone knows: from its own memory, else from
    /// git's.
    fn remembered(&self) -> Result<Memory, LedgerError> {
        let opened = self.repository.open().map_err(other)?;
        let tracked = format!("refs/remotes/{}/{}", self.remote, self.branch);
        self.refs().read(&opened, Some(&tracked)).map_err(other)
    }

    async fn fetch(&self, extent: Extent) -> Result<Option<ObjectId>, RemoteFailure> {
        let (remote, branch) = (&self.remote, &self.branch);
        fetch_tip(&self.repository, remote, branch, REMOTE, extent).await
    }

    /// The ledger at `tip`, and whether it continues what this clone knew before it was
    /// fetched.
    async fn read(
        &self,
        tip: Option<ObjectId>,
        memory: &Memory,
    ) -> Result<LedgerSnapshot, LedgerError> {
        let opened = self.repository.open().map_err(other)?;
        let (git, root) = (&self.repository.git, self.repository.prefix());
        let mut ledger = match tip {
            Some(tip) => self.known.read(&opened, git, tip, root).map_err(other)?,
            None => Ledger::default(),
        };
        let version = tip.map(|tip| tip.to_string());
        let changed_at = tip.and_then(|tip| objects::date_of(&opened, tip).ok());
        if tip.is_some() && memory.own == tip && self.known.is_checked(tip) {
            return Ok(LedgerSnapshot {
                version,
                ledger,
                changed_at,
            });
        }
        let found = {
            let past = Past {
                repository: &opened,
                git,
                root,
                remembered: memory.newest,
                verified: memory.verified,
            };
            past.look(tip, &ledger).map_err(other)?
        };
        let found = match found.whole {
            true => found,
            false => self.look_deeper(tip, memory, &ledger).await?,
        };
        let refs = self.refs();
        let whole = refs.keep(&self.repository, memory, tip, found, &mut ledger);
        if let (true, Some(tip)) = (whole.await, tip) {
            self.known.checked(tip);
        }
        Ok(LedgerSnapshot {
            version,
            ledger,
            changed_at,
        })
    }

    /// Gets the ledger's whole history, and looks again.
    async fn look_deeper(
        &self,
        tip: Option<ObjectId>,
        memory: &Memory,
        ledger: &Ledger,
    ) -> Result<Found, LedgerError> {
        let fetched = self.fetch(Extent::Whole).await;
        fetched.map_err(|failed| self.error(failed))?;
        let opened = self.repository.open().map_err(other)?;
        let past = Past {
            repository: &opened,
            git: &self.repository.git,
            root: self.repository.prefix(),
            remembered: memory.newest,
            verified: memory.verified,
        };
        let found = past.look(tip, ledger).map_err(other)?;
        if found.whole {
            return Ok(found);
        }
        let branch = &self.branch;
        Err(self.unreachable(format!("the history of `{branch}` is not whole")))
    }

    async fn fetch_marked(&self) -> Result<Fetched, RemoteFailure> {
        fetch_ledger(&self.repository, &self.remote, &self.branch).await
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger that has no mark, once a process: what is refused is refused again.
    fn first_try(&self) -> Option<String> {
        let mut last = self.last();
        let id = last.unmarked.take().filter(|_| !last.tried)?;
        last.tried = true;
        Some(id)
    }

    /// What is wrong with where the ledger stands; remembers the mark for the next change.
    fn misplaced(&self, mark: Option<Mark>, standing: &Standing<'_>) -> Vec<Freeze> {
        let branch = &self.branch;
        let freeze = mark
            .as_ref()
            .and_then(|mark| mark.says.check(branch, standing));
        let genesis = match standing {
            Standing::Nothing => None,
            Standing::Ledger(genesis) => *genesis,
        };
        let unmarked = genesis.filter(|_| mark.is_none());
        let unmarked = unmarked.map(|genesis| genesis.ledger_id.clone());
        let mut last = self.last();
        (last.mark, last.unmarked) = (mark, unmarked);
        drop(last);
        let ours = self.home.remote_name.as_ref();
        // A number says more than a name, where both know it.
        let named = genesis.filter(|genesis| !self.has_number || genesis.repository_id.is_none());
        let named = named.and_then(|genesis| genesis.remote.as_ref());
        let other = named
            .zip(ours)
            .filter(|(expected, found)| expected != found);
        let other = other.map(|(expected, found)| Freeze::OtherRemote {
            expected: expected.clone(),
            found: found.clone(),
        });
        freeze.into_iter().chain(other).collect()
    }

    /// The mark that a change brings with it: a new ledger's, and one of a new first page.
    fn new_mark(
        &self,
        expected: Option<ObjectId>,
        change: &LedgerChange,
    ) -> Result<Option<NewMark>, LedgerError> {
        let id = match (&change.first_page, expected) {
            (Some(genesis), _) => &genesis.ledger_id,
            (None, None) => &change.nonce,
            (None, Some(_)) => return Ok(None),
        };
        let says = BegunMark::new(id, &self.branch);
        let mark = begun::write(&self.repository, &says, change.at);
        mark.map(Some).map_err(other)
    }

    async fn push(
        &self,
        commit: ObjectId,
        expected: Option<ObjectId>,
        mark: Option<NewMark>,
        first: bool,
    ) -> Pushed {
        let (repository, remote) = (&self.repository, &self.remote);
        let (Some(mark), Some(name)) = (mark, objects::branch_ref(&self.branch)) else {
            return push(repository, remote, &self.branch, commit, expected).await;
        };
        let update = Update {
            name,
            commit: Some(commit),
            expected,
        };
        let found = self.last().mark.clone();
        push_marked(repository, remote, &[update], mark, found.as_ref(), first).await
    }

    /// Takes the ledger along where it began on another branch than `state.branch` names
    /// now, which is returned; it goes away with the same push. `None`: there is nothing to
    /// take. With `dry_run`, nothing is pushed.
    ///
    /// # Errors
    /// When the remote cannot be asked or refuses.
    pub async fn follow(&self, at: Instant, dry_run: bool) -> Result<Option<String>, LedgerError> {
        let fetched = self.fetch_marked().await;
        let fetched = fetched.map_err(|failed| self.error(failed))?;
        let Some((mark, from)) = fetched.mark.and_then(|mark| {
            let from = mark.says.branch.clone()?;
            (from != self.branch).then_some((mark, from))
        }) else {
            return Ok(None);
        };
        let (repository, remote) = (&self.repository, &self.remote);
        let there = fetch_tip(repository, remote, &from, REMOTE, Extent::New).await;
        let there = there.map_err(|failed| self.error(failed))?;
        let tip = match (there, fetched.tip) {
            (Some(there), None) => there,
            // The branch was renamed by hand.
            (None, Some(here)) => here,
            (None, None) | (Some(_), Some(_)) => return Ok(None),
        };
        if dry_run {
            return Ok(Some(from));
        }
        let mut updates = Vec::new();
        let names = objects::branch_ref(&self.branch).zip(objects::branch_ref(&from));
        let (name, old) = names.ok_or_else(|| other("no branch can have this name"))?;
        if there.is_some() {
            let commit = Some(tip);
            updates.push(Update {
                name,
                commit,
                expected: None,
            });
            updates.push(Update {
                name: old,
                commit: None,
                expected: commit,
            });
        }
        let says = BegunMark {
            branch: Some(self.branch.clone()),
            ..mark.says.clone()
        };
        let new = begun::write(repository, &says, at).map_err(other)?;
        match push_marked(repository, remote, &updates, new, Some(&mark), false).await {
            Pushed::Accepted => Ok(Some(from)),
            Pushed::Silent(problem) => Err(self.unreachable(problem)),
            Pushed::Forbidden(problem) | Pushed::Denied(problem) | Pushed::Rejected(problem) => {
                Err(self.refused(problem))
            }
        }
    }

    /// Writes the commit; `None`: `base` is not what the branch stands at any more.
    async fn build(
        &self,
        base: Option<ObjectId>,
        change: &LedgerChange,
    ) -> Result<Option<ObjectId>, LedgerError> {
        let mut opened = self.repository.open().map_err(other)?;
        if let Some(id) = base
            && !opened.has_object(id)
        {
            let fetched = self.fetch(Extent::New).await;
            if fetched.map_err(|failed| self.error(failed))? != base {
                return Ok(None);
            }
            opened = self.repository.open().map_err(other)?;
        }
        let (configuration, root) = (&self.repository.configuration, self.repository.prefix());
        let written = ledger_tree::write(&opened, configuration, base, root, change);
        Ok(Some(written.map_err(other)?.commit))
    }

    async fn verdict(
        &self,
        commit: ObjectId,
        expected: Option<ObjectId>,
        change: &LedgerChange,
    ) -> Result<Verdict, RemoteFailure> {
        let tip = remote_tip(&self.repository, &self.remote, &self.branch).await?;
        if tip == Some(commit) {
            let refs = self.refs();
            refs.keep_own(&self.repository, commit, change).await;
            return Ok(Verdict::Ours);
        }
        if tip == expected {
            return Ok(Verdict::Unmoved);
        }
        // Somebody may have built on our commit already.
        let Some(tip) = self.fetch(Extent::New).await? else {
            return Ok(Verdict::Moved);
        };
        let opened = self.repository.open();
        let opened = opened.map_err(|error| RemoteFailure {
            failure: Failure::Local,
            problem: error.to_string(),
        })?;
        if objects::contains(&opened, tip, commit) {
            Ok(Verdict::BuiltOn)
        } else {
            Ok(Verdict::Moved)
        }
    }

    /// A branch beside which the ledger's cannot be made.
    async fn in_the_way(&self) -> Option<LedgerError> {
        let branches = all_branches(&self.repository, &self.remote).await.ok()?;
        let ours = format!("{}/", self.branch);
        let blocks = |name: &String| {
            name.starts_with(&ours) || ours.starts_with(&format!("{name}/")) && *name != self.branch
        };
        let other = branches.into_iter().find(blocks)?;
        let (remote, branch) = (self.remote.clone(), self.branch.clone());
        Some(LedgerError::NameTaken {
            remote,
            branch,
            other,
        })
    }

    /// Waits after a push that did not move the branch.
    ///
    /// # Errors
    /// When it was tried for long enough.
    async fn unmoved(
        &self,
        pushed: Pushed,
        patience: &mut Patience<'_, C, E>,
    ) -> Result<(), LedgerError> {
        match pushed {
            Pushed::Forbidden(problem) | Pushed::Denied(problem) | Pushed::Rejected(problem) => {
                if patience.after_refusal().await {
                    Ok(())
                } else {
                    Err(self.refused(problem))
                }
            }
            Pushed::Silent(problem) => self.silent(problem, patience).await,
            // It says that it worked and the branch stands where it stood: rolled back at
            // once, or written elsewhere (`pushurl`).
            Pushed::Accepted => {
                let problem = "the push was accepted, and the branch did not move".to_owned();
                self.silent(problem, patience).await
            }
        }
    }

    async fn silent(
        &self,
        problem: String,
        patience: &mut Patience<'_, C, E>,
    ) -> Result<(), LedgerError> {
        if patience.after_silence().await {
            Ok(())
        } else {
            Err(self.unreachable(problem))
        }
    }
}

impl<C: Clock, E: Entropy> LedgerStore for RemoteLedger<C, E> {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        // Before the remote is asked: another run of this clone may move the memory on.
        let memory = self.remembered()?;
        let fetched = persist(&self.clock, &self.entropy, async || {
            self.fetch_marked().await
        });
        let Fetched { tip, mark } = fetched.await.map_err(|failed| self.error(failed))?;
        let mut snapshot = self.read(tip, &memory).await?;
        let standing = match tip {
            Some(_) => Standing::Ledger(snapshot.ledger.genesis.as_ref()),
            None => Standing::Nothing,
        };
        let misplaced = self.misplaced(mark, &standing);
        snapshot.ledger.freezes.extend(misplaced);
        Ok(snapshot)
    }

    async fn replaced(&self, base: &LedgerVersion) -> Result<Vec<String>, LedgerError> {
        let memory = self.remembered()?;
        let opened = self.repository.open().map_err(other)?;
        let base = parse_version(base)?;
        let held = |tip: &ObjectId| base.is_some_and(|base| objects::contains(&opened, base, *tip));
        let tips = [memory.own, memory.newest].into_iter().flatten();
        let tips: BTreeSet<ObjectId> = tips.filter(|tip| !held(tip)).collect();
        Ok(tips.into_iter().map(|tip| tip.to_string()).collect())
    }

    fn home(&self) -> LedgerHome {
        self.home.clone()
    }

    async fn mark_begun(&self) -> Result<(), String> {
        let Some(id) = self.first_try() else {
            return Ok(());
        };
        let says = BegunMark::new(&id, &self.branch);
        let mark = begun::write(&self.repository, &says, self.clock.now())?;
        begun::set(&self.repository, &self.remote, mark).await
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        let expected = parse_version(base)?;
        let Some(commit) = self.build(expected, change).await? else {
            return Ok(Committed::Lost);
        };
        let mark = self.new_mark(expected, change)?;
        let mut patience = Patience::new(&self.clock, &self.entropy);
        let mut first = true;
        loop {
            let pushed = self.push(commit, expected, mark, first).await;
            first = false;
            match self.verdict(commit, expected, change).await {
                Ok(Verdict::Ours) => return Ok(Committed::Won(Some(commit.to_string()))),
                // What others built on it is not known to the caller, who must neither write
                // over it nor act on a declaration that they may have given up.
                Ok(Verdict::BuiltOn) => return Ok(Committed::BuiltOn),
                Ok(Verdict::Moved) => return Ok(Committed::Lost),
                Ok(Verdict::Unmoved) => {
                    if expected.is_none()
                        && let Some(other) = self.in_the_way().await
                    {
                        return Err(other);
                    }
                    self.unmoved(pushed, &mut patience).await?;
                }
                // Whether the commit is in it is not known; the same push again is safe,
                // since it is the same commit on the same lease.
                Err(failed) => self.silent(failed.problem, &mut patience).await?,
            }
        }
    }
}

/// This clone's memory of the ledger on a remote's branch.
pub(super) fn memory_ref(remote: &str, branch: &str) -> String {
    format!("refs/mergecast/ledger/{remote}/{branch}")
}

#[allow(clippy::needless_pass_by_value, reason = "made for map_err")]
pub(super) fn other(error: impl ToString) -> LedgerError {
    LedgerError::Other(error.to_string())
}

/// The commit a version names.
pub(super) fn parse_version(version: &LedgerVersion) -> Result<Option<ObjectId>, LedgerError> {
    let parsed = version
        .as_ref()
        .map(|hex| ObjectId::from_hex(hex.as_bytes()));
    parsed.transpose().map_err(other)
}
