//! Finding hashtags in plain text.
//!
//! Owns what makes a `#` the start of a hashtag: it stands at the start or after a
//! character that is no letter or digit, and is followed by letters, digits and
//! combining marks of which at least one is a letter. Everything else stays text, so
//! that it is escaped. (LinkedIn, "little text format"; the grammar ends a bare hashtag
//! at the first other character, `_` and `-` included.)

use crate::model::commentary::Segment;

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || is_mark(character)
}

/// Combining marks, which belong to the letter before them.
fn is_mark(character: char) -> bool {
    matches!(character as u32, 0x0300..=0x036F | 0x0483..=0x0489 | 0x0591..=0x05BD | 0x0610..=0x061A
        | 0x064B..=0x065F | 0x0670 | 0x0900..=0x0903 | 0x093A..=0x094F | 0x0E31 | 0x0E34..=0x0E3A
        | 0x0E47..=0x0E4E | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0x3099 | 0x309A
        | 0xFE20..=0xFE2F)
}

/// Splits `text` into text and hashtags. `before` is the character that precedes it.
#[must_use]
pub fn split(text: &str, before: Option<char>) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut plain = String::new();
    let mut previous = before;
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        previous = before.chars().next_back().or(previous);
        let tail = &from[1..];
        let word: &str = match tail.find(|c| !is_word(c)) {
            Some(end) => &tail[..end],
            None => tail,
        };
        let starts = !previous.is_some_and(|c| is_word(c) || "#_&".contains(c));
        if starts && word.chars().any(char::is_alphabetic) && !word.starts_with(is_mark) {
            segments.push(Segment::Text(std::mem::take(&mut plain)));
            segments.push(Segment::Hashtag(word.to_owned()));
            previous = word.chars().last();
            rest = &tail[word.len()..];
        } else {
            plain.push('#');
            previous = Some('#');
            rest = tail;
        }
    }
    plain.push_str(rest);
    segments.push(Segment::Text(plain));
    segments.retain(|segment| !matches!(segment, Segment::Text(text) if text.is_empty()));
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<String> {
        let word = |segment| match segment {
            Segment::Hashtag(word) => Some(word),
            _ => None,
        };
        split(text, None).into_iter().filter_map(word).collect()
    }

    #[test]
    fn words_after_a_hash_are_alive() {
        assert_eq!(
            tags("#Rust, (#GitOps) and #Zürich."),
            ["Rust", "GitOps", "Zürich"]
        );
        assert_eq!(tags("#日本語 #3d"), ["日本語", "3d"]);
        assert_eq!(tags("#snake_case"), ["snake"]);
    }

    #[test]
    fn other_hashes_are_text() {
        for text in ["C# now", "# heading", "#1", "a#b", "##x", "100%#"] {
            assert!(tags(text).is_empty(), "{text}");
        }
    }
}
