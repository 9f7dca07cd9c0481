//! `watch`: passes for ever.

mod lookout;
mod messenger;
mod reporter;

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use http::StatusCode;
use tokio::sync::Notify;

use crate::cli::agreed::agreed;
use crate::cli::args::{LogFormat, WatchArgs};
use crate::cli::commands::apply::pass_options;
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::stores::local_notice;
use crate::cli::tokens::Tokens;
use crate::cli::world::{choice, local_config, real, repository};
use crate::diagnostic::Diagnostic;
use crate::pass::{RunsOn, Standby, Stop, StopSignal};
use crate::ports::Clock as _;
use crate::report::exit::Exit;
use crate::system::status_server::{self, Page, Pages, plain};
use crate::system::{FileEvents, ServiceManager, SystemClock, signals};
use crate::watch::health::Health;
use crate::watch::metrics::{CONTENT_TYPE, metrics};
use crate::watch::{Watch, watch};
use lookout::{Followed, Lookouts};
use reporter::Reporter;

/// A pass is run so often whatever happens.
const RESYNC: TimeDelta = TimeDelta::minutes(10);
/// The loop tells so often that it turns, for the watchdog and `/healthz`.
const BEAT: std::time::Duration = std::time::Duration::from_secs(10);
/// Looking more often than this would only annoy the remote.
const SHORTEST_LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// Runs until it is stopped.
pub(in crate::cli) async fn run(
    args: &WatchArgs,
    settings: &Settings,
    output: Output,
    stop: StopSignal,
) -> Exit {
    let usage = |problem: &str| {
        output.message(&format!("error: {problem}\n"));
        Exit::Usage
    };
    if args.worktree && settings.environment.is_ci() {
        return usage("`--worktree` publishes files nobody reviewed, and is refused in CI");
    }
    let look_every = TimeDelta::from_std(SHORTEST_LOOK.max(*args.fetch_interval));
    let ready_within = TimeDelta::from_std(*args.ready_within);
    let (Ok(look_every), Ok(ready_within)) = (look_every, ready_within) else {
        return usage("that is too long for a duration");
    };
    let address = match args.listen.as_deref().map(listen_address).transpose() {
        Ok(address) => address,
        Err(problem) => return usage(&problem),
    };
    let health = Health::new(SystemClock.now(), SystemClock.uptime(), ready_within);
    let health = Arc::new(Mutex::new(health));
    let began = begin(args, settings, output, &health);
    let reporter = match began.await {
        Ok(reporter) => reporter,
        Err(stop) => return stopped(&stop, settings, output),
    };
    if let Some(address) = address
        && let Err(problem) = serve(address, &health, &reporter).await
    {
        return usage(&problem);
    }
    match follow(args, settings, &reporter, stop, look_every).await {
        Ok(()) => {
            reporter.stopped().await;
            Exit::Done
        }
        Err(stop) => stopped(&stop, settings, output),
    }
}

/// What can be wrong before anything is begun.
async fn begin(
    args: &WatchArgs,
    settings: &Settings,
    output: Output,
    health: &Arc<Mutex<Health>>,
) -> Result<Reporter, Stop> {
    local_config(&settings.root).await?;
    let tokens = Tokens::open(settings)?;
    Ok(Reporter::new(
        output,
        args.log_format == LogFormat::Json,
        Arc::clone(health),
        ServiceManager::find(&settings.environment),
        tokens,
        settings.root.clone(),
    ))
}

async fn follow(
    args: &WatchArgs,
    settings: &Settings,
    reporter: &Reporter,
    stop: StopSignal,
    look_every: TimeDelta,
) -> Result<(), Stop> {
    let options = pass_options(settings, Vec::new(), None)?;
    if !asked(settings, reporter, &stop, look_every).await? {
        return Ok(());
    }
    let config = local_config(&settings.root).await?;
    let world = real(settings, args.worktree, false).await?;
    let nudge = Arc::new(Notify::new());
    let found = repository(settings).await?;
    let repository = found.clone().filter(|_| !args.worktree);
    let (followed, events) = match repository {
        Some(repository) => (Followed::branch(repository, &config), None),
        None => {
            let root = settings
                .root
                .canonicalize()
                .unwrap_or_else(|_| settings.root.clone());
            let events = FileEvents::watch(&root, Arc::clone(&nudge));
            if let Err(problem) = &events {
                reporter.warn(
                    "files",
                    &format!("changes of files are only looked for: {problem}"),
                );
            }
            (Followed::Files(root), events.ok())
        }
    };
    let lookout = Lookouts {
        followed,
        nudge: Arc::clone(&nudge),
        open: Cell::new(false),
    };
    let standby = Standby::ahead(stop).running_on(RunsOn::of(&config));
    let credentials = reporter.credentials();
    let parts = Watch {
        lookout: &lookout,
        told: reporter,
        look_every,
        resync: RESYNC,
        beat: BEAT,
    };
    reporter.started();
    let chosen = choice(settings, found.as_ref(), &config);
    if let Some(notice) = local_notice(&chosen) {
        reporter.warn(notice.code, &notice.message);
    }
    reporter.notify(&config, &settings.environment.variables);
    let followed = watch(&world, &options, &credentials, &standby, &parts);
    tokio::select! {
        () = Box::pin(followed) => {}
        Err(_) = signals::at_hangup(|| nudge.notify_one()) => {}
    }
    drop(events);
    match standby.is_displaced() {
        true => Err(displaced()),
        false => Ok(()),
    }
}

/// The pass said what moved.
fn displaced() -> Stop {
    let message = "the watcher ends: a merge moved what it publishes or where it records";
    let problem = Diagnostic::error("settings-moved", message)
        .note("nothing was published by the last pass")
        .help("start it again in a checkout of what is published");
    Stop {
        diagnostics: vec![problem],
        exit: Exit::Refused,
    }
}

/// Asks the default branch, until it answers or it is time to stop (`false`): a machine may
/// start before its network does.
async fn asked(
    settings: &Settings,
    reporter: &Reporter,
    stop: &StopSignal,
    look_every: TimeDelta,
) -> Result<bool, Stop> {
    loop {
        match agreed(settings).await {
            Err(unreached) if unreached.exit == Exit::Unreachable => {
                for problem in &unreached.diagnostics {
                    reporter.warn("remote", &problem.message);
                }
            }
            answered => return answered.map(|()| true),
        }
        let pause = look_every.to_std().unwrap_or(SHORTEST_LOOK);
        if stop.or(SystemClock.pause(pause)).await.is_none() {
            return Ok(false);
        }
    }
}

/// A port of loopback, or an address with its port.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let address = text.parse();
    address.map_err(|_| {
        format!("`--listen {text}`: write a port, or an address such as `127.0.0.1:9477`")
    })
}

async fn serve(
    address: SocketAddr,
    health: &Arc<Mutex<Health>>,
    reporter: &Reporter,
) -> Result<(), String> {
    let bound = status_server::bind(address).await;
    let (listener, address) =
        bound.map_err(|error| format!("`{address}` cannot be listened on: {error}"))?;
    reporter.serves(address);
    let health = Arc::clone(health);
    let pages: Arc<Pages> = Arc::new(move |path: &str| {
        let health = health.lock().unwrap_or_else(PoisonError::into_inner);
        page(&health, path)
    });
    // It ends with the runtime.
    drop(tokio::spawn(status_server::serve(listener, pages)));
    Ok(())
}

fn page(health: &Health, path: &str) -> Option<Page> {
    let verdict = |well: Result<(), String>| match well {
        Ok(()) => plain(StatusCode::OK, "ok\n"),
        Err(why) => plain(StatusCode::SERVICE_UNAVAILABLE, &format!("{why}\n")),
    };
    match path {
        "/healthz" => Some(verdict(health.alive(SystemClock.uptime()))),
        "/readyz" => Some(verdict(health.ready(SystemClock.now()))),
        "/metrics" => Some(Page {
            status: StatusCode::OK,
            content_type: CONTENT_TYPE,
            text: metrics(health),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_of_loopback() {
        assert_eq!(
            listen_address("9477").unwrap().to_string(),
            "127.0.0.1:9477"
        );
        assert_eq!(
            listen_address("0.0.0.0:80").unwrap().to_string(),
            "0.0.0.0:80"
        );
        assert!(listen_address("localhost").is_err());
    }
}
