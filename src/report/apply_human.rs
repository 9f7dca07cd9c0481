//! What an apply did, as people read it.
//!
//! Owns the wording of results, and of what did not happen. Must not list problems of
//! content: those go to another stream.

use std::collections::BTreeMap;

use super::clean;
use super::detail::Detail;
use super::exit::Exit;
use super::lines::Lines;
use super::next_step::{comment_help, next_step, resolve_help, two_posts_help};
use super::palette::{Palette, paint};
use super::plan_human::due_time;
use super::results::{ApplyReport, Outcome, PostResult};
use super::times;
use crate::model::requests::Sent;
use crate::model::target::Target;
use crate::plan::Action;

/// Where posts of `apply --sandbox` are: an address on linkedin.com would look like a live one.
pub(super) const IN_SANDBOX: &str = "in the sandbox, not on LinkedIn";

/// Every post something happened to, or should have happened to; with [`Detail::Full`]
/// every post.
#[must_use]
pub fn apply_human(report: &ApplyReport, detail: Detail, palette: &Palette) -> String {
    let mut page = Lines::default();
    for result in &report.results {
        if is_shown(result, detail) {
            push_result(&mut page, result, report, palette);
        }
    }
    page.gap();
    let went = |result: &PostResult| result.outcome == Outcome::Published;
    page.push(match report.sandbox && report.results.iter().any(went) {
        true => format!("Apply: {} ({IN_SANDBOX}).", summary(report)),
        false => format!("Apply: {}.", summary(report)),
    });
    if let Some(at) = report.next_due {
        let items = report.results.iter().map(|result| &result.item);
        page.push(format!("Next due: {}", due_time(at, items, report.now)));
    }
    if let Some(sent) = report.requests.as_ref().filter(|_| detail == Detail::Full) {
        page.push(requests_line(sent));
    }
    page.finish()
}

/// `Requests of LinkedIn: 6 (LINKEDIN_TOKEN_ACME 4, LINKEDIN_ACCESS_TOKEN 2).`
fn requests_line(sent: &Sent) -> String {
    let parts = sent.by_credential.iter();
    let parts: Vec<String> = parts
        .map(|(credential, number)| format!("{} {number}", clean::line(&credential.0)))
        .collect();
    match parts.is_empty() {
        true => format!("Requests of LinkedIn: {}.", sent.all),
        false => format!("Requests of LinkedIn: {} ({}).", sent.all, parts.join(", ")),
    }
}

fn is_shown(result: &PostResult, detail: Detail) -> bool {
    match detail {
        Detail::Full => true,
        Detail::Normal => {
            result.outcome != Outcome::None || result.error.is_some() || is_given_up(result)
        }
        Detail::Short => {
            matches!(
                result.outcome,
                Outcome::Failed | Outcome::Held | Outcome::Unknown
            ) || result.error.is_some()
        }
    }
}

/// Whether policy gives the post up in this very run. That is named once, when it happens:
/// nothing is left unpublished in silence.
pub(super) fn is_given_up(result: &PostResult) -> bool {
    result.item.reason.code == "late-skipped" && result.outcome == Outcome::None
}

fn push_result(page: &mut Lines, result: &PostResult, report: &ApplyReport, palette: &Palette) {
    let item = &result.item;
    let style = match result.outcome {
        Outcome::Published | Outcome::Updated | Outcome::Moved | Outcome::Commented => {
            palette.added
        }
        Outcome::Deleted => palette.removed,
        Outcome::Failed | Outcome::Unknown => palette.error,
        Outcome::Held => palette.warning,
        Outcome::None => palette.dim,
    };
    let word = match is_given_up(result) {
        true => "skipped",
        false => result.outcome.as_str(),
    };
    let word = format!("{word:<9}");
    page.push(format!(
        "{} {}  {}",
        paint(style, &word),
        paint(palette.heading, &clean::line(&item.shown_key())),
        paint(palette.dim, &clean::line(item.path.as_str()))
    ));
    if let Action::Move { from, .. } = &item.action {
        page.push_indented(10, &format!("was `{}`", clean::line(from.as_str())));
    }
    if let Some(at) = item.published_at {
        page.push_indented(10, &times::three_ways(at, item.zone, report.now));
    } else if let Some(at) = item.scheduled_at {
        let when = times::three_ways(at, item.zone, report.now);
        page.push_indented(10, &format!("scheduled {when}"));
    }
    if let Some(urn) = &item.urn {
        match report.sandbox {
            true => page.push_indented(10, &format!("{urn}, {IN_SANDBOX}")),
            false => page.push_indented(10, &urn.url()),
        }
    }
    push_why(page, result, palette);
}

fn push_why(page: &mut Lines, result: &PostResult, palette: &Palette) {
    let item = &result.item;
    if let Some(error) = &result.error {
        let name = format!("{}[{}]:", clean::line(error.kind), clean::line(&error.code));
        let label = format!("          {} ", paint(palette.error, &name));
        page.push_hanging(&label, 12, &clean::block(&error.message));
    } else if matches!(
        result.outcome,
        Outcome::Held | Outcome::Unknown | Outcome::None
    ) {
        let code = clean::line(&item.reason.code);
        let why = format!("[{code}] {}", clean::block(&item.reason.message));
        page.push_indented(10, &why);
    }
    if let Some(absent) = what_did_not_happen(result) {
        let label = format!("          {} ", paint(palette.note, "note:"));
        page.push_hanging(&label, 16, absent);
    }
    if let Some(step) = help(result) {
        let label = format!("          {} ", paint(palette.help, "help:"));
        page.push_hanging(&label, 16, &clean::block(&step));
    }
}

/// What people would otherwise have to guess about a post that did not go as planned.
pub(super) fn what_did_not_happen(result: &PostResult) -> Option<&'static str> {
    match (result.outcome, &result.item.action) {
        (Outcome::Unknown, _) if result.item.target == Target::Comment => {
            Some("the post is published; its first comment may be too, and is not sent again")
        }
        (Outcome::Held, _) if result.item.target == Target::Comment => {
            Some("the post is published; its first comment waits")
        }
        (Outcome::Unknown, _) if !result.item.also.is_empty() => {
            Some("readers see it more than once; nothing is done about it until one of them counts")
        }
        (Outcome::Unknown, _) => Some("it may already be public; it is not sent again by itself"),
        (Outcome::Held, _) => Some("it was not sent"),
        (Outcome::Failed, Action::Publish) => Some("it was not published"),
        (Outcome::Failed, Action::Update) if has_no_answer(result) => {
            Some("the live post may have its new text already; the next run sends it once more")
        }
        (Outcome::Failed, Action::Delete) if has_no_answer(result) => {
            Some("the live post may be deleted already; the next run deletes it once more")
        }
        (Outcome::Failed, Action::Update) => Some("the live post keeps its old text"),
        (Outcome::Failed, Action::Delete) => Some("the live post was not deleted"),
        (Outcome::Failed, Action::Move { .. }) => Some("the record keeps the old key"),
        (Outcome::Failed, Action::Comment) => {
            Some("the post is published; its first comment is not")
        }
        (Outcome::Failed, Action::Wait | Action::Hold | Action::Unknown | Action::None) => {
            Some("nothing was sent for it")
        }
        (
            Outcome::Published
            | Outcome::Updated
            | Outcome::Deleted
            | Outcome::Moved
            | Outcome::Commented
            | Outcome::None,
            _,
        ) => None,
    }
}

/// Whether LinkedIn may have done what was asked, and did not say so.
fn has_no_answer(result: &PostResult) -> bool {
    let error = result.error.as_ref();
    error.is_some_and(|error| error.code == "linkedin-no-use")
}

/// The next step: what settles an unknown outcome, else that of the error, else what the
/// plan's reason asks for.
pub(super) fn help(result: &PostResult) -> Option<String> {
    let own = result.error.as_ref().and_then(|error| error.help.clone());
    match (own, result.outcome) {
        (_, Outcome::Unknown) if result.item.target == Target::Comment => {
            Some(comment_help(&result.item.key))
        }
        (_, Outcome::Unknown) if !result.item.also.is_empty() => Some(two_posts_help(&result.item)),
        (_, Outcome::Unknown) => Some(resolve_help(&result.item.key)),
        (Some(help), _) => Some(help),
        (None, Outcome::Held | Outcome::Failed) => next_step(&result.item),
        (None, _) => None,
    }
}

/// `2 published, 1 held; 7 unchanged`, or what it means that nothing happened.
pub(super) fn summary(report: &ApplyReport) -> String {
    let counts = counts(report);
    let unchanged = counts.get(&Outcome::None.as_str()).copied().unwrap_or(0);
    let words: Vec<String> = OUTCOMES
        .iter()
        .filter_map(|outcome| {
            let number = counts.get(&outcome.as_str())?;
            Some(format!("{number} {}", outcome.as_str()))
        })
        .collect();
    match (words.is_empty(), report.exit) {
        (true, Exit::Refused) => "refused; nothing was sent".to_owned(),
        (true, Exit::Done) if report.results.is_empty() => {
            "nothing to do; there are no posts".to_owned()
        }
        (true, Exit::Done) => format!("nothing to do; no post is due, {unchanged} unchanged"),
        (true, _) => "nothing was sent".to_owned(),
        (false, _) if unchanged == 0 => words.join(", "),
        (false, _) => format!("{}; {unchanged} unchanged", words.join(", ")),
    }
}

/// In the order in which they are counted.
const OUTCOMES: [Outcome; 8] = [
    Outcome::Published,
    Outcome::Updated,
    Outcome::Deleted,
    Outcome::Moved,
    Outcome::Commented,
    Outcome::Failed,
    Outcome::Held,
    Outcome::Unknown,
];

fn counts(report: &ApplyReport) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for result in &report.results {
        *counts.entry(result.outcome.as_str()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn every_kind_of_result() {
        let report = samples::report();
        assert_eq!(
            apply_human(&report, Detail::Normal, &Palette::plain()),
            r#"published launch  posts/launch.md
          Thu 2026-09-03 10:00:04 Europe/Berlin (CEST, UTC+2) · 08:00:04 UTC · now
          https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/
failed    intro  posts/intro.md
          scheduled Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now
          auth[token-expired]: LinkedIn says: the token has expired
          note: it was not published
          help: run
                  mergecast auth login
held      stale  posts/stale.md
          scheduled Mon 2026-08-31 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · 3 days ago
          [late] later than `max_lateness` (24h) allows
          note: it was not sent
          help: give `posts/stale.md` a new `scheduled_at`, or add `on_late: publish` or `on_late: skip` to it
unknown   lost  posts/lost.md
          scheduled Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now
          unknown[outcome-unknown]: the connection closed before an answer came
          note: it may already be public; it is not sent again by itself
          help: look at the author's page, then run one of
                  mergecast resolve lost --published <urn>
                  mergecast resolve lost --not-published

Apply: 1 published, 1 failed, 1 held, 1 unknown; 1 unchanged.
Next due: Thu 2026-09-03 18:30 Europe/Berlin (CEST, UTC+2) · 16:30 UTC · in 8 h 29 min
"#
        );
    }

    #[test]
    fn nothing_to_do_is_said() {
        let mut report = samples::report();
        report.exit = Exit::Done;
        report
            .results
            .retain(|result| result.outcome == Outcome::None);
        assert_eq!(
            apply_human(&report, Detail::Normal, &Palette::plain()),
            "Apply: nothing to do; no post is due, 1 unchanged.\nNext due: Thu 2026-09-03 18:30 Europe/Berlin (CEST, UTC+2) · 16:30 UTC · in 8 h 29 min\n"
        );
        report.results.clear();
        assert_eq!(summary(&report), "nothing to do; there are no posts");
        report.exit = Exit::Refused;
        assert_eq!(summary(&report), "refused; nothing was sent");
    }

    #[test]
    fn short_detail_shows_only_what_went_wrong() {
        let shown = apply_human(&samples::report(), Detail::Short, &Palette::plain());
        assert!(!shown.contains("launch.md") && shown.contains("lost.md"));
    }

    #[test]
    fn what_settles_a_post_that_is_there_twice_can_be_pasted() {
        let mut report = samples::report();
        let lost = &mut report.results[3];
        assert_eq!(lost.outcome, Outcome::Unknown);
        let item = std::sync::Arc::make_mut(&mut lost.item);
        let urn = |text: &str| crate::model::urn::PostUrn::parse(text).unwrap();
        item.urn = Some(urn("urn:li:share:1"));
        item.also = vec![urn("urn:li:share:2")];
        let shown = apply_human(&report, Detail::Normal, &Palette::plain());
        for (stays, goes) in [(1, 2), (2, 1)] {
            let command = format!(
                "mergecast resolve lost --published urn:li:share:{stays} --replace urn:li:share:{goes}\n"
            );
            assert!(shown.contains(&command), "{shown}");
        }
        assert!(!shown.contains("--not-published"), "{shown}");
    }

    #[test]
    fn an_edit_without_an_answer_is_not_said_to_have_failed() {
        let mut report = samples::report();
        let failed = &mut report.results[1];
        std::sync::Arc::make_mut(&mut failed.item).action = Action::Update;
        let error = failed.error.as_mut().unwrap();
        error.code = "linkedin-no-use".to_owned();
        let note = what_did_not_happen(&report.results[1]).unwrap();
        assert!(note.contains("may have its new text"), "{note}");
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        let mut report = samples::report();
        for result in &mut report.results {
            std::sync::Arc::make_mut(&mut result.item).reason.message = samples::hostile();
            if let Some(error) = &mut result.error {
                error.message = samples::hostile();
                error.code = samples::hostile();
                error.help = Some(samples::hostile());
            }
        }
        let shown = apply_human(&report, Detail::Full, &Palette::plain());
        samples::assert_harmless(&shown);
    }
}
