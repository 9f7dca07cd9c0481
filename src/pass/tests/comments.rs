//! First comments: their own entry, their own fate.

use super::*;
use crate::model::target::Target;
use crate::record::State;
use crate::sandbox::StoredComment;
use crate::system::LedgerFault;

const KEYS: &str = "author: jane\nfirst_comment: \"Link: https://e.io/x_(y) #1\"\n";

fn comments(bench: &Bench) -> Vec<StoredComment> {
    bench.linkedin.lock().unwrap().comments().to_vec()
}

fn about(report: &ApplyReport) -> (Outcome, String, u8) {
    let mut results = report.results.iter();
    let found = results.find(|result| result.item.target == Target::Comment);
    let found = found.unwrap_or_else(|| panic!("no comment in the report"));
    let code = found.error.as_ref().map_or("", |error| error.code.as_str());
    (found.outcome, code.to_owned(), found.exit.code())
}

fn entry(bench: &Bench) -> Entry {
    let store = MemoryLedger::new(bench.ledger.clone(), "");
    let ledger = run(store.load()).unwrap().ledger;
    let mut entries = ledger.entries.values();
    entries
        .find(|entry| entry.target == Target::Comment)
        .cloned()
        .unwrap()
}

fn bench() -> Bench {
    let bench = Bench::new("{}");
    bench.post("hello", KEYS, "Look (here)");
    bench
}

#[test]
fn trap_a_self_serve_token_comments_through_the_older_resource_after_the_lag() {
    let bench = bench();
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    assert_eq!(about(&report), (Outcome::Commented, String::new(), 0));
    // Plain, never escaped.
    assert_eq!(comments(&bench)[0].text, "Link: https://e.io/x_(y) #1");
    let asked = bench.asked("POST", "/rest/socialActions");
    assert!(asked.iter().all(|request| request.status == Some(403)));
    let older = bench.asked("POST", "/v2/socialActions");
    let statuses: Vec<_> = older.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(404), Some(404), Some(201)]);
    assert!(entry(&bench).comment_id.is_some());
    let report = bench.pass();
    assert_eq!(about(&report), (Outcome::None, String::new(), 0));
    assert_eq!(comments(&bench).len(), 1);
}

#[test]
fn a_page_comments_through_the_versioned_resource() {
    let bench = Bench::new("{}");
    bench.post("hello", "author: acme\nfirst_comment: Hi\n", "Look");
    assert_eq!(about(&bench.pass()).0, Outcome::Commented);
    assert!(bench.asked("POST", "/v2/socialActions").is_empty());
}

#[test]
fn trap_a_comment_that_is_forbidden_never_touches_the_post() {
    let bench = bench();
    bench.settings(|settings| settings.comments_v2 = false);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 77));
    let forbidden = (Outcome::Failed, "comment-forbidden".to_owned(), 77);
    assert_eq!(about(&report), forbidden);
    assert_eq!(report.exit.code(), 77);
    assert_eq!(bench.entry("hello").unwrap().state, State::Published);
    // Asked again after a day, and never as a new post.
    bench.later(3600);
    assert_eq!(about(&bench.pass()), (Outcome::None, String::new(), 0));
    bench.later(86_400);
    bench.settings(|settings| settings.comments_v2 = true);
    let report = bench.pass();
    assert_eq!(about(&report).0, Outcome::None, "by now it would be late");
    assert_eq!((bench.live().len(), comments(&bench).len()), (1, 0));
}

#[test]
fn trap_a_comment_without_an_answer_is_not_sent_again() {
    let bench = bench();
    bench.settings(|settings| settings.activity_lag_ms = 0);
    bench.fault("POST", "/v2/socialActions", When::After, Fault::Drop);
    let report = bench.pass();
    let unknown = (Outcome::Unknown, "comment-unknown".to_owned(), 0);
    assert_eq!(about(&report), unknown);
    assert_eq!(report.exit.code(), 0);
    assert_eq!(comments(&bench).len(), 1);
    bench.later(600);
    let report = bench.pass();
    assert_eq!(about(&report), unknown, "a warning each pass");
    assert_eq!((report.exit.code(), comments(&bench).len()), (0, 1));
}

#[test]
fn a_throttled_comment_waits_for_midnight() {
    let bench = bench();
    bench.settings(|settings| settings.comment_gap_s = 60);
    bench.post("second", KEYS, "Another");
    let report = bench.pass();
    let mut of = report
        .results
        .iter()
        .filter(|r| r.item.target == Target::Comment);
    assert_eq!(of.next().unwrap().outcome, Outcome::Commented);
    let held = of.next().unwrap();
    assert_eq!(held.outcome, Outcome::Held);
    assert_eq!(held.error.as_ref().unwrap().code, "rate-limited");
    bench.later(16 * 3600);
    bench.pass();
    assert_eq!(comments(&bench).len(), 2);
}

#[test]
fn a_renamed_post_keeps_its_comment() {
    let bench = bench();
    bench.pass();
    bench.remove("posts/hello.md");
    bench.post("renamed", KEYS, "Look (here)");
    bench.pass();
    assert_eq!(entry(&bench).key.as_str(), "renamed");
    assert_eq!(about(&bench.pass()), (Outcome::None, String::new(), 0));
    assert_eq!(comments(&bench).len(), 1);
}

#[test]
fn a_rename_that_is_not_recorded_at_once_leaves_no_comment_behind() {
    for fault in [LedgerFault::Unreachable, LedgerFault::Refuse] {
        let bench = bench();
        bench.post("hello", KEYS, "Look (here)");
        bench.pass();
        bench.remove("posts/hello.md");
        bench.post("renamed", KEYS, "Look (here)");
        // The first commit does not arrive, and every later one does.
        bench.ledger.fail_commit(fault);
        bench.pass();
        bench.pass();
        bench.pass();
        assert_eq!(entry(&bench).key.as_str(), "renamed");
        assert_eq!(comments(&bench).len(), 1, "{fault:?}");
    }
}

#[test]
fn a_comment_follows_a_post_that_is_out_and_a_changed_one_is_told() {
    let bench = Bench::new("{}");
    bench.post("hello", "author: jane\n", "Look");
    bench.pass();
    bench.later(60);
    bench.post("hello", "author: jane\nfirst_comment: One\n", "Look");
    assert_eq!(about(&bench.pass()).0, Outcome::Commented);
    bench.post("hello", "author: jane\nfirst_comment: Two\n", "Look");
    let report = bench.pass();
    let found = report
        .results
        .iter()
        .find(|r| r.item.target == Target::Comment);
    assert_eq!(found.unwrap().item.reason.code, "comment-stands");
    assert_eq!(comments(&bench).len(), 1);
}

#[test]
fn a_lockfile_that_knows_a_comment_the_ledger_lost_freezes() {
    let bench = bench();
    bench.pass();
    bench.ledger.force(&None);
    let report = bench.pass();
    assert_eq!(report.exit.code(), 73);
    assert_eq!((bench.live().len(), comments(&bench).len()), (1, 1));
}
