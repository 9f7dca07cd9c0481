//! Who exists: apps, members, organizations, roles and tokens.
//!
//! Owns accounts and what a token may do for whom. Must not answer requests.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::Instant;
use crate::model::urn::{AuthorKind, AuthorUrn};

/// What LinkedIn granted an app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// "Share on LinkedIn" and "Sign In": writes for members, reads nothing back.
    #[default]
    SelfServe,
    /// Community Management, development tier.
    CmDev,
    /// Community Management, standard tier.
    CmStandard,
}

impl Tier {
    /// Requests a day: by one member, and by the whole app. The limits of the standard
    /// tier are not published.
    #[must_use]
    pub fn quotas(self) -> (Option<u32>, Option<u32>) {
        match self {
            Tier::SelfServe => (Some(150), Some(100_000)),
            Tier::CmDev => (Some(100), Some(500)),
            Tier::CmStandard => (None, None),
        }
    }
}

/// One access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The app it was issued to.
    pub client_id: String,
    /// The member who consented.
    pub member: AuthorUrn,
    /// What was consented to.
    pub scopes: BTreeSet<String>,
    /// When it was issued.
    pub issued_at: Option<Instant>,
    /// When it ends; none: never.
    pub expires_at: Option<Instant>,
    /// Whether the member or LinkedIn took it back.
    #[serde(default)]
    pub revoked: bool,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Full name.
    pub name: String,
    /// Whether the identity is verified.
    #[serde(default)]
    pub verified: bool,
    /// Whether LinkedIn restricted the account.
    #[serde(default)]
    pub restricted: bool,
}

/// A member's role on a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The page.
    pub organization: AuthorUrn,
    /// The member.
    pub member: AuthorUrn,
    /// `ADMINISTRATOR`, `CONTENT_ADMIN`, …
    pub role: String,
    /// `APPROVED`, `REQUESTED`, `REJECTED` or `REVOKED`.
    pub state: String,
}

/// Every account of one sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Tier by client id.
    pub apps: BTreeMap<String, Tier>,
    /// Members by URN.
    pub members: BTreeMap<AuthorUrn, Member>,
    /// Names of pages by URN.
    pub organizations: BTreeMap<AuthorUrn, String>,
    /// Roles of members on pages.
    pub roles: Vec<Role>,
    /// Tokens by their text.
    pub tokens: BTreeMap<String, Token>,
}

/// Roles that may publish organic posts for a page (LinkedIn, "Posts API").
const POSTING_ROLES: [&str; 4] = [
    "ADMINISTRATOR",
    "CONTENT_ADMIN",
    "CONTENT_ADMINISTRATOR",
    "DIRECT_SPONSORED_CONTENT_POSTER",
];

/// Scopes of the two instant products.
pub const SELF_SERVE_SCOPES: [&str; 4] = ["openid", "profile", "email", "w_member_social"];

/// Scopes of the Community Management product that have to do with posts.
pub const COMMUNITY_SCOPES: [&str; 8] = [
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
    "r_organization_admin",
    "w_member_social",
    "r_basicprofile",
    "w_member_social_feed",
    "w_organization_social_feed",
];

impl Directory {
    /// A world in which each author has the token [`Self::token_of`]: members through a
    /// self-serve app, pages through an app of the standard tier and an administrator of
    /// their own.
    #[must_use]
    pub fn for_authors(authors: impl Iterator<Item = (AuthorUrn, String)>) -> Self {
        let mut directory = Self::default();
        for (author, name) in authors {
            let token = match author.kind() {
                AuthorKind::Person => directory.add_member(author.clone(), name),
                AuthorKind::Organization => directory.add_page(&author, name),
            };
            if let Some(token) = token {
                directory.tokens.insert(Self::token_of(&author), token);
            }
        }
        directory
    }

    /// The text of the token that [`Self::for_authors`] makes: `sandbox-token-<id>`.
    #[must_use]
    pub fn token_of(author: &AuthorUrn) -> String {
        format!("sandbox-token-{}", author.id())
    }

    fn add_member(&mut self, member: AuthorUrn, name: String) -> Option<Token> {
        let client_id = "sandbox-self-serve".to_owned();
        self.apps.insert(client_id.clone(), Tier::SelfServe);
        self.members.insert(
            member.clone(),
            Member {
                name,
                verified: true,
                restricted: false,
            },
        );
        Some(Token {
            client_id,
            member,
            scopes: SELF_SERVE_SCOPES.map(str::to_owned).into(),
            issued_at: None,
            expires_at: None,
            revoked: false,
        })
    }

    fn add_page(&mut self, page: &AuthorUrn, name: String) -> Option<Token> {
        let client_id = "sandbox-community".to_owned();
        let admin = AuthorUrn::parse(&format!("urn:li:person:admin-{}", page.id())).ok()?;
        self.add_member(admin.clone(), format!("Administrator of {name}"));
        self.apps.insert(client_id.clone(), Tier::CmStandard);
        self.organizations.insert(page.clone(), name);
        self.roles.push(Role {
            organization: page.clone(),
            member: admin.clone(),
            role: "ADMINISTRATOR".to_owned(),
            state: "APPROVED".to_owned(),
        });
        let scopes = COMMUNITY_SCOPES.iter().chain(&SELF_SERVE_SCOPES);
        Some(Token {
            client_id,
            member: admin,
            scopes: scopes.map(|scope| (*scope).to_owned()).collect(),
            issued_at: None,
            expires_at: None,
            revoked: false,
        })
    }

    /// The name of an author, where known.
    #[must_use]
    pub fn name_of(&self, author: &AuthorUrn) -> Option<&str> {
        match author.kind() {
            AuthorKind::Person => self.members.get(author).map(|m| m.name.as_str()),
            AuthorKind::Organization => self.organizations.get(author).map(String::as_str),
        }
    }

    /// Whether `member` may publish for `author`: as themselves, or with a role.
    #[must_use]
    pub fn may_act_for(&self, member: &AuthorUrn, author: &AuthorUrn) -> bool {
        match author.kind() {
            AuthorKind::Person => member == author,
            AuthorKind::Organization => self.roles.iter().any(|row| {
                row.organization == *author
                    && row.member == *member
                    && row.state == "APPROVED"
                    && POSTING_ROLES.contains(&row.role.as_str())
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_approved_posting_roles_act_for_a_page() {
        let page = AuthorUrn::parse("urn:li:organization:42").unwrap();
        let jane = AuthorUrn::parse("urn:li:person:jane").unwrap();
        let mut directory = Directory::default();
        let mut row = |role: &str, state: &str| {
            directory.roles = vec![Role {
                organization: page.clone(),
                member: jane.clone(),
                role: role.to_owned(),
                state: state.to_owned(),
            }];
            directory.may_act_for(&jane, &page)
        };
        assert!(row("ADMINISTRATOR", "APPROVED"));
        assert!(row("CONTENT_ADMIN", "APPROVED"));
        assert!(!row("ANALYST", "APPROVED"));
        assert!(!row("ADMINISTRATOR", "REQUESTED"));
    }

    #[test]
    fn each_author_gets_a_token_that_may_act_for_them() {
        let authors = ["urn:li:person:jane", "urn:li:organization:42"];
        let authors = authors.map(|urn| AuthorUrn::parse(urn).unwrap());
        let directory = Directory::for_authors(
            authors
                .iter()
                .map(|author| (author.clone(), author.id().to_uppercase())),
        );
        for author in &authors {
            let token = &directory.tokens[&Directory::token_of(author)];
            assert!(directory.may_act_for(&token.member, author));
            assert!(directory.apps.contains_key(&token.client_id));
        }
        assert_eq!(directory.name_of(&authors[0]), Some("JANE"));
    }
}
