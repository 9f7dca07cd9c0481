//! `status`: where every post stands.
//!
//! Also owns the offline view `plan`, `status` and `explain` share: work tree, and the
//! record as far as this clone knows it.

use crate::cli::args::Format;
use crate::cli::output::Output;
use crate::cli::reviewed::{Reviewed, checked_out, reviewed};
use crate::cli::settings::Settings;
use crate::cli::world::{AnyLedger, real};
use crate::content::schedule;
use crate::diagnostic::Diagnostic;
use crate::git::{Repository, content_at, offline_ledger};
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::path::ContentPath;
use crate::pass::earlier::Earlier;
use crate::pass::load::{Content, read_content};
use crate::pass::{Stop, situation};
use crate::plan::{Plan, PlanInput, plan};
use crate::ports::{Clock as _, ContentSource as _, ContentTree, LedgerStore as _};
use crate::record::beginning::beginning;
use crate::record::lockfile::{LARGEST, LOCKFILE};
use crate::record::recorded::Recorded;
use crate::report::apply_json::apply_json;
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::report::frozen::frozen;
use crate::report::results::ApplyReport;
use crate::report::status::{Freshness, status_human};
use crate::report::status_json::{status_json, status_nothing_json};
use crate::system::{DirectoryLedger, SystemClock, WorkTree};

/// What can be said without LinkedIn.
pub(in crate::cli) struct Local {
    pub(in crate::cli) content: Content,
    pub(in crate::cli) plan: Plan,
    pub(in crate::cli) recorded: Recorded,
    pub(in crate::cli) freshness: Freshness,
    pub(in crate::cli) diagnostics: Vec<Diagnostic>,
    /// Why nothing may be published from here.
    pub(in crate::cli) nowhere: Vec<Diagnostic>,
}

/// Reads `--at`: RFC 3339, or local time in the configured zone.
pub(in crate::cli) fn at(text: Option<&str>, config: &Config) -> Result<Instant, Stop> {
    match text {
        Some(text) => instant("--at", text, config),
        None => Ok(SystemClock.now()),
    }
}

/// Reads the time an option names: RFC 3339, or local time in the configured zone.
pub(in crate::cli) fn instant(option: &str, text: &str, config: &Config) -> Result<Instant, Stop> {
    schedule::instant(text, config.timezone).map_err(|_| {
        let words = format!("`{option} {text}` names no instant");
        let problem = Diagnostic::error("invalid-time", words);
        Stop {
            diagnostics: vec![problem.help(
                "write `2026-09-03T10:00:00+02:00`, or local time such as `2026-09-03 10:00`",
            )],
            exit: Exit::Usage,
        }
    })
}

/// What a review looks at, and the record as this clone knows it; fetches nothing.
pub(in crate::cli) async fn local(settings: &Settings, time: Option<&str>) -> Result<Local, Stop> {
    let Reviewed {
        tree,
        repository,
        notices,
    } = reviewed(settings).await?.whole()?;
    let (content, lockfile) = content_of(tree.as_ref())?;
    let now = at(time, &content.config)?;
    let (recorded, since) = known_here(
        settings,
        repository.as_ref(),
        &content.config,
        lockfile.as_deref(),
    )?;
    let paused = settings.is_paused();
    let plan = planned(&content, &recorded, now, paused, repository.as_ref());
    let freshness = Freshness::Local { since };
    Ok(Local::new(content, recorded, plan, freshness, notices))
}

/// `looked`, and the record fetched; what this clone knows where the remote does not answer.
pub(in crate::cli) async fn fetched(settings: &Settings, looked: Reviewed) -> Result<Local, Stop> {
    let Reviewed {
        tree,
        repository,
        notices,
    } = looked.whole()?;
    let (content, lockfile) = content_of(tree.as_ref())?;
    let now = SystemClock.now();
    let world = match real(settings, true, false).await {
        Ok(world) => world,
        // Nothing may be published from here; what is known here can be shown all the same.
        Err(stop) if stop.exit == Exit::Refused => {
            let (found, config) = (repository.as_ref(), &content.config);
            let (recorded, since) = known_here(settings, found, config, lockfile.as_deref())?;
            let plan = planned(&content, &recorded, now, settings.is_paused(), found);
            let freshness = Freshness::Local { since };
            let mut local = Local::new(content, recorded, plan, freshness, notices);
            local.nowhere = stop.diagnostics;
            return Ok(local);
        }
        Err(stop) => return Err(stop),
    };
    let (recorded, freshness) = match (world.ledger.load().await, &world.ledger) {
        (Ok(snapshot), _) => {
            let since = content.config.state_since;
            let situation = situation(&world.ledger, &snapshot, since, now);
            let recorded = Recorded::new(
                snapshot.ledger,
                lockfile.as_deref(),
                repository_id(settings),
            );
            (recorded.begun(beginning(&situation)), Freshness::Fetched)
        }
        (Err(_), AnyLedger::Remote(_)) => {
            let (repository, config) = (repository.as_ref(), &content.config);
            let known = known_here(settings, repository, config, lockfile.as_deref())?;
            (known.0, Freshness::Local { since: known.1 })
        }
        (Err(error), AnyLedger::Local(..) | AnyLedger::Directory(_)) => return Err(error.into()),
    };
    let paused = settings.is_paused();
    let plan = planned(&content, &recorded, now, paused, repository.as_ref());
    Ok(Local::new(content, recorded, plan, freshness, notices))
}

/// Content and lockfile of the work tree.
pub(in crate::cli) async fn files(settings: &Settings) -> Result<(Content, Option<Vec<u8>>), Stop> {
    content_of(WorkTree::new(&settings.root).load().await?.as_ref())
}

fn content_of(tree: &dyn ContentTree) -> Result<(Content, Option<Vec<u8>>), Stop> {
    let content = read_content(tree).map_err(|diagnostics| Stop {
        diagnostics,
        exit: Exit::Invalid,
    })?;
    let lock = ContentPath::parse(LOCKFILE).ok();
    let lockfile = lock.and_then(|path| tree.read(&path, LARGEST).ok());
    Ok((content, lockfile))
}

/// The record as this clone knows it, and since when.
pub(in crate::cli) fn known_here(
    settings: &Settings,
    repository: Option<&Repository>,
    config: &Config,
    lockfile: Option<&[u8]>,
) -> Result<(Recorded, Option<Instant>), Stop> {
    let id = repository_id(settings);
    let Some(repository) = repository else {
        let folder = settings.root.join(".mergecast/ledger");
        let snapshot = DirectoryLedger::new(&folder, "").load_now()?;
        return Ok((Recorded::new(snapshot.ledger, lockfile, id), None));
    };
    let remote = repository.remote(&config.state.remote);
    match offline_ledger(repository, remote, &config.state.branch)? {
        Some(known) => Ok((
            Recorded::new(known.snapshot.ledger, lockfile, id),
            Some(known.as_of),
        )),
        None if remote.is_some() => Ok((Recorded::from_lockfile(lockfile), None)),
        None => Ok((
            Recorded::new(crate::record::Ledger::default(), lockfile, None),
            None,
        )),
    }
}

/// GitHub's number for the repository, where the environment tells it.
fn repository_id(settings: &Settings) -> Option<&str> {
    settings.environment.get("GITHUB_REPOSITORY_ID")
}

fn planned(
    content: &Content,
    recorded: &Recorded,
    now: Instant,
    paused_by_environment: bool,
    repository: Option<&Repository>,
) -> Plan {
    let open = |commit: &str| content_at(repository?, commit);
    let earlier = Earlier::new(&open);
    plan(&PlanInput {
        desired: &content.desired,
        recorded,
        config: &content.config,
        now,
        ahead: chrono::TimeDelta::zero(),
        paused_by_environment,
        only: &[],
        allow_changes: None,
        history: &|commit| earlier.at(commit),
    })
}

impl Local {
    fn new(
        content: Content,
        recorded: Recorded,
        plan: Plan,
        freshness: Freshness,
        notices: Vec<Diagnostic>,
    ) -> Self {
        let mut diagnostics = content.desired.diagnostics.clone();
        diagnostics.extend(recorded.diagnostics());
        diagnostics.extend(plan.diagnostics());
        diagnostics.extend(notices);
        Self {
            content,
            plan,
            recorded,
            freshness,
            diagnostics,
            nowhere: Vec::new(),
        }
    }
}

/// Shows where every post stands.
pub(in crate::cli) async fn run(settings: &Settings, output: Output) -> Exit {
    let looked = match checked_out(settings).await {
        Ok(looked) => looked,
        Err(stop) => {
            return stopped_with(
                &status_nothing_json(&stop.diagnostics),
                &stop,
                settings,
                output,
            );
        }
    };
    let notices = looked.notices.clone();
    match fetched(settings, looked).await {
        Ok(mut local) => {
            local.diagnostics.extend(frozen(&local.recorded.freezes));
            local.diagnostics.extend(local.nowhere.iter().cloned());
            let palette = Settings::message_palette(output);
            output.message(&diagnostics_human(&local.nowhere, &palette));
            match settings.format {
                Format::Json => output.data(&status_json(
                    &local.plan,
                    local.freshness,
                    &local.diagnostics,
                )),
                Format::Human | Format::Markdown | Format::Github => {
                    let palette = Settings::message_palette(output);
                    output.message(&diagnostics_human(&notices, &palette));
                    output.data(&status_human(
                        &local.plan,
                        local.freshness,
                        &Settings::data_palette(output),
                    ));
                }
            }
            Exit::Done
        }
        Err(stop) => {
            let document = status_nothing_json(&stop.diagnostics);
            stopped_with(&document, &stop, settings, output)
        }
    }
}

/// Shows why a command could not begin; for scripts as a document of `apply`.
pub(in crate::cli) fn stopped(stop: &Stop, settings: &Settings, output: Output) -> Exit {
    let document = apply_json(&ApplyReport {
        sandbox: false,
        now: SystemClock.now(),
        requests: None,
        results: Vec::new(),
        next_due: None,
        diagnostics: stop.diagnostics.clone(),
        exit: stop.exit,
    });
    stopped_with(&document, stop, settings, output)
}

/// The same with another document for scripts.
pub(in crate::cli) fn stopped_with(
    document: &str,
    stop: &Stop,
    settings: &Settings,
    output: Output,
) -> Exit {
    if settings.format == Format::Json {
        output.data(document);
    }
    output.message(&diagnostics_human(
        &stop.diagnostics,
        &Settings::message_palette(output),
    ));
    stop.exit
}
