//! `media-kind`: a media file is of a format LinkedIn takes, and is what its name says.
//!
//! Owns the comparison of bytes and names. Must not tell formats apart: that is
//! [`crate::content::media`].

use super::context::Seen;
use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::MediaKind;

/// LinkedIn, "Images API", "Videos API", "Documents API": JPEG, PNG, GIF; MP4; PDF,
/// Word, PowerPoint. Anything else, and anything in disguise, is refused.
pub(super) static RULE: Rule = Rule {
    id: "media-kind",
    severity: Severity::Error,
    summary: "a media file is in a format LinkedIn takes, and of the kind its name says",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter_map(|seen| {
            let format = seen.facts()?.format;
            let named = named(seen.path.file_name());
            let body = context.document.body.contains(&seen.reference.span.start);
            let message = match (format, named) {
                (None, Named::Refused(name, _)) => format!("LinkedIn does not take {name}"),
                (None, Named::Kind(_) | Named::Other) => {
                    "it is in no format that LinkedIn takes".to_owned()
                }
                (Some(format), Named::Kind(kind)) if kind != format.kind() => {
                    format!("it is named like {}, and is a {}", article(kind), format.as_str())
                }
                (Some(format), Named::Refused(name, _)) if format.kind() != MediaKind::Image => {
                    format!("it is named like {name}, and is a {}", format.as_str())
                }
                (Some(format), _) if body && format.kind() != MediaKind::Image => {
                    format!("it stands in the text as an image, and is a {}", format.as_str())
                }
                (Some(_), _) => return None,
            };
            Some(
                rule.report(format!("`{}`: {message}", seen.path))
                    .at(context.label(seen.reference.span.clone(), ""))
                    .note("the first bytes of a file decide, not its name; a renamed WebP or HEIC is still one")
                    .help(help(&seen)),
            )
        })
        .collect()
}

/// What the end of a file's name promises.
enum Named {
    /// A kind of media.
    Kind(MediaKind),
    /// A format LinkedIn refuses, and what to make of it.
    Refused(&'static str, &'static str),
    /// Nothing known.
    Other,
}

fn named(name: &str) -> Named {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    match end.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "png" | "gif" => Named::Kind(MediaKind::Image),
        "mp4" => Named::Kind(MediaKind::Video),
        "srt" => Named::Kind(MediaKind::Captions),
        "pdf" | "doc" | "docx" | "ppt" | "pptx" => Named::Kind(MediaKind::Document),
        "svg" | "svgz" => Named::Refused("SVG images", "png"),
        "webp" => Named::Refused("WebP images", "png"),
        "heic" | "heif" => Named::Refused("HEIC images", "jpg"),
        "avif" => Named::Refused("AVIF images", "png"),
        "tif" | "tiff" => Named::Refused("TIFF images", "png"),
        "bmp" => Named::Refused("BMP images", "png"),
        _ => Named::Other,
    }
}

fn article(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "an image",
        MediaKind::Video => "a video",
        MediaKind::Document => "a document",
        MediaKind::Captions => "captions",
    }
}

fn help(seen: &Seen<'_>) -> String {
    let path = seen.path.as_str();
    match (named(seen.path.file_name()), path.rsplit_once('.')) {
        (Named::Refused(_, end), Some((stem, _))) if !path.contains('\'') => {
            format!("magick '{path}' '{stem}.{end}'")
        }
        _ => "export it as PNG, JPEG, GIF, MP4 or PDF, and name that file".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::media::{MediaFacts, MediaFormat};
    use crate::rules::testing::{check, document, facts, seen, with_media};

    fn message(name: &str, format: Option<MediaFormat>) -> Option<String> {
        let post = with_media(document("posts/a.md", "Words"), name);
        let facts = MediaFacts {
            format,
            ..facts(MediaFormat::Png)
        };
        let found = check(
            "media-kind",
            &post,
            &seen(&format!("posts/{name}"), Ok(facts)),
        );
        assert!(found.iter().all(crate::diagnostic::Diagnostic::is_error));
        found.first().map(|diagnostic| diagnostic.message.clone())
    }

    #[test]
    fn formats_linkedin_refuses_are_named() {
        for (name, words) in [
            ("a.svg", "does not take SVG images"),
            ("a.WebP", "does not take WebP images"),
            ("a.heic", "does not take HEIC images"),
            ("a.png", "in no format that LinkedIn takes"),
            ("a", "in no format that LinkedIn takes"),
        ] {
            let message = message(name, None).unwrap();
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn a_disguise_is_refused() {
        for (name, format, words) in [
            (
                "a.png",
                MediaFormat::Pdf,
                "named like an image, and is a PDF document",
            ),
            (
                "a.gif",
                MediaFormat::Mp4,
                "named like an image, and is a MP4 video",
            ),
            (
                "a.pdf",
                MediaFormat::Png,
                "named like a document, and is a PNG image",
            ),
            (
                "a.svg",
                MediaFormat::Pdf,
                "named like SVG images, and is a PDF document",
            ),
        ] {
            let message = message(name, Some(format)).unwrap();
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn an_image_in_the_text_is_an_image() {
        let mut post = with_media(document("posts/a.md", "Words"), "a");
        let media = seen("posts/a", Ok(facts(MediaFormat::Pdf)));
        assert_eq!(check("media-kind", &post, &media), []);
        post.media[0].span = post.body.clone();
        assert_eq!(check("media-kind", &post, &media).len(), 1);
    }

    #[test]
    fn one_kind_of_image_under_the_name_of_another_is_fine() {
        assert_eq!(message("a.png", Some(MediaFormat::Jpeg)), None);
        assert_eq!(message("a.webp", Some(MediaFormat::Png)), None);
        assert_eq!(message("a.JPG", Some(MediaFormat::Jpeg)), None);
        assert_eq!(message("a.pdf", Some(MediaFormat::Pdf)), None);
    }
}
