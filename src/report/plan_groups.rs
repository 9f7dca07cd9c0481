//! Which posts of a plan are shown together, and how many of each there are.
//!
//! Owns the groups, their order and their headings. Must not decide what happens to a
//! post: it sorts what the plan says by what people ask first.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::diagnostics::count;
use crate::model::Instant;
use crate::plan::{Action, Plan, PlanItem, PostState};

/// What happens to a post, and when, in the order people ask about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanGroup {
    /// The next apply publishes it.
    Publish,
    /// The next apply updates, deletes, moves or comments it.
    Change,
    /// Held, unknown or failed.
    NeedsYou,
    /// Another run is sending it.
    Sending,
    /// Due later on the same day in the author's zone.
    Today,
    /// Due within seven days.
    Week,
    /// Due after that.
    Later,
    /// On LinkedIn, unchanged.
    Published,
    /// Has no time, or says so.
    Draft,
    /// Skipped, deleted, orphaned.
    Nothing,
}

impl PlanGroup {
    /// The group of one post.
    #[must_use]
    pub fn of(item: &PlanItem, now: Instant) -> Self {
        match (&item.action, item.state) {
            (Action::Publish, _) => Self::Publish,
            (Action::Update | Action::Delete | Action::Move { .. } | Action::Comment, _) => {
                Self::Change
            }
            (_, PostState::Publishing) => Self::Sending,
            (Action::Hold | Action::Unknown, _) => Self::NeedsYou,
            (_, PostState::Failed | PostState::Held | PostState::Unknown) => Self::NeedsYou,
            (_, PostState::Draft) => Self::Draft,
            (Action::Wait, _) => Self::waiting(item, now),
            (Action::None, PostState::Published) => Self::Published,
            (
                Action::None,
                PostState::Scheduled
                | PostState::Due
                | PostState::Skipped
                | PostState::Orphaned
                | PostState::Deleted,
            ) => Self::Nothing,
        }
    }

    fn waiting(item: &PlanItem, now: Instant) -> Self {
        let at = item.scheduled_at.unwrap_or(now).max(now);
        let day = |at: Instant| at.with_timezone(&item.zone).date_naive();
        if day(at) == day(now) {
            Self::Today
        } else if at - now <= TimeDelta::days(7) {
            Self::Week
        } else {
            Self::Later
        }
    }

    /// The heading over the group.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Publish => "Publish now",
            Self::Change => "Change now",
            Self::NeedsYou => "Needs you",
            Self::Sending => "Being sent by another run",
            Self::Today => "Later today",
            Self::Week => "In the next 7 days",
            Self::Later => "Later",
            Self::Published => "Published",
            Self::Draft => "Drafts",
            Self::Nothing => "Nothing to do",
        }
    }
}

/// The posts of a plan by group; within a group in the plan's order.
#[must_use]
pub fn groups(plan: &Plan) -> BTreeMap<PlanGroup, Vec<&PlanItem>> {
    let mut groups: BTreeMap<PlanGroup, Vec<&PlanItem>> = BTreeMap::new();
    for item in &plan.items {
        let group = PlanGroup::of(item, plan.now);
        groups.entry(group).or_default().push(item);
    }
    groups
}

/// `2 to publish, 1 to update, 3 need you, 4 waiting, 12 published`; `no posts` when
/// there are none.
#[must_use]
pub fn summary(plan: &Plan) -> String {
    let mut words: BTreeMap<(u8, &str), usize> = BTreeMap::new();
    for item in &plan.items {
        *words.entry(summary_word(item, plan.now)).or_default() += 1;
    }
    let shown: Vec<String> = words
        .into_iter()
        .map(|((_, word), number)| match (word, number) {
            ("needs you", 2..) => format!("{number} need you"),
            ("draft", _) => count(number, word),
            _ => format!("{number} {word}"),
        })
        .collect();
    if shown.is_empty() {
        "no posts".to_owned()
    } else {
        shown.join(", ")
    }
}

fn summary_word(item: &PlanItem, now: Instant) -> (u8, &'static str) {
    match (PlanGroup::of(item, now), &item.action) {
        (PlanGroup::Change, Action::Update) => (1, "to update"),
        (PlanGroup::Change, Action::Delete) => (2, "to delete"),
        (PlanGroup::Change, Action::Comment) => (4, "to comment"),
        (PlanGroup::Change, _) => (3, "to move"),
        (PlanGroup::Publish, _) => (0, "to publish"),
        (PlanGroup::NeedsYou, _) => (5, "needs you"),
        (PlanGroup::Sending, _) => (6, "being sent by another run"),
        (PlanGroup::Today | PlanGroup::Week | PlanGroup::Later, _) => (7, "waiting"),
        (PlanGroup::Published, _) => (8, "published"),
        (PlanGroup::Draft, _) => (9, "draft"),
        (PlanGroup::Nothing, _) => (10, "with nothing to do"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn group(at: &str) -> PlanGroup {
        let mut item = samples::item("a", Action::Wait, PostState::Scheduled);
        item.scheduled_at = Some(samples::at(at));
        PlanGroup::of(&item, samples::now())
    }

    #[test]
    fn days_end_where_the_author_lives() {
        // 23:59 and 00:00 in Berlin.
        assert_eq!(group("2026-09-03T21:59:00Z"), PlanGroup::Today);
        assert_eq!(group("2026-09-03T22:00:00Z"), PlanGroup::Week);
        assert_eq!(group("2026-09-10T08:00:00Z"), PlanGroup::Week);
        assert_eq!(group("2026-09-10T08:00:01Z"), PlanGroup::Later);
    }

    #[test]
    fn a_parked_post_whose_time_has_come_waits_today() {
        assert_eq!(group("2026-09-01T08:00:00Z"), PlanGroup::Today);
    }

    #[test]
    fn what_another_run_sends_needs_nobody() {
        let item = samples::item("a", Action::Hold, PostState::Publishing);
        assert_eq!(PlanGroup::of(&item, samples::now()), PlanGroup::Sending);
        let item = samples::item("a", Action::Hold, PostState::Held);
        assert_eq!(PlanGroup::of(&item, samples::now()), PlanGroup::NeedsYou);
        let item = samples::item("a", Action::None, PostState::Failed);
        assert_eq!(PlanGroup::of(&item, samples::now()), PlanGroup::NeedsYou);
        let item = samples::item("a", Action::None, PostState::Orphaned);
        assert_eq!(PlanGroup::of(&item, samples::now()), PlanGroup::Nothing);
    }

    #[test]
    fn the_summary_speaks_of_one_and_of_many() {
        let kinds = [
            (
                Action::Move {
                    from: samples::published("b").key,
                    update: false,
                },
                PostState::Published,
            ),
            (Action::Delete, PostState::Orphaned),
            (Action::Hold, PostState::Held),
            (Action::None, PostState::Draft),
            (Action::None, PostState::Draft),
        ];
        let item = |(action, state)| samples::item("a", action, state);
        let plan = samples::plan(kinds.map(item).to_vec());
        assert_eq!(
            summary(&plan),
            "1 to delete, 1 to move, 1 needs you, 2 drafts"
        );
        assert_eq!(summary(&samples::plan(Vec::new())), "no posts");
    }
}
