//! Putting a post's media on LinkedIn.
//!
//! Owns uploads, the wait until they may be used, and keeping finished ones for the next
//! pass when this one cannot use them. Must not declare or send a post.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::desired::DesiredPost;
use crate::file_bytes::{FileBytes, Reader};
use crate::linkedin::client::Client;
use crate::linkedin::failure::Failure;
use crate::linkedin::replies::MediaStatus;
use crate::linkedin::retry::not_before;
use crate::linkedin::token::AccessToken;
use crate::linkedin::upload::Upload;
use crate::model::Instant;
use crate::model::digest::Digest;
use crate::model::media::{DesiredFile, DesiredMedia, MediaFacts, MediaFormat, MediaKind};
use crate::model::path::{ContentPath, ReadError};
use crate::model::target::Target;
use crate::model::urn::MediaUrn;
use crate::pass::ledger::{Change, LedgerSession};
use crate::pass::load::MAX_MEDIA_BYTES;
use crate::pass::outcome::{Problem, failure};
use crate::pass::standby::Standby;
use crate::ports::{Clock, ContentTree, Journal as _, Progress, World};
use crate::record::journal::{JournalLine, Note};
use crate::record::{Declaration, EntryId, Event, Ledger, Reason, SentMedia, State};

/// Pauses between two questions about a file grow from the one to the other. Questions
/// count against the day's calls: fifteen minutes are some twenty of them.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(1);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// How long finished uploads are left alone.
const LOOK_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Why a post's media are not ready.
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
    pub(super) fn problem(&self) -> Problem {
        match self {
            Obstacle::Failure(met) => failure(met),
            Obstacle::Processing(count) => Problem::still_processing(*count),
            Obstacle::Problem(problem) => problem.clone(),
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

/// The files of one post, on their way to LinkedIn.
pub(super) struct Uploads<'p, W: World> {
    pub(super) world: &'p W,
    pub(super) client: Client<'p, W::Transport>,
    pub(super) token: &'p AccessToken,
    pub(super) post: &'p DesiredPost,
    pub(super) standby: Standby,
}

impl<W: World> Uploads<'_, W> {
    /// Uploads every file that is not in `kept`; what is there is added to `sent`, in the
    /// post's order, also when a later one fails. Of `kept`, only what this machine uploaded,
    /// or what has the seal of this author's token, is used.
    pub(super) async fn send(
        &self,
        kept: &[SentMedia],
        tree: &dyn ContentTree,
        sent: &mut Vec<SentMedia>,
    ) -> Result<(), Obstacle> {
        for media in self.post.uploads() {
            let digest = media.content().upload_digest();
            let kept = kept.iter().filter(|media| self.trusts(media));
            let mut known = kept.chain(sent.iter());
            let found = known.find(|known| known.digest == digest).cloned();
            let file = match found {
                Some(known) => known,
                None => {
                    let urn = self.upload(media, tree).await?;
                    let seal = Some(self.token.seal(&[digest.as_str(), urn.as_str()]));
                    let uploaded = SentMedia { digest, urn, seal };
                    self.note(uploaded.clone());
                    uploaded
                }
            };
            sent.push(file);
        }
        Ok(())
    }

    fn trusts(&self, media: &SentMedia) -> bool {
        let seal = || {
            self.token
                .seal(&[media.digest.as_str(), media.urn.as_str()])
        };
        self.standby.proves(media) || media.seal.as_ref().is_some_and(|found| *found == seal())
    }

    /// Remembers what was uploaded, so that it may be used by a later pass.
    fn note(&self, media: SentMedia) {
        self.standby.uploaded(media.clone());
        let line = JournalLine {
            key: self.post.key.clone(),
            target: Target::Linkedin,
            nonce: String::new(),
            at: self.world.clock().now(),
            note: Note::Uploaded { media },
        };
        // Without a journal a later run uploads them anew.
        let _ = self.world.journal().note(&line);
    }

    async fn upload(
        &self,
        media: &DesiredMedia,
        tree: &dyn ContentTree,
    ) -> Result<MediaUrn, Obstacle> {
        let open = |path: &ContentPath, facts: &MediaFacts| -> Result<Checked, Obstacle> {
            let unreadable =
                |error: &ReadError| Obstacle::Problem(Problem::unreadable(path, error));
            let file = tree
                .open(path, MAX_MEDIA_BYTES)
                .map_err(|error| unreadable(&error))?;
            let checked = Checked {
                file,
                digest: facts.digest.clone(),
            };
            checked.check()?;
            Ok(checked)
        };
        let beside = |file: &Option<DesiredFile>| {
            let opened = file.as_ref().map(|file| {
                let mime = mime(&file.facts);
                open(&file.path, &file.facts).map(|checked| (checked.file, mime))
            });
            opened.transpose()
        };
        let checked = open(&media.path, &media.facts)?;
        let progress = self.world.progress();
        let upload = Upload {
            owner: &self.post.author,
            kind: media
                .facts
                .format
                .map_or(MediaKind::Image, MediaFormat::kind),
            file: Arc::clone(&checked.file),
            mime: mime(&media.facts),
            thumbnail: beside(&media.thumbnail)?,
            captions: beside(&media.captions)?.map(|(file, _)| file),
            advanced: &|bytes| progress.upload_advanced(&media.path, bytes),
        };
        progress.upload_started(&media.path, media.facts.bytes);
        let clock = self.world.clock();
        let uploaded = self.client.upload(self.token, &upload, clock).await;
        progress.upload_finished(&media.path);
        let uploaded = uploaded?;
        // A file of a work tree may be written to while it is read.
        checked.check()?;
        Ok(uploaded)
    }

    /// Asks with growing pauses until every file is ready, until `give_up`. A token that
    /// may not ask waits by the size of the files instead: that is LinkedIn's answer to
    /// every self-serve app.
    pub(super) async fn wait_until_ready(
        &self,
        sent: &[SentMedia],
        give_up: Instant,
    ) -> Result<(), Obstacle> {
        let clock = self.world.clock();
        let mut waiting: Vec<&MediaUrn> = sent.iter().map(|media| &media.urn).collect();
        let mut pause = FIRST_PAUSE;
        let mut blind = TimeDelta::zero();
        loop {
            let mut still = Vec::new();
            for urn in waiting {
                match self.client.media_status(self.token, urn, clock).await? {
                    MediaStatus::Available => {}
                    MediaStatus::Processing => still.push(urn),
                    MediaStatus::Unreadable => blind = blind.max(self.blind_wait(urn, sent)),
                    MediaStatus::Failed(why) => {
                        let problem = Problem::media_failed(urn.as_str(), why.as_deref());
                        return Err(Obstacle::Problem(problem));
                    }
                }
            }
            waiting = still;
            let now = clock.now();
            if waiting.is_empty() || now >= give_up {
                break;
            }
            clock.sleep_until((now + pause).min(give_up)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        match waiting.len() {
            0 => {
                clock.sleep_until(clock.now() + blind).await;
                Ok(())
            }
            count => Err(Obstacle::Processing(count)),
        }
    }

    /// What a token that may not ask for a file's status waits instead.
    fn blind_wait(&self, urn: &MediaUrn, sent: &[SentMedia]) -> TimeDelta {
        let at = sent.iter().position(|media| media.urn == *urn);
        let media = at.and_then(|at| self.post.uploads().nth(at));
        let bytes = media.map_or(0, |media| media.facts.bytes);
        let by_size = TimeDelta::seconds(i64::try_from(bytes >> 20).unwrap_or(i64::MAX));
        match urn.kind() {
            MediaKind::Image | MediaKind::Captions => TimeDelta::seconds(3),
            MediaKind::Document => TimeDelta::seconds(5) + by_size,
            MediaKind::Video => TimeDelta::seconds(10) + by_size,
        }
    }
}

/// An open file and what was reviewed of it.
struct Checked {
    file: Arc<dyn FileBytes>,
    digest: Digest,
}

impl Checked {
    /// Whether it still is what was reviewed.
    fn check(&self) -> Result<(), Obstacle> {
        let found = Digest::of_stream(&mut Reader::new(self.file.as_ref()));
        match found {
            Ok(digest) if digest == self.digest => Ok(()),
            Ok(_) | Err(_) => Err(Obstacle::Problem(Problem::vanished())),
        }
    }
}

fn mime(facts: &MediaFacts) -> &'static str {
    facts
        .format
        .map_or("application/octet-stream", |format| format.mime())
}

/// Whether LinkedIn takes its time with one of these.
pub(super) fn is_slow(sent: &[SentMedia]) -> bool {
    let slow = |kind| matches!(kind, MediaKind::Video | MediaKind::Document);
    sent.iter().any(|media| slow(media.urn.kind()))
}

/// How long after its upload a post's media may be processed in this pass; then they are
/// parked, and the next pass looks again.
pub(super) fn patience(sent: &[SentMedia]) -> TimeDelta {
    if is_slow(sent) {
        TimeDelta::minutes(15)
    } else {
        TimeDelta::minutes(1)
    }
}

/// What an earlier pass uploaded for this post and could not use, as the ledger names it.
/// Another author may not use it: files belong to who uploaded them.
pub(super) fn uploaded(ledger: &Ledger, post: &DesiredPost) -> Vec<SentMedia> {
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
