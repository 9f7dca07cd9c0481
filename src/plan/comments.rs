//! First comments: what is to be done about each, once its post is judged.
//!
//! Owns every arm from (post, its live record, the comment's record, now) to an action.
//! Must not touch the judgement of the post: whatever happens to a comment, the post
//! stays what it is.

use chrono::TimeDelta;

use super::classify::utc;
use super::identity::Identity;
use super::requests::estimate;
use super::{Action, Decision, PlanItem, PostState};
use crate::desired::{DesiredPost, Schedule};
use crate::model::Instant;
use crate::model::config::{OnLate, PublishPolicy};
use crate::model::target::Target;
use crate::record::step::SENDING_EXPIRES;
use crate::record::{Entry, EntryId, Reason, Recorded, State};

/// What all comments are judged by.
pub(super) struct Comments<'a> {
    pub(super) recorded: &'a Recorded,
    pub(super) identity: &'a Identity,
    pub(super) policy: &'a PublishPolicy,
    pub(super) paused: Option<&'static str>,
    pub(super) now: Instant,
}

struct Verdict(Action, PostState, Reason);

fn verdict(
    action: Action,
    state: PostState,
    code: &str,
    message: impl Into<String>,
) -> Option<Verdict> {
    Some(Verdict(action, state, Reason::new(code, message)))
}

impl Comments<'_> {
    /// The item of a post's first comment, when there is something to say about it.
    pub(super) fn item(&self, item: &PlanItem, post: &DesiredPost) -> Option<PlanItem> {
        let content = post.comment()?;
        // Below a live post that may be another one, nobody comments.
        if self.identity.reused.contains(&post.key) {
            return None;
        }
        let entry = self.identity.recorded_key(&post.key).and_then(|key| {
            self.recorded.ledger.entries.get(&EntryId {
                key: key.clone(),
                target: Target::Comment,
            })
        });
        let Verdict(action, state, reason) = match entry {
            Some(entry) => self.known(item, post, entry, entry.digest == content.digest()),
            None => self.fresh(item, post),
        }?;
        let so = format!("{}: {}", action.as_str(), reason.message);
        let sends = action == Action::Comment;
        Some(PlanItem {
            target: Target::Comment,
            decisions: vec![
                Decision {
                    question: "what does the ledger say about the comment?",
                    answer: entry.map_or("nothing".to_owned(), |entry| {
                        format!("`{}`", format!("{:?}", entry.state).to_lowercase())
                    }),
                },
                Decision {
                    question: "so?",
                    answer: so,
                },
            ],
            text_before: None,
            text_after: sends.then(|| content.text.clone()),
            media: Vec::new(),
            warning: None,
            other: None,
            also: Vec::new(),
            requests: match reason.code.as_str() {
                // It is written in the same run as its post.
                "after-post" => estimate(&Action::Comment, None),
                _ => estimate(&action, None),
            },
            content: Some(content.digest()),
            scheduled_at: None,
            published_at: entry.and_then(|entry| entry.published_at),
            action,
            state,
            reason,
            ..item.clone()
        })
    }

    fn known(
        &self,
        item: &PlanItem,
        post: &DesiredPost,
        entry: &Entry,
        same: bool,
    ) -> Option<Verdict> {
        match entry.state {
            State::Published if same => {
                let words = "the first comment is below the post";
                verdict(Action::None, PostState::Published, "comment-there", words)
            }
            State::Published => verdict(
                Action::None,
                PostState::Published,
                "comment-stands",
                "the first comment is below the post with its old text; change it by hand on LinkedIn",
            ),
            State::Sending => {
                let declared = entry.declared_at.unwrap_or(self.now);
                if self.now - declared < SENDING_EXPIRES {
                    let words = format!("another run declared it at {}", utc(declared));
                    return verdict(Action::Wait, PostState::Publishing, "in-progress", words);
                }
                comment_unknown()
            }
            State::Unknown => comment_unknown(),
            State::Skipped => verdict(
                Action::None,
                PostState::Skipped,
                "skipped",
                "a person decided that there is no first comment",
            ),
            State::Rejected if same => {
                let why = entry.reason.as_ref();
                let why = why.map_or("", |reason| reason.message.as_str());
                let words = format!("the first comment is unchanged since: {why}");
                verdict(Action::None, PostState::Failed, "rejected", words)
            }
            State::Rejected | State::Retryable => match self.recorded.waits(entry, self.now) {
                Some(at) => {
                    let why = entry.reason.as_ref();
                    let why = why.map_or("", |reason| reason.message.as_str());
                    let words = format!("no new attempt before {}: {why}", utc(at));
                    verdict(Action::Wait, PostState::Due, "retry-later", words)
                }
                None => self.fresh(item, post),
            },
        }
    }

    fn fresh(&self, item: &PlanItem, post: &DesiredPost) -> Option<Verdict> {
        // Nobody comments below a post that is gone, or while LinkedIn has two of it.
        let is_live =
            item.urn.is_some() && !matches!(item.state, PostState::Deleted | PostState::Unknown);
        let Some(published_at) = item.published_at.filter(|_| is_live) else {
            let after = matches!(item.action, Action::Publish);
            return after.then(|| {
                let words = "the first comment follows as soon as the post is out";
                Verdict(
                    Action::Wait,
                    PostState::Scheduled,
                    Reason::new("after-post", words),
                )
            });
        };
        if let Some(why) = self.paused {
            return verdict(Action::Hold, PostState::Held, "paused", why);
        }
        if !is_as_its_file_says(item, post) {
            return None;
        }
        let max = post.max_lateness.unwrap_or(self.policy.max_lateness);
        let max = TimeDelta::from_std(max).unwrap_or(TimeDelta::MAX);
        let late = published_at
            .checked_add_signed(max)
            .is_some_and(|until| self.now > until);
        if late && post.on_late.unwrap_or(self.policy.on_late) != OnLate::Publish {
            let words = format!(
                "the post went out at {}; a first comment so much later needs `on_late: publish`",
                utc(published_at)
            );
            return verdict(Action::None, PostState::Published, "comment-late", words);
        }
        verdict(
            Action::Comment,
            PostState::Due,
            "first-comment",
            "the post is out, and its first comment is not",
        )
    }
}

/// Whether the live post says what its file says, or will in this run. Below another text
/// nobody comments, and a draft sends nothing.
fn is_as_its_file_says(item: &PlanItem, post: &DesiredPost) -> bool {
    let is_draft = post.draft || post.schedule == Schedule::Unscheduled;
    match item.action {
        Action::Hold | Action::Wait => false,
        Action::Publish
        | Action::Update
        | Action::Delete
        | Action::Move { .. }
        | Action::Comment
        | Action::Unknown
        | Action::None => !is_draft,
    }
}

/// A comment has no mark that would tell a second one from the first.
fn comment_unknown() -> Option<Verdict> {
    verdict(
        Action::Unknown,
        PostState::Unknown,
        "comment-unknown",
        "the first comment may be below the post, and is not sent again",
    )
}
