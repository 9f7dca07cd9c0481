//! `alt-missing`: an image has alt text.
//!
//! Owns the reminder. Must not stop a post: LinkedIn does not ask for it.

use super::context::Seen;
use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::MediaKind;

/// WCAG 2.2, success criterion 1.1.1: what is not text has a text that replaces it.
pub(super) static RULE: Rule = Rule {
    id: "alt-missing",
    severity: Severity::Warning,
    summary: "an image has alt text",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let blank = |alt: Option<&str>| alt.is_none_or(|alt| alt.trim().is_empty());
    let card = context.document.attached.iter();
    let card: Vec<_> = card.filter_map(|found| found.value.thumbnail()).collect();
    let shown = |seen: &Seen<'_>| {
        let media = context.document.media.iter();
        let mut all = media.chain(card.iter().copied());
        all.any(|reference| std::ptr::eq(reference, seen.reference))
    };
    context
        .files()
        .filter(shown)
        .filter(|seen| seen.kind().is_none_or(|kind| kind == MediaKind::Image))
        .filter(|seen| blank(seen.reference.alt.as_deref()))
        .map(|seen| {
            let reference = seen.reference;
            let written = &reference.written;
            let fix = if context.document.body.contains(&reference.span.start) {
                format!("![what the image shows]({written})")
            } else if card.iter().any(|file| std::ptr::eq(*file, reference)) {
                "thumbnail_alt: \"what the image shows\"".to_owned()
            } else {
                format!("- {{ path: {written}, alt: \"what the image shows\" }}")
            };
            rule.report(format!("`{written}` has no alt text"))
                .at(context.label(reference.span.clone(), ""))
                .note("people who do not see the image get nothing in its place")
                .help(format!("write `{fix}`"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::rules::testing::{check, document, facts, seen, with_media};

    #[test]
    fn a_missing_or_blank_alt_text_is_named() {
        for alt in [None, Some(String::new()), Some("  ".to_owned())] {
            let mut post = with_media(document("posts/a.md", "Words"), "a.png");
            post.media[0].alt = alt;
            let media = seen("posts/a.png", Ok(facts(MediaFormat::Png)));
            let found = check("alt-missing", &post, &media);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].message, "`a.png` has no alt text");
            let help = found[0].help.as_deref().unwrap();
            assert!(help.contains("- { path: a.png, alt: "), "{help}");
            post.media[0].span = post.body.clone();
            let help = check("alt-missing", &post, &media)[0].help.clone().unwrap();
            assert!(help.contains("![what the image shows](a.png)"), "{help}");
        }
    }

    #[test]
    fn a_described_image_and_a_document_need_none() {
        let mut post = with_media(document("posts/a.md", "Words"), "a.png");
        let media = seen("posts/a.png", Ok(facts(MediaFormat::Png)));
        assert_eq!(check("alt-missing", &post, &media), []);
        post.media[0].alt = None;
        let media = seen("posts/a.png", Ok(facts(MediaFormat::Pdf)));
        assert_eq!(check("alt-missing", &post, &media), []);
    }
}
