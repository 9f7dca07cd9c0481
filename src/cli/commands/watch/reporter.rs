//! Where a watcher's news go: its log, its numbers, the service manager.
//!
//! Owns the order of telling. Nothing here can hold up or repeat a publish: it is told
//! after a pass, when the record is as durable as it gets.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use super::messenger::Messenger;
use crate::cli::output::Output;
use crate::cli::tokens::Tokens;
use crate::cli::world::local_config;
use crate::model::Instant;
use crate::model::config::{Config, NotifyEvent};
use crate::model::urn::AuthorUrn;
use crate::pass::TokenFuture;
use crate::ports::Clock as _;
use crate::report::results::ApplyReport;
use crate::system::{ServiceManager, SystemClock};
use crate::watch::alerts::Alert;
use crate::watch::health::Health;
use crate::watch::lines::{Level, Line, Lines};
use crate::watch::{Passed, Told};

/// How often stored tokens are looked after.
const LOOK_AFTER: TimeDelta = TimeDelta::hours(1);

/// See the module.
pub(super) struct Reporter {
    output: Output,
    json: bool,
    health: Arc<Mutex<Health>>,
    manager: ServiceManager,
    tokens: Tokens,
    root: PathBuf,
    lines: RefCell<Lines>,
    ready: Cell<bool>,
    /// The remote's last trouble.
    trouble: RefCell<Option<String>>,
    looked_after: Cell<Option<Instant>>,
    /// When people were last told of tokens that end.
    warned: Cell<Option<Instant>>,
    told_alive: Cell<Duration>,
    messenger: RefCell<Option<Messenger>>,
    /// Whether people were told that nothing is published.
    told_unready: Cell<bool>,
}

impl Reporter {
    pub(super) fn new(
        output: Output,
        json: bool,
        health: Arc<Mutex<Health>>,
        manager: ServiceManager,
        tokens: Tokens,
        root: PathBuf,
    ) -> Self {
        Self {
            output,
            json,
            health,
            manager,
            tokens,
            root,
            lines: RefCell::default(),
            ready: Cell::new(false),
            trouble: RefCell::default(),
            looked_after: Cell::new(None),
            warned: Cell::new(None),
            told_alive: Cell::new(Duration::ZERO),
            messenger: RefCell::default(),
            told_unready: Cell::new(false),
        }
    }

    /// Sends messages to the targets of `config` from now on.
    pub(super) fn notify(&self, config: &Config, variables: &BTreeMap<String, String>) {
        let (output, json) = (self.output, self.json);
        let complain = move |problem: &str| {
            let line = Line::new(SystemClock.now(), Level::Warning, "notify", problem);
            output.data(&if json { line.json() } else { line.human() });
        };
        let health = Arc::clone(&self.health);
        let messenger = Messenger::new(&config.notify, variables, health, Arc::new(complain));
        *self.messenger.borrow_mut() = Some(messenger);
    }

    fn send(&self, alert: &Alert) {
        if let Some(messenger) = self.messenger.borrow().as_ref() {
            messenger.tell(alert);
        }
    }

    /// Tells people once when nothing can be published any more.
    fn tell_readiness(&self, now: Instant) {
        let ready = self.health().ready(now);
        let ever = self.ready.get() || now - self.health().started() > LOOK_AFTER / 6;
        match ready {
            Ok(()) => self.told_unready.set(false),
            Err(why) if ever && !self.told_unready.replace(true) => {
                let text = format!("nothing is published: {why}; the log says what is wrong");
                self.print(&Line::new(now, Level::Error, "unready", text.as_str()));
                self.send(&Alert::about(NotifyEvent::Failed, now, text, "unready"));
            }
            Err(_) => {}
        }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn print(&self, line: &Line) {
        let text = if self.json { line.json() } else { line.human() };
        self.output.data(&text);
    }

    fn line(&self, level: Level, event: &'static str, message: impl Into<String>) {
        self.print(&Line::new(SystemClock.now(), level, event, message));
    }

    pub(super) fn warn(&self, event: &'static str, message: &str) {
        self.line(Level::Warning, event, message);
    }

    pub(super) fn serves(&self, address: SocketAddr) {
        let message = format!("/healthz, /readyz and /metrics on http://{address}");
        let line = Line::new(SystemClock.now(), Level::Info, "listens", message);
        self.print(&line.with("address", address.to_string()));
    }

    pub(super) fn started(&self) {
        let version = env!("CARGO_PKG_VERSION");
        self.line(
            Level::Info,
            "started",
            format!("mergecast {version} watches"),
        );
        self.manager.tell(&["STATUS=first pass"]);
    }

    pub(super) async fn stopped(&self) {
        self.manager.tell(&["STOPPING=1"]);
        let messenger = self.messenger.take();
        if let Some(messenger) = messenger {
            messenger.farewell().await;
        }
        self.line(Level::Info, "stopped", "nothing is under way");
    }

    /// The tokens of passes, as stored at the moment they are asked for.
    pub(super) fn credentials(&self) -> impl Fn(&Config, &AuthorUrn) -> TokenFuture {
        let tokens = self.tokens.clone();
        move |config, author| {
            tokens.reload();
            tokens.token(config, author)
        }
    }

    /// Renews stored tokens before they end, and tells of those nobody can renew.
    async fn look_after_tokens(&self, now: Instant) {
        let early = |last: Instant| now - last < LOOK_AFTER && now >= last;
        if self.looked_after.get().is_some_and(early) {
            return;
        }
        self.looked_after.set(Some(now));
        let Ok(config) = local_config(&self.root).await else {
            return;
        };
        self.tokens.reload();
        for problem in self.tokens.renew(&config).await {
            let line = Line::new(now, Level::Warning, "token", problem.message);
            self.print(&line.with("code", problem.code));
        }
        self.health().tokens = self.tokens.ends(&config);
        let daily = |last: Instant| now - last < TimeDelta::days(1) && now >= last;
        if self.warned.get().is_some_and(daily) {
            return;
        }
        for problem in self.tokens.ending(&config) {
            self.warned.set(Some(now));
            let line = Line::new(now, Level::Warning, "token", problem.message.as_str());
            self.print(&line.with("code", problem.code));
            let text = problem.help.map_or(problem.message.clone(), |help| {
                format!("{}\n{help}", problem.message)
            });
            self.send(&Alert::about(
                NotifyEvent::TokenExpiring,
                now,
                text,
                problem.code,
            ));
        }
    }
}

fn is_refused_token(report: &ApplyReport) -> bool {
    let errors = report
        .results
        .iter()
        .filter_map(|result| result.error.as_ref());
    let mut kinds = errors.map(|error| error.kind);
    kinds.any(|kind| kind == "auth")
}

impl Told for Reporter {
    async fn passed(&self, passed: &Passed<'_>) {
        let (lines, alerts) = self.lines.borrow_mut().of(passed);
        for line in &lines {
            self.print(line);
        }
        self.health().passed(passed, SystemClock.uptime());
        for alert in &alerts {
            self.send(alert);
        }
        self.tell_readiness(passed.report.now);
        if is_refused_token(passed.report) {
            self.tokens.forget_minted();
        }
        if passed.success && !self.ready.replace(true) {
            self.manager.tell(&["READY=1"]);
        }
        let soon = passed
            .report
            .next_due
            .is_some_and(|due| due - passed.report.now < TimeDelta::minutes(1));
        if !soon {
            self.look_after_tokens(passed.report.now).await;
        }
    }

    fn looked(&self, seen: Result<(), &str>, now: Instant) {
        *self.health().looks.entry(seen.is_ok()).or_default() += 1;
        let before = self.trouble.replace(seen.err().map(str::to_owned));
        match (seen, before) {
            (Err(problem), None) => {
                let message = format!("it cannot be looked at: {problem}");
                self.print(&Line::new(now, Level::Warning, "remote", message));
            }
            (Ok(()), Some(_)) => {
                self.print(&Line::new(now, Level::Info, "remote", "it answers again"));
            }
            (Ok(()), None) | (Err(_), Some(_)) => {}
        }
    }

    fn beat(&self, now: Instant, until: Option<Instant>) {
        let uptime = SystemClock.uptime();
        let alive = {
            let mut health = self.health();
            health.beat(uptime);
            health.alive(uptime).is_ok()
        };
        let Some(every) = self.manager.watchdog() else {
            return;
        };
        // Every half of the time it is given, sd_watchdog_enabled(3) advises; beats themselves
        // may come a while late.
        if alive && uptime.saturating_sub(self.told_alive.get()) >= every / 4 {
            self.told_alive.set(uptime);
            let status = match until {
                Some(until) => format!("STATUS=waits {} s", (until - now).num_seconds()),
                None => "STATUS=a pass is under way".to_owned(),
            };
            self.manager.tell(&["WATCHDOG=1", &status]);
        }
    }
}
