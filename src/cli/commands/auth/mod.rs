//! `auth`: credentials of authors.
//!
//! Owns which authors a command is about. Must not show a secret: values of tokens never
//! leave [`crate::cli::tokens`] but into requests and the vault.

mod login;
mod status;

pub(in crate::cli) use status::{Credential, look};

use crate::cli::args::{AuthCommand, AuthorArgs, LogoutArgs};
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::tokens::Tokens;
use crate::cli::world::local_config;
use crate::linkedin::problem::{Kind, Problem};
use crate::model::config::Config;
use crate::model::urn::AuthorUrn;
use crate::pass::Stop;
use crate::ports::Clock as _;
use crate::report::exit::Exit;
use crate::report::times;
use crate::system::SystemClock;

/// Runs one of the commands.
pub(in crate::cli) async fn run(
    command: &AuthCommand,
    settings: &Settings,
    output: Output,
) -> Exit {
    let done = match command {
        AuthCommand::Login(args) => login::run(args, settings, output).await,
        AuthCommand::Status(args) => status::run(args, settings, output).await,
        AuthCommand::Refresh(args) => refresh(args, settings, output).await,
        AuthCommand::Logout(args) => logout(args, settings, output).await,
    };
    match done {
        Ok(exit) => exit,
        Err(stop) => stopped(&stop, settings, output),
    }
}

/// The author a name stands for.
fn author(config: &Config, name: &str) -> Result<AuthorUrn, Problem> {
    let alias = config.authors.get(name).map(|author| author.urn.clone());
    alias
        .or_else(|| AuthorUrn::parse(name).ok())
        .ok_or_else(|| {
            let aliases: Vec<&str> = config.authors.keys().map(String::as_str).collect();
            let message = format!("`{name}` is no author of this repository");
            Problem::new(Kind::Config, "unknown-author", message, Exit::Usage)
                .help(format!("the authors are {}", aliases.join(", ")))
        })
}

/// The author named, else every author of the configuration.
fn authors(config: &Config, args: &AuthorArgs) -> Result<Vec<AuthorUrn>, Problem> {
    match &args.author {
        Some(name) => Ok(vec![author(config, name)?]),
        None => Ok(config.authors.values().map(|a| a.urn.clone()).collect()),
    }
}

/// Mints new access tokens for stored logins. One that LinkedIn refuses stays as it is.
async fn refresh(args: &AuthorArgs, settings: &Settings, output: Output) -> Result<Exit, Stop> {
    let config = local_config(&settings.root).await?;
    let tokens = Tokens::open(settings)?;
    let mut exit = Exit::Done;
    for author in authors(&config, args)? {
        let who = config.author_name(&author).to_owned();
        let Some(stored) = tokens.of(&author) else {
            output.data(&format!("{who}: no stored login\n"));
            continue;
        };
        let Some(refresh) = stored.refresh() else {
            output.data(&format!(
                "{who}: LinkedIn gave no refresh token; self-serve apps get none\n  help: consent once more: mergecast auth login {who}\n"
            ));
            exit = exit.and(Exit::Denied);
            continue;
        };
        let now = SystemClock.now();
        let minted = tokens.oauth().refresh(&stored.app(), refresh, now).await;
        match minted {
            Ok(grant) => {
                let newer = stored.refreshed(&grant);
                let ends = newer.expires_at.map_or("unknown".to_owned(), |end| {
                    format!("{} ({})", times::utc(end), times::relative(end, now))
                });
                tokens.keep(&author, newer)?;
                output.data(&format!("{who}: a new token, which ends {ends}\n"));
            }
            Err(problem) => {
                let code = problem.code;
                let help = problem.help.unwrap_or_default();
                output.message(&format!(
                    "error[{code}]: {who}: {}\n  note: the stored credential is as it was\n  help: {help}\n",
                    problem.message
                ));
                exit = exit.and(problem.exit);
            }
        }
    }
    Ok(exit)
}

/// Forgets a stored credential. LinkedIn has no call that revokes a token.
async fn logout(args: &LogoutArgs, settings: &Settings, output: Output) -> Result<Exit, Stop> {
    let config = local_config(&settings.root).await?;
    let tokens = Tokens::open(settings)?;
    let author = author(&config, &args.author)?;
    let words = if tokens.forget(&author)? {
        "forgotten on this machine; LinkedIn still knows the token until it ends, or until the member takes the app away under Settings, Data privacy, Permitted services"
    } else {
        "no stored login"
    };
    output.data(&format!("{}: {words}\n", config.author_name(&author)));
    Ok(Exit::Done)
}
