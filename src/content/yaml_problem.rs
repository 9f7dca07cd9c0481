//! What is said about YAML that cannot be read.
//!
//! Owns the wording and the places of YAML problems. Must not decide what is a problem:
//! that is [`super::yaml`].

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use super::yaml::MAX_DEPTH;
use crate::diagnostic::{Diagnostic, SourceText};

/// The text is not YAML, or not the YAML that is read here.
pub(super) fn syntax(
    source: &SourceText<'_>,
    range: &Range<usize>,
    error: &ScanError,
    what: &str,
) -> Diagnostic {
    let offset = error.marker().byte_offset().unwrap_or_default();
    let mut at = range.start + offset;
    let help = advice(error.kind());
    if help == NO_TABS {
        // The parser names the start of the value that ran into the tab.
        let rest = source.text().get(at..range.end).unwrap_or_default();
        at += rest.find('\t').unwrap_or_default();
    }
    let place = inside(source, range, at);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => return too_deep(source, place),
        ErrorKind::DirectiveDisallowed => return unsupported(source, place, "a directive"),
        _ => {}
    }
    // The parser's own words about the place are facts; what to do about it is ours.
    Diagnostic::error("yaml-syntax", format!("the {what} is not valid YAML"))
        .at(source.label_with(place, error.kind().to_string()))
        .help(help)
}

/// The character at `at`, or the last one before it that is not blank: a problem found at
/// the end of the text must not point past it.
fn inside(source: &SourceText<'_>, range: &Range<usize>, at: usize) -> Range<usize> {
    let text = source.text();
    let next = |at: usize| {
        let rest = text.get(at..range.end)?;
        let found = rest.chars().next().filter(|c| *c != '\n')?;
        Some(at..at + found.len_utf8())
    };
    next(at).unwrap_or_else(|| {
        let before = text
            .get(range.start..at.min(range.end))
            .unwrap_or_default()
            .trim_end();
        let width = before.chars().next_back().map_or(0, char::len_utf8);
        let end = range.start + before.len();
        end - width..end
    })
}

const NO_TABS: &str = "use spaces, not tabs";

fn advice(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar
        | ErrorKind::InvalidBlockEntryWhitespace
        | ErrorKind::InvalidMappingValueWhitespace => NO_TABS,
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::SimpleKeyExpected => {
            "a value that contains `: ` needs quotes, a key needs `: ` after it: `title: \"one: two\"`"
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "close the quote on the same line"
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "put the value in quotes: YAML reserves this character: `\"@name\"`"
        }
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => {
            "between double quotes write `\\\\` for a backslash, or use single quotes"
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::MisplacedFlowCollectionEnd => {
            "close every `[` with `]` and every `{` with `}`, and put commas between the items"
        }
        _ => "write one `key: value` a line, with the keys of one level in the same column",
    }
}

/// A part of YAML that is not read.
pub(super) fn unsupported(source: &SourceText<'_>, place: Range<usize>, what: &str) -> Diagnostic {
    Diagnostic::error("yaml-unsupported", format!("{what} is not read here"))
        .at(source.label_with(place, format!("{what} of YAML")))
        .note("only plain keys, values, lists and mappings are read, so that a file means what it shows")
        .help("write the value out; a value that begins with `&`, `*`, `!` or `%` needs quotes")
}

/// Lists and mappings in one another, too many times.
pub(super) fn too_deep(source: &SourceText<'_>, place: Range<usize>) -> Diagnostic {
    let message = format!("lists and mappings are nested more than {MAX_DEPTH} deep");
    Diagnostic::error("yaml-too-deep", message)
        .at(source.label_with(place, format!("level {}", MAX_DEPTH + 1)))
        .help("put a value that begins with `[`, `{` or `-` in quotes; no key needs this depth")
}

/// The same key twice in one mapping.
pub(super) fn duplicate(
    source: &SourceText<'_>,
    key: &str,
    first: Range<usize>,
    second: Range<usize>,
) -> Diagnostic {
    let key = super::suggest::shortened(key);
    Diagnostic::error("duplicate-yaml-key", format!("`{key}` is written twice"))
        .at(source.label_with(second, "again here"))
        .at(source.label_with(first, "first here"))
        .help("keep one of the two lines; neither was preferred")
}
