//! `media-damaged`: the header of an image can be read.
//!
//! Owns images whose size or frames cannot be told. Must not decode them.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::{MediaFacts, MediaFormat, MediaKind};

/// Where size and frames cannot be read, LinkedIn's limits on them cannot be checked, and
/// its own processing of the image fails.
pub(super) static RULE: Rule = Rule {
    id: "media-damaged",
    severity: Severity::Error,
    summary: "the header of an image is whole",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter_map(|seen| {
            let format = seen.facts().filter(|facts| damaged(facts))?.format?;
            Some(
                rule.report(format!(
                    "`{}` starts like a {}, and is cut off or damaged",
                    seen.path,
                    format.as_str()
                ))
                .at(context.label(seen.reference.span.clone(), ""))
                .help("open the file in a viewer, export it again, and commit it"),
            )
        })
        .collect()
}

fn damaged(facts: &MediaFacts) -> bool {
    let image = facts.format.map(MediaFormat::kind) == Some(MediaKind::Image);
    let frameless = facts.format == Some(MediaFormat::Gif) && facts.frames.is_none();
    image && (facts.dimensions.is_none() || frameless)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_media, facts};

    #[test]
    fn an_image_without_size_or_a_gif_without_frames_is_damaged() {
        let sizeless = MediaFacts {
            dimensions: None,
            ..facts(MediaFormat::Jpeg)
        };
        let found = check_media("media-damaged", Ok(sizeless));
        assert!(found[0].message.contains("starts like a JPEG image"));
        let frameless = MediaFacts {
            frames: None,
            ..facts(MediaFormat::Gif)
        };
        assert_eq!(check_media("media-damaged", Ok(frameless)).len(), 1);
    }

    #[test]
    fn whole_images_and_other_kinds_are_not() {
        assert_eq!(
            check_media("media-damaged", Ok(facts(MediaFormat::Gif))),
            []
        );
        let document = MediaFacts {
            dimensions: None,
            ..facts(MediaFormat::Pdf)
        };
        assert_eq!(check_media("media-damaged", Ok(document)), []);
    }
}
