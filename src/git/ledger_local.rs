//! The ledger on a branch of this clone, for repositories without a remote.
//!
//! Owns the compare-and-swap by `git update-ref`. The objects are the same as on a
//! remote's branch, and are on the disk before the ref points to them.

use gix::ObjectId;

use super::command::LOCAL;
use super::commits::flush;
use super::ledger_remote::{other, parse_version};
use super::ledger_tree::{self, KnownLedger};
use super::objects;
use super::patience::Patience;
use super::repository::Repository;
use crate::ports::{
    Clock, Committed, Entropy, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion,
};

/// The ledger of one content root on a local branch.
#[derive(Clone, Debug)]
pub struct LocalLedger<C, E> {
    repository: Repository,
    branch: String,
    clock: C,
    entropy: E,
    known: KnownLedger,
}

impl<C: Clock, E: Entropy> LocalLedger<C, E> {
    /// The ledger of `repository`'s content root on its own branch `branch`; waits between
    /// tries go through `clock`, and `entropy` keeps runs from waiting in step.
    #[must_use]
    pub fn new(repository: Repository, branch: String, clock: C, entropy: E) -> Self {
        Self {
            repository,
            branch,
            clock,
            entropy,
            known: KnownLedger::default(),
        }
    }

    fn name(&self) -> Result<String, LedgerError> {
        objects::branch_ref(&self.branch)
            .ok_or_else(|| other(format!("`{}` is not a name a branch can have", self.branch)))
    }

    fn tip(&self, name: &str) -> Result<Option<ObjectId>, LedgerError> {
        let opened = self.repository.open().map_err(other)?;
        objects::tip(&opened, name).map_err(other)
    }

    fn build(
        &self,
        base: Option<ObjectId>,
        change: &LedgerChange,
    ) -> Result<ObjectId, LedgerError> {
        let opened = self.repository.open().map_err(other)?;
        let (configuration, root) = (&self.repository.configuration, self.repository.prefix());
        let written = ledger_tree::write(&opened, configuration, base, root, change);
        let written = written.map_err(other)?;
        flush(self.repository.common_dir(), &written.objects).map_err(other)?;
        Ok(written.commit)
    }

    fn is_ours(&self, tip: Option<ObjectId>, commit: ObjectId) -> Result<bool, LedgerError> {
        let opened = self.repository.open().map_err(other)?;
        Ok(tip.is_some_and(|tip| objects::contains(&opened, tip, commit)))
    }
}

impl<C: Clock, E: Entropy> LedgerStore for LocalLedger<C, E> {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        let name = self.name()?;
        let opened = self.repository.open().map_err(other)?;
        let Some(tip) = objects::tip(&opened, &name).map_err(other)? else {
            return Ok(LedgerSnapshot::default());
        };
        let ledger = {
            let (git, root) = (&self.repository.git, self.repository.prefix());
            self.known.read(&opened, git, tip, root)
        };
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
        let name = self.name()?;
        let expected = parse_version(base)?;
        if self.tip(&name)? != expected {
            return Ok(Committed::Lost);
        }
        let commit = self.build(expected, change)?;
        let new = commit.to_string();
        let old = expected.map_or_else(|| "0".repeat(new.len()), |id| id.to_string());
        let sync = ["-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync"];
        let mut arguments = sync.to_vec();
        arguments.extend(["update-ref", "--no-deref", &name, &new, &old]);
        let mut patience = Patience::new(&self.clock, &self.entropy);
        loop {
            let answer = self.repository.git.run(&arguments, LOCAL).await;
            let problem = match answer {
                Ok(answer) => answer.problem(),
                Err(error) => error.to_string(),
            };
            let tip = self.tip(&name)?;
            if self.is_ours(tip, commit)? {
                return Ok(Committed::Won(Some(new)));
            }
            if tip != expected {
                return Ok(Committed::Lost);
            }
            // Somebody may hold the ref locked.
            if !patience.after_refusal().await {
                return Err(other(problem));
            }
        }
    }
}
