//! The real world: which adapters a run is given.
//!
//! Owns choosing where content, ledger and lockfile are. Must not use them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::content::variables::named_variables;
use crate::diagnostic::Diagnostic;
use crate::git::{LocalLedger, PublishedContent, RemoteLedger, RemoteLockfile, Repository};
use crate::model::config::{Config, StateLocation};
use crate::model::path::{ContentPath, ReadError};
use crate::pass::Stop;
use crate::pass::load::CONFIG_FILE;
use crate::ports::{
    Clock as _, Committed, ContentSource, ContentTree, Entropy as _, LedgerChange, LedgerError,
    LedgerSnapshot, LedgerStore, LedgerVersion, LockfileStore, LockfileWritten, Ports, Progress,
    SourceError,
};
use crate::record::Entries;
use crate::record::beginning::{Begins, LedgerHome};
use crate::record::lockfile::LOCKFILE;
use crate::report::exit::Exit;
use crate::system::files::read_bounded;
use crate::system::http::HttpTransport;
use crate::system::{
    DirectoryLedger, FileJournal, FileLockfile, SystemClock, SystemEntropy, WorkTree,
};
use bytes::Bytes;

use super::settings::Settings;
use super::stores::{Store, Surroundings, store};

/// So much of a configuration is searched for the names of secrets, in bytes.
const MAX_CONFIGURATION: u64 = 1024 * 1024;

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

    async fn fetch_commits(&self, commits: &BTreeSet<String>) {
        match self {
            AnyContent::Published(source) => source.fetch_commits(commits).await,
            AnyContent::WorkTree(source) => source.fetch_commits(commits).await,
        }
    }
}

/// Where the ledger is.
pub(super) enum AnyLedger {
    Remote(RemoteLedger<SystemClock, SystemEntropy>),
    /// With what was recorded in files before there was git.
    Local(LocalLedger<SystemClock, SystemEntropy>, Entries),
    Directory(DirectoryLedger),
}

impl LedgerStore for AnyLedger {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        match self {
            AnyLedger::Remote(store) => store.load().await,
            AnyLedger::Local(store, _) => store.load().await,
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
            AnyLedger::Local(store, _) => store.commit(base, change).await,
            AnyLedger::Directory(store) => store.commit(base, change).await,
        }
    }

    async fn replaced(&self, base: &LedgerVersion) -> Result<Vec<String>, LedgerError> {
        match self {
            AnyLedger::Remote(store) => store.replaced(base).await,
            AnyLedger::Local(store, _) => store.replaced(base).await,
            AnyLedger::Directory(store) => store.replaced(base).await,
        }
    }

    fn home(&self) -> LedgerHome {
        match self {
            AnyLedger::Remote(store) => store.home(),
            AnyLedger::Local(_, earlier) => LedgerHome {
                begins: Begins::OnPurpose,
                earlier: earlier.clone(),
                ..LedgerHome::default()
            },
            AnyLedger::Directory(_) => LedgerHome {
                begins: Begins::OnPurpose,
                ..LedgerHome::default()
            },
        }
    }

    async fn mark_begun(&self) -> Result<(), String> {
        match self {
            AnyLedger::Remote(store) => store.mark_begun().await,
            AnyLedger::Local(..) | AnyLedger::Directory(_) => Ok(()),
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

/// The repository the content root lies in, if any. git and what it starts (hooks of a folder
/// remote, credential helpers) see none of the variables that the configuration names.
pub(super) async fn repository(settings: &Settings) -> Result<Option<Repository>, Stop> {
    let nonce = SystemEntropy.nonce();
    let mut variables = settings.environment.variables.clone();
    let configuration = read_bounded(&settings.root.join(CONFIG_FILE), MAX_CONFIGURATION);
    let configuration = configuration.ok().flatten().unwrap_or_default();
    for secret in named_variables(&String::from_utf8_lossy(&configuration)) {
        variables.remove(&secret);
    }
    Repository::discover(&settings.root, &variables, &nonce, SystemClock.now())
        .await
        .map_err(|error| Stop {
            diagnostics: vec![error.diagnostic()],
            exit: Exit::Invalid,
        })
}

/// Where the ledger of a run with these settings is.
pub(super) fn choice(
    settings: &Settings,
    repository: Option<&Repository>,
    config: &Config,
) -> Store {
    let remotes = repository.map(Repository::remotes);
    store(&Surroundings {
        remotes: remotes.as_deref(),
        wanted: &config.state.remote,
        ci: settings.environment.is_ci(),
    })
}

/// The adapters for `settings`: the remote where the configured one exists; this clone where
/// there is no remote, else plain files. `worktree`: content comes from the files all the
/// same.
///
/// # Errors
/// Where nothing may be published.
pub(super) async fn real(
    settings: &Settings,
    worktree: bool,
    watched: bool,
) -> Result<RealWorld, Stop> {
    let config = local_config(&settings.root).await?;
    let lock = ContentPath::parse(LOCKFILE).map_err(|error| internal(&error.to_string()))?;
    let file = || AnyLockfile::File(FileLockfile::new(&settings.root, &lock));
    let repository = repository(settings).await?;
    let of_clone = repository.is_some();
    let files = || AnyContent::WorkTree(WorkTree::new(&settings.root).of_clone(of_clone));
    let chosen = choice(settings, repository.as_ref(), &config);
    let memory = match &repository {
        Some(repository) => repository.common_dir().join("mergecast"),
        None => settings.root.join(".mergecast"),
    };
    let (content, ledger, lockfile) = match (chosen, repository) {
        (Store::None(why), _) => return Err(why.stop()),
        (Store::Remote, Some(repository)) => {
            not_on_its_branch(&repository, &config).await?;
            let home = LedgerHome {
                begins: Begins::InWindow,
                remote_name: repository.name_of(&config.state.remote).await,
                earlier: earlier(settings, Some(&repository), &config).await?,
            };
            let has_number = settings.environment.get("GITHUB_REPOSITORY_ID").is_some();
            on_remote(&repository, &config, &lock, (home, has_number))
        }
        (Store::Clone, Some(repository)) => {
            let content = PublishedContent::new(repository.clone(), None, config.branch.clone());
            let earlier = earlier(settings, Some(&repository), &config).await?;
            let ledger = local_ledger(repository, &config);
            (
                AnyContent::Published(content),
                AnyLedger::Local(ledger, earlier),
                file(),
            )
        }
        (Store::Folder, _) | (_, None) => {
            let ledger = AnyLedger::Directory(directory_ledger(settings));
            (files(), ledger, file())
        }
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

fn directory_ledger(settings: &Settings) -> DirectoryLedger {
    DirectoryLedger::new(&settings.root.join(".mergecast/ledger"), "")
}

fn local_ledger(
    repository: Repository,
    config: &Config,
) -> LocalLedger<SystemClock, SystemEntropy> {
    let branch = config.state.branch.clone();
    LocalLedger::new(repository, branch, SystemClock, SystemEntropy)
}

/// Entries that were recorded on this machine before the ledger had the place it has now:
/// on a branch of this clone before it had a remote, in files before there was git.
async fn earlier(
    settings: &Settings,
    repository: Option<&Repository>,
    config: &Config,
) -> Result<Entries, Stop> {
    let mut entries = directory_ledger(settings).load_now()?.ledger.entries;
    if let Some(repository) = repository
        && choice(settings, Some(repository), config) == Store::Remote
    {
        let known = local_ledger(repository.clone(), config).load().await?;
        entries.extend(
            known
                .ledger
                .entries
                .iter()
                .map(|(id, entry)| (id.clone(), entry.clone())),
        );
    }
    Ok(entries)
}

/// The ledger is never written onto the branch that is published.
async fn not_on_its_branch(repository: &Repository, config: &Config) -> Result<(), Stop> {
    let (state, default) = (&config.state, StateLocation::default());
    if config.branch.is_some() || state.branch == default.branch {
        return Ok(());
    }
    let published = repository
        .published_branch(None, Some(&state.remote))
        .await?;
    if published != state.branch {
        return Ok(());
    }
    let message = format!("`{published}` cannot be the published branch and the ledger's");
    let problem = Diagnostic::error("state-branch", message)
        .note("nothing was published")
        .help("give the ledger a branch of its own: `state: { branch: mergecast/state }`");
    Err(Stop {
        diagnostics: vec![problem],
        exit: Exit::Invalid,
    })
}

/// Content, ledger and lockfile on branches of the configured remote.
fn on_remote(
    repository: &Repository,
    config: &Config,
    lock: &ContentPath,
    (home, has_number): (LedgerHome, bool),
) -> (AnyContent, AnyLedger, AnyLockfile) {
    let (remote, branch) = (config.state.remote.clone(), config.branch.clone());
    let content = PublishedContent::new(repository.clone(), Some(remote.clone()), branch.clone());
    let ledger = RemoteLedger::new(
        repository.clone(),
        remote.clone(),
        config.state.branch.clone(),
        SystemClock,
        SystemEntropy,
    )
    .at_home(home, has_number);
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
