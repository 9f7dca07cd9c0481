//! `media-too-large`: an image has at most 10 MiB.
//!
//! Owns the limit on bytes. Must not judge pixels: see `image-too-many-pixels`.

use super::context::Seen;
use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::{MAX_IMAGE_BYTES, MediaKind};
use crate::model::path::ReadError;

/// LinkedIn documents no limit on the bytes of an image and refuses large ones in
/// practice.
pub(super) static RULE: Rule = Rule {
    id: "media-too-large",
    severity: Severity::Error,
    summary: "an image has at most 10 MiB",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .media()
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
                .help(
                    "make the image smaller: LinkedIn shows at most about 2000 pixels of its width",
                ),
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
    let image = seen.kind() == Some(MediaKind::Image);
    (image && bytes > MAX_IMAGE_BYTES).then_some((bytes, MAX_IMAGE_BYTES))
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
