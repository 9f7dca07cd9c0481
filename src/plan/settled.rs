//! Judgements that time does not change, kept from one plan to the next.
//!
//! Owns which those are: of a record of years nearly all. A plan made with them is the one
//! that is made without. Must not judge.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::PlanItem;
use super::order::scheduled_at;
use crate::desired::DesiredPost;
use crate::model::config::Config;
use crate::model::key::PostKey;
use crate::record::{Entry, State};

struct Known {
    entry: Arc<Entry>,
    has_post: bool,
    item: Arc<PlanItem>,
}

/// See the module.
#[derive(Default)]
pub struct Settled {
    config: Option<Config>,
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
    /// A plan of `config` begins: what another one led to counts no more.
    pub(super) fn begin(&mut self, config: &Config) {
        if self.config.as_ref() != Some(config) {
            self.known.clear();
            self.config = Some(config.clone());
        }
    }

    /// The item of a post that was not renamed, where it is settled and known.
    pub(super) fn find(&self, post: Option<&DesiredPost>, entry: &Entry) -> Option<Arc<PlanItem>> {
        let known = self.known.get(&entry.key)?;
        // The entry that is kept cannot be another one at the same place in memory.
        let same = std::ptr::eq(known.entry.as_ref(), entry)
            && known.has_post == post.is_some()
            && post.is_none_or(|post| shows(&known.item, post, entry));
        same.then(|| Arc::clone(&known.item))
    }

    /// Keeps the item of a post that was not renamed, where it is settled.
    pub(super) fn keep(
        &mut self,
        post: Option<&DesiredPost>,
        entry: &Arc<Entry>,
        item: &Arc<PlanItem>,
    ) {
        let config = self.config.as_ref();
        if config.is_some_and(|config| is_settled(post, entry, config)) {
            let known = Known {
                entry: Arc::clone(entry),
                has_post: post.is_some(),
                item: Arc::clone(item),
            };
            self.known.insert(entry.key.clone(), known);
        } else {
            self.known.remove(&entry.key);
        }
    }

    /// Forgets posts that are not recorded any more; `recorded` are.
    pub(super) fn end(&mut self, recorded: usize, is_recorded: impl Fn(&PostKey) -> bool) {
        if self.known.len() > recorded {
            self.known.retain(|key, _| is_recorded(key));
        }
    }
}
