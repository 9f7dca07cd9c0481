//! Asking a remote: where a branch stands, and the commits it has.
//!
//! Owns the flags of `fetch` and `ls-remote`. A fetch goes into a ref of its own, which
//! is taken away again, so that several runs may share one clone; no tracking ref,
//! `FETCH_HEAD`, tag, submodule or shallow boundary is changed.

use std::time::Duration;

use gix::ObjectId;

use super::command::{Answer, CommandError, LOCAL, REMOTE};
use super::failure::{Failure, classify};
use super::objects;
use super::repository::Repository;

/// Why a remote could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RemoteFailure {
    /// What it means.
    pub(super) failure: Failure,
    /// git's words, cleaned.
    pub(super) problem: String,
}

impl RemoteFailure {
    /// What a failed command of git means.
    pub(super) fn of(answer: &Answer) -> Self {
        Self::new(classify(&answer.complaint), &answer.problem())
    }

    pub(super) fn new(failure: Failure, problem: &impl ToString) -> Self {
        Self {
            failure,
            problem: problem.to_string(),
        }
    }
}

impl From<CommandError> for RemoteFailure {
    fn from(error: CommandError) -> Self {
        Self::new(failure_of(&error), &error)
    }
}

/// What it means that git gave no answer.
pub(super) fn failure_of(error: &CommandError) -> Failure {
    match error {
        CommandError::TimedOut(_) | CommandError::Cancelled => Failure::Transport,
        CommandError::NotInstalled | CommandError::Io(_) | CommandError::TooLong(_) => {
            Failure::Local
        }
    }
}

pub(super) const FETCH: &[&str] = &[
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--no-write-commit-graph",
    "--no-prune",
    "--refmap=",
];

/// Where `branch` stands on `remote`; `None`: there is no such branch.
pub(super) async fn remote_tip(
    repository: &Repository,
    remote: &str,
    branch: &str,
) -> Result<Option<ObjectId>, RemoteFailure> {
    remote_ref(repository, remote, &full_name(branch)?).await
}

/// The same for any ref, by its full name.
async fn remote_ref(
    repository: &Repository,
    remote: &str,
    name: &str,
) -> Result<Option<ObjectId>, RemoteFailure> {
    let upload_pack = repository.upload_pack_flag(remote);
    let arguments = ["ls-remote", "--refs", &upload_pack, "--", remote, name];
    let answer = repository.git.run(&arguments, REMOTE).await?;
    if !answer.success {
        let failure = classify(&answer.complaint);
        return Err(RemoteFailure::new(failure, &answer.problem()));
    }
    // The pattern also matches names that end in it.
    let text = answer.text();
    let hex = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .find_map(|(hex, found)| (found == name).then_some(hex));
    let Some(hex) = hex else { return Ok(None) };
    let id = ObjectId::from_hex(hex.as_bytes());
    id.map(Some)
        .map_err(|error| RemoteFailure::new(Failure::Local, &error))
}

/// The names of all branches of `remote`.
pub(super) async fn all_branches(
    repository: &Repository,
    remote: &str,
) -> Result<Vec<String>, RemoteFailure> {
    let upload_pack = repository.upload_pack_flag(remote);
    let arguments = ["ls-remote", "--heads", &upload_pack, "--", remote];
    let answer = repository.git.run(&arguments, REMOTE).await?;
    if !answer.success {
        return Err(RemoteFailure::of(&answer));
    }
    let text = answer.text();
    let names = text.lines().filter_map(|line| line.split_once('\t'));
    let names = names.filter_map(|(_, name)| name.strip_prefix("refs/heads/"));
    Ok(names.map(str::to_owned).collect())
}

impl Repository {
    /// A text that changes whenever one of `branches` moves: of `remote`, else of this
    /// clone. `None` among them: the branch the remote's `HEAD` names. One look, and nothing
    /// is fetched.
    ///
    /// # Errors
    /// git's words, cleaned.
    pub async fn tips(
        &self,
        remote: Option<&str>,
        branches: &[Option<&str>],
    ) -> Result<String, String> {
        let Some(remote) = remote else {
            return self.own_tips(branches);
        };
        let mut names = Vec::new();
        for branch in branches {
            names.push(match branch {
                Some(branch) => full_name(branch).map_err(|failed| failed.problem)?,
                None => "HEAD".to_owned(),
            });
        }
        let upload_pack = self.upload_pack_flag(remote);
        let mut arguments = vec!["ls-remote", "--symref", &upload_pack, "--", remote];
        arguments.extend(names.iter().map(String::as_str));
        let answer = self.git.run(&arguments, REMOTE).await;
        match answer {
            Ok(answer) if answer.success => Ok(answer.text()),
            Ok(answer) => Err(answer.problem()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn own_tips(&self, branches: &[Option<&str>]) -> Result<String, String> {
        let opened = self.open().map_err(|error| error.to_string())?;
        let mut tips = String::new();
        for branch in branches {
            let name = match branch {
                Some(branch) => full_name(branch).map_err(|failed| failed.problem)?,
                None => "HEAD".to_owned(),
            };
            let tip = objects::tip(&opened, &name).map_err(|error| error.to_string())?;
            let tip = tip.map_or_else(String::new, |tip| tip.to_string());
            tips.push_str(&format!("{tip}\t{name}\n"));
        }
        Ok(tips)
    }
}

/// What a fetch shall bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// What is new, as the clone is set up: shallow, or without blobs.
    New,
    /// The whole history. Only the boundary of this branch is moved.
    Whole,
}

impl Extent {
    fn flags(self) -> &'static [&'static str] {
        match self {
            Extent::New => &[],
            // Deeper than any history, and not git's own word for that (2^31-1), which
            // deepens every branch of the clone.
            Extent::Whole => &["--depth=1000000000"],
        }
    }
}

/// Fetches one commit from `remote` without its history. It stays in this clone until git
/// tidies up.
///
/// A commit that this clone lacks is no ancestor of what it has, so its new shallow boundary
/// hides nothing.
pub(super) async fn fetch_commit(
    repository: &Repository,
    remote: &str,
    commit: &str,
    timeout: Duration,
) -> Result<(), RemoteFailure> {
    let id = ObjectId::from_hex(commit.as_bytes());
    let id = id.map_err(|error| RemoteFailure::new(Failure::Local, &error))?;
    let opened = repository.open();
    let opened = opened.map_err(|error| RemoteFailure::new(Failure::Local, &error))?;
    if opened.has_object(id) {
        return Ok(());
    }
    let upload_pack = repository.upload_pack_flag(remote);
    let wanted = id.to_string();
    let mut arguments = FETCH.to_vec();
    arguments.extend(["--depth=1", upload_pack.as_str(), "--", remote, &wanted]);
    let answer = repository.git.run(&arguments, timeout).await?;
    match answer.success {
        true => Ok(()),
        false => {
            let failure = classify(&answer.complaint);
            Err(RemoteFailure::new(failure, &answer.problem()))
        }
    }
}

/// Fetches `branch` from `remote` and returns its newest commit; `None`: the remote
/// answers, and has no such branch.
pub(super) async fn fetch_tip(
    repository: &Repository,
    remote: &str,
    branch: &str,
    timeout: Duration,
    extent: Extent,
) -> Result<Option<ObjectId>, RemoteFailure> {
    let name = full_name(branch)?;
    fetch_ref(repository, remote, &name, timeout, extent).await
}

/// The same for any ref, by its full name.
pub(super) async fn fetch_ref(
    repository: &Repository,
    remote: &str,
    name: &str,
    timeout: Duration,
    extent: Extent,
) -> Result<Option<ObjectId>, RemoteFailure> {
    repository.temporary.sweep(repository).await;
    let temporary = repository.temporary.next();
    let refspec = format!("+{name}:{temporary}");
    let upload_pack = repository.upload_pack_flag(remote);
    let mut arguments = FETCH.to_vec();
    arguments.extend(extent.flags());
    arguments.extend([upload_pack.as_str(), "--", remote, &refspec]);
    let answer = repository.git.run(&arguments, timeout).await?;
    if !answer.success {
        let failure = classify(&answer.complaint);
        if failure != Failure::NoSuchBranch {
            return Err(RemoteFailure::new(failure, &answer.problem()));
        }
        // That there is no ledger is never concluded from one message.
        return match remote_ref(repository, remote, name).await? {
            None => Ok(None),
            Some(_) => {
                let problem = format!("`{name}` appeared while it was fetched");
                Err(RemoteFailure::new(Failure::Transport, &problem))
            }
        };
    }
    let tip = read_tip(repository, &temporary);
    // A ref that stays behind is harmless: its name is never used again, and it is swept.
    let _ = repository
        .git
        .run(&["update-ref", "--no-deref", "-d", &temporary], LOCAL)
        .await;
    match tip? {
        Some(tip) => Ok(Some(tip)),
        None => Err(RemoteFailure::new(
            Failure::Local,
            &"git fetched, and the commit is not there",
        )),
    }
}

/// Moves one of this clone's own refs from `old` (`None`: it is not there) to `commit`. When
/// it stands elsewhere by now, another run knows more than this one.
pub(super) async fn remember(
    repository: &Repository,
    name: &str,
    commit: ObjectId,
    old: Option<ObjectId>,
) {
    let hex = commit.to_string();
    let old = old.map_or_else(|| "0".repeat(hex.len()), |old| old.to_string());
    let _ = repository
        .git
        .run(&["update-ref", "--no-deref", name, &hex, &old], LOCAL)
        .await;
}

fn read_tip(repository: &Repository, name: &str) -> Result<Option<ObjectId>, RemoteFailure> {
    let opened = repository
        .open()
        .map_err(|error| RemoteFailure::new(Failure::Local, &error))?;
    objects::tip(&opened, name).map_err(|error| RemoteFailure::new(Failure::Local, &error))
}

pub(super) fn full_name(branch: &str) -> Result<String, RemoteFailure> {
    objects::branch_ref(branch).ok_or_else(|| {
        let problem = format!("`{branch}` is not a name a branch can have");
        RemoteFailure::new(Failure::Local, &problem)
    })
}
