//! Whether clocks may be trusted with a request.
//!
//! Owns the limits: how soon after its declaration a request leaves, by a clock that
//! counts suspend and no steps; how far the wall clock may move against it meanwhile; and
//! how far it may be from LinkedIn's. No clock ever allows a second request. Must not
//! wait.

use std::time::Duration;

use chrono::TimeDelta;

use crate::diagnostic::Diagnostic;
use crate::model::Instant;
use crate::ports::{Clock, Transport as _, World};

/// A request is sent only this soon after its declaration began; with the request's own
/// limit of 45 s, an owner is done 60 s after declaring.
pub(super) const SEND_WITHIN: Duration = Duration::from_secs(15);
/// The wall clock was set, or the machine slept, when it moved this far from the other one.
const STEP: TimeDelta = TimeDelta::seconds(30);
/// Posts go out by this machine's clock, so it must be LinkedIn's within this. An answer's
/// `Date` has whole seconds, and was on its way.
const TRUSTED: TimeDelta = TimeDelta::seconds(60);

/// What an answer's `Date` tells exactly.
const EXACT: TimeDelta = TimeDelta::seconds(5);

/// Why a request that was declared at `declared_at` may not leave any more. `began` is
/// [`Clock::uptime`] before the declaration.
pub(super) fn too_late(
    clock: &impl Clock,
    began: Duration,
    declared_at: Instant,
) -> Option<&'static str> {
    let spent = clock.uptime().saturating_sub(began);
    if spent > SEND_WITHIN {
        return Some("declaring it took too long");
    }
    let by_wall = clock.now() - declared_at;
    let spent = TimeDelta::from_std(spent).unwrap_or(TimeDelta::MAX);
    ((by_wall - spent).abs() > STEP).then_some("this machine's clock was set meanwhile")
}

/// How far LinkedIn's clock is ahead, when that is too far.
pub(super) fn wrong<W: World>(world: &W) -> Option<TimeDelta> {
    let skew = world.transport().skew()?;
    (skew.abs() > TRUSTED).then_some(skew)
}

/// What is added to a time of this machine to compare it with one of LinkedIn's. An
/// answer's `Date` is cut to whole seconds and was on its way, so little is nothing.
pub(super) fn correction<W: World>(world: &W) -> TimeDelta {
    let skew = world.transport().skew().unwrap_or_default();
    if skew.abs() < EXACT {
        TimeDelta::zero()
    } else {
        skew
    }
}

/// In words, how far the clocks are apart.
pub(super) fn words(skew: TimeDelta) -> String {
    let way = if skew < TimeDelta::zero() {
        "ahead of"
    } else {
        "behind"
    };
    let by = humantime::format_duration(Duration::from_secs(skew.num_seconds().unsigned_abs()));
    format!("this machine's clock is {by} {way} LinkedIn's")
}

/// For people, after a run that learned of it.
pub(super) fn warning<W: World>(world: &W) -> Option<Diagnostic> {
    let skew = wrong(world)?;
    let diagnostic = Diagnostic::warning("clock-skew", words(skew));
    Some(
        diagnostic
            .note("posts go out by this machine's clock")
            .help("set it, or let it follow a time server"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(Instant, Duration);

    impl Clock for At {
        fn now(&self) -> Instant {
            self.0
        }

        fn uptime(&self) -> Duration {
            self.1
        }

        async fn sleep_until(&self, _until: Instant) {}
    }

    fn judged(wall: i64, up: u64) -> Option<&'static str> {
        let declared: Instant = "2026-09-03T08:00:00Z".parse().unwrap();
        let began = Duration::from_secs(1000);
        let clock = At(
            declared + TimeDelta::seconds(wall),
            began + Duration::from_secs(up),
        );
        too_late(&clock, began, declared)
    }

    #[test]
    fn a_request_leaves_soon_by_both_clocks_or_not_at_all() {
        assert_eq!(judged(15, 15), None);
        assert_eq!(judged(16, 16), Some("declaring it took too long"));
        // The wall clock was set back, which must not give an owner more time.
        assert_eq!(judged(-3600, 600), Some("declaring it took too long"));
        for stepped in [3600, -3600, 33, -29] {
            assert_eq!(
                judged(stepped, 2),
                Some("this machine's clock was set meanwhile"),
                "{stepped}"
            );
        }
        assert_eq!(judged(32, 2), None);
    }

    #[test]
    fn which_clock_is_ahead_is_told() {
        let ahead = words(TimeDelta::seconds(-90));
        assert_eq!(ahead, "this machine's clock is 1m 30s ahead of LinkedIn's");
        let behind = words(TimeDelta::minutes(5));
        assert_eq!(behind, "this machine's clock is 5m behind LinkedIn's");
    }
}
