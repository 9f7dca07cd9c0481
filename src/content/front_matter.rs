//! From bytes to text, and from text to front matter and body.
//!
//! Owns what a file must be before anything in it is read: size, encoding, line ends, the
//! two `---` lines. Must not read YAML or Markdown. Every check is linear and comes before
//! anything whose cost could grow faster than its input.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Label, SourceText};
use crate::model::path::ContentPath;

/// The largest document, in bytes; LinkedIn takes 3000 characters of text.
pub const MAX_DOCUMENT: usize = 1024 * 1024;
/// The largest front matter, in bytes.
pub const MAX_FRONT_MATTER: usize = 16 * 1024;

/// The largest body, in bytes. Reading Markdown may cost the square of its length, and
/// LinkedIn takes 3000 characters.
pub const MAX_BODY: usize = 64 * 1024;

/// The problem of a document of `size` bytes.
#[must_use]
pub fn document_too_large(size: u64, path: &ContentPath) -> Diagnostic {
    let message = format!("the file has {size} bytes, more than {MAX_DOCUMENT}");
    Diagnostic::error("document-too-large", message)
        .at(Label::file(path))
        .note("nothing of it was read")
        .help("keep the post's text here and its media in files of their own")
}

/// Decodes a file: UTF-8 without a byte order mark and without NUL, line ends as `\n`.
///
/// # Errors
/// `document-too-large`, `not-utf8` or `nul-byte`, with the place.
pub fn decode(bytes: &[u8], path: &ContentPath) -> Result<String, Diagnostic> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(document_too_large(bytes.len() as u64, path));
    }
    let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(rest).map_err(|error| not_utf8(rest, path, &error))?;
    if let Some(at) = text.find('\0') {
        let label = SourceText::new(path, text).label_with(at..at + 1, "NUL");
        let message = format!("the file has a NUL byte in line {}", label.line);
        return Err(Diagnostic::error("nul-byte", message)
            .at(printable(label))
            .help("remove it, or save the file as plain UTF-8 text"));
    }
    // A lone carriage return ends a line in YAML and in Markdown alike.
    if text.contains('\r') {
        Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Ok(text.to_owned())
    }
}

fn not_utf8(bytes: &[u8], path: &ContentPath, error: &std::str::Utf8Error) -> Diagnostic {
    let at = error.valid_up_to();
    let tail = bytes.get(at..).unwrap_or_default();
    let line_end = tail.iter().position(|byte| *byte == b'\n');
    let shown = at + line_end.unwrap_or(tail.len()).min(512);
    let lossy = String::from_utf8_lossy(bytes.get(..shown).unwrap_or_default());
    let byte = tail.first().copied().unwrap_or_default();
    let label = SourceText::new(path, &lossy).label_with(at..at + 3, format!("byte 0x{byte:02X}"));
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let message = format!(
        "the file is not UTF-8: line {}, column {}",
        label.line, label.column
    );
    let found = Diagnostic::error("not-utf8", message).at(printable(label));
    if utf16 {
        found.help("the file is UTF-16; save it as UTF-8")
    } else {
        found.help("save the file as UTF-8")
    }
}

/// The line of a file that is not text, without what a terminal would obey.
fn printable(label: Label) -> Label {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    Label {
        excerpt: label.excerpt.chars().map(clean).collect(),
        ..label
    }
}

/// Where the two parts of a document are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The lines between the two `---` lines.
    pub front_matter: Range<usize>,
    /// Everything after the second `---` line.
    pub body: Range<usize>,
}

/// Finds front matter and body in decoded text. A delimiter is a line of exactly three
/// dashes, blanks after them aside; the first stands in the first line.
///
/// # Errors
/// `front-matter-missing`, `front-matter-unclosed` or `front-matter-too-large`.
pub fn split(source: &SourceText<'_>) -> Result<Parts, Diagnostic> {
    let text = source.text();
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if !is_delimiter(first) {
        return Err(missing(source, first));
    }
    let start = first.len();
    let mut at = start;
    for line in lines {
        if at - start > MAX_FRONT_MATTER {
            break;
        }
        if is_delimiter(line) {
            return Ok(Parts {
                front_matter: start..at,
                body: at + line.len()..text.len(),
            });
        }
        at += line.len();
    }
    let closed = text
        .get(at..)
        .is_some_and(|rest| rest.starts_with("---") || rest.contains("\n---"));
    Err(if closed {
        too_large(source)
    } else {
        unclosed(source)
    })
}

/// The body's place, unless it is too large to be read as Markdown.
///
/// # Errors
/// `body-too-large`.
pub fn fitting_body(source: &SourceText<'_>, parts: &Parts) -> Result<Range<usize>, Diagnostic> {
    let body = parts.body.clone();
    if body.len() <= MAX_BODY {
        return Ok(body);
    }
    let message = format!(
        "the text has {} bytes, more than {MAX_BODY}; LinkedIn takes 3000 characters",
        body.len()
    );
    Err(Diagnostic::error("body-too-large", message)
        .at(source.label_with(body.start..body.start, "the text begins here"))
        .note("it was not read")
        .help("shorten the text, or attach it as a document under `media`"))
}

fn is_delimiter(line: &str) -> bool {
    line.trim_end() == "---"
}

fn unclosed(source: &SourceText<'_>) -> Diagnostic {
    let message = "the front matter has no closing `---` line";
    Diagnostic::error("front-matter-unclosed", message)
        .at(source.label_with(0..3, "opened here"))
        .help("add a line with only `---` between the keys and the text")
}

fn too_large(source: &SourceText<'_>) -> Diagnostic {
    let message = format!("the front matter has more than {MAX_FRONT_MATTER} bytes");
    Diagnostic::error("front-matter-too-large", message)
        .at(source.label_with(0..3, "opened here"))
        .note("nothing of it was read")
        .help("put the text of the post after the second `---` line")
}

/// Names of files that are about a folder, and not posts.
const NO_POSTS: &[&str] = &[
    "readme",
    "contributing",
    "changelog",
    "license",
    "notes",
    "todo",
];

fn missing(source: &SourceText<'_>, first: &str) -> Diagnostic {
    let found = Diagnostic::error("front-matter-missing", "the file has no front matter");
    let later = source.text().trim_start().lines().next();
    if later.is_some_and(is_delimiter) {
        return found
            .at(source.label_with(0..first.trim_end().len(), "`---` must stand here"))
            .help("remove the blank lines above the first `---`");
    }
    let found = found.at(source.label_with(0..first.trim_end().len(), "expected `---`"));
    let name = source.path().file_name().to_lowercase();
    if NO_POSTS.iter().any(|about| name == format!("{about}.md")) {
        let note = "every `.md` file in the folder of posts is a post";
        let path = source.path();
        return found.note(note).help(format!(
            "move it out of the folder of posts\n  git mv '{path}' ."
        ));
    }
    found
        .note("a post begins with keys between two `---` lines, and its text follows")
        .help("begin the file with `---`, a line `scheduled_at: on-merge` or `draft: true`, and `---`")
}

/// The value of a top-level `name: value` line near the start of a file that could not be
/// read as a document. A post whose front matter breaks must keep its identity: under
/// another key it would look as if the old post had been deleted.
#[must_use]
pub fn salvage(bytes: &[u8], name: &str) -> Option<String> {
    let head = bytes.get(..bytes.len().min(MAX_FRONT_MATTER))?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head
        .trim_start_matches('\u{feff}')
        .lines()
        .skip_while(|line| line.trim().is_empty());
    lines.next().filter(|first| is_delimiter(first))?;
    let value = lines
        .take_while(|line| !is_delimiter(line))
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
    let path = ContentPath::parse("salvage").ok()?;
    let source = SourceText::new(&path, value);
    let tree = super::yaml::read(&source, value, 0..value.len(), "value");
    let root = tree.root.filter(|_| tree.diagnostics.is_empty())?;
    (!root.is_null()).then(|| root.text().map(str::to_owned))?
}

/// The text below the front matter of a file that need not be a document, as it is written.
#[must_use]
pub fn body_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.split_inclusive('\n');
    let body = lines.next().filter(|first| is_delimiter(first)).map(|_| {
        let rest = lines.skip_while(|line| !is_delimiter(line));
        rest.skip(1).collect()
    });
    body.unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> ContentPath {
        ContentPath::parse("posts/a.md").unwrap()
    }

    #[test]
    fn decodes_what_editors_write() {
        let read = |bytes: &[u8]| decode(bytes, &path()).unwrap();
        assert_eq!(
            read(b"\xef\xbb\xbf---\r\na: b\r\n---\r\n"),
            "---\na: b\n---\n"
        );
        assert_eq!(read(b"a\rb\r\nc\n"), "a\nb\nc\n");
        assert_eq!(read("zwölf 🦀".as_bytes()), "zwölf 🦀");
        assert_eq!(read(b""), "");
    }

    #[test]
    fn refuses_what_is_no_text_and_says_where() {
        for (bytes, code, line, column) in [
            (&b"---\nid: a\0b\n"[..], "nul-byte", 2, 6),
            (b"---\n\xc3\xbc: \xe9t\xe9\n", "not-utf8", 2, 4),
            (b"abc\xc3", "not-utf8", 1, 4),
            (b"\xff\xfea\0", "not-utf8", 1, 1),
        ] {
            let found = decode(bytes, &path()).unwrap_err();
            let label = &found.labels[0];
            assert_eq!((found.code, label.line, label.column), (code, line, column));
            assert!(!label.excerpt.contains('\0'));
        }
        let utf16 = decode(b"\xff\xfea\0", &path()).unwrap_err();
        assert!(utf16.help.unwrap().contains("UTF-16"));
        let large = decode(&vec![b'a'; MAX_DOCUMENT + 1], &path()).unwrap_err();
        assert_eq!(large.code, "document-too-large");
        assert!(decode(&vec![b'a'; MAX_DOCUMENT], &path()).is_ok());
    }

    fn parts(text: &str) -> Result<(String, String), &'static str> {
        let path = path();
        let parts = split(&SourceText::new(&path, text)).map_err(|found| found.code)?;
        Ok((
            text[parts.front_matter].to_owned(),
            text[parts.body].to_owned(),
        ))
    }

    #[test]
    fn the_body_of_any_file_is_what_stands_below_its_front_matter() {
        for text in [
            "---\na: b\n---\nHi\n---\n",
            "\u{feff}---\r\n---\r\nHi\n---\n",
            "Hi\n---\n",
        ] {
            assert_eq!(body_of(text.as_bytes()), "Hi\n---\n");
        }
        assert_eq!(body_of(b"---\na: b\n"), "");
    }

    #[test]
    fn splits_at_lines_of_three_dashes() {
        let both = |a: &str, b: &str| Ok((a.to_owned(), b.to_owned()));
        assert_eq!(
            parts("---\na: b\n---\ntext\n---\nmore"),
            both("a: b\n", "text\n---\nmore")
        );
        assert_eq!(parts("---  \na: b\n--- \t\n"), both("a: b\n", ""));
        assert_eq!(parts("---\n---"), both("", ""));
        assert_eq!(
            parts("---\na: ----\n----\n---\nx"),
            both("a: ----\n----\n", "x")
        );
        assert_eq!(parts(""), Err("front-matter-missing"));
        assert_eq!(parts("text"), Err("front-matter-missing"));
        assert_eq!(parts("\n---\na: b\n---\n"), Err("front-matter-missing"));
        assert_eq!(parts("----\na: b\n---\n"), Err("front-matter-missing"));
        assert_eq!(parts("---\na: b\n"), Err("front-matter-unclosed"));
        assert_eq!(parts("---"), Err("front-matter-unclosed"));
        let large = format!("---\n{}\n---\n", "x".repeat(MAX_FRONT_MATTER));
        assert_eq!(parts(&large), Err("front-matter-too-large"));
        let fits = format!("---\n{}\n---\n", "x".repeat(MAX_FRONT_MATTER - 1));
        assert!(parts(&fits).is_ok());
    }

    #[test]
    fn an_identity_survives_broken_front_matter() {
        let found = |text: &str| salvage(text.as_bytes(), "id");
        assert_eq!(found("---\na: [\nid: launch\n---\n"), Some("launch".into()));
        assert_eq!(found("\n---\nid: 'a: b' # x\n"), Some("a: b".into()));
        assert_eq!(found("---\nidea: x\n---\nid: body\n"), None);
        assert_eq!(found("id: text\n"), None);
        assert_eq!(found("---\n  id: nested\n---\n"), None);
        assert_eq!(found("---\nid: [\n---\n"), None);
        assert_eq!(salvage(b"---\nx: \xff\nid: a\n", "id"), Some("a".into()));
    }
}
