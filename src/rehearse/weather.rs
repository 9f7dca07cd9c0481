//! What goes wrong in a rehearsal, and when.
//!
//! Owns how often each kind of mishap strikes and how bad it is, drawn from a seed. Must not
//! make anything go wrong: see [`super::transport`] and [`super::driver`].

use std::collections::BTreeSet;

use chrono::{NaiveTime, TimeDelta};

use super::draws::Draws;
use crate::model::Instant;
use crate::report::rehearsal::FaultKind;

/// Runs of a schedule that begin late, in percent, and by how many minutes. Now and then
/// GitHub is hours late (its documentation: "can be delayed during periods of high loads").
const LATE: i64 = 40;
const LATE_MINUTES: (i64, i64) = (3, 50);
const VERY_LATE: i64 = 5;
const VERY_LATE_MINUTES: (i64, i64) = (60, 300);
/// Runs that never begin, in percent ("some queued jobs may be dropped").
const DROPPED: i64 = 20;
/// How many minutes a watcher is down instead.
const DOWN_MINUTES: (i64, i64) = (5, 180);
/// Posts that meet a limit or whose answer is lost, in percent of the requests.
const LIMITED: i64 = 12;
const LOST: i64 = 12;
/// Days with an outage, in percent, the hours of UTC at which it begins, and its minutes.
const OUTAGE: i64 = 25;
const OUTAGE_HOURS: (i64, i64) = (5, 16);
const OUTAGE_MINUTES: (i64, i64) = (20, 240);

/// The mishaps of one rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weather {
    kinds: BTreeSet<FaultKind>,
    draws: Draws,
}

/// What becomes of a run that was to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    OnTime,
    /// It begins later.
    Late(TimeDelta),
    /// It never begins; a watcher is back after this.
    Dropped(TimeDelta),
}

/// What becomes of a request that creates something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    /// 429, with the seconds of its `Retry-After`, if any.
    Limited(Option<u32>),
    /// It takes effect or not, and its answer never comes.
    Lost { took_effect: bool },
}

impl Weather {
    /// Weather in which these kinds of mishap strike.
    #[must_use]
    pub fn new(kinds: BTreeSet<FaultKind>, seed: u64) -> Self {
        Self {
            kinds,
            draws: Draws { seed },
        }
    }

    /// Reads `none`, `bad-weather`, or kinds with commas between them.
    ///
    /// # Errors
    /// Says which word is no kind, and which are.
    pub fn kinds_of(text: &str) -> Result<BTreeSet<FaultKind>, String> {
        let kind = |word: &str| {
            let word = word.trim();
            FaultKind::parse(word).ok_or_else(|| {
                let kinds = FaultKind::ALL.map(FaultKind::as_str).join(", ");
                format!("`{word}` is no mishap; write `none`, `bad-weather`, or some of {kinds}")
            })
        };
        match text {
            "none" => Ok(BTreeSet::new()),
            "bad-weather" => Ok(FaultKind::ALL.into()),
            list => list.split(',').map(kind).collect(),
        }
    }

    /// The kinds that strike.
    pub fn kinds(&self) -> impl Iterator<Item = FaultKind> {
        self.kinds.iter().copied()
    }

    /// What the lots are drawn with.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.draws.seed
    }

    fn has(&self, kind: FaultKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// What becomes of a run that was to begin at `at`.
    pub(super) fn start(&self, at: Instant) -> Start {
        let mut lots = self.draws.of("run", at.timestamp());
        let dropped = lots.chance(DROPPED);
        let down = lots.between(DOWN_MINUTES.0, DOWN_MINUTES.1);
        if dropped && self.has(FaultKind::DroppedRuns) {
            return Start::Dropped(TimeDelta::minutes(down));
        }
        if !self.has(FaultKind::LateTriggers) {
            return Start::OnTime;
        }
        let (late, very) = (lots.chance(LATE), lots.chance(VERY_LATE));
        let (least, most) = match (late, very) {
            (_, true) => VERY_LATE_MINUTES,
            (true, false) => LATE_MINUTES,
            (false, false) => return Start::OnTime,
        };
        Start::Late(TimeDelta::minutes(lots.between(least, most)))
    }

    /// When the outage ends in which `at` lies.
    pub(super) fn outage(&self, at: Instant) -> Option<Instant> {
        if !self.has(FaultKind::Outage) {
            return None;
        }
        // One that began the evening before may still go on.
        let days = [at - TimeDelta::days(1), at].map(|moment| moment.date_naive());
        let outages = days.into_iter().filter_map(|day| {
            let midnight = day.and_time(NaiveTime::MIN).and_utc();
            let mut lots = self.draws.of("outage", midnight.timestamp());
            let strikes = lots.chance(OUTAGE);
            let begins = midnight
                + TimeDelta::minutes(lots.between(OUTAGE_HOURS.0 * 60, OUTAGE_HOURS.1 * 60));
            let lasts = TimeDelta::minutes(lots.between(OUTAGE_MINUTES.0, OUTAGE_MINUTES.1));
            strikes.then_some((begins, begins + lasts))
        });
        let mut now = outages.filter(|(begins, ends)| (*begins..*ends).contains(&at));
        now.next().map(|(_, ends)| ends)
    }

    /// What becomes of the `number`th request that creates something.
    pub(super) fn mishap(&self, number: i64) -> Option<Mishap> {
        let mut lots = self.draws.of("request", number);
        let (limited, lost) = (lots.chance(LIMITED), lots.chance(LOST));
        let waits = [Some(6), Some(900), None];
        let wait = usize::try_from(lots.between(0, 2)).unwrap_or_default();
        let took_effect = lots.chance(50);
        if limited && self.has(FaultKind::RateLimit) {
            return Some(Mishap::Limited(waits.get(wait).copied().flatten()));
        }
        (lost && self.has(FaultKind::LostAnswers)).then_some(Mishap::Lost { took_effect })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn weather(text: &str) -> Weather {
        Weather::new(Weather::kinds_of(text).unwrap(), 7)
    }

    fn hours() -> impl Iterator<Item = Instant> {
        (0..24 * 365).map(|hour| at("2026-01-01T00:00:00Z") + TimeDelta::hours(hour))
    }

    #[test]
    fn words_name_the_kinds() {
        let kinds = |text: &str| weather(text).kinds().collect::<Vec<_>>();
        assert_eq!(kinds("none"), []);
        assert_eq!(kinds("bad-weather"), FaultKind::ALL);
        let two = [FaultKind::DroppedRuns, FaultKind::Outage];
        assert_eq!(kinds("outage, dropped-runs"), two);
        let problem = Weather::kinds_of("outage,hail").unwrap_err();
        assert!(problem.starts_with("`hail` is no mishap"), "{problem}");
    }

    #[test]
    fn fair_weather_has_no_mishap() {
        let fair = weather("none");
        for hour in hours() {
            assert_eq!((fair.start(hour), fair.outage(hour)), (Start::OnTime, None));
        }
        assert!((0..1000).all(|number| fair.mishap(number).is_none()));
    }

    #[test]
    fn each_kind_strikes_alone_and_as_it_would_among_others() {
        let all = weather("bad-weather");
        let (dropped, late) = (weather("dropped-runs"), weather("late-triggers"));
        for hour in hours() {
            match all.start(hour) {
                Start::Dropped(down) => assert_eq!(dropped.start(hour), Start::Dropped(down)),
                other => assert_eq!(
                    (late.start(hour), dropped.start(hour)),
                    (other, Start::OnTime)
                ),
            }
            assert_eq!(weather("outage").outage(hour), all.outage(hour));
        }
        let limits = weather("rate-limit");
        for number in 0..1000 {
            match all.mishap(number) {
                Some(Mishap::Limited(wait)) => {
                    assert_eq!(limits.mishap(number), Some(Mishap::Limited(wait)));
                }
                other => assert_eq!(weather("lost-answers").mishap(number), other),
            }
        }
    }

    #[test]
    fn an_outage_has_one_end_that_lies_ahead() {
        let weather = weather("outage");
        let down: Vec<Instant> = hours()
            .filter(|hour| weather.outage(*hour).is_some())
            .collect();
        assert!((50..500).contains(&down.len()), "{}", down.len());
        for hour in down {
            let end = weather.outage(hour).unwrap();
            assert!(end > hour && weather.outage(end).is_none_or(|other| other > end));
            assert_eq!(weather.outage(end - TimeDelta::seconds(1)), Some(end));
        }
    }

    #[test]
    fn another_seed_is_another_weather() {
        let other = Weather::new(FaultKind::ALL.into(), 8);
        assert!(hours().any(|hour| other.start(hour) != weather("bad-weather").start(hour)));
    }
}
