//! `media-mixed`: media of one post are of one kind.
//!
//! Owns the refusal of mixtures. Must not count: see `media-count`.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::MediaKind;

/// LinkedIn, "Posts API", field `content`: exactly one kind.
pub(super) static RULE: Rule = Rule {
    id: "media-mixed",
    severity: Severity::Error,
    summary: "a post has images, or a video, or a document",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut known = context
        .media()
        .filter_map(|seen| seen.kind().map(|kind| (seen, kind)));
    let Some((first, kind)) = known.next() else {
        return Vec::new();
    };
    let Some((other, other_kind)) = known.find(|(_, other)| *other != kind) else {
        return Vec::new();
    };
    let (one, another) = (name(kind), name(other_kind));
    vec![
        rule.report(format!(
            "the post has {one} and {another}, LinkedIn takes one kind"
        ))
        .at(context.label(other.reference.span.clone(), another))
        .at(context.label(first.reference.span.clone(), one))
        .help("keep one kind, and write a second post for the other"),
    ]
}

fn name(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "an image",
        MediaKind::Video => "a video",
        MediaKind::Document => "a document",
        MediaKind::Captions => "captions",
    }
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::rules::testing::{check, document, facts, path, with_media};
    use crate::rules::{Diagnostic, MediaSeen};

    fn found(one: MediaFormat, other: MediaFormat) -> Vec<Diagnostic> {
        let post = with_media(with_media(document("posts/a.md", "Words"), "a"), "b");
        let media: MediaSeen = [
            (path("posts/a"), Ok(facts(one))),
            (path("posts/b"), Ok(facts(other))),
        ]
        .into();
        check("media-mixed", &post, &media)
    }

    #[test]
    fn two_kinds_are_one_too_many() {
        let found = found(MediaFormat::Png, MediaFormat::Pdf);
        assert_eq!(
            found[0].message,
            "the post has an image and a document, LinkedIn takes one kind"
        );
        assert_eq!(found[0].labels.len(), 2);
    }

    #[test]
    fn two_formats_of_one_kind_are_fine() {
        assert_eq!(found(MediaFormat::Png, MediaFormat::Gif), []);
    }
}
