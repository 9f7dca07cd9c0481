//! The lockfile on the published branch of a remote.
//!
//! Owns the commit that puts it there: on top of the branch's newest tip, changing that
//! one file. Never touches the work tree, the index or a checked-out branch, and must not
//! know what the lockfile says.

use std::time::Duration;

use bytes::Bytes;
use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::command::CONTENT;
use super::commits::{self, Draft};
use super::fetch::{Extent, RemoteFailure, fetch_tip, remote_tip};
use super::objects;
use super::patience::{pause, persist};
use super::push::{Pushed, push};
use super::repository::Repository;
use crate::model::path::{ContentPath, ReadError};
use crate::ports::{Clock, ContentTree, Entropy, LockfileStore, LockfileWritten};
use crate::record::layout::FileChanges;
use crate::record::lockfile::LARGEST;

/// How often the file is put on top of a branch that keeps moving.
const TRIES: u32 = 5;
/// The wait between two tries grows by this.
const STEP: Duration = Duration::from_millis(400);
/// The message of the commit; the words in brackets keep it from starting workflows
/// (GitHub docs, "Skipping workflow runs").
const MESSAGE: &str = "mergecast: update lockfile [skip ci]\n";

/// The lockfile of one content root on a remote's published branch.
#[derive(Clone, Debug)]
pub struct RemoteLockfile<C, E> {
    repository: Repository,
    remote: String,
    branch: Option<String>,
    file: ContentPath,
    clock: C,
    entropy: E,
}

/// How one try to write ended.
enum Try {
    Done(LockfileWritten),
    /// The branch moved meanwhile, or the remote had a passing trouble.
    Again(String),
}

impl<C: Clock, E: Entropy> RemoteLockfile<C, E> {
    /// The file `file` of `repository`'s content root on `branch` (`None`: see
    /// [`Repository::published_branch`]) of `remote`. `clock` dates the commits and waits
    /// between tries; `entropy` keeps runs from waiting in step.
    #[must_use]
    pub fn new(
        repository: Repository,
        remote: String,
        branch: Option<String>,
        file: ContentPath,
        clock: C,
        entropy: E,
    ) -> Self {
        Self {
            repository,
            remote,
            branch,
            file,
            clock,
            entropy,
        }
    }

    fn path(&self) -> String {
        match self.repository.prefix() {
            "" => self.file.to_string(),
            prefix => format!("{prefix}/{}", self.file),
        }
    }

    async fn branch(&self) -> Result<String, String> {
        let (branch, remote) = (self.branch.as_deref(), Some(self.remote.as_str()));
        let branch = self.repository.published_branch(branch, remote).await;
        branch.map_err(|error| error.to_string())
    }

    async fn fetch(&self, branch: &str) -> Result<Option<ObjectId>, RemoteFailure> {
        fetch_tip(&self.repository, &self.remote, branch, CONTENT, Extent::New).await
    }

    fn tip(
        &self,
        branch: &str,
        fetched: Result<Option<ObjectId>, RemoteFailure>,
    ) -> Result<ObjectId, String> {
        match fetched {
            Ok(Some(tip)) => Ok(tip),
            Ok(None) => Err(format!("`{}` has no branch `{branch}`", self.remote)),
            Err(failed) => Err(failed.problem),
        }
    }

    fn read_at(
        &self,
        opened: &gix::Repository,
        tip: ObjectId,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let io = |error: gix::Error| ReadError::Io(error.to_string());
        let tree = objects::tree_of(opened, tip).map_err(io)?;
        let Some(item) = objects::look_up(opened, tree, &self.path()).map_err(io)? else {
            return Ok(None);
        };
        match item.kind {
            EntryKind::Blob | EntryKind::BlobExecutable => {}
            EntryKind::Link => return Err(ReadError::Symlink),
            EntryKind::Tree | EntryKind::Commit => return Err(ReadError::NotAFile),
        }
        let size = opened.find_header(item.id).map_err(io)?.size();
        let bytes = objects::blob(opened, item.id, LARGEST).map_err(io)?;
        bytes.map(Some).ok_or(ReadError::TooLarge {
            size,
            limit: LARGEST,
        })
    }

    /// Whether the published branch has the content root at all: a folder that is not
    /// there yet is not made for the lockfile's sake.
    fn has_root(&self, opened: &gix::Repository, tip: ObjectId) -> gix::Result<bool> {
        let tree = objects::tree_of(opened, tip)?;
        let root = objects::look_up(opened, tree, self.repository.prefix())?;
        Ok(root.is_some_and(|item| item.kind == EntryKind::Tree))
    }

    async fn attempt(&self, branch: &str, text: &Bytes) -> Result<Try, String> {
        let tip = self.tip(branch, self.fetch(branch).await)?;
        let opened = self.repository.open().map_err(|error| error.to_string())?;
        if self.read_at(&opened, tip) == Ok(Some(text.to_vec())) {
            return Ok(Try::Done(LockfileWritten::Unchanged));
        }
        if !self.has_root(&opened, tip).map_err(|e| e.to_string())? {
            let root = self.repository.prefix();
            return Err(format!("the folder `{root}` is not on `{branch}`"));
        }
        let files = FileChanges::from([(self.path(), Some(text.to_vec()))]);
        let draft = Draft {
            parents: &[tip],
            files: &files,
            message: MESSAGE.to_owned(),
            at: self.clock.now(),
        };
        let written = commits::write(&opened, &self.repository.configuration, &draft);
        let commit = written.map_err(|error| error.to_string())?.commit;
        let pushed = push(&self.repository, &self.remote, branch, commit, Some(tip)).await;
        let stands = remote_tip(&self.repository, &self.remote, branch).await;
        Ok(self.judge(pushed, stands, tip, commit))
    }

    fn judge(
        &self,
        pushed: Pushed,
        stands: Result<Option<ObjectId>, RemoteFailure>,
        tip: ObjectId,
        commit: ObjectId,
    ) -> Try {
        match (stands, pushed) {
            (Ok(Some(now)), _) if now == commit => Try::Done(LockfileWritten::Pushed),
            // Moved: the next try finds the bytes there, or puts them on top again.
            (Ok(now), _) if now != Some(tip) => Try::Again("the branch keeps moving".to_owned()),
            (_, Pushed::Forbidden(problem)) => Try::Done(LockfileWritten::Protected { problem }),
            (_, Pushed::Denied(problem)) => Try::Done(LockfileWritten::Failed { problem }),
            (_, Pushed::Rejected(problem) | Pushed::Silent(problem)) => Try::Again(problem),
            (Err(failed), Pushed::Accepted) => Try::Again(failed.problem),
            (Ok(_), Pushed::Accepted) => {
                Try::Again("the push was accepted, and the branch did not move".to_owned())
            }
        }
    }
}

impl<C: Clock, E: Entropy> LockfileStore for RemoteLockfile<C, E> {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        let branch = self.branch().await.map_err(ReadError::Io)?;
        let fetched = persist(&self.clock, &self.entropy, async || {
            self.fetch(&branch).await
        });
        let tip = self.tip(&branch, fetched.await).map_err(ReadError::Io)?;
        let opened = self.repository.open();
        let opened = opened.map_err(|error| ReadError::Io(error.to_string()))?;
        Ok(self.read_at(&opened, tip)?.map(Bytes::from))
    }

    async fn read_beside(&self, tree: &dyn ContentTree) -> Result<Option<Bytes>, ReadError> {
        if tree.revision().is_none() {
            return self.read().await;
        }
        match tree.read(&self.file, LARGEST) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(ReadError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, text: &Bytes) -> LockfileWritten {
        let branch = match self.branch().await {
            Ok(branch) => branch,
            Err(problem) => return LockfileWritten::Failed { problem },
        };
        let mut last = String::new();
        for tried in 0..TRIES {
            if tried > 0 {
                pause(&self.clock, &self.entropy, STEP * tried).await;
            }
            match self.attempt(&branch, text).await {
                Ok(Try::Done(written)) => return written,
                Ok(Try::Again(problem)) => last = problem,
                Err(problem) => return LockfileWritten::Failed { problem },
            }
        }
        LockfileWritten::Failed { problem: last }
    }
}
