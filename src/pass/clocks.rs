//! Whether clocks may be trusted with a request.
//!
//! Owns when LinkedIn is asked for its time, and the limits: how soon after its declaration a request leaves, by a clock that
//! counts suspend and no steps; how far the wall clock may move against it meanwhile; and
//! how far it may be from LinkedIn's. No clock ever allows a second request. Must not
//! wait.

use std::time::Duration;

use chrono::TimeDelta;

use crate::diagnostic::Diagnostic;
use crate::linkedin::endpoint::Endpoint;
use crate::linkedin::requests;
use crate::model::Instant;
use crate::pass::see::Seen;
use crate::ports::{Clock, Transport as _, World};
use crate::record::{Entry, State, longest_wait};
use crate::report::next_step::resolve_help;
use crate::report::times::duration;

/// A request is sent only this soon after its declaration began; with the request's own
/// limit of 45 s, an owner is done 60 s after declaring.
pub(super) const SEND_WITHIN: Duration = Duration::from_secs(15);
/// The wall clock was set, or the machine slept, when it moved this far from the other one.
const STEP: TimeDelta = TimeDelta::seconds(30);
/// Posts go out by this machine's clock. Apart by more than this, people are warned: an
/// answer's `Date` has whole seconds, and was on its way.
const NOTED: TimeDelta = TimeDelta::seconds(60);
/// Apart by more than this, nothing is sent, and a time that lies further ahead than this is
/// one of the future.
pub(super) const TRUSTED: TimeDelta = TimeDelta::minutes(5);

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

/// How far this machine's clock may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// LinkedIn's clock says the same.
    Checked,
    /// LinkedIn's clock is so far ahead of it.
    Wrong(TimeDelta),
    /// Nobody could be asked.
    Unchecked,
}

impl Trust {
    fn of(skew: TimeDelta) -> Self {
        match skew.abs() > TRUSTED {
            true => Trust::Wrong(skew),
            false => Trust::Checked,
        }
    }

    /// The time by which something that cannot be taken back may be decided at `now`; `None`:
    /// it is not known.
    pub(super) fn time(self, now: Instant) -> Option<Instant> {
        match self {
            Trust::Checked => Some(now),
            Trust::Wrong(skew) => now.checked_add_signed(skew),
            Trust::Unchecked => None,
        }
    }
}

/// What is known in one pass about this machine's clock. LinkedIn is asked at most once, and
/// not at all where another answer of the pass told its time.
#[derive(Debug)]
pub(super) struct ClockCheck {
    /// When the pass began, on the clock that nobody sets.
    began: Duration,
    asked: bool,
}

impl ClockCheck {
    pub(super) fn begin(clock: &impl Clock) -> Self {
        Self {
            began: clock.uptime(),
            asked: false,
        }
    }

    /// What the answers of this pass told.
    pub(super) fn known<W: World>(&self, world: &W) -> Trust {
        let skew = world.transport().skew_since(self.began);
        skew.map_or(Trust::Unchecked, Trust::of)
    }

    /// The same after LinkedIn was asked, where no answer told it yet.
    pub(super) async fn ask<W: World>(&mut self, world: &W, endpoint: &Endpoint) -> Trust {
        if self.known(world) == Trust::Unchecked && !self.asked {
            self.asked = true;
            if let Ok(request) = requests::time(endpoint) {
                // Only its date matters, and the transport keeps that.
                let _ = world.transport().send(request).await;
            }
        }
        self.known(world)
    }
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
    let by = about(skew);
    format!("this machine's clock is {by} {way} LinkedIn's")
}

/// How long that is, to the minute.
fn about(length: TimeDelta) -> String {
    duration(length.abs() + TimeDelta::seconds(30))
}

/// For people, after a run that learned of it.
pub(super) fn warning<W: World>(world: &W) -> Option<Diagnostic> {
    let skew = world.transport().skew()?;
    if skew.abs() <= NOTED {
        return None;
    }
    let diagnostic = Diagnostic::warning("clock-skew", words(skew));
    Some(
        diagnostic
            .note("posts go out by this machine's clock")
            .help("set it, or let it follow a time server"),
    )
}

/// Whether the record names a time that lies ahead of this machine's clock: one of the two
/// is wrong.
pub(super) fn from_future<W: World>(seen: &Seen<'_, W>, world: &W) -> bool {
    let limit = limit(world.clock().now());
    seen.session.changed_at() > Some(limit) || !declared_after(seen, limit).is_empty()
}

fn limit(now: Instant) -> Instant {
    now.checked_add_signed(TRUSTED).unwrap_or(now)
}

fn declared_after<'s, W: World>(seen: &'s Seen<'_, W>, limit: Instant) -> Vec<&'s Entry> {
    let open = seen.session.ledger().entries.open();
    let open = open.filter(|entry| match entry.state {
        State::Sending | State::Unknown => entry.declared_at > Some(limit),
        State::Published | State::Retryable | State::Rejected | State::Skipped => false,
    });
    open.collect()
}

/// Sees to it that no post waits for a time that only a wrong clock can have named, where
/// LinkedIn says that this machine's is right.
pub(super) async fn limit_waits<W: World>(seen: &mut Seen<'_, W>, world: &W, endpoint: &Endpoint) {
    let now = world.clock().now();
    let mut entries = seen.recorded.ledger.entries.open();
    let too_long = entries.any(|entry| entry.waits_too_long(now));
    drop(entries);
    if too_long && seen.clock.ask(world, endpoint).await == Trust::Checked {
        seen.recorded.longest_wait = Some(longest_wait(now));
    }
}

/// Which posts waited, when the pass began, for a time that no run would have named.
fn parked_too_long<'s, W: World>(
    seen: &'s Seen<'_, W>,
    time: Instant,
) -> impl Iterator<Item = &'s Entry> {
    let entries = seen.recorded().ledger.entries.open();
    entries.filter(move |entry| match entry.state {
        State::Retryable | State::Rejected => entry.waits_too_long(time),
        State::Sending | State::Unknown | State::Published | State::Skipped => false,
    })
}

/// For people: what the record says of a time that has not come.
pub(super) fn ahead<W: World>(world: &W, seen: &Seen<'_, W>) -> Vec<Diagnostic> {
    let own = world.clock().now();
    let trust = seen.clock.known(world);
    let time = trust.time(own).unwrap_or(own);
    let limit = limit(time);
    let by = match trust {
        Trust::Checked | Trust::Wrong(_) => "LinkedIn's clock",
        Trust::Unchecked => "this machine's clock, which could not be compared with LinkedIn's",
    };
    let far = |at: Instant| about(at - time);
    let tip = seen.session.changed_at().filter(|at| *at > limit);
    let tip = tip.map(|at| {
        let message = format!("the ledger's newest change is {} ahead of {by}", far(at));
        Diagnostic::warning("ledger-from-future", message)
            .note("a run on a machine whose clock is wrong wrote it")
            .help("set the clock of that machine, or let it follow a time server")
    });
    let declared = declared_after(seen, limit).into_iter().map(|entry| {
        let at = entry.declared_at.unwrap_or(time);
        let id = entry.id();
        let message = format!("{} was declared {} ahead of {by}", id.shown(), far(at));
        Diagnostic::warning("declared-in-future", message)
            .note("a run on a machine whose clock is wrong declared it; only this post is held")
            .help(resolve_help(&entry.key))
    });
    let parked = parked_too_long(seen, time).map(|entry| {
        let at = entry.not_before.unwrap_or(time);
        let id = entry.id();
        let message = format!(
            "{} was to wait, and until {} ahead of {by}",
            id.shown(),
            far(at)
        );
        Diagnostic::warning("parked-too-long", message)
            .note("no run waits longer than a day; one whose clock is wrong wrote that")
            .note(match seen.recorded.longest_wait {
                Some(_) => "it does not count",
                None => "it counts until LinkedIn says that this machine's clock is right",
            })
            .help("set the clock of that machine, or let it follow a time server")
    });
    tip.into_iter().chain(declared).chain(parked).collect()
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
        assert_eq!(ahead, "this machine's clock is 2 min ahead of LinkedIn's");
        let behind = words(TimeDelta::minutes(5));
        assert_eq!(behind, "this machine's clock is 5 min behind LinkedIn's");
    }
}
