//! The machine's clock.
//!
//! Owns real time. Must not be used where a decision is tested: that takes a clock as a
//! value.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the clock the others are told to use"
)]

use std::time::{Duration, SystemTime};

use crate::model::Instant;
use crate::ports::Clock;

/// The longest single sleep. The timer stands still while a laptop sleeps and the wall
/// clock does not, so a long wait looks at the wall clock again and again.
const LONGEST: Duration = Duration::from_secs(15);

/// The wall clock of this machine; sleeping needs a tokio runtime with time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[cfg(target_os = "linux")]
    fn uptime(&self) -> Duration {
        // Linux counts suspend in its boot-time clock only.
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or_default())
    }

    #[cfg(not(target_os = "linux"))]
    fn uptime(&self) -> Duration {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }

    fn now(&self) -> Instant {
        SystemTime::now().into()
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn sleep_until(&self, until: Instant) {
        loop {
            // Past already: the difference is negative and has no `Duration`.
            let Ok(left) = (until - self.now()).to_std() else {
                return;
            };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_in_the_past_is_not_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let start = SystemClock.now();
        runtime.block_on(SystemClock.sleep_until(start - chrono::TimeDelta::days(1)));
        let soon = start + chrono::TimeDelta::milliseconds(20);
        runtime.block_on(SystemClock.sleep_until(soon));
        assert!(SystemClock.now() >= soon);
    }
}
