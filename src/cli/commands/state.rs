//! `state`: the ledger as it stands, and making it whole again.

mod by_hand;

use crate::cli::agreed::agreed;
use crate::cli::args::{Format, RebuildArgs, StateCommand};
use crate::cli::commands::apply::pass_options;
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::world::{AnyLedger, local_config, real, repository};
use crate::diagnostic::Diagnostic;
use crate::git::offline_ledger;
use crate::model::config::Config;
use crate::model::path::ContentPath;
use crate::pass::begin::{Begun, begin_on_purpose};
use crate::pass::rebuild::{Rebuilt, Wish, rebuild};
use crate::pass::{Stop, situation, witness};
use crate::ports::{Clock as _, ContentSource as _, LedgerError, LedgerSnapshot, LedgerStore as _};
use crate::record::beginning::{Beginning, beginning};
use crate::record::lockfile::{LARGEST, LOCKFILE};
use crate::record::recorded::Recorded;
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::report::state_rebuild::{RebuildReport, rebuild_human, rebuild_json};
use crate::report::state_show::{LedgerPage, LedgerPlace, ledger_human, ledger_json};
use crate::report::status::Freshness;
use crate::system::{SystemClock, WorkTree};
use bytes::Bytes;

/// Shows or rebuilds the ledger.
pub(in crate::cli) async fn run(args: &StateCommand, settings: &Settings, output: Output) -> Exit {
    let done = match args {
        StateCommand::Show => show(settings, output).await,
        StateCommand::Init => Box::pin(init(settings, output)).await,
        StateCommand::Rebuild(args) => Box::pin(remake(args, settings, output)).await,
        StateCommand::Move(args) => Box::pin(by_hand::relocate(args, settings, output)).await,
        StateCommand::Accept(args) => Box::pin(by_hand::accept(args, settings, output)).await,
    };
    done.unwrap_or_else(|stop| stopped(&stop, settings, output))
}

/// Begins the ledger, with what this machine recorded before it had the place it has now.
pub(in crate::cli) async fn init(settings: &Settings, output: Output) -> Result<Exit, Stop> {
    let options = pass_options(settings, Vec::new(), None)?;
    let config = local_config(&settings.root).await?;
    agreed(settings).await?;
    let world = real(settings, false, false).await?;
    let begun = begin_on_purpose(&world, &options).await?;
    let place = match &world.ledger {
        AnyLedger::Remote(_) => {
            format!("on `{}` of `{}`", config.state.branch, config.state.remote)
        }
        AnyLedger::Local(..) => format!("on `{}` of this clone alone", config.state.branch),
        AnyLedger::Directory(_) => "in `.mergecast/ledger`, on this machine alone".to_owned(),
    };
    let words = match begun {
        Begun::Before => format!("the ledger had begun already ({place}); nothing was changed\n"),
        Begun::Now { carried: 0 } => format!("the ledger has begun: {place}\n"),
        Begun::Now { carried } => {
            format!("the ledger has begun, with {carried} entries of an earlier one: {place}\n")
        }
    };
    match settings.format {
        Format::Json => output.data(&initialized_json(&begun)),
        Format::Human | Format::Markdown | Format::Github => output.data(&words),
    }
    Ok(Exit::Done)
}

fn initialized_json(begun: &Begun) -> String {
    let (begun, carried) = match begun {
        Begun::Before => (false, 0),
        Begun::Now { carried } => (true, *carried),
    };
    let value = serde_json::json!({ "format_version": 1, "begun": begun, "carried": carried });
    format!("{value:#}\n")
}

async fn remake(args: &RebuildArgs, settings: &Settings, output: Output) -> Result<Exit, Stop> {
    let options = pass_options(settings, Vec::new(), None)?;
    let world = real(settings, false, false).await?;
    let named = options.repository_id.is_some() || world.ledger.home().remote_name.is_some();
    if args.for_this_repository && !named {
        return Err(nameless());
    }
    let taken = take_along(&world.ledger, args, settings, output).await?;
    let wish = Wish {
        for_this_repository: args.for_this_repository,
        only_here: args.only_here,
        dry_run: args.dry_run,
    };
    let rebuilt = match taken && args.dry_run {
        // What would be frozen after it is not known before it was done.
        true => Rebuilt::default(),
        false => rebuild(&world, &options, wish).await?,
    };
    let Rebuilt {
        freezes,
        rebuild,
        diagnostics,
    } = rebuilt;
    let report = RebuildReport {
        freezes: &freezes,
        rebuild: &rebuild,
        dry_run: args.dry_run,
        diagnostics: &diagnostics,
    };
    if settings.format == Format::Json {
        output.data(&rebuild_json(&report));
        return Ok(Exit::Done);
    }
    let palette = Settings::message_palette(output);
    output.message(&diagnostics_human(&diagnostics, &palette));
    output.data(&rebuild_human(&report, &Settings::data_palette(output)));
    Ok(Exit::Done)
}

/// Takes a ledger along that began on another branch than the settings name; whether there
/// is one.
async fn take_along(
    ledger: &AnyLedger,
    args: &RebuildArgs,
    settings: &Settings,
    output: Output,
) -> Result<bool, Stop> {
    let AnyLedger::Remote(ledger) = ledger else {
        return Ok(false);
    };
    let from = match ledger.follow(SystemClock.now(), args.dry_run).await {
        Ok(Some(from)) => from,
        // The rebuild itself says so.
        Ok(None) | Err(LedgerError::Unreachable { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let to = local_config(&settings.root).await?.state.branch;
    let word = if args.dry_run { "would be" } else { "was" };
    output.message(&format!(
        "the ledger {word} taken along from `{from}` to `{to}`\n"
    ));
    Ok(true)
}

/// Without a number for this repository nothing would be written that tells it apart.
fn nameless() -> Stop {
    let problem = Diagnostic::error(
        "repository-unnamed",
        "`--for-this-repository`: this run does not know GitHub's number for the repository",
    );
    let help = "run it in a workflow, or set `GITHUB_REPOSITORY_ID` to what this prints:\n  gh api 'repos/{owner}/{repo}' --jq .id";
    Stop {
        diagnostics: vec![problem.note("nothing was changed").help(help)],
        exit: Exit::Usage,
    }
}

/// A ledger as far as it can be known now.
struct Known {
    snapshot: LedgerSnapshot,
    lockfile: Option<Bytes>,
    freshness: Freshness,
    /// Whether there is anything to compare with the lockfile.
    seen: bool,
}

async fn show(settings: &Settings, output: Output) -> Result<Exit, Stop> {
    let config = local_config(&settings.root).await?;
    let world = real(settings, true, false).await?;
    // The witness before the ledger, as in every pass.
    let lockfile = witness(&world).await;
    let known = match (world.ledger.load().await, &world.ledger) {
        (Ok(snapshot), _) => Known {
            snapshot,
            lockfile: lockfile?,
            freshness: Freshness::Fetched,
            seen: true,
        },
        (Err(_), AnyLedger::Remote(_)) => offline(settings, &config).await?,
        (Err(error), AnyLedger::Local(..) | AnyLedger::Directory(_)) => return Err(error.into()),
    };
    let id = settings.environment.get("GITHUB_REPOSITORY_ID");
    let since = config.state_since;
    let beginning = match known.freshness {
        Freshness::Fetched => {
            let now = SystemClock.now();
            beginning(&situation(&world.ledger, &known.snapshot, since, now))
        }
        Freshness::Local { .. } => Beginning::Begun,
    };
    let recorded = match known.seen {
        true => Recorded::new(known.snapshot.ledger, known.lockfile.as_deref(), id),
        false => Recorded::default(),
    };
    let recorded = recorded.begun(beginning);
    let branch = config.state.branch.clone();
    let place = match &world.ledger {
        AnyLedger::Remote(_) => LedgerPlace::Remote {
            branch,
            remote: config.state.remote.clone(),
        },
        AnyLedger::Local(..) => LedgerPlace::Branch(branch),
        AnyLedger::Directory(_) => LedgerPlace::Folder(".mergecast/ledger".to_owned()),
    };
    let page = LedgerPage {
        place: &place,
        version: known.snapshot.version.as_deref(),
        freshness: known.freshness,
        recorded: &recorded,
        zone: config.timezone,
        now: SystemClock.now(),
    };
    match settings.format {
        Format::Json => output.data(&ledger_json(&page)),
        Format::Human | Format::Markdown | Format::Github => {
            let palette = Settings::data_palette(output);
            output.data(&ledger_human(&page, settings.detail, &palette));
        }
    }
    Ok(Exit::Done)
}

/// What this clone knew before, beside the lockfile of the work tree.
async fn offline(settings: &Settings, config: &Config) -> Result<Known, Stop> {
    let known = match repository(settings).await? {
        Some(repository) => {
            let remote = repository.remote(&config.state.remote);
            offline_ledger(&repository, remote, &config.state.branch)?
        }
        None => None,
    };
    let tree = WorkTree::new(&settings.root).load().await?;
    let lock = ContentPath::parse(LOCKFILE).ok();
    let lockfile = lock.and_then(|path| tree.read(&path, LARGEST).ok());
    let since = known.as_ref().map(|known| known.as_of);
    let seen = known.is_some();
    Ok(Known {
        snapshot: known.map(|known| known.snapshot).unwrap_or_default(),
        lockfile: lockfile.map(Into::into),
        freshness: Freshness::Local { since },
        seen,
    })
}
