//! What happens to a post if the pull request is merged, in words.
//!
//! Owns the sentences. Their literals stand in backticks; whoever shows them escapes the
//! rest.

use chrono::TimeDelta;

use super::{Change, Effect, Hazard, Place, Refusal, Review, ReviewedPost, When};
use crate::model::Instant;
use crate::model::zone::Tz;
use crate::plan::Guard;
use crate::report::diagnostics::count;
use crate::report::plan_human::guard_words;
use crate::report::times;

/// `3 posts change`.
pub(super) fn headline(review: &Review) -> String {
    match (review.posts.len(), review.base_known) {
        (0, _) => "no post changes".to_owned(),
        (1, true) => "1 post changes".to_owned(),
        (posts, true) => format!("{posts} posts change"),
        (posts, false) => format!("{}; the base could not be read", count(posts, "post")),
    }
}

/// One word for what happens to the file.
pub(super) fn change(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Edited => "edited",
        Change::Renamed => "renamed",
        Change::Deleted => "deleted",
        Change::Broken => "has errors",
    }
}

/// When a post goes out, three ways.
pub(super) fn when(at: When, zone: &str, now: Instant) -> String {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    match at {
        When::At(at) => times::three_ways(at, zone, now),
        When::Published(at) => format!("published {}", times::three_ways(at, zone, now)),
        When::OnMerge => "on merge".to_owned(),
        When::Never => "no time".to_owned(),
    }
}

/// What merging now does.
pub(super) fn effect(post: &ReviewedPost) -> String {
    let because = |words: &str| format!("{words}: {}", post.cause.message);
    match post.effect {
        Effect::Publish => match post.when {
            When::OnMerge => "goes out at once, with the next run".to_owned(),
            _ => "goes out with the next run".to_owned(),
        },
        Effect::Wait => match post.cause.code.as_str() {
            "not-due" => "goes out at its time".to_owned(),
            _ => post.cause.message.clone(),
        },
        Effect::Update => "will edit the live post".to_owned(),
        Effect::Move => {
            "the live post stays as it is; its record goes on under the new name".to_owned()
        }
        Effect::MoveAndUpdate => {
            "will edit the live post; its record goes on under the new name".to_owned()
        }
        Effect::Delete => because("will delete the live post"),
        Effect::Hold => match post.live {
            Some(_) => format!("{}: held", post.cause.message),
            None => because("held"),
        },
        Effect::Unknown => because("nothing is sent"),
        Effect::Never => match post.when {
            When::Never => "will not go out: it has no `scheduled_at`".to_owned(),
            _ => "will not go out: it is marked as a draft".to_owned(),
        },
        Effect::Broken => because("cannot go out"),
        Effect::Gone => "will not go out: its file is gone".to_owned(),
        Effect::Nothing => because("nothing"),
    }
}

/// One thing to mind.
pub(super) fn hazard(hazard: &Hazard) -> String {
    let length = |minutes: i64| {
        let length = TimeDelta::try_minutes(minutes.saturating_abs());
        times::duration(length.unwrap_or(TimeDelta::MAX))
    };
    match hazard {
        Hazard::PastDue { minutes } => format!(
            "{} past due: merging publishes it within the next run",
            length(*minutes)
        ),
        Hazard::Late { minutes } => {
            format!("{} past due: it will be held as late", length(*minutes))
        }
        Hazard::AtOnce => "`on-merge`: merging publishes it at once".to_owned(),
        Hazard::Near {
            minutes,
            key,
            place,
        } => {
            let apart = match minutes {
                0 => "at the time of".to_owned(),
                minutes => format!("{} from", length(*minutes)),
            };
            let place = match place {
                Place::Here => String::new(),
                Place::Base => ", on the base branch".to_owned(),
                Place::Live => ", which is published".to_owned(),
                Place::PullRequest(number) => format!(", in the open pull request {number}"),
            };
            format!("{apart} another post of the same author: `{key}`{place}")
        }
    }
}

/// Code, facts and next step of a refusal, in the words every view has.
pub(super) fn refusal(refusal: &Refusal) -> (&'static str, Vec<String>, String) {
    match refusal {
        Refusal::TooMany { changes, limit } => guard_words(&Guard::TooMany {
            changes: *changes,
            limit: *limit,
        }),
        Refusal::Frozen { reasons, help } => ("frozen", reasons.clone(), help.clone()),
    }
}
