//! Media that are made ready before their posts are due, outside any pass.
//!
//! Owns which posts' media are on LinkedIn already, which are on their way, and when to
//! begin. Uploads are unclaimed: one that is never used is simply dropped, and a post whose
//! files changed gets new ones. Must not declare or send a post, nor write the ledger.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::desired::DesiredPost;
use crate::linkedin::client::Client;
use crate::model::Instant;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::media::{MediaFormat, MediaKind};
use crate::model::target::Target;
use crate::pass::load::Content;
use crate::pass::media::{Obstacle, Uploads, patience, uploaded};
use crate::pass::outcome::token_problem;
use crate::pass::see::Seen;
use crate::pass::standby::Standby;
use crate::pass::{Credentials, PassOptions};
use crate::plan::{Action, Plan};
use crate::ports::{Clock, ContentTree, World};
use crate::record::SentMedia;

/// Images take seconds; a long video is processed for minutes.
const IMAGES_BEFORE: TimeDelta = TimeDelta::minutes(2);
const SLOW_BEFORE: TimeDelta = TimeDelta::minutes(30);
/// What did not work is tried again after this, doubled each time, up to that.
const AGAIN_AFTER: TimeDelta = TimeDelta::seconds(30);
const LONGEST: TimeDelta = TimeDelta::minutes(8);

/// When media that failed then, at so many tries, are begun again.
fn again(at: Instant, tries: u32) -> Instant {
    let factor = 1_i32 << tries.saturating_sub(1).min(8);
    at + (AGAIN_AFTER * factor).min(LONGEST)
}

/// How far the media of one post are.
enum State {
    Underway,
    Ready,
    Failed(Rc<Obstacle>, Instant),
}

struct Slot {
    files: Vec<Digest>,
    /// What is on LinkedIn, in the post's order.
    sent: Vec<SentMedia>,
    state: State,
    /// How often they were begun.
    tries: u32,
}

/// What a pass finds for one post.
pub(super) enum Found {
    /// They may be used.
    Ready(Vec<SentMedia>),
    /// They are on their way: the next pass looks again.
    Underway,
    /// They are not ready, and why.
    Failed(Vec<SentMedia>, Rc<Obstacle>),
}

/// The media of one post, to be made ready.
pub struct Wanted {
    post: DesiredPost,
    kept: Vec<SentMedia>,
    content: Arc<Content>,
    tree: Arc<dyn ContentTree>,
    standby: Standby,
}

/// See the module.
#[derive(Default)]
pub struct Shelf {
    slots: RefCell<BTreeMap<PostKey, Slot>>,
    wanted: RefCell<Vec<Wanted>>,
    next: Cell<Option<Instant>>,
}

fn files(post: &DesiredPost) -> Vec<Digest> {
    let uploads = post.uploads();
    uploads
        .map(|media| media.content().upload_digest())
        .collect()
}

/// How long before its time a post's media are begun.
fn before(post: &DesiredPost) -> TimeDelta {
    let slow = post.uploads().any(|media| {
        let kind = media.facts.format.map(MediaFormat::kind);
        matches!(kind, Some(MediaKind::Video | MediaKind::Document))
    });
    if slow { SLOW_BEFORE } else { IMAGES_BEFORE }
}

impl Shelf {
    /// When the next pass should look for media to begin; `None`: nothing is foreseen.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.next.get()
    }

    /// What passes wanted since the last call, each to be handed to [`prepare`].
    #[must_use]
    pub fn take_wanted(&self) -> Vec<Wanted> {
        self.wanted.take()
    }

    /// The media of `post`, when they were begun. What is ready is handed over; what failed is
    /// told until it may be begun again.
    fn find(&self, post: &DesiredPost, now: Instant) -> Option<Found> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get(&post.key)?;
        if slot.files != files(post) {
            slots.remove(&post.key);
            return None;
        }
        match &slot.state {
            State::Underway => Some(Found::Underway),
            State::Failed(_, at) if now >= again(*at, slot.tries) => None,
            State::Failed(obstacle, _) => {
                Some(Found::Failed(slot.sent.clone(), Rc::clone(obstacle)))
            }
            State::Ready => slots.remove(&post.key).map(|slot| Found::Ready(slot.sent)),
        }
    }

    /// The media of a post that is due, or nearly. Those not begun are wanted from now on.
    pub(super) fn of<W: World>(
        &self,
        post: &DesiredPost,
        seen: &Seen<'_, W>,
        now: Instant,
    ) -> Found {
        self.find(post, now).unwrap_or_else(|| {
            self.want(post, seen);
            Found::Underway
        })
    }

    /// Uploads of an earlier try are not repeated.
    fn want<W: World>(&self, post: &DesiredPost, seen: &Seen<'_, W>) {
        let mut kept = uploaded(seen.session.ledger(), post);
        let mut slots = self.slots.borrow_mut();
        let earlier = slots.remove(&post.key);
        let earlier = earlier.filter(|slot| slot.files == files(post));
        let tries = earlier.as_ref().map_or(0, |slot| slot.tries);
        kept.extend(earlier.into_iter().flat_map(|slot| slot.sent));
        let slot = Slot {
            files: files(post),
            sent: Vec::new(),
            state: State::Underway,
            tries: tries + 1,
        };
        slots.insert(post.key.clone(), slot);
        self.wanted.borrow_mut().push(Wanted {
            post: post.clone(),
            kept,
            content: Arc::clone(&seen.content),
            tree: Arc::clone(&seen.tree),
            standby: seen.standby.clone(),
        });
    }

    /// Begins what will be needed soon, forgets what will not be, and notes when to look
    /// again.
    pub(super) fn look_ahead<W: World>(&self, plan: &Plan, seen: &Seen<'_, W>) {
        let posts = plan.items.iter().filter(|item| {
            let hopes = matches!(item.action, Action::Wait | Action::Publish | Action::Hold);
            item.target == Target::Linkedin && hopes
        });
        let mut keys = BTreeSet::new();
        let mut next = None;
        for item in posts {
            let (Some(post), Some(due)) = (seen.post(item), item.scheduled_at) else {
                keys.insert(item.key.clone());
                continue;
            };
            keys.insert(item.key.clone());
            if item.action != Action::Wait || post.uploads().next().is_none() {
                continue;
            }
            let begin = self.begin_at(post, due);
            if begin.is_some_and(|begin| begin <= plan.now) {
                self.want(post, seen);
            } else {
                next = next.into_iter().chain(begin).min();
            }
        }
        self.slots.borrow_mut().retain(|key, _| keys.contains(key));
        self.next.set(next);
    }

    /// When the media of a post that waits are to be begun; `None`: they are.
    fn begin_at(&self, post: &DesiredPost, due: Instant) -> Option<Instant> {
        let slots = self.slots.borrow();
        let slot = slots
            .get(&post.key)
            .filter(|slot| slot.files == files(post));
        match slot.map(|slot| (&slot.state, slot.tries)) {
            None => Some(due - before(post)),
            Some((State::Underway | State::Ready, _)) => None,
            Some((State::Failed(_, at), tries)) => {
                let again = again(*at, tries);
                (again < due).then_some(again)
            }
        }
    }

    fn put(&self, key: &PostKey, of: &[Digest], sent: Vec<SentMedia>, state: State) {
        let mut slots = self.slots.borrow_mut();
        // Whatever was put there since is about newer files.
        if let Some(slot) = slots.get_mut(key).filter(|slot| slot.files == of) {
            slot.sent = sent;
            slot.state = state;
        }
    }
}

/// Uploads the media of one post and waits until they may be used. May run beside passes,
/// and be dropped at any time.
pub async fn prepare<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    shelf: &Shelf,
    wanted: Wanted,
) {
    let mut sent = Vec::new();
    let made = make_ready(world, options, credentials, &wanted, &mut sent).await;
    let state = match made {
        Ok(()) => State::Ready,
        Err(obstacle) => State::Failed(Rc::new(obstacle), world.clock().now()),
    };
    shelf.put(&wanted.post.key, &files(&wanted.post), sent, state);
}

async fn make_ready<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    wanted: &Wanted,
    sent: &mut Vec<SentMedia>,
) -> Result<(), Obstacle> {
    let post = &wanted.post;
    let token = credentials(&wanted.content.config, &post.author).await;
    let token = token.map_err(|problem| Obstacle::Problem(token_problem(&problem)))?;
    let uploads = Uploads {
        world,
        client: Client {
            transport: world.transport(),
            endpoint: &options.endpoint,
            api_version: &wanted.content.config.api_version,
        },
        token: &token,
        post,
        standby: wanted.standby.clone(),
    };
    uploads
        .send(&wanted.kept, wanted.tree.as_ref(), sent)
        .await?;
    let give_up = world.clock().now() + patience(sent);
    uploads.wait_until_ready(sent, give_up).await
}
