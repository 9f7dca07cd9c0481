//! Rebuilding a ledger that lost something.
//!
//! Owns what is restored from the lockfile, what must be doubted since nobody can know it
//! any more, and when a rebuild has to be refused. Every change of an entry goes through
//! [`fn@super::step`]. Must not reach a store, and must never rewrite what a newer version
//! wrote.
//!
//! What a lockfile cannot tell are requests: entries that were `sending`, `unknown`,
//! `retryable` or `rejected` in the part that is lost. So that no second post can come of a
//! loss, every post that may go out now and has no record left becomes `unknown`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::continuity::Break;
use super::entry::{Entry, EntryId, Reason, State};
use super::freeze::{Freeze, WayOut};
use super::ledger::{Ledger, LedgerFileError, entry_file, entry_id};
use super::recorded::Recorded;
use super::step::{Declaration, Event, Refused, SENDING_EXPIRES, step};
use super::witness::missing;
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::PostUrn;

/// A post that falls due within this time is treated as due: the clock of a run that sent
/// it may have been ahead of ours.
pub const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);

/// A post that the content wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it would be.
    pub post: Declaration,
    /// Its first comment.
    pub comment: Option<Declaration>,
    /// Whether it may go out now, or within [`CLOCKS_DIFFER`].
    pub due: bool,
}

/// A document that says nothing because of its errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its key, or what stands in for it.
    pub key: PostKey,
    /// Its file.
    pub path: ContentPath,
    /// Whether it would surely not go out now if it were readable.
    pub later: bool,
}

/// New keys of renamed files by old keys, as the plan pairs them: new key → old key.
pub type Renames<'a> = dyn Fn(&Ledger) -> BTreeMap<PostKey, PostKey> + 'a;

/// Everything a rebuild is made from.
pub struct RebuildInput<'a> {
    /// Ledger, lockfile, and what freezes them.
    pub recorded: &'a Recorded,
    /// Posts without errors.
    pub wanted: &'a [Wanted],
    /// Documents with errors.
    pub unreadable: &'a [Unreadable],
    /// What posts said, by digest: those of the content, and earlier ones where they can
    /// be read.
    pub contents: &'a BTreeMap<Digest, PostContent>,
    /// Which files were renamed, once the lockfile's posts are known again.
    pub renames: &'a Renames<'a>,
    /// Now.
    pub now: Instant,
    /// A person says that the ledger shall belong to this repository.
    pub for_this_repository: bool,
    /// A person says that no other place publishes what the lockfile names.
    pub only_here: bool,
}

/// What became of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// The lockfile says that it is on LinkedIn.
    Published(PostUrn),
    /// The lockfile says that it was on LinkedIn.
    Deleted(PostUrn),
    /// The lockfile names another post than the ledger; both are kept.
    Beside(PostUrn),
    /// The lockfile says that it never goes out.
    Skipped,
    /// The history of the ledger, or this clone's memory, says how it stood.
    AsItStood(State),
    /// Nobody knows: it may be published.
    Doubted,
}

/// A rebuild that may be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuild {
    /// Entries to write.
    pub put: BTreeMap<EntryId, Entry>,
    /// What became of each.
    pub restored: Vec<(EntryId, Restored)>,
    /// Files below the entries' folder to take away.
    pub remove_files: Vec<String>,
    /// Whether the first page is written anew.
    pub first_page: bool,
}

/// Why a rebuild is refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A newer version wrote it; the words say what.
    Newer(String),
    /// It is another repository's ledger, and nobody said that it shall be this one's.
    OtherRepository {
        /// The id in the ledger.
        expected: String,
        /// The id of this run.
        found: String,
    },
    /// The posts of the lockfile were recorded in another place, and nobody said that it
    /// publishes no more.
    RecordedElsewhere,
    /// A request may be under way for a post that the lockfile knows to be published.
    Sending {
        /// The entry.
        id: EntryId,
        /// When its run is given up.
        until: Instant,
    },
    /// Documents that may be posts whose record is lost.
    Documents(Vec<ContentPath>),
    /// An entry that cannot take what the lockfile says.
    Refused(EntryId, Refused),
}

/// What a rebuild comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing freezes the ledger.
    Whole,
    /// This ends every freeze.
    Rebuild(Box<Rebuild>),
    /// Why not.
    Refused(Vec<Obstacle>),
}

/// Says how the ledger becomes whole again.
#[must_use]
pub fn rebuild(input: &RebuildInput<'_>) -> Answer {
    if input.recorded.freezes.is_empty() {
        return Answer::Whole;
    }
    let mut work = Work::new(input);
    work.refuse_by_freeze();
    work.put_back();
    work.restore();
    let renames = (input.renames)(&work.ledger);
    work.doubt(&renames);
    work.doubt_unreadable();
    work.clear_files();
    if work.obstacles.is_empty() {
        Answer::Rebuild(Box::new(work.done))
    } else {
        Answer::Refused(work.obstacles)
    }
}

struct Work<'a> {
    input: &'a RebuildInput<'a>,
    /// The ledger with what is done so far.
    ledger: Ledger,
    done: Rebuild,
    obstacles: Vec<Obstacle>,
    /// Whether entries may be missing that nothing names any more.
    lost: bool,
    /// Posts whose file in the ledger is damaged: something was recorded about them.
    damaged: BTreeSet<EntryId>,
}

impl<'a> Work<'a> {
    fn new(input: &'a RebuildInput<'a>) -> Self {
        let mut damaged = BTreeSet::new();
        let mut lost = false;
        for freeze in &input.recorded.freezes {
            match freeze {
                Freeze::Unreadable { file, problem } => {
                    // All entries at once: their folder is no folder.
                    lost |= file.ends_with('/');
                    damaged.extend(entry_id(file));
                    if let LedgerFileError::Misplaced(key) = problem
                        && let Ok(key) = PostKey::parse(key)
                    {
                        for target in [Target::Linkedin, Target::Comment] {
                            let key = key.clone();
                            damaged.insert(EntryId { key, target });
                        }
                    }
                }
                Freeze::LockfileKnowsMore { .. }
                | Freeze::LockfileKnowsSkip { .. }
                | Freeze::NoWitness { .. }
                // A copy is as old as its copying; what the other repository did since is
                // not in it.
                | Freeze::OtherRepository { .. }
                | Freeze::OtherRemote { .. }
                // What was in the ledger that is not there any more, nobody knows.
                | Freeze::LedgerMissing { .. }
                | Freeze::RecordedElsewhere
                | Freeze::RootMissing { .. }
                | Freeze::LedgerGone { .. }
                | Freeze::LedgerMoved { .. }
                | Freeze::LedgerReplaced { .. } => lost = true,
                Freeze::Broken(found) => lost |= found.may_hide_more(),
                Freeze::RootMoved { .. } => {}
                Freeze::FirstPageUnreadable { .. } | Freeze::LockfileNewer { .. } => {}
            }
        }
        Self {
            input,
            ledger: input.recorded.ledger.clone(),
            done: Rebuild::default(),
            obstacles: Vec::new(),
            lost,
            damaged,
        }
    }

    fn refuse_by_freeze(&mut self) {
        for freeze in &self.input.recorded.freezes {
            match freeze {
                Freeze::OtherRepository { expected, found }
                | Freeze::OtherRemote { expected, found }
                    if !self.input.for_this_repository =>
                {
                    self.obstacles.push(Obstacle::OtherRepository {
                        expected: expected.clone(),
                        found: found.clone(),
                    });
                }
                Freeze::RecordedElsewhere if !self.input.only_here => {
                    self.obstacles.push(Obstacle::RecordedElsewhere);
                }
                freeze if freeze.way_out() == WayOut::NewerVersion => {
                    self.obstacles.push(Obstacle::Newer(freeze.to_string()));
                }
                Freeze::OtherRepository { .. }
                | Freeze::OtherRemote { .. }
                | Freeze::FirstPageUnreadable { .. }
                | Freeze::NoWitness { .. }
                | Freeze::LedgerGone { .. }
                | Freeze::LedgerMoved { .. }
                | Freeze::Broken(Break::Gone { .. })
                | Freeze::LedgerReplaced { .. } => self.done.first_page = true,
                Freeze::LedgerMissing { .. }
                | Freeze::RecordedElsewhere
                | Freeze::RootMissing { .. }
                | Freeze::Unreadable { .. }
                | Freeze::LockfileKnowsMore { .. }
                | Freeze::LockfileKnowsSkip { .. }
                | Freeze::Broken(_)
                | Freeze::RootMoved { .. }
                | Freeze::LockfileNewer { .. } => {}
            }
        }
        // What stands there is no ledger: it gets a first page, and the mark names that one.
        let recorded = &self.input.recorded;
        let mut freezes = recorded.freezes.iter();
        if recorded.ledger.genesis.is_none()
            && freezes.any(|freeze| matches!(freeze, Freeze::Broken(_)))
        {
            self.done.first_page = true;
        }
    }

    /// Puts back entries as they stood, which are known and not in the ledger. What the
    /// ledger says of them by now is kept where it names another post.
    fn put_back(&mut self) {
        for entry in &self.input.recorded.ledger.forgotten {
            let id = entry.id();
            let mut back = Entry::clone(entry);
            if let Some(now) = self.ledger.entries.get(&id).cloned()
                && !self.give_way(&now, &mut back)
            {
                continue;
            }
            let restored = match (back.state, &back.urn, back.deleted_at) {
                (State::Published, Some(urn), Some(_)) => Restored::Deleted(urn.clone()),
                (State::Published, Some(urn), None) if back.also != entry.also => {
                    Restored::Beside(urn.clone())
                }
                (State::Published, Some(urn), None) => Restored::Published(urn.clone()),
                (state, _, _) => Restored::AsItStood(state),
            };
            self.ledger.entries.insert(id.clone(), back.clone());
            self.done.put.insert(id.clone(), back);
            self.done.restored.push((id, restored));
        }
    }

    /// Whether what is put back names `urn` for another post than `id`: a hand may have swapped
    /// the URNs of two.
    fn is_of_another(&self, urn: &PostUrn, id: &EntryId) -> bool {
        let forgotten = self.input.recorded.ledger.forgotten.iter();
        let mut others = forgotten.filter(|entry| entry.id() != *id && entry.target == id.target);
        others.any(|entry| entry.urn.as_ref() == Some(urn) || entry.also.contains(urn))
    }

    /// Whether `now` gives way to `back`, which then names the posts of both.
    fn give_way(&mut self, now: &Entry, back: &mut Entry) -> bool {
        // The attempt whose end is put back runs no more.
        let ended = now.attempt == back.attempt && now.owner == back.owner;
        if now.state == State::Sending && !ended {
            let until = now.declared_at.map(|declared| declared + SENDING_EXPIRES);
            if let Some(until) = until.filter(|until| *until > self.input.now) {
                let id = now.id();
                self.obstacles.push(Obstacle::Sending { id, until });
                return false;
            }
        }
        let known: Vec<_> = back.urn.iter().chain(&back.also).cloned().collect();
        let others = now.urn.iter().chain(&now.also);
        let id = now.id();
        let others = others.filter(|urn| !known.contains(urn) && !self.is_of_another(urn, &id));
        let others: Vec<PostUrn> = others.cloned().collect();
        match (back.state, now.state) {
            (State::Published, _) => back.also.extend(others),
            // The post was found to exist; that is more than was known before.
            (_, State::Published) => return false,
            (_, _) => {}
        }
        true
    }

    /// Applies one event; whether it applied.
    fn apply(&mut self, id: &EntryId, event: Event) -> bool {
        match step(self.ledger.entries.get(id), event) {
            Ok(next) => {
                self.ledger.entries.insert(id.clone(), next.clone());
                self.done.put.insert(id.clone(), next);
                true
            }
            Err(refused) => {
                self.obstacles.push(Obstacle::Refused(id.clone(), refused));
                false
            }
        }
    }

    /// Makes entries of the lockfile's blocks that the ledger lacks.
    fn restore(&mut self) {
        let now = self.input.now;
        let ledger = self.ledger.clone();
        for block in missing(&ledger, &self.input.recorded.lockfile) {
            let id = block.id();
            let entry = self.ledger.entries.get(&id);
            if let Some(entry) = entry.filter(|entry| entry.state == State::Sending) {
                let until = entry.declared_at.map(|declared| declared + SENDING_EXPIRES);
                if let Some(until) = until.filter(|until| *until > now) {
                    self.obstacles.push(Obstacle::Sending { id, until });
                    continue;
                }
                if !self.apply(
                    &id,
                    Event::Expired {
                        at: now,
                        waited: false,
                    },
                ) {
                    continue;
                }
            }
            let content = self.input.contents.get(&block.digest);
            let event = Event::Witnessed {
                block: Box::new(block.clone()),
                content: content.cloned().map(Box::new),
                at: now,
            };
            if !self.apply(&id, event) {
                continue;
            }
            let entry = self.ledger.entries.get(&id);
            let restored = match &block.urn {
                None => Restored::Skipped,
                Some(urn) if entry.is_some_and(|entry| entry.urn.as_ref() != Some(urn)) => {
                    Restored::Beside(urn.clone())
                }
                Some(urn) if block.deleted_at.is_some() => Restored::Deleted(urn.clone()),
                Some(urn) => Restored::Published(urn.clone()),
            };
            self.done.restored.push((id, restored));
        }
    }

    /// Whether what is recorded by now keeps `id` from being sent. What the lockfile names is
    /// an entry by now, under this key or under the one its file had before.
    fn barred(&self, id: &EntryId) -> bool {
        let entry = self.ledger.entries.get(id);
        entry.is_some_and(Entry::bars_sending)
    }

    /// Makes `unknown` what may have been sent by a run whose record is lost.
    fn doubt(&mut self, renames: &BTreeMap<PostKey, PostKey>) {
        for wanted in self.input.wanted {
            let from = renames.get(&wanted.post.key);
            let key = from.unwrap_or(&wanted.post.key);
            let id = |target| EntryId {
                key: key.clone(),
                target,
            };
            let (post, comment) = (id(Target::Linkedin), id(Target::Comment));
            let may_be_gone =
                |id: &EntryId, due: bool| (self.lost && due) || self.damaged.contains(id);
            let doubted = may_be_gone(&post, wanted.due) && !self.barred(&post);
            let live = self.ledger.entries.get(&post).is_some_and(|entry| {
                let may_live = matches!(
                    entry.state,
                    State::Published | State::Sending | State::Unknown
                );
                may_live && entry.deleted_at.is_none()
            });
            let comment_doubted = may_be_gone(&comment, doubted || live) && !self.barred(&comment);
            if doubted {
                self.doubt_one(&post, &wanted.post);
            }
            if let Some(declaration) = wanted.comment.as_ref().filter(|_| comment_doubted) {
                self.doubt_one(&comment, declaration);
            }
        }
    }

    fn why_in_doubt(&self) -> &'static str {
        let of_another = |freeze: &Freeze| {
            matches!(
                freeze,
                Freeze::OtherRepository { .. } | Freeze::OtherRemote { .. }
            )
        };
        match self.input.recorded.freezes.iter().all(of_another) {
            true => "the other repository may have sent it",
            false => "its record was lost with the ledger",
        }
    }

    fn doubt_one(&mut self, id: &EntryId, declaration: &Declaration) {
        let declaration = Declaration {
            key: id.key.clone(),
            ..declaration.clone()
        };
        let event = Event::Doubted {
            declaration: Box::new(declaration),
            reason: Reason::new("ledger-lost", self.why_in_doubt()),
            at: self.input.now,
        };
        if self.apply(id, event) {
            self.done.restored.push((id.clone(), Restored::Doubted));
        }
    }

    /// A document with errors cannot become an entry, and would go out unrecorded as soon
    /// as it is corrected.
    fn doubt_unreadable(&mut self) {
        let open = |document: &&Unreadable| {
            let id = EntryId {
                key: document.key.clone(),
                target: Target::Linkedin,
            };
            let may_be_gone = (self.lost && !document.later) || self.damaged.contains(&id);
            may_be_gone && !self.barred(&id)
        };
        let documents = self.input.unreadable.iter().filter(open);
        let paths: Vec<ContentPath> = documents.map(|document| document.path.clone()).collect();
        if !paths.is_empty() {
            self.obstacles.push(Obstacle::Documents(paths));
        }
    }

    /// Files that cannot be read go, unless what is known of their posts is written there.
    fn clear_files(&mut self) {
        for freeze in &self.input.recorded.freezes {
            let Freeze::Unreadable { file, .. } = freeze else {
                continue;
            };
            let id = entry_id(file).filter(|id| entry_file(id) == *file);
            let written = id.is_some_and(|id| self.done.put.contains_key(&id));
            if !written {
                self.done.remove_files.push(file.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
