//! The wish that a run ends.
//!
//! Owns one flag that is set once and never taken back. Must not know who sets it: that is
//! [`crate::system::signals`] in the program, and a test in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::model::Instant;
use crate::ports::Clock;

/// Whether a run was told to stop. What is under way is finished and recorded; nothing is
/// begun any more, and no sleep is slept to its end. Clones are one flag.
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    set: AtomicBool,
    waiting: Notify,
}

impl StopSignal {
    /// Tells the run to stop.
    pub fn request(&self) {
        self.0.set.store(true, Ordering::SeqCst);
        self.0.waiting.notify_waiters();
    }

    /// Whether it was told to.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.set.load(Ordering::SeqCst)
    }

    /// Ends when it is told to.
    pub async fn requested(&self) {
        let told = self.0.waiting.notified();
        // Made before the flag is read, so that no request falls between the two.
        if !self.is_requested() {
            told.await;
        }
    }

    /// Sleeps until then, or until the run is told to stop.
    pub async fn sleep_until(&self, clock: &impl Clock, until: Instant) {
        tokio::select! {
            biased;
            () = self.requested() => {}
            () = clock.sleep_until(until) => {}
        }
    }
}
