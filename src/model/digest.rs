//! SHA-256 digests of content.
//!
//! Owns the textual form `sha256:<64 hex digits>`. Must not decide what goes into a
//! digest: see [`crate::desired`].

use std::fmt;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, shown as `sha256:<hex>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Digests one run of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut builder = DigestBuilder::default();
        builder.0.update(bytes);
        builder.finish()
    }

    /// Digests everything that is left of a stream.
    ///
    /// # Errors
    /// The stream's.
    pub fn of_stream(stream: &mut dyn Read) -> io::Result<Self> {
        let mut builder = DigestBuilder::default();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => return Ok(builder.finish()),
                Ok(count) => builder.0.update(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The whole textual form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve hex digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        let hex = self.0.strip_prefix("sha256:").unwrap_or(&self.0);
        hex.get(..12).unwrap_or(hex)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Digests named fields so that no two different sequences of fields collide: every
/// name and value is preceded by its length.
#[derive(Default)]
pub struct DigestBuilder(Sha256);

impl DigestBuilder {
    /// Adds one field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &[u8]) -> Self {
        for part in [name.as_bytes(), value] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
        self
    }

    /// The digest of all fields so far.
    #[must_use]
    pub fn finish(self) -> Digest {
        use std::fmt::Write as _;
        let mut text = String::from("sha256:");
        for byte in self.0.finalize() {
            let _ = write!(text, "{byte:02x}");
        }
        Digest(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_published_value_for_abc() {
        assert_eq!(
            Digest::of(b"abc").as_str(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_stream_has_the_digest_of_its_bytes() {
        let bytes = vec![7; 200_000];
        assert_eq!(
            Digest::of_stream(&mut &bytes[..]).unwrap(),
            Digest::of(&bytes)
        );
    }

    #[test]
    fn moving_a_byte_between_fields_changes_the_digest() {
        let one = DigestBuilder::default().field("ab", b"c").finish();
        let two = DigestBuilder::default().field("a", b"bc").finish();
        assert_ne!(one, two);
    }
}
