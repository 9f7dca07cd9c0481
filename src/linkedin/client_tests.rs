//! The client against transports that answer from a script.

#![allow(clippy::panic, reason = "tests")]
use std::cell::{Cell, RefCell};

use std::sync::Arc;

use super::*;
use crate::linkedin::replies::MediaStatus;
use crate::linkedin::upload::Upload;
use crate::model::content::PostContent;
use crate::model::media::MediaKind;
use crate::model::urn::MediaUrn;
use crate::report::exit::Exit;

const TICKET: &str = r#"{"value":{"uploadUrl":"https://www.linkedin.com/dms-uploads/x?sig=1","image":"urn:li:image:A"}}"#;

type Answer = Result<HttpResponse, TransportError>;

/// Answers in order, and remembers what was asked. Asking more than the script holds fails.
struct Script {
    answers: RefCell<Vec<Answer>>,
    asked: RefCell<Vec<HttpRequest>>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: Vec<Answer> = answers.into_iter().collect();
        answers.reverse();
        Self {
            answers: RefCell::new(answers),
            asked: RefCell::default(),
        }
    }

    fn asked(&self) -> Vec<String> {
        let line = |request: &HttpRequest| format!("{} {}", request.method(), request.uri());
        self.asked.borrow().iter().map(line).collect()
    }
}

impl Transport for Script {
    async fn send(&self, request: HttpRequest) -> Answer {
        self.asked.borrow_mut().push(request);
        self.answers
            .borrow_mut()
            .pop()
            .expect("one request too many")
    }
}

/// Time passes only by waiting.
struct StoppedClock(Cell<Instant>);

impl StoppedClock {
    fn new() -> Self {
        Self(Cell::new(start()))
    }

    fn waited(&self) -> i64 {
        (self.0.get() - start()).num_seconds()
    }
}

impl Clock for StoppedClock {
    fn uptime(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
    fn now(&self) -> Instant {
        self.0.get()
    }

    async fn sleep_until(&self, until: Instant) {
        self.0.set(until);
    }
}

fn start() -> Instant {
    "2026-09-03T08:00:00Z".parse().unwrap()
}

fn status(status: u16, body: &str) -> Answer {
    let response = http::Response::builder().status(status);
    Ok(response.body(Bytes::from(body.to_owned())).unwrap())
}

fn created() -> Answer {
    let response = http::Response::builder().status(201);
    let response = response.header("x-restli-id", "urn:li:share:7");
    Ok(response.body(Bytes::new()).unwrap())
}

fn lost() -> Answer {
    Err(TransportError::NoAnswer("connection reset".to_owned()))
}

fn not_sent() -> Answer {
    Err(TransportError::NotSent("connection refused".to_owned()))
}

fn acme() -> AuthorUrn {
    AuthorUrn::parse("urn:li:organization:5").unwrap()
}

fn post() -> PostUrn {
    PostUrn::parse("urn:li:share:7").unwrap()
}

/// Uploads `bytes` as an image of the page.
async fn upload_image(
    client: Client<'_, Script>,
    bytes: &'static [u8],
    clock: &StoppedClock,
) -> Result<MediaUrn, Failure> {
    let upload = Upload {
        owner: &acme(),
        kind: MediaKind::Image,
        file: Arc::new(Bytes::from_static(bytes)),
        mime: "image/png",
        thumbnail: None,
        captions: None,
        advanced: &|_| {},
    };
    client.upload(&token(), &upload, clock).await
}

fn image() -> MediaUrn {
    MediaUrn::parse("urn:li:image:A").unwrap()
}

fn body() -> PostBody {
    let content = PostContent::of_text(acme(), "hello".to_owned(), "hello".to_owned());
    PostBody::new(&content, &[]).unwrap()
}

fn token() -> AccessToken {
    AccessToken::new("canary", "T").unwrap()
}

/// Runs one call of a client over `script`.
fn call<R>(script: &Script, run: impl AsyncFnOnce(Client<'_, Script>) -> R) -> R {
    let endpoint = Endpoint::new(None).unwrap();
    let client = Client {
        transport: script,
        endpoint: &endpoint,
        api_version: "202609",
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(run(client))
}

#[test]
fn a_create_is_one_request_whatever_comes_back() {
    let limited = r#"{"status":429,"code":"TOO_MANY_REQUESTS","message":"x"}"#;
    for answer in [
        created(),
        lost(),
        not_sent(),
        status(500, ""),
        status(503, "<html>"),
        status(409, r#"{"status":409,"code":"CONFLICT","message":"x"}"#),
        status(429, limited),
        status(302, ""),
        status(
            401,
            r#"{"status":401,"serviceErrorCode":65600,"message":"x"}"#,
        ),
    ] {
        let script = Script::new([answer]);
        call(&script, async |c| {
            c.create_post(&token(), &body(), None).await
        });
        assert_eq!(script.asked(), ["POST https://api.linkedin.com/rest/posts"]);
    }
}

#[test]
fn a_create_that_cannot_be_asked_is_not_sent() {
    let script = Script::new([]);
    let outcome = call(&script, async |mut c| {
        c.api_version = "2026\n09";
        c.create_post(&token(), &body(), None).await
    });
    assert!(matches!(outcome, CreateOutcome::NotSent(_)), "{outcome:?}");
    assert!(script.asked().is_empty());
}

#[test]
fn the_token_is_taken_out_of_whatever_comes_back() {
    let echo = r#"{"status":403,"code":"ACCESS_DENIED","message":"who is canary?"}"#;
    let why = || "no way to canary".to_owned();
    let mut named = status(201, "");
    if let Ok(answer) = &mut named {
        let id = http::HeaderValue::from_static("urn:li:share:canary");
        answer.headers_mut().insert("x-restli-id", id);
    }
    for answer in [
        named,
        status(403, echo),
        Err(TransportError::NotSent(why())),
        Err(TransportError::NoAnswer(why())),
    ] {
        let script = Script::new([answer]);
        let outcome = call(&script, async |c| {
            c.create_post(&token(), &body(), None).await
        });
        let shown = format!("{outcome:?}");
        assert!(
            shown.contains("[token removed]") && !shown.contains("canary"),
            "{shown}"
        );
    }
}

#[test]
fn an_upload_starts_puts_and_repeats_what_may_be_repeated() {
    let script = Script::new([
        status(500, ""),
        status(200, TICKET),
        lost(),
        not_sent(),
        status(201, ""),
    ]);
    let clock = StoppedClock::new();
    let image = call(&script, async |c| upload_image(c, b"png", &clock).await);
    assert_eq!(image.unwrap().as_str(), "urn:li:image:A");
    let start = "POST https://api.linkedin.com/rest/images?action=initializeUpload";
    let put = "PUT https://www.linkedin.com/dms-uploads/x?sig=1";
    assert_eq!(script.asked(), [start, start, put, put, put]);
    assert_eq!(clock.waited(), 1 + 1 + 4);
}

#[test]
fn an_upload_address_elsewhere_is_never_asked() {
    let ticket = TICKET.replace("www.linkedin.com", "linkedin.com.evil.example");
    let script = Script::new([status(200, &ticket)]);
    let failure = call(&script, async |c| {
        upload_image(c, b"", &StoppedClock::new()).await
    });
    assert_eq!(failure.unwrap_err().problem().code, "upload-url-refused");
    assert_eq!(script.asked().len(), 1);
}

#[test]
fn repeating_ends_after_three_tries_and_at_a_refused_token() {
    let clock = StoppedClock::new();
    let script = Script::new([status(500, ""), lost(), status(502, "")]);
    let failure = call(&script, async |c| {
        c.update_commentary(&token(), &post(), "x", &clock).await
    });
    assert_eq!(failure.unwrap_err().problem().exit, Exit::Failed);
    let script = Script::new([status(401, "")]);
    let failure = call(&script, async |c| {
        c.update_commentary(&token(), &post(), "x", &clock).await
    });
    assert!(failure.unwrap_err().stops_credential());
}

#[test]
fn a_deleted_post_may_be_deleted_again() {
    let clock = StoppedClock::new();
    let gone = |number| {
        let body = format!(r#"{{"status":{number},"code":"NOT_FOUND","message":"x"}}"#);
        status(number, &body)
    };
    for answer in [status(204, ""), gone(404), gone(410)] {
        let script = Script::new([answer]);
        let result = call(&script, async |c| {
            c.delete_post(&token(), &post(), &clock).await
        });
        assert_eq!(result, Ok(()));
    }
    let script = Script::new([status(403, "")]);
    let result = call(&script, async |c| {
        c.delete_post(&token(), &post(), &clock).await
    });
    assert!(matches!(result, Err(Failure::Denied(_))));
}

#[test]
fn trap_404_a_page_of_somebody_elses_does_not_delete_a_post() {
    let clock = StoppedClock::new();
    let script = Script::new([status(404, "<html>not found</html>")]);
    let result = call(&script, async |c| {
        c.delete_post(&token(), &post(), &clock).await
    });
    assert!(matches!(result, Err(Failure::Unreachable(_))), "{result:?}");
}

#[test]
fn trap_an_edit_that_is_forbidden_is_one_request_and_no_other_call() {
    let clock = StoppedClock::new();
    let words = r#"{"status":403,"code":"ACCESS_DENIED","message":"Not enough permissions"}"#;
    let script = Script::new([status(403, words)]);
    let result = call(&script, async |c| {
        c.update_commentary(&token(), &post(), "x", &clock).await
    });
    let Err(Failure::Denied(problem)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(
        (problem.code, problem.exit),
        ("permission-missing", Exit::Denied)
    );
    assert!(problem.help.unwrap().contains("not deleted"));
    assert_eq!(script.asked().len(), 1);
}

#[test]
fn a_forbidden_image_status_is_no_failure_and_a_refused_token_is() {
    let clock = StoppedClock::new();
    let rows = [
        (
            status(200, r#"{"status":"AVAILABLE"}"#),
            Some(MediaStatus::Available),
        ),
        (
            status(
                403,
                r#"{"message":"Accessing this image resource is forbidden","status":403}"#,
            ),
            Some(MediaStatus::Unreadable),
        ),
        (
            status(404, r#"{"status":404,"code":"NOT_FOUND","message":"x"}"#),
            Some(MediaStatus::Unreadable),
        ),
        (status(401, ""), None),
        (status(200, "{}"), None),
    ];
    for (answer, wanted) in rows {
        let script = Script::new([answer]);
        let found = call(&script, async |c| {
            c.media_status(&token(), &image(), &clock).await
        });
        assert_eq!(found.ok(), wanted);
    }
}

#[test]
fn a_lookup_reads_on_until_it_is_past_the_time() {
    let element = |id: u32, minute: i64| {
        let at = (start() + TimeDelta::minutes(minute)).timestamp_millis();
        format!(r#"{{"id":"urn:li:share:{id}","commentary":"x","publishedAt":{at}}}"#)
    };
    let list = |elements: Vec<String>| format!(r#"{{"elements":[{}]}}"#, elements.join(","));
    let first = list((0..PAGE).map(|id| element(id, 90)).collect());
    let second = list(vec![element(50, 1), element(51, -1)]);
    let script = Script::new([status(200, &first), status(200, &second)]);
    let clock = StoppedClock::new();
    let listing = call(&script, async |c| {
        c.find_by_author(&token(), &acme(), start(), &clock).await
    });
    let Listing::Posts(posts) = listing.unwrap() else {
        panic!("unreadable");
    };
    assert_eq!(posts.len(), 51);
    assert!(script.asked()[1].contains("&start=50&"));
    let script = Script::new([status(403, "")]);
    let listing = call(&script, async |c| {
        c.find_by_author(&token(), &acme(), start(), &clock).await
    });
    assert_eq!(listing, Ok(Listing::Unreadable));
}

#[test]
fn posts_and_members_are_read() {
    let clock = StoppedClock::new();
    let script = Script::new([status(200, r#"{"id":"urn:li:share:7","commentary":"hi"}"#)]);
    let found = call(&script, async |c| {
        c.get_post(&token(), &post(), &clock).await
    });
    assert_eq!(found.unwrap().commentary, "hi");
    let script = Script::new([status(200, r#"{"sub":"AbC"}"#)]);
    let found = call(&script, async |c| c.userinfo(&token(), &clock).await);
    assert_eq!(found.unwrap().sub, "AbC");
}

const PARTS: &str = r#"{"value":{"uploadUrlsExpireAt":4000000000000,"video":"urn:li:video:V","uploadToken":"",
    "uploadInstructions":[{"uploadUrl":"https://www.linkedin.com/p/0","firstByte":0,"lastByte":1},
    {"uploadUrl":"https://www.linkedin.com/p/1","firstByte":2,"lastByte":2}]}}"#;

fn part(tag: &str) -> Answer {
    let response = http::Response::builder().header("etag", tag);
    Ok(response.body(Bytes::new()).unwrap())
}

async fn upload_video(
    client: Client<'_, Script>,
    clock: &StoppedClock,
) -> Result<MediaUrn, Failure> {
    let upload = Upload {
        owner: &acme(),
        kind: MediaKind::Video,
        file: Arc::new(Bytes::from_static(b"abc")),
        mime: "video/mp4",
        thumbnail: None,
        captions: None,
        advanced: &|_| {},
    };
    client.upload(&token(), &upload, clock).await
}

#[test]
fn an_address_that_has_ended_is_asked_for_anew_once() {
    let over = || {
        let words =
            r#"{"status":400,"code":"EXPIRED_UPLOAD_URL","message":"The upload URL has expired"}"#;
        status(400, words)
    };
    let clock = StoppedClock::new();
    let script = Script::new([
        status(200, TICKET),
        over(),
        status(200, TICKET),
        status(201, ""),
    ]);
    let image = call(&script, async |c| upload_image(c, b"png", &clock).await);
    assert!(image.is_ok() && script.asked().len() == 4);
    let script = Script::new([status(200, TICKET), over(), status(200, TICKET), over()]);
    let image = call(&script, async |c| upload_image(c, b"png", &clock).await);
    assert_eq!(image.unwrap_err().problem().code, "media-not-ready");
}

#[test]
fn parts_that_are_refused_begin_the_video_anew_and_never_stop_the_credential() {
    let clock = StoppedClock::new();
    let script = Script::new([
        status(200, PARTS),
        part("\"a\""),
        status(403, ""),
        status(200, PARTS),
        part("\"b\""),
        part("W/\"c\""),
        status(200, ""),
    ]);
    let video = call(&script, async |c| upload_video(c, &clock).await);
    assert_eq!(video.unwrap().as_str(), "urn:li:video:V");
    let asked = script.asked.borrow();
    let end = String::from_utf8(asked.last().unwrap().body().to_vec()).unwrap();
    assert!(end.contains(r#""uploadedPartIds":["b","c"]"#), "{end}");
    let bare = asked.iter().filter(|request| request.method() == "PUT");
    assert!(
        bare.clone().count() == 4
            && bare
                .clone()
                .all(|r| !r.headers().contains_key("authorization"))
    );
    drop(asked);
    let refused = || status(403, "");
    let script = Script::new([status(200, PARTS), refused(), status(200, PARTS), refused()]);
    let video = call(&script, async |c| upload_video(c, &clock).await);
    let failure = video.unwrap_err();
    assert_eq!(failure.problem().code, "upload-expired");
    assert!(!failure.stops_credential());
}

#[test]
fn instructions_that_do_not_cover_the_file_upload_nothing() {
    let clock = StoppedClock::new();
    let short = PARTS.replace(r#""lastByte":2"#, r#""lastByte":3"#);
    let script = Script::new([status(200, &short)]);
    let video = call(&script, async |c| upload_video(c, &clock).await);
    assert_eq!(video.unwrap_err().problem().code, "linkedin-no-use");
    assert_eq!(script.asked().len(), 1);
}
