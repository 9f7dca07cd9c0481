//! A year of the watcher in a few seconds: the real loop and the real pass, with time, git
//! and the wire simulated.
//!
//! Posts are merged, postponed, changed and archived; the remote and LinkedIn are away for
//! minutes or hours; tokens end and are renewed; the process is killed, the machine sleeps,
//! clocks are set. The truth is the sandbox's list of posts. `MERGECAST_YEAR_POSTS` sets how
//! many posts, `MERGECAST_YEAR_SEED` another year.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

#[path = "../simulation/authors.rs"]
mod authors;
mod clock;
mod earth;
mod memory;
mod person;
mod stores;
mod story;

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::pass::{Standby, StopSignal};
use mergecast::ports::Clock as _;
use mergecast::report::results::Outcome;
use mergecast::watch::rhythm::Why;
use mergecast::watch::{Lookout, Passed, Told, Watch, watch};

use clock::{Ran, Task, run_on};
use earth::{Earth, options, token};
use memory::{Held, alone, resident, resident_is_flat};
use story::{Year, start};

/// What the watcher told.
#[derive(Default)]
struct Tally {
    passes: RefCell<BTreeMap<&'static str, u32>>,
    outcomes: RefCell<BTreeMap<&'static str, u32>>,
}

impl Told for Tally {
    async fn passed(&self, passed: &Passed<'_>) {
        *self
            .passes
            .borrow_mut()
            .entry(passed.why.as_str())
            .or_default() += 1;
        let results = passed.report.results.iter();
        for result in results.filter(|result| result.outcome != Outcome::None) {
            let outcome = result.outcome.as_str();
            *self.outcomes.borrow_mut().entry(outcome).or_default() += 1;
        }
    }
    fn looked(&self, _seen: Result<(), &str>, _now: Instant) {}
    fn beat(&self, _now: Instant, _until: Option<Instant>) {}
}

/// Looks at the simulated branch and ledger.
struct Eyes<'e>(&'e Earth);

impl Lookout for Eyes<'_> {
    async fn look(&self) -> Result<String, String> {
        self.0.clock.takes(100).await;
        if self.0.is_away() {
            return Err("away".to_owned());
        }
        Ok(format!(
            "{:?} {:?}",
            self.0.branch.tip(),
            self.0.ledger.version()
        ))
    }
    async fn nudged(&self) {
        std::future::pending::<()>().await;
    }
}

fn posts() -> usize {
    std::env::var("MERGECAST_YEAR_POSTS").map_or(300, |posts| posts.parse().unwrap())
}

fn seed() -> u64 {
    std::env::var("MERGECAST_YEAR_SEED").map_or(1, |seed| seed.parse().unwrap())
}

/// The lives of a year, one after the other.
struct Lived {
    held: Vec<Held>,
    /// Resident memory by month, in KiB.
    months: Vec<u64>,
}

/// Lets the watcher live through the year. Nothing but the durable record goes from one
/// process to the next.
fn live(year: &Year, earth: &Earth, tally: &Tally) -> Lived {
    let eyes = Eyes(earth);
    let mut months = BTreeMap::new();
    let mut held = Vec::new();
    while earth.clock.now() < year.end() {
        let until = year.next_death(earth.clock.now());
        Held::begin();
        let standby = Standby::ahead(StopSignal::never());
        let world = earth.world();
        let (options, token) = (options(), |config: &_, author: &_| {
            token(earth, config, author)
        });
        let parts = Watch {
            lookout: &eyes,
            told: tally,
            look_every: TimeDelta::minutes(30),
            resync: TimeDelta::hours(6),
            beat: std::time::Duration::from_secs(3600),
        };
        let mut life: Task<'_> = Box::pin(watch(&world, &options, &token, &standby, &parts));
        let ran = run_on(&mut life, &earth.clock, until, |clock| {
            year.happen(earth, clock);
            let month = (clock.now() - start()).num_days() / 30;
            months
                .entry(month)
                .or_insert_with(|| resident().unwrap_or(0));
        });
        assert!(
            matches!(ran, Ran::Dropped),
            "a watcher ends only when it is asked to"
        );
        let counted = Held::with_all(earth.ledger.ledger().entries.len());
        drop(life);
        drop((standby, world));
        held.push(counted.without());
        earth.clock.forward(TimeDelta::seconds(20));
    }
    Lived {
        held,
        months: months.into_values().collect(),
    }
}

#[test]
fn a_year_of_the_watcher_publishes_each_post_once_in_time_or_says_why() {
    let _alone = alone();
    let began = std::time::Instant::now();
    let year = Year::from_seed(seed(), posts());
    let earth = Earth::new(start());
    let tally = Tally::default();
    let Lived { held, months } = live(&year, &earth, &tally);
    let last = &held[held.len() - 1];
    println!(
        "{} posts, {} lives, {:.1} s of real time\npasses {:?}\noutcomes {:?}\nhappened {:?}\nmet {:?}\nresident memory by month {months:?} KiB\nat the end the watcher kept {} KiB of {} posts",
        posts(),
        held.len(),
        began.elapsed().as_secs_f64(),
        tally.passes.borrow(),
        tally.outcomes.borrow(),
        year.tally.borrow(),
        earth.weather.met.borrow(),
        last.kept / 1024,
        last.posts,
    );
    year.as_told(&earth);
    all_of_it_happened(held.len(), &year, &earth, &tally);
    held.iter().for_each(Held::is_flat);
    resident_is_flat(&months, posts());
}

/// A year in which nothing goes wrong would show nothing.
fn all_of_it_happened(lives: usize, year: &Year, earth: &Earth, tally: &Tally) {
    assert!(lives > 80, "{lives}");
    for word in [
        "merges",
        "files taken away",
        "outages of the remote",
        "outages of LinkedIn",
        "ends of tokens",
        "renewals of tokens",
        "lost answers",
        "throttles",
        "suspends",
        "clock steps",
    ] {
        let happened = year.tally.borrow().get(word).copied();
        assert!(happened > Some(0), "no {word}");
    }
    for word in [
        "remote away",
        "LinkedIn away",
        "token ended",
        "throttled",
        "answer lost",
        "settled by a person",
    ] {
        let met = earth.weather.met.borrow().get(word).copied();
        assert!(met > Some(0), "no pass met: {word}");
    }
    for why in [
        Why::Due,
        Why::News,
        Why::Resync,
        Why::Again,
        Why::Media,
        Why::Start,
    ] {
        let passes = tally.passes.borrow();
        assert!(
            passes.get(why.as_str()).is_some_and(|count| *count > 0),
            "no pass for {why:?}"
        );
    }
}

/// What a watcher keeps does not grow: a long idle time with passes, after one that warmed
/// everything up.
#[test]
fn memory_is_flat() {
    let _alone = alone();
    let year = Year::from_seed(3, 40);
    let earth = Earth::new(start());
    let tally = Tally::default();
    let eyes = Eyes(&earth);
    let standby = Standby::ahead(StopSignal::never());
    let world = earth.world();
    let (options, token) = (options(), |config: &_, author: &_| {
        token(&earth, config, author)
    });
    let parts = Watch {
        lookout: &eyes,
        told: &tally,
        look_every: TimeDelta::minutes(1),
        resync: TimeDelta::minutes(10),
        beat: std::time::Duration::from_secs(10),
    };
    year.merge_all(&earth);
    let mut life: Task<'_> = Box::pin(watch(&world, &options, &token, &standby, &parts));
    let mut sizes = Vec::new();
    for day in 1..=6 {
        let until = start() + TimeDelta::days(day);
        let ran = run_on(&mut life, &earth.clock, until, |_| {});
        assert!(matches!(ran, Ran::Dropped));
        sizes.push(resident().unwrap_or(0));
    }
    // A day is 144 passes and 1440 looks; a leak of a kilobyte in each would be seen.
    let grown = sizes[5].saturating_sub(sizes[1]);
    assert!(grown < 2048, "{sizes:?} KiB");
}
