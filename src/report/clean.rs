//! What may be shown of text that others wrote.
//!
//! Owns the two ways text leaves the program for people: one line, or a block of lines.
//! Must not shorten, escape for Markdown, or lay anything out.

use std::fmt::Write as _;

/// A character that breaks up what a reader of commands would recognise, and that
/// people do not see.
pub const BREAK: char = '\u{200B}';

/// One line: line breaks become `\n`, and whatever is invisible or controls a terminal
/// is shown as an escape like `\u{1b}`.
#[must_use]
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            other => show(&mut shown, other),
        }
    }
    shown
}

/// A block of lines: line breaks stay, the rest as in [`fn@line`].
#[must_use]
pub fn block(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\n' => shown.push('\n'),
            other => show(&mut shown, other),
        }
    }
    shown
}

fn show(shown: &mut String, character: char) {
    match character {
        '\t' => shown.push_str("    "),
        '\r' => shown.push_str("\\r"),
        other if is_hidden(other) => {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(other));
        }
        other => shown.push(other),
    }
}

/// Whether a character controls a terminal, the direction of text, or nothing visible.
/// Joiners and emoji tags stay: without them emoji and several scripts fall apart.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00AD}'
                | '\u{061C}'
                | '\u{200B}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{2069}'
                | '\u{FEFF}'
        )
}

/// Takes the power out of everything in `output` that a GitHub runner would read as a
/// workflow command: `::` after nothing but white space at the start of a line, and
/// `##[` anywhere in it (`actions/runner`, `ActionCommand.cs`: the first form is looked
/// for after trimming, the second at any index). The `::: ` of a further place in a
/// diagnostic stays: no command has a name that begins with a colon.
#[must_use]
pub fn defuse(output: &str) -> String {
    let mut safe = String::with_capacity(output.len());
    for line in output.split_inclusive('\n') {
        let text = line.trim_start();
        if text.starts_with("::") && !text.starts_with("::: ") {
            let (indent, command) = line.split_at(line.len() - text.len());
            safe.push_str(indent);
            safe.push(':');
            safe.push(BREAK);
            safe.push_str(&break_brackets(
                command.strip_prefix(':').unwrap_or(command),
            ));
        } else {
            safe.push_str(&break_brackets(line));
        }
    }
    safe
}

fn break_brackets(line: &str) -> String {
    line.replace("##[", &format!("##{BREAK}["))
}

/// `word` as one word of a POSIX shell, quoted only where it must be.
#[must_use]
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        line(word)
    } else {
        format!("'{}'", line(word).replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_get_no_control_characters() {
        let hostile = "a\u{1b}[31mred\u{7}\u{9b}2J\u{202e}evil\u{200b}\r\nnext\tx";
        let shown = line(hostile);
        assert_eq!(
            shown,
            "a\\u{1b}[31mred\\u{7}\\u{9b}2J\\u{202e}evil\\u{200b}\\r\\nnext    x"
        );
        assert!(!shown.chars().any(is_hidden));
        assert_eq!(block("a\r\nb\rc\u{85}"), "a\nb\\rc\\u{85}");
    }

    #[test]
    fn emoji_and_right_to_left_scripts_stay_whole() {
        for text in ["👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "שלום עולם", "نرم‌افزار", "日本語"]
        {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn workflow_commands_lose_their_power() {
        let hostile = "::error::x\n  ::add-mask::y\n\u{3000}::stop-commands::z\na ##[group]b\n ::: a.md:1:1\nfine::here\n";
        let safe = defuse(hostile);
        for line in safe.lines() {
            let text = line.trim_start();
            assert!(
                !text.starts_with("::") || text.starts_with("::: "),
                "{line}"
            );
            assert!(!line.contains("##["), "{line}");
        }
        assert!(safe.contains("\n ::: a.md:1:1\n") && safe.ends_with("fine::here\n"));
    }

    #[test]
    fn words_of_a_shell_are_quoted_where_needed() {
        assert_eq!(shell_word("2026/09/launch"), "2026/09/launch");
        assert_eq!(shell_word("it's a $HOME"), "'it'\\''s a $HOME'");
        assert_eq!(shell_word(""), "''");
    }
}
