//! The beginning of a ledger, or of a content root in it.
//!
//! Owns creating it in the first pass, and setting the mark beside a ledger that has none.
//! Must not decide whether it may begin: see [`crate::record::beginning`].

use crate::diagnostic::Diagnostic;
use crate::pass::PassOptions;
use crate::pass::ledger::LedgerSession;
use crate::pass::see::{Seen, Stop, witness};
use crate::ports::{ContentSource as _, LedgerStore as _, SourceError, World};
use crate::record::beginning::{Beginning, beginning};
use crate::record::{Entries, Recorded};
use crate::report::exit::Exit;
use crate::report::frozen::frozen;

/// Creates what may begin, also in a pass that has nothing to publish; says what could not
/// be done beside a ledger that is there.
///
/// # Errors
/// When the ledger cannot be created.
pub(super) async fn begin<W: World>(
    seen: &mut Seen<'_, W>,
    world: &W,
) -> Result<Vec<Diagnostic>, Stop> {
    if seen.may_begin {
        seen.session.begin(&Entries::default()).await?;
        seen.may_begin = false;
        seen.refresh_recorded();
    } else if seen.recorded.freezes.is_empty()
        && let Err(problem) = world.ledger().mark_begun().await
    {
        let message = format!("the mark that a ledger began cannot be set: {problem}");
        let warning = Diagnostic::warning("begun-refused", message)
            .note("posts go out; but a ledger whose branch is deleted may look like none")
            .help("let runs push `refs/mergecast/begun`, or the tag `mergecast-begun`");
        return Ok(vec![warning]);
    }
    Ok(Vec::new())
}

/// What came of `state init`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It had begun before.
    Before,
    /// It has begun, with so many entries of an earlier ledger.
    Now {
        /// Entries that were taken over.
        carried: usize,
    },
}

/// Begins the ledger on purpose, with what this machine recorded before it had this place.
///
/// # Errors
/// When something cannot be read or written, and when the record is frozen for another
/// reason than that it has not begun.
pub async fn begin_on_purpose<W: World>(world: &W, options: &PassOptions) -> Result<Begun, Stop> {
    // Where nothing is on the published branch yet, nothing can have been published.
    let lockfile = match world.content().load().await {
        Err(SourceError::NoBranch { .. }) => None,
        Err(error) => return Err(error.into()),
        Ok(_) => witness(world).await?,
    };
    let id = options.repository_id.clone();
    let mut session = LedgerSession::open(world, id).await?;
    let earlier = world.ledger().home().earlier;
    let (mut ledger, id) = (session.ledger().clone(), session.repository_id());
    let has_begun = beginning(&session.situation(None)) == Beginning::Begun;
    if !has_begun {
        // The lockfile is compared with what the ledger will hold.
        let carried = earlier
            .iter()
            .map(|(id, entry)| (id.clone(), entry.clone()));
        ledger.entries.extend(carried);
    }
    let recorded = Recorded::new(ledger, lockfile.as_deref(), id);
    if let Some(problem) = frozen(&recorded.freezes) {
        return Err(Stop::one(problem, Exit::Refused));
    }
    if has_begun {
        return Ok(Begun::Before);
    }
    session.begin(&earlier).await?;
    if !session.ledger().root_begun {
        let message = "another run changed the ledger meanwhile, and it has not begun";
        let problem = Diagnostic::error("ledger-unusable", message);
        let help = "run it again:\n  mergecast state init";
        return Err(Stop::one(problem.help(help), Exit::Held));
    }
    let carried = earlier.len();
    Ok(Begun::Now { carried })
}
