//! `media-too-large`: a media file has at most what its kind allows.
//!
//! Owns the limit on bytes. Must not judge pixels: see `image-too-many-pixels`.

use super::context::Seen;
use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::{
    MAX_CAPTIONS_BYTES, MAX_DOCUMENT_BYTES, MAX_IMAGE_BYTES, MAX_VIDEO_BYTES, MediaKind,
};
use crate::model::path::ReadError;

/// LinkedIn, "Videos API", "Documents API". It documents no limit on the bytes of an image
/// and refuses large ones in practice.
pub(super) static RULE: Rule = Rule {
    id: "media-too-large",
    severity: Severity::Error,
    summary: "an image has at most 10 MiB, a document 100 MiB, a video 500 MiB",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter_map(|seen| {
            let (size, limit) = excess(&seen)?;
            Some(
                rule.report(format!(
                    "`{}` has {}, at most {} are taken",
                    seen.path,
                    mebibytes(size),
                    mebibytes(limit)
                ))
                .at(context.label(seen.reference.span.clone(), ""))
                .help(match seen.kind() {
                    Some(MediaKind::Image) => {
                        "make the image smaller: LinkedIn shows at most about 2000 pixels of its width"
                    }
                    _ => "export it smaller, or cut it",
                }),
            )
        })
        .collect()
}

/// Size and limit in bytes, when the file has too many.
fn excess(seen: &Seen<'_>) -> Option<(u64, u64)> {
    if let Some(ReadError::TooLarge { size, limit }) = seen.problem() {
        return Some((*size, *limit));
    }
    let bytes = seen.facts()?.bytes;
    let limit = match seen.kind()? {
        MediaKind::Image => MAX_IMAGE_BYTES,
        MediaKind::Video => MAX_VIDEO_BYTES,
        MediaKind::Document => MAX_DOCUMENT_BYTES,
        MediaKind::Captions => MAX_CAPTIONS_BYTES,
    };
    (bytes > limit).then_some((bytes, limit))
}

/// Rounded up to a tenth, so that a size over the limit never reads like the limit.
fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1024 * 1024);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::media::{MediaFacts, MediaFormat};
    use crate::rules::testing::{check_media, facts};

    #[test]
    fn one_byte_more_is_too_much() {
        let image = |bytes| MediaFacts {
            bytes,
            ..facts(MediaFormat::Png)
        };
        assert_eq!(
            check_media("media-too-large", Ok(image(MAX_IMAGE_BYTES))),
            []
        );
        let found = check_media("media-too-large", Ok(image(MAX_IMAGE_BYTES + 1)));
        assert_eq!(
            found[0].message,
            "`posts/a.png` has 10.1 MiB, at most 10.0 MiB are taken"
        );
    }

    #[test]
    fn a_file_the_reader_gave_up_on_is_too_large() {
        let error = ReadError::TooLarge {
            size: 600 * 1024 * 1024,
            limit: MAX_IMAGE_BYTES,
        };
        let found = check_media("media-too-large", Err(error));
        assert!(found[0].message.contains("has 600.0 MiB"));
    }
}
