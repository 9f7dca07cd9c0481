//! `github publish`: `apply`, and everybody is told.
//!
//! Owns the order: the pass first, as `apply` runs it, and only then GitHub. What fails at
//! GitHub is a warning, and never stops, repeats or reddens a publish.

use chrono::TimeDelta;

use super::Step;
use crate::cli::agreed::agreed;
use crate::cli::args::{ApplyArgs, PublishArgs};
use crate::cli::commands::apply::{Run, pass_options, wait};
use crate::cli::commands::auth::look;
use crate::cli::settings::Settings;
use crate::cli::tokens::{Tokens, ending};
use crate::cli::world::{local_config, real, repository};
use crate::diagnostic::Diagnostic;
use crate::git::Repository;
use crate::github::api::Api;
use crate::github::failure::Failure;
use crate::github::outputs::Outputs;
use crate::github::published;
use crate::github::tracking::{self, Tracked};
use crate::model::Instant;
use crate::model::urn::AuthorUrn;
use crate::pass::{Stop, StopSignal};
use crate::plan::PlanItem;
use crate::ports::Clock as _;
use crate::report::annotations::apply_annotations;
use crate::report::apply_markdown::apply_markdown;
use crate::report::clean::{self, shell_word};
use crate::report::exit::Exit;
use crate::report::needs::{Need, needs};
use crate::report::results::ApplyReport;
use crate::report::times;
use crate::system::SystemClock;
use crate::system::http::HttpTransport;

/// The longest job summary, in bytes. GitHub takes 1 MiB for one step.
const SUMMARY_LIMIT: usize = 900_000;
/// GitHub disables the schedules of a repository nothing happens in (GitHub docs,
/// "Disabling and enabling a workflow", for public repositories).
const DISABLED_AFTER: TimeDelta = TimeDelta::days(60);
/// When that is told of.
const TOLD_AFTER: TimeDelta = TimeDelta::days(50);

/// Publishes what is due, and tells.
pub(super) async fn run(args: &PublishArgs, step: &Step<'_>, stop: &StopSignal) -> Exit {
    let wait = match wait(args.wait.as_deref()) {
        Ok(wait) => wait,
        Err(problem) => {
            step.output.message(&format!("error: {problem}\n"));
            return Exit::Usage;
        }
    };
    let apply = ApplyArgs {
        only: Vec::new(),
        wait: None,
        dry_run: false,
        allow_changes: args.allow_changes,
        allow_held: args.allow_held,
        worktree: false,
        sandbox: false,
        at: None,
    };
    let tokens = Tokens::open(step.settings);
    let run = Run {
        args: &apply,
        settings: step.settings,
        output: step.output,
        wait,
        tokens: tokens.as_ref().ok(),
        stop,
    };
    let mut report = match perform(&run, tokens.as_ref()).await {
        Ok(report) => report,
        Err(stop) => stopped(stop),
    };
    if let (Ok(tokens), false) = (&tokens, stop.is_set()) {
        let ends = stop.or(Box::pin(token_ends(step.settings, tokens))).await;
        report.diagnostics.extend(ends.into_iter().flatten());
    }
    let exit = run.show(&report);
    let repository = repository(step.settings).await.ok().flatten();
    let teller = Teller {
        step,
        repository: repository.as_ref(),
    };
    // A job that is cancelled has seconds left, and they are for the summary and the outputs:
    // the next run tells what this one did not.
    let exit = match stop.is_set() {
        true => exit,
        false => {
            let told = Box::pin(teller.tell(&mut report, exit));
            stop.or(told).await.unwrap_or(exit)
        }
    };
    let prefix = repository.as_ref().map_or("", |found| found.prefix());
    step.output.data(&apply_annotations(&report, prefix));
    step.summarize(&apply_markdown(&report, SUMMARY_LIMIT));
    step.set(&Outputs::of_report(&report).with_exit(exit));
    exit
}

/// The pass itself, exactly as `apply` runs it.
async fn perform(
    run: &Run<'_>,
    tokens: Result<&Tokens, &crate::linkedin::problem::Problem>,
) -> Result<ApplyReport, Stop> {
    let options = pass_options(run.settings, Vec::new(), run.args.allow_changes)?;
    agreed(run.settings).await?;
    let world = real(run.settings, false, false).await?;
    let tokens = tokens.map_err(|problem| Stop::from(problem.clone()))?;
    let credentials = |config: &_, author: &_| tokens.token(config, author);
    Ok(run.perform(&world, &options, &credentials).await)
}

/// The report of a pass that could not begin.
fn stopped(stop: Stop) -> ApplyReport {
    ApplyReport {
        sandbox: false,
        now: SystemClock.now(),
        results: Vec::new(),
        next_due: None,
        requests: None,
        diagnostics: stop.diagnostics,
        exit: stop.exit,
    }
}

/// Tokens of the environment that end soon, where LinkedIn tells: it does to the app a
/// token was made with.
async fn token_ends(settings: &Settings, tokens: &Tokens) -> Vec<Diagnostic> {
    let Ok(config) = local_config(&settings.root).await else {
        return Vec::new();
    };
    let now = SystemClock.now();
    let mut found = Vec::new();
    for (alias, author) in &config.authors {
        if tokens.of(&author.urn).is_some() {
            continue; // A stored login is told of by the pass.
        }
        let credential = look(&config, &author.urn, tokens).await;
        let Some(source) = credential.source else {
            continue;
        };
        let (what, field) = match tokens.mints(&config, &author.urn) {
            true => ("refresh token", "refresh_token"),
            false => ("token", "access_token"),
        };
        let end = credential
            .expires_at
            .or_else(|| tokens.refresh_ends(&source));
        let told = end.and_then(|end| ending(alias, what, end, now));
        found.extend(told.map(|told| told.help(renewal(alias, &author.urn, field, &source))));
    }
    found
}

/// How a person renews a token that is a secret of the workflow: the environment is the one
/// of the workflows that `init` writes.
fn renewal(alias: &str, author: &AuthorUrn, field: &str, secret: &str) -> String {
    let (alias, secret) = (shell_word(alias), shell_word(secret));
    format!(
        "on your own machine, let the member consent once more and renew the secret:\n  \
         mergecast auth login {alias}\n  \
         jq -r '.credentials[\"{author}\"].{field}' ~/.config/mergecast/credentials.json \
         | gh secret set {secret} --env linkedin"
    )
}

/// A repository nothing was pushed to for so long that its schedules are about to stop.
fn schedule_ends(pushed_at: Instant, now: Instant) -> Option<Diagnostic> {
    if now - pushed_at < TOLD_AFTER {
        return None;
    }
    let end = pushed_at + DISABLED_AFTER;
    let message = match end > now {
        true => format!(
            "GitHub disables the schedule of this workflow about {}",
            times::utc(end)
        ),
        false => "GitHub may disable the schedule of this workflow at any time".to_owned(),
    };
    Some(
        Diagnostic::warning("schedule-ends", message)
            .note(format!(
                "nothing was pushed since {}, and it does so after 60 days",
                times::utc(pushed_at)
            ))
            .help("push any commit, or enable the workflow again: gh workflow enable publish.yml"),
    )
}

/// Tells GitHub.
struct Teller<'a> {
    step: &'a Step<'a>,
    repository: Option<&'a Repository>,
}

type GithubApi<'a> = Api<'a, HttpTransport>;

impl Teller<'_> {
    /// Comments and the tracking issue; gives the exit code back, which the issue may make
    /// milder. What fails is added to the report as a warning.
    async fn tell(&self, report: &mut ApplyReport, exit: Exit) -> Exit {
        let context = self.step.context;
        let Some(token) = &context.token else {
            let what = "pull requests and the tracking issue are not told";
            report.diagnostics.push(Failure::NoToken.warning(what));
            return exit;
        };
        let Ok(transport) = HttpTransport::new() else {
            return exit;
        };
        let api = Api::new(&transport, context, token);
        let told = self.pulls(&api, report).await;
        report.diagnostics.extend(told);
        match api.repository().await {
            Ok(found) => {
                let ends = found.pushed_at.and_then(|at| schedule_ends(at, report.now));
                report.diagnostics.extend(ends);
            }
            Err(failure) => {
                let what = "whether the schedule goes on is not known";
                report.diagnostics.push(failure.warning(what));
            }
        }
        let (exit, told) = self.issue(&api, report, exit).await;
        report.diagnostics.extend(told);
        exit
    }

    /// Tells pull requests where their posts are.
    async fn pulls(&self, api: &GithubApi<'_>, report: &ApplyReport) -> Option<Diagnostic> {
        let items = published::recent(report);
        let branch = match items.is_empty() {
            true => return None,
            false => self.branch().await.unwrap_or_default(),
        };
        for item in items {
            match self.pull(api, item, &branch, report.now).await {
                Ok(None) => {}
                Ok(Some(number)) => self.step.output.data(&clean::defuse(&format!(
                    "told pull request {number} where `{}` is\n",
                    clean::line(item.key.as_str())
                ))),
                Err(failure) => {
                    return Some(failure.warning("a pull request is not told where its post is"));
                }
            }
        }
        None
    }

    async fn pull(
        &self,
        api: &GithubApi<'_>,
        item: &PlanItem,
        branch: &str,
        now: Instant,
    ) -> Result<Option<u64>, Failure> {
        let path = match self.repository.map_or("", |found| found.prefix()) {
            "" => item.path.to_string(),
            prefix => format!("{prefix}/{}", item.path),
        };
        let commit = match self.repository {
            Some(repository) => repository.adding_commit(item.path.as_str()).await,
            None => None,
        };
        published::tell(api, item, (commit, &path, branch), now).await
    }

    /// The published branch.
    async fn branch(&self) -> Option<String> {
        let config = local_config(&self.step.settings.root).await.ok()?;
        let repository = self.repository?;
        let remote = repository.remote(&config.state.remote);
        let branch = repository.published_branch(config.branch.as_deref(), remote);
        branch.await.ok()
    }

    /// Keeps the tracking issue, which names what a later run need not be red for.
    async fn issue(
        &self,
        api: &GithubApi<'_>,
        report: &ApplyReport,
        exit: Exit,
    ) -> (Exit, Option<Diagnostic>) {
        let needs = needs(report);
        let looked = !report.results.is_empty() || report.exit == Exit::Done;
        // The remote may be back in a minute; that needs nobody.
        if !looked && report.exit == Exit::Unreachable {
            return (exit, None);
        }
        let tracked = match tracking::read(api, &api.login().await).await {
            Ok(tracked) => tracked,
            Err(failure) => {
                return (
                    exit,
                    Some(failure.warning("the tracking issue cannot be read")),
                );
            }
        };
        let told = self.keep(api, &tracked, &needs, !looked).await;
        (tracked.exit(exit, &needs), told)
    }

    async fn keep(
        &self,
        api: &GithubApi<'_>,
        tracked: &Tracked,
        needs: &[Need],
        stopped: bool,
    ) -> Option<Diagnostic> {
        let step = tracked.step(needs, stopped);
        match tracking::take(api, &step).await {
            Ok(words) => {
                let quiet = step == tracking::Step::Nothing;
                if !quiet {
                    self.step.output.data(&format!("tracking issue: {words}\n"));
                }
                None
            }
            Err(failure) => Some(failure.warning("the tracking issue is not up to date")),
        }
    }
}
