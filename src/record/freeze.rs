//! Why publishing is frozen, and what ends it.
//!
//! Must not decide what freezes: see [`super::recorded`], [`super::beginning`] and
//! [`super::continuity`].

use super::beginning::Closed;
use super::continuity::Break;
use super::entry::EntryId;
use super::ledger::LedgerFileError;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;

/// Why nothing may be published until a person has looked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Freeze {
    /// The first page cannot be read.
    #[error("`GENESIS.json` in the ledger cannot be read: {problem}")]
    FirstPageUnreadable {
        /// What is wrong with it.
        problem: LedgerFileError,
    },
    /// A file below [`super::ledger::entries_folder`] cannot be read.
    #[error("`{file}` in the ledger cannot be read: {problem}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: LedgerFileError,
    },
    /// The lockfile names a post that the ledger lacks.
    #[error("the lockfile says that {} is published as {urn}, and the ledger does not know it", .id.shown())]
    LockfileKnowsMore {
        /// The post, or its first comment.
        id: EntryId,
        /// The post's URN.
        urn: String,
    },
    /// The lockfile names a skipped post that the ledger would send.
    #[error("the lockfile says that {} never goes out, and the ledger does not know it", .id.shown())]
    LockfileKnowsSkip {
        /// The post, or its first comment.
        id: EntryId,
    },
    /// There is a lockfile, so there was a ledger; and neither can be read.
    #[error("there is no ledger, and `mergecast.lock` cannot tell what was in it: {problem}")]
    NoWitness {
        /// Why the lockfile cannot be used.
        problem: String,
    },
    /// The lockfile was written by a newer version of this program, so the witness cannot
    /// be heard, and must not be overwritten.
    #[error("`mergecast.lock` has version {version}, which only a newer mergecast can read")]
    LockfileNewer {
        /// The version it names.
        version: u64,
    },
    /// The ledger was made for another repository.
    #[error("the ledger belongs to repository {expected}, and this is {found}")]
    OtherRepository {
        /// The id in the ledger.
        expected: String,
        /// The id of this run.
        found: String,
    },
    /// The ledger does not continue what was known of it.
    #[error(transparent)]
    Broken(#[from] Break),
    /// Nothing is recorded for this content root, and a file in it says what a post of
    /// another one says that is gone: its folder was moved.
    #[error("`{path}` says what `{key}` said in the content root `{}`, which is not on the published branch any more", shown_root(.from))]
    RootMoved {
        /// The root that is gone.
        from: String,
        /// A post that is recorded there.
        key: PostKey,
        /// The file here.
        path: ContentPath,
    },
    /// The ledger was made for a remote of another name.
    #[error("the ledger belongs to `{expected}`, and this remote is `{found}`")]
    OtherRemote {
        /// The name in the ledger.
        expected: String,
        /// The name of this remote.
        found: String,
    },
    /// There is no ledger, and none may begin by itself now.
    #[error("there is no ledger, and {why}")]
    LedgerMissing {
        /// Why none begins.
        why: Closed,
    },
    /// A place whose ledger would be its own has none, and there is a lockfile: its posts
    /// were recorded in another place, which may go on publishing.
    #[error(
        "there is no ledger in this place, and there is a lockfile: its posts were recorded in another place"
    )]
    RecordedElsewhere,
    /// There is a ledger, and it does not know this content root, which may not begin by
    /// itself now.
    #[error("the ledger does not know this content root, and {why}")]
    RootMissing {
        /// Why it does not begin.
        why: Closed,
    },
    /// A ledger began on this remote, and its branch is gone.
    #[error("a ledger began on `{branch}`, and the branch is gone")]
    LedgerGone {
        /// The branch.
        branch: String,
    },
    /// The ledger is on another branch than `state.branch` says.
    #[error("the ledger began on `{from}`, and `state.branch` is `{to}`")]
    LedgerMoved {
        /// The branch it began on.
        from: String,
        /// The branch of the settings.
        to: String,
    },
    /// Another ledger stands where one began.
    #[error("`{branch}` holds another ledger than the one that began there")]
    LedgerReplaced {
        /// The branch.
        branch: String,
    },
}

/// A content root as `--from` takes it.
#[must_use]
pub fn shown_root(root: &str) -> &str {
    if root.is_empty() { "." } else { root }
}

/// What ends a freeze.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WayOut {
    /// `state init`.
    Init,
    /// `state move --from ROOT`.
    Move,
    /// `state rebuild`.
    Rebuild,
    /// `state rebuild --only-here`.
    RebuildOnlyHere,
    /// `state rebuild --for-this-repository`.
    RebuildForThisRepository,
    /// Only a newer version of this program can read what is there.
    NewerVersion,
}

impl Freeze {
    /// What ends it.
    #[must_use]
    pub fn way_out(&self) -> WayOut {
        match self {
            Freeze::FirstPageUnreadable {
                problem: LedgerFileError::Newer(_),
            }
            | Freeze::Unreadable {
                problem: LedgerFileError::Newer(_),
                ..
            }
            | Freeze::LockfileNewer { .. } => WayOut::NewerVersion,
            Freeze::OtherRepository { .. } | Freeze::OtherRemote { .. } => {
                WayOut::RebuildForThisRepository
            }
            Freeze::LedgerMissing { .. } | Freeze::RootMissing { .. } => WayOut::Init,
            Freeze::Broken(found) => found.way_out(),
            Freeze::RootMoved { .. } => WayOut::Move,
            Freeze::RecordedElsewhere => WayOut::RebuildOnlyHere,
            Freeze::FirstPageUnreadable { .. }
            | Freeze::Unreadable { .. }
            | Freeze::LockfileKnowsMore { .. }
            | Freeze::LockfileKnowsSkip { .. }
            | Freeze::NoWitness { .. }
            | Freeze::LedgerGone { .. }
            | Freeze::LedgerMoved { .. }
            | Freeze::LedgerReplaced { .. } => WayOut::Rebuild,
        }
    }

    /// Whether the lockfile knows what the ledger does not.
    #[must_use]
    pub fn is_of_lockfile(&self) -> bool {
        matches!(
            self,
            Freeze::LockfileKnowsMore { .. } | Freeze::LockfileKnowsSkip { .. }
        )
    }

    /// Whether this place had a ledger that is not what it was.
    #[must_use]
    pub fn is_break(&self) -> bool {
        matches!(self, Freeze::Broken(_))
    }

    /// The code under which it is shown and documented.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Freeze::FirstPageUnreadable { .. }
            | Freeze::Unreadable { .. }
            | Freeze::LockfileKnowsMore { .. }
            | Freeze::LockfileKnowsSkip { .. }
            | Freeze::NoWitness { .. }
            | Freeze::LockfileNewer { .. } => "frozen",
            Freeze::OtherRepository { .. } | Freeze::OtherRemote { .. } => "other-repository",
            Freeze::LedgerMissing { .. } => "ledger-missing",
            Freeze::RecordedElsewhere => "ledger-elsewhere",
            Freeze::RootMissing { .. } => "root-missing",
            Freeze::LedgerGone { .. } => "ledger-gone",
            Freeze::LedgerMoved { .. } => "ledger-moved",
            Freeze::LedgerReplaced { .. } => "ledger-replaced",
            Freeze::Broken(found) => found.code(),
            Freeze::RootMoved { .. } => "root-moved",
        }
    }
}
