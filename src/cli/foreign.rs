//! A configuration of somebody else, found in a folder above.
//!
//! Owns refusing it, as git refuses a repository of somebody else: whoever may write to a
//! folder above, such as a shared temporary one, must not choose what is published with
//! our tokens. A folder that is named with `-C` was chosen.

use crate::cli::args::Command;
use crate::cli::commands::plan::nothing;
use crate::cli::commands::status::{stopped, stopped_with};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::git::accepts;
use crate::pass::Stop;
use crate::pass::load::CONFIG_FILE;
use crate::report::diagnostics_json::check_json;
use crate::report::exit::Exit;
use crate::report::plan_json::plan_json;
use crate::report::status_json::status_nothing_json;
use crate::system::files::{own_user, owner};

/// Shows why the content root is not used; `None`: it is.
pub(super) async fn refused(
    command: &Command,
    settings: &Settings,
    output: Output,
) -> Option<Exit> {
    match command {
        Command::Init(_) | Command::Schema(_) | Command::Completions(_) => return None,
        _ if !settings.found_upwards => return None,
        _ => {}
    }
    if is_ours(settings) || accepts(&settings.root, &settings.environment.variables).await {
        return None;
    }
    let stop = problem(settings);
    let document = match command {
        Command::Check(_) => check_json(&stop.diagnostics),
        Command::Plan(_) => plan_json(&nothing(), &stop.diagnostics),
        Command::Status => status_nothing_json(&stop.diagnostics),
        _ => return Some(stopped(&stop, settings, output)),
    };
    Some(stopped_with(&document, &stop, settings, output))
}

/// Whether folder and file are this user's, or the user's who called `sudo`; also where the
/// system knows no owners.
fn is_ours(settings: &Settings) -> bool {
    let Some(own) = own_user() else {
        return true;
    };
    let caller = settings.environment.get("SUDO_UID").filter(|_| own == 0);
    let caller = caller.and_then(|id| id.parse().ok());
    let places = [settings.root.clone(), settings.root.join(CONFIG_FILE)];
    let mut owners = places.iter().map(|place| owner(place));
    owners.all(|owner| owner == Some(own) || (owner.is_some() && owner == caller))
}

fn problem(settings: &Settings) -> Stop {
    let root = settings.root.display();
    let message = format!("`{root}/{CONFIG_FILE}` belongs to another user");
    let problem = Diagnostic::error("foreign-configuration", message)
        .note("it was found in a folder above; it says what is published with your credentials")
        .note("nothing was read, and nothing was published")
        .help(format!(
            "if it is the one you mean, name its folder: -C '{root}'"
        ));
    Stop {
        diagnostics: vec![problem],
        exit: Exit::Refused,
    }
}
