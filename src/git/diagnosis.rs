//! What is wrong with a repository, as diagnostics.
//!
//! Owns the messages about the clone itself. Messages about remotes belong to the pass,
//! which knows what was not done because of them.

use super::command::CommandError;
use super::repository::{Repository, RepositoryError};
use crate::diagnostic::Diagnostic;

impl RepositoryError {
    /// The error, with what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Command(CommandError::NotInstalled) => {
                Diagnostic::error("git-missing", self.to_string())
                    .note("nothing was read, and nothing was published")
                    .help("install git, or start mergecast where `git --version` works")
            }
            Self::Command(_) => unusable(self),
            Self::Unsupported(format) => Diagnostic::error(
                "repository-unsupported",
                self.to_string(),
            )
            .note("nothing was read, and nothing was published")
            .help(match *format {
                "reftable" => "git refs migrate --ref-format=files",
                _ => "keep the content in a repository with SHA-1 objects, as GitHub makes them",
            }),
            Self::Bare(_) => unusable(self)
                .note("anybody can commit files of these names")
                .help("move or rename `HEAD`, `objects` and `refs` there"),
            Self::Unusable { problem, .. } => match unsafe_folder(problem) {
                Some(folder) => unusable(self)
                    .note("git refuses a folder that belongs to another user")
                    .help(format!("git config --global --add safe.directory {folder}")),
                None => unusable(self),
            },
        }
    }
}

fn unusable(error: &RepositoryError) -> Diagnostic {
    Diagnostic::error("repository-unusable", error.to_string())
        .note("nothing was read, and nothing was published")
        .help("git status")
}

/// The folder in git's `detected dubious ownership in repository at '<folder>'`.
fn unsafe_folder(problem: &str) -> Option<&str> {
    let (_, rest) = problem.split_once("dubious ownership in repository at '")?;
    rest.split_once('\'').map(|(folder, _)| folder)
}

impl Repository {
    /// Settings of the clone that are not obeyed: one warning each.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        if self.trusts_clone() {
            return Vec::new();
        }
        let programs = self.configuration.programs_of_clone();
        programs.into_iter().map(ignored).collect()
    }
}

fn ignored(name: &str) -> Diagnostic {
    let message = format!("`{name}` in this clone's git configuration is not obeyed");
    Diagnostic::warning("git-setting-ignored", message)
        .note("it names a program, and a clone may come from anybody; in a CI job it is obeyed")
        .help(format!(
            "if the program is yours: git config --global {name} \"$(git config --local {name})\""
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_git_is_told_apart() {
        let diagnostic = RepositoryError::Command(CommandError::NotInstalled).diagnostic();
        assert_eq!(diagnostic.code, "git-missing");
        let timeout = CommandError::TimedOut(std::time::Duration::from_secs(30));
        let diagnostic = RepositoryError::Command(timeout).diagnostic();
        assert_eq!(diagnostic.code, "repository-unusable");
    }

    #[test]
    fn a_folder_of_another_user_has_its_own_way_out() {
        let problem =
            "fatal: detected dubious ownership in repository at '/github/workspace'; To add";
        let error = RepositoryError::Unusable {
            place: "/github/workspace".to_owned(),
            problem: problem.to_owned(),
        };
        assert_eq!(
            error.diagnostic().help.as_deref(),
            Some("git config --global --add safe.directory /github/workspace")
        );
    }

    #[test]
    fn an_ignored_setting_is_named_with_the_way_to_keep_it() {
        let diagnostic = ignored("core.sshcommand");
        assert_eq!(diagnostic.code, "git-setting-ignored");
        assert!(!diagnostic.is_error());
        assert!(diagnostic.message.contains("`core.sshcommand`"));
        let help = diagnostic.help.unwrap_or_default();
        assert!(
            help.contains("git config --global core.sshcommand"),
            "{help}"
        );
    }
}
