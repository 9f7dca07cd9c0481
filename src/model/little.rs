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
use super::utf16::utf16_len;

/// The characters that need a backslash when they are meant as themselves.
pub const RESERVED: [char; 15] = [
    '|', '{', '}', '@', '[', ']', '(', ')', '<', '>', '#', '\\', '*', '_', '~',
];

/// [`RESERVED`] by byte.
const IS_RESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut index = 0;
    while index < RESERVED.len() {
        table[RESERVED[index] as usize] = true;
        index += 1;
    }
    table
};

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
        utf16_len(&self.0)
    }
}

fn escape_into(wire: &mut String, text: &str) {
    // Reserved characters are ASCII, so they can be looked for among the bytes.
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| IS_RESERVED[usize::from(byte)]) {
        let (before, from) = rest.split_at(at);
        let (reserved, behind) = from.split_at(1);
        wire.push_str(before);
        wire.push('\\');
        wire.push_str(reserved);
        rest = behind;
    }
    wire.push_str(rest);
}
