//! Files that are whole or not there.
//!
//! Owns writing through a temporary file and a rename, flushed to the disk. Must not know
//! what the files are.

#![allow(clippy::disallowed_methods, reason = "this is where files are written")]

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::model::digest::DigestBuilder;

/// Writes `bytes` to `path` so that at every moment, a power cut included, the file has
/// either its old or its new content. Its folder must exist. A symbolic link at `path` is
/// replaced, not followed. An existing file keeps its permissions.
///
/// # Errors
/// The system's own.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(".mergecast-")
        .suffix(".tmp")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    // A temporary file is private; what is written for the user is not.
    let permissions = match fs::symlink_metadata(path) {
        Ok(old) if old.is_file() => Some(old.permissions()),
        _ => shared(),
    };
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// The same for a file that nobody but its owner may read or write, whatever an earlier
/// one allowed.
///
/// # Errors
/// The system's own.
pub fn write_privately(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    // Temporary files are made for their owner alone (mode 0600), from the first byte on.
    let mut file = tempfile::Builder::new()
        .prefix(".mergecast-")
        .suffix(".tmp")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// The user a file or folder belongs to; `None`: it cannot be told.
#[cfg(unix)]
#[must_use]
pub fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(path).ok()?;
    Some(found.uid())
}

/// The user a file or folder belongs to: not told on this system.
#[cfg(not(unix))]
#[must_use]
pub fn owner(_path: &Path) -> Option<u32> {
    None
}

/// The user that this process makes files as; `None`: it cannot be told.
#[cfg(unix)]
#[must_use]
pub fn own_user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let made = tempfile::tempfile().ok()?;
    Some(made.metadata().ok()?.uid())
}

/// The user that this process makes files as: not told on this system.
#[cfg(not(unix))]
#[must_use]
pub fn own_user() -> Option<u32> {
    None
}

/// Whether others than its owner may read a file; `None`: it cannot be told.
#[must_use]
pub fn is_open_to_others(path: &Path) -> Option<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).ok()?.permissions().mode();
        Some(mode & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

#[cfg(unix)]
fn shared() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn shared() -> Option<fs::Permissions> {
    None
}

/// Takes `path` away for good. A file that is not there is no error.
///
/// # Errors
/// The system's own.
pub fn remove_durably(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(folder_of(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes `path` and the folders above it, each flushed into the one above.
///
/// # Errors
/// The system's own.
pub fn create_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        create_folders(above)?;
    }
    match fs::create_dir(path) {
        Ok(()) => sync_folder(folder_of(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// The bytes of a file; `None`: there is none.
///
/// # Errors
/// The system's own, for what is there and cannot be read or is no file: a pipe would be
/// waited for.
pub fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let found = fs::metadata(path).and_then(|found| match found.is_file() {
        true => fs::read(path),
        false => Err(io::Error::other("it is not a regular file")),
    });
    match found {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A text that changes when a file below `root` does, hidden ones left out: names, sizes
/// and times. Nothing is read.
#[must_use]
pub fn fingerprint(root: &Path) -> String {
    let mut seen = DigestBuilder::default();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for name in names_in(&folder) {
            let path = folder.join(&name);
            let Ok(facts) = fs::symlink_metadata(&path) else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            if facts.is_dir() {
                folders.push(path);
                continue;
            }
            let changed = facts.modified().ok();
            let facts = format!("{}\t{}\t{changed:?}", path.display(), facts.len());
            seen = seen.field("file", facts.as_bytes());
        }
    }
    seen.finish().to_string()
}

/// At most `limit` bytes of a regular file, not through a symbolic link; `None`: there is
/// none. A longer file gives one byte more, so that its reader sees that it is too long.
///
/// # Errors
/// The system's own, for what is there and cannot be read or is no regular file.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    if !refuse_irregular(path)? {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    io::Read::read_to_end(
        &mut io::Read::take(File::open(path)?, limit.saturating_add(1)),
        &mut bytes,
    )?;
    Ok(Some(bytes))
}

/// Whether there is a file at `path`. What only looks like one may never end, or never
/// answer: a device, a pipe, a link to one.
///
/// # Errors
/// What is there is no regular file, or cannot be looked at.
pub fn refuse_irregular(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(io::Error::other("it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Adds `text` at the end of a file, which is made where it is missing.
///
/// # Errors
/// The system's own.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    file?.write_all(text.as_bytes())
}

/// The names in a folder, sorted; none where it cannot be read.
#[must_use]
pub fn names_in(folder: &Path) -> Vec<String> {
    let Ok(items) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = items
        .filter_map(|item| item.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A rename is durable when its folder is. Only Unix can flush a folder.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        create_folders(&deep).unwrap();
        let path = deep.join("x.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(read_if_there(&path).unwrap().unwrap(), b"two");
        assert_eq!(fs::read_dir(&deep).unwrap().count(), 1);
        remove_durably(&path).unwrap();
        remove_durably(&path).unwrap();
        assert_eq!(read_if_there(&path).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn no_more_of_a_file_is_read_than_allowed_and_nothing_of_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        assert_eq!(read_bounded(&path, 4).unwrap(), None);
        fs::write(&path, "0123456789").unwrap();
        // One byte more tells that it is too long.
        assert_eq!(read_bounded(&path, 4).unwrap().unwrap(), b"01234");
        assert_eq!(read_bounded(&path, 10).unwrap().unwrap(), b"0123456789");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(read_bounded(&link, 10).is_err());
        assert!(read_bounded(folder.path(), 10).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_private_even_over_an_open_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(is_open_to_others(&path), Some(true));
        write_privately(&path, b"new").unwrap();
        assert_eq!(is_open_to_others(&path), Some(false));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_replaced_and_its_target_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
        assert_eq!(fs::read_to_string(&link).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }
}
