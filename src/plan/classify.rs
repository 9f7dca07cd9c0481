//! What is to be done about one post: one pure function.
//!
//! Owns every arm from (desired, recorded, policy, now) to an action and a reason. Must
//! not know about other posts beyond what it is handed.

use chrono::TimeDelta;

use crate::desired::{DesiredPost, Schedule};
use crate::model::Instant;
use crate::model::config::{OnLate, OnUnknown, PublishPolicy};
use crate::model::key::PostKey;
use crate::plan::copies::{Copied, Copy};
use crate::plan::judge::Unsure;
use crate::plan::live::{pruned, published, reused};
use crate::plan::{Action, Decision, OtherPost, PostState, Warning};
use crate::record::step::{SENDING_EXPIRES, may_probe};
use crate::record::{Entry, Reason, State};

/// What one post is judged by.
pub(super) struct Case<'a> {
    pub(super) post: Option<&'a DesiredPost>,
    pub(super) entry: Option<&'a Entry>,
    /// The key the entry was recorded under, when the file was renamed.
    pub(super) moved_from: Option<&'a PostKey>,
    /// What it repeats, when it may still go out.
    pub(super) copy: Option<&'a Copy<'a>>,
    /// A recorded post that it is nearly a copy of. Asked only of posts that would go out
    /// now, since each is compared with the whole record.
    pub(super) nearly: &'a dyn Fn() -> Option<Nearly<'a>>,
    /// The record that it may go on, where nobody can tell.
    pub(super) maybe: Option<&'a PostKey>,
    /// It has the key of a recorded post, and says something else.
    pub(super) reused: bool,
    /// Whether its file is the one that was sent.
    pub(super) bytes: Bytes,
    /// A document may go on its record under another key.
    pub(super) claimed: bool,
    /// Another document stands where its file was.
    pub(super) path_in_use: bool,
    /// Why a file that is gone may not be gone, and nothing is deleted.
    pub(super) unsure: Option<Unsure<'a>>,
    pub(super) policy: &'a PublishPolicy,
    pub(super) paused: Option<&'static str>,
    /// Whether the entry's text is known (it is not where only the lockfile is).
    pub(super) text_known: bool,
    pub(super) now: Instant,
    /// Until when no attempt may begin.
    pub(super) waits: Option<Instant>,
    /// How soon a time must come to be planned as due.
    pub(super) ahead: TimeDelta,
}

/// Whether a document is the very file that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bytes {
    Same,
    Different,
    /// Nobody can tell.
    Unknown,
}

/// A recorded post that a new one is nearly a copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nearly<'a> {
    pub(super) entry: &'a Entry,
    /// The content root it belongs to, where that is another one.
    pub(super) root: Option<&'a str>,
    /// Its file is gone, and not both have an `id`: they may be one post.
    pub(super) may_be_the_same: bool,
}

/// The judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) action: Action,
    pub(super) state: PostState,
    pub(super) reason: Reason,
    pub(super) decisions: Vec<Decision>,
    /// What people should know although it stops nothing.
    pub(super) warning: Option<Warning>,
    /// The other post that the reason is about.
    pub(super) other: Option<OtherPost>,
}

impl Verdict {
    pub(super) fn new(
        action: Action,
        state: PostState,
        code: &str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            action,
            state,
            reason: Reason::new(code, message),
            decisions: Vec::new(),
            warning: None,
            other: None,
        }
    }

    /// The same, about another post of this content root.
    fn about(self, key: &PostKey) -> Self {
        self.about_in(key, None)
    }

    /// The same, about a post of the content root `root`; `None`: this one.
    fn about_in(self, key: &PostKey, root: Option<&str>) -> Self {
        let other = OtherPost {
            key: key.clone(),
            root: root.map(str::to_owned),
        };
        Self {
            other: Some(other),
            ..self
        }
    }
}

pub(super) fn utc(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Judges one post.
pub(super) fn classify(case: &Case<'_>) -> Verdict {
    let mut decisions = Vec::new();
    let mut decide = |question: &'static str, answer: String| {
        decisions.push(Decision { question, answer });
    };
    let recorded = case.entry.map_or("nothing".to_owned(), |entry| {
        format!(
            "`{}`, attempt {}",
            format!("{:?}", entry.state).to_lowercase(),
            entry.attempt
        )
    });
    decide(
        "is there a document for it?",
        case.post
            .map_or("no".to_owned(), |post| format!("yes, {}", post.path)),
    );
    decide("what does the ledger say?", recorded);
    if let Some(from) = case.moved_from {
        decide("was the file renamed?", format!("yes, it was `{from}`"));
    }
    let mut verdict = match (case.post, case.entry) {
        (_, Some(entry)) if entry.has_two_posts() => moved_or(case, two_posts(entry)),
        (Some(post), Some(entry)) => known(case, post, entry),
        (Some(post), None) => fresh(case, post, &mut decide),
        (None, Some(entry)) => orphan(case, entry),
        (None, None) => Verdict::new(
            Action::None,
            PostState::Draft,
            "internal",
            "nothing is known about it",
        ),
    };
    decide(
        "so?",
        format!("{}: {}", verdict.action.as_str(), verdict.reason.message),
    );
    verdict.decisions = decisions;
    verdict
}

/// A post with an entry.
fn known(case: &Case<'_>, post: &DesiredPost, entry: &Entry) -> Verdict {
    match entry.state {
        State::Published => published(case, post, entry),
        State::Sending => match sending(case, entry) {
            // Its owner will record the outcome under the key it declared.
            verdict if verdict.action == Action::Hold => verdict,
            verdict => moved_or(case, verdict),
        },
        State::Unknown => moved_or(case, unknown(case, Some(post), entry)),
        State::Skipped if case.moved_from.is_none() && lies_ahead(case, post, entry) => {
            fresh(case, post, &mut |_, _| {})
        }
        State::Skipped if case.reused => reused(case, entry),
        State::Skipped => moved_or(case, skipped(entry)),
        State::Rejected if entry.digest == post.digest => {
            let message = entry
                .reason
                .as_ref()
                .map_or_else(String::new, |reason| reason.message.clone());
            Verdict::new(
                Action::None,
                PostState::Failed,
                "rejected",
                format!("its content is unchanged since: {message}"),
            )
        }
        State::Retryable | State::Rejected => again(case, post, entry),
    }
}

/// A post whose last attempt created nothing: as if it were new, but not before its time.
fn again(case: &Case<'_>, post: &DesiredPost, entry: &Entry) -> Verdict {
    let verdict = fresh(case, post, &mut |_, _| {});
    match case.waits {
        Some(at) if verdict.action == Action::Publish => {
            let why = entry.reason.as_ref();
            let why = why.map_or("", |reason| reason.message.as_str());
            Verdict::new(
                Action::Hold,
                PostState::Due,
                "retry-later",
                format!("no new attempt before {}: {why}", utc(at)),
            )
        }
        Some(_) | None => verdict,
    }
}

/// A renamed file whose entry is not published takes its entry along.
pub(super) fn moved_or(case: &Case<'_>, otherwise: Verdict) -> Verdict {
    match case.moved_from {
        Some(from) => Verdict::new(
            Action::Move {
                from: from.clone(),
                update: false,
            },
            otherwise.state,
            "renamed",
            format!("its file was renamed from `{from}`; its record goes along"),
        ),
        None => otherwise,
    }
}

fn sending(case: &Case<'_>, entry: &Entry) -> Verdict {
    let declared = entry.declared_at.unwrap_or(case.now);
    if case.now - declared < SENDING_EXPIRES {
        let message = format!("another run declared its request at {}", utc(declared));
        return Verdict::new(Action::Hold, PostState::Publishing, "in-progress", message);
    }
    let message = format!(
        "a run declared its request at {} and never recorded its outcome",
        utc(declared)
    );
    Verdict::new(Action::Unknown, PostState::Unknown, "owner-silent", message)
}

fn unknown(case: &Case<'_>, post: Option<&DesiredPost>, entry: &Entry) -> Verdict {
    if let Some(post) = post
        && case.policy.on_unknown == OnUnknown::Probe
        && case.paused.is_none()
        // A probe may publish, so what may not go out now is not probed.
        && is_due(post, case.now)
        && may_probe(Some(entry), &post.content(), case.now).is_ok()
    {
        return Verdict::new(
            Action::Publish,
            PostState::Unknown,
            "probe",
            "the identical bytes are sent once more, to learn whether the first request worked",
        );
    }
    let reason = entry.reason.as_ref();
    let why = reason.map_or("no answer came", |reason| reason.message.as_str());
    let code = match reason {
        Some(reason) if reason.code == "ledger-lost" => "ledger-lost",
        Some(_) | None => "outcome-unknown",
    };
    Verdict::new(
        Action::Unknown,
        PostState::Unknown,
        code,
        format!("it may already be published, and is not sent again: {why}"),
    )
}

fn is_due(post: &DesiredPost, now: Instant) -> bool {
    let time_has_come = match post.schedule {
        Schedule::At(time) => time <= now,
        Schedule::OnMerge => true,
        Schedule::Unscheduled => false,
    };
    time_has_come && !post.draft
}

/// In words, that LinkedIn has a post twice.
#[must_use]
pub fn two_posts_words(entry: &Entry) -> String {
    let urns = entry.urn.iter().chain(&entry.also);
    let urns: Vec<String> = urns.map(ToString::to_string).collect();
    format!(
        "LinkedIn has {} posts for it: {}",
        urns.len(),
        urns.join(" and ")
    )
}

/// A post that LinkedIn has twice: nothing is done about it until a person has said which
/// one counts.
fn two_posts(entry: &Entry) -> Verdict {
    let message = two_posts_words(entry);
    Verdict::new(Action::Unknown, PostState::Unknown, "two-posts", message)
}

/// Whether a skip for being late has ended: the time in the file lies ahead, or is a later
/// one than the one it was skipped for.
fn lies_ahead(case: &Case<'_>, post: &DesiredPost, entry: &Entry) -> bool {
    let Schedule::At(time) = post.schedule else {
        return false;
    };
    entry.is_skipped_by_policy() && (time > case.now || Some(time) > entry.scheduled_at)
}

fn skipped(entry: &Entry) -> Verdict {
    let message = entry
        .reason
        .as_ref()
        .map_or("it was skipped", |reason| reason.message.as_str());
    Verdict::new(Action::None, PostState::Skipped, "skipped", message)
}

/// A post that may go out.
fn fresh(
    case: &Case<'_>,
    post: &DesiredPost,
    decide: &mut dyn FnMut(&'static str, String),
) -> Verdict {
    if post.draft || post.schedule == Schedule::Unscheduled {
        let message = if post.draft {
            "it is marked as a draft"
        } else {
            "it has no `scheduled_at`, so it will not go out"
        };
        return Verdict::new(Action::None, PostState::Draft, "draft", message);
    }
    if let Some(from) = case.maybe {
        let message = format!(
            "it may be the post `{from}`, whose file is gone, under another name; the commit that `{from}` was published from cannot be read here, so nobody can tell"
        );
        return Verdict::new(Action::Hold, PostState::Held, "maybe-renamed", message).about(from);
    }
    if let Some(copy) = case.copy {
        return copied(copy);
    }
    if let Schedule::At(time) = post.schedule {
        decide(
            "is it due?",
            format!(
                "it is scheduled for {}, and it is {}",
                utc(time),
                utc(case.now)
            ),
        );
        if time > case.now + case.ahead {
            return Verdict::new(
                Action::Wait,
                PostState::Scheduled,
                "not-due",
                "its time has not come",
            );
        }
    }
    // Before lateness: `on_late: skip` must not give up what a pause made late.
    if let Some(why) = case.paused {
        return Verdict::new(Action::Hold, PostState::Held, "paused", why);
    }
    if let Schedule::At(time) = post.schedule
        && let Some(verdict) = late(case, post, time)
    {
        return verdict;
    }
    goes_out(case, post)
}

/// A post that nothing holds but being nearly a copy.
fn goes_out(case: &Case<'_>, post: &DesiredPost) -> Verdict {
    let nearly = (case.nearly)();
    if let Some(nearly) = nearly.filter(|nearly| nearly.may_be_the_same) {
        let (key, stands) = (&nearly.entry.key, stands(nearly.entry));
        let place = in_root(nearly.root);
        let message = format!(
            "it says nearly the same as `{key}` of the same author{place}, which {stands} and whose file is gone"
        );
        let hold = Verdict::new(Action::Hold, PostState::Held, "duplicate-of", message);
        return hold.about_in(key, nearly.root);
    }
    let mut verdict = Verdict::new(
        Action::Publish,
        PostState::Due,
        "due",
        match post.schedule {
            Schedule::OnMerge => "it goes out as soon as it is merged",
            Schedule::At(_) | Schedule::Unscheduled => "its time has come",
        },
    );
    verdict.warning = nearly.map(|nearly| Warning::NearlyDuplicate {
        of: nearly.entry.key.clone(),
    });
    verdict
}

/// Where a post is recorded, if that is another content root.
fn in_root(root: Option<&str>) -> String {
    match root {
        None => String::new(),
        Some("") => " in the content root at the top of the repository".to_owned(),
        Some(root) => format!(" in the content root `{root}`"),
    }
}

/// A post that says what another one says.
pub(super) fn copied(copy: &Copy<'_>) -> Verdict {
    let hold =
        |code: &str, message: String| Verdict::new(Action::Hold, PostState::Held, code, message);
    match copy {
        Copy::RepeatsUnknown(key) => Verdict::new(
            Action::None,
            PostState::Failed,
            "repeats-unknown",
            format!("`repeats: {key}` names no post"),
        )
        .about(key),
        Copy::TooSoon(key, None) => hold(
            "repeat-too-soon",
            format!("it repeats `{key}`, which is not out yet"),
        ),
        Copy::TooSoon(key, Some(until)) => hold(
            "repeat-too-soon",
            format!(
                "it repeats `{key}`, and a repeat goes out at least 7 days after the post: not before {}",
                utc(*until)
            ),
        ),
        Copy::Equal(Copied { entry, root }) => {
            let (key, place, stands) = (&entry.key, in_root(*root), stands(entry));
            let message = format!("`{key}` of the same author{place} {stands} with the same text");
            hold("duplicate-of", message).about_in(key, *root)
        }
    }
}

fn stands(entry: &Entry) -> &'static str {
    match entry.state {
        State::Sending => "is being sent",
        State::Unknown => "may be published",
        State::Published | State::Retryable | State::Rejected | State::Skipped => "is published",
    }
}

fn late(case: &Case<'_>, post: &DesiredPost, time: Instant) -> Option<Verdict> {
    let limit = post.max_lateness.unwrap_or(case.policy.max_lateness);
    let late = case.now - time;
    if late <= TimeDelta::from_std(limit).unwrap_or(TimeDelta::MAX) {
        return None;
    }
    let words = format!(
        "it was due at {}, more than {} ago",
        utc(time),
        hours(limit)
    );
    match post.on_late.unwrap_or(case.policy.on_late) {
        OnLate::Publish => None,
        OnLate::Hold => Some(Verdict::new(
            Action::Hold,
            PostState::Held,
            "late",
            format!("{words}; set a new `scheduled_at`, or `on_late: publish`"),
        )),
        OnLate::Skip => Some(Verdict::new(
            Action::None,
            PostState::Skipped,
            "late-skipped",
            format!("{words}, and `on_late` is `skip`"),
        )),
    }
}

/// A limit in the unit people set it in.
fn hours(limit: std::time::Duration) -> String {
    let minutes = limit.as_secs() / 60;
    if minutes.is_multiple_of(60) {
        format!("{} h", minutes / 60)
    } else {
        format!("{minutes} min")
    }
}

/// An entry whose file is gone.
fn orphan(case: &Case<'_>, entry: &Entry) -> Verdict {
    if let Some(from) = case.moved_from {
        let message = format!(
            "`{from}` is the name of another post now; this record goes on under a key of its own"
        );
        let action = Action::Move {
            from: from.clone(),
            update: false,
        };
        return Verdict::new(action, PostState::Orphaned, "displaced", message);
    }
    match entry.state {
        State::Published if entry.deleted_at.is_some() => Verdict::new(
            Action::None,
            PostState::Deleted,
            "deleted",
            "its live post was deleted",
        ),
        State::Published if case.policy.prune => pruned(case),
        State::Published => Verdict::new(
            Action::None,
            PostState::Orphaned,
            "orphaned",
            "its file is gone; the live post stays",
        ),
        State::Sending => sending(case, entry),
        State::Unknown => unknown(case, None, entry),
        State::Skipped => skipped(entry),
        State::Retryable | State::Rejected => Verdict::new(
            Action::None,
            PostState::Skipped,
            "file-gone",
            "its file is gone, and it was never published",
        ),
    }
}
