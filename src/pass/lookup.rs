//! Looking for posts whose outcome is unknown.
//!
//! Owns asking LinkedIn for a page's newest posts, once a pass and page. A post that is
//! found is recorded; one that is not stays unknown, since lists lag and nobody says by how
//! much. Members' posts cannot be read by anybody, so nothing is asked about them. A process
//! that runs many passes asks about each post ever less often ([`Lookups`]). Must not send
//! anything that changes LinkedIn.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::diagnostic::Diagnostic;
use crate::linkedin::client::Client;
use crate::linkedin::finding::{candidates, since};
use crate::linkedin::replies::{FoundPost, Listing};
use crate::model::Instant;
use crate::model::target::Target;
use crate::model::urn::{AuthorKind, AuthorUrn, PostUrn};
use crate::pass::ledger::Change;
use crate::pass::see::Seen;
use crate::pass::{Credentials, PassOptions};
use crate::ports::{Clock, World};
use crate::record::{Entry, EntryId, Event, How, State};
use crate::report::next_step::resolve_help;

/// Lists are not asked before this: they lag behind.
const FIRST_AFTER: TimeDelta = TimeDelta::minutes(1);
/// Nor after this: what a page lists ends at 200 posts, and calls are counted by the day.
const LAST_AFTER: TimeDelta = TimeDelta::days(7);
/// The code of a post that was found.
const FOUND: &str = "lookup-found";
/// What was asked about is asked about again after this, doubled each time, up to that.
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(10);
const LONGEST: TimeDelta = TimeDelta::hours(6);

/// What one process has asked about so far. A new one asks anew.
#[derive(Debug, Default)]
pub(super) struct Lookups(BTreeMap<EntryId, Asked>);

/// One post that was asked about.
#[derive(Debug)]
struct Asked {
    /// The attempt whose outcome is not known.
    declared_at: Option<Instant>,
    at: Instant,
    times: u32,
    /// What came of it; people are told as long as it holds.
    notice: Option<Diagnostic>,
}

impl Asked {
    fn again(&self) -> Instant {
        let factor = 1_i32 << self.times.saturating_sub(1).min(10);
        self.at + (AGAIN_AFTER * factor).min(LONGEST)
    }
}

impl Lookups {
    /// What is known of the same attempt at a post.
    fn of(&self, entry: &Entry) -> Option<&Asked> {
        let asked = self.0.get(&entry.id());
        asked.filter(|asked| asked.declared_at == entry.declared_at)
    }

    /// Whether to ask about `entry` at `now`; also after the clock was set back.
    fn is_due(&self, entry: &Entry, now: Instant) -> bool {
        let asked = self.of(entry);
        asked.is_none_or(|asked| now >= asked.again() || now < asked.at)
    }

    /// It was asked about, whatever came of it.
    fn asked(&mut self, entry: &Entry, now: Instant, notice: Option<Diagnostic>) {
        let times = self.of(entry).map_or(0, |asked| asked.times) + 1;
        let asked = Asked {
            declared_at: entry.declared_at,
            at: now,
            times,
            notice,
        };
        self.0.insert(entry.id(), asked);
    }

    /// What was found could not be recorded.
    fn forget(&mut self, id: &EntryId) {
        self.0.remove(id);
    }

    /// Forgets all but `wanted`.
    fn keep(&mut self, wanted: &[Entry]) {
        let is_wanted = |id: &EntryId| wanted.iter().any(|entry| entry.id() == *id);
        self.0.retain(|id, _| is_wanted(id));
    }
}

/// Records what is found, and returns what people should know about the rest.
pub(super) async fn look_up<W: World>(
    seen: &mut Seen<'_, W>,
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
) -> Vec<Diagnostic> {
    let now = world.clock().now();
    if !seen.recorded.freezes.is_empty() {
        return Vec::new();
    }
    let standby = seen.standby.clone();
    let (due, mut notices) = to_ask(seen, &mut standby.lookups().borrow_mut(), now);
    let mut changes = Vec::<Change>::new();
    for (author, entries) in due {
        if standby.stop().is_set() {
            break;
        }
        let found = list(seen, world, options, (credentials, &author), &entries).await;
        for entry in &entries {
            let notice = match found.as_ref().map(|found| settle(seen, entry, found)) {
                None => None,
                // Two posts cannot be the same one.
                Some(Ok(change)) if changes.iter().any(|other| other.event == change.event) => None,
                Some(Ok(change)) => {
                    notices.extend(was_found(&change));
                    changes.push(change);
                    None
                }
                Some(Err(notice)) => Some(notice),
            };
            notices.extend(notice.clone());
            standby.lookups().borrow_mut().asked(entry, now, notice);
        }
    }
    if changes.is_empty() {
        return notices;
    }
    match seen.session.record(&changes).await {
        Ok(_) => seen.refresh_recorded(),
        Err(_) => {
            notices.retain(|notice| notice.code != FOUND);
            let mut lookups = standby.lookups().borrow_mut();
            changes.iter().for_each(|change| lookups.forget(&change.id));
        }
    }
    notices
}

/// The posts to ask about now, by author, and what is still to be said about the others.
fn to_ask<W: World>(
    seen: &Seen<'_, W>,
    lookups: &mut Lookups,
    now: Instant,
) -> (BTreeMap<AuthorUrn, Vec<Entry>>, Vec<Diagnostic>) {
    let entries = seen.session.ledger().entries.open();
    let wanted = entries.filter(|entry| is_wanted(entry, now));
    let wanted: Vec<Entry> = wanted.cloned().collect();
    lookups.keep(&wanted);
    let mut notices = Vec::new();
    let mut due: BTreeMap<AuthorUrn, Vec<Entry>> = BTreeMap::new();
    for entry in wanted {
        if lookups.is_due(&entry, now) {
            let author = entry.content.author.clone();
            due.entry(author).or_default().push(entry);
        } else {
            notices.extend(lookups.of(&entry).and_then(|asked| asked.notice.clone()));
        }
    }
    (due, notices)
}

/// The newest posts of a page, as far back as its `entries` go; `None`: it cannot be asked.
async fn list<W: World>(
    seen: &Seen<'_, W>,
    world: &W,
    options: &PassOptions,
    (credentials, author): (&Credentials<'_>, &AuthorUrn),
    entries: &[Entry],
) -> Option<Vec<FoundPost>> {
    let oldest = entries.iter().filter_map(since).min()?;
    let token = credentials(seen.config(), author).await.ok()?;
    let client = Client {
        transport: world.transport(),
        endpoint: &options.endpoint,
        api_version: &seen.content.config.api_version,
    };
    let listed = client.find_by_author(&token, author, oldest, world.clock());
    match seen.standby.stop().or(Box::pin(listed)).await? {
        Ok(Listing::Posts(found)) => Some(found),
        Ok(_) | Err(_) => None,
    }
}

fn is_wanted(entry: &Entry, now: Instant) -> bool {
    let age = entry.declared_at.map(|declared| now - declared);
    entry.state == State::Unknown
        && entry.target == Target::Linkedin
        && entry.content.author.kind() == AuthorKind::Organization
        && age.is_some_and(|age| (FIRST_AFTER..=LAST_AFTER).contains(&age))
}

fn settle<W: World>(
    seen: &Seen<'_, W>,
    entry: &Entry,
    found: &[FoundPost],
) -> Result<Change, Diagnostic> {
    let matching = candidates(entry, seen.session.ledger(), found);
    match matching.as_slice() {
        [] => Err(not_found(entry)),
        [urn] => Ok(Change {
            id: entry.id(),
            event: exists(entry, urn),
        }),
        several => Err(several_found(&entry.id(), several)),
    }
}

fn exists(entry: &Entry, urn: &PostUrn) -> Event {
    Event::Published {
        nonce: None,
        urn: urn.clone(),
        at: urn.minted_at().or(entry.declared_at).unwrap_or_default(),
        how: How::Found,
        comment_id: None,
    }
}

/// A post that turns out to be there is news.
fn was_found(change: &Change) -> Option<Diagnostic> {
    let Event::Published { urn, .. } = &change.event else {
        return None;
    };
    let message = format!("`{}` is published: LinkedIn lists it", change.id.key);
    let diagnostic = Diagnostic::warning(FOUND, message).note(urn.url());
    Some(diagnostic.help("nothing to do: it is recorded, and will not be sent again"))
}

fn not_found(entry: &Entry) -> Diagnostic {
    let key = &entry.key;
    let message = format!("LinkedIn does not list `{key}` among its page's posts");
    Diagnostic::warning("lookup-empty", message)
        .note("that is no proof that it is absent: lists lag behind")
        .help(resolve_help(key))
}

fn several_found(id: &EntryId, urns: &[PostUrn]) -> Diagnostic {
    let message = format!(
        "{} posts of the page may be `{}`; none was recorded",
        urns.len(),
        id.key
    );
    let mut diagnostic = Diagnostic::warning("lookup-several", message);
    for urn in urns {
        diagnostic = diagnostic.note(urn.url());
    }
    diagnostic.help(resolve_help(&id.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::testing::{minute, unknown};

    #[test]
    fn a_post_is_asked_about_ever_less_often() {
        let (mut lookups, post) = (Lookups::default(), unknown("a", "x"));
        let (mut now, mut waits) = (minute(2), Vec::new());
        for _ in 0..9 {
            assert!(lookups.is_due(&post, now));
            lookups.asked(&post, now, None);
            let began = now;
            while !lookups.is_due(&post, now) {
                now += TimeDelta::minutes(1);
            }
            waits.push((now - began).num_minutes());
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 360, 360, 360]);
    }

    #[test]
    fn a_clock_that_is_set_back_and_another_attempt_are_no_reason_to_wait() {
        let (mut lookups, post) = (Lookups::default(), unknown("a", "x"));
        lookups.asked(&post, minute(60), None);
        assert!(!lookups.is_due(&post, minute(60)));
        assert!(lookups.is_due(&post, minute(59)));
        let mut later = post.clone();
        later.declared_at = Some(minute(55));
        assert!(lookups.is_due(&later, minute(61)));
        assert!(lookups.is_due(&unknown("b", "x"), minute(61)));
        lookups.keep(&[]);
        assert!(
            lookups.is_due(&post, minute(61)),
            "it was settled meanwhile"
        );
    }
}
