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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PostState;
    use crate::report::samples;

    fn due(action: Action, at: &str) -> PlanItem {
        let mut item = samples::item("launch", action, PostState::Due);
        item.scheduled_at = Some(samples::at(at));
        item
    }

    fn told(item: &PlanItem, schedule: Schedule, others: &[Slot]) -> Vec<Hazard> {
        hazards(item, schedule, others, samples::now())
    }

    #[test]
    fn a_past_time_is_told_from_one_that_is_too_late() {
        let at = samples::at("2026-09-03T06:00:00Z");
        let item = due(Action::Publish, "2026-09-03T06:00:00Z");
        let found = told(&item, Schedule::At(at), &[]);
        assert_eq!(found, [Hazard::PastDue { minutes: 120 }]);
        let mut item = due(Action::Hold, "2026-09-01T08:00:00Z");
        assert_eq!(
            told(&item, Schedule::At(at), &[]),
            [],
            "held for another reason"
        );
        item.reason.code = "late".to_owned();
        let found = told(&item, Schedule::At(at), &[]);
        assert_eq!(found, [Hazard::Late { minutes: 2880 }]);
        let mut item = samples::item("launch", Action::Publish, PostState::Due);
        item.scheduled_at = None;
        assert_eq!(told(&item, Schedule::OnMerge, &[]), [Hazard::AtOnce]);
    }

    #[test]
    fn another_post_of_the_same_author_is_near_within_half_an_hour() {
        let item = due(Action::Wait, "2026-09-03T12:00:00Z");
        let other = |key: &str, at: &str, place| Slot {
            author: item.author.clone().unwrap(),
            key: PostKey::parse(key).unwrap(),
            at: samples::at(at),
            place,
        };
        let mut stranger = other("stranger", "2026-09-03T12:00:00Z", Place::Here);
        stranger.author = AuthorUrn::parse("urn:li:person:AbC").unwrap();
        let others = [
            other("launch", "2026-09-03T12:00:00Z", Place::PullRequest(3)),
            other("far", "2026-09-03T12:30:00Z", Place::Here),
            other("before", "2026-09-03T11:40:00Z", Place::Live),
            other("after", "2026-09-03T12:10:00Z", Place::PullRequest(7)),
            stranger,
        ];
        let schedule = Schedule::At(samples::at("2026-09-03T12:00:00Z"));
        let near = |minutes, key: &str, place| Hazard::Near {
            minutes,
            key: key.to_owned(),
            place,
        };
        assert_eq!(
            told(&item, schedule, &others),
            [
                near(10, "after", Place::PullRequest(7)),
                near(20, "before", Place::Live)
            ]
        );
    }
}
