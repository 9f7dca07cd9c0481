//! Where a post stands in a plan.
//!
//! Owns the order: past and immediate things first, then by time; posts without a time last.

use std::cmp::Ordering;

use super::{Action, PlanItem};
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::record::Entry;

/// The place of a post that is not copied for it.
type Seen<'a> = ((u8, Option<Instant>), &'a PostKey, &'a ContentPath);

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    time: (u8, Option<Instant>),
    key: PostKey,
    path: ContentPath,
}

impl Place {
    /// Of a recorded post without a document, about which nothing is to be done.
    pub(super) fn alone(entry: &Entry) -> Self {
        Self {
            time: time(entry.scheduled_at, &Action::None),
            key: entry.key.clone(),
            path: entry.path.clone(),
        }
    }

    /// Whether it comes before `item`.
    pub(super) fn is_before(&self, item: &PlanItem) -> bool {
        (self.time, &self.key, &self.path) < seen(item)
    }
}

fn time(at: Option<Instant>, action: &Action) -> (u8, Option<Instant>) {
    match (at, action) {
        (Some(at), _) => (0, Some(at)),
        (None, Action::None | Action::Wait) => (1, None),
        (None, _) => (0, None),
    }
}

fn seen(item: &PlanItem) -> Seen<'_> {
    (time(item.scheduled_at, &item.action), &item.key, &item.path)
}

/// The order of two posts in a plan.
pub(super) fn order(one: &PlanItem, other: &PlanItem) -> Ordering {
    seen(one).cmp(&seen(other))
}
