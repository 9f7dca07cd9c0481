//! What is left when a ledger was lost: what its witness says, and doubt.
//!
//! Owns how a lockfile block becomes an entry again, and how a post whose record may be
//! lost is kept from being sent. Must not say which posts that are: see
//! [`crate::record::rebuild`].

use super::event::{Declaration, Refused};
use super::outcome::publish;
use super::start::{sending, skip, successor};
use super::{VERDICT_GRACE, outcome};
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::record::entry::{Entry, How, Reason, State};
use crate::record::lockfile::{LockfileBlock, LockfileState};

/// Takes the lockfile's word. It beats everything but a request that may be under way, and
/// a post that is known already: another one is kept beside it.
pub(super) fn join(
    entry: Option<&Entry>,
    block: LockfileBlock,
    content: Option<PostContent>,
    at: Instant,
) -> Result<Entry, Refused> {
    let minted = block.urn.as_ref().and_then(|urn| urn.minted_at());
    let published_at = block.published_at.or(minted).unwrap_or(at);
    let Some(entry) = entry else {
        let made = block.into_entry(content);
        let published = made.urn.is_some().then_some(published_at);
        return Ok(Entry {
            published_at: published,
            ..made
        });
    };
    let Some(urn) = block.urn.clone() else {
        let declaration = declaration(block.into_entry(content));
        let reason = Reason::new("skipped", "the lockfile says that it never goes out");
        return skip(Some(entry), declaration, reason);
    };
    let first = entry.state != State::Published;
    let mut next = publish(
        entry.clone(),
        None,
        urn.clone(),
        published_at,
        How::Imported,
    )?;
    if next.urn == Some(urn) {
        if block.state == LockfileState::Deleted && outcome::live(&next).is_ok() {
            next.deleted_at = block.deleted_at;
        }
        // What was sent is what the lockfile names, not what an older attempt held.
        if first && next.digest != block.digest {
            let witnessed = block.into_entry(content);
            next.digest = witnessed.digest;
            next.content = witnessed.content;
            next.content_commit = witnessed.content_commit;
        }
    }
    Ok(next)
}

fn declaration(entry: Entry) -> Declaration {
    Declaration {
        key: entry.key,
        target: entry.target,
        path: entry.path,
        content: entry.content,
        content_commit: entry.content_commit,
        document: entry.document,
        scheduled_at: entry.scheduled_at,
    }
}

/// Keeps a post from being sent until a person has looked.
///
/// A run that declared it in the lost ledger may still be about to send: the verdict of a
/// person is taken at once, and a new attempt waits until that run cannot be alive. The
/// time of the lost declaration is not known, so the post is never probed.
pub(super) fn doubt(
    entry: Option<&Entry>,
    declaration: Declaration,
    reason: Reason,
    at: Instant,
) -> Result<Entry, Refused> {
    if let Some(entry) = entry {
        match entry.state {
            State::Retryable | State::Rejected => {}
            State::Published => return Err(Refused::AlreadyPublished),
            State::Sending => return Err(sending(entry)),
            State::Unknown => return Err(Refused::Unknown),
            State::Skipped => return Err(Refused::Skipped),
        }
    }
    let mut next = successor(entry, declaration);
    next.state = State::Unknown;
    next.declared_at = None;
    next.owner_saw_it_end = true;
    next.not_before = Some(at + VERDICT_GRACE);
    next.reason = Some(reason);
    Ok(next)
}
