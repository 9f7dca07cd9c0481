//! Clones that hold a part of the history, and history that is rewritten.

use std::path::PathBuf;

use crate::place::{LEDGER, Place};

/// Two posts, published one after the other, and where the ledger stood in between.
struct Published {
    place: Place,
    clones: [PathBuf; 2],
    /// The ledger with the first post only.
    earlier: String,
    /// The ledger with both.
    newest: String,
}

impl Published {
    fn new() -> Self {
        let place = Place::new();
        let clones = ["one", "two"].map(|name| place.clone(name, &[]));
        place.merge("a");
        assert_eq!(place.apply(&clones[0]).code, 0);
        let earlier = place.tip(LEDGER);
        place.merge("b");
        assert_eq!(place.apply(&clones[1]).code, 0);
        let newest = place.tip(LEDGER);
        assert_eq!(place.creates_received(), 2);
        Self {
            place,
            clones,
            earlier,
            newest,
        }
    }

    /// Every clone refuses, whatever is due; nothing more is created, nothing is written.
    fn is_frozen(&self, codes: [&str; 2]) {
        self.place.merge("c");
        let ledger = self.place.ledger_tip();
        let content = self.place.tip("main");
        for (clone, code) in self.clones.iter().zip(codes) {
            let ran = self.place.apply(clone);
            assert_eq!(ran.code, 73, "{ran:?}");
            assert_eq!(ran.codes(), [code], "{ran:?}");
        }
        assert_eq!(self.place.creates_received(), 2);
        assert_eq!(self.place.ledger_tip(), ledger);
        assert_eq!(self.place.tip("main"), content);
    }

    /// With the ledger back, what waited is published, and only that.
    fn goes_on(&self) {
        self.place.force(LEDGER, Some(&self.newest));
        let ran = self.place.apply(&self.clones[0]);
        assert_eq!((ran.code, ran.with("published")), (0, vec!["c".to_owned()]));
        assert_eq!(self.place.apply(&self.clones[1]).code, 0);
        self.place.assert_never_twice();
        assert_eq!(self.place.creates_received(), 3);
    }
}

#[test]
fn a_deleted_ledger_freezes_publishing() {
    let published = Published::new();
    published.place.force(LEDGER, None);
    published.is_frozen(["ledger-gone"; 2]);
    published.goes_on();
}

#[test]
fn a_ledger_pushed_back_freezes_publishing() {
    let published = Published::new();
    published.place.force(LEDGER, Some(&published.earlier));
    published.is_frozen(["frozen", "ledger-rewound"]);
    published.goes_on();
}

#[test]
fn a_ledger_pushed_back_into_the_middle_of_an_attempt_freezes_publishing() {
    let published = Published::new();
    // The commit before the newest one declares `b`.
    let middle = format!("{}^", published.newest);
    let middle = published
        .place
        .git(&published.place.remote(), &["rev-parse", &middle]);
    assert_ne!(middle, published.earlier);
    published.place.force(LEDGER, Some(&middle));
    published.is_frozen(["frozen", "ledger-rewound"]);
    published.goes_on();
}

#[test]
fn a_clone_with_a_part_of_the_history_publishes_and_stays_one() {
    let place = Place::new();
    place.merge("a");
    place.merge("b");
    let shallow = place.clone("shallow", &["--depth", "1", "--single-branch"]);
    place.merge("c");
    let ran = place.apply(&shallow);
    assert_eq!((ran.code, ran.with("published").len()), (0, 3), "{ran:?}");
    let is_shallow = ["rev-parse", "--is-shallow-repository"];
    assert_eq!(place.git(&shallow, &is_shallow), "true");
    let refs = place.git(
        &shallow,
        &["for-each-ref", "--format=%(refname)", "refs/heads"],
    );
    assert_eq!(refs, "refs/heads/main");
    // An older checkout, fetched again by a job that was queued for long.
    let single = place.clone("single", &["--single-branch"]);
    place.git(&single, &["checkout", "-q", "--detach", "HEAD~1"]);
    for clone in [&single, &shallow] {
        let ran = place.apply(clone);
        assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
    }
    place.assert_never_twice();
    assert_eq!(place.creates_received(), 3);
}

#[test]
fn a_published_branch_pushed_back_and_forward_publishes_nothing_again() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    let before = place.tip("main");
    place.merge("a");
    let without_lockfile = place.tip("main");
    assert_eq!(place.apply(&clone).code, 0);
    let after = place.tip("main");
    assert_ne!(after, without_lockfile, "the lockfile was committed");
    for tip in [&without_lockfile, &before, &after, &without_lockfile] {
        place.force("main", Some(tip));
        let ran = place.apply(&clone);
        assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
    }
    // The lockfile came back each time, on top of what is there now.
    let lockfile = place.git(&place.remote(), &["show", "main:mergecast.lock"]);
    assert!(lockfile.contains(&place.posts()["a"][0]), "{lockfile}");
    assert_eq!(place.creates_received(), 1);
}

#[test]
fn a_deleted_published_branch_is_named() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    let tip = place.tip("main");
    place.force("main", None);
    let ran = place.apply(&clone);
    assert_eq!(
        (ran.code, ran.codes()),
        (73, vec!["agreement-unknown".to_owned()]),
        "{ran:?}"
    );
    assert_eq!(place.creates_received(), 0);
    place.force("main", Some(&tip));
    assert_eq!(place.apply(&clone).with("published"), ["a"]);
}
