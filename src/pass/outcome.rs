//! What kept a post from going out, for the report.
//!
//! Owns the words and exit codes of everything a pass can meet. Must not decide what to
//! do about it.

use chrono::TimeDelta;

use crate::diagnostic::Diagnostic;
use crate::linkedin::failure::Failure;
use crate::linkedin::problem::Problem as LinkedinProblem;
use crate::model::path::{ContentPath, ReadError};
use crate::pass::clocks;
use crate::pass::see::{Stop, exit_of, ledger_problem};
use crate::ports::LedgerError;
use crate::record::Refused;
use crate::report::exit::Exit;
use crate::report::results::{Outcome, ResultError};

/// This process was asked to stop.
const STOPPING: &str = "stopping";
/// What to do about that.
const GOES_ON: &str = "nothing to do: the next run goes on";

/// Why a pass ends that was asked to stop while it only read. A warning: it needs nobody.
pub(super) fn stopped_while_reading() -> Stop {
    let message = "this run was asked to stop before it had read everything";
    let diagnostic = Diagnostic::warning(STOPPING, message).help(GOES_ON);
    Stop::one(diagnostic, Exit::Held)
}

/// One thing that went wrong with one post.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// How the action ended.
    pub(super) outcome: Outcome,
    /// What it means for the exit code.
    pub(super) exit: Exit,
    error: ResultError,
}

impl Problem {
    fn new(outcome: Outcome, exit: Exit, kind: &'static str, code: &str, message: String) -> Self {
        let error = ResultError {
            kind,
            code: code.to_owned(),
            message,
            help: None,
        };
        Self {
            outcome,
            exit,
            error,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.error.help = Some(help.into());
        self
    }

    /// For the report.
    pub(super) fn into_error(self) -> ResultError {
        self.error
    }

    /// The same problem, met by a post that was not even tried.
    pub(super) fn not_sent(mut self) -> Self {
        self.error.message = format!(
            "not sent, since an earlier post met this: {}",
            self.error.message
        );
        self
    }

    /// What LinkedIn said, or did not.
    pub(super) fn linkedin(problem: &LinkedinProblem, outcome: Outcome) -> Self {
        Self {
            outcome,
            exit: problem.exit,
            error: problem.error(),
        }
    }

    /// The document went away between plan and preparation.
    pub(super) fn vanished() -> Self {
        Self::changed("its files changed while it was read")
    }

    /// The post is not what was planned any more.
    pub(super) fn changed(how: &str) -> Self {
        let message = format!("not sent: {how} after the plan was made");
        Self::new(
            Outcome::Held,
            Exit::Held,
            "conflict",
            "changed-since-plan",
            message,
        )
        .help("nothing to do: the next run plans it anew")
    }

    /// This process was asked to stop.
    pub(super) fn stopping() -> Self {
        let message = "not sent: this run was asked to stop";
        let message = message.to_owned();
        Self::new(Outcome::Held, Exit::Held, "conflict", STOPPING, message).help(GOES_ON)
    }

    /// Its media are not ready.
    pub(super) fn still_processing(count: usize) -> Self {
        let message = format!("LinkedIn is still processing {count} of its media");
        Self::new(
            Outcome::Held,
            Exit::Held,
            "rate-limit",
            "media-processing",
            message,
        )
        .help("nothing to do: the next run looks again; the uploads are kept")
    }

    /// This machine's clock is not to be trusted.
    pub(super) fn clock_wrong(skew: TimeDelta) -> Self {
        let message = format!("not sent: {}", clocks::words(skew));
        Self::new(Outcome::Held, Exit::Held, "config", "clock-skew", message)
            .help("set this machine's clock, or let it follow a time server; the next run goes on")
    }

    /// Two runs edited the post at the same time.
    pub(super) fn edits_crossed() -> Self {
        let message =
            "another run edited the live post at the same time, so its text is not certain";
        let message = message.to_owned();
        Self::new(
            Outcome::Held,
            Exit::Held,
            "conflict",
            "edits-crossed",
            message,
        )
        .help("nothing to do: the next run edits it once more")
    }

    /// Nobody could say what time it is.
    pub(super) fn clock_unchecked() -> Self {
        let message = "not skipped: LinkedIn did not answer, and a skip for being late is \
                       recorded only after this machine's clock was compared with LinkedIn's";
        let message = message.to_owned();
        Self::new(
            Outcome::Held,
            Exit::Held,
            "unreachable",
            "clock-unchecked",
            message,
        )
        .help("nothing to do: the next run asks again")
    }

    /// LinkedIn allows no more requests today.
    pub(super) fn day_spent(message: String) -> Self {
        Self::new(
            Outcome::Held,
            Exit::Held,
            "rate-limit",
            "day-spent",
            message,
        )
        .help(
            "nothing to do: it goes out then; where the app allows more, say so as \
             `requests_per_day` of the author in `mergecast.yaml`",
        )
    }

    /// LinkedIn could not read a file.
    pub(super) fn media_failed(urn: &str, why: Option<&str>) -> Self {
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        let message = format!("LinkedIn could not process {urn}{why}");
        Self::new(
            Outcome::Failed,
            Exit::Failed,
            "rejected",
            "media-failed",
            message,
        )
        .help("save the file again, in the form the documentation names for its kind")
    }

    /// A media file cannot be read any more.
    pub(super) fn unreadable(path: &ContentPath, error: &ReadError) -> Self {
        let message = format!("`{path}` cannot be read: {error}");
        Self::new(
            Outcome::Failed,
            Exit::Invalid,
            "content",
            "media-unreadable",
            message,
        )
    }

    /// The body could not be made.
    pub(super) fn internal(message: String) -> Self {
        Self::new(
            Outcome::Failed,
            Exit::Failed,
            "internal",
            "internal",
            message,
        )
    }

    /// The pass cannot go on.
    pub(super) fn stopped(stop: &Stop) -> Self {
        let first = stop.diagnostics.first();
        if first.is_some_and(|problem| problem.code == STOPPING) {
            return Self::stopping();
        }
        let message = first.map_or_else(String::new, |problem| problem.message.clone());
        let code = first.map_or("internal", |problem| problem.code);
        Self::new(
            Outcome::Held,
            stop.exit,
            "remote",
            code,
            format!("not sent: {message}"),
        )
    }

    /// The ledger says that the event does not apply.
    pub(super) fn refused(refused: &Refused) -> Self {
        match refused {
            Refused::AlreadyPublished => Self::new(
                Outcome::None,
                Exit::Done,
                "conflict",
                "published-by-another-run",
                "another run published it first".to_owned(),
            ),
            Refused::Unknown => Self::new(
                Outcome::Unknown,
                Exit::Unknown,
                "unknown",
                "outcome-unknown",
                refused.to_string(),
            ),
            _ => Self::new(
                Outcome::Held,
                Exit::Held,
                "conflict",
                "in-progress",
                format!("not sent: {refused}"),
            ),
        }
    }

    /// The ledger cannot be written.
    pub(super) fn ledger(error: &LedgerError) -> Self {
        let problem = ledger_problem(error);
        let mut result = Self::new(
            Outcome::Held,
            exit_of(error),
            "remote",
            problem.code,
            format!("not sent: {}", problem.message),
        );
        result.error.help = problem.help;
        result
    }

    /// A declaration was given up by others before its request left.
    pub(super) fn given_up(why: &str) -> Self {
        let message = format!("not sent: {why}");
        Self::new(Outcome::Held, Exit::Held, "conflict", "given-up", message)
            .help("nothing to do: the next run plans it anew")
    }

    /// A declaration was taken back.
    pub(super) fn withdrawn(why: &str) -> Self {
        let message = format!("not sent: {why}");
        Self::new(
            Outcome::Held,
            Exit::Unreachable,
            "unreachable",
            "not-sent",
            message,
        )
        .help("nothing to do: the next run tries again")
    }
}

/// No token for the author.
pub(super) fn token_problem(problem: &LinkedinProblem) -> Problem {
    let outcome = match problem.exit {
        Exit::Unreachable => Outcome::Held,
        _ => Outcome::Failed,
    };
    Problem::linkedin(problem, outcome)
}

/// A call that may be repeated did not work.
pub(super) fn failure(failure: &Failure) -> Problem {
    let outcome = match failure {
        Failure::Unreachable(_) | Failure::RateLimited { .. } => Outcome::Held,
        Failure::Denied(_) | Failure::Config(_) | Failure::NotFound(_) | Failure::Refused(_) => {
            Outcome::Failed
        }
    };
    Problem::linkedin(failure.problem(), outcome)
}
