//! Posts that say what a recorded post said.
//!
//! Owns finding them, by author and text or content, and whether a document may repeat one.
//! Must not decide what becomes of a copy; copies within one plan are [`super::twins`].

use chrono::TimeDelta;

use super::classify::Nearly;
use super::index::Index;
use super::likeness::{NEARLY_EQUAL, RECOGNISABLE, Words, equal};
use super::sameness::{is_later, repeats, went_out};
use crate::desired::{DesiredPost, DesiredState, Schedule};
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::record::{Elsewhere, Entry, Ledger, State};

/// A post is repeated at the earliest this long after it went out.
const REPEAT_AFTER: TimeDelta = TimeDelta::days(7);

/// A recorded post that a new one repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copied<'a> {
    pub(super) entry: &'a Entry,
    /// The content root it belongs to, where that is another one.
    pub(super) root: Option<&'a str>,
}

/// What a document says about repeating another post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeats<'a> {
    /// It names none.
    Nothing,
    /// No post has the key that it names.
    Unknown(&'a PostKey),
    /// A post that is not out yet.
    NotOut(&'a PostKey),
    /// A recorded post.
    Recorded(&'a Entry),
}

/// Where new posts are compared with recorded ones.
pub(super) struct Copies<'a> {
    pub(super) ledger: &'a Ledger,
    /// The same entries.
    pub(super) index: &'a Index,
    pub(super) desired: &'a DesiredState,
    pub(super) now: Instant,
}

/// What being a copy leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Copy<'a> {
    /// It names a post to repeat, and there is no such post.
    RepeatsUnknown(&'a PostKey),
    /// It repeats a post on purpose, and too soon: not before this time, where it is known.
    TooSoon(&'a PostKey, Option<Instant>),
    /// The same text is out.
    Equal(Copied<'a>),
}

impl<'a> Copies<'a> {
    /// Whether `post`, which is not recorded as sent, must not go out as a copy.
    /// `own`: the key under which its own record is.
    pub(super) fn of(&self, post: &'a DesiredPost, own: Option<&PostKey>) -> Option<Copy<'a>> {
        let copied = self.equal(post, own);
        let first = copied.first().copied().map(Copy::Equal);
        match self.named(post) {
            Repeats::Nothing => first,
            Repeats::Unknown(key) => Some(Copy::RepeatsUnknown(key)),
            Repeats::NotOut(_) if self.is_ahead(post) => first,
            Repeats::NotOut(key) => Some(Copy::TooSoon(key, None)),
            Repeats::Recorded(entry) if copied.iter().any(|copy| copy.entry == entry) => {
                let last = copied.iter().filter_map(|copy| went_out(copy.entry)).max();
                self.too_soon(post, last)
            }
            Repeats::Recorded(_) => first,
        }
    }

    fn is_ahead(&self, post: &DesiredPost) -> bool {
        matches!(post.schedule, Schedule::At(time) if time > self.now)
    }

    fn too_soon(&self, post: &'a DesiredPost, last: Option<Instant>) -> Option<Copy<'a>> {
        let until = last? + REPEAT_AFTER;
        let time = match post.schedule {
            Schedule::At(time) => time,
            Schedule::OnMerge | Schedule::Unscheduled => self.now,
        };
        let key = post.repeats.as_ref()?;
        (time < until).then_some(Copy::TooSoon(key, Some(until)))
    }

    /// The post that `post` names in `repeats`, under any key it had.
    fn named(&self, post: &'a DesiredPost) -> Repeats<'a> {
        let Some(key) = &post.repeats else {
            return Repeats::Nothing;
        };
        let own = self.ledger.entries.post(key).map(AsRef::as_ref);
        let under_a_former_key = || {
            let keys = self.index.all();
            let mut entries = keys.filter_map(|key| self.ledger.entries.post(key));
            let found = entries.find(|entry| repeats(post, entry));
            found.map(AsRef::as_ref)
        };
        let elsewhere = || {
            let mut others = self.ledger.elsewhere.iter();
            let found = others.find(|other| repeats(post, &other.entry));
            found.map(|other| other.entry.as_ref())
        };
        if let Some(entry) = own.or_else(under_a_former_key).or_else(elsewhere) {
            return match entry.state {
                State::Retryable | State::Rejected => Repeats::NotOut(key),
                State::Sending | State::Published | State::Unknown | State::Skipped => {
                    Repeats::Recorded(entry)
                }
            };
        }
        match self.desired.keys().find(|known| *known == key) {
            Some(key) => Repeats::NotOut(key),
            None => Repeats::Unknown(key),
        }
    }

    /// Every other post that is on LinkedIn or may be and has the same text or the same
    /// content; this content root's first, by key.
    fn equal(&self, post: &DesiredPost, own: Option<&PostKey>) -> Vec<Copied<'a>> {
        let text = post.commentary.to_plain();
        let is_copied = |entry: &Entry| {
            entry.may_be_live()
                && entry.content.author == post.author
                && (entry.digest == post.digest || equal(&text, &entry.content.text))
        };
        let keys = self.index.with_digest(&post.digest);
        let keys = keys.chain(self.index.with_text(&text));
        let others = keys.filter(|key| Some(*key) != own);
        let entries = others.filter_map(|key| self.ledger.entries.post(key));
        let mut found: Vec<Copied<'a>> = entries
            .map(AsRef::as_ref)
            .filter(|entry| is_copied(entry))
            .map(|entry| Copied { entry, root: None })
            .collect();
        found.sort_by(|a, b| a.entry.key.cmp(&b.entry.key));
        found.dedup();
        let elsewhere = self.ledger.elsewhere.iter();
        let elsewhere = elsewhere.filter(|other| is_copied(&other.entry));
        found.extend(elsewhere.map(|Elsewhere { root, entry }| Copied {
            entry,
            root: Some(root),
        }));
        found
    }

    /// The recorded post that `post` is nearly a copy of, at least 90 % alike.
    pub(super) fn nearly(&self, post: &DesiredPost, own: Option<&PostKey>) -> Option<&'a Entry> {
        let words = Words::of(&post.commentary.to_plain());
        let keys = self.index.all();
        let others = keys.filter(|key| Some(*key) != own);
        let mut entries = others.filter_map(|key| self.ledger.entries.post(key));
        let found = entries.find(|entry| {
            entry.may_be_live()
                && entry.content.author == post.author
                && !repeats(post, entry)
                && words.are_alike(&self.index.words_of(entry), NEARLY_EQUAL)
        });
        found.map(AsRef::as_ref)
    }

    /// The same in another content root: a document that is gone there may have moved here and
    /// been edited on the way.
    pub(super) fn nearly_elsewhere(&self, post: &DesiredPost) -> Option<Nearly<'a>> {
        if self.ledger.elsewhere.is_empty() {
            return None;
        }
        let words = Words::of(&post.commentary.to_plain());
        let mut others = self.ledger.elsewhere.iter();
        others.find_map(|Elsewhere { root, entry }| {
            let is_compared = entry.target == Target::Linkedin
                && entry.may_be_live()
                && entry.content.author == post.author
                && !repeats(post, entry);
            if !is_compared {
                return None;
            }
            let may_be_the_same = self.is_gone(root, entry) && !self.is_another(post, entry);
            let least = match may_be_the_same {
                true => RECOGNISABLE,
                false => NEARLY_EQUAL,
            };
            let is_alike = words.are_alike(&Words::of(&entry.content.text), least);
            is_alike.then_some(Nearly {
                entry,
                root: Some(root),
                may_be_the_same,
            })
        })
    }

    /// Whether the file of a record of the content root `root` is gone. Where that cannot be
    /// told, it is there.
    fn is_gone(&self, root: &str, entry: &Entry) -> bool {
        let path = match root {
            "" => entry.path.to_string(),
            root => format!("{root}/{}", entry.path),
        };
        let outside = self.desired.outside.as_ref();
        outside.is_some_and(|documents| documents.iter().all(|document| document.path != path))
    }

    /// Whether a document says itself that it is another post than that of `entry`: by its
    /// `id`, or by a time after that one went out.
    fn is_another(&self, post: &DesiredPost, entry: &Entry) -> bool {
        let document = entry.document.as_ref();
        let two_ids = post.explicit_id && document.is_some_and(|document| document.explicit_id);
        two_ids && post.key != entry.key || is_later(post, entry)
    }
}
