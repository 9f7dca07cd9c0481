//! `plan`: what would happen, and why. Makes no request and fetches nothing.

use crate::cli::args::{Format, PlanArgs};
use crate::cli::commands::status::{Local, local};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::plan::Plan;
use crate::ports::Clock as _;
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::report::plan_human::plan_human;
use crate::report::plan_json::plan_json;
use crate::report::plan_markdown::plan_markdown;
use crate::system::SystemClock;

/// GitHub cuts comments at 65,536 characters.
const MARKDOWN_LIMIT: usize = 60_000;

/// Shows the plan.
pub(in crate::cli) async fn run(args: &PlanArgs, settings: &Settings, output: Output) -> Exit {
    let local = match local(settings, args.at.as_deref()).await {
        Ok(local) => local,
        Err(stop) => {
            if settings.format == Format::Json {
                output.data(&plan_json(&nothing(), &stop.diagnostics));
            }
            output.message(&diagnostics_human(
                &stop.diagnostics,
                &Settings::message_palette(output),
            ));
            return stop.exit;
        }
    };
    let Local {
        plan,
        diagnostics,
        content,
        ..
    } = local;
    show(&plan, &diagnostics, settings, output);
    let pending = plan.items.iter().any(|item| item.action.is_change());
    if content.desired.diagnostics.iter().any(Diagnostic::is_error) {
        Exit::Invalid
    } else if args.detailed_exitcode && pending {
        Exit::Pending
    } else {
        Exit::Done
    }
}

/// Shows a plan in the format asked for.
pub(in crate::cli) fn show(
    plan: &Plan,
    diagnostics: &[Diagnostic],
    settings: &Settings,
    output: Output,
) {
    match settings.format {
        Format::Json => output.data(&plan_json(plan, diagnostics)),
        Format::Markdown => output.data(&plan_markdown(plan, diagnostics, MARKDOWN_LIMIT)),
        Format::Human | Format::Github => {
            output.message(&diagnostics_human(
                diagnostics,
                &Settings::message_palette(output),
            ));
            output.data(&plan_human(
                plan,
                settings.detail,
                &Settings::data_palette(output),
            ));
        }
    }
}

/// A plan of nothing, for scripts, when the configuration cannot be used.
pub(in crate::cli) fn nothing() -> Plan {
    Plan {
        now: SystemClock.now(),
        next_due: None,
        items: Vec::new(),
        guards: Vec::new(),
        requests: Vec::new(),
    }
}
