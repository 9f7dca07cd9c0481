//! `auth login`: a member consents, and the token is kept on this machine.
//!
//! Owns the way through the browser and back. Must not keep a token that belongs to
//! somebody else than the author it is for.

use std::io::{BufRead as _, Read as _};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::author;
use crate::cli::args::LoginArgs;
use crate::cli::commands::apply::pass_options;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::tokens::Tokens;
use crate::cli::world::local_config;
use crate::linkedin::cleaning::quote;
use crate::linkedin::client::Client;
use crate::linkedin::credentials::app_of;
use crate::linkedin::oauth::{App, Callback, Grant, callback, consent_url, scopes_for};
use crate::linkedin::problem::{Kind, Problem};
use crate::linkedin::token::AccessToken;
use crate::linkedin::vault::Stored;
use crate::model::config::Config;
use crate::model::urn::{AuthorKind, AuthorUrn};
use crate::pass::Stop;
use crate::ports::{Clock as _, Entropy as _, Transport};
use crate::report::exit::Exit;
use crate::report::times;
use crate::system::few_connections::{FewConnections, ShortLived};
use crate::system::http::HttpTransport;
use crate::system::{SystemClock, SystemEntropy};

/// The longest request line that is read from the browser, in bytes.
const MAX_LINE: u64 = 16 * 1024;

/// Logs in for one author.
pub(super) async fn run(
    args: &LoginArgs,
    settings: &Settings,
    output: Output,
) -> Result<Exit, Stop> {
    let config = local_config(&settings.root).await?;
    let name = args.author.as_deref().or(config.default_author.as_deref());
    let name = name.ok_or_else(|| {
        let message = "which author? `mergecast.yaml` has no `default_author`";
        Problem::new(Kind::Config, "author-missing", message, Exit::Usage)
            .help("name one: mergecast auth login ALIAS")
    })?;
    let author = author(&config, name)?;
    let who = config.author_name(&author).to_owned();
    let tokens = Tokens::open(settings)?;
    let app = app(&config, &author, &tokens)?;
    let state = SystemEntropy.nonce();
    let redirect = format!("http://localhost:{}/callback", args.port);
    let own: Vec<&str> = args.scope.iter().map(String::as_str).collect();
    let scopes = if own.is_empty() {
        scopes_for(author.kind())
    } else {
        &own
    };
    let oauth = tokens.oauth();
    let url = consent_url(oauth.base, &app.id, &redirect, &state, scopes);
    output.message(&format!(
        "Log in to LinkedIn as the member who publishes for `{who}`, and allow the app:\n\n  {url}\n\n\
         The app must have `{redirect}` as a redirect address (docs/linkedin-access.md#the-app).\n"
    ));
    let address = if args.paste {
        pasted(output)?
    } else {
        returned(args.port, &url, &state, output).await?
    };
    let code = match callback(&address, &state) {
        Callback::Code(code) => code,
        Callback::Refused(code, why) => return Err(consent_refused(&code, &why).into()),
        Callback::Foreign => return Err(foreign().into()),
    };
    let now = SystemClock.now();
    let grant = oauth.exchange(&app, &code, &redirect, now).await?;
    let member = identify(settings, &config, &author, &grant).await?;
    let stored = Stored::new(&app, &grant, member.clone(), now);
    tokens.keep(&author, stored)?;
    let place = tokens
        .place()
        .map_or(String::new(), |file| file.path().display().to_string());
    let ends = grant.expires_at.map_or("unknown".to_owned(), |end| {
        format!("{} ({})", times::utc(end), times::relative(end, now))
    });
    let by = member.map_or_else(String::new, |member| format!(" as {member}"));
    output.data(&format!(
        "{who}: logged in{by}\n  scopes: {}\n  ends: {ends}\n  kept in: {place}\n",
        grant.scopes.join(" ")
    ));
    Ok(Exit::Done)
}

/// The app: from the author's variables, else from an earlier login.
fn app(config: &Config, author: &AuthorUrn, tokens: &Tokens) -> Result<App, Problem> {
    let named = app_of(author, config, tokens.variables());
    named
        .or_else(|| tokens.of(author).map(|stored| stored.app()))
        .ok_or_else(|| {
            let who = config.author_name(author);
            let message = format!("the app of `{who}` is not known");
            Problem::new(Kind::Auth, "client-missing", message, Exit::Denied).help(
                "set LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET, or the variables the author names, from the Auth tab of the app (docs/linkedin-access.md#the-app)",
            )
        })
}

fn consent_refused(code: &str, why: &str) -> Problem {
    let message = format!("LinkedIn gave no consent: {code}: {why}");
    let help = if code == "unauthorized_scope_error" {
        "the app lacks the product of one of these scopes; see docs/linkedin-access.md#products"
    } else {
        "run it again, and choose Allow"
    };
    Problem::new(Kind::Auth, "consent-refused", message, Exit::Denied).help(help)
}

fn foreign() -> Problem {
    let message = "the address does not belong to this login: its `state` is another one";
    Problem::new(Kind::Auth, "consent-foreign", message, Exit::Denied)
        .help("run it again, and use the newest address")
}

/// The address a person pastes.
fn pasted(output: Output) -> Result<String, Problem> {
    output.message(
        "\nThen paste the address your browser ends at (the page itself need not load):\n",
    );
    let mut line = String::new();
    match std::io::stdin().lock().take(MAX_LINE).read_line(&mut line) {
        Ok(1..) => Ok(line),
        Ok(0) | Err(_) => Err(foreign()),
    }
}

/// The address the browser is sent back to.
async fn returned(port: u16, url: &str, state: &str, output: Output) -> Result<String, Problem> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    let listener = listener.map_err(|error| {
        let message = format!("port {port} cannot be used: {error}");
        Problem::new(Kind::Config, "port-taken", message, Exit::Failed).help(
            "free it, register another one with the app and name it with --port, or use --paste",
        )
    })?;
    if open::that_detached(url).is_err() {
        output.message("\nNo browser could be opened here: open the address yourself.\n");
    }
    output.message("\nWaiting for the browser; stop with Ctrl-C.\n");
    let mut listener = FewConnections::new(listener);
    let mut asked = FuturesUnordered::new();
    loop {
        tokio::select! {
            connection = listener.next() => asked.push(one_request(connection, state)),
            Some(answer) = asked.next() => if let Some(address) = answer {
                return Ok(address);
            },
            _ = tokio::signal::ctrl_c() => return Err(consent_refused("interrupted", "")),
        }
    }
}

/// Serves one request, beside those of other connections: browsers open spare ones on which
/// they may never ask. The address when it is the answer to this login. Anything else,
/// such as a request for an icon or of another program, is answered and ignored.
async fn one_request(mut stream: ShortLived, state: &str) -> Option<String> {
    let mut line = String::new();
    let mut reader = BufReader::new(&mut stream).take(MAX_LINE);
    reader.read_line(&mut line).await.ok()?;
    // A connection that is closed with unread bytes is reset, and the answer may be lost.
    let mut header = String::new();
    while reader
        .read_line(&mut header)
        .await
        .is_ok_and(|read| read > 2)
    {
        header.clear();
    }
    let address = line
        .split_whitespace()
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let ours = address.starts_with("/callback?") && callback(&address, state) != Callback::Foreign;
    let (status, words) = if ours {
        (
            "200 OK",
            "You can close this page and go back to the terminal.",
        )
    } else {
        ("404 Not Found", "Nothing is here.")
    };
    let page = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         connection: close\r\nreferrer-policy: no-referrer\r\n\r\n{words}",
        words.len()
    );
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
    ours.then_some(address)
}

/// Who consented, where the scopes tell; a member's token must be that member's own.
async fn identify(
    settings: &Settings,
    config: &Config,
    author: &AuthorUrn,
    grant: &Grant,
) -> Result<Option<String>, Stop> {
    if !grant.scopes.is_empty() && !grant.scopes.iter().any(|scope| scope == "openid") {
        return Ok(None);
    }
    let options = pass_options(settings, Vec::new(), None)?;
    let transport = HttpTransport::new().map_err(|error| {
        let message = error.to_string();
        Problem::new(
            Kind::Unreachable,
            "linkedin-unreachable",
            message,
            Exit::Unreachable,
        )
    })?;
    let client = Client {
        transport: &transport,
        endpoint: &options.endpoint,
        api_version: &config.api_version,
    };
    let Some(token) = token(&grant.access) else {
        return Ok(None);
    };
    let Some(info) = info(&client, &token).await else {
        return Ok(None);
    };
    let (sub, name) = info;
    let urn = format!("urn:li:person:{sub}");
    if author.kind() == AuthorKind::Person && author.as_str() != urn {
        let message = format!(
            "{} logged in, who is `{urn}` for this app, and the author is `{author}`",
            name.as_deref().unwrap_or("somebody")
        );
        let problem = Problem::new(Kind::Auth, "author-mismatch", message, Exit::Denied).help(
            "log in as that member, or correct the URN in `mergecast.yaml`: ids of members differ from app to app",
        );
        return Err(problem.into());
    }
    Ok(Some(name.map_or_else(
        || urn.clone(),
        |name| format!("{name} ({urn})"),
    )))
}

fn token(secret: &SecretString) -> Option<AccessToken> {
    let token = AccessToken::new(secret.expose_secret(), "the new login");
    token.ok().map(AccessToken::minted)
}

async fn info<T: Transport>(
    client: &Client<'_, T>,
    token: &AccessToken,
) -> Option<(String, Option<String>)> {
    let info = client.userinfo(token, &SystemClock).await.ok()?;
    // A member writes the name, and a terminal shows it.
    Some((quote(&info.sub), info.name.as_deref().map(quote)))
}
