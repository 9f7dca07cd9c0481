//! The published content: the newest commit of the published branch.
//!
//! Owns where that commit comes from: the remote where there is one, else this clone.
//! Never reads a work tree.

use std::collections::BTreeSet;

use super::command::CONTENT;
use super::failure::Failure;
use super::fetch::{Extent, fetch_commit, fetch_tip};
use super::objects;
use super::repository::{Repository, remote_error};
use super::tree::CommitTree;
use crate::ports::{ContentSource, ContentTree, SourceError};

/// The content of a published branch.
#[derive(Clone, Debug)]
pub struct PublishedContent {
    repository: Repository,
    remote: Option<String>,
    branch: Option<String>,
}

impl PublishedContent {
    /// The content root of `repository` on `branch` (`None`: see
    /// [`Repository::published_branch`]) of `remote`; without a remote, of this clone.
    #[must_use]
    pub fn new(repository: Repository, remote: Option<String>, branch: Option<String>) -> Self {
        Self {
            repository,
            remote,
            branch,
        }
    }
}

/// The content root of `repository` at the commit named `commit`, where this clone has it.
/// Asks no remote, also in a partial clone.
#[must_use]
pub fn content_at(repository: &Repository, commit: &str) -> Option<Box<dyn ContentTree>> {
    let opened = repository.open().ok()?;
    let git = repository.git.offline();
    let tree = CommitTree::open_at(opened, git, commit, repository.prefix())?;
    Some(Box::new(tree))
}

/// The content root of `repository` in the tree named `tree`, such as
/// [`Repository::staged`] makes one.
#[must_use]
pub fn content_in(repository: &Repository, tree: &str) -> Option<Box<dyn ContentTree>> {
    let opened = repository.open().ok()?;
    let tree = gix::ObjectId::from_hex(tree.as_bytes()).ok()?;
    let git = repository.git.offline();
    let tree = CommitTree::open_tree(opened, git, (tree, tree), repository.prefix());
    Some(Box::new(tree.ok()?))
}

impl ContentSource for PublishedContent {
    async fn fetch_commits(&self, commits: &BTreeSet<String>) {
        if let Some(remote) = &self.remote {
            for commit in commits {
                // One that is gone from the remote must not keep others from coming.
                let _ = fetch_commit(&self.repository, remote, commit, CONTENT).await;
            }
        }
    }

    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        let remote = self.remote.as_deref();
        if let Some(remote) = remote {
            self.repository.still_has(remote).await?;
        }
        let branch = self.branch.as_deref();
        let branch = self.repository.published_branch(branch, remote).await?;
        let other = |error: &dyn std::fmt::Display| SourceError::Other(error.to_string());
        let tip = match remote {
            Some(remote) => fetch_tip(&self.repository, remote, &branch, CONTENT, Extent::New)
                .await
                .map_err(|failed| remote_error(remote, failed.failure, &failed.problem))?,
            None => {
                let Some(name) = objects::branch_ref(&branch) else {
                    let problem = format!("`{branch}` is not a name a branch can have");
                    return Err(remote_error("", Failure::Local, &problem));
                };
                let opened = self.repository.open().map_err(|error| other(&error))?;
                objects::tip(&opened, &name).map_err(|error| other(&error))?
            }
        };
        let tip = tip.ok_or_else(|| SourceError::NoBranch {
            branch,
            place: remote.unwrap_or("this clone").to_owned(),
        })?;
        let opened = self.repository.open().map_err(|error| other(&error))?;
        let git = self.repository.git.clone();
        let tree = CommitTree::open(opened, git, tip, self.repository.prefix());
        let tree = tree.map_err(|error| other(&error))?;
        Ok(Box::new(tree))
    }
}
