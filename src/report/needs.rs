//! What needs a person after a run, as the text of one tracking issue.
//!
//! Owns which results and problems those are, their order, and the exact commands. Must not
//! know whether an issue is open: see [`crate::github::tracking`].

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::apply_human::{help, what_did_not_happen};
use super::clean;
use super::diagnostics::count;
use super::markdown::{self, code};
use super::plan_markdown_sections::help_line;
use super::results::{ApplyReport, Outcome, PostResult};
use super::times;
use crate::diagnostic::Diagnostic;
use crate::plan::Action;

/// Characters of one sentence.
const SENTENCE: usize = 600;
/// Warnings that end in a post that does not go out.
const SOON: [&str; 3] = ["token-ends", "token-expired", "schedule-ends"];

/// Why a person is needed, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NeedKind {
    /// Nobody knows whether it is published.
    Unknown,
    /// It did not work.
    Failed,
    /// Something that concerns more than one post.
    Problem,
    /// Something must change first.
    Held,
    /// It will stop posts one day.
    Soon,
}

/// One thing that needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Why.
    pub kind: NeedKind,
    /// What it is called from run to run.
    pub name: String,
    /// The post's key, or the code of a problem.
    title: String,
    /// The post's file.
    path: Option<String>,
    /// Why, as a message of this program.
    why: String,
    /// What did not happen.
    absent: Option<String>,
    /// When it was due.
    due: Option<String>,
    /// What a person does.
    step: Option<String>,
}

/// Everything that needs a person, the most urgent first.
#[must_use]
pub fn needs(report: &ApplyReport) -> Vec<Need> {
    let mut all: Vec<Need> = report.results.iter().filter_map(of_result).collect();
    let told: BTreeSet<&str> = all.iter().filter_map(|need| need.path.as_deref()).collect();
    let others = report.diagnostics.iter().filter(|problem| {
        let path = problem.labels.first().map(|label| label.path.as_str());
        !path.is_some_and(|path| told.contains(path))
    });
    let others: Vec<Need> = others.filter_map(of_problem).collect();
    all.extend(others);
    all.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    all.dedup();
    all
}

/// Whether a held post is waited for by this very program and not by a person.
fn settles_itself(result: &PostResult) -> bool {
    result.item.reason.code == "in-progress"
}

fn of_result(result: &PostResult) -> Option<Need> {
    let item = &result.item;
    // A guard stops them all, and is told once.
    let guarded = result
        .error
        .as_ref()
        .is_some_and(|error| error.code == "guard-refused");
    let unknown = result.outcome == Outcome::Unknown || item.action == Action::Unknown;
    let kind = match result.outcome {
        _ if guarded => return None,
        _ if unknown => NeedKind::Unknown,
        Outcome::Failed => NeedKind::Failed,
        Outcome::Held if settles_itself(result) => return None,
        Outcome::Held => NeedKind::Held,
        _ if result.error.is_some() => NeedKind::Failed,
        _ => return None,
    };
    let (why_code, why) = match &result.error {
        Some(error) => (error.code.as_str(), error.message.as_str()),
        None => (item.reason.code.as_str(), item.reason.message.as_str()),
    };
    Some(Need {
        kind,
        name: format!("{}@{}:{why_code}", item.key, item.target.as_str()),
        title: item.shown_key(),
        path: Some(item.path.to_string()),
        why: why.to_owned(),
        absent: what_did_not_happen(result).map(str::to_owned),
        due: item.scheduled_at.map(|at| {
            let (local, utc) = (times::local(at, item.zone), times::utc(at));
            format!("due {local}, {utc}")
        }),
        step: help(result),
    })
}

fn of_problem(problem: &Diagnostic) -> Option<Need> {
    let kind = match problem.is_error() {
        true => NeedKind::Problem,
        false if SOON.contains(&problem.code) => NeedKind::Soon,
        false => return None,
    };
    let path = problem.labels.first().map(|label| label.path.to_string());
    // How far off an end is changes from run to run; the end does not.
    let message = match kind {
        NeedKind::Soon => problem.message.split(" (").next().unwrap_or_default(),
        _ => problem.message.as_str(),
    };
    let why = match problem.notes.is_empty() {
        true => message.to_owned(),
        false => format!("{message}; {}", problem.notes.join("; ")),
    };
    let place = path.as_deref().unwrap_or_default();
    Some(Need {
        kind,
        name: format!("{}:{place}:{message}", problem.code),
        title: problem.code.to_owned(),
        path,
        why,
        absent: None,
        due: None,
        step: problem.help.clone(),
    })
}

/// The list in at most `limit` characters; the most urgent stay. Nothing in it depends on
/// the clock, so that the same needs are the same text.
#[must_use]
pub fn needs_markdown(needs: &[Need], limit: usize) -> String {
    if needs.is_empty() {
        return "Nothing needs a person now. This issue opens again when something does.\n"
            .to_owned();
    }
    let head = "These do not go on by themselves. This issue is kept up to date by each run, and closes when nothing is left.\n\n";
    let mut page = head.to_owned();
    let mut shown = 0;
    let mut last = None;
    for need in needs {
        let mut part = String::new();
        if last != Some(need.kind) {
            let _ = write!(part, "### {}\n\n", heading(need.kind));
        }
        part.push_str(&one(need));
        let length = page.chars().count() + part.chars().count();
        if length + 200 > limit {
            break;
        }
        page.push_str(&part);
        last = Some(need.kind);
        shown += 1;
    }
    if shown < needs.len() {
        let more = count(needs.len() - shown, "more thing");
        let _ = write!(page, "{more}; `mergecast status` lists every post.\n\n");
    }
    clean::defuse(&page)
}

fn heading(kind: NeedKind) -> &'static str {
    match kind {
        NeedKind::Unknown => "May be published already",
        NeedKind::Failed => "Failed",
        NeedKind::Problem => "Stops posts",
        NeedKind::Held => "Held",
        NeedKind::Soon => "Will stop posts soon",
    }
}

fn said(text: &str) -> String {
    let cut: String = text.chars().take(SENTENCE).collect();
    markdown::message(&cut)
}

fn one(need: &Need) -> String {
    let mut text = format!("- **{}**", markdown::text(&need.title));
    if let Some(path) = &need.path {
        let _ = write!(text, " {}", code(path));
    }
    if let Some(due) = &need.due {
        let _ = write!(text, ", {}", markdown::text(due));
    }
    let _ = write!(text, "<br>{}", said(&need.why));
    if let Some(absent) = &need.absent {
        let _ = write!(text, "<br>{}", said(absent));
    }
    if let Some(step) = &need.step {
        let lines: Vec<String> = step.split('\n').take(12).map(help_line).collect();
        let _ = write!(text, "<br>**help:** {}", lines.join("<br>"));
    }
    text.push_str("\n\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn what_needs_a_person_and_how_it_is_settled() {
        let mut report = samples::report();
        report.diagnostics.push(
            Diagnostic::warning(
                "token-ends",
                "the token of `acme` ends 2026-09-09 08:00 UTC (in 6 days)",
            )
            .help("consent once more: mergecast auth login acme"),
        );
        let found = needs(&report);
        let names: Vec<&str> = found.iter().map(|need| need.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "lost@linkedin:outcome-unknown",
                "intro@linkedin:token-expired",
                "unknown-key:posts/2026-09-launch.md:unknown front matter key `visiblity`",
                "stale@linkedin:late",
                "token-ends::the token of `acme` ends 2026-09-09 08:00 UTC",
            ]
        );
        let page = needs_markdown(&found, 60_000);
        assert_eq!(
            page,
            r#"These do not go on by themselves. This issue is kept up to date by each run, and closes when nothing is left.

### May be published already

- **lost** <code>posts/lost.md</code>, due Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2), 2026-09-03 08:00 UTC<br>the connection closed before an answer came<br>it may already be public; it is not sent again by itself<br>**help:** look at the author's page, then run one of<br><code>mergecast resolve lost --published &lt;urn&gt;</code><br><code>mergecast resolve lost --not-published</code>

### Failed

- **intro** <code>posts/intro.md</code>, due Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2), 2026-09-03 08:00 UTC<br>LinkedIn says: the token has expired<br>it was not published<br>**help:** run<br><code>mergecast auth login</code>

### Stops posts

- **unknown-key** <code>posts/2026-09-launch.md</code><br>unknown front matter key <code>visiblity</code><br>**help:** did you mean <code>visibility</code>?

### Held

- **stale** <code>posts/stale.md</code>, due Mon 2026-08-31 10:00 Europe/Berlin (CEST, UTC+2), 2026-08-31 08:00 UTC<br>later than <code>max\_lateness</code> (24h) allows<br>it was not sent<br>**help:** give <code>posts/stale.md</code> a new <code>scheduled\_at</code>, or add <code>on\_late: publish</code> or <code>on\_late: skip</code> to it

### Will stop posts soon

- **token-ends**<br>the token of <code>acme</code> ends 2026-09-09 08:00 UTC<br>**help:** consent once more: mergecast auth login acme

"#
        );
    }

    #[test]
    fn a_guard_is_told_once_and_what_settles_itself_not_at_all() {
        let mut report = samples::report();
        report.diagnostics.clear();
        report
            .results
            .retain(|result| result.item.key.as_str() == "stale");
        std::sync::Arc::make_mut(&mut report.results[0].item)
            .reason
            .code = "in-progress".to_owned();
        assert_eq!(needs(&report), []);
        std::sync::Arc::make_mut(&mut report.results[0].item)
            .reason
            .code = "late".to_owned();
        report.results[0].error = Some(crate::report::results::ResultError {
            kind: "guard",
            code: "guard-refused".to_owned(),
            message: "a guard refused".to_owned(),
            help: None,
        });
        report.diagnostics = vec![Diagnostic::error("too-many-changes", "refused")];
        let found = needs(&report);
        assert_eq!((found.len(), found[0].kind), (1, NeedKind::Problem));
    }

    #[test]
    fn a_long_list_keeps_what_is_most_urgent_and_hostile_words_do_nothing() {
        let mut report = samples::report();
        for result in &mut report.results {
            std::sync::Arc::make_mut(&mut result.item).reason.message = samples::hostile();
            if let Some(error) = &mut result.error {
                error.message = samples::hostile();
            }
        }
        let held = report
            .results
            .iter()
            .find(|r| r.outcome == Outcome::Held)
            .cloned();
        report.results.extend(vec![held.unwrap(); 3]);
        for (number, result) in report.results.iter_mut().enumerate() {
            let key = format!("k{number}");
            std::sync::Arc::make_mut(&mut result.item).key =
                crate::model::key::PostKey::parse(&key).unwrap();
        }
        let page = needs_markdown(&needs(&report), 4_000);
        samples::assert_harmless(&page);
        assert!(page.chars().count() <= 4_000);
        assert!(page.contains("May be published already") && page.contains("more thing"));
        assert!(!page.contains("@everyone") && !page.contains("</details"));
    }
}
