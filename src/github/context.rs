//! The facts of one workflow run, from its environment.
//!
//! Owns which variables are read and what a valid repository name and API address are. The
//! token is sent to that address and to no other. Must not read files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use http::Uri;
use http::uri::Scheme;

use super::failure::Failure;
use super::token::Token;

/// GitHub's API.
const API: &str = "https://api.github.com";

/// Where GitHub's API is: https, or plain http on this machine, for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUrl(String);

impl ApiUrl {
    /// Checks an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/');
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
        if !text.bytes().all(plain) || text.contains(['?', '#', '@']) {
            return None;
        }
        let uri = Uri::try_from(text).ok()?;
        let host = uri.host().filter(|host| !host.is_empty())?;
        let here = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        let scheme = uri.scheme()?;
        let safe = *scheme == Scheme::HTTPS || (*scheme == Scheme::HTTP && here);
        safe.then(|| Self(text.to_owned()))
    }

    /// The address of a path that begins with a slash and is encoded already.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// `owner/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// Checks a full name: two parts of letters, digits, `-`, `_` and `.`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        let part = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && !matches!(part, "." | "..")
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        (part(owner) && part(name)).then(|| Self(text.to_owned()))
    }

    /// The full name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the same repository; GitHub's names ignore case.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

/// One workflow run.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where GitHub's API is.
    pub api: ApiUrl,
    /// The repository the workflow runs in.
    pub repository: RepositoryName,
    /// The token; `None`: nothing is asked of GitHub.
    pub token: Option<Token>,
    /// The account the token writes as, where the workflow says so.
    pub login: Option<String>,
    /// What started the run, such as `pull_request`.
    pub event_name: Option<String>,
    /// The file with the event.
    pub event: Option<PathBuf>,
    /// The file a job summary is appended to.
    pub summary: Option<PathBuf>,
    /// The file outputs are appended to.
    pub output: Option<PathBuf>,
}

impl Context {
    /// Reads the variables of a workflow run (GitHub, "Default environment variables").
    /// `MERGECAST_GITHUB_TOKEN` goes before `GITHUB_TOKEN`. `MERGECAST_GITHUB_LOGIN` names
    /// the account of an app's token, such as `my-app[bot]`: GitHub does not tell it.
    ///
    /// # Errors
    /// When they are not those of a workflow run.
    pub fn read(variables: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let get = |name: &str| {
            let value = variables.get(name).map(|value| value.trim());
            value.filter(|value| !value.is_empty())
        };
        let path = |name: &str| get(name).map(PathBuf::from);
        let api = ApiUrl::parse(get("GITHUB_API_URL").unwrap_or(API)).ok_or_else(|| {
            Failure::Setting("`GITHUB_API_URL` is not an https address".to_owned())
        })?;
        let repository = get("GITHUB_REPOSITORY").and_then(RepositoryName::parse);
        let repository = repository.ok_or_else(|| {
            let why = "`GITHUB_REPOSITORY` does not name a repository as `owner/name`";
            Failure::Setting(why.to_owned())
        })?;
        let token = get("MERGECAST_GITHUB_TOKEN").or_else(|| get("GITHUB_TOKEN"));
        Ok(Self {
            api,
            repository,
            token: token.and_then(Token::new),
            login: get("MERGECAST_GITHUB_LOGIN").map(str::to_owned),
            event_name: get("GITHUB_EVENT_NAME").map(str::to_owned),
            event: path("GITHUB_EVENT_PATH"),
            summary: path("GITHUB_STEP_SUMMARY"),
            output: path("GITHUB_OUTPUT"),
        })
    }

    /// Refuses a run that something else started than `wanted`.
    ///
    /// # Errors
    /// Says what did.
    pub fn started_by(&self, wanted: &str) -> Result<(), Failure> {
        match self.event_name.as_deref() {
            Some(other) if other != wanted => Err(Failure::Setting(format!(
                "this is for `{wanted}` events, and `{other}` started the run"
            ))),
            _ => Ok(()),
        }
    }

    /// Refuses a run that a pull request started: what it checked out was not reviewed.
    ///
    /// # Errors
    /// Says so.
    pub fn not_by_pull_request(&self) -> Result<(), Failure> {
        match self.event_name.as_deref() {
            Some(name) if name.starts_with("pull_request") => Err(Failure::Setting(format!(
                "`{name}` started the run, and nothing is published before it is merged"
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_https_or_to_this_machine_only() {
        for good in [
            "https://api.github.com",
            "https://ghe.example.org/api/v3/",
            "http://127.0.0.1:8080",
        ] {
            assert!(ApiUrl::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "api.github.com",
            "http://api.github.com",
            "http://127.0.0.1.evil.example",
            "https://user@evil.example",
            "https://api.github.com\\@evil.example",
            "https://api.github.com/?a",
            "ftp://api.github.com",
        ] {
            assert!(ApiUrl::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_repository_is_two_plain_names() {
        assert!(
            RepositoryName::parse("acme/posts.v2")
                .unwrap()
                .is("Acme/Posts.V2")
        );
        for bad in ["acme", "acme/", "a/b/c", "a/..", "a b/c", "a/b?x", ""] {
            assert!(RepositoryName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn our_own_variable_goes_before_the_workflows() {
        let with = |more: &[(&str, &str)]| {
            let mut all = vec![("GITHUB_REPOSITORY", "acme/posts")];
            all.extend(more);
            let all = all.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned()));
            Context::read(&all.collect())
        };
        let both = with(&[("GITHUB_TOKEN", "one"), ("MERGECAST_GITHUB_TOKEN", "two")]);
        let token = both.unwrap().token.unwrap();
        assert_eq!(token.scrubbed("one two"), "one [token removed]");
        assert!(with(&[("GITHUB_TOKEN", " ")]).unwrap().token.is_none());
        assert!(with(&[("GITHUB_API_URL", "http://evil.example")]).is_err());
        assert!(Context::read(&BTreeMap::new()).is_err());
    }

    #[test]
    fn only_the_right_event_starts_a_command() {
        let by = |name: &str| {
            let all = [
                ("GITHUB_REPOSITORY", "acme/posts"),
                ("GITHUB_EVENT_NAME", name),
            ];
            let all = all.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned()));
            Context::read(&all.collect()).unwrap()
        };
        assert!(by("pull_request").started_by("pull_request").is_ok());
        // Runs with the secrets of the base: never next to what somebody else wrote.
        assert!(
            by("pull_request_target")
                .started_by("pull_request")
                .is_err()
        );
        assert!(by("").started_by("workflow_run").is_ok());
        assert!(by("schedule").not_by_pull_request().is_ok());
        assert!(by("pull_request").not_by_pull_request().is_err());
        assert!(by("pull_request_target").not_by_pull_request().is_err());
    }
}
