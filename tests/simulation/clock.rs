//! Simulated time: one truth for everybody, and each runner's own idea of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::ports::Clock;

use crate::calls::{Call, Fault};
use crate::steps::{Calm, Fate, step};

/// One time for everybody, how far one runner's wall clock is from it, and what that
/// runner waits for.
#[derive(Clone)]
pub(crate) struct SimulatedClock {
    truth: Rc<Cell<Instant>>,
    /// What the runner's wall clock is ahead of the truth. Its boot-time clock is right.
    skew: TimeDelta,
    /// What its calls wait for: parts of a video go up side by side.
    waits: Rc<RefCell<Vec<Instant>>>,
    dead: Rc<Cell<bool>>,
    fate: Rc<dyn Fate>,
}

impl SimulatedClock {
    pub(crate) fn starting_at(now: Instant) -> Self {
        Self {
            truth: Rc::new(Cell::new(now)),
            skew: TimeDelta::zero(),
            waits: Rc::default(),
            dead: Rc::default(),
            fate: Rc::new(Calm),
        }
    }

    /// The same time for another runner, whose wall clock is ahead by `skew`.
    pub(crate) fn for_runner(&self, skew: TimeDelta, fate: Rc<dyn Fate>) -> Self {
        Self {
            truth: Rc::clone(&self.truth),
            skew,
            waits: Rc::default(),
            dead: Rc::default(),
            fate,
        }
    }

    /// The same runner's waiting, by the right time: what LinkedIn's own clock says.
    pub(crate) fn of_linkedin(&self) -> Self {
        Self {
            skew: TimeDelta::zero(),
            fate: Rc::new(Calm),
            ..self.clone()
        }
    }

    /// The right time.
    pub(crate) fn truth(&self) -> Instant {
        self.truth.get()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.truth.set(self.truth.get() + time);
    }

    pub(crate) fn forward_to(&self, time: Instant) {
        self.truth.set(time.max(self.truth.get()));
    }

    /// When its runner goes on, in the right time; `None`: at once.
    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        let waits = self.waits.borrow();
        let ahead = waits.iter().filter(|wake| **wake > self.truth.get());
        ahead.min().copied()
    }

    /// Its runner is to be dropped.
    pub(crate) fn die(&self) {
        self.dead.set(true);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Its runner does nothing for so long, while everybody else goes on.
    pub(crate) async fn stand_still(&self, time: TimeDelta) {
        self.wait_until(self.truth.get() + time).await;
    }

    async fn wait_until(&self, wake: Instant) {
        self.waits.borrow_mut().push(wake);
        let _waiting = Waiting { clock: self, wake };
        step().await;
        while self.truth.get() < wake {
            step().await;
        }
    }
}

/// A wait that ends when it is over or given up.
struct Waiting<'c> {
    clock: &'c SimulatedClock,
    wake: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waits = self.clock.waits.borrow_mut();
        if let Some(at) = waits.iter().position(|wake| *wake == self.wake) {
            waits.swap_remove(at);
        }
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Instant {
        self.truth.get() + self.skew
    }

    fn uptime(&self) -> Duration {
        (self.truth.get() - Instant::UNIX_EPOCH)
            .to_std()
            .unwrap_or_default()
    }

    async fn sleep_until(&self, until: Instant) {
        let fault = self.fate.befalls(Call::Sleep);
        if fault == Some(Fault::CrashBefore) {
            self.die();
        }
        self.wait_until(until - self.skew).await;
        match fault {
            Some(Fault::CrashAfter) => {
                self.die();
                step().await;
            }
            Some(Fault::Pause) => self.stand_still(TimeDelta::hours(2)).await,
            _ => {}
        }
    }
}
