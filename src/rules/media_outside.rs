//! `media-outside`: a media path stays in the content.
//!
//! Owns which places are not content. Must not resolve paths: that is
//! [`crate::model::path`].

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::path::{ContentPath, PathError};

/// A post must not publish a file that is not content: `../../.ssh/id_ed25519`,
/// `/proc/self/environ`, `.git/config` with its credentials.
pub(super) static RULE: Rule = Rule {
    id: "media-outside",
    severity: Severity::Error,
    summary: "a media path stays below the content root and out of `.git` and `.mergecast`",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let refused = |path: &Result<ContentPath, PathError>| match path {
        Err(PathError::Outside) => Some("leaves the folder of `mergecast.yaml`"),
        Err(PathError::Empty | PathError::Character) => None,
        Ok(path) => is_private(path).then_some("leads into a folder that is not content"),
    };
    context
        .file_references()
        .filter_map(|reference| {
            let why = refused(&reference.path)?;
            Some(
                rule.report(format!("the path `{}` {why}", reference.written))
                    .at(context.label(reference.span.clone(), "it was not read"))
                    .note("only files below that folder can be published")
                    .help("copy the file next to the post and name it without `..`"),
            )
        })
        .collect()
}

/// Whether a path leads into a folder of git or of this tool, under any of the names
/// that file systems take for the same folder (CVE-2014-9390): other case, trailing dots
/// and spaces, an NTFS stream or short name, characters that HFS+ ignores.
pub(crate) fn is_private(path: &ContentPath) -> bool {
    let ignored = |c: &char| !matches!(c, '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}');
    path.as_str().split('/').any(|segment| {
        let name: String = segment.chars().filter(ignored).collect();
        let name = name.split(':').next().unwrap_or_default().to_lowercase();
        let name = name.trim_end_matches(['.', ' ']);
        name == ".git" || name == ".mergecast" || name.starts_with("git~")
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, document, with_media};

    fn refused(written: &str) -> bool {
        let post = with_media(document("posts/2026/a.md", "Words"), written);
        let codes = ["media-outside", "media-path"];
        codes
            .iter()
            .any(|code| !check(code, &post, &MediaSeen::new()).is_empty())
    }

    #[test]
    fn no_spelling_leads_out_of_the_folder() {
        for written in [
            "../../../a.png",
            "../../../../a.png",
            "/../a.png",
            "/..",
            "a/../../../../b.png",
            "./../../../b.png",
            "..//..//..//b.png",
            "../../../../proc/self/environ",
            "/a/../../b",
            "x/./../.././../../b",
            "../../../posts/2026/a.png",
            "..\\..\\..\\a.png",
            "\\a.png",
            "\\\\server\\share\\a.png",
            "C:\\a.png",
            "c:/a.png",
            "Z:a.png",
            "a\\b.png",
            "a\0.png",
            "a.png\0",
            "a\n.png",
            "a\r.png",
            "\u{1B}[2J.png",
            "a\u{7F}.png",
            "a\u{85}.png",
            "",
            "../..",
            "../.././",
            "/",
            "//",
            "/./",
        ] {
            assert!(refused(written), "{written:?}");
        }
    }

    #[test]
    fn no_spelling_leads_into_the_folders_of_programs() {
        for written in [
            "/.git/config",
            "../../.git/config",
            "/.GIT/config",
            "/.Git/HEAD",
            "/sub/.git/config",
            "/.git",
            "/.git./config",
            "/.git /config",
            "/.git. . /config",
            "/.git::$INDEX_ALLOCATION/config",
            "/.git:stream",
            "/GIT~1/config",
            "/git~2/config",
            "/.g\u{200C}it/config",
            "/.\u{FEFF}git/config",
            "/.gi\u{202E}t/config",
            "/.git\u{200D}/config",
            "/.mergecast/journal",
            "/.MERGECAST/sandbox/feed.json",
            "../../.mergecast/a.png",
            "a/../../../.git/x",
            "/a/b/../../.git/x",
            ".git",
            ".git/a.png",
            "./.git/a.png",
            "img/.git/a.png",
            "img/../.git/a.png",
            "/.git\u{FEFF}/a",
            "/.gIt/hooks/pre-push",
        ] {
            assert!(refused(written), "{written:?}");
        }
    }

    #[test]
    fn ordinary_paths_stay_in() {
        for written in [
            "a.png",
            "./a.png",
            "../a.png",
            "../../a.png",
            "/a.png",
            "/media/a.png",
            "img/../a.png",
            "/..a.png",
            "...png",
            "/.github/logo.png",
            "/git/a.png",
            "/a.git/b.png",
            "/.gitignore.png",
            "Grüße an alle.png",
            "a%2e%2e.png",
            "%2e%2e/%2e%2e/a.png",
            "..%2f..%2fa.png",
            "日本.png",
            "a b.png",
        ] {
            assert!(!refused(written), "{written:?}");
        }
    }
}
