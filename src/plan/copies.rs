//! Posts that say what a recorded post said.
//!
//! Owns finding the earlier one, by author and words or digest. Must not decide what
//! becomes of a copy; copies within one plan are [`super::twins`].

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::DesiredPost;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::urn::AuthorUrn;
use crate::record::{Entry, State};

/// Recorded posts that are on LinkedIn or may be, by what they say. Each list is sorted by
/// key.
pub(super) struct Copies<'a> {
    by_text: BTreeMap<(&'a AuthorUrn, &'a str), Vec<&'a Entry>>,
    by_digest: BTreeMap<(&'a AuthorUrn, &'a Digest), Vec<&'a Entry>>,
}

impl<'a> Copies<'a> {
    /// Those that a post of `posts` may be a copy of: of the rest nobody asks.
    pub(super) fn of(entries: &BTreeMap<&PostKey, &'a Entry>, posts: &[DesiredPost]) -> Self {
        let mut copies = Self {
            by_text: BTreeMap::new(),
            by_digest: BTreeMap::new(),
        };
        let mut texts = BTreeSet::new();
        let mut digests = BTreeSet::new();
        for post in posts {
            let entry = entries.get(&post.key);
            // A post that is out, or may be, is no copy of anything.
            if entry.is_some_and(|entry| entry.bars_sending()) {
                continue;
            }
            texts.insert(post.commentary.to_plain());
            digests.insert(&post.digest);
        }
        let there = entries.values().copied().filter(|entry| {
            let state = matches!(
                entry.state,
                State::Published | State::Sending | State::Unknown
            );
            state && entry.deleted_at.is_none()
        });
        for entry in there {
            let (author, text) = (&entry.content.author, entry.content.text.as_str());
            if digests.contains(&entry.digest) {
                let same = copies.by_digest.entry((author, &entry.digest));
                same.or_default().push(entry);
            }
            if !text.is_empty() && texts.contains(text) {
                copies
                    .by_text
                    .entry((author, text))
                    .or_default()
                    .push(entry);
            }
        }
        copies
    }

    /// The first other post with the same words or the same content; `from` is the key
    /// `post` was recorded under before its file was renamed.
    pub(super) fn find(&self, post: &DesiredPost, from: Option<&PostKey>) -> Option<&'a Entry> {
        let text = post.commentary.to_plain();
        let other = |entry: &&&'a Entry| entry.key != post.key && Some(&entry.key) != from;
        let first = |list: Option<&Vec<&'a Entry>>| list?.iter().find(other).copied();
        let by_digest = first(self.by_digest.get(&(&post.author, &post.digest)));
        let by_text = first(self.by_text.get(&(&post.author, text.as_str())));
        let found = by_digest.into_iter().chain(by_text);
        found.min_by(|a, b| a.key.cmp(&b.key))
    }
}
