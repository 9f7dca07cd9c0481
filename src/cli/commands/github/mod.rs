//! `github`: what a workflow runs.
//!
//! Owns the files and variables of a step. Nothing at GitHub stops or repeats a post: what
//! fails there is a warning. Must not hold rules: [`crate::github`] does.

mod base;
mod comment;
mod publish;
mod review;

use std::path::Path;

use crate::cli::args::{CommentChoice, GithubCommand};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::github::context::Context;
use crate::github::event::MAX_EVENT;
use crate::github::failure::Failure;
use crate::github::outputs::Outputs;
use crate::pass::StopSignal;
use crate::ports::Entropy as _;
use crate::report::annotations::github_annotations;
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::system::SystemEntropy;
use crate::system::files::{append, read_bounded};

/// Runs one of the commands.
pub(in crate::cli) async fn run(
    command: &GithubCommand,
    settings: &Settings,
    output: Output,
    stop: &StopSignal,
) -> Exit {
    let context = match Context::read(&settings.environment.variables) {
        Ok(context) => context,
        Err(failure) => return fail(&failure, output),
    };
    let step = Step {
        context: &context,
        settings,
        output,
    };
    let started = match command {
        GithubCommand::Review(_) => context.started_by("pull_request"),
        GithubCommand::Comment(_) => context.started_by("workflow_run"),
        GithubCommand::Publish(_) => context.not_by_pull_request(),
    };
    if let Err(failure) = started {
        return fail(&failure, output);
    }
    match command {
        GithubCommand::Review(args) => review::run(args, &step).await,
        GithubCommand::Comment(args) => comment::run(args, &step).await,
        GithubCommand::Publish(args) => Box::pin(publish::run(args, &step, stop)).await,
    }
}

/// A problem that ends a command, in the log and as an annotation.
fn fail(failure: &Failure, output: Output) -> Exit {
    tell(&[failure.error()], "", output);
    match failure {
        Failure::Setting(_) => Exit::Usage,
        Failure::NoToken | Failure::Denied(_) | Failure::NotFound(_) => Exit::Denied,
        Failure::Limited(_) | Failure::Unreachable(_) | Failure::Unexpected(_) => Exit::Unreachable,
    }
}

/// Shows problems for people and for GitHub.
fn tell(problems: &[Diagnostic], prefix: &str, output: Output) {
    let palette = Settings::message_palette(output);
    output.message(&diagnostics_human(problems, &palette));
    output.data(&github_annotations(problems, prefix));
}

/// One step of a workflow.
struct Step<'a> {
    context: &'a Context,
    settings: &'a Settings,
    output: Output,
}

impl Step<'_> {
    /// The event that started the run.
    fn event(&self) -> Result<Vec<u8>, Failure> {
        let path = self.context.event.as_deref();
        let path =
            path.ok_or_else(|| Failure::Setting("`GITHUB_EVENT_PATH` is not set".to_owned()))?;
        let bytes = read_bounded(path, MAX_EVENT)
            .map_err(|error| Failure::Setting(format!("the event cannot be read: {error}")))?;
        bytes.ok_or_else(|| Failure::Setting("`GITHUB_EVENT_PATH` names no file".to_owned()))
    }

    /// Adds to the job summary. Its loss is worth a word, and no more.
    fn summarize(&self, markdown: &str) {
        self.write(self.context.summary.as_deref(), &format!("{markdown}\n"));
    }

    /// Sets outputs.
    fn set(&self, outputs: &Outputs) {
        let text = outputs.text(|| SystemEntropy.nonce());
        self.write(self.context.output.as_deref(), &text);
    }

    fn write(&self, path: Option<&Path>, text: &str) {
        let Some(path) = path else { return };
        if let Err(error) = append(path, text) {
            let why = format!("`{}` cannot be written: {error}", path.display());
            let problem = Failure::Setting(why).warning("a file of this step");
            tell(&[problem], "", self.output);
        }
    }
}

/// Whether commenting is wanted at all.
fn wants(choice: CommentChoice) -> bool {
    match choice {
        CommentChoice::Auto | CommentChoice::Always => true,
        CommentChoice::Never => false,
    }
}
