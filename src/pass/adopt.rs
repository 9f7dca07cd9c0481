//! Taking an existing folder under management.
//!
//! Owns `adopt`: posts of a time before mergecast are recorded as skipped, in one commit.
//! Must not send anything.

use crate::desired::Schedule;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::pass::PassOptions;
use crate::pass::ledger::{Applied, Change};
use crate::pass::prepare::declare;
use crate::pass::see::{Stop, see};
use crate::ports::World;
use crate::record::{EntryId, Event, Reason};

/// Records every post that was due before `before` and has no record as skipped. Returns
/// their keys.
///
/// # Errors
/// When content or ledger cannot be read or written.
pub async fn adopt<W: World>(
    world: &W,
    options: &PassOptions,
    before: Instant,
) -> Result<Vec<PostKey>, Stop> {
    let mut seen = see(world, options).await?;
    seen.refuse_frozen()?;
    let commit = seen.content.desired.content_commit.clone();
    let mut changes = Vec::new();
    for post in &seen.content.desired.posts {
        let id = EntryId {
            key: post.key.clone(),
            target: Target::Linkedin,
        };
        let old = matches!(post.schedule, Schedule::At(at) if at < before);
        if !old || post.draft || seen.session.ledger().entries.contains_key(&id) {
            continue;
        }
        let declaration = declare(Target::Linkedin, post, post.content(), commit.clone());
        let event = Event::Skip {
            declaration: Box::new(declaration),
            reason: Reason::new("adopted", "it is older than this repository's management"),
        };
        changes.push(Change { id, event });
    }
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let applied = seen.session.record(&changes).await?;
    super::settle::write_lockfile(world, &seen).await;
    let done = changes.into_iter().zip(applied);
    let recorded = done.filter(|(_, applied)| *applied == Applied::Recorded);
    Ok(recorded.map(|(change, _)| change.id.key).collect())
}
