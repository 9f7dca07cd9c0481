//! The comment below a post.
//!
//! Owns the one create request of a comment and what its answer means. Comments know no
//! idempotency and no duplicates, so anything but proof is [`CommentOutcome::Unknown`].
//! Must not repeat a request that may have worked, and must not escape: comments are
//! plain text.
//!
//! Source: LinkedIn, "Comments API"; its refusals as seen in public.

use bytes::Bytes;
use http::Method;

use super::cleaning::quote;
use super::client::Client;
use super::errors::ApiError;
use super::outcome::unreachable;
use super::problem::{Kind, Problem};
use super::refusal::{Asked, Refusal, refusal};
use super::requests::{CREATE_TIMEOUT, Call, RequestError, Requests, encode};
use super::token::AccessToken;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::ports::{HttpRequest, HttpResponse, Transport, TransportError};
use crate::report::exit::Exit;

/// What became of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommentOutcome {
    /// It is below the post; LinkedIn's number for it, where it said one.
    Created(Option<String>),
    /// LinkedIn does not know the post well enough yet: no comment, again in seconds.
    TooEarly(Problem),
    /// No comment, and the reason passes: a limit, or nothing was sent.
    Later(Problem),
    /// No comment: this token may not comment, or must not be used any more.
    Denied(Problem),
    /// No comment: a setting is wrong.
    Config(Problem),
    /// No comment: LinkedIn refused the words.
    Rejected(Problem),
    /// There may or may not be a comment.
    Unknown(Problem),
}

/// One comment.
#[derive(Clone, Copy, Debug)]
pub struct Comment<'c> {
    /// Who says it: the author of the post.
    pub actor: &'c AuthorUrn,
    /// The post it stands below.
    pub post: &'c PostUrn,
    /// What it says; plain text.
    pub text: &'c str,
}

impl Requests<'_> {
    /// Comments: `POST /rest/socialActions/{urn}/comments`, or the same below `/v2`, which
    /// takes no version.
    ///
    /// # Errors
    /// See [`Self::create_post`].
    pub fn create_comment(
        &self,
        comment: Comment<'_>,
        versioned: bool,
    ) -> Result<HttpRequest, RequestError> {
        let base = if versioned { "/rest" } else { "/v2" };
        let path = format!(
            "{base}/socialActions/{}/comments",
            encode(comment.post.as_str())
        );
        let body = serde_json::json!({
            "actor": comment.actor.as_str(),
            "message": { "text": comment.text },
            "object": comment.post.as_str(),
        });
        let call = Call::rest(Method::POST, path).json(Bytes::from(body.to_string()));
        let call = call.within(CREATE_TIMEOUT);
        self.build(if versioned { call } else { call.unversioned() })
    }
}

impl<T: Transport> Client<'_, T> {
    /// Comments once. A refusal of the versioned resource proves that nothing was created,
    /// so the older one is asked then: tokens of the self-serve product may use it, and
    /// not the other.
    pub async fn create_comment(
        &self,
        token: &AccessToken,
        comment: Comment<'_>,
    ) -> CommentOutcome {
        let asked = self.asked(token, Some(comment.actor));
        for versioned in [true, false] {
            let request = match self.requests(token).create_comment(comment, versioned) {
                Ok(request) => request,
                Err(error) => {
                    let failure = super::failure::Failure::of_request(&error);
                    return CommentOutcome::Config(failure.problem().clone());
                }
            };
            let answer = self.send(token, request).await;
            if !(versioned && is_closed_to_this_product(&answer)) {
                return classify(&answer, &asked);
            }
        }
        CommentOutcome::Later(unreachable("no way to comment was tried"))
    }
}

/// 403 for the resource itself, as every self-serve app gets it.
fn is_closed_to_this_product(answer: &Result<HttpResponse, TransportError>) -> bool {
    answer.as_ref().is_ok_and(|response| {
        response.status().as_u16() == 403
            && ApiError::decode(response).says("partnerApiSocialActions")
    })
}

/// What the answer to a comment means.
#[must_use]
pub fn classify(
    answer: &Result<HttpResponse, TransportError>,
    asked: &Asked<'_>,
) -> CommentOutcome {
    let response = match answer {
        Ok(response) => response,
        Err(TransportError::NotSent(why)) => return CommentOutcome::Later(unreachable(why)),
        Err(TransportError::NoAnswer(why)) => return unknown(&quote(why)),
    };
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        let id = response.headers().get("x-restli-id");
        let id = id.and_then(|id| id.to_str().ok()).map(str::trim);
        let id = id.filter(|id| !id.is_empty() && id.len() <= 255);
        return CommentOutcome::Created(id.map(quote));
    }
    let error = ApiError::decode(response);
    if status == 429 {
        return refused(&error, asked);
    }
    if status == 408 || !(400..500).contains(&status) || !error.recognised {
        return unknown(&format!("it answered {status}: {}", error.message));
    }
    refused(&error, asked)
}

fn refused(error: &ApiError, asked: &Asked<'_>) -> CommentOutcome {
    match refusal(error, asked) {
        // Right after its creation a post has no activity yet to comment on.
        Refusal::NotFound(_) => {
            let message = format!("LinkedIn does not find the post yet: {}", error.message);
            let problem = Problem::new(Kind::Conflict, "comment-early", message, Exit::Held);
            CommentOutcome::TooEarly(problem.help("nothing to do: the next run tries again"))
        }
        Refusal::Conflict(problem)
        | Refusal::RateLimited(problem)
        | Refusal::MediaNotReady(problem) => CommentOutcome::Later(problem),
        Refusal::Denied(problem) if problem.kind == Kind::Auth => CommentOutcome::Denied(problem),
        Refusal::Denied(_) => {
            let message = format!("this token may not comment: {}", error.message);
            let problem =
                Problem::new(Kind::Permission, "comment-forbidden", message, Exit::Denied);
            CommentOutcome::Denied(problem.help(
                "write the comment by hand, or use a token of an app with the Community Management product",
            ))
        }
        Refusal::Config(problem) => CommentOutcome::Config(problem),
        Refusal::Duplicate { problem, .. } | Refusal::Rejected(problem) => {
            CommentOutcome::Rejected(problem)
        }
    }
}

fn unknown(why: &str) -> CommentOutcome {
    let message = format!("the comment was sent, and LinkedIn gave no clear answer: {why}");
    CommentOutcome::Unknown(Problem::new(
        Kind::Unknown,
        "comment-unknown",
        message,
        Exit::Done,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{head, jane, post, rest, with};
    use super::*;

    const ASKED: Asked<'static> = Asked {
        token: "T",
        api_version: "202609",
        author: None,
    };

    fn answer(status: u16, body: &str) -> CommentOutcome {
        let response = http::Response::builder()
            .status(status)
            .header("x-restli-id", "7300000000000000000");
        let response = response.body(Bytes::from(body.to_owned())).unwrap();
        classify(&Ok(response), &ASKED)
    }

    #[test]
    fn a_comment_is_plain_text_and_its_urn_is_encoded() {
        let author = jane();
        let urn = post();
        let comment = Comment {
            actor: &author,
            post: &urn,
            text: "Link: https://e.io/x_y (#1)",
        };
        let path = "socialActions/urn%3Ali%3AugcPost%3A7/comments";
        let request = with(|r| r.create_comment(comment, true)).unwrap();
        let first = format!("POST https://api.linkedin.com/rest/{path}");
        assert_eq!(
            head(&request),
            rest(&first, &["content-type: application/json"])
        );
        assert_eq!(
            request.body(),
            concat!(
                r#"{"actor":"urn:li:person:AbC_12-x","#,
                r#""message":{"text":"Link: https://e.io/x_y (#1)"},"object":"urn:li:ugcPost:7"}"#
            )
        );
        let request = with(|r| r.create_comment(comment, false)).unwrap();
        assert!(!request.headers().contains_key("linkedin-version"));
        assert_eq!(
            request.uri().to_string(),
            format!("https://api.linkedin.com/v2/{path}")
        );
    }

    #[test]
    fn only_proof_is_proof() {
        let id = Some("7300000000000000000".to_owned());
        assert_eq!(answer(201, "{}"), CommentOutcome::Created(id));
        let early =
            r#"{"status":404,"message":"Unable to obtain activity for urn urn:li:share:7"}"#;
        assert!(matches!(answer(404, early), CommentOutcome::TooEarly(_)));
        let limit = r#"{"status":429,"message":"Comment create throttled"}"#;
        assert!(matches!(answer(429, limit), CommentOutcome::Later(_)));
        let denied = r#"{"status":403,"message":"member is unauthorized on urn:li:activity:1"}"#;
        let CommentOutcome::Denied(problem) = answer(403, denied) else {
            panic!("not denied");
        };
        assert_eq!(
            (problem.code, problem.exit),
            ("comment-forbidden", Exit::Denied)
        );
        let dead = r#"{"status":401,"serviceErrorCode":65602,"message":"expired"}"#;
        assert!(matches!(answer(401, dead), CommentOutcome::Denied(p) if p.kind == Kind::Auth));
        let refused = r#"{"status":400,"code":"INVALID","message":"no"}"#;
        assert!(matches!(answer(400, refused), CommentOutcome::Rejected(_)));
        for (status, body) in [
            (500, ""),
            (502, "<html>"),
            (404, "<html>"),
            (302, ""),
            (408, ""),
        ] {
            assert!(
                matches!(answer(status, body), CommentOutcome::Unknown(_)),
                "{status}"
            );
        }
        let lost = Err(TransportError::NoAnswer("reset".to_owned()));
        assert!(matches!(
            classify(&lost, &ASKED),
            CommentOutcome::Unknown(_)
        ));
        let refused = Err(TransportError::NotSent("refused".to_owned()));
        assert!(matches!(
            classify(&refused, &ASKED),
            CommentOutcome::Later(_)
        ));
    }
}
