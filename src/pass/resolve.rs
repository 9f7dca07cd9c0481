//! A person settles an outcome.
//!
//! Owns `resolve`: one event on one entry, after a declaration nobody can own any more
//! has expired. Must not send anything.

use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::pass::PassOptions;
use crate::pass::ledger::{Applied, Change};
use crate::pass::prepare::declaration;
use crate::pass::see::{Seen, Stop, see};
use crate::plan::Plan;
use crate::ports::{Clock, World};
use crate::record::step::SENDING_EXPIRES;
use crate::record::{Declaration, Entry, EntryId, Event, How, Reason, Refused, State};

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is on LinkedIn as this.
    Published(PostUrn),
    /// It is not on LinkedIn.
    NotPublished,
    /// It shall never go out.
    Skip,
}

/// What became of a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// It is recorded.
    Recorded,
    /// Nothing is recorded and no document has this key.
    NoSuchPost,
    /// It does not apply; nothing was changed.
    Refused(Refused),
}

/// Records `verdict` about `key`, or about its first comment.
///
/// # Errors
/// When content or ledger cannot be read or written.
pub async fn resolve<W: World>(
    world: &W,
    options: &PassOptions,
    (key, target): (&PostKey, Target),
    verdict: Verdict,
) -> Result<Resolved, Stop> {
    let mut seen = see(world, options).await?;
    let id = EntryId {
        key: key.clone(),
        target,
    };
    crate::pass::settle::remember(&mut seen, world).await;
    let now = world.clock().now();
    let entry = seen.session.ledger().entries.get(&id).cloned();
    let mut changes = Vec::new();
    if let Some(entry) = &entry
        && entry.state == State::Sending
        && entry
            .declared_at
            .is_none_or(|declared| now - declared >= SENDING_EXPIRES)
    {
        changes.push(Change {
            id: id.clone(),
            event: Event::Expired { at: now },
        });
    }
    let event = match verdict {
        Verdict::NotPublished => Event::NotPublished { at: now },
        Verdict::Published(urn) => {
            let at = urn.minted_at().unwrap_or(now);
            Event::Published {
                nonce: None,
                urn,
                at,
                how: How::Resolved,
                comment_id: None,
            }
        }
        Verdict::Skip => {
            let plan = seen.plan(world, options);
            match skip(&seen, &plan, &id, entry.as_ref()) {
                Some(event) => event,
                None => return Ok(Resolved::NoSuchPost),
            }
        }
    };
    if entry.is_none() && !matches!(event, Event::Skip { .. }) {
        return Ok(Resolved::NoSuchPost);
    }
    changes.extend(comment_too(&seen, &id, &event));
    changes.push(Change { id, event });
    let applied = seen.session.record(&changes).await?;
    crate::pass::settle::write_lockfile(world, &seen).await;
    Ok(match applied.last() {
        Some(Applied::Refused(refused)) => Resolved::Refused(refused.clone()),
        Some(Applied::Recorded) | None => Resolved::Recorded,
    })
}

/// Post and first comment are doubted together when a ledger is lost. Where there is no
/// post, there is no comment below it either.
fn comment_too<W: World>(seen: &Seen<'_, W>, id: &EntryId, event: &Event) -> Option<Change> {
    let Event::NotPublished { at } = event else {
        return None;
    };
    let doubted = |id: &EntryId| {
        let entry = seen.session.ledger().entries.get(id);
        let entry = entry.filter(|entry| entry.state == State::Unknown && entry.urn.is_none());
        let reason = entry.and_then(|entry| entry.reason.as_ref());
        reason.is_some_and(|reason| reason.code == "ledger-lost")
    };
    let comment = EntryId {
        key: id.key.clone(),
        target: Target::Comment,
    };
    let both = id.target == Target::Linkedin && doubted(id) && doubted(&comment);
    both.then_some(Change {
        id: comment,
        event: Event::NotPublished { at: *at },
    })
}

/// A post is given up as it is written now, else as it was recorded.
fn skip<W: World>(
    seen: &Seen<'_, W>,
    plan: &Plan,
    id: &EntryId,
    entry: Option<&Entry>,
) -> Option<Event> {
    let desired = plan
        .items
        .iter()
        .find(|item| item.key == id.key && item.target == id.target)
        .and_then(|item| {
            let post = seen.post(item)?;
            let content = match id.target {
                Target::Linkedin => post.content(),
                Target::Comment => post.comment()?,
            };
            Some((item, post, content))
        });
    let commit = seen.content.desired.content_commit.clone();
    let declaration = match (desired, entry) {
        (Some((item, post, content)), _) => declaration(item, post, content, commit),
        (None, Some(entry)) => as_recorded(entry),
        (None, None) => return None,
    };
    Some(Event::Skip {
        declaration: Box::new(declaration),
        reason: Reason::new("skipped", "a person decided that it never goes out"),
    })
}

fn as_recorded(entry: &Entry) -> Declaration {
    Declaration {
        key: entry.key.clone(),
        target: entry.target,
        path: entry.path.clone(),
        content: entry.content.clone(),
        content_commit: entry.content_commit.clone(),
        document: entry.document.clone(),
        scheduled_at: entry.scheduled_at,
    }
}
