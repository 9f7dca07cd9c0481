//! The journal: what this machine remembers of its own requests.
//!
//! Owns the trait. Must not contain an implementation.

use crate::record::journal::{JournalLine, Memory};

/// Why nothing could be written down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct JournalError(pub String);

/// What a machine remembers, and whether it may speak for runs that died.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recalled {
    /// What was written down.
    pub memory: Memory,
    /// No other run of this machine is alive that uses the same journal. It stays so until
    /// [`Journal::settled`].
    pub alone: bool,
}

/// An append-only memory of this machine. It saves people from questions and never
/// authorises a request: the ledger does.
pub trait Journal {
    /// Which journal this is. A copy of it is another one, and a line says in which it was
    /// written.
    fn home(&self) -> String;

    /// Appends a line, durable when this returns.
    ///
    /// # Errors
    /// When it cannot be made durable.
    fn note(&self, line: &JournalLine) -> Result<(), JournalError>;

    /// Reads everything, and keeps other runs of this machine from beginning until
    /// [`Self::settled`] where none is alive now.
    fn recall(&self) -> Recalled;

    /// Why nothing is written down, although it could be at another time; `None`: it is, or
    /// there is no journal here.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// What was recalled is dealt with.
    fn settled(&self);
}
