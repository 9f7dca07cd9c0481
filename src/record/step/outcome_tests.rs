//! One test for each way an attempt may end, and for each refusal.

use super::super::testing::*;
use super::{Event, Refused, step};
use crate::model::digest::Digest;
use crate::record::SentDocument;
use crate::record::entry::{AttemptOutcome, Entry, How, State};

fn exists(nonce: Option<&str>, number: u64, how: How) -> Event {
    Event::Published {
        nonce: nonce.map(str::to_owned),
        urn: urn(number),
        at: minute(1),
        how,
        comment_id: None,
    }
}

fn lost(nonce: &str) -> Event {
    Event::Lost {
        nonce: nonce.to_owned(),
        reason: why("timeout"),
    }
}

fn not_created(nonce: &str) -> Event {
    Event::NotCreated {
        nonce: nonce.to_owned(),
        reason: why("rate-limit"),
        not_before: Some(minute(60)),
        uploaded: Vec::new(),
    }
}

fn refused_by_linkedin(nonce: &str) -> Event {
    Event::Rejected {
        nonce: nonce.to_owned(),
        reason: why("rejected"),
    }
}

fn outcomes(entry: &Entry) -> Vec<(u32, AttemptOutcome)> {
    let past = entry.history.iter();
    past.map(|past| (past.attempt, past.outcome)).collect()
}

fn probing(text: &str) -> Entry {
    let event = Event::Declare {
        declaration: Box::new(declaration("launch", text)),
        owner: owner("two"),
        at: minute(2),
        probe: true,
    };
    step(Some(&unknown("launch", text)), event).unwrap()
}

#[test]
fn the_owner_publishes() {
    let entry = published("launch", "hello", 7);
    assert_eq!(
        (entry.state, entry.urn.clone()),
        (State::Published, Some(urn(7)))
    );
    assert_eq!(entry.how, Some(How::Created));
    assert_eq!(outcomes(&entry), [(1, AttemptOutcome::Created)]);
}

#[test]
fn the_owner_parks_what_was_not_created() {
    let entry = retryable("launch", "hello");
    assert_eq!(entry.state, State::Retryable);
    assert_eq!(entry.not_before, Some(minute(30)));
    assert_eq!(outcomes(&entry), [(1, AttemptOutcome::NotCreated)]);
}

#[test]
fn the_owner_records_a_rejection() {
    let entry = rejected("launch", "hello");
    assert_eq!(
        (entry.state, entry.reason.clone()),
        (State::Rejected, Some(why("rejected")))
    );
    assert_eq!(outcomes(&entry), [(1, AttemptOutcome::Rejected)]);
}

#[test]
fn the_owner_records_that_it_does_not_know() {
    let entry = unknown("launch", "hello");
    assert_eq!(entry.state, State::Unknown);
    assert!(entry.owner_saw_it_end);
    assert_eq!(outcomes(&entry), [(1, AttemptOutcome::Unknown)]);
}

#[test]
fn nobody_but_the_owner_ends_an_attempt() {
    for entry in [sending("launch", "a"), abandoned("launch", "a")] {
        for event in [lost("two"), not_created("two"), refused_by_linkedin("two")] {
            assert_eq!(step(Some(&entry), event), Err(Refused::NotOwner));
        }
    }
}

#[test]
fn an_attempt_ends_once() {
    for entry in [
        unknown("launch", "a"),
        retryable("launch", "a"),
        rejected("launch", "a"),
    ] {
        for event in [lost("one"), not_created("one"), refused_by_linkedin("one")] {
            let state = entry.state;
            assert_eq!(
                step(Some(&entry), event),
                Err(Refused::Meaningless { state })
            );
        }
    }
    for event in [lost("one"), not_created("one"), refused_by_linkedin("one")] {
        assert_eq!(
            step(Some(&published("launch", "a", 1)), event),
            Err(Refused::AlreadyPublished)
        );
    }
}

#[test]
fn a_silent_owner_is_given_up_after_four_minutes() {
    let sending = sending("launch", "a");
    let early = minute(4) - chrono::TimeDelta::seconds(1);
    assert!(matches!(
        step(
            Some(&sending),
            Event::Expired {
                at: early,
                waited: false
            }
        ),
        Err(Refused::Sending { .. })
    ));
    let entry = step(
        Some(&sending),
        Event::Expired {
            at: minute(4),
            waited: false,
        },
    )
    .unwrap();
    assert_eq!(entry.state, State::Unknown);
    assert!(!entry.owner_saw_it_end);
    assert_eq!(entry.reason.unwrap().code, "owner-silent");
}

#[test]
fn only_a_sending_entry_expires() {
    for entry in [
        published("launch", "a", 1),
        unknown("launch", "a"),
        retryable("launch", "a"),
        rejected("launch", "a"),
        skipped("launch", "a"),
    ] {
        let state = entry.state;
        assert_eq!(
            step(
                Some(&entry),
                Event::Expired {
                    at: minute(99),
                    waited: false
                }
            ),
            Err(Refused::Meaningless { state })
        );
    }
}

#[test]
fn an_owner_that_was_given_up_corrects_the_record() {
    let entry = abandoned("launch", "a");
    let corrected = step(Some(&entry), not_created("one")).unwrap();
    assert_eq!(corrected.state, State::Retryable);
    assert_eq!(outcomes(&corrected), [(1, AttemptOutcome::NotCreated)]);
    let corrected = step(Some(&entry), exists(Some("one"), 7, How::Created)).unwrap();
    assert_eq!(outcomes(&corrected), [(1, AttemptOutcome::Created)]);
}

#[test]
fn a_lookup_or_a_person_finds_an_unknown_post() {
    for how in [How::Found, How::Resolved] {
        let entry = step(Some(&unknown("launch", "a")), exists(None, 7, how)).unwrap();
        assert_eq!((entry.state, entry.how), (State::Published, Some(how)));
    }
}

#[test]
fn nobody_resolves_a_post_that_is_being_sent() {
    assert!(matches!(
        step(
            Some(&sending("launch", "a")),
            exists(None, 7, How::Resolved)
        ),
        Err(Refused::Sending { .. })
    ));
}

#[test]
fn a_post_of_an_older_attempt_is_recorded_and_says_nothing_of_the_current_one() {
    let second = declare("launch", "a", "two", minute(30));
    let entry = step(Some(&retryable("launch", "a")), second).unwrap();
    let entry = step(Some(&entry), exists(Some("one"), 7, How::Created)).unwrap();
    assert_eq!(
        (entry.state, entry.urn.clone()),
        (State::Published, Some(urn(7)))
    );
    assert_eq!(outcomes(&entry), [(1, AttemptOutcome::NotCreated)]);
}

#[test]
fn a_second_post_is_kept_beside_the_first() {
    let entry = published("launch", "a", 1);
    let entry = step(Some(&entry), exists(Some("two"), 2, How::Created)).unwrap();
    let entry = step(Some(&entry), exists(None, 2, How::Found)).unwrap();
    assert_eq!((entry.urn, entry.also), (Some(urn(1)), vec![urn(2)]));
}

#[test]
fn a_probe_answered_as_duplicate_credits_the_attempt_it_repeated() {
    let entry = step(Some(&probing("a")), exists(Some("two"), 7, How::Duplicate)).unwrap();
    assert_eq!(
        outcomes(&entry),
        [
            (1, AttemptOutcome::Created),
            (2, AttemptOutcome::NotCreated)
        ]
    );
}

#[test]
fn a_probe_that_created_nothing_leaves_the_outcome_unknown() {
    for event in [not_created("two"), refused_by_linkedin("two")] {
        let entry = step(Some(&probing("a")), event).unwrap();
        assert_eq!((entry.state, entry.not_before), (State::Unknown, None));
        let again = declare("launch", "a", "three", minute(99));
        assert_eq!(step(Some(&entry), again), Err(Refused::Unknown));
    }
}

#[test]
fn not_published_works_at_once_when_the_owner_saw_the_end() {
    let entry = step(
        Some(&unknown("launch", "a")),
        Event::NotPublished {
            at: minute(1),
            waited: false,
        },
    );
    let entry = entry.unwrap();
    assert_eq!((entry.state, entry.not_before), (State::Retryable, None));
}

#[test]
fn not_published_waits_for_an_owner_that_may_live() {
    let entry = abandoned("launch", "a");
    assert_eq!(
        step(
            Some(&entry),
            Event::NotPublished {
                at: minute(14),
                waited: false
            }
        ),
        Err(Refused::OwnerMayLive { until: minute(15) })
    );
    let entry = step(
        Some(&entry),
        Event::NotPublished {
            at: minute(15),
            waited: false,
        },
    )
    .unwrap();
    assert_eq!(entry.state, State::Retryable);
    assert_eq!(
        step(Some(&entry), not_created("one")),
        Err(Refused::Meaningless {
            state: State::Retryable
        })
    );
}

/// Its owner's clock was slow: the declaration is minutes old and looks like an hour.
#[test]
fn not_published_waits_after_the_doubt_however_old_the_declaration_looks() {
    let expired = Event::Expired {
        at: minute(64),
        waited: false,
    };
    let entry = step(Some(&sending("launch", "a")), expired).unwrap();
    let says = |at| step(Some(&entry), Event::NotPublished { at, waited: false });
    let until = minute(66);
    assert_eq!(says(minute(65)), Err(Refused::OwnerMayLive { until }));
    assert_eq!(says(until).unwrap().state, State::Retryable);
}

#[test]
fn not_published_is_said_of_unknown_posts_only() {
    let says = |entry: &Entry| {
        step(
            Some(entry),
            Event::NotPublished {
                at: minute(99),
                waited: false,
            },
        )
    };
    assert_eq!(
        says(&published("launch", "a", 1)),
        Err(Refused::AlreadyPublished)
    );
    assert!(matches!(
        says(&sending("launch", "a")),
        Err(Refused::Sending { .. })
    ));
    for entry in [
        retryable("launch", "a"),
        rejected("launch", "a"),
        skipped("launch", "a"),
    ] {
        let state = entry.state;
        assert_eq!(says(&entry), Err(Refused::Meaningless { state }));
    }
}

#[test]
fn a_live_post_is_edited_and_deleted_and_nothing_else_is() {
    let edit = || Event::Edited {
        content: Box::new(content("new")),
        content_commit: None,
        document: None,
        replaces: content("a").digest(),
    };
    let entry = step(Some(&published("launch", "a", 1)), edit()).unwrap();
    assert_eq!(entry.digest, content("new").digest());
    let gone = deleted("launch", "a", 1);
    assert_eq!(
        (gone.state, gone.deleted_at),
        (State::Published, Some(minute(10)))
    );
    for entry in [gone, unknown("launch", "a"), skipped("launch", "a")] {
        let state = entry.state;
        let refused = Err(Refused::Meaningless { state });
        assert_eq!(step(Some(&entry), edit()), refused);
        assert_eq!(
            step(Some(&entry), Event::Deleted { at: minute(1) }),
            refused
        );
    }
}

#[test]
fn an_entry_moves_in_every_state_and_keeps_everything_else() {
    for entry in [
        sending("launch", "a"),
        published("launch", "a", 1),
        unknown("launch", "a"),
        retryable("launch", "a"),
        rejected("launch", "a"),
        skipped("launch", "a"),
    ] {
        let moved = step(Some(&entry), moves_to("start", "a")).unwrap();
        let expected = Entry {
            key: key("start"),
            path: path("start"),
            former_keys: vec![key("launch")],
            ..entry
        };
        assert_eq!(moved, expected);
    }
}

fn moves_to(name: &str, says: &str) -> Event {
    Event::Moved {
        key: key(name),
        path: path(name),
        digest: content(says).digest(),
        document: None,
    }
}

#[test]
fn a_move_or_a_recognised_document_is_of_the_entry_that_was_planned_with() {
    let entry = published("launch", "a", 1);
    let refused = Err(Refused::RecordChanged);
    assert_eq!(step(Some(&entry), moves_to("start", "b")), refused);
    let recognised = |says: &str| Event::Recognised {
        digest: content(says).digest(),
        document: SentDocument {
            digest: Digest::of(b"the file"),
            explicit_id: true,
        },
        path: path("launch"),
    };
    assert_eq!(step(Some(&entry), recognised("b")), refused);
    let known = step(Some(&entry), recognised("a")).unwrap();
    assert!(known.document.is_some_and(|document| document.explicit_id));
}

#[test]
fn a_key_that_an_entry_has_again_is_no_former_one() {
    let mut entry = published("a", "x", 1);
    for name in ["b", "c", "a", "a"] {
        entry = step(Some(&entry), moves_to(name, "x")).unwrap();
    }
    assert_eq!(entry.former_keys, [key("b"), key("c")]);
}

#[test]
fn an_import_is_a_skip_and_then_a_post() {
    let entry = step(Some(&skipped("old", "a")), exists(None, 7, How::Imported)).unwrap();
    assert_eq!((entry.state, entry.attempt), (State::Published, 0));
    assert_eq!((entry.reason, entry.history.len()), (None, 0));
}

#[test]
fn nothing_but_a_beginning_applies_to_no_entry() {
    for event in [
        exists(None, 1, How::Found),
        lost("one"),
        not_created("one"),
        refused_by_linkedin("one"),
        Event::Expired {
            at: minute(9),
            waited: false,
        },
        Event::NotPublished {
            at: minute(99),
            waited: false,
        },
        Event::Deleted { at: minute(1) },
        moves_to("b", "a"),
    ] {
        assert_eq!(step(None, event), Err(Refused::NoEntry));
    }
}
