//! What became of a create request.
//!
//! Owns the classification on which "never two posts" rests: an answer is either proof
//! that a post exists, proof that none does, or neither; and neither is `Unknown`, never
//! "failed". Must not send, repeat, or record anything.

use std::time::Duration;

use http::HeaderValue;
use percent_encoding::percent_decode_str;

use super::cleaning::quote;
use super::errors::ApiError;
use super::problem::{Kind, Problem};
use super::refusal::{Asked, Refusal, refusal};
use super::retry::retry_after;
use crate::model::urn::PostUrn;
use crate::ports::{HttpResponse, TransportError};
use crate::report::exit::Exit;

/// What became of a create request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateOutcome {
    /// The post exists.
    Created(PostUrn),
    /// No byte was sent: no post.
    NotSent(Problem),
    /// LinkedIn refused the content: no post, until the content changes.
    Rejected(Problem),
    /// LinkedIn refused the token or the author: no post, and with 401 no further call
    /// with this token.
    Denied(Problem),
    /// A setting is wrong: no post, and no other post will fare better.
    Config(Problem),
    /// Too many calls: no post; the problem, and how long LinkedIn asks to wait.
    RateLimited {
        /// The words.
        problem: Problem,
        /// `Retry-After`, which LinkedIn does not document.
        retry_after: Option<Duration>,
    },
    /// Another write got in the way: no post; one further attempt may be made.
    Conflict(Problem),
    /// LinkedIn does not have the uploaded media (yet): no post; they are uploaded again.
    MediaNotReady(Problem),
    /// LinkedIn says that the text is a duplicate: no post from this request, but see
    /// [`super::duplicate::judge_duplicate`] for what it says about earlier ones.
    Duplicate {
        /// The share or ugcPost LinkedIn names.
        urn: Option<PostUrn>,
        /// LinkedIn's words.
        problem: Problem,
    },
    /// There may or may not be a post.
    Unknown(Problem),
}

impl CreateOutcome {
    /// The post that the answer names.
    #[must_use]
    pub fn urn(&self) -> Option<&PostUrn> {
        match self {
            CreateOutcome::Created(urn) => Some(urn),
            CreateOutcome::Duplicate { urn, .. } => urn.as_ref(),
            CreateOutcome::NotSent(_)
            | CreateOutcome::Rejected(_)
            | CreateOutcome::Denied(_)
            | CreateOutcome::Config(_)
            | CreateOutcome::RateLimited { .. }
            | CreateOutcome::Conflict(_)
            | CreateOutcome::MediaNotReady(_)
            | CreateOutcome::Unknown(_) => None,
        }
    }

    /// What kept it from working; `None`: it worked.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            CreateOutcome::Created(_) => None,
            CreateOutcome::NotSent(problem)
            | CreateOutcome::Rejected(problem)
            | CreateOutcome::Denied(problem)
            | CreateOutcome::Config(problem)
            | CreateOutcome::RateLimited { problem, .. }
            | CreateOutcome::Conflict(problem)
            | CreateOutcome::MediaNotReady(problem)
            | CreateOutcome::Duplicate { problem, .. }
            | CreateOutcome::Unknown(problem) => Some(problem),
        }
    }

    /// Whether it is proved that this very request created nothing.
    #[must_use]
    pub fn created_nothing(&self) -> bool {
        match self {
            CreateOutcome::Created(_) | CreateOutcome::Unknown(_) => false,
            CreateOutcome::NotSent(_)
            | CreateOutcome::Rejected(_)
            | CreateOutcome::Denied(_)
            | CreateOutcome::Config(_)
            | CreateOutcome::RateLimited { .. }
            | CreateOutcome::Conflict(_)
            | CreateOutcome::MediaNotReady(_)
            | CreateOutcome::Duplicate { .. } => true,
        }
    }
}

/// Classifies what came back from the one create request of an attempt.
#[must_use]
pub fn classify_create(
    answer: &Result<HttpResponse, TransportError>,
    asked: &Asked<'_>,
) -> CreateOutcome {
    let response = match answer {
        Ok(response) => response,
        Err(TransportError::NotSent(why)) => return CreateOutcome::NotSent(unreachable(why)),
        Err(TransportError::NoAnswer(why)) => {
            let message = format!(
                "the request was sent, and no readable answer came: {}",
                quote(why)
            );
            return unknown("no-answer", message);
        }
    };
    match response.status().as_u16() {
        201 => created(response),
        status @ 200..=299 => unknown(
            "created-without-id",
            format!(
                "LinkedIn answered {status}, which a create request does not get, and {}",
                named(response)
            ),
        ),
        // A limit is refused before anything is done, by LinkedIn or by what stands before
        // it; such an answer often has no JSON.
        429 => refused(response, asked),
        408 => unclear(response),
        400..=499 if ApiError::decode(response).recognised => refused(response, asked),
        _ => unclear(response),
    }
}

/// LinkedIn cannot be reached: nothing was sent.
pub(super) fn unreachable(why: &str) -> Problem {
    let message = format!(
        "LinkedIn cannot be reached, nothing was sent: {}",
        quote(why)
    );
    Problem::new(
        Kind::Unreachable,
        "linkedin-unreachable",
        message,
        Exit::Unreachable,
    )
    .help("check the network, then run `mergecast apply` again")
}

/// 201: the id is in a header, whatever the body. Some older resources use the second one.
/// One request makes one post: where two are named, nobody knows which of them it is.
fn created(response: &HttpResponse) -> CreateOutcome {
    let mut posts: Vec<PostUrn> = ids(response)
        .filter_map(|id| PostUrn::parse(&id).ok())
        .collect();
    posts.sort();
    posts.dedup();
    if let [urn] = posts.as_slice() {
        return CreateOutcome::Created(urn.clone());
    }
    unknown(
        "created-without-id",
        format!(
            "LinkedIn says that it created the post, and {}",
            named(response)
        ),
    )
}

fn ids(response: &HttpResponse) -> impl Iterator<Item = String> {
    let names = ["x-restli-id", "x-linkedin-id"].into_iter();
    let values = names.flat_map(|name| response.headers().get_all(name));
    values.filter_map(id)
}

/// What the headers of an answer name, for people who look for the post.
fn named(response: &HttpResponse) -> String {
    let mut all: Vec<String> = ids(response).collect();
    all.dedup();
    let is_post = |id: &String| PostUrn::parse(id).is_ok();
    let shown: Vec<String> = all.iter().map(|id| format!("`{}`", quote(id))).collect();
    match all.as_slice() {
        [] => "its answer names no post".to_owned(),
        [id] if is_post(id) => format!("its answer names {}", shown.concat()),
        [_] => format!("its answer names {}, which is no post", shown.concat()),
        _ => format!("its answer names {}", shown.join(" and ")),
    }
}

/// The URN in a header is documented as not encoded; an encoded one is read all the same.
fn id(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    (!decoded.is_empty()).then(|| decoded.into_owned())
}

fn refused(response: &HttpResponse, asked: &Asked<'_>) -> CreateOutcome {
    match refusal(&ApiError::decode(response), asked) {
        Refusal::Denied(problem) => CreateOutcome::Denied(problem),
        Refusal::Config(problem) => CreateOutcome::Config(problem),
        Refusal::Conflict(problem) => CreateOutcome::Conflict(problem),
        Refusal::MediaNotReady(problem) => CreateOutcome::MediaNotReady(problem),
        Refusal::Duplicate { urn, problem } => CreateOutcome::Duplicate { urn, problem },
        Refusal::NotFound(problem) | Refusal::Rejected(problem) => CreateOutcome::Rejected(problem),
        Refusal::RateLimited(problem) => CreateOutcome::RateLimited {
            problem,
            retry_after: retry_after(response),
        },
    }
}

/// An answer that proves nothing.
fn unclear(response: &HttpResponse) -> CreateOutcome {
    let code = if response.status().is_server_error() {
        "server-error"
    } else {
        "unreadable-answer"
    };
    let error = ApiError::decode(response);
    let message = format!(
        "LinkedIn's answer does not tell whether the post was created (status {}): {}",
        error.status, error.message
    );
    unknown(code, message)
}

/// Without help: what settles it names the post's key, which only the report knows.
fn unknown(code: &'static str, message: String) -> CreateOutcome {
    CreateOutcome::Unknown(Problem::new(Kind::Unknown, code, message, Exit::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const ASKED: Asked<'static> = Asked {
        token: "T",
        api_version: "202609",
        author: None,
    };

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> CreateOutcome {
        let mut builder = http::Response::builder().status(status);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let response = builder.body(Bytes::from(body.to_owned())).unwrap();
        classify_create(&Ok(response), &ASKED)
    }

    fn code(outcome: &CreateOutcome) -> &'static str {
        outcome.problem().map_or("created", |problem| problem.code)
    }

    fn json(status: u16, code: &str) -> String {
        format!(r#"{{"status":{status},"code":"{code}","message":"words"}}"#)
    }

    #[test]
    fn created_with_an_id_in_either_header_whatever_the_body() {
        let urn = PostUrn::parse("urn:li:ugcPost:7").unwrap();
        for headers in [
            &[("x-restli-id", "urn:li:ugcPost:7")][..],
            &[("x-linkedin-id", "urn:li:ugcPost:7")],
            &[("x-restli-id", "7"), ("x-linkedin-id", "urn:li:ugcPost:7")],
            &[("x-restli-id", " urn%3Ali%3AugcPost%3A7 ")],
        ] {
            for body in ["", "<html>boom", r#"{"status":500}"#] {
                let outcome = answer(201, headers, body);
                assert_eq!(outcome, CreateOutcome::Created(urn.clone()));
            }
        }
    }

    #[test]
    fn an_answer_that_names_two_posts_is_unknown_and_names_both() {
        for headers in [
            [
                ("x-restli-id", "urn:li:share:7"),
                ("x-restli-id", "urn:li:share:8"),
            ],
            [
                ("x-restli-id", "urn:li:share:7"),
                ("x-linkedin-id", "urn:li:share:8"),
            ],
        ] {
            let outcome = answer(201, &headers, "");
            assert_eq!(code(&outcome), "created-without-id");
            let words = &outcome.problem().unwrap().message;
            assert!(
                words.ends_with("`urn:li:share:7` and `urn:li:share:8`"),
                "{words}"
            );
        }
        let same = [
            ("x-restli-id", "urn:li:share:7"),
            ("x-linkedin-id", "urn:li:share:7"),
        ];
        assert_eq!(code(&answer(201, &same, "")), "created");
    }

    #[test]
    fn any_other_success_is_unknown() {
        let id = [("x-restli-id", "urn:li:share:7")];
        for (status, headers) in [(201, &[][..]), (200, &id), (202, &id), (204, &[])] {
            let outcome = answer(status, headers, "");
            assert_eq!(code(&outcome), "created-without-id", "{status}");
            assert!(!outcome.created_nothing());
        }
        let words = |outcome: &CreateOutcome| outcome.problem().unwrap().message.clone();
        let outcome = answer(201, &[("x-restli-id", "urn:li:activity:9")], "");
        assert!(words(&outcome).contains("`urn:li:activity:9`, which is no post"));
        let outcome = answer(200, &id, "");
        assert!(words(&outcome).ends_with("its answer names `urn:li:share:7`"));
    }

    #[test]
    fn trap_the_id_is_never_looked_for_in_the_body() {
        let outcome = answer(201, &[], r#"{"id":"urn:li:share:7"}"#);
        assert!(matches!(outcome, CreateOutcome::Unknown(_)), "{outcome:?}");
    }

    #[test]
    fn what_proves_nothing_is_unknown_and_exits_76() {
        let rows = [
            (500, json(500, "INTERNAL_SERVER_ERROR"), "server-error"),
            (502, "<html>".to_owned(), "server-error"),
            (503, json(503, "SERVICE_UNAVAILABLE"), "server-error"),
            (504, String::new(), "server-error"),
            (408, json(408, "X"), "unreadable-answer"),
            (301, String::new(), "unreadable-answer"),
            (307, json(307, "X1"), "unreadable-answer"),
            (400, "<html>".to_owned(), "unreadable-answer"),
            (401, String::new(), "unreadable-answer"),
            (
                403,
                r#"{"message":"Forbidden"}"#.to_owned(),
                "unreadable-answer",
            ),
            (422, r#"{"status":422,"#.to_owned(), "unreadable-answer"),
        ];
        for (status, body, wanted) in rows {
            let outcome = answer(status, &[], &body);
            assert!(
                matches!(outcome, CreateOutcome::Unknown(_)),
                "{status} {body}"
            );
            assert_eq!(code(&outcome), wanted, "{status} {body}");
            assert_eq!(outcome.problem().unwrap().exit, Exit::Unknown);
        }
        let lost = Err(TransportError::NoAnswer("reset\n::error::x".to_owned()));
        let outcome = classify_create(&lost, &ASKED);
        assert_eq!(code(&outcome), "no-answer");
        assert!(!outcome.problem().unwrap().message.contains("::"));
    }

    #[test]
    fn linkedins_own_refusals_are_definitive() {
        let rows = [
            (400, "MISSING_FIELD", "linkedin-refused", Exit::Failed),
            (401, "EXPIRED_ACCESS_TOKEN", "token-expired", Exit::Denied),
            (403, "ACCESS_DENIED", "permission-missing", Exit::Denied),
            (404, "NOT_FOUND", "not-found", Exit::Failed),
            (409, "CONFLICT", "write-conflict", Exit::Held),
            (
                422,
                "UNPROCESSABLE_ENTITY",
                "linkedin-refused",
                Exit::Failed,
            ),
            (422, "DUPLICATE_POST", "duplicate-post", Exit::Failed),
            (
                426,
                "NONEXISTENT_VERSION",
                "api-version-inactive",
                Exit::Invalid,
            ),
            (
                400,
                "MEDIA_ASSET_WAITING_UPLOAD",
                "media-waiting",
                Exit::Held,
            ),
        ];
        for (status, their, ours, exit) in rows {
            let outcome = answer(status, &[], &json(status, their));
            assert_eq!(code(&outcome), ours, "{status}");
            assert_eq!(outcome.problem().unwrap().exit, exit, "{status}");
            assert!(outcome.created_nothing(), "{status}");
        }
    }

    #[test]
    fn a_limit_is_definitive_even_without_json() {
        for body in ["", "<html>", &json(429, "TOO_MANY_REQUESTS")] {
            let outcome = answer(429, &[("retry-after", "7")], body);
            let CreateOutcome::RateLimited { retry_after, .. } = &outcome else {
                panic!("{outcome:?}");
            };
            assert_eq!(*retry_after, Some(Duration::from_secs(7)));
            assert!(outcome.created_nothing());
        }
    }

    #[test]
    fn what_was_not_sent_created_nothing_and_exits_69() {
        let answer = Err(TransportError::NotSent("connection refused".to_owned()));
        let outcome = classify_create(&answer, &ASKED);
        assert_eq!(code(&outcome), "linkedin-unreachable");
        assert_eq!(outcome.problem().unwrap().exit, Exit::Unreachable);
        assert!(outcome.created_nothing());
    }
}
