//! A rehearsal: the whole calendar of a content repository, played in fast-forward.
//!
//! Owns a world in memory (clock, ledger, LinkedIn) in which the passes of
//! [`crate::pass`] run as they would in the weeks to come, and what is told of it. It
//! reads the content and touches nothing. Must not judge a post: the passes do.

mod beginning;
mod chronicle;
mod draws;
mod driver;
mod hazards;
mod person;
mod ports;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod transport;
mod triggers;
mod weather;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;

use crate::desired::Schedule;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::little::LittleText;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::pass::Stop;
use crate::pass::load::Content;
use crate::plan::{Action, Plan, PlanItem, PostState};
use crate::ports::ContentTree;
use crate::record::recorded::Recorded;
use crate::record::{Ledger, Reason, State};
use crate::report::exit::Exit;
use crate::report::next_step::next_step;
use crate::report::plan_human::guard_words;
use crate::report::rehearsal::{Hazard, Open, Rehearsal, Tally, What};
use crate::report::status::Freshness;

pub use ports::Commits;
pub use triggers::{Every, GITHUB_MINUTES};
pub use weather::Weather;

use chronicle::Chronicle;
use driver::Stage;

/// How long the person of a rehearsal takes to look at LinkedIn.
pub const ANSWERS_AFTER: TimeDelta = TimeDelta::hours(1);
/// How long a rehearsal goes on after the last post.
const AFTERWARDS: TimeDelta = TimeDelta::days(1);

/// What is rehearsed, and how.
pub struct Setting {
    /// The content, as read.
    pub content: Arc<Content>,
    /// Where its media are.
    pub tree: Arc<dyn ContentTree>,
    /// Its earlier commits.
    pub commits: Commits,
    /// What is recorded.
    pub recorded: Recorded,
    /// The lockfile's bytes.
    pub lockfile: Option<Bytes>,
    /// How new the record is.
    pub freshness: Freshness,
    /// `MERGECAST_PAUSED` is set.
    pub paused_by_environment: bool,
    /// When it begins.
    pub from: Instant,
    /// When it ends; `None`: a day after the last post.
    pub to: Option<Instant>,
    /// When runs begin.
    pub every: Every,
    /// What goes wrong.
    pub weather: Weather,
    /// How long a person takes to settle an unknown outcome; `None`: nobody does.
    pub answers_after: Option<TimeDelta>,
}

/// Plays the calendar.
///
/// # Errors
/// When the content cannot be read any more.
pub async fn rehearse(setting: &Setting) -> Result<Rehearsal, Stop> {
    let last = last_scheduled(setting);
    let to = setting
        .to
        .unwrap_or(last.unwrap_or(setting.from) + AFTERWARDS);
    let (ledger, not_known) = beginning::ledger(&setting.recorded, &setting.content);
    let before = ledger.clone();
    let mut stage = Stage::new(setting, ledger)?;
    Box::pin(stage.play(to)).await?;
    let plan = stage.plan_at(to).await?;
    let hazards = hazards_of(&stage, not_known, to);
    let tally = tally(&stage, &before, &plan, to);
    let open = plan.items.iter();
    let open: Vec<Open> = open
        .filter_map(|item| open_item(&stage.chronicle, &plan, item, to))
        .collect();
    let exit = open
        .iter()
        .fold(Exit::Done, |exit, open| exit.and(exit_of(open)));
    Ok(Rehearsal {
        from: setting.from,
        to,
        nothing_scheduled: last.is_none(),
        zone: setting.content.config.timezone,
        every: setting.every.word(),
        faults: setting.weather.kinds().collect(),
        seed: setting.weather.seed(),
        answers_after: setting.answers_after,
        freshness: setting.freshness,
        timeline: stage.chronicle.finish(),
        open,
        hazards,
        tally,
        diagnostics: setting.content.desired.diagnostics.clone(),
        exit,
    })
}

/// When the last post is due that is not out, if that lies ahead.
fn last_scheduled(setting: &Setting) -> Option<Instant> {
    let out = |key: &PostKey| {
        let mut entries = setting.recorded.ledger.entries.values();
        entries.any(|entry| {
            entry.key == *key
                && entry.target == Target::Linkedin
                && matches!(entry.state, State::Published | State::Skipped)
        })
    };
    let posts = setting
        .content
        .desired
        .posts
        .iter()
        .filter(|post| !post.draft);
    let times = posts.filter_map(|post| match post.schedule {
        Schedule::At(at) if at > setting.from && !out(&post.key) => Some(at),
        Schedule::At(_) | Schedule::OnMerge | Schedule::Unscheduled => None,
    });
    times.max()
}

fn hazards_of(stage: &Stage<'_>, not_known: Vec<PostKey>, to: Instant) -> Vec<Hazard> {
    let (content, from) = (&stage.setting.content, stage.setting.from);
    let outs = stage.look(|linkedin| hazards::outs(content, linkedin, &keys(stage)));
    let mut found = hazards::too_close(content, &outs, from);
    found.extend(hazards::same_second(content, &outs, (from, to)));
    let authors = beginning::authors(content);
    let requests = stage.traffic.requests();
    found.extend(hazards::many_requests(&content.config, &authors, &requests));
    found.extend(hazards::version_ends(content, (from, to)));
    if !not_known.is_empty() {
        found.push(Hazard::EditNotKnown { posts: not_known });
    }
    found
}

/// The key of every recorded post, by its URN.
fn keys(stage: &Stage<'_>) -> BTreeMap<PostUrn, PostKey> {
    stage.ledger(|ledger| {
        let entries = ledger.entries.values();
        let posts = entries.filter(|entry| entry.target == Target::Linkedin);
        posts
            .filter_map(|entry| Some((entry.urn.clone()?, entry.key.clone())))
            .collect()
    })
}

/// The posts there should be, by author and text as sent.
fn wanted(content: &Content, before: &Ledger) -> BTreeMap<(AuthorUrn, String), BTreeSet<PostKey>> {
    let mut wanted: BTreeMap<_, BTreeSet<PostKey>> = BTreeMap::new();
    let posts = content.desired.posts.iter().map(|post| {
        let wire = LittleText::encode(&post.commentary).as_str().to_owned();
        ((post.author.clone(), wire), post.key.clone())
    });
    let entries = before.entries.values();
    let recorded = entries.filter(|entry| entry.target == Target::Linkedin);
    let recorded = recorded.map(|entry| {
        let text = (entry.content.author.clone(), entry.content.wire.clone());
        (text, entry.key.clone())
    });
    for (text, key) in posts.chain(recorded) {
        wanted.entry(text).or_default().insert(key);
    }
    wanted
}

fn tally(stage: &Stage<'_>, before: &Ledger, plan: &Plan, to: Instant) -> Tally {
    let content = &stage.setting.content;
    let wanted = wanted(content, before);
    let mut tally = Tally {
        unknown: stage.chronicle.unknown(),
        later: plan.items.iter().filter(|item| is_later(item, to)).count(),
        second_posts: stage.look(|linkedin| hazards::second_posts(linkedin, &wanted)),
        requests: stage.requests(),
        runs: stage.runs,
        ..Tally::default()
    };
    stage.chronicle.count(&mut tally);
    tally
}

fn is_later(item: &PlanItem, to: Instant) -> bool {
    item.action == Action::Wait && item.scheduled_at.is_some_and(|at| at > to)
}

/// How a post stands at the end, unless it is out or still has time.
fn open_item(chronicle: &Chronicle, plan: &Plan, item: &PlanItem, to: Instant) -> Option<Open> {
    let refused = !plan.guards.is_empty() && item.action.is_change();
    let what = match (&item.action, item.state) {
        _ if refused => What::Refused,
        (Action::Hold, _) => What::Held,
        (Action::Unknown, _) => What::Unknown,
        (Action::None, PostState::Failed) => What::Failed,
        (Action::None, PostState::Draft) => What::Draft,
        (Action::None, _) => return None,
        (Action::Wait, _) if is_later(item, to) || item.reason.code == "after-post" => return None,
        (Action::Wait, _) if item.target == Target::Comment => What::Held,
        (Action::Wait, _) => return None,
        (
            Action::Publish
            | Action::Update
            | Action::Delete
            | Action::Move { .. }
            | Action::Comment,
            _,
        ) => What::Due,
    };
    let (reason, help) = match plan.guards.first().filter(|_| refused) {
        Some(guard) => {
            let (code, facts, help) = guard_words(guard);
            (Reason::new(code, facts.join("; ")), Some(help))
        }
        None => (item.reason.clone(), next_step(item)),
    };
    Some(Open {
        what,
        subject: chronicle.subject(item),
        reason,
        since: chronicle.since(item),
        help,
    })
}

fn exit_of(open: &Open) -> Exit {
    match open.what {
        // A comment that may be there twice harms nobody.
        What::Unknown if open.subject.target == Target::Comment => Exit::Done,
        What::Unknown => Exit::Unknown,
        What::Refused => Exit::Refused,
        What::Failed if open.reason.code == "rejected" => Exit::Failed,
        What::Failed => Exit::Invalid,
        What::Held | What::Due => Exit::Held,
        What::Draft
        | What::Published
        | What::Commented
        | What::Updated
        | What::Deleted
        | What::Moved
        | What::Resolved
        | What::Skipped => Exit::Done,
    }
}
