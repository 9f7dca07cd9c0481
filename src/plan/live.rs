//! What is to be done about a post that is on LinkedIn, or was.
//!
//! Owns the arms for live posts: leave, edit, move, hold, delete. Must not judge a post
//! that may still go out: see [`super::classify`].

use super::classify::{Bytes, Case, Verdict, copied, moved_or, utc};
use super::judge::Unsure;
use super::sameness::{is_timed_again, says_the_same, went_out};
use super::{Action, PostState, Warning};
use crate::desired::{DesiredPost, Schedule};
use crate::model::Instant;
use crate::model::attached::Attached;
use crate::record::{Entry, State};

const READS_DIFFERENTLY: &str = "its file is the one that was published, and reads otherwise today (another version of mergecast, or other settings); the live post stays as it is";
const SENT_FILE_UNKNOWN: &str = "it differs from what was published, and the file as it was published cannot be read here, so an edit cannot be told from another reading of the same file";

/// A post that is on LinkedIn, or was.
pub(super) fn published(case: &Case<'_>, post: &DesiredPost, entry: &Entry) -> Verdict {
    if let Some(at) = entry.deleted_at {
        return deleted(case, post, entry, at);
    }
    if entry.digest == post.digest && !case.reused {
        return as_written(case, post, entry);
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
    if case.reused {
        return reused(case, entry);
    }
    match case.bytes {
        Bytes::Same if post.content().media == entry.content.media => {
            let mut verdict = stays(case, "reads-differently", READS_DIFFERENTLY.to_owned());
            verdict.warning = Some(Warning::ReadsDifferently);
            return verdict;
        }
        Bytes::Unknown => {
            return held_live(case, "sent-file-unknown", SENT_FILE_UNKNOWN);
        }
        Bytes::Same | Bytes::Different => {}
    }
    if let Some(verdict) = early(case, post, entry) {
        return verdict;
    }
    if let Some(copy) = case.copy {
        let Verdict { reason, other, .. } = copied(copy);
        let held = held_live(case, &reason.code, &reason.message);
        return Verdict { other, ..held };
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

/// A post that was deleted since its file was gone, and whose file is there again. The post
/// is not published a second time; another text under its name must not be lost in silence.
fn deleted(case: &Case<'_>, post: &DesiredPost, entry: &Entry, at: Instant) -> Verdict {
    let was = format!("its live post was deleted at {}", utc(at));
    let is_draft = post.draft || post.schedule == Schedule::Unscheduled;
    let is_known = case.text_known && entry.content_known();
    if is_draft || !is_known || says_the_same(post, entry) {
        let message = format!("{was}; give it another `id` to publish it again");
        return Verdict::new(Action::None, PostState::Deleted, "deleted", message);
    }
    let message = format!("{was}, and its file says something else now, which is not published");
    Verdict::new(Action::Hold, PostState::Held, "deleted", message)
}

/// A live post that says what its document says.
fn as_written(case: &Case<'_>, post: &DesiredPost, entry: &Entry) -> Verdict {
    match case.paused {
        Some(why) if entry.text_unsure => held_live(case, "paused", why),
        None if entry.text_unsure => edited_again(case),
        Some(_) | None => {
            let mut verdict = stays(case, "published", "it is published as written".to_owned());
            verdict.warning = is_timed_again(post, entry).then_some(Warning::TimedAgain);
            verdict
        }
    }
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
    held(case, PostState::Published, code, message)
}

fn held(case: &Case<'_>, state: PostState, code: &str, message: &str) -> Verdict {
    let verdict = Verdict::new(Action::Hold, state, code, message);
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

/// A key that was published and now says something else, or is timed once more, is another
/// post with the name of an old one.
pub(super) fn reused(case: &Case<'_>, entry: &Entry) -> Verdict {
    let key = &entry.key;
    let when = went_out(entry).map_or_else(String::new, |at| format!(" at {}", utc(at)));
    let what = match entry.state {
        State::Published => "was published",
        State::Skipped => "was given up as a post",
        State::Sending | State::Unknown | State::Retryable | State::Rejected => "was sent",
    };
    let message = format!(
        "`{key}` {what}{when} with another text or time; nobody can tell whether this is that post, rewritten, or a new one"
    );
    let state = match entry.state {
        State::Published => PostState::Published,
        State::Skipped | State::Sending | State::Unknown | State::Retryable | State::Rejected => {
            PostState::Held
        }
    };
    held(case, state, "key-reused", &message)
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
    if case.claimed {
        let message = "its file is gone, and another document may be that file renamed; nothing is deleted until that is settled";
        return Verdict::new(Action::Hold, state, "prune-unsure", message);
    }
    if case.path_in_use {
        let message = "its file holds another post now; the live post stays";
        return Verdict::new(Action::None, state, "orphaned", message);
    }
    let why = match case.unsure {
        None => None,
        Some(Unsure::NoDocument) => Some(
            "no document at all was found; nothing is deleted where no post is left".to_owned(),
        ),
        Some(Unsure::Errors(path)) => Some(format!(
            "`{path}` has errors and may be that file renamed; nothing is deleted until it can be read"
        )),
        Some(Unsure::Unread(path)) => Some(format!(
            "`{path}` is not read as a post and may be that file renamed; nothing is deleted while it is there"
        )),
        Some(Unsure::Said(path)) => Some(format!(
            "`{path}` says the same; nothing is deleted while it is there"
        )),
        Some(Unsure::NotCheckedOut) => Some(
            "files that were merged may be missing in this checkout; `mergecast apply` without `--worktree` looks at what was merged".to_owned(),
        ),
        Some(Unsure::Outside(path)) => Some(format!(
            "`{path}` in another content root says the same; nothing is deleted while it is there (`mergecast state move` takes a record along)"
        )),
    };
    if let Some(why) = why {
        let message = format!("its file is gone, but {why}");
        return Verdict::new(Action::Hold, state, "prune-unsure", message);
    }
    let message = "its file is gone and `prune` is on: the live post is deleted";
    Verdict::new(Action::Delete, state, "pruned", message)
}
