//! The ledger on a branch of a remote.
//!
//! Owns the compare-and-swap by push: who won is decided by reading the branch again,
//! never by what the push said. Must not look into entries.

use std::collections::BTreeSet;

use gix::ObjectId;

use super::command::REMOTE;
use super::failure::Failure;
use super::fetch::{Extent, RemoteFailure, fetch_ref, fetch_tip, remote_tip};
use super::ledger_past::{Found, Memory, MemoryRefs, Past};
use super::ledger_tree::{self, KnownLedger};
use super::objects;
use super::patience::{Patience, persist};
use super::push::{Pushed, push};
use super::repository::Repository;
use crate::ports::{
    Clock, Committed, Entropy, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion,
};
use crate::record::Ledger;

/// The ledger of one content root on a remote's branch.
#[derive(Clone, Debug)]
pub struct RemoteLedger<C, E> {
    repository: Repository,
    remote: String,
    branch: String,
    clock: C,
    entropy: E,
    known: KnownLedger,
}

/// The mark of a ledger's beginning.
const BEGUN: &str = "refs/mergecast/begun";
/// Where the branch stands after a push.
enum Verdict {
    /// Our commit is in it.
    Ours,
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
        }
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
        if tip.is_some() && memory.own == tip && self.known.is_checked(tip) {
            return Ok(LedgerSnapshot { version, ledger });
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
        Ok(LedgerSnapshot { version, ledger })
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
            Ok(Verdict::Ours)
        } else {
            Ok(Verdict::Moved)
        }
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
            self.fetch(Extent::New).await
        });
        let tip = fetched.await.map_err(|failed| self.error(failed))?;
        self.read(tip, &memory).await
    }

    async fn replaced(&self, base: &LedgerVersion) -> Result<Vec<String>, LedgerError> {
        let memory = self.remembered()?;
        let remote = &self.remote;
        let begun = fetch_ref(&self.repository, remote, BEGUN, REMOTE, Extent::Whole).await;
        let begun = begun.map_err(|failed| self.error(failed))?;
        let opened = self.repository.open().map_err(other)?;
        let base = parse_version(base)?;
        let held = |tip: &ObjectId| base.is_some_and(|base| objects::contains(&opened, base, *tip));
        let tips = [memory.own, memory.newest, begun].into_iter().flatten();
        let tips: BTreeSet<ObjectId> = tips.filter(|tip| !held(tip)).collect();
        Ok(tips.into_iter().map(|tip| tip.to_string()).collect())
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
        let mut patience = Patience::new(&self.clock, &self.entropy);
        loop {
            let (remote, branch) = (&self.remote, &self.branch);
            let pushed = push(&self.repository, remote, branch, commit, expected).await;
            match self.verdict(commit, expected, change).await {
                // Not the newest tip but ours: what others built on it is not known to
                // the caller, who must not write over it.
                Ok(Verdict::Ours) => return Ok(Committed::Won(Some(commit.to_string()))),
                Ok(Verdict::Moved) => return Ok(Committed::Lost),
                Ok(Verdict::Unmoved) => self.unmoved(pushed, &mut patience).await?,
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
