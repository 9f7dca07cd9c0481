//! What fails after LinkedIn said yes, or said nothing.

use mergecast::record::State;
use mergecast::report::results::Outcome;
use mergecast::sandbox::{Fault, When};
use mergecast::system::LedgerFault;

use crate::place::{Place, told};

/// A member's: nobody can look it up, as a page's.
fn one_post() -> Place {
    let place = Place::new("{}");
    place.post("hello", "author: jane\n", "Hello");
    place
}

/// Whatever comes after the post fails, once or for ever.
#[test]
fn what_fails_after_the_post_never_posts_again() {
    let place = one_post();
    place.outside.repository.protect(true);
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Published, 0));
    for _ in 0..5 {
        place.later(3600);
        let report = place.pass();
        assert_eq!(told(&report, "hello"), (Outcome::None, 0));
        assert_eq!(report.diagnostics[0].code, "lockfile-protected");
    }
    place.outside.repository.protect(false);
    assert!(place.pass().diagnostics.is_empty());
    assert_eq!((place.posts().len(), place.creates()), (1, 1));
}

#[test]
fn a_server_error_of_any_number_is_no_reason_to_send_again() {
    for status in (500..600).chain([408]) {
        let place = one_post();
        place.fault_create(1, When::After, Fault::Status(status));
        assert_eq!(
            told(&place.pass(), "hello"),
            (Outcome::Unknown, 76),
            "{status}"
        );
        place.later(3600);
        assert_eq!(
            told(&place.pass(), "hello"),
            (Outcome::Unknown, 76),
            "{status}"
        );
        assert_eq!((place.posts().len(), place.creates()), (1, 1), "{status}");
    }
}

/// It dies at any step, before and after the post is there. A person says what is true, and
/// in the end there is one post, and it is recorded.
#[test]
fn a_crash_at_any_step_ends_with_one_post() {
    let (_, steps) = one_post().pass_until(None).unwrap();
    let mut asked = 0;
    for crash_at in 1..=steps {
        let place = one_post();
        assert!(place.pass_until(Some(crash_at)).is_none());
        for _ in 0..2 {
            place.later(1000);
            let report = place.pass();
            if told(&report, "hello").0 == Outcome::Unknown {
                asked += 1;
                place.say_what_is_true("hello");
            }
        }
        place.pass();
        assert_eq!(place.posts().len(), 1, "a crash at {crash_at} of {steps}");
        let entry = place.entry("hello").unwrap();
        assert_eq!(entry.urn.as_ref(), Some(&place.posts()[0].urn));
    }
    assert!(asked >= 3, "a person was asked {asked} times");
}

/// The push of the result is refused, or gets no answer, so many times.
#[test]
fn a_result_that_cannot_be_recorded_is_told_with_its_urn() {
    for (fault, times, told_at_once) in [
        (LedgerFault::Unreachable, 1, false),
        (LedgerFault::Unreachable, 5, false),
        (LedgerFault::LoseAnswerAndRemote, 1, false),
        (LedgerFault::Unreachable, 50, true),
        (LedgerFault::Refuse, 1, true),
        (LedgerFault::Refuse, 50, true),
    ] {
        let place = one_post();
        place.outside.ledger.let_commit();
        for _ in 0..times {
            place.outside.ledger.fail_commit(fault);
        }
        let report = place.pass();
        let urn = place.posts()[0].urn.to_string();
        let words: Vec<String> = report
            .diagnostics
            .iter()
            .map(|d| format!("{d:?}"))
            .collect();
        let named = words
            .iter()
            .any(|words| words.contains("result-not-recorded") && words.contains(&urn));
        assert_eq!(named, told_at_once, "{fault:?} {times}: {words:?}");
        assert_eq!(report.exit.code(), if told_at_once { 76 } else { 0 });
        assert_eq!(told(&report, "hello").0, Outcome::Published);
        place.later(3600);
        for _ in 0..60 {
            place.pass();
        }
        let state = if told_at_once {
            State::Unknown
        } else {
            State::Published
        };
        assert_eq!(
            place.entry("hello").unwrap().state,
            state,
            "{fault:?} {times}"
        );
        assert_eq!((place.posts().len(), place.creates()), (1, 1));
    }
}

/// The second of three is refused, and the run dies at any step: whoever was sent before
/// the last one is recorded.
#[test]
fn what_worked_is_recorded_before_the_next_may_fail() {
    let names = ["a", "b", "c"];
    let three = || {
        let place = Place::new("{}");
        for name in names {
            place.post(name, "", &format!("Post {name}"));
        }
        place.fault_create(2, When::Before, Fault::Status(400));
        place
    };
    let (_, steps) = three().pass_until(None).unwrap();
    let mut sent_in_all = 0;
    for crash_at in 1..=steps {
        let place = three();
        assert!(place.pass_until(Some(crash_at)).is_none());
        let sent = place.creates();
        sent_in_all += sent;
        for name in &names[..sent.saturating_sub(1)] {
            let state = place.entry(name).unwrap().state;
            assert_ne!(state, State::Sending, "{name}, a crash at {crash_at}");
        }
        place.later(3600);
        place.pass();
        assert!(place.posts().len() <= 2, "a crash at {crash_at}");
    }
    assert!(sent_in_all > 10, "{sent_in_all}");
}

/// Nobody is told "publishing" for ever.
#[test]
fn a_dead_owner_makes_every_run_fail_until_a_person_answers() {
    let place = one_post();
    let (_, steps) = {
        let alive = one_post();
        alive.pass_until(None).unwrap()
    };
    // It dies with its request sent and nothing recorded.
    let crash_at = (1..steps).find(|crash_at| {
        let other = one_post();
        other.pass_until(Some(*crash_at));
        other.creates() == 1
    });
    assert!(place.pass_until(crash_at).is_none());
    assert_eq!(place.entry("hello").unwrap().state, State::Sending);
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Held, 75));
    place.later(240);
    for _ in 0..5 {
        assert_eq!(told(&place.pass(), "hello"), (Outcome::Unknown, 76));
        place.later(86_400);
    }
    assert_eq!((place.posts().len(), place.creates()), (1, 1));
}
