//! A file as it stood where a branch began.
//!
//! Owns the question "what would this branch change?" for one file: the merge base of
//! `HEAD` and a revision. Asks no remote, and must not compare.

use gix::ObjectId;

use super::objects;
use super::repository::Repository;
use crate::model::path::{ContentPath, ReadError};
use crate::record::lockfile::LARGEST;

/// One file at a revision, and where the branch began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtBase {
    /// Its bytes at the revision itself; `None`: it has no such file.
    pub at_revision: Option<Vec<u8>>,
    /// Its bytes where the branch began; `None`: that commit cannot be found, as in a
    /// shallow clone.
    pub at_merge_base: Option<Option<Vec<u8>>>,
}

/// Why it cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    /// The revision is not in this clone.
    #[error("this clone has no commit `{0}`")]
    Unknown(String),
    /// A file or an object cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

fn unreadable(error: impl std::fmt::Display) -> BaseError {
    BaseError::Unreadable(error.to_string())
}

/// The file `path` of `repository`'s content root at `revision`, and where `HEAD` parted
/// from it.
///
/// # Errors
/// When there is no such revision, or git's objects cannot be read.
pub fn at_base(
    repository: &Repository,
    revision: &str,
    path: &ContentPath,
) -> Result<AtBase, BaseError> {
    let opened = repository.open().map_err(unreadable)?;
    let commit = commit(&opened, revision)?;
    let name = match repository.prefix() {
        "" => path.to_string(),
        prefix => format!("{prefix}/{path}"),
    };
    let head = opened.head_id().map_err(unreadable)?.detach();
    let merge_base = opened.merge_base(commit, head).ok().flatten();
    let at_merge_base = match merge_base {
        Some(id) => Some(file(&opened, id.detach(), &name)?),
        None => None,
    };
    Ok(AtBase {
        at_revision: file(&opened, commit, &name)?,
        at_merge_base,
    })
}

fn commit(opened: &gix::Repository, revision: &str) -> Result<ObjectId, BaseError> {
    let unknown = || BaseError::Unknown(revision.to_owned());
    let found = opened.rev_parse_single(revision).map_err(|_| unknown())?;
    let object = found.object().map_err(|_| unknown())?;
    let commit = object.peel_to_commit().map_err(|_| unknown())?;
    Ok(commit.id)
}

fn file(
    opened: &gix::Repository,
    commit: ObjectId,
    name: &str,
) -> Result<Option<Vec<u8>>, BaseError> {
    let tree = objects::tree_of(opened, commit).map_err(unreadable)?;
    let item = objects::look_up(opened, tree, name).map_err(unreadable)?;
    let Some(item) = item.filter(|item| item.is_file()) else {
        return Ok(None);
    };
    let bytes = objects::blob(opened, item.id, LARGEST).map_err(unreadable)?;
    let too_large = || {
        let size = LARGEST + 1;
        unreadable(ReadError::TooLarge {
            size,
            limit: LARGEST,
        })
    };
    bytes.map(Some).ok_or_else(too_large)
}
