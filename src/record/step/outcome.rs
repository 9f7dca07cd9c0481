//! How an attempt ends, and what may still be learned about it afterwards.
//!
//! Owns who may say what about an attempt: its owner anything, everybody else only that
//! a post exists or that the owner has gone silent. Must not begin an attempt: see
//! [`super::start`].

use super::event::Refused;
use super::start::sending;
use super::{DOUBT_GRACE, SENDING_EXPIRES, VERDICT_GRACE};
use crate::model::Instant;
use crate::model::urn::PostUrn;
use crate::record::entry::{Attempt, AttemptOutcome, Entry, How, Reason, State};

/// Whether there is a live post to change.
pub(super) fn live(entry: &Entry) -> Result<(), Refused> {
    let live = entry.state == State::Published && entry.deleted_at.is_none();
    if live {
        Ok(())
    } else {
        Err(Refused::Meaningless { state: entry.state })
    }
}

/// A post that exists is recorded whatever else was believed and whoever says so, except
/// over another one, which is kept beside it.
pub(super) fn publish(
    mut entry: Entry,
    nonce: Option<&str>,
    urn: PostUrn,
    at: Instant,
    how: How,
) -> Result<Entry, Refused> {
    if entry.state == State::Published && entry.urn.is_some() {
        if entry.urn.as_ref() != Some(&urn) && !entry.also.contains(&urn) {
            entry.also.push(urn);
        }
        return Ok(entry);
    }
    match nonce {
        None if entry.state == State::Sending => return Err(sending(&entry)),
        // Only the owner knows what became of the current attempt. Somebody else's news
        // is about an older one and says nothing about it.
        Some(nonce) if entry.is_owned_by(nonce) => credit(&mut entry, how),
        Some(_) | None => {}
    }
    entry.state = State::Published;
    entry.urn = Some(urn);
    entry.published_at = Some(at);
    entry.how = Some(how);
    entry.not_before = None;
    entry.uploaded = Vec::new();
    entry.reason = None;
    entry.doubted_at = None;
    Ok(entry)
}

/// Takes a person's word that the post is `urn` and not `replaces`.
pub(super) fn replace(
    mut entry: Entry,
    urn: PostUrn,
    replaces: &PostUrn,
    at: Instant,
) -> Result<Entry, Refused> {
    live(&entry)?;
    let was = entry.urn.as_ref() == Some(replaces);
    if urn == *replaces || !(was || entry.also.contains(replaces)) {
        let urn = replaces.clone();
        return Err(Refused::NotRecorded { urn });
    }
    if !was && entry.urn.as_ref() != Some(&urn) {
        let urn = entry.urn.clone();
        return Err(urn.map_or(Refused::NoEntry, |urn| Refused::RecordedAs { urn }));
    }
    entry.also.retain(|also| also != replaces && *also != urn);
    entry.replaced.retain(|replaced| *replaced != urn);
    if !entry.replaced.contains(replaces) {
        entry.replaced.push(replaces.clone());
    }
    if was {
        entry.urn = Some(urn);
        entry.published_at = Some(at);
        entry.how = Some(How::Resolved);
    }
    Ok(entry)
}

/// Writes into the history which attempt made the post. A duplicate answer means that
/// this attempt made nothing and the newest unknown one before it did.
fn credit(entry: &mut Entry, how: How) {
    let current = entry.attempt;
    let earlier = entry
        .history
        .iter_mut()
        .rev()
        .find(|past| past.attempt < current && past.outcome == AttemptOutcome::Unknown);
    match (how, earlier) {
        (How::Duplicate, Some(earlier)) => {
            earlier.outcome = AttemptOutcome::Created;
            let reason = Reason::new(
                "duplicate",
                "LinkedIn answered that the post of an earlier attempt exists",
            );
            record_attempt(entry, AttemptOutcome::NotCreated, Some(reason));
        }
        (
            How::Duplicate | How::Created | How::Found | How::Resolved | How::Imported,
            Some(_) | None,
        ) => record_attempt(entry, AttemptOutcome::Created, None),
    }
}

/// Ends the current attempt of its owner. An owner may also correct an `unknown` that
/// somebody else recorded about its attempt while it was still alive.
pub(super) fn ended(
    mut entry: Entry,
    nonce: &str,
    outcome: AttemptOutcome,
    reason: Reason,
) -> Result<Entry, Refused> {
    if !entry.is_owned_by(nonce) {
        return Err(Refused::NotOwner);
    }
    match entry.state {
        State::Sending => {}
        State::Unknown if !entry.owner_saw_it_end => {}
        State::Unknown | State::Retryable | State::Rejected | State::Skipped => {
            return Err(Refused::Meaningless { state: entry.state });
        }
        State::Published => return Err(Refused::AlreadyPublished),
    }
    record_attempt(&mut entry, outcome, Some(reason.clone()));
    entry.reason = Some(reason);
    Ok(entry)
}

/// The entry after an attempt that created nothing. A probe that created nothing has told
/// nothing about the attempt it repeated: that one stays unknown, and is not probed again.
pub(super) fn settled(mut entry: Entry, state: State, not_before: Option<Instant>) -> Entry {
    if entry.probe {
        entry.state = State::Unknown;
        entry.owner_saw_it_end = true;
    } else {
        entry.state = state;
        entry.not_before = not_before;
    }
    entry
}

/// Writes how the current attempt ended, over what was believed about it before.
fn record_attempt(entry: &mut Entry, outcome: AttemptOutcome, reason: Option<Reason>) {
    let Some(declared_at) = entry.declared_at else {
        return;
    };
    let current = entry.attempt;
    entry.history.retain(|past| past.attempt != current);
    entry.history.push(Attempt {
        attempt: current,
        declared_at,
        outcome,
        reason,
    });
}

/// Gives up waiting for the owner of a `sending`.
pub(super) fn expire(mut entry: Entry, at: Instant, waited: bool) -> Result<Entry, Refused> {
    if entry.state != State::Sending {
        return Err(Refused::Meaningless { state: entry.state });
    }
    let declared = entry.declared_at.filter(|_| !waited);
    if declared.is_some_and(|declared| at - declared < SENDING_EXPIRES) {
        return Err(sending(&entry));
    }
    let runner = entry
        .owner
        .as_ref()
        .map_or("a run", |owner| owner.runner.as_str());
    let reason = Reason::new(
        "owner-silent",
        format!("{runner} declared the request and never recorded its outcome"),
    );
    record_attempt(&mut entry, AttemptOutcome::Unknown, Some(reason.clone()));
    entry.state = State::Unknown;
    entry.owner_saw_it_end = false;
    entry.doubted_at = Some(at);
    entry.reason = Some(reason);
    Ok(entry)
}

/// Takes a person's word that an unknown attempt created nothing.
///
/// Where somebody else than the owner recorded it as unknown, the owner may still be alive.
/// Its own clock may be wrong by days, so the time of its declaration alone says nothing:
/// a shorter grace counts from the moment at which the doubt was recorded.
pub(super) fn not_published(mut entry: Entry, at: Instant, waited: bool) -> Result<Entry, Refused> {
    match entry.state {
        State::Unknown => {}
        State::Published => return Err(Refused::AlreadyPublished),
        State::Sending => return Err(sending(&entry)),
        State::Retryable | State::Rejected | State::Skipped => {
            return Err(Refused::Meaningless { state: entry.state });
        }
    }
    let declared = entry.declared_at.map(|at| at + VERDICT_GRACE);
    let doubted = entry.doubted_at.map(|at| at + DOUBT_GRACE);
    if let Some(until) = declared.max(doubted)
        && !entry.owner_saw_it_end
        && !waited
        && at < until
    {
        return Err(Refused::OwnerMayLive { until });
    }
    // `not_before` stays: after a lost ledger a run may still be alive that nobody knows.
    entry.state = State::Retryable;
    entry.reason = Some(Reason::new(
        "not-published",
        "a person said that it was not published",
    ));
    Ok(entry)
}
