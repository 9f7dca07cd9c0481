//! Why something could not be asked of GitHub.
//!
//! Owns the kinds that lead to different next steps, and their words. Must not decide what
//! a command does about one.

use crate::diagnostic::Diagnostic;

/// Why GitHub could not be asked, or did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// This is no workflow run, or not the one the command is for.
    #[error("{0}")]
    Setting(String),
    /// There is no token.
    #[error("there is no token: `GITHUB_TOKEN` is not set")]
    NoToken,
    /// The token may not (401, 403, or 404 to a write).
    #[error("GitHub refused: {0}")]
    Denied(String),
    /// Too many requests.
    #[error("GitHub allows no more requests for now: {0}")]
    Limited(String),
    /// Not there, or not for this token (404).
    #[error("GitHub does not find it: {0}")]
    NotFound(String),
    /// No answer.
    #[error("GitHub does not answer: {0}")]
    Unreachable(String),
    /// An answer that was not expected.
    #[error("GitHub answered unexpectedly: {0}")]
    Unexpected(String),
}

impl Failure {
    /// As a problem of the step that `what` names: a warning, since nothing that happens
    /// at GitHub stops or repeats a post.
    #[must_use]
    pub fn warning(&self, what: &str) -> Diagnostic {
        let warning = Diagnostic::warning("github-request", format!("{what}: {self}"));
        warning.help(self.next_step())
    }

    /// As a problem that ends a command.
    #[must_use]
    pub fn error(&self) -> Diagnostic {
        match self {
            Failure::Setting(why) => Diagnostic::error("github-environment", why.clone())
                .help("run it in a workflow, through the action; see docs/github.md"),
            other => Diagnostic::error("github-request", other.to_string()).help(self.next_step()),
        }
    }

    fn next_step(&self) -> &'static str {
        match self {
            Failure::Setting(_) => "run it in a workflow, through the action",
            Failure::NoToken | Failure::Denied(_) | Failure::NotFound(_) => {
                "give the job `permissions: pull-requests: write` (and `issues: write` to publish), and the token as `GITHUB_TOKEN`"
            }
            Failure::Limited(_) | Failure::Unreachable(_) | Failure::Unexpected(_) => {
                "nothing to do: the next run tries again"
            }
        }
    }
}
