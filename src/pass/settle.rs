//! What a pass writes down besides its actions.
//!
//! Owns expired declarations of others, late posts that are skipped by policy, and the
//! lockfile. Must not send anything.

use std::collections::BTreeSet;

use crate::model::key::PostKey;
use crate::pass::PassOptions;
use crate::pass::ledger::{Applied, Change};
use crate::pass::outcome::Problem;
use crate::pass::prepare::{declaration, document_of};
use crate::pass::results::Collector;
use crate::pass::see::Seen;
use crate::plan::{Action, Plan, PlanItem};
use crate::ports::{Clock, Journal, LedgerError, LockfileStore, LockfileWritten, World};
use crate::record::step::SENDING_EXPIRES;
use crate::record::{EntryId, Event, State};

/// Records what this machine remembers of its own runs that died, or could not record:
/// how their attempts ended, or how far they came. Failing to leaves the entries as they
/// are, and they expire.
pub(super) async fn remember<W: World>(seen: &mut Seen<'_, W>, world: &W) {
    let recalled = world.journal().recall();
    let ledger = seen.session.ledger();
    let told = recalled
        .memory
        .events(ledger, recalled.alone, &world.journal().home());
    let changes: Vec<Change> = told
        .into_iter()
        .map(|(id, event)| Change { id, event })
        .collect();
    if !changes.is_empty() && seen.recorded.freezes.is_empty() {
        let _ = seen.session.record(&changes).await;
        seen.refresh_recorded();
    }
    world.journal().settled();
}

/// Records that the outcome of old declarations is unknown: their owners are silent.
///
/// # Errors
/// When the ledger cannot be written.
pub(super) async fn expire<W: World>(seen: &mut Seen<'_, W>, world: &W) -> Result<(), LedgerError> {
    let now = world.clock().now();
    let old = |declared: Option<crate::model::Instant>| {
        declared.is_none_or(|declared| now - declared >= SENDING_EXPIRES)
    };
    let changes: Vec<Change> = seen
        .session
        .ledger()
        .entries
        .open()
        .filter(|entry| entry.state == State::Sending && old(entry.declared_at))
        .map(|entry| Change {
            id: entry.id(),
            event: Event::Expired { at: now },
        })
        .collect();
    if changes.is_empty() || !seen.recorded.freezes.is_empty() {
        return Ok(());
    }
    seen.session.record(&changes).await?;
    seen.refresh_recorded();
    Ok(())
}

/// Records documents that say what was sent in other bytes than before: a label or a time
/// changed. From then on they are known by those bytes, so that neither a new version of
/// this program nor other settings make an edit of them. Failing to is no problem: the next
/// pass tries again.
pub(super) async fn recognise<W: World>(
    seen: &mut Seen<'_, W>,
    options: &PassOptions,
    plan: &Plan,
) {
    if !options.only.is_empty() {
        return;
    }
    let held: BTreeSet<&PostKey> = plan
        .items
        .iter()
        .filter(|item| item.action == Action::Hold)
        .map(|item| &item.key)
        .collect();
    let ledger = seen.session.ledger();
    let changes = seen.content.desired.posts.iter().filter_map(|post| {
        let entry = ledger.entries.post(&post.key)?;
        let document = document_of(post);
        let says_the_same = entry.bars_sending() && entry.digest == post.digest;
        let is_known = entry.document.as_ref() == Some(&document) && entry.path == post.path;
        (says_the_same && !is_known && !held.contains(&post.key)).then(|| Change {
            id: entry.id(),
            event: Event::Recognised {
                digest: post.digest.clone(),
                document,
                path: post.path.clone(),
            },
        })
    });
    let changes: Vec<Change> = changes.collect();
    if !changes.is_empty() {
        let _ = seen.session.record(&changes).await;
    }
}

/// Whether the plan says that a late post is skipped, and the ledger does not yet.
pub(super) fn is_late_skip(item: &PlanItem) -> bool {
    item.reason.code == "late-skipped"
}

/// Records late posts that policy skips, so that they stay skipped whatever the policy
/// says later.
pub(super) async fn skip_late<W: World>(
    seen: &mut Seen<'_, W>,
    items: Vec<PlanItem>,
    report: &mut Collector,
) {
    for item in items {
        let Some(post) = seen.post(&item).cloned() else {
            continue;
        };
        let commit = seen.content.desired.content_commit.clone();
        let declaration = Box::new(declaration(&item, &post, post.content(), commit));
        let id = EntryId {
            key: item.key.clone(),
            target: item.target,
        };
        if seen
            .session
            .ledger()
            .entries
            .get(&id)
            .is_some_and(|entry| entry.state == State::Skipped)
        {
            continue;
        }
        let event = Event::Skip {
            declaration,
            reason: item.reason.clone(),
        };
        match seen.session.record(&[Change { id, event }]).await {
            Ok(applied) => {
                if let Some(Applied::Refused(refused)) = applied.first() {
                    report.problem(&item, Problem::refused(refused));
                }
            }
            Err(error) => report.problem(&item, Problem::ledger(&error)),
        }
    }
}

/// Puts the lockfile on the published branch when the ledger says something it does not.
/// `None`: there was nothing to write.
pub(super) async fn write_lockfile<W: World>(
    world: &W,
    seen: &Seen<'_, W>,
) -> Option<LockfileWritten> {
    if !seen.recorded.freezes.is_empty() {
        return None;
    }
    let ledger = seen.session.ledger();
    let (lockfile, text) = seen.standby.lockfile_of(ledger);
    let nothing_yet = seen.witness.is(None) && ledger.entries.is_empty();
    if nothing_yet || seen.witness.is(Some(&text)) {
        return None;
    }
    // The ledger may have been put back while this run worked: what the lockfile names and
    // the ledger lost must not be lost twice.
    let now = seen.standby.recorded(ledger, &seen.witness, None);
    if let Some(freeze) = now.freezes.first() {
        let problem = freeze.to_string();
        return Some(LockfileWritten::Failed { problem });
    }
    let written = world.lockfile().write(&text).await;
    match &written {
        LockfileWritten::Unchanged | LockfileWritten::Pushed | LockfileWritten::File => {
            seen.standby.wrote(lockfile, text);
        }
        LockfileWritten::Protected { .. } | LockfileWritten::Failed { .. } => {}
    }
    Some(written)
}
