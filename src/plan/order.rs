//! The plan of a whole content repository.
//!
//! Owns pairing documents with entries, the order of the plan, guards, `next_due` and
//! the digest. Must not judge a single post: see [`super::classify`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::classify::{Case, Verdict, classify};
use super::comments::Comments;
use super::copies::Copies;
use super::settled::Settled;
use super::{Action, Guard, Plan, PlanItem, PostState, moves, requests, twins};
use crate::desired::{BlockedDocument, DesiredPost, DesiredState, Schedule};
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::AuthorUrn;
use crate::model::zone::Tz;
use crate::record::recorded::Recorded;
use crate::record::{Entry, EntryId, Reason, State};

/// Everything a plan is made from.
pub struct PlanInput<'a> {
    /// What the content says.
    pub desired: &'a DesiredState,
    /// What is recorded.
    pub recorded: &'a Recorded,
    /// The settings.
    pub config: &'a Config,
    /// The instant it is made for.
    pub now: Instant,
    /// A post whose time comes within this is planned as due: a long-running process has
    /// it ready when its time comes. Zero everywhere else.
    pub ahead: TimeDelta,
    /// `MERGECAST_PAUSED` is set.
    pub paused_by_environment: bool,
    /// Only these posts; empty: all.
    pub only: &'a [PostKey],
    /// Overrides `max_per_run`.
    pub allow_changes: Option<u32>,
    /// The text the document of a key had at a commit; `None`: there was none, or the
    /// commit cannot be read.
    pub text_at_commit: &'a dyn Fn(&str, &PostKey) -> Option<String>,
}

/// Makes the plan.
#[must_use]
pub fn plan(input: &PlanInput<'_>) -> Plan {
    plan_from(input, &mut Settled::default())
}

/// The same plan, made faster from what the one before has settled.
#[must_use]
pub fn plan_from(input: &PlanInput<'_>, settled: &mut Settled) -> Plan {
    settled.begin(input.config);
    let entries = entries_of(input);
    let taken = taken_keys(input);
    let moved = pairs(input, &taken, &entries);
    let mut items = judged(input, &entries, &taken, &moved, settled);
    settled.end(entries.len(), |key| entries.contains_key(key));
    for item in &mut items {
        leave_out(input, item, moved.get(&item.key));
    }
    items.sort_by(|a, b| (time(a), &a.key, &a.path).cmp(&(time(b), &b.key, &b.path)));
    let posts = input.desired.posts.iter();
    let posts: BTreeMap<&PostKey, &DesiredPost> = posts.map(|post| (&post.key, post)).collect();
    twins::hold_later(&mut items, &posts);
    let items = with_comments(input, items, &posts, &moved);
    Plan {
        now: input.now,
        next_due: next_due(input, &items, &entries),
        guards: guards(input, &items),
        requests: requests::by_credential(&items, input.config),
        items,
    }
}

/// The files a plan takes for renamed: new key → the key recorded.
#[must_use]
pub fn renames(input: &PlanInput<'_>) -> BTreeMap<PostKey, PostKey> {
    pairs(input, &taken_keys(input), &entries_of(input))
}

fn pairs(
    input: &PlanInput<'_>,
    taken: &BTreeSet<&PostKey>,
    entries: &BTreeMap<&PostKey, &Entry>,
) -> BTreeMap<PostKey, PostKey> {
    let (posts, lockfile) = (&input.desired.posts, &input.recorded.lockfile);
    moves::find(posts, taken, entries, lockfile, input.text_at_commit)
}

/// Every post with its first comment behind it.
fn with_comments(
    input: &PlanInput<'_>,
    items: Vec<Arc<PlanItem>>,
    posts: &BTreeMap<&PostKey, &DesiredPost>,
    moved: &BTreeMap<PostKey, PostKey>,
) -> Vec<Arc<PlanItem>> {
    let comments = Comments {
        ledger: &input.recorded.ledger,
        moved,
        policy: &input.config.publish,
        paused: paused(input),
        now: input.now,
    };
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let post = posts.get(&item.key).filter(|post| post.path == item.path);
        let comment = post.and_then(|post| comments.item(&item, post));
        let mut comment = comment.map(Arc::new);
        if let Some(comment) = &mut comment {
            leave_out(input, comment, moved.get(&item.key));
        }
        all.push(item);
        all.extend(comment);
    }
    all
}

/// What is recorded, by key.
fn entries_of<'a>(input: &PlanInput<'a>) -> BTreeMap<&'a PostKey, &'a Entry> {
    let recorded = input.recorded.ledger.entries.iter();
    recorded
        .filter(|(id, _)| id.target == Target::Linkedin)
        .map(|(id, entry)| (&id.key, entry))
        .collect()
}

/// The keys that documents have, also those with errors.
fn taken_keys<'a>(input: &PlanInput<'a>) -> BTreeSet<&'a PostKey> {
    let posts = input.desired.posts.iter().map(|post| &post.key);
    let blocked = input.desired.blocked.iter().map(|document| &document.key);
    posts.chain(blocked).collect()
}

/// An item for every post, every record without a document, and every document with
/// errors.
fn judged(
    input: &PlanInput<'_>,
    entries: &BTreeMap<&PostKey, &Entry>,
    taken: &BTreeSet<&PostKey>,
    moved: &BTreeMap<PostKey, PostKey>,
    settled: &mut Settled,
) -> Vec<Arc<PlanItem>> {
    let judge = Judge {
        input,
        unreadable: unreadable(input),
    };
    let copies = Copies::of(entries, &input.desired.posts);
    let mut items = Vec::with_capacity(entries.len() + taken.len());
    for post in &input.desired.posts {
        let from = moved.get(&post.key);
        let entry = entries.get(from.unwrap_or(&post.key)).copied();
        let make = || {
            judge.item(Subject {
                place: (&post.key, &post.path),
                post: Some(post),
                entry,
                from,
                copy: copies.find(post, from),
            })
        };
        items.push(match (entry, from) {
            (Some(entry), None) => known(input, settled, Some(post), entry, make),
            (Some(_), Some(_)) | (None, _) => Arc::new(make()),
        });
    }
    let sources: BTreeSet<&PostKey> = moved.values().collect();
    for entry in entries.values().copied() {
        if taken.contains(&entry.key) || sources.contains(&entry.key) {
            continue;
        }
        let make = || judge.item(Subject::alone(&entry.key, &entry.path, Some(entry)));
        items.push(known(input, settled, None, entry, make));
    }
    let documents = input.desired.blocked.iter();
    let blocked = documents.map(|document| Arc::new(blocked(&judge, document, entries)));
    items.extend(blocked);
    items
}

/// The item of a recorded post that was not renamed, made anew unless it is settled.
fn known(
    input: &PlanInput<'_>,
    settled: &mut Settled,
    post: Option<&DesiredPost>,
    entry: &Entry,
    make: impl FnOnce() -> PlanItem,
) -> Arc<PlanItem> {
    if let Some(item) = settled.find(post, entry) {
        return item;
    }
    let item = Arc::new(make());
    let id = entry.id();
    if let Some(entry) = input.recorded.ledger.entries.shared(&id) {
        settled.keep(post, entry, &item);
    }
    item
}

/// Past and immediate things first, then by time; posts without a time last.
fn time(item: &PlanItem) -> (u8, Option<Instant>) {
    match (item.scheduled_at, &item.action) {
        (Some(at), _) => (0, Some(at)),
        (None, Action::None | Action::Wait) => (1, None),
        (None, _) => (0, None),
    }
}

/// The first document with errors that no record belongs to.
fn unreadable<'a>(input: &PlanInput<'a>) -> Option<&'a ContentPath> {
    let entries = &input.recorded.ledger.entries;
    let mut blocked = input.desired.blocked.iter();
    let found = blocked.find(|document| !entries.has_key(&document.key));
    found.map(|document| &document.path)
}

fn paused(input: &PlanInput<'_>) -> Option<&'static str> {
    match (input.paused_by_environment, input.config.publish.paused) {
        (true, _) => Some("publishing is paused by `MERGECAST_PAUSED`"),
        (false, true) => Some("publishing is paused by `publish.paused` in mergecast.yaml"),
        (false, false) => None,
    }
}

fn zone_of(input: &PlanInput<'_>, post: Option<&DesiredPost>, author: Option<&AuthorUrn>) -> Tz {
    let authors = || author.map(|author| input.config.author_zone(author));
    let zone = post.map(|post| post.zone).or_else(authors);
    zone.unwrap_or(input.config.timezone)
}

pub(super) fn scheduled_at(post: Option<&DesiredPost>, entry: Option<&Entry>) -> Option<Instant> {
    match post.map(|post| post.schedule) {
        Some(Schedule::At(at)) => Some(at),
        Some(Schedule::OnMerge | Schedule::Unscheduled) => None,
        None => entry.and_then(|entry| entry.scheduled_at),
    }
}

/// What items are made from.
struct Judge<'a> {
    input: &'a PlanInput<'a>,
    /// A document with errors that no record belongs to.
    unreadable: Option<&'a ContentPath>,
}

/// What one item is about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    place: (&'a PostKey, &'a ContentPath),
    post: Option<&'a DesiredPost>,
    entry: Option<&'a Entry>,
    /// The key it was recorded under before its file was renamed.
    from: Option<&'a PostKey>,
    copy: Option<&'a Entry>,
}

impl<'a> Subject<'a> {
    /// A record without a readable document.
    fn alone(key: &'a PostKey, path: &'a ContentPath, entry: Option<&'a Entry>) -> Self {
        Self {
            place: (key, path),
            post: None,
            entry,
            from: None,
            copy: None,
        }
    }
}

impl Judge<'_> {
    fn item(&self, subject: Subject<'_>) -> PlanItem {
        let verdict = self.verdict(&subject);
        item(self.input, &subject, verdict)
    }

    fn verdict(&self, subject: &Subject<'_>) -> Verdict {
        let input = self.input;
        classify(&Case {
            post: subject.post,
            entry: subject.entry,
            moved_from: subject.from,
            copy_of: subject.copy,
            unreadable: self.unreadable,
            policy: &input.config.publish,
            paused: paused(input),
            text_known: input.recorded.ledger_known,
            ahead: input.ahead,
            now: input.now,
        })
    }
}

fn item(input: &PlanInput<'_>, subject: &Subject<'_>, verdict: Verdict) -> PlanItem {
    let Subject {
        place: (key, path),
        post,
        entry,
        ..
    } = *subject;
    let Verdict {
        action,
        state,
        reason,
        decisions,
    } = verdict;
    let author = post
        .map(|post| &post.author)
        .or(entry.map(|entry| &entry.content.author))
        .cloned();
    let sends = action.is_limited();
    let live = entry.filter(|entry| entry.state == State::Published);
    let before = (sends && !matches!(action, Action::Publish))
        .then(|| live.map(|entry| entry.content.text.clone()))
        .flatten();
    PlanItem {
        key: key.clone(),
        target: Target::Linkedin,
        path: path.clone(),
        author_name: author
            .as_ref()
            .map(|author| input.config.author_name(author).to_owned())
            .unwrap_or_default(),
        zone: zone_of(input, post, author.as_ref()),
        author,
        scheduled_at: scheduled_at(post, entry),
        text_before: before,
        text_after: post
            .filter(|_| sends || action == Action::Wait)
            .map(|post| post.commentary.to_plain()),
        media: post
            .map(|post| post.media.iter().map(|media| media.path.clone()).collect())
            .unwrap_or_default(),
        requests: requests::estimate(&action, post),
        content: post.map(|post| post.digest.clone()),
        urn: live.and_then(|entry| entry.urn.clone()),
        published_at: live.and_then(|entry| entry.published_at),
        action,
        state,
        reason,
        decisions,
    }
}

fn blocked(
    judge: &Judge<'_>,
    document: &BlockedDocument,
    entries: &BTreeMap<&PostKey, &Entry>,
) -> PlanItem {
    let input = judge.input;
    let entry = entries.get(&document.key).copied();
    let mut item = judge.item(Subject::alone(&document.key, &document.path, entry));
    let (code, message) = &document.problem;
    item.author = document.author.clone().or(item.author);
    if let Some(author) = &item.author {
        item.author_name = input.config.author_name(author).to_owned();
        item.zone = input.config.author_zone(author);
    }
    item.scheduled_at = match document.schedule {
        Some(Schedule::At(at)) => Some(at),
        _ => item.scheduled_at,
    };
    // An open request matters more than the errors of its document.
    if matches!(item.state, PostState::Publishing | PostState::Unknown) {
        return item;
    }
    item.reason = Reason::new(code, message.clone());
    item.state = PostState::Failed;
    item.action = Action::None;
    let so = format!("none: {message}");
    let document = format!("yes, {}, and it has errors", document.path);
    for (question, answer) in [("is there a document for it?", document), ("so?", so)] {
        let mut decisions = item.decisions.iter_mut();
        if let Some(decision) = decisions.find(|decision| decision.question == question) {
            decision.answer = answer;
        }
    }
    item
}

/// With `only`, other posts are left as they are. A renamed post answers to both keys.
fn leave_out(input: &PlanInput<'_>, item: &mut Arc<PlanItem>, from: Option<&PostKey>) {
    let named = |key: &PostKey| input.only.contains(key);
    if input.only.is_empty() || named(&item.key) || from.is_some_and(named) {
        return;
    }
    if item.action.is_change() || item.action == Action::Hold || item.reason.code == "late-skipped"
    {
        let item = Arc::make_mut(item);
        item.action = Action::None;
        item.reason = Reason::new(
            "not-selected",
            "this run was told to look at other posts only",
        );
    }
}

fn next_due(
    input: &PlanInput<'_>,
    items: &[Arc<PlanItem>],
    entries: &BTreeMap<&PostKey, &Entry>,
) -> Option<Instant> {
    let waits = items
        .iter()
        .filter(|item| item.action == Action::Wait)
        .filter_map(|item| item.scheduled_at);
    let entry = |item: &PlanItem| match item.target {
        Target::Linkedin => entries.get(&item.key).copied(),
        Target::Comment => {
            let id = EntryId {
                key: item.key.clone(),
                target: item.target,
            };
            input.recorded.ledger.entries.get(&id)
        }
    };
    let parked = items
        .iter()
        .filter(|item| item.reason.code == "retry-later")
        .filter_map(|item| entry(item)?.not_before);
    waits.chain(parked).filter(|at| *at > input.now).min()
}

fn guards(input: &PlanInput<'_>, items: &[Arc<PlanItem>]) -> Vec<Guard> {
    let mut guards = Vec::new();
    if !input.recorded.freezes.is_empty() {
        let freezes = input.recorded.freezes.clone();
        guards.push(Guard::Frozen { freezes });
    }
    let changes = items.iter().filter(|item| item.action.is_limited()).count();
    let changes = u32::try_from(changes).unwrap_or(u32::MAX);
    let limit = input
        .allow_changes
        .unwrap_or(input.config.publish.max_per_run);
    if changes > limit {
        guards.push(Guard::TooMany { changes, limit });
    }
    guards
}
