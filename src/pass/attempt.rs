//! What one finished create request means: for the ledger, the report, and the rest of
//! the pass.
//!
//! Owns that table. Must not send or record.

use chrono::{Days, NaiveTime, TimeDelta};

use crate::linkedin::duplicate::{DuplicateVerdict, judge_duplicate};
use crate::linkedin::outcome::CreateOutcome;
use crate::linkedin::problem::{Kind, Problem as LinkedinProblem};
use crate::model::Instant;
use crate::model::urn::PostUrn;
use crate::pass::outcome::Problem;
use crate::record::{Entry, Event, How, Reason};
use crate::report::results::Outcome;

/// A `Retry-After` up to this is waited out inside the pass.
const WAIT_AT_MOST: TimeDelta = TimeDelta::seconds(10);

/// What happens next in this pass.
pub(super) enum Next {
    /// The next post.
    Continue,
    /// The same post once more, as a new attempt, after this time.
    Again(TimeDelta),
    /// No further post of this author.
    StopAuthor,
    /// No further post.
    StopAll,
}

/// What one request came to.
pub(super) struct Concluded {
    pub(super) event: Event,
    pub(super) urn: Option<PostUrn>,
    pub(super) problem: Option<Problem>,
    pub(super) next: Next,
}

/// Reads one outcome. `entry` is the entry as declared; its history holds earlier
/// attempts.
pub(super) fn conclude(
    outcome: CreateOutcome,
    entry: Option<&Entry>,
    nonce: &str,
    declared_at: Instant,
    now: Instant,
) -> Concluded {
    let nonce = nonce.to_owned();
    match outcome {
        CreateOutcome::Created(urn) => published(nonce, urn, now, How::Created),
        CreateOutcome::Rejected(problem) => {
            let event = Event::Rejected {
                nonce,
                reason: problem.reason(),
            };
            ended(event, &problem, Outcome::Failed, Next::Continue)
        }
        CreateOutcome::Denied(problem) => {
            not_created(nonce, &problem, None, Outcome::Failed, Next::StopAuthor)
        }
        CreateOutcome::Config(problem) => {
            not_created(nonce, &problem, None, Outcome::Failed, Next::StopAll)
        }
        CreateOutcome::RateLimited {
            problem,
            retry_after,
        } => {
            let wait = retry_after.and_then(|wait| TimeDelta::from_std(wait).ok());
            match wait {
                Some(wait) if wait <= WAIT_AT_MOST => not_created(
                    nonce,
                    &problem,
                    Some(now + wait),
                    Outcome::Held,
                    Next::Again(wait),
                ),
                wait => {
                    let until = wait.map_or_else(|| next_midnight(now), |wait| now + wait);
                    not_created(
                        nonce,
                        &problem,
                        Some(until),
                        Outcome::Held,
                        Next::StopAuthor,
                    )
                }
            }
        }
        CreateOutcome::Conflict(problem) => not_created(
            nonce,
            &problem,
            None,
            Outcome::Held,
            Next::Again(TimeDelta::seconds(1)),
        ),
        CreateOutcome::NotSent(problem) => not_created(
            nonce,
            &problem,
            None,
            Outcome::Held,
            Next::Again(TimeDelta::seconds(2)),
        ),
        CreateOutcome::MediaNotReady(problem) => {
            not_created(nonce, &problem, None, Outcome::Held, Next::Continue)
        }
        CreateOutcome::Duplicate { urn, problem } => {
            duplicate(nonce, urn.as_ref(), &problem, entry, declared_at)
        }
        CreateOutcome::Unknown(problem) => lost(nonce, &problem),
    }
}

fn published(nonce: String, urn: PostUrn, at: Instant, how: How) -> Concluded {
    let event = Event::Published {
        nonce: Some(nonce),
        urn: urn.clone(),
        at,
        how,
    };
    Concluded {
        event,
        urn: Some(urn),
        problem: None,
        next: Next::Continue,
    }
}

fn ended(event: Event, problem: &LinkedinProblem, outcome: Outcome, next: Next) -> Concluded {
    let problem = Some(Problem::linkedin(problem, outcome));
    Concluded {
        event,
        urn: None,
        problem,
        next,
    }
}

fn not_created(
    nonce: String,
    problem: &LinkedinProblem,
    not_before: Option<Instant>,
    outcome: Outcome,
    next: Next,
) -> Concluded {
    ended(
        Event::NotCreated {
            nonce,
            reason: problem.reason(),
            not_before,
        },
        problem,
        outcome,
        next,
    )
}

fn lost(nonce: String, problem: &LinkedinProblem) -> Concluded {
    let event = Event::Lost {
        nonce,
        reason: problem.reason(),
    };
    ended(event, problem, Outcome::Unknown, Next::Continue)
}

/// LinkedIn says that the text is a duplicate: proof of an earlier attempt, a ghost, or
/// an older post.
fn duplicate(
    nonce: String,
    named: Option<&PostUrn>,
    problem: &LinkedinProblem,
    entry: Option<&Entry>,
    sent_at: Instant,
) -> Concluded {
    let history = entry
        .map(|entry| entry.history.as_slice())
        .unwrap_or_default();
    match judge_duplicate(named, history, sent_at) {
        DuplicateVerdict::AdoptEarlier { urn, .. } => {
            let at = urn.minted_at().unwrap_or(sent_at);
            published(nonce, urn, at, How::Duplicate)
        }
        DuplicateVerdict::Ghost => {
            let mut problem = problem.clone();
            problem.kind = Kind::Unknown;
            problem.exit = crate::report::exit::Exit::Unknown;
            lost(nonce, &problem)
        }
        DuplicateVerdict::OlderPost(urn) => {
            let message =
                format!("LinkedIn refused it: the author published the same text before, as {urn}");
            let event = Event::Rejected {
                nonce,
                reason: Reason::new("duplicate-of", message),
            };
            ended(event, problem, Outcome::Failed, Next::Continue)
        }
        DuplicateVerdict::NotProof => {
            let event = Event::Rejected {
                nonce,
                reason: problem.reason(),
            };
            ended(event, problem, Outcome::Failed, Next::Continue)
        }
    }
}

/// LinkedIn's daily limits start anew at 00:00 UTC.
fn next_midnight(now: Instant) -> Instant {
    let tomorrow = now.date_naive().checked_add_days(Days::new(1));
    tomorrow.map_or(now + TimeDelta::days(1), |day| {
        day.and_time(NaiveTime::MIN).and_utc()
    })
}
