//! Taking records from another content root of the same ledger.
//!
//! Owns which entries move with a root or with one post, and when they may not. Must not
//! compare texts: a person says what moves.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, EntryId};
use super::freeze::shown_root;
use super::ledger::Ledger;
use crate::model::key::PostKey;

/// Why nothing moves. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMoved {
    /// The ledger has no entries of that root.
    #[error("the ledger has no entries of another content root `{}`", shown_root(.root))]
    NoSuchRoot {
        /// The root that was named.
        root: String,
        /// Those that there are.
        roots: BTreeSet<String>,
    },
    /// That root has no entry of this key.
    #[error("nothing is recorded for `{key}` in the content root `{}`", shown_root(.root))]
    NoSuchPost {
        /// The root.
        root: String,
        /// The key.
        key: PostKey,
    },
    /// These keys are recorded here already.
    #[error("{} recorded here already", listed(.0))]
    Taken(BTreeSet<PostKey>),
}

fn listed(keys: &BTreeSet<PostKey>) -> String {
    let names: Vec<String> = keys.iter().take(5).map(|key| format!("`{key}`")).collect();
    let more = match keys.len().saturating_sub(5) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if keys.len() == 1 { "is" } else { "are" };
    format!("{}{more} {verb}", names.join(", "))
}

/// The entries that move from the content root `from` to the one of `ledger`: all of them, or
/// those of `key` with its first comment.
///
/// # Errors
/// Why they cannot move.
pub fn relocate(
    ledger: &Ledger,
    from: &str,
    key: Option<&PostKey>,
) -> Result<BTreeMap<EntryId, Entry>, NotMoved> {
    let there = || ledger.elsewhere.iter().filter(|other| other.root == from);
    if there().next().is_none() {
        let roots = ledger.elsewhere.iter().map(|other| other.root.clone());
        return Err(NotMoved::NoSuchRoot {
            root: from.to_owned(),
            roots: roots.collect(),
        });
    }
    let wanted = there().filter(|other| key.is_none_or(|key| other.entry.key == *key));
    let put: BTreeMap<EntryId, Entry> = wanted
        .map(|other| (other.entry.id(), Entry::clone(&other.entry)))
        .collect();
    if let Some(key) = key.filter(|_| put.is_empty()) {
        return Err(NotMoved::NoSuchPost {
            root: from.to_owned(),
            key: key.clone(),
        });
    }
    let keys = put.keys().map(|id| &id.key);
    let taken: BTreeSet<PostKey> = keys
        .filter(|key| ledger.entries.has_key(key))
        .cloned()
        .collect();
    match taken.is_empty() {
        true => Ok(put),
        false => Err(NotMoved::Taken(taken)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{key, published, skipped, unknown};
    use super::*;
    use crate::model::target::Target;
    use crate::record::Elsewhere;

    fn ledger(own: &[Entry], elsewhere: &[(&str, Entry)]) -> Ledger {
        let other = |(root, entry): &(&str, Entry)| Elsewhere {
            root: (*root).to_owned(),
            entry: entry.clone().into(),
        };
        Ledger {
            entries: own.iter().map(|e| (e.id(), e.clone())).collect(),
            elsewhere: elsewhere.iter().map(other).collect(),
            ..Ledger::default()
        }
    }

    fn world() -> Ledger {
        let mut comment = published("a", "more", 1);
        comment.target = Target::Comment;
        ledger(
            &[skipped("z", "x")],
            &[
                ("content", published("a", "x", 1)),
                ("content", comment),
                ("content", unknown("b", "y")),
                ("other", published("c", "w", 2)),
            ],
        )
    }

    fn names(found: &BTreeMap<EntryId, Entry>) -> Vec<String> {
        found.keys().map(EntryId::shown).collect()
    }

    #[test]
    fn a_root_moves_with_all_its_entries_and_a_post_with_its_comment() {
        let all = relocate(&world(), "content", None).unwrap();
        assert_eq!(names(&all), ["`a`", "the first comment of `a`", "`b`"]);
        let one = relocate(&world(), "content", Some(&key("a"))).unwrap();
        assert_eq!(names(&one), ["`a`", "the first comment of `a`"]);
        assert!(one.values().all(|entry| entry.urn.is_some()));
    }

    #[test]
    fn what_is_not_there_or_is_recorded_here_does_not_move() {
        let world = world();
        let nowhere = relocate(&world, "web", None).unwrap_err();
        let roots = ["content", "other"].map(str::to_owned).into();
        let root = "web".to_owned();
        assert_eq!(nowhere, NotMoved::NoSuchRoot { root, roots });
        let (root, none) = ("content".to_owned(), key("c"));
        assert_eq!(
            relocate(&world, "content", Some(&none)).unwrap_err(),
            NotMoved::NoSuchPost { root, key: none }
        );
        let here = ledger(
            &[skipped("b", "another")],
            &[
                ("content", published("b", "y", 1)),
                ("content", unknown("a", "x")),
            ],
        );
        let taken = NotMoved::Taken([key("b")].into());
        assert_eq!(relocate(&here, "content", None).unwrap_err(), taken);
        assert_eq!(taken.to_string(), "`b` is recorded here already");
        assert!(relocate(&here, "content", Some(&key("a"))).is_ok());
    }
}
