//! Moves, updates and deletes.
//!
//! Owns effects that may be repeated: they need no declaration. A move only touches the
//! record; an update or delete that was not recorded is simply done again.

use crate::linkedin::client::Client;
use crate::linkedin::failure::Failure;
use crate::linkedin::token::AccessToken;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::pass::ledger::{Applied, Change};
use crate::pass::outcome::{Problem, failure, token_problem};
use crate::pass::results::Collector;
use crate::pass::see::Seen;
use crate::pass::{Credentials, PassOptions};
use crate::plan::{Action, PlanItem};
use crate::ports::{Clock, World};
use crate::record::{EntryId, Event};
use crate::report::results::Outcome;

pub(super) struct Editor<'p, 'a, W: World> {
    pub(super) world: &'p W,
    pub(super) options: &'p PassOptions,
    pub(super) credentials: &'p Credentials<'p>,
    pub(super) seen: &'p mut Seen<'a, W>,
}

impl<W: World> Editor<'_, '_, W> {
    /// Takes entries along to their new keys, and edits those whose text changed too.
    pub(super) async fn moves(&mut self, items: Vec<PlanItem>, report: &mut Collector) {
        for item in items {
            let Action::Move { from, update } = &item.action else {
                continue;
            };
            let id = EntryId {
                key: from.clone(),
                target: item.target,
            };
            let event = Event::Moved {
                key: item.key.clone(),
                path: item.path.clone(),
            };
            match self.record(Change { id, event }).await {
                Ok(()) if *update => {
                    let done = self.update(&item).await;
                    Self::tell(report, &item, done, Outcome::Moved);
                }
                done => Self::tell(report, &item, done, Outcome::Moved),
            }
        }
    }

    /// Replaces the text of live posts.
    pub(super) async fn updates(&mut self, items: Vec<PlanItem>, report: &mut Collector) {
        for item in items {
            let done = self.update(&item).await;
            Self::tell(report, &item, done, Outcome::Updated);
        }
    }

    /// Deletes live posts whose files are gone.
    pub(super) async fn deletes(&mut self, items: Vec<PlanItem>, report: &mut Collector) {
        for item in items {
            let done = self.delete(&item).await;
            Self::tell(report, &item, done, Outcome::Deleted);
        }
    }

    fn tell(report: &mut Collector, item: &PlanItem, done: Result<(), Problem>, outcome: Outcome) {
        match done {
            Ok(()) => report.success(item, outcome),
            Err(problem) => report.problem(item, problem),
        }
    }

    async fn update(&mut self, item: &PlanItem) -> Result<(), Problem> {
        let (author, urn) = live(item)?;
        let post = self
            .seen
            .post(item)
            .cloned()
            .ok_or_else(Problem::vanished)?;
        let content = post.content();
        let token = self.token(&author)?;
        let client = self.client();
        client
            .update_commentary(&token, &urn, &content.wire, self.world.clock())
            .await
            .map_err(|problem| failure(&problem))?;
        let content_commit = self.seen.content.desired.content_commit.clone();
        let event = Event::Edited {
            content: Box::new(content),
            content_commit,
        };
        self.record(Change {
            id: id(item),
            event,
        })
        .await
    }

    async fn delete(&mut self, item: &PlanItem) -> Result<(), Problem> {
        let (author, urn) = live(item)?;
        let token = self.token(&author)?;
        match self
            .client()
            .delete_post(&token, &urn, self.world.clock())
            .await
        {
            Ok(()) | Err(Failure::NotFound(_)) => {}
            Err(problem) => return Err(failure(&problem)),
        }
        let event = Event::Deleted {
            at: self.world.clock().now(),
        };
        self.record(Change {
            id: id(item),
            event,
        })
        .await
    }

    fn client(&self) -> Client<'_, W::Transport> {
        Client {
            transport: self.world.transport(),
            endpoint: &self.options.endpoint,
            api_version: &self.seen.content.config.api_version,
        }
    }

    fn token(&self, author: &AuthorUrn) -> Result<AccessToken, Problem> {
        (self.credentials)(&self.seen.content.config, author)
            .map_err(|problem| token_problem(&problem))
    }

    async fn record(&mut self, change: Change) -> Result<(), Problem> {
        match self.seen.session.record(&[change]).await {
            Ok(applied) => match applied.first() {
                Some(Applied::Refused(refused)) => Err(Problem::refused(refused)),
                Some(Applied::Recorded) | None => Ok(()),
            },
            Err(error) => Err(Problem::ledger(&error)),
        }
    }
}

fn id(item: &PlanItem) -> EntryId {
    EntryId {
        key: item.key.clone(),
        target: item.target,
    }
}

fn live(item: &PlanItem) -> Result<(AuthorUrn, PostUrn), Problem> {
    match (&item.author, &item.urn) {
        (Some(author), Some(urn)) => Ok((author.clone(), urn.clone())),
        _ => Err(Problem::vanished()),
    }
}
