//! The state machine of a ledger entry.
//!
//! Owns every transition: `step(entry, event) -> entry`. It is the whole of the promise
//! "never two posts": a create request is sent only by the owner of a durable `sending`
//! entry, one request an attempt, and only `step` makes such an entry. Must stay pure;
//! the simulation and the model checker explore this very function.

use chrono::TimeDelta;

use super::entry::{Attempt, AttemptOutcome, Entry, How, Owner, Reason, SentMedia, State};
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::PostUrn;

/// A foreign `sending` this old becomes `unknown`. An owner aborts its own request 60 s
/// after declaring it, so nobody is cut short.
pub const SENDING_EXPIRES: TimeDelta = TimeDelta::minutes(4);
/// A person's "not published" is taken this long after the declaration when the outcome
/// was recorded as unknown by somebody else than the owner, who may still be alive.
pub const VERDICT_GRACE: TimeDelta = TimeDelta::minutes(15);
/// A probe repeats an unknown attempt within this time of its declaration; LinkedIn's
/// only documented duplicate window is ten minutes.
pub const PROBE_WINDOW: TimeDelta = TimeDelta::minutes(5);

/// What an attempt is about to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The post.
    pub key: PostKey,
    /// Where it goes.
    pub target: Target,
    /// Its file.
    pub path: ContentPath,
    /// What will be sent.
    pub content: PostContent,
    /// Commit it was read from.
    pub content_commit: Option<String>,
    /// When it was meant to go out; `None`: on merge.
    pub scheduled_at: Option<Instant>,
}

/// Something that happened to an entry, or that somebody decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A runner wants to send.
    Declare {
        /// What it will send.
        declaration: Box<Declaration>,
        /// Who it is.
        owner: Owner,
        /// When.
        at: Instant,
        /// It repeats the identical bytes of an unknown attempt, to learn its outcome.
        probe: bool,
    },
    /// LinkedIn has the post.
    Published {
        /// The owner's nonce; `None` when a lookup found it or a person said so.
        nonce: Option<String>,
        /// The post.
        urn: PostUrn,
        /// When it went out.
        at: Instant,
        /// How it is known.
        how: How,
    },
    /// The owner knows that its attempt created nothing.
    NotCreated {
        /// The owner's nonce.
        nonce: String,
        /// Why not.
        reason: Reason,
        /// No new attempt before this.
        not_before: Option<Instant>,
    },
    /// LinkedIn refused the content.
    Rejected {
        /// The owner's nonce.
        nonce: String,
        /// LinkedIn's words.
        reason: Reason,
    },
    /// The owner does not know whether its attempt created a post.
    Lost {
        /// The owner's nonce.
        nonce: String,
        /// What went wrong.
        reason: Reason,
    },
    /// Somebody else's `sending` is older than [`SENDING_EXPIRES`].
    Expired {
        /// Now.
        at: Instant,
    },
    /// A person says that the unknown attempt created nothing.
    NotPublished {
        /// Now.
        at: Instant,
    },
    /// It shall never go out.
    Skip {
        /// What it would have been, for an entry that does not exist yet.
        declaration: Box<Declaration>,
        /// Why.
        reason: Reason,
    },
    /// Its media are uploaded but not yet ready; nothing was declared.
    Parked {
        /// What will be sent.
        declaration: Box<Declaration>,
        /// The uploads.
        uploaded: Vec<SentMedia>,
        /// When to look again.
        not_before: Instant,
        /// What it waits for.
        reason: Reason,
    },
    /// The live post's text was replaced.
    Edited {
        /// What the post says now.
        content: Box<PostContent>,
        /// Commit it was read from.
        content_commit: Option<String>,
    },
    /// The file was renamed; the entry goes on under another key.
    Moved {
        /// The new key.
        key: PostKey,
        /// The new file.
        path: ContentPath,
    },
    /// The live post was deleted.
    Deleted {
        /// When.
        at: Instant,
    },
}

/// Why an event does not apply to an entry. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no entry for it.
    #[error("nothing is recorded for this post")]
    NoEntry,
    /// The post is already published.
    #[error("the post is already published")]
    AlreadyPublished,
    /// A run has declared a request that may be under way.
    #[error("another run declared a request for it at {declared_at}")]
    Sending {
        /// When.
        declared_at: Instant,
    },
    /// Its outcome is unknown.
    #[error("its outcome is unknown")]
    Unknown,
    /// It was skipped.
    #[error("it was skipped")]
    Skipped,
    /// Too early for a new attempt.
    #[error("no new attempt before {not_before}")]
    NotBefore {
        /// The earliest time.
        not_before: Instant,
    },
    /// LinkedIn refused exactly this content before.
    #[error("LinkedIn refused exactly this content before")]
    StillRejected,
    /// The event's nonce is not the entry's.
    #[error("the attempt belongs to another run")]
    NotOwner,
    /// The owner of the attempt may still be alive.
    #[error("the run that declared the request may still be alive until {until}")]
    OwnerMayLive {
        /// When it cannot be any more.
        until: Instant,
    },
    /// The event does not fit the entry's state.
    #[error("it is {state:?}, where that has no meaning")]
    Meaningless {
        /// The entry's state.
        state: State,
    },
}

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
        ) => {
            may_start(entry, &declaration.content)?;
            let mut next = successor(entry, *declaration);
            next.state = State::Retryable;
            next.uploaded = uploaded;
            next.not_before = Some(not_before);
            next.reason = Some(reason);
            Ok(next)
        }
        (
            entry,
            Event::Skip {
                declaration,
                reason,
            },
        ) => skip(entry, *declaration, reason),
        (None, _) => Err(Refused::NoEntry),
        (Some(entry), event) => change(entry.clone(), event),
    }
}

fn declare(
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
        if let Some(not_before) = entry.and_then(|entry| entry.not_before)
            && at < not_before
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

fn may_probe(entry: Option<&Entry>, content: &PostContent, at: Instant) -> Result<(), Refused> {
    let entry = entry.ok_or(Refused::NoEntry)?;
    let declared = entry.declared_at.unwrap_or(at);
    let repeatable = entry.state == State::Unknown
        && entry.owner_saw_it_end
        && !entry.probe
        && entry.digest == content.digest()
        && at - declared <= PROBE_WINDOW;
    if repeatable {
        Ok(())
    } else {
        may_start(Some(entry), content).and(Err(Refused::Unknown))
    }
}

fn sending(entry: &Entry) -> Refused {
    match entry.declared_at {
        Some(declared_at) => Refused::Sending { declared_at },
        None => Refused::Meaningless { state: entry.state },
    }
}

/// The entry that follows `entry` for this declaration: its history goes on.
fn successor(entry: Option<&Entry>, declaration: Declaration) -> Entry {
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
        scheduled_at: declaration.scheduled_at,
        declared_at: previous.as_ref().and_then(|entry| entry.declared_at),
        owner_saw_it_end: false,
        probe: false,
        not_before: None,
        uploaded: Vec::new(),
        urn: None,
        published_at: None,
        how: None,
        deleted_at: None,
        also: previous
            .as_ref()
            .map(|entry| entry.also.clone())
            .unwrap_or_default(),
        reason: None,
        history: previous.map(|entry| entry.history).unwrap_or_default(),
    }
}

fn skip(entry: Option<&Entry>, declaration: Declaration, reason: Reason) -> Result<Entry, Refused> {
    match entry.map(|entry| entry.state) {
        Some(State::Published) => Err(Refused::AlreadyPublished),
        Some(State::Sending) => Err(entry.map_or(Refused::NoEntry, sending)),
        Some(State::Unknown | State::Retryable | State::Rejected | State::Skipped) | None => {
            let mut next = successor(entry, declaration);
            next.state = State::Skipped;
            next.reason = Some(reason);
            Ok(next)
        }
    }
}

fn change(entry: Entry, event: Event) -> Result<Entry, Refused> {
    match event {
        Event::Published {
            nonce,
            urn,
            at,
            how,
        } => publish(entry, nonce.as_deref(), urn, at, how),
        Event::NotCreated {
            nonce,
            reason,
            not_before,
        } => {
            let mut next = ended(entry, &nonce, AttemptOutcome::NotCreated, reason)?;
            next.state = State::Retryable;
            next.not_before = not_before;
            Ok(next)
        }
        Event::Rejected { nonce, reason } => {
            let mut next = ended(entry, &nonce, AttemptOutcome::Rejected, reason)?;
            next.state = State::Rejected;
            Ok(next)
        }
        Event::Lost { nonce, reason } => {
            let mut next = ended(entry, &nonce, AttemptOutcome::Unknown, reason)?;
            next.state = State::Unknown;
            next.owner_saw_it_end = true;
            Ok(next)
        }
        Event::Expired { at } => expire(entry, at),
        Event::NotPublished { at } => not_published(entry, at),
        Event::Edited {
            content,
            content_commit,
        } => {
            live(&entry)?;
            Ok(Entry {
                digest: content.digest(),
                content: *content,
                content_commit,
                ..entry
            })
        }
        Event::Moved { key, path } => Ok(Entry { key, path, ..entry }),
        Event::Deleted { at } => {
            live(&entry)?;
            Ok(Entry {
                deleted_at: Some(at),
                ..entry
            })
        }
        Event::Declare { .. } | Event::Parked { .. } | Event::Skip { .. } => {
            Err(Refused::Meaningless { state: entry.state })
        }
    }
}

fn live(entry: &Entry) -> Result<(), Refused> {
    let live = entry.state == State::Published && entry.deleted_at.is_none();
    if live {
        Ok(())
    } else {
        Err(Refused::Meaningless { state: entry.state })
    }
}

/// A post that exists is recorded whatever else was believed, except over another one.
fn publish(
    mut entry: Entry,
    nonce: Option<&str>,
    urn: PostUrn,
    at: Instant,
    how: How,
) -> Result<Entry, Refused> {
    if entry.state == State::Published {
        if entry.urn.as_ref() != Some(&urn) && !entry.also.contains(&urn) {
            entry.also.push(urn);
        }
        return Ok(entry);
    }
    if nonce.is_none() && entry.state == State::Sending {
        return Err(sending(&entry));
    }
    if entry.state == State::Sending {
        record_attempt(&mut entry, AttemptOutcome::Created, None);
    }
    entry.state = State::Published;
    entry.urn = Some(urn);
    entry.published_at = Some(at);
    entry.how = Some(how);
    entry.not_before = None;
    entry.uploaded = Vec::new();
    entry.reason = None;
    Ok(entry)
}

/// Ends the current attempt of its owner. An owner may also correct an `unknown` that
/// somebody else recorded about its attempt while it was still alive.
fn ended(
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
        State::Unknown if !entry.owner_saw_it_end => {
            entry.history.pop();
        }
        State::Unknown | State::Retryable | State::Rejected | State::Skipped => {
            return Err(Refused::Meaningless { state: entry.state });
        }
        State::Published => return Err(Refused::AlreadyPublished),
    }
    record_attempt(&mut entry, outcome, Some(reason.clone()));
    entry.reason = Some(reason);
    Ok(entry)
}

fn record_attempt(entry: &mut Entry, outcome: AttemptOutcome, reason: Option<Reason>) {
    if let Some(declared_at) = entry.declared_at {
        entry.history.push(Attempt {
            attempt: entry.attempt,
            declared_at,
            outcome,
            reason,
        });
    }
}

fn expire(mut entry: Entry, at: Instant) -> Result<Entry, Refused> {
    if entry.state != State::Sending {
        return Err(Refused::Meaningless { state: entry.state });
    }
    if entry
        .declared_at
        .is_some_and(|declared| at - declared < SENDING_EXPIRES)
    {
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
    entry.reason = Some(reason);
    Ok(entry)
}

fn not_published(mut entry: Entry, at: Instant) -> Result<Entry, Refused> {
    if entry.state == State::Published {
        return Err(Refused::AlreadyPublished);
    }
    if entry.state == State::Sending {
        return Err(sending(&entry));
    }
    if entry.state != State::Unknown {
        return Err(Refused::Meaningless { state: entry.state });
    }
    if let Some(declared) = entry.declared_at
        && !entry.owner_saw_it_end
        && at - declared < VERDICT_GRACE
    {
        return Err(Refused::OwnerMayLive {
            until: declared + VERDICT_GRACE,
        });
    }
    entry.state = State::Retryable;
    entry.not_before = None;
    entry.reason = Some(Reason::new(
        "not-published",
        "a person said that it was not published",
    ));
    Ok(entry)
}
