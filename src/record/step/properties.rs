//! Invariants over every sequence of events, sensible or not.

use crate::model::digest::Digest;
use crate::record::SentDocument;
use proptest::prelude::*;

use super::super::testing::*;
use super::{Event, Refused, step};
use crate::record::entry::{AttemptOutcome, Entry, How, SentMedia, State};
use crate::record::ledger::Ledger;
use crate::record::lockfile::{Lockfile, LockfileBlock};

fn nonces() -> impl Strategy<Value = String> {
    prop_oneof![Just("one"), Just("two"), Just("three")].prop_map(str::to_owned)
}

fn texts() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("hello"), 1 => Just("other")]
}

fn declared() -> impl Strategy<Value = Event> {
    let at = (0i64..40).prop_map(minute);
    (texts(), nonces(), at, any::<bool>()).prop_map(|(text, nonce, at, probe)| Event::Declare {
        declaration: Box::new(declaration("launch", text)),
        owner: owner(&nonce),
        at,
        probe,
    })
}

fn events() -> impl Strategy<Value = Event> {
    let at = (0i64..40).prop_map(minute);
    let hows = prop_oneof![
        Just(How::Created),
        Just(How::Duplicate),
        Just(How::Found),
        Just(How::Resolved)
    ];
    let exists = (prop::option::of(nonces()), 1u64..4, at.clone(), hows).prop_map(
        |(nonce, number, at, how)| Event::Published {
            nonce,
            urn: urn(number),
            at,
            how,
            comment_id: None,
        },
    );
    let not_created = (nonces(), prop::option::of(at.clone())).prop_map(|(nonce, not_before)| {
        Event::NotCreated {
            nonce,
            reason: why("rate-limit"),
            not_before,
            uploaded: Vec::new(),
        }
    });
    let declarations = texts()
        .prop_map(|text| Box::new(declaration("launch", text)))
        .boxed();
    let parked =
        (declarations.clone(), at.clone()).prop_map(|(declaration, not_before)| Event::Parked {
            declaration,
            uploaded: Vec::<SentMedia>::new(),
            not_before,
            reason: why("media-processing"),
        });
    prop_oneof![
        4 => declared(),
        2 => exists,
        2 => not_created,
        1 => nonces().prop_map(|nonce| Event::Rejected { nonce, reason: why("rejected") }),
        2 => nonces().prop_map(|nonce| Event::Lost { nonce, reason: why("timeout") }),
        1 => at.clone().prop_map(|at| Event::Expired { at }),
        1 => at.clone().prop_map(|at| Event::NotPublished { at }),
        1 => declarations.prop_map(|declaration| Event::Skip { declaration, reason: why("skip") }),
        1 => parked,
        1 => texts().prop_map(|text| Event::Edited {
            content: Box::new(content(text)),
            content_commit: None,
            document: None,
        }),
        1 => texts().prop_map(recognised),
        3 => of_a_rebuild(),
        1 => texts().prop_map(moved),
        1 => at.prop_map(|at| Event::Deleted { at }),
    ]
}

fn document() -> SentDocument {
    SentDocument {
        digest: Digest::of(b"the file"),
        explicit_id: false,
    }
}

fn recognised(text: &str) -> Event {
    Event::Recognised {
        digest: content(text).digest(),
        document: document(),
        path: path("launch"),
    }
}

fn moved(text: &str) -> Event {
    Event::Moved {
        key: key("start"),
        path: path("start"),
        digest: content(text).digest(),
        document: None,
    }
}

fn of_a_rebuild() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1u64..4, any::<bool>()).prop_map(|(number, gone)| witnessed(number, gone)),
        texts().prop_map(|text| Event::Witnessed {
            block: block_of(&skipped("launch", text)),
            content: None,
            at: minute(39),
        }),
        texts().prop_map(|text| Event::Doubted {
            declaration: Box::new(declaration("launch", text)),
            reason: why("ledger-lost"),
            at: minute(39),
        }),
    ]
}

fn block_of(entry: &Entry) -> Box<LockfileBlock> {
    let mut ledger = Ledger::default();
    ledger.entries.insert(entry.id(), entry.clone());
    let blocks = Lockfile::from_ledger(&ledger).blocks;
    Box::new(blocks.values().next().unwrap().as_ref().clone())
}

fn witnessed(number: u64, gone: bool) -> Event {
    let entry = match gone {
        true => deleted("launch", "hello", number),
        false => published("launch", "hello", number),
    };
    Event::Witnessed {
        block: block_of(&entry),
        content: gone.then(|| Box::new(content("hello"))),
        at: minute(39),
    }
}

/// Who speaks in an event that ends an attempt.
fn speaker(event: &Event) -> Option<&str> {
    match event {
        Event::NotCreated { nonce, .. }
        | Event::Rejected { nonce, .. }
        | Event::Lost { nonce, .. } => Some(nonce),
        Event::Published { nonce, .. } => nonce.as_deref(),
        Event::Declare { .. }
        | Event::Expired { .. }
        | Event::NotPublished { .. }
        | Event::Skip { .. }
        | Event::Parked { .. }
        | Event::Witnessed { .. }
        | Event::Doubted { .. }
        | Event::Edited { .. }
        | Event::Moved { .. }
        | Event::Recognised { .. }
        | Event::Deleted { .. } => None,
    }
}

fn check(before: Option<&Entry>, event: &Event, after: &Entry) -> Result<(), TestCaseError> {
    let attempt = before.map_or(0, |entry| entry.attempt);
    let declared = matches!(event, Event::Declare { .. });
    prop_assert_eq!(after.attempt, attempt + u32::from(declared));
    prop_assert_eq!(after.state == State::Sending && declared, declared);
    if after.state == State::Published {
        prop_assert!(after.urn.is_some() && after.published_at.is_some());
    }
    let mut numbers: Vec<u32> = after.history.iter().map(|past| past.attempt).collect();
    prop_assert!(
        numbers.windows(2).all(|pair| pair[0] < pair[1]),
        "{:?}",
        numbers
    );
    prop_assert!(numbers.pop().is_none_or(|last| last <= after.attempt));
    let Some(before) = before else { return Ok(()) };
    if before.state == State::Published {
        prop_assert_eq!(after.state, State::Published);
        prop_assert_eq!(&after.urn, &before.urn);
    }
    if declared {
        let allowed = match before.state {
            State::Retryable => true,
            State::Rejected => after.digest != before.digest,
            State::Unknown => after.probe && before.owner_saw_it_end && !before.probe,
            State::Sending | State::Published | State::Skipped => false,
        };
        prop_assert!(allowed, "declared from {:?}", before.state);
    }
    if let Some(nonce) = speaker(event)
        && !before.is_owned_by(nonce)
    {
        prop_assert_eq!(&after.history, &before.history);
        prop_assert_eq!(after.state, State::Published);
    }
    if before.state == State::Sending {
        let by_owner = speaker(event).is_some_and(|nonce| before.is_owned_by(nonce));
        let left = after.state != State::Sending;
        let given_up = matches!(event, Event::Expired { .. }) && after.state == State::Unknown;
        let known = after.state == State::Published;
        prop_assert!(!left || by_owner || given_up || known);
    }
    Ok(())
}

/// A fault-free truth: `retryable` and `rejected` never hide an attempt that may have
/// worked, unless a person said that it had not.
fn check_no_hidden_unknown(entry: &Entry, verdict: bool) -> Result<(), TestCaseError> {
    let open = entry
        .history
        .iter()
        .any(|past| past.outcome == AttemptOutcome::Unknown);
    if open && !verdict {
        prop_assert!(!matches!(entry.state, State::Retryable | State::Rejected));
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_sequence_of_events_keeps_the_promises(
        events in prop::collection::vec(events(), 1..40),
    ) {
        let mut entry: Option<Entry> = None;
        let mut verdict = false;
        for event in events {
            match step(entry.as_ref(), event.clone()) {
                Ok(next) => {
                    verdict |= matches!(event, Event::NotPublished { .. });
                    check(entry.as_ref(), &event, &next)?;
                    check_no_hidden_unknown(&next, verdict)?;
                    entry = Some(next);
                }
                Err(refused) => prop_assert_ne!(refused.to_string(), ""),
            }
        }
    }

    #[test]
    fn entries_survive_their_json(events in prop::collection::vec(events(), 1..20)) {
        let mut entry: Option<Entry> = None;
        for event in events {
            if let Ok(next) = step(entry.as_ref(), event) {
                let text = next.to_json();
                let read: Entry = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(&read, &next);
                prop_assert_eq!(read.to_json(), text);
                entry = Some(next);
            }
        }
    }

    #[test]
    fn two_runners_never_both_hold_the_same_attempt(
        nonces in prop::collection::vec(nonces(), 2..6),
    ) {
        let mut entry = sending("launch", "hello");
        for nonce in nonces {
            let refused = step(Some(&entry), declare("launch", "hello", &nonce, minute(9)));
            let is_refused = matches!(refused, Err(Refused::Sending { .. }));
            prop_assert!(is_refused);
            entry.attempt = entry.attempt.max(1);
        }
    }
}
