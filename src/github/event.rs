//! The event that started a workflow run.
//!
//! Owns the few fields that are read of GitHub's payloads ("Webhook events and payloads").
//! Must not read files, and must not believe that a field is there.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::failure::Failure;

/// The largest event that is read, in bytes. GitHub caps payloads at 25 MB.
pub const MAX_EVENT: u64 = 25 * 1024 * 1024;

/// A `pull_request` event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullRequestEvent {
    /// The pull request.
    pub pull_request: EventPull,
}

/// The pull request of an event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EventPull {
    /// Its number.
    pub number: u64,
    /// Where it comes from.
    pub head: Side,
    /// Where it goes.
    pub base: Side,
}

/// One side of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Side {
    /// The branch.
    #[serde(rename = "ref")]
    pub branch: String,
    /// Its newest commit.
    pub sha: String,
    /// The repository; `None`: it was deleted.
    pub repo: Option<Named>,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// `owner/name`.
    pub full_name: String,
}

impl Side {
    /// The full name of its repository, so that names which GitHub takes for the same are
    /// equal; `None`: it was deleted.
    #[must_use]
    pub fn repository(&self) -> Option<String> {
        let repo = self.repo.as_ref()?;
        Some(repo.full_name.to_lowercase())
    }
}

/// A `workflow_run` event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkflowRunEvent {
    /// The run that ended.
    pub workflow_run: WorkflowRun,
}

/// A workflow run that ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkflowRun {
    /// What started it.
    pub event: String,
    /// The commit it ran for: of a pull request its head.
    pub head_sha: String,
    /// Where that commit is; `None`: it was deleted.
    pub head_repository: Option<Named>,
}

/// Reads an event.
///
/// # Errors
/// When it is not of the kind that is wanted.
pub fn parse<E: DeserializeOwned>(bytes: &[u8], kind: &str) -> Result<E, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|_| Failure::Setting(format!("the event is not a `{kind}` event")))
}

/// Whether a text is the name of a commit.
#[must_use]
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_the_same_however_its_name_is_written() {
        let side = |name: Option<&str>| {
            let repo = name.map(|name| Named {
                full_name: name.to_owned(),
            });
            let (branch, sha) = ("x".to_owned(), "a".repeat(40));
            Side { branch, sha, repo }.repository()
        };
        assert_eq!(side(Some("Acme/posts")), side(Some("acme/Posts")));
        assert_ne!(side(Some("eve/posts")), side(Some("acme/posts")));
        assert_eq!(side(None), None);
    }

    #[test]
    fn an_event_of_another_kind_is_refused() {
        let push = br#"{"ref":"refs/heads/main"}"#;
        assert!(parse::<PullRequestEvent>(push, "pull_request").is_err());
        assert!(is_commit(&"0a".repeat(20)) && !is_commit("HEAD") && !is_commit(&"0A".repeat(20)));
    }
}
