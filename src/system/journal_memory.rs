//! A journal in memory, for simulated machines and for worlds without one.
//!
//! Owns lines that outlive a run as long as somebody holds the same journal. Must not
//! reach a file.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::ports::{Journal, JournalError, Recalled};
use crate::record::journal::{JournalLine, Memory};

/// The memory of one simulated machine. Clones are the same machine.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    memory: Rc<RefCell<Memory>>,
    others: Rc<Cell<bool>>,
    full: Rc<Cell<bool>>,
}

impl MemoryJournal {
    /// Whether other runs of the same machine are alive.
    pub fn set_others(&self, alive: bool) {
        self.others.set(alive);
    }

    /// Whether nothing more can be written.
    pub fn set_full(&self, full: bool) {
        self.full.set(full);
    }

    /// The same lines on another machine, which go on by themselves.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            memory: Rc::new(RefCell::new(self.memory.borrow().clone())),
            others: Rc::new(Cell::new(self.others.get())),
            full: Rc::new(Cell::new(self.full.get())),
        }
    }
}

impl Journal for MemoryJournal {
    fn home(&self) -> String {
        "memory".to_owned()
    }

    fn note(&self, line: &JournalLine) -> Result<(), JournalError> {
        if self.full.get() {
            return Err(JournalError("no space left on device".to_owned()));
        }
        self.memory.borrow_mut().add(line.clone());
        Ok(())
    }

    fn recall(&self) -> Recalled {
        Recalled {
            memory: self.memory.borrow().clone(),
            alone: !self.others.get(),
        }
    }

    fn settled(&self) {}
}
