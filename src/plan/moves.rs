//! Finding renamed files: a key that vanished, and a new one that says the same.
//!
//! Owns the likeness of two posts. Must not decide what becomes of a move.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use similar::TextDiff;
use unicode_segmentation::UnicodeSegmentation;

use crate::desired::{DesiredPost, Schedule};
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::record::{Entry, EntryId, Lockfile, LockfileBlock, State};

/// How alike two texts must be to be the same post under another name.
const ALIKE: f32 = 0.6;

/// How alike two texts are, from 0 to 1, by words (Unicode UAX #29) and signs. The space
/// between words is left out: it is the same in every text, and would make any two posts
/// of one length half alike.
pub(super) fn likeness(one: &str, other: &str) -> f32 {
    if one == other {
        return 1.0;
    }
    let (one, other) = (words(one), words(other));
    TextDiff::from_slices(&one, &other).ratio()
}

fn words(text: &str) -> Vec<&str> {
    let parts = text.split_word_bounds();
    parts.filter(|part| !part.trim().is_empty()).collect()
}

/// Pairs every new key with the vanished entry it goes on: new key → old key. What the
/// lockfile names under the new key comes first, then equal digests, then the most alike;
/// each entry is used once.
pub(super) fn find<'a>(
    posts: &'a [DesiredPost],
    taken: &BTreeSet<&PostKey>,
    entries: &BTreeMap<&PostKey, &'a Entry>,
    lockfile: &Lockfile,
    text_at: &dyn Fn(&str, &PostKey) -> Option<String>,
) -> BTreeMap<PostKey, PostKey> {
    let new: Vec<&DesiredPost> = posts
        .iter()
        .filter(|post| !entries.contains_key(&post.key))
        .collect();
    let vanished: Vec<&Entry> = entries
        .values()
        .copied()
        .filter(|entry| !taken.contains(&entry.key) && movable(entry))
        .collect();
    let mut pairs: Vec<(f32, &PostKey, &PostKey)> = Vec::new();
    for post in new {
        let block = block_of(post, lockfile);
        for entry in &vanished {
            if block.is_some_and(|block| witnessed(block, entry)) {
                pairs.push((3.0, &post.key, &entry.key));
            } else if let Some(likeness) = same_post(post, entry)
                && (post.digest == entry.digest || !was_another(post, entry, text_at))
            {
                pairs.push((likeness, &post.key, &entry.key));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)).then(a.2.cmp(b.2)));
    let mut found: BTreeMap<PostKey, PostKey> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for (_, new, old) in pairs {
        if !found.contains_key(new) && used.insert(old.clone()) {
            found.insert(new.clone(), old.clone());
        }
    }
    found
}

/// What the lockfile says under a post's key.
fn block_of<'l>(post: &DesiredPost, lockfile: &'l Lockfile) -> Option<&'l LockfileBlock> {
    let id = EntryId {
        key: post.key.clone(),
        target: Target::Linkedin,
    };
    lockfile.blocks.get(&id).map(Arc::as_ref)
}

/// Whether the lockfile says that the entry goes on under another key: a ledger that was
/// moved back to before the rename does not know it any more.
fn witnessed(block: &LockfileBlock, entry: &Entry) -> bool {
    match &block.urn {
        Some(urn) => entry.urn.as_ref() == Some(urn) || entry.also.contains(urn),
        None => entry.state == State::Skipped && entry.digest == block.digest,
    }
}

/// An entry whose post exists, or may: only those must never be published again.
fn movable(entry: &Entry) -> bool {
    match entry.state {
        State::Published => entry.deleted_at.is_none(),
        State::Sending | State::Unknown | State::Skipped => true,
        State::Retryable | State::Rejected => false,
    }
}

/// Whether the new key was another post's when the entry was sent: then it is no new name
/// for it, however alike the two are. With the entry's own text it was the entry itself,
/// renamed there and back.
fn was_another(
    post: &DesiredPost,
    entry: &Entry,
    text_at: &dyn Fn(&str, &PostKey) -> Option<String>,
) -> bool {
    let commit = entry.content_commit.as_deref();
    let text = commit.and_then(|commit| text_at(commit, &post.key));
    text.is_some_and(|text| text != entry.content.text)
}

fn is_later(post: &DesiredPost, entry: &Entry) -> bool {
    let sent = entry.published_at.or(entry.declared_at);
    // A post that was skipped was never sent; its own time stands in.
    match (post.schedule, sent.or(entry.scheduled_at)) {
        (Schedule::At(time), Some(sent)) => time > sent,
        (Schedule::OnMerge | Schedule::Unscheduled, _) | (_, None) => false,
    }
}

fn same_post(post: &DesiredPost, entry: &Entry) -> Option<f32> {
    if post.digest == entry.digest {
        return Some(2.0);
    }
    if is_later(post, entry) || entry.content.text.is_empty() || post.author != entry.content.author
    {
        return None;
    }
    let likeness = likeness(&post.commentary.to_plain(), &entry.content.text);
    (likeness >= ALIKE).then_some(likeness)
}
