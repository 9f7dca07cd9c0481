//! What the passes of a rehearsal did, as one timeline.
//!
//! Owns telling each thing once: a post that stays held is told when it is held, not with
//! every run. Must not run passes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::desired::DesiredPost;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::model::zone::Tz;
use crate::pass::load::Content;
use crate::plan::{PlanItem, PostState};
use crate::record::{EntryId, Ledger, Reason};
use crate::report::rehearsal::{Event, Fault, Happening, Moment, Subject, Tally, What};
use crate::report::results::{ApplyReport, Outcome, PostResult};

/// The timeline under construction.
pub(super) struct Chronicle {
    posts: BTreeMap<PostKey, Known>,
    zone: Tz,
    timeline: Vec<Moment>,
    /// How each post stands that is not out: what, why, and since when.
    standing: BTreeMap<EntryId, (What, String, Instant)>,
    refused: BTreeSet<EntryId>,
    unknown: BTreeSet<EntryId>,
}

/// What is told beside what happens.
#[derive(Default)]
struct Told {
    late: Option<TimeDelta>,
    reason: Option<Reason>,
    again: Option<Instant>,
    urn: Option<PostUrn>,
}

/// What is shown of a post.
struct Known {
    zone: Tz,
    first_line: String,
    comment: String,
}

fn id(item: &PlanItem) -> EntryId {
    EntryId {
        key: item.key.clone(),
        target: item.target,
    }
}

/// The first line with something on it; what stands in for it where there is no text.
fn first_line(post: &DesiredPost) -> String {
    let text = post.commentary.to_plain();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    match (line, post.media.len()) {
        (Some(line), _) => line.to_owned(),
        (None, 0) => "(no text)".to_owned(),
        (None, 1) => "(no text, one file)".to_owned(),
        (None, files) => format!("(no text, {files} files)"),
    }
}

impl Chronicle {
    /// An empty timeline of the posts of `content`.
    pub(super) fn new(content: &Content) -> Self {
        let posts = content.desired.posts.iter();
        let lines = posts.map(|post| {
            let comment = post.first_comment.as_deref().unwrap_or_default();
            let comment = comment.lines().next().unwrap_or_default().trim();
            let known = Known {
                zone: post.zone,
                first_line: first_line(post),
                comment: comment.to_owned(),
            };
            (post.key.clone(), known)
        });
        Self {
            posts: lines.collect(),
            zone: content.config.timezone,
            timeline: Vec::new(),
            standing: BTreeMap::new(),
            refused: BTreeSet::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// The post an item is about.
    pub(super) fn subject(&self, item: &PlanItem) -> Subject {
        let known = self.posts.get(&item.key);
        let first_line = known.map(|known| match item.target {
            Target::Linkedin => known.first_line.clone(),
            Target::Comment => known.comment.clone(),
        });
        Subject {
            key: item.key.clone(),
            target: item.target,
            path: item.path.clone(),
            author: item.author.clone(),
            author_name: item.author_name.clone(),
            zone: item.zone,
            scheduled_at: item.scheduled_at,
            first_line: first_line.unwrap_or_default(),
        }
    }

    /// Since when a post stands as it does.
    pub(super) fn since(&self, item: &PlanItem) -> Option<Instant> {
        self.standing.get(&id(item)).map(|(_, _, since)| *since)
    }

    /// Posts whose outcome was unknown at some time.
    pub(super) fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// Counts what happened.
    pub(super) fn count(&self, tally: &mut Tally) {
        for happening in self.timeline.iter().filter_map(happening) {
            match happening.what {
                // A person who finds a post says that it went out.
                What::Published => tally.posts += 1,
                What::Resolved if happening.urn.is_some() => match happening.subject.target {
                    Target::Linkedin => tally.posts += 1,
                    Target::Comment => tally.comments += 1,
                },
                What::Commented => tally.comments += 1,
                What::Updated | What::Deleted | What::Moved => tally.changes += 1,
                What::Held
                | What::Refused
                | What::Failed
                | What::Unknown
                | What::Resolved
                | What::Skipped
                | What::Due
                | What::Draft => {}
            }
            let late = happening
                .late
                .map(|late| (late, happening.subject.key.clone()));
            let worse = |late: &(TimeDelta, PostKey)| {
                tally.worst.as_ref().is_none_or(|worst| late.0 > worst.0)
            };
            if let Some(late) = late.filter(worse) {
                tally.worst = Some(late);
            }
        }
    }

    /// How much is told so far.
    pub(super) fn told(&self) -> usize {
        self.timeline.len()
    }

    /// The timeline, in order; of one moment in the order in which it was told.
    pub(super) fn finish(mut self) -> Vec<Moment> {
        self.timeline.sort_by_key(|moment| moment.at);
        self.timeline
    }

    /// A mishap struck.
    pub(super) fn fault(&mut self, at: Instant, fault: Fault, key: Option<PostKey>) {
        let known = key.as_ref().and_then(|key| self.posts.get(key));
        let zone = known.map_or(self.zone, |known| known.zone);
        let event = Event::Fault { fault, key, zone };
        self.timeline.push(Moment { at, event });
    }

    /// A person settled `item`: it is out, as this post, or it is not.
    pub(super) fn resolved(&mut self, at: Instant, item: &PlanItem, urn: Option<PostUrn>) {
        let out_at = urn.as_ref().and_then(PostUrn::minted_at);
        let late = out_at.zip(item.scheduled_at).map(|(out, due)| out - due);
        self.standing.remove(&id(item));
        let told = Told {
            late,
            urn,
            ..Told::default()
        };
        self.push(at, What::Resolved, item, told);
    }

    /// What one pass did that began at `began`; `ledger` is what it left behind.
    pub(super) fn pass(&mut self, began: Instant, report: &ApplyReport, ledger: &Ledger) {
        self.refusal(began, report);
        for result in &report.results {
            let entry = ledger.entries.get(&id(&result.item));
            let again = entry.and_then(|entry| entry.not_before);
            self.result(report.now, result, again);
        }
    }

    fn push(&mut self, at: Instant, what: What, item: &PlanItem, told: Told) {
        let subject = self.subject(item);
        let happening = Happening {
            what,
            subject,
            late: told.late,
            reason: told.reason,
            again: told.again,
            urn: told.urn,
        };
        let event = Event::Post(Box::new(happening));
        self.timeline.push(Moment { at, event });
    }

    fn refusal(&mut self, at: Instant, report: &ApplyReport) {
        let results = report.results.iter().filter(|result| is_refused(result));
        let refused: BTreeSet<EntryId> = results.clone().map(|result| id(&result.item)).collect();
        let more = !refused.is_subset(&self.refused);
        if more {
            let mut guards = report.diagnostics.iter();
            let guard = guards.find(|found| matches!(found.code, "frozen" | "too-many-changes"));
            let reason = guard.map(|guard| {
                let words = guard.notes.first().unwrap_or(&guard.message);
                Reason::new(guard.code, words.clone())
            });
            let posts = results.map(|result| self.subject(&result.item)).collect();
            let reason =
                reason.unwrap_or_else(|| Reason::new("guard-refused", "a guard refuses it"));
            let zone = self.zone;
            let event = Event::Refusal {
                reason,
                posts,
                zone,
            };
            self.timeline.push(Moment { at, event });
        }
        for id in &refused {
            let standing = (What::Refused, "guard-refused".to_owned(), at);
            self.standing.entry(id.clone()).or_insert(standing);
        }
        self.refused = refused;
    }

    fn result(&mut self, now: Instant, result: &PostResult, again: Option<Instant>) {
        let item = &result.item;
        let why = Told {
            reason: Some(item.reason.clone()),
            ..Told::default()
        };
        match result.outcome {
            Outcome::Published => {
                let at = item.published_at.unwrap_or(now);
                let late = item.scheduled_at.map(|due| at - due);
                let told = Told {
                    late,
                    ..Told::default()
                };
                self.done(at, What::Published, item, told);
            }
            Outcome::Commented => {
                let at = item.published_at.unwrap_or(now);
                self.done(at, What::Commented, item, Told::default());
            }
            Outcome::Updated => self.done(now, What::Updated, item, why),
            Outcome::Deleted => self.done(now, What::Deleted, item, why),
            Outcome::Moved => self.done(now, What::Moved, item, why),
            Outcome::Held if is_refused(result) => {}
            Outcome::Held => self.stands(now, What::Held, result, again),
            Outcome::Failed => self.stands(now, What::Failed, result, again),
            Outcome::Unknown => {
                self.unknown.insert(id(item));
                self.stands(now, What::Unknown, result, None);
            }
            Outcome::None if item.reason.code == "late-skipped" => {
                self.stands(now, What::Skipped, result, None);
            }
            Outcome::None => self.found(now, item),
        }
    }

    /// A post nobody knew of, which a run found out about by itself.
    fn found(&mut self, now: Instant, item: &PlanItem) {
        let known = self.standing.get(&id(item));
        let unknown = known.is_some_and(|(what, _, _)| *what == What::Unknown);
        if !unknown || item.state != PostState::Published {
            return;
        }
        let out_at = item.urn.as_ref().and_then(PostUrn::minted_at);
        let told = Told {
            late: out_at.zip(item.scheduled_at).map(|(out, due)| out - due),
            reason: Some(item.reason.clone()),
            ..Told::default()
        };
        self.done(now, What::Resolved, item, told);
    }

    fn done(&mut self, at: Instant, what: What, item: &PlanItem, told: Told) {
        self.standing.remove(&id(item));
        let urn = item.urn.clone();
        self.push(at, what, item, Told { urn, ..told });
    }

    /// A post that is not out is told when that is new, or for another reason than before.
    fn stands(&mut self, at: Instant, what: What, result: &PostResult, again: Option<Instant>) {
        let item = &result.item;
        let reason = match &result.error {
            Some(error) => Reason::new(&error.code, error.message.clone()),
            None => item.reason.clone(),
        };
        let before = self.standing.get(&id(item));
        let same = |known: &(What, String, Instant)| (known.0, &known.1) == (what, &reason.code);
        // What an attempt met and what the next plan says of it are one thing.
        let goes_on = before.is_some_and(|known| known.0 == what)
            && match what {
                What::Held => reason.code == "retry-later",
                _ => true,
            };
        if goes_on || before.is_some_and(same) {
            return;
        }
        let since = before.map_or(at, |(_, _, since)| *since);
        let standing = (what, reason.code.clone(), since);
        self.standing.insert(id(item), standing);
        let told = Told {
            reason: Some(reason),
            again: again.filter(|again| *again > at),
            ..Told::default()
        };
        self.push(at, what, item, told);
    }
}

fn happening(moment: &Moment) -> Option<&Happening> {
    match &moment.event {
        Event::Post(happening) => Some(happening),
        Event::Refusal { .. } | Event::Fault { .. } => None,
    }
}

fn is_refused(result: &PostResult) -> bool {
    result
        .error
        .as_ref()
        .is_some_and(|error| error.kind == "guard")
}
