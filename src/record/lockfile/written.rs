//! The lockfile that was written last, block by block.
//!
//! Owns writing the next one from it: only the blocks of entries that changed since are put
//! into words anew. Must never come to another text than [`Lockfile::to_text`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Lockfile, LockfileBlock, text_of};
use crate::record::{Entries, Entry, EntryId, Ledger};

/// One entry, and what the lockfile says of it, if anything.
#[derive(Clone, Debug)]
struct Known {
    entry: Arc<Entry>,
    block: Option<(Arc<LockfileBlock>, Arc<str>)>,
}

impl Known {
    fn new(entry: &Arc<Entry>) -> Self {
        let block = LockfileBlock::of(entry).map(|block| {
            let text = block.text().into();
            (Arc::new(block), text)
        });
        Self {
            entry: Arc::clone(entry),
            block,
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Written {
    known: BTreeMap<EntryId, Known>,
    last: Option<(Entries, Arc<Lockfile>, Arc<str>)>,
}

impl Written {
    /// What the ledger says, in the lockfile's words, and its text.
    pub fn next(&mut self, ledger: &Ledger) -> (Arc<Lockfile>, Arc<str>) {
        if let Some((of, lockfile, text)) = &self.last
            && of.is_copy_of(&ledger.entries)
        {
            return (Arc::clone(lockfile), Arc::clone(text));
        }
        let mut before = std::mem::take(&mut self.known).into_iter().peekable();
        let known = ledger.entries.iter_shared().map(|(id, entry)| {
            // Both are in the same order.
            while before.next_if(|(other, _)| other < id).is_some() {}
            match before.next_if(|(other, _)| other == id) {
                Some((id, known)) if Arc::ptr_eq(&known.entry, entry) => (id, known),
                Some(_) | None => (id.clone(), Known::new(entry)),
            }
        });
        self.known = known.collect();
        let blocks = self.known.iter().filter_map(|(id, known)| {
            let (block, _) = known.block.as_ref()?;
            Some((id.clone(), Arc::clone(block)))
        });
        let lockfile = Arc::new(Lockfile {
            blocks: blocks.collect(),
        });
        let texts = self.known.values().filter_map(|known| known.block.as_ref());
        let text: Arc<str> = text_of(texts.map(|(_, text)| text)).into();
        let entries = ledger.entries.clone();
        self.last = Some((entries, Arc::clone(&lockfile), Arc::clone(&text)));
        (lockfile, text)
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
            assert_eq!(*text, *lockfile.to_text());
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
