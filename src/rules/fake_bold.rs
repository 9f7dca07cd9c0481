//! `fake-bold`: letters are letters.
//!
//! Owns recognising mathematical symbols used as styled letters. Must not change a text.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// Screen readers spell these symbols out or skip them, and search does not find them.
pub(super) static RULE: Rule = Rule {
    id: "fake-bold",
    severity: Severity::Warning,
    summary: "no mathematical symbols in place of bold or italic letters",
    check: Check::Document(check),
};

fn is_styled(character: char) -> bool {
    matches!(character as u32, 0x1D400..=0x1D7FF)
}

/// The letter a symbol of the block Mathematical Alphanumeric Symbols stands for; the
/// Latin part is thirteen alphabets of 52 letters.
fn plain(character: char) -> char {
    let offset = (character as u32).wrapping_sub(0x1D400);
    let letter = match offset {
        0..=0x2A3 => {
            let index = u8::try_from(offset % 52).unwrap_or(0);
            if index < 26 {
                b'A' + index
            } else {
                b'a' + index - 26
            }
        }
        0x3CE..=0x3FF => b'0' + u8::try_from((offset - 0x3CE) % 10).unwrap_or(0),
        _ => return character,
    };
    char::from(letter)
}

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let text = context.visible();
    let Some((at, _)) = text.char_indices().find(|(_, c)| is_styled(*c)) else {
        return Vec::new();
    };
    let run: String = text[at..]
        .chars()
        .take_while(|c| is_styled(*c) || *c == ' ')
        .collect();
    let run = run.trim_end();
    let written: String = run.chars().map(plain).collect();
    vec![
        rule.report("mathematical symbols stand in place of letters")
            .at(context.label(context.place_of(at, run), ""))
            .note("screen readers spell them out or skip them, and search does not find them")
            .help(format!("write `{written}`")),
    ]
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_text;

    #[test]
    fn styled_letters_are_named_and_spelled_out() {
        let found = check_text("fake-bold", "so 𝗕𝗼𝗹𝗱 𝟭 now");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].help.as_deref(), Some("write `Bold 1`"));
    }

    #[test]
    fn letters_of_any_script_are_fine() {
        assert_eq!(check_text("fake-bold", "Bold ß 日本 ℝ × α"), []);
    }
}
