//! `gif-too-many-frames`: a GIF has at most 250 frames.
//!
//! Owns that limit. Must not count: that is [`crate::content::media`].

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::MAX_GIF_FRAMES;

/// LinkedIn, "Images API".
pub(super) static RULE: Rule = Rule {
    id: "gif-too-many-frames",
    severity: Severity::Error,
    summary: "a GIF has at most 250 frames",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter(|seen| {
            seen.facts()
                .and_then(|facts| facts.frames)
                .is_some_and(|frames| frames > MAX_GIF_FRAMES)
        })
        .map(|seen| {
            rule.report(format!(
                "`{}` has more than {MAX_GIF_FRAMES} frames, {MAX_GIF_FRAMES} are allowed",
                seen.path
            ))
            .at(context.label(seen.reference.span.clone(), ""))
            .help("shorten the animation, or leave out every second frame")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::media::{MediaFacts, MediaFormat};
    use crate::rules::testing::{check_media, facts};

    #[test]
    fn one_frame_more_is_too_much() {
        let gif = |frames| MediaFacts {
            frames: Some(frames),
            ..facts(MediaFormat::Gif)
        };
        assert_eq!(
            check_media("gif-too-many-frames", Ok(gif(MAX_GIF_FRAMES))),
            []
        );
        let found = check_media("gif-too-many-frames", Ok(gif(MAX_GIF_FRAMES + 1)));
        assert_eq!(
            found[0].message,
            "`posts/a.png` has more than 250 frames, 250 are allowed"
        );
    }
}
