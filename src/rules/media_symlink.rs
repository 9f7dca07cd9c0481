//! `media-symlink`: a media file is not a symbolic link.
//!
//! Owns the refusal. Must not follow a link to see whether it is harmless.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::path::ReadError;

/// A link can lead to any file of the machine that publishes, and what it leads to is
/// not what was reviewed.
pub(super) static RULE: Rule = Rule {
    id: "media-symlink",
    severity: Severity::Error,
    summary: "a media file is not, and is not behind, a symbolic link",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter(|seen| seen.problem() == Some(&ReadError::Symlink))
        .map(|seen| {
            rule.report(format!(
                "`{}` is, or lies behind, a symbolic link",
                seen.path
            ))
            .at(context.label(seen.reference.span.clone(), "links are not followed"))
            .note("a link could publish a file that nobody reviewed")
            .help("replace the link by the file itself and commit it")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::model::path::ReadError;
    use crate::rules::testing::{check_media, facts};

    #[test]
    fn a_link_is_refused() {
        let found = check_media("media-symlink", Err(ReadError::Symlink));
        assert_eq!(found.len(), 1);
        assert!(found[0].is_error());
    }

    #[test]
    fn a_file_is_not_a_link() {
        assert_eq!(
            check_media("media-symlink", Ok(facts(MediaFormat::Png))),
            []
        );
        assert_eq!(check_media("media-symlink", Err(ReadError::NotFound)), []);
    }
}
