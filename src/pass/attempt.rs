//! What one finished create request means: for the ledger, the report, and the rest of
//! the pass.
//!
//! Owns that table. Must not send or record.

use std::time::Duration;

use chrono::TimeDelta;

use crate::linkedin::duplicate::{DuplicateVerdict, judge_duplicate};
use crate::linkedin::outcome::CreateOutcome;
use crate::linkedin::problem::{Kind, Problem as LinkedinProblem};
use crate::linkedin::retry::{PATIENCE, not_before};
use crate::model::Instant;
use crate::model::urn::PostUrn;
use crate::pass::outcome::Problem;
use crate::record::{AttemptOutcome, Entry, Event, How, Reason, SentMedia};
use crate::report::exit::Exit;
use crate::report::results::Outcome;

/// Pauses before another attempt in the same pass.
const AFTER_CONFLICT: TimeDelta = TimeDelta::seconds(1);
const AFTER_NOT_SENT: TimeDelta = TimeDelta::seconds(2);
const AFTER_FRESH_TOKEN: TimeDelta = TimeDelta::seconds(5);
/// Tokens of the self-serve product may not ask how far an image is, so this wait is all
/// they can do.
const AFTER_MEDIA_NOT_READY: TimeDelta = TimeDelta::seconds(10);
/// Attempts in a row that may end without their media, over all passes. Each pass uploads
/// them anew, so by then it is the files.
const MEDIA_ATTEMPTS: usize = 6;
/// The same while LinkedIn says that it is still at work on them. A long video takes its
/// time, and the uploads are kept: at one pass in a quarter of an hour these are hours.
const WAITING_ATTEMPTS: usize = 24;

/// What happens next in this pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next post.
    Continue,
    /// The same post once more, as a new attempt, after this time.
    Again(TimeDelta),
    /// No further post of this author.
    StopAuthor,
    /// No further call with this token.
    StopCredential,
    /// No further post.
    StopAll,
}

/// What one request came to.
#[derive(Debug)]
pub(super) struct Concluded {
    pub(super) event: Event,
    /// The post, when there is one, and when it was made.
    pub(super) published: Option<(PostUrn, Instant)>,
    pub(super) problem: Option<Problem>,
    pub(super) next: Next,
}

/// The attempt that was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempted<'a> {
    /// The entry as declared; its history holds earlier attempts.
    pub(super) entry: Option<&'a Entry>,
    /// Another post that the ledger has the answer's URN for.
    pub(super) holder: Option<&'a Entry>,
    /// The nonce it was declared with.
    pub(super) nonce: &'a str,
    /// When it was declared.
    pub(super) declared_at: Instant,
    /// Its media, as they are on LinkedIn.
    pub(super) uploaded: &'a [SentMedia],
    /// When its answer came.
    pub(super) now: Instant,
    /// How far LinkedIn's clock, which ids are made by, is ahead of ours.
    pub(super) skew: TimeDelta,
}

/// Reads one outcome.
pub(super) fn conclude(outcome: CreateOutcome, attempted: Attempted<'_>) -> Concluded {
    let mut concluded = match outcome {
        CreateOutcome::Created(urn) => match attempted.holder {
            Some(holder) => attempted.lost(&not_new(&urn, holder)),
            None => attempted.published(urn, attempted.now, How::Created),
        },
        CreateOutcome::Rejected(problem) => attempted.rejected(&problem),
        CreateOutcome::Denied(problem) => {
            let next = match problem.kind {
                Kind::Auth => Next::StopCredential,
                _ => Next::StopAuthor,
            };
            attempted.not_created(&problem, None, Outcome::Failed, next)
        }
        CreateOutcome::Config(problem) => {
            attempted.not_created(&problem, None, Outcome::Failed, Next::StopAll)
        }
        CreateOutcome::RateLimited {
            problem,
            retry_after,
        } => attempted.limited(&problem, retry_after),
        CreateOutcome::Conflict(problem) => attempted.conflict(&problem),
        CreateOutcome::NotSent(problem) => {
            let next = Next::Again(match problem.code {
                "token-fresh" => AFTER_FRESH_TOKEN,
                _ => AFTER_NOT_SENT,
            });
            attempted.not_created(&problem, None, Outcome::Held, next)
        }
        CreateOutcome::MediaNotReady(problem) => attempted.media_not_ready(&problem),
        CreateOutcome::Duplicate { urn, problem } => attempted.duplicate(urn.as_ref(), &problem),
        CreateOutcome::Unknown(problem) => attempted.lost(&problem),
    };
    // A probe is one request: it may not be repeated, whatever came back.
    let probe = attempted.entry.is_some_and(|entry| entry.probe);
    if probe && matches!(concluded.next, Next::Again(_)) {
        concluded.next = Next::Continue;
    }
    concluded
}

impl Attempted<'_> {
    fn nonce(&self) -> String {
        self.nonce.to_owned()
    }

    fn published(&self, urn: PostUrn, at: Instant, how: How) -> Concluded {
        Concluded {
            event: Event::Published {
                nonce: Some(self.nonce()),
                urn: urn.clone(),
                at,
                how,
                comment_id: None,
            },
            published: Some((urn, at)),
            problem: None,
            next: Next::Continue,
        }
    }

    fn not_created(
        &self,
        problem: &LinkedinProblem,
        not_before: Option<Instant>,
        outcome: Outcome,
        next: Next,
    ) -> Concluded {
        let event = Event::NotCreated {
            nonce: self.nonce(),
            reason: problem.reason(),
            not_before,
            uploaded: self.kept(problem),
        };
        ended(event, problem, outcome, next)
    }

    /// The media are kept for the next attempt unless LinkedIn itself has trouble with them.
    fn kept(&self, problem: &LinkedinProblem) -> Vec<SentMedia> {
        if problem.code == "media-not-ready" {
            return Vec::new();
        }
        self.uploaded.to_vec()
    }

    fn rejected(&self, problem: &LinkedinProblem) -> Concluded {
        let event = Event::Rejected {
            nonce: self.nonce(),
            reason: problem.reason(),
        };
        ended(event, problem, Outcome::Failed, Next::Continue)
    }

    fn lost(&self, problem: &LinkedinProblem) -> Concluded {
        let event = Event::Lost {
            nonce: self.nonce(),
            reason: problem.reason(),
        };
        ended(event, problem, Outcome::Unknown, Next::Continue)
    }

    fn limited(&self, problem: &LinkedinProblem, asked: Option<Duration>) -> Concluded {
        let until = Some(not_before(self.now, asked));
        let wait = asked.filter(|asked| *asked <= PATIENCE);
        let next = match wait.and_then(|wait| TimeDelta::from_std(wait).ok()) {
            Some(wait) => Next::Again(wait),
            None => Next::StopAuthor,
        };
        self.not_created(problem, until, Outcome::Held, next)
    }

    /// LinkedIn says that a conflicting write may be repeated. When the repetition meets
    /// one too, what it conflicts with may be the first.
    fn conflict(&self, problem: &LinkedinProblem) -> Concluded {
        if self.met_before(problem.code) == 0 {
            let next = Next::Again(AFTER_CONFLICT);
            return self.not_created(problem, None, Outcome::Held, next);
        }
        self.lost(&doubtful(problem))
    }

    fn media_not_ready(&self, problem: &LinkedinProblem) -> Concluded {
        let attempts = match problem.code {
            "media-waiting" => WAITING_ATTEMPTS,
            _ => MEDIA_ATTEMPTS,
        };
        if self.met_before(problem.code) + 1 < attempts {
            let next = Next::Again(AFTER_MEDIA_NOT_READY);
            return self.not_created(problem, None, Outcome::Held, next);
        }
        let mut problem = problem.clone();
        problem.kind = Kind::Rejected;
        problem.exit = Exit::Failed;
        let problem = problem
            .help("save the media again, an image as PNG or JPEG, a video as MP4, and merge them");
        self.rejected(&problem)
    }

    /// How many attempts just before this one ended with `code`.
    fn met_before(&self, code: &str) -> usize {
        let history = self.entry.map_or(&[][..], |entry| &entry.history);
        let same = |reason: &Reason| reason.code == code;
        history
            .iter()
            .rev()
            .take_while(|past| {
                past.outcome == AttemptOutcome::NotCreated && past.reason.as_ref().is_some_and(same)
            })
            .count()
    }

    /// LinkedIn says that the text is a duplicate: proof of an earlier attempt, a ghost, or
    /// an older post.
    fn duplicate(&self, named: Option<&PostUrn>, problem: &LinkedinProblem) -> Concluded {
        let history = self.entry.map_or(&[][..], |entry| &entry.history);
        match judge_duplicate(named, history, self.declared_at + self.skew) {
            DuplicateVerdict::AdoptEarlier { urn, .. } if self.holder.is_some() => {
                let holder = self.holder.map(|holder| not_new(&urn, holder));
                self.lost(&holder.unwrap_or_else(|| doubtful(problem)))
            }
            DuplicateVerdict::AdoptEarlier { urn, .. } => {
                let at = urn.minted_at().unwrap_or(self.declared_at);
                self.published(urn, at, How::Duplicate)
            }
            DuplicateVerdict::Ghost => self.lost(&doubtful(problem)),
            DuplicateVerdict::OlderPost(urn) => {
                let mut problem = problem.clone();
                problem.message = format!(
                    "LinkedIn refused it: the author published the same text before, as {urn}"
                );
                self.rejected(&problem)
            }
            DuplicateVerdict::NotProof => self.rejected(problem),
        }
    }
}

/// LinkedIn named a post that another one of ours is: what answered was not asked by this
/// request, or did not say what became of it.
fn not_new(urn: &PostUrn, holder: &Entry) -> LinkedinProblem {
    let message = format!(
        "LinkedIn's answer names {urn}, which is recorded as the post `{}` already",
        holder.key
    );
    LinkedinProblem::new(Kind::Unknown, "urn-recorded-before", message, Exit::Unknown)
}

/// The same words about a request of which it is not known what it did.
fn doubtful(problem: &LinkedinProblem) -> LinkedinProblem {
    LinkedinProblem {
        kind: Kind::Unknown,
        exit: Exit::Unknown,
        help: None,
        ..problem.clone()
    }
}

fn ended(event: Event, problem: &LinkedinProblem, outcome: Outcome, next: Next) -> Concluded {
    Concluded {
        event,
        published: None,
        problem: Some(Problem::linkedin(problem, outcome)),
        next,
    }
}
