//! Making a post ready to send: token, media, declaration.
//!
//! Owns everything that happens before `sending`: uploads are unclaimed, and a racing
//! loser's are simply dropped. Must not declare or send.

use chrono::TimeDelta;

use crate::desired::{DesiredPost, Schedule};
use crate::linkedin::body::PostBody;
use crate::linkedin::client::Client;
use crate::linkedin::replies::ImageStatus;
use crate::linkedin::token::AccessToken;
use crate::model::content::PostContent;
use crate::model::urn::ImageUrn;
use crate::pass::ledger::{Change, LedgerSession};
use crate::pass::outcome::{Problem, failure, token_problem};
use crate::pass::see::Seen;
use crate::pass::{Credentials, PassOptions};
use crate::plan::PlanItem;
use crate::ports::{Clock, Progress, World};
use crate::record::{Declaration, EntryId, Event, Reason, SentMedia, State};

/// An image still processing after this is parked, and the next pass looks again.
const IMAGE_READY_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// A post of which only the declaration and one request are left to do.
pub(super) struct Prepared {
    pub(super) item: PlanItem,
    pub(super) post: DesiredPost,
    pub(super) declaration: Declaration,
    pub(super) body: PostBody,
    pub(super) token: AccessToken,
}

/// What the ledger will say the post is.
pub(super) fn declaration(
    item: &PlanItem,
    post: &DesiredPost,
    content: PostContent,
    content_commit: Option<String>,
) -> Declaration {
    let scheduled_at = match post.schedule {
        Schedule::At(time) => Some(time),
        Schedule::OnMerge | Schedule::Unscheduled => None,
    };
    Declaration {
        key: item.key.clone(),
        target: item.target,
        path: post.path.clone(),
        content,
        content_commit,
        scheduled_at,
    }
}

/// Finds the token and uploads what is to be shown.
pub(super) async fn prepare<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    seen: &mut Seen<'_, W>,
    item: &PlanItem,
) -> Result<Prepared, Problem> {
    let post = seen.post(item).cloned().ok_or_else(Problem::vanished)?;
    let token =
        credentials(seen.config(), &post.author).map_err(|problem| token_problem(&problem))?;
    let content = post.content();
    let commit = seen.content.desired.content_commit.clone();
    let declaration = declaration(item, &post, content.clone(), commit);
    let client = Client {
        transport: world.transport(),
        endpoint: &options.endpoint,
        api_version: &seen.content.config.api_version,
    };
    let images = upload_all(world, &client, seen, &post, &token).await?;
    let not_ready = wait_until_ready(world, &client, &token, &images).await?;
    if !not_ready.is_empty() {
        park(world, &mut seen.session, &declaration, images).await;
        return Err(Problem::still_processing(not_ready.len()));
    }
    let urns: Vec<ImageUrn> = images.into_iter().map(|media| media.urn).collect();
    let body =
        PostBody::new(&content, &urns).map_err(|error| Problem::internal(error.to_string()))?;
    Ok(Prepared {
        item: item.clone(),
        post,
        declaration,
        body,
        token,
    })
}

/// Uploads every image that a parked entry does not already name.
async fn upload_all<W: World>(
    world: &W,
    client: &Client<'_, W::Transport>,
    seen: &Seen<'_, W>,
    post: &DesiredPost,
    token: &AccessToken,
) -> Result<Vec<SentMedia>, Problem> {
    let id = EntryId {
        key: post.key.clone(),
        target: crate::model::target::Target::Linkedin,
    };
    let parked = seen.session.ledger().entries.get(&id);
    let parked: Vec<SentMedia> = match parked {
        Some(entry) if entry.state == State::Retryable => entry.uploaded.clone(),
        _ => Vec::new(),
    };
    let mut sent = Vec::new();
    for media in &post.media {
        let digest = &media.facts.digest;
        if let Some(known) = parked.iter().find(|known| known.digest == *digest) {
            sent.push(known.clone());
            continue;
        }
        let bytes = seen
            .media(&media.path)
            .map_err(|error| Problem::unreadable(media, &error))?;
        if crate::model::digest::Digest::of(&bytes) != *digest {
            return Err(Problem::vanished());
        }
        let mime = media
            .facts
            .format
            .map_or("application/octet-stream", |format| format.mime());
        world
            .progress()
            .upload_started(&media.path, media.facts.bytes);
        let uploaded = client
            .upload_image(token, &post.author, bytes.into(), mime, world.clock())
            .await;
        world.progress().upload_finished(&media.path);
        let urn = uploaded.map_err(|problem| failure(&problem))?;
        sent.push(SentMedia {
            digest: digest.clone(),
            urn,
        });
    }
    Ok(sent)
}

/// Polls with growing pauses until every image is ready; returns those that are not
/// after [`IMAGE_READY_WITHIN`]. A token that may not read an image's status is given a
/// short wait instead: that is LinkedIn's answer to every self-serve app.
async fn wait_until_ready<W: World>(
    world: &W,
    client: &Client<'_, W::Transport>,
    token: &AccessToken,
    images: &[SentMedia],
) -> Result<Vec<ImageUrn>, Problem> {
    let mut waiting: Vec<ImageUrn> = images.iter().map(|media| media.urn.clone()).collect();
    let give_up = world.clock().now() + IMAGE_READY_WITHIN;
    let mut pause = TimeDelta::seconds(1);
    while !waiting.is_empty() {
        let mut still = Vec::new();
        let mut unreadable = false;
        for urn in waiting {
            match client.image_status(token, &urn, world.clock()).await {
                Ok(ImageStatus::Available) => {}
                Ok(ImageStatus::Processing) => still.push(urn),
                Ok(ImageStatus::Unreadable) => unreadable = true,
                Ok(ImageStatus::Failed) => return Err(Problem::image_failed(urn.as_str())),
                Err(problem) => return Err(failure(&problem)),
            }
        }
        waiting = still;
        let now = world.clock().now();
        if unreadable && waiting.is_empty() {
            world.clock().sleep_until(now + TimeDelta::seconds(3)).await;
        }
        if waiting.is_empty() || now >= give_up {
            break;
        }
        world.clock().sleep_until((now + pause).min(give_up)).await;
        pause = (pause * 2).min(TimeDelta::seconds(10));
    }
    Ok(waiting)
}

/// Writes finished uploads down, so that the next pass need not repeat them. Failing to
/// costs only those uploads.
async fn park<W: World>(
    world: &W,
    session: &mut LedgerSession<'_, W>,
    declaration: &Declaration,
    uploaded: Vec<SentMedia>,
) {
    let event = Event::Parked {
        declaration: Box::new(declaration.clone()),
        uploaded,
        not_before: world.clock().now() + TimeDelta::minutes(1),
        reason: Reason::new("media-processing", "LinkedIn is still processing its media"),
    };
    let id = EntryId {
        key: declaration.key.clone(),
        target: declaration.target,
    };
    let _ = session.record(&[Change { id, event }]).await;
}
