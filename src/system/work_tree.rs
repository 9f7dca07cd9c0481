//! Content as files of a folder.
//!
//! Owns the reading of files that people are working on: regular files only, never
//! through a symbolic link, never outside the content root. Must not know git.

#![allow(
    clippy::disallowed_methods,
    reason = "this adapter reads the files of a folder"
)]

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::file_bytes::{FileBytes, OpenFile};
use crate::model::listing::{Found, FoundKind, Listing};
use crate::model::path::{ContentPath, ReadError};
use crate::ports::{ContentSource, ContentTree, SourceError};

/// A content root on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkTree {
    root: PathBuf,
    heeds_pause: bool,
    of_clone: bool,
}

fn unreadable(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::NotFound,
        _ => ReadError::Io(error.to_string()),
    }
}

impl WorkTree {
    /// The files below `root`. The root itself may be reached through a symbolic link:
    /// the user named it.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            heeds_pause: true,
            of_clone: false,
        }
    }

    /// The same, as the files of a clone, of which some may not be checked out.
    #[must_use]
    pub fn of_clone(self, of_clone: bool) -> Self {
        Self { of_clone, ..self }
    }

    /// The same, as if its configuration said `paused: false`.
    #[must_use]
    pub fn without_pause(self) -> Self {
        Self {
            heeds_pause: false,
            ..self
        }
    }

    /// The file's place on the disk, when neither it nor a folder on the way is a
    /// symbolic link; and what stands there.
    fn locate(&self, path: &ContentPath) -> Result<(PathBuf, Metadata), ReadError> {
        let mut place = self.root.clone();
        let mut found = None;
        for segment in path.as_str().split('/') {
            place.push(segment);
            let metadata = fs::symlink_metadata(&place).map_err(|error| unreadable(&error))?;
            if metadata.is_symlink() {
                return Err(ReadError::Symlink);
            }
            found = Some(metadata);
        }
        found
            .map(|metadata| (place, metadata))
            .ok_or(ReadError::NotFound)
    }

    /// Every file below `folder`, whose path from the content root is `path`. Folders that
    /// are links are not looked behind, and neither are repositories.
    fn collect(folder: &Path, path: &str, found: &mut Vec<Found>) -> io::Result<()> {
        for item in fs::read_dir(folder)? {
            let item = item?;
            let below = format!("{path}/{}", item.file_name().to_string_lossy());
            if !item.file_type()?.is_dir() {
                found.push(Found {
                    path: below,
                    kind: FoundKind::File,
                });
            } else if item.path().join(".git").symlink_metadata().is_ok() {
                found.push(Found {
                    path: below,
                    kind: FoundKind::Submodule,
                });
            } else {
                Self::collect(&item.path(), &below, found)?;
            }
        }
        Ok(())
    }
}

/// Whether the file that was opened is the one that was looked at.
#[cfg(unix)]
fn is_same(opened: &Metadata, seen: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (opened.dev(), opened.ino()) == (seen.dev(), seen.ino())
}

#[cfg(not(unix))]
fn is_same(opened: &Metadata, seen: &Metadata) -> bool {
    opened.len() == seen.len()
}

impl ContentTree for WorkTree {
    fn heeds_pause(&self) -> bool {
        self.heeds_pause
    }

    fn may_lack_files(&self) -> bool {
        self.of_clone
    }

    fn at_commit(&self, _commit: &str) -> Option<Box<dyn ContentTree>> {
        None
    }

    fn revision(&self) -> Option<String> {
        None
    }

    fn documents(&self, folder: &ContentPath) -> Result<Vec<ContentPath>, ReadError> {
        Ok(self.listing(folder)?.documents)
    }

    fn listing(&self, folder: &ContentPath) -> Result<Listing, ReadError> {
        let (place, metadata) = self.locate(folder)?;
        if !metadata.is_dir() {
            return Err(ReadError::NotAFile);
        }
        if place.join(".git").symlink_metadata().is_ok() {
            return Err(ReadError::Submodule);
        }
        let mut found = Vec::new();
        Self::collect(&place, folder.as_str(), &mut found).map_err(|error| unreadable(&error))?;
        Ok(Listing::of(folder, found))
    }

    fn folders(&self, folder: Option<&ContentPath>) -> Vec<String> {
        let place = folder.map_or(self.root.clone(), |folder| self.root.join(folder.as_str()));
        let items = fs::read_dir(place).into_iter().flatten().flatten();
        let folders = items.filter(|item| item.file_type().is_ok_and(|kind| kind.is_dir()));
        folders
            .filter_map(|item| item.file_name().into_string().ok())
            .collect()
    }

    fn read(&self, path: &ContentPath, limit: u64) -> Result<Vec<u8>, ReadError> {
        let io = |error: io::Error| unreadable(&error);
        let (file, size) = self.open_file(path, limit)?;
        let too_large = |size| ReadError::TooLarge { size, limit };
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        // It may be growing.
        let mut bounded = file.take(limit.saturating_add(1));
        bounded.read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > limit {
            return Err(too_large(bytes.len() as u64));
        }
        Ok(bytes)
    }

    fn open(&self, path: &ContentPath, limit: u64) -> Result<Arc<dyn FileBytes>, ReadError> {
        let (file, _) = self.open_file(path, limit)?;
        let file = OpenFile::new(file).map_err(|error| unreadable(&error))?;
        Ok(Arc::new(file))
    }
}

impl WorkTree {
    /// Opens a regular file of at most `limit` bytes, and says how many it has.
    fn open_file(&self, path: &ContentPath, limit: u64) -> Result<(File, u64), ReadError> {
        let (place, seen) = self.locate(path)?;
        // Before opening: a named pipe would block.
        if !seen.is_file() {
            return Err(ReadError::NotAFile);
        }
        let io = |error: io::Error| unreadable(&error);
        let file = File::open(&place).map_err(io)?;
        let opened = file.metadata().map_err(io)?;
        // Somebody may have put a link there since; then the open file is another one.
        if !is_same(&opened, &seen) {
            return Err(ReadError::Io("it changed while it was read".to_owned()));
        }
        let size = opened.len();
        if size > limit {
            return Err(ReadError::TooLarge { size, limit });
        }
        Ok((file, size))
    }
}

impl ContentSource for WorkTree {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        Ok(Box::new(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ContentPath {
        ContentPath::parse(text).unwrap()
    }

    #[test]
    fn documents_are_found_below_the_folder_and_sorted() {
        let root = tempfile::tempdir().unwrap();
        for file in ["posts/b.md", "posts/2026/a.md", "posts/a.png", "notes.md"] {
            let place = root.path().join(file);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, "x").unwrap();
        }
        let tree = WorkTree::new(root.path());
        let found = tree.documents(&path("posts")).unwrap();
        assert_eq!(found, [path("posts/2026/a.md"), path("posts/b.md")]);
        assert_eq!(tree.documents(&path("none")), Err(ReadError::NotFound));
        assert_eq!(tree.documents(&path("notes.md")), Err(ReadError::NotAFile));
    }

    #[test]
    fn only_regular_files_within_the_limit_are_read() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("folder")).unwrap();
        fs::write(root.path().join("file"), "12345").unwrap();
        let tree = WorkTree::new(root.path());
        assert_eq!(tree.read(&path("file"), 5).unwrap(), b"12345");
        let (size, limit) = (5, 4);
        assert_eq!(
            tree.read(&path("file"), 4),
            Err(ReadError::TooLarge { size, limit })
        );
        assert_eq!(tree.read(&path("folder"), 4), Err(ReadError::NotAFile));
        assert_eq!(tree.read(&path("none"), 4), Err(ReadError::NotFound));
        assert_eq!(tree.read(&path("file/x"), 4), Err(ReadError::NotFound));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_never_followed() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.md"), "secret").unwrap();
        fs::create_dir(root.path().join("posts")).unwrap();
        symlink(
            outside.path().join("secret.md"),
            root.path().join("posts/a.md"),
        )
        .unwrap();
        symlink(outside.path(), root.path().join("posts/folder")).unwrap();
        symlink("/dev/zero", root.path().join("posts/zero.md")).unwrap();
        let tree = WorkTree::new(root.path());
        for file in ["posts/a.md", "posts/folder/secret.md", "posts/zero.md"] {
            assert_eq!(
                tree.read(&path(file), 99),
                Err(ReadError::Symlink),
                "{file}"
            );
        }
        // They are named, so that they are complained about, and not looked behind.
        let found = tree.documents(&path("posts")).unwrap();
        assert_eq!(found, [path("posts/a.md"), path("posts/zero.md")]);
        assert_eq!(
            tree.documents(&path("posts/folder")),
            Err(ReadError::Symlink)
        );
        // The user may reach the root through a link.
        let link = outside.path().join("root");
        symlink(root.path(), &link).unwrap();
        assert_eq!(
            WorkTree::new(&link)
                .documents(&path("posts"))
                .unwrap()
                .len(),
            2
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_cannot_be_written_here_is_told_not_lost() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("posts")).unwrap();
        fs::write(root.path().join("posts/a\\b.md"), "x").unwrap();
        let listing = WorkTree::new(root.path()).listing(&path("posts")).unwrap();
        assert_eq!(listing.documents, []);
        assert_eq!(listing.unread.first().unwrap().path, "posts/a\\b.md");
    }

    #[test]
    fn a_repository_in_the_folder_is_named_and_not_looked_into() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("posts/module/.git")).unwrap();
        fs::write(root.path().join("posts/module/a.md"), "x").unwrap();
        let tree = WorkTree::new(root.path());
        let listing = tree.listing(&path("posts")).unwrap();
        assert_eq!(listing.documents, []);
        assert_eq!(listing.unread.first().unwrap().path, "posts/module");
        let itself = tree.listing(&path("posts/module"));
        assert_eq!(itself, Err(ReadError::Submodule));
    }
}
