//! A content repository with a remote, its pull requests, and one step of a workflow.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::fake::{Fake, REPOSITORY, WRITE};
use crate::sandbox::{Sandbox, program};

pub(crate) const CONFIG: &str = "version: 1\nbranch: main\ntimezone: UTC\ndefault_author: acme\nauthors: { acme: \"urn:li:organization:42\" }\n";

pub(crate) struct Scene {
    folder: tempfile::TempDir,
    pub(crate) github: Fake,
    linkedin: Option<Sandbox>,
    /// Variables of every step, over those there are anyway.
    variables: RefCell<BTreeMap<String, String>>,
}

/// What one step did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) summary: String,
    pub(crate) outputs: BTreeMap<String, String>,
}

impl Ran {
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// Everything that was written somewhere.
    pub(crate) fn everything(&self) -> String {
        format!(
            "{}{}{}{:?}",
            self.stdout, self.stderr, self.summary, self.outputs
        )
    }

    #[track_caller]
    pub(crate) fn is(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }
}

impl Scene {
    pub(crate) fn new() -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
            github: Fake::start(),
            linkedin: None,
            variables: RefCell::default(),
        };
        let remote = scene.place("remote.git");
        let remote = remote.to_str().unwrap();
        scene.git_in(".", &["init", "-q", "--bare", "-b", "main", remote]);
        scene.git_in(".", &["clone", "-q", remote, "work"]);
        scene.git(&["checkout", "-q", "-b", "main"]);
        scene.write("mergecast.yaml", CONFIG);
        scene.write("posts/.gitkeep", "");
        scene.commit("content");
        scene.begin();
        scene
    }

    /// Begins the ledger, as a person does once.
    fn begin(&self) {
        let output = Command::new(env!("CARGO_BIN_EXE_mergecast"))
            .args(["state", "init"])
            .current_dir(self.place("work"))
            .env_remove("CI")
            .env_remove("GITHUB_REPOSITORY_ID")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
    }

    /// The same with a LinkedIn behind a socket.
    pub(crate) fn with_linkedin() -> Self {
        let mut scene = Self::new();
        scene.linkedin = Some(Sandbox::start());
        scene
    }

    pub(crate) fn linkedin(&self) -> &Sandbox {
        self.linkedin.as_ref().unwrap()
    }

    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn git_in(&self, folder: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
            .args(arguments)
            .current_dir(self.place(folder))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in("work", arguments)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.place("work").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A post with one line of front matter.
    pub(crate) fn post(&self, name: &str, front: &str, text: &str) {
        self.write(
            &format!("posts/{name}.md"),
            &format!("---\n{front}\n---\n{text}\n"),
        );
    }

    /// Commits everything, pushes the branch, and names the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["push", "-q", "origin", "HEAD"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Checks out, in a folder of its own, what a workflow gets of a pull request: the merge
    /// of branch and base, and no other commit. Tells GitHub of the pull request, and
    /// returns the event.
    pub(crate) fn open(&self, number: u64, branch: &str, repository: &str) -> Value {
        let base = self.git(&["rev-parse", "main"]);
        let sha = self.git(&["rev-parse", branch]);
        self.git(&["checkout", "-q", "--detach", "main"]);
        self.git(&["merge", "-q", "--no-ff", "-m", "merge", branch]);
        let to = format!("HEAD:refs/pull/{number}/merge");
        self.git(&["push", "-q", "--force", "origin", &to]);
        self.git(&["checkout", "-q", branch]);
        let _ = std::fs::remove_dir_all(self.place("job"));
        std::fs::create_dir(self.place("job")).unwrap();
        let url = format!("file://{}", self.place("remote.git").display());
        let from = format!("refs/pull/{number}/merge");
        self.git_in("job", &["init", "-q", "-b", "job"]);
        self.git_in("job", &["remote", "add", "origin", &url]);
        self.git_in("job", &["fetch", "-q", "--depth=1", "origin", &from]);
        self.git_in("job", &["checkout", "-q", "--detach", "FETCH_HEAD"]);
        self.github.pull(number, repository, &sha, &base);
        let pulls = self.github.with(|github| github.pulls.clone());
        let pull = pulls.into_iter().find(|pull| pull["number"] == number);
        json!({ "action": "synchronize", "number": number, "pull_request": pull })
    }

    /// Sets a variable of every later step.
    pub(crate) fn set(&self, name: &str, value: &str) {
        let mut variables = self.variables.borrow_mut();
        variables.insert(name.to_owned(), value.to_owned());
    }

    /// Takes away one that every step has.
    pub(crate) fn unset(&self, name: &str) {
        self.set(name, "");
    }

    /// One step of a workflow in `folder`.
    pub(crate) fn step(&self, folder: &str, token: &str, event: &Value, arguments: &[&str]) -> Ran {
        self.step_of(folder, token, ("", event), arguments)
    }

    /// The same, started by an event of that name.
    pub(crate) fn step_of(
        &self,
        folder: &str,
        token: &str,
        (name, event): (&str, &Value),
        arguments: &[&str],
    ) -> Ran {
        let mut command = self.command(folder, token, (name, event), arguments);
        self.ran(token, command.output().unwrap())
    }

    /// A publish on the tip of main that is cancelled once `when` holds true.
    pub(crate) fn cancelled(&self, when: impl Fn() -> bool) -> Ran {
        let event = json!({ "ref": "refs/heads/main" });
        let mut command = self.command("work", WRITE, ("push", &event), &["publish"]);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let tick = std::time::Duration::from_millis(20);
        for _ in 0..1_000 {
            if when() {
                break;
            }
            std::thread::sleep(tick);
        }
        let killed = Command::new("kill").arg(child.id().to_string()).status();
        assert!(
            killed.unwrap().success(),
            "it ended before it was cancelled"
        );
        self.ran(WRITE, child.wait_with_output().unwrap())
    }

    fn command(
        &self,
        folder: &str,
        token: &str,
        (name, event): (&str, &Value),
        arguments: &[&str],
    ) -> Command {
        let file = |name: &str| self.place(name);
        std::fs::write(file("event.json"), event.to_string()).unwrap();
        for name in ["summary", "output", "environment", "path", "state"] {
            std::fs::write(file(name), "").unwrap();
        }
        let mut command = program(&self.place(folder));
        command
            .args(["--color", "never", "github"])
            .args(arguments)
            .env("CI", "true")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", self.folder.path())
            .env("GITHUB_TOKEN", token)
            .env("GITHUB_API_URL", &self.github.url)
            .env("GITHUB_REPOSITORY", REPOSITORY)
            .env("GITHUB_EVENT_NAME", name)
            .env("GITHUB_EVENT_PATH", file("event.json"))
            .env("GITHUB_STEP_SUMMARY", file("summary"))
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_ENV", file("environment"))
            .env("GITHUB_PATH", file("path"))
            .env("GITHUB_STATE", file("state"))
            .stdin(Stdio::null());
        if let Some(linkedin) = &self.linkedin {
            command
                .env("MERGECAST_LINKEDIN_API_URL", &linkedin.origin)
                .env("MERGECAST_LINKEDIN_OAUTH_URL", &linkedin.origin)
                .env("MERGECAST_TRUST_API_URL", "1")
                .env("LINKEDIN_ACCESS_TOKEN", "sandbox-token-42");
        }
        command.envs(self.variables.borrow().iter());
        command
    }

    /// What a step did that ended with `output`.
    fn ran(&self, token: &str, output: Output) -> Ran {
        let read = |name: &str| std::fs::read_to_string(self.place(name)).unwrap();
        let ran = Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            summary: read("summary"),
            outputs: outputs(&read("output")),
        };
        assert!(!ran.everything().contains(token), "the token was shown");
        // What later steps of the job would take for their own.
        for name in ["environment", "path", "state"] {
            assert_eq!(read(name), "", "{name} was written");
        }
        ran
    }

    /// A publish on the tip of main.
    pub(crate) fn publish(&self, more: &[&str]) -> Ran {
        self.git(&["checkout", "-q", "main"]);
        self.git(&["pull", "-q", "--ff-only", "origin", "main"]);
        let event = json!({ "ref": "refs/heads/main" });
        let arguments = [&["publish"], more].concat();
        self.step("work", WRITE, &event, &arguments)
    }

    /// Posts that are on LinkedIn.
    pub(crate) fn live(&self) -> usize {
        let (_, posts) =
            crate::sandbox::http(&self.linkedin().origin, "GET", "/__sandbox/posts", "");
        let posts: Value = serde_json::from_str(&posts).unwrap();
        posts.as_array().unwrap().len()
    }
}

/// What a runner makes of the file (`actions/runner`, `FileCommandManager.cs`).
fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut delimiters = std::collections::BTreeSet::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, delimiter) = line.split_once("<<").unwrap();
        // 128 bits, and others for every value: nobody guesses one, or learns the next.
        assert_eq!(delimiter.len(), 32, "{line}");
        assert!(delimiters.insert(delimiter), "{line}");
        let value: Vec<&str> = lines
            .by_ref()
            .take_while(|line| *line != delimiter)
            .collect();
        found.insert(name.to_owned(), value.join("\n"));
    }
    found
}

/// Replaces what differs from run to run: `0` is a digit, `x` a hex digit.
fn replace(text: &str, mask: &str, word: &str) -> String {
    let fits = |part: &str| {
        part.bytes()
            .zip(mask.bytes())
            .all(|(byte, mask)| match mask {
                b'0' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                exact => byte == exact,
            })
    };
    let mut scrubbed = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match rest.get(..mask.len()) {
            Some(part) if fits(part) => {
                scrubbed.push_str(word);
                rest = &rest[mask.len()..];
            }
            _ => {
                scrubbed.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    scrubbed
}

/// Times of today, distances to far times, and ids.
fn scrub(text: &str) -> String {
    let mut text = text.to_owned();
    let now = now();
    for days in -1..=1 {
        let day = now + chrono::TimeDelta::days(days);
        let weekday = day.format("%a %Y-%m-%d").to_string();
        let date = day.format("%Y-%m-%d").to_string();
        for (day, word) in [(weekday, "[DAY]"), (date, "[DAY]")] {
            for clock in [" 00:00:00 UTC", " 00:00 UTC", "T00:00:00"] {
                text = replace(&text, &format!("{day}{clock}"), &format!("{word} [CLOCK]"));
            }
        }
    }
    for (mask, word) in [
        ("in 0000 days", "in [N] days"),
        ("<code>xxxxxxxxxxxx</code>", "<code>[DIGEST]</code>"),
        ("share:0000000000000000000", "share:[ID]"),
        (
            "mergecast:published xxxxxxxxxxxx",
            "mergecast:published [DIGEST]",
        ),
        ("[CLOCK] · now", "[CLOCK] · [AGO]"),
        ("[CLOCK] · 0 min ago", "[CLOCK] · [AGO]"),
    ] {
        text = replace(&text, mask, word);
    }
    text
}

/// Compares with a file of `expected/`.
#[track_caller]
pub(crate) fn compare(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/github/expected");
    let path = path.join(name);
    let found = scrub(found);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, wanted, "\n{name}:\n{found}");
}

pub(crate) fn now() -> chrono::DateTime<chrono::Utc> {
    std::time::SystemTime::now().into()
}
