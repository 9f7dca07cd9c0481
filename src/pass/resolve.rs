//! A person settles an outcome.
//!
//! Owns `resolve`: one event on one entry, after a declaration nobody can own any more
//! has expired. Must not send anything.

use chrono::{Datelike as _, TimeDelta};

use crate::linkedin::client::Client;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::{AuthorKind, AuthorUrn, PostUrn};
use crate::pass::begin::begin;
use crate::pass::clocks::TRUSTED;
use crate::pass::ledger::{Applied, Change};
use crate::pass::prepare::declaration;
use crate::pass::see::{Seen, Stop, see};
use crate::pass::{Credentials, PassOptions, settle};
use crate::plan::Plan;
use crate::ports::{Clock, World};
use crate::record::step::{SENDING_EXPIRES, VERDICT_GRACE};
use crate::record::{Declaration, Entry, EntryId, Event, How, Reason, Refused, State};

/// No post is older.
const LINKEDIN_BEGAN: i32 = 2003;

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is on LinkedIn as this.
    Published(PostUrn),
    /// It is on LinkedIn as `urn`; `replaces` was recorded for it, and is wrong or deleted.
    Replaced {
        /// The post.
        urn: PostUrn,
        /// The one that was recorded.
        replaces: PostUrn,
    },
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
    /// Another post is recorded as that URN; nothing was changed.
    Taken {
        /// Its key.
        by: PostKey,
    },
    /// LinkedIn says that somebody else published it; nothing was changed.
    OtherAuthor {
        /// Who.
        author: AuthorUrn,
    },
    /// How old the declaration is cannot be told: LinkedIn did not say what time it is. So
    /// long this machine has to wait by its own count; nothing was changed.
    ClockUnchecked {
        /// How long.
        wait: TimeDelta,
    },
}

/// What became of a verdict, and what the record said before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What became of it.
    pub resolved: Resolved,
    /// The entry before; `None`: there was none.
    pub before: Option<Entry>,
    /// The entry now.
    pub after: Option<Entry>,
}

/// Records `verdict` about `key`, or about its first comment.
///
/// # Errors
/// When content or ledger cannot be read or written.
pub async fn resolve<W: World>(
    world: &W,
    options: &PassOptions,
    of: (&PostKey, Target),
    verdict: Verdict,
) -> Result<Resolved, Stop> {
    let settled = resolve_with(world, options, None, of, verdict).await?;
    Ok(settled.resolved)
}

/// The same, asking LinkedIn who published a post where `credentials` may read it.
///
/// # Errors
/// As [`resolve`].
pub async fn resolve_with<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: Option<&Credentials<'_>>,
    (key, target): (&PostKey, Target),
    verdict: Verdict,
) -> Result<Settlement, Stop> {
    let mut seen = see(world, options).await?;
    // Recording something would begin a ledger, and make it look whole.
    seen.refuse_frozen()?;
    begin(&mut seen, world).await?;
    let id = EntryId {
        key: key.clone(),
        target,
    };
    settle::remember(&mut seen, world).await;
    let before = seen.session.ledger().entries.get(&id).cloned();
    let unchanged = |resolved| Settlement {
        resolved,
        before: before.clone(),
        after: before.clone(),
    };
    if let Some(refused) = refused(&seen, &id, before.as_ref(), &verdict) {
        return Ok(unchanged(refused));
    }
    if let (Some(entry), Some(urn), Some(credentials)) = (&before, urn_of(&verdict), credentials)
        && let Some(author) = other_author(&seen, world, options, credentials, entry, urn).await
    {
        return Ok(unchanged(Resolved::OtherAuthor { author }));
    }
    let age = Age::of(&mut seen, world, options, before.as_ref()).await;
    if let Some(wait) = age.wait_unchecked(before.as_ref(), &verdict) {
        return Ok(unchanged(Resolved::ClockUnchecked { wait }));
    }
    let subject = (&id, before.as_ref());
    let Some(event) = event(&seen, world, options, subject, verdict, &age) else {
        return Ok(unchanged(Resolved::NoSuchPost));
    };
    let of = |event| Change {
        id: id.clone(),
        event,
    };
    let expired = age.expired(before.as_ref()).map(of);
    let mut changes: Vec<Change> = expired.into_iter().collect();
    changes.extend(comment_too(&seen, &id, &event));
    changes.push(of(event));
    let applied = seen.session.record(&changes).await?;
    settle::write_lockfile(world, &seen).await;
    let after = seen.session.ledger().entries.get(&id).cloned();
    Ok(Settlement {
        resolved: match applied.last() {
            Some(Applied::Refused(refused)) => Resolved::Refused(refused.clone()),
            Some(Applied::Recorded) | None => Resolved::Recorded,
        },
        before,
        after,
    })
}

fn urn_of(verdict: &Verdict) -> Option<&PostUrn> {
    match verdict {
        Verdict::Published(urn) | Verdict::Replaced { urn, .. } => Some(urn),
        Verdict::NotPublished | Verdict::Skip => None,
    }
}

/// Why a URN is not taken, by the record alone.
fn refused<W: World>(
    seen: &Seen<'_, W>,
    id: &EntryId,
    entry: Option<&Entry>,
    verdict: &Verdict,
) -> Option<Resolved> {
    let urn = urn_of(verdict)?;
    if let Some(holder) = seen.session.ledger().holder(urn, id) {
        let by = holder.key.clone();
        return Some(Resolved::Taken { by });
    }
    let recorded = entry.filter(|entry| entry.state == State::Published)?;
    let settles = recorded.urn.as_ref() == Some(urn) && recorded.also.is_empty();
    match (verdict, &recorded.urn) {
        (Verdict::Published(_), Some(recorded)) if !settles => {
            let urn = recorded.clone();
            Some(Resolved::Refused(Refused::RecordedAs { urn }))
        }
        _ => None,
    }
}

/// Who published `urn`, where LinkedIn tells and it is not the post's author. A member's
/// posts may be read by nobody.
async fn other_author<W: World>(
    seen: &Seen<'_, W>,
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    entry: &Entry,
    urn: &PostUrn,
) -> Option<AuthorUrn> {
    let author = &entry.content.author;
    if author.kind() != AuthorKind::Organization {
        return None;
    }
    let token = credentials(seen.config(), author).await.ok()?;
    let client = Client {
        transport: world.transport(),
        endpoint: &options.endpoint,
        api_version: &seen.content.config.api_version,
    };
    let found = client.get_post(&token, urn, world.clock()).await.ok()?;
    found.author.filter(|found| found != author)
}

/// How old a declaration or a doubt is, as far as it can be told.
struct Age {
    now: Instant,
    /// What time it is, where LinkedIn's clock tells.
    time: Option<Instant>,
    /// How long this machine has seen it stand as it stands.
    seen_for: TimeDelta,
    /// It was declared in the future of a clock that was checked.
    ahead: bool,
}

impl Age {
    async fn of<W: World>(
        seen: &mut Seen<'_, W>,
        world: &W,
        options: &PassOptions,
        entry: Option<&Entry>,
    ) -> Self {
        let now = world.clock().now();
        let mut age = Self {
            now,
            time: None,
            seen_for: TimeDelta::zero(),
            ahead: false,
        };
        let Some(entry) = entry.filter(|entry| owner_may_live(entry)) else {
            return age;
        };
        let watched = settle::watched(seen, world);
        let seen_for = watched.get(&entry.id()).copied();
        age.seen_for = seen_for.unwrap_or_default();
        age.time = seen.clock.ask(world, &options.endpoint).await.time(now);
        let ahead = |time: Instant| entry.declared_at.is_some_and(|at| at - time > TRUSTED);
        age.ahead = age.time.is_some_and(ahead);
        age
    }

    fn waited(&self, limit: TimeDelta) -> bool {
        self.ahead || self.seen_for >= limit
    }

    /// The declaration is given up first, where it is old.
    fn expired(&self, entry: Option<&Entry>) -> Option<Event> {
        let entry = entry.filter(|entry| entry.state == State::Sending)?;
        let old = |time: Instant| {
            let declared = entry.declared_at;
            declared.is_none_or(|declared| time - declared >= SENDING_EXPIRES)
        };
        let waited = self.waited(SENDING_EXPIRES);
        (waited || self.time.is_some_and(old)).then_some(Event::Expired {
            at: self.time.unwrap_or(self.now),
            waited,
        })
    }

    /// How long to wait, where a verdict depends on a clock that nobody could check.
    fn wait_unchecked(&self, entry: Option<&Entry>, verdict: &Verdict) -> Option<TimeDelta> {
        let entry = entry.filter(|entry| owner_may_live(entry))?;
        let limit = match (entry.state, verdict) {
            (State::Sending, _) => SENDING_EXPIRES,
            (_, Verdict::NotPublished) => VERDICT_GRACE,
            _ => return None,
        };
        let waits = self.time.is_none() && !self.waited(limit);
        waits.then_some(limit - self.seen_for)
    }
}

/// Whether the run that declared it may be about to send, for all that is recorded.
fn owner_may_live(entry: &Entry) -> bool {
    match entry.state {
        State::Sending => true,
        State::Unknown => !entry.owner_saw_it_end && entry.declared_at.is_some(),
        State::Published | State::Retryable | State::Rejected | State::Skipped => false,
    }
}

/// The verdict as an event; `None`: there is no such post.
fn event<W: World>(
    seen: &Seen<'_, W>,
    world: &W,
    options: &PassOptions,
    (id, entry): (&EntryId, Option<&Entry>),
    verdict: Verdict,
    age: &Age,
) -> Option<Event> {
    if matches!(verdict, Verdict::Skip) {
        let plan = seen.plan(world, options);
        return skip(seen, &plan, id, entry);
    }
    entry?;
    let at = age.time.unwrap_or(age.now);
    // The number of a post tells its time, unless it is no number that LinkedIn gave: that
    // would make an old post of it, which may be repeated at once.
    let is_likely = |made: &Instant| *made <= at + TRUSTED && made.year() >= LINKEDIN_BEGAN;
    let made = |urn: &PostUrn| urn.minted_at().filter(is_likely).unwrap_or(at);
    Some(match verdict {
        Verdict::NotPublished => Event::NotPublished {
            at,
            waited: age.waited(VERDICT_GRACE),
        },
        Verdict::Published(urn) => Event::Published {
            nonce: None,
            at: made(&urn),
            urn,
            how: How::Resolved,
            comment_id: None,
        },
        Verdict::Replaced { urn, replaces } => Event::Replaced {
            at: made(&urn),
            urn,
            replaces,
        },
        Verdict::Skip => return None,
    })
}

/// Post and first comment are doubted together when a ledger is lost. Where there is no
/// post, there is no comment below it either.
fn comment_too<W: World>(seen: &Seen<'_, W>, id: &EntryId, event: &Event) -> Option<Change> {
    let Event::NotPublished { at, waited } = event else {
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
        event: Event::NotPublished {
            at: *at,
            waited: *waited,
        },
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
