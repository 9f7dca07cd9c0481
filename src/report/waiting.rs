//! What `apply --wait` says before it sleeps.
//!
//! Owns that one line. Must not sleep.

use super::clean;
use super::results::{ApplyReport, PostResult};
use super::times;
use crate::model::Instant;
use crate::model::zone::Tz;
use crate::plan::Action;

/// Until when and for which post, on one line. `report` is of the pass before.
#[must_use]
pub fn waiting(report: &ApplyReport, until: Instant, now: Instant) -> String {
    let due = |result: &&PostResult| {
        result.item.action == Action::Wait && result.item.scheduled_at == Some(until)
    };
    let parked = |result: &&PostResult| result.again == Some(until);
    let due: Vec<&PostResult> = report.results.iter().filter(due).collect();
    let parked: Vec<&PostResult> = report.results.iter().filter(parked).collect();
    let (what, posts) = match due.is_empty() {
        false => ("waiting for", due),
        true => ("waiting to try again:", parked),
    };
    let zone = posts.first().map(|result| result.item.zone);
    let when = times::three_ways(until, zone.unwrap_or(Tz::UTC), now);
    let names = match posts.as_slice() {
        [] => return format!("waiting until {when}\n"),
        [one] => name(one),
        [one, rest @ ..] => format!("{} and {} more", name(one), rest.len()),
    };
    format!("{what} {names}, {when}\n")
}

fn name(result: &PostResult) -> String {
    format!("`{}`", clean::line(&result.item.shown_key()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;

    use super::*;
    use crate::plan::PostState;
    use crate::report::samples;

    fn waits(key: &str, at: Instant) -> PostResult {
        let mut result = samples::report().results.remove(0);
        let item = samples::item(key, Action::Wait, PostState::Scheduled);
        result.item = Arc::new(item);
        Arc::make_mut(&mut result.item).scheduled_at = Some(at);
        result
    }

    #[test]
    fn the_post_its_time_and_the_minutes_are_named() {
        let (now, mut report) = (samples::now(), samples::report());
        let until = now + TimeDelta::minutes(12);
        report.results = vec![waits("a", until), waits("b", until + TimeDelta::minutes(1))];
        let time = "Thu 2026-09-03 10:12 Europe/Berlin (CEST, UTC+2) · 08:12 UTC · in 12 min";
        assert_eq!(
            waiting(&report, until, now),
            format!("waiting for `a`, {time}\n")
        );
        report.results.push(waits("c", until));
        report.results.push(waits("d", until));
        assert_eq!(
            waiting(&report, until, now),
            format!("waiting for `a` and 2 more, {time}\n")
        );
        report.results.truncate(2);
        report.results[0].again = Some(until);
        Arc::make_mut(&mut report.results[0].item).action = Action::Publish;
        let again = format!("waiting to try again: `a`, {time}\n");
        assert_eq!(waiting(&report, until, now), again);
    }

    #[test]
    fn a_hostile_key_stays_on_its_line() {
        let (now, mut report) = (samples::now(), samples::report());
        let until = now + TimeDelta::minutes(12);
        report.results = vec![waits("::error::x\u{202e}", until)];
        let line = waiting(&report, until, now);
        assert_eq!(line.matches('\n').count(), 1);
        samples::assert_harmless(&line);
    }
}
