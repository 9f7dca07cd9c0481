//! What one commit of the ledger takes, and what it refuses.

use std::sync::Arc;

use super::*;
use crate::record::testing::{declare, deleted, key, minute, published, sending, skipped, unknown};
use crate::record::{Break, Elsewhere, Reason, State};

/// What becomes of a declaration of `new` by a run whose plan knew only it, when another
/// run was faster with `entry`.
fn declared_over(entry: Entry, known: &[&str]) -> Vec<Applied> {
    let entries = [(entry.id(), entry)].into_iter().collect();
    let ledger = Ledger {
        entries,
        ..Ledger::default()
    };
    let event = declare("new", "x", "mine", minute(5));
    let Event::Declare { declaration, .. } = &event else {
        return Vec::new();
    };
    let id = EntryId {
        key: declaration.key.clone(),
        target: declaration.target,
    };
    let documents = known.iter().map(|name| key(name)).collect();
    let known = Some(Known::new(&Ledger::default(), documents));
    apply_all(&ledger, &known, &[Change { id, event }]).applied
}

#[test]
fn a_post_renamed_between_two_runs_is_not_declared_under_both_keys() {
    for entry in [
        sending("old", "x, too"),
        unknown("old", "x, edited"),
        published("old", "y", 1),
    ] {
        assert_eq!(
            declared_over(entry.clone(), &["new", "old"]),
            [Applied::Recorded]
        );
        let key = entry.key.clone();
        let refused = Applied::Refused(Refused::Overtaken { key });
        assert_eq!(declared_over(entry, &["new"]), [refused]);
    }
    for entry in [skipped("old", "x"), deleted("old", "x", 1)] {
        assert_eq!(declared_over(entry, &["new"]), [Applied::Recorded]);
    }
}

/// Two runs for one post each, or of two content roots with one text.
#[test]
fn the_same_text_is_not_declared_under_two_keys_or_in_two_roots() {
    let old = published("old", "same", 1);
    let event = declare("new", "same", "mine", minute(5));
    let id = sending("new", "same").id();
    let applied = |ledger: &Ledger, before: &Ledger| {
        let documents = [key("new"), key("old")].into();
        let known = Some(Known::new(before, documents));
        let change = Change {
            id: id.clone(),
            event: event.clone(),
        };
        apply_all(ledger, &known, &[change]).applied
    };
    let here = Ledger {
        entries: [(old.id(), old.clone())].into_iter().collect(),
        ..Ledger::default()
    };
    let there = Ledger {
        elsewhere: vec![Elsewhere {
            root: "r2".to_owned(),
            entry: Arc::new(old),
        }],
        ..Ledger::default()
    };
    let refused = [Applied::Refused(Refused::Overtaken { key: key("old") })];
    for ledger in [here, there] {
        assert_eq!(applied(&ledger, &Ledger::default()), refused);
        // The plan knew it, and compared the two.
        assert_eq!(applied(&ledger, &ledger), [Applied::Recorded]);
    }
}

#[test]
fn a_ledger_that_is_not_continued_takes_answers_and_nothing_else() {
    let broken = |version: Option<&str>| LedgerSnapshot {
        changed_at: None,
        version: version.map(str::to_owned),
        ledger: Ledger {
            freezes: vec![Freeze::Broken(Break::Gone {
                remembered: "0123".to_owned(),
            })],
            ..Ledger::default()
        },
    };
    let id = published("a", "x", 1).id();
    let change = |event| Change {
        id: id.clone(),
        event,
    };
    let lost = || Event::Lost {
        nonce: "mine".to_owned(),
        reason: Reason::new("no-answer", "the connection broke"),
    };
    let declares = || declare("a", "x", "mine", minute(5));
    let verdict = || Event::NotPublished {
        at: minute(5),
        waited: false,
    };
    let at = Some("0123");
    assert_eq!(refuse_broken(&broken(at), &[change(lost())]), Ok(()));
    for changes in [
        vec![change(declares())],
        vec![change(lost()), change(declares())],
        vec![change(verdict())],
    ] {
        let refused = refuse_broken(&broken(at), &changes);
        assert!(
            matches!(refused, Err(LedgerError::Broken(_))),
            "{changes:?}"
        );
        let whole = LedgerSnapshot::default();
        assert_eq!(refuse_broken(&whole, &changes), Ok(()));
    }
    // There is no ledger, and an answer is no reason to begin one.
    assert!(refuse_broken(&broken(None), &[change(lost())]).is_err());
}

fn to(name: &str, of: &Entry) -> Change {
    Change {
        id: of.id(),
        event: Event::Moved {
            key: key(name),
            path: of.path.clone(),
            digest: of.digest.clone(),
            document: None,
        },
    }
}

#[test]
fn moves_are_made_together_and_never_over_a_record_that_stays() {
    let (a, b) = (published("a", "x", 1), published("b", "y", 2));
    let entries = [&a, &b].map(|entry| (entry.id(), entry.clone()));
    let ledger = Ledger {
        entries: entries.into_iter().collect(),
        ..Ledger::default()
    };
    let swapped = apply_all(&ledger, &None, &[to("b", &a), to("a", &b)]);
    let urns: Vec<_> = swapped
        .put
        .values()
        .map(|entry| entry.urn.clone())
        .collect();
    assert_eq!(urns, [b.urn.clone(), a.urn.clone()]);
    assert!(swapped.remove.is_empty());
    let over = apply_all(&ledger, &None, &[to("c", &b), to("b", &a)]);
    assert_eq!(over.put.len(), 2, "`b` leaves its key to `a`");
    let over = apply_all(&ledger, &None, &[to("b", &a)]);
    assert!(over.put.is_empty() && over.remove.is_empty());
    assert_eq!(over.applied, [Applied::Refused(Refused::RecordChanged)]);
    let twice = apply_all(&ledger, &None, &[to("c", &a), to("c", &b)]);
    assert!(twice.put.is_empty(), "two records cannot have one key");
}

/// Somebody whose clock is far ahead gave the owner up, and moved the entry with its file.
#[test]
fn an_owners_word_finds_its_entry_where_somebody_moved_it() {
    let moved = sending("new", "x");
    let nonce = moved.owner.as_ref().map(|owner| owner.nonce.clone());
    let ledger = Ledger {
        entries: [(moved.id(), moved)].into_iter().collect(),
        ..Ledger::default()
    };
    let old = EntryId {
        key: key("old"),
        target: Target::Linkedin,
    };
    let lost = |nonce: &str| Event::Lost {
        nonce: nonce.to_owned(),
        reason: Reason::new("no-answer", "the connection broke"),
    };
    let applied = |nonce: &str| {
        let change = Change {
            id: old.clone(),
            event: lost(nonce),
        };
        apply_all(&ledger, &None, &[change])
    };
    let owners = applied(&nonce.unwrap_or_default());
    assert_eq!(owners.applied, [Applied::Recorded]);
    let states: Vec<_> = owners.put.values().map(|entry| entry.state).collect();
    assert_eq!(states, [State::Unknown]);
    assert!(owners.put.keys().all(|id| id.key == key("new")));
    let strangers = applied("nobody's");
    assert!(matches!(strangers.applied[..], [Applied::Refused(_)]));
    assert!(strangers.put.is_empty());
}
