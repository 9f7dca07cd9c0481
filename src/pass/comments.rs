//! First comments, once their posts are out.
//!
//! Owns the order: declare, one comment, record. Whatever happens here never touches the
//! post: its entry is another one. Must not send a comment that is not durable as
//! `sending` with our nonce.

use std::time::Duration;

use chrono::TimeDelta;

use crate::linkedin::client::Client;
use crate::linkedin::comment::{Comment, CommentOutcome};
use crate::linkedin::problem::{Kind, Problem as LinkedinProblem};
use crate::linkedin::retry::not_before;
use crate::linkedin::token::AccessToken;
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::pass::diary::Diary;
use crate::pass::given_up::GivenUp;
use crate::pass::ledger::{Applied, Change};
use crate::pass::outcome::{Problem, token_problem};
use crate::pass::prepare::declaration;
use crate::pass::punctual::Punctual;
use crate::pass::results::Collector;
use crate::pass::see::{Freshness, Seen};
use crate::pass::{Credentials, PassOptions};
use crate::plan::{Action, PlanItem};
use crate::ports::{Clock, Entropy, World};
use crate::record::{EntryId, Event, How, Owner, State};
use crate::report::exit::Exit;
use crate::report::results::Outcome;

/// Waits for LinkedIn to know a new post, between tries of one declaration: an answer that
/// it does not know it yet proves that nothing was created.
const EARLY: [i64; 4] = [2, 4, 8, 16];
/// Tries end this long after the declaration began, so that with the request's own limit
/// its owner is done long before anybody calls it silent.
const SEND_WITHIN: Duration = Duration::from_secs(45);
/// A token that may not comment is asked again after a day: permissions change.
const FORBIDDEN_FOR: TimeDelta = TimeDelta::days(1);
/// What passes by itself is tried again after this.
const LATER: TimeDelta = TimeDelta::minutes(2);

/// Writes first comments.
pub(super) struct Commenter<'p, 'a, W: World> {
    pub(super) world: &'p W,
    pub(super) options: &'p PassOptions,
    pub(super) credentials: &'p Credentials<'p>,
    pub(super) seen: &'p mut Seen<'a, W>,
    pub(super) given_up: &'p mut GivenUp,
}

/// One comment that may be sent.
struct Ready {
    item: PlanItem,
    content: PostContent,
    post: PostUrn,
    token: AccessToken,
}

/// Whether a planned item is a comment this pass may write.
pub(super) fn is_wanted(item: &PlanItem) -> bool {
    let follows = item.action == Action::Wait && item.reason.code == "after-post";
    item.target == Target::Comment && (item.action == Action::Comment || follows)
}

impl<W: World> Commenter<'_, '_, W> {
    /// Comments below every post of `items` that is out.
    pub(super) async fn comment(&mut self, items: Vec<PlanItem>, report: &mut Collector) {
        for item in items {
            let Some(post) = self.live(&item) else {
                continue;
            };
            let done = self.one(&item, post).await;
            // What follows a post in the same pass is reported as what it became.
            let item = PlanItem {
                action: Action::Comment,
                ..item
            };
            match done {
                Ok((urn, at)) => report.sent(&item, Some((urn, at)), None),
                Err(problem) => report.problem(&item, problem),
            }
        }
    }

    /// The live post below which the comment goes; `None`: the post did not go out.
    fn live(&self, item: &PlanItem) -> Option<PostUrn> {
        let id = EntryId {
            key: item.key.clone(),
            target: Target::Linkedin,
        };
        let entry = self.seen.session.ledger().entries.get(&id)?;
        let live = entry.state == State::Published && entry.deleted_at.is_none();
        entry.urn.clone().filter(|_| live)
    }

    async fn one(&mut self, item: &PlanItem, post: PostUrn) -> Result<(PostUrn, Instant), Problem> {
        let ready = self.ready(item, post).await?;
        let began = self.world.clock().uptime();
        let owner = Owner {
            runner: self.options.runner.clone(),
            nonce: self.world.entropy().nonce(),
            api_host: self.options.endpoint.stand_in(),
        };
        let diary = Diary::begin(self.world, item, &owner.nonce);
        self.declare(&ready, &owner).await?;
        let outcome = match diary.sending() {
            Ok(()) => self.send(&ready, began).await,
            Err(problem) => CommentOutcome::Later(unnoted(problem)),
        };
        self.record(&ready, &owner, outcome, &diary).await
    }

    async fn ready(&mut self, item: &PlanItem, post: PostUrn) -> Result<Ready, Problem> {
        let desired = self
            .seen
            .post(item)
            .cloned()
            .ok_or_else(Problem::vanished)?;
        let content = desired.comment().ok_or_else(Problem::vanished)?;
        let token = (self.credentials)(self.seen.config(), &desired.author).await;
        let token = token.map_err(|problem| token_problem(&problem))?;
        if let Some(problem) = self.given_up.refuses(&desired.author, &token) {
            return Err(problem);
        }
        match self.seen.still_as_planned(self.world, &desired).await {
            Freshness::AsPlanned => {}
            Freshness::Changed(how) => return Err(Problem::changed(&how)),
            Freshness::Stopped(stop) => return Err(Problem::stopped(&stop)),
        }
        let now = self.seen.post(item).and_then(|post| post.comment());
        if now.as_ref() != Some(&content) {
            return Err(Problem::changed("its first comment was changed"));
        }
        Ok(Ready {
            item: item.clone(),
            content,
            post,
            token,
        })
    }

    async fn declare(&mut self, ready: &Ready, owner: &Owner) -> Result<(), Problem> {
        let post = self.seen.post(&ready.item).cloned();
        let post = post.ok_or_else(Problem::vanished)?;
        let commit = self.seen.content.desired.content_commit.clone();
        let declaration = declaration(&ready.item, &post, ready.content.clone(), commit);
        let event = Event::Declare {
            declaration: Box::new(declaration),
            owner: owner.clone(),
            at: self.world.clock().now(),
            probe: false,
        };
        match self.change(ready, event).await {
            Ok(None) => Ok(()),
            Ok(Some(problem)) | Err(problem) => Err(problem),
        }
    }

    /// Sends, and sends again only what LinkedIn proved not to have taken.
    async fn send(&self, ready: &Ready, began: Duration) -> CommentOutcome {
        let config = self.seen.config();
        let client = Client {
            transport: &Punctual {
                transport: self.world.transport(),
                not_after: began + SEND_WITHIN,
            },
            endpoint: &self.options.endpoint,
            api_version: &config.api_version,
        };
        let comment = Comment {
            actor: &ready.content.author,
            post: &ready.post,
            text: &ready.content.wire,
        };
        let clock = self.world.clock();
        let mut waits = EARLY.into_iter();
        loop {
            let outcome = client.create_comment(&ready.token, comment).await;
            let CommentOutcome::TooEarly(_) = &outcome else {
                return outcome;
            };
            let Some(wait) = waits.next() else {
                return outcome;
            };
            let spent = clock.uptime().saturating_sub(began);
            if spent + Duration::from_secs(wait.unsigned_abs()) > SEND_WITHIN {
                return outcome;
            }
            let standby = &self.seen.standby;
            let until = clock.now() + TimeDelta::seconds(wait);
            standby.sleep(clock, until).await;
            // Another try would be a beginning.
            if standby.stop().is_set() {
                return outcome;
            }
        }
    }

    async fn record(
        &mut self,
        ready: &Ready,
        owner: &Owner,
        outcome: CommentOutcome,
        diary: &Diary<'_, W>,
    ) -> Result<(PostUrn, Instant), Problem> {
        let now = self.world.clock().now();
        let (event, problem) = concluded(&owner.nonce, &ready.post, outcome, now);
        diary.ended(&event);
        // Where this fails the declaration stands and expires: the comment becomes unknown,
        // which is what it then is.
        let recorded = self.change(ready, event).await;
        match (problem, recorded) {
            (Some(problem), _) => Err(problem),
            (None, Ok(_)) => Ok((ready.post.clone(), now)),
            (None, Err(problem)) => Err(problem),
        }
    }

    async fn change(&mut self, ready: &Ready, event: Event) -> Result<Option<Problem>, Problem> {
        let id = EntryId {
            key: ready.item.key.clone(),
            target: Target::Comment,
        };
        let applied = self.seen.session.record(&[Change { id, event }]).await;
        match applied {
            Ok(applied) => Ok(applied.last().and_then(|applied| match applied {
                Applied::Recorded => None,
                Applied::Refused(refused) => Some(Problem::refused(refused)),
            })),
            Err(error) => {
                let problem = Problem::ledger(&error);
                self.given_up.everything(problem.clone());
                Err(problem)
            }
        }
    }
}

/// Nothing was sent, since it could not be written down first.
fn unnoted(problem: String) -> LinkedinProblem {
    LinkedinProblem::new(Kind::Unreachable, "not-sent", problem, Exit::Unreachable)
}

/// What an outcome means for the ledger and the report.
fn concluded(
    nonce: &str,
    post: &PostUrn,
    outcome: CommentOutcome,
    now: Instant,
) -> (Event, Option<Problem>) {
    let nonce = nonce.to_owned();
    let not_created = |problem: LinkedinProblem, until, outcome| {
        let event = Event::NotCreated {
            nonce: nonce.clone(),
            reason: problem.reason(),
            not_before: Some(until),
            uploaded: Vec::new(),
        };
        (event, Some(Problem::linkedin(&problem, outcome)))
    };
    match outcome {
        CommentOutcome::Created(comment_id) => {
            let event = Event::Published {
                nonce: Some(nonce),
                urn: post.clone(),
                at: now,
                how: How::Created,
                comment_id,
            };
            (event, None)
        }
        CommentOutcome::TooEarly(problem) => not_created(problem, now + LATER, Outcome::Held),
        CommentOutcome::Later(problem) => {
            let until = match problem.kind {
                Kind::RateLimit => not_before(now, None),
                _ => now + LATER,
            };
            not_created(problem, until, Outcome::Held)
        }
        CommentOutcome::Denied(problem) => {
            let until = match problem.kind {
                Kind::Auth => now + LATER,
                _ => now + FORBIDDEN_FOR,
            };
            not_created(problem, until, Outcome::Failed)
        }
        CommentOutcome::Config(problem) => not_created(problem, now + LATER, Outcome::Failed),
        CommentOutcome::Rejected(problem) => {
            let reason = problem.reason();
            let failed = Problem::linkedin(&problem, Outcome::Failed);
            (Event::Rejected { nonce, reason }, Some(failed))
        }
        CommentOutcome::Unknown(problem) => {
            let reason = problem.reason();
            let unknown = Problem::linkedin(&problem, Outcome::Unknown);
            (Event::Lost { nonce, reason }, Some(unknown))
        }
    }
}
