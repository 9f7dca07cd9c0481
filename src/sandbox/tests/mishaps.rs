//! Faults before and after a request takes effect, and how a sender sees them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::ports::{Clock, HttpResponse, Transport, TransportError};
use crate::sandbox::{Fault, FaultRule, InMemory, When};

/// A clock that is moved by waiting.
#[derive(Clone)]
pub(super) struct Hands(Arc<Mutex<Instant>>);

impl Hands {
    pub(super) fn at(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }
}

impl Clock for Hands {
    fn uptime(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
    async fn sleep_until(&self, until: Instant) {
        let mut now = self.0.lock().unwrap();
        *now = until.max(*now);
    }
}

/// Sends one create request under one fault on the first create.
async fn under(when: When, what: Fault) -> (Result<HttpResponse, TransportError>, Linkedin, i64) {
    let mut world = World::new();
    let rule = FaultRule::first("POST", "/rest/posts", when, what);
    world.linkedin.faults.rules.push(rule);
    let clock = Hands::at(world.now);
    let linkedin = Arc::new(Mutex::new(world.linkedin));
    let transport = InMemory::new(linkedin.clone(), clock.clone());
    // The transport adds the length, as HTTP does.
    let request = Ask::create(text_post(JANE, "hello")).without("content-length");
    let sent = transport.send(request.build()).await;
    let passed = (clock.now() - world.now).num_seconds();
    drop(transport);
    let linkedin = Arc::into_inner(linkedin).unwrap().into_inner().unwrap();
    (sent, linkedin, passed)
}

#[tokio::test]
async fn whether_the_post_exists_depends_on_when_the_answer_was_lost() {
    for (when, posts) in [(When::Before, 0), (When::After, 1)] {
        let (sent, linkedin, _) = under(when, Fault::Drop).await;
        assert!(matches!(sent, Err(TransportError::NoAnswer(_))));
        assert_eq!(linkedin.posts().len(), posts);
        let logged = &linkedin.log()[0];
        assert_eq!(
            (logged.status, logged.fault),
            (None, Some((when, Fault::Drop)))
        );
        assert_eq!(logged.real_status, (posts == 1).then_some(201));
    }
}

#[tokio::test]
async fn a_refused_connection_surely_sent_nothing() {
    let (sent, linkedin, _) = under(When::Before, Fault::Refuse).await;
    assert!(matches!(sent, Err(TransportError::NotSent(_))));
    assert!(linkedin.posts().is_empty());
    // Once it took effect, it can only be a lost answer.
    let (sent, linkedin, _) = under(When::After, Fault::Refuse).await;
    assert!(matches!(sent, Err(TransportError::NoAnswer(_))));
    assert_eq!(linkedin.posts().len(), 1);
}

#[tokio::test]
async fn answers_can_be_replaced_before_and_after() {
    for (what, status) in [
        (Fault::Status(500), 500),
        (Fault::Status(503), 503),
        (Fault::Status(429), 429),
        (Fault::Garbage, 200),
        (Fault::Html502, 502),
        (Fault::Redirect, 307),
        (Fault::MissingId, 201),
    ] {
        for (when, posts) in [(When::Before, 0), (When::After, 1)] {
            let (sent, linkedin, _) = under(when, what).await;
            let response = sent.unwrap();
            assert_eq!(response.status().as_u16(), status, "{what:?}");
            assert!(!response.headers().contains_key("x-restli-id"), "{what:?}");
            assert_eq!(linkedin.posts().len(), posts, "{what:?} {when:?}");
        }
    }
    let (sent, ..) = under(When::After, Fault::Redirect).await;
    assert_eq!(sent.unwrap().headers()["location"], "/rest/posts");
    let (sent, ..) = under(When::After, Fault::Garbage).await;
    assert!(serde_json::from_slice::<Value>(sent.unwrap().body()).is_err());
}

#[tokio::test]
async fn a_delay_passes_on_the_clock_and_outlasts_patience() {
    let short = Fault::Delay(Duration::from_secs(20));
    let (sent, linkedin, passed) = under(When::After, short).await;
    assert_eq!((sent.unwrap().status().as_u16(), passed), (201, 20));
    let prompt = linkedin.posts()[0].created_at;
    let (_, linkedin, _) = under(When::Before, short).await;
    assert_eq!((linkedin.posts()[0].created_at - prompt).num_seconds(), 20);
    // The sender gives up after a minute; the post is created all the same.
    let long = Fault::Delay(Duration::from_secs(90));
    let (sent, linkedin, passed) = under(When::After, long).await;
    assert!(matches!(sent, Err(TransportError::NoAnswer(_))));
    assert_eq!((linkedin.posts().len(), passed), (1, 60));
}

#[tokio::test]
async fn the_log_is_in_order_and_without_tokens() {
    let world = World::new();
    let clock = Hands::at(world.now);
    let transport = InMemory::new(Arc::new(Mutex::new(world.linkedin)), clock);
    for ask in [
        Ask::create(text_post(JANE, "hello")),
        Ask::delete("urn:li:share:1"),
        Ask::create(text_post(JANE, "world")),
    ] {
        transport.send(ask.build()).await.unwrap();
    }
    let linkedin = transport.linkedin();
    let seen: Vec<_> = linkedin
        .log()
        .iter()
        .map(|r| (r.method.as_str(), r.target.as_str(), r.status))
        .collect();
    let create = ("POST", "/rest/posts", Some(201));
    let delete = ("DELETE", "/rest/posts/urn%3Ali%3Ashare%3A1", Some(404));
    assert_eq!(seen, [create, delete, create]);
    let text = format!("{:?}", linkedin.log());
    assert!(text.contains("Bearer sha256:") && !text.contains("sandbox-token"));
}
