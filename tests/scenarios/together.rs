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
    place.post("hello", "", "Hello");
    place
}

/// All of them take one step each in turn; whoever waits waits.
fn in_step(place: &Place, worlds: &[World]) -> Vec<ApplyReport> {
    let mut reports = Vec::new();
    let mut running: Vec<(&World, Task<'_, ApplyReport>)> = worlds
        .iter()
        .map(|world| -> (_, Task<'_, _>) { (world, Box::pin(Place::pass_over(world))) })
        .collect();
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
        let reports = in_step(&place, &runs(&place, count));
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

/// A second run begins after every step of the first: a doubled trigger.
#[test]
fn a_second_run_at_any_moment_of_the_first_sends_nothing() {
    let (_, steps) = place().pass_until(None).unwrap();
    for begins_after in 0..=steps {
        let place = place();
        let first = place.world();
        let mut task: Task<'_, ApplyReport> = Box::pin(Place::pass_over(&first));
        let mut report = None;
        for _ in 0..begins_after {
            report = report.or_else(|| advance(&mut task));
        }
        let second = place.pass();
        while report.is_none() {
            report = advance(&mut task);
        }
        let both = [report.unwrap(), second];
        assert_eq!(
            (place.posts().len(), place.creates()),
            (1, 1),
            "{begins_after}"
        );
        let published = both
            .iter()
            .filter(|report| told(report, "hello").0 == Outcome::Published);
        assert_eq!(published.count(), 1, "{begins_after}: {both:#?}");
    }
}

/// An owner falls asleep at any step, for any time; others go on, and a person answers.
///
/// One step is left out for sleeps of a quarter of an hour and more: between the last look
/// at the clock and the first byte of the request there is a connection to be made.
#[test]
fn an_owner_that_sleeps_anywhere_never_makes_a_second_post() {
    let (_, steps) = place().pass_until(None).unwrap();
    let mut woken_too_late = 0;
    for sleeps_at in 0..=steps {
        for seconds in [1, 30, 239, 240, 880, 901, 7200] {
            let place = place();
            let sleeper = place.world();
            let mut task: Task<'_, ApplyReport> = Box::pin(Place::pass_over(&sleeper));
            let mut done = false;
            for _ in 0..sleeps_at {
                done = done || advance(&mut task).is_some();
            }
            let sent = place.creates();
            place.later(seconds);
            place.pass();
            place.say_what_is_true("hello");
            place.pass();
            let before = place.creates();
            done = done || advance(&mut task).is_some();
            let about_to_send = sent == 0 && place.creates() > before;
            while !done {
                done = advance(&mut task).is_some();
            }
            place.pass();
            let posts = place.posts().len();
            if about_to_send && seconds > 900 {
                woken_too_late += 1;
                continue;
            }
            assert!(
                posts <= 1,
                "asleep at step {sleeps_at} for {seconds} s: {posts} posts"
            );
        }
    }
    assert_eq!(
        woken_too_late, 2,
        "one step, and two sleeps beyond the grace"
    );
}

/// Every run loses against almost every other one, and none gives up.
#[test]
fn fifty_runs_at_once_all_come_to_an_end() {
    let mut place = Place::new("{}");
    // Fifty runs at once take no longer than one.
    place.pace = 0;
    for number in 0..3 {
        place.post(&format!("p{number}"), "", &format!("Post {number}"));
    }
    let reports = in_step(&place, &runs(&place, 50));
    assert_eq!((place.posts().len(), place.creates()), (3, 3));
    for report in &reports {
        assert!(report.diagnostics.is_empty(), "{:#?}", report.diagnostics);
        assert_eq!(report.results.len(), 3);
    }
    place.later(3600);
    assert_eq!(place.pass().exit.code(), 0);
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
        let ledger = MemoryLedger::new(place.ledger.clone(), "");
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
