//! Values for tests of the record and of the plan.

use chrono::{TimeDelta, TimeZone, Utc};

use super::entry::{Entry, How, Owner, Reason};
use super::step::{Declaration, Event, step};
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};

/// 2026-09-03 08:00 UTC plus `minutes`.
pub(crate) fn minute(minutes: i64) -> Instant {
    Utc.with_ymd_and_hms(2026, 9, 3, 8, 0, 0).unwrap() + TimeDelta::minutes(minutes)
}

pub(crate) fn key(text: &str) -> PostKey {
    PostKey::parse(text).unwrap()
}

pub(crate) fn path(key: &str) -> ContentPath {
    ContentPath::parse(&format!("posts/{key}.md")).unwrap()
}

pub(crate) fn urn(number: u64) -> PostUrn {
    PostUrn::parse(&format!("urn:li:share:{number}")).unwrap()
}

pub(crate) fn acme() -> AuthorUrn {
    AuthorUrn::parse("urn:li:organization:2414183").unwrap()
}

pub(crate) fn content(text: &str) -> PostContent {
    PostContent::of_text(acme(), text.to_owned(), text.to_owned())
}

pub(crate) fn declaration(name: &str, text: &str) -> Declaration {
    Declaration {
        key: key(name),
        target: Target::Linkedin,
        path: path(name),
        content: content(text),
        content_commit: Some("c0ffee".to_owned()),
        document: None,
        scheduled_at: Some(minute(0)),
    }
}

pub(crate) fn owner(nonce: &str) -> Owner {
    Owner {
        runner: format!("host/{nonce}"),
        nonce: nonce.to_owned(),
        api_host: None,
    }
}

pub(crate) fn why(code: &str) -> Reason {
    Reason::new(code, "for a test")
}

pub(crate) fn declare(name: &str, text: &str, nonce: &str, at: Instant) -> Event {
    Event::Declare {
        declaration: Box::new(declaration(name, text)),
        owner: owner(nonce),
        at,
        probe: false,
    }
}

/// Declared by `one` at minute 0.
pub(crate) fn sending(name: &str, text: &str) -> Entry {
    step(None, declare(name, text, "one", minute(0))).unwrap()
}

/// Published by `one` at minute 0 as share `number`.
pub(crate) fn published(name: &str, text: &str, number: u64) -> Entry {
    let event = Event::Published {
        nonce: Some("one".to_owned()),
        urn: urn(number),
        at: minute(0),
        how: How::Created,
        comment_id: None,
    };
    step(Some(&sending(name, text)), event).unwrap()
}

/// Declared by `one` at minute 0, whose connection broke.
pub(crate) fn unknown(name: &str, text: &str) -> Entry {
    let event = Event::Lost {
        nonce: "one".to_owned(),
        reason: why("timeout"),
    };
    step(Some(&sending(name, text)), event).unwrap()
}

/// Declared by `one` at minute 0, who was never heard of again.
pub(crate) fn abandoned(name: &str, text: &str) -> Entry {
    step(Some(&sending(name, text)), Event::Expired { at: minute(4) }).unwrap()
}

/// Not created by `one`; parked until minute 30.
pub(crate) fn retryable(name: &str, text: &str) -> Entry {
    let event = Event::NotCreated {
        nonce: "one".to_owned(),
        reason: why("rate-limit"),
        not_before: Some(minute(30)),
        uploaded: Vec::new(),
    };
    step(Some(&sending(name, text)), event).unwrap()
}

/// Refused by LinkedIn.
pub(crate) fn rejected(name: &str, text: &str) -> Entry {
    let event = Event::Rejected {
        nonce: "one".to_owned(),
        reason: why("rejected"),
    };
    step(Some(&sending(name, text)), event).unwrap()
}

/// Given up by a person before it was ever sent.
pub(crate) fn skipped(name: &str, text: &str) -> Entry {
    step(
        None,
        Event::Skip {
            declaration: Box::new(declaration(name, text)),
            reason: why("resolved-skip"),
        },
    )
    .unwrap()
}

/// Published, and its live post deleted at minute 10.
pub(crate) fn deleted(name: &str, text: &str, number: u64) -> Entry {
    step(
        Some(&published(name, text, number)),
        Event::Deleted { at: minute(10) },
    )
    .unwrap()
}
