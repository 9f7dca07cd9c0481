//! Putting a post's images on LinkedIn.
//!
//! Owns uploads, the wait until they may be used, and keeping finished ones for the next
//! pass when this one cannot use them. Must not declare or send a post.

use chrono::TimeDelta;

use crate::desired::DesiredPost;
use crate::linkedin::client::Client;
use crate::linkedin::failure::Failure;
use crate::linkedin::replies::ImageStatus;
use crate::linkedin::retry::not_before;
use crate::linkedin::token::AccessToken;
use crate::model::Instant;
use crate::model::digest::Digest;
use crate::model::media::DesiredMedia;
use crate::model::target::Target;
use crate::model::urn::ImageUrn;
use crate::pass::ledger::{Change, LedgerSession};
use crate::pass::outcome::{Problem, failure};
use crate::pass::see::Seen;
use crate::ports::{Clock, Progress, World};
use crate::record::{Declaration, EntryId, Event, Ledger, Reason, SentMedia, State};

/// An image still processing after this is parked, and the next pass looks again.
const IMAGE_READY_WITHIN: TimeDelta = TimeDelta::minutes(1);
/// How long finished uploads are left alone.
const LOOK_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);
/// What a token that may not ask for an image's status waits instead.
const UNREADABLE_WAIT: TimeDelta = TimeDelta::seconds(3);

/// Why a post's images are not ready.
pub(super) enum Obstacle {
    /// LinkedIn, or the way there.
    Failure(Failure),
    /// So many are still being processed.
    Processing(usize),
    /// Something else.
    Problem(Problem),
}

impl From<Failure> for Obstacle {
    fn from(failure: Failure) -> Self {
        Obstacle::Failure(failure)
    }
}

impl Obstacle {
    /// For the report.
    pub(super) fn problem(self) -> Problem {
        match self {
            Obstacle::Failure(met) => failure(&met),
            Obstacle::Processing(count) => Problem::still_processing(count),
            Obstacle::Problem(problem) => problem,
        }
    }

    /// When it makes sense to look again, and why; `None`: finished uploads are not kept.
    fn parks(&self, now: Instant) -> Option<(Instant, Reason)> {
        match self {
            Obstacle::Failure(Failure::RateLimited {
                problem,
                retry_after,
            }) => Some((not_before(now, *retry_after), problem.reason())),
            Obstacle::Failure(Failure::Unreachable(problem)) => {
                Some((now + LOOK_AGAIN_AFTER, problem.reason()))
            }
            Obstacle::Processing(_) => {
                let words = "LinkedIn is still processing its media";
                let reason = Reason::new("media-processing", words);
                Some((now + LOOK_AGAIN_AFTER, reason))
            }
            Obstacle::Failure(
                Failure::Denied(_)
                | Failure::Config(_)
                | Failure::NotFound(_)
                | Failure::Refused(_),
            )
            | Obstacle::Problem(_) => None,
        }
    }
}

/// The images of one post.
pub(super) struct Images<'p, W: World> {
    pub(super) world: &'p W,
    pub(super) client: Client<'p, W::Transport>,
    pub(super) token: &'p AccessToken,
    pub(super) post: &'p DesiredPost,
    /// On LinkedIn already, in the post's order.
    pub(super) sent: Vec<SentMedia>,
}

impl<W: World> Images<'_, W> {
    /// Uploads every image that is not in `kept`, and waits until all may be used.
    pub(super) async fn make_ready(
        &mut self,
        kept: &[SentMedia],
        seen: &Seen<'_, W>,
    ) -> Result<Vec<ImageUrn>, Obstacle> {
        for media in &self.post.media {
            let digest = &media.facts.digest;
            let sent = match kept.iter().find(|known| known.digest == *digest) {
                Some(known) => known.clone(),
                None => SentMedia {
                    digest: digest.clone(),
                    urn: self.upload(media, seen).await?,
                },
            };
            self.sent.push(sent);
        }
        self.wait_until_ready().await?;
        Ok(self.sent.iter().map(|sent| sent.urn.clone()).collect())
    }

    async fn upload(&self, media: &DesiredMedia, seen: &Seen<'_, W>) -> Result<ImageUrn, Obstacle> {
        let bytes = seen
            .media(&media.path)
            .map_err(|error| Obstacle::Problem(Problem::unreadable(media, &error)))?;
        if Digest::of(&bytes) != media.facts.digest {
            return Err(Obstacle::Problem(Problem::vanished()));
        }
        let mime = media
            .facts
            .format
            .map_or("application/octet-stream", |format| format.mime());
        let progress = self.world.progress();
        progress.upload_started(&media.path, media.facts.bytes);
        let (owner, clock) = (&self.post.author, self.world.clock());
        let uploaded = self
            .client
            .upload_image(self.token, owner, bytes.into(), mime, clock)
            .await;
        progress.upload_finished(&media.path);
        Ok(uploaded?)
    }

    /// Asks with growing pauses until every image is ready, for [`IMAGE_READY_WITHIN`]. A
    /// token that may not ask is given a short wait instead: that is LinkedIn's answer to
    /// every self-serve app.
    async fn wait_until_ready(&self) -> Result<(), Obstacle> {
        let clock = self.world.clock();
        let mut waiting: Vec<&ImageUrn> = self.sent.iter().map(|media| &media.urn).collect();
        let give_up = clock.now() + IMAGE_READY_WITHIN;
        let mut pause = TimeDelta::seconds(1);
        while !waiting.is_empty() {
            let mut still = Vec::new();
            let mut unreadable = false;
            for urn in waiting {
                match self.client.image_status(self.token, urn, clock).await? {
                    ImageStatus::Available => {}
                    ImageStatus::Processing => still.push(urn),
                    ImageStatus::Unreadable => unreadable = true,
                    ImageStatus::Failed => {
                        return Err(Obstacle::Problem(Problem::image_failed(urn.as_str())));
                    }
                }
            }
            waiting = still;
            let now = clock.now();
            if unreadable && waiting.is_empty() {
                clock.sleep_until(now + UNREADABLE_WAIT).await;
            }
            if waiting.is_empty() || now >= give_up {
                break;
            }
            clock.sleep_until((now + pause).min(give_up)).await;
            pause = (pause * 2).min(TimeDelta::seconds(10));
        }
        match waiting.len() {
            0 => Ok(()),
            count => Err(Obstacle::Processing(count)),
        }
    }
}

/// What an earlier pass uploaded for this post and could not use. Another author may not
/// use it: images belong to who uploaded them.
pub(super) fn kept(ledger: &Ledger, post: &DesiredPost) -> Vec<SentMedia> {
    let id = EntryId {
        key: post.key.clone(),
        target: Target::Linkedin,
    };
    match ledger.entries.get(&id) {
        Some(entry) if entry.state == State::Retryable && entry.content.author == post.author => {
            entry.uploaded.clone()
        }
        _ => Vec::new(),
    }
}

/// Writes finished uploads down, so that the next pass need not repeat them, and when it
/// makes sense to look again. Failing to costs only those uploads.
pub(super) async fn park<W: World>(
    session: &mut LedgerSession<'_, W>,
    declaration: &Declaration,
    uploaded: Vec<SentMedia>,
    obstacle: &Obstacle,
    now: Instant,
) {
    let Some((not_before, reason)) = obstacle.parks(now) else {
        return;
    };
    let event = Event::Parked {
        declaration: Box::new(declaration.clone()),
        uploaded,
        not_before,
        reason,
    };
    let id = EntryId {
        key: declaration.key.clone(),
        target: declaration.target,
    };
    let _ = session.record(&[Change { id, event }]).await;
}
