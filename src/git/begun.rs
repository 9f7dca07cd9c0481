//! The mark that a ledger began on a remote: a ref of its own beside the ledger's branch.
//!
//! Owns its two possible names, how it is fetched together with the branch, and how both are
//! pushed as one. A ledger whose branch vanishes leaves the mark behind, and is then not
//! taken for one that never was. Must not decide what follows: see
//! [`crate::record::beginning`].

use gix::ObjectId;

use super::command::{LOCAL, REMOTE};
use super::commits::{self, Draft};
use super::failure::Failure;
use super::fetch::{FETCH, RemoteFailure};
use super::objects;
use super::push::{Pushed, Update, push_all};
use super::repository::Repository;
use crate::model::Instant;
use crate::record::beginning::{BegunMark, remote_name};
use crate::record::layout::FileChanges;

/// Where the mark is.
const BEGUN: &str = "refs/mergecast/begun";
/// Where it is on hosts that take branches and tags only.
const TAG: &str = "refs/tags/mergecast-begun";

/// The mark as it stands on the remote.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    name: &'static str,
    commit: ObjectId,
    /// What it says.
    pub(super) says: BegunMark,
}

/// The ledger's branch and the mark, as fetched.
pub(super) struct Fetched {
    /// The branch's newest commit; `None`: there is no such branch.
    pub(super) tip: Option<ObjectId>,
    /// The mark; `None`: there is none.
    pub(super) mark: Option<Mark>,
}

/// Fetches the branch `name` (a full name) and the mark in one request.
///
/// # Errors
/// When the remote cannot be asked; [`Failure::NoSuchBranch`] where there is no such branch.
async fn fetch(
    repository: &Repository,
    remote: &str,
    name: Option<&str>,
) -> Result<Fetched, RemoteFailure> {
    repository.temporary.sweep(repository).await;
    let temporary = [(); 3].map(|()| repository.temporary.next());
    let [tip, begun, tag] = &temporary;
    let upload_pack = repository.upload_pack_flag(remote);
    // A pattern that fits nothing is no error, unlike a name.
    let patterns = [format!("+{BEGUN}*:{begun}*"), format!("+{TAG}*:{tag}*")];
    let branch = name.map(|name| format!("+{name}:{tip}"));
    let mut arguments = FETCH.to_vec();
    arguments.extend([upload_pack.as_str(), "--", remote]);
    arguments.extend(patterns.iter().chain(&branch).map(String::as_str));
    let answer = repository.git.run(&arguments, REMOTE).await?;
    if !answer.success {
        return Err(RemoteFailure::of(&answer));
    }
    let read = read(repository, tip, begun, tag);
    let has_mark = read.as_ref().map_or(true, |fetched| fetched.mark.is_some());
    for (name, there) in [(tip, name.is_some()), (begun, has_mark), (tag, has_mark)] {
        // A ref that stays behind is harmless: its name is never used again, and it is swept.
        let delete = ["update-ref", "--no-deref", "-d", name];
        if there {
            let _ = repository.git.run(&delete, LOCAL).await;
        }
    }
    let fetched = read?;
    if name.is_some() && fetched.tip.is_none() {
        let problem = &"git fetched, and the commit is not there";
        return Err(RemoteFailure::new(Failure::Local, problem));
    }
    Ok(fetched)
}

fn read(
    repository: &Repository,
    tip: &str,
    begun: &str,
    tag: &str,
) -> Result<Fetched, RemoteFailure> {
    let local = |error: &dyn ToString| RemoteFailure::new(Failure::Local, &error.to_string());
    let opened = repository.open().map_err(|error| local(&error))?;
    let commit = |name: &str| objects::tip(&opened, name).map_err(|error| local(&error));
    let mut mark = None;
    for (name, place) in [(BEGUN, begun), (TAG, tag)] {
        if mark.is_none()
            && let Some(commit) = commit(place)?
        {
            let message = objects::message_of(&opened, commit);
            let says = BegunMark::parse(&message.map_err(|error| local(&error))?);
            mark = Some(Mark { name, commit, says });
        }
    }
    let tip = commit(tip)?;
    Ok(Fetched { tip, mark })
}

/// Fetches `branch` and the mark from `remote`; see [`fetch`].
///
/// # Errors
/// When the remote cannot be asked.
pub(super) async fn fetch_ledger(
    repository: &Repository,
    remote: &str,
    branch: &str,
) -> Result<Fetched, RemoteFailure> {
    let name = super::fetch::full_name(branch)?;
    match fetch(repository, remote, Some(&name)).await {
        Err(failed) if failed.failure == Failure::NoSuchBranch => {}
        other => return other,
    }
    // That there is no ledger is never concluded from one message.
    if super::fetch::remote_tip(repository, remote, branch)
        .await?
        .is_some()
    {
        let problem = format!("`{branch}` appeared while it was fetched");
        return Err(RemoteFailure::new(Failure::Transport, &problem));
    }
    fetch(repository, remote, None).await
}

/// A mark that is to be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewMark {
    commit: ObjectId,
}

/// Writes the commit of a mark.
///
/// # Errors
/// When the clone cannot be written to.
pub(super) fn write(
    repository: &Repository,
    says: &BegunMark,
    at: Instant,
) -> Result<NewMark, String> {
    let opened = repository.open().map_err(|error| error.to_string())?;
    let draft = Draft {
        parents: &[],
        files: &FileChanges::new(),
        message: says.message(),
        at,
    };
    let written = commits::write(&opened, &repository.configuration, &draft);
    let commit = written.map_err(|error| error.to_string())?.commit;
    Ok(NewMark { commit })
}

/// Pushes `updates` and the mark as one: all of them, or none. `found` is the mark that
/// stands there. With `tag_too`, the mark becomes a tag where the host refuses its own ref.
pub(super) async fn push_marked(
    repository: &Repository,
    remote: &str,
    updates: &[Update],
    mark: NewMark,
    found: Option<&Mark>,
    tag_too: bool,
) -> Pushed {
    let with = |name: &str, expected: Option<ObjectId>| {
        let mut all = updates.to_vec();
        all.push(Update {
            name: name.to_owned(),
            commit: Some(mark.commit),
            expected,
        });
        all
    };
    if let Some(found) = found {
        let all = with(found.name, Some(found.commit));
        return at_once(repository, remote, &all).await;
    }
    let pushed = at_once(repository, remote, &with(BEGUN, None)).await;
    if !tag_too || !refuses_name(&pushed) {
        return pushed;
    }
    match at_once(repository, remote, &with(TAG, None)).await {
        Pushed::Accepted => Pushed::Accepted,
        _ => pushed,
    }
}

/// One push of all; where the host cannot promise that, in order: a mark without a branch
/// freezes, which is the safe half.
async fn at_once(repository: &Repository, remote: &str, updates: &[Update]) -> Pushed {
    match push_all(repository, remote, updates, updates.len() > 1).await {
        Pushed::Silent(problem) if problem.contains("--atomic") => {
            push_all(repository, remote, updates, false).await
        }
        pushed => pushed,
    }
}

/// Whether the name of a ref may be what is refused, and not where it stands.
fn refuses_name(pushed: &Pushed) -> bool {
    const RACES: [&str; 5] = [
        "stale info",
        "fetch first",
        "already exists",
        "cannot lock ref",
        "failed to update ref",
    ];
    match pushed {
        Pushed::Forbidden(_) => true,
        Pushed::Rejected(said) => !RACES.iter().any(|race| said.contains(race)),
        Pushed::Accepted | Pushed::Denied(_) | Pushed::Silent(_) => false,
    }
}

/// Sets the mark alone, where there is none.
///
/// # Errors
/// git's words, cleaned.
pub(super) async fn set(
    repository: &Repository,
    remote: &str,
    mark: NewMark,
) -> Result<(), String> {
    match push_marked(repository, remote, &[], mark, None, true).await {
        Pushed::Accepted => Ok(()),
        // Somebody else set it at the same time.
        Pushed::Rejected(said) if said.contains("stale info") => Ok(()),
        Pushed::Forbidden(said)
        | Pushed::Denied(said)
        | Pushed::Rejected(said)
        | Pushed::Silent(said) => Err(said),
    }
}

impl Repository {
    /// The names of the repository's remotes, sorted.
    #[must_use]
    pub fn remotes(&self) -> Vec<String> {
        self.configuration.remotes()
    }

    /// What names the repository in the address of `remote`, after the person's own
    /// abbreviations (`url.*.insteadOf`); `None`: the address does not tell.
    pub async fn name_of(&self, remote: &str) -> Option<String> {
        let arguments = ["ls-remote", "--get-url", "--", remote];
        let answer = self.git.run(&arguments, LOCAL).await.ok()?;
        let url = answer.success.then(|| answer.text())?;
        remote_name(url.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_name_is_told_from_a_lost_race() {
        assert!(refuses_name(&Pushed::Forbidden(String::new())));
        let rejected = |said: &str| refuses_name(&Pushed::Rejected(said.to_owned()));
        assert!(rejected("[remote rejected] (refusing to create funny ref)"));
        assert!(!rejected("[rejected] (stale info)"));
        assert!(!rejected("[remote rejected] (failed to update ref)"));
        assert!(!refuses_name(&Pushed::Accepted));
    }
}
