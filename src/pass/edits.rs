//! Moves, updates and deletes.
//!
//! Owns effects that may be repeated: they need no declaration. A move only touches the
//! record; an update or delete that was not recorded is simply done again.

use crate::linkedin::client::Client;
use crate::linkedin::failure::Failure;
use crate::linkedin::token::AccessToken;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::pass::given_up::GivenUp;
use crate::pass::ledger::{Applied, Change};
use crate::pass::outcome::{Problem, failure, token_problem};
use crate::pass::prepare::document_of;
use crate::pass::results::Collector;
use crate::pass::see::{Freshness, Seen};
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
    pub(super) given_up: &'p mut GivenUp,
}

impl<W: World> Editor<'_, '_, W> {
    /// Takes entries along to their new keys, all in one commit, and edits those whose text
    /// changed too.
    pub(super) async fn moves(&mut self, items: Vec<PlanItem>, report: &mut Collector) {
        if items.is_empty() {
            return;
        }
        if let Some(stopping) = self.given_up.stopping() {
            for item in &items {
                report.problem(item, stopping.clone());
            }
            return;
        }
        let changes: Vec<Change> = items.iter().flat_map(|item| self.moved(item)).collect();
        if let Err(problem) = self.record_all(&changes).await {
            for item in &items {
                report.problem(item, problem.clone());
            }
            return;
        }
        for item in items {
            match item.action {
                Action::Move { update: true, .. } => match self.update(&item).await {
                    Ok(()) => report.success(&item, Outcome::Moved),
                    // The record has moved; it is the edit that did not work.
                    Err(problem) => {
                        let mut edit = item.clone();
                        edit.action = Action::Update;
                        report.problem(&edit, problem);
                    }
                },
                _ => report.success(&item, Outcome::Moved),
            }
        }
    }

    /// The move of a post and of its first comment: a comment whose record stayed behind
    /// would be written again under the new key.
    fn moved(&self, item: &PlanItem) -> Vec<Change> {
        let Action::Move { from, .. } = &item.action else {
            return Vec::new();
        };
        let entries = &self.seen.session.ledger().entries;
        let targets = [Target::Comment, Target::Linkedin].into_iter();
        let ids = targets.map(|target| EntryId {
            key: from.clone(),
            target,
        });
        let post = self.seen.post(item);
        let moved = ids.filter_map(|id| {
            let entry = entries.get(&id)?;
            let same = post.filter(|post| {
                let document = entry.document.as_ref();
                let same_file = document.is_some_and(|document| document.digest == post.source);
                id.target == Target::Linkedin && (same_file || post.digest == entry.digest)
            });
            let event = Event::Moved {
                key: item.key.clone(),
                path: item.path.clone(),
                digest: entry.digest.clone(),
                document: same.map(document_of),
            };
            Some(Change { id, event })
        });
        moved.collect()
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
        let token = self.token(&author).await?;
        fresh(self.seen.still_as_planned(self.world, &post).await)?;
        let content = post.content();
        let client = self.client();
        let clock = self.world.clock();
        let updated = client.update_commentary(&token, &urn, &content.wire, clock);
        let updated = updated.await;
        updated.map_err(|met| self.met(&met, &token))?;
        let content_commit = self.seen.content.desired.content_commit.clone();
        let event = Event::Edited {
            content: Box::new(content),
            content_commit,
            document: Some(document_of(&post)),
        };
        self.record(Change {
            id: id(item),
            event,
        })
        .await
    }

    async fn delete(&mut self, item: &PlanItem) -> Result<(), Problem> {
        let (author, urn) = live(item)?;
        let token = self.token(&author).await?;
        fresh(self.seen.still_gone(self.world).await)?;
        let client = self.client();
        let deleted = client.delete_post(&token, &urn, self.world.clock()).await;
        deleted.map_err(|met| self.met(&met, &token))?;
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

    /// The author's token, unless it is known to be refused.
    async fn token(&self, author: &AuthorUrn) -> Result<AccessToken, Problem> {
        let token = (self.credentials)(&self.seen.content.config, author).await;
        let token = token.map_err(|problem| token_problem(&problem))?;
        match self.given_up.refuses(author, &token) {
            Some(problem) => Err(problem),
            None => Ok(token),
        }
    }

    fn met(&mut self, met: &Failure, token: &AccessToken) -> Problem {
        self.given_up.after_call(met, token);
        failure(met)
    }

    async fn record(&mut self, change: Change) -> Result<(), Problem> {
        self.record_all(&[change]).await
    }

    /// Records `changes`; the last one is what the action is about.
    async fn record_all(&mut self, changes: &[Change]) -> Result<(), Problem> {
        match self.seen.session.record(changes).await {
            Ok(applied) => match applied.last() {
                Some(Applied::Refused(refused)) => Err(Problem::refused(refused)),
                Some(Applied::Recorded) | None => Ok(()),
            },
            Err(error) => Err(Problem::ledger(&error)),
        }
    }
}

fn fresh(freshness: Freshness) -> Result<(), Problem> {
    match freshness {
        Freshness::AsPlanned => Ok(()),
        Freshness::Changed(how) => Err(Problem::changed(&how)),
        Freshness::Stopped(stop) => Err(Problem::stopped(&stop)),
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
