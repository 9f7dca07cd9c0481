//! Real git in temporary folders, kept from the configuration of the machine.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests set up files and repositories themselves"
)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod adapters;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use mergecast::git::Repository;
use mergecast::model::Instant;
use mergecast::model::path::ContentPath;
use mergecast::ports::{Clock, Entropy};
use tempfile::TempDir;

#[allow(unused_imports, reason = "each test program uses a part of it")]
pub(crate) use adapters::{change, content, ledger, load, lockfile, state_of};

/// The instant every test starts at.
pub(crate) fn start() -> Instant {
    "2026-09-03T08:00:00Z".parse().unwrap()
}

/// The ledger's branch.
pub(crate) const BRANCH: &str = "mergecast/state";
/// One post.
pub(crate) const POST: (&str, &str) = ("posts/a.md", "---\nid: a\n---\nHello\n");

pub(crate) fn path(text: &str) -> ContentPath {
    ContentPath::parse(text).unwrap()
}

/// A clock that moves only when somebody waits.
#[derive(Clone, Debug)]
pub(crate) struct TestClock(Rc<Cell<Instant>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Rc::new(Cell::new(start())))
    }

    pub(crate) fn waited(&self) -> chrono::TimeDelta {
        self.0.get() - start()
    }
}

impl Clock for TestClock {
    fn uptime(&self) -> std::time::Duration {
        self.waited().to_std().unwrap()
    }
    fn now(&self) -> Instant {
        self.0.get()
    }

    async fn sleep_until(&self, until: Instant) {
        self.0.set(until.max(self.0.get()));
    }
}

/// Numbers that differ, the same in every run.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestEntropy(Rc<Cell<u64>>);

impl Entropy for TestEntropy {
    fn nonce(&self) -> String {
        self.0.set(self.0.get() + 1);
        let mixed = self.0.get().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{mixed:016x}{:016x}", self.0.get())
    }
}

/// A folder with a bare remote in it, and room for clones.
pub(crate) struct Bed {
    pub(crate) folder: TempDir,
    clones: Cell<u32>,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let bed = Self {
            folder: tempfile::tempdir().unwrap(),
            clones: Cell::new(0),
        };
        let remote = bed.remote();
        bed.git(
            bed.folder.path(),
            &[
                "init",
                "-q",
                "--bare",
                "-b",
                "main",
                remote.to_str().unwrap(),
            ],
        );
        bed
    }

    pub(crate) fn remote(&self) -> PathBuf {
        self.folder.path().join("remote.git")
    }

    /// The variables git gets: none of the machine's configuration.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let home = self.folder.path().to_str().unwrap().to_owned();
        [
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", home),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Runs git and returns what it printed.
    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(self.environment())
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A fresh clone of the remote.
    pub(crate) fn clone(&self, flags: &[&str]) -> PathBuf {
        let number = self.clones.replace(self.clones.get() + 1);
        let place = self.folder.path().join(format!("clone-{number}"));
        let url = format!("file://{}", self.remote().display());
        let mut arguments = vec!["clone", "-q"];
        arguments.extend(flags);
        arguments.extend([url.as_str(), place.to_str().unwrap()]);
        self.git(self.folder.path(), &arguments);
        place
    }

    /// Commits `files` on `main` of the remote and returns the commit.
    pub(crate) fn publish(&self, files: &[(&str, &str)]) -> String {
        let clone = self.clone(&[]);
        for (name, text) in files {
            write(&clone.join(name), text);
        }
        self.git(&clone, &["add", "-A"]);
        self.git(&clone, &["commit", "-q", "-m", "content"]);
        self.git(&clone, &["push", "-q", "origin", "HEAD:main"]);
        self.git(&clone, &["rev-parse", "HEAD"])
    }

    /// A hook of the remote.
    pub(crate) fn hook(&self, name: &str, script: &str) -> PathBuf {
        let place = self.remote().join("hooks").join(name);
        write_script(&place, script);
        place
    }

    pub(crate) async fn repository(&self, content_root: &Path) -> Repository {
        let number = self.clones.replace(self.clones.get() + 1);
        let nonce = format!("test{number}");
        Repository::discover(content_root, &self.environment(), &nonce, start())
            .await
            .unwrap()
            .unwrap()
    }
}

pub(crate) fn write(place: &Path, text: &str) {
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(place, text).unwrap();
}

pub(crate) fn write_script(place: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    write(place, &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o755)).unwrap();
}
