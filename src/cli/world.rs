//! The real world: which adapters a run is given.
//!
//! Owns choosing where content, ledger and lockfile are. Must not use them.

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::git::{LocalLedger, PublishedContent, RemoteLedger, RemoteLockfile, Repository};
use crate::model::config::Config;
use crate::model::path::{ContentPath, ReadError};
use crate::pass::Stop;
use crate::ports::{
    Clock as _, Committed, ContentSource, ContentTree, Entropy as _, LedgerChange, LedgerError,
    LedgerSnapshot, LedgerStore, LedgerVersion, LockfileStore, LockfileWritten, Ports, Progress,
    SourceError,
};
use crate::record::lockfile::LOCKFILE;
use crate::report::exit::Exit;
use crate::system::http::HttpTransport;
use crate::system::{
    DirectoryLedger, FileJournal, FileLockfile, SystemClock, SystemEntropy, WorkTree,
};
use bytes::Bytes;

use super::settings::Settings;

/// Where content is read from.
pub(super) enum AnyContent {
    Published(PublishedContent),
    WorkTree(WorkTree),
}

impl ContentSource for AnyContent {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        match self {
            AnyContent::Published(source) => source.load().await,
            AnyContent::WorkTree(source) => source.load().await,
        }
    }
}

/// Where the ledger is.
pub(super) enum AnyLedger {
    Remote(RemoteLedger<SystemClock, SystemEntropy>),
    Local(LocalLedger<SystemClock, SystemEntropy>),
    Directory(DirectoryLedger),
}

impl LedgerStore for AnyLedger {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        match self {
            AnyLedger::Remote(store) => store.load().await,
            AnyLedger::Local(store) => store.load().await,
            AnyLedger::Directory(store) => store.load().await,
        }
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        match self {
            AnyLedger::Remote(store) => store.commit(base, change).await,
            AnyLedger::Local(store) => store.commit(base, change).await,
            AnyLedger::Directory(store) => store.commit(base, change).await,
        }
    }

    async fn replaced(&self, base: &LedgerVersion) -> Result<Vec<String>, LedgerError> {
        match self {
            AnyLedger::Remote(store) => store.replaced(base).await,
            AnyLedger::Local(store) => store.replaced(base).await,
            AnyLedger::Directory(store) => store.replaced(base).await,
        }
    }
}

/// Where the lockfile is.
pub(super) enum AnyLockfile {
    Remote(RemoteLockfile<SystemClock, SystemEntropy>),
    File(FileLockfile),
}

impl LockfileStore for AnyLockfile {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        match self {
            AnyLockfile::Remote(store) => store.read().await,
            AnyLockfile::File(store) => store.read().await,
        }
    }

    async fn read_beside(&self, tree: &dyn ContentTree) -> Result<Option<Bytes>, ReadError> {
        match self {
            AnyLockfile::Remote(store) => store.read_beside(tree).await,
            AnyLockfile::File(store) => store.read_beside(tree).await,
        }
    }

    async fn write(&self, text: &Bytes) -> LockfileWritten {
        match self {
            AnyLockfile::Remote(store) => store.write(text).await,
            AnyLockfile::File(store) => store.write(text).await,
        }
    }
}

/// Uploads shown on a terminal, and nowhere else.
pub(super) struct Bars {
    bar: Option<indicatif::ProgressBar>,
}

impl Bars {
    /// Bars that are drawn only when somebody watches.
    pub(super) fn new(watched: bool) -> Self {
        let bar = watched.then(|| {
            let bar = indicatif::ProgressBar::new_spinner();
            bar.enable_steady_tick(std::time::Duration::from_millis(120));
            bar
        });
        Self { bar }
    }
}

impl Progress for Bars {
    fn upload_started(&self, path: &ContentPath, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
            bar.set_position(0);
            bar.set_message(format!(
                "uploading {path} ({})",
                indicatif::HumanBytes(bytes)
            ));
        }
    }

    fn upload_advanced(&self, path: &ContentPath, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
            let (there, all) = (bar.position(), bar.length().unwrap_or_default());
            bar.set_message(format!(
                "uploading {path} ({} of {})",
                indicatif::HumanBytes(there),
                indicatif::HumanBytes(all)
            ));
        }
    }

    fn upload_finished(&self, _path: &ContentPath) {
        if let Some(bar) = &self.bar {
            bar.set_message(String::new());
        }
    }
}

/// The ports of a real run.
pub(super) type RealWorld = Ports<
    SystemClock,
    SystemEntropy,
    AnyContent,
    AnyLedger,
    AnyLockfile,
    FileJournal,
    HttpTransport,
    Bars,
>;

/// Reads the configuration of the work tree: it tells where the rest is.
pub(super) async fn local_config(root: &Path) -> Result<Config, Stop> {
    let tree = WorkTree::new(root).load().await?;
    let (config, _) =
        crate::pass::load::read_config(tree.as_ref()).map_err(|diagnostics| Stop {
            diagnostics,
            exit: Exit::Invalid,
        })?;
    Ok(config)
}

/// The repository the content root lies in, if any.
pub(super) async fn repository(settings: &Settings) -> Result<Option<Repository>, Stop> {
    let nonce = SystemEntropy.nonce();
    let variables = &settings.environment.variables;
    Repository::discover(&settings.root, variables, &nonce, SystemClock.now())
        .await
        .map_err(|error| Stop {
            diagnostics: vec![error.diagnostic()],
            exit: Exit::Invalid,
        })
}

/// The adapters for `settings`: the remote where the configured one exists, else this
/// clone, else plain files. `worktree`: content comes from the files all the same.
pub(super) async fn real(
    settings: &Settings,
    worktree: bool,
    watched: bool,
) -> Result<RealWorld, Stop> {
    let config = local_config(&settings.root).await?;
    let lock = ContentPath::parse(LOCKFILE).map_err(|error| internal(&error.to_string()))?;
    let files = || AnyContent::WorkTree(WorkTree::new(&settings.root));
    let file = || AnyLockfile::File(FileLockfile::new(&settings.root, &lock));
    let repository = repository(settings).await?;
    let memory = match &repository {
        Some(repository) => repository.common_dir().join("mergecast"),
        None => settings.root.join(".mergecast"),
    };
    let (content, ledger, lockfile) = match repository {
        None => {
            let folder = settings.root.join(".mergecast/ledger");
            let ledger = DirectoryLedger::new(&folder, "");
            (files(), AnyLedger::Directory(ledger), file())
        }
        Some(repository) => match repository.remote(&config.state.remote) {
            Some(remote) => on_remote(&repository, remote, &config, &lock),
            None => {
                let content =
                    PublishedContent::new(repository.clone(), None, config.branch.clone());
                let (state, entropy) = (config.state.branch.clone(), SystemEntropy);
                let ledger = LocalLedger::new(repository, state, SystemClock, entropy);
                (
                    AnyContent::Published(content),
                    AnyLedger::Local(ledger),
                    file(),
                )
            }
        },
    };
    Ok(Ports {
        clock: SystemClock,
        entropy: SystemEntropy,
        content: if worktree { files() } else { content },
        ledger,
        lockfile,
        journal: FileJournal::open(&memory),
        transport: HttpTransport::new().map_err(|error| internal(&error.to_string()))?,
        progress: Bars::new(watched),
    })
}

/// Content, ledger and lockfile on branches of `remote`.
fn on_remote(
    repository: &Repository,
    remote: &str,
    config: &Config,
    lock: &ContentPath,
) -> (AnyContent, AnyLedger, AnyLockfile) {
    let (remote, branch) = (remote.to_owned(), config.branch.clone());
    let content = PublishedContent::new(repository.clone(), Some(remote.clone()), branch.clone());
    let ledger = RemoteLedger::new(
        repository.clone(),
        remote.clone(),
        config.state.branch.clone(),
        SystemClock,
        SystemEntropy,
    );
    let lockfile = RemoteLockfile::new(
        repository.clone(),
        remote,
        branch,
        lock.clone(),
        SystemClock,
        SystemEntropy,
    );
    (
        AnyContent::Published(content),
        AnyLedger::Remote(ledger),
        AnyLockfile::Remote(lockfile),
    )
}

fn internal(problem: &str) -> Stop {
    Stop {
        diagnostics: vec![Diagnostic::error("internal", problem)],
        exit: Exit::Failed,
    }
}
