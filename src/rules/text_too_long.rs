//! `text-too-long`: LinkedIn takes 3000 characters of text.
//!
//! Owns that limit on what readers see. Must not count escapes: see `wire-too-long`.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::commentary::Commentary;

/// LinkedIn answers 400 `FIELD_LENGTH_TOO_LONG` beyond the limit ("Posts API", errors).
pub(super) static RULE: Rule = Rule {
    id: "text-too-long",
    severity: Severity::Error,
    summary: "the text has at most 3000 UTF-16 units",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    // A text never has more UTF-16 units than bytes: most texts need no counting.
    if context.visible().len() <= Commentary::MAX_UTF16 {
        return Vec::new();
    }
    let Some((fits, beyond)) = context.document.commentary.split_at_limit() else {
        return Vec::new();
    };
    let (limit, over) = (Commentary::MAX_UTF16, beyond.encode_utf16().count());
    let found = fits.encode_utf16().count() + over;
    let line = beyond.lines().next().unwrap_or_default();
    let words: String = line.chars().take(24).collect();
    let place = context.place_of(fits.len(), &words);
    let at = place.start..place.start.saturating_add(1);
    vec![
        rule.report(format!(
            "the text has {found} characters, {limit} are allowed"
        ))
        .at(context.label(at, format!("{over} too many from here")))
        .note("a character is a UTF-16 unit of what readers see; most emoji count as 2")
        .help(format!("take away {} characters", found - limit)),
    ]
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_text;

    #[test]
    fn the_caret_stands_where_the_limit_falls() {
        let body = format!("{}\n\n{}END", "a".repeat(1000), "b".repeat(1998));
        let found = check_text("text-too-long", &body);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].message,
            "the text has 3003 characters, 3000 are allowed"
        );
        assert_eq!(
            (found[0].labels[0].line, found[0].labels[0].column),
            (6, 1999)
        );
        assert_eq!(found[0].help.as_deref(), Some("take away 3 characters"));
    }

    #[test]
    fn an_emoji_counts_as_two_and_the_limit_itself_is_allowed() {
        assert_eq!(check_text("text-too-long", &"🦀".repeat(1500)), []);
        let over = format!("{}x", "🦀".repeat(1500));
        assert_eq!(check_text("text-too-long", &over).len(), 1);
    }
}
