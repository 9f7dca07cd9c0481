//! Unknown posts of pages are looked for, and those of members cannot be.

use super::*;
use crate::record::{How, State};

/// A page's post whose answer was lost.
fn lost(when: When) -> Bench {
    let bench = Bench::new("{}");
    bench.post("hello", "", "Hello (world) #gitops");
    bench.fault_create(when, Fault::Drop);
    assert_eq!(bench.pass().exit.code(), 76);
    bench
}

fn lookups(bench: &Bench) -> usize {
    bench.asked("GET", "/rest/posts?q=author").len()
}

fn codes(report: &ApplyReport) -> Vec<&'static str> {
    report.diagnostics.iter().map(|told| told.code).collect()
}

#[test]
fn a_page_s_post_that_is_there_is_found() {
    let bench = lost(When::After);
    assert_eq!(
        (bench.pass().exit.code(), lookups(&bench)),
        (76, 0),
        "too early"
    );
    bench.later(60);
    let report = bench.pass();
    assert_eq!(
        (report.exit.code(), codes(&report)),
        (0, vec!["lookup-found"])
    );
    let (entry, there) = (bench.entry("hello").unwrap(), bench.live()[0].clone());
    assert_eq!(
        (entry.state, entry.how),
        (State::Published, Some(How::Found))
    );
    assert_eq!(
        (entry.urn, entry.published_at),
        (Some(there.urn), Some(there.created_at))
    );
    assert_eq!(bench.creates().len(), 1);
    assert_eq!(bench.pass().diagnostics, []);
}

#[test]
fn a_post_that_is_not_found_stays_unknown() {
    let bench = lost(When::Before);
    bench.later(60);
    for _ in 0..3 {
        let report = bench.pass();
        assert_eq!(
            (report.exit.code(), codes(&report)),
            (76, vec!["lookup-empty"])
        );
        bench.later(600);
    }
    assert_eq!((bench.creates().len(), lookups(&bench)), (1, 3));
    bench.later(7 * 86_400);
    assert_eq!(
        (bench.pass().exit.code(), lookups(&bench)),
        (76, 3),
        "no more"
    );
}

#[test]
fn a_process_that_stays_asks_ever_less_often_and_goes_on_telling() {
    let bench = lost(When::Before);
    let standby = Standby::at_once(StopSignal::never());
    let mut asked = Vec::new();
    for minute in 1..=120 {
        bench.later(60);
        let before = lookups(&bench);
        let report = bench.pass_with(&standby);
        assert_eq!(
            (report.exit.code(), codes(&report)),
            (76, vec!["lookup-empty"])
        );
        if lookups(&bench) > before {
            asked.push(minute);
        }
    }
    assert_eq!(asked, [1, 11, 31, 71]);
    // Another one, as `apply` is, asks at once.
    bench.pass();
    assert_eq!(lookups(&bench), 5);
}

/// Somebody else writes `text` on the page.
fn by_hand(bench: &Bench, text: &str) {
    let body = serde_json::json!({
        "author": ACME, "commentary": text, "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED", "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED", "isReshareDisabledByAuthor": false,
    });
    let request = http::Request::post("/rest/posts")
        .header("authorization", "Bearer sandbox-token-42")
        .header("linkedin-version", "202609")
        .header("x-restli-protocol-version", "2.0.0")
        .header("content-type", "application/json")
        .header("content-length", body.to_string().len())
        .body(body.to_string().into());
    let now = bench.now();
    let answer = bench.linkedin().handle(&request.unwrap(), now);
    assert_eq!(answer.status(), 201);
}

#[test]
fn another_text_or_time_is_another_post() {
    let bench = lost(When::Before);
    by_hand(&bench, r"Hello \(World\) #gitops");
    bench.later(11 * 60);
    by_hand(&bench, r"Hello \(world\) #gitops");
    assert_eq!(codes(&bench.pass()), ["lookup-empty"]);
    assert_eq!(bench.entry("hello").unwrap().state, State::Unknown);
}

#[test]
fn several_that_fit_are_a_question_for_a_person() {
    let bench = lost(When::After);
    bench.settings(|settings| settings.dup_window_s = 0);
    by_hand(&bench, r"Hello \(world\) #gitops");
    bench.later(60);
    let report = bench.pass();
    assert_eq!(
        (report.exit.code(), codes(&report)),
        (76, vec!["lookup-several"])
    );
    assert_eq!(report.diagnostics[0].notes.len(), 2);
    assert_eq!(bench.entry("hello").unwrap().state, State::Unknown);
}

#[test]
fn nothing_is_asked_about_members_and_a_forbidden_list_says_nothing() {
    let bench = Bench::new("{}");
    bench.post("hello", "author: jane\n", "Hello");
    bench.fault_create(When::After, Fault::Drop);
    bench.pass();
    bench.later(60);
    let report = bench.pass();
    assert_eq!((report.exit.code(), lookups(&bench)), (76, 0));
    let bench = lost(When::After);
    bench.fault("GET", "/rest/posts", When::Before, Fault::Status(403));
    bench.later(60);
    let report = bench.pass();
    assert_eq!((report.exit.code(), codes(&report)), (76, vec![]));
}
