#![allow(clippy::panic, reason = "a test fails by panicking")]

use super::*;
use crate::model::path::ContentPath;

fn utc(text: &str, zone: &str) -> String {
    match read(text, zone.parse().unwrap()) {
        Ok(Schedule::At(instant)) => instant.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn reads_every_form() {
    for (text, expected) in [
        ("2026-09-03 10:00", "2026-09-03T08:00:00Z"),
        ("2026-09-03T10:00", "2026-09-03T08:00:00Z"),
        ("2026-09-03 10:00:30", "2026-09-03T08:00:30Z"),
        ("2026-09-03T10:00:00Z", "2026-09-03T10:00:00Z"),
        ("2026-09-03t10:00:00z", "2026-09-03T10:00:00Z"),
        ("2026-09-03 10:00:00+05:30", "2026-09-03T04:30:00Z"),
        ("2026-09-03T10:00:00.250-08:00", "2026-09-03T18:00:00Z"),
        ("2026-09-03T10:00+02:00", "2026-09-03T08:00:00Z"),
        ("2028-02-29 00:00", "2028-02-28T23:00:00Z"),
    ] {
        assert_eq!(utc(text, "Europe/Berlin"), expected, "{text}");
    }
    assert_eq!(read("on-merge", Tz::UTC), Ok(Schedule::OnMerge));
}

#[test]
fn refuses_every_other_form() {
    for text in [
        "",
        "tomorrow",
        "2026-09-03",
        "2026-9-3 10:00",
        "03.09.2026 10:00",
        "2026-02-29 10:00",
        "2026-13-01 10:00",
        "2026-09-03 24:00",
        "2026-09-03 10:60",
        "2026-09-03 10:00:60",
        "2026-09-03 10",
        "2026-09-03  10:00",
        "2026-09-03 10:00 ",
        "2026-09-03 10:00 CEST",
        "2026-09-03 10:00:00.5",
        "2026-09-03T10:00:00.Z",
        "2026-09-03T10:00:00+2",
        "2026-09-03T10:00:00+24:00",
        "2026-09-03T10:00:00+0200",
        "1999-12-31 10:00",
        "2101-01-01 10:00",
        "9999-12-31T23:59:59-23:59",
        "+2026-09-03 10:00",
        "٢٠٢٦-09-03 10:00",
        "1788422400",
    ] {
        let read = read(text, Tz::UTC);
        assert!(
            matches!(read, Err(TimeError::Form(_))),
            "{text:?}: {read:?}"
        );
    }
}

/// Zone, a skipped local time with the UTC times of its readings before and after the
/// change, a doubled local time with the UTC times of both passes. From the zones' rules,
/// not from this program.
const CHANGES: &[[&str; 7]] = &[
    [
        "Europe/Berlin",
        "2026-03-29 02:30",
        "01:30",
        "00:30",
        "2026-10-25 02:30",
        "00:30",
        "01:30",
    ],
    [
        "Europe/Berlin",
        "2027-03-28 02:00",
        "01:00",
        "00:00",
        "2027-10-31 02:59:59",
        "00:59",
        "01:59",
    ],
    [
        "Europe/London",
        "2026-03-29 01:15",
        "01:15",
        "00:15",
        "2026-10-25 01:15",
        "00:15",
        "01:15",
    ],
    [
        "America/New_York",
        "2026-03-08 02:30",
        "07:30",
        "06:30",
        "2026-11-01 01:30",
        "05:30",
        "06:30",
    ],
    [
        "America/Los_Angeles",
        "2027-03-14 02:30",
        "10:30",
        "09:30",
        "2027-11-07 01:30",
        "08:30",
        "09:30",
    ],
    [
        "America/St_Johns",
        "2026-03-08 02:30",
        "06:00",
        "05:00",
        "2026-11-01 01:30",
        "04:00",
        "05:00",
    ],
    [
        "Australia/Sydney",
        "2026-10-04 02:30",
        "16:30",
        "15:30",
        "2026-04-05 02:30",
        "15:30",
        "16:30",
    ],
    // Half an hour: 10:30 and 11:00 east.
    [
        "Australia/Lord_Howe",
        "2026-10-04 02:15",
        "15:45",
        "15:15",
        "2026-04-05 01:45",
        "14:45",
        "15:15",
    ],
    [
        "Pacific/Auckland",
        "2026-09-27 02:30",
        "14:30",
        "13:30",
        "2026-04-05 02:30",
        "13:30",
        "14:30",
    ],
    [
        "America/Santiago",
        "2026-09-06 00:30",
        "04:30",
        "03:30",
        "2026-04-04 23:30",
        "02:30",
        "03:30",
    ],
];

#[test]
fn skipped_and_doubled_times_show_both_readings() {
    for [zone, skipped, before, after, doubled, first, second] in CHANGES {
        let zone: Tz = zone.parse().unwrap();
        let clock = |time: &DateTime<Tz>| time.to_utc().format("%H:%M").to_string();
        match read(skipped, zone) {
            Err(TimeError::Skipped(b, a)) => {
                assert_eq!(
                    (clock(&a).as_str(), clock(&b).as_str()),
                    (*before, *after),
                    "{zone} {skipped}"
                );
            }
            other => panic!("{zone} {skipped}: {other:?}"),
        }
        match read(doubled, zone) {
            Err(TimeError::Doubled(a, b)) => {
                assert_eq!(
                    (clock(&a).as_str(), clock(&b).as_str()),
                    (*first, *second),
                    "{zone} {doubled}"
                );
                assert!(a < b);
            }
            other => panic!("{zone} {doubled}: {other:?}"),
        }
    }
}

#[test]
fn every_minute_around_a_change_is_one_instant_or_says_so() {
    let zones = [
        "Europe/Berlin",
        "Europe/Dublin",
        "Africa/Casablanca",
        "Africa/Cairo",
        "Asia/Beirut",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Asia/Gaza",
        "America/Havana",
        "America/Nuuk",
        "America/Chicago",
        "America/Sao_Paulo",
        "America/Scoresbysund",
        "Antarctica/Troll",
        "Atlantic/Azores",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Pacific/Norfolk",
        "Pacific/Apia",
        "Europe/Chisinau",
    ];
    for name in zones {
        let zone: Tz = name.parse().unwrap();
        let start = NaiveDate::from_ymd_opt(2026, 1, 1)
            .unwrap()
            .and_hms_opt(0, 0, 0)
            .unwrap();
        for half in 0..2 * 24 * 730 {
            let local = start + TimeDelta::minutes(30 * half);
            match in_zone(local, zone) {
                Ok(at) => assert_eq!(
                    at.with_timezone(&zone).naive_local(),
                    local,
                    "{name} {local}"
                ),
                Err(TimeError::Doubled(a, b)) => {
                    assert_eq!(
                        (a.naive_local(), b.naive_local()),
                        (local, local),
                        "{name} {local}"
                    );
                    assert!(a < b);
                }
                Err(TimeError::Skipped(after, before)) => {
                    assert!(after.naive_local() < local && local < before.naive_local());
                    assert!(after < before, "{name} {local}");
                }
                Err(TimeError::Form(why)) => panic!("{name} {local}: {why}"),
            }
        }
    }
}

#[test]
fn a_skipped_day_has_two_readings() {
    match read("2011-12-30 10:00", "Pacific/Apia".parse().unwrap()) {
        Err(TimeError::Skipped(after, before)) => {
            assert_eq!(before.to_rfc3339(), "2011-12-31T10:00:00+14:00");
            assert_eq!(after.to_rfc3339(), "2011-12-29T10:00:00-10:00");
        }
        other => panic!("{other:?}"),
    }
}

fn said(text: &str, zone: Tz) -> Diagnostic {
    let path = ContentPath::parse("posts/a.md").unwrap();
    let located = Located {
        value: text,
        span: 0..text.len(),
    };
    let error = read(text, zone).unwrap_err();
    problem(
        &error,
        "scheduled_at",
        &located,
        zone,
        &SourceText::new(&path, text),
    )
}

#[test]
fn a_skipped_time_says_what_to_paste() {
    let found = said("2026-03-29 02:30", Tz::Europe__Berlin);
    assert_eq!(found.code, "time-skipped");
    assert_eq!(
        found.notes,
        [
            "with the offset before the change it is 2026-03-29 03:30:00 +02:00 (2026-03-29 01:30:00 UTC)",
            "with the offset after the change it is 2026-03-29 01:30:00 +01:00 (2026-03-29 00:30:00 UTC)",
        ]
    );
    assert_eq!(
        found.help.unwrap(),
        "write `scheduled_at: 2026-03-29T03:30:00+02:00` or `scheduled_at: 2026-03-29T01:30:00+01:00`"
    );
}

#[test]
fn what_is_pasted_is_read_as_what_was_shown() {
    for [zone, skipped, _, _, doubled, ..] in CHANGES {
        let zone: Tz = zone.parse().unwrap();
        for text in [skipped, doubled] {
            let expected = match read(text, zone).unwrap_err() {
                TimeError::Skipped(b, a) | TimeError::Doubled(a, b) => [a.to_utc(), b.to_utc()],
                TimeError::Form(why) => panic!("{why}"),
            };
            let help = said(text, zone).help.unwrap();
            let pasted: Vec<Instant> = help
                .split('`')
                .filter_map(|part| part.strip_prefix("scheduled_at: "))
                .map(|text| instant(text, Tz::UTC).unwrap())
                .collect();
            assert_eq!(pasted, expected, "{zone} {text}");
        }
    }
}

#[test]
fn wrong_forms_get_the_help_that_fits() {
    let help = |text| said(text, Tz::UTC).help.unwrap();
    assert_eq!(said("soon", Tz::UTC).code, "invalid-time");
    assert_eq!(
        help("2026-09-03"),
        "add a time of day: `scheduled_at: 2026-09-03 09:00`"
    );
    assert!(help("on merge").contains("`scheduled_at: on-merge`"));
    assert!(help("3 Sep 2026").contains("`scheduled_at: 2026-09-03 10:00`"));
}

#[test]
fn unknown_zones_get_the_nearest_name() {
    let path = ContentPath::parse("posts/a.md").unwrap();
    let help = |text: &str| {
        let located = Located {
            value: text,
            span: 0..text.len(),
        };
        let found = zone(&located, &SourceText::new(&path, text)).unwrap_err();
        assert_eq!(found.code, "unknown-timezone");
        found.help.unwrap()
    };
    assert_eq!(help("Europe/Belrin"), "did you mean `Europe/Berlin`?");
    assert_eq!(help("europe/berlin"), "did you mean `Europe/Berlin`?");
    assert_eq!(help("Berlin"), "did you mean `Europe/Berlin`?");
    assert_eq!(help("New York"), "did you mean `America/New_York`?");
    assert!(help("🦀").contains("`UTC`"));
}
