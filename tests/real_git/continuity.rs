//! A ledger that is deleted, moved back, replaced, reverted or edited by hand, beside a
//! protected branch that refuses the lockfile: the ledger is the only witness.

use std::path::{Path, PathBuf};

use crate::place::{LEDGER, Place};

/// Two posts that two clones published; the lockfile was refused.
struct Published {
    place: Place,
    clones: [PathBuf; 2],
}

impl Published {
    fn new() -> Self {
        let place = Place::new();
        place.hook(
            "update",
            "case $1 in refs/heads/main) echo declined; exit 1;; esac",
        );
        let clones = ["one", "two"].map(|name| place.clone(name, &[]));
        place.merge("a");
        assert_eq!(place.apply(&clones[0]).code, 0);
        place.merge("b");
        assert_eq!(place.apply(&clones[1]).code, 0);
        assert_eq!(place.apply(&clones[0]).code, 0);
        assert_eq!(place.creates_received(), 2);
        Self { place, clones }
    }

    /// This clone refuses, names the code and the command, and leaves the ledger as it is.
    fn is_frozen(&self, clone: &Path, code: &str) {
        let ledger = self.place.ledger_tip();
        let ran = self.place.apply(clone);
        assert_eq!(ran.code, 73, "{ran:?}");
        assert_eq!(ran.codes(), [code], "{ran:?}");
        let help = ran.report["diagnostics"][0]["help"].as_str().unwrap();
        assert!(help.contains("mergecast state rebuild"), "{help}");
        assert_eq!(self.place.creates_received(), 2);
        assert_eq!(self.place.ledger_tip(), ledger);
    }

    fn run(&self, clone: &Path, arguments: &[&str]) -> String {
        let output = self.place.command(clone, arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// After the command that the freeze names, every clone goes on: what waited is
    /// published, and only that.
    fn goes_on_after_a_rebuild_in(&self, clone: &Path) {
        self.run(clone, &["state", "rebuild"]);
        self.goes_on(clone);
    }

    fn goes_on(&self, clone: &Path) {
        self.place.merge("c");
        let fresh = self.place.clone("fresh", &["--single-branch"]);
        let ran = self.place.apply(clone);
        assert_eq!(
            (ran.code, ran.with("published")),
            (0, vec!["c".to_owned()]),
            "{ran:?}"
        );
        for clone in self.clones.iter().chain([&fresh]) {
            let ran = self.place.apply(clone);
            assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
        }
        self.place.assert_never_twice();
        assert_eq!(self.place.creates_received(), 3);
        assert_eq!(self.place.recorded(), self.place.posts());
    }

    /// Commits to the ledger in a clone of its own, as a person would, and pushes.
    fn by_hand(&self, name: &str, work: &[&[&str]]) {
        let seat = self.place.clone(name, &["-b", LEDGER]);
        for setting in [["user.name", "P"], ["user.email", "p@localhost"]] {
            self.place.git(&seat, &["config", setting[0], setting[1]]);
        }
        for arguments in work {
            self.place.git(&seat, arguments);
        }
        self.place.git(&seat, &["push", "-q", "origin", LEDGER]);
    }
}

#[test]
fn a_deleted_ledger_freezes_whoever_remembers_it_and_comes_back_from_memory() {
    let published = Published::new();
    published.place.force(LEDGER, None);
    for clone in &published.clones {
        published.is_frozen(clone, "ledger-gone");
        published.is_frozen(clone, "ledger-gone");
    }
    published.goes_on_after_a_rebuild_in(&published.clones[0]);
}

#[test]
fn a_ledger_moved_back_freezes_whoever_remembers_more() {
    let published = Published::new();
    let back = format!("{}~2", published.place.tip(LEDGER));
    let back = published
        .place
        .git(&published.place.remote(), &["rev-parse", &back]);
    published.place.force(LEDGER, Some(&back));
    for clone in &published.clones {
        published.is_frozen(clone, "ledger-rewound");
    }
    published.goes_on_after_a_rebuild_in(&published.clones[1]);
}

#[test]
fn another_ledger_in_the_place_of_one_freezes_until_it_says_what_it_replaces() {
    let published = Published::new();
    let old = published.place.tip(LEDGER);
    published.place.force(LEDGER, None);
    let place = &published.place;
    place.commit(LEDGER, &[("README.md", Some("a new ledger"))]);
    for clone in &published.clones {
        published.is_frozen(clone, "ledger-rewound");
    }
    // A memory that is ahead of what was said to be replaced is no reason to go on.
    assert_eq!(
        place.git(
            &published.clones[0],
            &["rev-parse", "refs/mergecast/ledger/origin/mergecast/state"]
        ),
        old
    );
    published.goes_on_after_a_rebuild_in(&published.clones[0]);
}

#[test]
fn a_reverted_commit_freezes_also_a_clone_that_never_saw_the_ledger() {
    let published = Published::new();
    published.by_hand("hand", &[&["revert", "--no-edit", "HEAD"]]);
    published.is_frozen(&published.clones[0], "entry-taken-back");
    let ci = published
        .place
        .clone("ci", &["--depth", "1", "--single-branch"]);
    published.is_frozen(&ci, "entry-taken-back");
    published.goes_on_after_a_rebuild_in(&ci);
}

#[test]
fn entries_deleted_by_hand_freeze_at_any_depth() {
    let published = Published::new();
    published.by_hand(
        "hand",
        &[
            &["rm", "-q", "@posts/a@linkedin.json"],
            &["commit", "-qm", "tidy up"],
        ],
    );
    published.by_hand(
        "again",
        &[&["commit", "-q", "--allow-empty", "-m", "nothing"]],
    );
    published.is_frozen(&published.clones[0], "entry-taken-back");
    // The boundary of this clone's history is behind the deletion.
    let shallow = published
        .place
        .clone("ci", &["--depth", "1", "--no-single-branch"]);
    published.is_frozen(&shallow, "entry-taken-back");
    let boundary = published
        .place
        .git(&shallow, &["rev-parse", "--is-shallow-repository"]);
    assert_eq!(
        boundary, "true",
        "the published branch stays as shallow as it was"
    );
    published.goes_on_after_a_rebuild_in(&shallow);
}

#[test]
fn an_entry_set_back_by_hand_or_by_a_picked_commit_freezes() {
    let published = Published::new();
    // The commit that declared `b`, before the one that says it is published.
    let declared = format!("{LEDGER}^");
    let place = &published.place;
    let bytes = place.git(
        &place.remote(),
        &["show", &format!("{declared}:@posts/b@linkedin.json")],
    );
    assert!(bytes.contains("\"sending\""), "{bytes}");
    let older = bytes.replace("\"sending\"", "\"retryable\"");
    place.commit(LEDGER, &[("@posts/b@linkedin.json", Some(&older))]);
    published.is_frozen(&published.clones[1], "entry-taken-back");
    published.goes_on_after_a_rebuild_in(&published.clones[1]);
}

#[test]
fn a_commit_of_this_program_that_somebody_picked_is_not_its_own() {
    let published = Published::new();
    let place = &published.place;
    let newest = place.tip(LEDGER);
    // The declaration of `b` once more, on top of its result.
    published.by_hand(
        "hand",
        &[
            &["checkout", "-q", "HEAD~1", "--", "@posts"],
            &["commit", "-q", "-C", "HEAD~1"],
        ],
    );
    assert_ne!(place.tip(LEDGER), newest);
    published.is_frozen(&published.clones[0], "entry-taken-back");
    published.goes_on_after_a_rebuild_in(&published.clones[0]);
}

#[test]
fn renamed_files_do_not_freeze() {
    let published = Published::new();
    let place = &published.place;
    let text = crate::place::text_of("a");
    place.commit("main", &[("posts/a.md", None), ("posts/z.md", Some(&text))]);
    let ran = place.apply(&published.clones[0]);
    assert_eq!(
        (ran.code, ran.with("moved")),
        (0, vec!["z".to_owned()]),
        "{ran:?}"
    );
    let fresh = place.clone("fresh", &["--single-branch"]);
    for clone in [&fresh, &published.clones[0], &published.clones[1]] {
        let ran = place.apply(clone);
        assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
    }
    assert_eq!(place.creates_received(), 2);
}

#[test]
fn a_clone_without_blobs_reads_what_others_wrote() {
    let published = Published::new();
    let place = &published.place;
    for setting in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        place.git(&place.remote(), &["config", setting, "true"]);
    }
    let partial = place.clone("partial", &["--filter=blob:none"]);
    for key in ["c", "d"] {
        place.merge(key);
        assert_eq!(place.apply(&published.clones[0]).code, 0);
        let ran = place.apply(&partial);
        assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
    }
    place.assert_never_twice();
}
