//! Killed again and again, and not alone.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use crate::place::{Place, now, until};
use crate::punctual::{SOON, in_seconds};

fn counted(texts: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    counts
}

pub(crate) fn killed_and_started_again_and_again_it_publishes_nothing_twice() {
    const POSTS: usize = 6;
    let place = Place::new(Duration::from_millis(50), "");
    place.slow_pushes("0.3");
    let first = in_seconds(10);
    for number in 0..POSTS {
        let due = first + TimeDelta::seconds(2 * i64::try_from(number).unwrap());
        place.post(&format!("p{number}"), due, "", &format!("Post {number}."));
    }
    place.merge("posts");
    place.clone("one", "remote.git");
    let mut lives: u64 = 0;
    while now() < first + TimeDelta::seconds(2 * 6 + 4) {
        let mut watcher = place.watch("one");
        // Between half a second and four and a half, so that it dies in every phase.
        lives += 1;
        std::thread::sleep(Duration::from_millis(500 + lives * 1700 % 4000));
        watcher.child.kill().unwrap();
        watcher.child.wait().unwrap();
    }
    assert!(lives > 4, "{lives}");
    let watcher = place.watch("one");
    let settled = || {
        (0..POSTS).all(|number| {
            let state = place.state(&format!("p{number}"));
            matches!(state.as_deref(), Some("published" | "sending" | "unknown"))
        })
    };
    until(SOON, settled, || watcher.said());
    let posts = counted(place.posts());
    assert!(posts.values().all(|count| *count == 1), "{posts:?}");
    for number in 0..POSTS {
        let state = place.state(&format!("p{number}"));
        let there = posts.contains_key(&format!("Post {number}."));
        // What it was killed in the middle of is a question to a person, not a second post.
        assert!(
            there || state.as_deref() != Some("published"),
            "{number}: {state:?}"
        );
    }
}

pub(crate) fn two_watchers_and_an_apply_on_one_remote_publish_once_and_without_noise() {
    const POSTS: usize = 4;
    let place = Place::new(Duration::from_millis(50), "");
    let due = in_seconds(14);
    for number in 0..POSTS {
        let due = due + TimeDelta::seconds(i64::try_from(number / 2).unwrap());
        place.post(&format!("p{number}"), due, "", &format!("Post {number}."));
    }
    place.merge("posts");
    for name in ["one", "two", "three"] {
        place.clone(name, "remote.git");
    }
    let mut runners = [place.watch("one"), place.watch("two")];
    let mut apply = place.start("three", &["apply", "--wait", "30s", "--allow-held"]);
    let done = || (0..POSTS).all(|n| place.state(&format!("p{n}")).as_deref() == Some("published"));
    until(SOON, done, || runners[0].said() + &runners[1].said());
    let posts = counted(place.posts());
    assert_eq!(posts.len(), POSTS);
    assert!(posts.values().all(|count| *count == 1), "{posts:?}");
    assert_eq!(place.creates().len(), POSTS, "a loser sends nothing");
    assert_eq!(apply.ended(SOON), Some(0), "{}", apply.said());
    for runner in &mut runners {
        runner.signal("TERM");
        assert_eq!(runner.ended(SOON), Some(0));
        assert!(
            !runner.said().contains("\"level\":\"error\""),
            "{}",
            runner.said()
        );
    }
}
