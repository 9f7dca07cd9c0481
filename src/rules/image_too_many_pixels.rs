//! `image-too-many-pixels`: an image has fewer than 36 152 320 pixels.
//!
//! Owns that limit. Must not judge bytes: see `media-too-large`.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::MAX_IMAGE_PIXELS;

/// LinkedIn, "Images API".
pub(super) static RULE: Rule = Rule {
    id: "image-too-many-pixels",
    severity: Severity::Error,
    summary: "an image has fewer than 36 152 320 pixels",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter_map(|seen| {
            let (width, height) = seen.facts()?.dimensions?;
            let pixels = width.saturating_mul(height);
            (pixels >= MAX_IMAGE_PIXELS).then(|| {
                rule.report(format!(
                    "`{}` has {width} × {height} = {pixels} pixels, fewer than {MAX_IMAGE_PIXELS} are allowed",
                    seen.path
                ))
                .at(context.label(seen.reference.span.clone(), ""))
                .help(format!("magick '{}' -resize '2400x2400>' smaller.jpg", seen.path))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::media::{MediaFacts, MediaFormat};
    use crate::rules::testing::{check_media, facts};

    fn found(width: u64, height: u64) -> Vec<Diagnostic> {
        let image = MediaFacts {
            dimensions: Some((width, height)),
            ..facts(MediaFormat::Png)
        };
        check_media("image-too-many-pixels", Ok(image))
    }

    #[test]
    fn the_limit_itself_is_too_much() {
        assert_eq!(found(1, MAX_IMAGE_PIXELS - 1), []);
        assert_eq!(found(1, MAX_IMAGE_PIXELS).len(), 1);
    }

    #[test]
    fn claimed_sizes_do_not_overflow() {
        assert!(
            found(50_000, 50_000)[0]
                .message
                .contains("2500000000 pixels")
        );
        assert_eq!(found(u64::MAX, 2).len(), 1);
    }
}
