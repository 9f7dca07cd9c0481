//! How many calls a day: by member and by app.
//!
//! Owns the counters, which start again at 00:00 UTC. Must not know what was called:
//! uploads and status polls count too.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, http_date};
use super::gate::Caller;
use super::settings::{RetryAfter, Settings};
use crate::model::Instant;
use crate::model::urn::AuthorUrn;

/// What was used up on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quota {
    day: Option<NaiveDate>,
    apps: BTreeMap<String, u32>,
    /// By app, a space, and member.
    members: BTreeMap<String, u32>,
    /// Posts by members whose identity is not verified.
    unverified_posts: BTreeMap<AuthorUrn, u32>,
}

impl Quota {
    /// Counts one call, or refuses it.
    pub(super) fn spend(
        &mut self,
        caller: &Caller,
        settings: &Settings,
        now: Instant,
    ) -> Result<(), Answer> {
        self.turn(now);
        let (by_member, by_app) = caller.tier.quotas();
        let member = format!("{} {}", caller.client_id, caller.member);
        let app = self.apps.entry(caller.client_id.clone()).or_default();
        let member = self.members.entry(member).or_default();
        let full = |used: u32, limit: Option<u32>| limit.is_some_and(|limit| used >= limit);
        if full(*app, settings.quota_app.or(by_app))
            || full(*member, settings.quota_member.or(by_member))
        {
            let answer = Answer::numbered(
                429,
                101,
                "TOO_MANY_REQUESTS",
                "Resource level throttle limit for calls to this resource is reached.",
            );
            return Err(retry_after(answer, settings, now));
        }
        *app += 1;
        *member += 1;
        Ok(())
    }

    /// Refuses a post by an unverified member who has no more for today.
    pub(super) fn check_unverified(
        &mut self,
        author: &AuthorUrn,
        settings: &Settings,
        now: Instant,
    ) -> Result<(), Answer> {
        self.turn(now);
        let used = self.unverified_posts.get(author).copied().unwrap_or(0);
        match settings.unverified_limit {
            Some(limit) if used >= limit => Err(retry_after(
                Answer::refuse(
                    429,
                    "TOO_MANY_REQUESTS",
                    "The share limit has been reached for unverified members",
                ),
                settings,
                now,
            )),
            _ => Ok(()),
        }
    }

    /// Counts a post by an unverified member.
    pub(super) fn count_unverified(&mut self, author: &AuthorUrn) {
        *self.unverified_posts.entry(author.clone()).or_default() += 1;
    }

    fn turn(&mut self, now: Instant) {
        let day = Some(now.date_naive());
        if self.day != day {
            *self = Self {
                day,
                ..Self::default()
            };
        }
    }
}

fn retry_after(answer: Answer, settings: &Settings, now: Instant) -> Answer {
    match settings.retry_after_header {
        RetryAfter::Absent => answer,
        RetryAfter::Seconds(seconds) => answer.with("retry-after", seconds.to_string()),
        RetryAfter::HttpDate(seconds) => {
            let at = now + chrono::Duration::seconds(i64::from(seconds));
            answer.with("retry-after", http_date(at))
        }
    }
}
