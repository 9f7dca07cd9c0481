//! The lockfile that was written last, block by block.
//!
//! Owns writing the next one from it: only the blocks of entries that changed since are put
//! into words anew. Must never come to another text than [`Lockfile::to_text`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Lockfile, LockfileBlock, USUAL, text_of};
use crate::record::{Entries, EntryId, Ledger};
use bytes::Bytes;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// What the last one was made from.
    of: Entries,
    last: Option<(Arc<Lockfile>, Bytes)>,
    texts: BTreeMap<EntryId, Arc<str>>,
}

impl Written {
    /// What the ledger says, in the lockfile's words, and its text.
    pub fn next(&mut self, ledger: &Ledger) -> (Arc<Lockfile>, Bytes) {
        if let Some(last) = self
            .last
            .as_ref()
            .filter(|_| self.of.is_copy_of(&ledger.entries))
        {
            return last.clone();
        }
        let last = self.last.take();
        let about = last.as_ref().map_or(0, |(_, text)| text.len());
        let mut blocks = last.map_or_else(Default::default, |(last, _)| last.blocks.clone());
        for change in ledger.entries.changes_since(&self.of) {
            let id = change.id;
            if let Some(block) = change.now.and_then(|entry| LockfileBlock::of(entry)) {
                self.texts.insert(id.clone(), block.text().into());
                blocks.insert(id.clone(), Arc::new(block));
            } else {
                self.texts.remove(id);
                blocks.remove(id);
            }
        }
        self.of = ledger.entries.clone();
        let lockfile = Arc::new(Lockfile { blocks });
        let about = about + USUAL;
        let text = Bytes::from(text_of(self.texts.values(), about));
        self.last.insert((lockfile, text)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::testing::{deleted, published, sending, skipped};

    #[test]
    fn what_changed_is_in_it_and_the_rest_as_it_was() {
        let mut written = Written::default();
        let mut ledger = Ledger::default();
        let check = |written: &mut Written, ledger: &Ledger| {
            let (lockfile, text) = written.next(ledger);
            assert_eq!(*lockfile, Lockfile::from_ledger(ledger));
            assert_eq!(text, lockfile.to_text());
            assert_eq!(written.next(ledger).1, text);
            text
        };
        let empty = check(&mut written, &ledger);
        for entry in [
            published("b", "x", 1),
            sending("a", "y"),
            published("a", "y", 2),
            published("a", "edited", 2),
            skipped("c", "z"),
            deleted("b", "x", 1),
        ] {
            let before = check(&mut written, &ledger);
            let shown = !matches!(entry.state, crate::record::State::Sending);
            ledger.entries.insert(entry.id(), entry);
            assert_eq!(check(&mut written, &ledger) != before, shown);
        }
        for entry in ledger.clone().entries.into_values() {
            ledger.entries.remove(&entry.id());
            check(&mut written, &ledger);
        }
        assert_eq!(check(&mut written, &ledger), empty);
    }
}
