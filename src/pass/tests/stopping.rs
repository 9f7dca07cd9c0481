//! A run that is told to stop finishes what is under way and begins nothing.

use super::media::png;
use super::*;
use crate::sandbox::settings::RetryAfter;

const CREATE: (&str, &str) = ("POST", "/rest/posts");

fn three() -> Bench {
    let bench = Bench::new("{}");
    for name in ["a", "b", "c"] {
        bench.post(name, "", &format!("Post {name}"));
    }
    bench
}

#[test]
fn a_request_under_way_is_finished_and_recorded_and_no_other_is_begun() {
    let bench = three();
    bench.stop_during.set(Some((CREATE.0, CREATE.1, 1)));
    let report = bench.pass();
    assert_eq!(told(&report, "a"), (Outcome::Published, "", 75));
    assert_eq!(told(&report, "b"), (Outcome::Held, "run-stopped", 75));
    assert_eq!(told(&report, "c"), (Outcome::Held, "run-stopped", 75));
    assert_eq!((bench.live().len(), bench.creates().len()), (1, 1));
    let entry = bench.entry("a").unwrap();
    assert_eq!(entry.urn.as_ref(), Some(&bench.live()[0].urn));
    assert!(bench.entry("b").is_none());
}

#[test]
fn the_next_run_goes_on_from_there() {
    let mut bench = three();
    bench.stop_during.set(Some((CREATE.0, CREATE.1, 1)));
    bench.pass();
    bench.stop_during.set(None);
    bench.stop = StopSignal::default();
    assert_eq!(told(&bench.pass(), "b"), (Outcome::Published, "", 0));
    assert_eq!((bench.live().len(), bench.creates().len()), (3, 3));
}

#[test]
fn a_try_that_may_be_repeated_is_not_repeated() {
    let bench = three();
    bench.settings(|settings| settings.retry_after_header = RetryAfter::Seconds(5));
    bench.fault_create(When::Before, Fault::Status(429));
    bench.stop_during.set(Some((CREATE.0, CREATE.1, 1)));
    assert_eq!(told(&bench.pass(), "a").0, Outcome::Held);
    assert_eq!(bench.creates().len(), 1);
}

#[test]
fn a_run_that_was_told_to_stop_does_not_wait() {
    let bench = three();
    bench.post("later", "", "Later");
    let at = bench.now() + TimeDelta::hours(1);
    let text = format!("---\nscheduled_at: {}\n---\nLater\n", at.to_rfc3339());
    bench.write("posts/later.md", text.as_bytes());
    let began = bench.now();
    bench.stop_during.set(Some((CREATE.0, CREATE.1, 3)));
    let report = bench.passes_until(began + TimeDelta::hours(5));
    assert_eq!(report.next_due, Some(at));
    assert!(bench.now() < at, "it slept until {}", bench.now());
    assert_eq!(bench.live().len(), 3);
}

#[test]
fn media_still_processed_are_left_to_the_next_run() {
    let mut bench = Bench::new("{}");
    bench.settings(|settings| settings.media_processing_ms = 40_000);
    bench.write("posts/a.png", &png());
    bench.post("a", "media: [{ path: a.png, alt: A }]\n", "With an image");
    let began = bench.now();
    bench.stop_during.set(Some(("GET", "/rest/images", 1)));
    assert_eq!(
        told(&bench.pass(), "a"),
        (Outcome::Held, "media-processing", 75)
    );
    assert_eq!(bench.now(), began);

    bench.stop_during.set(None);
    bench.stop = StopSignal::default();
    bench.later(60);
    assert_eq!(told(&bench.pass(), "a"), (Outcome::Published, "", 0));
    assert_eq!(bench.asked("POST", "/rest/images").len(), 1);
}

#[test]
fn a_run_that_only_read_ends_at_once() {
    let bench = three();
    bench.stop.request();
    let report = bench.pass();
    assert_eq!(report.exit.code(), 75);
    assert_eq!(report.diagnostics[0].code, "run-stopped");
    assert!(bench.creates().is_empty());
}
