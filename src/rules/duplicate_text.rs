//! `duplicate-text`: the same author does not say the same twice.
//!
//! Owns comparing visible texts. Must not know what has been published: the plan does.

use std::collections::BTreeMap;

use super::context::label;
use super::{Check, Collection, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// LinkedIn refuses a text that is identical to a recent post of the same author.
pub(super) static RULE: Rule = Rule {
    id: "duplicate-text",
    severity: Severity::Warning,
    summary: "no two posts of an author have the same text",
    check: Check::Collection(check),
};

fn check(rule: &Rule, collection: &Collection<'_>) -> Vec<Diagnostic> {
    let mut first = BTreeMap::new();
    let mut found = Vec::new();
    for document in collection
        .documents()
        .filter(|document| !document.commentary.is_blank())
    {
        let text = document.commentary.to_plain();
        let same = (document.author.value.clone(), text);
        match first.get(&same) {
            None => {
                first.insert(same, document);
            }
            Some(other) => found.push(
                rule.report(format!(
                    "the text is the same as that of `{}`",
                    other.key.value
                ))
                .at(label(
                    document,
                    document.body.start..document.body.start,
                    "",
                ))
                .note(format!(
                    "the other post is {}; LinkedIn refuses a repeated text",
                    other.path
                ))
                .help("say it in other words, or remove one of the two"),
            ),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check_all, document, parsed};

    #[test]
    fn the_second_post_is_warned_about() {
        let file = |path, text| parsed(document(path, text));
        let found = check_all(
            "duplicate-text",
            &[file("posts/a.md", "Same"), file("posts/b.md", "Same")],
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].labels[0].path.as_str(), "posts/b.md");
        let other = [file("posts/a.md", "Same"), file("posts/b.md", "Other")];
        assert_eq!(check_all("duplicate-text", &other), []);
    }
}
