//! The identity of a post.
//!
//! Owns what a valid key is. Must not know where keys come from (front matter or path).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The immutable identity of a post: the front matter `id`, else its path below the
/// posts folder without `.md`. At most 200 bytes of `/`-separated non-empty segments,
/// no control characters, no backslash, no `.` or `..` segment. Copies share the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PostKey(Arc<str>);

/// Why a text is not a [`PostKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing is left after trimming.
    #[error("a key cannot be empty")]
    Empty,
    /// Longer than [`PostKey::MAX_BYTES`].
    #[error("a key has at most {} bytes", PostKey::MAX_BYTES)]
    TooLong,
    /// A character that cannot be shown or stored safely.
    #[error("a key cannot contain control characters or `\\`")]
    Character,
    /// `a//b`, `/a`, `a/`, `.` or `..`.
    #[error("a key cannot have empty, `.` or `..` segments")]
    Segment,
}

impl PostKey {
    /// The longest key, in bytes; it must fit in a file name after percent-encoding.
    pub const MAX_BYTES: usize = 200;

    /// Checks `text` and makes it a key.
    ///
    /// # Errors
    /// Says which rule of the key format is broken.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.trim().is_empty() {
            return Err(KeyError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(KeyError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c == '\\') {
            return Err(KeyError::Character);
        }
        let bad = |segment: &str| segment.trim().is_empty() || segment == "." || segment == "..";
        if text.split('/').any(bad) {
            return Err(KeyError::Segment);
        }
        Ok(Self(text.into()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PostKey {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        Self::parse(&text)
    }
}

impl From<PostKey> for String {
    fn from(key: PostKey) -> Self {
        key.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_paths_and_words() {
        for text in ["launch", "2026/09/launch", "Grüße an alle", "a.b"] {
            assert_eq!(PostKey::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn refuses_what_cannot_be_a_file_name() {
        for (text, why) in [
            (" ", KeyError::Empty),
            ("a//b", KeyError::Segment),
            ("../a", KeyError::Segment),
            ("/a", KeyError::Segment),
            ("a\nb", KeyError::Character),
            ("a\\b", KeyError::Character),
        ] {
            assert_eq!(PostKey::parse(text), Err(why), "{text:?}");
        }
        assert_eq!(PostKey::parse(&"x".repeat(201)), Err(KeyError::TooLong));
    }
}
