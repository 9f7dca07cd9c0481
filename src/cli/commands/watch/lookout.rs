//! What a real watcher follows: a branch, or files.
//!
//! Owns how often that is told and from what it is seen to have changed. Must not read
//! content.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::git::Repository;
use crate::model::config::Config;
use crate::ports::Clock as _;
use crate::system::{SystemClock, files};
use crate::watch::Lookout;

/// Several changes within this are one: editors save in steps, merges come with pushes.
const SETTLED: std::time::Duration = std::time::Duration::from_millis(500);

/// Where content comes from.
pub(super) enum Followed {
    Branch {
        repository: Repository,
        remote: Option<String>,
        branches: [Option<String>; 2],
    },
    Files(PathBuf),
}

impl Followed {
    /// The published branch and the ledger of `repository`.
    pub(super) fn branch(repository: Repository, config: &Config) -> Self {
        let remote = repository.remote(&config.state.remote).map(str::to_owned);
        Self::Branch {
            repository,
            remote,
            branches: [config.branch.clone(), Some(config.state.branch.clone())],
        }
    }
}

/// See the module.
pub(super) struct Lookouts {
    pub(super) followed: Followed,
    pub(super) nudge: Arc<Notify>,
    /// A nudge that has not been told yet.
    pub(super) open: Cell<bool>,
}

impl Lookout for Lookouts {
    async fn look(&self) -> Result<String, String> {
        match &self.followed {
            Followed::Branch {
                repository,
                remote,
                branches,
            } => {
                let branches = branches.each_ref().map(Option::as_deref);
                repository.tips(remote.as_deref(), &branches).await
            }
            Followed::Files(root) => Ok(files::fingerprint(root)),
        }
    }

    async fn nudged(&self) {
        if !self.open.get() {
            self.nudge.notified().await;
            self.open.set(true);
        }
        SystemClock.pause(SETTLED).await;
        self.open.set(false);
    }
}
