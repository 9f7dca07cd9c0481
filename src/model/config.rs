//! The settings of a content repository, as resolved.
//!
//! Owns the values of `mergecast.yaml` after defaults. Must not parse: see
//! [`crate::content::config`].

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::path::ContentPath;
use super::urn::{AuthorKind, AuthorUrn};
use crate::model::zone::Tz;

/// A content repository's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Folder searched for `*.md`.
    pub posts: ContentPath,
    /// Zone of local times.
    pub timezone: Tz,
    /// The published branch; `None`: the remote's HEAD, else the checked-out branch.
    pub branch: Option<String>,
    /// Authors by alias.
    pub authors: BTreeMap<String, Author>,
    /// Alias used by posts that name no author.
    pub default_author: Option<String>,
    /// Value of the `LinkedIn-Version` header, `YYYYMM`.
    pub api_version: String,
    /// What may be published and when.
    pub publish: PublishPolicy,
    /// Where the ledger is.
    pub state: StateLocation,
    /// The day around which a ledger on a remote may begin by itself; `None`: never.
    pub state_since: Option<NaiveDate>,
    /// Who is told by a watcher.
    pub notify: Vec<NotifyTarget>,
}

/// Somebody who is told of what a watcher does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyTarget {
    /// What it is called here.
    pub name: String,
    /// Name of the environment variable that holds the address, which is a secret.
    pub url_env: String,
    /// How messages read.
    pub format: NotifyFormat,
    /// Of what it is told.
    pub events: Vec<NotifyEvent>,
}

/// How a message reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyFormat {
    /// A JSON object with every fact.
    #[default]
    Json,
    /// What Slack's incoming webhooks take, and many other chats too.
    Slack,
}

/// What somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyEvent {
    /// A post is on LinkedIn.
    Published,
    /// A post is due, and something must change first.
    Held,
    /// A post may or may not be on LinkedIn.
    Unknown,
    /// A post did not go out, or the watcher cannot publish.
    Failed,
    /// A token ends soon, or has.
    TokenExpiring,
}

impl NotifyEvent {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Published,
        Self::Held,
        Self::Unknown,
        Self::Failed,
        Self::TokenExpiring,
    ];

    /// The word in `mergecast.yaml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Held => "held",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::TokenExpiring => "token-expiring",
        }
    }
}

/// One author of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Who it is on LinkedIn.
    pub urn: AuthorUrn,
    /// Zone this author's times are shown in; `None`: the configuration's.
    pub timezone: Option<Tz>,
    /// Names of environment variables that hold this author's credentials. A named
    /// variable that is unset never falls back to the default credential.
    pub credentials: CredentialNames,
    /// Requests a day that LinkedIn allows this author's credential, as far as known.
    pub requests_per_day: Option<u32>,
}

/// Names of environment variables, never values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialNames {
    /// Holds an access token.
    pub token_env: Option<String>,
    /// Holds a client id.
    pub client_id_env: Option<String>,
    /// Holds a client secret.
    pub client_secret_env: Option<String>,
    /// Holds a refresh token.
    pub refresh_token_env: Option<String>,
}

/// The limits and choices that stand between a due post and LinkedIn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishPolicy {
    /// Holds every due post.
    pub paused: bool,
    /// A post later than this is late.
    pub max_lateness: Duration,
    /// What happens to a late post.
    pub on_late: OnLate,
    /// More publishes, updates and deletes than this refuse the whole apply.
    pub max_per_run: u32,
    /// Whether removing a file deletes its live post.
    pub prune: bool,
    /// What happens to a post whose outcome is unknown.
    pub on_unknown: OnUnknown,
}

/// What happens to a post that is later than `max_lateness`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnLate {
    /// A person decides.
    #[default]
    Hold,
    /// It goes out anyway.
    Publish,
    /// It never goes out.
    Skip,
}

/// What happens to a post whose create request got no readable answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// A person decides.
    #[default]
    Hold,
    /// The identical bytes are sent once more within five minutes; LinkedIn's duplicate
    /// answer then tells whether the first request worked.
    Probe,
}

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateLocation {
    /// Branch that holds the ledger.
    pub branch: String,
    /// Remote that holds the branch.
    pub remote: String,
}

impl Default for PublishPolicy {
    fn default() -> Self {
        Self {
            paused: false,
            max_lateness: Duration::from_secs(24 * 3600),
            on_late: OnLate::Hold,
            max_per_run: 10,
            prune: false,
            on_unknown: OnUnknown::Hold,
        }
    }
}

impl Default for StateLocation {
    fn default() -> Self {
        Self {
            branch: "mergecast/state".to_owned(),
            remote: "origin".to_owned(),
        }
    }
}

impl Config {
    /// The version sent when the configuration names none: the newest one known to be
    /// documented, with about ten months before its sunset.
    pub const DEFAULT_API_VERSION: &'static str = "202609";

    /// Requests a day for one member of an app with "Share on LinkedIn", the product every
    /// self-serve member posts with (LinkedIn, "Share on LinkedIn", rate limits).
    pub const MEMBER_REQUESTS_PER_DAY: u32 = 150;

    /// How many requests a day LinkedIn allows the credential of `author`; `None`: not
    /// known, as for pages, whose limits LinkedIn does not publish.
    #[must_use]
    pub fn requests_per_day(&self, author: &AuthorUrn) -> Option<u32> {
        let named = self
            .author(author)
            .and_then(|author| author.requests_per_day);
        named.or_else(|| match author.kind() {
            AuthorKind::Person => Some(Self::MEMBER_REQUESTS_PER_DAY),
            AuthorKind::Organization => None,
        })
    }

    /// The variable that names the credential of `author`: calls are counted by it.
    /// `None`: the default credential.
    #[must_use]
    pub fn credential_name(&self, author: &AuthorUrn) -> Option<&str> {
        let names = &self.author(author)?.credentials;
        let named = names.token_env.as_deref();
        named.or(names.refresh_token_env.as_deref())
    }

    fn author(&self, urn: &AuthorUrn) -> Option<&Author> {
        self.authors.values().find(|author| author.urn == *urn)
    }

    /// The name an author has here, for people; the URN when it has none.
    #[must_use]
    pub fn author_name<'a>(&'a self, urn: &'a AuthorUrn) -> &'a str {
        let alias = self.authors.iter().find(|(_, author)| author.urn == *urn);
        alias.map_or(urn.as_str(), |(alias, _)| alias)
    }

    /// The zone an author's times are shown in.
    #[must_use]
    pub fn author_zone(&self, urn: &AuthorUrn) -> Tz {
        self.author(urn)
            .and_then(|author| author.timezone)
            .unwrap_or(self.timezone)
    }
}
