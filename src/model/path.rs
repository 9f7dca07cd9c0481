//! Paths of files below the content root, and why a file could not be read.
//!
//! Owns the rule that a path never leaves the content root. Must not touch a file
//! system: paths here are values.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A path relative to the content root (the folder that holds `mergecast.yaml`), with
/// `/` between segments, without `.`, `..`, empty segments or a leading slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentPath(String);

/// Why a text is not a path inside the content root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// More `..` than folders: the path would leave the content root.
    #[error("leaves the content root")]
    Outside,
    /// Empty, or only dots and slashes.
    #[error("names no file")]
    Empty,
    /// NUL, control character, backslash, or drive letter.
    #[error("contains a character that a path here cannot have")]
    Character,
}

impl ContentPath {
    /// Resolves `text` against the folder of `self`; a leading `/` means the content root.
    /// Percent-encoding is not decoded: a file is named as it is called.
    ///
    /// # Errors
    /// When the result would leave the content root or cannot name a file.
    pub fn join_sibling(&self, text: &str) -> Result<Self, PathError> {
        let folder = match self.0.rsplit_once('/') {
            Some((folder, _)) if !text.starts_with('/') => folder,
            _ => "",
        };
        Self::resolve(folder, text)
    }

    /// A path from the content root.
    ///
    /// # Errors
    /// When the path would leave the content root or cannot name a file.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::resolve("", text)
    }

    fn resolve(folder: &str, text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        let drive = text.as_bytes().get(1) == Some(&b':')
            && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        if drive || text.chars().any(|c| c.is_control() || c == '\\') {
            return Err(PathError::Character);
        }
        let mut segments: Vec<&str> = folder.split('/').filter(|s| !s.is_empty()).collect();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop().ok_or(PathError::Outside)?;
                }
                name => segments.push(name),
            }
        }
        if segments.is_empty() {
            return Err(PathError::Empty);
        }
        Ok(Self(segments.join("/")))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below `folder`, when it is below it.
    #[must_use]
    pub fn below(&self, folder: &ContentPath) -> Option<&str> {
        self.0.strip_prefix(&folder.0)?.strip_prefix('/')
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for ContentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a content file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No such file.
    #[error("there is no such file")]
    NotFound,
    /// The path, or a folder on the way, is a symbolic link.
    #[error("it is, or lies behind, a symbolic link")]
    Symlink,
    /// A folder, a submodule, a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// A folder of another repository, which only has its place here.
    #[error("it is a git submodule, and its files are in another repository")]
    Submodule,
    /// Larger than the caller's limit; sizes in bytes.
    #[error("it has {size} bytes, more than {limit}")]
    TooLarge {
        /// Size of the file, in bytes.
        size: u64,
        /// The limit it was read with, in bytes.
        limit: u64,
    },
    /// A Git LFS pointer stands where the file's bytes should be.
    #[error("it is a Git LFS pointer, not the file itself")]
    LfsPointer,
    /// The system's own words.
    #[error("{0}")]
    Io(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> ContentPath {
        ContentPath::parse("posts/2026/launch.md").unwrap()
    }

    #[test]
    fn resolves_against_the_folder_of_the_post() {
        let joined = |text| post().join_sibling(text).map(|path| path.to_string());
        assert_eq!(joined("img/a.png").unwrap(), "posts/2026/img/a.png");
        assert_eq!(joined("../a.png").unwrap(), "posts/a.png");
        assert_eq!(joined("/media/a.png").unwrap(), "media/a.png");
        assert_eq!(joined("./a.png").unwrap(), "posts/2026/a.png");
    }

    #[test]
    fn never_leaves_the_content_root() {
        for text in ["../../../etc/passwd", "/../x", "/..", "a/../../../../x"] {
            assert_eq!(post().join_sibling(text), Err(PathError::Outside), "{text}");
        }
        for text in ["C:\\x", "c:x", "a\\b", "a\0b", "a\nb"] {
            assert_eq!(
                post().join_sibling(text),
                Err(PathError::Character),
                "{text:?}"
            );
        }
        assert_eq!(ContentPath::parse("./"), Err(PathError::Empty));
    }
}
