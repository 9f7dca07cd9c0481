//! The ledger on a branch of a remote.
//!
//! Owns the compare-and-swap by push: who won is decided by reading the branch again,
//! never by what the push said. Must not look into entries.

use gix::ObjectId;

use super::command::REMOTE;
use super::failure::Failure;
use super::fetch::{RemoteFailure, fetch_tip, remember, remote_tip};
use super::ledger_tree::{self, KnownLedger};
use super::objects;
use super::patience::{Patience, persist};
use super::push::{Pushed, push};
use super::repository::Repository;
use crate::ports::{
    Clock, Committed, Entropy, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion,
};

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

    fn memory(&self) -> String {
        memory_ref(&self.remote, &self.branch)
    }

    async fn fetch(&self) -> Result<Option<ObjectId>, RemoteFailure> {
        let keep = self.memory();
        let (remote, branch) = (&self.remote, &self.branch);
        fetch_tip(&self.repository, remote, branch, REMOTE, Some(&keep)).await
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
            let tip = self.fetch().await.map_err(|failed| self.error(failed))?;
            if tip != base {
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
    ) -> Result<Verdict, RemoteFailure> {
        let tip = remote_tip(&self.repository, &self.remote, &self.branch).await?;
        if tip == Some(commit) {
            remember(&self.repository, &self.memory(), commit).await;
            return Ok(Verdict::Ours);
        }
        if tip == expected {
            return Ok(Verdict::Unmoved);
        }
        // Somebody may have built on our commit already.
        let Some(tip) = self.fetch().await? else {
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
        let fetched = persist(&self.clock, &self.entropy, async || self.fetch().await);
        let tip = fetched.await.map_err(|failed| self.error(failed))?;
        let Some(tip) = tip else {
            return Ok(LedgerSnapshot::default());
        };
        let opened = self.repository.open().map_err(other)?;
        let ledger = self.known.read(&opened, tip, self.repository.prefix());
        Ok(LedgerSnapshot {
            version: Some(tip.to_string()),
            ledger: ledger.map_err(other)?,
            changed_at: objects::date_of(&opened, tip).ok(),
        })
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
            match self.verdict(commit, expected).await {
                Ok(Verdict::Ours) => return Ok(Committed::Won(Some(commit.to_string()))),
                // What others built on it is not known to the caller, who must neither write
                // over it nor act on a declaration that they may have given up.
                Ok(Verdict::BuiltOn) => return Ok(Committed::BuiltOn),
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
