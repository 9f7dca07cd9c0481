//! What reviewers should mind about the time of a post.
//!
//! Owns how close two posts of an author may be, and from where the other may come. Must
//! not fetch anything.

use chrono::TimeDelta;

use crate::desired::Schedule;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::urn::AuthorUrn;
use crate::plan::{Action, PlanItem};
use crate::report::review::{Hazard, Place};
use crate::rules::CLOSE_MINUTES;

/// Posts close by that are named of one post.
const NAMED: usize = 5;

/// When a post goes out, or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Whose it is.
    pub author: AuthorUrn,
    /// Its key.
    pub key: PostKey,
    /// The instant.
    pub at: Instant,
    /// Where it is.
    pub place: Place,
}

/// When a planned post would go out; `None`: it would not.
#[must_use]
pub fn slot(item: &PlanItem, now: Instant, place: Place) -> Option<Slot> {
    let at = match item.action {
        Action::Publish => now,
        Action::Wait if item.published_at.is_none() => item.scheduled_at?,
        _ => return None,
    };
    Some(Slot {
        author: item.author.clone()?,
        key: item.key.clone(),
        at,
        place,
    })
}

/// What to mind about one post; `others` are all slots known, its own among them.
#[must_use]
pub fn hazards(item: &PlanItem, schedule: Schedule, others: &[Slot], now: Instant) -> Vec<Hazard> {
    let late = item.scheduled_at.map(|at| (now - at).num_minutes());
    let late = late.filter(|minutes| *minutes >= 1);
    let mut found = Vec::new();
    match (&item.action, schedule, late) {
        (Action::Publish, Schedule::OnMerge, _) => found.push(Hazard::AtOnce),
        (Action::Publish, _, Some(minutes)) => found.push(Hazard::PastDue { minutes }),
        (Action::Hold, _, Some(minutes)) if item.reason.code == "late" => {
            found.push(Hazard::Late { minutes });
        }
        _ => {}
    }
    let Some(own) = slot(item, now, Place::Here) else {
        return found;
    };
    let mut near: Vec<Hazard> = others
        .iter()
        .filter(|other| other.author == own.author && other.key != own.key)
        .filter_map(|other| {
            let apart = (other.at - own.at).abs();
            (apart < TimeDelta::minutes(CLOSE_MINUTES)).then(|| Hazard::Near {
                minutes: apart.num_minutes(),
                key: other.key.to_string(),
                place: other.place,
            })
        })
        .collect();
    near.sort();
    near.dedup();
    found.extend(near.into_iter().take(NAMED));
    found
}
