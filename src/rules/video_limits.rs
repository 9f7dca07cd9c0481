//! `video-limits`: a video is large and long enough, and not too long.
//!
//! Owns its length and its least size. Must not judge its most: see `media-too-large`.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::{MIN_VIDEO_BYTES, MediaFormat, VIDEO_MILLIS};

/// LinkedIn, "Videos API": 3 seconds to 30 minutes, 75 KB to 500 MB.
pub(super) static RULE: Rule = Rule {
    id: "video-limits",
    severity: Severity::Error,
    summary: "a video has 3 seconds to 30 minutes, and at least 75 KB",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for seen in context.media() {
        let Some(facts) = seen.facts().filter(|f| f.format == Some(MediaFormat::Mp4)) else {
            continue;
        };
        let mut say = |message: String, help: &str| {
            let label = context.label(seen.reference.span.clone(), "");
            found.push(rule.report(message).at(label).help(help));
        };
        let path = seen.path;
        if facts.bytes < MIN_VIDEO_BYTES {
            let (bytes, least) = (facts.bytes, MIN_VIDEO_BYTES);
            say(
                format!("`{path}` has {bytes} bytes, a video needs at least {least}"),
                "export it in a better quality",
            );
        }
        match facts.millis {
            None => say(
                format!("the length of `{path}` cannot be read"),
                "export it again as MP4 (H.264 and AAC)",
            ),
            Some(millis) if !VIDEO_MILLIS.contains(&millis) => say(
                format!(
                    "`{path}` plays {}, LinkedIn takes 3 seconds to 30 minutes",
                    played(millis)
                ),
                "cut it, or put it elsewhere and link to it",
            ),
            Some(_) => {}
        }
    }
    found
}

fn played(millis: u64) -> String {
    let tenths = millis / 100;
    match tenths / 600 {
        0 => format!("{}.{} seconds", tenths / 10, tenths % 10),
        minutes => format!("{minutes} min {} s", tenths % 600 / 10),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::media::{MIN_VIDEO_BYTES, MediaFacts, MediaFormat};
    use crate::rules::testing::{check_media, facts};

    fn found(bytes: u64, millis: Option<u64>) -> Vec<String> {
        let facts = MediaFacts {
            bytes,
            millis,
            ..facts(MediaFormat::Mp4)
        };
        let found = check_media("video-limits", Ok(facts));
        found.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn three_seconds_to_thirty_minutes() {
        for millis in [3_000, 1_800_000] {
            assert!(found(MIN_VIDEO_BYTES, Some(millis)).is_empty());
        }
        let short = found(MIN_VIDEO_BYTES, Some(2_990));
        assert!(short[0].contains("plays 2.9 seconds"), "{short:?}");
        let long = found(MIN_VIDEO_BYTES, Some(1_861_000));
        assert!(long[0].contains("plays 31 min 1 s"), "{long:?}");
        assert_eq!(found(MIN_VIDEO_BYTES - 1, None).len(), 2);
    }

    #[test]
    fn images_have_no_length() {
        assert_eq!(check_media("video-limits", Ok(facts(MediaFormat::Gif))), []);
    }
}
