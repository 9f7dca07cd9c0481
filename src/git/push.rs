//! One push of one commit to one branch, if the branch stands where it is expected.
//!
//! Owns the flags of `push` and the reading of its answer. The answer only says why a
//! branch did not move; whether it moved is read from the remote: a race mostly looks
//! like a server error, and a push whose client died mostly landed. As after any push, git
//! notes the new tip in its tracking ref; no other ref of the clone is touched.

use gix::ObjectId;

use super::command::REMOTE;
use super::failure::{Failure, classify};
use super::objects::branch_ref;
use super::repository::Repository;
use super::words::cleaned;

/// What a push said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It worked, it says.
    Accepted,
    /// The remote answers and names a rule that forbids it.
    Forbidden(String),
    /// The remote answers and does not accept who we are.
    Denied(String),
    /// The remote answers and did not move the branch: a lost race, or a passing trouble.
    Rejected(String),
    /// No answer.
    Silent(String),
}

/// One ref of a push.
#[derive(Clone, Debug)]
pub(super) struct Update {
    /// Its full name.
    pub(super) name: String,
    /// What it is to point to; `None`: it is taken away.
    pub(super) commit: Option<ObjectId>,
    /// Where it has to stand; `None`: nowhere.
    pub(super) expected: Option<ObjectId>,
}

/// Pushes `commit` to `branch` of `remote` if that stands at `expected` (`None`: if there
/// is no such branch). The lease is always explicit: without one, a push onto a branch
/// that was rolled back would quietly undo the rollback.
pub(super) async fn push(
    repository: &Repository,
    remote: &str,
    branch: &str,
    commit: ObjectId,
    expected: Option<ObjectId>,
) -> Pushed {
    let Some(name) = branch_ref(branch) else {
        return Pushed::Forbidden(format!("`{branch}` is not a name a branch can have"));
    };
    let update = Update {
        name,
        commit: Some(commit),
        expected,
    };
    push_all(repository, remote, &[update], false).await
}

/// Pushes several refs, each with its lease; with `atomic`, all of them or none.
pub(super) async fn push_all(
    repository: &Repository,
    remote: &str,
    updates: &[Update],
    atomic: bool,
) -> Pushed {
    let hex = |id: Option<ObjectId>| id.map(|id| id.to_string()).unwrap_or_default();
    let leases = updates.iter().map(|update| {
        let expected = hex(update.expected);
        format!("--force-with-lease={}:{expected}", update.name)
    });
    let leases: Vec<String> = leases.collect();
    let refspecs = updates.iter();
    let refspecs = refspecs.map(|update| format!("{}:{}", hex(update.commit), update.name));
    let refspecs: Vec<String> = refspecs.collect();
    let receive_pack = repository.receive_pack_flag(remote);
    let mut arguments = vec![
        "push",
        "--porcelain",
        "--no-verify",
        "--no-signed",
        "--no-follow-tags",
        "--no-recurse-submodules",
        &receive_pack,
    ];
    arguments.extend(atomic.then_some("--atomic"));
    arguments.extend(leases.iter().map(String::as_str));
    arguments.extend(["--", remote]);
    arguments.extend(refspecs.iter().map(String::as_str));
    match repository.git.run(&arguments, REMOTE).await {
        Ok(answer) if answer.success => Pushed::Accepted,
        Ok(answer) => read(&answer.text(), &answer.complaint, &answer.problem()),
        Err(error) => Pushed::Silent(error.to_string()),
    }
}

fn read(report: &str, complaint: &str, problem: &str) -> Pushed {
    let rejected: Vec<&str> = report
        .lines()
        .filter_map(|line| line.strip_prefix("!\t")?.split_once('\t'))
        .map(|(_, reason)| reason)
        .collect();
    let reasons = rejected.join("\n");
    let said = if reasons.is_empty() {
        problem.to_owned()
    } else {
        let others = complaint
            .lines()
            .filter(|line| !line.starts_with("error: failed to push some refs"));
        cleaned(&format!(
            "{reasons}\n{}",
            others.collect::<Vec<_>>().join("\n")
        ))
    };
    match classify(&format!("{complaint}\n{reasons}")) {
        Failure::Forbidden => Pushed::Forbidden(said),
        Failure::Denied => Pushed::Denied(said),
        Failure::Local | Failure::NoSuchBranch | Failure::Transport => {
            if rejected.is_empty() {
                Pushed::Silent(said)
            } else {
                Pushed::Rejected(said)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_rejection_is_in_the_report_not_in_the_complaint() {
        let complaint = "remote: error: GH013: Repository rule violations found for refs/heads/main.\n\
                         error: failed to push some refs to 'https://t@github.com/a/b'";
        let report = "To https://t@github.com/a/b\n!\tx:refs/heads/main\t[remote rejected] (push declined due to repository rule violations)\nDone";
        let Pushed::Forbidden(said) = read(report, complaint, "") else {
            panic!()
        };
        assert_eq!(
            said,
            "[remote rejected] (push declined due to repository rule violations); \
             error: GH013: Repository rule violations found for refs/heads/main."
        );
    }

    #[test]
    fn a_lost_race_looks_like_a_server_error() {
        for reason in [
            "[rejected] (stale info)",
            "[rejected] (fetch first)",
            "[remote rejected] (failed to update ref)",
            "[remote rejected] (cannot lock ref 'refs/heads/x': is at 1 but expected 2)",
        ] {
            let report = format!("To /x\n!\ta:refs/heads/x\t{reason}\nDone");
            let read = read(&report, "error: failed to push some refs to '/x'", "");
            assert_eq!(read, Pushed::Rejected(reason.to_owned()));
        }
        let silent = read(
            "",
            "ssh: connect to host h port 22: Connection refused",
            "gone",
        );
        assert_eq!(silent, Pushed::Silent("gone".to_owned()));
    }
}
