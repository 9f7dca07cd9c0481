//! Entries by post and target, as a value that is cheap to copy.
//!
//! Owns the sharing: a copy of a whole ledger costs nothing, and a change to it copies the
//! names and shares the entries, so that a ledger of years may be handed from pass to pass.
//! Must not know what an entry says.

use std::collections::{BTreeMap, btree_map};
use std::ops::Index;
use std::sync::Arc;

use super::entry::{Entry, EntryId};
use crate::model::key::PostKey;
use crate::model::target::Target;

type Shared = Arc<Entry>;

/// See the module. Sorted by post, then target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries(Arc<BTreeMap<EntryId, Shared>>);

/// Every entry with its id, in order.
pub type Iter<'a> = std::iter::Map<
    btree_map::Iter<'a, EntryId, Shared>,
    fn((&'a EntryId, &'a Shared)) -> (&'a EntryId, &'a Entry),
>;

/// Every entry, in order.
pub type Values<'a> =
    std::iter::Map<btree_map::Values<'a, EntryId, Shared>, fn(&'a Shared) -> &'a Entry>;

impl Entries {
    /// The entry `id`.
    #[must_use]
    pub fn get(&self, id: &EntryId) -> Option<&Entry> {
        self.0.get(id).map(Arc::as_ref)
    }

    /// The entry `id`, to be kept.
    #[must_use]
    pub fn shared(&self, id: &EntryId) -> Option<&Arc<Entry>> {
        self.0.get(id)
    }

    /// Whether there is an entry `id`.
    #[must_use]
    pub fn contains_key(&self, id: &EntryId) -> bool {
        self.0.contains_key(id)
    }

    /// Whether the post `key` or its first comment has an entry.
    #[must_use]
    pub fn has_key(&self, key: &PostKey) -> bool {
        let has = |target| {
            let key = key.clone();
            self.contains_key(&EntryId { key, target })
        };
        has(Target::Linkedin) || has(Target::Comment)
    }

    /// Puts an entry, in the place of the one there was.
    pub fn insert(&mut self, id: EntryId, entry: impl Into<Arc<Entry>>) {
        Arc::make_mut(&mut self.0).insert(id, entry.into());
    }

    /// Takes an entry away, where there is one.
    pub fn remove(&mut self, id: &EntryId) -> Option<Arc<Entry>> {
        match self.0.contains_key(id) {
            true => Arc::make_mut(&mut self.0).remove(id),
            false => None,
        }
    }

    /// Whether the two are copies of each other, unchanged since. False says nothing.
    #[must_use]
    pub fn is_copy_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every id, in order.
    pub fn keys(&self) -> btree_map::Keys<'_, EntryId, Shared> {
        self.0.keys()
    }

    /// Every entry, in order.
    pub fn values(&self) -> Values<'_> {
        self.0.values().map(Arc::as_ref)
    }

    /// Every entry to be changed, in order.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        Arc::make_mut(&mut self.0).values_mut().map(Arc::make_mut)
    }

    /// Every entry with its id, in order.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter().map(|(id, entry)| (id, entry.as_ref()))
    }

    /// The same, to be kept.
    pub fn iter_shared(&self) -> impl ExactSizeIterator<Item = (&EntryId, &Arc<Entry>)> + Clone {
        self.0.iter()
    }

    /// Every entry, in order, as values of one's own.
    pub fn into_values(self) -> impl Iterator<Item = Entry> {
        self.into_iter().map(|(_, entry)| entry)
    }
}

impl Index<&EntryId> for Entries {
    type Output = Entry;

    fn index(&self, id: &EntryId) -> &Entry {
        &self.0[id]
    }
}

impl<E: Into<Arc<Entry>>> Extend<(EntryId, E)> for Entries {
    fn extend<I: IntoIterator<Item = (EntryId, E)>>(&mut self, entries: I) {
        let mut entries = entries.into_iter().peekable();
        if entries.peek().is_some() {
            let shared = entries.map(|(id, entry)| (id, entry.into()));
            Arc::make_mut(&mut self.0).extend(shared);
        }
    }
}

impl<E: Into<Arc<Entry>>> FromIterator<(EntryId, E)> for Entries {
    fn from_iter<I: IntoIterator<Item = (EntryId, E)>>(entries: I) -> Self {
        let shared = entries.into_iter().map(|(id, entry)| (id, entry.into()));
        Self(Arc::new(shared.collect()))
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = (&'a EntryId, &'a Entry);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl IntoIterator for Entries {
    type Item = (EntryId, Entry);
    type IntoIter = std::iter::Map<
        btree_map::IntoIter<EntryId, Shared>,
        fn((EntryId, Shared)) -> (EntryId, Entry),
    >;

    fn into_iter(self) -> Self::IntoIter {
        let entries = Arc::unwrap_or_clone(self.0).into_iter();
        entries.map(|(id, entry)| (id, Arc::unwrap_or_clone(entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{published, skipped};
    use super::*;

    #[test]
    fn a_copy_shares_what_did_not_change_and_keeps_what_did() {
        let (one, two) = (published("a", "x", 1), published("b", "y", 2));
        let mut now: Entries = [one.clone(), two]
            .map(|entry| (entry.id(), entry))
            .into_iter()
            .collect();
        let before = now.clone();
        assert!(now.is_copy_of(&before));
        now.insert(one.id(), skipped("a", "x"));
        assert!(!now.is_copy_of(&before));
        assert_eq!(before[&one.id()], one);
        assert_eq!(now[&one.id()], skipped("a", "x"));
        let other = published("b", "y", 2).id();
        let shared = |entries: &Entries| Arc::clone(entries.shared(&other).unwrap());
        assert!(Arc::ptr_eq(&shared(&before), &shared(&now)));
        assert!(now.remove(&other).is_some() && now.remove(&other).is_none());
        assert_eq!((now.len(), before.len()), (1, 2));
    }
}
