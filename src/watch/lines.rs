//! What a watcher tells people, line by line.
//!
//! Owns which decisions are news and how a line reads, for people and for programs: one
//! line for every decision that changed since the pass before. Must not print.

use std::collections::{BTreeMap, BTreeSet};

use chrono::SecondsFormat;
use serde_json::{Map, Value};

use super::Passed;
use super::alerts::{Alert, alert};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Instant;
use crate::plan::Action;
use crate::record::EntryId;
use crate::report::clean;
use crate::report::exit::Exit;
use crate::report::results::{Outcome, PostResult};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// All is well.
    Info,
    /// Somebody should look sometime.
    Warning,
    /// Somebody must do something.
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    at: Instant,
    level: Level,
    event: &'static str,
    message: String,
    fields: Map<String, Value>,
}

fn time(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Line {
    /// A line about the watcher itself.
    #[must_use]
    pub fn new(at: Instant, level: Level, event: &'static str, message: impl Into<String>) -> Self {
        Self {
            at,
            level,
            event,
            message: message.into(),
            fields: Map::new(),
        }
    }

    /// The same with a fact for programs.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// For people: time, level, words; one line.
    #[must_use]
    pub fn human(&self) -> String {
        let words = self.message.split('\n').map(str::trim);
        let words: Vec<&str> = words.filter(|line| !line.is_empty()).collect();
        let text = format!(
            "{} {:7} {}: {}\n",
            time(self.at),
            self.level.as_str(),
            self.event,
            words.join("; ")
        );
        clean::defuse(&text)
    }

    /// For programs: one JSON object on one line.
    #[must_use]
    pub fn json(&self) -> String {
        let mut all = Map::new();
        all.insert("time".to_owned(), time(self.at).into());
        all.insert("level".to_owned(), self.level.as_str().into());
        all.insert("event".to_owned(), self.event.into());
        all.insert("message".to_owned(), self.message.as_str().into());
        all.extend(self.fields.clone());
        format!("{}\n", Value::Object(all))
    }
}

/// What was told of a post last.
type Decision = (Action, Outcome, String);

/// Remembers what was told, so that nothing is told twice.
#[derive(Debug, Default)]
pub struct Lines {
    decisions: BTreeMap<EntryId, Decision>,
    problems: BTreeSet<(String, String)>,
    begun: bool,
}

fn id(result: &PostResult) -> EntryId {
    EntryId {
        key: result.item.key.clone(),
        target: result.item.target,
    }
}

/// The decisions of `passed` that were not made before: performed actions always, others
/// when they changed. What is settled when a watcher starts is no news.
impl Lines {
    /// The lines of one pass, and the messages that are worth sending.
    #[must_use]
    pub fn of(&mut self, passed: &Passed<'_>) -> (Vec<Line>, Vec<Alert>) {
        let report = passed.report;
        let (mut lines, mut alerts) = (Vec::new(), Vec::new());
        let mut decisions = BTreeMap::new();
        for result in &report.results {
            let decision = self.told_of(result);
            let known = self.decisions.get(&id(result)) == Some(&decision);
            let settled = !self.begun && result.item.action == Action::None;
            // What was done in the pass before is done: no news either.
            let before = self.decisions.get(&id(result));
            let done = before.is_some_and(|(_, outcome, _)| is_done(*outcome));
            let done = done && result.outcome == Outcome::None;
            let quiet = (settled || done) && result.exit == Exit::Done;
            if !(known || quiet) || is_done(result.outcome) {
                lines.push(post_line(report.now, result));
                alerts.extend(alert(report.now, result));
            }
            decisions.insert(id(result), decision);
        }
        // A pass that saw nothing changes nothing about what is known.
        if !report.results.is_empty() || report.exit == Exit::Done {
            self.begun = true;
            self.decisions = decisions;
        }
        let problems = report.diagnostics.iter();
        let problems: Vec<_> = problems
            .filter(|problem| !problem.code.is_empty())
            .collect();
        let told = |problem: &Diagnostic| (problem.code.to_owned(), problem.message.clone());
        for problem in &problems {
            if !self.problems.contains(&told(problem)) {
                lines.push(problem_line(report.now, problem));
            }
        }
        self.problems = problems.into_iter().map(told).collect();
        (lines, alerts)
    }
}

impl Lines {
    /// What there is to say about a post. Media that failed and are tried again are no news.
    fn told_of(&self, result: &PostResult) -> Decision {
        let before = self.decisions.get(&id(result));
        let failed = before.filter(|(_, outcome, _)| *outcome == Outcome::Failed);
        match failed {
            Some(failed) if code(result) == "media-processing" => failed.clone(),
            _ => decision(result),
        }
    }
}

fn is_done(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Published
        | Outcome::Updated
        | Outcome::Deleted
        | Outcome::Moved
        | Outcome::Commented => true,
        Outcome::Failed | Outcome::Held | Outcome::Unknown | Outcome::None => false,
    }
}

fn code(result: &PostResult) -> &str {
    let error = result.error.as_ref();
    error.map_or(result.item.reason.code.as_str(), |error| &error.code)
}

fn decision(result: &PostResult) -> Decision {
    let mut when = code(result).to_owned();
    if let (Action::Wait, Some(at)) = (&result.item.action, result.item.scheduled_at) {
        when.push_str(&at.to_rfc3339());
    }
    (result.item.action.clone(), result.outcome, when)
}

/// How long after its time a post went out; `None`: it had none, or did not.
#[must_use]
pub fn lateness(result: &PostResult) -> Option<chrono::TimeDelta> {
    let out = result.outcome == Outcome::Published;
    let (at, due) = (result.item.published_at?, result.item.scheduled_at?);
    out.then_some(at - due)
}

fn post_line(now: Instant, result: &PostResult) -> Line {
    let item = &result.item;
    let done = is_done(result.outcome);
    let why = result.error.as_ref();
    let why = why.map_or(item.reason.message.as_str(), |error| &error.message);
    let word = match result.outcome {
        Outcome::None => item.action.as_str(),
        outcome => outcome.as_str(),
    };
    let mut message = format!("{}: {word}", item.shown_key());
    if let Some(urn) = item.urn.as_ref().filter(|_| done) {
        message.push_str(&format!(", {urn}"));
    }
    match (lateness(result), done) {
        (Some(late), _) => {
            message.push_str(&format!(", {} ms after its time", late.num_milliseconds()));
        }
        (None, false) => message.push_str(&format!(", {why}")),
        (None, true) => {}
    }
    if let (Action::Wait, Some(at)) = (&item.action, item.scheduled_at) {
        message.push_str(&format!(
            " (at {})",
            at.to_rfc3339_opts(SecondsFormat::Secs, true)
        ));
    }
    let level = match (result.outcome, result.exit) {
        (Outcome::Failed | Outcome::Unknown, _) => Level::Error,
        (Outcome::Held, _) => Level::Warning,
        (_, Exit::Done) => Level::Info,
        _ => Level::Warning,
    };
    let optional = |text: Option<String>| text.map_or(Value::Null, Value::String);
    Line::new(now, level, "post", message)
        .with("key", item.key.as_str())
        .with("target", item.target.as_str())
        .with("path", item.path.to_string())
        .with("author", item.author_name.as_str())
        .with("action", item.action.as_str())
        .with("outcome", result.outcome.as_str())
        .with("state", item.state.as_str())
        .with("code", code(result))
        .with("urn", optional(item.urn.as_ref().map(ToString::to_string)))
        .with("scheduled_at", optional(item.scheduled_at.map(time)))
        .with("published_at", optional(item.published_at.map(time)))
        .with(
            "lateness_ms",
            lateness(result).map_or(Value::Null, |late| late.num_milliseconds().into()),
        )
}

fn problem_line(now: Instant, problem: &Diagnostic) -> Line {
    let level = match problem.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
    };
    let place = problem.labels.first().map(|label| label.path.to_string());
    let line = Line::new(now, level, "problem", problem.message.as_str())
        .with("code", problem.code)
        .with(
            "help",
            problem.help.clone().map_or(Value::Null, Value::String),
        );
    match place {
        Some(place) => line.with("path", place),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn no_line_is_a_command_of_a_runner() {
        let message = "`##[group]x`: held\n::error::y".to_owned();
        let line = Line::new(samples::now(), Level::Warning, "post", message).human();
        assert_eq!(line.lines().count(), 1);
        assert!(!line.contains("##[") && line.contains("group]x"), "{line}");
    }
}
