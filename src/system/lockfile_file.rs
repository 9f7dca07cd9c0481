//! The lockfile as a file, for content without a remote.
//!
//! Owns reading and replacing it in the content root, for the user to commit. Must not
//! know what it says.

#![allow(
    clippy::disallowed_methods,
    reason = "this adapter reads and writes one file"
)]

use std::path::{Path, PathBuf};

use super::files::{read_if_there, write_atomically};
use crate::model::path::{ContentPath, ReadError};
use crate::ports::{LockfileStore, LockfileWritten};
use crate::record::lockfile::LARGEST;
use bytes::Bytes;

/// A lockfile in a folder.
#[derive(Clone, Debug)]
pub struct FileLockfile {
    path: PathBuf,
}

impl FileLockfile {
    /// The file `file` below `root`.
    #[must_use]
    pub fn new(root: &Path, file: &ContentPath) -> Self {
        Self {
            path: root.join(file.as_str()),
        }
    }

    /// Its bytes; `None`: there is none.
    ///
    /// # Errors
    /// It is there and could not be read.
    pub fn read_now(&self) -> Result<Option<Vec<u8>>, ReadError> {
        match std::fs::symlink_metadata(&self.path) {
            Ok(found) if found.is_symlink() => Err(ReadError::Symlink),
            Ok(found) if !found.is_file() => Err(ReadError::NotAFile),
            Ok(found) if found.len() > LARGEST => Err(ReadError::TooLarge {
                size: found.len(),
                limit: LARGEST,
            }),
            _ => read_if_there(&self.path).map_err(|error| ReadError::Io(error.to_string())),
        }
    }
}

impl LockfileStore for FileLockfile {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        Ok(self.read_now()?.map(Bytes::from))
    }

    async fn write(&self, text: &Bytes) -> LockfileWritten {
        if matches!(self.read_now(), Ok(Some(bytes)) if bytes == *text) {
            return LockfileWritten::Unchanged;
        }
        match write_atomically(&self.path, text) {
            Ok(()) => LockfileWritten::File,
            Err(error) => LockfileWritten::Failed {
                problem: error.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn equal_bytes_are_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = ContentPath::parse("mergecast.lock").unwrap();
        let lockfile = FileLockfile::new(folder.path(), &file);
        assert_eq!(lockfile.read().await, Ok(None));
        assert_eq!(
            lockfile.write(&Bytes::from_static(b"a: 1\n")).await,
            LockfileWritten::File
        );
        assert_eq!(
            lockfile.write(&Bytes::from_static(b"a: 1\n")).await,
            LockfileWritten::Unchanged
        );
        assert_eq!(
            lockfile.write(&Bytes::from_static(b"a: 2\n")).await,
            LockfileWritten::File
        );
        assert_eq!(
            lockfile.read().await,
            Ok(Some(Bytes::from_static(b"a: 2\n")))
        );
        let gone = FileLockfile::new(&folder.path().join("gone"), &file);
        assert!(matches!(
            gone.write(&Bytes::from_static(b"a")).await,
            LockfileWritten::Failed { .. }
        ));
    }
}
