//! Which credential publishes for which author.
//!
//! Owns the rule that an author's own variables, once named, never fall back to the
//! default credential: a post must not go out with somebody else's token. Must not read
//! the environment (it is handed over as a value) or show what a variable holds.

use std::collections::BTreeMap;

use super::problem::{Kind, Problem};
use super::token::AccessToken;
use crate::diagnostic::Diagnostic;
use crate::model::config::{Config, CredentialNames};
use crate::model::urn::AuthorUrn;
use crate::report::exit::Exit;

/// The variable that holds the default access token.
pub const DEFAULT_TOKEN: &str = "LINKEDIN_ACCESS_TOKEN";

/// Why there is no credential for an author. It never holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialProblem {
    /// `token-missing` or `token-malformed`.
    pub code: &'static str,
    /// The variable that should hold the token.
    pub variable: String,
    /// What is wrong.
    pub message: String,
    /// One next step.
    pub help: String,
}

impl CredentialProblem {
    /// As a diagnostic, for `doctor` and for a pass.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.code, self.message.clone()).help(self.help.clone())
    }

    /// As the problem of one post: authentication, exit 77.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem::new(Kind::Auth, self.code, self.message.clone(), Exit::Denied)
            .help(self.help.clone())
    }
}

/// The token that publishes for `author`: the one in the author's own variable when the
/// configuration names one, else the one in [`DEFAULT_TOKEN`]. A blank variable counts as
/// unset (an absent secret of a workflow is the empty text).
///
/// # Errors
/// When the variable is unset, or holds no token.
pub fn resolve(
    author: &AuthorUrn,
    config: &Config,
    environment: &BTreeMap<String, String>,
) -> Result<AccessToken, CredentialProblem> {
    let who = config.author_name(author);
    let names = config
        .authors
        .values()
        .find(|known| known.urn == *author)
        .map(|known| &known.credentials);
    let variable = match names.map(source_for) {
        Some(Source::Own(variable)) => variable,
        Some(Source::OwnWithoutToken(named)) => return Err(no_token_env(who, named)),
        Some(Source::Default) | None => DEFAULT_TOKEN,
    };
    let value = environment.get(variable).map_or("", |value| value.trim());
    if value.is_empty() {
        return Err(missing(who, variable));
    }
    AccessToken::new(value, variable).map_err(|_| malformed(who, variable))
}

/// Where an author's token comes from.
enum Source<'a> {
    /// The author's own variable.
    Own(&'a str),
    /// The author names own variables (this is one), and none of them holds a token.
    OwnWithoutToken(&'a str),
    /// The default credential.
    Default,
}

fn source_for(names: &CredentialNames) -> Source<'_> {
    let others = [
        &names.refresh_token_env,
        &names.client_id_env,
        &names.client_secret_env,
    ];
    match (&names.token_env, others.into_iter().flatten().next()) {
        (Some(variable), _) => Source::Own(variable),
        (None, Some(named)) => Source::OwnWithoutToken(named),
        (None, None) => Source::Default,
    }
}

fn missing(who: &str, variable: &str) -> CredentialProblem {
    CredentialProblem {
        code: "token-missing",
        variable: variable.to_owned(),
        message: format!("`{variable}` is not set; it holds the access token of `{who}`"),
        help: format!("set `{variable}` in the environment, or as a secret of the workflow"),
    }
}

fn no_token_env(who: &str, named: &str) -> CredentialProblem {
    CredentialProblem {
        code: "token-missing",
        variable: named.to_owned(),
        message: format!(
            "`{who}` names `{named}` and no `token_env`; the default credential is not used instead"
        ),
        help: format!("add `token_env` to the author `{who}` in `mergecast.yaml`"),
    }
}

fn malformed(who: &str, variable: &str) -> CredentialProblem {
    CredentialProblem {
        code: "token-malformed",
        variable: variable.to_owned(),
        message: format!(
            "`{variable}`, the access token of `{who}`, has spaces or characters that no token has"
        ),
        help: format!("set `{variable}` to the token alone, without `Bearer` or quotation marks"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::config::{Author, PublishPolicy, StateLocation};
    use crate::model::path::ContentPath;

    fn config(names: CredentialNames) -> Config {
        let author = Author {
            urn: acme(),
            timezone: None,
            credentials: names,
        };
        Config {
            posts: ContentPath::parse("posts").unwrap(),
            timezone: chrono_tz::UTC,
            branch: None,
            authors: BTreeMap::from([("acme".to_owned(), author)]),
            default_author: None,
            api_version: Config::DEFAULT_API_VERSION.to_owned(),
            publish: PublishPolicy::default(),
            state: StateLocation::default(),
        }
    }

    fn acme() -> AuthorUrn {
        AuthorUrn::parse("urn:li:organization:2414183").unwrap()
    }

    fn environment(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        values.iter().map(owned).collect()
    }

    fn own(variable: &str) -> CredentialNames {
        CredentialNames {
            token_env: Some(variable.to_owned()),
            ..CredentialNames::default()
        }
    }

    fn bearer(token: &AccessToken) -> String {
        token.header().unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn an_author_without_own_variables_takes_the_default() {
        let environment = environment(&[(DEFAULT_TOKEN, "default\n"), ("ACME", "acme")]);
        let config = config(CredentialNames::default());
        let token = resolve(&acme(), &config, &environment).unwrap();
        assert_eq!(bearer(&token), "Bearer default");
        let stranger = AuthorUrn::parse("urn:li:person:x").unwrap();
        let token = resolve(&stranger, &config, &environment).unwrap();
        assert_eq!(bearer(&token), "Bearer default");
        assert_eq!(token.source(), DEFAULT_TOKEN);
    }

    #[test]
    fn the_own_variable_wins() {
        let environment = environment(&[(DEFAULT_TOKEN, "default"), ("ACME", "acme")]);
        let token = resolve(&acme(), &config(own("ACME")), &environment).unwrap();
        assert_eq!(
            (bearer(&token).as_str(), token.source()),
            ("Bearer acme", "ACME")
        );
    }

    #[test]
    fn token_missing_names_the_variable_and_who_needs_it_and_never_falls_back() {
        for blank in [
            environment(&[(DEFAULT_TOKEN, "default")]),
            environment(&[(DEFAULT_TOKEN, "default"), ("ACME", " \n")]),
        ] {
            let problem = resolve(&acme(), &config(own("ACME")), &blank).unwrap_err();
            assert_eq!(
                (problem.code, problem.variable.as_str()),
                ("token-missing", "ACME")
            );
            assert!(problem.message.contains("`ACME`") && problem.message.contains("`acme`"));
            assert_eq!(problem.problem().exit, Exit::Denied);
        }
    }

    #[test]
    fn own_variables_without_a_token_never_fall_back_either() {
        let names = CredentialNames {
            refresh_token_env: Some("ACME_REFRESH".to_owned()),
            ..CredentialNames::default()
        };
        let environment = environment(&[(DEFAULT_TOKEN, "default"), ("ACME_REFRESH", "r")]);
        let problem = resolve(&acme(), &config(names), &environment).unwrap_err();
        assert_eq!(problem.code, "token-missing");
        assert!(problem.message.contains("ACME_REFRESH"));
    }

    #[test]
    fn token_malformed_never_shows_the_value() {
        let environment = environment(&[(DEFAULT_TOKEN, "Bearer hunter2")]);
        let config = config(CredentialNames::default());
        let problem = resolve(&acme(), &config, &environment).unwrap_err();
        assert_eq!(problem.code, "token-malformed");
        assert!(!format!("{problem:?} {:?}", problem.diagnostic()).contains("hunter2"));
    }
}
