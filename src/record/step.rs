//! The state machine of a ledger entry.
//!
//! Owns every transition: `step(entry, event) -> entry`. It is the whole of the promise
//! "never two posts": a create request is sent only by the owner of a durable `sending`
//! entry, one request an attempt, and only `step` makes such an entry. Must stay pure;
//! the simulation and the model checker explore this very function.
//!
//! Two events need care from the caller. `Moved` returns an entry under the new key: the
//! caller removes the old key in the same commit. A post that is brought under management
//! without ever having been sent from here (`import`) takes two events in one commit:
//! `Skip`, which makes the entry, then `Published` with
//! [`How::Imported`](super::entry::How::Imported).

mod edit;
mod event;
mod outcome;
mod start;
mod witness;

#[cfg(test)]
mod edit_tests;
#[cfg(test)]
mod outcome_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod start_tests;
#[cfg(test)]
mod witness_tests;

use chrono::TimeDelta;

use super::entry::{AttemptOutcome, Entry, SentDocument, State};
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use edit::{edit_lost, edited};
use outcome::{ended, expire, live, not_published, publish, replace, settled};
use start::{declare, park, reopen, skip};
use witness::{doubt, join};

pub use event::{Declaration, Event, Refused};
pub use start::may_probe;

/// A foreign `sending` this old becomes `unknown`. An owner aborts its own request 60 s
/// after declaring it, so nobody is cut short.
pub const SENDING_EXPIRES: TimeDelta = TimeDelta::minutes(4);
/// A person's "not published" is taken this long after the declaration when the outcome
/// was recorded as unknown by somebody else than the owner, who may still be alive.
pub const VERDICT_GRACE: TimeDelta = TimeDelta::minutes(15);
/// And at least this long after that doubt was recorded, whatever time the owner's clock
/// put into its declaration: the declaration came before the doubt, and an owner aborts its
/// request 60 s after declaring it, by a clock that nobody sets.
pub const DOUBT_GRACE: TimeDelta = TimeDelta::minutes(2);
/// A probe repeats an unknown attempt within this time of its declaration; LinkedIn's
/// only documented duplicate window is ten minutes.
pub const PROBE_WINDOW: TimeDelta = TimeDelta::minutes(5);
/// Applies one event to one entry.
///
/// # Errors
/// Says why the event does not apply; the entry is then unchanged.
pub fn step(entry: Option<&Entry>, event: Event) -> Result<Entry, Refused> {
    match (entry, event) {
        (
            entry,
            Event::Declare {
                declaration,
                owner,
                at,
                probe,
            },
        ) => declare(entry, *declaration, owner, at, probe),
        (
            entry,
            Event::Parked {
                declaration,
                uploaded,
                not_before,
                reason,
            },
        ) => park(entry, *declaration, uploaded, not_before, reason),
        (
            entry,
            Event::Skip {
                declaration,
                reason,
            },
        ) => skip(entry, *declaration, reason),
        (entry, Event::Witnessed { block, content, at }) => {
            join(entry, *block, content.map(|content| *content), at)
        }
        (
            entry,
            Event::Doubted {
                declaration,
                reason,
                at,
            },
        ) => doubt(entry, *declaration, reason, at),
        (None, _) => Err(Refused::NoEntry),
        (Some(entry), event) => change(entry.clone(), event),
    }
}

/// What happens to what an entry says of its post and of its document.
fn described(entry: Entry, event: Event) -> Result<Entry, Refused> {
    let state = entry.state;
    match event {
        Event::Edited {
            content,
            content_commit,
            document,
            replaces,
        } => edited(entry, *content, content_commit, document, &replaces),
        Event::EditLost => edit_lost(entry),
        Event::Recognised {
            digest,
            document,
            path,
        } => match entry.digest == digest {
            true => Ok(Entry {
                document: Some(document),
                path,
                ..entry
            }),
            false => Err(Refused::RecordChanged),
        },
        Event::Moved {
            key,
            path,
            digest,
            document,
        } => moved(entry, key, path, &digest, document),
        Event::Declare { .. }
        | Event::Published { .. }
        | Event::NotCreated { .. }
        | Event::Rejected { .. }
        | Event::Lost { .. }
        | Event::Expired { .. }
        | Event::NotPublished { .. }
        | Event::Replaced { .. }
        | Event::Reopened
        | Event::Skip { .. }
        | Event::Parked { .. }
        | Event::Witnessed { .. }
        | Event::Doubted { .. }
        | Event::Deleted { .. } => Err(Refused::Meaningless { state }),
    }
}

/// The entry under another key. The same key twice is the record of one post, so a key it
/// had before and has again is not a former one.
fn moved(
    mut entry: Entry,
    key: PostKey,
    path: ContentPath,
    digest: &Digest,
    document: Option<SentDocument>,
) -> Result<Entry, Refused> {
    if entry.digest != *digest {
        return Err(Refused::RecordChanged);
    }
    let former = std::mem::replace(&mut entry.key, key);
    entry
        .former_keys
        .retain(|known| *known != former && *known != entry.key);
    if former != entry.key {
        entry.former_keys.push(former);
    }
    entry.path = path;
    entry.document = document.or(entry.document);
    Ok(entry)
}

fn change(entry: Entry, event: Event) -> Result<Entry, Refused> {
    match event {
        Event::Published {
            nonce,
            urn,
            at,
            how,
            comment_id,
        } => {
            let next = publish(entry, nonce.as_deref(), urn, at, how)?;
            Ok(next.with_comment_id(comment_id))
        }
        Event::NotCreated {
            nonce,
            reason,
            not_before,
            uploaded,
        } => {
            let next = ended(entry, &nonce, AttemptOutcome::NotCreated, reason)?;
            Ok(settled(next, State::Retryable, not_before).with_uploads(uploaded))
        }
        Event::Rejected { nonce, reason } => {
            let next = ended(entry, &nonce, AttemptOutcome::Rejected, reason)?;
            Ok(settled(next, State::Rejected, None))
        }
        Event::Lost { nonce, reason } => {
            let mut next = ended(entry, &nonce, AttemptOutcome::Unknown, reason)?;
            next.state = State::Unknown;
            next.owner_saw_it_end = true;
            Ok(next)
        }
        Event::Expired { at, waited } => expire(entry, at, waited),
        Event::NotPublished { at, waited } => not_published(entry, at, waited),
        Event::Replaced { urn, replaces, at } => replace(entry, urn, &replaces, at),
        Event::Reopened => reopen(entry),
        Event::Edited { .. } | Event::EditLost | Event::Recognised { .. } | Event::Moved { .. } => {
            described(entry, event)
        }
        Event::Deleted { at } => {
            live(&entry)?;
            Ok(Entry {
                deleted_at: Some(at),
                ..entry
            })
        }
        Event::Declare { .. }
        | Event::Parked { .. }
        | Event::Skip { .. }
        | Event::Witnessed { .. }
        | Event::Doubted { .. } => Err(Refused::Meaningless { state: entry.state }),
    }
}
