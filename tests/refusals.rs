//! Surroundings that are not set up right: what cannot be asked is refused, by every
//! command, and nothing is sent.
//!
//! Real git, real processes. "LinkedIn" is a socket that counts who comes.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the tests set up files and start processes"
)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\n";
const POST: &str = "---\nid: hello\nscheduled_at: on-merge\n---\nHello\n";
/// Commands that look, and the one that publishes.
const COMMANDS: [&[&str]; 4] = [&["check"], &["plan"], &["status"], &["apply"]];

/// A bare remote, one clone of it, and nobody else.
struct Place {
    folder: tempfile::TempDir,
    linkedin: TcpListener,
}

/// What a run said.
struct Ran {
    code: i32,
    words: String,
}

impl Place {
    /// A clone whose `main` has the configuration and one post that is due.
    fn new() -> Self {
        let place = Self::empty();
        place.git(&place.clone(), &["init", "-q", "-b", "main"]);
        place.git(
            &place.clone(),
            &["remote", "add", "origin", "../remote.git"],
        );
        place.publish(&[("mergecast.yaml", CONFIG), ("posts/hello.md", POST)]);
        place
    }

    fn empty() -> Self {
        let linkedin = TcpListener::bind("127.0.0.1:0").unwrap();
        linkedin.set_nonblocking(true).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder, linkedin };
        std::fs::create_dir(place.clone()).unwrap();
        let bare = ["init", "-q", "--bare", "-b", "main", "remote.git"];
        place.git(place.folder.path(), &bare);
        place
    }

    fn clone(&self) -> PathBuf {
        self.folder.path().join("clone")
    }

    fn remote(&self) -> PathBuf {
        self.folder.path().join("remote.git")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.clone().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.write(name, text);
        }
        self.git(&self.clone(), &["add", "-A"]);
        self.git(&self.clone(), &["commit", "-q", "-m", "a change"]);
    }

    fn publish(&self, files: &[(&str, &str)]) {
        self.commit(files);
        self.git(&self.clone(), &["push", "-q", "-u", "origin", "HEAD"]);
    }

    fn isolated(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_GLOBAL", self.folder.path().join("gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada");
            command.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
        }
        command
    }

    fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let mut git = self.isolated("git");
        let output = git.current_dir(folder).args(arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn mergecast(&self, folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let address = self.linkedin.local_addr().unwrap();
        let mut command = self.isolated(env!("CARGO_BIN_EXE_mergecast"));
        command
            .current_dir(folder)
            .env("MERGECAST_LINKEDIN_API_URL", format!("http://{address}"))
            .env("MERGECAST_TRUST_API_URL", "1")
            .env("LINKEDIN_ACCESS_TOKEN", "token")
            .envs(environment.iter().copied())
            .args(arguments);
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let words = [stdout, stderr].concat();
        Ran {
            code: status.code().unwrap(),
            words: String::from_utf8(words).unwrap(),
        }
    }

    /// `PATH` with a `git` before the real one that is this script of the shell, whose own
    /// `git` is the real one.
    fn with_git(&self, script: &str) -> String {
        let programs = self.folder.path().join("programs");
        std::fs::create_dir_all(&programs).unwrap();
        let path = std::env::var("PATH").unwrap();
        let program = programs.join("git");
        std::fs::write(&program, format!("#!/bin/sh\nPATH='{path}'\n{script}\n")).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, executable).unwrap();
        format!("{}:{path}", programs.display())
    }

    /// Runs it in the clone.
    fn run(&self, arguments: &[&str]) -> Ran {
        self.mergecast(&self.clone(), &[], arguments)
    }

    /// The same in a CI job.
    fn run_in_ci(&self, arguments: &[&str]) -> Ran {
        self.mergecast(&self.clone(), &[("CI", "true")], arguments)
    }

    /// `apply` ends with `exit`, names `code`, and asks LinkedIn nothing.
    fn refuses(&self, exit: i32, code: &str) {
        self.refuses_in(&self.clone(), exit, code);
    }

    fn refuses_in(&self, folder: &Path, exit: i32, code: &str) {
        let ran = self.mergecast(folder, &[], &["apply"]);
        assert!(ran.words.contains(&format!("[{code}]")), "{}", ran.words);
        assert_eq!(ran.code, exit, "{}", ran.words);
        assert!(self.linkedin.accept().is_err(), "LinkedIn was asked");
    }
}

#[test]
fn a_remote_that_cannot_be_asked_is_a_refusal() {
    let place = Place::new();
    place.git(&place.clone(), &["checkout", "-q", "-b", "draft"]);
    place.publish(&[("mergecast.yaml", &format!("{CONFIG}branch: draft\n"))]);
    place.refuses(73, "not-agreed");
    std::fs::rename(place.remote(), place.folder.path().join("gone.git")).unwrap();
    place.refuses(69, "remote-unreachable");
}

/// What fails once must not be taken for "there is nothing to compare with".
#[test]
fn a_first_question_that_fails_is_not_passed_over() {
    let place = Place::new();
    place.git(&place.clone(), &["checkout", "-q", "-b", "draft"]);
    place.publish(&[("mergecast.yaml", &format!("{CONFIG}branch: draft\n"))]);
    let failed = place.folder.path().join("failed");
    let path = place.with_git(&format!(
        "case \" $* \" in *' ls-remote '*) if [ ! -e '{0}' ]; then touch '{0}'; echo 'fatal: unable to access: Connection timed out' >&2; exit 128; fi;; esac\nexec git \"$@\"",
        failed.display()
    ));
    let ran = place.mergecast(&place.clone(), &[("PATH", &path)], &["apply"]);
    assert!(failed.exists());
    assert_eq!(ran.code, 69, "{}", ran.words);
    assert!(place.linkedin.accept().is_err(), "LinkedIn was asked");
}

/// On a loaded machine git's answer comes long after git has ended; a truncated one would say
/// that there is no remote, and that the ledger is this clone's own.
#[test]
fn half_an_answer_of_git_is_never_taken_for_a_clone_without_remote() {
    let place = Place::new();
    let late = "case \" $* \" in *' config '*) (sleep 0.8; exec git \"$@\") & exit 0;; esac\nexec git \"$@\"";
    let path = place.with_git(late);
    let ran = place.mergecast(&place.clone(), &[("PATH", &path)], &["apply"]);
    assert!(ran.words.contains("[ledger-missing]"), "{}", ran.words);
    assert!(!ran.words.contains("[local-ledger]"), "{}", ran.words);
    let path = place.with_git("case \" $* \" in *' config '*) exit 0;; esac\nexec git \"$@\"");
    let ran = place.mergecast(&place.clone(), &[("PATH", &path)], &["apply"]);
    assert!(ran.words.contains("[repository-unusable]"), "{}", ran.words);
    assert_eq!(ran.code, 65);
    assert!(place.linkedin.accept().is_err(), "LinkedIn was asked");
}

#[test]
fn a_default_branch_without_the_configuration_agrees_to_nothing() {
    let place = Place::new();
    place.git(&place.clone(), &["checkout", "-q", "-b", "content"]);
    place.publish(&[("mergecast.yaml", &format!("{CONFIG}branch: content\n"))]);
    place.git(&place.clone(), &["checkout", "-q", "main"]);
    place.git(&place.clone(), &["rm", "-q", "mergecast.yaml"]);
    place.publish(&[]);
    place.git(&place.clone(), &["checkout", "-q", "content"]);
    place.refuses(73, "agreement-unknown");
    let ran = place.run(&["apply"]);
    assert!(ran.words.contains("put `mergecast.yaml`"), "{}", ran.words);
}

#[test]
fn a_default_branch_whose_configuration_has_errors_agrees_to_nothing() {
    let place = Place::new();
    place.git(&place.clone(), &["checkout", "-q", "-b", "draft"]);
    place.publish(&[("mergecast.yaml", &format!("{CONFIG}branch: draft\n"))]);
    place.git(&place.clone(), &["checkout", "-q", "main"]);
    place.publish(&[("mergecast.yaml", "version: 1\nposst: posts\n")]);
    place.git(&place.clone(), &["checkout", "-q", "draft"]);
    place.refuses(73, "agreement-unknown");
    // Whoever is on it is told by the pass itself.
    place.git(&place.clone(), &["checkout", "-q", "main~1"]);
    place.refuses(65, "unknown-key");
}

#[test]
fn an_unborn_default_branch_is_never_the_checked_out_one() {
    let place = Place::new();
    place.git(
        &place.remote(),
        &["symbolic-ref", "HEAD", "refs/heads/trunk"],
    );
    place.refuses(73, "agreement-unknown");
    place.publish(&[("mergecast.yaml", &format!("{CONFIG}branch: main\n"))]);
    place.refuses(73, "agreement-unknown");
}

#[test]
fn a_checkout_does_not_choose_another_remote() {
    let place = Place::new();
    let evil = place.folder.path().join("evil.git");
    let copy = ["clone", "-q", "--bare", "remote.git", "evil.git"];
    place.git(place.folder.path(), &copy);
    let clone = place.clone();
    place.git(&clone, &["remote", "set-head", "origin", "main"]);
    place.git(&clone, &["remote", "add", "evil", evil.to_str().unwrap()]);
    place.commit(&[(
        "mergecast.yaml",
        &format!("{CONFIG}state: {{ remote: evil }}\n"),
    )]);
    // Its default branch says otherwise,
    place.refuses(73, "not-agreed");
    // and where it says the same, the other remote's does.
    place.git(&clone, &["push", "-q", "evil", "HEAD:main"]);
    place.refuses(73, "not-agreed");
    // Two names of one place are one place.
    let same = place.remote();
    place.git(
        &clone,
        &["remote", "set-url", "evil", same.to_str().unwrap()],
    );
    place.git(
        &clone,
        &["remote", "set-url", "origin", same.to_str().unwrap()],
    );
    let ran = place.run(&["apply", "--dry-run"]);
    assert!(!ran.words.contains("not-agreed"), "{}", ran.words);
}

#[test]
fn files_that_look_like_a_bare_repository_do_not_hide_the_real_one() {
    for above in ["", "marketing/"] {
        let place = Place::empty();
        place.git(&place.clone(), &["init", "-q", "-b", "main"]);
        place.git(
            &place.clone(),
            &["remote", "add", "origin", "../remote.git"],
        );
        let root = "marketing/content";
        let file = |name: &str| format!("{above}{name}");
        let inside = if above.is_empty() {
            format!("{root}/")
        } else {
            file("")
        };
        place.publish(&[
            (&format!("{root}/mergecast.yaml"), CONFIG),
            (&format!("{root}/posts/hello.md"), POST),
            (&format!("{inside}HEAD"), "ref: refs/heads/main\n"),
            (&format!("{inside}objects/keep"), ""),
            (&format!("{inside}refs/keep"), ""),
        ]);
        let folder = place.clone().join(root);
        place.refuses_in(&folder, 65, "repository-unusable");
        for command in COMMANDS {
            let ran = place.mergecast(&folder, &[("CI", "true")], command);
            assert_ne!(ran.code, 0, "{command:?}: {}", ran.words);
            assert!(
                ran.words.contains("looks like a bare repository"),
                "{command:?}: {}",
                ran.words
            );
        }
        assert!(!folder.join(".mergecast").exists());
    }
}

#[test]
fn formats_that_cannot_be_read_are_named_by_every_command() {
    for (format, name) in [
        ("--ref-format=reftable", "reftable"),
        ("--object-format=sha256", "SHA-256"),
    ] {
        let place = Place::empty();
        let init = ["init", "-q", "-b", "main", format];
        place.git(&place.clone(), &init);
        place.commit(&[("mergecast.yaml", CONFIG), ("posts/hello.md", POST)]);
        for command in COMMANDS {
            let ran = place.run(command);
            assert_eq!(ran.code, 65, "{format} {command:?}: {}", ran.words);
            assert!(
                ran.words.contains(&format!("this repository uses {name}")),
                "{command:?}: {}",
                ran.words
            );
        }
    }
}

#[test]
fn a_repository_without_git_is_refused() {
    let place = Place::new();
    let without = [("PATH", "/nowhere")];
    let ran = place.mergecast(&place.clone(), &without, &["check"]);
    assert_eq!(ran.code, 0, "{}", ran.words);
    for command in [&["plan"][..], &["status"], &["apply"]] {
        let ran = place.mergecast(&place.clone(), &without, command);
        assert_eq!(ran.code, 65, "{command:?}: {}", ran.words);
        assert!(
            ran.words.contains("[git-missing]"),
            "{command:?}: {}",
            ran.words
        );
    }
}

#[test]
fn in_a_job_the_commit_is_read_and_differing_files_are_named() {
    let place = Place::new();
    place.write(
        "posts/hello.md",
        "---\nid: hello\nscheduled_at: on-merge\ncolour: red\n---\nHello\n",
    );
    place.write(
        "posts/new.md",
        "---\nid: new\nscheduled_at: on-merge\n---\nNew\n",
    );
    // At home the files are looked at.
    assert_eq!(place.run(&["check"]).code, 65);
    for off in ["", "0", "false"] {
        let ran = place.mergecast(&place.clone(), &[("CI", off)], &["check"]);
        assert_eq!(ran.code, 65, "CI={off}: {}", ran.words);
    }
    for command in [&["check"][..], &["plan"]] {
        let ran = place.run_in_ci(command);
        assert_eq!(ran.code, 0, "{command:?}: {}", ran.words);
        for file in [
            "`posts/hello.md` is not what the commit holds",
            "`posts/new.md` is not in the commit",
        ] {
            assert!(ran.words.contains(file), "{command:?}: {}", ran.words);
        }
        assert!(
            ran.words.contains("warning[not-in-commit]"),
            "{}",
            ran.words
        );
    }
    assert!(!place.run_in_ci(&["plan"]).words.contains("+ new"));
    assert_eq!(place.run_in_ci(&["check", "--strict"]).code, 65);
    place.git(&place.clone(), &["checkout", "-q", "posts/hello.md"]);
    std::fs::remove_file(place.clone().join("posts/new.md")).unwrap();
    let ran = place.run_in_ci(&["check", "--strict"]);
    assert_eq!(ran.code, 0, "{}", ran.words);
}

#[test]
fn a_job_without_git_reads_the_files_and_says_so() {
    let place = Place::new();
    std::fs::remove_dir_all(place.clone().join(".git")).unwrap();
    let ran = place.run_in_ci(&["check"]);
    assert_eq!(ran.code, 0, "{}", ran.words);
    assert!(ran.words.contains("warning[no-commit]"), "{}", ran.words);
    assert!(!place.run(&["check"]).words.contains("no-commit"));
}

/// The text of a post under an encoding in which `[` is `Ä` (DIN 66003).
const HIDING: &str =
    "---\nid: hiding\nscheduled_at: on-merge\n---\n\u{c4}x\u{dc}: e.example \"payload\"\n";

#[test]
fn attributes_that_check_out_another_text_are_named() {
    let place = Place::new();
    let id = place.folder.path().join("hiding");
    std::fs::write(&id, HIDING).unwrap();
    place.write(
        ".gitattributes",
        "posts/ident.md ident\nposts/crlf.md text eol=crlf\n",
    );
    place.write(
        "posts/ident.md",
        "---\nid: ident\nscheduled_at: on-merge\n---\n$Id$\n",
    );
    place.write(
        "posts/crlf.md",
        "---\nid: crlf\nscheduled_at: on-merge\n---\nLines\n",
    );
    place.publish(&[]);
    let clone = place.clone();
    for name in ["ident", "crlf"] {
        let file = format!("posts/{name}.md");
        std::fs::remove_file(clone.join(&file)).unwrap();
        place.git(&clone, &["checkout", "-q", "--", &file]);
    }
    assert_eq!(place.git(&clone, &["status", "--porcelain"]), "");
    for command in [&["check"][..], &["plan"], &["status"]] {
        let ran = place.run(command);
        for name in ["ident", "crlf"] {
            let words = format!("warning[bytes-differ]: `posts/{name}.md`");
            assert!(ran.words.contains(&words), "{command:?}: {}", ran.words);
        }
        assert!(!ran.words.contains("bytes-differ]: `posts/hello.md`"));
    }
    let ran = place.run_in_ci(&["check"]);
    assert!(
        ran.words
            .contains("[not-in-commit]: the file `posts/ident.md`"),
        "{}",
        ran.words
    );
    // git is told not to look, and calls the file clean.
    place.git(
        &clone,
        &["update-index", "--assume-unchanged", "posts/hello.md"],
    );
    place.write("posts/hello.md", &POST.replace("Hello", "Bye"));
    let ran = place.run(&["plan"]);
    assert!(
        ran.words.contains("bytes-differ]: `posts/hello.md`"),
        "{}",
        ran.words
    );
}

#[test]
fn looking_at_the_files_runs_no_filter_of_the_clone() {
    let place = Place::new();
    let trace = place.folder.path().join("trace");
    let program = format!("touch {}; cat", trace.display());
    for key in ["filter.evil=x.clean", "filter.evil=x.smudge"] {
        place.git(&place.clone(), &["config", key, &program]);
    }
    place.write(".gitattributes", "posts/*.md filter=evil=x\n");
    place.write("posts/hello.md", &POST.replace("Hello", "Hullo"));
    for command in [&["check"][..], &["plan"], &["status"]] {
        place.run(command);
        assert!(!trace.exists(), "{command:?}");
    }
}

/// A pause is merged so that everybody stops.
#[test]
fn the_files_of_a_checkout_heed_the_pause_that_was_merged() {
    let place = Place::new();
    place.publish(&[(
        "mergecast.yaml",
        &format!("{CONFIG}publish: {{ paused: true }}\n"),
    )]);
    place.git(&place.clone(), &["reset", "-q", "--hard", "HEAD~1"]);
    let ran = place.run(&["apply", "--worktree"]);
    assert!(ran.words.contains("[not-agreed]"), "{}", ran.words);
    assert!(ran.words.contains("publish.paused: true"), "{}", ran.words);
    assert_eq!(ran.code, 73);
    // Whether one with errors pauses, nobody can tell.
    place.git(&place.clone(), &["reset", "-q", "--hard", "origin/main"]);
    let broken = format!("{CONFIG}publish: {{ paused: true }}\ncolour: red\n");
    place.publish(&[("mergecast.yaml", &broken)]);
    place.git(&place.clone(), &["reset", "-q", "--hard", "HEAD~2"]);
    let ran = place.run(&["apply", "--worktree"]);
    assert!(ran.words.contains("[agreement-unknown]"), "{}", ran.words);
    assert_eq!(ran.code, 73);
    assert!(place.linkedin.accept().is_err(), "LinkedIn was asked");
}

/// Both would publish the same files.
#[test]
fn a_content_root_inside_the_posts_of_another_one_is_refused_from_both_sides() {
    let place = Place::new();
    place.publish(&[
        ("posts/inner/mergecast.yaml", CONFIG),
        ("posts/inner/posts/a.md", POST),
        ("postscript/mergecast.yaml", CONFIG),
        (
            "postscript/posts/b.md",
            &POST.replace("hello", "other").replace("Hello", "Bye"),
        ),
    ]);
    for root in ["", "posts/inner"] {
        place.refuses_in(&place.clone().join(root), 65, "nested-root");
    }
    let beside = place.clone().join("postscript");
    let ran = place.mergecast(&beside, &[("CI", "1")], &["check"]);
    assert_eq!(ran.code, 0, "{}", ran.words);
}

/// A PNG of one dot.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU";

#[test]
fn a_changed_picture_is_named_as_a_changed_post_is() {
    let place = Place::new();
    let post = "---\nid: hello\nscheduled_at: on-merge\nmedia: [{ path: /media/a.png, alt: A dot }]\n---\nHello\n";
    let picture = place.clone().join("media/a.png");
    std::fs::create_dir(place.clone().join("media")).unwrap();
    std::fs::write(&picture, PICTURE).unwrap();
    place.publish(&[("posts/hello.md", post)]);
    assert!(!place.run(&["check"]).words.contains("media/a.png` was"));
    std::fs::write(&picture, [PICTURE, b"x"].concat()).unwrap();
    let ran = place.run(&["check"]);
    let edited = "[edit-not-published]: `media/a.png` was changed here";
    assert!(ran.words.contains(edited), "{}", ran.words);
    let ran = place.run_in_ci(&["check"]);
    let differs = "[not-in-commit]: the file `media/a.png` is not what";
    assert!(ran.words.contains(differs), "{}", ran.words);
}

#[test]
fn edits_that_are_not_published_are_named() {
    let place = Place::new();
    let edited = "[edit-not-published]: `posts/hello.md`";
    let says = |command: &[&str], what: &str| {
        let ran = place.run(command);
        assert!(
            ran.words.contains(edited) && ran.words.contains(what),
            "{command:?}: {}",
            ran.words
        );
    };
    let commands: [&[&str]; 3] = [&["plan"], &["status"], &["apply", "--dry-run"]];
    for command in commands {
        assert!(!place.run(command).words.contains(edited));
    }
    place.write("posts/hello.md", &POST.replace("Hello", "Hello, all"));
    for command in commands {
        says(command, "not committed");
    }
    place.commit(&[]);
    for command in commands {
        says(command, "in a commit that is not published");
    }
    place.git(&place.clone(), &["push", "-q"]);
    for command in commands {
        assert!(!place.run(command).words.contains(edited));
    }
    // Whoever is behind edited nothing.
    place.git(&place.clone(), &["reset", "-q", "--hard", "HEAD~1"]);
    for command in commands {
        assert!(!place.run(command).words.contains(edited));
    }
}

#[test]
fn posts_that_are_not_checked_out_are_not_removed_posts() {
    let place = Place::new();
    place.publish(&[
        (
            "posts/2026/more.md",
            &POST.replace("hello", "more").replace("Hello", "More"),
        ),
        ("media/a.txt", "a"),
    ]);
    for kept in [&["posts/2026/"][..], &["media/"]] {
        let mut sparse = vec!["sparse-checkout", "set", "--no-cone", "/mergecast.yaml"];
        sparse.extend(kept);
        place.git(&place.clone(), &sparse);
        for command in [&["check"][..], &["plan"], &["status"]] {
            let ran = place.run(command);
            assert_eq!(ran.code, 65, "{command:?}: {}", ran.words);
            assert!(
                ran.words.contains("error[not-checked-out]"),
                "{command:?}: {}",
                ran.words
            );
            assert!(
                !ran.words.contains("posts-missing"),
                "{command:?}: {}",
                ran.words
            );
        }
        let ran = place.run_in_ci(&["check"]);
        assert!(
            ran.code == 0 && ran.words.contains("2 posts"),
            "{}",
            ran.words
        );
        let ran = place.run(&["apply", "--dry-run"]);
        assert!(ran.words.contains("2 to publish"), "{}", ran.words);
    }
}

#[test]
fn a_submodule_is_named_fetched_or_not() {
    let place = Place::new();
    let commit = place.git(&place.clone(), &["rev-parse", "HEAD"]);
    for (folder, exit) in [("posts/module", 65), ("posts", 65)] {
        let entry = format!("160000,{commit},{folder}");
        if folder == "posts" {
            place.git(&place.clone(), &["rm", "-q", "-r", "posts"]);
        }
        place.git(
            &place.clone(),
            &["update-index", "--add", "--cacheinfo", &entry],
        );
        place.git(&place.clone(), &["commit", "-q", "-m", "module"]);
        place.git(&place.clone(), &["push", "-q"]);
        for command in [&["check"][..], &["plan"]] {
            for ran in [place.run(command), place.run_in_ci(command)] {
                assert!(
                    ran.words.contains("posts-submodule"),
                    "{folder} {command:?}: {}",
                    ran.words
                );
                assert!(command != ["check"] || ran.code == exit, "{}", ran.words);
            }
        }
        let ran = place.run(&["apply", "--dry-run"]);
        assert!(
            ran.words.contains("posts-submodule"),
            "{folder}: {}",
            ran.words
        );
    }
}

/// Only root may give files away; elsewhere there is nothing to see.
#[test]
fn a_configuration_of_another_user_is_not_found_upwards() {
    let place = Place::new();
    let shared = place.folder.path().join("shared");
    let inner = shared.join("a/b");
    std::fs::create_dir_all(&inner).unwrap();
    std::fs::create_dir(shared.join("posts")).unwrap();
    std::fs::write(shared.join("mergecast.yaml"), CONFIG).unwrap();
    std::fs::write(shared.join("posts/hello.md"), POST).unwrap();
    let give = |name: &str| std::os::unix::fs::chown(shared.join(name), Some(65_534), None);
    assert_eq!(place.mergecast(&inner, &[], &["check"]).code, 0);
    if give("mergecast.yaml").is_err() {
        return;
    }
    for command in COMMANDS {
        let ran = place.mergecast(&inner, &[], command);
        assert_eq!(ran.code, 73, "{command:?}: {}", ran.words);
        assert!(
            ran.words.contains("foreign-configuration"),
            "{command:?}: {}",
            ran.words
        );
        let mut json = command.to_vec();
        json.extend(["--format", "json"]);
        let ran = place.mergecast(&inner, &[], &json);
        assert!(ran.words.starts_with('{'), "{command:?}: {}", ran.words);
    }
    assert!(place.linkedin.accept().is_err());
    let named = ["-C", "../..", "check"];
    assert_eq!(place.mergecast(&inner, &[], &named).code, 0);
    let sudo = [("SUDO_UID", "65534")];
    assert_eq!(place.mergecast(&inner, &sudo, &["check"]).code, 0);
    // What git accepts is accepted: a checkout of a job may be another user's.
    place.git(&shared, &["init", "-q", "-b", "main"]);
    assert_eq!(place.mergecast(&inner, &[], &["check"]).code, 0);
    for name in [".git", ""] {
        give(name).unwrap();
    }
    assert_ne!(place.mergecast(&inner, &[], &["check"]).code, 0);
    let git = "[safe]\n\tdirectory = *\n";
    std::fs::write(place.folder.path().join("gitconfig"), git).unwrap();
    let ran = place.mergecast(&inner, &[], &["check"]);
    assert_eq!(ran.code, 0, "{}", ran.words);
}

#[test]
fn what_is_staged_is_checked_also_by_a_hook() {
    let place = Place::new();
    let broken = POST.replace("scheduled_at", "scheduled");
    place.write("posts/hello.md", &broken);
    assert_eq!(place.run(&["check", "--staged"]).code, 0);
    place.git(&place.clone(), &["add", "posts/hello.md"]);
    place.write("posts/hello.md", POST);
    let ran = place.run(&["check", "--staged"]);
    assert_eq!(ran.code, 65, "{}", ran.words);
    place.git(&place.clone(), &["reset", "-q", "--hard"]);
    // `git commit -a` stages into an index that only its hook sees.
    let hook = place.clone().join(".git/hooks/pre-commit");
    let program = env!("CARGO_BIN_EXE_mergecast");
    std::fs::write(&hook, format!("#!/bin/sh\nexec {program} check --staged\n")).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, executable).unwrap();
    place.write("posts/hello.md", &broken);
    let mut git = place.isolated("git");
    git.current_dir(place.clone())
        .args(["commit", "-a", "-m", "broken"]);
    assert!(!git.output().unwrap().status.success());
    place.write("posts/hello.md", &POST.replace("Hello", "Hello, all"));
    place.git(&place.clone(), &["commit", "-q", "-a", "-m", "whole"]);
    let plain = place.folder.path().join("plain");
    std::fs::create_dir(&plain).unwrap();
    std::fs::write(plain.join("mergecast.yaml"), CONFIG).unwrap();
    let ran = place.mergecast(&plain, &[], &["check", "--staged"]);
    assert!(
        ran.code == 65 && ran.words.contains("not-staged"),
        "{}",
        ran.words
    );
}
