//! The text of a post, whole or as a diff of two versions.
//!
//! Owns how text is set apart from what this program says. Must not shorten it: what a
//! reviewer sees is all there is.

use similar::{ChangeTag, TextDiff};

use super::clean;
use super::palette::{Palette, paint};
use crate::model::commentary::Commentary;

/// Lines of context around each change.
const CONTEXT: usize = 3;

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// Lines that did not change were left out here; `@@ -1,4 +1,4 @@`.
    Hunk(String),
    /// In both versions.
    Same(String),
    /// Only in the new version.
    Added(String),
    /// Only in the old version.
    Removed(String),
}

/// The unified diff of two texts, in lines that are safe to show.
#[must_use]
pub fn diff(before: &str, after: &str) -> Vec<DiffLine> {
    let (before, after) = (clean::block(before), clean::block(after));
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(DiffLine::Hunk(
            hunk.header().to_string().trim_end().to_owned(),
        ));
        for change in hunk.iter_changes() {
            let text = change.value().trim_end_matches('\n').to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Insert => DiffLine::Added(text),
                ChangeTag::Delete => DiffLine::Removed(text),
            });
        }
    }
    lines
}

impl DiffLine {
    /// The line with its mark, as in a unified diff.
    #[must_use]
    pub fn marked(&self) -> String {
        match self {
            DiffLine::Hunk(text) => text.clone(),
            DiffLine::Same(text) => format!(" {text}"),
            DiffLine::Added(text) => format!("+{text}"),
            DiffLine::Removed(text) => format!("-{text}"),
        }
    }

    fn painted(&self, palette: &Palette) -> String {
        let style = match self {
            DiffLine::Hunk(_) => palette.dim,
            DiffLine::Same(_) => return self.marked(),
            DiffLine::Added(_) => palette.added,
            DiffLine::Removed(_) => palette.removed,
        };
        paint(style, &self.marked())
    }
}

/// `length 1234/3000`: UTF-16 code units of the visible text, and the limit.
#[must_use]
pub fn length(text: &str) -> String {
    let units = text.encode_utf16().count();
    format!("length {units}/{}", Commentary::MAX_UTF16)
}

/// A text in a gutter, so that nothing in it can be taken for this program's words:
/// the whole new text, or a diff where there is a different old one.
#[must_use]
pub fn in_gutter(before: Option<&str>, after: &str, palette: &Palette) -> Vec<String> {
    let gutter = paint(palette.dim, "|");
    let lines: Vec<String> = match before {
        Some(before) if before != after => diff(before, after)
            .iter()
            .map(|line| line.painted(palette))
            .collect(),
        _ => clean::block(after).split('\n').map(str::to_owned).collect(),
    };
    lines
        .iter()
        .map(|line| format!("{gutter} {line}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_a_unified_diff() {
        let before = "One\n\nTwo\n\nThree\n\nFour\n\nFive";
        let after = "One\n\nTwo\n\nThree\n\nFour!\n\nFive";
        assert_eq!(
            in_gutter(Some(before), after, &Palette::plain()).join("\n"),
            "| @@ -4,6 +4,6 @@\n|  \n|  Three\n|  \n| -Four\n| +Four!\n|  \n|  Five"
        );
    }

    #[test]
    fn a_new_text_is_whole_and_harmless() {
        let text = "::error::x\n\u{1b}[2Jgone";
        assert_eq!(
            in_gutter(None, text, &Palette::plain()),
            ["| ::error::x", "| \\u{1b}[2Jgone"]
        );
        assert_eq!(length("a😀"), "length 3/3000");
    }
}
