//! Recorded state: what this tool has done, and what it does not know.
//!
//! Owns ledger entries, the state machine every change to them goes through, and the
//! two textual forms: the ledger (decides) and the lockfile (a witness people can
//! review). Must not reach a store: see [`crate::ports::LedgerStore`].

pub mod beginning;
pub mod continuity;
mod damage;
mod earlier;
pub mod elsewhere;
pub mod entries;
pub mod entry;
pub mod freeze;
pub mod hand_edit;
pub mod journal;
pub mod layout;
pub mod ledger;
pub mod lockfile;
pub mod rebuild;
pub mod recorded;
pub mod relocate;
pub mod step;
#[cfg(test)]
pub(crate) mod testing;
pub mod witness;

pub use beginning::{Beginning, Begins, BegunMark, LedgerHome};
pub use continuity::{Break, Succession};
pub use elsewhere::Elsewhere;
pub use entries::Entries;
pub use entry::{
    Attempt, AttemptOutcome, Entry, EntryId, How, Owner, Reason, SentDocument, SentMedia, State,
    longest_wait,
};
pub use freeze::{Freeze, WayOut};
pub use ledger::{Genesis, Ledger, LedgerFileError};
pub use lockfile::{Lockfile, LockfileBlock, LockfileProblem, LockfileState};
pub use recorded::Recorded;
pub use step::{Declaration, Event, Refused, step};
pub use witness::{Checked, Witness};
