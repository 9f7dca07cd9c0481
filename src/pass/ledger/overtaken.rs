//! Posts that other runs declared since this run's plan was made.
//!
//! Owns the comparison of a declaration with them: the plan could not make it. Must not
//! read the ledger.

use std::collections::BTreeSet;

use crate::model::content::PostContent;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::plan::is_same_text;
use crate::record::{Entries, Entry, Event, Ledger};

/// What was in the ledger when a plan was made, and the keys of documents.
pub(super) struct Known {
    recorded: Entries,
    documents: BTreeSet<PostKey>,
    /// Posts of other content roots: root and key.
    elsewhere: BTreeSet<(String, PostKey)>,
}

impl Known {
    pub(super) fn new(ledger: &Ledger, documents: BTreeSet<PostKey>) -> Self {
        let elsewhere = ledger.elsewhere.iter();
        let elsewhere = elsewhere.filter(|other| is_post(&other.entry));
        Self {
            recorded: ledger.entries.clone(),
            documents,
            elsewhere: elsewhere
                .map(|other| (other.root.clone(), other.entry.key.clone()))
                .collect(),
        }
    }

    fn has(&self, key: &PostKey) -> bool {
        self.documents.contains(key) || self.recorded.has_key(key)
    }

    /// The key of a post that is out or may be, and with which nobody has compared the post
    /// that `event` declares: the plan did not know it, or it says the same by now.
    pub(super) fn overtaken_by(&self, ledger: &Ledger, event: &Event) -> Option<PostKey> {
        let Event::Declare {
            declaration,
            probe: false,
            ..
        } = event
        else {
            return None;
        };
        if declaration.target != Target::Linkedin {
            return None;
        }
        let content = &declaration.content;
        let is_other = |entry: &Entry| entry.key != declaration.key && is_post(entry);
        let is_new = |entry: &Entry, before: Option<&Entry>| {
            let was_there = before.is_some_and(|before| is_post(before) && says(before, content));
            !self.has(&entry.key) || (says(entry, content) && !was_there)
        };
        let mut changes = ledger.entries.changes_since(&self.recorded);
        let own = changes.find_map(|change| {
            let before = change.before.map(AsRef::as_ref);
            let entry = change.now.filter(|entry| is_other(entry))?;
            is_new(entry, before).then(|| entry.key.clone())
        });
        // Other content roots publish all the time, so only the same text is one too many.
        let elsewhere = || {
            let mut others = ledger.elsewhere.iter();
            let found = others.find(|other| {
                let place = (other.root.clone(), other.entry.key.clone());
                is_post(&other.entry)
                    && says(&other.entry, content)
                    && !self.elsewhere.contains(&place)
            })?;
            Some(found.entry.key.clone())
        };
        own.or_else(elsewhere)
    }
}

/// Whether it is a post that is out or may be.
fn is_post(entry: &Entry) -> bool {
    entry.target == Target::Linkedin && entry.may_be_live()
}

fn says(entry: &Entry, content: &PostContent) -> bool {
    entry.content.author == content.author
        && (entry.digest == content.digest() || is_same_text(&entry.content.text, &content.text))
}
