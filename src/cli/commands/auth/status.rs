//! `auth status`: whether each author's token works, until when, and for what.
//!
//! Owns the look at each credential. Must not mint or change anything.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::authors;
use crate::cli::args::{AuthorArgs, Format};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::tokens::Tokens;
use crate::cli::world::local_config;
use crate::linkedin::credentials::{Chosen, app_of, choose_stored};
use crate::linkedin::oauth::{App, scopes_for};
use crate::linkedin::problem::Problem;
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::urn::AuthorUrn;
use crate::pass::Stop;
use crate::ports::Clock as _;
use crate::report::exit::Exit;
use crate::report::times;
use crate::system::SystemClock;

/// What is known about one author's credential.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Credential {
    /// Its name in the configuration, else its URN.
    pub(in crate::cli) author: String,
    /// Its URN.
    pub(in crate::cli) urn: String,
    /// The variable, or the vault; none: there is none.
    pub(in crate::cli) source: Option<String>,
    /// Whether the token works; none: LinkedIn was not asked, or did not tell.
    pub(in crate::cli) active: Option<bool>,
    /// Its scopes.
    pub(in crate::cli) scopes: Vec<String>,
    /// Scopes this author needs and the token lacks.
    pub(in crate::cli) missing_scopes: Vec<String>,
    /// When it ends.
    pub(in crate::cli) expires_at: Option<Instant>,
    /// When what mints the next one ends.
    pub(in crate::cli) refresh_expires_at: Option<Instant>,
    /// Who consented.
    pub(in crate::cli) member: Option<String>,
    /// What is wrong or not known, and the next step.
    pub(in crate::cli) problem: Option<Told>,
    #[serde(skip)]
    pub(in crate::cli) exit: Exit,
}

/// Words about one credential.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Told {
    pub(in crate::cli) code: String,
    pub(in crate::cli) message: String,
    pub(in crate::cli) help: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    authors: &'a [Credential],
}

/// Shows every author's credential.
pub(super) async fn run(
    args: &AuthorArgs,
    settings: &Settings,
    output: Output,
) -> Result<Exit, Stop> {
    let config = local_config(&settings.root).await?;
    let tokens = Tokens::open(settings)?;
    let mut all = Vec::new();
    for author in authors(&config, args)? {
        all.push(look(&config, &author, &tokens).await);
    }
    let exit = all.iter().fold(Exit::Done, |exit, one| exit.and(one.exit));
    if settings.format == Format::Json {
        let document = Document {
            format_version: 1,
            authors: &all,
        };
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        output.data(&format!("{text}\n"));
    } else {
        let now = SystemClock.now();
        let pages: Vec<String> = all.iter().map(|one| human(one, now)).collect();
        output.data(&pages.join("\n"));
    }
    Ok(exit)
}

/// Looks at one author's credential, and asks LinkedIn where the app is known.
pub(in crate::cli) async fn look(
    config: &Config,
    author: &AuthorUrn,
    tokens: &Tokens,
) -> Credential {
    let mut found = Credential {
        author: config.author_name(author).to_owned(),
        urn: author.to_string(),
        source: None,
        active: None,
        scopes: Vec::new(),
        missing_scopes: Vec::new(),
        expires_at: None,
        refresh_expires_at: None,
        member: None,
        problem: None,
        exit: Exit::Done,
    };
    let stored = tokens.of(author);
    let chosen = choose_stored(author, config, tokens.variables(), stored.as_ref());
    let (app, text) = match chosen {
        Err(problem) => {
            found.fail(problem.problem());
            return found;
        }
        Ok(Chosen::Token(token)) => {
            found.source = Some(token.source().to_owned());
            let app = app_of(author, config, tokens.variables());
            (app, token.exposed())
        }
        Ok(Chosen::Mint {
            app,
            refresh,
            source,
        }) => {
            found.source = Some(source);
            (Some(app), refresh)
        }
        Ok(Chosen::Stored(stored)) => {
            found.source = Some("stored login".to_owned());
            found.expires_at = stored.expires_at;
            found.refresh_expires_at = stored.refresh_expires_at;
            found.scopes.clone_from(&stored.scopes);
            found.member.clone_from(&stored.member);
            (Some(stored.app()), stored.access().clone())
        }
    };
    match app {
        Some(app) => found.ask(&app, &text, tokens).await,
        None => {
            found.problem = Some(Told {
                code: "client-missing".to_owned(),
                message: "LinkedIn tells about a token only to the app it was made with".to_owned(),
                help: Some(
                    "set the variables of client id and client secret to see scopes and end"
                        .to_owned(),
                ),
            });
        }
    }
    found.judge(author, SystemClock.now());
    found
}

impl Credential {
    fn fail(&mut self, problem: Problem) {
        self.exit = self.exit.and(problem.exit);
        self.problem = Some(Told {
            code: problem.code.to_owned(),
            message: problem.message,
            help: problem.help,
        });
    }

    async fn ask(&mut self, app: &App, text: &SecretString, tokens: &Tokens) {
        match tokens.oauth().introspect(app, text.expose_secret()).await {
            Ok(told) => {
                self.active = Some(told.active);
                self.expires_at = told.expires_at.or(self.expires_at);
                if !told.scopes.is_empty() {
                    self.scopes = told.scopes;
                }
                if !told.active {
                    let how = told.status.unwrap_or_else(|| "not active".to_owned());
                    let message = format!("LinkedIn says that the token is {how}");
                    let problem = Problem::new(
                        crate::linkedin::problem::Kind::Auth,
                        "token-dead",
                        message,
                        Exit::Denied,
                    );
                    let who = &self.author;
                    let help = format!("consent once more: mergecast auth login {who}");
                    self.fail(problem.help(help));
                }
            }
            Err(problem) => self.fail(problem),
        }
    }

    /// Scopes and ages.
    fn judge(&mut self, author: &AuthorUrn, now: Instant) {
        // Asked-for scopes that only identify or read are no condition of publishing.
        let needed = scopes_for(author.kind()).iter();
        let needed = needed.filter(|scope| scope.starts_with("w_"));
        if !self.scopes.is_empty() {
            self.missing_scopes = needed
                .filter(|scope| !self.scopes.iter().any(|have| have == *scope))
                .map(|scope| (*scope).to_owned())
                .collect();
        }
        if !self.missing_scopes.is_empty() {
            let message = format!("the token lacks {}", self.missing_scopes.join(", "));
            let problem = Problem::new(
                crate::linkedin::problem::Kind::Permission,
                "scope-missing",
                message,
                Exit::Denied,
            );
            self.fail(
                problem.help("see docs/linkedin-access.md#products for the product that gives it"),
            );
        }
        if self.expires_at.is_some_and(|end| end <= now) && self.problem.is_none() {
            let problem = Problem::new(
                crate::linkedin::problem::Kind::Auth,
                "token-expired",
                "the token has expired",
                Exit::Denied,
            );
            let help = format!("consent once more: mergecast auth login {}", self.author);
            self.fail(problem.help(help));
        }
    }
}

fn human(one: &Credential, now: Instant) -> String {
    let mut lines = vec![format!("{}  {}", one.author, one.urn)];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    let when = |end: Instant| format!("{} ({})", times::utc(end), times::relative(end, now));
    line(
        "from",
        one.source.clone().unwrap_or_else(|| "nowhere".to_owned()),
    );
    line(
        "works",
        match one.active {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => "not known".to_owned(),
        },
    );
    if !one.scopes.is_empty() {
        line("scopes", one.scopes.join(" "));
    }
    if let Some(end) = one.expires_at {
        line("ends", when(end));
    }
    if let Some(end) = one.refresh_expires_at {
        line("consent", format!("ends {}", when(end)));
    }
    if let Some(member) = &one.member {
        line("who", member.clone());
    }
    if let Some(told) = &one.problem {
        line("problem", format!("[{}] {}", told.code, told.message));
        if let Some(help) = &told.help {
            line("help", help.replace('\n', "\n            "));
        }
    }
    format!("{}\n", lines.join("\n"))
}
