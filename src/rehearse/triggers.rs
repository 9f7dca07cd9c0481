//! When runs begin.
//!
//! Owns the three ways a repository is published from, as a schedule of moments. Must not
//! know what a run does, or the weather.

use chrono::{TimeDelta, Timelike as _};

use crate::model::Instant;

/// Minutes of each hour at which the workflow of `init` begins: off the hour, where GitHub
/// is busiest.
pub const GITHUB_MINUTES: [u32; 4] = [7, 22, 37, 52];
/// The shortest and the longest time between two runs.
const SHORTEST: TimeDelta = TimeDelta::minutes(1);
const LONGEST: TimeDelta = TimeDelta::days(1);
/// How soon a watcher looks again after a pass that left something to do: twice as long
/// each time, up to the second of these.
const LOOKS_AGAIN: [TimeDelta; 2] = [TimeDelta::minutes(1), TimeDelta::minutes(15)];

/// When runs begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// A watcher: whenever something falls due.
    Watch,
    /// The workflow of `init`, four times an hour.
    Github,
    /// So often, counted from midnight UTC.
    Interval(TimeDelta),
}

impl Every {
    /// Reads `watch`, `github`, or a duration such as `15m`.
    ///
    /// # Errors
    /// Says what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "watch" => return Ok(Self::Watch),
            "github" => return Ok(Self::Github),
            _ => {}
        }
        let interval = humantime::parse_duration(text).ok();
        match interval.and_then(|interval| TimeDelta::from_std(interval).ok()) {
            Some(interval) if (SHORTEST..=LONGEST).contains(&interval) => {
                Ok(Self::Interval(interval))
            }
            Some(_) => Err("runs are a minute to a day apart".to_owned()),
            None => Err("write `watch`, `github`, or a duration such as `15m`".to_owned()),
        }
    }

    /// The first moment at or after `at` at which a run begins, when something is to be
    /// done at `at`.
    pub(super) fn at_or_after(self, at: Instant) -> Instant {
        match self {
            Self::Watch => at,
            Self::Github => {
                let minute = whole_minute(at);
                (0..=60)
                    .map(|minutes| minute + TimeDelta::minutes(minutes))
                    .find(|moment| GITHUB_MINUTES.contains(&moment.minute()))
                    .unwrap_or(at)
            }
            Self::Interval(interval) => {
                let step = interval.num_seconds().max(1);
                let second = whole_second(at).timestamp();
                let since_midnight = second.rem_euclid(86_400);
                let midnight = second - since_midnight;
                let next = since_midnight.div_euclid(step) * step;
                let next = if next < since_midnight {
                    next + step
                } else {
                    next
                };
                // A day begins with a run, also where the interval does not divide it.
                let next = next.min(86_400);
                Instant::from_timestamp(midnight + next, 0).unwrap_or(at)
            }
        }
    }

    /// When a run begins after one that ended at `at` and left something to do, `times`
    /// times in a row.
    pub(super) fn again(self, at: Instant, times: u32) -> Instant {
        match self {
            Self::Watch => {
                let [first, most] = LOOKS_AGAIN;
                at + (first * (1 << times.min(8))).min(most)
            }
            Self::Github | Self::Interval(_) => self.at_or_after(at + TimeDelta::seconds(1)),
        }
    }

    /// The word of `--every`.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Watch => "watch".to_owned(),
            Self::Github => "github".to_owned(),
            Self::Interval(interval) => {
                let interval = interval.to_std().unwrap_or_default();
                humantime::format_duration(interval)
                    .to_string()
                    .replace(' ', "")
            }
        }
    }
}

/// The first whole second at or after `at`.
fn whole_second(at: Instant) -> Instant {
    match at.with_nanosecond(0) {
        Some(second) if second < at => second + TimeDelta::seconds(1),
        Some(second) => second,
        None => at,
    }
}

/// The first whole minute at or after `at`.
fn whole_minute(at: Instant) -> Instant {
    let second = whole_second(at);
    match second.second() {
        0 => second,
        seconds => second + TimeDelta::seconds(i64::from(60 - seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn words_are_read_and_written() {
        for word in ["watch", "github", "15m", "2h", "1h30m"] {
            assert_eq!(Every::parse(word).unwrap().word(), word);
        }
        for (wrong, says) in [
            ("30s", "a minute to a day"),
            ("2d", "a minute to a day"),
            ("often", "`watch`, `github`"),
        ] {
            let problem = Every::parse(wrong).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
    }

    #[test]
    fn a_watcher_begins_on_the_second_and_a_schedule_at_its_next_moment() {
        let cases = [
            (Every::Watch, "2026-09-03T08:00:01Z", "2026-09-03T08:00:01Z"),
            (
                Every::Github,
                "2026-09-03T08:07:00Z",
                "2026-09-03T08:07:00Z",
            ),
            (
                Every::Github,
                "2026-09-03T08:07:00.5Z",
                "2026-09-03T08:22:00Z",
            ),
            (
                Every::Github,
                "2026-09-03T08:52:01Z",
                "2026-09-03T09:07:00Z",
            ),
        ];
        for (every, asked, wanted) in cases {
            assert_eq!(
                every.at_or_after(at(asked)),
                at(wanted),
                "{every:?} {asked}"
            );
        }
        let every = Every::parse("25m").unwrap();
        let next = |asked: &str| every.at_or_after(at(asked));
        assert_eq!(next("2026-09-03T00:25:00Z"), at("2026-09-03T00:25:00Z"));
        assert_eq!(next("2026-09-03T00:25:01Z"), at("2026-09-03T00:50:00Z"));
        assert_eq!(next("2026-09-03T23:59:00Z"), at("2026-09-04T00:00:00Z"));
    }

    #[test]
    fn the_next_run_is_always_a_later_one() {
        for every in [
            Every::Watch,
            Every::Github,
            Every::Interval(TimeDelta::hours(7)),
        ] {
            let mut now = at("2026-12-31T20:00:00Z");
            for times in 0..200 {
                let next = every.again(now, times);
                assert!(next > now && next - now <= TimeDelta::hours(7), "{every:?}");
                assert_eq!(every.at_or_after(next), next);
                now = next;
            }
        }
    }

    #[test]
    fn a_watcher_looks_again_ever_less_often() {
        let now = at("2026-09-03T08:00:00Z");
        let waits =
            [0, 1, 2, 3, 4, 99].map(|times| (Every::Watch.again(now, times) - now).num_minutes());
        assert_eq!(waits, [1, 2, 4, 8, 15, 15]);
    }
}
