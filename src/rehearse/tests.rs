//! Calendars that are played.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::testing::{at, bad_weather, config, happenings, open, post, setting, told};
use super::{Every, Setting, Weather, rehearse};
use crate::model::target::Target;
use crate::record::recorded::Recorded;
use crate::record::{Ledger, Lockfile, State};
use crate::report::detail::Detail;
use crate::report::exit::Exit;
use crate::report::palette::Palette;
use crate::report::rehearsal::{Event, Fault, FaultKind, Hazard, Rehearsal, What};
use crate::report::rehearsal_human::rehearsal_human;
use crate::report::rehearsal_json::rehearsal_json;
use crate::report::status::Freshness;

async fn played(setting: &Setting) -> Rehearsal {
    Box::pin(rehearse(setting)).await.unwrap()
}

fn only(kind: FaultKind, seed: u64) -> Weather {
    Weather::new([kind].into(), seed)
}

/// A month with a post on most days, one of them with a comment.
fn month() -> Vec<(String, String)> {
    let mut files = vec![config("")];
    for day in 2..30 {
        let author = if day % 3 == 0 { "jane" } else { "acme" };
        let comment = match day % 5 {
            0 => format!("\nfirst_comment: \"More on day {day}.\""),
            _ => String::new(),
        };
        let front_matter =
            format!("author: {author}\nscheduled_at: \"2026-09-{day:02} 09:00\"{comment}");
        files.push(post(&format!("day-{day:02}"), &front_matter));
    }
    files
}

#[tokio::test]
async fn each_post_goes_out_at_its_time_and_a_comment_behind_it() {
    let files = [
        config(""),
        post(
            "first",
            "scheduled_at: \"2026-09-03 09:00\"\nfirst_comment: \"Here.\"",
        ),
        post("second", "scheduled_at: \"2026-12-24 18:00:30\""),
        post("idea", "draft: true"),
        post("now", "scheduled_at: on-merge"),
    ];
    let played = played(&setting(&files)).await;
    let wanted = [
        "09-01 00:00 published now",
        "09-03 07:00 published first",
        "09-03 07:00 commented first",
        "12-24 17:00 published second",
    ];
    assert_eq!(told(&played), wanted);
    assert_eq!(played.to, at("2026-12-25T17:00:30Z"));
    assert_eq!(open(&played, What::Draft), ["idea"]);
    assert_eq!((played.exit, played.tally.second_posts), (Exit::Done, 0));
    let (late, _) = played.tally.worst.unwrap();
    assert!(late < TimeDelta::seconds(10), "{late}");
}

#[tokio::test]
async fn only_moments_with_something_to_do_are_played() {
    let files = [
        config(""),
        post("later", "scheduled_at: \"2027-08-31 09:00\""),
    ];
    let mut setting = setting(&files);
    setting.every = Every::Github;
    let played = played(&setting).await;
    assert_eq!(told(&played), ["08-31 07:07 published later"]);
    assert!(played.tally.runs <= 3, "{} runs", played.tally.runs);
}

#[tokio::test]
async fn a_late_post_is_held_and_so_is_a_copy() {
    let mut copy = post("copy", "scheduled_at: \"2026-09-04 09:00\"");
    copy.1 = post("first", "").1.replace(
        "id: first\n",
        "id: copy\nscheduled_at: \"2026-09-04 09:00\"",
    );
    let files = [
        config(""),
        post("first", "scheduled_at: \"2026-09-03 09:00\""),
        post("stale", "scheduled_at: \"2026-08-20 09:00\""),
        post(
            "given-up",
            "scheduled_at: \"2026-08-20 09:00\"\non_late: skip",
        ),
        copy,
    ];
    let played = played(&setting(&files)).await;
    let wanted = [
        "09-01 00:00 skipped given-up",
        "09-01 00:00 held stale",
        "09-03 07:00 published first",
        "09-04 07:00 held copy",
    ];
    assert_eq!(told(&played), wanted);
    assert_eq!(open(&played, What::Held), ["stale", "copy"]);
    assert_eq!(played.exit, Exit::Held);
    let stale = played
        .open
        .iter()
        .find(|open| open.subject.key.as_str() == "stale");
    assert!(
        stale
            .unwrap()
            .help
            .as_ref()
            .unwrap()
            .contains("posts/stale.md")
    );
}

#[tokio::test]
async fn a_guard_refuses_every_run_from_then_on() {
    let same = |name: &str| post(name, "scheduled_at: \"2026-09-03 09:00\"");
    let files = [
        config("max_per_run: 2"),
        post("before", "scheduled_at: \"2026-09-02 09:00\""),
        same("a"),
        same("b"),
        same("c"),
        post("after", "scheduled_at: \"2026-09-03 19:00\""),
    ];
    let played = played(&setting(&files)).await;
    assert_eq!(told(&played), ["09-02 07:00 published before"]);
    let refusals: Vec<usize> = played
        .timeline
        .iter()
        .filter_map(|moment| match &moment.event {
            Event::Refusal { posts, .. } => Some(posts.len()),
            _ => None,
        })
        .collect();
    assert_eq!(refusals, [3, 4]);
    assert_eq!(
        open(&played, What::Refused),
        [] as [&str; 0],
        "by then they are late"
    );
    assert_eq!(open(&played, What::Held).len(), 4);
    assert_eq!(played.exit, Exit::Held);
}

#[tokio::test]
async fn what_is_out_already_stays_out_and_its_edit_is_made() {
    let files = [
        config(""),
        post(
            "first",
            "scheduled_at: \"2026-09-03 09:00\"\nfirst_comment: \"Here.\"",
        ),
        post("second", "scheduled_at: \"2026-09-04 09:00\""),
    ];
    let mut setting = setting(&files);
    setting.to = Some(at("2026-09-03T12:00:00Z"));
    let (ledger, _) = super::beginning::ledger(&setting.recorded, &setting.content);
    let mut stage = super::driver::Stage::new(&setting, ledger).unwrap();
    Box::pin(stage.play(at("2026-09-03T12:00:00Z")))
        .await
        .unwrap();
    let ledger = stage.ledger(Clone::clone);
    drop(stage);
    setting.from = at("2026-09-03T12:00:00Z");
    setting.to = None;
    setting.recorded = Recorded::new(ledger.clone(), None, None);
    assert_eq!(
        told(&played(&setting).await),
        ["09-04 07:00 published second"]
    );

    // The same from what the lockfile alone tells.
    let lockfile = Lockfile::from_ledger(&ledger).to_text();
    setting.recorded = Recorded::from_lockfile(Some(lockfile.as_bytes()));
    setting.freshness = Freshness::Local { since: None };
    let from_lockfile = played(&setting).await;
    assert_eq!(told(&from_lockfile), ["09-04 07:00 published second"]);
    assert_eq!(from_lockfile.hazards, []);

    let mut changed = files.clone();
    changed[1].1 = changed[1].1.replace("nobody else", "somebody else");
    let mut edited = super::testing::setting(&changed);
    edited.from = setting.from;
    edited.recorded = Recorded::new(ledger, None, None);
    let wanted = ["09-03 12:00 updated first", "09-04 07:00 published second"];
    assert_eq!(told(&played(&edited).await), wanted);
    // Where the published text is not known, its edit is not made up.
    edited.recorded = setting.recorded.clone();
    let unknown = played(&edited).await;
    assert_eq!(told(&unknown), ["09-04 07:00 published second"]);
    assert!(
        matches!(unknown.hazards.as_slice(), [Hazard::EditNotKnown { posts }] if posts.len() == 1)
    );
}

#[tokio::test]
async fn a_frozen_record_refuses_everything() {
    let files = [config(""), post("a", "scheduled_at: \"2026-09-03 09:00\"")];
    let mut setting = setting(&files);
    let mut ledger = Ledger::default();
    let lost = crate::record::testing::published("lost", "x", 9);
    ledger.entries.insert(lost.id(), lost);
    let lockfile = Lockfile::from_ledger(&ledger).to_text().into_bytes();
    setting.recorded = Recorded::new(Ledger::default(), Some(&lockfile), None);
    setting.lockfile = Some(lockfile.into());
    setting.to = Some(at("2026-09-03T12:00:00Z"));
    let played = played(&setting).await;
    assert_eq!(told(&played), [] as [&str; 0]);
    assert_eq!(open(&played, What::Refused), ["a"]);
    assert_eq!((played.exit, played.tally.requests), (Exit::Refused, 0));
}

#[tokio::test]
async fn paused_publishing_holds_what_falls_due() {
    let files = [config(""), post("a", "scheduled_at: \"2026-09-03 09:00\"")];
    let mut setting = setting(&files);
    setting.paused_by_environment = true;
    let played = played(&setting).await;
    assert_eq!(told(&played), ["09-03 07:00 held a"]);
    assert_eq!((played.exit, played.tally.requests), (Exit::Held, 0));
}

#[tokio::test]
async fn nothing_scheduled_is_said() {
    let played = played(&setting(&[config(""), post("idea", "draft: true")])).await;
    assert!(played.nothing_scheduled);
    assert_eq!(played.to - played.from, TimeDelta::days(1));
    assert_eq!(played.exit, Exit::Done);
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_a_person_who_looks() {
    let (mut found, mut missing) = (0, 0);
    for seed in 0..20 {
        let mut setting = setting(&month());
        setting.weather = only(FaultKind::LostAnswers, seed);
        let played = played(&setting).await;
        assert_eq!(
            (played.exit, played.tally.posts),
            (Exit::Done, 28),
            "seed {seed}"
        );
        let out = happenings(&played).filter(|(_, h)| h.subject.target == Target::Linkedin);
        for (_, resolved) in out.filter(|(_, h)| h.what == What::Resolved) {
            match resolved.urn {
                Some(_) => found += 1,
                None => missing += 1,
            }
        }
    }
    assert!(found > 5 && missing > 5, "{found} found, {missing} missing");
}

#[tokio::test]
async fn without_a_person_what_is_unknown_stays_unknown() {
    // A page's posts are found by themselves; nobody can look up a member's.
    let files = month().into_iter();
    let files = files.map(|(path, text)| (path, text.replace("author: acme", "author: jane")));
    let mut setting = setting(&files.collect::<Vec<_>>());
    setting.weather = only(FaultKind::LostAnswers, 1);
    setting.answers_after = None;
    let played = played(&setting).await;
    let left = open(&played, What::Unknown).len();
    assert!(left > 0 && played.tally.unknown >= left);
    assert_eq!((played.exit, played.tally.second_posts), (Exit::Unknown, 0));
    assert!(!happenings(&played).any(|(_, happening)| happening.what == What::Resolved));
}

#[tokio::test]
async fn an_outage_delays_and_loses_nothing() {
    for seed in 0..10 {
        let mut setting = setting(&month());
        setting.weather = only(FaultKind::Outage, seed);
        let played = played(&setting).await;
        assert_eq!(
            (played.exit, played.tally.posts),
            (Exit::Done, 28),
            "seed {seed}"
        );
        assert_eq!(played.tally.unknown, 0);
        let outages = played
            .timeline
            .iter()
            .filter_map(|moment| match &moment.event {
                Event::Fault {
                    fault: Fault::Outage { until },
                    ..
                } => Some(*until),
                _ => None,
            });
        for until in outages {
            let next = happenings(&played)
                .find(|(at, happening)| *at >= until && happening.what == What::Published);
            let (at, _) = next.unwrap();
            assert!(at - until < TimeDelta::minutes(1), "{at} after {until}");
        }
    }
}

#[tokio::test]
async fn every_kind_of_mishap_strikes_and_is_told() {
    let mut struck = std::collections::BTreeSet::new();
    for every in [
        Every::Watch,
        Every::Github,
        Every::Interval(TimeDelta::hours(2)),
    ] {
        let mut setting = setting(&month());
        setting.weather = bad_weather(3);
        setting.every = every;
        for moment in played(&setting).await.timeline {
            if let Event::Fault { fault, .. } = moment.event {
                struck.insert(fault.kind());
            }
        }
    }
    assert_eq!(struck, FaultKind::ALL.into());
}

#[tokio::test]
async fn a_probe_is_the_next_run_of_a_watcher() {
    let mut files = month();
    files[0] = config("on_unknown: probe");
    let mut settled = 0;
    for seed in 0..10 {
        let mut setting = setting(&files);
        setting.weather = only(FaultKind::LostAnswers, seed);
        let played = played(&setting).await;
        assert_eq!(played.tally.second_posts, 0);
        settled += happenings(&played)
            .filter(|(_, happening)| {
                let late = happening.late.unwrap_or_default();
                happening.what == What::Published && late > TimeDelta::seconds(50)
            })
            .count();
    }
    assert!(settled > 0, "no probe ever told");
}

/// What people and scripts read of it.
fn pages(rehearsal: &Rehearsal) -> (String, String) {
    let human = rehearsal_human(rehearsal, Detail::Full, 80, &Palette::plain());
    (human, rehearsal_json(rehearsal))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn no_weather_brings_a_second_post_and_each_comes_again(
        seed in any::<u64>(),
        every in prop_oneof![
            Just(Every::Watch), Just(Every::Github), Just(Every::Interval(TimeDelta::minutes(40)))
        ],
        probe in any::<bool>(),
        attended in any::<bool>(),
    ) {
        let mut files = month();
        if probe {
            files[0] = config("on_unknown: probe");
        }
        let mut setting = setting(&files);
        setting.weather = bad_weather(seed);
        setting.every = every;
        setting.answers_after = setting.answers_after.filter(|_| attended);
        let first = block_on(played(&setting));
        prop_assert_eq!(first.tally.second_posts, 0);
        let early = happenings(&first).find(|(at, happening)| {
            happening.what == What::Published
                && happening.subject.scheduled_at.is_some_and(|due| *at < due)
        });
        prop_assert!(early.is_none(), "{:?}", early);
        // Nothing is lost in silence: what is not out is open, or was given up.
        let open = first.open.iter().filter(|open| open.subject.target == Target::Linkedin);
        prop_assert_eq!(first.tally.posts + open.count(), 28);
        let again = block_on(played(&setting));
        prop_assert_eq!(pages(&first), pages(&again));
    }
}

#[test]
fn a_record_with_an_open_request_of_somebody_else_is_left_to_them() {
    let files = [config(""), post("a", "scheduled_at: \"2026-09-03 09:00\"")];
    let mut setting = setting(&files);
    let entry = {
        use crate::record::testing::{declare, minute};
        crate::record::step(None, declare("a", "x", "theirs", minute(-1))).unwrap()
    };
    assert_eq!(entry.state, State::Sending);
    let mut ledger = Ledger::default();
    ledger.entries.insert(entry.id(), entry);
    setting.recorded = Recorded::new(ledger, None, None);
    setting.from = at("2026-09-03T08:00:00Z");
    let played = block_on(played(&setting));
    assert_eq!(
        told(&played),
        ["09-03 08:00 held a", "09-03 08:03 unknown a"]
    );
    // It is looked for among the posts of its page, and is not there.
    assert_eq!((played.exit, played.tally.requests), (Exit::Unknown, 1));
}
