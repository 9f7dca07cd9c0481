//! A rehearsal for a pull request comment or a job summary.
//!
//! Owns the tables, and what is left out where they are too long. Must not write text of
//! others except through [`super::markdown`].

use std::fmt::Write as _;

use super::clean;
use super::diagnostics::count;
use super::markdown::{self, code};
use super::plan_markdown_sections::{diagnostic_line, help_block};
use super::rehearsal::{Event, Happening, Moment, Open, Rehearsal, What};
use super::rehearsal_words as words;
use crate::model::Instant;
use crate::model::zone::Tz;

/// The rehearsal in at most `limit` bytes, where the bare numbers fit into them. The
/// timeline is left out from its end, and it is said how much of it.
#[must_use]
pub fn rehearsal_markdown(rehearsal: &Rehearsal, limit: usize) -> String {
    let all = rehearsal.timeline.len();
    let mut rows = all;
    loop {
        let page = page(rehearsal, rows);
        if page.len() <= limit || rows == 0 {
            return page;
        }
        // Halving is enough: what is left out is in the log anyway.
        rows /= 2;
    }
}

fn page(rehearsal: &Rehearsal, rows: usize) -> String {
    let summary = markdown::text(&words::summary(rehearsal));
    let mut page = format!("### mergecast rehearse: {summary}\n\n");
    let facts = [
        ("From", words::instant(rehearsal.from, rehearsal.zone)),
        ("To", words::end(rehearsal)),
        ("Runs", words::runs(rehearsal)),
        ("Weather", words::weather(rehearsal)),
        ("Unknown", words::unknown(rehearsal)),
        ("Twice", words::twice(rehearsal)),
        ("Exit", words::exit(rehearsal)),
    ];
    for (label, text) in facts {
        let _ = writeln!(page, "- {label}: {}", markdown::message(&text));
    }
    if let Some(worst) = words::worst(rehearsal) {
        let _ = writeln!(page, "- Latest: {}", markdown::message(&worst));
    }
    page.push('\n');
    for hazard in &rehearsal.hazards {
        let _ = write!(
            page,
            "**look** {}\n\n",
            markdown::message(&words::hazard(hazard))
        );
    }
    push_open(&mut page, rehearsal);
    push_timeline(&mut page, rehearsal, rows);
    let errors = rehearsal
        .diagnostics
        .iter()
        .filter(|found| found.is_error());
    for diagnostic in errors.take(20) {
        let _ = write!(page, "{}\n\n", diagnostic_line(diagnostic));
    }
    let page = clean::defuse(page.trim_end());
    format!("{page}\n")
}

fn push_open(page: &mut String, rehearsal: &Rehearsal) {
    let open = rehearsal
        .open
        .iter()
        .filter(|open| open.what != What::Draft);
    let open: Vec<&Open> = open.take(100).collect();
    if open.is_empty() {
        return;
    }
    page.push_str("| Not out | Why | Next step |\n|---|---|---|\n");
    for open in open {
        let help = open.help.as_deref().map(help_block).unwrap_or_default();
        let _ = writeln!(
            page,
            "| **{}**<br>{} | {} {} | {help} |",
            markdown::text(&open.subject.shown_key()),
            open.what.as_str(),
            code(&open.reason.code),
            markdown::message(&open.reason.message),
        );
    }
    page.push('\n');
}

fn push_timeline(page: &mut String, rehearsal: &Rehearsal, rows: usize) {
    let shown = rehearsal.timeline.iter().take(rows);
    if rows > 0 {
        page.push_str("| When | What | Post | Details |\n|---|---|---|---|\n");
    }
    for moment in shown {
        page.push_str(&row(moment));
    }
    page.push('\n');
    let hidden = rehearsal.timeline.len() - rows.min(rehearsal.timeline.len());
    if hidden > 0 {
        let more = count(hidden, "later moment");
        let _ = write!(page, "{more} not shown here; the log has all of them.\n\n");
    }
}

fn row(moment: &Moment) -> String {
    let when = |zone: Tz| when(moment.at, zone);
    match &moment.event {
        Event::Post(happening) => {
            let subject = &happening.subject;
            format!(
                "| {} | {} | **{}**<br>{} | {} |\n",
                when(subject.zone),
                happening.what.as_str(),
                markdown::text(&subject.shown_key()),
                markdown::text(&subject.author_name),
                details(happening)
            )
        }
        Event::Refusal {
            reason,
            posts,
            zone,
        } => {
            let keys: Vec<String> = posts.iter().map(|post| code(&post.shown_key())).collect();
            format!(
                "| {} | refused | {} | {} |\n",
                when(*zone),
                keys.join(", "),
                markdown::message(&reason.message)
            )
        }
        Event::Fault { fault, key, zone } => {
            let words = words::fault(fault, key.as_ref(), *zone);
            format!(
                "| {} | fault | | {} |\n",
                when(*zone),
                markdown::message(&words)
            )
        }
    }
}

fn when(at: Instant, zone: Tz) -> String {
    markdown::text(&words::instant(at, zone))
}

fn details(happening: &Happening) -> String {
    let late = words::late(happening).map(|late| markdown::text(&late));
    let why = words::why(happening).map(|why| markdown::message(&why));
    let text = match happening.what {
        What::Resolved => None,
        _ => Some(markdown::text(&happening.subject.first_line)),
    };
    let details: Vec<String> = late.into_iter().chain(why).chain(text).collect();
    details.join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rehearsal_samples::{hostile_rehearsal, rehearsal};
    use crate::report::samples;

    #[test]
    fn a_rehearsal_in_a_pull_request() {
        let mut rehearsal = rehearsal();
        rehearsal.timeline.truncate(2);
        rehearsal.hazards.truncate(1);
        assert_eq!(
            rehearsal_markdown(&rehearsal, 60_000),
            r#"### mergecast rehearse: 3 posts and 1 first comment go out, 1 is refused, 1 is held, 1 is a draft, 2 are due after the end

- From: Thu 2026-09-03 08:00 CEST · 06:00 UTC
- To: Sun 2026-09-13 10:00 CEST · 08:00 UTC · in 10 days
- Runs: as posts fall due, like a watcher (<code>--every watch</code>)
- Weather: late-triggers,lost-answers, seed 7: the same seed brings the same mishaps
- Unknown: 1 on the way, none at the end
- Twice: no post is on LinkedIn a second time
- Exit: 73: a guard refuses
- Latest: 37 min after its time, <code>lost</code>

**look** 2 posts of <code>acme</code> go out 10 min apart: <code>launch</code> Thu 2026-09-03 09:00, <code>encore</code> 09:10

| Not out | Why | Next step |
|---|---|---|
| **a**<br>refused | <code>due</code> its time has come | **help:** give <code>posts/a.md</code> a new <code>scheduled\_at</code> |
| **stale**<br>held | <code>late</code> it was due 14 days ago, more than 24 h | **help:** give <code>posts/stale.md</code> a new <code>scheduled\_at</code> |

| When | What | Post | Details |
|---|---|---|---|
| Thu 2026-09-03 08:00 CEST · 06:00 UTC | held | **stale**<br>acme | \[late\] it was due 14 days ago, more than 24 h<br>What we learned about stale, in three lines and a half. |
| Thu 2026-09-03 09:00 CEST · 07:00 UTC | published | **launch**<br>acme | What we learned about launch, in three lines and a half. |

**error** <code>unknown-key</code> in <code>posts/2026-09-launch.md</code>, line 4: unknown front matter key <code>visiblity</code>
"#
        );
    }

    #[test]
    fn what_is_left_out_is_said() {
        let all = rehearsal_markdown(&rehearsal(), 60_000);
        let cut = rehearsal_markdown(&rehearsal(), all.len() - 1);
        assert!(cut.len() < all.len() && !all.contains("not shown here"));
        assert!(cut.contains("6 later moments not shown here"), "{cut}");
    }

    #[test]
    fn hostile_words_stay_words() {
        let markdown = rehearsal_markdown(&hostile_rehearsal(), 1_000_000);
        samples::assert_harmless(&markdown);
        assert!(!markdown.contains("<script") && !markdown.contains("</details>\u{1b}"));
        assert!(!markdown.contains("@everyone"));
    }
}
