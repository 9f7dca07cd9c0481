//! Entries by post and target, as a value that is cheap to copy, change and compare.
//!
//! Owns the sharing: a copy of a whole ledger costs nothing, a change to it costs what it
//! changes, and two ledgers are compared by what differs. So a ledger of years may be handed
//! from pass to pass. Must know no more of an entry than whether it is at an end.

use std::ops::Index;
use std::sync::Arc;

use imbl::ordmap::{self, DiffItem};
use imbl::{OrdMap, OrdSet, shared_ptr::DefaultSharedPtr};

use super::entry::{Entry, EntryId};
use crate::model::key::PostKey;
use crate::model::target::Target;

type Shared = Arc<Entry>;

/// See the module. Sorted by post, then target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    all: OrdMap<EntryId, Shared>,
    /// Those that are at no end.
    open: OrdSet<EntryId>,
}

/// Every entry with its id, in order.
pub type Iter<'a> = std::iter::Map<
    ordmap::Iter<'a, EntryId, Shared, DefaultSharedPtr>,
    fn((&'a EntryId, &'a Shared)) -> (&'a EntryId, &'a Entry),
>;

/// What became of one entry between two ledgers.
#[derive(Debug)]
pub struct EntryChange<'a> {
    /// The entry.
    pub id: &'a EntryId,
    /// As it was; `None`: it was not there.
    pub before: Option<&'a Arc<Entry>>,
    /// As it is; `None`: it is gone.
    pub now: Option<&'a Arc<Entry>>,
}

impl Entries {
    /// The entry `id`.
    #[must_use]
    pub fn get(&self, id: &EntryId) -> Option<&Entry> {
        self.all.get(id).map(Arc::as_ref)
    }

    /// The entry of the post `key` itself.
    #[must_use]
    pub fn post(&self, key: &PostKey) -> Option<&Arc<Entry>> {
        self.all.get(&EntryId {
            key: key.clone(),
            target: Target::Linkedin,
        })
    }

    /// Whether there is an entry `id`.
    #[must_use]
    pub fn contains_key(&self, id: &EntryId) -> bool {
        self.all.contains_key(id)
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
        let entry = entry.into();
        if entry.state.is_an_end() {
            self.open.remove(&id);
        } else {
            self.open.insert(id.clone());
        }
        self.all.insert(id, entry);
    }

    /// Takes an entry away, where there is one.
    pub fn remove(&mut self, id: &EntryId) -> Option<Arc<Entry>> {
        self.open.remove(id);
        self.all.remove(id)
    }

    /// Changes every entry, in order.
    pub fn change_each(&mut self, mut change: impl FnMut(&mut Entry)) {
        for (id, mut entry) in std::mem::take(self) {
            change(&mut entry);
            self.insert(id, entry);
        }
    }

    /// Whether the two are copies of each other, unchanged since. False says nothing.
    #[must_use]
    pub fn is_copy_of(&self, other: &Self) -> bool {
        self.all.ptr_eq(&other.all)
    }

    /// What is different from `before`, in order. Quick where the two have a common past.
    pub fn changes_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = EntryChange<'a>> {
        before.all.diff(&self.all).map(|item| match item {
            DiffItem::Add(id, now) => EntryChange {
                id,
                before: None,
                now: Some(now),
            },
            DiffItem::Update { old, new } => EntryChange {
                id: new.0,
                before: Some(old.1),
                now: Some(new.1),
            },
            DiffItem::Remove(id, before) => EntryChange {
                id,
                before: Some(before),
                now: None,
            },
        })
    }

    /// The entries that are at no end ([`super::State::is_an_end`]), in order.
    pub fn open(&self) -> impl Iterator<Item = &Entry> {
        self.open.iter().filter_map(|id| self.get(id))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Every id, in order.
    pub fn keys(&self) -> impl Iterator<Item = &EntryId> {
        self.all.keys()
    }

    /// Every entry, in order.
    pub fn values(&self) -> impl Iterator<Item = &Entry> {
        self.all.values().map(Arc::as_ref)
    }

    /// Every entry with its id, in order.
    pub fn iter(&self) -> Iter<'_> {
        self.all.iter().map(|(id, entry)| (id, entry.as_ref()))
    }

    /// Every entry, in order, as values of one's own.
    pub fn into_values(self) -> impl Iterator<Item = Entry> {
        self.into_iter().map(|(_, entry)| entry)
    }
}

impl Index<&EntryId> for Entries {
    type Output = Entry;

    fn index(&self, id: &EntryId) -> &Entry {
        &self.all[id]
    }
}

impl<E: Into<Arc<Entry>>> Extend<(EntryId, E)> for Entries {
    fn extend<I: IntoIterator<Item = (EntryId, E)>>(&mut self, entries: I) {
        for (id, entry) in entries {
            self.insert(id, entry);
        }
    }
}

impl<E: Into<Arc<Entry>>> FromIterator<(EntryId, E)> for Entries {
    fn from_iter<I: IntoIterator<Item = (EntryId, E)>>(entries: I) -> Self {
        let mut all = Self::default();
        all.extend(entries);
        all
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
        ordmap::ConsumingIter<EntryId, Shared, DefaultSharedPtr>,
        fn((EntryId, Shared)) -> (EntryId, Entry),
    >;

    fn into_iter(self) -> Self::IntoIter {
        let entries = self.all.into_iter();
        entries.map(|(id, entry)| (id, Arc::unwrap_or_clone(entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{published, sending, skipped, unknown};
    use super::*;

    fn of(entries: impl IntoIterator<Item = Entry>) -> Entries {
        let entries = entries.into_iter().map(|entry| (entry.id(), entry));
        entries.collect()
    }

    #[test]
    fn a_copy_shares_what_did_not_change_and_keeps_what_did() {
        let (one, two) = (published("a", "x", 1), published("b", "y", 2));
        let mut now = of([one.clone(), two]);
        let before = now.clone();
        assert!(now.is_copy_of(&before));
        now.insert(one.id(), skipped("a", "x"));
        assert!(!now.is_copy_of(&before));
        assert_eq!(before[&one.id()], one);
        assert_eq!(now[&one.id()], skipped("a", "x"));
        let other = published("b", "y", 2).id();
        let shared = |entries: &Entries| Arc::clone(entries.post(&other.key).unwrap());
        assert!(Arc::ptr_eq(&shared(&before), &shared(&now)));
        assert!(now.remove(&other).is_some() && now.remove(&other).is_none());
        assert_eq!((now.len(), before.len()), (1, 2));
    }

    #[test]
    fn open_are_those_at_no_end_whatever_was_before() {
        let mut now = of([published("a", "x", 1), sending("b", "y"), unknown("c", "z")]);
        let open = |entries: &Entries| {
            let keys = entries.open().map(|entry| entry.key.to_string());
            keys.collect::<Vec<_>>().concat()
        };
        assert_eq!(open(&now), "bc");
        let done = published("b", "y", 2);
        now.insert(done.id(), done);
        assert_eq!(open(&now), "c");
        now.remove(&unknown("c", "z").id());
        assert_eq!(open(&now), "");
        now.change_each(|entry| entry.state = super::super::State::Unknown);
        assert_eq!(open(&now), "ab");
    }

    #[test]
    fn a_difference_names_what_came_went_and_changed() {
        let many = |count| of((0..count).map(|n| published(&format!("p{n:04}"), "x", n)));
        let before = many(500);
        let mut now = before.clone();
        assert_eq!(now.changes_since(&before).count(), 0);
        let (gone, changed) = (published("p0003", "x", 3), skipped("p0250", "y"));
        let new = sending("q", "z");
        now.remove(&gone.id());
        now.insert(changed.id(), changed.clone());
        now.insert(new.id(), new.clone());
        for before in [before, many(500)] {
            let found = now.changes_since(&before).map(|change| {
                let state = |entry: Option<&Arc<Entry>>| entry.map(|entry| entry.state);
                let key = change.id.key.to_string();
                (key, state(change.before), state(change.now))
            });
            let was = Some(published("a", "x", 1).state);
            let expected = [
                (gone.key.to_string(), was, None),
                (changed.key.to_string(), was, Some(changed.state)),
                (new.key.to_string(), None, Some(new.state)),
            ];
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }
}
