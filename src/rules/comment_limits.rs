//! `comment-limits`: a first comment says something, and not too much.
//!
//! Owns its length. Must not judge what it says.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// Comments, in UTF-16 code units. LinkedIn documents no number; its site takes about so
/// many.
const MAX_COMMENT: usize = 1250;

pub(super) static RULE: Rule = Rule {
    id: "comment-limits",
    severity: Severity::Error,
    summary: "a first comment is not empty, and has at most 1250 UTF-16 units",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(comment) = &context.document.first_comment else {
        return Vec::new();
    };
    let length = comment.value.encode_utf16().count();
    let (message, help) = match length {
        0 => (
            "the first comment is empty".to_owned(),
            "write it, or remove the line",
        ),
        long if long > MAX_COMMENT => (
            format!("the first comment has {long} characters, {MAX_COMMENT} are allowed"),
            "shorten it, or say it in the post",
        ),
        _ => return Vec::new(),
    };
    let label = context.label(comment.span.clone(), "");
    vec![rule.report(message).at(label).help(help)]
}

#[cfg(test)]
mod tests {
    use crate::content::document::Located;
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, document};

    fn found(length: usize) -> usize {
        let mut post = document("posts/a.md", "Words");
        let value = "c".repeat(length);
        post.first_comment = Some(Located { value, span: 4..16 });
        check("comment-limits", &post, &MediaSeen::new()).len()
    }

    #[test]
    fn from_one_to_1250() {
        assert_eq!((found(0), found(1), found(1250), found(1251)), (1, 0, 0, 1));
    }
}
