//! One reconcile pass: load → plan → apply, over the ports.
//!
//! Owns the order of effects. A pass is straight-line: it may be dropped at any await,
//! which is a crash, and the next pass goes on from what is durable. Must not decide
//! what should happen: [`crate::plan`] does; nor how an entry may change:
//! [`fn@crate::record::step`] does.

pub mod accept;
pub mod adopt;
mod attempt;
pub mod begin;
mod clocks;
mod comments;
mod daily;
mod diary;
pub mod earlier;
mod edits;
mod given_up;
pub mod import;
mod ledger;
pub mod load;
mod lookup;
mod media;
mod outcome;
mod prepare;
mod publish;
mod punctual;
pub mod rebuild;
pub mod refresh;
pub mod relocate;
mod resolve;
mod results;
pub mod runs_on;
mod see;
mod settle;
pub mod shelf;
pub mod standby;
mod wait;

#[cfg(test)]
mod tests;

use std::pin::Pin;

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::linkedin::credentials::CredentialProblem;
use crate::linkedin::endpoint::Endpoint;
use crate::linkedin::problem::Problem;
use crate::linkedin::token::AccessToken;
use crate::model::config::Config;
use crate::model::key::PostKey;
use crate::model::urn::AuthorUrn;
use crate::plan::{Action, Plan, PlanItem};
use crate::ports::{Clock as _, World};
use crate::report::exit::Exit;
use crate::report::results::ApplyReport;

pub(crate) use ledger::situation;
pub use resolve::{Resolved, Settlement, Verdict, resolve, resolve_with};
pub use runs_on::RunsOn;
pub use see::{Seen, Stop, see, see_with, witness};
pub use standby::{Standby, StopSignal};
pub use wait::{Sleeps, reconcile_until};

/// Content older than this is fetched again before anything is declared from it.
const FRESH: Duration = Duration::from_secs(4);

/// Settings of one pass that are not in the content.
#[derive(Clone, Debug)]
pub struct PassOptions {
    /// Only these posts; empty: all.
    pub only: Vec<PostKey>,
    /// Overrides `max_per_run` upwards.
    pub allow_changes: Option<u32>,
    /// `MERGECAST_PAUSED` is set.
    pub paused_by_environment: bool,
    /// GitHub's number for the repository, where known.
    pub repository_id: Option<String>,
    /// Who runs this, for people: host and process, or the workflow run.
    pub runner: String,
    /// Where LinkedIn is.
    pub endpoint: Endpoint,
}

/// How an author's token is found.
pub type Credentials<'a> = dyn Fn(&Config, &AuthorUrn) -> TokenFuture + 'a;

/// A token on its way: it may have to be minted first.
pub type TokenFuture = Pin<Box<dyn Future<Output = Result<AccessToken, Problem>>>>;

/// A token that needs no minting, as a future.
pub fn ready(token: Result<AccessToken, CredentialProblem>) -> TokenFuture {
    Box::pin(std::future::ready(
        token.map_err(|problem| problem.problem()),
    ))
}

/// Runs one pass and tells what became of every post.
pub async fn reconcile<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
) -> ApplyReport {
    let standby = Standby::at_once(StopSignal::never());
    reconcile_with(world, options, credentials, &standby).await
}

/// The same for a process that runs many passes, or may be asked to stop.
pub async fn reconcile_with<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    standby: &Standby,
) -> ApplyReport {
    standby.begin();
    // Reading is no effect: who is asked to stop meanwhile has nothing to end.
    let seen = Box::pin(see::see_with(world, options, standby));
    let seen = standby.stop().or(seen).await;
    let mut seen = match seen.unwrap_or_else(|| Err(outcome::stopped_while_reading())) {
        Ok(seen) => seen,
        Err(stop) => return results::stopped(world, stop),
    };
    let begun = match begin::begin(&mut seen, world).await {
        Ok(told) => told,
        Err(stop) => return results::stopped(world, stop),
    };
    settle::remember(&mut seen, world).await;
    if let Err(error) = settle::expire(&mut seen, world, options).await {
        return results::stopped(world, Stop::from(error));
    }
    clocks::limit_waits(&mut seen, world, &options.endpoint).await;
    let looked_up = lookup::look_up(&mut seen, world, options, credentials);
    let notices = Box::pin(looked_up).await;
    let mut report = performed(world, options, credentials, &mut seen).await;
    report.diagnostics.extend(notices);
    report.diagnostics.extend(begun);
    report
}

/// Plans, and performs the plan unless a guard refuses it.
async fn performed<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    seen: &mut Seen<'_, W>,
) -> ApplyReport {
    let plan = seen.plan_with_history(world, options).await;
    let standby = seen.standby.clone();
    let paused = options.paused_by_environment || seen.config().publish.paused;
    if let Some(shelf) = standby
        .shelf()
        .filter(|_| !paused && plan.guards.is_empty())
    {
        shelf.look_ahead(&plan, seen);
    }
    if let Some(stop) = nobody(&plan, options) {
        return results::stopped(world, stop);
    }
    if plan.guards.is_empty() {
        perform(world, options, credentials, seen, plan).await
    } else {
        results::refused(world, seen, &plan)
    }
}

/// Makes the plan of a pass and performs nothing.
///
/// # Errors
/// When content or record cannot be read.
pub async fn dry_run<'a, W: World>(
    world: &'a W,
    options: &PassOptions,
) -> Result<(Seen<'a, W>, Plan), Stop> {
    let seen = see(world, options).await?;
    let plan = seen.plan_with_history(world, options).await;
    match nobody(&plan, options) {
        Some(stop) => Err(stop),
        None => Ok((seen, plan)),
    }
}

/// A chosen key that no post has is a slip of the pen, and doing nothing about it in
/// silence would look like success.
fn nobody(plan: &Plan, options: &PassOptions) -> Option<Stop> {
    let named = |key: &PostKey| {
        let moved_from =
            |item: &PlanItem| matches!(&item.action, Action::Move { from, .. } if from == key);
        let mut items = plan.items.iter();
        items.any(|item| item.key == *key || moved_from(item))
    };
    let unknown = options.only.iter().filter(|key| !named(key));
    let diagnostics: Vec<Diagnostic> = unknown
        .map(|key| {
            Diagnostic::error(
                "no-such-post",
                format!("`--only {key}`: no post has this key"),
            )
            .note("nothing was published")
            .help("run `mergecast status`: it lists every key")
        })
        .collect();
    let exit = Exit::Usage;
    (!diagnostics.is_empty()).then_some(Stop { diagnostics, exit })
}

async fn perform<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    seen: &mut Seen<'_, W>,
    plan: Plan,
) -> ApplyReport {
    let mut report = results::Collector::default();
    seen.session
        .planned(plan.items.iter().map(|item| &item.key));
    let chosen = |wanted: fn(&Action) -> bool| -> Vec<PlanItem> {
        plan.items
            .iter()
            .filter(|item| wanted(&item.action))
            .map(|item| item.as_ref().clone())
            .collect()
    };
    let moves = chosen(|action| matches!(action, Action::Move { .. }));
    let updates = chosen(|action| matches!(action, Action::Update));
    let deletes = chosen(|action| matches!(action, Action::Delete));
    let publishes = chosen(|action| matches!(action, Action::Publish));
    let standby = seen.standby.clone();
    let mut given_up = given_up::GivenUp::new(standby.stop());
    settle_times(world, options, seen, &plan, &mut given_up, &mut report).await;
    let tools = Tools {
        world,
        options,
        credentials,
    };
    let mut editor = tools.editor(seen, &mut given_up);
    editor.moves(moves, &mut report).await;
    settle::recognise(seen, options, &plan).await;
    // A post whose time is about to come does not wait for edits.
    let hurry = publishes
        .iter()
        .any(|item| item.scheduled_at > Some(plan.now));
    let (first, then) = match hurry {
        true => (publishes, Vec::new()),
        false => (Vec::new(), publishes),
    };
    let day = daily::Day::with(&plan.items, seen.config());
    let mut publisher = tools.publisher(seen, &mut given_up, &mut report);
    publisher.day = day;
    let mut slow = Box::pin(publisher.publish_soon(first)).await;
    let mut editor = tools.editor(seen, &mut given_up);
    editor.updates(updates, &mut report).await;
    editor.deletes(deletes, &mut report).await;
    let day = daily::Day::with(&plan.items, seen.config());
    let mut publisher = tools.publisher(seen, &mut given_up, &mut report);
    publisher.day = day;
    slow.extend(Box::pin(publisher.publish_soon(then)).await);
    if standby.hurries(plan.next_due, world.clock().now()) {
        return report.finish(world, seen, &plan, None);
    }
    let (later, wanted): (Vec<PlanItem>, Vec<PlanItem>) = chosen_comments(&plan)
        .partition(|item| slow.iter().any(|uploaded| uploaded.item.key == item.key));
    let mut commenter = tools.commenter(seen, &mut given_up);
    Box::pin(commenter.comment(wanted, &mut report)).await;
    let mut publisher = tools.publisher(seen, &mut given_up, &mut report);
    Box::pin(publisher.publish_slow(slow)).await;
    let mut commenter = tools.commenter(seen, &mut given_up);
    Box::pin(commenter.comment(later, &mut report)).await;
    let lockfile = settle::write_lockfile(world, seen).await;
    report.finish(world, seen, &plan, lockfile)
}

/// Compares this machine's clock with LinkedIn's where something depends on it, and records
/// the skips that begin and end by it.
async fn settle_times<W: World>(
    world: &W,
    options: &PassOptions,
    seen: &mut Seen<'_, W>,
    plan: &Plan,
    given_up: &mut given_up::GivenUp,
    report: &mut results::Collector,
) {
    let chosen = |wanted: &dyn Fn(&PlanItem) -> bool| -> Vec<PlanItem> {
        let items = plan.items.iter().map(AsRef::as_ref);
        items.filter(|item| wanted(item)).cloned().collect()
    };
    let late = chosen(&settle::is_late_skip);
    let publishes = plan.items.iter().any(|item| item.action == Action::Publish);
    if publishes || !late.is_empty() || clocks::from_future(seen, world) {
        let trust = seen.clock.ask(world, &options.endpoint).await;
        if let clocks::Trust::Wrong(skew) = trust {
            results::hold_due(plan, skew, report);
            given_up.everything(outcome::Problem::clock_wrong(skew));
        }
        settle::skip_late(seen, late, trust, report).await;
    }
    let ledger = seen.session.ledger();
    let reopened = chosen(&|item| settle::is_reopened(item, ledger));
    settle::reopen(seen, reopened, report).await;
}

/// First comments a pass may write.
fn chosen_comments(plan: &Plan) -> impl Iterator<Item = PlanItem> {
    let wanted = plan.items.iter().filter(|item| comments::is_wanted(item));
    wanted.map(|item| item.as_ref().clone())
}

/// What every part of a pass works with.
struct Tools<'p, W: World> {
    world: &'p W,
    options: &'p PassOptions,
    credentials: &'p Credentials<'p>,
}

impl<W: World> Tools<'_, W> {
    fn publisher<'s, 'a>(
        &'s self,
        seen: &'s mut Seen<'a, W>,
        given_up: &'s mut given_up::GivenUp,
        report: &'s mut results::Collector,
    ) -> publish::Publisher<'s, 'a, W> {
        publish::Publisher {
            world: self.world,
            options: self.options,
            credentials: self.credentials,
            seen,
            given_up,
            report,
            day: daily::Day::default(),
            unrecorded: None,
        }
    }

    fn editor<'s, 'a>(
        &'s self,
        seen: &'s mut Seen<'a, W>,
        given_up: &'s mut given_up::GivenUp,
    ) -> edits::Editor<'s, 'a, W> {
        edits::Editor {
            world: self.world,
            options: self.options,
            credentials: self.credentials,
            seen,
            given_up,
        }
    }

    fn commenter<'s, 'a>(
        &'s self,
        seen: &'s mut Seen<'a, W>,
        given_up: &'s mut given_up::GivenUp,
    ) -> comments::Commenter<'s, 'a, W> {
        comments::Commenter {
            world: self.world,
            options: self.options,
            credentials: self.credentials,
            seen,
            given_up,
        }
    }
}
