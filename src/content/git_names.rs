//! Names of branches and remotes in the configuration.
//!
//! Owns which names git would take and would not read as an option or an address, and the
//! problems `branch-name` and `remote-name`. Must not ask git.

use std::ops::Range;

use super::document::Located;
use super::suggest;
use crate::diagnostic::{Diagnostic, SourceText};

/// Checks the name of a branch by the rules of `git check-ref-format --branch`.
///
/// # Errors
/// `branch-name`.
pub fn branch(name: &Located<&str>, source: &SourceText<'_>) -> Result<(), Diagnostic> {
    let Some(why) = branch_fault(name.value) else {
        return Ok(());
    };
    let shown = suggest::shortened(name.value);
    let short = name.value.strip_prefix("refs/heads/");
    let help = match short.filter(|short| branch_fault(short).is_none()) {
        Some(short) => format!("write the short name: `branch: {short}`"),
        None => "write a branch name such as `branch: main`".to_owned(),
    };
    let message = format!("`{shown}` is not the name of a branch: it {why}");
    Err(Diagnostic::error("branch-name", message)
        .at(source.label_with(name.span.clone(), why))
        .help(help))
}

fn branch_fault(name: &str) -> Option<&'static str> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let lockish = |part: &str| part.to_ascii_lowercase().ends_with(".lock");
    let faults = [
        (name.is_empty(), "is empty"),
        (name.len() > 200, "has more than 200 bytes"),
        (name.starts_with('-'), "begins with `-`"),
        (name.starts_with("refs/"), "begins with `refs/`"),
        (
            name == "@" || name == "HEAD",
            "stands for the current commit",
        ),
        (
            name.contains("..") || name.contains("@{"),
            "contains `..` or `@{`",
        ),
        (
            name.chars().any(odd),
            "contains a blank or one of `~^:?*[\\`",
        ),
        (
            name.split('/')
                .any(|part| part.is_empty() || part.starts_with('.')),
            "has a part that is empty or begins with `.`",
        ),
        (
            name.ends_with('.') || name.split('/').any(lockish),
            "ends with `.` or has a part that ends with `.lock`",
        ),
    ];
    faults.iter().find(|(bad, _)| *bad).map(|(_, why)| *why)
}

/// Checks the name of a remote. An address is refused without being shown: it may hold
/// credentials.
///
/// # Errors
/// `remote-name`.
pub fn remote(
    name: &Located<&str>,
    key: Option<Range<usize>>,
    source: &SourceText<'_>,
) -> Result<(), Diagnostic> {
    let simple = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let plain = name.value.chars().all(simple) && !name.value.contains("..");
    let first = name.value.chars().next();
    if plain && name.value.len() <= 100 && first.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    let span = key.unwrap_or_else(|| name.span.clone());
    Err(
        Diagnostic::error("remote-name", "`remote` is not the name of a git remote")
            .at(source.label_with(span, "expected a name, not an address"))
            .help("write the name that `git remote` shows, such as `remote: origin`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_git_takes() {
        for name in [
            "main",
            "release/2026",
            "mergecast/state",
            "a.b",
            "feature-1",
            "ünïcode",
            "a@b",
        ] {
            assert_eq!(branch_fault(name), None, "{name}");
        }
        for name in [
            "",
            "-main",
            "refs/heads/main",
            "@",
            "HEAD",
            "a..b",
            "a@{1}",
            "a b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.",
            "a.lock",
            "a.LOCK/b",
            "a\u{7f}",
        ] {
            assert!(branch_fault(name).is_some(), "{name}");
        }
    }
}
