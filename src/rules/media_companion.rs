//! `media-companion`: what goes up with a video or a card is of the right kind.
//!
//! Owns preview images, captions and card images. Must not judge the media themselves:
//! see `media-kind`.

use super::context::Seen;
use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::MediaKind;

/// LinkedIn, "Videos API": a preview image is a JPEG or PNG, captions are SRT; both
/// belong to videos. "Posts API": the thumbnail of an article is an image.
pub(super) static RULE: Rule = Rule {
    id: "media-companion",
    severity: Severity::Error,
    summary: "a thumbnail is an image, captions are SubRip, and both belong to a video",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let seen: Vec<Seen<'_>> = context.files().collect();
    let kind = |reference: &_| {
        let mut all = seen.iter();
        all.find(|seen| std::ptr::eq(seen.reference, reference))
            .and_then(Seen::kind)
    };
    let mut say = |span: &std::ops::Range<usize>, message: String, help: &str| {
        let label = context.label(span.clone(), "");
        found.push(rule.report(message).at(label).help(help));
    };
    for media in &context.document.media {
        let companions = [
            ("thumbnail", &media.thumbnail, MediaKind::Image),
            ("captions", &media.captions, MediaKind::Captions),
        ];
        for (name, file, wanted) in companions {
            let Some(file) = file else { continue };
            if kind(media).is_some_and(|kind| kind != MediaKind::Video) {
                let message = format!("`{name}` stands at `{}`, which is no video", media.written);
                say(&file.span, message, "remove it: only a video has one");
            } else if kind(file).is_some_and(|kind| kind != wanted) {
                let message = format!("`{}` cannot be `{name}`", file.written);
                say(
                    &file.span,
                    message,
                    "name a JPEG or PNG as `thumbnail`, a SubRip file (`.srt`) as `captions`",
                );
            }
        }
        if kind(media) == Some(MediaKind::Captions) {
            let message = format!(
                "`{}` holds captions, and no post shows those",
                media.written
            );
            say(
                &media.span,
                message,
                "name it as `captions:` of a video: `- { path: talk.mp4, captions: talk.srt }`",
            );
        }
    }
    for card in &context.document.attached {
        let Some(file) = card.value.thumbnail() else {
            continue;
        };
        if kind(file).is_some_and(|kind| kind != MediaKind::Image) {
            let message = format!("`{}` is no image", file.written);
            say(
                &file.span,
                message,
                "name a JPEG, PNG or GIF as `thumbnail`",
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::content::document::{Document, MediaReference};
    use crate::model::media::MediaFormat;
    use crate::model::media::MediaFormat::{Mp4, Pdf, Png, SubRip};
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, document, facts, path, with_media};

    fn beside(post: &Document, written: &str) -> Option<Box<MediaReference>> {
        let other = with_media(document("posts/a.md", "x"), written);
        assert_eq!(post.path, other.path);
        other.media.into_iter().next().map(Box::new)
    }

    fn found(video: MediaFormat, thumbnail: MediaFormat, captions: MediaFormat) -> Vec<String> {
        let mut post = with_media(document("posts/a.md", "Words"), "v");
        post.media[0].thumbnail = beside(&post, "t");
        post.media[0].captions = beside(&post, "c");
        let seen = [("v", video), ("t", thumbnail), ("c", captions)];
        let seen = seen.map(|(name, format)| (path(&format!("posts/{name}")), Ok(facts(format))));
        let found = check("media-companion", &post, &MediaSeen::from(seen));
        found.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn each_companion_is_of_its_kind_and_at_a_video() {
        assert!(found(Mp4, Png, SubRip).is_empty());
        assert_eq!(
            found(Mp4, SubRip, Pdf),
            ["`t` cannot be `thumbnail`", "`c` cannot be `captions`"]
        );
        let none = "`thumbnail` stands at `v`, which is no video";
        assert_eq!(found(Png, Png, SubRip)[0], none);
        assert_eq!(found(SubRip, Png, SubRip).len(), 3);
    }
}
