//! API versions and their ages.
//!
//! Owns what is known of LinkedIn's calendar. Must not ask LinkedIn.
//!
//! Source: LinkedIn, "Versioning": a version a month, each supported for at least a year.

use chrono::{Datelike as _, NaiveDate};

/// Months LinkedIn left out.
const SKIPPED: &[&str] = &["202512"];
/// Months a version is served.
const LIFE: i32 = 12;

/// How old a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// There is no such version, as far as is known.
    Unknown,
    /// It is from the future.
    Future,
    /// It is served for at least so many months more.
    Served(i32),
    /// It may be retired any day, or is.
    Over,
}

/// The age of `version` (`YYYYMM`) on `today`.
#[must_use]
pub fn age(version: &str, today: NaiveDate) -> Age {
    let (Some(year), Some(month)) = (version.get(..4), version.get(4..6)) else {
        return Age::Unknown;
    };
    let (Ok(year), Ok(month)) = (year.parse::<i32>(), month.parse::<i32>()) else {
        return Age::Unknown;
    };
    if SKIPPED.contains(&version) || !(1..=12).contains(&month) {
        return Age::Unknown;
    }
    let now = today.year() * 12 + i32::try_from(today.month()).unwrap_or(0);
    let months = now - (year * 12 + month);
    match months {
        ..0 => Age::Future,
        months if months < LIFE => Age::Served(LIFE - months),
        _ => Age::Over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_lives_a_year() {
        let today = NaiveDate::from_ymd_opt(2026, 9, 3).unwrap();
        for (version, wanted) in [
            ("202609", Age::Served(12)),
            ("202510", Age::Served(1)),
            ("202509", Age::Over),
            ("202610", Age::Future),
            ("202512", Age::Unknown),
            ("202613", Age::Unknown),
            ("x", Age::Unknown),
        ] {
            assert_eq!(age(version, today), wanted, "{version}");
        }
    }
}
