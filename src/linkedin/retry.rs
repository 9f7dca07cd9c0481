//! Which calls may be made again, when, and how often.
//!
//! Owns the table (situation × call) and the waits. The create call is never repeated by
//! this program's LinkedIn client: what the table allows there is a new attempt with its
//! own durable `sending`, which is the pass's to make. Must not wait or send.

use std::time::Duration;

use chrono::{Days, NaiveTime, TimeDelta};
use http::header::{DATE, RETRY_AFTER};

use crate::model::Instant;
use crate::ports::{HttpResponse, TransportError};

/// The calls that differ in what a repetition does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// Not idempotent, and LinkedIn knows no idempotency key.
    CreatePost,
    /// Starting an upload, or putting its bytes.
    MediaTransfer,
    /// Ending an upload in parts.
    FinalizeUpload,
    /// Documented as idempotent.
    DeletePost,
    /// Sets a value: idempotent.
    UpdatePost,
    /// Any GET.
    Read,
}

/// What came back, as far as repeating is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// Name not found, connection refused, TLS failure: nothing was sent.
    NotSent,
    /// Timeout or reset after sending.
    NoAnswer,
    /// 5xx, 408, 3xx, or anything but an answer of LinkedIn.
    Unclear,
    /// 409.
    Conflict,
    /// 429.
    RateLimited,
    /// 401.
    Unauthorized,
}

/// What may be done then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Retry {
    /// The same call again, a few times.
    Again,
    /// Later: nothing was done.
    Backoff,
    /// The same call again, one time.
    Once,
    /// No further call with this credential.
    Stop,
    /// Never again by itself: it may have worked.
    Unknown,
    /// Not at all; the answer is final.
    Never,
}

/// The table.
#[must_use]
pub fn retry(situation: Situation, call: Call) -> Retry {
    use Call::{CreatePost, DeletePost, FinalizeUpload, MediaTransfer, Read, UpdatePost};
    match (situation, call) {
        (Situation::NotSent, _) => Retry::Again,
        (Situation::NoAnswer | Situation::Unclear, CreatePost) => Retry::Unknown,
        (
            Situation::NoAnswer | Situation::Unclear,
            MediaTransfer | FinalizeUpload | DeletePost | UpdatePost | Read,
        ) => Retry::Again,
        (Situation::Conflict, CreatePost) => Retry::Once,
        (Situation::Conflict, MediaTransfer | FinalizeUpload | DeletePost | UpdatePost) => {
            Retry::Again
        }
        (Situation::Conflict, Read) => Retry::Never,
        (Situation::RateLimited, _) => Retry::Backoff,
        (Situation::Unauthorized, _) => Retry::Stop,
    }
}

/// The situation an answer puts us in; `None`: it worked, or it is a final refusal.
#[must_use]
pub fn situation(answer: &Result<HttpResponse, TransportError>) -> Option<Situation> {
    let response = match answer {
        Err(TransportError::NotSent(_)) => return Some(Situation::NotSent),
        Err(TransportError::NoAnswer(_)) => return Some(Situation::NoAnswer),
        Ok(response) => response,
    };
    match response.status().as_u16() {
        200..=299 => None,
        401 => Some(Situation::Unauthorized),
        409 => Some(Situation::Conflict),
        429 => Some(Situation::RateLimited),
        408 => Some(Situation::Unclear),
        400..=499 => None,
        _ => Some(Situation::Unclear),
    }
}

/// The longest `Retry-After` that is waited out inside a pass.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Waits before the second and the third try.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// How long to wait before making a repeatable call again after `tries` tries; `None`:
/// not again now.
#[must_use]
pub fn wait_before_next(
    call: Call,
    answer: &Result<HttpResponse, TransportError>,
    tries: usize,
) -> Option<Duration> {
    let wait = *WAITS.get(tries.checked_sub(1)?)?;
    match retry(situation(answer)?, call) {
        Retry::Again => Some(wait),
        Retry::Once => (tries == 1).then_some(wait),
        Retry::Backoff => answer
            .as_ref()
            .ok()
            .and_then(retry_after)
            .filter(|asked| *asked <= PATIENCE),
        Retry::Stop | Retry::Unknown | Retry::Never => None,
    }
}

/// How long an answer asks to wait (RFC 9110 §10.2.3), at most a day: seconds, or a date,
/// which counts from the answer's own `Date`. LinkedIn documents no such header.
#[must_use]
pub fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let text = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = answer.headers().get(DATE)?.to_str().ok()?;
            let until = chrono::DateTime::parse_from_rfc2822(text).ok()?;
            let now = chrono::DateTime::parse_from_rfc2822(date).ok()?;
            (until - now).to_std().unwrap_or(Duration::ZERO)
        }
    };
    Some(asked.min(Duration::from_secs(24 * 3600)))
}

/// When a post that met a limit may be tried again: after what LinkedIn asked for, else
/// after 00:00 UTC, when its daily counters start again.
#[must_use]
pub fn not_before(now: Instant, asked: Option<Duration>) -> Instant {
    if let Some(asked) = asked.and_then(|asked| TimeDelta::from_std(asked).ok()) {
        return now + asked;
    }
    let midnight = now
        .date_naive()
        .checked_add_days(Days::new(1))
        .map(|day| day.and_time(NaiveTime::MIN).and_utc());
    midnight.unwrap_or(now + TimeDelta::days(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const CALLS: [Call; 6] = [
        Call::CreatePost,
        Call::MediaTransfer,
        Call::FinalizeUpload,
        Call::DeletePost,
        Call::UpdatePost,
        Call::Read,
    ];

    fn row(situation: Situation) -> [Retry; 6] {
        CALLS.map(|call| retry(situation, call))
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> Result<HttpResponse, TransportError> {
        let mut builder = http::Response::builder().status(status);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        Ok(builder.body(Bytes::new()).unwrap())
    }

    /// One row a situation, one column a call, in the order of `CALLS`.
    #[test]
    fn every_cell_of_the_table() {
        use Retry::{Again, Backoff, Never, Once, Stop, Unknown};
        assert_eq!(row(Situation::NotSent), [Again; 6]);
        let after_sending = [Unknown, Again, Again, Again, Again, Again];
        assert_eq!(row(Situation::NoAnswer), after_sending);
        assert_eq!(row(Situation::Unclear), after_sending);
        assert_eq!(
            row(Situation::Conflict),
            [Once, Again, Again, Again, Again, Never]
        );
        assert_eq!(row(Situation::RateLimited), [Backoff; 6]);
        assert_eq!(row(Situation::Unauthorized), [Stop; 6]);
    }

    #[test]
    fn answers_and_their_situations() {
        for (status, wanted) in [
            (200, None),
            (204, None),
            (302, Some(Situation::Unclear)),
            (400, None),
            (401, Some(Situation::Unauthorized)),
            (403, None),
            (404, None),
            (408, Some(Situation::Unclear)),
            (409, Some(Situation::Conflict)),
            (422, None),
            (429, Some(Situation::RateLimited)),
            (500, Some(Situation::Unclear)),
            (504, Some(Situation::Unclear)),
        ] {
            assert_eq!(situation(&answer(status, &[])), wanted, "{status}");
        }
        let lost = Err(TransportError::NoAnswer(String::new()));
        assert_eq!(situation(&lost), Some(Situation::NoAnswer));
    }

    #[test]
    fn three_tries_and_no_more() {
        let lost = Err(TransportError::NoAnswer(String::new()));
        let waits = |call| [1, 2, 3].map(|tries| wait_before_next(call, &lost, tries));
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(waits(Call::Read), [seconds(1), seconds(4), None]);
        assert_eq!(waits(Call::CreatePost), [None; 3]);
        assert_eq!(wait_before_next(Call::Read, &answer(401, &[]), 1), None);
        assert_eq!(wait_before_next(Call::Read, &answer(404, &[]), 1), None);
    }

    #[test]
    fn a_short_retry_after_is_waited_out_and_a_long_one_is_not() {
        let asked = |value| answer(429, &[("retry-after", value)]);
        let wait = |answer| wait_before_next(Call::MediaTransfer, &answer, 1);
        assert_eq!(wait(asked("10")), Some(Duration::from_secs(10)));
        assert_eq!(wait(asked("11")), None);
        assert_eq!(wait(answer(429, &[])), None);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let seconds = |headers: &[(&str, &str)]| {
            retry_after(&answer(429, headers).unwrap()).map(|wait| wait.as_secs())
        };
        let until = ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT");
        let date = ("date", "Wed, 21 Oct 2026 07:27:15 GMT");
        assert_eq!(seconds(&[("retry-after", " 120 ")]), Some(120));
        assert_eq!(seconds(&[until, date]), Some(45));
        assert_eq!(seconds(&[until]), None);
        assert_eq!(seconds(&[("retry-after", "99999999999")]), Some(86_400));
        assert_eq!(seconds(&[("retry-after", "soon"), date]), None);
        assert_eq!(seconds(&[("retry-after", "-1"), date]), None);
    }

    #[test]
    fn a_parked_post_waits_for_what_was_asked_else_for_midnight_utc() {
        let now: Instant = "2026-10-21T22:00:00Z".parse().unwrap();
        let after = |asked| (not_before(now, asked) - now).num_seconds();
        assert_eq!(after(Some(Duration::from_secs(77))), 77);
        assert_eq!(after(None), 2 * 3600);
        let midnight: Instant = "2026-10-22T00:00:00Z".parse().unwrap();
        let next_day = not_before(midnight, None) - midnight;
        assert_eq!(next_day.num_hours(), 24);
    }
}
