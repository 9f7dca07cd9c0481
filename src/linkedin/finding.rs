//! Whether a post LinkedIn lists is the one an attempt may have made.
//!
//! Owns that comparison: text as readers see it, whether something goes with it, and the
//! time in its id. A post that is not found proves nothing. Must not ask or record.

use super::duplicate::{AFTER_ATTEMPT, BEFORE_ATTEMPT};
use super::live_text::visible;
use super::replies::FoundPost;
use crate::model::Instant;
use crate::model::urn::PostUrn;
use crate::record::{AttemptOutcome, Entry, Ledger};

/// The posts of `found` that an open attempt of `entry` may have made, and that no entry
/// of `ledger` has. One is the post; several are a question for a person.
#[must_use]
pub fn candidates(entry: &Entry, ledger: &Ledger, found: &[FoundPost]) -> Vec<PostUrn> {
    let wanted = visible(&entry.content.wire);
    let carries = !entry.content.media.is_empty() || entry.content.attached.is_some();
    let known = |urn: &PostUrn| {
        let mut entries = ledger.entries.values();
        entries.any(|entry| entry.urn.as_ref() == Some(urn) || entry.also.contains(urn))
    };
    let fits = |post: &&FoundPost| {
        let author = post.author.as_ref();
        author.is_none_or(|author| *author == entry.content.author)
            && post.carries == carries
            && visible(&post.commentary) == wanted
            && post
                .urn
                .minted_at()
                .is_some_and(|made| is_ours(entry, made))
            && !known(&post.urn)
    };
    let fitting = found.iter().filter(fits);
    fitting.map(|post| post.urn.clone()).collect()
}

/// When the oldest attempt was declared whose outcome is not known; a post of it is not
/// older than two minutes before.
#[must_use]
pub fn since(entry: &Entry) -> Option<Instant> {
    open_attempts(entry).min().map(|at| at - BEFORE_ATTEMPT)
}

fn open_attempts(entry: &Entry) -> impl Iterator<Item = Instant> {
    let past = entry.history.iter();
    let past = past.filter(|past| past.outcome == AttemptOutcome::Unknown);
    past.map(|past| past.declared_at)
}

fn is_ours(entry: &Entry, made: Instant) -> bool {
    open_attempts(entry)
        .any(|declared| made >= declared - BEFORE_ATTEMPT && made <= declared + AFTER_ATTEMPT)
}
