//! `hashtags-many`: a few hashtags, not a heap.
//!
//! Owns the number. Must not stop a post: LinkedIn documents no limit.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::commentary::Segment;

/// LinkedIn documents no limit. Three to five is the common advice of those who measure
/// reach, so that the sixth is more often a slip than a choice.
const MANY: usize = 5;

/// See [`MANY`].
pub(super) static RULE: Rule = Rule {
    id: "hashtags-many",
    severity: Severity::Warning,
    summary: "a post has at most 5 hashtags",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let tags = hashtags(context);
    let Some((at, word)) = tags.get(MANY) else {
        return Vec::new();
    };
    let place = context.place_of(*at, &format!("#{word}"));
    vec![
        rule.report(format!(
            "the post has {} hashtags, more than {MANY}",
            tags.len()
        ))
        .at(context.label(place, "one too many from here"))
        .help(format!("keep the {MANY} that readers would search for")),
    ]
}

/// The live hashtags: where each starts in the visible text, in bytes, and its word.
pub(super) fn hashtags<'a>(context: &Context<'a>) -> Vec<(usize, &'a str)> {
    let mut at = 0;
    let mut found = Vec::new();
    for segment in context.document.commentary.segments() {
        match segment {
            Segment::Text(text) => at += text.len(),
            Segment::Mention { name, .. } => at += name.len(),
            Segment::Hashtag(word) => {
                found.push((at, word.as_str()));
                at += word.len() + 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_text;

    #[test]
    fn the_sixth_is_pointed_at() {
        let found = check_text("hashtags-many", "Words\n\n#a #b #c #d #e #f #g");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "the post has 7 hashtags, more than 5");
        assert_eq!(
            (found[0].labels[0].line, found[0].labels[0].column),
            (6, 16)
        );
    }

    #[test]
    fn five_are_fine_and_so_are_signs_without_words() {
        assert_eq!(check_text("hashtags-many", "#a #b #c #d #e # # # #"), []);
    }
}
