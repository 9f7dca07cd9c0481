//! The command line: arguments as typed → settings as resolved → one small file a
//! command → an exit code.
//!
//! Owns what a person meets. Must not hold rules of the domain or word results.

mod address;
mod agreed;
mod args;
mod beginnings;
mod checkout;
mod commands;
mod foreign;
mod output;
mod reviewed;
mod settings;
mod stores;
mod tokens;
mod unmerged;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use crate::pass::{Stop, StopSignal};
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::system::signals::Hangup;
use crate::system::{Environment, Signals};
use args::{Cli, Command};
use output::Output;
use settings::Settings;

/// Runs the program and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let printed = error.print();
            let exit = if error.use_stderr() {
                Exit::Usage
            } else if printed.is_err() {
                Exit::Failed
            } else {
                Exit::Done
            };
            return ExitCode::from(exit.code());
        }
    };
    let environment = Environment::read();
    let output = Output::new(cli.global.color, environment.get("NO_COLOR").is_some());
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output.message(&format!(
                "error: the runtime could not be started: {error}\n"
            ));
            return ExitCode::from(Exit::Failed.code());
        }
    };
    let exit = runtime.block_on(run(cli, environment, output));
    // What was told to stop at once may have left a git process behind to be ended.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    let lost = if Output::lost() {
        Exit::Failed
    } else {
        Exit::Done
    };
    ExitCode::from(exit.and(lost).code())
}

/// Runs `work`, which the first SIGTERM, SIGINT or, where `hangup` says so, SIGHUP asks to
/// end and the second one ends.
async fn until_stopped(
    output: Output,
    hangup: Hangup,
    work: impl AsyncFnOnce(StopSignal) -> Exit,
) -> Exit {
    let Ok((signals, asked)) = Signals::listen(hangup) else {
        return work(StopSignal::never()).await;
    };
    let told = || {
        output.message(
            "stopping: what is under way is ended and recorded; once more to stop at once\n",
        );
    };
    tokio::select! {
        exit = work(StopSignal::new(asked)) => exit,
        () = signals.second(told) => {
            output.message("stopped at once: a post that was being sent becomes `unknown`\n");
            Exit::Failed
        }
    }
}

async fn run(cli: Cli, environment: Environment, output: Output) -> Exit {
    let settings = match Settings::resolve(cli.global, environment, &cli.command) {
        Ok(settings) => settings,
        Err(problem) => {
            output.message(&format!("error: {problem}\n"));
            return Exit::Usage;
        }
    };
    if let Some(exit) = foreign::refused(&cli.command, &settings, output).await {
        return exit;
    }
    let banner = address::banner(&settings.environment);
    let palette = Settings::message_palette(output);
    output.message(&diagnostics_human(&banner, &palette));
    if address::records(&cli.command)
        && let Err(problem) = address::may_record(&settings.environment)
    {
        return commands::status::stopped(&Stop::from(problem), &settings, output);
    }
    match cli.command {
        Command::Init(args) => Box::pin(commands::init::run(&args, &settings, output)).await,
        Command::New(args) => commands::new::run(&args, &settings, output).await,
        Command::Check(args) => commands::check::run(&args, &settings, output).await,
        Command::Plan(args) => commands::plan::run(&args, &settings, output).await,
        Command::Apply(args) => {
            let apply = async |stop| commands::apply::run(&args, &settings, output, &stop).await;
            Box::pin(until_stopped(output, Hangup::Stops, apply)).await
        }
        Command::Watch(args) => {
            let watch = async |stop| commands::watch::run(&args, &settings, output, stop).await;
            Box::pin(until_stopped(output, Hangup::Wakes, watch)).await
        }
        Command::Rehearse(args) => {
            Box::pin(commands::rehearse::run(&args, &settings, output)).await
        }
        Command::Status => commands::status::run(&settings, output).await,
        Command::Explain(args) => commands::explain::run(&args, &settings, output).await,
        Command::Resolve(args) => commands::resolve::run(&args, &settings, output).await,
        Command::Adopt(args) => commands::history::run_adopt(&args, &settings, output).await,
        Command::Refresh => commands::history::run_refresh(&settings, output).await,
        Command::Import(args) => commands::history::run_import(&args, &settings, output).await,
        Command::Auth(args) => Box::pin(commands::auth::run(&args, &settings, output)).await,
        Command::State(args) => Box::pin(commands::state::run(&args, &settings, output)).await,
        Command::Doctor => Box::pin(commands::doctor::run(&settings, output)).await,
        Command::Github(args) => {
            let github = async |stop| commands::github::run(&args, &settings, output, &stop).await;
            Box::pin(until_stopped(output, Hangup::Stops, github)).await
        }
        Command::Sandbox(args) => commands::sandbox::run(&args, &settings, output).await,
        Command::Schema(args) => commands::schema::run(&args, output),
        Command::Completions(args) => commands::completions::run(&args, output),
    }
}
