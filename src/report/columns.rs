//! Lines of a page that is as wide as its reader's terminal.
//!
//! Owns cutting and wrapping by the width characters have on a screen. Must not know what
//! is laid out.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// `text` in at most `width` columns, ending in `…` where something is left out.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for part in text.graphemes(true) {
        used += part.width();
        if used > width {
            break;
        }
        kept.push_str(part);
    }
    format!("{}…", kept.trim_end())
}

/// `text` and as many spaces as it needs to be `width` columns wide.
pub(super) fn padded(text: &str, width: usize) -> String {
    let padding = width.saturating_sub(text.width());
    format!("{text}{:padding$}", "")
}

/// `text` in lines of at most `width` columns, broken between words; a word that is longer
/// has a line of its own, and so has a literal in backticks.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in words(paragraph) {
            if !line.is_empty() && line.width() + 1 + word.width() > width {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines
}

/// What stands between spaces, or in backticks.
fn words(paragraph: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for part in paragraph.split(' ') {
        match words.last_mut().filter(|_| open) {
            Some(word) => {
                word.push(' ');
                word.push_str(part);
            }
            None => words.push(part.to_owned()),
        }
        open ^= part.matches('`').count() % 2 == 1;
    }
    match open {
        // Backticks that are no pair are no literal.
        true => paragraph.split(' ').map(str::to_owned).collect(),
        false => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_fits_and_says_that_it_is_cut() {
        assert_eq!(cut("release", 7), "release");
        assert_eq!(cut("release", 6), "relea…");
        // Two columns each, and never half of one.
        assert_eq!(cut("日本語の記事", 7), "日本語…");
        assert_eq!(cut("a 👩‍💻 b", 4), "a…");
    }

    #[test]
    fn columns_are_counted_as_seen() {
        assert_eq!(padded("日本", 6), "日本  ");
        assert_eq!(padded("long", 2), "long");
    }

    #[test]
    fn literals_are_not_broken() {
        assert_eq!(
            wrapped("add `on_late: skip` to it", 12),
            ["add", "`on_late: skip`", "to it"]
        );
        assert_eq!(wrapped("an odd ` one here", 8), ["an odd `", "one here"]);
    }

    #[test]
    fn words_are_wrapped_and_never_broken() {
        let lines = wrapped("two words and a-very-long-one here\nkept", 10);
        assert_eq!(
            lines,
            ["two words", "and", "a-very-long-one", "here", "kept"]
        );
    }
}
