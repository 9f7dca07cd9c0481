//! One post, and every decision behind what happens to it.
//!
//! Owns the page of `explain`. Must not decide: the plan recorded its decisions.

use super::clean;
use super::lines::Lines;
use super::next_step::next_step;
use super::palette::{Palette, paint};
use super::plan_human::when;
use super::post_text;
use super::status::Freshness;
use super::times;
use crate::model::Instant;
use crate::plan::{Action, PlanItem};
use crate::record::{Attempt, AttemptOutcome, Entry};

/// What is shown about one post.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    /// The plan's item.
    pub item: &'a PlanItem,
    /// The ledger's entry, where there is one.
    pub entry: Option<&'a Entry>,
    /// The instant of the plan.
    pub now: Instant,
    /// How new the record is.
    pub freshness: Freshness,
}

impl Explanation<'_> {
    /// What comes next, also where nobody has to do anything.
    #[must_use]
    pub fn next_step(&self) -> String {
        next_step(self.item).unwrap_or_else(|| {
            match self.item.action {
                Action::Publish => "nothing; the next `mergecast apply` publishes it",
                Action::Update => "nothing; the next `mergecast apply` changes the live post",
                Action::Delete => "nothing; the next `mergecast apply` deletes the live post",
                Action::Move { .. } => "nothing; the next `mergecast apply` moves the record",
                Action::Comment => "nothing; the next `mergecast apply` writes the first comment",
                Action::Wait => "nothing; it waits for its time",
                Action::Hold | Action::Unknown | Action::None => "nothing",
            }
            .to_owned()
        })
    }
}

/// The page of `explain`.
#[must_use]
pub fn explain_human(explanation: &Explanation<'_>, palette: &Palette) -> String {
    let item = explanation.item;
    let mut page = Lines::default();
    if let Some(notice) = explanation.freshness.notice(explanation.now) {
        page.push(paint(palette.warning, &notice));
    }
    page.push(format!(
        "{}: {}, action {}",
        paint(palette.heading, &clean::line(&item.shown_key())),
        item.state.as_str(),
        item.action.as_str()
    ));
    page.push(format!("  file    {}", clean::line(item.path.as_str())));
    if let Some(author) = &item.author {
        let name = clean::line(&item.author_name);
        let author = match author.as_str() {
            urn if urn == name => name,
            urn => format!("{name} ({urn})"),
        };
        page.push(format!("  author  {author}"));
    }
    page.push(format!("  when    {}", when(item, explanation.now)));
    if let Some(urn) = &item.urn {
        page.push(format!("  live    {}", urn.url()));
    }
    let why = format!(
        "[{}] {}",
        clean::line(&item.reason.code),
        clean::block(&item.reason.message)
    );
    page.push_hanging("  why     ", 10, &why);
    push_decisions(&mut page, item, palette);
    push_record(&mut page, explanation, palette);
    page.gap();
    let label = format!("{} ", paint(palette.help, "next:"));
    page.push_hanging(&label, 6, &explanation.next_step());
    page.finish()
}

fn push_decisions(page: &mut Lines, item: &PlanItem, palette: &Palette) {
    if item.decisions.is_empty() {
        return;
    }
    page.gap();
    page.push(paint(palette.heading, "Decisions"));
    for (index, decision) in item.decisions.iter().enumerate() {
        let number = index + 1;
        page.push(format!("  {number:>2}. {}", clean::line(decision.question)));
        page.push_indented(6, &clean::block(&decision.answer));
    }
}

fn push_record(page: &mut Lines, explanation: &Explanation<'_>, palette: &Palette) {
    page.gap();
    page.push(paint(palette.heading, "Record"));
    let Some(entry) = explanation.entry else {
        page.push("  no attempt was ever declared for this post");
        return;
    };
    let time = |at| times::three_ways(at, explanation.item.zone, explanation.now);
    page.push(format!("  digest  {}", entry.digest.short()));
    if let Some(commit) = &entry.content_commit {
        page.push(format!("  commit  {}", clean::line(commit)));
    }
    let text = match entry.content_known() {
        true => post_text::length(&entry.content.text),
        false => "not known".to_owned(),
    };
    page.push(format!("  text    {text}"));
    for attempt in &entry.history {
        page.push(format!(
            "  attempt {}: {}",
            attempt.attempt,
            time(attempt.declared_at)
        ));
        page.push_indented(6, &outcome_words(attempt));
    }
    let current = entry.history.last().map(|attempt| attempt.attempt);
    if let Some(at) = entry.declared_at.filter(|_| current != Some(entry.attempt)) {
        page.push(format!("  attempt {}: {}", entry.attempt, time(at)));
        let owner = entry.owner.as_ref().map(|owner| clean::line(&owner.runner));
        let by = owner.map_or(String::new(), |runner| format!(", declared by {runner}"));
        page.push_indented(6, &format!("{}{by}", state_words(entry)));
    }
    if let Some(at) = entry.not_before {
        page.push(format!("  not before {}", time(at)));
    }
    if let Some(at) = entry.deleted_at {
        page.push(format!("  deleted {}", time(at)));
    }
    for urn in &entry.also {
        page.push(format!(
            "  LinkedIn also named {urn}: look at {}",
            urn.url()
        ));
    }
}

/// How one attempt ended, and why.
pub(super) fn outcome_words(attempt: &Attempt) -> String {
    let outcome = match attempt.outcome {
        AttemptOutcome::Created => "created the post",
        AttemptOutcome::NotCreated => "created nothing",
        AttemptOutcome::Rejected => "refused by LinkedIn",
        AttemptOutcome::Unknown => "outcome unknown",
    };
    match &attempt.reason {
        Some(reason) => format!(
            "{outcome}: {} [{}]",
            clean::block(&reason.message),
            clean::line(&reason.code)
        ),
        None => outcome.to_owned(),
    }
}

fn state_words(entry: &Entry) -> &'static str {
    use crate::record::State;
    match entry.state {
        State::Sending => "declared; no result recorded yet",
        State::Published => "created the post",
        State::Retryable => "created nothing; may be tried again",
        State::Rejected => "refused by LinkedIn",
        State::Unknown => "outcome unknown",
        State::Skipped => "skipped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn explanation<'a>(item: &'a PlanItem, entry: Option<&'a Entry>) -> Explanation<'a> {
        Explanation {
            item,
            entry,
            now: samples::now(),
            freshness: Freshness::Fetched,
        }
    }

    #[test]
    fn an_unknown_post_with_its_attempts() {
        let plan = samples::full_plan();
        let lost = plan.items.iter().find(|item| item.key.as_str() == "lost");
        let entry = samples::entry();
        let shown = explain_human(&explanation(lost.unwrap(), Some(&entry)), &Palette::plain());
        assert_eq!(
            shown,
            r#"lost: unknown, action unknown
  file    posts/lost.md
  author  acme (urn:li:organization:2414183)
  when    Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now
  why     [outcome-unknown] no answer came after the request was sent

Decisions
   1. is its time known?
      yes: 2026-09-03 08:00 UTC

Record
  digest  7ec0eec23181
  commit  0123abc
  text    length 5/3000
  attempt 1: Thu 2026-09-03 09:50 Europe/Berlin (CEST, UTC+2) · 07:50 UTC · 10 min ago
      created nothing: LinkedIn asked for a pause [rate-limit]
  attempt 2: Thu 2026-09-03 09:55 Europe/Berlin (CEST, UTC+2) · 07:55 UTC · 5 min ago
      outcome unknown, declared by run 42

next: look at the author's page, then run one of
        mergecast resolve lost --published <urn>
        mergecast resolve lost --not-published
"#
        );
    }

    #[test]
    fn a_waiting_post_without_a_record() {
        let plan = samples::full_plan();
        let wait = plan
            .items
            .iter()
            .find(|item| item.key.as_str() == "tonight");
        let shown = explain_human(&explanation(wait.unwrap(), None), &Palette::plain());
        assert!(
            shown.contains("Record\n  no attempt was ever declared"),
            "{shown}"
        );
        assert!(
            shown.ends_with("next: nothing; it waits for its time\n"),
            "{shown}"
        );
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        let plan = samples::hostile_plan();
        let mut entry = samples::entry();
        for attempt in &mut entry.history {
            attempt.reason = Some(crate::record::Reason::new("x", samples::hostile()));
        }
        for item in &plan.items {
            let shown = explain_human(&explanation(item, Some(&entry)), &Palette::plain());
            samples::assert_harmless(&shown);
        }
    }
}
