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

/// Nothing was published from this clone yet; git itself fetched the ledger with it.
#[test]
fn a_clone_that_was_made_before_the_ledger_was_deleted_remembers_it() {
    let published = Published::new();
    let fresh = published.place.clone("early", &[]);
    published.place.force(LEDGER, None);
    published.is_frozen(&fresh, "ledger-gone");
    published.goes_on_after_a_rebuild_in(&fresh);
}

#[test]
fn a_repository_without_a_remote_remembers_its_ledger_too() {
    let place = Place::new();
    place.merge("a");
    let alone = place.clone("alone", &[]);
    place.git(&alone, &["remote", "remove", "origin"]);
    place.init(&alone);
    assert_eq!(place.apply(&alone).code, 0);
    let tip = place.git(&alone, &["rev-parse", LEDGER]);
    place.git(&alone, &["branch", "-q", "-D", LEDGER]);
    std::fs::remove_file(alone.join("mergecast.lock")).unwrap();
    let ran = place.apply(&alone);
    assert_eq!(
        (ran.code, ran.codes()),
        (
            73,
            vec!["ledger-gone".to_owned(), "local-ledger".to_owned()]
        ),
        "{ran:?}"
    );
    let mut rebuild = place.command(&alone, &["state", "rebuild"]);
    assert_eq!(rebuild.output().unwrap().status.code(), Some(0));
    let ran = place.apply(&alone);
    assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
    let parent = place.git(&alone, &["rev-parse", &format!("{LEDGER}~1")]);
    assert_eq!(parent, tip);
    assert_eq!(place.creates_received(), 1);
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

/// One commit of the ledger takes entries away and puts them under other keys.
fn goes_on_after_moves(files: &[(&str, Option<&str>)], moved: &[&str], keys: &[&str]) {
    let published = Published::new();
    let place = &published.place;
    let urns = |recorded: std::collections::BTreeMap<String, Vec<String>>| {
        let mut urns: Vec<String> = recorded.into_values().flatten().collect();
        urns.sort();
        urns
    };
    let before = place.recorded();
    place.commit("main", files);
    let ran = place.apply(&published.clones[0]);
    assert_eq!(
        (ran.code, ran.with("moved")),
        (0, moved.iter().map(|key| (*key).to_owned()).collect()),
        "{ran:?}"
    );
    let after = place.recorded();
    assert_eq!(after.keys().collect::<Vec<_>>(), keys);
    assert_ne!(after, before);
    assert_eq!(urns(after), urns(before));
    // Clones that remember the ledger before the moves, one that made them, and a new one.
    let fresh = place.clone("fresh", &["--single-branch"]);
    for clone in [&fresh, &published.clones[0], &published.clones[1]] {
        let ran = place.apply(clone);
        assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
        assert!(
            ran.codes()
                .iter()
                .all(|code| !code.contains("ledger") && code != "entry-taken-back"),
            "{ran:?}"
        );
    }
    assert_eq!(place.creates_received(), 2);
}

#[test]
fn two_records_that_change_keys_do_not_freeze() {
    let [a, b] = ["a", "b"].map(crate::place::text_of);
    let files = [("posts/a.md", Some(&*b)), ("posts/b.md", Some(&*a))];
    goes_on_after_moves(&files, &["a", "b"], &["a", "b"]);
}

#[test]
fn a_record_that_goes_on_under_a_key_of_its_own_does_not_freeze() {
    let a = crate::place::text_of("a");
    let files = [("posts/a.md", None), ("posts/b.md", Some(&*a))];
    goes_on_after_moves(&files, &["b", "b~2"], &["b", "b~2"]);
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

#[test]
fn a_person_may_take_the_remotes_ledger_for_true() {
    let published = Published::new();
    let place = &published.place;
    let [one, two] = &published.clones;
    let back = format!("{}~2", place.tip(LEDGER));
    let back = place.git(&place.remote(), &["rev-parse", &back]);
    place.force(LEDGER, Some(&back));
    let dry = published.run(two, &["state", "accept", "--dry-run"]);
    assert!(dry.contains("published   `b`"), "{dry}");
    published.is_frozen(two, "ledger-rewound");
    let listed = published.run(two, &["state", "accept"]);
    assert!(listed.contains("1 entry given up"), "{listed}");
    // Also for the other clone, which remembered the same; `b` is forgotten, as was said.
    for clone in [two, one] {
        let ran = place.apply(clone);
        assert_ne!(ran.code, 73, "{ran:?}");
    }
    assert!(
        published
            .run(one, &["state", "accept"])
            .contains("nothing was changed")
    );
    assert_eq!(place.posts()["a"].len(), 1);
}

#[test]
fn a_hand_edit_that_was_meant_is_accepted_for_every_clone() {
    let published = Published::new();
    published.by_hand(
        "hand",
        &[
            &["rm", "-q", "@posts/a@linkedin.json"],
            &["commit", "-qm", "tidy up"],
        ],
    );
    published.is_frozen(&published.clones[0], "entry-taken-back");
    published.place.commit("main", &[("posts/a.md", None)]);
    let listed = published.run(&published.clones[0], &["state", "accept"]);
    assert!(listed.contains("published   `a`"), "{listed}");
    let fresh = published
        .place
        .clone("ci", &["--depth", "1", "--single-branch"]);
    for clone in published.clones.iter().chain([&fresh]) {
        let ran = published.place.apply(clone);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(published.place.creates_received(), 2);
}

#[test]
fn a_ledger_that_is_gone_cannot_be_accepted() {
    let published = Published::new();
    published.place.force(LEDGER, None);
    let mut command = published
        .place
        .command(&published.clones[0], &["state", "accept"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(73));
    published.is_frozen(&published.clones[0], "ledger-gone");
}

/// The ledger is moved back while a run is about to declare its post.
#[test]
fn a_ledger_moved_back_between_reading_and_declaring_sends_nothing() {
    let published = Published::new();
    let place = &published.place;
    let back = place.git(&place.remote(), &["rev-parse", &format!("{LEDGER}~2")]);
    place.merge("c");
    let note = place.note("moved");
    place.hook(
        "update",
        &format!(
            "case $1 in refs/heads/main) exit 1;; esac\n\
             [ -e {note} ] && exit 0\ntouch {note}\n\
             env -u GIT_QUARANTINE_PATH git update-ref $ledger {back}\nexit 1",
            note = note.display()
        ),
    );
    let ran = place.apply(&published.clones[1]);
    assert_eq!(ran.code, 73, "{ran:?}");
    assert_eq!(place.tip(LEDGER), back);
    assert_eq!(place.creates_received(), 2);
    published.run(&published.clones[1], &["state", "rebuild"]);
    let ran = place.apply(&published.clones[1]);
    assert_eq!(place.recorded()["b"].len(), 1, "{ran:?}");
    place.assert_never_twice();
}

#[test]
fn a_moved_content_root_freezes_until_its_record_is_moved() {
    let published = Published::new();
    let place = &published.place;
    place.git(&published.clones[0], &["checkout", "-q", "--detach"]);
    let config = place.git(&place.remote(), &["show", "main:mergecast.yaml"]);
    let (a, b) = (crate::place::text_of("a"), crate::place::text_of("b"));
    place.commit(
        "main",
        &[
            ("mergecast.yaml", None),
            ("posts/a.md", None),
            ("posts/b.md", None),
            ("marketing/mergecast.yaml", Some(&config)),
            ("marketing/posts/a.md", Some(&a)),
            ("marketing/posts/b.md", Some(&b)),
        ],
    );
    let clone = place.clone("moved", &["--single-branch"]).join("marketing");
    let ran = place.apply(&clone);
    assert_eq!(
        (ran.code, ran.codes()),
        (73, vec!["root-moved".to_owned()]),
        "{ran:?}"
    );
    let help = ran.report["diagnostics"][0]["help"].as_str().unwrap();
    assert!(help.contains("mergecast state move --from ."), "{help}");
    let moved = published.run(&clone, &["state", "move", "--from", "."]);
    assert!(moved.contains("2 entries of `.`"), "{moved}");
    let ran = place.apply(&clone);
    assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
    let mut again = place.command(&clone, &["state", "move", "--from", "."]);
    assert_eq!(again.output().unwrap().status.code(), Some(64));
    assert_eq!(place.creates_received(), 2);
}

/// Whoever makes the ledger of one root whole keeps what it knows of the others.
#[test]
fn a_rebuild_in_one_root_loses_nothing_of_another() {
    let published = Published::new();
    let place = &published.place;
    let config = place.git(&place.remote(), &["show", "main:mergecast.yaml"]);
    let text = crate::place::text_of("w");
    place.commit(
        "main",
        &[
            ("web/mergecast.yaml", Some(&config)),
            ("web/posts/w.md", Some(&text)),
        ],
    );
    let web = place.clone("web", &[]).join("web");
    place.init(&web);
    let ran = place.apply(&web);
    assert_eq!(
        (ran.code, ran.with("published")),
        (0, vec!["w".to_owned()]),
        "{ran:?}"
    );
    assert_eq!(place.apply(&published.clones[0]).code, 0);
    // Another ledger, which knows nothing.
    place.force(LEDGER, None);
    place.commit(LEDGER, &[("README.md", Some("a new ledger"))]);
    published.run(&published.clones[0], &["state", "rebuild"]);
    for clone in [&web, &published.clones[0]] {
        let ran = place.apply(clone);
        assert_eq!((ran.code, ran.with("published").len()), (0, 0), "{ran:?}");
    }
    assert_eq!(place.creates_received(), 3);
}

#[test]
fn aliases_and_contradictions_made_by_hand_freeze() {
    let published = Published::new();
    let place = &published.place;
    let name = format!("{LEDGER}:@posts/a@linkedin.json");
    let text = place.git(&place.remote(), &["show", &name]);
    let retryable = text.replace("\"published\"", "\"retryable\"");
    let mut tip = place.tip(LEDGER);
    for (file, text) in [
        ("@posts/%61@linkedin.json", &text),
        ("@posts/a@linkedin.json", &retryable),
    ] {
        place.commit(LEDGER, &[(file, Some(text))]);
        let fresh = place.clone(
            &format!("ci-{}", &place.tip(LEDGER)[..8]),
            &["--single-branch"],
        );
        for clone in [&published.clones[0], &fresh] {
            let ran = place.apply(clone);
            assert_eq!(ran.code, 73, "{file} {ran:?}");
            let notes = ran.report["diagnostics"][0]["notes"].to_string();
            assert!(
                notes.contains(file.trim_start_matches("@posts/")),
                "{notes}"
            );
        }
        published.run(&fresh, &["state", "rebuild"]);
        assert_ne!(place.tip(LEDGER), tip);
        tip = place.tip(LEDGER);
        assert_eq!(place.recorded(), place.posts());
    }
    published.goes_on(&published.clones[0]);
}

/// A fresh clone looks at the whole history: 20,000 commits with 10,000 entries.
#[test]
fn a_long_history_is_looked_at_in_no_time() {
    let published = Published::new();
    let place = &published.place;
    let text = place.git(
        &place.remote(),
        &["show", &format!("{LEDGER}:@posts/a@linkedin.json")],
    );
    let size = if crate::full() { 10_000 } else { 500 };
    let mut stream = String::new();
    for number in 0..size * 2 {
        let (key, declared) = (number / 2, number % 2 == 0);
        let text = text
            .replace("\"key\": \"a\"", &format!("\"key\": \"old-{key}\""))
            .replace("posts/a.md", &format!("posts/old-{key}.md"))
            .replace("urn:li:share:7", &format!("urn:li:share:{key}7"));
        let text = if declared {
            text.replace("\"published\"", "\"unknown\"")
        } else {
            text
        };
        let message = format!("sending old-{key}\n\n[skip ci]\n\nMergecast-Nonce: {number:032x}\n");
        stream.push_str(&format!(
            "commit refs/heads/{LEDGER}\ncommitter T <t@localhost> {} +0000\ndata {}\n{message}\n",
            1_780_000_000 + number,
            message.len()
        ));
        if number == 0 {
            stream.push_str(&format!("from refs/heads/{LEDGER}^0\n"));
        }
        let name = format!("@posts/old-{key}@linkedin.json");
        stream.push_str(&format!(
            "M 100644 inline {name}\ndata {}\n{text}\n",
            text.len()
        ));
    }
    place.import(&stream);
    place.git(&place.remote(), &["repack", "-adq"]);
    let timed = |clone: &Path| {
        let began = std::time::Instant::now();
        let shown = published.run(clone, &["state", "show", "--format", "json"]);
        assert!(shown.contains(&format!("old-{}", size - 1)));
        began.elapsed()
    };
    let fresh = place.clone("fresh", &[]);
    let (first, second) = (timed(&fresh), timed(&fresh));
    println!(
        "{} commits: {first:?} the first time, {second:?} the second",
        size * 2
    );
    let verified = place.git(
        &fresh,
        &[
            "rev-parse",
            "refs/mergecast/verified/origin/mergecast/state",
        ],
    );
    assert_eq!(verified, place.tip(LEDGER));
}
