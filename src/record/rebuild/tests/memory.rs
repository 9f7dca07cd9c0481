//! What this clone or the ledger's history knows comes back.

use super::*;
use crate::record::Break;

/// A ledger of `now` that was pushed back; this clone knows `forgotten` as well.
fn pushed_back(
    now: impl IntoIterator<Item = Entry>,
    forgotten: impl IntoIterator<Item = Entry>,
) -> Recorded {
    let (remembered, tip) = ("0123".to_owned(), "4567".to_owned());
    let ledger = Ledger {
        forgotten: forgotten.into_iter().map(Into::into).collect(),
        freezes: vec![Freeze::Broken(Break::Rewound { remembered, tip })],
        ..ledger(now)
    };
    Recorded::new(ledger, None, None)
}

#[test]
fn what_is_remembered_comes_back_as_it_stood_and_the_rest_is_doubted() {
    let known = [
        published("a", "x", 1),
        deleted("gone", "g", 2),
        skipped("never", "n"),
        unknown("open", "o"),
        retryable("again", "r"),
    ];
    let recorded = pushed_back([], known.clone());
    let rebuild = made(ask(
        &recorded,
        &[wanted("a", "x"), wanted("new", "w")],
        false,
    ));
    for entry in &known {
        assert_eq!(&rebuild.put[&entry.id()], entry);
    }
    let restored: Vec<&Restored> = rebuild.restored.iter().map(|(_, what)| what).collect();
    let expected = [
        &Restored::Published(urn(1)),
        &Restored::Deleted(urn(2)),
        &Restored::AsItStood(State::Skipped),
        &Restored::AsItStood(State::Unknown),
        &Restored::AsItStood(State::Retryable),
        &Restored::Doubted,
    ];
    assert_eq!(restored, expected);
}

#[test]
fn an_entry_that_was_taken_back_by_hand_dooms_no_other() {
    let mut recorded = pushed_back([], [published("a", "x", 1)]);
    recorded.freezes = vec![Freeze::Broken(Break::TakenBack {
        id: published("a", "x", 1).id(),
        before: State::Published,
        now: None,
        commit: "0123".to_owned(),
    })];
    let rebuild = made(ask(&recorded, &[wanted("new", "w")], false));
    assert_eq!(
        written(&rebuild),
        [("a", Target::Linkedin, State::Published, "")]
    );
}

#[test]
fn what_the_ledger_says_by_now_is_kept_where_it_names_another_post() {
    let twice = pushed_back([published("a", "x", 9)], [published("a", "x", 1)]);
    let rebuild = made(ask(&twice, &[], false));
    let entry = &rebuild.put[&published("a", "x", 1).id()];
    assert_eq!((&entry.urn, &entry.also), (&Some(urn(1)), &vec![urn(9)]));
    // That a post exists is more than that it may.
    let found = pushed_back([published("a", "x", 9)], [unknown("a", "x")]);
    assert!(made(ask(&found, &[], false)).put.is_empty());
}

#[test]
fn urns_that_a_hand_swapped_come_back_where_they_were() {
    let before = [published("a", "x", 1), published("b", "y", 2)];
    let swapped = [published("a", "x", 2), published("b", "y", 1)];
    let rebuild = made(ask(&pushed_back(swapped, before.clone()), &[], false));
    assert_eq!(rebuild.put.into_values().collect::<Vec<_>>(), before);
}

#[test]
fn another_attempt_that_may_be_under_way_is_waited_for_and_its_own_end_is_not() {
    let at_once = |recorded: &Recorded| {
        rebuild(&RebuildInput {
            recorded,
            wanted: &[],
            unreadable: &[],
            contents: &BTreeMap::new(),
            renames: &nobody_moved,
            now: minute(1),
            for_this_repository: false,
            only_here: false,
        })
    };
    let mut now = sending("a", "x");
    now.declared_at = Some(minute(0));
    let mut end = published("a", "x", 1);
    (end.attempt, end.owner) = (now.attempt, now.owner.clone());
    let recorded = pushed_back([now.clone()], [end.clone()]);
    assert_eq!(made(at_once(&recorded)).put[&end.id()], end);
    now.attempt += 1;
    let recorded = pushed_back([now], [end]);
    let found = obstacles(at_once(&recorded));
    assert!(matches!(found[..], [Obstacle::Sending { .. }]), "{found:?}");
}
