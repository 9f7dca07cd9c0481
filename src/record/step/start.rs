//! How an attempt begins, or is given up before it began.
//!
//! Owns the only way into `sending`, and the questions asked before it. Must not record
//! how an attempt ended: see [`super::outcome`].

use chrono::TimeDelta;

use super::PROBE_WINDOW;
use super::event::{Declaration, Refused};
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::record::entry::{Entry, Owner, Reason, SentMedia, State, longest_wait};

pub(super) fn declare(
    entry: Option<&Entry>,
    declaration: Declaration,
    owner: Owner,
    at: Instant,
    probe: bool,
) -> Result<Entry, Refused> {
    if probe {
        may_probe(entry, &declaration.content, at)?;
    } else {
        may_start(entry, &declaration.content)?;
        // Whoever declares has compared its clock before it took a longer wait for an error.
        if let Some(not_before) = entry.and_then(|entry| entry.not_before)
            && at < not_before
            && not_before <= longest_wait(at)
        {
            return Err(Refused::NotBefore { not_before });
        }
    }
    let mut next = successor(entry, declaration);
    next.state = State::Sending;
    next.attempt += 1;
    next.owner = Some(owner);
    next.declared_at = Some(at);
    next.owner_saw_it_end = false;
    next.probe = probe;
    next.not_before = None;
    next.uploaded = Vec::new();
    next.reason = None;
    Ok(next)
}

/// Whether an attempt may be prepared or declared at all.
fn may_start(entry: Option<&Entry>, content: &PostContent) -> Result<(), Refused> {
    let Some(entry) = entry else { return Ok(()) };
    match entry.state {
        State::Retryable => Ok(()),
        State::Rejected if entry.digest == content.digest() => Err(Refused::StillRejected),
        State::Rejected => Ok(()),
        State::Published => Err(Refused::AlreadyPublished),
        State::Sending => Err(sending(entry)),
        State::Unknown => Err(Refused::Unknown),
        State::Skipped => Err(Refused::Skipped),
    }
}

/// Whether an unknown attempt may be repeated at `at`, with the identical bytes, to learn
/// its outcome.
///
/// Only for an attempt whose own runner saw it end, once, within [`PROBE_WINDOW`], and for
/// a post without media: the record does not hold the names LinkedIn gave the uploaded
/// files, so a post with media could not be repeated byte for byte.
///
/// # Errors
/// Says why not.
pub fn may_probe(entry: Option<&Entry>, content: &PostContent, at: Instant) -> Result<(), Refused> {
    let entry = entry.ok_or(Refused::NoEntry)?;
    let in_window = entry.declared_at.is_some_and(|declared| {
        // A clock that is behind the declaration says nothing about how old it is.
        (TimeDelta::zero()..=PROBE_WINDOW).contains(&(at - declared))
    });
    let repeatable = entry.state == State::Unknown
        && entry.owner_saw_it_end
        && !entry.probe
        && entry.digest == content.digest()
        && content.uploads().next().is_none()
        && in_window;
    match may_start(Some(entry), content) {
        _ if repeatable => Ok(()),
        Ok(()) => Err(Refused::Meaningless { state: entry.state }),
        Err(refused) => Err(refused),
    }
}

pub(super) fn sending(entry: &Entry) -> Refused {
    match entry.declared_at {
        Some(declared_at) => Refused::Sending { declared_at },
        None => Refused::Meaningless { state: entry.state },
    }
}

/// The entry that follows `entry` for this declaration: its history goes on.
pub(super) fn successor(entry: Option<&Entry>, declaration: Declaration) -> Entry {
    let previous = entry.cloned();
    Entry {
        format: Entry::FORMAT,
        key: declaration.key,
        target: declaration.target,
        path: declaration.path,
        state: State::Retryable,
        attempt: previous.as_ref().map_or(0, |entry| entry.attempt),
        owner: previous.as_ref().and_then(|entry| entry.owner.clone()),
        digest: declaration.content.digest(),
        content: declaration.content,
        content_commit: declaration.content_commit,
        document: declaration.document,
        former_keys: previous
            .as_ref()
            .map(|entry| entry.former_keys.clone())
            .unwrap_or_default(),
        scheduled_at: declaration.scheduled_at,
        declared_at: previous.as_ref().and_then(|entry| entry.declared_at),
        owner_saw_it_end: false,
        doubted_at: None,
        probe: false,
        not_before: None,
        uploaded: Vec::new(),
        urn: None,
        comment_id: None,
        published_at: None,
        how: None,
        deleted_at: None,
        also: previous
            .as_ref()
            .map(|entry| entry.also.clone())
            .unwrap_or_default(),
        replaced: previous
            .as_ref()
            .map(|entry| entry.replaced.clone())
            .unwrap_or_default(),
        text_unsure: false,
        skip_ended: previous.as_ref().is_some_and(|entry| entry.skip_ended),
        reason: None,
        history: previous.map(|entry| entry.history).unwrap_or_default(),
    }
}

/// Prepares an attempt without declaring it: its media wait at LinkedIn.
pub(super) fn park(
    entry: Option<&Entry>,
    declaration: Declaration,
    uploaded: Vec<SentMedia>,
    not_before: Instant,
    reason: Reason,
) -> Result<Entry, Refused> {
    may_start(entry, &declaration.content)?;
    let mut next = successor(entry, declaration);
    next.state = State::Retryable;
    next.uploaded = uploaded;
    // An earlier limit may be there for another reason than media, and holds on.
    let earlier = entry.and_then(|entry| entry.not_before);
    let earlier = earlier.filter(|earlier| *earlier <= longest_wait(not_before));
    next.not_before = earlier.max(Some(not_before));
    next.reason = Some(reason);
    Ok(next)
}

/// Gives a post up. What an earlier attempt sent stays recorded: it tells the post again
/// after a rename, and tells people what may be on LinkedIn.
pub(super) fn skip(
    entry: Option<&Entry>,
    declaration: Declaration,
    reason: Reason,
) -> Result<Entry, Refused> {
    let mut next = match entry {
        None => successor(None, declaration),
        Some(entry) => match entry.state {
            State::Published => return Err(Refused::AlreadyPublished),
            State::Sending => return Err(sending(entry)),
            State::Unknown | State::Retryable | State::Rejected | State::Skipped => entry.clone(),
        },
    };
    next.state = State::Skipped;
    next.not_before = None;
    next.uploaded = Vec::new();
    next.reason = Some(reason);
    Ok(next)
}

/// Takes a skip by policy back: the time of the file lies ahead of it. Only a policy may be
/// undone by a new time, never a person's decision.
pub(super) fn reopen(entry: Entry) -> Result<Entry, Refused> {
    if !entry.is_skipped_by_policy() {
        return Err(Refused::Meaningless { state: entry.state });
    }
    Ok(Entry {
        state: State::Retryable,
        skip_ended: true,
        reason: Some(Reason::new(
            "skip-ended",
            "it was skipped for being late, and its time lies ahead again",
        )),
        ..entry
    })
}
