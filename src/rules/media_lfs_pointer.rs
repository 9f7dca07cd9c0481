//! `media-lfs-pointer`: a media file is there itself, not its Git LFS pointer.
//!
//! Owns the refusal. Must not download.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::path::ReadError;

/// Git LFS specification, "The Pointer".
pub(super) static RULE: Rule = Rule {
    id: "media-lfs-pointer",
    severity: Severity::Error,
    summary: "a media file is not a Git LFS pointer",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter(|seen| seen.problem() == Some(&ReadError::LfsPointer))
        .map(|seen| {
            rule.report(format!(
                "`{}` is a Git LFS pointer, not the file itself",
                seen.path
            ))
            .at(context.label(seen.reference.span.clone(), ""))
            .note("on GitHub Actions, `actions/checkout` downloads LFS files only with `lfs: true`")
            .help(format!("git lfs pull --include='{}'", seen.path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::model::path::ReadError;
    use crate::rules::testing::{check_media, facts};

    #[test]
    fn a_pointer_is_refused_with_the_command_that_helps() {
        let found = check_media("media-lfs-pointer", Err(ReadError::LfsPointer));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].help.as_deref(),
            Some("git lfs pull --include='posts/a.png'")
        );
    }

    #[test]
    fn a_file_is_not_a_pointer() {
        assert_eq!(
            check_media("media-lfs-pointer", Ok(facts(MediaFormat::Png))),
            []
        );
    }
}
