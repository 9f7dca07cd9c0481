//! Tokens of a real run: from the environment, from the vault, or minted.
//!
//! Owns when a token is minted and that a good one is never replaced by nothing. Must not
//! decide which credential is whose: [`crate::linkedin::credentials`] does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

use super::address;
use super::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::linkedin::credentials::{Chosen, choose};
use crate::linkedin::oauth::{self, App, Grant, OAuth};
use crate::linkedin::problem::{Kind, Problem};
use crate::linkedin::token::AccessToken;
use crate::linkedin::vault::{Nearness, Stored, Vault, nearness};
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::urn::AuthorUrn;
use crate::pass::TokenFuture;
use crate::ports::Clock as _;
use crate::report::clean::shell_word;
use crate::report::exit::Exit;
use crate::report::times;
use crate::system::http::HttpTransport;
use crate::system::{Environment, SystemClock, VaultFile};
use crate::watch::health::TokenEnd;

/// What a stored token is called in messages.
const STORED: &str = "the stored login";

/// Everything tokens come from.
#[derive(Clone)]
pub(super) struct Tokens {
    environment: Environment,
    base: String,
    transport: Rc<HttpTransport>,
    file: Option<VaultFile>,
    vault: Rc<RefCell<Vault>>,
    /// Minted in this run, by source.
    minted: Rc<RefCell<BTreeMap<String, Minted>>>,
}

/// A token that was minted in this run.
#[derive(Clone)]
struct Minted {
    token: AccessToken,
    at: Instant,
    /// A new one is minted from then on.
    until: Instant,
    /// When what it was minted from ends, where LinkedIn said so.
    refresh_ends: Option<Instant>,
}

/// For so long LinkedIn may not know a token yet.
const FRESH: TimeDelta = TimeDelta::minutes(1);
/// A token of which it is not known when it ends is used for so long.
const UNKNOWN_LIFE: TimeDelta = TimeDelta::days(1);

impl Minted {
    fn new(token: AccessToken, grant: &Grant, at: Instant) -> Self {
        let life = grant.expires_at.map(|end| end - at);
        // A week before its end, as for stored ones; halfway for those that live shorter.
        let good = life.map_or(UNKNOWN_LIFE, |life| {
            (life - TimeDelta::days(7)).max(life / 2)
        });
        Self {
            token,
            at,
            until: at + good,
            refresh_ends: grant.refresh_expires_at,
        }
    }

    /// The token while it is good at `now`.
    fn token(&self, now: Instant) -> Option<AccessToken> {
        let token = match now - self.at <= FRESH {
            true => self.token.clone().minted(),
            false => self.token.clone(),
        };
        (now < self.until).then_some(token)
    }
}

/// The vault of this machine's user. CI has none.
pub(super) fn vault(settings: &Settings) -> Result<(Option<VaultFile>, Vault), Problem> {
    let file = VaultFile::find(&settings.environment);
    let Some(found) = &file else {
        return Ok((None, Vault::parse(None).unwrap_or_default()));
    };
    let unusable = |why: String| {
        let message = format!("`{}` cannot be used: {why}", found.path().display());
        Problem::new(Kind::Config, "vault-unusable", message, Exit::Invalid)
            .help("correct it, or take it away and run `mergecast auth login` again")
    };
    let bytes = found.read().map_err(|error| unusable(error.to_string()))?;
    let vault = Vault::parse(bytes.as_deref()).map_err(|error| unusable(error.to_string()))?;
    Ok((file, vault))
}

impl Tokens {
    /// From the environment and the vault of `settings`.
    pub(super) fn open(settings: &Settings) -> Result<Self, Problem> {
        let (file, vault) = vault(settings)?;
        let transport = HttpTransport::new().map_err(|error| {
            Problem::new(
                Kind::Unreachable,
                "linkedin-unreachable",
                error.to_string(),
                Exit::Unreachable,
            )
        })?;
        Ok(Self {
            environment: settings.environment.clone(),
            base: oauth::base(settings.environment.get(oauth::VARIABLE))?,
            transport: Rc::new(transport),
            file,
            vault: Rc::new(RefCell::new(vault)),
            minted: Rc::default(),
        })
    }

    /// The token that publishes for `author`.
    pub(super) fn token(&self, config: &Config, author: &AuthorUrn) -> TokenFuture {
        let chosen = choose(author, config, self.variables(), &self.vault.borrow());
        let tokens = self.clone();
        let author = author.clone();
        let who = config.author_name(&author).to_owned();
        Box::pin(async move {
            match chosen.map_err(|problem| problem.problem())? {
                Chosen::Token(token) => Ok(token),
                Chosen::Mint {
                    app,
                    refresh,
                    source,
                } => tokens.mint(&app, &refresh, &source).await.map(|(t, _)| t),
                Chosen::Stored(stored) => tokens.stored(&author, &who, &stored).await,
            }
        })
    }

    /// The OAuth of these tokens.
    pub(super) fn oauth(&self) -> OAuth<'_, HttpTransport> {
        OAuth {
            transport: self.transport.as_ref(),
            base: &self.base,
        }
    }

    async fn mint(
        &self,
        app: &App,
        refresh: &SecretString,
        source: &str,
    ) -> Result<(AccessToken, Option<Grant>), Problem> {
        let known = self.minted.borrow().get(source).cloned();
        if let Some(token) = known.and_then(|known| known.token(SystemClock.now())) {
            return Ok((token, None));
        }
        let grant = self
            .oauth()
            .refresh(app, refresh, SystemClock.now())
            .await?;
        let token = AccessToken::new(grant.access.expose_secret(), source);
        let token = token.map_err(|_| impossible())?;
        let minted = Minted::new(token.clone(), &grant, SystemClock.now());
        let mut known = self.minted.borrow_mut();
        known.insert(source.to_owned(), minted);
        Ok((token.minted(), Some(grant)))
    }

    /// A stored token while it is good; within a week of its end a new one is minted, where
    /// the app may. The old one stays good until its end, so a refusal costs nothing.
    async fn stored(
        &self,
        author: &AuthorUrn,
        who: &str,
        stored: &Stored,
    ) -> Result<AccessToken, Problem> {
        let now = SystemClock.now();
        let near = stored
            .expires_at
            .map_or(Nearness::Far, |end| nearness(end, now));
        // What another server mints is not kept, so it is not asked for either.
        if near >= Nearness::Week
            && address::may_record(&self.environment).is_ok()
            && let Some(refresh) = stored.refresh()
        {
            let source = format!("{STORED} of {who}");
            match self.mint(&stored.app(), refresh, &source).await {
                Ok((token, grant)) => {
                    if let Some(grant) = grant {
                        self.keep(author, stored.refreshed(&grant))?;
                    }
                    return Ok(token);
                }
                Err(problem) if near == Nearness::Over => return Err(problem),
                Err(_) => {}
            }
        }
        if near == Nearness::Over {
            let message = format!("the stored token of `{who}` has expired");
            let problem = Problem::new(Kind::Auth, "token-expired", message, Exit::Denied);
            return Err(problem.help(format!("consent once more: mergecast auth login {who}")));
        }
        AccessToken::new(stored.access().expose_secret(), STORED).map_err(|_| impossible())
    }

    /// Takes in what was stored since by other processes, such as a login. What cannot be
    /// read now changes nothing: no good token is lost over it.
    pub(super) fn reload(&self) {
        let Some(file) = &self.file else { return };
        let read = file.read().ok();
        let vault = read.and_then(|bytes| Vault::parse(bytes.as_deref()).ok());
        if let Some(vault) = vault {
            *self.vault.borrow_mut() = vault;
        }
    }

    /// Mints anew what was minted in this run: LinkedIn refused one of them.
    pub(super) fn forget_minted(&self) {
        self.minted.borrow_mut().clear();
    }

    /// Whether the environment has a refresh token for `author`, from which runs mint.
    pub(super) fn mints(&self, config: &Config, author: &AuthorUrn) -> bool {
        let chosen = choose(author, config, self.variables(), &self.vault.borrow());
        matches!(chosen, Ok(Chosen::Mint { .. }))
    }

    /// When the refresh token of that source ends, where this run minted from it and was told.
    pub(super) fn refresh_ends(&self, source: &str) -> Option<Instant> {
        let minted = self.minted.borrow();
        minted.get(source).and_then(|minted| minted.refresh_ends)
    }

    /// Mints new tokens for stored ones that end soon, whether or not a post is due. What
    /// LinkedIn does not give now is asked for again another time.
    pub(super) async fn renew(&self, config: &Config) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (alias, author) in &config.authors {
            let chosen = choose(&author.urn, config, self.variables(), &self.vault.borrow());
            if let Ok(Chosen::Stored(stored)) = chosen {
                let renewed = self.stored(&author.urn, alias, &stored).await;
                problems.extend(renewed.err());
            }
        }
        problems
    }

    /// When the stored tokens of the configuration's authors end.
    pub(super) fn ends(&self, config: &Config) -> Vec<TokenEnd> {
        let vault = self.vault.borrow();
        let mut ends = Vec::new();
        for (alias, author) in &config.authors {
            let Some(stored) = vault.credentials.get(&author.urn) else {
                continue;
            };
            let known = [
                ("access", stored.expires_at),
                ("refresh", stored.refresh_expires_at),
            ];
            ends.extend(known.into_iter().filter_map(|(kind, at)| {
                let author = alias.clone();
                at.map(|at| TokenEnd { author, kind, at })
            }));
        }
        ends
    }

    /// Writes one credential into the vault.
    pub(super) fn keep(&self, author: &AuthorUrn, stored: Stored) -> Result<(), Problem> {
        self.reload();
        let mut vault = self.vault.borrow_mut();
        vault.credentials.insert(author.clone(), stored);
        self.write(&vault)
    }

    /// Takes one credential out of the vault; false: there was none.
    pub(super) fn forget(&self, author: &AuthorUrn) -> Result<bool, Problem> {
        self.reload();
        let mut vault = self.vault.borrow_mut();
        let there = vault.credentials.remove(author).is_some();
        if there {
            self.write(&vault)?;
        }
        Ok(there)
    }

    /// What is stored for `author`.
    pub(super) fn of(&self, author: &AuthorUrn) -> Option<Stored> {
        self.vault.borrow().credentials.get(author).cloned()
    }

    /// Where credentials are stored.
    pub(super) fn place(&self) -> Option<&VaultFile> {
        self.file.as_ref()
    }

    /// The environment.
    pub(super) fn variables(&self) -> &BTreeMap<String, String> {
        &self.environment.variables
    }

    fn write(&self, vault: &Vault) -> Result<(), Problem> {
        address::may_record(&self.environment)?;
        let unwritten = |why: String| {
            Problem::new(Kind::Config, "vault-unusable", why, Exit::Failed)
                .help("set HOME or XDG_CONFIG_HOME to a folder you may write to")
        };
        let Some(file) = &self.file else {
            let why = "there is no folder of one's own to keep credentials in";
            return Err(unwritten(why.to_owned()));
        };
        file.write(&vault.to_json())
            .map_err(|error| unwritten(format!("`{}`: {error}", file.path().display())))
    }

    /// Stored credentials of the configuration's authors that end soon.
    pub(super) fn ending(&self, config: &Config) -> Vec<Diagnostic> {
        let now = SystemClock.now();
        let vault = self.vault.borrow();
        let mut found = Vec::new();
        for (alias, author) in &config.authors {
            let Some(stored) = vault.credentials.get(&author.urn) else {
                continue;
            };
            let ends = [
                (
                    "token",
                    stored.expires_at.filter(|_| stored.refresh().is_none()),
                ),
                ("refresh token", stored.refresh_expires_at),
            ];
            for (what, end) in ends {
                found.extend(end.and_then(|end| ending(alias, what, end, now)));
            }
        }
        found
    }
}

/// A warning from 14 days on.
pub(super) fn ending(who: &str, what: &str, end: Instant, now: Instant) -> Option<Diagnostic> {
    let when = format!("{} ({})", times::utc(end), times::relative(end, now));
    let (code, words) = match nearness(end, now) {
        Nearness::Far => return None,
        Nearness::Over => ("token-expired", "ended"),
        Nearness::Weeks | Nearness::Week | Nearness::Day => ("token-ends", "ends"),
    };
    let message = format!("the {what} of `{who}` {words} {when}");
    Some(
        Diagnostic::warning(code, message)
            .note("LinkedIn's tokens live 60 days, and refresh tokens a year from the consent")
            .help(format!(
                "consent once more: mergecast auth login {}",
                shell_word(who)
            )),
    )
}

fn impossible() -> Problem {
    Problem::new(
        Kind::Auth,
        "token-malformed",
        "the token has characters that no token has",
        Exit::Denied,
    )
    .help("consent once more: mergecast auth login")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Instant {
        let begin: Instant = "2026-09-03T08:00:00Z".parse().unwrap();
        begin + TimeDelta::hours(hours)
    }

    /// Minted at hour 0 with a life of so many hours.
    fn minted(life: Option<i64>) -> Minted {
        let grant = Grant {
            access: SecretString::from("AQX"),
            expires_at: life.map(at),
            scopes: Vec::new(),
            refresh: None,
            refresh_expires_at: None,
        };
        Minted::new(AccessToken::new("AQX", "T").unwrap(), &grant, at(0))
    }

    #[test]
    fn a_minted_token_is_minted_anew_a_week_before_its_end_or_halfway() {
        let day = 24;
        for (life, good) in [
            (Some(60 * day), 53 * day),
            (Some(10 * day), 5 * day),
            (Some(2), 1),
            (None, day),
        ] {
            let token = minted(life);
            assert!(
                token.token(at(good) - TimeDelta::seconds(1)).is_some(),
                "{life:?}"
            );
            assert!(token.token(at(good)).is_none(), "{life:?}");
            assert!(life.is_none_or(|life| at(good) < at(life)));
        }
    }

    #[test]
    fn a_token_that_was_minted_just_now_carries_its_mark_and_an_older_one_does_not() {
        let token = minted(Some(48));
        let fresh = |seconds| {
            token
                .token(at(0) + TimeDelta::seconds(seconds))
                .unwrap()
                .is_fresh()
        };
        assert!(fresh(1) && fresh(60) && !fresh(61));
    }

    #[test]
    fn people_are_told_of_an_end_two_weeks_ahead_and_how_to_put_it_off() {
        let day = 24;
        let told = |hours| ending("jane", "token", at(hours), at(0));
        assert_eq!(told(14 * day + 1), None);
        let soon = told(14 * day).unwrap();
        assert_eq!(soon.code, "token-ends");
        assert!(soon.help.unwrap().contains("mergecast auth login jane"));
        assert_eq!(told(-1).unwrap().code, "token-expired");
    }
}
