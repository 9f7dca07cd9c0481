//! On time, once, and awake when somebody says so.

use std::time::Duration;

use chrono::{DurationRound as _, TimeDelta};
use mergecast::model::Instant;

use crate::place::{Place, lines, now, png, until};

pub(crate) const SOON: Duration = Duration::from_secs(60);

/// A whole second so far from now.
pub(crate) fn in_seconds(seconds: i64) -> Instant {
    let time = now() + TimeDelta::seconds(seconds);
    time.duration_trunc(TimeDelta::seconds(1)).unwrap()
}

pub(crate) fn posts_go_out_at_their_second_with_media_and_declaration_ready_before() {
    let place = Place::new(Duration::from_millis(100), "");
    place.settings(r#"{"media_processing_ms": 2000}"#);
    let due = in_seconds(20);
    place.write("posts/i.png", &png(5));
    place.post(
        "image",
        due,
        "media: [{ path: i.png, alt: \"i\" }]\n",
        "With an image.",
    );
    place.post("text", due + TimeDelta::seconds(4), "", "Text only.");
    place.merge("posts");
    place.clone("one", "remote.git");
    let mut watcher = place.watch("one");
    until(SOON, || place.creates().len() == 2, || watcher.said());
    for (at, body) in place.creates() {
        let due = if body.contains("With an image") {
            due
        } else {
            due + TimeDelta::seconds(4)
        };
        let late = at - due;
        // The connection alone takes 100 ms; a loaded machine is given some room.
        assert!(late >= TimeDelta::zero(), "sent {late} before its time");
        assert!(late < TimeDelta::milliseconds(1500), "{late} late");
    }
    until(SOON, || lockfile_names(&place, 2), || watcher.said());
    watcher.signal("TERM");
    assert_eq!(watcher.ended(SOON), Some(0), "{}", watcher.said());
    let said = lines(&watcher.said());
    let published: Vec<_> = said
        .iter()
        .filter(|line| line["outcome"] == "published")
        .collect();
    assert_eq!(published.len(), 2, "{}", watcher.said());
    assert!(
        published
            .iter()
            .all(|line| line["urn"].as_str().unwrap().starts_with("urn:li:"))
    );
    assert!(said.iter().any(|line| line["event"] == "stopped"));
}

fn lockfile_names(place: &Place, posts: usize) -> bool {
    let files = place.git("remote.git", &["ls-tree", "--name-only", "main"]);
    let there = files.lines().any(|name| name == "mergecast.lock");
    there
        && place
            .git("remote.git", &["show", "main:mergecast.lock"])
            .matches("urn: \"urn:li:")
            .count()
            >= posts
}

pub(crate) fn a_hangup_wakes_a_watcher_that_looks_once_an_hour() {
    let place = Place::new(Duration::ZERO, "");
    place.clone("one", "remote.git");
    let watcher = place.start("one", &["watch", "--fetch-interval", "1h"]);
    watcher.until_said("watches", SOON);
    // The first pass is over when the next look is an hour away.
    std::thread::sleep(Duration::from_secs(3));
    place.write(
        "posts/a.md",
        b"---\nid: a\nscheduled_at: on-merge\n---\nNow.\n",
    );
    place.merge("a");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(place.creates().len(), 0, "nobody told it");
    watcher.signal("HUP");
    until(SOON, || place.creates().len() == 1, || watcher.said());
}

pub(crate) fn files_are_followed_as_they_are_saved() {
    let place = Place::new(Duration::ZERO, "");
    let options = ["watch", "--worktree", "--fetch-interval", "1h"];
    let watcher = place.start("author", &options);
    watcher.until_said("watches", SOON);
    std::thread::sleep(Duration::from_secs(3));
    place.write(
        "posts/.a.md.swp",
        b"---\nid: b\nscheduled_at: on-merge\n---\nNot this.\n",
    );
    place.write(
        "posts/a.md",
        b"---\nid: a\nscheduled_at: on-merge\n---\nSaved.\n",
    );
    until(SOON, || place.posts() == ["Saved."], || watcher.said());
}
