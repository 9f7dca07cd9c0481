//! Markdown bodies: what an author writes, as the commentary readers will see.
//!
//! Owns the mapping of every construct to plain text. Must not escape anything: that is
//! [`crate::model::little`].

mod flow;
mod reader;

use std::ops::Range;

use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::commentary::Commentary;

/// Which place of the source each part of the visible text came from: pairs of
/// (offset in UTF-16 units of the visible text, byte offset in the file), ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMap(pub(crate) Vec<(u32, u32)>);

impl TextMap {
    /// The byte offset in the file of the visible text's `utf16`-th code unit.
    #[must_use]
    pub fn source_offset(&self, utf16: usize) -> usize {
        let at = self.0.partition_point(|(text, _)| *text as usize <= utf16);
        let found = at.checked_sub(1).and_then(|at| self.0.get(at)).copied();
        let (text, source) = found.unwrap_or_default();
        source as usize + utf16.saturating_sub(text as usize)
    }
}

/// An image of the body; images are media, not text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyImage {
    /// Where it is, as written.
    pub destination: String,
    /// Its alt text, when there is one.
    pub alt: Option<String>,
    /// Where it is written.
    pub span: Range<usize>,
}

/// What a body says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// Its text.
    pub commentary: Commentary,
    /// Its images, in order.
    pub images: Vec<BodyImage>,
    /// Where each part of the text was written.
    pub map: TextMap,
    /// What cannot be published as written.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the Markdown in the bytes `body` of a file; spans count in the whole file.
#[must_use]
pub fn read_body(source: &SourceText<'_>, body: Range<usize>) -> Body {
    reader::read(source, body)
}

#[cfg(test)]
mod tests;
