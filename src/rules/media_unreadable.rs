//! `media-unreadable`: a media file can be read.
//!
//! Owns the reasons that have no rule of their own. Must not let a file pass that nobody
//! looked at.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::path::ReadError;

/// A post is never sent without one of its files.
pub(super) static RULE: Rule = Rule {
    id: "media-unreadable",
    severity: Severity::Error,
    summary: "a media file is a regular file that can be read",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter_map(|seen| {
            let (why, help) = match (seen.found, seen.problem()) {
                (None, _) => ("nobody read it".to_owned(), None),
                (_, Some(error @ (ReadError::NotAFile | ReadError::Submodule))) => (
                    error.to_string(),
                    Some("name one file, not a folder or a submodule".to_owned()),
                ),
                (_, Some(ReadError::Io(problem))) => {
                    (clean(problem), Some(format!("ls -l '{}'", seen.path)))
                }
                (Some(Ok(_)), _)
                | (
                    _,
                    None
                    | Some(
                        ReadError::NotFound
                        | ReadError::Symlink
                        | ReadError::TooLarge { .. }
                        | ReadError::LfsPointer,
                    ),
                ) => return None,
            };
            let diagnostic = rule
                .report(format!("`{}` cannot be read: {why}", seen.path))
                .at(context.label(seen.reference.span.clone(), ""));
            Some(match help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            })
        })
        .collect()
}

/// The system's words as one short line.
fn clean(problem: &str) -> String {
    problem
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::model::path::ReadError;
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, check_media, document, facts, with_media};

    #[test]
    fn says_why_in_the_words_of_the_system() {
        let found = check_media(
            "media-unreadable",
            Err(ReadError::Io("permission denied\n::error::".to_owned())),
        );
        assert_eq!(
            found[0].message,
            "`posts/a.png` cannot be read: permission denied ::error::"
        );
        let found = check_media("media-unreadable", Err(ReadError::NotAFile));
        assert!(found[0].message.ends_with("it is not a regular file"));
    }

    #[test]
    fn a_file_nobody_looked_at_never_passes() {
        let post = with_media(document("posts/a.md", "Words"), "a.png");
        let found = check("media-unreadable", &post, &MediaSeen::new());
        assert_eq!(found.len(), 1);
        assert!(found[0].is_error());
    }

    #[test]
    fn a_readable_file_passes() {
        assert_eq!(
            check_media("media-unreadable", Ok(facts(MediaFormat::Png))),
            []
        );
    }
}
