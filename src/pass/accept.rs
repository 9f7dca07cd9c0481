//! A person takes the ledger as it is for true.
//!
//! Owns `state accept`: what would be given up is listed, and the ledger says from then on
//! that it was accepted. Must not change an entry. Sends nothing.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::pass::PassOptions;
use crate::pass::see::{Stop, see};
use crate::ports::{LedgerError, World};
use crate::record::{Break, Entry, Freeze};
use crate::report::exit::Exit;

/// How often a ledger that changes under us is looked at again.
const TRIES: u32 = 5;

/// What was accepted, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// What did not continue; empty: there was nothing to accept.
    pub breaks: Vec<Break>,
    /// What only this clone or the ledger's history knows, and is given up.
    pub given_up: Vec<Arc<Entry>>,
}

/// Takes the ledger of the remote for true; `dry_run`: says only what would be given up.
///
/// # Errors
/// When something cannot be read or written, and when there is no ledger.
pub async fn accept<W: World>(
    world: &W,
    options: &PassOptions,
    dry_run: bool,
) -> Result<Accepted, Stop> {
    for _ in 0..TRIES {
        let mut seen = see(world, options).await?;
        let breaks = seen
            .recorded
            .freezes
            .iter()
            .filter_map(|freeze| match freeze {
                Freeze::Broken(found) => Some(found.clone()),
                _ => None,
            });
        let accepted = Accepted {
            breaks: breaks.collect(),
            given_up: seen.recorded.ledger.forgotten.clone(),
        };
        if accepted.breaks.is_empty() {
            return Ok(accepted);
        }
        if seen.session.version().is_none() {
            return Err(nothing_there());
        }
        if dry_run || seen.session.accept().await? {
            return Ok(accepted);
        }
    }
    let words = format!("the ledger changed {TRIES} times in a row under us");
    Err(LedgerError::Other(words).into())
}

fn nothing_there() -> Stop {
    let problem = Diagnostic::error("nothing-to-accept", "there is no ledger to accept");
    let problem = problem
        .note("nothing was changed")
        .help("put back what is known of it: run\n  mergecast state rebuild");
    Stop {
        diagnostics: vec![problem],
        exit: Exit::Refused,
    }
}
