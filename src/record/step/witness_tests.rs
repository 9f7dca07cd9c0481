//! What a lockfile says and what is doubted, as events.

use chrono::TimeDelta;

use super::super::lockfile::{Lockfile, LockfileBlock};
use super::super::testing::*;
use super::{Event, PROBE_WINDOW, Refused, VERDICT_GRACE, may_probe, step};
use crate::record::entry::{Entry, How, State};
use crate::record::ledger::Ledger;

fn block(entry: &Entry) -> Box<LockfileBlock> {
    let mut ledger = Ledger::default();
    ledger.entries.insert(entry.id(), entry.clone());
    let blocks = Lockfile::from_ledger(&ledger).blocks;
    Box::new(blocks.values().next().unwrap().as_ref().clone())
}

fn witnessed(of: &Entry) -> Event {
    Event::Witnessed {
        block: block(of),
        content: None,
        at: minute(90),
    }
}

fn doubted(name: &str, text: &str) -> Event {
    Event::Doubted {
        declaration: Box::new(declaration(name, text)),
        reason: why("ledger-lost"),
        at: minute(90),
    }
}

#[test]
fn a_block_becomes_an_entry_that_says_the_same() {
    for entry in [
        published("a", "x", 1),
        deleted("a", "x", 1),
        skipped("a", "x"),
    ] {
        let made = step(None, witnessed(&entry)).unwrap();
        assert_eq!(*block(&made), *block(&entry));
        assert_eq!((made.attempt, &made.owner), (0, &None));
        let imported = entry.urn.is_some().then_some(How::Imported);
        assert_eq!(
            (made.how, made.published_at.is_some()),
            (imported, imported.is_some())
        );
    }
}

#[test]
fn a_block_without_a_time_takes_the_urns_own_or_now() {
    let mut entry = published("a", "x", 7_501_187_238_594_186_474);
    entry.published_at = None;
    let made = step(None, witnessed(&entry)).unwrap();
    assert_eq!(
        made.published_at,
        urn(7_501_187_238_594_186_474).minted_at()
    );
}

#[test]
fn text_is_known_only_where_it_has_the_blocks_digest() {
    let entry = published("a", "x", 1);
    for (text, known) in [("x", true), ("another", false)] {
        let event = Event::Witnessed {
            block: block(&entry),
            content: Some(Box::new(content(text))),
            at: minute(90),
        };
        let made = step(None, event).unwrap();
        assert_eq!((made.content_known(), &made.digest), (known, &entry.digest));
    }
}

#[test]
fn nobody_takes_over_a_request_that_may_be_under_way() {
    let sending = sending("a", "x");
    for event in [
        witnessed(&published("a", "x", 1)),
        witnessed(&skipped("a", "x")),
        doubted("a", "x"),
    ] {
        let refused = step(Some(&sending), event);
        assert!(
            matches!(refused, Err(Refused::Sending { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn the_lockfile_deletes_only_the_post_it_names() {
    let deleted_one = deleted("a", "x", 1);
    let joined = step(Some(&unknown("a", "y")), witnessed(&deleted_one)).unwrap();
    assert_eq!(joined.deleted_at, Some(minute(10)));
    assert_eq!(joined.digest, deleted_one.digest);
    let other = published("a", "x", 2);
    let joined = step(Some(&other), witnessed(&deleted_one)).unwrap();
    assert_eq!((joined.deleted_at, joined.also), (None, vec![urn(1)]));
}

#[test]
fn a_doubted_post_is_settled_at_once_and_sent_when_no_lost_run_can_live() {
    for before in [None, Some(retryable("a", "x")), Some(rejected("a", "x"))] {
        let entry = step(before.as_ref(), doubted("a", "x")).unwrap();
        assert_eq!((entry.state, entry.declared_at), (State::Unknown, None));
        let verdict = step(
            Some(&entry),
            Event::NotPublished {
                at: minute(90),
                waited: false,
            },
        )
        .unwrap();
        let again = |at| step(Some(&verdict), declare("a", "x", "two", at));
        let until = minute(90) + VERDICT_GRACE;
        let not_before = until;
        assert_eq!(again(minute(90)), Err(Refused::NotBefore { not_before }));
        assert_eq!(again(until).unwrap().state, State::Sending);
    }
}

#[test]
fn a_doubted_post_is_never_probed_since_nobody_knows_when_it_was_sent() {
    let entry = step(Some(&retryable("a", "x")), doubted("a", "x")).unwrap();
    for minutes in 0..200 {
        let at = minute(minutes);
        assert!(may_probe(Some(&entry), &content("x"), at).is_err(), "{at}");
    }
    assert!(PROBE_WINDOW > TimeDelta::zero());
}

#[test]
fn a_run_that_was_alive_all_along_still_says_that_it_published() {
    let entry = step(None, doubted("a", "x")).unwrap();
    let verdict = step(
        Some(&entry),
        Event::NotPublished {
            at: minute(90),
            waited: false,
        },
    )
    .unwrap();
    for before in [entry, verdict] {
        let event = Event::Published {
            nonce: Some("of the lost run".to_owned()),
            urn: urn(5),
            at: minute(91),
            how: How::Created,
            comment_id: None,
        };
        let known = step(Some(&before), event).unwrap();
        assert_eq!((known.state, known.urn), (State::Published, Some(urn(5))));
    }
}

#[test]
fn what_is_settled_is_not_doubted() {
    for (entry, refused) in [
        (published("a", "x", 1), Refused::AlreadyPublished),
        (unknown("a", "x"), Refused::Unknown),
        (skipped("a", "x"), Refused::Skipped),
    ] {
        assert_eq!(step(Some(&entry), doubted("a", "x")), Err(refused));
    }
}
