//! What a pass writes down besides its actions.
//!
//! Owns expired declarations of others, late posts that are skipped by policy, and the
//! lockfile. Must not send anything.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::Instant;
use crate::model::key::PostKey;
use crate::pass::PassOptions;
use crate::pass::clocks::{TRUSTED, Trust};
use crate::pass::ledger::{Applied, Change};
use crate::pass::outcome::Problem;
use crate::pass::prepare::{declaration, document_of};
use crate::pass::results::Collector;
use crate::pass::see::Seen;
use crate::plan::{Action, Plan, PlanItem};
use crate::ports::{Clock, Journal, LedgerError, LockfileStore, LockfileWritten, World};
use crate::record::entry::LATE_SKIPPED;
use crate::record::journal::JournalLine;
use crate::record::step::SENDING_EXPIRES;
use crate::record::{Entry, EntryId, Event, Ledger, State};

/// Records what this machine remembers of its own runs that died, or could not record:
/// how their attempts ended, or how far they came. Failing to leaves the entries as they
/// are, and they expire.
pub(super) async fn remember<W: World>(seen: &mut Seen<'_, W>, world: &W) {
    let recalled = world.journal().recall();
    let ledger = seen.session.ledger();
    let home = world.journal().home();
    let told = recalled.memory.events(ledger, recalled.alone, &home);
    seen.standby.remember(&recalled.memory, &home);
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
/// How old one is may be told by a clock only where LinkedIn's says the same; else by how
/// long this machine has seen it stand.
///
/// # Errors
/// When the ledger cannot be written.
pub(super) async fn expire<W: World>(
    seen: &mut Seen<'_, W>,
    world: &W,
    options: &PassOptions,
) -> Result<(), LedgerError> {
    let seen_for = watched(seen, world);
    let now = world.clock().now();
    let entries = seen.session.ledger().entries.open();
    let sending: Vec<Entry> = entries
        .filter(|entry| entry.state == State::Sending)
        .cloned()
        .collect();
    let looks_old = |entry: &Entry| {
        let declared = entry.declared_at.map(|declared| now - declared);
        // One from the future says nothing, and this machine's clock may be the wrong one.
        declared.is_none_or(|age| age >= SENDING_EXPIRES || age <= -TRUSTED)
    };
    if !seen.recorded.freezes.is_empty() || !sending.iter().any(looks_old) {
        return Ok(());
    }
    let trust = seen.clock.ask(world, &options.endpoint).await;
    let time = trust.time(now);
    let changes: Vec<Change> = sending
        .iter()
        .filter_map(|entry| {
            let waited = seen_for
                .get(&entry.id())
                .is_some_and(|seen_for| *seen_for >= SENDING_EXPIRES);
            let old = |time: &Instant| {
                let declared = entry.declared_at;
                declared.is_none_or(|declared| *time - declared >= SENDING_EXPIRES)
            };
            let at = time.filter(old).or(waited.then_some(time.unwrap_or(now)))?;
            let event = Event::Expired { at, waited };
            Some(Change {
                id: entry.id(),
                event,
            })
        })
        .collect();
    if changes.is_empty() {
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
        .filter(|item| matches!(item.action, Action::Hold | Action::Unknown))
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

/// How long this machine has seen each open attempt stand as it stands, by a clock that
/// nobody sets. What is seen for the first time is noted.
pub(super) fn watched<W: World>(seen: &Seen<'_, W>, world: &W) -> BTreeMap<EntryId, TimeDelta> {
    let uptime = world.clock().uptime();
    let open = seen.session.ledger().entries.open();
    let open = open.filter(|entry| match entry.state {
        State::Sending => true,
        State::Unknown => !entry.owner_saw_it_end,
        State::Published | State::Retryable | State::Rejected | State::Skipped => false,
    });
    let watched = open.filter_map(|entry| {
        let nonce = &entry.owner.as_ref()?.nonce;
        let stand = format!("{nonce} {:?}", entry.state).to_lowercase();
        let line = |note| JournalLine {
            key: entry.key.clone(),
            target: entry.target,
            nonce: stand.clone(),
            at: world.clock().now(),
            note,
        };
        let first = seen.standby.first_seen(&stand, uptime, |note| {
            let _ = world.journal().note(&line(note));
        });
        let seen_for = TimeDelta::from_std(uptime.saturating_sub(first));
        Some((entry.id(), seen_for.unwrap_or(TimeDelta::MAX)))
    });
    watched.collect()
}

/// Whether the plan says that a late post is skipped, and the ledger does not yet.
pub(super) fn is_late_skip(item: &PlanItem) -> bool {
    item.reason.code == LATE_SKIPPED
}

/// Whether policy skipped it, and the plan says that its time lies ahead again.
pub(super) fn is_reopened(item: &PlanItem, ledger: &Ledger) -> bool {
    let id = EntryId {
        key: item.key.clone(),
        target: item.target,
    };
    let skipped = ledger.entries.get(&id);
    let judged_anew = matches!(item.action, Action::Wait | Action::Publish);
    judged_anew && skipped.is_some_and(Entry::is_skipped_by_policy)
}

/// Takes back skips by policy of posts whose time lies ahead.
pub(super) async fn reopen<W: World>(
    seen: &mut Seen<'_, W>,
    items: Vec<PlanItem>,
    report: &mut Collector,
) {
    let changes: Vec<Change> = items
        .iter()
        .map(|item| Change {
            id: EntryId {
                key: item.key.clone(),
                target: item.target,
            },
            event: Event::Reopened,
        })
        .collect();
    if changes.is_empty() {
        return;
    }
    if let Err(error) = seen.session.record(&changes).await {
        for item in &items {
            report.problem(item, Problem::ledger(&error));
        }
    }
}

/// Records late posts that policy skips, so that they stay skipped whatever the policy
/// says later.
pub(super) async fn skip_late<W: World>(
    seen: &mut Seen<'_, W>,
    items: Vec<PlanItem>,
    trust: Trust,
    report: &mut Collector,
) {
    for item in items {
        match trust {
            Trust::Checked => {}
            Trust::Wrong(skew) => {
                report.problem(&item, Problem::clock_wrong(skew));
                continue;
            }
            Trust::Unchecked => {
                report.problem(&item, Problem::clock_unchecked());
                continue;
            }
        }
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
