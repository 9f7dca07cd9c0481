//! A lockfile that somebody edited by hand.
//!
//! Owns the comparison of two lockfiles and its words. Only a run writes the lockfile, on
//! the published branch; a change that comes with a pull request would make the witness
//! say what nobody saw. Must not know where the two come from.

use std::collections::BTreeSet;

use super::entry::EntryId;
use super::lockfile::{LOCKFILE, Lockfile};
use crate::diagnostic::{Diagnostic, Label};
use crate::model::path::ContentPath;

/// So many posts are named.
const SHOWN: usize = 8;

/// What the lockfile is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against<'a> {
    /// The commit where the branch began.
    MergeBase {
        /// The base as it was named.
        revision: &'a str,
    },
    /// The base itself, which may be ahead of where the branch began.
    Revision {
        /// The base as it was named.
        revision: &'a str,
    },
}

/// What is to be said when `now` is not `base`; `None` stands for no file.
#[must_use]
pub fn hand_edit(
    base: Option<&[u8]>,
    now: Option<&[u8]>,
    against: Against<'_>,
) -> Option<Diagnostic> {
    if base == now {
        return None;
    }
    let what = match (base, now) {
        (_, None) => format!("`{LOCKFILE}` was removed"),
        (None, Some(_)) => format!("`{LOCKFILE}` was added by hand"),
        (Some(_), Some(_)) => format!("`{LOCKFILE}` was edited by hand"),
    };
    let named = changed(base, now);
    let (problem, revision) = match against {
        Against::MergeBase { revision } => (Diagnostic::error("lockfile-edited", what), revision),
        Against::Revision { revision } => {
            let unsure = "the commit where this branch began is not in this clone: the difference may come from the base itself (`fetch-depth: 0` tells them apart)";
            let problem = Diagnostic::warning("lockfile-edited", what);
            (problem.note(unsure), revision)
        }
    };
    let problem = match named.is_empty() {
        true => problem,
        false => problem.note(format!("blocks that differ: {}", named.join(", "))),
    };
    let problem =
        problem.note("only a run of `mergecast apply` writes it, on the published branch");
    let problem = match base {
        Some(_) => problem.help(format!(
            "put it back:\n  git checkout $(git merge-base {revision} HEAD) -- {LOCKFILE}"
        )),
        None => problem.help(format!("take it away:\n  git rm {LOCKFILE}")),
    };
    match ContentPath::parse(LOCKFILE) {
        Ok(path) => Some(problem.at(Label::file(&path))),
        Err(_) => Some(problem),
    }
}

/// The posts whose blocks differ, as far as both can be read.
fn changed(base: Option<&[u8]>, now: Option<&[u8]>) -> Vec<String> {
    let read = |bytes: Option<&[u8]>| match bytes.map(Lockfile::parse) {
        None => Some(Lockfile::default()),
        Some(read) => read.ok(),
    };
    let (Some(base), Some(now)) = (read(base), read(now)) else {
        return Vec::new();
    };
    let ids: BTreeSet<&EntryId> = base.blocks.keys().chain(now.blocks.keys()).collect();
    let differ = ids
        .into_iter()
        .filter(|id| base.blocks.get(*id) != now.blocks.get(*id));
    let mut named: Vec<String> = differ.map(EntryId::shown).collect();
    let more = named.len().saturating_sub(SHOWN);
    if more > 0 {
        named.truncate(SHOWN);
        named.push(format!("and {more} more"));
    }
    named
}

#[cfg(test)]
mod tests {
    use super::super::ledger::Ledger;
    use super::super::testing::{published, skipped};
    use super::*;
    use crate::record::Entry;

    const MERGE_BASE: Against<'_> = Against::MergeBase { revision: "main" };

    fn text(entries: impl IntoIterator<Item = Entry>) -> String {
        let entries = entries.into_iter().map(|entry| (entry.id(), entry));
        Lockfile::from_ledger(&Ledger {
            entries: entries.collect(),
            ..Ledger::default()
        })
        .to_text()
    }

    #[test]
    fn what_is_the_same_or_not_there_is_no_edit() {
        let same = text([published("a", "x", 1)]);
        for lockfile in [None, Some(same.as_bytes())] {
            assert_eq!(hand_edit(lockfile, lockfile, MERGE_BASE), None);
        }
    }

    #[test]
    fn every_block_that_came_went_or_changed_is_named() {
        let base = text([
            published("a", "x", 1),
            published("b", "x", 2),
            skipped("c", "x"),
        ]);
        let now = text([
            published("a", "x", 1),
            published("b", "x", 9),
            skipped("d", "x"),
        ]);
        let found = hand_edit(Some(base.as_bytes()), Some(now.as_bytes()), MERGE_BASE).unwrap();
        assert!(found.is_error());
        assert_eq!(found.notes[0], "blocks that differ: `b`, `c`, `d`");
        assert!(found.help.unwrap().contains("git checkout"));
    }

    #[test]
    fn what_may_come_from_the_base_is_a_warning_that_says_so() {
        let base = text([published("a", "x", 1)]);
        let against = Against::Revision {
            revision: "origin/main",
        };
        let found = hand_edit(Some(base.as_bytes()), Some(b"{"), against).unwrap();
        assert!(!found.is_error());
        assert!(found.notes[0].contains("fetch-depth: 0"));
    }

    #[test]
    fn many_posts_are_counted() {
        let base = text((0..20).map(|number| published(&format!("p{number}"), "x", number)));
        let found = hand_edit(Some(base.as_bytes()), None, MERGE_BASE).unwrap();
        assert!(
            found.notes[0].ends_with("and 12 more"),
            "{}",
            found.notes[0]
        );
        assert!(found.message.contains("removed"));
    }
}
