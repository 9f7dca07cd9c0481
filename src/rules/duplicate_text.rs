//! `duplicate-text`: an author says a thing once.
//!
//! Owns finding the same text twice. Must not stop a post: what was published before is
//! the plan's business.

use std::collections::BTreeMap;

use super::context::label;
use super::{Check, Collection, Rule};
use crate::content::document::Document;
use crate::desired::Schedule;
use crate::diagnostic::{Diagnostic, Severity};

/// LinkedIn refuses a post with the content of a recent one (422 `DUPLICATE_POST`), and a
/// copy of a published post is held.
pub(super) static RULE: Rule = Rule {
    id: "duplicate-text",
    severity: Severity::Warning,
    summary: "no two posts of an author have the same text",
    check: Check::Collection(check),
};

fn check(rule: &Rule, collection: &Collection<'_>) -> Vec<Diagnostic> {
    let mut first: BTreeMap<(&str, String), &Document> = BTreeMap::new();
    let mut found = Vec::new();
    let goes_out = |document: &&Document| {
        !document.draft
            && document.schedule.value != Schedule::Unscheduled
            // It says itself that it repeats another post.
            && document.repeats.is_none()
            && !document.commentary.is_blank()
    };
    for document in collection.documents().filter(goes_out) {
        let author = document.author.value.as_str();
        let text = document.commentary.to_plain().trim().to_owned();
        let Some(original) = first.get(&(author, text.clone())) else {
            first.insert((author, text), document);
            continue;
        };
        found.push(
            rule.report(format!(
                "`{}` has the same author and the same text as `{}`",
                document.key.value, original.key.value
            ))
            .at(label(document, text_start(document), "this text"))
            .at(label(original, text_start(original), "the same"))
            .note("LinkedIn refuses a repeat of a recent post, and a copy of a published post is held")
            .help("change the text of one of them, mark one with `draft: true`, or say with `repeats: KEY` that it is meant"),
        );
    }
    found
}

fn text_start(document: &Document) -> std::ops::Range<usize> {
    let body = document.text.get(document.body.clone()).unwrap_or_default();
    let blank = body.len() - body.trim_start().len();
    let line = body.trim_start().lines().next().unwrap_or_default().len();
    let start = document.body.start + blank;
    start..start + line
}

#[cfg(test)]
mod tests {
    use crate::model::urn::AuthorUrn;
    use crate::rules::testing::{PERSON, check_all, document, parsed};

    #[test]
    fn a_copy_is_named_with_its_original() {
        let files = [
            parsed(document("posts/a.md", "We hire #rust people")),
            parsed(document("posts/b.md", "\nWe hire #rust people\n")),
        ];
        let found = check_all("duplicate-text", &files);
        assert_eq!(found.len(), 1);
        assert!(!found[0].is_error());
        assert_eq!(found[0].labels[0].path.as_str(), "posts/b.md");
        assert_eq!(found[0].labels[0].line, 5);
        assert_eq!(found[0].labels[1].path.as_str(), "posts/a.md");
    }

    #[test]
    fn another_author_another_text_or_a_draft_is_no_copy() {
        let mut other = document("posts/b.md", "Words");
        other.author.value = AuthorUrn::parse(PERSON).unwrap();
        let mut draft = document("posts/c.md", "Words");
        draft.draft = true;
        let files = [
            parsed(document("posts/a.md", "Words")),
            parsed(other),
            parsed(draft),
            parsed(document("posts/d.md", "Other words")),
            parsed(document("posts/e.md", "")),
            parsed(document("posts/f.md", "")),
        ];
        assert_eq!(check_all("duplicate-text", &files), []);
    }
}
