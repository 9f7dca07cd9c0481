//! Drift between live posts and the record.
//!
//! Owns `refresh`: what LinkedIn shows of each published post, where reading is permitted.
//! Must not change anything: a failed or forbidden read never counts as deleted.

use crate::linkedin::client::Client;
use crate::linkedin::failure::Failure;
use crate::linkedin::live_text::visible;
use crate::linkedin::replies::Listing;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::pass::see::{Stop, see};
use crate::pass::{Credentials, PassOptions};
use crate::ports::World;
use crate::record::{Entry, State};
use crate::report::exit::Exit;

/// What became of a live post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// It says what the record says.
    Same,
    /// Somebody edited it on LinkedIn; what readers see now.
    Edited(String),
    /// It is gone: LinkedIn does not find it, and lists the author's others without it.
    Deleted,
    /// LinkedIn has it and does not show it to readers; why.
    NotShown(String),
    /// It cannot be told; why.
    Unreadable(String),
}

/// One published post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivePost {
    /// Its key.
    pub key: PostKey,
    /// LinkedIn's name for it.
    pub urn: PostUrn,
    /// What became of it.
    pub drift: Drift,
    /// What it means for the exit code.
    pub exit: Exit,
}

/// Looks at every published post.
///
/// # Errors
/// When content or ledger cannot be read.
pub async fn refresh<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
) -> Result<Vec<LivePost>, Stop> {
    let seen = see(world, options).await?;
    let client = Client {
        transport: world.transport(),
        endpoint: &options.endpoint,
        api_version: &seen.content.config.api_version,
    };
    let mut found = Vec::new();
    for entry in seen.session.ledger().entries.values() {
        let live = entry.state == State::Published && entry.deleted_at.is_none();
        let (Some(urn), Target::Linkedin, true) = (&entry.urn, entry.target, live) else {
            continue;
        };
        let token = credentials(&seen.content.config, &entry.content.author).await;
        let (drift, exit) = match token {
            Ok(token) => look(&client, &token, entry, urn, world).await,
            Err(problem) => (Drift::Unreadable(problem.message), problem.exit),
        };
        found.push(LivePost {
            key: entry.key.clone(),
            urn: urn.clone(),
            drift,
            exit,
        });
    }
    Ok(found)
}

/// A 201 is LinkedIn's promise to publish; for a video it may break it later ("Posts API",
/// lifecycle states). Words that are not known are taken as published.
fn not_shown(lifecycle: Option<&str>) -> Option<&'static str> {
    match lifecycle? {
        "PUBLISH_REQUESTED" => Some("LinkedIn is still processing its media; readers see it then"),
        "PUBLISH_FAILED" => {
            Some("LinkedIn took the post and could not publish it: its media failed")
        }
        "DRAFT" => Some("somebody made it a draft on LinkedIn"),
        _ => None,
    }
}

async fn look<W: World>(
    client: &Client<'_, W::Transport>,
    token: &crate::linkedin::token::AccessToken,
    entry: &Entry,
    urn: &PostUrn,
    world: &W,
) -> (Drift, Exit) {
    let clock = world.clock();
    match client.get_post(token, urn, clock).await {
        Ok(post) => {
            if let Some(why) = not_shown(post.lifecycle.as_deref()) {
                return (Drift::NotShown(why.to_owned()), Exit::Done);
            }
            let (now, then) = (visible(&post.commentary), visible(&entry.content.wire));
            if now == then {
                (Drift::Same, Exit::Done)
            } else {
                (Drift::Edited(now), Exit::Done)
            }
        }
        // It may hide a lost permission, so a second witness is asked.
        Err(Failure::NotFound(problem)) => {
            let since = entry.published_at.unwrap_or_default() - chrono::TimeDelta::minutes(1);
            let author = &entry.content.author;
            match client.find_by_author(token, author, since, clock).await {
                Ok(Listing::Posts(posts)) if posts.iter().all(|post| post.urn != *urn) => {
                    (Drift::Deleted, Exit::Done)
                }
                _ => (Drift::Unreadable(problem.message), Exit::Done),
            }
        }
        Err(failure) => {
            let problem = failure.problem();
            let exit = match &failure {
                // LinkedIn lets nobody read members' posts; that is no trouble of ours.
                Failure::Denied(_) if !failure.stops_credential() => Exit::Done,
                _ => problem.exit,
            };
            (Drift::Unreadable(problem.message.clone()), exit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_that_was_taken_and_is_not_shown_is_told_as_such() {
        for shown in [None, Some("PUBLISHED"), Some("A_NEWER_WORD")] {
            assert_eq!(not_shown(shown), None, "{shown:?}");
        }
        for (lifecycle, word) in [
            ("PUBLISH_REQUESTED", "still"),
            ("PUBLISH_FAILED", "failed"),
            ("DRAFT", "draft"),
        ] {
            let why = not_shown(Some(lifecycle)).unwrap();
            assert!(why.contains(word), "{lifecycle}: {why}");
        }
    }
}
