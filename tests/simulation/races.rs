//! Several runners at once, in every order, some of which die.

use chrono::TimeDelta;
use mergecast::report::exit::Exit;

use crate::campaign::{Campaign, HALF, Numbers, start};
use crate::crashes::{Tally, days, play, whole_run};
use crate::globe::{Globe, World};
use crate::promises::{as_told, never_twice};
use crate::together::together;
use crate::truth;

/// One step in so many is a runner's last.
const ONE_DIES_IN: u64 = 60;

fn raced_campaign(seed: u64) -> Result<Tally, String> {
    let campaign = Campaign::from_seed(seed, days());
    let globe = Globe::new(start());
    let mut numbers = Numbers(seed ^ 0xface);
    play(&campaign, &globe, |globe, tally| {
        let runners = 2 + numbers.below(2);
        let worlds: Vec<World> = (0..runners).map(|_| globe.world()).collect();
        let (reports, died) = together(globe, &worlds, &mut numbers, Some(ONE_DIES_IN));
        never_twice(globe)?;
        tally.crashes += died;
        for report in &reports {
            tally.count(report);
            // Runs that meet one another see no damage that is not there.
            if report.exit == Exit::Refused
                || !report.diagnostics.is_empty() && report.results.is_empty()
            {
                return Err(format!("a run stopped: {:#?}", report.diagnostics));
            }
        }
        globe.clock.pass(TimeDelta::minutes(16));
        whole_run(globe, &campaign, tally)?;
        whole_run(globe, &campaign, tally).map(drop)
    })
}

/// `MERGECAST_SIMULATION_SEEDS` plays more campaigns than one.
#[test]
fn two_and_three_runners_at_once_publish_once() {
    let seeds = std::env::var("MERGECAST_SIMULATION_SEEDS");
    let seeds = seeds.map_or(1, |count| count.parse().unwrap());
    for seed in 100..100 + seeds {
        let tally = raced_campaign(seed).unwrap_or_else(|problem| panic!("seed {seed}: {problem}"));
        println!("seed {seed}: {tally:?}");
        assert!(tally.crashes > 20, "{tally:?}");
        assert!(tally.outcomes["held"] > 0, "{tally:?}");
    }
}

/// The checks of this suite can fail: with the whole record lost, the next run publishes
/// again, and that is seen.
#[test]
fn a_lost_record_is_seen_as_a_second_post() {
    let campaign = Campaign::from_seed(4, HALF);
    let globe = Globe::new(start());
    for tick in campaign.ticks() {
        globe.clock.forward_to(tick);
        whole_run(&globe, &campaign, &mut Tally::default()).unwrap();
        if truth::of(&globe.linkedin()).len() > 3 {
            break;
        }
    }
    assert!(as_told(&globe, &campaign).is_err(), "most is yet to come");

    let frozen = globe.fork();
    frozen.outside.ledger.force(&None);
    let (report, _) = frozen.whole_tick();
    assert!(report.exit == Exit::Refused, "{:?}", report.exit);
    never_twice(&frozen).unwrap();

    globe.outside.ledger.force(&None);
    globe
        .outside
        .repository
        .commit([(crate::outside::path("mergecast.lock"), None)]);
    globe.whole_tick();
    assert!(never_twice(&globe).unwrap_err().contains("twice"));
}
