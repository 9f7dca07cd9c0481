//! The ledger on a branch of a remote.
//!
//! Owns the compare-and-swap by push: who won is decided by reading the branch again,
//! never by what the push said. Must not look into entries.

use chrono::TimeDelta;
use gix::ObjectId;

use super::command::REMOTE;
use super::failure::Failure;
use super::fetch::{RemoteFailure, fetch_tip, remember, remote_tip};
use super::ledger_tree;
use super::objects;
use super::push::{Pushed, push};
use super::repository::Repository;
use crate::model::Instant;
use crate::ports::{
    Clock, Committed, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore, LedgerVersion,
};

/// A push the remote declines is tried this often: some refusals pass.
const DECLINED_TRIES: u32 = 3;
/// A remote that does not answer is asked for this long.
const SILENT_FOR: TimeDelta = TimeDelta::seconds(10);

/// The ledger of one content root on a remote's branch.
#[derive(Clone, Debug)]
pub struct RemoteLedger<C> {
    repository: Repository,
    remote: String,
    branch: String,
    clock: C,
}

/// Where the branch stands after a push.
enum Verdict {
    /// Our commit is in it.
    Ours,
    /// It stands where it stood.
    Unmoved,
    /// It moved, and our commit is not in it.
    Moved,
}

impl<C: Clock> RemoteLedger<C> {
    /// The ledger of `repository`'s content root on `branch` of `remote`; waits between
    /// tries go through `clock`.
    #[must_use]
    pub fn new(repository: Repository, remote: String, branch: String, clock: C) -> Self {
        Self {
            repository,
            remote,
            branch,
            clock,
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
            Ok(Verdict::Ours)
        } else {
            Ok(Verdict::Moved)
        }
    }

    /// What to do after a push that did not move the branch: the wait before the next
    /// try, or the error to end with.
    fn after(
        &self,
        pushed: Pushed,
        declined: u32,
        since: Instant,
    ) -> Result<TimeDelta, LedgerError> {
        match pushed {
            Pushed::Forbidden(problem) | Pushed::Denied(problem) | Pushed::Rejected(problem) => {
                if declined >= DECLINED_TRIES {
                    return Err(self.refused(problem));
                }
                Ok(TimeDelta::seconds(i64::from(declined)))
            }
            Pushed::Silent(problem) => self.patience(problem, since),
            // It says that it worked and the branch stands where it stood: rolled back at
            // once, or written elsewhere (`pushurl`).
            Pushed::Accepted => self.patience(
                "the push was accepted, and the branch did not move".to_owned(),
                since,
            ),
        }
    }

    fn patience(&self, problem: String, since: Instant) -> Result<TimeDelta, LedgerError> {
        let waited = self.clock.now() - since;
        let wait = waited.clamp(TimeDelta::seconds(1), TimeDelta::seconds(4));
        if waited + wait > SILENT_FOR {
            return Err(self.unreachable(problem));
        }
        Ok(wait)
    }
}

impl<C: Clock> LedgerStore for RemoteLedger<C> {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        let since = self.clock.now();
        let tip = loop {
            match self.fetch().await {
                Ok(tip) => break tip,
                Err(failed) if failed.failure == Failure::Transport => {
                    let wait = self.patience(failed.problem, since)?;
                    self.clock.sleep_until(self.clock.now() + wait).await;
                }
                Err(failed) => return Err(self.error(failed)),
            }
        };
        let Some(tip) = tip else {
            return Ok(LedgerSnapshot::default());
        };
        let opened = self.repository.open().map_err(other)?;
        let ledger = ledger_tree::read(&opened, tip, self.repository.prefix());
        Ok(LedgerSnapshot {
            version: Some(tip.to_string()),
            ledger: ledger.map_err(other)?,
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
        let since = self.clock.now();
        let mut declined = 0;
        loop {
            let (remote, branch) = (&self.remote, &self.branch);
            let pushed = push(&self.repository, remote, branch, commit, expected).await;
            if !matches!(pushed, Pushed::Silent(_)) {
                declined += 1;
            }
            let wait = match self.verdict(commit, expected).await {
                // Not the newest tip but ours: what others built on it is not known to
                // the caller, who must not write over it.
                Ok(Verdict::Ours) => return Ok(Committed::Won(Some(commit.to_string()))),
                Ok(Verdict::Moved) => return Ok(Committed::Lost),
                Ok(Verdict::Unmoved) => self.after(pushed, declined, since)?,
                // Whether the commit is in it is not known; the same push again is safe,
                // since it is the same commit on the same lease.
                Err(failed) => self.patience(failed.problem, since)?,
            };
            self.clock.sleep_until(self.clock.now() + wait).await;
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
