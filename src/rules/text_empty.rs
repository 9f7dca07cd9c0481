//! `text-empty`: a post says or shows something.
//!
//! Owns the refusal of a post without text and media. Must not ask for text beside media.

use super::{Check, Context, Rule};
use crate::content::document::Document;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::attached::Attached;

/// LinkedIn refuses a post with a blank `commentary` and no `content` ("Posts API").
pub(super) static RULE: Rule = Rule {
    id: "text-empty",
    severity: Severity::Error,
    summary: "a post has text or media",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let document = context.document;
    let invisible = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}'
            )
    };
    if !context.visible().chars().all(invisible) || shows_something(document) {
        return Vec::new();
    }
    vec![
        rule.report("the post has no text and no media")
            .at(context.body_label("nothing for readers here"))
            .note("LinkedIn refuses a blank post")
            .help("write the text below the second `---`"),
    ]
}

/// A reshare of another post is not enough: LinkedIn takes blank text beside `content`
/// only.
fn shows_something(document: &Document) -> bool {
    let mut attached = document.attached.iter();
    !document.media.is_empty() || attached.any(|found| !matches!(found.value, Attached::Reshare(_)))
}

#[cfg(test)]
mod tests {
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, check_text, document, with_media};

    #[test]
    fn blank_in_every_sense_is_empty() {
        for body in ["", "  \n\n\t", "\u{200B}", "\u{A0}\u{2060}"] {
            let found = check_text("text-empty", body);
            assert_eq!(found.len(), 1, "{body:?}");
            assert!(found[0].is_error());
        }
    }

    #[test]
    fn a_word_or_a_picture_is_enough() {
        assert_eq!(check_text("text-empty", "."), []);
        let picture = with_media(document("posts/a.md", ""), "a.png");
        assert_eq!(check("text-empty", &picture, &MediaSeen::new()), []);
    }
}
