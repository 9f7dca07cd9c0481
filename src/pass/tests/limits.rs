//! How far one refusal reaches: one post, one author, one token, or all.

use super::*;
use crate::pass::reconcile_until;
use crate::record::State;
use crate::sandbox::settings::RetryAfter;
use crate::watch::rhythm::{Facts, Next, Rhythm, Why};

/// The settings with the names of the variables that hold the tokens.
fn config(bench: &Bench, acme: &str, jane: &str, more: &str) {
    let text = CONFIG
        .replace("token_env: ACME", &format!("token_env: {acme}"))
        .replace("token_env: JANE", &format!("token_env: {jane}"));
    bench.write("mergecast.yaml", format!("{text}{more}").as_bytes());
}

/// Two posts of the page and one of the member, in this order.
fn three() -> Bench {
    let bench = Bench::new("{}");
    bench.post("a", "", "First of the page");
    bench.post("b", "", "Second of the page");
    bench.post("c", "author: jane\n", "One of the member");
    bench
}

fn outcomes(report: &ApplyReport) -> Vec<(Outcome, &str)> {
    let keys = ["a", "b", "c"];
    keys.map(|key| {
        let (outcome, code, _) = told(report, key);
        (outcome, code)
    })
    .into()
}

#[test]
fn trap_a_limit_without_retry_after_parks_the_post_until_midnight_utc() {
    let bench = three();
    bench.fault_create(When::Before, Fault::Status(429));
    let report = bench.pass();
    let limited = (Outcome::Held, "rate-limited");
    assert_eq!(
        outcomes(&report),
        [limited, limited, (Outcome::Published, "")]
    );
    assert_eq!((report.exit.code(), bench.creates().len()), (75, 2));
    let until = bench.entry("a").unwrap().not_before.unwrap();
    assert_eq!(until.to_rfc3339(), "2026-09-04T00:00:00+00:00");
    // The second was not tried, so nothing keeps it from going out in the next pass.
    assert!(bench.entry("b").is_none());
    for _ in 0..3 {
        bench.later(600);
        assert_eq!(told(&bench.pass(), "a").1, "retry-later");
    }
    assert_eq!(bench.creates().len(), 3);
    bench.later(16 * 3600);
    assert_eq!(told(&bench.pass(), "a"), (Outcome::Published, "", 0));
}

/// One call is left for today, five seconds before midnight UTC.
pub(super) fn at_the_end_of_a_day(retry_after: u32) -> Bench {
    let bench = Bench::new("{}");
    bench.post("a", "", "First");
    bench.post("b", "", "Second");
    bench.settings(|settings| {
        settings.quota_member = Some(1);
        settings.retry_after_header = RetryAfter::Seconds(retry_after);
    });
    bench.later(16 * 3600 - 5);
    bench
}

#[test]
fn a_short_retry_after_is_waited_out_with_an_attempt_of_its_own() {
    let bench = at_the_end_of_a_day(7);
    let began = bench.now();
    let report = bench.pass();
    assert_eq!(told(&report, "a"), (Outcome::Published, "", 0));
    assert_eq!(told(&report, "b"), (Outcome::Published, "", 0));
    assert_eq!((bench.now() - began).num_seconds(), 7);
    assert_eq!(bench.entry("b").unwrap().attempt, 2);
    assert_eq!((bench.live().len(), bench.creates().len()), (2, 3));
}

#[test]
fn a_long_retry_after_parks_the_post_for_that_long() {
    let bench = at_the_end_of_a_day(300);
    let began = bench.now();
    let report = bench.pass();
    assert_eq!(told(&report, "b"), (Outcome::Held, "rate-limited", 75));
    assert_eq!(bench.now(), began);
    let until = bench.entry("b").unwrap().not_before.unwrap();
    assert_eq!((until - began).num_seconds(), 300);
    assert_eq!(bench.entry("b").unwrap().state, State::Retryable);
}

/// `apply --wait` for half an hour, and until when it slept each time.
fn waited(bench: &Bench) -> (ApplyReport, Vec<Instant>) {
    let (world, options) = (bench.world(), bench.options());
    let token = |config: &Config, author: &AuthorUrn| {
        crate::pass::ready(credentials::resolve(author, config, &bench.tokens))
    };
    let slept: RefCell<Vec<Instant>> = RefCell::default();
    let sleeps = |_: &ApplyReport, until: Instant| slept.borrow_mut().push(until);
    let until = bench.now() + TimeDelta::minutes(30);
    let standby = Standby::at_once(StopSignal::never());
    let passes = reconcile_until(&world, &options, &token, until, &standby, &sleeps);
    let report = run(passes);
    (report, slept.into_inner())
}

#[test]
fn an_apply_that_waits_comes_back_for_what_it_parked() {
    let bench = at_the_end_of_a_day(600);
    let parked = bench.now() + TimeDelta::minutes(10);
    let (report, slept) = waited(&bench);
    assert_eq!(slept, [parked]);
    assert_eq!(told(&report, "a"), (Outcome::Published, "", 0));
    assert_eq!(told(&report, "b"), (Outcome::Published, "", 0));
    assert_eq!((bench.live().len(), bench.now()), (2, parked));
    assert_eq!(report.next_due, None);
}

#[test]
fn a_watcher_comes_back_for_what_a_pass_parked() {
    let bench = at_the_end_of_a_day(600);
    let began = bench.now();
    let parked = began + TimeDelta::minutes(10);
    let report = bench.pass_with(&Standby::ahead(StopSignal::never()));
    assert_eq!(report.next_due, Some(parked));
    let facts = |now| Facts {
        now,
        owes: false,
        media: None,
        random: 0,
    };
    let mut rhythm = Rhythm::new(TimeDelta::hours(9), TimeDelta::hours(9));
    rhythm.looked(Some(String::new()), &facts(began));
    rhythm.passed(&report, began, &facts(began));
    // The same found by tries in between.
    let before = parked - TimeDelta::minutes(1);
    rhythm.passed(&report, before, &facts(before));
    assert_eq!(rhythm.next(&facts(parked)), Next::Pass(Why::Due));
}

#[test]
fn an_apply_that_waits_goes_on_with_what_fell_due_while_it_worked() {
    let bench = at_the_end_of_a_day(7);
    let due = (bench.now() + TimeDelta::seconds(3)).to_rfc3339();
    let text = format!("---\nauthor: jane\nscheduled_at: {due}\n---\nThird\n");
    bench.write("posts/c.md", text.as_bytes());
    let (report, slept) = waited(&bench);
    assert!(slept.is_empty(), "{slept:?}");
    assert_eq!(told(&report, "c"), (Outcome::Published, "", 0));
    assert_eq!(bench.live().len(), 3);
}

#[test]
fn what_was_merged_during_a_wait_is_what_counts() {
    let bench = at_the_end_of_a_day(7);
    bench.merge_during_the_next_pass(|bench| bench.post("b", "", "Second, corrected"));
    let report = bench.pass();
    assert_eq!(
        told(&report, "b"),
        (Outcome::Held, "changed-since-plan", 75)
    );
    assert_eq!(bench.live().len(), 1);
    assert_eq!(told(&bench.pass(), "b"), (Outcome::Published, "", 0));
    assert_eq!(bench.live()[1].raw, "Second, corrected");
}

#[test]
fn a_refused_token_stops_every_post_of_that_token_and_no_other() {
    let mut bench = three();
    bench.tokens.insert("ACME".to_owned(), "expired".to_owned());
    let report = bench.pass();
    let refused = (Outcome::Failed, "token-refused");
    assert_eq!(
        outcomes(&report),
        [refused, refused, (Outcome::Published, "")]
    );
    assert_eq!((report.exit.code(), bench.creates().len()), (77, 2));
    let second = &result(&report, "b").error.as_ref().unwrap().message;
    assert!(
        second.contains("not sent, since an earlier post"),
        "{second}"
    );
    // Nothing was created, so the same text goes out with a good token.
    bench
        .tokens
        .insert("ACME".to_owned(), "sandbox-token-42".to_owned());
    bench.later(60);
    let report = bench.pass();
    assert_eq!(told(&report, "a"), (Outcome::Published, "", 0));
    assert_eq!(told(&report, "b"), (Outcome::Published, "", 0));

    // Two authors who share a token share its fate.
    let mut bench = three();
    config(&bench, "SHARED", "SHARED", "");
    bench
        .tokens
        .insert("SHARED".to_owned(), "expired".to_owned());
    let report = bench.pass();
    assert_eq!(outcomes(&report), [refused; 3]);
    assert_eq!(bench.creates().len(), 1);
}

#[test]
fn a_forbidden_author_stops_that_author_and_no_other() {
    let bench = three();
    config(&bench, "JANE", "JANE", "");
    let report = bench.pass();
    let forbidden = (Outcome::Failed, "permission-missing");
    let found = outcomes(&report);
    assert_eq!(found[2], (Outcome::Published, ""));
    assert!(
        found[0].1 == "author-forbidden" || found[0] == forbidden,
        "{found:?}"
    );
    assert_eq!(found[0], found[1]);
    assert_eq!((report.exit.code(), bench.creates().len()), (77, 2));
}

#[test]
fn a_token_refused_at_an_upload_or_an_edit_is_not_used_again() {
    let mut bench = Bench::new("{}");
    bench.post("a", "", "First");
    assert_eq!(bench.pass().exit.code(), 0);
    bench.post("a", "", "First, edited");
    bench.post("b", "media: [{ path: a.png, alt: x }]\n", "With an image");
    bench.write("posts/a.png", &super::media::png());
    bench.post("c", "", "Text only");
    bench.tokens.insert("ACME".to_owned(), "expired".to_owned());
    bench.later(60);
    let asked = bench.linkedin().log().len();
    let report = bench.pass();
    let refused = (Outcome::Failed, "token-refused");
    assert_eq!(outcomes(&report), [refused; 3]);
    assert_eq!(bench.linkedin().log().len() - asked, 1);

    // The edit undone, the upload is the first to meet it.
    bench.post("a", "", "First");
    let asked = bench.linkedin().log().len();
    let report = bench.pass();
    assert_eq!(outcomes(&report)[1..], [refused; 2]);
    assert_eq!(bench.linkedin().log().len() - asked, 1);
    assert_eq!(bench.live().len(), 1);
}

#[test]
fn trap_a_version_that_is_gone_stops_everything_and_names_the_setting() {
    let bench = three();
    config(
        &bench,
        "ACME",
        "JANE",
        "linkedin: { api_version: \"202504\" }\n",
    );
    let report = bench.pass();
    let gone = (Outcome::Failed, "api-version-inactive");
    assert_eq!(outcomes(&report), [gone; 3]);
    assert_eq!((report.exit.code(), bench.creates().len()), (65, 1));
    let error = result(&report, "a").error.as_ref().unwrap();
    assert!(error.message.contains("`202504`"), "{}", error.message);
    assert!(error.help.as_ref().unwrap().contains("api_version"));
    config(&bench, "ACME", "JANE", "");
    bench.later(60);
    assert_eq!(bench.pass().exit.code(), 0);
    assert_eq!(bench.live().len(), 3);
}

#[test]
fn a_write_conflict_is_tried_once_more_and_then_not_known() {
    let bench = Bench::new("{}");
    bench.post("a", "", "First");
    bench.fault_create(When::Before, Fault::Status(409));
    assert_eq!(told(&bench.pass(), "a"), (Outcome::Published, "", 0));
    assert_eq!(
        (bench.entry("a").unwrap().attempt, bench.live().len()),
        (2, 1)
    );

    let bench = Bench::new("{}");
    bench.post("a", "", "First");
    for _ in 0..2 {
        bench.fault_create(When::Before, Fault::Status(409));
    }
    assert_eq!(
        told(&bench.pass(), "a"),
        (Outcome::Unknown, "write-conflict", 76)
    );
    assert_eq!(bench.entry("a").unwrap().state, State::Unknown);
    assert_eq!(told(&bench.pass(), "a").2, 76);
    assert_eq!(bench.creates().len(), 2);
}

#[test]
fn what_was_not_sent_is_69_and_goes_out_with_the_next_pass() {
    let bench = Bench::new("{}");
    bench.post("a", "", "First");
    for _ in 0..2 {
        bench.fault_create(When::Before, Fault::Refuse);
    }
    assert_eq!(
        told(&bench.pass(), "a"),
        (Outcome::Held, "linkedin-unreachable", 69)
    );
    assert_eq!(told(&bench.pass(), "a"), (Outcome::Published, "", 0));
    assert_eq!(bench.live().len(), 1);
}

/// A post with an image takes about five calls; this day has twenty.
#[test]
fn trap_what_a_day_has_no_calls_for_is_not_begun_and_waits_for_the_next_day() {
    let bench = Bench::new("{}");
    config(&bench, "ACME", "JANE, requests_per_day: 20", "");
    let keys = ["a", "b", "c", "d", "e"];
    for (number, key) in (1..).zip(keys) {
        bench.write(&format!("posts/{key}.png"), &media::sized(number));
        let more = format!("author: jane\nmedia: [{{ path: {key}.png, alt: \"{key}\" }}]\n");
        bench.post(key, &more, &format!("Look at {key}"));
    }
    let report = bench.pass();
    for key in &keys[..4] {
        assert_eq!(told(&report, key), (Outcome::Published, "", 75), "{key}");
    }
    assert_eq!(told(&report, "e"), (Outcome::Held, "day-spent", 75));
    let message = &result(&report, "e").error.as_ref().unwrap().message;
    assert!(message.contains("2026-09-04 00:00 UTC"), "{message}");
    assert_eq!(bench.asked("POST", "/rest/images").len(), 4);
    let sent = report.requests.unwrap();
    let jane = crate::model::requests::Credential("JANE".to_owned());
    assert!((12..=20).contains(&sent.with(&jane)), "{sent:?}");
    assert_eq!(sent.all, sent.with(&jane));
    bench.later(600);
    assert_eq!(told(&bench.pass(), "e").1, "retry-later");
    bench.later(24 * 3600);
    assert_eq!(told(&bench.pass(), "e"), (Outcome::Published, "", 0));
}
