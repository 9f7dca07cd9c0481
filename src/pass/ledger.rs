//! One pass's hold on the ledger: read, apply events through `step`, compare and swap.
//!
//! Owns the loop that re-applies events when somebody else was faster. Must not decide
//! whether an event applies: [`crate::record::step`] does, each time anew.

mod by_hand;
mod overtaken;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};

use self::overtaken::Known;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::ports::{
    Clock, Committed, Entropy, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore, World,
};
use crate::record::beginning::Situation;
use crate::record::step::SENDING_EXPIRES;
use crate::record::{Entries, Entry, EntryId, Event, Freeze, Ledger, Refused, Succession, step};

/// How often a lost race is run again before giving up. Each loss means that somebody
/// else made progress, so this bounds waiting, not fairness.
const MAX_RACES: u32 = 50;

/// How many changes the summary of a commit names.
const MOST_NAMED: usize = 20;

/// Something that is to be recorded about one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The entry.
    pub(crate) id: EntryId,
    /// What happened to it.
    pub(crate) event: Event,
}

/// What became of a [`Change`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It is durable.
    Recorded,
    /// It does not apply to what the ledger says now; nothing was written for it.
    Refused(Refused),
}

/// The ledger as one pass sees it.
pub(crate) struct LedgerSession<'a, W: World> {
    world: &'a W,
    repository_id: Option<String>,
    snapshot: LedgerSnapshot,
    /// `None`: no plan was made.
    known: Option<Known>,
}

impl<'a, W: World> LedgerSession<'a, W> {
    /// Reads the ledger.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(crate) async fn open(
        world: &'a W,
        repository_id: Option<String>,
    ) -> Result<Self, LedgerError> {
        let mut snapshot = world.ledger().load().await?;
        if snapshot.version.is_some() {
            let earlier = world.ledger().home().earlier;
            snapshot.ledger = std::mem::take(&mut snapshot.ledger).beside(&earlier);
        }
        Ok(Self {
            world,
            repository_id,
            snapshot,
            known: None,
        })
    }

    /// The newest state this pass knows.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.snapshot.ledger
    }

    /// When the newest change of the ledger was made, by the clock of whoever made it.
    pub(crate) fn changed_at(&self) -> Option<Instant> {
        self.snapshot.changed_at
    }

    /// Why a declaration with `nonce`, made at `declared_at` and recorded just now, must not
    /// be followed by its request: somebody built on it already, and gave it up or may at
    /// any moment. The machine of this run may have stood still in between with all of its
    /// clocks, so only what others wrote can tell.
    pub(crate) fn given_up(
        &self,
        id: &EntryId,
        nonce: &str,
        declared_at: Instant,
    ) -> Option<&'static str> {
        let entry = self.snapshot.ledger.entries.get(id);
        if !entry.is_some_and(|entry| entry.authorises(nonce)) {
            return Some("another run gave its declaration up before this run could send it");
        }
        let newest = self.snapshot.changed_at?;
        (newest - declared_at >= SENDING_EXPIRES)
            .then_some("by the clocks of other runs its declaration is too old")
    }

    /// A plan was made from the ledger as it is known now, and from documents of these keys.
    /// What others declare from now on under any other key was not compared with its posts.
    pub(crate) fn planned<'k>(&mut self, documents: impl Iterator<Item = &'k PostKey>) {
        let documents = documents.cloned().collect();
        self.known = Some(Known::new(&self.snapshot.ledger, documents));
    }

    /// What the newest state is based on; `None`: there is no ledger.
    pub(crate) fn version(&self) -> Option<&str> {
        self.snapshot.version.as_deref()
    }

    /// GitHub's number for the repository, where known.
    pub(crate) fn repository_id(&self) -> Option<&str> {
        self.repository_id.as_deref()
    }

    /// Reads the ledger again.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(crate) async fn reload(&mut self) -> Result<(), LedgerError> {
        self.snapshot = self.world.ledger().load().await?;
        Ok(())
    }

    /// Reads the ledger again after a lost race. A ledger that vanished meanwhile is not begun
    /// anew with what this run has to record.
    async fn reload_whole(&mut self) -> Result<(), LedgerError> {
        let was_there = self.snapshot.version.is_some();
        self.reload().await?;
        match was_there && self.snapshot.version.is_none() {
            true => Err(LedgerError::Gone),
            false => Ok(()),
        }
    }

    /// Records `changes` in one commit, in order; changes that do not apply are left out
    /// and told. Without any that applies, nothing is written.
    ///
    /// # Errors
    /// When the store cannot be reached or refuses: then it is not known whether the
    /// changes are durable, and nothing may be done that needs them to be.
    pub(crate) async fn record(&mut self, changes: &[Change]) -> Result<Vec<Applied>, LedgerError> {
        let nonce = self.world.entropy().nonce();
        for race in 0..MAX_RACES {
            refuse_broken(&self.snapshot, changes)?;
            let outcome = apply_all(&self.snapshot.ledger, &self.known, changes);
            if outcome.put.is_empty() {
                return Ok(outcome.applied);
            }
            let change = LedgerChange {
                put: outcome.put,
                remove: outcome.remove,
                remove_files: Vec::new(),
                first_page: None,
                summary: summary(changes),
                nonce: format!("{nonce}{race:02x}"),
                at: self.world.clock().now(),
                repository_id: self.repository_id.clone(),
                succession: Succession::default(),
                taken_from: None,
                remote_name: self.world.ledger().home().remote_name,
                begins_root: false,
            };
            match self
                .world
                .ledger()
                .commit(&self.snapshot.version, &change)
                .await?
            {
                Committed::BuiltOn => {
                    self.reload().await?;
                    return Ok(outcome.applied);
                }
                Committed::Won(version) => {
                    self.snapshot.version = version;
                    self.snapshot.changed_at = Some(change.at);
                    for id in &change.remove {
                        self.snapshot.ledger.entries.remove(id);
                    }
                    self.snapshot.ledger.entries.extend(change.put);
                    return Ok(outcome.applied);
                }
                Committed::Lost => {
                    self.back_off(race).await;
                    self.reload_whole().await?;
                }
            }
        }
        Err(LedgerError::Other(format!(
            "the ledger changed {MAX_RACES} times in a row under us"
        )))
    }

    /// Creates the ledger, or begins this content root in it, with the entries that an
    /// earlier ledger of this clone holds. Who loses a race reads what the other one began.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub(crate) async fn begin(&mut self, earlier: &Entries) -> Result<(), LedgerError> {
        let put = earlier.values().map(|entry| (entry.id(), entry.clone()));
        let change = LedgerChange {
            put: put.collect(),
            remove: Vec::new(),
            remove_files: Vec::new(),
            first_page: None,
            summary: "begun".to_owned(),
            nonce: self.world.entropy().nonce(),
            at: self.world.clock().now(),
            repository_id: self.repository_id.clone(),
            remote_name: self.world.ledger().home().remote_name,
            begins_root: true,
            succession: Succession::default(),
            taken_from: None,
        };
        let base = self.snapshot.version.clone();
        self.world.ledger().commit(&base, &change).await?;
        self.reload().await
    }

    /// What the decision whether the ledger has begun is made from.
    pub(crate) fn situation(&self, since: Option<NaiveDate>) -> Situation {
        situation(
            self.world.ledger(),
            &self.snapshot,
            since,
            self.world.clock().now(),
        )
    }

    /// Waits a little before the next race: longer each time, and never in step with
    /// other runners.
    async fn back_off(&self, race: u32) {
        let ceiling = 50_u32 << race.min(5);
        let random = self.world.entropy().below(ceiling);
        let wait = TimeDelta::milliseconds(i64::from(random));
        self.world
            .clock()
            .sleep_until(self.world.clock().now() + wait)
            .await;
    }
}

/// What this run saw before may be lost by now, so nothing new is declared or settled. What
/// LinkedIn answered is recorded all the same, where there is a ledger to record it in.
fn refuse_broken(snapshot: &LedgerSnapshot, changes: &[Change]) -> Result<(), LedgerError> {
    let broken = |freeze: &&Freeze| matches!(freeze, Freeze::Broken(_));
    let breaks: Vec<Freeze> = snapshot
        .ledger
        .freezes
        .iter()
        .filter(broken)
        .cloned()
        .collect();
    let is_answer = |change: &Change| {
        matches!(
            change.event,
            Event::Published { nonce: Some(_), .. }
                | Event::NotCreated { .. }
                | Event::Rejected { .. }
                | Event::Lost { .. }
        )
    };
    let answers = snapshot.version.is_some() && changes.iter().all(is_answer);
    match breaks.is_empty() || answers {
        true => Ok(()),
        false => Err(LedgerError::Broken(breaks)),
    }
}

/// What the decision whether the ledger of `store` has begun is made from.
pub(crate) fn situation<S: LedgerStore>(
    store: &S,
    snapshot: &LedgerSnapshot,
    since: Option<NaiveDate>,
    now: Instant,
) -> Situation {
    let home = store.home();
    Situation {
        begins: home.begins,
        exists: snapshot.version.is_some(),
        root_begun: snapshot.ledger.root_begun,
        earlier_here: !home.earlier.is_empty(),
        since,
        now,
        network_now: None,
    }
}

struct Outcome {
    put: BTreeMap<EntryId, Entry>,
    remove: Vec<EntryId>,
    applied: Vec<Applied>,
}

/// Applies every change to a copy of the entries it concerns. Moves come alone.
fn apply_all(ledger: &Ledger, known: &Option<Known>, changes: &[Change]) -> Outcome {
    let is_move = |change: &Change| matches!(change.event, Event::Moved { .. });
    if changes.iter().any(is_move) {
        return move_all(ledger, changes);
    }
    let mut outcome = Outcome {
        put: BTreeMap::new(),
        remove: Vec::new(),
        applied: Vec::new(),
    };
    for Change { id, event } in changes {
        let moved = moved_away(ledger, id, event);
        let id = moved.as_ref().unwrap_or(id);
        let current = outcome.put.get(id).or_else(|| ledger.entries.get(id));
        let overtaken = known.as_ref();
        let overtaken = overtaken.and_then(|known| known.overtaken_by(ledger, event));
        if let Some(key) = overtaken {
            let refused = Refused::Overtaken { key };
            outcome.applied.push(Applied::Refused(refused));
            continue;
        }
        match step(current, event.clone()) {
            Ok(next) => {
                if ledger.entries.get(&next.id()) != Some(&next) {
                    outcome.put.insert(next.id(), next);
                }
                outcome.applied.push(Applied::Recorded);
            }
            Err(refused) => outcome.applied.push(Applied::Refused(refused)),
        }
    }
    outcome
}

/// Moves entries to new keys, all at once: one may take the key that another leaves. All of
/// them or none, since a part of a swap would put one post's record over another's.
///
/// Refused when a record is not what the plan saw, or when a key belongs to a record that
/// stays: another run was faster.
fn move_all(ledger: &Ledger, changes: &[Change]) -> Outcome {
    let mut outcome = Outcome {
        put: BTreeMap::new(),
        remove: Vec::new(),
        applied: Vec::new(),
    };
    let sources: BTreeSet<&EntryId> = changes.iter().map(|change| &change.id).collect();
    for Change { id, event } in changes {
        let applied = step(ledger.entries.get(id), event.clone()).and_then(|next| {
            let bars = |target| {
                let key = next.key.clone();
                let there = EntryId { key, target };
                let entry = ledger
                    .entries
                    .get(&there)
                    .filter(|_| !sources.contains(&there));
                entry.is_some_and(Entry::bars_sending)
            };
            // Where another post has the key, its comment would become that one's.
            match bars(Target::Linkedin) || bars(id.target) || outcome.put.contains_key(&next.id())
            {
                true => Err(Refused::RecordChanged),
                false => Ok(next),
            }
        });
        match applied {
            Ok(next) => {
                outcome.put.insert(next.id(), next);
                outcome.applied.push(Applied::Recorded);
            }
            Err(refused) => {
                let refused = changes.iter().map(|_| Applied::Refused(refused.clone()));
                return Outcome {
                    put: BTreeMap::new(),
                    remove: Vec::new(),
                    applied: refused.collect(),
                };
            }
        }
    }
    let left = sources
        .into_iter()
        .filter(|id| !outcome.put.contains_key(id));
    outcome.remove = left.cloned().collect();
    outcome
}

/// Where the attempt went that `event` ends: somebody whose clock is far ahead may have
/// given its run up and moved the entry with its file.
fn moved_away(ledger: &Ledger, id: &EntryId, event: &Event) -> Option<EntryId> {
    let nonce = match event {
        Event::Published { nonce, .. } => nonce.as_deref()?,
        Event::NotCreated { nonce, .. }
        | Event::Rejected { nonce, .. }
        | Event::Lost { nonce, .. } => nonce,
        _ => return None,
    };
    if ledger.entries.contains_key(id) {
        return None;
    }
    let mut entries = ledger.entries.values();
    let owned = entries.find(|entry| entry.target == id.target && entry.is_owned_by(nonce))?;
    Some(owned.id())
}

/// One line for the ledger's log.
fn summary(changes: &[Change]) -> String {
    let word = |event: &Event| match event {
        Event::Declare { probe: false, .. } => "sending",
        Event::Declare { probe: true, .. } => "probing",
        Event::Published { .. } => "published",
        Event::NotCreated { .. } => "retryable",
        Event::Rejected { .. } => "rejected",
        Event::Lost { .. } | Event::Expired { .. } => "unknown",
        Event::NotPublished { .. } => "not published",
        Event::Skip { .. } => "skipped",
        Event::Parked { .. } => "parked",
        Event::Edited { .. } => "updated",
        Event::EditLost => "perhaps updated",
        Event::Replaced { .. } => "corrected",
        Event::Reopened => "not skipped",
        Event::Moved { .. } => "moved",
        Event::Recognised { .. } => "same text",
        Event::Deleted { .. } => "deleted",
        Event::Witnessed { .. } => "restored",
        Event::Doubted { .. } => "in doubt",
    };
    let part = |change: &Change| format!("{} {}", word(&change.event), change.id.key);
    let named = changes.iter().take(MOST_NAMED).map(part);
    let mut summary = named.collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = changes.len().checked_sub(MOST_NAMED) {
        summary.push_str(&format!(" and {more} more"));
    }
    summary
}

#[cfg(test)]
mod tests;
