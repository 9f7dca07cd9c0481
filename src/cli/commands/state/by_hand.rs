//! `state move` and `state accept`: what a person says about the ledger.

use crate::cli::args::{AcceptArgs, Format, MoveArgs};
use crate::cli::commands::apply::pass_options;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::world::real;
use crate::diagnostic::Diagnostic;
use crate::model::key::PostKey;
use crate::pass::Stop;
use crate::pass::{accept as accepting, relocate as moving};
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::report::state_by_hand::{MoveReport, accept_human, accept_json, move_human, move_json};

/// Takes the records of another content root.
pub(super) async fn relocate(
    args: &MoveArgs,
    settings: &Settings,
    output: Output,
) -> Result<Exit, Stop> {
    let key = args.key.as_deref().map(PostKey::parse).transpose();
    let key = key.map_err(|error| {
        let problem = Diagnostic::error("not-moved", format!("`state move`: {error}"));
        Stop {
            diagnostics: vec![problem.note("nothing was changed")],
            exit: Exit::Usage,
        }
    })?;
    let options = pass_options(settings, Vec::new(), None)?;
    let world = real(settings, false, false).await?;
    let segments = args
        .from
        .split('/')
        .filter(|name| !matches!(*name, "" | "."));
    let from = segments.collect::<Vec<_>>().join("/");
    let wish = (from.as_str(), key.as_ref());
    let moved = moving::relocate(&world, &options, wish, args.dry_run).await?;
    let report = MoveReport {
        from: &from,
        entries: &moved.entries,
        dry_run: args.dry_run,
        diagnostics: &moved.diagnostics,
    };
    match settings.format {
        Format::Json => output.data(&move_json(&report)),
        Format::Human | Format::Markdown | Format::Github => {
            let palette = Settings::message_palette(output);
            output.message(&diagnostics_human(&moved.diagnostics, &palette));
            output.data(&move_human(&report));
        }
    }
    Ok(Exit::Done)
}

/// Takes the ledger as it is for true.
pub(super) async fn accept(
    args: &AcceptArgs,
    settings: &Settings,
    output: Output,
) -> Result<Exit, Stop> {
    let options = pass_options(settings, Vec::new(), None)?;
    let world = real(settings, false, false).await?;
    let accepted = accepting::accept(&world, &options, args.dry_run).await?;
    let (breaks, given_up) = (&accepted.breaks, &accepted.given_up);
    output.data(&match settings.format {
        Format::Json => accept_json(breaks, given_up, args.dry_run),
        Format::Human | Format::Markdown | Format::Github => {
            accept_human(breaks, given_up, args.dry_run)
        }
    });
    Ok(Exit::Done)
}
