//! What is to be done about a post that is on LinkedIn, or was.
//!
//! Owns the arms for live posts: leave, edit, move, hold, delete. Must not judge a post
//! that may still go out: see [`super::classify`].

use super::classify::{Case, Verdict, moved_or, utc};
use super::moves::likeness;
use super::{Action, PostState};
use crate::desired::{DesiredPost, Schedule};
use crate::model::attached::Attached;
use crate::record::Entry;

/// A post that is on LinkedIn, or was.
pub(super) fn published(case: &Case<'_>, post: &DesiredPost, entry: &Entry) -> Verdict {
    if let Some(at) = entry.deleted_at {
        return Verdict::new(
            Action::None,
            PostState::Deleted,
            "deleted",
            format!(
                "its live post was deleted at {}; give it another `id` to publish it again",
                utc(at)
            ),
        );
    }
    if entry.digest == post.digest && entry.text_unsure {
        return match case.paused {
            Some(why) => held_live(case, "paused", why),
            None => edited_again(case),
        };
    }
    if entry.digest == post.digest {
        return stays(case, "published", "it is published as written".to_owned());
    }
    if post.draft || post.schedule == Schedule::Unscheduled {
        let message = "it is published, and its file is a draft now; the live post stays as it is";
        return stays(case, "draft-of-published", message.to_owned());
    }
    if !case.text_known {
        let message = "it differs from what was published; the ledger is not known here, so nothing more can be said";
        return stays(case, "changed", message.to_owned());
    }
    if !entry.content_known() {
        let message = "it differs from what was published, and the rebuilt record does not hold that text; the live post stays as it is: edit it by hand";
        return stays(case, "changed", message.to_owned());
    }
    if let Some(verdict) = reused(case, post, entry).or_else(|| early(case, post, entry)) {
        return verdict;
    }
    let fixed = unchangeable(post, entry);
    if !fixed.is_empty() {
        let fixed = fixed.join(" or the ");
        let message = format!("LinkedIn cannot change the {fixed} of a live post");
        return held_live(case, "cannot-change-live", &message);
    }
    if let Some(why) = case.paused {
        return held_live(case, "paused", why);
    }
    edited(case)
}

fn edited(case: &Case<'_>) -> Verdict {
    let (action, code, message) = match case.moved_from {
        Some(from) => (
            Action::Move {
                from: from.clone(),
                update: true,
            },
            "renamed",
            format!(
                "its file was renamed from `{from}` and its text changed; the live post is edited"
            ),
        ),
        None => (
            Action::Update,
            "text-changed",
            "its text changed; the live post is edited".to_owned(),
        ),
    };
    Verdict::new(action, PostState::Published, code, message)
}

/// A live post whose text is not certain.
fn edited_again(case: &Case<'_>) -> Verdict {
    let message = "two edits crossed, or LinkedIn's answer to one was lost; the live post is \
                   edited once more";
    let verdict = edited(case);
    match verdict.action {
        Action::Update => {
            Verdict::new(Action::Update, PostState::Published, "text-unsure", message)
        }
        _ => verdict,
    }
}

/// A live post nothing is done to; a rename is recorded all the same.
fn stays(case: &Case<'_>, code: &str, message: String) -> Verdict {
    let verdict = Verdict::new(Action::None, PostState::Published, code, message);
    moved_or(case, verdict)
}

/// A live post whose edit is held. A rename changes the record only, so it is not held:
/// the next plan then holds the edit under the new key, where it can be settled.
fn held_live(case: &Case<'_>, code: &str, message: &str) -> Verdict {
    let verdict = Verdict::new(Action::Hold, PostState::Published, code, message);
    let mut verdict = moved_or(case, verdict);
    if case.moved_from.is_some() {
        verdict.reason.message = format!("{}; its edit is held: {message}", verdict.reason.message);
    }
    verdict
}

/// An edit that names a later time than the post's own is not made before it.
fn early(case: &Case<'_>, post: &DesiredPost, entry: &Entry) -> Option<Verdict> {
    let Schedule::At(time) = post.schedule else {
        return None;
    };
    let postponed = entry.published_at.is_none_or(|published| time > published);
    if time <= case.now || !postponed {
        return None;
    }
    let message = format!(
        "its text changed; the live post is not edited before {}",
        utc(time)
    );
    Some(Verdict::new(
        Action::Wait,
        PostState::Published,
        "edit-not-due",
        message,
    ))
}

/// A published key that now times and says something else is a mistake, not an edit.
fn reused(case: &Case<'_>, post: &DesiredPost, entry: &Entry) -> Option<Verdict> {
    let Schedule::At(time) = post.schedule else {
        return None;
    };
    let published = entry.published_at?;
    let alike = likeness(&post.commentary.to_plain(), &entry.content.text) >= 0.6;
    if post.explicit_id || case.moved_from.is_some() || time <= published || alike {
        return None;
    }
    let message = format!(
        "this key was published at {} with another text; give the new post another file name or an `id`",
        utc(published)
    );
    Some(Verdict::new(
        Action::Hold,
        PostState::Published,
        "key-reused",
        message,
    ))
}

fn unchangeable(post: &DesiredPost, entry: &Entry) -> Vec<&'static str> {
    let (now, then) = (post.content(), &entry.content);
    let mut fixed = Vec::new();
    if now.author != then.author {
        fixed.push("author");
    }
    if now.media != then.media {
        fixed.push("media");
    }
    if now.visibility != then.visibility {
        fixed.push("visibility");
    }
    if now.disable_reshare != then.disable_reshare {
        fixed.push("reshare setting");
    }
    if now.attached != then.attached {
        let attached = now.attached.as_ref().or(then.attached.as_ref());
        fixed.push(attached.map_or("attachment", Attached::as_str));
    }
    if now.audience != then.audience {
        fixed.push("audience");
    }
    fixed
}

/// A live post whose file is gone, where `prune` is on.
pub(super) fn pruned(case: &Case<'_>) -> Verdict {
    let state = PostState::Orphaned;
    if let Some(why) = case.paused {
        return Verdict::new(Action::Hold, state, "paused", why);
    }
    if let Some(path) = case.unreadable {
        let message = format!(
            "its file is gone, but `{path}` has errors and may be that file renamed; nothing is deleted until it can be read"
        );
        return Verdict::new(Action::Hold, state, "prune-unsure", message);
    }
    let message = "its file is gone and `prune` is on: the live post is deleted";
    Verdict::new(Action::Delete, state, "pruned", message)
}
