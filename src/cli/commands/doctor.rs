//! `doctor`: everything that would stop a publish, before a post is due.
//!
//! Owns the looks at credentials, LinkedIn, the remote and the schedule. Must not change
//! anything, anywhere.

use crate::cli::args::Format;
use crate::cli::commands::apply::pass_options;
use crate::cli::commands::auth::{Credential, look};
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::stores::Store;
use crate::cli::tokens::Tokens;
use crate::cli::world::{choice, local_config, real, repository};
use crate::linkedin::client::Client;
use crate::linkedin::endpoint::Endpoint;
use crate::linkedin::vault::{Nearness, nearness};
use crate::linkedin::versions::{Age, age};
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::urn::{AuthorKind, AuthorUrn};
use crate::pass::{Stop, situation, witness};
use crate::ports::{Clock as _, LedgerStore as _, World as _};
use crate::record::beginning::{Beginning, beginning, window, window_notice};
use crate::record::lockfile::Lockfile;
use crate::record::recorded::Recorded;
use crate::report::doctor::{Finding, exit, human, json};
use crate::report::exit::Exit;
use crate::report::frozen::freeze_help;
use crate::report::times;
use crate::system::SystemClock;
use crate::system::files::read_if_there;
use crate::system::http::HttpTransport;

/// Looks at everything.
pub(in crate::cli) async fn run(settings: &Settings, output: Output) -> Exit {
    match findings(settings).await {
        Ok(found) => {
            if settings.format == Format::Json {
                output.data(&json(&found));
            } else {
                output.data(&human(&found, &Settings::data_palette(output)));
            }
            exit(&found)
        }
        Err(stop) => stopped(&stop, settings, output),
    }
}

async fn findings(settings: &Settings) -> Result<Vec<Finding>, Stop> {
    let config = local_config(&settings.root).await?;
    let tokens = Tokens::open(settings)?;
    let options = pass_options(settings, Vec::new(), None)?;
    let now = SystemClock.now();
    let mut found = vec![version(&config, now)];
    let transport = HttpTransport::new().map_err(|error| {
        crate::linkedin::problem::Problem::new(
            crate::linkedin::problem::Kind::Unreachable,
            "linkedin-unreachable",
            error.to_string(),
            Exit::Unreachable,
        )
    })?;
    let linkedin = Linkedin {
        config: &config,
        transport: &transport,
        endpoint: &options.endpoint,
        tokens: &tokens,
    };
    found.push(linkedin.clock().await);
    for (alias, author) in &config.authors {
        found.extend(linkedin.author(alias, &author.urn, now).await);
    }
    if config.authors.is_empty() {
        let none = Finding::problem(
            "authors",
            "names",
            "`mergecast.yaml` names no author",
            Exit::Invalid,
        );
        found.push(none.help("add one below `authors:`, with its URN"));
    }
    found.extend(remote(settings, &config).await);
    found.extend(schedule(settings).await);
    if settings.is_paused() || config.publish.paused {
        let paused = Finding::warning("publishing", "pause", "everything is paused");
        found.push(paused.help("set `publish.paused: false`, and unset `MERGECAST_PAUSED`"));
    }
    Ok(found)
}

fn version(config: &Config, now: Instant) -> Finding {
    let version = &config.api_version;
    let (subject, check) = ("linkedin", "api version");
    let newer = "set `linkedin.api_version` to a newer month; see docs/linkedin-access.md#what-expires-when";
    match age(version, now.date_naive()) {
        Age::Served(months @ 3..) => {
            let words = format!("{version} is served for about {months} months more");
            Finding::ok(subject, check, words)
        }
        Age::Served(months) => {
            let words = format!("{version} is served for about {months} more month(s)");
            Finding::warning(subject, check, words).help(newer)
        }
        Age::Over => {
            let words = format!("{version} is over a year old: LinkedIn retires it, or has");
            Finding::warning(subject, check, words).help(newer)
        }
        Age::Future => Finding::problem(
            subject,
            check,
            format!("{version} is a month that has not come"),
            Exit::Invalid,
        )
        .help("set `linkedin.api_version` to a past month"),
        Age::Unknown => Finding::problem(
            subject,
            check,
            format!("LinkedIn has no version {version}"),
            Exit::Invalid,
        )
        .help("not every month has one; set `linkedin.api_version` to another"),
    }
}

struct Linkedin<'d> {
    config: &'d Config,
    transport: &'d HttpTransport,
    endpoint: &'d Endpoint,
    tokens: &'d Tokens,
}

impl Linkedin<'_> {
    fn client(&self) -> Client<'_, HttpTransport> {
        Client {
            transport: self.transport,
            endpoint: self.endpoint,
            api_version: &self.config.api_version,
        }
    }

    async fn clock(&self) -> Finding {
        let theirs = self.client().date().await;
        let Some(theirs) = theirs else {
            return Finding::problem(
                "linkedin",
                "reach",
                "LinkedIn does not answer from here",
                Exit::Unreachable,
            )
            .help("check network, proxy and `MERGECAST_LINKEDIN_API_URL`");
        };
        let skew = (SystemClock.now() - theirs).num_seconds();
        match skew.abs() {
            0..=5 => Finding::ok("clock", "skew", format!("{} s from LinkedIn's", skew.abs())),
            6..=60 => Finding::warning("clock", "skew", format!("{skew} s from LinkedIn's"))
                .help("let the machine set its clock by NTP"),
            _ => Finding::problem(
                "clock",
                "skew",
                format!("{skew} s from LinkedIn's: posts go out that much off"),
                Exit::Invalid,
            )
            .help("let the machine set its clock by NTP"),
        }
    }

    async fn author(&self, alias: &str, author: &AuthorUrn, now: Instant) -> Vec<Finding> {
        let credential = look(self.config, author, self.tokens).await;
        let mut found = vec![token(alias, &credential)];
        found.extend(ends(alias, &credential, now));
        if credential.active != Some(false)
            && credential.source.is_some()
            && let Ok(token) = self.tokens.token(self.config, author).await
        {
            match author.kind() {
                AuthorKind::Person => found.extend(self.member(alias, author, &token).await),
                AuthorKind::Organization => found.push(self.role(alias, author, &token).await),
            }
        }
        found
    }

    /// Whether the token is this very member's. Without `openid` it cannot be told.
    async fn member(
        &self,
        alias: &str,
        author: &AuthorUrn,
        token: &crate::linkedin::token::AccessToken,
    ) -> Option<Finding> {
        let info = self.client().userinfo(token, &SystemClock).await;
        let check = "member";
        match info {
            Ok(info) if format!("urn:li:person:{}", info.sub) == author.as_str() => {
                let name = info.name.unwrap_or_else(|| "the member".to_owned());
                Some(Finding::ok(alias, check, format!("the token is {name}'s")))
            }
            Ok(info) => {
                let words = format!(
                    "the token is `urn:li:person:{}`'s, not `{author}`'s",
                    info.sub
                );
                let found = Finding::problem(alias, check, words, Exit::Denied);
                Some(found.help(format!(
                    "log in as that member: mergecast auth login {alias}"
                )))
            }
            Err(failure) if failure.stops_credential() => Some(
                Finding::problem(
                    alias,
                    check,
                    failure.problem().message.clone(),
                    Exit::Denied,
                )
                .help(format!("mergecast auth login {alias}")),
            ),
            Err(_) => None,
        }
    }

    async fn role(
        &self,
        alias: &str,
        author: &AuthorUrn,
        token: &crate::linkedin::token::AccessToken,
    ) -> Finding {
        let check = "page role";
        match self.client().own_roles(token, &SystemClock).await {
            Ok(roles) => {
                let own = roles
                    .iter()
                    .find(|r| r.organization == *author && r.publishes());
                match own {
                    Some(role) => Finding::ok(alias, check, role.role.clone()),
                    None => Finding::problem(
                        alias,
                        check,
                        format!("the token's member has no role on `{author}` that publishes"),
                        Exit::Denied,
                    )
                    .help("an administrator of the page gives it; see docs/linkedin-access.md#the-role-on-the-page"),
                }
            }
            Err(failure) if failure.stops_credential() => {
                let words = failure.problem().message.clone();
                Finding::problem(alias, check, words, Exit::Denied)
                    .help(format!("mergecast auth login {alias}"))
            }
            Err(failure) => {
                let words = format!("cannot be told: {}", failure.problem().message);
                Finding::warning(alias, check, words)
                    .help("a token with `r_organization_admin` tells it")
            }
        }
    }
}

fn token(alias: &str, credential: &Credential) -> Finding {
    let from = credential.source.as_deref().unwrap_or("nowhere");
    match &credential.problem {
        Some(told) if credential.exit != Exit::Done => {
            let found = Finding::problem(alias, "token", told.message.clone(), credential.exit);
            match &told.help {
                Some(help) => found.help(help.clone()),
                None => found,
            }
        }
        Some(told) => {
            let words = format!("from {from}; {}", told.message);
            let found = Finding::warning(alias, "token", words);
            match &told.help {
                Some(help) => found.help(help.clone()),
                None => found,
            }
        }
        None => {
            let words = format!("from {from}, works for {}", credential.scopes.join(" "));
            Finding::ok(alias, "token", words)
        }
    }
}

fn ends(alias: &str, credential: &Credential, now: Instant) -> Vec<Finding> {
    let ends = [
        ("token end", credential.expires_at),
        ("consent end", credential.refresh_expires_at),
    ];
    let told = |(check, end): (&'static str, Option<Instant>)| {
        let end = end?;
        let words = format!("{} ({})", times::utc(end), times::relative(end, now));
        Some(match nearness(end, now) {
            Nearness::Far => Finding::ok(alias, check, words),
            Nearness::Weeks | Nearness::Week | Nearness::Day | Nearness::Over => {
                Finding::warning(alias, check, words)
                    .help(format!("consent once more: mergecast auth login {alias}"))
            }
        })
    };
    ends.into_iter().filter_map(told).collect()
}

/// The ledger's remote: reachable, writable, whole.
async fn remote(settings: &Settings, config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let repository = match repository(settings).await {
        Ok(Some(repository)) => repository,
        Ok(None) => {
            let words = "there is no git: what is published is recorded on this machine alone";
            let mut found =
                vec![Finding::warning("remote", "git", words).help("git init, and add a remote")];
            found.extend(ledger(settings, config).await);
            return found;
        }
        Err(stop) => return stop_findings("remote", &stop),
    };
    let Some(remote) = repository.remote(&config.state.remote) else {
        if let Store::None(why) = choice(settings, Some(&repository), config) {
            return stop_findings("remote", &why.stop());
        }
        let words = format!(
            "there is no remote `{}`: the ledger is in this clone alone",
            config.state.remote
        );
        let mut found = vec![
            Finding::warning("remote", "reach", words)
                .help("add it, so that two machines cannot publish the same post"),
        ];
        found.extend(ledger(settings, config).await);
        return found;
    };
    match repository.may_push(remote).await {
        Ok(()) => found.push(Finding::ok("remote", "write", format!("`{remote}` takes pushes"))),
        Err(why) => found.push(
            Finding::problem("remote", "write", format!("`{remote}` takes no push: {why}"), Exit::Denied)
                .help("in GitHub Actions: `permissions: contents: write`; elsewhere check git's credentials"),
        ),
    }
    found.extend(ledger(settings, config).await);
    found
}

async fn ledger(settings: &Settings, config: &Config) -> Vec<Finding> {
    let world = match real(settings, false, false).await {
        Ok(world) => world,
        Err(stop) => return stop_findings("ledger", &stop),
    };
    let lockfile = match witness(&world).await {
        Ok(lockfile) => lockfile,
        Err(stop) => return stop_findings("ledger", &stop),
    };
    let snapshot = match world.ledger().load().await {
        Ok(snapshot) => snapshot,
        Err(error) => return stop_findings("ledger", &Stop::from(error)),
    };
    let (since, now) = (config.state_since, SystemClock.now());
    let situation = situation(&world.ledger, &snapshot, since, now);
    let beginning = beginning(&situation);
    let waits = beginning == Beginning::MayBegin;
    let text = Lockfile::from_ledger(&snapshot.ledger).to_text();
    let entries = snapshot.ledger.entries.len();
    let recorded = Recorded::new(snapshot.ledger, lockfile.as_deref(), None).begun(beginning);
    if let Some(freeze) = recorded.freezes.first() {
        let words = format!("publishing is frozen: {freeze}");
        return vec![
            Finding::problem("ledger", "record", words, Exit::Refused)
                .help(freeze_help(&recorded.freezes)),
        ];
    }
    if let (true, Some(since)) = (waits, since) {
        let (_, closes) = window(since);
        let words = format!(
            "there is none yet; the first run creates it until {} ({})",
            times::utc(closes),
            times::relative(closes, now)
        );
        let found = match window_notice(Some(since), now) {
            Some(_) => Finding::warning("ledger", "record", words),
            None => Finding::ok("ledger", "record", words),
        };
        return vec![found.help("to create it now: mergecast state init")];
    }
    let behind = entries > 0 && lockfile.as_deref() != Some(text.as_bytes());
    let record = Finding::ok("ledger", "record", format!("{entries} entries"));
    let mut found = vec![record];
    if behind {
        let words = "the lockfile on the published branch is not what the ledger says";
        found.push(Finding::warning("lockfile", "witness", words).help(
            "let runs push `mergecast.lock` past the branch's protection, or merge it by hand",
        ));
    }
    found
}

fn stop_findings(subject: &str, stop: &Stop) -> Vec<Finding> {
    let told = stop.diagnostics.iter().map(|diagnostic| {
        let found = Finding::problem(subject, "reach", diagnostic.message.clone(), stop.exit);
        match &diagnostic.help {
            Some(help) => found.help(help.clone()),
            None => found,
        }
    });
    told.collect()
}

/// Whether something runs `apply` at all, and not when GitHub is busiest.
async fn schedule(settings: &Settings) -> Vec<Finding> {
    let Ok(Some(repository)) = repository(settings).await else {
        return Vec::new();
    };
    let up = repository
        .prefix()
        .split('/')
        .filter(|s| !s.is_empty())
        .count();
    let top = settings.root.ancestors().nth(up).unwrap_or(&settings.root);
    let folder = top.join(".github/workflows");
    let mut crons = Vec::new();
    for name in workflow_names(&folder) {
        let bytes = read_if_there(&folder.join(name)).ok().flatten();
        let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
        if text.contains("mergecast") {
            crons.extend(cron_minutes(&text));
        }
    }
    let check = "workflow";
    if crons.is_empty() {
        let words = "no workflow here runs mergecast on a schedule";
        return vec![
            Finding::warning("schedule", check, words)
                .help("run `mergecast init` for one, or leave it when another machine does"),
        ];
    }
    if crons.iter().any(|minute| minute == "0") {
        let words = "a workflow starts at the full hour, when GitHub delays most";
        return vec![
            Finding::warning("schedule", check, words)
                .help("choose other minutes, such as `cron: \"7,22,37,52 * * * *\"`"),
        ];
    }
    vec![Finding::ok(
        "schedule",
        check,
        "a workflow runs mergecast on a schedule",
    )]
}

/// The minute field of every `cron:` line.
fn cron_minutes(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("cron:"));
    let minute = |rest: &str| {
        let rest = rest.trim().trim_matches(['"', '\'']);
        rest.split_whitespace().next().map(str::to_owned)
    };
    lines.filter_map(minute).collect()
}

fn workflow_names(folder: &std::path::Path) -> Vec<String> {
    crate::system::files::names_in(folder)
        .into_iter()
        .filter(|name| name.ends_with(".yml") || name.ends_with(".yaml"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_of_a_workflow() {
        let text = "on:\n  schedule:\n    - cron: \"7,22 * * * *\"\n    - cron: '0 5 * * 1'\n";
        assert_eq!(cron_minutes(text), ["7,22", "0"]);
    }
}
