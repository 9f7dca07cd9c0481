//! Files that Git LFS keeps beside the repository.
//!
//! Owns finding the file a pointer stands for in this clone's store. Must not download:
//! that is Git LFS's own work, and needs the network.
//!
//! Source: Git LFS specification, "The Pointer" and "Intercepting Git".

#![allow(
    clippy::disallowed_methods,
    reason = "this adapter reads the store of Git LFS"
)]

use std::fs::{self, File};
use std::sync::Arc;

use crate::content::media::lfs_pointer;
use crate::file_bytes::{FileBytes, OpenFile, Reader};
use crate::model::digest::Digest;
use crate::model::path::ReadError;

/// The file the pointer `bytes` stands for; `None`: `bytes` are no pointer, or the store
/// does not have its file.
pub(super) fn find(
    repository: &gix::Repository,
    bytes: &[u8],
    limit: u64,
) -> Result<Option<Arc<dyn FileBytes>>, ReadError> {
    let Some(pointer) = lfs_pointer(bytes) else {
        return Ok(None);
    };
    if pointer.sha256.len() != 64 {
        return Ok(None);
    }
    let (first, second) = (&pointer.sha256[..2], &pointer.sha256[2..4]);
    let store = repository.common_dir().join("lfs/objects");
    let place = store.join(first).join(second).join(&pointer.sha256);
    let regular = fs::symlink_metadata(&place).is_ok_and(|found| found.is_file());
    if !regular {
        return Ok(None);
    }
    let opened = File::open(&place).and_then(OpenFile::new);
    let file = opened.map_err(|error| ReadError::Io(error.to_string()))?;
    let size = file.size();
    if size > limit {
        return Err(ReadError::TooLarge { size, limit });
    }
    if pointer.size.is_some_and(|expected| expected != size) {
        let problem = "Git LFS has only a part of it; run `git lfs fsck`";
        return Err(ReadError::Io(problem.to_owned()));
    }
    // The pointer is what was reviewed; the store is only this clone's.
    let found = Digest::of_stream(&mut Reader::new(&file));
    let found = found.map_err(|error| ReadError::Io(error.to_string()))?;
    if found.as_str().strip_prefix("sha256:") != Some(&pointer.sha256) {
        let problem = "what Git LFS has is not what was committed; run `git lfs fsck`";
        return Err(ReadError::Io(problem.to_owned()));
    }
    Ok(Some(Arc::new(file)))
}
