//! Why a repeatable call did not work.
//!
//! Owns the classification of failures of every call but the create. All of them may be
//! made again later, so nothing here is ever "unknown". Must not repeat anything itself.

use std::time::Duration;

use super::cleaning::quote;
use super::errors::ApiError;
use super::outcome::unreachable;
use super::problem::{Kind, Problem};
use super::refusal::{Asked, Refusal, refusal};
use super::requests::RequestError;
use super::retry::{Call, retry_after};
use crate::ports::{HttpResponse, TransportError};
use crate::report::exit::Exit;

/// Why a repeatable call did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No usable answer after several tries; the next pass may try again.
    Unreachable(Problem),
    /// Too many calls.
    RateLimited {
        /// The words.
        problem: Problem,
        /// How long LinkedIn asks to wait.
        retry_after: Option<Duration>,
    },
    /// The token, or what it may do.
    Denied(Problem),
    /// A setting.
    Config(Problem),
    /// There is no such thing, or this token may not see it.
    NotFound(Problem),
    /// LinkedIn refused it, or this program asked wrongly.
    Refused(Problem),
}

impl Failure {
    /// The words.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        match self {
            Failure::Unreachable(problem)
            | Failure::RateLimited { problem, .. }
            | Failure::Denied(problem)
            | Failure::Config(problem)
            | Failure::NotFound(problem)
            | Failure::Refused(problem) => problem,
        }
    }

    /// Whether it is about the token itself (401), so that no further call makes sense.
    #[must_use]
    pub fn stops_credential(&self) -> bool {
        matches!(self, Failure::Denied(problem) if problem.kind == Kind::Auth)
    }

    /// The failure of an upload whose address must not be given the token, or of a request
    /// that could not be made.
    #[must_use]
    pub fn of_request(error: &RequestError) -> Self {
        let message = error.to_string();
        match error {
            RequestError::UploadAddress(_) => Failure::Refused(
                Problem::new(Kind::Config, "upload-url-refused", message, Exit::Invalid).help(
                    "nothing was uploaded; check `MERGECAST_LINKEDIN_API_URL` and what answers there",
                ),
            ),
            RequestError::Http(_) => Failure::Refused(
                Problem::new(Kind::Internal, "request-not-made", quote(&message), Exit::Failed)
                    .help("check `linkedin.api_version` in `mergecast.yaml`"),
            ),
        }
    }
}

/// The answer of a repeatable call, when it is a success; why it failed, otherwise.
///
/// # Errors
/// Every answer outside 2xx, and no answer.
pub fn success(
    answer: Result<HttpResponse, TransportError>,
    call: Call,
    asked: &Asked<'_>,
) -> Result<HttpResponse, Failure> {
    match answer {
        Ok(response) if response.status().is_success() => Ok(response),
        Ok(response) => Err(failed(&response, call, asked)),
        Err(TransportError::NotSent(why)) => Err(Failure::Unreachable(unreachable(&why))),
        Err(TransportError::NoAnswer(why)) => {
            let message = format!("LinkedIn did not answer: {}", quote(&why));
            Err(Failure::Unreachable(no_use(call, message)))
        }
    }
}

/// A success whose body does not hold what it must.
#[must_use]
pub fn without(what: &str, call: Call) -> Failure {
    let message = format!("LinkedIn's answer does not hold {what}");
    Failure::Unreachable(no_use(call, message))
}

fn failed(response: &HttpResponse, call: Call, asked: &Asked<'_>) -> Failure {
    let status = response.status();
    let error = ApiError::decode(response);
    // "Not found" may end a deletion, so it must be LinkedIn's own.
    let unclear = !status.is_client_error()
        || status.as_u16() == 408
        || (matches!(status.as_u16(), 404 | 410) && !error.recognised);
    if unclear {
        let message = format!(
            "LinkedIn could not answer (status {}): {}",
            error.status, error.message
        );
        return Failure::Unreachable(no_use(call, message));
    }
    match refusal(&error, asked) {
        Refusal::Denied(problem) => Failure::Denied(problem),
        Refusal::Config(problem) => Failure::Config(problem),
        Refusal::RateLimited(problem) => Failure::RateLimited {
            problem,
            retry_after: retry_after(response),
        },
        Refusal::NotFound(problem) => Failure::NotFound(problem),
        Refusal::Conflict(problem) | Refusal::MediaNotReady(problem) => {
            Failure::Unreachable(problem)
        }
        Refusal::Duplicate { problem, .. } | Refusal::Rejected(problem) => {
            Failure::Refused(problem)
        }
    }
}

/// Nothing usable came. An edit or a deletion may have been done, so that is a failure;
/// after a read or an upload nothing on LinkedIn has changed for readers.
fn no_use(call: Call, message: String) -> Problem {
    let exit = match call {
        Call::DeletePost | Call::UpdatePost | Call::CreatePost => Exit::Failed,
        Call::MediaTransfer | Call::FinalizeUpload | Call::Read => Exit::Unreachable,
    };
    Problem::new(Kind::Unreachable, "linkedin-no-use", message, exit)
        .help("run `mergecast apply` again; this call may be repeated safely")
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

    fn fail(status: u16, body: &str, call: Call) -> Failure {
        let response = http::Response::builder().status(status);
        let response = response.body(Bytes::from(body.to_owned())).unwrap();
        success(Ok(response), call, &ASKED).unwrap_err()
    }

    #[test]
    fn what_failed_on_the_way_may_be_done_again() {
        for (call, exit) in [
            (Call::UpdatePost, Exit::Failed),
            (Call::DeletePost, Exit::Failed),
            (Call::MediaTransfer, Exit::Unreachable),
            (Call::Read, Exit::Unreachable),
        ] {
            for status in [302, 408, 500, 503] {
                let failure = fail(status, "<html>", call);
                assert!(matches!(failure, Failure::Unreachable(_)), "{status}");
                assert_eq!(failure.problem().exit, exit);
                assert_eq!(failure.problem().code, "linkedin-no-use");
            }
            let lost = Err(TransportError::NoAnswer("reset".to_owned()));
            let failure = success(lost, call, &ASKED).unwrap_err();
            assert_eq!(failure.problem().exit, exit);
            let refused = Err(TransportError::NotSent("refused".to_owned()));
            let failure = success(refused, call, &ASKED).unwrap_err();
            assert_eq!(failure.problem().exit, Exit::Unreachable);
        }
    }

    #[test]
    fn refusals_keep_their_class_even_without_linkedins_json() {
        let kind = |status| fail(status, "", Call::UpdatePost).problem().kind;
        assert_eq!(kind(401), Kind::Auth);
        assert_eq!(kind(403), Kind::Permission);
        assert_eq!(kind(409), Kind::Conflict);
        assert_eq!(kind(426), Kind::Config);
        assert_eq!(kind(429), Kind::RateLimit);
        assert!(fail(401, "", Call::Read).stops_credential());
        assert!(!fail(403, "", Call::Read).stops_credential());
        assert!(matches!(fail(400, "", Call::Read), Failure::Refused(_)));
    }

    #[test]
    fn not_found_is_believed_from_linkedin_alone() {
        let words = r#"{"status":404,"code":"NOT_FOUND","message":"Could not find entity"}"#;
        assert!(matches!(
            fail(404, words, Call::DeletePost),
            Failure::NotFound(_)
        ));
        for body in ["", "<html>", r#"{"error":"Not Found"}"#] {
            let failure = fail(404, body, Call::DeletePost);
            assert!(
                matches!(failure, Failure::Unreachable(_)),
                "{body}: {failure:?}"
            );
        }
    }

    #[test]
    fn an_upload_address_that_is_not_linkedins_is_upload_url_refused() {
        let failure = Failure::of_request(&RequestError::UploadAddress("evil.example".to_owned()));
        let problem = failure.problem();
        assert_eq!(
            (problem.code, problem.exit),
            ("upload-url-refused", Exit::Invalid)
        );
        assert!(problem.message.contains("`evil.example`"));
    }

    #[test]
    fn a_request_that_is_no_http_is_request_not_made() {
        let broken = http::HeaderValue::try_from("a\nb").unwrap_err();
        let failure = Failure::of_request(&RequestError::Http(broken.into()));
        assert_eq!(failure.problem().code, "request-not-made");
    }
}
