//! `content-mixed`: a post has media, or an article, or a poll, or a reshare.
//!
//! Owns the refusal of two of them. Must not judge mixtures of media: see `media-mixed`.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// LinkedIn, "Posts API", fields `content` and `reshareContext`: exactly one kind.
pub(super) static RULE: Rule = Rule {
    id: "content-mixed",
    severity: Severity::Error,
    summary: "a post has media, or an article, or a poll, or a reshare",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let document = context.document;
    let media = document.media.first();
    let media = media.map(|media| ("media", media.span.clone()));
    let attached = document.attached.iter();
    let attached = attached.map(|found| (found.value.as_str(), found.span.clone()));
    let all: Vec<_> = media.into_iter().chain(attached).collect();
    let [(first, first_span), (second, second_span), ..] = all.as_slice() else {
        return Vec::new();
    };
    vec![
        rule.report(format!(
            "the post has `{first}` and `{second}`, LinkedIn takes one of them"
        ))
        .at(context.label(second_span.clone(), "one too many"))
        .at(context.label(first_span.clone(), "the first is here"))
        .help(format!(
            "remove `{second}`, or write a second post for it; images in the text count as media"
        )),
    ]
}

#[cfg(test)]
mod tests {
    use crate::content::document::{Document, Located};
    use crate::model::attached::Attached;
    use crate::model::urn::PostUrn;
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, document, poll, with_media};

    fn also(
        mut post: Document,
        value: Attached<crate::content::document::MediaReference>,
    ) -> Document {
        post.attached.push(Located { value, span: 4..16 });
        post
    }

    #[test]
    fn two_kinds_are_one_too_many() {
        let reshare = || Attached::Reshare(PostUrn::parse("urn:li:share:1").unwrap());
        let plain = || document("posts/a.md", "Words");
        for (post, words) in [
            (
                also(with_media(plain(), "a.png"), poll(&["A", "B"])),
                "`media` and `poll`",
            ),
            (
                also(also(plain(), poll(&["A", "B"])), reshare()),
                "`poll` and `reshare`",
            ),
        ] {
            let found = check("content-mixed", &post, &MediaSeen::new());
            assert_eq!(found.len(), 1);
            assert!(found[0].message.contains(words), "{}", found[0].message);
        }
        let one = also(plain(), reshare());
        assert_eq!(check("content-mixed", &one, &MediaSeen::new()), []);
    }
}
