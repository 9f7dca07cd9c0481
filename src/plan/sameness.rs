//! Whether a document and a record are the same post by what they say, and when.
//!
//! Must not look at names: [`super::identity`] does.

use super::likeness::equal;
use crate::desired::{DesiredPost, Schedule};
use crate::model::Instant;
use crate::record::{Entry, State};

/// When the post of `entry` went out; `None`: it is not known, or it never did.
pub(super) fn went_out(entry: &Entry) -> Option<Instant> {
    match entry.state {
        State::Published => entry.published_at,
        State::Sending | State::Unknown => entry.declared_at,
        State::Skipped | State::Retryable | State::Rejected => entry.scheduled_at,
    }
}

/// Whether a document is timed after the post of `entry` went out: it is a repeat then, or
/// a new post. A time that the record names itself is never a later one.
pub(super) fn is_later(post: &DesiredPost, entry: &Entry) -> bool {
    let Schedule::At(time) = post.schedule else {
        return false;
    };
    Some(time) != entry.scheduled_at && went_out(entry).is_some_and(|sent| time > sent)
}

/// Whether a document says what `entry` says: the same bytes, the same content, or the same
/// text.
pub(super) fn says_the_same(post: &DesiredPost, entry: &Entry) -> bool {
    sameness(post, entry).is_some()
}

/// How a document and an entry are the same; the smaller, the surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sameness {
    Bytes,
    Digest,
    Text,
}

pub(super) fn sameness(post: &DesiredPost, entry: &Entry) -> Option<Sameness> {
    let document = entry.document.as_ref();
    if document.is_some_and(|document| document.digest == post.source) {
        return Some(Sameness::Bytes);
    }
    if entry.digest == post.digest {
        return Some(Sameness::Digest);
    }
    equal(&post.commentary.to_plain(), &entry.content.text).then_some(Sameness::Text)
}

/// Whether a document gives its live post another time, after it went out. Nothing is sent
/// at that time, which people should know.
pub(super) fn is_timed_again(post: &DesiredPost, entry: &Entry) -> bool {
    let document = entry.document.as_ref();
    let is_as_sent = document.is_some_and(|document| document.digest == post.source);
    !is_as_sent && entry.may_be_live() && is_later(post, entry)
}

/// Whether a document says itself that it repeats the post of `entry`.
pub(super) fn repeats(post: &DesiredPost, entry: &Entry) -> bool {
    let named = post.repeats.as_ref();
    named.is_some_and(|key| *key == entry.key || entry.former_keys.contains(key))
}
