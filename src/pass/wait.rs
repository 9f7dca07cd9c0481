//! Passes until nothing more falls due in a window.
//!
//! Owns `apply --wait`: sleep until the next due time, run a pass, repeat; no further pass
//! once the run was told to stop. Must not change what a pass does.

use crate::model::Instant;
use crate::pass::{Credentials, PassOptions, Standby, reconcile_with};
use crate::ports::{Clock, World};
use crate::report::results::{ApplyReport, Outcome};

/// Told before each sleep: what the passes so far came to, and until when it sleeps.
pub type Sleeps<'a> = dyn Fn(&ApplyReport, Instant) + 'a;

/// Runs passes until the next due time lies after `until`. What an earlier pass did
/// stays in the report; everything else is as the last pass left it. Once `standby` is to
/// stop, the pass under way ends and none is begun.
pub async fn reconcile_until<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    until: Instant,
    standby: &Standby,
    sleeps: &Sleeps<'_>,
) -> ApplyReport {
    let mut report = reconcile_with(world, options, credentials, standby).await;
    loop {
        let Some(next) = report.next_due.filter(|next| *next <= until) else {
            return report;
        };
        // What fell due while the pass ran is not waited for. The next pass plans from
        // then on, so no time comes twice.
        if next > world.clock().now() {
            sleeps(&report, next);
            standby.sleep(world.clock(), next).await;
        }
        if standby.stop().is_set() {
            return report;
        }
        let later = reconcile_with(world, options, credentials, standby).await;
        report = merge(report, later);
    }
}

/// The later report, with what the earlier one did.
fn merge(earlier: ApplyReport, mut later: ApplyReport) -> ApplyReport {
    let did_something = |outcome: Outcome| match outcome {
        Outcome::Published
        | Outcome::Updated
        | Outcome::Deleted
        | Outcome::Moved
        | Outcome::Commented => true,
        Outcome::Failed | Outcome::Held | Outcome::Unknown | Outcome::None => false,
    };
    for result in earlier.results {
        if !did_something(result.outcome) {
            continue;
        }
        let same = later.results.iter_mut().find(|other| {
            other.item.key == result.item.key && other.item.target == result.item.target
        });
        match same {
            Some(other) if other.outcome == Outcome::None => *other = result,
            Some(_) => {}
            None => later.results.push(result),
        }
    }
    later
}
