//! What can happen to a ledger entry, and why it may not.
//!
//! Owns the words: events, declarations, refusals. Must not decide: see [`super`].

use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::record::entry::{How, Owner, Reason, SentDocument, SentMedia, State};
use crate::record::lockfile::LockfileBlock;

/// What an attempt is about to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The post.
    pub key: PostKey,
    /// Where it goes.
    pub target: Target,
    /// Its file.
    pub path: ContentPath,
    /// What will be sent.
    pub content: PostContent,
    /// Commit it was read from.
    pub content_commit: Option<String>,
    /// The document it was read from; `None`: a first comment, or a post without a document.
    pub document: Option<SentDocument>,
    /// When it was meant to go out; `None`: on merge.
    pub scheduled_at: Option<Instant>,
}

/// Something that happened to an entry, or that somebody decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A runner wants to send.
    Declare {
        /// What it will send.
        declaration: Box<Declaration>,
        /// Who it is.
        owner: Owner,
        /// When.
        at: Instant,
        /// It repeats the identical bytes of an unknown attempt, to learn its outcome.
        probe: bool,
    },
    /// LinkedIn has the post.
    Published {
        /// The owner's nonce; `None` when a lookup found it or a person said so.
        nonce: Option<String>,
        /// The post.
        urn: PostUrn,
        /// When it went out.
        at: Instant,
        /// How it is known.
        how: How,
        /// LinkedIn's number for a comment.
        comment_id: Option<String>,
    },
    /// The owner knows that its attempt created nothing.
    NotCreated {
        /// The owner's nonce.
        nonce: String,
        /// Why not.
        reason: Reason,
        /// No new attempt before this.
        not_before: Option<Instant>,
        /// Its media, where the next attempt may use them.
        uploaded: Vec<SentMedia>,
    },
    /// LinkedIn refused the content.
    Rejected {
        /// The owner's nonce.
        nonce: String,
        /// LinkedIn's words.
        reason: Reason,
    },
    /// The owner does not know whether its attempt created a post.
    Lost {
        /// The owner's nonce.
        nonce: String,
        /// What went wrong.
        reason: Reason,
    },
    /// Somebody else's `sending` is older than [`super::SENDING_EXPIRES`].
    Expired {
        /// Now.
        at: Instant,
    },
    /// A person says that the unknown attempt created nothing.
    NotPublished {
        /// Now.
        at: Instant,
    },
    /// It shall never go out.
    Skip {
        /// What it would have been, for an entry that does not exist yet.
        declaration: Box<Declaration>,
        /// Why.
        reason: Reason,
    },
    /// Its media are uploaded but not yet ready; nothing was declared.
    Parked {
        /// What will be sent.
        declaration: Box<Declaration>,
        /// The uploads.
        uploaded: Vec<SentMedia>,
        /// When to look again.
        not_before: Instant,
        /// What it waits for.
        reason: Reason,
    },
    /// The live post's text was replaced.
    Edited {
        /// What the post says now.
        content: Box<PostContent>,
        /// Commit it was read from.
        content_commit: Option<String>,
        /// The document it was read from.
        document: Option<SentDocument>,
    },
    /// The document has other bytes and says what was sent: what identity is decided by is
    /// kept up to date. It changes nothing else.
    Recognised {
        /// What the post says; the entry must say it too.
        digest: Digest,
        /// The document now.
        document: SentDocument,
        /// Its file now.
        path: ContentPath,
    },
    /// The lockfile names it, and the ledger lost it.
    Witnessed {
        /// What the lockfile says.
        block: Box<LockfileBlock>,
        /// What the post says, where known.
        content: Option<Box<PostContent>>,
        /// Now: stands in for a time that neither the block nor the URN tells.
        at: Instant,
    },
    /// Whatever was recorded about it is lost: it may be published.
    Doubted {
        /// What it would be.
        declaration: Box<Declaration>,
        /// Why nothing is known.
        reason: Reason,
        /// Now.
        at: Instant,
    },
    /// The file was renamed; the entry goes on under another key.
    Moved {
        /// The new key.
        key: PostKey,
        /// The new file.
        path: ContentPath,
        /// What the entry must say: another run may have moved other entries here.
        digest: Digest,
        /// The new document, where it has the same content or the same bytes.
        document: Option<SentDocument>,
    },
    /// The live post was deleted.
    Deleted {
        /// When.
        at: Instant,
    },
}

/// Why an event does not apply to an entry. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no entry for it.
    #[error("nothing is recorded for this post")]
    NoEntry,
    /// The post is already published.
    #[error("the post is already published")]
    AlreadyPublished,
    /// A run has declared a request that may be under way.
    #[error("another run declared a request for it at {declared_at}")]
    Sending {
        /// When.
        declared_at: Instant,
    },
    /// Its outcome is unknown.
    #[error("its outcome is unknown")]
    Unknown,
    /// It was skipped.
    #[error("it was skipped")]
    Skipped,
    /// Too early for a new attempt.
    #[error("no new attempt before {not_before}")]
    NotBefore {
        /// The earliest time.
        not_before: Instant,
    },
    /// LinkedIn refused exactly this content before.
    #[error("LinkedIn refused exactly this content before")]
    StillRejected,
    /// A post that the plan did not know was declared in the meantime. It may be this one:
    /// a file that is renamed between two runs' fetches has another key in each.
    #[error("`{key}` was declared in the meantime, and may be this post under another name")]
    Overtaken {
        /// That key.
        key: PostKey,
    },
    /// The event's nonce is not the entry's.
    #[error("the attempt belongs to another run")]
    NotOwner,
    /// The entry does not say what it said when the plan was made.
    #[error("its record changed in the meantime")]
    RecordChanged,
    /// The owner of the attempt may still be alive.
    #[error("the run that declared the request may still be alive until {until}")]
    OwnerMayLive {
        /// When it cannot be any more.
        until: Instant,
    },
    /// The event does not fit the entry's state.
    #[error("it is {state:?}, where that has no meaning")]
    Meaningless {
        /// The entry's state.
        state: State,
    },
}
