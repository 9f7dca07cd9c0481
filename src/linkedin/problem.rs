//! What kept a call from working, as every caller needs it.
//!
//! Owns the one value from which a ledger reason, an error of the report and an exit code
//! are made. Must not decide what happened: see [`super::outcome`] and
//! [`super::failure`].

use crate::record::Reason;
use crate::report::exit::Exit;
use crate::report::results::ResultError;

/// Whose problem it is; the words of [`ResultError::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// LinkedIn refused the content.
    Rejected,
    /// The token is not good.
    Auth,
    /// The token is good and may not do this.
    Permission,
    /// A setting is wrong.
    Config,
    /// Too many calls.
    RateLimit,
    /// LinkedIn cannot be reached; the same call may be made again.
    Unreachable,
    /// Whether a post was created is not known.
    Unknown,
    /// Another write got in the way.
    Conflict,
    /// This program asked for something LinkedIn does not understand.
    Internal,
}

impl Kind {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Rejected => "rejected",
            Kind::Auth => "auth",
            Kind::Permission => "permission",
            Kind::Config => "config",
            Kind::RateLimit => "rate-limit",
            Kind::Unreachable => "unreachable",
            Kind::Unknown => "unknown",
            Kind::Conflict => "conflict",
            Kind::Internal => "internal",
        }
    }
}

/// What kept a call from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whose problem it is.
    pub kind: Kind,
    /// Kebab-case word, equal to its anchor in the documentation.
    pub code: &'static str,
    /// For people; what LinkedIn said in it is cleaned and cut.
    pub message: String,
    /// One next step.
    pub help: Option<String>,
    /// What it means for the exit code.
    pub exit: Exit,
}

impl Problem {
    /// A problem without help.
    #[must_use]
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>, exit: Exit) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            help: None,
            exit,
        }
    }

    /// Sets the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The reason a ledger entry keeps.
    #[must_use]
    pub fn reason(&self) -> Reason {
        Reason::new(self.code, self.message.clone())
    }

    /// The error of a result.
    #[must_use]
    pub fn error(&self) -> ResultError {
        ResultError {
            kind: self.kind.as_str(),
            code: self.code.to_owned(),
            message: self.message.clone(),
            help: self.help.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_and_error_say_the_same() {
        let problem =
            Problem::new(Kind::RateLimit, "rate-limited", "slow down", Exit::Held).help("wait");
        assert_eq!(problem.reason(), Reason::new("rate-limited", "slow down"));
        let error = problem.error();
        assert_eq!(
            (error.kind, error.code.as_str()),
            ("rate-limit", "rate-limited")
        );
        assert_eq!(error.help.as_deref(), Some("wait"));
    }
}
