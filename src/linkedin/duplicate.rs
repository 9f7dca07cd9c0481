//! What LinkedIn's "this is a duplicate" proves.
//!
//! Owns the reading of a duplicate answer. LinkedIn refuses a text the author published
//! recently and names that post; ids hold the time they were made. So the answer may be
//! the proof that an earlier attempt worked, may name a post somebody else made, and may
//! name a ghost: an id made for this very refusal, behind which there is no post. Neither
//! window nor ids are documented, so every doubt ends in "unknown". Must not act.

use chrono::TimeDelta;

use crate::model::Instant;
use crate::model::urn::PostUrn;
use crate::record::{Attempt, AttemptOutcome};

/// A post made this long before an attempt was declared may still be that attempt's, as
/// far as clocks differ.
pub const BEFORE_ATTEMPT: TimeDelta = TimeDelta::minutes(2);
/// A post made this long after an attempt was declared may still be that attempt's.
pub const AFTER_ATTEMPT: TimeDelta = TimeDelta::minutes(10);
/// A post made this long before the current request was sent may have been made for it.
pub const GHOST_MARGIN: TimeDelta = TimeDelta::seconds(5);

/// What a duplicate answer proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DuplicateVerdict {
    /// An earlier attempt of this post worked: it is published, as this URN.
    AdoptEarlier {
        /// Number of that attempt.
        attempt: u32,
        /// The post.
        urn: PostUrn,
    },
    /// Nothing can be told: the URN was made for this refusal, or none is named while an
    /// earlier attempt is open. The outcome is unknown.
    Ghost,
    /// The author published the same text before, not through this post: it is held.
    OlderPost(PostUrn),
    /// No post is named, and none of our attempts can have made one: it is rejected.
    NotProof,
}

/// Judges a duplicate answer to the request sent at `current_sent_at`. `named` is the
/// post LinkedIn named; `attempts` are the finished attempts of the same post, without
/// the current one (the entry's history).
///
/// Times of different clocks are compared: `current_sent_at` is ours, an id's LinkedIn's.
#[must_use]
pub fn judge_duplicate(
    named: Option<&PostUrn>,
    attempts: &[Attempt],
    current_sent_at: Instant,
) -> DuplicateVerdict {
    let open = attempts
        .iter()
        .any(|attempt| attempt.outcome == AttemptOutcome::Unknown);
    let Some(urn) = named else {
        return if open {
            DuplicateVerdict::Ghost
        } else {
            DuplicateVerdict::NotProof
        };
    };
    let Some(made_at) = urn.minted_at() else {
        return DuplicateVerdict::Ghost;
    };
    // A probe may follow its attempt within seconds, so with an open attempt only a post
    // newer than the request itself is doubted; without one there is nothing to adopt.
    let made_for_this = if open {
        made_at > current_sent_at
    } else {
        made_at >= current_sent_at - GHOST_MARGIN
    };
    if made_for_this {
        return DuplicateVerdict::Ghost;
    }
    // Newest first: windows of quick attempts overlap, and it does not matter for the
    // post, only for the record.
    let worked = attempts.iter().rev().find(|attempt| {
        attempt.outcome == AttemptOutcome::Unknown
            && made_at >= attempt.declared_at - BEFORE_ATTEMPT
            && made_at <= attempt.declared_at + AFTER_ATTEMPT
    });
    match worked {
        Some(attempt) => DuplicateVerdict::AdoptEarlier {
            attempt: attempt.attempt,
            urn: urn.clone(),
        },
        None => DuplicateVerdict::OlderPost(urn.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        chrono::DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    fn made(seconds: i64) -> PostUrn {
        let id = u64::try_from(at(seconds).timestamp_millis()).unwrap() << 22;
        PostUrn::parse(&format!("urn:li:share:{id}")).unwrap()
    }

    fn attempt(number: u32, seconds: i64, outcome: AttemptOutcome) -> Attempt {
        Attempt {
            attempt: number,
            declared_at: at(seconds),
            outcome,
            reason: None,
        }
    }

    fn judge(named: Option<i64>, attempts: &[Attempt], now: i64) -> DuplicateVerdict {
        judge_duplicate(named.map(made).as_ref(), attempts, at(now))
    }

    #[test]
    fn a_post_made_inside_an_open_attempts_window_is_adopted() {
        let attempts = [
            attempt(1, -9000, AttemptOutcome::NotCreated),
            attempt(2, 0, AttemptOutcome::Unknown),
        ];
        for seconds in [-120, 0, 1, 600] {
            let urn = made(seconds);
            let verdict = DuplicateVerdict::AdoptEarlier { attempt: 2, urn };
            assert_eq!(judge(Some(seconds), &attempts, 700), verdict, "{seconds}");
        }
    }

    #[test]
    fn a_probe_right_after_the_attempt_still_adopts() {
        let attempts = [attempt(1, 0, AttemptOutcome::Unknown)];
        for (made_at, now) in [(0, 0), (0, 1), (1, 3)] {
            let urn = made(made_at);
            let verdict = DuplicateVerdict::AdoptEarlier { attempt: 1, urn };
            assert_eq!(judge(Some(made_at), &attempts, now), verdict);
        }
    }

    #[test]
    fn a_post_made_for_the_refusal_itself_is_a_ghost() {
        for seconds in [-5, 0, 1, 30] {
            assert_eq!(
                judge(Some(seconds), &[], 0),
                DuplicateVerdict::Ghost,
                "{seconds}"
            );
        }
        let open = [attempt(1, -60, AttemptOutcome::Unknown)];
        assert_eq!(judge(Some(1), &open, 0), DuplicateVerdict::Ghost);
    }

    #[test]
    fn an_older_post_is_somebody_elses() {
        assert_eq!(
            judge(Some(-6), &[], 0),
            DuplicateVerdict::OlderPost(made(-6))
        );
        let attempts = [attempt(1, 0, AttemptOutcome::Unknown)];
        for seconds in [-121, 601] {
            let verdict = DuplicateVerdict::OlderPost(made(seconds));
            assert_eq!(judge(Some(seconds), &attempts, 9000), verdict, "{seconds}");
        }
    }

    #[test]
    fn an_attempt_that_provably_made_nothing_adopts_nothing() {
        for outcome in [AttemptOutcome::NotCreated, AttemptOutcome::Rejected] {
            let attempts = [attempt(1, 0, outcome)];
            assert_eq!(
                judge(Some(1), &attempts, 100),
                DuplicateVerdict::OlderPost(made(1))
            );
        }
    }

    #[test]
    fn without_a_post_named_an_open_attempt_keeps_it_unknown() {
        assert_eq!(judge(None, &[], 0), DuplicateVerdict::NotProof);
        let closed = [attempt(1, -60, AttemptOutcome::NotCreated)];
        assert_eq!(judge(None, &closed, 0), DuplicateVerdict::NotProof);
        let open = [attempt(1, -60, AttemptOutcome::Unknown)];
        assert_eq!(judge(None, &open, 0), DuplicateVerdict::Ghost);
    }

    #[test]
    fn an_id_that_holds_no_time_proves_nothing() {
        let urn = PostUrn::parse("urn:li:share:18446744073709551615").unwrap();
        assert_eq!(
            judge_duplicate(Some(&urn), &[], at(0)),
            DuplicateVerdict::Ghost
        );
    }
}
