//! `alt-too-long`: LinkedIn takes 4086 characters of alt text.
//!
//! Owns that limit. Must not judge good style: shorter is better, and not an error.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::media::MAX_ALT_UTF16;

/// LinkedIn, "Post API schema", field `altText`.
pub(super) static RULE: Rule = Rule {
    id: "alt-too-long",
    severity: Severity::Error,
    summary: "an alt text has at most 4086 UTF-16 units",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let too_long = |alt: &String| Some(alt.encode_utf16().count()).filter(|n| *n > MAX_ALT_UTF16);
    context
        .file_references()
        .filter_map(|reference| {
            let found = reference.alt.as_ref().and_then(too_long)?;
            Some(
                rule.report(format!(
                    "the alt text of `{}` has {found} characters, {MAX_ALT_UTF16} are allowed",
                    reference.written
                ))
                .at(context.label(reference.span.clone(), ""))
                .help("say in one or two sentences what the image shows"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, document, with_media};

    #[test]
    fn the_limit_is_counted_in_utf16_units() {
        let mut post = with_media(document("posts/a.md", "Words"), "a.png");
        post.media[0].alt = Some("🦀".repeat(2043));
        assert_eq!(check("alt-too-long", &post, &MediaSeen::new()), []);
        post.media[0].alt = Some("🦀".repeat(2044));
        let found = check("alt-too-long", &post, &MediaSeen::new());
        assert_eq!(
            found[0].message,
            "the alt text of `a.png` has 4088 characters, 4086 are allowed"
        );
        assert!(found[0].is_error());
    }
}
