//! The command line: arguments as typed → settings as resolved → one small file a
//! command → an exit code.
//!
//! Owns what a person meets. Must not hold rules of the domain or word results.

mod args;
mod commands;
mod output;
mod settings;
mod tokens;
mod unmerged;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use crate::report::exit::Exit;
use crate::system::Environment;
use args::{Cli, Command};
use output::Output;
use settings::Settings;

/// Runs the program and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Usage
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
    ExitCode::from(exit.code())
}

async fn run(cli: Cli, environment: Environment, output: Output) -> Exit {
    let settings = match Settings::resolve(cli.global, environment, &cli.command) {
        Ok(settings) => settings,
        Err(problem) => {
            output.message(&format!("error: {problem}\n"));
            return Exit::Usage;
        }
    };
    match cli.command {
        Command::Init(args) => commands::init::run(&args, &settings, output),
        Command::New(args) => commands::new::run(&args, &settings, output).await,
        Command::Check(args) => commands::check::run(&args, &settings, output).await,
        Command::Plan(args) => commands::plan::run(&args, &settings, output).await,
        Command::Apply(args) => Box::pin(commands::apply::run(&args, &settings, output)).await,
        Command::Status => commands::status::run(&settings, output).await,
        Command::Explain(args) => commands::explain::run(&args, &settings, output).await,
        Command::Resolve(args) => commands::resolve::run(&args, &settings, output).await,
        Command::Adopt(args) => commands::history::run_adopt(&args, &settings, output).await,
        Command::Refresh => commands::history::run_refresh(&settings, output).await,
        Command::Import(args) => commands::history::run_import(&args, &settings, output).await,
        Command::Auth(args) => Box::pin(commands::auth::run(&args, &settings, output)).await,
        Command::State(args) => Box::pin(commands::state::run(&args, &settings, output)).await,
        Command::Doctor => Box::pin(commands::doctor::run(&settings, output)).await,
        Command::Github(args) => Box::pin(commands::github::run(&args, &settings, output)).await,
        Command::Sandbox(args) => commands::sandbox::run(&args, &settings, output).await,
        Command::Schema(args) => commands::schema::run(&args, output),
        Command::Completions(args) => commands::completions::run(&args, output),
    }
}
