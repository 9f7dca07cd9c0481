//! The plan of a whole content repository.
//!
//! Owns pairing documents with entries, guards and `next_due`. Must not judge a single
//! post: see [`super::judge`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::comments::Comments;
use super::identity::{History, Identity, Records, identify};
use super::index::Index;
use super::judge::{Judge, Pairs, Subject, paused};
use super::settled::{Judged, Settled};
use super::{Action, Guard, Plan, PlanItem, place, requests, twins};
use crate::desired::{DesiredPost, DesiredState};
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::record::recorded::Recorded;
use crate::record::{Entry, EntryId, Reason};

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
    /// The documents of earlier commits.
    pub history: &'a History<'a>,
}

/// Makes the plan.
#[must_use]
pub fn plan(input: &PlanInput<'_>) -> Plan {
    plan_from(input, &mut Settled::default())
}

/// The same plan, made faster from what the one before has settled.
#[must_use]
pub fn plan_from(input: &PlanInput<'_>, settled: &mut Settled) -> Plan {
    settled.begin(input.config, &input.recorded.ledger.entries);
    let documents: BTreeSet<&PostKey> = input.desired.keys().collect();
    let identity = pairs(input, settled.index());
    let claimed = documents.iter().copied().chain(identity.moved.values());
    claimed.for_each(|key| settled.claim(key));
    let selected = identity.together(input.only.iter().cloned());
    let pairs = Pairs {
        identity: &identity,
        index: settled.index(),
        documents,
    };
    let judged = judged(input, &pairs, settled);
    let mut items = settled.keep_all(judged);
    for item in &mut items {
        leave_out(input, item, &selected);
    }
    items.sort_by(|a, b| place::order(a, b));
    let posts = input.desired.posts.iter();
    let posts: BTreeMap<&PostKey, &DesiredPost> = posts.map(|post| (&post.key, post)).collect();
    twins::hold_later(&mut items, &posts);
    let items = with_comments(input, items, &posts, &identity, &selected);
    Plan {
        now: input.now,
        next_due: next_due(input, &items),
        guards: guards(input, &items),
        requests: requests::by_credential(&items, input.config),
        items: with_past(input, items, settled),
    }
}

/// The files a plan takes for renamed: new key → the key recorded.
#[must_use]
pub fn renames(input: &PlanInput<'_>) -> BTreeMap<PostKey, PostKey> {
    let mut settled = Settled::default();
    settled.begin(input.config, &input.recorded.ledger.entries);
    pairs(input, settled.index()).moved
}

fn pairs(input: &PlanInput<'_>, index: &Index) -> Identity {
    let records = Records {
        entries: &input.recorded.ledger.entries,
        index,
        lockfile: &input.recorded.lockfile,
        history: input.history,
        now: input.now,
    };
    identify(input.desired, &records)
}

/// Every post with its first comment behind it.
fn with_comments(
    input: &PlanInput<'_>,
    items: Vec<Arc<PlanItem>>,
    posts: &BTreeMap<&PostKey, &DesiredPost>,
    identity: &Identity,
    selected: &BTreeSet<PostKey>,
) -> Vec<Arc<PlanItem>> {
    let comments = Comments {
        recorded: input.recorded,
        identity,
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
            leave_out(input, comment, selected);
        }
        all.push(item);
        all.extend(comment);
    }
    all
}

/// The items that may lead to something, with those that cannot any more, in order.
fn with_past(
    input: &PlanInput<'_>,
    items: Vec<Arc<PlanItem>>,
    settled: &Settled,
) -> Vec<Arc<PlanItem>> {
    let left_out = |item: &Arc<PlanItem>| {
        let mut item = Arc::clone(item);
        leave_out(input, &mut item, &BTreeSet::new());
        item
    };
    let past = settled.past();
    let mut all = Vec::with_capacity(items.len() + past.len());
    let mut past = past.peekable();
    for item in items {
        // A comment stands behind its post.
        if item.target == Target::Linkedin {
            while let Some((_, earlier)) = past.next_if(|(place, _)| place.is_before(&item)) {
                all.push(left_out(earlier));
            }
        }
        all.push(item);
    }
    all.extend(past.map(|(_, item)| left_out(item)));
    all
}

/// An item for every document, and for every record without one that is not past; each
/// with what may be kept for the next plan.
fn judged<'d>(input: &'d PlanInput<'d>, pairs: &Pairs<'_>, settled: &Settled) -> Vec<Judged<'d>> {
    let alone = alone(pairs, settled);
    let judge = Judge::new(input, pairs);
    let identity = pairs.identity;
    let entries = &input.recorded.ledger.entries;
    let mut items = Vec::with_capacity(pairs.documents.len());
    for post in &input.desired.posts {
        let key = identity.recorded_key(&post.key);
        let entry = key.and_then(|key| entries.post(key));
        let is_plain = key == Some(&post.key) && !identity.reused.contains(&post.key);
        let own = entry.filter(|_| is_plain);
        if let Some(item) = own.and_then(|entry| settled.find(post, entry)) {
            items.push(Judged { item, of: None });
            continue;
        }
        let item = Arc::new(judge.item(Subject {
            place: (&post.key, &post.path),
            post: Some(post),
            entry: entry.map(AsRef::as_ref),
            from: identity.moved.get(&post.key),
        }));
        let of = own.map(|entry| (Some(post), Arc::clone(entry)));
        items.push(Judged { item, of });
    }
    for entry in &alone {
        let subject = Subject::alone(&entry.key, &entry.path, Some(entry));
        let item = Arc::new(judge.item(subject));
        // Whether its live post is deleted depends on documents as well.
        let of = match identity.unsure.values().any(|from| *from == entry.key) {
            true => None,
            false => Some((None, Arc::clone(entry))),
        };
        items.push(Judged { item, of });
    }
    for (key, free) in &identity.displaced {
        if let Some(entry) = entries.post(key) {
            let subject = Subject::alone(free, &entry.path, Some(entry));
            let from = Some(key);
            let item = Arc::new(judge.item(Subject { from, ..subject }));
            items.push(Judged { item, of: None });
        }
    }
    let blocked = input.desired.blocked.iter().map(|document| Judged {
        item: Arc::new(judge.blocked(document)),
        of: None,
    });
    items.extend(blocked);
    items
}

/// The recorded posts to be judged that have no document.
fn alone(pairs: &Pairs<'_>, settled: &Settled) -> Vec<Arc<Entry>> {
    let moved: BTreeSet<&PostKey> = pairs.identity.moved.values().collect();
    settled.alone(|key| pairs.documents.contains(key) || moved.contains(key))
}

/// With `only`, other posts are left as they are. A renamed post answers to both keys, and
/// records whose names change together are not torn apart.
fn leave_out(input: &PlanInput<'_>, item: &mut Arc<PlanItem>, selected: &BTreeSet<PostKey>) {
    if input.only.is_empty() || selected.contains(&item.key) || input.only.contains(&item.key) {
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

fn next_due(input: &PlanInput<'_>, items: &[Arc<PlanItem>]) -> Option<Instant> {
    let waits = items
        .iter()
        .filter(|item| item.action == Action::Wait)
        .filter_map(|item| item.scheduled_at);
    let entry = |item: &PlanItem| {
        let (key, target) = (item.key.clone(), item.target);
        input.recorded.entry(&EntryId { key, target })
    };
    let parked = items
        .iter()
        .filter(|item| item.reason.code == "retry-later")
        .filter_map(|item| input.recorded.waits(entry(item)?, input.now));
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
