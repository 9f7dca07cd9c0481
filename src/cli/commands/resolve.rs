//! `resolve`: a person settles an outcome.

use crate::cli::args::{Format, ResolveArgs};
use crate::cli::commands::apply::pass_options;
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::world::real;
use crate::diagnostic::Diagnostic;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::pass::{Resolved, Stop, Verdict, resolve};
use crate::record::Refused;
use crate::report::exit::Exit;
use crate::report::explain_json::resolved_json;
use crate::report::next_step::command;

/// Records what a person says.
pub(in crate::cli) async fn run(args: &ResolveArgs, settings: &Settings, output: Output) -> Exit {
    let usage = |problem: String| {
        output.message(&format!("error: {problem}\n"));
        Exit::Usage
    };
    let key = match PostKey::parse(&args.key) {
        Ok(key) => key,
        Err(error) => return usage(error.to_string()),
    };
    let verdict = match (&args.published, args.not_published) {
        (Some(text), _) => match PostUrn::parse(text) {
            Ok(urn) => Verdict::Published(urn),
            Err(error) => return usage(format!("`--published`: {error}")),
        },
        (None, true) => Verdict::NotPublished,
        (None, false) => Verdict::Skip,
    };
    let options = match pass_options(settings, Vec::new(), None) {
        Ok(options) => options,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let world = match real(settings, false, false).await {
        Ok(world) => world,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let refuse = |problem: Diagnostic, exit: Exit| {
        let diagnostics = vec![problem];
        stopped(&Stop { diagnostics, exit }, settings, output)
    };
    match resolve(&world, &options, (&key, target(args)), verdict).await {
        Ok(Resolved::Recorded) => {
            match settings.format {
                Format::Json => output.data(&resolved_json(&key)),
                Format::Human | Format::Markdown | Format::Github => {
                    output.data(&format!("`{key}`: recorded\n"));
                }
            }
            Exit::Done
        }
        Ok(Resolved::NoSuchPost) => {
            let problem = format!("nothing is recorded for `{key}`, and no file has that key");
            let problem = Diagnostic::error("no-such-post", problem);
            let problem = problem.help("run `mergecast status`: it lists every key");
            refuse(problem, Exit::Usage)
        }
        Ok(Resolved::Refused(refused)) => {
            let problem = format!("`{key}` is left as it is: {refused}");
            let problem = Diagnostic::error("resolve-refused", problem);
            let problem = problem.help(format!("run\n  {}", command("explain", &key, "")));
            let exit = match refused {
                Refused::Sending { .. } | Refused::OwnerMayLive { .. } => Exit::Held,
                _ => Exit::Refused,
            };
            refuse(problem, exit)
        }
        Err(stop) => stopped(&stop, settings, output),
    }
}

fn target(args: &ResolveArgs) -> Target {
    if args.comment {
        Target::Comment
    } else {
        Target::Linkedin
    }
}
