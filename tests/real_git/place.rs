//! A bare remote, clones of it, and a sandbox that listens.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use chrono::TimeDelta;
use mergecast::record::{Entry, State};
use serde_json::Value;

pub(crate) const CONFIG: &str = "version: 1\nbranch: main\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\n\
                      default_author: acme\npublish: { max_per_run: 1000 }\n";
/// The sandbox takes the same text twice and as often as asked: its own guards must not
/// hide ours.
const SETTINGS: &str = "{\"dup_window_s\":0,\"quota_member\":4000000000,\"quota_app\":4000000000}";

pub(crate) const LEDGER: &str = "mergecast/state";

pub(crate) struct Place {
    folder: tempfile::TempDir,
    sandbox: Child,
    address: String,
    commits: Cell<u32>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.sandbox.kill();
        let _ = self.sandbox.wait();
    }
}

/// Nothing of the machine's own git settings or credentials reaches the test.
fn isolated(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", folder.join("gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self::unbegun();
        place.begin();
        place
    }

    /// The same before the ledger began.
    pub(crate) fn unbegun() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        // The remote's side is another machine's: what ends a run does not reach it.
        let detached = "[remote \"origin\"]\n\treceivepack = setsid git-receive-pack\n";
        let config = if can_detach() { detached } else { "" };
        std::fs::write(folder.path().join("gitconfig"), config).unwrap();
        let seat = folder.path().join("seat");
        std::fs::create_dir_all(seat.join("posts")).unwrap();
        std::fs::write(seat.join("mergecast.yaml"), CONFIG).unwrap();
        let mut sandbox = isolated(env!("CARGO_BIN_EXE_mergecast"), folder.path())
            .arg("-C")
            .arg(&seat)
            .args(["sandbox", "--ephemeral", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = sandbox.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap();
        let address = address.split('/').next().unwrap().trim().to_owned();
        let place = Self {
            folder,
            sandbox,
            address,
            commits: Cell::new(0),
        };
        place.post("/__sandbox/settings", SETTINGS);
        let remote = ["init", "-q", "--bare", "-b", "main", "remote.git"];
        place.git(place.folder.path(), &remote);
        place.git(&place.remote(), &["config", "receive.autogc", "false"]);
        // git keeps no empty folder.
        let files = [("mergecast.yaml", CONFIG), ("posts/.gitkeep", "")];
        place.commit("main", &files.map(|(name, text)| (name, Some(text))));
        place
    }

    /// Begins the ledger from a clone that is not used again.
    fn begin(&self) {
        let clone = self.clone("beginner", &[]);
        self.init(&clone);
        std::fs::remove_dir_all(clone).unwrap();
    }

    /// Begins the ledger of a clone or a folder, as a person does.
    pub(crate) fn init(&self, clone: &Path) {
        let output = self.command(clone, &["state", "init"]).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
    }

    pub(crate) fn remote(&self) -> PathBuf {
        self.folder.path().join("remote.git")
    }

    /// Runs git and returns what it printed.
    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = isolated("git", self.folder.path())
            .current_dir(folder)
            .args(arguments)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Where a branch of the remote stands.
    pub(crate) fn tip(&self, branch: &str) -> String {
        self.git(
            &self.remote(),
            &["rev-parse", &format!("refs/heads/{branch}")],
        )
    }

    /// Where the ledger stands; empty: there is none.
    pub(crate) fn ledger_tip(&self) -> String {
        let name = format!("refs/heads/{LEDGER}");
        let arguments = ["for-each-ref", "--format=%(objectname)", &name];
        self.git(&self.remote(), &arguments)
    }

    /// Moves a branch of the remote by force (`None`: deletes it).
    pub(crate) fn force(&self, branch: &str, commit: Option<&str>) {
        let name = format!("refs/heads/{branch}");
        match commit {
            Some(commit) => self.git(&self.remote(), &["update-ref", &name, commit]),
            None => self.git(&self.remote(), &["update-ref", "-d", &name]),
        };
    }

    /// Commits files (`None`: deletes one) on top of a branch of the remote, also while
    /// others push to it.
    pub(crate) fn commit(&self, branch: &str, files: &[(&str, Option<&str>)]) {
        self.commit_in(&self.remote(), branch, files);
    }

    /// The same in another repository, without its work tree.
    fn commit_in(&self, repository: &Path, branch: &str, files: &[(&str, Option<&str>)]) {
        self.commits.set(self.commits.get() + 1);
        for _ in 0..20 {
            let exists = !self
                .git(repository, &["branch", "--list", branch])
                .is_empty();
            let mut stream = format!(
                "commit refs/heads/{branch}\ncommitter T <t@localhost> {} +0000\ndata 4\ntest\n",
                1_788_000_000 + self.commits.get()
            );
            if exists {
                stream.push_str(&format!("from refs/heads/{branch}^0\n"));
            }
            for (name, text) in files {
                stream.push_str(&match text {
                    Some(text) => {
                        format!("M 100644 inline {name}\ndata {}\n{text}\n", text.len())
                    }
                    None => format!("D {name}\n"),
                });
            }
            if self.imported(repository, &stream) {
                return;
            }
        }
        panic!("`{branch}` keeps moving");
    }

    fn imported(&self, repository: &Path, stream: &str) -> bool {
        let mut import = isolated("git", self.folder.path())
            .current_dir(repository)
            .args(["fast-import", "--quiet"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut pipe = import.stdin.take().unwrap();
        pipe.write_all(stream.as_bytes()).unwrap();
        drop(pipe);
        import.wait().unwrap().success()
    }

    /// Writes commits into the remote, as `git fast-import` takes them.
    pub(crate) fn import(&self, stream: &str) {
        assert!(self.imported(&self.remote(), stream));
    }

    /// Merges a post that is due at once.
    pub(crate) fn merge(&self, key: &str) {
        self.merge_in(&self.remote(), key);
    }

    /// The same into a repository that has no remote.
    pub(crate) fn merge_in(&self, repository: &Path, key: &str) {
        let name = format!("posts/{key}.md");
        self.commit_in(repository, "main", &[(&name, Some(&text_of(key)))]);
    }

    /// A folder without git.
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = self.folder.path().join("folder");
        std::fs::create_dir_all(folder.join("posts")).unwrap();
        std::fs::write(folder.join("mergecast.yaml"), CONFIG).unwrap();
        self.init(&folder);
        folder
    }

    pub(crate) fn clone(&self, name: &str, flags: &[&str]) -> PathBuf {
        let url = format!("file://{}", self.remote().display());
        let mut arguments = vec!["clone", "-q"];
        arguments.extend(flags);
        arguments.extend([url.as_str(), name]);
        self.git(self.folder.path(), &arguments);
        self.folder.path().join(name)
    }

    /// A hook of the remote; `ledger` in its script stands for a push to the ledger, when
    /// the hook is `update`.
    pub(crate) fn hook(&self, name: &str, script: &str) -> PathBuf {
        let place = self.remote().join("hooks").join(name);
        let text = format!("#!/bin/sh\nledger=refs/heads/{LEDGER}\n{script}\n");
        std::fs::write(&place, text).unwrap();
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    /// A file for a hook to count in.
    pub(crate) fn note(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, clone: &Path, arguments: &[&str]) -> Command {
        let mut command = isolated(env!("CARGO_BIN_EXE_mergecast"), self.folder.path());
        let origin = format!("http://{}", self.address);
        command
            .arg("-C")
            .arg(clone)
            .args(arguments)
            .env("MERGECAST_LINKEDIN_API_URL", origin)
            .env("MERGECAST_TRUST_API_URL", "1")
            .env("LINKEDIN_ACCESS_TOKEN", "sandbox-token-42")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn apply(&self, clone: &Path) -> Ran {
        let mut command = self.command(clone, &["apply", "--format", "json"]);
        Ran::of(command.output().unwrap())
    }

    pub(crate) fn resolve(&self, clone: &Path, arguments: &[&str]) {
        let arguments = [&["resolve"], arguments].concat();
        let output = self.command(clone, &arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {words}");
    }

    /// The entries of the ledger, by file.
    fn entries(&self) -> Vec<(String, Entry)> {
        let remote = self.remote();
        let listing = ["ls-tree", "-r", "-z", "--name-only", LEDGER, "@posts/"];
        let names = self.git(&remote, &listing);
        let names = names.split('\0').filter(|name| !name.is_empty());
        names
            .map(|name| {
                let text = self.git(&remote, &["show", &format!("{LEDGER}:{name}")]);
                (name.to_owned(), serde_json::from_str(&text).unwrap())
            })
            .collect()
    }

    /// How many posts took more than one attempt.
    pub(crate) fn tried_again(&self) -> usize {
        let entries = self.entries().into_iter();
        entries.filter(|(_, entry)| entry.attempt > 1).count()
    }

    /// What the ledger says is published, as [`Self::posts`] says what is.
    pub(crate) fn recorded(&self) -> BTreeMap<String, Vec<String>> {
        let entries = self.entries().into_iter();
        entries
            .map(|(_, entry)| {
                let urn = entry.urn.map(|urn| urn.to_string());
                (entry.key.to_string(), urn.into_iter().collect())
            })
            .collect()
    }

    /// Time passes for declarations that are still open or unknown: each is as old as if it
    /// had been made that much earlier.
    pub(crate) fn let_pass(&self, time: TimeDelta) {
        let mut aged = Vec::new();
        for (name, mut entry) in self.entries() {
            if matches!(entry.state, State::Sending | State::Unknown) {
                entry.declared_at = entry.declared_at.map(|declared| declared - time);
                entry.doubted_at = entry.doubted_at.map(|doubted| doubted - time);
                aged.push((name, entry.to_json()));
            }
        }
        let files: Vec<(&str, Option<&str>)> = aged
            .iter()
            .map(|(name, text)| (name.as_str(), Some(text.as_str())))
            .collect();
        if !files.is_empty() {
            self.commit(LEDGER, &files);
        }
    }

    fn exchange(&self, method: &str, target: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {target} HTTP/1.0\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{answer}");
        body.to_owned()
    }

    pub(crate) fn post(&self, target: &str, body: &str) {
        self.exchange("POST", target, body);
    }

    /// What LinkedIn has: the URNs of each post.
    pub(crate) fn posts(&self) -> BTreeMap<String, Vec<String>> {
        let body = self.exchange("GET", "/__sandbox/posts", "");
        let posts: Value = serde_json::from_str(&body).unwrap();
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for post in posts.as_array().unwrap() {
            let text = post["raw"].as_str().unwrap();
            let key = text.strip_prefix("This is ").unwrap().trim_end_matches('.');
            let urn = post["urn"].as_str().unwrap().to_owned();
            found.entry(key.to_owned()).or_default().push(urn);
        }
        found
    }

    /// How many create requests LinkedIn received.
    pub(crate) fn creates_received(&self) -> usize {
        let body = self.exchange("GET", "/__sandbox/log", "");
        let log: Value = serde_json::from_str(&body).unwrap();
        let is_create = |request: &&Value| {
            let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
            text("method") == "POST" && text("target").starts_with("/rest/posts")
        };
        log.as_array().unwrap().iter().filter(is_create).count()
    }

    /// No post is there twice.
    pub(crate) fn assert_never_twice(&self) {
        for (key, urns) in self.posts() {
            assert_eq!(urns.len(), 1, "`{key}` was created as {urns:?}");
        }
    }
}

/// A post that is due at once.
pub(crate) fn text_of(key: &str) -> String {
    format!("---\nscheduled_at: on-merge\n---\nThis is {key}.\n")
}

/// Whether a child can be taken out of its parent's process group from a shell.
pub(crate) fn can_detach() -> bool {
    let setsid = Command::new("setsid").arg("true").output();
    setsid.is_ok_and(|output| output.status.success())
}

/// One finished run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) report: Value,
    pub(crate) words: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = String::from_utf8(output.stdout).unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let report = serde_json::from_str(&text);
        Self {
            code: output.status.code().unwrap(),
            report: report.unwrap_or_else(|error| panic!("{error}: {text}\n{words}")),
            words,
        }
    }

    /// The keys with this outcome.
    pub(crate) fn with(&self, outcome: &str) -> Vec<String> {
        let results = self.report["results"].as_array().unwrap();
        let wanted = results.iter().filter(|result| result["outcome"] == outcome);
        wanted
            .map(|result| result["key"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The codes of its diagnostics.
    pub(crate) fn codes(&self) -> Vec<String> {
        let diagnostics = self.report["diagnostics"].as_array().unwrap();
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic["code"].as_str().unwrap().to_owned())
            .collect()
    }
}
