//! Which credential publishes for which author.
//!
//! Owns the rule that an author's own variables, once named, never fall back to the
//! default credential: a post must not go out with somebody else's token. Must not read
//! the environment (it is handed over as a value) or show what a variable holds.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::oauth::App;
use super::problem::{Kind, Problem};
use super::token::AccessToken;
use super::vault::{Stored, Vault};
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

/// Variables of the default credential.
pub const DEFAULT_CLIENT_ID: &str = "LINKEDIN_CLIENT_ID";
/// See [`DEFAULT_CLIENT_ID`].
pub const DEFAULT_CLIENT_SECRET: &str = "LINKEDIN_CLIENT_SECRET";
/// See [`DEFAULT_CLIENT_ID`].
pub const DEFAULT_REFRESH_TOKEN: &str = "LINKEDIN_REFRESH_TOKEN";

/// Where an author's token comes from.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// It is there.
    Token(AccessToken),
    /// It has to be minted.
    Mint {
        /// The app.
        app: App,
        /// What mints it.
        refresh: SecretString,
        /// The variable of the refresh token, or the vault, for messages.
        source: String,
    },
    /// A person logged in on this machine.
    Stored(Box<Stored>),
}

/// The credential that publishes for `author`. The author's own variables win over the
/// default ones, and the environment over what is stored. Where all three variables of an
/// app are set a token is minted, and wins over a static one. A blank variable counts as
/// unset (an absent secret of a workflow is the empty text).
///
/// # Errors
/// When there is none, or a variable holds no token. An author that names variables of its
/// own never gets the default credential.
pub fn choose(
    author: &AuthorUrn,
    config: &Config,
    environment: &BTreeMap<String, String>,
    vault: &Vault,
) -> Result<Chosen, CredentialProblem> {
    choose_stored(author, config, environment, vault.credentials.get(author))
}

/// The same, with what is stored for the author.
///
/// # Errors
/// As [`choose`].
pub fn choose_stored(
    author: &AuthorUrn,
    config: &Config,
    environment: &BTreeMap<String, String>,
    stored: Option<&Stored>,
) -> Result<Chosen, CredentialProblem> {
    let who = config.author_name(author);
    let names = variables(author, config);
    let value = |name: Option<&str>| {
        let value = environment.get(name?)?.trim();
        (!value.is_empty()).then_some(value)
    };
    let minted = (
        value(names.client_id),
        value(names.client_secret),
        value(names.refresh_token),
    );
    if let ((Some(id), Some(secret), Some(refresh)), Some(source)) = (minted, names.refresh_token) {
        return Ok(Chosen::Mint {
            app: App {
                id: id.to_owned(),
                secret: SecretString::from(secret),
            },
            refresh: SecretString::from(refresh),
            source: source.to_owned(),
        });
    }
    if let (Some(token), Some(variable)) = (value(names.token), names.token) {
        let token = AccessToken::new(token, variable).map_err(|_| malformed(who, variable))?;
        return Ok(Chosen::Token(token));
    }
    if let Some(stored) = stored {
        return Ok(Chosen::Stored(Box::new(stored.clone())));
    }
    match (names.token, names.first()) {
        (Some(variable), _) => Err(missing(who, variable)),
        (None, Some(named)) => Err(no_token_env(who, named)),
        (None, None) => Err(missing(who, DEFAULT_TOKEN)),
    }
}

/// The app an author's variables name, to ask LinkedIn about tokens.
#[must_use]
pub fn app_of(
    author: &AuthorUrn,
    config: &Config,
    environment: &BTreeMap<String, String>,
) -> Option<App> {
    let names = variables(author, config);
    let value = |name: Option<&str>| {
        let value = environment.get(name?)?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    Some(App {
        id: value(names.client_id)?,
        secret: SecretString::from(value(names.client_secret)?),
    })
}

/// The token that is there already for `author`: the environment's alone.
///
/// # Errors
/// As [`choose`]; and when it would have to be minted.
pub fn resolve(
    author: &AuthorUrn,
    config: &Config,
    environment: &BTreeMap<String, String>,
) -> Result<AccessToken, CredentialProblem> {
    match choose(author, config, environment, &Vault::default())? {
        Chosen::Token(token) => Ok(token),
        Chosen::Mint { source, .. } => Err(missing(config.author_name(author), &source)),
        Chosen::Stored(_) => Err(missing(config.author_name(author), DEFAULT_TOKEN)),
    }
}

/// The names of one credential's variables.
#[derive(Clone, Copy)]
struct Names<'c> {
    token: Option<&'c str>,
    client_id: Option<&'c str>,
    client_secret: Option<&'c str>,
    refresh_token: Option<&'c str>,
}

impl<'c> Names<'c> {
    fn first(self) -> Option<&'c str> {
        self.refresh_token.or(self.client_id).or(self.client_secret)
    }
}

fn variables<'c>(author: &AuthorUrn, config: &'c Config) -> Names<'c> {
    let mut authors = config.authors.values();
    let own = authors.find(|known| known.urn == *author);
    let own = own.map(|known| &known.credentials);
    match own.filter(|names| **names != CredentialNames::default()) {
        Some(names) => Names {
            token: names.token_env.as_deref(),
            client_id: names.client_id_env.as_deref(),
            client_secret: names.client_secret_env.as_deref(),
            refresh_token: names.refresh_token_env.as_deref(),
        },
        None => Names {
            token: Some(DEFAULT_TOKEN),
            client_id: Some(DEFAULT_CLIENT_ID),
            client_secret: Some(DEFAULT_CLIENT_SECRET),
            refresh_token: Some(DEFAULT_REFRESH_TOKEN),
        },
    }
}

fn missing(who: &str, variable: &str) -> CredentialProblem {
    CredentialProblem {
        code: "token-missing",
        variable: variable.to_owned(),
        message: format!("`{variable}` is not set; it holds the access token of `{who}`"),
        help: format!(
            "set `{variable}` in the environment or as a secret of the workflow, or run\n  mergecast auth login {who}"
        ),
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
            requests_per_day: None,
        };
        Config {
            posts: ContentPath::parse("posts").unwrap(),
            timezone: crate::model::zone::Tz::UTC,
            branch: None,
            authors: BTreeMap::from([("acme".to_owned(), author)]),
            default_author: None,
            api_version: Config::DEFAULT_API_VERSION.to_owned(),
            publish: PublishPolicy::default(),
            state: StateLocation::default(),
            state_since: None,
            notify: Vec::new(),
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
