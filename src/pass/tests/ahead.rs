//! Passes that begin before a post's time, and passes that are asked to stop.

use super::*;
use crate::record::State;

fn bench(due_in: i64) -> Bench {
    let bench = Bench::new("{}");
    let due = bench.now() + TimeDelta::seconds(due_in);
    let due = due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let text = format!("---\nauthor: acme\nscheduled_at: {due}\n---\nHello\n");
    bench.write("posts/hello.md", text.as_bytes());
    bench
}

#[test]
fn a_post_is_declared_before_its_time_and_sent_at_it() {
    let bench = bench(4);
    let due = bench.now() + TimeDelta::seconds(4);
    let report = bench.pass_with(&Standby::ahead(StopSignal::never()));
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    let entry = bench.entry("hello").unwrap();
    assert!(entry.declared_at.unwrap() < due, "{:?}", entry.declared_at);
    let created = bench.live()[0].created_at;
    assert!(
        created >= due && created - due < TimeDelta::milliseconds(1),
        "{created}"
    );
}

#[test]
fn who_comes_earlier_or_is_not_there_before_waits() {
    let standby = Standby::ahead(StopSignal::never());
    let report = bench(6).pass_with(&standby);
    assert_eq!(told(&report, "hello").0, Outcome::None);
    assert!(report.next_due.is_some());
    let report = bench(4).pass();
    assert_eq!(told(&report, "hello").0, Outcome::None);
}

#[test]
fn a_time_that_is_changed_in_the_last_seconds_is_obeyed() {
    for later in [2, 600] {
        let bench = Bench::new("{}");
        let at = |seconds: i64| {
            let due = bench.now() + TimeDelta::seconds(seconds);
            due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        };
        let post = |name: &str, due: &str| {
            let text = format!("---\nauthor: acme\nscheduled_at: {due}\n---\nText of {name}\n");
            bench.write(&format!("posts/{name}.md"), text.as_bytes());
        };
        post("a", &at(5));
        post("b", &at(5));
        // Once the first is out, what was seen of the second is older than it may be.
        bench.merge_during_the_next_pass(|_| post("b", &at(5 + later)));
        let report = bench.pass_with(&Standby::ahead(StopSignal::never()));
        assert_eq!(told(&report, "a").0, Outcome::Published);
        assert_eq!(told(&report, "b").1, "changed-since-plan", "{later}");
        assert_eq!(bench.live().len(), 1);
        assert!(bench.entry("b").is_none());
    }
}

#[test]
fn a_pass_that_is_asked_to_stop_begins_nothing() {
    let (ask, asked) = tokio::sync::watch::channel(false);
    ask.send_replace(true);
    let bench = Bench::new("{}");
    bench.post("hello", "author: acme\n", "Hello");
    let report = bench.pass_with(&Standby::at_once(StopSignal::new(asked)));
    assert_eq!(told(&report, "hello"), (Outcome::Held, "stopping", 75));
    assert!(bench.creates().is_empty() && bench.entry("hello").is_none());
    let report = bench.pass();
    assert_eq!(told(&report, "hello").0, Outcome::Published);
    assert_eq!(bench.entry("hello").unwrap().state, State::Published);
}
