//! Text that others wrote, inside a GitHub comment or job summary.
//!
//! Owns escaping and fences. Must not know what is shown.

use super::clean::{self, BREAK};

/// One line as text: no markup, no HTML, no mention, no reference, no automatic link.
///
/// GitHub looks for `@name`, `#1`, `owner/name#1` and addresses in the rendered text,
/// after escapes and entities are gone. So these are broken up by a character nobody
/// sees, besides being escaped.
#[must_use]
pub fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in html(text).chars() {
        // Others mean something only at the start of a line or next to one of these.
        if "\\`*_[]|~$!^@#".contains(character) {
            safe.push('\\');
        }
        safe.push(character);
    }
    safe
}

/// One line as text of an HTML block, where Markdown has no meaning: no tag, no mention,
/// no reference, no automatic link.
#[must_use]
pub fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in clean::line(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' | '#' => {
                safe.push(character);
                safe.push(BREAK);
            }
            other => safe.push(other),
        }
    }
    for alive in ["://", "www.", "WWW.", "Www.", "GH-", "gh-"] {
        let (start, end) = alive.split_at(alive.len() - 1);
        safe = safe.replace(alive, &format!("{start}{BREAK}{end}"));
    }
    safe
}

/// One line of a message of this program: what stands in backticks becomes code, the
/// rest is [`text`].
#[must_use]
pub fn message(text_with_literals: &str) -> String {
    let parts: Vec<&str> = text_with_literals.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(text_with_literals);
    }
    let shown = parts.iter().enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            code(part)
        } else {
            text(part)
        }
    });
    shown.collect()
}

/// One line as code; may stand in a table.
#[must_use]
pub fn code(literal: &str) -> String {
    format!("<code>{}</code>", text(literal))
}

/// A block of text in a fence that is longer than any run of backticks inside, so that
/// nothing in it can end it.
#[must_use]
pub fn fenced(block: &str, language: &str) -> String {
    let block = clean::block(block);
    let longest = block.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", clean::defuse(&block))
}

/// `text` cut to at most `limit` characters, saying so.
#[must_use]
pub fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((at, _)) => {
            let left = text.chars().count() - limit;
            let kept = text.get(..at).unwrap_or_default();
            format!("{kept}\n[… {left} more characters]")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    fn events(markdown: &str) -> Vec<Event<'_>> {
        let options = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
        Parser::new_ext(markdown, options).collect()
    }

    const HOSTILE: &str = "@everyone fixes #1, org/repo#2 GH-3 <img src=x onerror=alert(1)> </details> [a](https://evil.example) ![b](http://x) https://evil.example www.evil.example a@b.example **bold** `code` | cell \\ ~~x~~ $x$ :tada: &lt; <!-- c -->\n# heading";

    #[test]
    fn a_line_of_hostile_text_is_only_text() {
        let markdown = text(HOSTILE);
        let mut shown = String::new();
        for event in events(&markdown) {
            if let Event::Text(text) = &event {
                shown.push_str(text);
            } else {
                let harmless = matches!(event, Event::Start(Tag::Paragraph) | Event::End(_));
                assert!(harmless, "{event:?} in {markdown}");
            }
        }
        let without_breaks = shown.replace(BREAK, "");
        assert_eq!(without_breaks, HOSTILE.replace('\n', "\\n"));
        for alive in ["@e", "#1", "#2", "GH-3", "://", "www."] {
            assert!(!shown.contains(alive), "{alive} in {shown}");
        }
        assert!(!markdown.contains('\n'));
    }

    #[test]
    fn a_line_of_an_html_block_has_no_tag_and_nothing_alive() {
        assert_eq!(
            html("<b>&a_b @x #1 http://x"),
            "&lt;b&gt;&amp;a_b @\u{200b}x #\u{200b}1 http:/\u{200b}/x"
        );
    }

    #[test]
    fn literals_of_a_message_become_code() {
        assert_eq!(
            message("`a<b` is not `c|d`"),
            "<code>a&lt;b</code> is not <code>c\\|d</code>"
        );
        assert_eq!(message("an odd ` one"), "an odd \\` one");
    }

    #[test]
    fn a_fence_is_longer_than_any_run_inside() {
        let hostile = format!("a\n{}\n</details>\n::error::x\n@team", "`".repeat(10_000));
        let markdown = fenced(&hostile, "text");
        assert!(markdown.starts_with(&"`".repeat(10_001)));
        let all = events(&markdown);
        assert!(matches!(all.first(), Some(Event::Start(Tag::CodeBlock(_)))));
        let others = all
            .iter()
            .filter(|e| !matches!(e, Event::Text(_) | Event::Start(_) | Event::End(_)));
        assert_eq!(others.count(), 0);
        assert_eq!(clean::defuse(&markdown), markdown);
        assert!(fenced("x", "text").starts_with("```text\n"));
    }

    #[test]
    fn a_cut_says_how_much_is_missing() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß!", 3), "äöü\n[… 2 more characters]");
    }
}
