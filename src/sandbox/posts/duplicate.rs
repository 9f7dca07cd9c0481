//! The same post again.
//!
//! Owns what counts as the same, and for how long. The real rules are not known: see
//! `docs/sandbox.md`.

use super::StoredPost;
use super::schema::Draft;
use crate::model::Instant;
use crate::sandbox::Linkedin;
use crate::sandbox::answer::Answer;
use crate::sandbox::settings::DuplicateGhost;

/// Refuses a post whose author said the same within the window.
pub(super) fn check(linkedin: &mut Linkedin, draft: &Draft, now: Instant) -> Result<(), Answer> {
    let window = chrono::Duration::seconds(i64::from(linkedin.settings.dup_window_s));
    let ghost = linkedin.settings.dup_ghost;
    let recent = |post: &&StoredPost| now - post.created_at < window && is_same(post, draft);
    let counts = |post: &&StoredPost| post.is_live() || ghost != DuplicateGhost::Off;
    // The newest one is named.
    let mut newest_first = linkedin.posts.iter().rev().filter(recent);
    let Some(original) = newest_first.find(counts) else {
        return Ok(());
    };
    if !original.is_live() && ghost == DuplicateGhost::FreshUrn {
        let number = linkedin.mint.post_number(now);
        return Err(Answer::duplicate_of(&format!("urn:li:share:{number}")));
    }
    Err(Answer::duplicate_of(original.urn.as_str()))
}

fn is_same(post: &StoredPost, draft: &Draft) -> bool {
    post.author == draft.author
        && post.raw == draft.commentary
        && post.content == draft.content
        && post.parent == draft.parent
}
