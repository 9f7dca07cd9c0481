//! Real processes, real git, real HTTP: clones of one content repository publish once.
//!
//! The truth is the sandbox's list of posts, never our own record.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the test starts processes"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const CONFIG: &str = "version: 1\ntimezone: Europe/Berlin\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\n";

/// A bare remote, a sandbox that listens, and a folder for clones.
struct Place {
    folder: tempfile::TempDir,
    sandbox: Child,
    address: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.sandbox.kill();
        let _ = self.sandbox.wait();
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = isolated(Command::new("git"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Nothing of the machine's own git settings or credentials reaches the test.
fn isolated(mut command: Command) -> Command {
    for name in [
        "CI",
        "GITHUB_ACTIONS",
        "GITHUB_REPOSITORY_ID",
        "GITHUB_RUN_ID",
        "MERGECAST_PAUSED",
    ] {
        command.env_remove(name);
    }
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "t")
        .env("GIT_AUTHOR_EMAIL", "t@localhost")
        .env("GIT_COMMITTER_NAME", "t")
        .env("GIT_COMMITTER_EMAIL", "t@localhost");
    command
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("seed");
        std::fs::create_dir_all(seed.join("posts")).unwrap();
        std::fs::write(seed.join("mergecast.yaml"), CONFIG).unwrap();
        git(
            folder.path(),
            &["init", "-q", "--bare", "-b", "main", "remote.git"],
        );
        git(&seed, &["init", "-q", "-b", "main"]);
        git(&seed, &["remote", "add", "origin", "../remote.git"]);
        let mut sandbox = isolated(Command::new(env!("CARGO_BIN_EXE_mergecast")))
            .args([
                "-C",
                seed.to_str().unwrap(),
                "sandbox",
                "--ephemeral",
                "--port",
                "0",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        Self {
            folder,
            sandbox,
            address,
        }
    }

    fn seed(&self) -> PathBuf {
        self.folder.path().join("seed")
    }

    /// Merges a file into the published branch.
    fn merge(&self, name: &str, text: Option<&str>) {
        let path = self.seed().join(name);
        match text {
            Some(text) => std::fs::write(path, text).unwrap(),
            None => std::fs::remove_file(path).unwrap(),
        }
        git(&self.seed(), &["add", "-A"]);
        git(&self.seed(), &["commit", "-q", "-m", name]);
        git(&self.seed(), &["pull", "-q", "--rebase", "origin", "main"]);
        git(&self.seed(), &["push", "-q", "origin", "main"]);
    }

    fn first(&self) {
        git(&self.seed(), &["add", "-A"]);
        git(&self.seed(), &["commit", "-q", "-m", "first"]);
        git(&self.seed(), &["push", "-q", "-u", "origin", "main"]);
        let mut init = isolated(Command::new(env!("CARGO_BIN_EXE_mergecast")));
        let output = init
            .arg("-C")
            .arg(self.seed())
            .args(["state", "init"])
            .output();
        assert!(output.unwrap().status.success());
    }

    fn clone(&self, name: &str) -> PathBuf {
        git(
            self.folder.path(),
            &[
                "clone",
                "-q",
                "--depth",
                "1",
                "--no-local",
                "remote.git",
                name,
            ],
        );
        self.folder.path().join(name)
    }

    fn command(&self, clone: &Path, arguments: &[&str]) -> Command {
        let mut command = isolated(Command::new(env!("CARGO_BIN_EXE_mergecast")));
        command
            .arg("-C")
            .arg(clone)
            .args(arguments)
            .env(
                "MERGECAST_LINKEDIN_API_URL",
                format!("http://{}", self.address),
            )
            .env("MERGECAST_TRUST_API_URL", "1")
            .env("LINKEDIN_ACCESS_TOKEN", "sandbox-token-42")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn apply(&self, clone: &Path) -> (i32, serde_json::Value) {
        finished(
            self.command(clone, &["apply", "--format", "json"])
                .output()
                .unwrap(),
        )
    }

    /// Applies: the exit code, and what became of the one post.
    fn finds(&self, clone: &Path, code: i32, key: &str, outcome: &str) {
        let (found, report) = self.apply(clone);
        assert_eq!(
            (found, outcomes(&report)),
            (code, vec![pair(key, outcome)]),
            "{report}"
        );
    }

    /// The next create request meets with a mishap.
    fn drop_create(&self, when: &str) {
        let rules = format!(
            "[{{\"method\":\"POST\",\"path\":\"/rest/posts\",\"nth\":1,\"when\":\"{when}\",\"what\":\"drop\"}}]"
        );
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST /__sandbox/faults HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{rules}",
            self.address,
            rules.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    }

    fn resolve(&self, clone: &Path, arguments: &[&str]) -> i32 {
        let arguments: Vec<&str> = ["resolve", "hello"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        self.command(clone, &arguments)
            .output()
            .unwrap()
            .status
            .code()
            .unwrap()
    }

    /// What LinkedIn has.
    fn posts(&self) -> Vec<serde_json::Value> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET /__sandbox/posts HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let start = body.find(['[', '{']).unwrap();
        let end = body.rfind([']', '}']).unwrap();
        let value: serde_json::Value = serde_json::from_str(&body[start..=end]).unwrap();
        value
            .as_array()
            .or_else(|| value["posts"].as_array())
            .unwrap()
            .clone()
    }
}

/// Two of three posts are out, and the third is merged.
fn two_of_three() -> (Place, PathBuf) {
    let place = Place::new();
    for name in ["one", "two"] {
        let text = HELLO.replace("(world)", name);
        std::fs::write(place.seed().join(format!("posts/{name}.md")), text).unwrap();
    }
    place.first();
    let clone = place.clone("clone");
    let (code, report) = place.apply(&clone);
    assert_eq!((code, place.posts().len()), (0, 2), "{report}");
    place.merge("posts/three.md", Some(&HELLO.replace("(world)", "three")));
    (place, clone)
}

/// Frozen, then rebuilt from a fresh clone; nothing goes out a second time.
fn is_rebuilt(place: &Place, clone: &Path) {
    let (code, report) = place.apply(clone);
    assert_eq!((code, place.posts().len()), (73, 2), "{report}");
    let fresh = place.clone("fresh");
    let rebuild = ["state", "rebuild", "--format", "json"];
    let (code, rebuilt) = finished(place.command(&fresh, &rebuild).output().unwrap());
    assert_eq!(code, 0, "{rebuilt}");
    for clone in [clone, &fresh] {
        let (code, report) = place.apply(clone);
        let wanted = [
            pair("one", "none"),
            pair("three", "unknown"),
            pair("two", "none"),
        ];
        let mut found = outcomes(&report);
        found.sort();
        assert_eq!((code, found.as_slice()), (76, &wanted[..]), "{report}");
    }
    assert_eq!(place.posts().len(), 2);
    let verdict = ["resolve", "three", "--not-published"];
    let status = place.command(&fresh, &verdict).output().unwrap().status;
    assert_eq!(status.code(), Some(0));
    // A run of the lost ledger may be alive; nothing is sent for a quarter of an hour.
    let (code, report) = place.apply(clone);
    assert_eq!((code, place.posts().len()), (75, 2), "{report}");
}

fn finished(output: Output) -> (i32, serde_json::Value) {
    let text = String::from_utf8(output.stdout).unwrap();
    let value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!(
            "{error}: {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    (output.status.code().unwrap(), value)
}

fn outcomes(value: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let results = value["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| (text(&result["key"]), text(&result["outcome"])))
        .collect()
}

fn pair(key: &str, outcome: &str) -> (String, String) {
    (key.to_owned(), outcome.to_owned())
}

const HELLO: &str = "---\nscheduled_at: on-merge\n---\nHello (world) #gitops\n";

#[test]
fn one_post_from_two_clones_in_turn_and_its_life_after() {
    let place = Place::new();
    std::fs::write(place.seed().join("posts/hello.md"), HELLO).unwrap();
    place.first();
    let (one, two) = (place.clone("one"), place.clone("two"));

    std::fs::write(one.join("posts/mine.md"), HELLO.replace("(world)", "draft")).unwrap();
    let (code, report) = place.apply(&one);
    assert_eq!(outcomes(&report), [pair("hello", "published")], "{report}");
    let warning = &report["diagnostics"][0];
    assert_eq!(
        (code, &warning["code"], &warning["path"]),
        (0, &"only-in-work-tree".into(), &"posts/mine.md".into())
    );
    std::fs::remove_file(one.join("posts/mine.md")).unwrap();
    place.finds(&one, 0, "hello", "none");
    place.finds(&two, 0, "hello", "none");
    assert_eq!(place.posts().len(), 1);
    assert!(
        place.posts()[0]
            .to_string()
            .contains("Hello (world) #gitops"),
        "{:?}",
        place.posts()
    );

    place.merge(
        "posts/hello.md",
        Some(&HELLO.replace("(world)", "(whole world)")),
    );
    place.finds(&two, 0, "hello", "updated");
    assert!(place.posts()[0].to_string().contains("Hello (whole world)"));

    std::fs::rename(
        place.seed().join("posts/hello.md"),
        place.seed().join("posts/renamed.md"),
    )
    .unwrap();
    place.merge(
        "posts/renamed.md",
        Some(&HELLO.replace("(world)", "(whole world)")),
    );
    place.finds(&one, 0, "renamed", "moved");

    // Where no document is left nothing is deleted, so another file stays.
    let other = "---\ndraft: true\n---\nLater\n";
    place.merge("posts/other.md", Some(other));
    place.merge("posts/renamed.md", None);
    let (code, report) = place.apply(&one);
    assert_eq!((code, outcomes(&report).len()), (0, 2), "{report}");
    place.merge(
        "mergecast.yaml",
        Some(&format!("{CONFIG}publish: {{ prune: true }}\n")),
    );
    let (code, report) = place.apply(&one);
    let deleted = pair("renamed", "deleted");
    assert!(
        code == 0 && outcomes(&report).contains(&deleted),
        "{report}"
    );
}

#[test]
fn four_processes_at_once_publish_each_post_once() {
    let place = Place::new();
    for number in 0..3 {
        let text = format!("---\nscheduled_at: on-merge\n---\nPost number {number}\n");
        std::fs::write(place.seed().join(format!("posts/p{number}.md")), text).unwrap();
    }
    place.first();
    let clones: Vec<PathBuf> = (0..4)
        .map(|number| place.clone(&format!("c{number}")))
        .collect();
    let running: Vec<Child> = clones
        .iter()
        .map(|clone| {
            place
                .command(clone, &["apply", "--format", "json"])
                .spawn()
                .unwrap()
        })
        .collect();
    let mut published = Vec::new();
    for child in running {
        let (code, report) = finished(child.wait_with_output().unwrap());
        assert!([0, 75].contains(&code), "{code}: {report}");
        published.extend(
            outcomes(&report)
                .into_iter()
                .filter(|(_, outcome)| outcome == "published"),
        );
    }
    published.sort();
    let wanted: Vec<(String, String)> = (0..3)
        .map(|n| pair(&format!("p{n}"), "published"))
        .collect();
    assert_eq!(published, wanted);
    assert_eq!(place.posts().len(), 3);
    let (code, report) = place.apply(&clones[0]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(place.posts().len(), 3);
}

#[test]
fn a_lost_answer_is_unknown_for_everybody_until_a_person_tells() {
    let place = Place::new();
    std::fs::write(place.seed().join("posts/hello.md"), HELLO).unwrap();
    place.first();
    let (one, two) = (place.clone("one"), place.clone("two"));

    place.drop_create("before");
    place.finds(&one, 76, "hello", "unknown");
    place.finds(&two, 76, "hello", "unknown");
    assert_eq!(place.posts().len(), 0);
    for (old, new) in [("hello", "renamed"), ("renamed", "hello")] {
        let path = |name: &str| place.seed().join(format!("posts/{name}.md"));
        std::fs::remove_file(path(old)).unwrap();
        place.merge(&format!("posts/{new}.md"), Some(HELLO));
        place.finds(&two, 76, new, "moved");
    }
    assert_eq!(place.posts().len(), 0);
    assert_eq!(place.resolve(&two, &["--not-published"]), 0);

    place.drop_create("after");
    place.finds(&two, 76, "hello", "unknown");
    for clone in [&one, &two, &one] {
        place.finds(clone, 76, "hello", "unknown");
    }
    assert_eq!(place.posts().len(), 1);
    let urn = place.posts()[0]["urn"].as_str().unwrap().to_owned();
    assert_eq!(place.resolve(&one, &["--published", &urn]), 0);
    place.finds(&two, 0, "hello", "none");
    assert_eq!(place.posts().len(), 1);
}

#[test]
fn a_deleted_ledger_is_rebuilt_and_nothing_goes_out_twice() {
    let (place, clone) = two_of_three();
    git(
        &clone,
        &["push", "-q", "origin", "--delete", "mergecast/state"],
    );
    is_rebuilt(&place, &clone);
}

#[test]
fn a_ledger_that_was_forced_back_is_rebuilt_and_nothing_goes_out_twice() {
    let (place, clone) = two_of_three();
    git(&clone, &["fetch", "-q", "origin", "mergecast/state"]);
    // `one` is sending, and nobody has heard of `two`.
    let back = "FETCH_HEAD~2:refs/heads/mergecast/state";
    git(&clone, &["push", "-q", "-f", "origin", back]);
    let (code, report) = place.apply(&clone);
    assert_eq!((code, place.posts().len()), (73, 2), "{report}");
    let rebuild = ["state", "rebuild", "--format", "json"];
    let stranger = place.clone("stranger");
    let (code, refused) = finished(place.command(&stranger, &rebuild).output().unwrap());
    // Its owner could be alive for all that a clone knows that has not seen its end.
    assert_eq!(code, 75, "{refused}");
    assert_eq!(refused["diagnostics"][0]["code"], "rebuild-refused");
    git(
        &clone,
        &["push", "-q", "origin", "--delete", "mergecast/state"],
    );
    is_rebuilt(&place, &clone);
}

/// A program that adds its environment to `file`, as a hook or a credential helper would.
#[cfg(unix)]
fn spy(file: &Path, words: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(file, format!("#!/bin/sh\nenv >>'{}'\n", words.display())).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The secrets of these tests are called what their owner calls them: nothing in a name says
/// that it is one, only the `…_env` key that names it.
#[cfg(unix)]
#[test]
fn hooks_and_credential_helpers_see_no_variable_that_the_configuration_names() {
    let place = Place::new();
    let config = CONFIG.replace(
        "42\" }",
        "42\", token_env: ACME_WORDS, client_secret_env: 'OTHER_WORDS' }",
    );
    let config = format!("{config}notify:\n  ops:\n    url_env: CHAT\n");
    std::fs::write(place.seed().join("mergecast.yaml"), config).unwrap();
    std::fs::write(
        place.seed().join("posts/a.md"),
        "---\nscheduled_at: on-merge\n---\nFor hooks.\n",
    )
    .unwrap();
    place.first();
    let clone = place.clone("one");
    let seen = place.folder.path().join("seen");
    for hook in ["update", "post-receive"] {
        spy(
            &place.folder.path().join("remote.git/hooks").join(hook),
            &seen,
        );
    }
    let secrets = [
        ("ACME_WORDS", "sandbox-token-42"),
        ("OTHER_WORDS", "hunter2"),
        ("CHAT", "http://127.0.0.1:9/hunter3"),
    ];
    let mut apply = place.command(&clone, &["apply", "--format", "json"]);
    let (code, report) = finished(apply.envs(secrets).env("HARMLESS", "yes").output().unwrap());
    assert_eq!(code, 0, "{report}");

    // A remote that wants a password: git asks the user's own helper.
    let door = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = door.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in door.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(
                b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    });
    let helper = place.folder.path().join("helper");
    spy(&helper, &seen);
    let settings = place.folder.path().join("gitconfig");
    let text = format!("[credential]\n\thelper = {}\n", helper.display());
    std::fs::write(&settings, text).unwrap();
    let url = format!("http://{address}/remote.git");
    git(&clone, &["remote", "set-url", "origin", &url]);
    let mut asks = place.command(&clone, &["apply", "--format", "json"]);
    asks.envs(secrets)
        .env("HARMLESS", "again")
        .env("GIT_CONFIG_GLOBAL", &settings);
    let refused = asks.output().unwrap();
    assert_ne!(refused.status.code(), Some(0));

    let words = std::fs::read_to_string(&seen).unwrap();
    for harmless in ["HARMLESS=yes", "HARMLESS=again"] {
        assert!(words.contains(harmless), "the spies saw nothing: {words}");
    }
    for (name, value) in secrets {
        assert!(!words.contains(name) && !words.contains(value), "{words}");
    }
}
