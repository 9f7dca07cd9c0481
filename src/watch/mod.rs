//! The long-running reconciler: when to run a pass, for months.
//!
//! Owns the loop. Every pass in it is the one `apply` runs; only the moments differ. What
//! to do next is a pure function ([`rhythm`]); this module waits, runs passes, and lets
//! media be uploaded beside them. Must not decide what is published, and keeps nothing
//! that is needed after a crash.

pub mod alerts;
pub mod health;
pub mod lines;
pub mod metrics;
pub mod rhythm;

use std::pin::pin;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;

use crate::model::Instant;
use crate::pass::shelf::{Shelf, prepare};
use crate::pass::{Credentials, PassOptions, Standby, reconcile_with};
use crate::ports::{Clock as _, Entropy as _, World};
use crate::report::results::ApplyReport;
use rhythm::{Facts, Next, Rhythm, Why};

/// A look at the remote may take this long.
const LOOK_FOR: TimeDelta = TimeDelta::seconds(20);

/// What a watcher follows.
#[allow(
    async_fn_in_trait,
    reason = "the loop runs on one thread; no Send bound is wanted"
)]
pub trait Lookout {
    /// A text that changes whenever content or ledger do. Cheap: nothing is read.
    ///
    /// # Errors
    /// Says why it is not known.
    async fn look(&self) -> Result<String, String>;
    /// Returns when somebody says that there may be something new.
    async fn nudged(&self);
}

/// Told of what happens, for people and machines that look after the watcher.
#[allow(
    async_fn_in_trait,
    reason = "the loop runs on one thread; no Send bound is wanted"
)]
pub trait Told {
    /// A pass ended, and everything in it is as durable as it gets.
    async fn passed(&self, passed: &Passed<'_>);
    /// The remote was looked at.
    fn looked(&self, seen: Result<(), &str>, now: Instant);
    /// The loop is alive; it waits until then.
    fn beat(&self, now: Instant, until: Option<Instant>);
}

/// One pass.
#[derive(Debug)]
pub struct Passed<'a> {
    /// Why it was run.
    pub why: Why,
    /// What it did.
    pub report: &'a ApplyReport,
    /// When it began.
    pub began: Instant,
    /// Whether it got as far as a plan that may be carried out.
    pub success: bool,
}

/// What the loop is given besides a world.
#[derive(Debug)]
pub struct Watch<'a, L, T> {
    /// What it follows.
    pub lookout: &'a L,
    /// Who is told.
    pub told: &'a T,
    /// How often it looks.
    pub look_every: TimeDelta,
    /// How often a pass is run whatever happens.
    pub resync: TimeDelta,
    /// How often the loop says that it is alive, at least.
    pub beat: Duration,
}

/// Runs until `standby` is to stop, or displaced by a merge. What is under way then is ended and recorded.
pub async fn watch<W: World, L: Lookout, T: Told>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    standby: &Standby,
    watch: &Watch<'_, L, T>,
) {
    let clock = world.clock();
    let none = Shelf::default();
    let shelf = standby.shelf().unwrap_or(&none);
    let mut turns = Turns {
        world,
        watch,
        standby,
        rhythm: Rhythm::new(watch.look_every, watch.resync),
        uploads: FuturesUnordered::new(),
    };
    while !standby.stop().is_set() && !standby.is_displaced() {
        let facts = Facts {
            now: clock.now(),
            owes: standby.owes(),
            media: shelf.next(),
            random: random(world),
        };
        match turns.rhythm.next(&facts) {
            Next::Pass(why) => {
                let pass = reconcile_with(world, options, credentials, standby);
                turns.pass(why, pass, &facts).await;
                let wanted = shelf.take_wanted().into_iter();
                let uploads =
                    wanted.map(|wanted| prepare(world, options, credentials, shelf, wanted));
                turns.uploads.extend(uploads);
            }
            Next::Look(until) => turns.look(until, &facts).await,
            Next::Wait(until) => turns.wait(until, &facts).await,
        }
    }
}

/// What the turns of the loop share.
struct Turns<'a, W: World, L, T, U> {
    world: &'a W,
    watch: &'a Watch<'a, L, T>,
    standby: &'a Standby,
    rhythm: Rhythm,
    /// Media on their way, beside everything else.
    uploads: FuturesUnordered<U>,
}

impl<W: World, L: Lookout, T: Told, U: Future<Output = ()>> Turns<'_, W, L, T, U> {
    /// Runs a pass, and lets uploads go on beside it.
    async fn pass(&mut self, why: Why, pass: impl Future<Output = ApplyReport>, facts: &Facts) {
        let clock = self.world.clock();
        let mut pass = Box::pin(pass);
        let report = loop {
            let uploads = &mut self.uploads;
            let beside = pin!(async {
                tokio::select! {
                    Some(()) = uploads.next() => true,
                    () = clock.pause(self.watch.beat) => false,
                }
            });
            match select(pass, beside).await {
                Either::Left((report, _)) => break report,
                Either::Right((uploaded, rest)) => {
                    pass = rest;
                    self.rhythm.media_ready(uploaded);
                    self.watch.told.beat(clock.now(), None);
                }
            }
        };
        let ended = Facts {
            now: clock.now(),
            ..*facts
        };
        let success = self.rhythm.passed(&report, facts.now, &ended);
        let passed = Passed {
            why,
            report: &report,
            began: facts.now,
            success,
        };
        self.watch.told.passed(&passed).await;
    }

    /// Looks at the remote, at most until then.
    async fn look(&mut self, until: Instant, facts: &Facts) {
        let clock = self.world.clock();
        let at_most = (until - facts.now).min(LOOK_FOR);
        let look = async {
            tokio::select! {
                seen = self.watch.lookout.look() => seen,
                () = clock.pause(at_most.to_std().unwrap_or_default()) => {
                    Err("it did not answer in time".to_owned())
                }
            }
        };
        let Some(seen) = self.standby.stop().or(look).await else {
            return;
        };
        let told = seen.as_ref().map(|_| ()).map_err(String::as_str);
        let now = clock.now();
        self.watch.told.looked(told, now);
        self.rhythm.looked(seen.ok(), &Facts { now, ..*facts });
    }

    /// Waits until then, or until there is something new.
    async fn wait(&mut self, until: Instant, facts: &Facts) {
        self.watch.told.beat(facts.now, Some(until));
        let left = (until - facts.now).to_std().unwrap_or_default();
        tokio::select! {
            biased;
            () = self.standby.stop().wait() => {}
            Some(()) = self.uploads.next() => self.rhythm.media_ready(true),
            () = self.watch.lookout.nudged() => self.rhythm.news(),
            () = self.world.clock().pause(left.min(self.watch.beat)) => {}
        }
    }
}

/// A number from 0 to 255.
fn random<W: World>(world: &W) -> u8 {
    let nonce = world.entropy().nonce();
    let hex = nonce.get(..2);
    hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())
        .unwrap_or_default()
}
