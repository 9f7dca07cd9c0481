//! `media-path`: a media path can name a file.
//!
//! Owns paths that are none. Must not judge where a path leads: see `media-outside`.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::path::PathError;

/// The same path must mean the same file on every system a post is checked on.
pub(super) static RULE: Rule = Rule {
    id: "media-path",
    severity: Severity::Error,
    summary: "a media path has `/` between names and no control characters",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .file_references()
        .filter_map(|reference| {
            let error = match &reference.path {
                Err(error @ (PathError::Empty | PathError::Character)) => error,
                Err(PathError::Outside) | Ok(_) => return None,
            };
            let written = reference.written.escape_debug();
            let diagnostic = rule
                .report(format!("the path `{written}` {error}"))
                .at(context.label(reference.span.clone(), ""));
            Some(if reference.written.contains('\\') {
                let slashes = reference.written.replace('\\', "/");
                diagnostic.help(format!("write `{}`", slashes.escape_debug()))
            } else {
                diagnostic
                    .help("name the file from the folder of the post, as in `images/chart.png`")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, document, with_media};

    #[test]
    fn a_backslash_is_answered_with_slashes() {
        let post = with_media(document("posts/a.md", "Words"), "img\\a.png");
        let found = check("media-path", &post, &MediaSeen::new());
        assert_eq!(found[0].help.as_deref(), Some("write `img/a.png`"));
        assert!(found[0].is_error());
    }

    #[test]
    fn control_characters_are_shown_escaped() {
        let post = with_media(document("posts/a.md", "Words"), "a\u{1B}.png");
        let found = check("media-path", &post, &MediaSeen::new());
        assert!(
            found[0]
                .message
                .starts_with("the path `a\\u{1b}.png` contains")
        );
    }

    #[test]
    fn other_paths_are_not_its_business() {
        for written in ["a.png", "../../../a.png"] {
            let post = with_media(document("posts/a.md", "Words"), written);
            assert_eq!(check("media-path", &post, &MediaSeen::new()), []);
        }
    }
}
