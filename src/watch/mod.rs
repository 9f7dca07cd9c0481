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

/// Runs until `standby` is to stop. What is under way then is ended and recorded.
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
    let mut rhythm = Rhythm::new(watch.look_every, watch.resync);
    let mut uploads = FuturesUnordered::new();
    while !standby.stop().is_set() {
        let facts = Facts {
            now: clock.now(),
            owes: standby.owes(),
            media: shelf.next(),
            random: random(world),
        };
        match rhythm.next(&facts) {
            Next::Pass(why) => {
                let began = facts.now;
                let pass = reconcile_with(world, options, credentials, standby);
                let mut pass = Box::pin(pass);
                let report = loop {
                    let beside = pin!(async {
                        tokio::select! {
                            Some(()) = uploads.next() => true,
                            () = clock.pause(watch.beat) => false,
                        }
                    });
                    match select(pass, beside).await {
                        Either::Left((report, _)) => break report,
                        Either::Right((uploaded, rest)) => {
                            pass = rest;
                            rhythm.media_ready(uploaded);
                            watch.told.beat(clock.now(), None);
                        }
                    }
                };
                let success = rhythm.passed(
                    &report,
                    began,
                    &Facts {
                        now: clock.now(),
                        ..facts
                    },
                );
                let passed = Passed {
                    why,
                    report: &report,
                    began,
                    success,
                };
                watch.told.passed(&passed).await;
                let wanted = shelf.take_wanted().into_iter();
                uploads.extend(
                    wanted.map(|wanted| prepare(world, options, credentials, shelf, wanted)),
                );
            }
            Next::Look(until) => {
                let at_most = (until - facts.now)
                    .min(LOOK_FOR)
                    .to_std()
                    .unwrap_or_default();
                let look = async {
                    tokio::select! {
                        seen = watch.lookout.look() => seen,
                        () = clock.pause(at_most) => Err("it did not answer in time".to_owned()),
                    }
                };
                let seen = standby.stop().or(look).await;
                let Some(seen) = seen else { break };
                let told = seen.as_ref().map(|_| ()).map_err(String::as_str);
                watch.told.looked(told, clock.now());
                rhythm.looked(
                    seen.ok(),
                    &Facts {
                        now: clock.now(),
                        ..facts
                    },
                );
            }
            Next::Wait(until) => {
                watch.told.beat(facts.now, Some(until));
                let left = (until - facts.now).to_std().unwrap_or_default();
                tokio::select! {
                    biased;
                    () = standby.stop().wait() => {}
                    Some(()) = uploads.next() => rhythm.media_ready(true),
                    () = watch.lookout.nudged() => rhythm.news(),
                    () = clock.pause(left.min(watch.beat)) => {}
                }
            }
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
