//! The item of one post, from its document and its record.
//!
//! Owns what an item shows. Must not compare posts with each other; what is to be done is
//! [`super::classify`]'s.

use super::classify::{Case, Verdict, classify};
use super::order::PlanInput;
use super::{Action, PlanItem, PostState, requests};
use crate::desired::{BlockedDocument, DesiredPost, Schedule};
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
    /// A document with errors that no record belongs to.
    unreadable: Option<&'a ContentPath>,
}

/// What one item is about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) place: (&'a PostKey, &'a ContentPath),
    pub(super) post: Option<&'a DesiredPost>,
    pub(super) entry: Option<&'a Entry>,
    /// The key it was recorded under before its file was renamed.
    pub(super) from: Option<&'a PostKey>,
    pub(super) copy: Option<&'a Entry>,
}

impl<'a> Subject<'a> {
    /// A record without a readable document.
    pub(super) fn alone(key: &'a PostKey, path: &'a ContentPath, entry: Option<&'a Entry>) -> Self {
        Self {
            place: (key, path),
            post: None,
            entry,
            from: None,
            copy: None,
        }
    }
}

impl<'a> Judge<'a> {
    pub(super) fn new(input: &'a PlanInput<'a>) -> Self {
        Self {
            input,
            unreadable: unreadable(input),
        }
    }

    /// The item of one post.
    pub(super) fn item(&self, subject: Subject<'_>) -> PlanItem {
        let verdict = self.verdict(&subject);
        item(self.input, &subject, verdict)
    }

    fn verdict(&self, subject: &Subject<'_>) -> Verdict {
        let input = self.input;
        classify(&Case {
            post: subject.post,
            entry: subject.entry,
            moved_from: subject.from,
            copy_of: subject.copy,
            unreadable: self.unreadable,
            policy: &input.config.publish,
            paused: paused(input),
            text_known: input.recorded.ledger_known,
            ahead: input.ahead,
            now: input.now,
        })
    }

    /// The item of a document with errors.
    pub(super) fn blocked(&self, document: &BlockedDocument) -> PlanItem {
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
    }
}

/// The first document with errors that no record belongs to.
fn unreadable<'a>(input: &PlanInput<'a>) -> Option<&'a ContentPath> {
    let entries = &input.recorded.ledger.entries;
    let mut blocked = input.desired.blocked.iter();
    let found = blocked.find(|document| !entries.has_key(&document.key));
    found.map(|document| &document.path)
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
