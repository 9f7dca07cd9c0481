use super::*;

fn at(text: &str) -> Instant {
    format!("2026-09-03T{text}Z").parse().unwrap()
}

fn facts(now: &str) -> Facts {
    Facts {
        now: at(now),
        owes: false,
        media: None,
        random: 128,
    }
}

fn report(next_due: Option<&str>, exit: Exit) -> ApplyReport {
    ApplyReport {
        sandbox: false,
        now: at("08:00:00"),
        results: Vec::new(),
        next_due: next_due.map(at),
        requests: None,
        diagnostics: Vec::new(),
        exit,
    }
}

/// Looked at 08:00:00, and a pass from then on.
fn after(next_due: Option<&str>, exit: Exit) -> Rhythm {
    let mut rhythm = Rhythm::new(TimeDelta::seconds(60), TimeDelta::minutes(10));
    assert!(matches!(rhythm.next(&facts("08:00:00")), Next::Look(_)));
    rhythm.looked(Some("a".to_owned()), &facts("08:00:00"));
    assert_eq!(rhythm.next(&facts("08:00:00")), Next::Pass(Why::Start));
    rhythm.passed(&report(next_due, exit), at("08:00:00"), &facts("08:00:01"));
    rhythm
}

#[test]
fn a_pass_begins_five_seconds_before_a_post_is_due_and_once() {
    let mut rhythm = after(Some("08:00:40"), Exit::Done);
    assert_eq!(rhythm.next(&facts("08:00:01")), Next::Wait(at("08:00:25")));
    assert_eq!(rhythm.next(&facts("08:00:26")), Next::Wait(at("08:00:35")));
    assert_eq!(rhythm.next(&facts("08:00:35")), Next::Pass(Why::Due));
    // It is parked until then, and a second pass before would find the same.
    let same = report(Some("08:00:40"), Exit::Done);
    rhythm.passed(&same, at("08:00:35"), &facts("08:00:36"));
    assert_eq!(rhythm.next(&facts("08:00:36")), Next::Wait(at("08:00:40")));
    assert_eq!(rhythm.next(&facts("08:00:40")), Next::Pass(Why::Due));
    rhythm.passed(&same, at("08:00:40"), &facts("08:00:41"));
    assert!(matches!(rhythm.next(&facts("08:00:41")), Next::Wait(_)));
}

#[test]
fn news_are_followed_but_not_right_before_a_post_is_due() {
    let mut rhythm = after(Some("08:05:00"), Exit::Done);
    let Next::Wait(look) = rhythm.next(&facts("08:00:02")) else {
        panic!("it waits");
    };
    assert!(
        (look - at("08:00:00")).num_seconds().abs_diff(60) <= 8,
        "{look}"
    );
    assert!(matches!(rhythm.next(&facts("08:01:10")), Next::Look(_)));
    rhythm.looked(Some("a".to_owned()), &facts("08:01:10"));
    assert!(matches!(rhythm.next(&facts("08:01:11")), Next::Wait(_)));
    rhythm.looked(Some("b".to_owned()), &facts("08:02:20"));
    assert_eq!(rhythm.next(&facts("08:02:20")), Next::Pass(Why::News));
    assert_eq!(rhythm.next(&facts("08:04:46")), Next::Wait(at("08:04:55")));
}

#[test]
fn trouble_is_tried_again_ever_later_and_what_was_due_stays_known() {
    let mut rhythm = after(Some("09:00:00"), Exit::Unreachable);
    assert_eq!(rhythm.next_due, None, "nothing was seen");
    let mut waits = Vec::new();
    let mut now = at("08:00:01");
    for _ in 0..8 {
        let again = rhythm.again.unwrap();
        waits.push((again - now).num_seconds());
        now = again;
        let here = Facts {
            now,
            ..facts("08:00:00")
        };
        assert_eq!(rhythm.next(&here), Next::Pass(Why::Again));
        assert!(!rhythm.passed(&report(None, Exit::Unreachable), now, &here));
    }
    assert!(
        waits.is_sorted() && waits[0] <= 2 && waits[7] <= 60,
        "{waits:?}"
    );
    let here = Facts {
        now,
        ..facts("08:00:00")
    };
    assert!(rhythm.passed(&report(Some("09:00:00"), Exit::Done), now, &here));
    rhythm.passed(&report(None, Exit::Unreachable), now, &here);
    assert_eq!(rhythm.next_due, Some(at("09:00:00")));
}

/// The pass that was to begin media could not: until it can, nobody looks for them anew.
#[test]
fn media_wait_with_everything_else_while_nothing_can_be_seen() {
    let with_media = |now: &str| Facts {
        media: Some(at("08:00:10")),
        ..facts(now)
    };
    let mut rhythm = after(None, Exit::Done);
    assert_eq!(rhythm.next(&with_media("08:00:10")), Next::Pass(Why::Media));
    rhythm.passed(
        &report(None, Exit::Unreachable),
        at("08:00:10"),
        &facts("08:00:11"),
    );
    let again = rhythm.again.unwrap();
    assert!(again > at("08:00:11"));
    assert_eq!(rhythm.next(&with_media("08:00:11")), Next::Wait(again));
    rhythm.passed(&report(None, Exit::Done), again, &facts("08:00:14"));
    assert_eq!(rhythm.next(&with_media("08:00:14")), Next::Pass(Why::Media));
}

#[test]
fn a_frozen_ledger_is_no_success() {
    let mut rhythm = Rhythm::new(TimeDelta::seconds(60), TimeDelta::minutes(10));
    assert!(!rhythm.passed(
        &report(None, Exit::Refused),
        at("08:00:00"),
        &facts("08:00:01")
    ));
}

#[test]
fn a_clock_that_is_set_back_and_a_long_sleep_lead_to_a_pass() {
    let rhythm = after(Some("12:00:00"), Exit::Done);
    assert_eq!(rhythm.next(&facts("07:00:00")), Next::Pass(Why::Clock));
    assert_eq!(rhythm.next(&facts("11:00:00")), Next::Pass(Why::Resync));
    assert_eq!(rhythm.next(&facts("13:00:00")), Next::Pass(Why::Due));
}

#[test]
fn what_a_pass_left_and_media_are_seen_to() {
    let mut rhythm = after(None, Exit::Done);
    let owes = Facts {
        owes: true,
        ..facts("08:00:02")
    };
    assert_eq!(rhythm.next(&owes), Next::Pass(Why::Owed));
    let media = Facts {
        media: Some(at("08:00:30")),
        ..facts("08:00:02")
    };
    assert_eq!(rhythm.next(&media), Next::Wait(at("08:00:30")));
    let media = Facts {
        media: Some(at("08:00:30")),
        ..facts("08:00:30")
    };
    assert_eq!(rhythm.next(&media), Next::Pass(Why::Media));
    rhythm.media_ready(true);
    assert_eq!(rhythm.next(&facts("08:00:02")), Next::Pass(Why::Media));
}

#[test]
fn a_remote_that_is_silent_is_looked_at_ever_less() {
    let mut rhythm = after(None, Exit::Done);
    let mut now = at("08:00:02");
    let mut last = TimeDelta::zero();
    for _ in 0..6 {
        let here = Facts {
            now,
            ..facts("08:00:00")
        };
        rhythm.looked(None, &here);
        let wait = rhythm.next_look.unwrap() - now;
        assert!(wait >= last && wait <= TimeDelta::seconds(675));
        (last, now) = (wait, now + wait);
    }
    assert!(last > TimeDelta::minutes(8), "{last}");
}
