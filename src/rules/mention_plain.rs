//! `mention-plain`: what looks like a mention is one.
//!
//! Owns `@[Name]` without a URN behind it. Must not stop a post: readers see the name.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// How many are shown: ten make the point.
const SHOWN: usize = 10;
/// The longest name that is taken for one, in bytes.
const LONGEST: usize = 200;

/// Without a URN nobody is mentioned, and readers see the brackets.
pub(super) static RULE: Rule = Rule {
    id: "mention-plain",
    severity: Severity::Warning,
    summary: "a mention names a URN",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let visible = context.visible();
    visible
        .match_indices("@[")
        .filter_map(|(at, _)| {
            let (name, _) = visible[at + 2..].split_once(']')?;
            let is_name = !name.trim().is_empty() && name.len() <= LONGEST;
            (is_name && !name.contains(['\n', '['])).then_some((at, name))
        })
        .take(SHOWN)
        .map(|(at, name)| {
            let written = format!("@[{name}]");
            rule.report(format!("`{written}` mentions nobody, and readers see the brackets"))
                .at(context.label(context.place_of(at, &written), "no URN behind it"))
                .help(format!(
                    "write `@[{name}](urn:li:organization:123)` with the URN of the page or person, or `{name}`"
                ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_text;

    #[test]
    fn a_name_in_brackets_is_no_mention_yet() {
        let found = check_text("mention-plain", "Thanks @[Ada Lovelace] and all!");
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .message
                .starts_with("`@[Ada Lovelace]` mentions nobody")
        );
        assert_eq!((found[0].labels[0].line, found[0].labels[0].column), (4, 8));
    }

    #[test]
    fn other_brackets_are_fine() {
        for text in ["mail me @ [office]", "@[ ] and @[]", "a@[b\n\nc]"] {
            assert_eq!(check_text("mention-plain", text), [], "{text}");
        }
    }
}
