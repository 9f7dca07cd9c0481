//! LinkedIn's `little` text format: the wire form of commentary.
//!
//! Owns the one place where commentary is escaped. The only way to make a [`LittleText`]
//! is from a [`Commentary`], so text cannot be escaped twice or not at all. Must not be
//! used for titles, alt texts or comments: those are plain on the wire.
//!
//! Source: LinkedIn, "little text format": fifteen reserved characters, each preceded by
//! a backslash wherever it is not part of an element. An unescaped one makes LinkedIn
//! answer 201 and silently drop the rest of the post.

use super::commentary::{Commentary, Segment};

/// The characters that need a backslash when they are meant as themselves.
pub const RESERVED: [char; 15] = [
    '|', '{', '}', '@', '[', ']', '(', ')', '<', '>', '#', '\\', '*', '_', '~',
];

/// Commentary as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LittleText(String);

impl LittleText {
    /// Escapes every reserved character in one pass and writes hashtags and mentions as
    /// elements. Newlines and all other characters stay as they are.
    #[must_use]
    pub fn encode(commentary: &Commentary) -> Self {
        let mut wire = String::new();
        for segment in commentary.segments() {
            match segment {
                Segment::Text(text) => escape_into(&mut wire, text),
                Segment::Hashtag(word) => {
                    wire.push('#');
                    wire.push_str(word);
                }
                Segment::Mention { name, urn } => {
                    wire.push_str("@[");
                    escape_into(&mut wire, name);
                    wire.push_str("](");
                    escape_into(&mut wire, urn.as_str());
                    wire.push(')');
                }
            }
        }
        Self(wire)
    }

    /// The wire text, before JSON encoding.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Length of the wire text in UTF-16 code units.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        self.0.encode_utf16().count()
    }
}

fn escape_into(wire: &mut String, text: &str) {
    for character in text.chars() {
        if RESERVED.contains(&character) {
            wire.push('\\');
        }
        wire.push(character);
    }
}
