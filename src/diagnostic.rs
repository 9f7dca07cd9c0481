//! Problems as data: a code, a severity, places, facts and one next step.
//!
//! Owns the shape of a problem and where it is. A label carries the line it points into,
//! so a diagnostic can be shown without the file. Must not render: see [`crate::report`].

use std::cmp::Ordering;
use std::ops::Range;

use crate::model::path::ContentPath;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Stops the post, or everything when the configuration is at fault.
    Error,
    /// Worth a look; stops nothing.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub path: ContentPath,
    /// Line, from 1; 0: the file as a whole.
    pub line: u32,
    /// Column in characters, from 1; 0: the file as a whole.
    pub column: u32,
    /// How many characters of the line are meant; at least 1 when there is a line.
    pub length: u32,
    /// The text of the line, at most [`SourceText::MAX_EXCERPT`] characters of it.
    pub excerpt: String,
    /// The column of the first character of `excerpt`, from 1.
    pub excerpt_column: u32,
    /// What is to be said about the place; may be empty.
    pub text: String,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Kebab-case word, equal to its anchor in `docs/diagnostics.md`; never renamed.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, literals in backticks, no period.
    pub message: String,
    /// The place; the first one is the main one.
    pub labels: Vec<Label>,
    /// Facts.
    pub notes: Vec<String>,
    /// One next step, which can be pasted.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without place, facts or help.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message.into())
    }

    /// A warning without place, facts or help.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message.into())
    }

    fn new(code: &'static str, severity: Severity, message: String) -> Self {
        Self {
            code,
            severity,
            message,
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, label: Label) -> Self {
        self.labels.push(label);
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Sets the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether it stops something.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The order in which problems are shown: by place, then severity, then code.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let place = |d: &Self| {
            d.labels
                .first()
                .map(|label| (label.path.clone(), label.line, label.column))
        };
        place(self)
            .cmp(&place(other))
            .then(self.severity.cmp(&other.severity))
            .then(self.code.cmp(other.code))
            .then(self.message.cmp(&other.message))
    }
}

/// Sorts problems into the order in which they are shown and drops exact repeats.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(Diagnostic::compare);
    diagnostics.dedup();
}

/// The text of one file, to make labels from byte ranges.
#[derive(Clone, Copy, Debug)]
pub struct SourceText<'a> {
    path: &'a ContentPath,
    text: &'a str,
}

impl<'a> SourceText<'a> {
    /// The longest excerpt of a line, in characters.
    pub const MAX_EXCERPT: usize = 160;

    /// The text of the file at `path`.
    #[must_use]
    pub fn new(path: &'a ContentPath, text: &'a str) -> Self {
        Self { path, text }
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &'a ContentPath {
        self.path
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// A label for the bytes in `span`, with nothing said about them.
    #[must_use]
    pub fn label(&self, span: Range<usize>) -> Label {
        self.label_with(span, "")
    }

    /// A label for the bytes in `span`. A span that runs past its first line is cut at
    /// the end of that line; one outside the text is moved inside.
    #[must_use]
    pub fn label_with(&self, span: Range<usize>, text: impl Into<String>) -> Label {
        let floor = |at: usize| {
            let mut at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (start, end) = (floor(span.start), floor(span.end.max(span.start)));
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = self.text.get(line_start..).unwrap_or_default();
        let line = rest
            .split('\n')
            .next()
            .unwrap_or_default()
            .trim_end_matches('\r');
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        let meant = self.text.get(start..end).unwrap_or_default();
        let on_line = meant
            .split(['\n', '\r'])
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        let skip = column.saturating_sub(Self::MAX_EXCERPT / 2);
        let skip = if line.chars().nth(Self::MAX_EXCERPT).is_some() {
            skip
        } else {
            0
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Label {
            path: self.path.clone(),
            line: count(before.matches('\n').count() + 1),
            column: count(column + 1),
            length: count(on_line.max(1)),
            excerpt: line.chars().skip(skip).take(Self::MAX_EXCERPT).collect(),
            excerpt_column: count(skip + 1),
            text: text.into(),
        }
    }
}

impl Label {
    /// A label for a file as a whole.
    #[must_use]
    pub fn file(path: &ContentPath) -> Self {
        Self {
            path: path.clone(),
            line: 0,
            column: 0,
            length: 0,
            excerpt: String::new(),
            excerpt_column: 0,
            text: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_knows_its_line_and_column_in_characters() {
        let path = ContentPath::parse("a.md").unwrap();
        let text = "erste\nzwölf ß x: y\r\nlast";
        let at = text.find("x:").unwrap();
        let label = SourceText::new(&path, text).label(at..at + 1);
        assert_eq!((label.line, label.column, label.length), (2, 9, 1));
        assert_eq!(label.excerpt, "zwölf ß x: y");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let path = ContentPath::parse("a.md").unwrap();
        let text = format!("{}X{}", "é".repeat(5000), "b".repeat(5000));
        let label = SourceText::new(&path, &text).label(10_000..10_001);
        assert_eq!(label.column, 5001);
        assert!(label.excerpt.contains('X'));
        assert_eq!(label.excerpt.chars().count(), SourceText::MAX_EXCERPT);
    }
}
