//! One runner that dies everywhere.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use mergecast::ports::Clock as _;
use mergecast::report::results::ApplyReport;

use crate::campaign::{Campaign, HALF, WHOLE, start};
use crate::globe::Globe;
use crate::promises::{all_commented, as_told, lockfile_agrees, never_silent, never_twice};
use crate::steps::Ran;
use crate::stories::STORIES;
use crate::truth;

/// What the runs of a campaign did.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    runs: u32,
    pub(crate) crashes: u32,
    settled_by_a_person: u32,
    pub(crate) outcomes: BTreeMap<&'static str, u32>,
}

impl Tally {
    pub(crate) fn count(&mut self, report: &ApplyReport) {
        self.runs += 1;
        for result in &report.results {
            let outcome = result.outcome.as_str();
            *self.outcomes.entry(outcome).or_default() += 1;
        }
    }
}

/// A run that comes to its end, and a person who settles what it could not.
pub(crate) fn whole_run(
    globe: &Globe,
    campaign: &Campaign,
    tally: &mut Tally,
) -> Result<u32, String> {
    campaign.happen(globe);
    let began = globe.clock.now();
    let (report, steps) = globe.whole_tick();
    tally.count(&report);
    never_twice(globe)?;
    never_silent(globe, campaign, began, &report)?;
    tally.settled_by_a_person += globe.person(&report);
    Ok(steps)
}

/// Plays a campaign; `run` is what happens whenever a run is started.
pub(crate) fn play(
    campaign: &Campaign,
    globe: &Globe,
    mut run: impl FnMut(&Globe, &mut Tally) -> Result<(), String>,
) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for tick in campaign.ticks() {
        globe.clock.forward_to(tick);
        campaign.happen(globe);
        run(globe, &mut tally)?;
    }
    as_told(globe, campaign)?;
    lockfile_agrees(globe)?;
    Ok(tally)
}

fn full() -> bool {
    std::env::var("MERGECAST_SIMULATION").is_ok_and(|value| value == "full")
}

/// How long a campaign is played: to its end with `MERGECAST_SIMULATION=full`.
pub(crate) fn days() -> i64 {
    if full() { WHOLE } else { HALF }
}

/// How many steps a run takes that has nothing to do: content, lockfile and ledger are
/// read, with a step before and after each.
const QUIET: u32 = 6;

#[test]
fn three_months_without_a_crash() {
    let campaign = Campaign::from_seed(1, WHOLE);
    let globe = Globe::new(start());
    let tally = play(&campaign, &globe, |globe, tally| {
        whole_run(globe, &campaign, tally).map(drop)
    });
    let tally = tally.unwrap();
    for outcome in [
        "published",
        "updated",
        "moved",
        "deleted",
        "held",
        "failed",
        "none",
        "commented",
    ] {
        assert!(tally.outcomes[outcome] > 0, "no post was ever {outcome}");
    }
    assert!(
        !tally.outcomes.contains_key("unknown"),
        "unknown without a crash"
    );
    assert_eq!(tally.settled_by_a_person, 0);
    all_commented(&globe).unwrap();
    for story in STORIES {
        let told = |expected: &&crate::campaign::Expected| expected.story == *story;
        assert!(campaign.expected.values().any(|e| told(&e)), "{story:?}");
    }
}

/// In one history, every run dies at its first step, then at its second, and so on, until
/// one lives: each crash falls into what the earlier ones left behind.
#[test]
fn every_run_dies_at_every_step_before_one_lives() {
    let campaign = Campaign::from_seed(2, days());
    let globe = Globe::new(start());
    let mut quiet_runs = 0;
    let tally = play(&campaign, &globe, |globe, tally| {
        let (_, steps) = globe.fork().whole_tick();
        // A run with nothing to do dies everywhere too, but not every time.
        quiet_runs += u32::from(steps <= QUIET);
        let dies = steps > QUIET || quiet_runs % 16 == 0;
        for crash_at in (1..).take_while(|_| dies) {
            match globe.tick(Some(crash_at)) {
                Ran::Crashed => tally.crashes += 1,
                Ran::Done(report, _) => {
                    tally.count(&report);
                    tally.settled_by_a_person += globe.person(&report);
                    break;
                }
            }
            never_twice(globe)?;
        }
        globe.clock.pass(TimeDelta::minutes(16));
        whole_run(globe, &campaign, tally)?;
        whole_run(globe, &campaign, tally).map(drop)
    });
    let tally = tally.unwrap();
    assert!(tally.crashes > 200, "{tally:?}");
    assert!(tally.settled_by_a_person > 4, "{tally:?}");
}

/// Every run dies at every step in a future of its own; a person settles what is unknown,
/// and then readers have seen what they see where nobody died. By default one run in
/// four that has something to do, all of them with `MERGECAST_SIMULATION=full`.
#[test]
fn one_crash_anywhere_changes_nothing_but_the_hour() {
    let campaign = Campaign::from_seed(3, days());
    let globe = Globe::new(start());
    let share = if full() { 1 } else { 4 };
    let mut busy_runs = 0;
    let mut futures = 0;
    let tally = play(&campaign, &globe, |globe, tally| {
        let alive = globe.fork();
        let (_, steps) = alive.whole_tick();
        busy_runs += u32::from(steps > QUIET);
        if steps > QUIET && busy_runs % share == 0 {
            settle(&alive, &campaign, tally)?;
            for crash_at in 1..=steps {
                let dead = globe.fork();
                let ran = dead.tick(Some(crash_at));
                assert!(matches!(ran, Ran::Crashed), "{crash_at} of {steps}");
                settle(&dead, &campaign, tally)?;
                same_to_readers(&dead, &alive)
                    .map_err(|problem| format!("crash at step {crash_at} of {steps}: {problem}"))?;
                futures += 1;
            }
        }
        whole_run(globe, &campaign, tally).map(drop)
    });
    let tally = tally.unwrap();
    println!("{futures} futures of {busy_runs} runs with something to do: {tally:?}");
    assert!(futures > 250 / share, "{futures} futures");
    assert!(tally.settled_by_a_person > futures / 20, "{tally:?}");
}

/// The runs after a crash: until all that became due is out, with a person's help.
fn settle(globe: &Globe, campaign: &Campaign, tally: &mut Tally) -> Result<(), String> {
    for minutes in [16, 16, 1] {
        globe.clock.pass(TimeDelta::minutes(minutes));
        whole_run(globe, campaign, tally)?;
    }
    Ok(())
}

/// Two worlds show their readers the same posts, at whatever hour they came.
fn same_to_readers(one: &Globe, other: &Globe) -> Result<(), String> {
    let seen = |globe: &Globe| {
        let mut truth = truth::of(&globe.linkedin());
        let posts = truth.values_mut().flatten();
        posts.for_each(|post| post.created_at = start());
        truth
    };
    let (one, other) = (seen(one), seen(other));
    let lacks: Vec<_> = other
        .iter()
        .filter(|(m, posts)| one.get(m) != Some(posts))
        .collect();
    let has: Vec<_> = one
        .iter()
        .filter(|(m, posts)| other.get(m) != Some(posts))
        .collect();
    match lacks.is_empty() && has.is_empty() {
        true => Ok(()),
        false => Err(format!("without it {lacks:#?}, with it {has:#?}")),
    }
}
