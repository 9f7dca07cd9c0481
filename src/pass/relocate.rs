//! A person moves records from another content root to this one.
//!
//! Owns `state move`: reading, the one commit, and the lockfile after it. What may move is
//! decided in [`crate::record::relocate`]. Sends nothing.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::model::key::PostKey;
use crate::pass::PassOptions;
use crate::pass::results::lockfile_diagnostic;
use crate::pass::see::{Stop, see};
use crate::pass::settle;
use crate::ports::{LedgerError, World};
use crate::record::freeze::shown_root;
use crate::record::relocate::{NotMoved, relocate as entries_of};
use crate::record::{Entry, EntryId, Freeze};
use crate::report::exit::Exit;
use crate::report::frozen::frozen;

/// How often a ledger that changes under us is looked at again.
const TRIES: u32 = 5;

/// What moved, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relocated {
    /// The entries.
    pub entries: BTreeMap<EntryId, Entry>,
    /// What is to be said besides.
    pub diagnostics: Vec<Diagnostic>,
}

/// Moves the entries of the content root `from` to this one: all of them, or those of `key`;
/// `dry_run`: says only which.
///
/// # Errors
/// When something cannot be read or written, and why nothing may move.
pub async fn relocate<W: World>(
    world: &W,
    options: &PassOptions,
    (from, key): (&str, Option<&PostKey>),
    dry_run: bool,
) -> Result<Relocated, Stop> {
    for _ in 0..TRIES {
        let mut seen = see(world, options).await?;
        let others = seen
            .recorded
            .freezes
            .iter()
            .filter(|freeze| !ends(freeze, from));
        let others: Vec<Freeze> = others.cloned().collect();
        if let Some(problem) = frozen(&others) {
            return Err(Stop::one(problem, Exit::Refused));
        }
        let entries = entries_of(seen.session.ledger(), from, key);
        let entries = entries.map_err(|problem| refused(&problem))?;
        let mut relocated = Relocated {
            entries: entries.clone(),
            diagnostics: Vec::new(),
        };
        if dry_run {
            return Ok(relocated);
        }
        if !seen.session.relocate(from, entries).await? {
            continue;
        }
        seen.refresh_recorded();
        let lockfile = settle::write_lockfile(world, &seen).await;
        relocated.diagnostics = lockfile.and_then(lockfile_diagnostic).into_iter().collect();
        return Ok(relocated);
    }
    let words = format!("the ledger changed {TRIES} times in a row under us");
    Err(LedgerError::Other(words).into())
}

/// Whether moving the entries of the root `from` is what ends a freeze.
fn ends(freeze: &Freeze, from: &str) -> bool {
    match freeze {
        Freeze::RootMoved { from: root, .. } => root == from,
        // A root that takes another one's record has begun.
        Freeze::RootMissing { .. } => true,
        _ => false,
    }
}

fn refused(problem: &NotMoved) -> Stop {
    let (exit, help) = match problem {
        NotMoved::NoSuchRoot { roots, .. } if roots.is_empty() => (
            Exit::Usage,
            "no other content root shares this ledger; look at it with\n  mergecast state show"
                .to_owned(),
        ),
        NotMoved::NoSuchRoot { roots, .. } => {
            let names = roots
                .iter()
                .map(|root| format!("`--from {}`", shown_root(root)));
            let names: Vec<String> = names.collect();
            (Exit::Usage, format!("there is {}", names.join(", ")))
        }
        NotMoved::NoSuchPost { .. } => (
            Exit::Usage,
            "run `mergecast status` in that content root: it lists every key".to_owned(),
        ),
        NotMoved::Taken(_) => (
            Exit::Refused,
            "both may be live: compare the two posts, and give the file here another `id`"
                .to_owned(),
        ),
    };
    let problem = Diagnostic::error("not-moved", problem.to_string());
    Stop {
        diagnostics: vec![problem.note("nothing was changed").help(help)],
        exit,
    }
}
