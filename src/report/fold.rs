//! Where a reader's feed cuts a text off with "…see more".
//!
//! Owns an estimate: LinkedIn documents no rule, and screens differ. Must not change the
//! text.

use unicode_segmentation::UnicodeSegmentation as _;

/// A screen, as far as the cut depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Lines shown.
    lines: usize,
    /// Characters shown, whatever the lines.
    characters: usize,
    /// Characters after which a line is broken.
    width: usize,
}

/// A phone: about three lines, or 210 characters.
pub const PHONE: Screen = Screen {
    lines: 3,
    characters: 210,
    width: 70,
};
/// A desktop: about five lines.
pub const DESKTOP: Screen = Screen {
    lines: 5,
    characters: 450,
    width: 90,
};

/// The text before and after the estimated cut; `None`: all of it is shown. The cut lies
/// between words where a word ends on the last line, and never inside a character.
#[must_use]
pub fn fold(text: &str, screen: Screen) -> Option<(&str, &str)> {
    let (mut line, mut column, mut shown) = (1, 0, 0);
    let mut word_end = 0;
    for (at, character) in text.grapheme_indices(true) {
        let is_break = character.ends_with('\n');
        if is_break || (column == screen.width && !character.trim().is_empty()) {
            line += 1;
            column = 0;
        }
        if line > screen.lines || shown == screen.characters {
            if text[at..].trim().is_empty() {
                return None;
            }
            let cut = if is_break || word_end == 0 {
                at
            } else {
                word_end
            };
            return Some((text[..cut].trim_end(), text[cut..].trim_start_matches('\n')));
        }
        if character.trim().is_empty() {
            word_end = at;
        }
        column += usize::from(!is_break);
        shown += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_shown_whole() {
        for text in ["", "One line.", "a\nb\nc", "a\nb\nc\n\n", &"x".repeat(210)] {
            assert_eq!(fold(text, PHONE), None, "{text:?}");
        }
    }

    #[test]
    fn lines_are_counted_empty_ones_too() {
        assert_eq!(fold("a\n\nb\nc\nd", PHONE), Some(("a\n\nb", "c\nd")));
        assert_eq!(fold("a\n\nb\nc\nd", DESKTOP), None);
        assert_eq!(
            fold("a\nb\nc\nd\ne\nf", DESKTOP),
            Some(("a\nb\nc\nd\ne", "f"))
        );
    }

    #[test]
    fn a_long_line_is_cut_between_words_and_never_inside_a_character() {
        let text = "word ".repeat(60);
        let (shown, rest) = fold(&text, PHONE).unwrap();
        assert!(shown.len() <= 210 && shown.ends_with("word"), "{shown}");
        assert_eq!(format!("{shown}{rest}").trim_end(), text.trim_end());
        let family = "👩‍👩‍👧‍👦".repeat(300);
        let (shown, rest) = fold(&family, PHONE).unwrap();
        assert_eq!(shown.graphemes(true).count(), 210);
        assert_eq!(format!("{shown}{rest}"), family);
    }
}
