//! Places with a ledger of their own, and what a hand did to one.

use crate::place::{LEDGER, Place};

impl Place {
    fn succeeds(&self, clone: &std::path::Path, arguments: &[&str]) {
        let output = self.command(clone, arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {words}");
    }
}

/// A clone published alone, and gets a remote whose ledger has begun.
#[test]
fn what_a_clone_recorded_alone_is_not_sent_again_once_it_has_a_remote() {
    let place = Place::new();
    place.merge("a");
    let alone = place.clone("alone", &[]);
    let address = place.git(&alone, &["remote", "get-url", "origin"]);
    place.git(&alone, &["remote", "remove", "origin"]);
    place.init(&alone);
    assert_eq!(place.apply(&alone).code, 0);
    // The others do not know of it, and take the file away before they begin.
    place.commit("main", &[("posts/a.md", None)]);
    place.merge("b");
    let other = place.clone("other", &[]);
    place.init(&other);
    assert_eq!(place.apply(&other).code, 0);
    place.merge("a");
    place.git(&alone, &["remote", "add", "origin", &address]);
    let ran = place.apply(&alone);
    assert_eq!(
        (ran.code, ran.codes()),
        (73, vec!["own-ledger".to_owned()]),
        "{ran:?}"
    );
    place.succeeds(&alone, &["state", "rebuild"]);
    for clone in [&alone, &other] {
        assert_eq!(place.apply(clone).code, 0);
    }
    place.assert_never_twice();
    assert_eq!(place.creates_received(), 2);
}

/// Files were published before there was git, and their lockfile is committed.
#[test]
fn what_was_recorded_before_git_goes_along_with_state_init() {
    let place = Place::new();
    let folder = place.folder();
    std::fs::write(
        folder.join("posts/a.md"),
        "---\nscheduled_at: on-merge\n---\nThis is a.\n",
    )
    .unwrap();
    assert_eq!(place.apply(&folder).code, 0);
    assert!(folder.join("mergecast.lock").exists());
    place.git(&folder, &["init", "-q", "-b", "main"]);
    place.git(&folder, &["add", "-A"]);
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    place.git(
        &folder,
        &[&who[..], &["commit", "-q", "-m", "all"]].concat(),
    );
    assert_eq!(place.apply(&folder).code, 73);
    place.succeeds(&folder, &["state", "init"]);
    let ran = place.apply(&folder);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(place.creates_received(), 1);
}

/// Its remote is gone, and the lockfile names posts: a second ledger would publish beside the
/// first one.
#[test]
fn a_clone_that_lost_its_remote_rebuilds_no_ledger_of_its_own() {
    let place = Place::new();
    place.merge("a");
    let clone = place.clone("clone", &[]);
    place.init(&clone);
    assert_eq!(place.apply(&clone).code, 0);
    place.git(&clone, &["pull", "-q"]);
    place.git(&clone, &["remote", "remove", "origin"]);
    let ran = place.apply(&clone);
    assert_eq!(
        (
            ran.code,
            ran.codes().contains(&"ledger-elsewhere".to_owned())
        ),
        (73, true),
        "{ran:?}"
    );
    for (more, code) in [(None, 73), (Some("--only-here"), 0)] {
        let arguments: Vec<&str> = ["state", "rebuild"].into_iter().chain(more).collect();
        let output = place.command(&clone, &arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{more:?}");
    }
    assert_eq!(place.apply(&clone).code, 0);
    assert_eq!(place.creates_received(), 1);
}

/// An edit would go to the wrong post.
#[test]
fn urns_that_a_hand_swapped_freeze_and_come_back() {
    let place = Place::new();
    place.merge("a");
    place.merge("b");
    let clone = place.clone("clone", &[]);
    place.init(&clone);
    assert_eq!(place.apply(&clone).code, 0);
    let posts = place.posts();
    let read = |key: &str| {
        let name = format!("{LEDGER}:@posts/{key}@linkedin.json");
        place.git(&place.remote(), &["show", &name])
    };
    let (a, b) = (read("a"), read("b"));
    let (a, b) = (
        a.replace(&posts["a"][0], &posts["b"][0]),
        b.replace(&posts["b"][0], &posts["a"][0]),
    );
    let files = [
        ("@posts/a@linkedin.json", Some(a.as_str())),
        ("@posts/b@linkedin.json", Some(b.as_str())),
    ];
    place.commit(LEDGER, &files);
    let fresh = place.clone("fresh", &[]);
    for clone in [&clone, &fresh] {
        let ran = place.apply(clone);
        assert_eq!(
            (ran.code, ran.codes()),
            (73, vec!["entry-taken-back".to_owned()]),
            "{ran:?}"
        );
    }
    place.succeeds(&fresh, &["state", "rebuild"]);
    assert_eq!(place.apply(&clone).code, 0);
    assert_eq!(place.recorded(), posts);
}
