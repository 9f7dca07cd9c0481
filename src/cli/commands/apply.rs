//! `apply`: one reconcile pass.

use chrono::TimeDelta;

use crate::cli::agreed::agreed_for;
use crate::cli::args::{ApplyArgs, Format};
use crate::cli::checkout::differences;
use crate::cli::commands::status::stopped;
use crate::cli::commands::{plan, sandbox};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::stores::local_notice;
use crate::cli::tokens::Tokens;
use crate::cli::unmerged::unmerged;
use crate::cli::world::{choice, local_config, real, repository};
use crate::diagnostic::Diagnostic;
use crate::linkedin::endpoint::Endpoint;
use crate::model::key::PostKey;
use crate::pass::{PassOptions, RunsOn, Standby, Stop, StopSignal, dry_run, reconcile_until};
use crate::plan::PlanItem;
use crate::ports::{Clock as _, World};
use crate::report::apply_human::apply_human;
use crate::report::apply_json::apply_json;
use crate::report::apply_markdown::apply_markdown;
use crate::report::detail::Detail;
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::report::results::ApplyReport;
use crate::report::waiting::waiting;

/// GitHub cuts summaries at 1 MiB; comments at 65,536 characters.
const MARKDOWN_LIMIT: usize = 60_000;

/// The settings of a pass.
pub(in crate::cli) fn pass_options(
    settings: &Settings,
    only: Vec<PostKey>,
    allow_changes: Option<u32>,
) -> Result<PassOptions, Stop> {
    let environment = &settings.environment;
    let endpoint = Endpoint::new(environment.get(Endpoint::VARIABLE)).map_err(|error| {
        let problem = error.problem();
        let mut diagnostic = Diagnostic::error(problem.code, problem.message);
        diagnostic.help = problem.help;
        Stop {
            diagnostics: vec![diagnostic],
            exit: Exit::Invalid,
        }
    })?;
    let runner = match (
        environment.get("GITHUB_RUN_ID"),
        environment.get("HOSTNAME"),
    ) {
        (Some(run), _) => format!("github run {run}"),
        (None, Some(host)) => format!("{host}, process {}", std::process::id()),
        (None, None) => format!("process {}", std::process::id()),
    };
    Ok(PassOptions {
        only,
        allow_changes,
        paused_by_environment: settings.is_paused(),
        repository_id: environment.get("GITHUB_REPOSITORY_ID").map(str::to_owned),
        runner,
        endpoint,
    })
}

/// Reads `--wait`.
pub(in crate::cli) fn wait(text: Option<&str>) -> Result<TimeDelta, String> {
    let wait = text.map(humantime::parse_duration).transpose();
    let wait = wait.map_err(|error| format!("`--wait`: {error}"))?;
    let wait = wait.and_then(|wait| TimeDelta::from_std(wait).ok());
    Ok(wait.unwrap_or_default())
}

/// Runs the pass, or refuses to.
pub(in crate::cli) async fn run(
    args: &ApplyArgs,
    settings: &Settings,
    output: Output,
    stop: &StopSignal,
) -> Exit {
    let usage = |problem: String| {
        output.message(&format!("error: {problem}\n"));
        Exit::Usage
    };
    let mut only = Vec::new();
    for key in &args.only {
        match PostKey::parse(key) {
            Ok(key) => only.push(key),
            Err(error) => return usage(format!("`--only {key}`: {error}")),
        }
    }
    let wait = match wait(args.wait.as_deref()) {
        Ok(wait) => wait,
        Err(problem) => return usage(problem),
    };
    if args.worktree && settings.environment.is_ci() {
        return usage(
            "`--worktree` publishes files nobody reviewed, and is refused in CI".to_owned(),
        );
    }
    let options = match pass_options(settings, only, args.allow_changes) {
        Ok(options) => options,
        Err(stop) => return stopped(&stop, settings, output),
    };
    if args.sandbox {
        let run = Run {
            args,
            settings,
            output,
            wait,
            tokens: None,
            stop,
        };
        return sandbox::apply(&run, options).await;
    }
    if let Err(stop) = agreed_for(settings, args.worktree).await {
        return stopped(&stop, settings, output);
    }
    let world = match real(settings, args.worktree, output.is_watched()).await {
        Ok(world) => world,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let tokens = match Tokens::open(settings) {
        Ok(tokens) => tokens,
        Err(problem) => return stopped(&Stop::from(problem), settings, output),
    };
    let run = Run {
        args,
        settings,
        output,
        wait,
        tokens: Some(&tokens),
        stop,
    };
    run.with(&world, &options, &|config, author| {
        tokens.token(config, author)
    })
    .await
}

/// One apply over any world.
pub(in crate::cli) struct Run<'a> {
    pub(in crate::cli) args: &'a ApplyArgs,
    pub(in crate::cli) settings: &'a Settings,
    pub(in crate::cli) output: Output,
    pub(in crate::cli) wait: TimeDelta,
    /// The tokens of a real run.
    pub(in crate::cli) tokens: Option<&'a Tokens>,
    pub(in crate::cli) stop: &'a StopSignal,
}

impl Run<'_> {
    /// Plans or applies, and shows what came of it.
    pub(in crate::cli) async fn with<W: World>(
        &self,
        world: &W,
        options: &PassOptions,
        credentials: &crate::pass::Credentials<'_>,
    ) -> Exit {
        if self.args.dry_run {
            return match dry_run(world, options).await {
                Ok((seen, made)) => {
                    let mut diagnostics = seen.content().desired.diagnostics.clone();
                    diagnostics.extend(self.notices(made.items.iter().map(AsRef::as_ref)).await);
                    plan::show(&made, &diagnostics, self.settings, self.output);
                    Exit::Done
                }
                Err(stop) => stopped(&stop, self.settings, self.output),
            };
        }
        let report = self.perform(world, options, credentials).await;
        self.show(&report)
    }

    /// Applies, and shows nothing.
    pub(in crate::cli) async fn perform<W: World>(
        &self,
        world: &W,
        options: &PassOptions,
        credentials: &crate::pass::Credentials<'_>,
    ) -> ApplyReport {
        let until = world.clock().now() + self.wait;
        let mut standby = Standby::at_once(self.stop.clone());
        if let (Some(_), Ok(config)) = (self.tokens, local_config(&self.settings.root).await) {
            standby = standby.running_on(RunsOn::of(&config));
        }
        let sleeps = |report: &ApplyReport, until| {
            if self.settings.detail != Detail::Short {
                self.output
                    .message(&waiting(report, until, world.clock().now()));
            }
        };
        let passes = reconcile_until(world, options, credentials, until, &standby, &sleeps);
        let mut report = passes.await;
        report.sandbox = self.args.sandbox;
        let seen =
            !report.results.is_empty() || !report.diagnostics.iter().any(Diagnostic::is_error);
        if seen {
            let items = report.results.iter().map(|result| result.item.as_ref());
            let notices = self.notices(items).await;
            report.diagnostics.extend(notices);
        }
        report
    }

    /// What people should know about this clone: files that this run did not look at, and
    /// settings it did not obey.
    async fn notices(&self, items: impl Iterator<Item = &PlanItem>) -> Vec<Diagnostic> {
        if self.args.worktree || self.args.sandbox {
            return Vec::new();
        }
        let mut ending = Vec::new();
        if let (Some(tokens), Ok(config)) = (self.tokens, local_config(&self.settings.root).await) {
            ending = tokens.ending(&config);
        }
        let published = items.map(|item| &item.path).collect();
        let mut notices = unmerged(self.settings, &published).await;
        if let Ok(found) = repository(self.settings).await {
            if let Ok(config) = local_config(&self.settings.root).await {
                let chosen = choice(self.settings, found.as_ref(), &config);
                notices.extend(local_notice(&chosen));
            }
            if let Some(repository) = found {
                notices.extend(repository.diagnostics());
                notices.extend(differences(self.settings, &repository).await);
            }
        }
        notices.extend(ending);
        notices
    }

    /// Shows what came of it.
    pub(in crate::cli) fn show(&self, report: &ApplyReport) -> Exit {
        match self.settings.format {
            Format::Json => self.output.data(&apply_json(report)),
            Format::Markdown => self.output.data(&apply_markdown(report, MARKDOWN_LIMIT)),
            Format::Human | Format::Github => {
                let palette = Settings::message_palette(self.output);
                self.output
                    .message(&diagnostics_human(&report.diagnostics, &palette));
                let palette = Settings::data_palette(self.output);
                self.output
                    .data(&apply_human(report, self.settings.detail, &palette));
            }
        }
        match report.exit {
            Exit::Held if self.args.allow_held => Exit::Done,
            exit => exit,
        }
    }
}
