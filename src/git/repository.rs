//! The repository a content root lies in.
//!
//! Owns where it is, where the content root is inside it, which remotes it has, and which
//! branch is the published one. Must not read content.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::command::{CommandError, Git, LOCAL, REMOTE};
use super::configuration::{Configuration, UNSUPPORTED};
use super::failure::{Failure, classify};
use super::fetch::failure_of;
use super::temporary::TemporaryRefs;
use crate::model::Instant;
use crate::ports::SourceError;

/// A git repository, as seen from one content root. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Repository {
    pub(super) git: Git,
    pub(super) configuration: Arc<Configuration>,
    trusted: bool,
    git_dir: PathBuf,
    common_dir: PathBuf,
    prefix: String,
    pub(super) temporary: Arc<TemporaryRefs>,
}

/// Why a repository cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// There is one, and it cannot be opened.
    #[error("the git repository at `{place}` cannot be opened: {problem}")]
    Unusable {
        /// The folder it was looked for from.
        place: String,
        /// The system's or git's words, cleaned.
        problem: String,
    },
    /// Files that look like a bare repository hide the one the content root may be in.
    #[error(
        "`{0}` looks like a bare repository (`HEAD`, `objects`, `refs`), and hides the one this folder may be in"
    )]
    Bare(String),
    /// There is one in a format that cannot be read here.
    #[error("this repository uses {0}, which mergecast cannot read")]
    Unsupported(&'static str),
    /// git gave no answer.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl Repository {
    /// Finds the repository that holds `content_root`; `None`: there is none, or
    /// `content_root` lies in no work tree. `environment` are the variables of this
    /// process; `nonce` makes the names of temporary refs its own, so that several
    /// processes may share one clone, and `now` dates them.
    ///
    /// # Errors
    /// When there is a repository that cannot be used, or no `git`.
    pub async fn discover(
        content_root: &Path,
        environment: &BTreeMap<String, String>,
        nonce: &str,
        now: Instant,
    ) -> Result<Option<Self>, RepositoryError> {
        let unusable = |problem: String| RepositoryError::Unusable {
            place: content_root.display().to_string(),
            problem,
        };
        let root = content_root
            .canonicalize()
            .map_err(|error| unusable(error.to_string()))?;
        // A `.git` that is no repository must not be taken for none: posts would be
        // recorded in a folder, apart from the ledger that knows what is published.
        let marked = root.ancestors().find(|folder| is_marked(folder));
        let found = gix::discover::upwards(&root).ok();
        let found = found.map(|(place, _)| place.into_repository_and_work_tree_directories());
        let (git_dir, work_dir) = match (found, marked) {
            (Some((git_dir, Some(work_dir))), _) => (git_dir, work_dir),
            (None, Some(folder)) => return Err(unusable(broken(folder))),
            // Anybody can commit files that look like a bare repository.
            (Some((git_dir, None)), _) => {
                return Err(RepositoryError::Bare(git_dir.display().to_string()));
            }
            (None, None) => return Ok(None),
        };
        let git = Git::new(&root, environment);
        let configuration = configuration(&git).await?;
        let configuration = configuration.map_err(unusable)?;
        if let Some(format) = configuration.unsupported() {
            return Err(RepositoryError::Unsupported(format));
        }
        let opened = open(&git_dir).map_err(|error| unusable(error.to_string()))?;
        let work_dir = work_dir
            .canonicalize()
            .map_err(|error| unusable(error.to_string()))?;
        if let Some(folder) = marked.filter(|folder| *folder != work_dir) {
            return Err(unusable(broken(folder)));
        }
        let prefix = inside(&work_dir, &root)
            .ok_or_else(|| unusable("the path of the folder is not UTF-8".to_owned()))?;
        let trusted = environment.get("CI").is_some_and(|ci| is_set(ci));
        let git = git.with_overrides(configuration.overrides(trusted));
        let common_dir = opened.common_dir();
        Ok(Some(Self {
            git,
            configuration: Arc::new(configuration),
            trusted,
            common_dir: common_dir
                .canonicalize()
                .unwrap_or_else(|_| common_dir.to_owned()),
            git_dir,
            prefix,
            temporary: Arc::new(TemporaryRefs::new(nonce, now)),
        }))
    }

    /// Whether this clone's user may push to `remote`, without pushing: git asks the remote
    /// for a push and stops before it (`push --dry-run`).
    ///
    /// # Errors
    /// git's words, cleaned.
    pub async fn may_push(&self, remote: &str) -> Result<(), String> {
        let receive_pack = self.receive_pack_flag(remote);
        let refspec = "HEAD:refs/heads/mergecast/doctor";
        let arguments = [
            "push",
            "--dry-run",
            "--porcelain",
            "--no-verify",
            &receive_pack,
            "--",
            remote,
            refspec,
        ];
        match self.git.run(&arguments, REMOTE).await {
            Ok(answer) if answer.success => Ok(()),
            Ok(answer) => Err(answer.problem()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The content root's path inside the repository, `/`-separated; empty: its top.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The folder all work trees of the repository share: the journal lives below it.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// `name`, if the repository has a remote of that name.
    #[must_use]
    pub fn remote<'a>(&self, name: &'a str) -> Option<&'a str> {
        self.configuration.has_remote(name).then_some(name)
    }

    /// Whether two names of remotes stand for the same address.
    #[must_use]
    pub fn is_same_remote(&self, one: &str, other: &str) -> bool {
        let url = |name: &str| self.configuration.get(&format!("remote.{name}.url"));
        one == other || (url(one).is_some() && url(one) == url(other))
    }

    /// The commit that `remote`'s default branch had when this clone last asked.
    #[must_use]
    pub fn remembered_default(&self, remote: &str) -> Option<String> {
        let opened = self.open().ok()?;
        let name = format!("refs/remotes/{remote}/HEAD");
        let tip = super::objects::tip(&opened, &name).ok()??;
        Some(tip.to_string())
    }

    /// The commit that the published branch of `remote` had when this clone last asked:
    /// `configured`, else the remote's default branch, else the one of the same name as the
    /// branch that is checked out.
    #[must_use]
    pub fn remembered_branch(&self, remote: &str, configured: Option<&str>) -> Option<String> {
        let opened = self.open().ok()?;
        let tip = |branch: &str| {
            let name = format!("refs/remotes/{remote}/{branch}");
            super::objects::tip(&opened, &name).ok()?
        };
        let found = match configured {
            Some(branch) => tip(branch),
            None => tip("HEAD").or_else(|| tip(&self.checked_out_branch().ok()??)),
        };
        Some(found?.to_string())
    }

    /// The remote's address without credentials, for people.
    #[must_use]
    pub fn remote_url(&self, name: &str) -> Option<String> {
        let url = self.configuration.get(&format!("remote.{name}.url"))?;
        Some(super::words::cleaned(url))
    }

    /// The branch that is checked out in the content root's work tree; `None`: a commit
    /// is checked out, not a branch.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn checked_out_branch(&self) -> Result<Option<String>, RepositoryError> {
        let head = self.open()?.head_name();
        let head = head.map_err(|error| self.unusable(error.to_string()))?;
        Ok(head.map(|name| name.shorten().to_string()))
    }

    /// The published branch: the configured one, else the remote's `HEAD`; without a
    /// remote, the checked-out one.
    ///
    /// # Errors
    /// When the remote cannot be asked, or there is no branch to take.
    pub async fn published_branch(
        &self,
        configured: Option<&str>,
        remote: Option<&str>,
    ) -> Result<String, SourceError> {
        if let Some(branch) = configured {
            return Ok(branch.to_owned());
        }
        // Where there is a remote, what is merely checked out was not merged by anybody.
        if let Some(remote) = remote {
            let branch = self.default_branch(remote).await?;
            let remote = remote.to_owned();
            return branch.ok_or(SourceError::NoDefaultBranch { remote });
        }
        let checked_out = self.checked_out_branch();
        let checked_out = checked_out.map_err(|error| SourceError::Other(error.to_string()))?;
        checked_out.ok_or_else(|| {
            SourceError::Other(
                "no branch is checked out, and `branch` is not set in `mergecast.yaml`".to_owned(),
            )
        })
    }

    /// The branch that `remote` names as its `HEAD`; `None`: it names none.
    ///
    /// # Errors
    /// When the remote cannot be asked.
    pub async fn default_branch(&self, remote: &str) -> Result<Option<String>, SourceError> {
        let upload_pack = self.upload_pack_flag(remote);
        let arguments = ["ls-remote", "--symref", &upload_pack, "--", remote, "HEAD"];
        let answer = self.git.run(&arguments, REMOTE).await;
        let answer = answer.map_err(|error| remote_error(remote, failure_of(&error), &error))?;
        if !answer.success {
            let failure = classify(&answer.complaint);
            return Err(remote_error(remote, failure, &answer.problem()));
        }
        Ok(symbolic_head(&answer.text()))
    }

    /// Whether programs named by the clone's own configuration are run.
    pub(super) fn trusts_clone(&self) -> bool {
        self.trusted
    }

    pub(super) fn upload_pack_flag(&self, remote: &str) -> String {
        let program = self.configuration.upload_pack(remote, self.trusted);
        format!("--upload-pack={program}")
    }

    pub(super) fn receive_pack_flag(&self, remote: &str) -> String {
        let program = self.configuration.receive_pack(remote, self.trusted);
        format!("--receive-pack={program}")
    }

    /// Opens the repository afresh, so that everything other processes wrote is seen. Only
    /// the clone's own configuration is read, and nothing of the environment.
    pub(super) fn open(&self) -> Result<gix::Repository, RepositoryError> {
        open(&self.git_dir).map_err(|error| self.unusable(error.to_string()))
    }

    pub(super) fn unusable(&self, problem: String) -> RepositoryError {
        RepositoryError::Unusable {
            place: self.git_dir.display().to_string(),
            problem,
        }
    }
}

impl Repository {
    /// Sees to it that `remote` still has an address: to git the name of none is a folder, which
    /// anybody may have written.
    pub(super) async fn still_has(&self, remote: &str) -> Result<(), SourceError> {
        let name = format!("remote.{remote}.url");
        let answer = self.git.run(&["config", "--get-all", &name], LOCAL).await;
        let answer = answer.map_err(|error| SourceError::Other(error.to_string()))?;
        let remote = remote.to_owned();
        match answer.code {
            Some(0) => Ok(()),
            Some(1) => Err(SourceError::NoRemote { remote }),
            _ => Err(SourceError::Other(answer.problem())),
        }
    }
}

/// Whether `folder` lies in a repository that git itself works in, which it does not where
/// the repository is another user's and no `safe.directory`.
pub async fn accepts(folder: &Path, environment: &BTreeMap<String, String>) -> bool {
    let git = Git::new(folder, environment);
    let answer = git.run(&["rev-parse", "--show-toplevel"], LOCAL).await;
    answer.is_ok_and(|answer| answer.success)
}

/// What a failed command about `remote` means to a reader.
pub(super) fn remote_error(remote: &str, failure: Failure, problem: &impl ToString) -> SourceError {
    let (remote, problem) = (remote.to_owned(), problem.to_string());
    // A name that no remote has is a folder to git.
    let is_gone = problem.contains(&format!(
        "'{remote}' does not appear to be a git repository"
    ));
    match failure {
        Failure::Transport if is_gone => SourceError::NoRemote { remote },
        Failure::Denied | Failure::Forbidden => SourceError::Denied { remote, problem },
        Failure::Transport => SourceError::Unreachable { remote, problem },
        Failure::Local | Failure::NoSuchBranch => SourceError::Other(problem),
    }
}

/// Opens the clone at `git_dir`. What its user put in the place of an object (`git replace`)
/// is not what was published.
fn open(git_dir: &Path) -> gix::Result<gix::Repository> {
    let options = gix::open::Options::isolated().config_overrides(["core.useReplaceRefs=false"]);
    gix::open_opts(git_dir, options)
}

/// The settings in force; else git's words.
async fn configuration(git: &Git) -> Result<Result<Configuration, String>, RepositoryError> {
    let arguments = ["config", "--list", "--show-scope", "-z"];
    let listing = git.run(&arguments, LOCAL).await?;
    if listing.success {
        let configuration = Configuration::parse(&listing.text());
        return Ok(match configuration.is_of_a_repository() {
            true => Ok(configuration),
            false => Err("git did not list its settings".to_owned()),
        });
    }
    // A git that is older than the format refuses by the name of the setting.
    let words = listing.problem();
    let found = UNSUPPORTED.iter().find(|(name, _)| words.contains(name));
    match found {
        Some((_, format)) => Err(RepositoryError::Unsupported(format)),
        None => Ok(Err(words)),
    }
}

fn is_set(value: &str) -> bool {
    !matches!(value, "" | "0" | "false")
}

/// Whether a folder says that it is the top of a work tree.
fn is_marked(folder: &Path) -> bool {
    folder.join(".git").symlink_metadata().is_ok()
}

fn broken(folder: &Path) -> String {
    format!(
        "`{}` is there, and is no repository",
        folder.join(".git").display()
    )
}

fn inside(work_dir: &Path, root: &Path) -> Option<String> {
    let below = root.strip_prefix(work_dir).ok()?;
    let segments: Option<Vec<&str>> = below.iter().map(std::ffi::OsStr::to_str).collect();
    Some(segments?.join("/"))
}

/// The branch in `ref: refs/heads/main\tHEAD`.
fn symbolic_head(listing: &str) -> Option<String> {
    let target = listing.lines().find_map(|line| {
        let (target, name) = line.strip_prefix("ref: ")?.split_once('\t')?;
        (name == "HEAD").then_some(target)
    });
    Some(target?.strip_prefix("refs/heads/")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_remote_is_the_branch_it_points_to() {
        let listing = "ref: refs/heads/trunk\tHEAD\n1234\tHEAD\n";
        assert_eq!(symbolic_head(listing).as_deref(), Some("trunk"));
        assert_eq!(symbolic_head("1234\tHEAD\n"), None);
        assert_eq!(symbolic_head(""), None);
    }

    #[test]
    fn the_prefix_is_the_way_from_the_top() {
        let inside = |root: &str| inside(Path::new("/repo"), Path::new(root));
        assert_eq!(inside("/repo").as_deref(), Some(""));
        assert_eq!(inside("/repo/a/b").as_deref(), Some("a/b"));
        assert_eq!(inside("/other"), None);
    }
}
