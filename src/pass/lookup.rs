//! Looking for posts whose outcome is unknown.
//!
//! Owns asking LinkedIn for a page's newest posts, once a pass and page. A post that is
//! found is recorded; one that is not stays unknown, since lists lag and nobody says by how
//! much. Members' posts cannot be read by anybody, so nothing is asked about them. Must not
//! send anything that changes LinkedIn.

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

/// Records what is found, and returns what people should know about the rest.
pub(super) async fn look_up<W: World>(
    seen: &mut Seen<'_, W>,
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
) -> Vec<Diagnostic> {
    let now = world.clock().now();
    let ledger = seen.session.ledger();
    let wanted = ledger
        .entries
        .values()
        .filter(|entry| is_wanted(entry, now));
    let mut by_author: BTreeMap<AuthorUrn, Vec<Entry>> = BTreeMap::new();
    for entry in wanted {
        let author = entry.content.author.clone();
        by_author.entry(author).or_default().push(entry.clone());
    }
    if by_author.is_empty() || !seen.recorded.freezes.is_empty() {
        return Vec::new();
    }
    let (mut changes, mut notices) = (Vec::<Change>::new(), Vec::new());
    let stop = seen.standby.stop().clone();
    for (author, entries) in by_author {
        if stop.is_set() {
            break;
        }
        let Some(oldest) = entries.iter().filter_map(since).min() else {
            continue;
        };
        let Ok(token) = credentials(seen.config(), &author).await else {
            continue;
        };
        let client = Client {
            transport: world.transport(),
            endpoint: &options.endpoint,
            api_version: &seen.content.config.api_version,
        };
        let listed = client.find_by_author(&token, &author, oldest, world.clock());
        let Some(Ok(Listing::Posts(found))) = stop.or(Box::pin(listed)).await else {
            continue;
        };
        for entry in &entries {
            match settle(seen, entry, &found) {
                // Two posts cannot be the same one.
                Ok(change) if changes.iter().any(|other| other.event == change.event) => {}
                Ok(change) => {
                    notices.extend(was_found(&change));
                    changes.push(change);
                }
                Err(notice) => notices.push(notice),
            }
        }
    }
    if changes.is_empty() {
        return notices;
    }
    match seen.session.record(&changes).await {
        Ok(_) => seen.refresh_recorded(),
        Err(_) => notices.retain(|notice| notice.code != FOUND),
    }
    notices
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
