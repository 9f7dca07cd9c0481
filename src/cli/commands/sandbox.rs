//! `sandbox` and `apply --sandbox`: the local LinkedIn.
//!
//! Owns the world of an `apply --sandbox`, and serving the sandbox. Touches no ref, remote,
//! token, or `mergecast.lock`.

mod state;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::cli::address::TRUST;
use crate::cli::args::SandboxArgs;
use crate::cli::commands::apply::Run;
use crate::cli::commands::status::{at, stopped};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::world::{Bars, local_config};
use crate::linkedin::credentials;
use crate::linkedin::endpoint::Endpoint;
use crate::linkedin::oauth;
use crate::model::Instant;
use crate::model::config::{Config, CredentialNames};
use crate::model::path::ContentPath;
use crate::model::urn::AuthorUrn;
use crate::pass::PassOptions;
use crate::ports::{Clock, Ports};
use crate::record::lockfile::LOCKFILE;
use crate::report::exit::Exit;
use crate::sandbox::{Directory, InMemory, Linkedin};
use crate::system::{
    DirectoryLedger, FileLockfile, MemoryJournal, SystemClock, SystemEntropy, WorkTree,
};

/// Real time, or a time of one's own in which waiting takes none.
#[derive(Clone, Debug)]
pub(in crate::cli) enum SandboxClock {
    Real,
    At(Arc<Mutex<Instant>>),
}

impl Clock for SandboxClock {
    fn now(&self) -> Instant {
        match self {
            SandboxClock::Real => SystemClock.now(),
            SandboxClock::At(now) => *now
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    fn uptime(&self) -> Duration {
        match self {
            SandboxClock::Real => SystemClock.uptime(),
            SandboxClock::At(_) => (self.now() - Instant::UNIX_EPOCH)
                .to_std()
                .unwrap_or_default(),
        }
    }

    async fn sleep_until(&self, until: Instant) {
        match self {
            SandboxClock::Real => SystemClock.sleep_until(until).await,
            SandboxClock::At(now) => {
                let mut now = now
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                *now = until.max(*now);
            }
        }
    }
}

/// Runs `apply` against the sandbox.
pub(in crate::cli) async fn apply(run: &Run<'_>, mut options: PassOptions) -> Exit {
    let (args, settings, output) = (run.args, run.settings, run.output);
    options.paused_by_environment = false;
    let prepared = local_config(&settings.root).await.and_then(|config| {
        let clock = match &args.at {
            Some(text) => SandboxClock::At(Arc::new(Mutex::new(at(Some(text), &config)?))),
            None => SandboxClock::Real,
        };
        options.endpoint =
            Endpoint::new(None).map_err(|error| state::problem(&error.to_string()))?;
        let lockfile =
            ContentPath::parse(LOCKFILE).map_err(|error| state::problem(&error.to_string()))?;
        Ok((clock, state::open(&settings.root, &config, true)?, lockfile))
    });
    let (clock, linkedin, lockfile) = match prepared {
        Ok(prepared) => prepared,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let folder = settings.root.join(state::FOLDER);
    let linkedin = Arc::new(Mutex::new(linkedin));
    let world = Ports {
        clock: clock.clone(),
        entropy: SystemEntropy,
        content: WorkTree::new(&settings.root).without_pause(),
        ledger: DirectoryLedger::new(&folder.join("ledger"), ""),
        lockfile: FileLockfile::new(&folder, &lockfile),
        journal: MemoryJournal::default(),
        transport: InMemory::new(Arc::clone(&linkedin), clock),
        progress: Bars::new(output.is_watched()),
    };
    let token = |config: &Config, author: &AuthorUrn| {
        // Every author has a token of its own here, whatever the real ones are called.
        let mut config = config.clone();
        for author in config.authors.values_mut() {
            author.credentials = CredentialNames::default();
        }
        let environment = [(
            "LINKEDIN_ACCESS_TOKEN".to_owned(),
            Directory::token_of(author),
        )]
        .into();
        crate::pass::ready(credentials::resolve(author, &config, &environment))
    };
    let exit = run.with(&world, &options, &token).await;
    let saved = state::save_with_requests(
        &settings.root,
        &linkedin
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner),
    );
    match saved {
        Ok(()) => exit,
        Err(stop) => stopped(&stop, settings, output).and(exit),
    }
}

/// Serves the sandbox until it is interrupted.
pub(in crate::cli) async fn run(args: &SandboxArgs, settings: &Settings, output: Output) -> Exit {
    let opened = local_config(&settings.root).await.and_then(|config| {
        if args.ephemeral {
            let authors = config
                .authors
                .iter()
                .map(|(alias, author)| (author.urn.clone(), alias.clone()));
            return Ok(Linkedin::for_authors(authors));
        }
        state::open(&settings.root, &config, false)
    });
    let linkedin = match opened {
        Ok(linkedin) => Arc::new(Mutex::new(linkedin)),
        Err(stop) => return stopped(&stop, settings, output),
    };
    let listener = match tokio::net::TcpListener::bind(("127.0.0.1", args.port)).await {
        Ok(listener) => listener,
        Err(error) => {
            output.message(&format!(
                "error: port {} cannot be used: {error}\n",
                args.port
            ));
            return Exit::Failed;
        }
    };
    let address = listener
        .local_addr()
        .map_or_else(|_| String::new(), |address| address.to_string());
    output.data(&format!(
        "the sandbox listens on http://{address}/ (the feed); stop it with Ctrl-C\n\
         to publish to it: stop it, run `mergecast apply --sandbox`, and start it again\n\
         to send it other commands, in a copy of this folder that is thrown away (docs/sandbox.md#other-commands):\n  \
         export {api}=http://{address} {oauth}=http://{address} {TRUST}=1 XDG_CONFIG_HOME=$(mktemp -d)\n",
        api = Endpoint::VARIABLE,
        oauth = oauth::VARIABLE,
    ));
    let served = tokio::select! {
        served = crate::sandbox::listener::serve(listener, Arc::clone(&linkedin), SystemClock) => served,
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    if !args.ephemeral {
        let kept = linkedin
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Err(stop) = state::save(&settings.root, &kept) {
            return stopped(&stop, settings, output);
        }
    }
    match served {
        Ok(()) => Exit::Done,
        Err(error) => {
            output.message(&format!("error: {error}\n"));
            Exit::Failed
        }
    }
}
