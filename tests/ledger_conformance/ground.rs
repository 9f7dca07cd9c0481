//! Where ledgers of each kind live, seen from outside: what a person does to them.

use std::path::{Path, PathBuf};

use mergecast::git::{LocalLedger, RemoteLedger};
use mergecast::ports::{LedgerStore, LedgerVersion};
use mergecast::system::{DirectoryLedger, MemoryLedger, MemoryRemote};

use crate::git_support::{BRANCH, Bed, TestClock, TestEntropy, write};

/// Where ledgers of one kind live, seen from outside.
pub(crate) trait Ground {
    /// Whether a store knows what it has seen when the ledger is moved back.
    const REMEMBERS: bool = false;

    type Store: LedgerStore;
    fn new() -> Self;
    /// A new runner of the content root `root`.
    async fn store(&self, root: &str) -> Self::Store;
    /// A person edits one file (`None`: takes it away).
    fn edit(&self, name: &str, bytes: Option<&[u8]>);
    /// Keeps the state at `version`, so that it can be gone back to.
    fn checkpoint(&self, version: &LedgerVersion);
    /// A person moves the ledger to `version`, or deletes it.
    fn force(&self, version: &LedgerVersion);
    /// The names of all files.
    fn files(&self) -> Vec<String>;
}

pub(crate) struct OnRemote(pub(crate) Bed);

/// Edits a branch of `repository` by plumbing.
fn edit_branch(bed: &Bed, repository: &Path, name: &str, bytes: Option<&[u8]>) {
    let index = bed.folder.path().join("edit.index");
    let _ = std::fs::remove_file(&index);
    let flag = format!("core.index={}", index.display());
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=T", "-c", "user.email=t@x.org", "-c", &flag]);
        let output = command
            .args(arguments)
            .current_dir(repository)
            .env_clear()
            .envs(bed.environment())
            .env("GIT_INDEX_FILE", &index)
            .env(
                "GIT_DIR",
                bed.git(repository, &["rev-parse", "--absolute-git-dir"]),
            )
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["read-tree", BRANCH]);
    match bytes {
        Some(bytes) => {
            let file = bed.folder.path().join("edit.blob");
            std::fs::write(&file, bytes).unwrap();
            let blob = git(&["hash-object", "-w", file.to_str().unwrap()]);
            git(&[
                "update-index",
                "--add",
                "--cacheinfo",
                "100644",
                &blob,
                name,
            ]);
        }
        None => {
            git(&["update-index", "--force-remove", name]);
        }
    }
    let tree = git(&["write-tree"]);
    let commit = git(&["commit-tree", "-p", BRANCH, "-m", "by hand", &tree]);
    git(&["update-ref", &format!("refs/heads/{BRANCH}"), &commit]);
}

fn force_branch(bed: &Bed, repository: &Path, version: &LedgerVersion) {
    let name = format!("refs/heads/{BRANCH}");
    match version {
        Some(commit) => bed.git(repository, &["update-ref", &name, commit]),
        None => bed.git(repository, &["update-ref", "-d", &name]),
    };
}

fn files_of_branch(bed: &Bed, repository: &Path) -> Vec<String> {
    let listing = bed.git(repository, &["ls-tree", "-r", "--name-only", "-z", BRANCH]);
    let names = listing.split('\0').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

impl Ground for OnRemote {
    const REMEMBERS: bool = true;

    type Store = RemoteLedger<TestClock, TestEntropy>;

    fn new() -> Self {
        Self(Bed::new())
    }

    async fn store(&self, root: &str) -> Self::Store {
        let clone = self.0.clone(&[]);
        std::fs::create_dir_all(clone.join(root)).unwrap();
        let repository = self.0.repository(&clone.join(root)).await;
        let (clock, entropy) = (TestClock::new(), TestEntropy::default());
        RemoteLedger::new(repository, "origin".into(), BRANCH.into(), clock, entropy)
    }

    fn edit(&self, name: &str, bytes: Option<&[u8]>) {
        edit_branch(&self.0, &self.0.remote(), name, bytes);
    }

    fn checkpoint(&self, _: &LedgerVersion) {}

    fn force(&self, version: &LedgerVersion) {
        force_branch(&self.0, &self.0.remote(), version);
    }

    fn files(&self) -> Vec<String> {
        files_of_branch(&self.0, &self.0.remote())
    }
}

pub(crate) struct OnLocalBranch {
    pub(crate) bed: Bed,
    pub(crate) clone: PathBuf,
}

impl Ground for OnLocalBranch {
    const REMEMBERS: bool = true;

    type Store = LocalLedger<TestClock, TestEntropy>;

    fn new() -> Self {
        let bed = Bed::new();
        let clone = bed.folder.path().join("only");
        bed.git(bed.folder.path(), &["init", "-q", "only"]);
        Self { bed, clone }
    }

    async fn store(&self, root: &str) -> Self::Store {
        std::fs::create_dir_all(self.clone.join(root)).unwrap();
        let repository = self.bed.repository(&self.clone.join(root)).await;
        let (clock, entropy) = (TestClock::new(), TestEntropy::default());
        LocalLedger::new(repository, BRANCH.into(), clock, entropy)
    }

    fn edit(&self, name: &str, bytes: Option<&[u8]>) {
        edit_branch(&self.bed, &self.clone, name, bytes);
    }

    fn checkpoint(&self, _: &LedgerVersion) {}

    fn force(&self, version: &LedgerVersion) {
        force_branch(&self.bed, &self.clone, version);
    }

    fn files(&self) -> Vec<String> {
        files_of_branch(&self.bed, &self.clone)
    }
}

pub(crate) struct InFolder(tempfile::TempDir);

impl InFolder {
    fn place(&self) -> PathBuf {
        self.0.path().join(".mergecast/ledger")
    }

    fn copy(&self, version: &LedgerVersion) -> PathBuf {
        self.0.path().join(version.as_deref().unwrap_or("none"))
    }
}

fn names_below(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let item = item.unwrap();
        let name = format!("{prefix}{}", item.file_name().to_str().unwrap());
        if item.path().is_dir() {
            names_below(&item.path(), &format!("{name}/"), names);
        } else {
            names.push(name);
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    let mut names = Vec::new();
    names_below(from, "", &mut names);
    for name in names {
        std::fs::create_dir_all(to.join(&name).parent().unwrap()).unwrap();
        std::fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

impl Ground for InFolder {
    type Store = DirectoryLedger;

    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    async fn store(&self, root: &str) -> Self::Store {
        DirectoryLedger::new(&self.place(), root)
    }

    fn edit(&self, name: &str, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => write(&self.place().join(name), &String::from_utf8_lossy(bytes)),
            None => std::fs::remove_file(self.place().join(name)).unwrap(),
        }
    }

    fn checkpoint(&self, version: &LedgerVersion) {
        copy_folder(&self.place(), &self.copy(version));
    }

    fn force(&self, version: &LedgerVersion) {
        std::fs::remove_dir_all(self.place()).unwrap();
        if version.is_some() {
            copy_folder(&self.copy(version), &self.place());
        }
    }

    fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        names_below(&self.place(), "", &mut names);
        names
    }
}

pub(crate) struct InMemory(MemoryRemote);

impl Ground for InMemory {
    type Store = MemoryLedger;

    fn new() -> Self {
        Self(MemoryRemote::default())
    }

    async fn store(&self, root: &str) -> Self::Store {
        MemoryLedger::new(self.0.clone(), root)
    }

    fn edit(&self, name: &str, bytes: Option<&[u8]>) {
        self.0.edit(name, bytes);
    }

    fn checkpoint(&self, _: &LedgerVersion) {}

    fn force(&self, version: &LedgerVersion) {
        self.0.force(version);
    }

    fn files(&self) -> Vec<String> {
        self.0.files().into_keys().collect()
    }
}
