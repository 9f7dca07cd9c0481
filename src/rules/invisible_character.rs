//! `invisible-character`: what reviewers see is what readers get.
//!
//! Owns the list of characters that show nothing or turn the text around, and where they
//! are legal all the same. Must not remove them. (Source: Unicode TR 36, "Unicode Security
//! Considerations"; CVE-2021-42574.)

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// See the module.
pub(super) static RULE: Rule = Rule {
    id: "invisible-character",
    severity: Severity::Error,
    summary: "no characters that show nothing or turn the text around",
    check: Check::Document(check),
};

/// The name of a character that must not be there, whatever is around it.
fn forbidden(character: char) -> Option<&'static str> {
    Some(match character as u32 {
        0x00AD => "SOFT HYPHEN",
        0x061C => "ARABIC LETTER MARK",
        0x180E => "MONGOLIAN VOWEL SEPARATOR",
        0x200B => "ZERO WIDTH SPACE",
        0x200E => "LEFT-TO-RIGHT MARK",
        0x200F => "RIGHT-TO-LEFT MARK",
        0x202A => "LEFT-TO-RIGHT EMBEDDING",
        0x202B => "RIGHT-TO-LEFT EMBEDDING",
        0x202C => "POP DIRECTIONAL FORMATTING",
        0x202D => "LEFT-TO-RIGHT OVERRIDE",
        0x202E => "RIGHT-TO-LEFT OVERRIDE",
        0x2060 => "WORD JOINER",
        0x2061..=0x2064 => "INVISIBLE OPERATOR",
        0x2066 => "LEFT-TO-RIGHT ISOLATE",
        0x2067 => "RIGHT-TO-LEFT ISOLATE",
        0x2068 => "FIRST STRONG ISOLATE",
        0x2069 => "POP DIRECTIONAL ISOLATE",
        0x3164 | 0x115F | 0x1160 | 0xFFA0 => "HANGUL FILLER",
        0xFEFF => "ZERO WIDTH NO-BREAK SPACE",
        0xE000..=0xF8FF | 0xF0000..=0x10FFFD => "PRIVATE USE CHARACTER",
        0x0000..=0x0008 | 0x000B..=0x001F | 0x007F..=0x009F => "CONTROL CHARACTER",
        _ => return None,
    })
}

fn is_emoji(character: char) -> bool {
    matches!(character as u32, 0x00A9 | 0x00AE | 0x203C..=0x3299 | 0x1F000..=0x1FAFF | 0xFE0F)
}

/// Scripts in which joiners shape letters.
fn is_joining(character: char) -> bool {
    matches!(character as u32, 0x0590..=0x0DFF | 0x0F00..=0x109F | 0x1780..=0x18AF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC)
}

/// Byte offset and name of every character of `text` that should not be there.
fn find(text: &str) -> Vec<(usize, char, &'static str)> {
    let mut found = Vec::new();
    let mut previous: Option<char> = None;
    let mut tags = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let between = |test: fn(char) -> bool| previous.is_some_and(test) && next.is_some_and(test);
        match character as u32 {
            // A flag such as that of Scotland: a black flag, tags, a cancel tag.
            0xE0020..=0xE007F if tags || previous == Some('\u{1F3F4}') => {
                tags = character != '\u{E007F}';
            }
            0xE0000..=0xE007F => found.push((at, character, "TAG CHARACTER")),
            0x200D if between(is_emoji) || between(is_joining) => {}
            0x200C if between(is_joining) => {}
            0x200D => found.push((at, character, "ZERO WIDTH JOINER")),
            0x200C => found.push((at, character, "ZERO WIDTH NON-JOINER")),
            _ => found.extend(forbidden(character).map(|name| (at, character, name))),
        }
        previous = Some(character);
    }
    found
}

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let found = find(context.visible());
    if let Some((at, character, name)) = found.first() {
        let place = context.place_of(*at, &character.to_string());
        problems.push(
            report(rule, *character, name, found.len(), "the text")
                .at(context.label(place, "here")),
        );
    }
    for reference in &context.document.media {
        let alt = reference.alt.as_deref().unwrap_or_default();
        let found = find(alt);
        if let Some((_, character, name)) = found.first() {
            let problem = report(rule, *character, name, found.len(), "the alt text");
            problems.push(problem.at(context.label(reference.span.clone(), "")));
        }
    }
    problems
}

fn report(rule: &Rule, character: char, name: &str, count: usize, place: &str) -> Diagnostic {
    let more = if count > 1 {
        format!(", and {} more like it", count - 1)
    } else {
        String::new()
    };
    rule.report(format!(
        "{place} holds U+{:04X} {name}{more}",
        character as u32
    ))
    .note("reviewers cannot see it, and it can make a text read otherwise than it was approved")
    .help("delete it; retyping the words around it is the easiest way")
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::rules::testing::check_text;

    #[test]
    fn what_hides_or_turns_is_named() {
        for (text, name) in [
            ("a\u{202E}b", "RIGHT-TO-LEFT OVERRIDE"),
            ("a\u{200B}b", "ZERO WIDTH SPACE"),
            ("pa\u{00AD}y", "SOFT HYPHEN"),
            ("a\u{200D}b", "ZERO WIDTH JOINER"),
            ("a\u{E0041}", "TAG CHARACTER"),
            ("\u{E123}", "PRIVATE USE CHARACTER"),
        ] {
            assert_eq!(find(text)[0].2, name);
        }
        assert_eq!(check_text("invisible-character", "ok a\u{202E}b").len(), 1);
    }

    #[test]
    fn legal_text_raises_no_alarm() {
        for text in [
            "👩‍👩‍👧",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "❤️‍🔥",
            "می‌خواهم",
            "שלום",
            "क्‍ष",
            "été – “ok”…",
            "한국어 日本",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
