//! Collecting what became of every post of a plan.
//!
//! Owns turning plan and problems into an [`ApplyReport`]; posts that no action touched
//! get the result their plan item already implies. Must not perform anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::diagnostic::{self, Diagnostic};
use crate::model::Instant;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::pass::clocks;
use crate::pass::ledger::Applied;
use crate::pass::outcome::Problem;
use crate::pass::see::{Seen, Stop};
use crate::plan::{Action, Guard, Plan, PlanItem, PostState, two_posts_words};
use crate::ports::{Clock, Journal as _, LedgerError, LockfileWritten, Transport as _, World};
use crate::record::step::SENDING_EXPIRES;
use crate::record::{Entry, EntryId, Event, State};
use crate::report::exit::Exit;
use crate::report::next_step::{command, comment_help, next_step, resolve_help, two_posts_help};
use crate::report::plan_human::guard_words;
use crate::report::results::{ApplyReport, Outcome, PostResult, ResultError};

/// Results so far, by entry.
#[derive(Default)]
pub(super) struct Collector {
    done: BTreeMap<EntryId, PostResult>,
    diagnostics: Vec<Diagnostic>,
}

fn id(item: &PlanItem) -> EntryId {
    EntryId {
        key: item.key.clone(),
        target: item.target,
    }
}

/// Nothing goes out by a clock that LinkedIn contradicts: neither what is due by it, nor
/// what waits by it and is due by LinkedIn's.
pub(super) fn hold_due(plan: &Plan, skew: TimeDelta, report: &mut Collector) {
    let time = plan.now.checked_add_signed(skew).unwrap_or(plan.now);
    let due = |item: &&Arc<PlanItem>| match item.action {
        Action::Publish => true,
        Action::Wait => item.scheduled_at.is_some_and(|at| at <= time),
        _ => false,
    };
    for item in plan.items.iter().filter(due) {
        report.problem(item, Problem::clock_wrong(skew));
    }
}

impl Collector {
    /// An action that did not work, or was not tried.
    pub(super) fn problem(&mut self, item: &PlanItem, problem: Problem) {
        let (outcome, exit) = ended(item, &problem);
        let result = PostResult {
            item: Arc::new(item.clone()),
            outcome,
            error: Some(problem.into_error()),
            exit,
            again: None,
        };
        self.done.insert(id(item), result);
    }

    /// A create request that was answered, or not.
    pub(super) fn sent(
        &mut self,
        item: &PlanItem,
        published: Option<(PostUrn, Instant)>,
        problem: Option<Problem>,
    ) {
        let (outcome, exit) = match &problem {
            Some(problem) => ended(item, problem),
            None if item.target == Target::Comment => (Outcome::Commented, Exit::Done),
            None => (Outcome::Published, Exit::Done),
        };
        let mut item = item.clone();
        if let Some((urn, at)) = published {
            item.urn = Some(urn);
            item.published_at = Some(at);
            item.state = PostState::Published;
        }
        let error = problem.map(Problem::into_error);
        self.done.insert(
            id(&item),
            PostResult {
                item: Arc::new(item),
                outcome,
                error,
                exit,
                again: None,
            },
        );
    }

    /// An action that worked.
    pub(super) fn success(&mut self, item: &PlanItem, outcome: Outcome) {
        // A rename settles nothing: an unknown post stays unknown under its new key.
        let exit = match item.state {
            PostState::Unknown => Exit::Unknown,
            _ => Exit::Done,
        };
        let result = PostResult {
            item: Arc::new(item.clone()),
            outcome,
            error: None,
            exit,
            again: None,
        };
        self.done.insert(id(item), result);
    }

    /// A result that could not be written down. The URN, if there is one, is in the
    /// message: this output is then its only witness.
    pub(super) fn not_recorded(
        &mut self,
        item: &PlanItem,
        event: &Event,
        entry: Option<&Entry>,
        error: &LedgerError,
    ) {
        let published = match event {
            Event::Published { urn, .. } => Some(urn),
            _ => None,
        };
        let diagnostic = Diagnostic::error(
            "result-not-recorded",
            match published {
                Some(urn) => format!(
                    "`{}` is published as {urn}, and that could not be recorded",
                    item.key
                ),
                None => format!("what became of `{}` could not be recorded", item.key),
            },
        )
        .note(error.to_string());
        let diagnostic = match published {
            Some(urn) => {
                let options = format!(" --published {urn}");
                let command = command("resolve", &item.key, &options);
                // While it is declared, nobody but its owner may say what became of it.
                let declared = entry.filter(|entry| entry.state == State::Sending);
                let from = declared.and_then(|entry| entry.declared_at);
                diagnostic.help(match from.map(|at| at + SENDING_EXPIRES) {
                    Some(from) => format!(
                        "from {} on, when its declaration is 4 minutes old, run\n  {command}",
                        from.format("%Y-%m-%d %H:%M:%S UTC")
                    ),
                    None => format!("run\n  {command}"),
                })
            }
            None => {
                diagnostic.help("the next run asks again once its declaration is 4 minutes old")
            }
        };
        self.diagnostics.push(diagnostic);
        if let Some(result) = self.done.get_mut(&id(item)) {
            result.exit = result.exit.and(Exit::Unknown);
        }
    }

    /// A post that is out, and of which the ledger does not take the record: somebody
    /// pushed an older ledger, without the declaration it belongs to.
    pub(super) fn not_taken(&mut self, item: &PlanItem, event: &Event, applied: Option<&Applied>) {
        if let (Event::Published { .. }, Some(Applied::Refused(refused))) = (event, applied) {
            let error = LedgerError::Other(refused.to_string());
            self.not_recorded(item, event, None, &error);
        }
    }

    /// What became of an item, where something did. A pass does a few things, beside a record
    /// of thousands.
    fn take(&mut self, item: &PlanItem) -> Option<PostResult> {
        let mut done = self.done.keys();
        let id = done.find(|id| id.target == item.target && id.key == item.key)?;
        let id = id.clone();
        self.done.remove(&id)
    }

    /// The report of the whole pass.
    pub(super) fn finish<W: World>(
        mut self,
        world: &W,
        seen: &Seen<'_, W>,
        plan: &Plan,
        lockfile: Option<LockfileWritten>,
    ) -> ApplyReport {
        self.diagnostics
            .extend(seen.content.desired.diagnostics.iter().cloned());
        self.diagnostics.extend(seen.recorded.diagnostics());
        self.diagnostics.extend(plan.diagnostics());
        self.diagnostics
            .extend(lockfile.and_then(lockfile_diagnostic));
        self.diagnostics.extend(clocks::warning(world));
        self.diagnostics.extend(clocks::ahead(world, seen));
        self.diagnostics.extend(journal_trouble(world));
        diagnostic::sort(&mut self.diagnostics);
        let now = world.clock().now();
        let mut results = Vec::with_capacity(plan.items.len());
        for item in one_a_key(plan, seen) {
            let done = self.take(item).map(|done| with_all_urns(done, seen));
            let mut result = done.unwrap_or_else(|| untouched(item));
            result.again = parked_until(&result, seen, now);
            results.push(result);
        }
        let parked = results.iter().filter_map(|result| result.again);
        let next_due = parked.chain(plan.next_due).min();
        let exit = results
            .iter()
            .fold(Exit::Done, |exit, result| exit.and(result.exit));
        let exit = if self
            .diagnostics
            .iter()
            .any(|d| d.code == "result-not-recorded")
        {
            exit.and(Exit::Unknown)
        } else {
            exit
        };
        ApplyReport {
            sandbox: false,
            now,
            requests: world.transport().sent(),
            results,
            next_due,
            diagnostics: self.diagnostics,
            exit,
        }
    }
}

/// What became of a post, where it turned out to be on LinkedIn twice: a run recorded one
/// while this one made another.
fn with_all_urns<W: World>(done: PostResult, seen: &Seen<'_, W>) -> PostResult {
    let entry = seen.session.ledger().entries.get(&id(&done.item));
    let Some(entry) = entry.filter(|entry| entry.has_two_posts()) else {
        return done;
    };
    let mut item = PlanItem::clone(&done.item);
    item.urn.clone_from(&entry.urn);
    item.also.clone_from(&entry.also);
    let error = ResultError {
        kind: "unknown",
        code: "two-posts".to_owned(),
        message: two_posts_words(entry),
        help: Some(two_posts_help(&item)),
    };
    PostResult {
        item: Arc::new(item),
        outcome: Outcome::Unknown,
        error: Some(error),
        exit: done.exit.and(Exit::Unknown),
        again: None,
    }
}

/// The items of a plan; of documents that share a key, which all have errors, the last one
/// in the place of the first.
fn one_a_key<'p, W: World>(plan: &'p Plan, seen: &Seen<'_, W>) -> Vec<&'p Arc<PlanItem>> {
    if seen.content.desired.blocked.is_empty() {
        return plan.items.iter().collect();
    }
    let named = |item: &'p Arc<PlanItem>| ((&item.key, item.target), item);
    let mut last: BTreeMap<_, _> = plan.items.iter().map(named).collect();
    let items = plan.items.iter();
    items
        .filter_map(|item| last.remove(&(&item.key, item.target)))
        .collect()
}

/// Until when a post waits that this pass or an earlier one could not send.
fn parked_until<W: World>(
    result: &PostResult,
    seen: &Seen<'_, W>,
    now: Instant,
) -> Option<Instant> {
    let item = &result.item;
    if !item.action.is_change() && item.reason.code != "retry-later" {
        return None;
    }
    let entry = seen.session.ledger().entries.get(&id(item))?;
    let parked = entry.state == State::Retryable;
    seen.recorded().waits(entry, now).filter(|_| parked)
}

/// How a post ended that met a problem. A probe that learned nothing leaves its post
/// unknown, whatever it met.
fn ended(item: &PlanItem, problem: &Problem) -> (Outcome, Exit) {
    match (item.state, problem.exit) {
        (PostState::Unknown, exit) if exit != Exit::Done => (Outcome::Unknown, Exit::Unknown),
        (_, exit) => (problem.outcome, exit),
    }
}

/// The result of a post nothing was done about.
fn untouched(item: &Arc<PlanItem>) -> PostResult {
    let error = |kind: &'static str, help: Option<String>| {
        Some(ResultError {
            kind,
            code: item.reason.code.clone(),
            message: item.reason.message.clone(),
            help,
        })
    };
    let (outcome, exit, error) = match (&item.action, item.state) {
        // A comment that may be there twice harms nobody: it is told, and stops nothing.
        (Action::Unknown, _) if item.target == Target::Comment => (
            Outcome::Unknown,
            Exit::Done,
            error("unknown", Some(comment_help(&item.key))),
        ),
        (Action::Unknown, _) if !item.also.is_empty() => (
            Outcome::Unknown,
            Exit::Unknown,
            error("unknown", Some(two_posts_help(item))),
        ),
        (Action::Unknown, _) => (
            Outcome::Unknown,
            Exit::Unknown,
            error("unknown", Some(resolve_help(&item.key))),
        ),
        (Action::Hold, _) => (Outcome::Held, Exit::Held, error("held", None)),
        (Action::None, PostState::Failed) if item.reason.code == "rejected" => {
            let options = match item.target {
                Target::Linkedin => " --skip",
                Target::Comment => " --comment --skip",
            };
            let skip = command("resolve", &item.key, options);
            let help = format!("change the post, or give it up\n  {skip}");
            (Outcome::Failed, Exit::Failed, error("rejected", Some(help)))
        }
        (Action::None, PostState::Failed) => {
            let of_this = (item.other.is_some()).then(|| next_step(item)).flatten();
            let help = of_this.unwrap_or_else(|| "run `mergecast check`".to_owned());
            (Outcome::Failed, Exit::Invalid, error("content", Some(help)))
        }
        _ => (Outcome::None, Exit::Done, None),
    };
    PostResult {
        item: Arc::clone(item),
        outcome,
        error,
        exit,
        again: None,
    }
}

/// A journal that did not work costs answers that a person has to give.
fn journal_trouble<W: World>(world: &W) -> Option<Diagnostic> {
    let problem = world.journal().trouble()?;
    let diagnostic = Diagnostic::warning("journal-busy", "this run went on without its journal");
    Some(
        diagnostic
            .note(problem)
            .note("a run that dies without it leaves a post whose outcome a person must find out")
            .help("end the process that holds `mergecast/journal.lock` in the git folder, or repair what the note names there"),
    )
}

pub(super) fn lockfile_diagnostic(written: LockfileWritten) -> Option<Diagnostic> {
    let late = "the posts are recorded in the ledger; the lockfile is the second witness and is missing until it can be written";
    match written {
        LockfileWritten::Unchanged | LockfileWritten::Pushed | LockfileWritten::File => None,
        LockfileWritten::Protected { problem } => Some(
            Diagnostic::warning("lockfile-protected", "the published branch does not take the lockfile from this run")
                .note(late)
                .note(problem)
                .help("let this run push `mergecast.lock` past the branch's protection, or merge it by hand"),
        ),
        LockfileWritten::Failed { problem } => Some(
            Diagnostic::warning("lockfile-not-written", "the lockfile could not be written")
                .note(late)
                .note(problem)
                .help("nothing to do: the next run tries again"),
        ),
    }
}

/// The report of a pass that ended before it planned.
pub(super) fn stopped<W: World>(world: &W, stop: Stop) -> ApplyReport {
    ApplyReport {
        sandbox: false,
        now: world.clock().now(),
        requests: None,
        results: Vec::new(),
        next_due: None,
        diagnostics: stop.diagnostics,
        exit: stop.exit,
    }
}

/// The report of a plan that a guard refused: nothing was performed.
pub(super) fn refused<W: World>(world: &W, seen: &Seen<'_, W>, plan: &Plan) -> ApplyReport {
    let mut diagnostics: Vec<Diagnostic> = plan.guards.iter().map(guard_diagnostic).collect();
    diagnostics.extend(seen.content.desired.diagnostics.iter().cloned());
    diagnostics.extend(seen.recorded.diagnostics());
    diagnostics.extend(plan.diagnostics());
    let held = |item: &Arc<PlanItem>| {
        let mut result = untouched(item);
        if item.action.is_change() {
            result.outcome = Outcome::Held;
            result.exit = Exit::Refused;
            result.error = Some(ResultError {
                kind: "guard",
                code: "guard-refused".to_owned(),
                message: "a guard refused the whole apply; nothing was sent".to_owned(),
                help: None,
            });
        }
        result
    };
    let results: Vec<PostResult> = plan.items.iter().map(held).collect();
    let exit = results
        .iter()
        .fold(Exit::Refused, |exit, result| exit.and(result.exit));
    ApplyReport {
        sandbox: false,
        now: world.clock().now(),
        requests: None,
        results,
        next_due: plan.next_due,
        diagnostics,
        exit,
    }
}

/// A guard as a problem, in the words every view has for it.
fn guard_diagnostic(guard: &Guard) -> Diagnostic {
    let (code, facts, help) = guard_words(guard);
    let mut diagnostic = Diagnostic::error(code, "the whole apply is refused").help(help);
    for fact in facts {
        diagnostic = diagnostic.note(fact);
    }
    diagnostic.note("nothing was published, and the ledger is unchanged")
}
