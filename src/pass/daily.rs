//! The requests LinkedIn allows one credential a day.
//!
//! Owns not beginning a post that the day's calls would not see to its end: its uploads
//! would be spent in vain, and every other call with them. Counts by estimate, since all
//! uploads of a run come before its first post. Must not send: an answer 429 tells of
//! everybody else's calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::desired::DesiredPost;
use crate::linkedin::retry::not_before;
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::content::PostContent;
use crate::pass::ledger::{Change, LedgerSession};
use crate::pass::media::uploaded;
use crate::pass::outcome::Problem;
use crate::pass::prepare::declaration;
use crate::plan::{Action, PlanItem};
use crate::ports::World;
use crate::record::{EntryId, Event, Reason};

/// The calls that what a run has begun will take, by credential.
#[derive(Default)]
pub(super) struct Day {
    begun: BTreeMap<Option<String>, u32>,
}

/// A day's calls that are not enough for one more post.
pub(super) struct Spent {
    begun: u32,
    needed: u32,
    limit: u32,
    /// When LinkedIn counts anew: 00:00 UTC (LinkedIn, "API rate limits").
    until: Instant,
}

impl Day {
    /// Edits, deletions and comments of `items` are made in any case.
    pub(super) fn with(items: &[Arc<PlanItem>], config: &Config) -> Self {
        let mut day = Self::default();
        for item in items.iter().filter(|item| item.action != Action::Publish) {
            day.begin(item, config);
        }
        day
    }

    fn begin(&mut self, item: &PlanItem, config: &Config) {
        if let (Some(author), true) = (&item.author, item.requests > 0) {
            let credential = config.credential_name(author).map(str::to_owned);
            *self.begun.entry(credential).or_default() += item.requests;
        }
    }

    /// Counts `item` among what is begun, or says why not. The first post of a run is
    /// always begun: how many calls are left, its answers tell.
    pub(super) fn admit(
        &mut self,
        item: &PlanItem,
        config: &Config,
        now: Instant,
    ) -> Result<(), Spent> {
        let Some(author) = &item.author else {
            return Ok(());
        };
        let credential = config.credential_name(author).map(str::to_owned);
        let begun = self.begun.get(&credential).copied().unwrap_or(0);
        match config.requests_per_day(author) {
            Some(limit) if begun > 0 && begun.saturating_add(item.requests) > limit => Err(Spent {
                begun,
                needed: item.requests,
                limit,
                until: not_before(now, None),
            }),
            _ => {
                self.begin(item, config);
                Ok(())
            }
        }
    }
}

impl Spent {
    fn words(&self, who: &str) -> String {
        let Self {
            begun,
            needed,
            limit,
            until,
        } = self;
        format!(
            "LinkedIn allows {who} {limit} requests a day; what this run does takes about \
             {begun}, and this post about {needed} more: it waits until {} UTC",
            until.format("%Y-%m-%d %H:%M")
        )
    }

    /// For the report.
    pub(super) fn problem(&self, item: &PlanItem) -> Problem {
        Problem::day_spent(format!("not sent: {}", self.words(&item.author_name)))
    }

    /// Writes down that the post waits, so that no other run begins it today. Failing to
    /// costs only calls.
    pub(super) async fn park<W: World>(
        &self,
        session: &mut LedgerSession<'_, W>,
        item: &PlanItem,
        post: &DesiredPost,
        content_commit: Option<String>,
    ) {
        let content: PostContent = post.content();
        let event = Event::Parked {
            declaration: Box::new(declaration(item, post, content, content_commit)),
            uploaded: uploaded(session.ledger(), post),
            not_before: self.until,
            reason: Reason::new("day-spent", self.words(&item.author_name)),
        };
        let id = EntryId {
            key: item.key.clone(),
            target: item.target,
        };
        let _ = session.record(&[Change { id, event }]).await;
    }
}
