//! `media-missing`: a media file exists.
//!
//! Owns the absence of a file. Must not look for it elsewhere.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::path::ReadError;

/// A post is never sent without one of its files.
pub(super) static RULE: Rule = Rule {
    id: "media-missing",
    severity: Severity::Error,
    summary: "a media file exists",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    context
        .files()
        .filter(|seen| seen.problem() == Some(&ReadError::NotFound))
        .map(|seen| {
            rule.report(format!("there is no file `{}`", seen.path))
                .at(context.label(seen.reference.span.clone(), ""))
                .note("a path starts at the folder of the post, or with `/` at the folder of `mergecast.yaml`; upper and lower case differ")
                .help("correct the path, or add the file and commit it")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::media::MediaFormat;
    use crate::model::path::ReadError;
    use crate::rules::testing::{check_media, facts};

    #[test]
    fn a_file_that_is_not_there_is_named_from_the_root() {
        let found = check_media("media-missing", Err(ReadError::NotFound));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "there is no file `posts/a.png`");
        assert!(found[0].is_error());
    }

    #[test]
    fn a_file_that_is_there_is_not() {
        assert_eq!(
            check_media("media-missing", Ok(facts(MediaFormat::Png))),
            []
        );
        assert_eq!(check_media("media-missing", Err(ReadError::Symlink)), []);
    }
}
