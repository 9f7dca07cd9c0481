//! One test for each way an attempt may begin, and for each refusal.

use super::super::testing::*;
use super::{Event, Refused, step};
use crate::model::content::ContentMedia;
use crate::model::digest::Digest;
use crate::record::entry::{Entry, SentMedia, State};

fn probe(text: &str, minutes: i64) -> Event {
    Event::Declare {
        declaration: Box::new(declaration("launch", text)),
        owner: owner("two"),
        at: minute(minutes),
        probe: true,
    }
}

fn park(text: &str) -> Event {
    Event::Parked {
        declaration: Box::new(declaration("launch", text)),
        uploaded: vec![SentMedia {
            seal: None,
            digest: Digest::of(b"image"),
            urn: crate::model::urn::MediaUrn::parse("urn:li:image:C4").unwrap(),
        }],
        not_before: minute(15),
        reason: why("media-processing"),
    }
}

fn skip(text: &str) -> Event {
    Event::Skip {
        declaration: Box::new(declaration("launch", text)),
        reason: why("late-skipped"),
    }
}

fn redeclare(entry: &Entry, text: &str, minutes: i64) -> Result<Entry, Refused> {
    step(Some(entry), declare("launch", text, "two", minute(minutes)))
}

#[test]
fn a_first_declaration_is_attempt_one() {
    let entry = sending("launch", "hello");
    assert_eq!((entry.state, entry.attempt), (State::Sending, 1));
    assert_eq!(entry.declared_at, Some(minute(0)));
    assert_eq!(entry.digest, content("hello").digest());
    assert!(entry.is_owned_by("one") && !entry.is_owned_by("two"));
}

#[test]
fn a_retryable_entry_is_declared_again_as_the_next_attempt() {
    let entry = redeclare(&retryable("launch", "hello"), "hello", 30).unwrap();
    assert_eq!((entry.state, entry.attempt), (State::Sending, 2));
    assert!(entry.is_owned_by("two"));
    assert_eq!((entry.not_before, entry.reason.as_ref()), (None, None));
    assert_eq!(entry.history.len(), 1);
}

#[test]
fn a_retryable_entry_waits_for_its_time() {
    assert_eq!(
        redeclare(&retryable("launch", "hello"), "hello", 29),
        Err(Refused::NotBefore {
            not_before: minute(30)
        })
    );
}

#[test]
fn a_rejected_entry_is_declared_again_only_with_other_content() {
    let rejected = rejected("launch", "hello");
    assert_eq!(
        redeclare(&rejected, "hello", 9),
        Err(Refused::StillRejected)
    );
    assert_eq!(redeclare(&rejected, "other", 9).unwrap().attempt, 2);
}

#[test]
fn a_published_entry_is_never_declared_again() {
    for entry in [published("launch", "a", 1), deleted("launch", "a", 1)] {
        assert_eq!(redeclare(&entry, "b", 9999), Err(Refused::AlreadyPublished));
        assert_eq!(
            step(Some(&entry), probe("a", 1)),
            Err(Refused::AlreadyPublished)
        );
    }
}

#[test]
fn nobody_takes_a_sending_entry_over_however_old() {
    assert_eq!(
        redeclare(&sending("launch", "hello"), "hello", 99_999),
        Err(Refused::Sending {
            declared_at: minute(0)
        })
    );
}

#[test]
fn an_unknown_entry_is_not_declared_again() {
    for entry in [unknown("launch", "a"), abandoned("launch", "a")] {
        assert_eq!(redeclare(&entry, "a", 99_999), Err(Refused::Unknown));
        assert_eq!(redeclare(&entry, "b", 99_999), Err(Refused::Unknown));
    }
}

#[test]
fn a_skipped_entry_is_not_declared_again() {
    assert_eq!(
        redeclare(&skipped("launch", "a"), "b", 9),
        Err(Refused::Skipped)
    );
}

#[test]
fn a_probe_repeats_an_unknown_attempt_its_runner_saw_end() {
    let entry = step(Some(&unknown("launch", "hello")), probe("hello", 5)).unwrap();
    assert_eq!((entry.state, entry.attempt), (State::Sending, 2));
    assert!(entry.probe);
}

#[test]
fn a_probe_needs_the_window_the_bytes_the_runner_and_no_media() {
    let entry = unknown("launch", "hello");
    let refused = Err(Refused::Unknown);
    assert_eq!(step(Some(&entry), probe("hello", 6)), refused);
    assert_eq!(step(Some(&entry), probe("hello", -1)), refused);
    assert_eq!(step(Some(&entry), probe("other", 1)), refused);
    let silent = abandoned("launch", "hello");
    assert_eq!(step(Some(&silent), probe("hello", 4)), refused);

    let mut with_media = declaration("launch", "hello");
    with_media.content.media.push(ContentMedia {
        digest: Digest::of(b"image"),
        alt: None,
        title: None,
        thumbnail: None,
        captions: None,
    });
    let mut entry = entry;
    entry.content = with_media.content.clone();
    entry.digest = with_media.content.digest();
    let event = Event::Declare {
        declaration: Box::new(with_media),
        owner: owner("two"),
        at: minute(1),
        probe: true,
    };
    assert_eq!(step(Some(&entry), event), refused);
}

#[test]
fn a_probe_is_for_unknown_entries_only() {
    assert_eq!(step(None, probe("a", 1)), Err(Refused::NoEntry));
    assert_eq!(
        step(Some(&retryable("launch", "a")), probe("a", 1)),
        Err(Refused::Meaningless {
            state: State::Retryable
        })
    );
}

#[test]
fn an_attempt_is_probed_once() {
    let probed = step(Some(&unknown("launch", "a")), probe("a", 1)).unwrap();
    let lost = Event::Lost {
        nonce: "two".to_owned(),
        reason: why("timeout"),
    };
    let lost = step(Some(&probed), lost).unwrap();
    assert_eq!(step(Some(&lost), probe("a", 2)), Err(Refused::Unknown));
}

#[test]
fn parking_keeps_uploads_and_declares_nothing() {
    let entry = step(None, park("hello")).unwrap();
    assert_eq!((entry.state, entry.attempt), (State::Retryable, 0));
    assert_eq!(entry.not_before, Some(minute(15)));
    assert_eq!((entry.uploaded.len(), entry.owner.as_ref()), (1, None));
    let declared = redeclare(&entry, "hello", 15).unwrap();
    assert_eq!((declared.attempt, declared.uploaded.len()), (1, 0));
}

#[test]
fn parking_is_refused_where_declaring_is() {
    for (entry, refused) in [
        (published("launch", "a", 1), Refused::AlreadyPublished),
        (unknown("launch", "a"), Refused::Unknown),
        (skipped("launch", "a"), Refused::Skipped),
        (rejected("launch", "a"), Refused::StillRejected),
    ] {
        assert_eq!(step(Some(&entry), park("a")), Err(refused));
    }
    assert!(matches!(
        step(Some(&sending("launch", "a")), park("a")),
        Err(Refused::Sending { .. })
    ));
}

#[test]
fn a_new_retryable_rejected_unknown_or_skipped_post_can_be_skipped() {
    let entries = [
        None,
        Some(retryable("launch", "sent")),
        Some(rejected("launch", "sent")),
        Some(unknown("launch", "sent")),
        Some(skipped("launch", "sent")),
    ];
    for entry in entries {
        let next = step(entry.as_ref(), skip("today")).unwrap();
        assert_eq!(next.state, State::Skipped);
        assert_eq!(next.reason, Some(why("late-skipped")));
        assert_eq!(next.not_before, None);
        let text = entry.map_or("today", |_| "sent");
        assert_eq!(next.content.text, text, "what was sent stays recorded");
    }
}

#[test]
fn a_published_or_sending_post_cannot_be_skipped() {
    assert_eq!(
        step(Some(&published("launch", "a", 1)), skip("a")),
        Err(Refused::AlreadyPublished)
    );
    assert!(matches!(
        step(Some(&sending("launch", "a")), skip("a")),
        Err(Refused::Sending { .. })
    ));
}
