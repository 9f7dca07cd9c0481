//! Making a frozen ledger whole again.
//!
//! Owns reading what a rebuild is made from, committing it by compare-and-swap, and writing
//! the lockfile after it. Must not decide what is restored: see [`crate::record::rebuild`].
//! Sends nothing.

use std::collections::BTreeMap;

use crate::desired::{DesiredPost, Schedule};
use crate::diagnostic::Diagnostic;
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::digest::Digest;
use crate::model::target::Target;
use crate::pass::load::read_document;
use crate::pass::prepare::declare;
use crate::pass::results::lockfile_diagnostic;
use crate::pass::see::{Seen, Stop, see};
use crate::pass::{PassOptions, settle};
use crate::plan::renames;
use crate::ports::{Clock, LedgerError, World};
use crate::record::rebuild::{
    Answer, CLOCKS_DIFFER, Obstacle, Rebuild, RebuildInput, Unreadable, Wanted, rebuild as answer,
};
use crate::record::recorded::Recorded;
use crate::record::{Freeze, Ledger};
use crate::report::exit::Exit;
use crate::report::frozen::frozen;

/// How often a ledger that changes under us is looked at again.
const TRIES: u32 = 5;

/// What a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The ledger shall belong to this repository.
    pub for_this_repository: bool,
    /// No other place publishes what the lockfile names.
    pub only_here: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// What froze the ledger; empty: nothing did.
    pub freezes: Vec<Freeze>,
    /// What was done, or would be.
    pub rebuild: Rebuild,
    /// What is to be said besides.
    pub diagnostics: Vec<Diagnostic>,
}

/// Rebuilds the ledger from what is left, and the lockfile from it.
///
/// # Errors
/// When something cannot be read or written, and when a rebuild is refused.
pub async fn rebuild<W: World>(
    world: &W,
    options: &PassOptions,
    wish: Wish,
) -> Result<Rebuilt, Stop> {
    for _ in 0..TRIES {
        let mut seen = see(world, options).await?;
        let freezes = seen.recorded.freezes.clone();
        let rebuild = match seen.rebuild(world.clock().now(), wish) {
            Answer::Whole => Rebuild::default(),
            Answer::Rebuild(rebuild) => *rebuild,
            Answer::Refused(obstacles) => return Err(refused(&obstacles)),
        };
        let mut rebuilt = Rebuilt {
            freezes,
            rebuild,
            diagnostics: Vec::new(),
        };
        if rebuilt.freezes.is_empty() || wish.dry_run {
            return Ok(rebuilt);
        }
        if !seen.session.rebuild(&rebuilt.rebuild).await? {
            continue;
        }
        seen.refresh_recorded();
        if let Some(problem) = frozen(&seen.recorded.freezes) {
            return Err(Stop::one(problem, Exit::Refused));
        }
        let lockfile = settle::write_lockfile(world, &seen).await;
        rebuilt.diagnostics = lockfile.and_then(lockfile_diagnostic).into_iter().collect();
        return Ok(rebuilt);
    }
    let words = format!("the ledger changed {TRIES} times in a row under us");
    Err(LedgerError::Other(words).into())
}

impl<W: World> Seen<'_, W> {
    fn rebuild(&self, now: Instant, wish: Wish) -> Answer {
        let desired = &self.content.desired;
        let commit = desired.content_commit.as_deref();
        let wanted: Vec<Wanted> = desired
            .posts
            .iter()
            .map(|post| wanted(post, commit, now))
            .collect();
        let blocked = desired.blocked.iter().map(|document| Unreadable {
            key: document.key.clone(),
            path: document.path.clone(),
            later: matches!(document.schedule, Some(Schedule::At(at)) if at > now + CLOCKS_DIFFER),
        });
        let unreadable: Vec<Unreadable> = blocked.collect();
        let renames = |ledger: &Ledger| {
            let recorded = Recorded {
                ledger: ledger.clone(),
                ..self.recorded.clone()
            };
            self.with_plan_input(&recorded, now, renames)
        };
        answer(&RebuildInput {
            recorded: &self.recorded,
            wanted: &wanted,
            unreadable: &unreadable,
            contents: &self.contents(),
            renames: &renames,
            now,
            for_this_repository: wish.for_this_repository,
            only_here: wish.only_here,
        })
    }

    /// What posts say now, and what those of the lockfile said when they were sent, where
    /// that commit can be read.
    fn contents(&self) -> BTreeMap<Digest, PostContent> {
        let posts = self.content.desired.posts.iter();
        let now = posts.flat_map(|post| {
            let comment = post.comment().map(|comment| (comment.digest(), comment));
            [(post.digest.clone(), post.content())]
                .into_iter()
                .chain(comment)
        });
        let mut contents: BTreeMap<Digest, PostContent> = now.collect();
        for block in self.recorded.lockfile.blocks.values() {
            if contents.contains_key(&block.digest) {
                continue;
            }
            let earlier = block.content_commit.as_deref().and_then(|commit| {
                let tree = self.tree().at_commit(commit)?;
                read_document(tree.as_ref(), &block.path, &self.content.config)
            });
            let content = earlier.and_then(|post| match block.target {
                Target::Linkedin => Some(post.content()),
                Target::Comment => post.comment(),
            });
            if let Some(content) = content {
                contents.insert(content.digest(), content);
            }
        }
        contents
    }
}

fn wanted(post: &DesiredPost, commit: Option<&str>, now: Instant) -> Wanted {
    let commit = || commit.map(str::to_owned);
    let soon = match post.schedule {
        Schedule::At(at) => at <= now + CLOCKS_DIFFER,
        Schedule::OnMerge => true,
        Schedule::Unscheduled => false,
    };
    let comment = post.comment();
    Wanted {
        post: declare(Target::Linkedin, post, post.content(), commit()),
        comment: comment.map(|content| declare(Target::Comment, post, content, commit())),
        due: soon && !post.draft,
    }
}

/// A refusal in words. Nothing was changed.
fn refused(obstacles: &[Obstacle]) -> Stop {
    let exit = match obstacles {
        [Obstacle::Sending { .. }] => Exit::Held,
        _ => Exit::Refused,
    };
    let diagnostics = obstacles.iter().map(|obstacle| {
        let (why, help) = words(obstacle);
        let problem = Diagnostic::error("rebuild-refused", why);
        problem.note("nothing was changed").help(help)
    });
    Stop {
        diagnostics: diagnostics.collect(),
        exit,
    }
}

fn words(obstacle: &Obstacle) -> (String, String) {
    match obstacle {
        Obstacle::Newer(what) => (
            format!("what a newer mergecast wrote is not rewritten: {what}"),
            "use the mergecast that wrote it, or a newer one".to_owned(),
        ),
        Obstacle::OtherRepository { expected, found } => (
            format!(
                "the ledger belongs to repository {expected}, and this is {found}: a copy publishes everything a second time when both go on"
            ),
            "stop the other repository (its workflow, or its token); then run\n  mergecast state rebuild --for-this-repository".to_owned(),
        ),
        Obstacle::RecordedElsewhere => (
            "the posts of the lockfile were recorded in another place: with a ledger in this one too, both would publish what comes next".to_owned(),
            "add the repository's remote; or, if posts are published from this place and no other, run\n  mergecast state rebuild --only-here".to_owned(),
        ),
        Obstacle::Sending { id, until } => (
            format!(
                "another run may be sending {} until {}",
                id.shown(),
                until.format("%Y-%m-%d %H:%M:%S UTC")
            ),
            "run it again after that".to_owned(),
        ),
        Obstacle::Documents(paths) => {
            let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
            (
                format!(
                    "{} cannot be read, and may be posts whose record is lost: once corrected they would go out a second time",
                    paths.join(", ")
                ),
                "correct or remove what is named, and merge that; to see the errors, run\n  mergecast check".to_owned(),
            )
        }
        Obstacle::Refused(id, refused) => (
            format!("the record of {} cannot take what the lockfile says: {refused}", id.shown()),
            "look at what is recorded: run\n  mergecast state show -v".to_owned(),
        ),
    }
}
