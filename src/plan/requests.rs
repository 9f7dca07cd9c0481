//! About how many requests an action makes of LinkedIn.
//!
//! Owns the estimate, waits for media included. Calls are counted by day and member, and
//! LinkedIn tells nobody what is left (LinkedIn, "API rate limits"). Must not count what
//! was really sent.

use std::collections::BTreeMap;

use super::{Action, PlanItem};
use crate::desired::DesiredPost;
use crate::model::media::{DesiredMedia, MediaFormat, MediaKind};

/// Bytes of one part of a video (LinkedIn, "Videos API").
const PART: u64 = 4 * 1024 * 1024;
/// Questions whether an image, and a document or video, may be used.
const IMAGE_QUESTIONS: u32 = 2;
const SLOW_QUESTIONS: u32 = 6;
/// A comment is tried until LinkedIn knows the post.
const COMMENT: u32 = 3;
/// Requests a day for one member of a "Share on LinkedIn" app, the least anybody has but
/// the development tier.
pub const MEMBER_LIMIT: u32 = 150;

/// The requests of one action.
pub(super) fn estimate(action: &Action, post: Option<&DesiredPost>) -> u32 {
    match action {
        Action::Publish => {
            let uploads = post.into_iter().flat_map(DesiredPost::uploads);
            1 + uploads.map(upload).sum::<u32>()
        }
        Action::Update | Action::Delete | Action::Move { update: true, .. } => 1,
        Action::Comment => COMMENT,
        Action::Move { update: false, .. }
        | Action::Wait
        | Action::Hold
        | Action::Unknown
        | Action::None => 0,
    }
}

fn upload(media: &DesiredMedia) -> u32 {
    match media.facts.format.map(MediaFormat::kind) {
        Some(MediaKind::Video) => {
            let parts = u32::try_from(media.facts.bytes.div_ceil(PART)).unwrap_or(u32::MAX);
            let beside = [media.thumbnail.is_some(), media.captions.is_some()];
            let beside = beside.into_iter().map(u32::from).sum::<u32>();
            parts.saturating_add(2 + beside + SLOW_QUESTIONS)
        }
        Some(MediaKind::Document) => 2 + SLOW_QUESTIONS,
        Some(MediaKind::Image | MediaKind::Captions) | None => 2 + IMAGE_QUESTIONS,
    }
}

/// The requests of a plan by author name, sorted; authors without any are left out.
#[must_use]
pub fn by_author(items: &[PlanItem]) -> BTreeMap<&str, u32> {
    let mut requests = BTreeMap::new();
    for item in items.iter().filter(|item| item.requests > 0) {
        *requests.entry(item.author_name.as_str()).or_default() += item.requests;
    }
    requests
}
