//! `not-supported-yet`: videos and documents are not published yet.
//!
//! Owns the refusal: such a post is never sent without its medium. Must not judge the
//! file itself.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::MediaKind;

/// The uploads of videos and documents are protocols of their own (LinkedIn, "Videos
/// API", "Documents API").
pub(super) static RULE: Rule = Rule {
    id: "not-supported-yet",
    severity: Severity::Error,
    summary: "media are images",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .media()
        .filter_map(|seen| {
            let what = match seen.kind()? {
                MediaKind::Image => return None,
                MediaKind::Video => "videos",
                MediaKind::Document => "documents",
            };
            Some(
                rule.report(format!("`{}`: {what} cannot be published yet", seen.path))
                    .at(context.label(seen.reference.span.clone(), ""))
                    .note("the post is not sent without it")
                    .help("use images (JPEG, PNG, GIF), or publish this post by hand"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::rules::testing::{check_media, facts};

    #[test]
    fn videos_and_documents_stop_the_post() {
        for (format, what) in [
            (MediaFormat::Mp4, "videos"),
            (MediaFormat::Pdf, "documents"),
            (MediaFormat::Office, "documents"),
        ] {
            let found = check_media("not-supported-yet", Ok(facts(format)));
            assert!(found[0].message.contains(what));
            assert!(found[0].is_error());
        }
    }

    #[test]
    fn images_do_not() {
        for format in [MediaFormat::Jpeg, MediaFormat::Png, MediaFormat::Gif] {
            assert_eq!(check_media("not-supported-yet", Ok(facts(format))), []);
        }
    }
}
