//! The person of a rehearsal, who settles what no run may settle.
//!
//! Owns what somebody sees who looks at LinkedIn. Must not guess: what is not of this
//! sandbox is left open.

use crate::model::target::Target;
use crate::pass::Verdict;
use crate::record::{Entry, Ledger, State};
use crate::sandbox::Linkedin;

/// What a person answers about an entry whose outcome is unknown; `None`: nothing that can
/// be seen here tells.
pub(super) fn verdict(entry: &Entry, ledger: &Ledger, linkedin: &Linkedin) -> Option<Verdict> {
    if entry.state != State::Unknown {
        return None;
    }
    match entry.target {
        Target::Linkedin => {
            let known = |urn| {
                let mut entries = ledger.entries.values();
                entries.any(|other| other.urn.as_ref() == Some(urn))
            };
            let mut posts = linkedin.posts().iter();
            let found = posts.find(|post| {
                post.author == entry.content.author
                    && post.raw == entry.content.wire
                    && Some(post.created_at) >= entry.declared_at
                    && !known(&post.urn)
            });
            Some(found.map_or(Verdict::NotPublished, |post| {
                Verdict::Published(post.urn.clone())
            }))
        }
        Target::Comment => {
            let mut comments = linkedin.comments().iter();
            let there = comments.any(|comment| {
                comment.actor == entry.content.author
                    && comment.text == entry.content.wire
                    && Some(comment.created_at) >= entry.declared_at
            });
            Some(match there {
                true => Verdict::Skip,
                false => Verdict::NotPublished,
            })
        }
    }
}
