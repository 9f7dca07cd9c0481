//! Asked to stop in each phase: what is under way is ended and recorded, nothing begins.

use std::time::Duration;

use crate::place::{Place, png, until};
use crate::punctual::{SOON, in_seconds};

fn place() -> Place {
    Place::new(Duration::ZERO, "")
}

pub(crate) fn while_media_are_made_ready_nothing_is_declared() {
    let place = place();
    place.settings(r#"{"media_processing_ms": 600000}"#);
    place.write("posts/i.png", &png(5));
    place.post(
        "a",
        in_seconds(30),
        "media: [{ path: i.png, alt: \"i\" }]\n",
        "Look.",
    );
    place.merge("a");
    place.clone("one", "remote.git");
    let mut watcher = place.watch("one");
    let uploading = || place.requests("/rest/images") > 0;
    until(SOON, uploading, || watcher.said());
    watcher.signal("TERM");
    assert_eq!(watcher.ended(SOON), Some(0), "{}", watcher.said());
    assert_eq!(place.state("a"), None);
    assert!(place.creates().is_empty());
}

pub(crate) fn what_is_declared_is_sent_at_its_time_and_recorded() {
    let place = place();
    let due = in_seconds(14);
    place.post("a", due, "", "Declared.");
    place.post("b", due + chrono::TimeDelta::seconds(3), "", "Not begun.");
    place.merge("a");
    place.clone("one", "remote.git");
    let mut watcher = place.watch("one");
    until(
        SOON,
        || place.state("a").as_deref() == Some("sending"),
        || watcher.said(),
    );
    assert!(
        place.creates().is_empty(),
        "it was declared before its time"
    );
    watcher.signal("TERM");
    assert_eq!(watcher.ended(SOON), Some(0), "{}", watcher.said());
    assert_eq!(place.state("a").as_deref(), Some("published"));
    assert_eq!(place.posts(), ["Declared."]);
    assert_eq!(place.state("b"), None, "nothing was begun");
}

pub(crate) fn a_request_under_way_is_waited_for() {
    let place = place();
    place.faults(r#"[{"method":"POST","path":"/rest/posts","nth":1,"when":"after","what":{"delay_ms":2500}}]"#);
    place.post("a", in_seconds(12), "", "Slow.");
    place.merge("a");
    place.clone("one", "remote.git");
    let mut watcher = place.watch("one");
    until(SOON, || place.creates().len() == 1, || watcher.said());
    watcher.signal("TERM");
    assert_eq!(watcher.ended(SOON), Some(0), "{}", watcher.said());
    assert_eq!(place.state("a").as_deref(), Some("published"));
}

pub(crate) fn a_result_being_recorded_is_recorded() {
    let place = place();
    place.slow_pushes("1.5");
    place.post("a", in_seconds(14), "", "Recorded.");
    place.merge("a");
    place.clone("one", "remote.git");
    let mut watcher = place.watch("one");
    until(SOON, || place.posts().len() == 1, || watcher.said());
    std::thread::sleep(Duration::from_millis(300));
    watcher.signal("INT");
    assert_eq!(watcher.ended(SOON), Some(0), "{}", watcher.said());
    assert_eq!(place.state("a").as_deref(), Some("published"));
}

pub(crate) fn the_second_signal_ends_it_at_once() {
    let place = place();
    place.faults(r#"[{"method":"POST","path":"/rest/posts","nth":1,"when":"after","what":{"delay_ms":30000}}]"#);
    place.post("a", in_seconds(12), "", "Hanging.");
    place.merge("a");
    place.clone("one", "remote.git");
    let mut watcher = place.watch("one");
    until(SOON, || place.creates().len() == 1, || watcher.said());
    watcher.signal("TERM");
    watcher.until_said("stopping", SOON);
    watcher.signal("TERM");
    assert_eq!(
        watcher.ended(Duration::from_secs(10)),
        Some(1),
        "{}",
        watcher.said()
    );
    assert_eq!(place.state("a").as_deref(), Some("sending"));
}

pub(crate) fn apply_that_waits_obeys_too() {
    let place = place();
    place.post("a", in_seconds(3600), "", "Later.");
    place.merge("a");
    place.clone("one", "remote.git");
    let mut apply = place.start("one", &["apply", "--wait", "2h"]);
    apply.until_said("waiting for `a`, ", SOON);
    assert!(apply.said().contains(" · in "), "{}", apply.said());
    apply.signal("TERM");
    assert_eq!(apply.ended(SOON), Some(0), "{}", apply.said());
    assert!(apply.said().contains("stopping"), "{}", apply.said());
    assert!(place.creates().is_empty());
}
