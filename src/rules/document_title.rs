//! `document-title`: a document has a title that fits.
//!
//! Owns the titles of media. Must not judge other texts.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::{MAX_MEDIA_TITLE, MediaKind};

/// LinkedIn, "Documents API": `content.media.title` is required; readers see it as the
/// name of the document.
pub(super) static RULE: Rule = Rule {
    id: "document-title",
    severity: Severity::Error,
    summary: "a document has a title",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .media()
        .filter_map(|seen| {
            let title = seen.reference.title.as_deref().unwrap_or_default();
            let length = title.encode_utf16().count();
            let written = &seen.reference.written;
            let (message, help) = if length > MAX_MEDIA_TITLE {
                (
                    format!(
                        "the title of `{written}` has {length} characters, {MAX_MEDIA_TITLE} are allowed"
                    ),
                    "shorten it".to_owned(),
                )
            } else if length == 0 && seen.kind()? == MediaKind::Document {
                (
                    format!("the document `{written}` has no title"),
                    format!("write `- {{ path: {written}, title: \"what it is called\" }}`"),
                )
            } else {
                return None;
            };
            let label = context.label(seen.reference.span.clone(), "");
            Some(rule.report(message).at(label).help(help))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::rules::testing::{check, document, facts, seen, with_media};

    fn found(format: MediaFormat, title: Option<String>) -> usize {
        let mut post = with_media(document("posts/a.md", "Words"), "a.pdf");
        post.media[0].title = title;
        let media = seen("posts/a.pdf", Ok(facts(format)));
        check("document-title", &post, &media).len()
    }

    #[test]
    fn documents_need_one_and_others_do_not() {
        assert_eq!(found(MediaFormat::Pdf, None), 1);
        assert_eq!(found(MediaFormat::Office, Some(String::new())), 1);
        assert_eq!(found(MediaFormat::Pdf, Some("t".repeat(400))), 0);
        assert_eq!(found(MediaFormat::Mp4, None), 0);
        assert_eq!(found(MediaFormat::Mp4, Some("t".repeat(401))), 1);
    }
}
