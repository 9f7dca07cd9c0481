//! The ledger on a branch of this clone, for repositories without a remote.
//!
//! Owns the compare-and-swap by `git update-ref`. The objects are the same as on a
//! remote's branch, and are on the disk before the ref points to them.

use gix::ObjectId;

use super::command::LOCAL;
use super::commits::flush;
use super::ledger_past::{MemoryRefs, Past};
use super::ledger_remote::{other, parse_version};
use super::ledger_tree::{self, KnownLedger};
use super::objects;
use super::patience::Patience;
use super::repository::Repository;
use crate::ports::{
    Clock, Committed, Entropy, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion,
};
use crate::record::Ledger;

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

    fn refs(&self) -> MemoryRefs {
        MemoryRefs {
            own: format!("refs/mergecast/own-ledger/{}", self.branch),
            verified: format!("refs/mergecast/own-verified/{}", self.branch),
        }
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
        let refs = self.refs();
        let opened = self.repository.open().map_err(other)?;
        // The memory first: another run of this clone may move both on.
        let memory = refs.read(&opened, None).map_err(other)?;
        let tip = objects::tip(&opened, &name).map_err(other)?;
        let (git, root) = (&self.repository.git, self.repository.prefix());
        let mut ledger = match tip {
            Some(tip) => self.known.read(&opened, git, tip, root).map_err(other)?,
            None => Ledger::default(),
        };
        let past = Past {
            repository: &opened,
            git,
            root,
            remembered: memory.newest,
            verified: memory.verified,
        };
        let found = past.look(tip, &ledger).map_err(other)?;
        if !found.whole {
            let problem = format!("the history of `{}` is not whole", self.branch);
            return Err(other(problem));
        }
        refs.keep(&self.repository, &memory, tip, found, &mut ledger)
            .await;
        Ok(LedgerSnapshot {
            version: tip.map(|tip| tip.to_string()),
            ledger,
            changed_at: tip.and_then(|tip| objects::date_of(&opened, tip).ok()),
        })
    }

    async fn replaced(&self, base: &LedgerVersion) -> Result<Vec<String>, LedgerError> {
        let opened = self.repository.open().map_err(other)?;
        let memory = self.refs().read(&opened, None).map_err(other)?;
        let base = parse_version(base)?;
        let held = |tip: &ObjectId| base.is_some_and(|base| objects::contains(&opened, base, *tip));
        let tip = memory.own.filter(|tip| !held(tip));
        Ok(tip.map(|tip| tip.to_string()).into_iter().collect())
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
            if tip == Some(commit) {
                let refs = self.refs();
                refs.keep_own(&self.repository, commit, change).await;
                return Ok(Committed::Won(Some(new)));
            }
            if self.is_ours(tip, commit)? {
                return Ok(Committed::BuiltOn);
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
