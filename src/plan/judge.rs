//! The item of one post, from its document and its record.
//!
//! Owns what an item shows. Must not compare posts with each other; what is to be done is
//! [`super::classify`]'s.

use std::collections::BTreeSet;

use super::classify::{Bytes, Case, Nearly, Verdict, classify};
use super::copies::Copies;
use super::identity::Identity;
use super::index::Index;
use super::likeness::{RECOGNISABLE, Words};
use super::order::PlanInput;
use super::sameness::says_the_same;
use super::{Action, PlanItem, PostState, requests};
use crate::desired::{BlockedDocument, DesiredPost, Outside, Schedule};
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::AuthorUrn;
use crate::model::zone::Tz;
use crate::record::{Entry, Reason, State};

/// What items are made from.
pub(super) struct Judge<'a> {
    input: &'a PlanInput<'a>,
    pairs: &'a Pairs<'a>,
    /// Why any file that is gone may not be gone.
    unsure: Option<Unsure<'a>>,
    /// Recorded keys that belong to a document of another key, or may.
    sources: BTreeSet<&'a PostKey>,
    /// The files of all documents.
    paths: BTreeSet<&'a ContentPath>,
}

/// Why a file that is gone may not be gone: a deletion cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsure<'a> {
    /// There is no document at all.
    NoDocument,
    /// A document with errors may be that file renamed.
    Errors(&'a ContentPath),
    /// A file that is not read as a post may be that file renamed.
    Unread(&'a ContentPath),
    /// A document that is not recorded as a post that says so says what the post says.
    Said(&'a ContentPath),
    /// Files that were merged may be missing in this checkout.
    NotCheckedOut,
    /// A document of another content root says what the post says.
    Outside(&'a str),
}

/// The documents of a plan, and which of them are which recorded posts.
pub(super) struct Pairs<'a> {
    pub(super) identity: &'a Identity,
    pub(super) index: &'a Index,
    /// The keys of all documents.
    pub(super) documents: BTreeSet<&'a PostKey>,
}

/// What one item is about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) place: (&'a PostKey, &'a ContentPath),
    pub(super) post: Option<&'a DesiredPost>,
    pub(super) entry: Option<&'a Entry>,
    /// The key it was recorded under before its file was renamed.
    pub(super) from: Option<&'a PostKey>,
}

impl<'a> Subject<'a> {
    /// A record without a readable document.
    pub(super) fn alone(key: &'a PostKey, path: &'a ContentPath, entry: Option<&'a Entry>) -> Self {
        Self {
            place: (key, path),
            post: None,
            entry,
            from: None,
        }
    }
}

impl<'a> Judge<'a> {
    pub(super) fn new(input: &'a PlanInput<'a>, pairs: &'a Pairs<'a>) -> Self {
        let posts = input.desired.posts.iter().map(|post| &post.path);
        let blocked = input.desired.blocked.iter();
        Self {
            input,
            pairs,
            sources: pairs.identity.sources(),
            paths: posts
                .chain(blocked.map(|document| &document.path))
                .collect(),
            unsure: unsure(input),
        }
    }

    /// The item of one post.
    pub(super) fn item(&self, subject: Subject<'a>) -> PlanItem {
        let verdict = self.verdict(&subject);
        item(self.input, &subject, verdict)
    }

    fn verdict(&self, subject: &Subject<'a>) -> Verdict {
        let input = self.input;
        let identity = self.pairs.identity;
        let key = subject.place.0;
        let own = identity.recorded_key(key);
        let copies = Copies {
            ledger: &input.recorded.ledger,
            index: self.pairs.index,
            desired: input.desired,
            now: input.now,
        };
        let may_go_out = !subject.entry.is_some_and(Entry::bars_sending);
        let post = subject.post.filter(|_| may_go_out);
        let is_live = |entry: &&Entry| entry.state == State::Published;
        let edited = subject.post.zip(subject.entry.filter(is_live));
        let edited = edited.filter(|(post, entry)| post.digest != entry.digest);
        // A post that is out as it is written is no copy of anything.
        let copied = post.or(edited.map(|(post, _)| post));
        let copy = copied.and_then(|post| copies.of(post, own));
        let nearly = || {
            let post = post?;
            copies
                .nearly(post, own)
                .map(|entry| self.nearly(post, entry))
                .or_else(|| copies.nearly_elsewhere(post))
        };
        let verdict = classify(&Case {
            post: subject.post,
            entry: subject.entry,
            moved_from: subject.from,
            copy: copy.as_ref(),
            nearly: &nearly,
            maybe: identity.unsure.get(key),
            reused: identity.reused.contains(key),
            bytes: self.bytes(subject),
            claimed: self.sources.contains(key),
            path_in_use: self.paths.contains(subject.place.1),
            unsure: self.unsure_of(subject),
            policy: &input.config.publish,
            paused: paused(input),
            text_known: input.recorded.ledger_known,
            ahead: input.ahead,
            now: input.now,
            waits: subject
                .entry
                .and_then(|entry| input.recorded.waits(entry, input.now)),
        });
        match verdict.action.is_change() && identity.waiting.contains(key) {
            true => busy(verdict),
            false => verdict,
        }
    }

    /// Why the file of a live post may not be gone, where it seems to be.
    fn unsure_of(&self, subject: &Subject<'a>) -> Option<Unsure<'a>> {
        let entry = subject.entry.filter(|_| subject.post.is_none())?;
        let said = || {
            let mut posts = self.input.desired.posts.iter();
            let found = posts.find(|post| says_the_same(post, entry) && !self.is_out(post));
            found.map(|post| Unsure::Said(&post.path))
        };
        self.unsure.or_else(said).or_else(|| {
            let outside = &self.input.desired.outside;
            let found = outside
                .iter()
                .flatten()
                .find(|document| is_it(document, entry))?;
            Some(Unsure::Outside(&found.path))
        })
    }

    /// Whether a document is recorded as a live post that says what it says, for sure.
    fn is_out(&self, post: &DesiredPost) -> bool {
        let own = self.pairs.identity.recorded_key(&post.key);
        let own = own.and_then(|key| self.input.recorded.ledger.entries.post(key));
        let is_live = |own: &Entry| own.state == State::Published && own.deleted_at.is_none();
        own.is_some_and(|own| is_live(own) && says_the_same(post, own))
    }

    /// Whether a live post whose document says something else has the very file that was
    /// sent. Of a post that an older version of this program sent, the commit tells.
    fn bytes(&self, subject: &Subject<'_>) -> Bytes {
        let (Some(post), Some(entry)) = (subject.post, subject.entry) else {
            return Bytes::Different;
        };
        if entry.state != State::Published || entry.digest == post.digest {
            return Bytes::Different;
        }
        let known = entry
            .document
            .as_ref()
            .map(|document| document.digest.clone());
        let at_commit = || {
            let then = (self.input.history)(entry.content_commit.as_deref()?)?;
            Some(then.by_path(&entry.path)?.source)
        };
        match known.or_else(at_commit) {
            Some(sent) if sent == post.source => Bytes::Same,
            Some(_) => Bytes::Different,
            None => Bytes::Unknown,
        }
    }

    fn nearly<'e>(&self, post: &DesiredPost, entry: &'e Entry) -> Nearly<'e> {
        let is_there = self.has_document(&entry.key);
        let document = entry.document.as_ref();
        let both_named = post.explicit_id && document.is_some_and(|document| document.explicit_id);
        Nearly {
            entry,
            root: None,
            may_be_the_same: !is_there && !both_named,
        }
    }

    /// Whether a document is the post that is recorded under `key`, or may be.
    fn has_document(&self, key: &PostKey) -> bool {
        let identity = self.pairs.identity;
        let is_own = self.pairs.documents.contains(key)
            && identity.recorded_key(key) == Some(key)
            && !identity.reused.contains(key);
        is_own || self.sources.contains(key)
    }

    /// The item of a document with errors.
    pub(super) fn blocked(&self, document: &'a BlockedDocument) -> PlanItem {
        let input = self.input;
        let entry = input.recorded.ledger.entries.post(&document.key);
        let entry = entry.map(AsRef::as_ref);
        let mut item = self.item(Subject::alone(&document.key, &document.path, entry));
        let (code, message) = &document.problem;
        item.author = document.author.clone().or(item.author);
        if let Some(author) = &item.author {
            item.author_name = input.config.author_name(author).to_owned();
            item.zone = input.config.author_zone(author);
        }
        item.scheduled_at = match document.schedule {
            Some(Schedule::At(at)) => Some(at),
            _ => item.scheduled_at,
        };
        // An open request matters more than the errors of its document.
        if matches!(item.state, PostState::Publishing | PostState::Unknown) {
            return item;
        }
        item.reason = Reason::new(code, message.clone());
        item.state = PostState::Failed;
        item.action = Action::None;
        let so = format!("none: {message}");
        let document = format!("yes, {}, and it has errors", document.path);
        for (question, answer) in [("is there a document for it?", document), ("so?", so)] {
            let mut decisions = item.decisions.iter_mut();
            if let Some(decision) = decisions.find(|decision| decision.question == question) {
                decision.answer = answer;
            }
        }
        item
    }
}

fn item(input: &PlanInput<'_>, subject: &Subject<'_>, verdict: Verdict) -> PlanItem {
    let Subject {
        place: (key, path),
        post,
        entry,
        ..
    } = *subject;
    let Verdict {
        action,
        state,
        reason,
        decisions,
        warning,
        other,
    } = verdict;
    let author = post
        .map(|post| &post.author)
        .or(entry.map(|entry| &entry.content.author))
        .cloned();
    let sends = action.is_limited();
    let live = entry.filter(|entry| entry.state == State::Published);
    let before = (sends && !matches!(action, Action::Publish))
        .then(|| live.map(|entry| entry.content.text.clone()))
        .flatten();
    PlanItem {
        key: key.clone(),
        target: Target::Linkedin,
        path: path.clone(),
        author_name: author
            .as_ref()
            .map(|author| input.config.author_name(author).to_owned())
            .unwrap_or_default(),
        zone: zone_of(input, post, author.as_ref()),
        author,
        scheduled_at: scheduled_at(post, entry),
        text_before: before,
        text_after: post
            .filter(|_| sends || action == Action::Wait)
            .map(|post| post.commentary.to_plain()),
        media: post
            .map(|post| post.media.iter().map(|media| media.path.clone()).collect())
            .unwrap_or_default(),
        requests: requests::estimate(&action, post),
        content: post.map(|post| post.digest.clone()),
        urn: live.and_then(|entry| entry.urn.clone()),
        also: live.map(|entry| entry.also.clone()).unwrap_or_default(),
        published_at: live.and_then(|entry| entry.published_at),
        action,
        state,
        reason,
        decisions,
        warning,
        other,
    }
}

/// A change of records that hang together, while one of them is being sent.
fn busy(verdict: Verdict) -> Verdict {
    let message =
        "another run is sending a post whose record changes its name together with this one";
    Verdict {
        warning: None,
        decisions: verdict.decisions,
        ..Verdict::new(Action::Hold, verdict.state, "in-progress", message)
    }
}

/// Why nothing is deleted, where that is so.
fn unsure<'a>(input: &PlanInput<'a>) -> Option<Unsure<'a>> {
    let desired = input.desired;
    if desired.posts.is_empty() && desired.blocked.is_empty() {
        return Some(Unsure::NoDocument);
    }
    if desired.may_lack_files {
        return Some(Unsure::NotCheckedOut);
    }
    let errors = desired.blocked.first();
    let errors = errors.map(|document| Unsure::Errors(&document.path));
    errors.or_else(|| desired.unread.first().map(Unsure::Unread))
}

/// Whether a document of another content root is the one that was sent, or recognisably
/// says the same.
fn is_it(document: &Outside, entry: &Entry) -> bool {
    let sent = entry.document.as_ref();
    sent.is_some_and(|sent| sent.digest == document.source)
        || Words::of(&document.body).are_alike(&Words::of(&entry.content.text), RECOGNISABLE)
}

/// Why nothing is published, in words.
pub(super) fn paused(input: &PlanInput<'_>) -> Option<&'static str> {
    match (input.paused_by_environment, input.config.publish.paused) {
        (true, _) => Some("publishing is paused by `MERGECAST_PAUSED`"),
        (false, true) => Some("publishing is paused by `publish.paused` in mergecast.yaml"),
        (false, false) => None,
    }
}

fn zone_of(input: &PlanInput<'_>, post: Option<&DesiredPost>, author: Option<&AuthorUrn>) -> Tz {
    let authors = || author.map(|author| input.config.author_zone(author));
    let zone = post.map(|post| post.zone).or_else(authors);
    zone.unwrap_or(input.config.timezone)
}

/// When a post goes out, or was meant to.
pub(super) fn scheduled_at(post: Option<&DesiredPost>, entry: Option<&Entry>) -> Option<Instant> {
    match post.map(|post| post.schedule) {
        Some(Schedule::At(at)) => Some(at),
        Some(Schedule::OnMerge | Schedule::Unscheduled) => None,
        None => entry.and_then(|entry| entry.scheduled_at),
    }
}
