//! How long a remote that gives trouble is tried.
//!
//! Owns the limits of one operation and the waits between its tries, which are never in
//! step with those of another run. Must not know what is tried.

use std::time::Duration;

use chrono::TimeDelta;

use super::failure::Failure;
use super::fetch::RemoteFailure;
use crate::ports::{Clock, Entropy};

/// What a remote refuses is tried this often, since some refusals pass,
const REFUSED_TRIES: u32 = 3;
/// and this long at most.
const REFUSED_FOR: Duration = Duration::from_secs(5);
/// A remote that does not answer is asked for this long.
const SILENT_FOR: Duration = Duration::from_secs(10);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// The tries of one operation.
pub(super) struct Patience<'a, C, E> {
    clock: &'a C,
    entropy: &'a E,
    began: Duration,
    refusals: u32,
}

impl<'a, C: Clock, E: Entropy> Patience<'a, C, E> {
    /// For an operation that begins now.
    pub(super) fn new(clock: &'a C, entropy: &'a E) -> Self {
        Self {
            clock,
            entropy,
            began: clock.uptime(),
            refusals: 0,
        }
    }

    /// Waits after a refusal. False: it has been refused often enough.
    pub(super) async fn after_refusal(&mut self) -> bool {
        self.refusals += 1;
        let wait = Duration::from_secs(self.refusals.into());
        self.refusals < REFUSED_TRIES && self.pause(wait, REFUSED_FOR).await
    }

    /// Waits after silence. False: it has been silent for long enough.
    pub(super) async fn after_silence(&mut self) -> bool {
        let wait = self.passed().clamp(Duration::from_secs(1), LONGEST_WAIT);
        self.pause(wait, SILENT_FOR).await
    }

    fn passed(&self) -> Duration {
        self.clock.uptime().saturating_sub(self.began)
    }

    /// Waits about `wait`, unless that would reach beyond `limit`.
    async fn pause(&self, wait: Duration, limit: Duration) -> bool {
        if self.passed() + wait > limit {
            return false;
        }
        pause(self.clock, self.entropy, wait).await;
        true
    }
}

/// Asks again for as long as a remote may be silent.
pub(super) async fn persist<C: Clock, E: Entropy, T>(
    clock: &C,
    entropy: &E,
    ask: impl AsyncFn() -> Result<T, RemoteFailure>,
) -> Result<T, RemoteFailure> {
    let mut patience = Patience::new(clock, entropy);
    loop {
        match ask().await {
            Err(failed)
                if failed.failure == Failure::Transport && patience.after_silence().await => {}
            told => return told,
        }
    }
}

/// Waits between a half of `wait` (at most a minute) and the whole of it.
pub(super) async fn pause<C: Clock, E: Entropy>(clock: &C, entropy: &E, wait: Duration) {
    let half = u32::try_from(wait.as_millis() / 2).unwrap_or(u32::MAX);
    let millis = half.saturating_add(entropy.below(half.min(30_000) + 1));
    let wait = TimeDelta::milliseconds(millis.into());
    clock.sleep_until(clock.now() + wait).await;
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::model::Instant;

    /// Moves only when somebody waits.
    #[derive(Default)]
    struct Still(Cell<Duration>);

    impl Clock for Still {
        fn now(&self) -> Instant {
            Instant::default() + self.0.get()
        }
        fn uptime(&self) -> Duration {
            self.0.get()
        }
        async fn sleep_until(&self, until: Instant) {
            self.0.set((until - Instant::default()).to_std().unwrap());
        }
    }

    struct Always(&'static str);

    impl Entropy for Always {
        fn nonce(&self) -> String {
            self.0.to_owned()
        }
    }

    async fn refused(clock: &Still, random: &'static str, each: Duration) -> u32 {
        let entropy = Always(random);
        let mut patience = Patience::new(clock, &entropy);
        let mut tries = 1;
        clock.0.set(clock.0.get() + each);
        while patience.after_refusal().await {
            tries += 1;
            clock.0.set(clock.0.get() + each);
        }
        tries
    }

    #[tokio::test]
    async fn a_refusal_is_met_three_times() {
        // 500 and 1000 ms at least; ffff is 65535 and leaves 405 of 501 and 470 of 1001.
        for (random, waited) in [("0000", 1500), ("ffff", 1500 + 405 + 470)] {
            let clock = Still::default();
            assert_eq!(refused(&clock, random, Duration::ZERO).await, 3);
            assert_eq!(clock.uptime(), Duration::from_millis(waited), "{random}");
        }
    }

    #[tokio::test]
    async fn slow_refusals_do_not_add_up_beyond_five_seconds() {
        for (each, tries) in [(1, 3), (2, 2), (5, 1)] {
            let clock = Still::default();
            let each = Duration::from_secs(each);
            assert_eq!(refused(&clock, "0000", each).await, tries, "{each:?}");
            assert!(clock.uptime() <= REFUSED_FOR, "{:?}", clock.uptime());
        }
    }

    #[tokio::test]
    async fn silence_is_waited_out_for_ten_seconds() {
        for random in ["0000", "ffff", "8123"] {
            let (clock, entropy) = (Still::default(), Always(random));
            let mut patience = Patience::new(&clock, &entropy);
            while patience.after_silence().await {}
            let waited = clock.uptime();
            assert!(
                waited > Duration::from_secs(6) && waited <= SILENT_FOR,
                "{waited:?}"
            );
        }
    }
}
