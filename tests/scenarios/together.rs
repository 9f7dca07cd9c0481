//! Several runs at once, and runs that sleep.

use mergecast::ports::{
    Committed, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore, LedgerVersion,
};
use mergecast::record::State;
use mergecast::report::results::{ApplyReport, Outcome};
use mergecast::system::MemoryLedger;

use crate::place::{Place, World, WorldOver, told};
use crate::steps::{Ran, Task, advance, run};

fn place() -> Place {
    let place = Place::new("{}");
    place.post("hello", "author: jane\n", "Hello");
    place
}

/// All of them take one step each in turn; whoever waits waits.
fn in_step(place: &Place, mut running: Vec<(&World, Task<'_, ApplyReport>)>) -> Vec<ApplyReport> {
    let mut reports = Vec::new();
    while !running.is_empty() {
        let waiting = running
            .iter()
            .filter_map(|(world, _)| world.clock.wakes_at());
        if waiting.clone().count() == running.len() {
            let first = waiting.min().unwrap();
            place.clock.forward_to(first);
        }
        running.retain_mut(|(world, task)| {
            if world.clock.wakes_at().is_some() {
                return true;
            }
            let done = advance(task);
            let goes_on = done.is_none();
            reports.extend(done);
            goes_on
        });
    }
    reports
}

fn runs(place: &Place, count: usize) -> Vec<World> {
    (0..count).map(|_| place.world()).collect()
}

#[test]
fn two_to_six_runs_released_together_publish_once() {
    for count in 2..=6 {
        let place = place();
        let worlds = runs(&place, count);
        let tasks = worlds.iter();
        let tasks =
            tasks.map(|world| -> (_, Task<'_, _>) { (world, Box::pin(Place::pass_over(world))) });
        let reports = in_step(&place, tasks.collect());
        assert_eq!(
            (place.posts().len(), place.creates()),
            (1, 1),
            "{count} runs"
        );
        let published = reports
            .iter()
            .filter(|report| told(report, "hello") == (Outcome::Published, 0));
        assert_eq!((reports.len(), published.count()), (count, 1));
    }
}

/// A doubled trigger: one run stops at any step, the other goes on to any step, and then
/// the first comes to its end before the other, or the other way round.
#[test]
fn a_second_run_at_any_moment_of_the_first_sends_nothing() {
    let (_, steps) = place().pass_until(None).unwrap();
    for first_stops_at in 0..=steps {
        for second_stops_at in 0..=steps {
            for first_ends_first in [true, false] {
                let place = place();
                let worlds = [place.world(), place.world()];
                let [mut first, mut second] = [&worlds[0], &worlds[1]].map(Half::new);
                first.take(first_stops_at);
                second.take(second_stops_at);
                let order = match first_ends_first {
                    true => [&mut first, &mut second],
                    false => [&mut second, &mut first],
                };
                let published = order
                    .map(Half::end)
                    .into_iter()
                    .filter(|report| told(report, "hello").0 == Outcome::Published);
                let what = format!("{first_stops_at}, {second_stops_at}, {first_ends_first}");
                assert_eq!(published.count(), 1, "{what}");
                assert_eq!((place.posts().len(), place.creates()), (1, 1), "{what}");
            }
        }
    }
}

/// A run that stands still where it is told to.
struct Half<'a> {
    world: &'a World,
    task: Task<'a, ApplyReport>,
    report: Option<ApplyReport>,
}

impl<'a> Half<'a> {
    fn new(world: &'a World) -> Self {
        Self {
            world,
            task: Box::pin(Place::pass_over(world)),
            report: None,
        }
    }

    fn take(&mut self, steps: u32) {
        for _ in 0..steps {
            if self.report.is_none() {
                // The others stand still, so nobody else makes the time pass.
                if let Some(wake) = self.world.clock.wakes_at() {
                    self.world.clock.forward_to(wake);
                }
                self.report = advance(&mut self.task);
            }
        }
    }

    fn end(&mut self) -> ApplyReport {
        while self.report.is_none() {
            self.take(1);
        }
        self.report.clone().unwrap()
    }
}

/// An owner falls asleep at any step, for any time, also between its last look at the clock
/// and the first byte of its request; others go on, and a person answers.
#[test]
fn an_owner_that_sleeps_anywhere_never_makes_a_second_post() {
    let (_, steps) = place().pass_until(None).unwrap();
    for sleeps_at in 0..=steps {
        for seconds in [1, 30, 239, 240, 880, 901, 7200] {
            let place = place();
            let sleeper = place.world();
            let mut half = Half::new(&sleeper);
            half.take(sleeps_at);
            place.later(seconds);
            place.pass();
            place.say_what_is_true("hello");
            place.pass();
            half.end();
            place.pass();
            let posts = place.posts().len();
            assert!(
                posts <= 1,
                "asleep at step {sleeps_at} for {seconds} s: {posts} posts"
            );
        }
    }
}

/// Fifty runs, each with a post of its own: every commit of one is a lost race for the
/// others, and none gives up.
#[test]
fn fifty_runs_at_once_all_come_to_an_end() {
    let mut place = Place::new("{}");
    // Fifty runs at once take no longer than one.
    place.pace = 0;
    let keys: Vec<String> = (0..50).map(|number| format!("p{number}")).collect();
    for key in &keys {
        place.post(key, "", &format!("Post {key}"));
    }
    let worlds = runs(&place, 50);
    let tasks = worlds.iter().zip(&keys);
    let tasks = tasks.map(|(world, key)| -> (_, Task<'_, _>) {
        (world, Box::pin(Place::pass_only(world, key)))
    });
    let reports = in_step(&place, tasks.collect());
    for report in &reports {
        let published = report
            .results
            .iter()
            .filter(|r| r.outcome == Outcome::Published);
        assert_eq!(
            (published.count(), report.exit.code()),
            (1, 0),
            "{:#?}",
            report.diagnostics
        );
    }
    assert_eq!((place.posts().len(), place.creates()), (50, 50));
}

/// A store whose answers are old, as those of an API behind a cache.
struct Stale {
    real: MemoryLedger,
    old: LedgerSnapshot,
    /// So many answers are old.
    left: std::cell::Cell<u32>,
}

impl LedgerStore for Stale {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        match left {
            0 => self.real.load().await,
            _ => Ok(self.old.clone()),
        }
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        self.real.commit(base, change).await
    }
}

#[test]
fn stale_reads_lose_the_race_and_send_nothing() {
    for left in [1, 2, 10, 1000] {
        let place = place();
        let ledger = MemoryLedger::new(place.outside.ledger.clone(), "");
        let old = LedgerSnapshot::default();
        assert_eq!(told(&place.pass(), "hello"), (Outcome::Published, 0));
        // The witness is stale too: the branch does not have the lockfile yet.
        place.write("mergecast.lock", None);
        let stale = Stale {
            real: ledger,
            old,
            left: left.into(),
        };
        let world: WorldOver<Stale> = place.world_over(stale);
        let task = Box::pin(Place::pass_over(&world));
        let Ran::Done(report, _) = run(task, &world.clock, None) else {
            panic!("nobody dropped it")
        };
        assert_ne!(told(&report, "hello").0, Outcome::Published, "{left}");
        assert_eq!((place.posts().len(), place.creates()), (1, 1), "{left}");
        assert_eq!(place.entry("hello").unwrap().state, State::Published);
    }
}
