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

use clock::{Ran, run};
use earth::{Earth, options, token};
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

/// Resident memory of this process in KiB, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// Kibibytes that one post of the record may take, in everything this process holds of it:
/// the ledger, the lockfile, what the watcher keeps of both, and LinkedIn's own copy.
const A_POST: u64 = 16;
/// Kibibytes that come and go: one pass, and what the allocator keeps of it.
const A_PASS: u64 = 48 * 1024;

#[test]
fn a_year_of_the_watcher_publishes_each_post_once_in_time_or_says_why() {
    let began = std::time::Instant::now();
    let year = Year::from_seed(seed(), posts());
    let earth = Earth::new(start());
    let tally = Tally::default();
    let eyes = Eyes(&earth);
    let mut lives = 0;
    let mut sizes = BTreeMap::new();
    while earth.clock.now() < year.end() {
        // A new process: nothing but the durable record goes from one life to the next.
        lives += 1;
        let until = year.next_death(earth.clock.now());
        let standby = Standby::ahead(StopSignal::never());
        let world = earth.world();
        let (options, token) = (options(), |config: &_, author: &_| {
            token(&earth, config, author)
        });
        let parts = Watch {
            lookout: &eyes,
            told: &tally,
            look_every: TimeDelta::minutes(30),
            resync: TimeDelta::hours(6),
            beat: std::time::Duration::from_secs(3600),
        };
        let life = Box::pin(watch(&world, &options, &token, &standby, &parts));
        let ran = run(life, &earth.clock, until, |clock| {
            year.happen(&earth, clock);
            let month = (clock.now() - start()).num_days() / 30;
            sizes.entry(month).or_insert_with(|| memory().unwrap_or(0));
        });
        assert!(
            matches!(ran, Ran::Dropped),
            "a watcher ends only when it is asked to"
        );
        earth.clock.forward(TimeDelta::seconds(20));
    }
    let months: Vec<u64> = sizes.into_values().collect();
    println!(
        "{} posts, {lives} lives, {:.1} s of real time\npasses {:?}\noutcomes {:?}\nhappened {:?}\nmet {:?}\nmemory by month {months:?} KiB",
        posts(),
        began.elapsed().as_secs_f64(),
        tally.passes.borrow(),
        tally.outcomes.borrow(),
        year.tally.borrow(),
        earth.weather.met.borrow(),
    );
    year.as_told(&earth);
    all_of_it_happened(lives, &year, &earth, &tally);
    // Only the record grows, by its posts; twelve months of passes leave nothing else behind.
    let grown = months[12].saturating_sub(months[1]);
    let may = A_POST * posts() as u64 + A_PASS;
    assert!(
        grown < may,
        "{grown} KiB, and {may} would be well: {months:?}"
    );
}

/// A year in which nothing goes wrong would show nothing.
fn all_of_it_happened(lives: u32, year: &Year, earth: &Earth, tally: &Tally) {
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
    let mut life: clock::Task<'_> = Box::pin(watch(&world, &options, &token, &standby, &parts));
    let mut sizes = Vec::new();
    for day in 1..=6 {
        let until = start() + TimeDelta::days(day);
        let ran = clock::run_on(&mut life, &earth.clock, until, |_| {});
        assert!(matches!(ran, Ran::Dropped));
        sizes.push(memory().unwrap_or(0));
    }
    // A day is 144 passes and 1440 looks; a leak of a kilobyte in each would be seen.
    let grown = sizes[5].saturating_sub(sizes[1]);
    assert!(grown < 2048, "{sizes:?} KiB");
}
