//! What `doctor` found, line by line.
//!
//! Owns the values and their two views, and what follows for the exit code. Must not look
//! at anything itself.

use serde::Serialize;

use super::clean;
use super::exit::Exit;
use super::lines::Lines;
use super::palette::{Palette, paint};

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works today.
    Warning,
    /// It stops publishing.
    Problem,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Problem => "problem",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: an author, `remote`, `clock`, …
    pub subject: String,
    /// What about it.
    pub check: &'static str,
    /// How it ended.
    pub status: Status,
    /// For people.
    pub message: String,
    /// One next step.
    pub help: Option<String>,
    /// What it means for the exit code.
    #[serde(skip)]
    pub exit: Exit,
}

impl Finding {
    /// As it should be.
    #[must_use]
    pub fn ok(subject: &str, check: &'static str, message: impl Into<String>) -> Self {
        Self {
            subject: subject.to_owned(),
            check,
            status: Status::Ok,
            message: message.into(),
            help: None,
            exit: Exit::Done,
        }
    }

    /// It works today.
    #[must_use]
    pub fn warning(subject: &str, check: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: Status::Warning,
            ..Self::ok(subject, check, message)
        }
    }

    /// It stops publishing.
    #[must_use]
    pub fn problem(
        subject: &str,
        check: &'static str,
        message: impl Into<String>,
        exit: Exit,
    ) -> Self {
        Self {
            status: Status::Problem,
            exit,
            ..Self::ok(subject, check, message)
        }
    }

    /// Sets the next step.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// Access before configuration before reach: what comes first has to be mended first.
#[must_use]
pub fn exit(findings: &[Finding]) -> Exit {
    let met = |exit: Exit| findings.iter().any(|finding| finding.exit == exit);
    let order = [
        Exit::Denied,
        Exit::Unreachable,
        Exit::Refused,
        Exit::Invalid,
    ];
    let first = order.into_iter().find(|exit| met(*exit));
    first.unwrap_or(Exit::Done)
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    checks: &'a [Finding],
}

/// For scripts.
#[must_use]
pub fn json(findings: &[Finding]) -> String {
    let document = Document {
        format_version: 1,
        checks: findings,
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// For people: a line each, and the next step below what is not ok.
#[must_use]
pub fn human(findings: &[Finding], palette: &Palette) -> String {
    let mut page = Lines::default();
    for finding in findings {
        let style = match finding.status {
            Status::Ok => palette.added,
            Status::Warning => palette.warning,
            Status::Problem => palette.error,
        };
        let word = format!("{:<8}", finding.status.as_str());
        let label = format!(
            "{} {} ",
            paint(style, &word),
            paint(
                palette.heading,
                &format!("{}, {}:", clean::line(&finding.subject), finding.check)
            )
        );
        page.push_hanging(&label, 9, &clean::block(&finding.message));
        if let Some(help) = &finding.help {
            let label = format!("         {} ", paint(palette.help, "help:"));
            page.push_hanging(&label, 15, &clean::block(help));
        }
    }
    let count = |status| findings.iter().filter(|f| f.status == status).count();
    page.gap();
    page.push(format!(
        "Doctor: {} ok, {} to watch, {} to mend.",
        count(Status::Ok),
        count(Status::Warning),
        count(Status::Problem)
    ));
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_comes_before_reach_and_configuration() {
        let one = |exit| Finding::problem("x", "y", "z", exit);
        let (a, b, c) = (
            one(Exit::Invalid),
            one(Exit::Denied),
            one(Exit::Unreachable),
        );
        assert_eq!(exit(&[a.clone(), b, c.clone()]), Exit::Denied);
        assert_eq!(exit(&[a.clone(), c]), Exit::Unreachable);
        assert_eq!(exit(&[a]), Exit::Invalid);
        assert_eq!(exit(&[Finding::warning("x", "y", "z")]), Exit::Done);
    }

    #[test]
    fn every_line_that_is_not_ok_has_a_next_step() {
        let found = [
            Finding::ok("acme", "token", "it works"),
            Finding::warning("clock", "skew", "7 s").help("set it"),
        ];
        assert_eq!(
            human(&found, &Palette::plain()),
            "ok       acme, token: it works\nwarning  clock, skew: 7 s\n         help: set it\n\n\
             Doctor: 1 ok, 1 to watch, 0 to mend.\n"
        );
        assert!(json(&found).contains(r#""status": "warning""#));
    }
}
