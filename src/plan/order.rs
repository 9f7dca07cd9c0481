//! The plan of a whole content repository.
//!
//! Owns pairing documents with entries, the order of the plan, guards, `next_due` and
//! the digest. Must not judge a single post: see [`super::classify`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::classify::{Case, Verdict, classify};
use super::comments::Comments;
use super::copies::Copies;
use super::{Action, Guard, Plan, PlanItem, PostState, moves, requests, twins};
use crate::desired::{BlockedDocument, DesiredPost, DesiredState, Schedule};
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::digest::{Digest, DigestBuilder};
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
    let entries = entries_of(input);
    let taken = taken_keys(input);
    let moved = pairs(input, &taken, &entries);
    let mut items = judged(input, &entries, &taken, &moved);
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
        digest: digest(&items, &posts),
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
    taken: &BTreeSet<PostKey>,
    entries: &BTreeMap<PostKey, &Entry>,
) -> BTreeMap<PostKey, PostKey> {
    let (posts, lockfile) = (&input.desired.posts, &input.recorded.lockfile);
    moves::find(posts, taken, entries, lockfile, input.text_at_commit)
}

/// Every post with its first comment behind it.
fn with_comments(
    input: &PlanInput<'_>,
    items: Vec<PlanItem>,
    posts: &BTreeMap<&PostKey, &DesiredPost>,
    moved: &BTreeMap<PostKey, PostKey>,
) -> Vec<PlanItem> {
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
        let mut comment = post.and_then(|post| comments.item(&item, post));
        if let Some(comment) = &mut comment {
            leave_out(input, comment, moved.get(&item.key));
        }
        all.push(item);
        all.extend(comment);
    }
    all
}

/// What is recorded, by key.
fn entries_of<'a>(input: &PlanInput<'a>) -> BTreeMap<PostKey, &'a Entry> {
    let recorded = input.recorded.ledger.entries.iter();
    recorded
        .filter(|(id, _)| id.target == Target::Linkedin)
        .map(|(id, entry)| (id.key.clone(), entry))
        .collect()
}

/// The keys that documents have, also those with errors.
fn taken_keys(input: &PlanInput<'_>) -> BTreeSet<PostKey> {
    let posts = input.desired.posts.iter().map(|post| &post.key);
    let blocked = input.desired.blocked.iter().map(|document| &document.key);
    posts.chain(blocked).cloned().collect()
}

/// An item for every post, every record without a document, and every document with
/// errors.
fn judged(
    input: &PlanInput<'_>,
    entries: &BTreeMap<PostKey, &Entry>,
    taken: &BTreeSet<PostKey>,
    moved: &BTreeMap<PostKey, PostKey>,
) -> Vec<PlanItem> {
    let copies = Copies::of(entries);
    let post = |post: &DesiredPost| {
        let from = moved.get(&post.key);
        let entry = entries.get(from.unwrap_or(&post.key)).copied();
        let copy = copies.find(post, from);
        let place = (&post.key, &post.path);
        item(input, place, Some(post), entry, from, copy)
    };
    let sources: BTreeSet<&PostKey> = moved.values().collect();
    let alone = |entry: &&&Entry| !taken.contains(&entry.key) && !sources.contains(&entry.key);
    let orphan = |entry: &&Entry| {
        let place = (&entry.key, &entry.path);
        item(input, place, None, Some(entry), None, None)
    };
    let posts = input.desired.posts.iter().map(post);
    let orphans = entries.values().filter(alone).map(orphan);
    let documents = input.desired.blocked.iter();
    let blocked = documents.map(|document| blocked(input, document, entries));
    posts.chain(orphans).chain(blocked).collect()
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
    let known = |key: &PostKey| {
        input
            .recorded
            .ledger
            .entries
            .keys()
            .any(|id| id.key == *key)
    };
    let mut blocked = input.desired.blocked.iter();
    let found = blocked.find(|document| !known(&document.key));
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

fn scheduled_at(post: Option<&DesiredPost>, entry: Option<&Entry>) -> Option<Instant> {
    match post.map(|post| post.schedule) {
        Some(Schedule::At(at)) => Some(at),
        Some(Schedule::OnMerge | Schedule::Unscheduled) => None,
        None => entry.and_then(|entry| entry.scheduled_at),
    }
}

fn item(
    input: &PlanInput<'_>,
    (key, path): (&PostKey, &ContentPath),
    post: Option<&DesiredPost>,
    entry: Option<&Entry>,
    from: Option<&PostKey>,
    copy: Option<&Entry>,
) -> PlanItem {
    let case = Case {
        post,
        entry,
        moved_from: from,
        copy_of: copy,
        unreadable: unreadable(input),
        policy: &input.config.publish,
        paused: paused(input),
        text_known: input.recorded.ledger_known,
        ahead: input.ahead,
        now: input.now,
    };
    let Verdict {
        action,
        state,
        reason,
        decisions,
    } = classify(&case);
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
        urn: live.and_then(|entry| entry.urn.clone()),
        published_at: live.and_then(|entry| entry.published_at),
        action,
        state,
        reason,
        decisions,
    }
}

fn blocked(
    input: &PlanInput<'_>,
    document: &BlockedDocument,
    entries: &BTreeMap<PostKey, &Entry>,
) -> PlanItem {
    let entry = entries.get(&document.key).copied();
    let mut item = item(
        input,
        (&document.key, &document.path),
        None,
        entry,
        None,
        None,
    );
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
fn leave_out(input: &PlanInput<'_>, item: &mut PlanItem, from: Option<&PostKey>) {
    let named = |key: &PostKey| input.only.contains(key);
    if input.only.is_empty() || named(&item.key) || from.is_some_and(named) {
        return;
    }
    if item.action.is_change() || item.action == Action::Hold || item.reason.code == "late-skipped"
    {
        item.action = Action::None;
        item.reason = Reason::new(
            "not-selected",
            "this run was told to look at other posts only",
        );
    }
}

fn next_due(
    input: &PlanInput<'_>,
    items: &[PlanItem],
    entries: &BTreeMap<PostKey, &Entry>,
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

fn guards(input: &PlanInput<'_>, items: &[PlanItem]) -> Vec<Guard> {
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

/// Over actions and what posts say, never over the clock or a path.
fn digest(items: &[PlanItem], posts: &BTreeMap<&PostKey, &DesiredPost>) -> Digest {
    let mut keyed: Vec<&PlanItem> = items.iter().collect();
    keyed.sort_by(|a, b| (&a.key, &a.path, a.target).cmp(&(&b.key, &b.path, b.target)));
    let mut fields = DigestBuilder::default();
    for item in keyed {
        fields = fields
            .field("key", item.key.as_str().as_bytes())
            .field("target", item.target.as_str().as_bytes())
            .field("action", item.action.as_str().as_bytes())
            .field("code", item.reason.code.as_bytes());
        if let Action::Move { from, update } = &item.action {
            let update: &[u8] = if *update { b"true" } else { b"false" };
            fields = fields
                .field("from", from.as_str().as_bytes())
                .field("update", update);
        }
        let post = posts.get(&item.key).filter(|post| post.path == item.path);
        let digest = post.and_then(|post| match item.target {
            Target::Linkedin => Some(post.digest.clone()),
            Target::Comment => post.comment().map(|comment| comment.digest()),
        });
        if let Some(digest) = digest {
            fields = fields.field("content", digest.as_str().as_bytes());
        }
    }
    fields.finish()
}
