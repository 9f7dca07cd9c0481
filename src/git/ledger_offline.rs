//! The ledger as this clone last saw it, without asking anybody.
//!
//! Owns which of the clone's refs is its newest memory of the ledger. Must not fetch; a
//! clone that knows no ledger says nothing about whether there is one.

use gix::ObjectId;

use super::ledger_remote::{memory_ref, other};
use super::ledger_tree::KnownLedger;
use super::objects;
use super::repository::Repository;
use crate::model::Instant;
use crate::ports::{LedgerError, LedgerSnapshot};

/// A ledger that may be out of date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineLedger {
    /// What it says. Its version is no base for a change to a remote's ledger.
    pub snapshot: LedgerSnapshot,
    /// When its newest change was made.
    pub as_of: Instant,
}

/// The ledger on `branch` as `repository` knows it: of `remote`, whatever newest state was
/// fetched by this program or by git itself; the local branch where there is neither.
/// `None`: this clone has never seen one.
///
/// # Errors
/// When the clone cannot be read.
pub fn offline_ledger(
    repository: &Repository,
    remote: Option<&str>,
    branch: &str,
) -> Result<Option<OfflineLedger>, LedgerError> {
    let opened = repository.open().map_err(other)?;
    let Some(local) = objects::branch_ref(branch) else {
        return Ok(None);
    };
    let mut seen: Vec<(Instant, ObjectId)> = Vec::new();
    if let Some(remote) = remote {
        let tracked = format!("refs/remotes/{remote}/{branch}");
        for name in [memory_ref(remote, branch), tracked] {
            if let Some(tip) = objects::tip(&opened, &name).map_err(other)? {
                let date = objects::date_of(&opened, tip).map_err(other)?;
                seen.push((date, tip));
            }
        }
    }
    if seen.is_empty()
        && let Some(tip) = objects::tip(&opened, &local).map_err(other)?
    {
        let date = objects::date_of(&opened, tip).map_err(other)?;
        seen.push((date, tip));
    }
    let Some((as_of, tip)) = newest(&opened, &seen) else {
        return Ok(None);
    };
    let ledger = {
        let git = repository.git.offline();
        KnownLedger::default().read(&opened, &git, tip, repository.prefix())
    };
    let ledger = ledger.map_err(other)?;
    Ok(Some(OfflineLedger {
        snapshot: LedgerSnapshot {
            version: Some(tip.to_string()),
            ledger,
            changed_at: None,
        },
        as_of,
    }))
}

/// The one whose history holds the others; where histories differ, the one of the newest
/// date.
fn newest(
    repository: &gix::Repository,
    seen: &[(Instant, ObjectId)],
) -> Option<(Instant, ObjectId)> {
    seen.iter().copied().reduce(|best, next| {
        let ahead = objects::contains(repository, next.1, best.1);
        let behind = objects::contains(repository, best.1, next.1);
        if ahead || (!behind && next.0 > best.0) {
            next
        } else {
            best
        }
    })
}
