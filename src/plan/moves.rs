//! Finding renamed files: a key that vanished, and a new one that says the same.
//!
//! Owns the likeness of two posts. Must not decide what becomes of a move.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use similar::TextDiff;
use unicode_segmentation::UnicodeSegmentation;

use super::index::{Index, sent_at};
use crate::desired::{DesiredPost, Schedule};
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::record::{Entries, Entry, EntryId, Lockfile, LockfileBlock, State};

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

/// What is recorded, and what documents said before.
pub(super) struct Record<'a> {
    pub(super) entries: &'a Entries,
    /// The same entries.
    pub(super) index: &'a Index,
    pub(super) lockfile: &'a Lockfile,
    /// The text the document of a key had at a commit.
    pub(super) text_at: &'a dyn Fn(&str, &PostKey) -> Option<String>,
}

impl<'a> Record<'a> {
    /// Pairs every new key with the vanished entry it goes on: new key → old key. What the
    /// lockfile names under the new key comes first, then equal digests, then the most alike;
    /// each entry is used once. `documents`: the keys of all documents.
    pub(super) fn find(
        &self,
        posts: &[DesiredPost],
        documents: &BTreeSet<&PostKey>,
    ) -> BTreeMap<PostKey, PostKey> {
        let new = posts
            .iter()
            .filter(|post| self.entries.post(&post.key).is_none());
        let new: Vec<(&DesiredPost, Option<&LockfileBlock>)> = new
            .map(|post| (post, block_of(post, self.lockfile)))
            .collect();
        let vanished = self.vanished(&new, documents);
        let mut pairs: Vec<(f32, &PostKey, &PostKey)> = Vec::new();
        for (post, block) in new {
            for entry in &vanished {
                if block.is_some_and(|block| witnessed(block, entry)) {
                    pairs.push((3.0, &post.key, &entry.key));
                } else if let Some(likeness) = same_post(post, entry)
                    && (post.digest == entry.digest || !was_another(post, entry, self.text_at))
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

    /// The movable entries without a document that a new post may go on: those with its
    /// digest, those that are no earlier than it, and all where the lockfile has its key.
    fn vanished(
        &self,
        new: &[(&DesiredPost, Option<&LockfileBlock>)],
        documents: &BTreeSet<&PostKey>,
    ) -> Vec<&'a Entry> {
        let mut keys: BTreeSet<&PostKey> = BTreeSet::new();
        for (post, block) in new {
            keys.extend(self.index.with_digest(&post.digest));
            match post.schedule {
                Schedule::At(time) if block.is_none() => keys.extend(self.index.sent_since(time)),
                _ => keys.extend(self.index.all()),
            }
        }
        let keys = keys.into_iter().filter(|key| !documents.contains(key));
        let entries = keys.filter_map(|key| self.entries.post(key));
        let entries = entries.map(AsRef::as_ref);
        entries.filter(|entry| movable(entry)).collect()
    }
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
    entry.may_be_live() || entry.state == State::Skipped
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
    match (post.schedule, sent_at(entry)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{config, document};
    use crate::desired::assemble::assemble;
    use crate::model::Instant;
    use crate::model::path::ContentPath;
    use crate::record::Ledger;
    use crate::record::testing::{deleted, minute, published, retryable, sending, skipped};

    /// Documents that say what `entries` say, with every kind of time.
    fn documents(entries: &Entries) -> Vec<DesiredPost> {
        let yaml = "version: 1\ntimezone: UTC\nauthors:\n  a: { urn: \"urn:li:organization:42\" }\ndefault_author: a\n";
        let at = |name: &str| ContentPath::parse(name).unwrap();
        let (config, _) = config::parse(yaml.as_bytes(), &at("mergecast.yaml"));
        let config = config.unwrap();
        let times = [0, 5, 30, 10_000].map(|minutes| minute(minutes).to_rfc3339());
        let times = times.into_iter().chain(["on-merge".to_owned()]);
        let mut files = Vec::new();
        for (number, time) in times.enumerate() {
            for entry in entries.values() {
                let name = at(&format!("posts/new{number}-{}.md", entry.key));
                let text = &entry.content.text;
                let text = format!("---\nscheduled_at: {time}\n---\n{text}\n");
                files.push(document::parse(text.as_bytes(), &name, &config));
            }
        }
        let mut posts = assemble(&config, files, &BTreeMap::new(), None).posts;
        let all: Vec<&Entry> = entries.values().collect();
        for (post, entry) in posts.iter_mut().zip(all.iter().cycle()) {
            post.author = entry.content.author.clone();
            if entry.state == State::Skipped {
                post.digest = entry.digest.clone();
            }
        }
        posts
    }

    const WORDS: &str = "one two three four five six";

    /// One in each state, with and without a time.
    fn entries() -> Entries {
        let sent_at = |mut entry: Entry, at: Option<Instant>| {
            (entry.published_at, entry.declared_at, entry.scheduled_at) = (at, None, None);
            entry
        };
        let other = WORDS.replace("one", "none");
        let entries = [
            published("a", WORDS, 1),
            deleted("b", WORDS, 2),
            sending("c", &WORDS.replace("six", "seven")),
            skipped("d", WORDS),
            retryable("e", WORDS),
            sent_at(published("f", WORDS, 3), None),
            sent_at(published("g", &other, 4), Some(minute(30))),
        ];
        let entries = entries.map(|entry| (entry.id(), entry));
        entries.into_iter().collect()
    }

    /// What the lockfile says where the entry `a` went on under `key`.
    fn going_on_as(key: &PostKey) -> Lockfile {
        let entry = published(key.as_str(), WORDS, 1);
        Lockfile::from_ledger(&Ledger {
            entries: [(entry.id(), entry)].into_iter().collect(),
            ..Ledger::default()
        })
    }

    /// Nothing that is left out before the comparison would have been found by it.
    #[test]
    fn every_entry_a_post_may_go_on_is_looked_at() {
        let entries = entries();
        let mut index = Index::default();
        entries.values().for_each(|entry| index.insert(entry));
        let posts = documents(&entries);
        let lockfiles = [Lockfile::default(), going_on_as(&posts[0].key)];
        let mut found = BTreeSet::new();
        for (lockfile, post) in lockfiles
            .iter()
            .flat_map(|lockfile| posts.iter().map(move |post| (lockfile, post)))
        {
            let record = Record {
                entries: &entries,
                index: &index,
                lockfile,
                text_at: &|_, _| None,
            };
            let block = block_of(post, lockfile);
            let looked_at = record.vanished(&[(post, block)], &BTreeSet::new());
            assert!(looked_at.iter().all(|entry| movable(entry)));
            let keys: Vec<&PostKey> = looked_at.iter().map(|entry| &entry.key).collect();
            for entry in entries.values().filter(|entry| movable(entry)) {
                let named = block.is_some_and(|block| witnessed(block, entry));
                if named || same_post(post, entry).is_some() {
                    let (key, of) = (&entry.key, &post.key);
                    assert!(keys.contains(&key), "{key} for {of}: {keys:?}");
                    found.insert((key.as_str(), named));
                }
            }
        }
        assert!(found.contains(&("a", true)), "{found:?}");
        let alike = found.iter().filter(|(_, named)| !named);
        assert_eq!(alike.map(|(key, _)| *key).collect::<String>(), "acdfg");
    }
}
