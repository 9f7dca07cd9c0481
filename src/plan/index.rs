//! Recorded posts, by what they say and by when they were sent.
//!
//! Owns finding the few records of years that one document may be about. Must not judge:
//! what it finds is compared by those who ask, and it names more than fit rather than fewer.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::likeness::{Words, folded};
use super::sameness::went_out;
use crate::model::Instant;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::record::Entry;

/// Stands for a text or a digest. Two that differ may have the same.
type Print = u64;

/// A post behind what it is found by. No key stands before every key.
type By<T> = (T, Option<PostKey>);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Index {
    prints: BTreeSet<By<Print>>,
    /// Those without a time come first.
    sent: BTreeSet<By<Option<Instant>>>,
    /// The words of posts that were asked for, since they are compared in each plan.
    words: RefCell<BTreeMap<PostKey, Arc<Words>>>,
}

fn print_of(what: &str) -> Print {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Up to which time a document may name the post of `entry`: when it went out, or its own
/// time where that is later.
fn sent_at(entry: &Entry) -> Option<Instant> {
    went_out(entry).map(|sent| entry.scheduled_at.unwrap_or(sent).max(sent))
}

fn prints(entry: &Entry) -> impl Iterator<Item = By<Print>> {
    let document = entry.document.as_ref();
    let document = document.map(|document| print_of(document.digest.as_str()));
    let says = [entry.digest.as_str(), &folded(&entry.content.text)];
    let says = says.map(print_of).into_iter().chain(document);
    says.map(|print| (print, Some(entry.key.clone())))
}

impl Index {
    pub(super) fn insert(&mut self, entry: &Entry) {
        self.prints.extend(prints(entry));
        self.sent.insert((sent_at(entry), Some(entry.key.clone())));
    }

    /// Takes away what [`Self::insert`] put there for the same entry.
    pub(super) fn remove(&mut self, entry: &Entry) {
        for print in prints(entry) {
            self.prints.remove(&print);
        }
        self.sent.remove(&(sent_at(entry), Some(entry.key.clone())));
        self.words.get_mut().remove(&entry.key);
    }

    /// The words of a recorded post.
    pub(super) fn words_of(&self, entry: &Entry) -> Arc<Words> {
        let mut words = self.words.borrow_mut();
        let known = words.entry(entry.key.clone());
        let words = known.or_insert_with(|| Arc::new(Words::of(&entry.content.text)));
        Arc::clone(words)
    }

    /// The posts with this digest of their content or of their document, and perhaps others;
    /// sorted by key.
    pub(super) fn with_digest(&self, digest: &Digest) -> impl Iterator<Item = &PostKey> {
        self.with_print(print_of(digest.as_str()))
    }

    /// The posts with this text but for white space, and perhaps others; sorted by key.
    pub(super) fn with_text(&self, text: &str) -> impl Iterator<Item = &PostKey> {
        self.with_print(print_of(&folded(text)))
    }

    fn with_print(&self, print: Print) -> impl Iterator<Item = &PostKey> {
        let from = self.prints.range((print, None)..);
        let same = from.take_while(move |(other, _)| *other == print);
        same.filter_map(|(_, key)| key.as_ref())
    }

    /// The posts sent at `time` or later, and those without a time.
    pub(super) fn sent_since(&self, time: Instant) -> impl Iterator<Item = &PostKey> {
        let without = self.sent.iter().take_while(|(at, _)| at.is_none());
        let since = self.sent.range((Some(time), None)..);
        without.chain(since).filter_map(|(_, key)| key.as_ref())
    }

    /// Every post.
    pub(super) fn all(&self) -> impl Iterator<Item = &PostKey> {
        self.sent.iter().filter_map(|(_, key)| key.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::testing::{minute, published, retryable, sending};

    #[test]
    fn posts_are_found_by_words_and_by_time_until_they_are_taken_away() {
        let mut index = Index::default();
        let (one, two) = (published("a", "x", 1), published("b", "x", 2));
        let mut later = sending("c", "z");
        later.declared_at = Some(minute(900));
        let mut timeless = retryable("d", "w");
        (timeless.declared_at, timeless.scheduled_at) = (None, None);
        let all = [one, two, later, timeless];
        for entry in &all {
            index.insert(entry);
        }
        let keys = |found: &mut dyn Iterator<Item = &PostKey>| {
            found.map(ToString::to_string).collect::<Vec<_>>().concat()
        };
        assert_eq!(keys(&mut index.with_text("x")), "ab");
        assert_eq!(keys(&mut index.with_text("y")), "");
        assert_eq!(keys(&mut index.with_digest(&all[2].digest)), "c");
        assert_eq!(keys(&mut index.sent_since(minute(900))), "dc");
        assert_eq!(index.all().count(), 4);
        for entry in &all {
            index.remove(entry);
        }
        assert_eq!(index.all().next(), None);
        assert_eq!(index.with_text("x").next(), None);
    }
}
