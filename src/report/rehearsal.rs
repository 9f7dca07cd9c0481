//! What a rehearsal found.
//!
//! Owns the values that every view of a rehearsal shows. Must not play anything.

use chrono::TimeDelta;

use crate::diagnostic::Diagnostic;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::model::zone::Tz;
use crate::record::Reason;
use crate::report::exit::Exit;
use crate::report::status::Freshness;

/// A kind of mishap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// Runs begin late.
    LateTriggers,
    /// Runs never begin.
    DroppedRuns,
    /// LinkedIn answers 429.
    RateLimit,
    /// LinkedIn's answer never comes.
    LostAnswers,
    /// LinkedIn cannot be reached for a while.
    Outage,
}

impl FaultKind {
    /// Every kind, in order.
    pub const ALL: [Self; 5] = [
        Self::LateTriggers,
        Self::DroppedRuns,
        Self::RateLimit,
        Self::LostAnswers,
        Self::Outage,
    ];

    /// The word of `--faults`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LateTriggers => "late-triggers",
            Self::DroppedRuns => "dropped-runs",
            Self::RateLimit => "rate-limit",
            Self::LostAnswers => "lost-answers",
            Self::Outage => "outage",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One mishap that struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A run that had something to do began late.
    Late {
        /// By how much.
        by: TimeDelta,
    },
    /// A run that had something to do never began.
    Dropped,
    /// A watcher was not running when something fell due.
    Down {
        /// For how long.
        during: TimeDelta,
    },
    /// LinkedIn refused a post for its number of requests.
    Limited {
        /// How many seconds it asked to wait.
        wait: Option<u32>,
    },
    /// The answer to a request was lost.
    Lost {
        /// Whether the request took effect.
        took_effect: bool,
    },
    /// LinkedIn could not be reached.
    Outage {
        /// Until when.
        until: Instant,
    },
}

impl Fault {
    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Late { .. } => FaultKind::LateTriggers,
            Self::Dropped | Self::Down { .. } => FaultKind::DroppedRuns,
            Self::Limited { .. } => FaultKind::RateLimit,
            Self::Lost { .. } => FaultKind::LostAnswers,
            Self::Outage { .. } => FaultKind::Outage,
        }
    }
}

/// What happens to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It goes out.
    Published,
    /// Its first comment goes out.
    Commented,
    /// Its live text is replaced.
    Updated,
    /// Its live post is deleted.
    Deleted,
    /// Its record goes on under a new key.
    Moved,
    /// It does not go out now; something must change or pass first.
    Held,
    /// A guard refuses the whole run, and this post with it.
    Refused,
    /// It cannot go out as it is.
    Failed,
    /// Nobody knows whether it is out.
    Unknown,
    /// A person settles it.
    Resolved,
    /// It is given up.
    Skipped,
    /// It is due, and no run came before the end.
    Due,
    /// It has no time, or says that it is a draft.
    Draft,
}

impl What {
    /// The word for people and scripts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Commented => "commented",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Moved => "moved",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Resolved => "resolved",
            Self::Skipped => "skipped",
            Self::Due => "due",
            Self::Draft => "draft",
        }
    }
}

/// The post something is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its identity.
    pub key: PostKey,
    /// The post itself, or its first comment.
    pub target: Target,
    /// Its file.
    pub path: ContentPath,
    /// Who publishes it, where known.
    pub author: Option<AuthorUrn>,
    /// The author's name in the configuration; empty where unknown.
    pub author_name: String,
    /// The zone its times are shown in.
    pub zone: Tz,
    /// When it is meant to go out; `None`: on merge, or never.
    pub scheduled_at: Option<Instant>,
    /// The first line of what readers see.
    pub first_line: String,
}

impl Subject {
    /// The key, and what of the post this is about when it is not the post itself.
    #[must_use]
    pub fn shown_key(&self) -> String {
        match self.target {
            Target::Linkedin => self.key.to_string(),
            Target::Comment => format!("{} (first comment)", self.key),
        }
    }
}

/// Something that happens to a post at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub what: What,
    /// To which post.
    pub subject: Subject,
    /// How long after its time it goes out.
    pub late: Option<TimeDelta>,
    /// Why, where that needs to be said.
    pub reason: Option<Reason>,
    /// Before when it is not tried again.
    pub again: Option<Instant>,
    /// The post in the sandbox, where there is one.
    pub urn: Option<PostUrn>,
}

/// What happens at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something to a post.
    Post(Box<Happening>),
    /// A guard refuses a whole run.
    Refusal {
        /// Why.
        reason: Reason,
        /// The posts that wait for it, in the plan's order.
        posts: Vec<Subject>,
        /// The zone its time is shown in.
        zone: Tz,
    },
    /// A mishap strikes.
    Fault {
        /// Which.
        fault: Fault,
        /// The post whose request it hit.
        key: Option<PostKey>,
        /// The zone its time is shown in.
        zone: Tz,
    },
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// What.
    pub event: Event,
}

/// A post that is not out at the end, or never will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// How it stands.
    pub what: What,
    /// The post.
    pub subject: Subject,
    /// Why.
    pub reason: Reason,
    /// Since when it stands so, where that was seen.
    pub since: Option<Instant>,
    /// One next step.
    pub help: Option<String>,
}

/// Something worth a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hazard {
    /// Posts of one author go out closer than `too-close` asks for.
    TooClose {
        /// The author's name.
        author: String,
        /// Key, time and zone of each, in order.
        posts: Vec<(PostKey, Instant, Tz)>,
    },
    /// Posts are meant for the same second, and go out one after the other.
    SameSecond {
        /// The second, and the zone of the first post.
        at: (Instant, Tz),
        /// The posts.
        posts: Vec<PostKey>,
        /// How long after it the last one goes out, where all do.
        last: Option<TimeDelta>,
    },
    /// So many requests for one author on one day (UTC) that some apps would be refused.
    ManyRequests {
        /// The author's name.
        author: String,
        /// The day.
        day: chrono::NaiveDate,
        /// How many.
        requests: u32,
        /// How many such an app has.
        limit: u32,
    },
    /// The version of LinkedIn's API may be switched off before a post is due.
    VersionEnds {
        /// The version.
        version: String,
        /// From when on.
        from: chrono::NaiveDate,
        /// Posts that are due then.
        posts: usize,
    },
    /// The text of a published post is not known here, so that an edit cannot be rehearsed.
    EditNotKnown {
        /// The posts.
        posts: Vec<PostKey>,
    },
}

impl Hazard {
    /// The word for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooClose { .. } => "too-close",
            Self::SameSecond { .. } => "same-second",
            Self::ManyRequests { .. } => "many-requests",
            Self::VersionEnds { .. } => "version-ends",
            Self::EditNotKnown { .. } => "edit-not-known",
        }
    }
}

/// Numbers at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Posts that went out.
    pub posts: usize,
    /// First comments that went out.
    pub comments: usize,
    /// Live posts that were edited, deleted, or renamed.
    pub changes: usize,
    /// Posts that are due after the end.
    pub later: usize,
    /// Posts whose outcome was unknown at some time.
    pub unknown: usize,
    /// Posts of the sandbox beyond one for each post of the content. Counted there.
    pub second_posts: usize,
    /// The longest time between when a post was due and when it went out, and that post.
    pub worst: Option<(TimeDelta, PostKey)>,
    /// Requests of LinkedIn.
    pub requests: u32,
    /// Runs that were played; those with nothing to do are passed over.
    pub runs: u32,
}

/// A whole rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// When it begins.
    pub from: Instant,
    /// When it ends.
    pub to: Instant,
    /// Whether nothing is scheduled after its begin.
    pub nothing_scheduled: bool,
    /// The zone of the content repository.
    pub zone: Tz,
    /// When runs begin: the word of `--every`.
    pub every: String,
    /// The kinds of mishap that strike.
    pub faults: Vec<FaultKind>,
    /// What they are drawn with.
    pub seed: u64,
    /// How long a person takes to settle an unknown outcome; `None`: nobody does.
    pub answers_after: Option<TimeDelta>,
    /// How new the record is that it begins from.
    pub freshness: Freshness,
    /// What happens, in order.
    pub timeline: Vec<Moment>,
    /// What is not out at the end, in order.
    pub open: Vec<Open>,
    /// What is worth a second look.
    pub hazards: Vec<Hazard>,
    /// Numbers.
    pub tally: Tally,
    /// Problems of the content.
    pub diagnostics: Vec<Diagnostic>,
    /// The exit code that follows.
    pub exit: Exit,
}
