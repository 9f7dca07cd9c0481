//! From written times to instants.
//!
//! Owns the forms a time may have, time zones, and local times that do not exist or exist
//! twice. Must not ask what time it is or what zone this machine is in: the zone data are
//! compiled in, and `TZ` never matters.

use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeDelta, TimeZone, Utc,
};

use super::document::Located;
use super::suggest;
use crate::desired::Schedule;
use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::Instant;
use crate::model::zone::Tz;

/// The word for "as soon as it is on the published branch".
pub const ON_MERGE: &str = "on-merge";

/// The first and the last year a post may be scheduled in.
pub const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// Why a written time is no instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// Not one of the forms, or no such date or time; what is wrong with it.
    Form(&'static str),
    /// The clocks were put forward over it: the two instants it might stand for, read
    /// with the offset after and before the change.
    Skipped(DateTime<Tz>, DateTime<Tz>),
    /// The clocks were put back over it: both instants, the earlier first.
    Doubled(DateTime<Tz>, DateTime<Tz>),
}

/// Reads `on-merge`, RFC 3339 with an offset, or a local time `YYYY-MM-DD HH:MM[:SS]` in
/// `zone`; date and time may be joined by `T` or a space.
///
/// # Errors
/// Says why the text names no instant, or not exactly one.
pub fn read(text: &str, zone: Tz) -> Result<Schedule, TimeError> {
    if text == ON_MERGE {
        return Ok(Schedule::OnMerge);
    }
    instant(text, zone).map(Schedule::At)
}

/// Reads a time in one of the forms of [`read`], without `on-merge`.
///
/// # Errors
/// Says why the text names no instant, or not exactly one.
pub fn instant(text: &str, zone: Tz) -> Result<Instant, TimeError> {
    let (local, offset) = written(text)?;
    let instant = match offset {
        Some(offset) => offset
            .from_local_datetime(&local)
            .single()
            .ok_or(TimeError::Form("no such time"))?
            .to_utc(),
        None => in_zone(local, zone)?,
    };
    if YEARS.contains(&local.year()) && YEARS.contains(&instant.year()) {
        Ok(instant)
    } else {
        Err(TimeError::Form("the year must be from 2000 to 2100"))
    }
}

fn in_zone(local: NaiveDateTime, zone: Tz) -> Result<Instant, TimeError> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => Ok(time.to_utc()),
        LocalResult::Ambiguous(a, b) => Err(TimeError::Doubled(a.min(b), a.max(b))),
        LocalResult::None => {
            // No zone differs from UTC, or skips, by more than a day: a day to either side
            // of the local time lies before and after the change.
            let reading = |days: i64| {
                let near = local.checked_add_signed(TimeDelta::days(days))?;
                let offset = zone.offset_from_utc_datetime(&near).fix();
                let time = offset.from_local_datetime(&local).single()?;
                Some(time.with_timezone(&zone))
            };
            match (reading(1), reading(-1)) {
                (Some(after), Some(before)) => Err(TimeError::Skipped(after, before)),
                _ => Err(TimeError::Form("no such time")),
            }
        }
    }
}

/// The written date and time, and the written offset.
fn written(text: &str) -> Result<(NaiveDateTime, Option<FixedOffset>), TimeError> {
    let form = TimeError::Form;
    let mut cursor = Cursor(text.as_bytes());
    let shape = "not a date and time";
    let date = (|| {
        let year = i32::try_from(cursor.digits(4)?).ok()?;
        cursor.sign(b"-")?;
        let month = cursor.digits(2)?;
        cursor.sign(b"-")?;
        Some((year, month, cursor.digits(2)?))
    })();
    let (year, month, day) = date.ok_or(form(shape))?;
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(form("no such date"))?;
    if cursor.0.is_empty() {
        return Err(form("a time of day is missing"));
    }
    let (hour, minute) = (|| {
        cursor.sign(b"Tt ")?;
        let hour = cursor.digits(2)?;
        cursor.sign(b":")?;
        Some((hour, cursor.digits(2)?))
    })()
    .ok_or(form(shape))?;
    let second = match cursor.sign(b":") {
        Some(_) => cursor.digits(2).ok_or(form(shape))?,
        None => 0,
    };
    // A leap second has no instant of its own in Unix time.
    let time = NaiveTime::from_hms_opt(hour, minute, second).ok_or(form("no such time of day"))?;
    let fraction = cursor.fraction().ok_or(form(shape))?;
    let offset = cursor
        .offset()
        .ok_or(form("the offset must be `Z` or like `+02:00`"))?;
    if fraction && offset.is_none() {
        return Err(form("a local time has no fractions of a second"));
    }
    Ok((date.and_time(time), offset))
}

/// What is left to read.
struct Cursor<'t>(&'t [u8]);

impl Cursor<'_> {
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let text = std::str::from_utf8(digits).ok()?;
        let number = text
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse())?;
        self.0 = rest;
        number.ok()
    }

    fn sign(&mut self, allowed: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        allowed.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// Skips `.123`: posts are published by the second. Whether there was one; `None`: a
    /// dot without digits.
    fn fraction(&mut self) -> Option<bool> {
        if self.sign(b".").is_none() {
            return Some(false);
        }
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        self.0 = self.0.get(digits..)?;
        (1..=9).contains(&digits).then_some(true)
    }

    /// Reads an offset up to the end; `None`: something else is there.
    fn offset(&mut self) -> Option<Option<FixedOffset>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if self.sign(b"Zz").is_some() {
            return self.0.is_empty().then_some(Some(Utc.fix()));
        }
        let sign = self.sign(b"+-")?;
        let hours = self.digits(2).filter(|hours| *hours < 24)?;
        self.sign(b":")?;
        let minutes = self.digits(2).filter(|minutes| *minutes < 60)?;
        let east = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        let offset = FixedOffset::east_opt(if sign == b'-' { -east } else { east })?;
        self.0.is_empty().then_some(Some(offset))
    }
}

/// What is said about a time that names no instant.
#[must_use]
pub fn problem(
    error: &TimeError,
    name: &str,
    text: &Located<&str>,
    zone: Tz,
    source: &SourceText<'_>,
) -> Diagnostic {
    let written = suggest::shortened(text.value);
    let place = |said: &str| source.label_with(text.span.clone(), said);
    let paste = |time: &DateTime<Tz>| format!("`{name}: {}`", time.format("%Y-%m-%dT%H:%M:%S%:z"));
    let both = |a, b| format!("write {} or {}", paste(a), paste(b));
    match error {
        TimeError::Form(why) => {
            let message = format!("`{name}` is `{written}`, which is not a time: {why}");
            Diagnostic::error("invalid-time", message)
                .at(place(why))
                .note(format!("times without an offset are read in `{zone}`"))
                .help(form_help(name, text.value))
        }
        TimeError::Skipped(after, before) => {
            let message =
                format!("`{written}` does not exist in `{zone}`: the clocks go forward over it");
            Diagnostic::error("time-skipped", message)
                .at(place("skipped by the clocks"))
                .note(format!(
                    "with the offset before the change it is {}",
                    three_ways(before)
                ))
                .note(format!(
                    "with the offset after the change it is {}",
                    three_ways(after)
                ))
                .help(both(before, after))
        }
        TimeError::Doubled(first, second) => {
            let message =
                format!("`{written}` exists twice in `{zone}`: the clocks go back over it");
            Diagnostic::error("time-doubled", message)
                .at(place("passed twice by the clocks"))
                .note(format!("the first time is {}", three_ways(first)))
                .note(format!("the second time is {}", three_ways(second)))
                .help(both(first, second))
        }
    }
}

fn three_ways(time: &DateTime<Tz>) -> String {
    let utc = time.to_utc().format("%Y-%m-%d %H:%M:%S UTC");
    format!("{} ({utc})", time.format("%Y-%m-%d %H:%M:%S %:z"))
}

fn form_help(name: &str, written: &str) -> String {
    let near = |word: &str| strsim::jaro_winkler(&written.to_lowercase(), word) > 0.8;
    let short = written.len() <= 32;
    if short && (near(ON_MERGE) || near("onmerge") || near("now")) {
        return format!("write `{name}: {ON_MERGE}` for as soon as it is on the published branch");
    }
    let mut cursor = Cursor(written.as_bytes());
    let date = cursor.digits(4).is_some() && written.is_ascii() && written.len() == 10;
    if date {
        return format!("add a time of day: `{name}: {written} 09:00`");
    }
    format!(
        "write `{name}: 2026-09-03 10:00`, `{name}: 2026-09-03T10:00:00+02:00` or `{name}: {ON_MERGE}`"
    )
}

/// The time zone of that name.
///
/// # Errors
/// `unknown-timezone` with the nearest name.
pub fn zone(text: &Located<&str>, source: &SourceText<'_>) -> Result<Tz, Diagnostic> {
    text.value.parse().map_err(|_| {
        let names = || Tz::names();
        let city = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
        let last = text.value.rsplit('/').next().unwrap_or_default();
        let wanted = last.trim().replace(' ', "_");
        let same_city = names().find(|name| city(name).eq_ignore_ascii_case(&wanted));
        let near = same_city.or_else(|| suggest::nearest(text.value, names()));
        let written = suggest::shortened(text.value);
        let message = format!("there is no time zone `{written}`");
        let found = Diagnostic::error("unknown-timezone", message)
            .at(source.label_with(text.span.clone(), "not an IANA time zone"));
        match near {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found
                .help("write an IANA name such as `Europe/Berlin`, `America/New_York` or `UTC`"),
        }
    })
}

#[cfg(test)]
mod tests;
