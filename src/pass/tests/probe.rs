//! `on_unknown: probe`: the identical bytes once more, to learn what the first request did.

use super::*;
use crate::record::{AttemptOutcome, How, State};
use crate::sandbox::settings::DuplicateGhost;

fn bench() -> Bench {
    let bench = Bench::new("{ on_unknown: probe }");
    // Nobody can look up a member's posts; a page's are looked up first.
    bench.post("hello", "author: jane\n", "Hello (world) #gitops");
    bench
}

/// The first request is lost, before or after it took effect.
fn lost(when: When) -> Bench {
    let bench = bench();
    bench.fault_create(when, Fault::Drop);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Unknown, "no-answer", 76));
    bench
}

/// Passes come and go, and nothing more is sent.
fn stays_unknown(bench: &Bench) {
    let sent = bench.creates().len();
    for _ in 0..3 {
        let report = bench.pass();
        assert_eq!(
            told(&report, "hello"),
            (Outcome::Unknown, "outcome-unknown", 76)
        );
        bench.later(60);
    }
    assert_eq!(bench.creates().len(), sent);
    assert_eq!(bench.entry("hello").unwrap().state, State::Unknown);
}

#[test]
fn an_answer_lost_after_the_commit_is_found_by_the_duplicate_answer() {
    let bench = lost(When::After);
    let there = bench.live()[0].clone();
    bench.later(60);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    assert_eq!(result(&report, "hello").item.urn.as_ref(), Some(&there.urn));
    assert_eq!(bench.live().len(), 1);
    let entry = bench.entry("hello").unwrap();
    assert_eq!(
        (entry.state, entry.how),
        (State::Published, Some(How::Duplicate))
    );
    assert_eq!(entry.urn, Some(there.urn));
    assert_eq!(entry.published_at, Some(there.created_at));
    let outcomes: Vec<AttemptOutcome> = entry.history.iter().map(|past| past.outcome).collect();
    assert_eq!(
        outcomes,
        [AttemptOutcome::Created, AttemptOutcome::NotCreated]
    );
    let asked = bench.creates();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].body, asked[1].body);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::None, "", 0));
}

#[test]
fn the_time_told_is_when_the_post_was_made_not_when_it_was_found() {
    let bench = lost(When::After);
    bench.later(120);
    let report = bench.pass();
    let made = bench.live()[0].created_at;
    assert_eq!(result(&report, "hello").item.published_at, Some(made));
}

#[test]
fn a_request_lost_before_the_commit_is_published_by_the_probe_once() {
    let bench = lost(When::Before);
    assert!(bench.live().is_empty());
    bench.later(60);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    assert_eq!(bench.entry("hello").unwrap().how, Some(How::Created));
    bench.later(60);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::None, "", 0));
    assert_eq!((bench.live().len(), bench.creates().len()), (1, 2));
}

#[test]
fn a_duplicate_made_outside_our_window_leaves_it_unknown() {
    let bench = Bench::new("{ on_unknown: probe }");
    bench.settings(|settings| settings.dup_window_s = 86_400);
    // Somebody wrote the same by hand, an hour ago.
    bench.post("by-hand", "", "Hello (world) #gitops");
    bench.pass();
    let theirs = bench.live()[0].clone();
    bench.remove("posts/by-hand.md");
    bench.forget();
    bench.later(3600);

    bench.post("hello", "", "Hello (world) #gitops");
    bench.fault_create(When::Before, Fault::Drop);
    assert_eq!(bench.pass().exit.code(), 76);
    bench.later(60);
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Unknown, "duplicate-post", 76)
    );
    let words = &result(&report, "hello").error.as_ref().unwrap().message;
    assert!(words.contains(theirs.urn.as_str()), "{words}");
    assert_eq!(bench.live(), [theirs]);
    stays_unknown(&bench);
}

#[test]
fn an_id_made_for_the_refusal_itself_is_no_proof() {
    let bench = lost(When::After);
    let urn = bench.live()[0].urn.clone();
    let now = bench.now();
    bench.linkedin().delete_by_hand(&urn, now);
    bench.settings(|settings| settings.dup_ghost = DuplicateGhost::FreshUrn);
    bench.later(60);
    // Ids are minted a moment after our clock was read.
    bench.fault_create(When::Before, Fault::Delay(Duration::from_millis(5)));
    assert_eq!(
        told(&bench.pass(), "hello"),
        (Outcome::Unknown, "duplicate-post", 76)
    );
    assert!(bench.live().is_empty());
    stays_unknown(&bench);
}

#[test]
fn it_is_probed_once() {
    let bench = lost(When::Before);
    bench.fault_create(When::Before, Fault::Drop);
    bench.later(10);
    assert_eq!(bench.pass().exit.code(), 76);
    assert_eq!(bench.creates().len(), 2);
    bench.later(10);
    stays_unknown(&bench);
    assert!(bench.live().is_empty());
}

#[test]
fn it_is_probed_within_five_minutes() {
    let bench = lost(When::Before);
    bench.later(301);
    stays_unknown(&bench);
    assert_eq!(bench.creates().len(), 1);
    let bench = lost(When::Before);
    bench.later(299);
    assert_eq!(bench.pass().exit.code(), 0);
}

/// Whatever keeps a probe from telling anything, the post is not "failed" or "held": it is
/// as unknown as before.
#[test]
fn a_probe_that_learned_nothing_is_told_as_unknown() {
    for (what, code) in [
        (Fault::Status(429), "rate-limited"),
        (Fault::Status(409), "write-conflict"),
        (Fault::Status(503), "server-error"),
        (Fault::Refuse, "linkedin-unreachable"),
    ] {
        let bench = lost(When::After);
        bench.fault_create(When::Before, what);
        bench.later(10);
        let report = bench.pass();
        assert_eq!(
            told(&report, "hello"),
            (Outcome::Unknown, code, 76),
            "{what:?}"
        );
        assert_eq!(bench.creates().len(), 2, "{what:?}");
        bench.later(10);
        stays_unknown(&bench);
        assert_eq!(bench.live().len(), 1);
    }
}

#[test]
fn a_token_refused_at_the_probe_leaves_it_unknown() {
    let bench = lost(When::After);
    bench.linkedin().directory.tokens.clear();
    bench.later(10);
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Unknown, "token-refused", 76)
    );
    stays_unknown(&bench);
}

#[test]
fn what_may_not_go_out_now_is_not_probed() {
    for keys in ["draft: true\n", "scheduled_at: 2026-09-04T08:00:00Z\n"] {
        let bench = lost(When::Before);
        let text = format!("---\n{keys}---\nHello (world) #gitops\n");
        let text = text.replace("draft: true", "draft: true\nscheduled_at: on-merge");
        bench.write("posts/hello.md", text.as_bytes());
        bench.later(10);
        stays_unknown(&bench);
        assert!(bench.live().is_empty());
    }
    let bench = lost(When::Before);
    let paused = format!("{CONFIG}publish: {{ on_unknown: probe, paused: true }}\n");
    bench.write("mergecast.yaml", paused.as_bytes());
    bench.later(10);
    stays_unknown(&bench);
}

#[test]
fn a_probe_overtaken_by_a_change_is_not_sent_and_stays_unknown() {
    let bench = lost(When::Before);
    bench.later(10);
    // Another post's upload takes long enough that the content is fetched again.
    bench.post("second", "media: [a.png]\n", "Second");
    bench.write("posts/a.png", &super::media::png());
    bench.settings(|settings| settings.media_processing_ms = 8_000);
    bench.merge_during_the_next_pass(|bench| bench.post("hello", "", "Another text"));
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Unknown, "changed-since-plan", 76)
    );
    assert_eq!(result(&report, "second").outcome, Outcome::Published);
    assert_eq!(bench.live().len(), 1);
}

#[test]
fn without_the_setting_nothing_is_probed() {
    let bench = Bench::new("{ on_unknown: hold }");
    bench.post("hello", "", "Hello");
    bench.fault_create(When::Before, Fault::Drop);
    assert_eq!(bench.pass().exit.code(), 76);
    bench.later(10);
    stays_unknown(&bench);
    assert_eq!(bench.creates().len(), 1);
}
