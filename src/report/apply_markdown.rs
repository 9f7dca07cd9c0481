//! What an apply did, as a job summary.
//!
//! Owns the table. Must not write text of others except through [`super::markdown`].

use std::fmt::Write as _;

use super::apply_human::{IN_SANDBOX, help, is_given_up, summary, what_did_not_happen};
use super::clean;
use super::markdown::{self, code};
use super::plan_human::{due_time, time_of};
use super::plan_markdown_sections::{diagnostic_line, help_block};
use super::results::{ApplyReport, Outcome, PostResult};

/// The results in at most `limit` bytes, where the bare summary fits into them. Posts
/// nothing happened to are only counted; where even the others are too many, those that
/// went well are left out first.
#[must_use]
pub fn apply_markdown(report: &ApplyReport, limit: usize) -> String {
    let happened = |result: &&PostResult| {
        result.outcome != Outcome::None || result.error.is_some() || is_given_up(result)
    };
    let wrong = |result: &&PostResult| {
        matches!(
            result.outcome,
            Outcome::Failed | Outcome::Held | Outcome::Unknown
        ) || result.error.is_some()
    };
    let all: Vec<&PostResult> = report.results.iter().filter(happened).collect();
    let bad: Vec<&PostResult> = report.results.iter().filter(wrong).collect();
    let cuts = [
        (&all[..], usize::MAX),
        (&bad[..], usize::MAX),
        (bad.get(..20).unwrap_or(&bad), 20),
        (&[], 0),
    ];
    let mut markdown = String::new();
    for (rows, problems) in cuts {
        markdown = page(report, rows, all.len() - rows.len(), problems);
        if markdown.len() <= limit {
            break;
        }
    }
    markdown
}

fn page(report: &ApplyReport, rows: &[&PostResult], hidden: usize, problems: usize) -> String {
    let mut page = format!("### mergecast: {}\n\n", markdown::text(&summary(report)));
    if !rows.is_empty() {
        page.push_str("| Post | Outcome | When | Details |\n|---|---|---|---|\n");
        for result in rows {
            page.push_str(&row(result, report));
        }
        page.push('\n');
    }
    if hidden > 0 {
        let _ = write!(
            page,
            "{} not shown here; the log has all of them.\n\n",
            super::diagnostics::count(hidden, "result")
        );
    }
    for diagnostic in report.diagnostics.iter().take(problems) {
        let _ = write!(page, "{}\n\n", diagnostic_line(diagnostic));
    }
    if let Some(at) = report.next_due {
        let items = report.results.iter().map(|result| &result.item);
        let due = due_time(at, items, report.now);
        let _ = write!(page, "Next due: {}.", markdown::text(&due));
    }
    let page = clean::defuse(page.trim_end());
    format!("{page}\n")
}

fn row(result: &PostResult, report: &ApplyReport) -> String {
    let item = &result.item;
    let mut details: Vec<String> = Vec::new();
    if let Some(urn) = &item.urn {
        details.push(match report.sandbox {
            true => format!("{urn}, {IN_SANDBOX}"),
            false => format!("[live post]({})", urn.url()),
        });
    }
    if let Some(error) = &result.error {
        let name = code(&format!("{}[{}]", error.kind, error.code));
        details.push(format!("{name} {}", markdown::message(&error.message)));
    } else if matches!(result.outcome, Outcome::Held | Outcome::Unknown) {
        let reason = &item.reason;
        details.push(format!(
            "{} {}",
            code(&reason.code),
            markdown::message(&reason.message)
        ));
    }
    details.extend(what_did_not_happen(result).map(str::to_owned));
    details.extend(help(result).map(|help| help_block(&help)));
    format!(
        "| **{}**<br>{} | {} | {} | {} |\n",
        markdown::text(&item.shown_key()),
        code(item.path.as_str()),
        result.outcome.as_str(),
        markdown::text(&time_of(item, report.now)),
        details.join("<br>")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_summary_table() {
        let mut report = samples::report();
        report.results.truncate(2);
        assert_eq!(
            apply_markdown(&report, 1_000_000),
            r#"### mergecast: 1 published, 1 failed

| Post | Outcome | When | Details |
|---|---|---|---|
| **launch**<br><code>posts/launch.md</code> | published | Thu 2026-09-03 10:00:04 Europe/Berlin (CEST, UTC+2) · 08:00:04 UTC · now | [live post](https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/) |
| **intro**<br><code>posts/intro.md</code> | failed | Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now | <code>auth\[token-expired\]</code> LinkedIn says: the token has expired<br>it was not published<br>**help:** run<br><code>mergecast auth login</code> |

**error** <code>unknown-key</code> in <code>posts/2026-09-launch.md</code>, line 4: unknown front matter key <code>visiblity</code>

Next due: Thu 2026-09-03 18:30 Europe/Berlin (CEST, UTC+2) · 16:30 UTC · in 8 h 29 min.
"#
        );
    }

    #[test]
    fn a_long_summary_keeps_what_went_wrong() {
        let mut report = samples::report();
        let good = report.results[0].clone();
        report.results.extend(vec![good; 300]);
        let markdown = apply_markdown(&report, 20_000);
        assert!(markdown.len() <= 20_000);
        assert!(markdown.contains("301 results not shown here") && markdown.contains("token"));
        let least = apply_markdown(&report, 300);
        assert!(least.len() <= 300, "{least}");
    }

    #[test]
    fn hostile_text_stays_in_its_cell() {
        let mut report = samples::report();
        for result in &mut report.results {
            std::sync::Arc::make_mut(&mut result.item).reason.message = samples::hostile();
            if let Some(error) = &mut result.error {
                error.message = samples::hostile();
                error.help = Some(samples::hostile());
            }
        }
        let markdown = apply_markdown(&report, 10_000_000);
        samples::assert_harmless(&markdown);
        for alive in ["<script", "</details", "@everyone", "#1 "] {
            assert!(!markdown.contains(alive), "{alive}");
        }
    }
}
