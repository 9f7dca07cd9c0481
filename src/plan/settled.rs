//! Judgements that time does not change, kept from one plan to the next.
//!
//! Owns which those are: of a record of years nearly all, and a plan is made from the few
//! others. A plan made with them is the one that is made without. Must not judge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::index::Index;
use super::judge::scheduled_at;
use super::place::Place;
use super::{Action, PlanItem};
use crate::desired::DesiredPost;
use crate::model::config::Config;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::record::{Entries, Entry, State};

struct Known {
    entry: Arc<Entry>,
    /// The document that was judged.
    source: Digest,
    item: Arc<PlanItem>,
}

/// An item that was made for a plan.
pub(super) struct Judged<'a> {
    pub(super) item: Arc<PlanItem>,
    /// What it was made from, where it may be kept: the record under its own key, and the
    /// document if there is one.
    pub(super) of: Option<(Option<&'a DesiredPost>, Arc<Entry>)>,
}

/// See the module. Every recorded post is either past or in `rest`.
#[derive(Default)]
pub struct Settled {
    config: Option<Config>,
    /// The record the last plan was made from.
    entries: Entries,
    index: Index,
    /// Settled posts without a document, in the order of plans.
    past: BTreeMap<Place, Arc<PlanItem>>,
    rest: BTreeSet<PostKey>,
    /// Settled posts with a document.
    known: BTreeMap<PostKey, Known>,
}

/// Whether the judgement of a post that was not renamed follows from what is recorded and
/// from its document alone: not from the clock, a pause, or other posts.
fn is_settled(post: Option<&DesiredPost>, entry: &Entry, config: &Config) -> bool {
    match (entry.state, post) {
        (State::Published, _) if entry.deleted_at.is_some() => true,
        (State::Published, Some(post)) => post.digest == entry.digest,
        (State::Published, None) => !config.publish.prune,
        (State::Skipped, _) => true,
        (State::Sending | State::Retryable | State::Rejected | State::Unknown, _) => false,
    }
}

/// Whether a document has what `item` shows of one.
fn shows(item: &PlanItem, post: &DesiredPost, entry: &Entry) -> bool {
    let media = post.media.iter().map(|media| &media.path);
    item.path == post.path
        && item.author.as_ref() == Some(&post.author)
        && item.zone == post.zone
        && item.scheduled_at == scheduled_at(Some(post), Some(entry))
        && item.content.as_ref() == Some(&post.digest)
        && item.media.iter().eq(media)
}

impl Settled {
    /// A plan of `config` and `entries` begins: what another configuration led to counts no
    /// more, nor what is recorded otherwise now.
    pub(super) fn begin(&mut self, config: &Config, entries: &Entries) {
        if self.config.as_ref() != Some(config) {
            *self = Self {
                config: Some(config.clone()),
                ..Self::default()
            };
        }
        let before = std::mem::replace(&mut self.entries, entries.clone());
        let changes = entries.changes_since(&before);
        for change in changes.filter(|change| change.id.target == Target::Linkedin) {
            let key = &change.id.key;
            if let Some(before) = change.before {
                self.index.remove(before);
                self.past.remove(&Place::alone(before));
                self.rest.remove(key);
                self.known.remove(key);
            }
            if let Some(now) = change.now {
                self.index.insert(now);
                self.rest.insert(key.clone());
            }
        }
    }

    /// Every recorded post.
    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// There is a document for `key`, or one that goes on what is recorded under it.
    pub(super) fn claim(&mut self, key: &PostKey) {
        if self.rest.contains(key) {
            return;
        }
        if let Some(entry) = self.entries.post(key) {
            self.past.remove(&Place::alone(entry));
            self.rest.insert(key.clone());
        }
    }

    /// The item of a post that was not renamed, where it is settled and known.
    pub(super) fn find(&self, post: &DesiredPost, entry: &Arc<Entry>) -> Option<Arc<PlanItem>> {
        let known = self.known.get(&post.key)?;
        // The entry that is kept cannot be another one at the same place in memory.
        let same = Arc::ptr_eq(&known.entry, entry)
            && known.source == post.source
            && shows(&known.item, post, entry);
        same.then(|| Arc::clone(&known.item))
    }

    /// Keeps what is settled of a plan, and gives back what is not past.
    pub(super) fn keep_all(&mut self, judged: Vec<Judged<'_>>) -> Vec<Arc<PlanItem>> {
        let mut items = Vec::with_capacity(judged.len());
        for Judged { item, of } in judged {
            let is_past = of.is_some_and(|(post, entry)| self.keep(post, &entry, &item));
            if !is_past {
                items.push(item);
            }
        }
        items
    }

    /// Keeps the item of a post that was not renamed, where it is settled; says whether it is
    /// past.
    fn keep(
        &mut self,
        post: Option<&DesiredPost>,
        entry: &Arc<Entry>,
        item: &Arc<PlanItem>,
    ) -> bool {
        let config = self.config.as_ref();
        let settled = config.is_some_and(|config| is_settled(post, entry, config));
        let item = Arc::clone(item);
        if settled && let Some(post) = post {
            let source = post.source.clone();
            let known = Known {
                entry: Arc::clone(entry),
                source,
                item,
            };
            self.known.insert(entry.key.clone(), known);
            return false;
        }
        self.known.remove(&entry.key);
        let past = settled && item.action == Action::None;
        if past {
            self.rest.remove(&entry.key);
            self.past.insert(Place::alone(entry), item);
        }
        past
    }

    /// The recorded posts to be judged that have no document, where `has_document` tells.
    pub(super) fn alone(&self, has_document: impl Fn(&PostKey) -> bool) -> Vec<Arc<Entry>> {
        let keys = self.rest.iter().filter(|key| !has_document(key));
        let entries = keys.filter_map(|key| self.entries.post(key));
        entries.cloned().collect()
    }

    /// What is past, in the order of plans.
    pub(super) fn past(&self) -> impl ExactSizeIterator<Item = (&Place, &Arc<PlanItem>)> {
        self.past.iter()
    }
}
