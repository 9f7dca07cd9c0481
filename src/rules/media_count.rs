//! `media-count`: at most 20 images, one video, or one document.
//!
//! Owns the numbers. Must not judge mixtures: see `media-mixed`.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::{MAX_IMAGES, MediaKind};

/// LinkedIn, "MultiImage API": 2 to 20 images; "Posts API": otherwise one medium.
pub(super) static RULE: Rule = Rule {
    id: "media-count",
    severity: Severity::Error,
    summary: "a post has at most 20 images, one video, or one document",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let document = context.document;
    let only = |wanted: MediaKind| {
        document.media.len() > 1 && context.media().all(|seen| seen.kind() == Some(wanted))
    };
    let (limit, what) = if only(MediaKind::Video) {
        (1, "videos")
    } else if only(MediaKind::Document) {
        (1, "documents")
    } else {
        (MAX_IMAGES, "images")
    };
    let Some(first) = document.media.get(limit) else {
        return Vec::new();
    };
    vec![
        rule.report(format!(
            "the post has {} {what}, at most {limit} allowed",
            document.media.len()
        ))
        .at(context.label(first.span.clone(), "one too many from here"))
        .help("leave some out, or write a second post"),
    ]
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::rules::testing::{check, document, facts, path, with_media};
    use crate::rules::{Diagnostic, MediaSeen};

    fn found(number: usize, format: MediaFormat) -> Vec<Diagnostic> {
        let mut post = document("posts/a.md", "Words");
        let mut media = MediaSeen::new();
        for at in 0..number {
            post = with_media(post, &format!("{at}"));
            media.insert(path(&format!("posts/{at}")), Ok(facts(format)));
        }
        check("media-count", &post, &media)
    }

    #[test]
    fn twenty_images_are_fine_and_one_more_is_not() {
        assert_eq!(found(20, MediaFormat::Png), []);
        let many = found(21, MediaFormat::Png);
        assert_eq!(
            many[0].message,
            "the post has 21 images, at most 20 allowed"
        );
    }

    #[test]
    fn one_document_is_fine_and_two_are_not() {
        assert_eq!(found(1, MediaFormat::Pdf), []);
        assert!(
            found(2, MediaFormat::Pdf)[0]
                .message
                .contains("2 documents")
        );
        assert!(found(2, MediaFormat::Mp4)[0].message.contains("2 videos"));
    }
}
