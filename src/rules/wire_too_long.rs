//! `wire-too-long`: escapes may count too.
//!
//! Owns the doubt about what LinkedIn counts. Must not stop a post: whether escapes
//! count is not documented.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::commentary::Commentary;
use crate::model::little::LittleText;

/// LinkedIn, "little text format", does not say whether the backslashes it asks for, or
/// the URNs of mentions, count towards the limit.
pub(super) static RULE: Rule = Rule {
    id: "wire-too-long",
    severity: Severity::Warning,
    summary: "the text with its escapes has at most 3000 UTF-16 units",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let commentary = &context.document.commentary;
    let (visible, wire) = (
        commentary.utf16_len(),
        LittleText::encode(commentary).utf16_len(),
    );
    let limit = Commentary::MAX_UTF16;
    if visible > limit || wire <= limit {
        return Vec::new();
    }
    vec![
        rule.report(format!(
            "the text has {wire} characters as sent, and LinkedIn may count them against {limit}"
        ))
        .at(context.body_label(""))
        .note(format!(
            "readers see {visible}; the other {} are escapes and the URNs of mentions",
            wire.saturating_sub(visible)
        ))
        .help("use fewer of the characters `| { } @ [ ] ( ) < > # \\ * _ ~`, or shorten the text"),
    ]
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_text;

    #[test]
    fn escapes_beyond_the_limit_are_a_doubt() {
        let found = check_text("wire-too-long", &"(a)".repeat(700));
        assert_eq!(found.len(), 1);
        assert!(!found[0].is_error());
        assert!(found[0].message.contains("3500 characters as sent"));
        assert!(found[0].notes[0].contains("readers see 2100"));
    }

    #[test]
    fn a_text_that_is_too_long_anyway_or_fits_is_not_repeated_here() {
        assert_eq!(check_text("wire-too-long", &"(a)".repeat(1001)), []);
        assert_eq!(check_text("wire-too-long", &"(a)".repeat(600)), []);
    }
}
