//! A ledger begins once and on purpose; one that is gone, moved or elsewhere is no beginning.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::place::{CONFIG, LEDGER, Place, Ran};

const BEGUN: &str = "refs/mergecast/begun";

/// The configuration with `more` in `state`.
fn with_state(more: &str) -> String {
    format!("{CONFIG}state: {{ {more} }}\n")
}

/// `state.since` of so many days ago.
fn since(days: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = i64::try_from(now.unwrap().as_secs()).unwrap() - days * 86_400;
    let day = chrono::DateTime::from_timestamp(seconds, 0)
        .unwrap()
        .date_naive();
    with_state(&format!("since: {day}"))
}

impl Place {
    fn configure(&self, config: &str) {
        self.commit("main", &[("mergecast.yaml", Some(config))]);
    }

    fn begun(&self) -> String {
        let arguments = ["for-each-ref", "--format=%(objectname)", BEGUN];
        self.git(&self.remote(), &arguments)
    }

    /// A run that is refused with this code; nothing is created, here or in the ledger.
    fn refuses(&self, clone: &Path, code: &str) -> Ran {
        let (created, ledger) = (self.creates_received(), self.ledger_tip());
        let ran = self.apply(clone);
        assert_eq!(ran.code, 73, "{ran:?}");
        assert!(ran.codes().contains(&code.to_owned()), "{ran:?}");
        assert_eq!(self.creates_received(), created);
        assert_eq!(self.ledger_tip(), ledger);
        ran
    }

    fn publishes(&self, clone: &Path, keys: &[&str]) {
        let ran = self.apply(clone);
        assert_eq!(
            (ran.code, ran.with("published")),
            (0, keys.iter().map(|key| (*key).to_owned()).collect()),
            "{ran:?}"
        );
        self.assert_never_twice();
    }

    fn pull(&self, clone: &Path) {
        self.git(clone, &["pull", "-q", "--rebase", "origin", "main"]);
    }

    fn state(&self, clone: &Path, arguments: &[&str]) {
        let arguments = [&["state"], arguments].concat();
        let output = self.command(clone, &arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {words}");
    }

    fn with_environment(&self, clone: &Path, variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command(clone, &["apply", "--format", "json"]);
        Ran::of(command.envs(variables.iter().copied()).output().unwrap())
    }
}

#[test]
fn without_a_beginning_nothing_is_published() {
    let place = Place::unbegun();
    place.merge("a");
    let clone = place.clone("one", &[]);
    place.refuses(&clone, "ledger-missing");
    // Too late, by two weeks and a day; and too early.
    for days in [15, -3] {
        place.configure(&since(days));
        place.pull(&clone);
        place.refuses(&clone, "ledger-missing");
    }
    place.init(&clone);
    place.publishes(&clone, &["a"]);
}

#[test]
fn the_first_pass_in_the_window_begins_a_ledger_also_with_nothing_to_do() {
    let place = Place::unbegun();
    place.configure(&since(13));
    let clone = place.clone("one", &[]);
    let paused = [("MERGECAST_PAUSED", "1")];
    assert_eq!(place.with_environment(&clone, &paused).code, 0);
    assert_ne!(place.ledger_tip(), "");
    assert_ne!(place.begun(), "");
    place.merge("a");
    // The window closes; a ledger that began goes on.
    place.configure(&since(40));
    let late = place.clone("late", &[]);
    place.publishes(&late, &["a"]);
}

#[test]
fn many_first_passes_begin_one_ledger() {
    let place = Place::unbegun();
    place.configure(&since(0));
    place.merge("a");
    let clones = ["one", "two", "three", "four"].map(|name| place.clone(name, &[]));
    let start = |clone: &PathBuf| place.command(clone, &["apply", "--format", "json"]).spawn();
    let running: Vec<Child> = clones.iter().map(|clone| start(clone).unwrap()).collect();
    for child in running {
        child.wait_with_output().unwrap();
    }
    assert_eq!(place.posts().len(), 1);
    place.assert_never_twice();
    let roots = ["rev-list", "--max-parents=0", "--count", LEDGER];
    assert_eq!(place.git(&place.remote(), &roots), "1");
}

#[test]
fn a_ledger_that_is_deleted_never_begins_again_by_itself() {
    let place = Place::unbegun();
    place.configure(&since(0));
    // The lockfile is refused, so that nothing else knows what was published.
    place.hook("update", "case $1 in refs/heads/main) exit 1;; esac");
    let clone = place.clone("one", &[]);
    place.hook("update", "exit 0");
    place.merge("a");
    place.hook("update", "case $1 in refs/heads/main) exit 1;; esac");
    let ran = place.apply(&clone);
    assert_eq!(ran.with("published"), ["a"]);
    place.force(LEDGER, None);
    for clone in [clone, place.clone("fresh", &[])] {
        place.refuses(&clone, "ledger-gone");
        place.state(&clone, &["init"].map(|_| "show"));
        let init = place.command(&clone, &["state", "init"]).output().unwrap();
        assert_eq!(init.status.code(), Some(73), "{init:?}");
    }
    let clone = place.clone("rebuilds", &[]);
    place.state(&clone, &["rebuild"]);
    let ran = place.apply(&clone);
    assert_eq!((ran.code, ran.with("unknown")), (76, vec!["a".to_owned()]));
    assert_eq!(place.creates_received(), 1);
}

#[test]
fn a_ledger_of_an_older_version_is_marked_and_then_missed() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    place.publishes(&clone, &["a"]);
    place.git(&place.remote(), &["update-ref", "-d", BEGUN]);
    assert_eq!(place.apply(&clone).code, 0);
    assert_ne!(place.begun(), "", "the mark is set where there is none");
    place.force(LEDGER, None);
    place.refuses(&clone, "ledger-gone");
}

#[test]
fn where_the_host_refuses_the_mark_it_is_a_tag() {
    let place = Place::unbegun();
    place.hook(
        "update",
        "case $1 in refs/mergecast/*) echo prohibited >&2; exit 1;; esac",
    );
    let clone = place.clone("one", &[]);
    place.init(&clone);
    assert_eq!(place.begun(), "");
    let tag = ["rev-parse", "-q", "--verify", "refs/tags/mergecast-begun"];
    assert_ne!(place.git(&place.remote(), &tag), "");
    place.merge("a");
    place.publishes(&clone, &["a"]);
    place.force(LEDGER, None);
    place.refuses(&clone, "ledger-gone");
    place.state(&clone, &["rebuild"]);
    place.merge("b");
    // What may have been sent is doubted, and nothing is frozen any more.
    assert_eq!(place.apply(&clone).codes(), Vec::<String>::new());
}

#[test]
fn a_renamed_state_branch_is_no_new_ledger() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    place.publishes(&clone, &["a"]);
    place.configure(&with_state("branch: mergecast/State"));
    place.pull(&clone);
    let fresh = place.clone("fresh", &[]);
    place.refuses(&clone, "ledger-moved");
    place.refuses(&fresh, "ledger-moved");
    // The one command takes the ledger along; whoever is on the old branch is frozen then.
    place.state(&fresh, &["rebuild"]);
    assert_eq!(
        place.ledger_tip(),
        "",
        "there is one ledger, on its new branch"
    );
    place.merge("b");
    place.pull(&clone);
    place.publishes(&clone, &["b"]);
    assert_eq!(place.creates_received(), 2);
}

#[test]
fn the_ledger_of_another_repository_is_told_by_the_remotes_name() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    place.publishes(&clone, &["a"]);
    let copy = place.remote().with_file_name("copy.git");
    let (from, to) = (place.remote(), copy.display().to_string());
    place.git(
        &from.clone(),
        &["clone", "-q", "--mirror", from.to_str().unwrap(), &to],
    );
    let url = format!("file://{to}");
    place.git(&clone, &["remote", "set-url", "origin", &url]);
    place.merge_in(&copy, "b");
    place.refuses(&clone, "other-repository");
    place.state(&clone, &["rebuild", "--for-this-repository"]);
    let ran = place.apply(&clone);
    assert_eq!(ran.with("unknown"), ["b"], "{ran:?}");
    assert_eq!(place.creates_received(), 1);
}

#[test]
fn a_clone_without_the_configured_remote_publishes_nowhere() {
    let place = Place::new();
    place.merge("a");
    let clone = place.clone("one", &[]);
    place.git(&clone, &["remote", "rename", "origin", "company"]);
    let ran = place.refuses(&clone, "remote-missing");
    let report = ran.report.to_string();
    assert!(report.contains("`company`"), "{report}");
    for arguments in [vec!["state", "rebuild"], vec!["state", "init"]] {
        let output = place.command(&clone, &arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(73), "{arguments:?}");
    }
    let refs = place.git(&clone, &["for-each-ref", "refs/heads/mergecast"]);
    assert_eq!(refs, "", "no ledger of its own was made");
    let status = place.command(&clone, &["status"]).output().unwrap();
    assert_eq!(status.status.code(), Some(0));
    place.git(&clone, &["remote", "rename", "company", "origin"]);
    place.publishes(&clone, &["a"]);
}

#[test]
fn a_job_without_its_remote_publishes_nowhere() {
    let place = Place::new();
    place.merge("a");
    let clone = place.clone("one", &[]);
    place.git(&clone, &["remote", "remove", "origin"]);
    let folder = place.folder();
    std::fs::write(folder.join("posts/a.md"), crate::place::text_of("a")).unwrap();
    for (place_of_job, code) in [(&clone, "no-remote"), (&folder, "no-git")] {
        let ran = place.with_environment(place_of_job, &[("CI", "true")]);
        assert_eq!(
            (ran.code, ran.codes()),
            (73, vec![code.to_owned()]),
            "{ran:?}"
        );
    }
    assert_eq!(place.creates_received(), 0);
    // A person's own machine says so, and publishes after a step on purpose.
    place.refuses(&clone, "ledger-missing");
    place.init(&clone);
    let ran = place.apply(&clone);
    assert_eq!(
        (ran.code, ran.codes()),
        (0, vec!["local-ledger".to_owned()]),
        "{ran:?}"
    );
}

#[test]
fn what_was_recorded_without_a_remote_goes_along_when_there_is_one() {
    let place = Place::unbegun();
    place.configure(&since(0));
    place.merge("a");
    let clone = place.clone("one", &[]);
    let url = place.git(&clone, &["remote", "get-url", "origin"]);
    place.git(&clone, &["remote", "remove", "origin"]);
    place.init(&clone);
    place.publishes(&clone, &["a"]);
    place.git(&clone, &["remote", "add", "origin", &url]);
    // In the window, and yet no second beginning: this clone knows a post.
    place.refuses(&clone, "ledger-missing");
    place.state(&clone, &["init"]);
    place.merge("b");
    place.publishes(&place.clone("other", &[]), &["b"]);
    assert_eq!(place.creates_received(), 2);
}

#[test]
fn a_content_root_begins_as_a_ledger_does() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    place.publishes(&clone, &["a"]);
    let second = "marketing/mergecast.yaml";
    let post = crate::place::text_of("m");
    place.commit(
        "main",
        &[
            (second, Some(CONFIG)),
            ("marketing/posts/m.md", Some(&post)),
        ],
    );
    place.pull(&clone);
    let root = clone.join("marketing");
    place.refuses(&root, "root-missing");
    place.commit("main", &[(second, Some(&since(0)))]);
    place.publishes(&root, &["m"]);
}

#[test]
fn a_branch_in_the_way_is_named_and_so_is_the_setting() {
    for branch in ["mergecast", "mergecast/state/x"] {
        let place = Place::unbegun();
        place.configure(&since(0));
        place.merge("a");
        place.commit(branch, &[("x", Some("x"))]);
        let ran = place.apply(&place.clone("one", &[]));
        assert_eq!(
            (ran.code, ran.codes()),
            (65, vec!["state-branch-taken".to_owned()])
        );
        let report = ran.report.to_string();
        assert!(report.contains("state: { branch:"), "{report}");
    }
}

#[test]
fn the_published_branch_is_never_the_ledgers() {
    let place = Place::unbegun();
    let config = with_state("branch: main").replace("branch: main\nauthors", "authors");
    place.configure(&config);
    let before = place.tip("main");
    let ran = place.apply(&place.clone("one", &[]));
    assert_eq!(
        (ran.code, ran.codes()),
        (65, vec!["state-branch".to_owned()]),
        "{ran:?}"
    );
    assert_eq!(place.tip("main"), before);
}

/// Waits for the end of a process that has to end by itself.
fn ended(mut child: Child) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_watcher_ends_when_a_merge_moves_what_it_runs_on() {
    for config in [
        with_state("branch: mergecast/other"),
        with_state("remote: upstream"),
        CONFIG.replace("branch: main", "branch: live"),
    ] {
        let place = Place::new();
        let clone = place.clone("one", &[]);
        let mut watch: Command = place.command(&clone, &["watch", "--fetch-interval", "1s"]);
        let child = watch
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        place.merge("a");
        while place.posts().is_empty() {
            std::thread::sleep(Duration::from_millis(100));
        }
        place.commit(
            "main",
            &[
                ("mergecast.yaml", Some(&config)),
                ("posts/b.md", Some(&crate::place::text_of("b"))),
            ],
        );
        assert_eq!(ended(child), Some(73), "{config}");
        assert_eq!(place.creates_received(), 1, "{config}");
    }
}
