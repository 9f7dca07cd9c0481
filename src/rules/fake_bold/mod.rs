//! `fake-bold`: letters are letters.
//!
//! Owns when characters that look like styled letters are used as text. Must not stop a
//! post, and must not mind a formula.

mod letters;

use self::letters::{Style, is_overlay, undress};
use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// Unicode, chapter 22.2: mathematical letters are for formulas. Screen readers spell
/// them out or skip them, and search does not find them.
pub(super) static RULE: Rule = Rule {
    id: "fake-bold",
    severity: Severity::Warning,
    summary: "letters are not imitated by symbols",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let runs = runs(context.visible());
    let Some(first) = runs.first() else {
        return Vec::new();
    };
    let letters: usize = runs.iter().map(|run| run.letters).sum();
    let place = context.place_of(first.at, &first.dressed);
    vec![
        rule.report(format!(
            "{letters} characters imitate styled letters, first in `{}`",
            first.plain
        ))
        .at(context.label(place, "symbols, not letters"))
        .note("screen readers spell them one by one or skip them, and search does not find them")
        .help(format!("write `{}`", passage(&runs))),
    ]
}

/// A word, or part of one, of imitated letters.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    /// Byte offset in the visible text.
    at: usize,
    dressed: String,
    plain: String,
    letters: usize,
}

/// The plain words of the first runs that have only one space between them.
fn passage(runs: &[Run]) -> String {
    let mut words = String::new();
    let mut end = None;
    for run in runs {
        match end {
            None => {}
            Some(end) if run.at == end + 1 && words.chars().count() < 60 => words.push(' '),
            Some(_) => break,
        }
        words.push_str(&run.plain);
        end = Some(run.at + run.dressed.len());
    }
    words
}

fn runs(text: &str) -> Vec<Run> {
    let is_costume = |c: char| !c.is_ascii() && (is_overlay(c) || undress(c).is_some());
    if !text.chars().any(is_costume) {
        return Vec::new();
    }
    let east_asian = text
        .chars()
        .any(|c| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'));
    let mut found = Vec::new();
    let mut open: Option<(Costume, Run)> = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let overlaid = characters.next_if(|(_, next)| is_overlay(*next));
        let dressed = match (overlaid, undress(character)) {
            (Some((_, overlay)), _) if character.is_alphanumeric() => {
                Some((character, Costume::Overlaid, Some(overlay)))
            }
            (None, Some((_, Style::Wide))) if east_asian => None,
            (None, Some((plain, style))) => Some((plain, Costume::Styled(style), None)),
            (Some(_), _) | (None, None) => None,
        };
        if let Some((done, run)) = open.take_if(|(now, _)| dressed.is_none_or(|d| d.1 != *now)) {
            found.extend((run.letters >= done.fewest()).then_some(run));
        }
        if let Some((plain, costume, overlay)) = dressed {
            let (_, run) = open.get_or_insert_with(|| (costume, Run::at(at)));
            run.letters += 1;
            run.plain.push(plain);
            run.dressed.push(character);
            run.dressed.extend(overlay);
        }
    }
    if let Some((done, run)) = open {
        found.extend((run.letters >= done.fewest()).then_some(run));
    }
    found
}

impl Run {
    fn at(at: usize) -> Self {
        Self {
            at,
            dressed: String::new(),
            plain: String::new(),
            letters: 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Costume {
    Styled(Style),
    Overlaid,
}

impl Costume {
    /// From how many letters in a row it is a word and not a symbol: `𝑥`, `ℝ`, `🅰🅱` and
    /// a phonetic `ɪʀ` are symbols.
    fn fewest(self) -> usize {
        match self {
            Costume::Styled(Style::Mathematical) => 2,
            Costume::Styled(Style::Enclosed | Style::Wide) | Costume::Overlaid => 3,
            Costume::Styled(Style::SmallCapital) => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_text;

    fn help(text: &str) -> Option<String> {
        let found = check_text("fake-bold", text);
        assert!(found.len() <= 1 && found.iter().all(|d| !d.is_error()));
        found.into_iter().next().and_then(|found| found.help)
    }

    #[test]
    fn imitated_words_are_shown_plain() {
        for (text, expected) in [
            ("𝗕𝗶𝗴 𝗻𝗲𝘄𝘀 today", "write `Big news`"),
            ("We are 𝓱𝓲𝓻𝓲𝓷𝓰!", "write `hiring`"),
            ("ⓗⓘⓡⓘⓝⓖ", "write `hiring`"),
            ("Ｈｉｒｉｎｇ", "write `Hiring`"),
            ("ʜɪʀɪɴɢ", "write `hiring`"),
            ("o\u{336}l\u{336}d\u{336} price", "write `old`"),
            ("in 𝟐𝟎𝟐𝟔", "write `2026`"),
        ] {
            assert_eq!(help(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_place_and_the_number_are_given() {
        let found = check_text("fake-bold", "Hello\n\nsome 𝗕𝗶𝗴 plain 𝗻𝗲𝘄𝘀");
        assert_eq!(
            found[0].message,
            "7 characters imitate styled letters, first in `Big`"
        );
        let label = &found[0].labels[0];
        assert_eq!((label.line, label.column, label.length), (6, 6, 3));
        assert_eq!(found[0].help.as_deref(), Some("write `Big`"));
    }

    #[test]
    fn formulas_emoji_and_east_asian_text_are_fine() {
        for text in [
            "𝑓(𝑥) = 𝑥² over ℝ and ℂ",
            "blood types 🅰🅱 and 🅾",
            "日本のＩＴとＤＸについて",
            "① one ② two",
            "IPA: [ɪʀ]",
            "a\u{336} and x\u{338}",
            "plain **bold** Ümläute 한국어",
        ] {
            assert_eq!(help(text), None, "{text}");
        }
    }
}
