//! An instant, the three ways people need it: author's zone, UTC, relative to now.
//!
//! Owns the wording of times and durations. Must not read a clock: `now` is passed.

use chrono::{Offset as _, TimeDelta, Timelike as _};

use crate::model::Instant;
use crate::model::zone::Tz;

/// Between the three forms of a time.
const SEPARATOR: &str = " · ";

/// Author's zone, UTC and relative, on one line:
/// `Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · in 2 h 5 min`.
/// The date of the UTC form is left out where it is the same day; the UTC form as a
/// whole where the author's zone is UTC.
#[must_use]
pub fn three_ways(at: Instant, zone: Tz, now: Instant) -> String {
    let mut forms = vec![local(at, zone)];
    if zone != Tz::UTC {
        let same_day = at.with_timezone(&zone).date_naive() == at.date_naive();
        forms.push(if same_day {
            at.format(if at.second() == 0 {
                "%H:%M UTC"
            } else {
                "%H:%M:%S UTC"
            })
            .to_string()
        } else {
            utc(at)
        });
    }
    forms.push(relative(at, now));
    forms.join(SEPARATOR)
}

/// `Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2)`; seconds where they are not zero.
#[must_use]
pub fn local(at: Instant, zone: Tz) -> String {
    let there = at.with_timezone(&zone);
    let written = there.format(clock_format(at, "%a %Y-%m-%d"));
    if zone == Tz::UTC {
        return format!("{written} UTC");
    }
    let offset = offset_text(there.offset().fix().local_minus_utc());
    match there.offset().abbreviation() {
        Some(letters) => format!("{written} {zone} ({letters}, {offset})"),
        None => format!("{written} {zone} ({offset})"),
    }
}

/// `2026-09-03 08:00 UTC`; seconds where they are not zero.
#[must_use]
pub fn utc(at: Instant) -> String {
    format!("{} UTC", at.format(clock_format(at, "%Y-%m-%d")))
}

fn clock_format(at: Instant, date: &'static str) -> &'static str {
    match (date, at.second()) {
        ("%Y-%m-%d", 0) => "%Y-%m-%d %H:%M",
        ("%Y-%m-%d", _) => "%Y-%m-%d %H:%M:%S",
        (_, 0) => "%a %Y-%m-%d %H:%M",
        (_, _) => "%a %Y-%m-%d %H:%M:%S",
    }
}

/// `UTC+5:45`.
pub(super) fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

/// `in 2 h 5 min`, `3 days ago`; `now` within a minute.
#[must_use]
pub fn relative(at: Instant, now: Instant) -> String {
    let apart = at - now;
    if apart.num_minutes() == 0 {
        "now".to_owned()
    } else if apart > TimeDelta::zero() {
        format!("in {}", duration(apart))
    } else {
        format!("{} ago", duration(-apart))
    }
}

/// A length of time in its two largest units, rounded down: `5 min`, `2 h 5 min`,
/// `3 days 4 h`; from a week on days alone.
#[must_use]
pub fn duration(length: TimeDelta) -> String {
    let (days, hours, minutes) = (
        length.num_days(),
        length.num_hours() % 24,
        length.num_minutes() % 60,
    );
    let day_word = if days == 1 { "day" } else { "days" };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{} s", length.num_seconds()),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) if days < 7 && hours > 0 => format!("{days} {day_word} {hours} h"),
        (days, _, _) => format!("{days} {day_word}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_shown_three_ways() {
        let now = at("2026-09-03T05:55:00Z");
        let shown = |time: &str, zone: Tz| three_ways(at(time), zone, now);
        assert_eq!(
            shown("2026-09-03T08:00:00Z", Tz::Europe__Berlin),
            "Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · in 2 h 5 min"
        );
        assert_eq!(
            shown("2026-12-31T23:30:04Z", Tz::Europe__Berlin),
            "Fri 2027-01-01 00:30:04 Europe/Berlin (CET, UTC+1) · 2026-12-31 23:30:04 UTC · in 119 days"
        );
        assert_eq!(
            shown("2026-09-03T05:54:10Z", Tz::UTC),
            "Thu 2026-09-03 05:54:10 UTC · now"
        );
        assert_eq!(
            shown("2026-09-03T02:15:00Z", Tz::Asia__Kathmandu),
            "Thu 2026-09-03 08:00 Asia/Kathmandu (UTC+5:45) · 02:15 UTC · 3 h 40 min ago"
        );
    }

    #[test]
    fn the_doubled_hour_of_autumn_is_told_apart() {
        let first = local(at("2026-10-25T00:30:00Z"), Tz::Europe__Berlin);
        let second = local(at("2026-10-25T01:30:00Z"), Tz::Europe__Berlin);
        assert_eq!(first, "Sun 2026-10-25 02:30 Europe/Berlin (CEST, UTC+2)");
        assert_eq!(second, "Sun 2026-10-25 02:30 Europe/Berlin (CET, UTC+1)");
    }

    #[test]
    fn distances_have_two_units_at_most() {
        let now = at("2026-09-03T08:00:00Z");
        for (seconds, expected) in [
            (59, "now"),
            (-59, "now"),
            (60, "in 1 min"),
            (7200, "in 2 h"),
            (-7500, "2 h 5 min ago"),
            (90_000, "in 1 day 1 h"),
            (-86_400, "1 day ago"),
            (3 * 86_400 + 7200, "in 3 days 2 h"),
            (-30 * 86_400 - 7200, "30 days ago"),
        ] {
            assert_eq!(relative(now + TimeDelta::seconds(seconds), now), expected);
        }
    }
}
