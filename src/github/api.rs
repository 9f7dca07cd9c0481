//! GitHub's API, as far as it is used.
//!
//! Owns sending, pages, and what an answer means. Pages are counted by ourselves: no
//! address out of an answer is followed. Must not decide what is written.

use std::cell::Cell;

use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::context::{ApiUrl, Context, RepositoryName};
use super::failure::Failure;
use super::replies::{ChangedFile, Comment, Commit, Issue, Pull, Repository, User};
use super::requests::{Ask, PAGE, path};
use super::token::Token;
use crate::ports::{HttpResponse, Transport};
use crate::report::clean;

/// The account that `GITHUB_TOKEN` writes as.
const ACTIONS: &str = "github-actions[bot]";
/// Pages of one list that are read.
const PAGES: usize = 20;
/// Requests of one run, whatever happens.
const REQUESTS: u32 = 300;

/// GitHub's API for one repository.
pub struct Api<'a, T: Transport> {
    transport: &'a T,
    base: &'a ApiUrl,
    repository: &'a RepositoryName,
    token: &'a Token,
    login: Option<&'a str>,
    sent: Cell<u32>,
}

impl<'a, T: Transport> Api<'a, T> {
    /// The API and the repository of a workflow run, asked with `token`.
    pub fn new(transport: &'a T, context: &'a Context, token: &'a Token) -> Self {
        Self {
            transport,
            base: &context.api,
            repository: &context.repository,
            token,
            login: context.login.as_deref(),
            sent: Cell::new(0),
        }
    }

    async fn send(&self, ask: &Ask<'_>) -> Result<HttpResponse, Failure> {
        self.sent.set(self.sent.get() + 1);
        if self.sent.get() > REQUESTS {
            let why = format!("this run made {REQUESTS} requests already");
            return Err(Failure::Limited(why));
        }
        let request = ask.request(self.base, self.repository, self.token);
        let request = request.ok_or_else(|| Failure::Unexpected("no such address".to_owned()))?;
        let answer = self.transport.send(request).await;
        let answer =
            answer.map_err(|error| Failure::Unreachable(self.quoted(&error.to_string())))?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(self.refusal(&answer, ask.method != Method::GET))
        }
    }

    /// What an answer that is no success means.
    fn refusal(&self, answer: &HttpResponse, write: bool) -> Failure {
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let words = body
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let words = self.quoted(&format!("{} {words}", answer.status().as_u16()));
        let header = |name: &str| answer.headers().get(name).map(http::HeaderValue::as_bytes);
        let limited = header("retry-after").is_some()
            || header("x-ratelimit-remaining") == Some(b"0")
            || words.contains("rate limit");
        match answer.status() {
            StatusCode::TOO_MANY_REQUESTS => Failure::Limited(words),
            StatusCode::FORBIDDEN if limited => Failure::Limited(words),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::Denied(words),
            // GitHub hides what a token may not write.
            StatusCode::NOT_FOUND if write => Failure::Denied(words),
            StatusCode::NOT_FOUND => Failure::NotFound(words),
            _ => Failure::Unexpected(words),
        }
    }

    /// GitHub's words, short, on one line, and without the token.
    fn quoted(&self, words: &str) -> String {
        // Scrubbed first: what a cut leaves of a token would not be found.
        let words: String = self.token.scrubbed(words).chars().take(300).collect();
        clean::line(words.trim())
    }

    async fn read<R: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<R, Failure> {
        let answer = self.send(ask).await?;
        serde_json::from_slice(answer.body())
            .map_err(|_| Failure::Unexpected("an answer that cannot be read".to_owned()))
    }

    /// A whole list, as far as `pages` go.
    async fn list<R: DeserializeOwned>(&self, at: &str, pages: usize) -> Result<Vec<R>, Failure> {
        let mut all = Vec::new();
        for page in 1..=pages {
            let more: Vec<R> = self.read(&Ask::page(at, page)).await?;
            let last = more.len() < PAGE;
            all.extend(more);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// The account the token writes as. Tokens of workflows and apps may not ask who they
    /// are, so the workflow may say it.
    pub async fn login(&self) -> String {
        if let Some(login) = self.login {
            return login.to_owned();
        }
        let asked: Result<User, Failure> = self.read(&Ask::get("//user".to_owned())).await;
        asked.map_or_else(|_| ACTIONS.to_owned(), |user| user.login)
    }

    /// A pull request.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn pull(&self, number: u64) -> Result<Pull, Failure> {
        self.read(&Ask::get(format!("/pulls/{number}"))).await
    }

    /// The newest open pull requests that go to `base`, one page of them.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn open_pulls(&self, base: &str) -> Result<Vec<Pull>, Failure> {
        let at = format!("/pulls?state=open&base={}", path(base));
        self.list(&at, 1).await
    }

    /// The files that a pull request changes, one page of them.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn files(&self, number: u64) -> Result<Vec<ChangedFile>, Failure> {
        self.list(&format!("/pulls/{number}/files"), 1).await
    }

    /// The bytes of a file at a commit. A commit of a fork is there for its pull request.
    /// `at` is a path without `..`, which an address would resolve.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn file(&self, at: &str, commit: &str) -> Result<Vec<u8>, Failure> {
        let mut ask = Ask::get(format!("/contents/{}?ref={}", path(at), path(commit)));
        ask.accept = "application/vnd.github.raw+json";
        Ok(self.send(&ask).await?.body().to_vec())
    }

    /// The comments of a pull request or an issue.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn comments(&self, number: u64) -> Result<Vec<Comment>, Failure> {
        self.list(&format!("/issues/{number}/comments"), PAGES)
            .await
    }

    /// Writes a comment and returns its id.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn create_comment(&self, number: u64, body: &str) -> Result<u64, Failure> {
        let at = format!("/issues/{number}/comments");
        let ask = Ask::new(Method::POST, at, Some(json!({ "body": body })));
        let comment: Comment = self.read(&ask).await?;
        Ok(comment.id)
    }

    /// Changes a comment.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn edit_comment(&self, id: u64, body: &str) -> Result<(), Failure> {
        let at = format!("/issues/comments/{id}");
        let ask = Ask::new(Method::PATCH, at, Some(json!({ "body": body })));
        self.send(&ask).await.map(drop)
    }

    /// Takes a comment away.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn delete_comment(&self, id: u64) -> Result<(), Failure> {
        let ask = Ask::new(Method::DELETE, format!("/issues/comments/{id}"), None);
        self.send(&ask).await.map(drop)
    }

    /// The newest issues that `creator` opened, open or closed; a few pages of them.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn issues_of(&self, creator: &str) -> Result<Vec<Issue>, Failure> {
        let creator = path(creator);
        self.list(&format!("/issues?state=all&creator={creator}"), 5)
            .await
    }

    /// Opens an issue and returns its number.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn create_issue(&self, title: &str, body: &str) -> Result<u64, Failure> {
        let issue = json!({ "title": title, "body": body });
        let ask = Ask::new(Method::POST, "/issues".to_owned(), Some(issue));
        let issue: Issue = self.read(&ask).await?;
        Ok(issue.number)
    }

    /// Changes what an issue says, and whether it is open.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn edit_issue(&self, number: u64, body: &str, open: bool) -> Result<(), Failure> {
        let state = if open { "open" } else { "closed" };
        let change = json!({ "body": body, "state": state });
        let ask = Ask::new(Method::PATCH, format!("/issues/{number}"), Some(change));
        self.send(&ask).await.map(drop)
    }

    /// The repository.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn repository(&self) -> Result<Repository, Failure> {
        self.read(&Ask::get(String::new())).await
    }

    /// The oldest commit of `branch` that touches a file.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn first_commit(&self, at: &str, branch: &str) -> Result<Option<String>, Failure> {
        let list = format!("/commits?path={}&sha={}", path(at), path(branch));
        let commits: Vec<Commit> = self.list(&list, PAGES).await?;
        Ok(commits.into_iter().next_back().map(|commit| commit.sha))
    }

    /// The pull requests that brought a commit.
    ///
    /// # Errors
    /// GitHub's.
    pub async fn pulls_of(&self, commit: &str) -> Result<Vec<Pull>, Failure> {
        self.list(&format!("/commits/{}/pulls", path(commit)), 1)
            .await
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::ports::{HttpRequest, TransportError};

    struct Nobody;

    impl Transport for Nobody {
        async fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
            Err(TransportError::NotSent("refused ghs_secret".to_owned()))
        }
    }

    fn with<R>(look: impl FnOnce(&Api<'_, Nobody>) -> R) -> R {
        let variables = [
            ("GITHUB_REPOSITORY", "acme/posts"),
            ("MERGECAST_GITHUB_LOGIN", "my-app[bot]"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let context = Context::read(&variables.into()).unwrap();
        let token = Token::new("ghs_secret").unwrap();
        look(&Api::new(&Nobody, &context, &token))
    }

    fn refusal(status: u16, headers: &[(&str, &str)], message: &str, write: bool) -> Failure {
        let mut answer = http::Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        let body = json!({ "message": message }).to_string();
        let answer = answer.body(Bytes::from(body)).unwrap();
        with(|api| api.refusal(&answer, write))
    }

    #[test]
    fn a_token_that_may_not_is_told_from_too_many_requests() {
        let limited = |failure| matches!(failure, Failure::Limited(_));
        let denied = |failure| matches!(failure, Failure::Denied(_));
        assert!(denied(refusal(
            403,
            &[],
            "Resource not accessible by integration",
            true
        )));
        assert!(denied(refusal(401, &[], "Bad credentials", false)));
        assert!(denied(refusal(404, &[], "Not Found", true)));
        assert!(limited(refusal(
            403,
            &[("x-ratelimit-remaining", "0")],
            "",
            false
        )));
        assert!(limited(refusal(403, &[("retry-after", "60")], "", true)));
        assert!(limited(refusal(
            403,
            &[],
            "You have exceeded a secondary rate limit",
            true
        )));
        assert!(limited(refusal(429, &[], "", false)));
        let missing = refusal(404, &[], "Not Found", false);
        assert_eq!(missing, Failure::NotFound("404 Not Found".to_owned()));
    }

    #[test]
    fn githubs_words_are_one_short_line_without_the_token() {
        let words = format!("ghs_secret\n::error::x\u{1b}[2J{}", "y".repeat(5_000));
        let Failure::Unexpected(shown) = refusal(500, &[], &words, false) else {
            panic!("500 is unexpected");
        };
        assert!(
            shown.starts_with("500 [token removed]\\n::error::x\\u{1b}[2J"),
            "{shown}"
        );
        assert!(shown.len() < 400);
        let words = format!("{} ghs_secret", "y".repeat(290));
        let cut = refusal(500, &[], &words, false).to_string();
        assert!(!cut.contains("ghs_"), "{cut}");
    }

    #[test]
    fn the_workflow_may_say_whose_token_it_is() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        with(|api| {
            assert_eq!(runtime.block_on(api.login()), "my-app[bot]");
            assert_eq!(api.sent.get(), 0);
        });
    }

    #[test]
    fn a_run_makes_no_more_requests_than_it_may() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        with(|api| {
            for _ in 0..REQUESTS {
                let failure = runtime.block_on(api.pull(1)).unwrap_err();
                assert!(
                    matches!(failure, Failure::Unreachable(words) if !words.contains("secret"))
                );
            }
            let failure = runtime.block_on(api.pull(1)).unwrap_err();
            assert!(matches!(failure, Failure::Limited(_)));
        });
    }
}
