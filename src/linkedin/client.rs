//! LinkedIn over any transport.
//!
//! Owns the calls: build the request, send it, classify the answer. The create is sent
//! exactly once, whatever comes back; the other calls may be repeated and are, as the
//! table in [`super::retry`] says. Must not record anything, and holds no state.

use bytes::Bytes;
use chrono::TimeDelta;

use super::body::PostBody;
use super::endpoint::Endpoint;
use super::errors::ApiError;
use super::failure::{Failure, success, without};
use super::outcome::{CreateOutcome, classify_create};
use super::problem::{Kind, Problem};
use super::refusal::Asked;
use super::replies::{self, FoundPost, Listing, PageRole, UserInfo};
use super::requests::{PAGE, RequestError, Requests};
use super::retry::{Call, wait_before_next};
use super::token::AccessToken;
use crate::model::Instant;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::ports::{Clock, HttpRequest, HttpResponse, NotBefore, Transport, TransportError};

/// How long a token that was just minted is given before it is believed to be revoked.
const FRESH_WAIT: TimeDelta = TimeDelta::seconds(5);
/// The most pages a lookup reads; calls are counted by the day.
const MAX_PAGES: u32 = 4;

/// The same request, none of which leaves before `due`.
fn not_before(mut request: HttpRequest, due: Option<Instant>) -> HttpRequest {
    if let Some(due) = due {
        request.extensions_mut().insert(NotBefore(due));
    }
    request
}

/// LinkedIn, reached through `transport`.
#[derive(Debug)]
pub struct Client<'a, T: Transport> {
    /// What carries the requests.
    pub transport: &'a T,
    /// Where they go.
    pub endpoint: &'a Endpoint,
    /// Value of `LinkedIn-Version`.
    pub api_version: &'a str,
}

impl<T: Transport> Client<'_, T> {
    /// Creates a post: at most one request, no matter what. None of it leaves before `due`,
    /// where that lies ahead; a transport may connect before.
    pub async fn create_post(
        &self,
        token: &AccessToken,
        body: &PostBody,
        due: Option<Instant>,
    ) -> CreateOutcome {
        let request = match self.requests(token).create_post(body) {
            Ok(request) => not_before(request, due),
            Err(error) => {
                return match Failure::of_request(&error) {
                    Failure::Config(problem) => CreateOutcome::Config(problem),
                    failure => CreateOutcome::NotSent(failure.problem().clone()),
                };
            }
        };
        let answer = self.send(token, request).await;
        let outcome = classify_create(&answer, &self.asked(token, Some(body.author())));
        match outcome {
            // 401 proves that nothing was created, so this is one more attempt, later.
            CreateOutcome::Denied(problem) if is_too_fresh(token, &answer) => {
                CreateOutcome::NotSent(fresh_token(problem))
            }
            outcome => outcome,
        }
    }

    /// Replaces a post's text by `wire`, in little text format.
    ///
    /// # Errors
    /// When it is not certain that the text was replaced; the call may be repeated.
    pub async fn update_commentary(
        &self,
        token: &AccessToken,
        post: &PostUrn,
        wire: &str,
        clock: &impl Clock,
    ) -> Result<(), Failure> {
        let request = self.requests(token).update_commentary(post, wire);
        let call = Call::UpdatePost;
        let answer = self.repeat(call, token, request, clock).await?;
        match success(answer, call, &self.asked(token, None)) {
            Ok(_) => Ok(()),
            Err(Failure::Denied(problem)) if problem.kind == Kind::Permission => {
                // Some tokens may publish and not edit. Deleting the post to publish it
                // anew would lose what readers wrote below it.
                Err(Failure::Denied(problem.help(
                    "undo the change in the file, or use a token that may edit; the live post \
                     is not deleted and published anew",
                )))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Deletes a post. One that LinkedIn says is gone already (404, 410) is deleted.
    ///
    /// # Errors
    /// When it is not certain that the post is gone; the call may be repeated.
    pub async fn delete_post(
        &self,
        token: &AccessToken,
        post: &PostUrn,
        clock: &impl Clock,
    ) -> Result<(), Failure> {
        let request = self.requests(token).delete_post(post);
        let call = Call::DeletePost;
        let answer = self.repeat(call, token, request, clock).await?;
        match success(answer, call, &self.asked(token, None)) {
            Ok(_) | Err(Failure::NotFound(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Reads one post. 404 may mean that it is gone or that this token may not see it.
    ///
    /// # Errors
    /// When it cannot be read; a member's token never may.
    pub async fn get_post(
        &self,
        token: &AccessToken,
        post: &PostUrn,
        clock: &impl Clock,
    ) -> Result<FoundPost, Failure> {
        let request = self.requests(token).get_post(post);
        let answer = self.read(token, request, clock).await?;
        replies::post(answer.body()).ok_or_else(|| without("a post", Call::Read))
    }

    /// Lists an author's posts that were made at or after `since`, newest first, as far as
    /// 200 posts reach.
    ///
    /// # Errors
    /// When nothing usable came; a 403 is [`Listing::Unreadable`], no error.
    pub async fn find_by_author(
        &self,
        token: &AccessToken,
        author: &AuthorUrn,
        since: Instant,
        clock: &impl Clock,
    ) -> Result<Listing, Failure> {
        let mut posts = Vec::new();
        for number in 0..MAX_PAGES {
            let request = self.requests(token).find_by_author(author, number * PAGE);
            let answer = match self.read(token, request, clock).await {
                Ok(answer) => answer,
                Err(failure) if is_forbidden(&failure) => return Ok(Listing::Unreadable),
                Err(failure) => return Err(failure),
            };
            let (found, count) = replies::page(answer.body())
                .ok_or_else(|| without("a list of posts", Call::Read))?;
            let made_before = |post: &FoundPost| post.published_at.is_some_and(|at| at < since);
            let reached = found.last().is_some_and(made_before);
            posts.extend(found.into_iter().filter(|post| !made_before(post)));
            if reached || u32::try_from(count).is_ok_and(|count| count < PAGE) {
                break;
            }
        }
        Ok(Listing::Posts(posts))
    }

    /// Asks whose token it is.
    ///
    /// # Errors
    /// When LinkedIn does not tell; it needs the scopes `openid` and `profile`.
    pub async fn userinfo(
        &self,
        token: &AccessToken,
        clock: &impl Clock,
    ) -> Result<UserInfo, Failure> {
        let request = self.requests(token).userinfo();
        let answer = self.read(token, request, clock).await?;
        replies::userinfo(answer.body()).ok_or_else(|| without("a member's id", Call::Read))
    }

    /// The roles the token's member has on pages, and when LinkedIn says it is.
    ///
    /// # Errors
    /// When LinkedIn does not tell; it needs `r_organization_admin` or
    /// `rw_organization_admin`.
    pub async fn own_roles(
        &self,
        token: &AccessToken,
        clock: &impl Clock,
    ) -> Result<Vec<PageRole>, Failure> {
        let request = self.requests(token).own_roles();
        let answer = self.read(token, request, clock).await?;
        replies::roles(answer.body()).ok_or_else(|| without("a list of roles", Call::Read))
    }

    /// LinkedIn's own time, from the `Date` of whatever it answers; it is asked without a
    /// token, since a refusal has a date too.
    pub async fn date(&self) -> Option<Instant> {
        let request = http::Request::get(self.endpoint.address("/v2/userinfo").ok()?);
        let answer = self.transport.send(request.body(Bytes::new()).ok()?).await;
        let answer = answer.ok()?;
        let date = answer.headers().get(http::header::DATE)?.to_str().ok()?;
        let date = chrono::DateTime::parse_from_rfc2822(date).ok()?;
        Some(date.to_utc())
    }

    pub(super) async fn read(
        &self,
        token: &AccessToken,
        request: Result<HttpRequest, RequestError>,
        clock: &impl Clock,
    ) -> Result<HttpResponse, Failure> {
        let answer = self.repeat(Call::Read, token, request, clock).await?;
        success(answer, Call::Read, &self.asked(token, None))
    }

    /// Sends a repeatable request until it worked, is refused, or was tried often enough.
    pub(super) async fn repeat(
        &self,
        call: Call,
        token: &AccessToken,
        request: Result<HttpRequest, RequestError>,
        clock: &impl Clock,
    ) -> Result<Result<HttpResponse, TransportError>, Failure> {
        let request = request.map_err(|error| Failure::of_request(&error))?;
        let mut tries = 0;
        loop {
            let answer = self.send(token, request.clone()).await;
            tries += 1;
            let wait = match is_too_fresh(token, &answer) {
                true if tries == 1 => Some(FRESH_WAIT),
                _ => wait_before_next(call, &answer, tries)
                    .and_then(|wait| TimeDelta::from_std(wait).ok()),
            };
            let Some(wait) = wait else { return Ok(answer) };
            clock.sleep_until(clock.now() + wait).await;
        }
    }

    /// The only place where something is sent. What comes back never holds the token.
    pub(super) async fn send(
        &self,
        token: &AccessToken,
        mut request: HttpRequest,
    ) -> Result<HttpResponse, TransportError> {
        request.extensions_mut().insert(token.credential());
        match self.transport.send(request).await {
            Ok(answer) => Ok(token.scrub_answer(answer)),
            Err(TransportError::NotSent(why)) => Err(TransportError::NotSent(token.scrub(&why))),
            Err(TransportError::NoAnswer(why)) => Err(TransportError::NoAnswer(token.scrub(&why))),
        }
    }

    pub(super) fn requests<'b>(&'b self, token: &'b AccessToken) -> Requests<'b> {
        Requests {
            endpoint: self.endpoint,
            api_version: self.api_version,
            token,
        }
    }

    pub(super) fn asked<'b>(
        &'b self,
        token: &'b AccessToken,
        author: Option<&'b AuthorUrn>,
    ) -> Asked<'b> {
        Asked {
            token: token.source(),
            api_version: self.api_version,
            author,
        }
    }
}

fn fresh_token(problem: Problem) -> Problem {
    Problem {
        code: "token-fresh",
        message: format!(
            "LinkedIn does not know the new token yet: {}",
            problem.message
        ),
        ..problem
    }
}

/// Whether a token that was minted by this run is called revoked (65601), as LinkedIn's
/// servers do for some seconds.
pub(super) fn is_too_fresh(
    token: &AccessToken,
    answer: &Result<HttpResponse, TransportError>,
) -> bool {
    token.is_fresh()
        && answer.as_ref().is_ok_and(|response| {
            let error = ApiError::decode(response);
            error.status == 401 && error.service_error_code == Some(65601)
        })
}

/// Whether a read was refused for want of permission, not for the token itself.
pub(super) fn is_forbidden(failure: &Failure) -> bool {
    matches!(failure, Failure::Denied(problem) if problem.kind == Kind::Permission)
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
