//! The loop: from one moment at which something may happen to the next.
//!
//! Owns which moment that is, and letting a person answer in between. The passes are the
//! real ones. Must not touch anything outside memory but for reading the content.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;

use super::Setting;
use super::beginning;
use super::chronicle::Chronicle;
use super::person;
use super::ports::{
    Counted, Pinned, PinnedSource, PlayedClock, PlayedLedger, PlayedLockfile, Unwatched,
};
use super::transport::{Traffic, Weathered};
use super::weather::Start;
use crate::linkedin::credentials;
use crate::linkedin::endpoint::Endpoint;
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::urn::AuthorUrn;
use crate::pass::{
    PassOptions, Resolved, Standby, Stop, StopSignal, TokenFuture, Verdict, ready, reconcile_with,
    resolve, see_with,
};
use crate::plan::{Plan, PlanItem};
use crate::ports::{Clock as _, Ports, Transport as _};
use crate::record::step::SENDING_EXPIRES;
use crate::record::{Entry, EntryId, Ledger, State};
use crate::report::rehearsal::Fault;
use crate::report::results::{ApplyReport, Outcome, PostResult};
use crate::sandbox::{Directory, InMemory, Linkedin};
use crate::system::MemoryJournal;

/// How often in a row a pass is repeated that met the same as the one before, when nothing
/// says that it will meet something else.
const SAME_AGAIN: u32 = 4;

type World<'a> = Ports<
    PlayedClock,
    Counted,
    PinnedSource,
    PlayedLedger,
    PlayedLockfile,
    MemoryJournal,
    Weathered<'a>,
    Unwatched,
>;

/// Everything on stage.
pub(super) struct Stage<'a> {
    pub(super) setting: &'a Setting,
    world: World<'a>,
    options: PassOptions,
    /// Content of the one revision there is, read once.
    standby: Standby,
    linkedin: Arc<Mutex<Linkedin>>,
    pub(super) traffic: Traffic,
    pub(super) chronicle: Chronicle,
    /// What was unknown or under way before the rehearsal: nobody here can settle it.
    foreign: BTreeSet<EntryId>,
    /// Mishaps of runs since the last pass that did something.
    delays: Vec<(Instant, Fault)>,
    /// What a person will look at, and when.
    asked: Vec<(Instant, PlanItem)>,
    pub(super) runs: u32,
    /// Passes in a row that left something to do, and how many of them met the same.
    restless: u32,
    same: u32,
    met: Vec<(EntryId, String)>,
}

fn token(config: &Config, author: &AuthorUrn) -> TokenFuture {
    // Every author has a token of its own here, whatever the real ones are called.
    let mut config = config.clone();
    config.authors.clear();
    let variable = "LINKEDIN_ACCESS_TOKEN".to_owned();
    let environment = [(variable, Directory::token_of(author))].into();
    ready(credentials::resolve(author, &config, &environment))
}

type Behind<'s> = (
    PlayedClock,
    &'s PlayedLedger,
    &'s Arc<Mutex<Linkedin>>,
    &'s Traffic,
);

/// The ports of every pass.
fn world<'a>(setting: &'a Setting, (clock, ledger, linkedin, traffic): Behind<'_>) -> World<'a> {
    let frozen = !setting.recorded.freezes.is_empty();
    Ports {
        entropy: Counted::default(),
        journal: MemoryJournal::default(),
        content: PinnedSource {
            content: Pinned {
                tree: Arc::clone(&setting.tree),
                commits: Arc::clone(&setting.commits),
            },
            clock: clock.clone(),
        },
        lockfile: PlayedLockfile {
            frozen: setting.lockfile.clone().filter(|_| frozen),
            clock: clock.clone(),
        },
        transport: Weathered {
            sandbox: InMemory::new(Arc::clone(linkedin), clock.clone()),
            clock: clock.clone(),
            weather: &setting.weather,
            ledger: ledger.clone(),
            traffic: traffic.clone(),
        },
        ledger: ledger.clone(),
        progress: Unwatched,
        clock,
    }
}

impl<'a> Stage<'a> {
    /// Sets the stage.
    ///
    /// # Errors
    /// Never in practice.
    pub(super) fn new(setting: &'a Setting, ledger: Ledger) -> Result<Self, Stop> {
        let clock = PlayedClock::starting_at(setting.from);
        let linkedin = beginning::linkedin(&setting.content, &ledger);
        let linkedin = Arc::new(Mutex::new(linkedin));
        let open = |entry: &&Entry| matches!(entry.state, State::Unknown | State::Sending);
        let foreign = ledger
            .entries
            .values()
            .filter(open)
            .map(Entry::id)
            .collect();
        let ledger = PlayedLedger::new(ledger, clock.clone());
        let traffic = Traffic::default();
        let stage = (clock, &ledger, &linkedin, &traffic);
        let world = world(setting, stage);
        let endpoint = Endpoint::new(None).map_err(|error| Stop::from(error.problem()))?;
        Ok(Self {
            setting,
            world,
            options: PassOptions {
                only: Vec::new(),
                allow_changes: None,
                paused_by_environment: setting.paused_by_environment,
                repository_id: None,
                runner: "rehearsal".to_owned(),
                endpoint,
            },
            standby: Standby::at_once(StopSignal::never()),
            linkedin,
            traffic,
            chronicle: Chronicle::new(&setting.content),
            foreign,
            delays: Vec::new(),
            asked: Vec::new(),
            runs: 0,
            restless: 0,
            same: 0,
            met: Vec::new(),
        })
    }

    /// The sandbox, to be looked at.
    pub(super) fn look<T>(&self, at: impl FnOnce(&Linkedin) -> T) -> T {
        let linkedin = self.linkedin.lock();
        at(&linkedin.unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The ledger, to be looked at.
    pub(super) fn ledger<T>(&self, at: impl FnOnce(&Ledger) -> T) -> T {
        self.world.ledger.look(at)
    }

    /// Requests of LinkedIn so far.
    pub(super) fn requests(&self) -> u32 {
        self.world.transport.sent().map_or(0, |sent| sent.all)
    }

    /// Plays until `to`.
    ///
    /// # Errors
    /// When the content cannot be read any more.
    pub(super) async fn play(&mut self, to: Instant) -> Result<(), Stop> {
        let mut wake = Some(self.setting.from);
        loop {
            let run = wake.map(|at| {
                self.setting
                    .every
                    .at_or_after(at.max(self.world.clock.now()))
            });
            let asked = self.asked.iter().map(|(at, _)| *at).min();
            let next = [run, asked].into_iter().flatten().min();
            let Some(next) = next.filter(|at| *at <= to) else {
                return Ok(());
            };
            if asked == Some(next) {
                self.world.clock.forward_to(next);
                self.answer(next).await?;
                wake = Some(self.world.clock.now());
                continue;
            }
            wake = match self.begins(next) {
                // A person may still answer before the end.
                Ok(start) if start > to => None,
                Ok(start) => {
                    self.world.clock.forward_to(start);
                    self.run().await?
                }
                Err(again) => Some(again),
            };
        }
    }

    /// When the run that was to begin at `at` begins, or when there is another one.
    fn begins(&mut self, at: Instant) -> Result<Instant, Instant> {
        let watches = self.setting.every == super::Every::Watch;
        match self.setting.weather.start(at) {
            Start::OnTime => Ok(at),
            Start::Late(by) => {
                self.delays.push((at, Fault::Late { by }));
                Ok(at + by)
            }
            Start::Dropped(during) if watches => {
                self.delays.push((at, Fault::Down { during }));
                Ok(at + during)
            }
            Start::Dropped(_) => {
                self.delays.push((at, Fault::Dropped));
                Err(at + TimeDelta::seconds(1))
            }
        }
    }

    /// One pass; when there may be something to do next.
    async fn run(&mut self) -> Result<Option<Instant>, Stop> {
        let began = self.world.clock.now();
        self.runs += 1;
        let (world, options) = (&self.world, &self.options);
        let pass = reconcile_with(world, options, &token, &self.standby);
        let report = Box::pin(pass).await;
        let told = self.chronicle.told();
        for (at, fault, key) in self.traffic.struck() {
            self.chronicle.fault(at, fault, key);
        }
        let ledger = &self.world.ledger;
        ledger.look(|ledger| self.chronicle.pass(began, &report, ledger));
        // A run that came late to nothing was not late for anybody.
        let delays = std::mem::take(&mut self.delays);
        if self.chronicle.told() > told {
            for (at, fault) in delays {
                self.chronicle.fault(at, fault, None);
            }
        }
        self.ask(&report);
        let mut linkedin = self
            .linkedin
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        linkedin.forget_traffic();
        drop(linkedin);
        Ok(self.wake(&report))
    }

    /// The next moment at which a pass may find something to do.
    fn wake(&mut self, report: &ApplyReport) -> Option<Instant> {
        let now = self.world.clock.now();
        // The report's own next time was planned before anything was sent.
        let recorded = self.ledger(|ledger| {
            let entries = ledger.entries.values();
            let times = entries.filter_map(|entry| match entry.state {
                State::Sending => entry.declared_at.map(|at| at + SENDING_EXPIRES),
                State::Retryable => entry.not_before,
                State::Published | State::Rejected | State::Unknown | State::Skipped => None,
            });
            times.filter(|at| *at > now).min()
        });
        let mut met: Vec<(EntryId, String)> = report.results.iter().filter_map(left).collect();
        // The next run may find it by itself, or probe.
        let unknown = report.results.iter().filter(|result| {
            let here = !self.foreign.contains(&entry_id(&result.item));
            here && result.outcome == Outcome::Unknown
        });
        met.extend(unknown.map(|result| (entry_id(&result.item), "unknown".to_owned())));
        let again = (!met.is_empty()).then(|| self.again(now, met));
        if again.is_none() {
            (self.restless, self.same) = (0, 0);
            self.met.clear();
        }
        [report.next_due, recorded, again.flatten()]
            .into_iter()
            .flatten()
            .min()
    }

    /// When what was left is tried again; `None`: it would be the same for ever.
    fn again(&mut self, now: Instant, met: Vec<(EntryId, String)>) -> Option<Instant> {
        self.same = if met == self.met { self.same + 1 } else { 0 };
        self.met = met;
        if let Some(until) = self.setting.weather.outage(now) {
            (self.restless, self.same) = (0, 0);
            return Some(until);
        }
        let next = self.setting.every.again(now, self.restless);
        self.restless += 1;
        (self.same < SAME_AGAIN).then_some(next)
    }

    /// Somebody is asked about every post whose outcome is unknown since this pass.
    fn ask(&mut self, report: &ApplyReport) {
        let Some(after) = self.setting.answers_after else {
            return;
        };
        let now = self.world.clock.now();
        for result in &report.results {
            let item = &result.item;
            let id = entry_id(item);
            let unknown = result.outcome == Outcome::Unknown;
            let asked = self.asked.iter().any(|(_, other)| entry_id(other) == id);
            if unknown && !asked && !self.foreign.contains(&id) {
                self.asked.push((now + after, item.as_ref().clone()));
            }
        }
    }

    /// A person looks at LinkedIn, and says what is true.
    async fn answer(&mut self, at: Instant) -> Result<(), Stop> {
        let (due, later) = self.asked.drain(..).partition(|(when, _)| *when <= at);
        self.asked = later;
        let due: Vec<(Instant, PlanItem)> = due;
        for (_, item) in due {
            let verdict = self.ledger(|ledger| {
                let entry = ledger.entries.get(&entry_id(&item))?;
                self.look(|linkedin| person::verdict(entry, ledger, linkedin))
            });
            let Some(verdict) = verdict else { continue };
            let urn = match &verdict {
                Verdict::Published(urn) | Verdict::Replaced { urn, .. } => Some(urn.clone()),
                Verdict::Skip => item.urn.clone(),
                Verdict::NotPublished => None,
            };
            let place = (&item.key, item.target);
            let resolved = resolve(&self.world, &self.options, place, verdict).await?;
            if resolved == Resolved::Recorded {
                self.chronicle.resolved(self.world.clock.now(), &item, urn);
            } else {
                let later = self.world.clock.now() + TimeDelta::minutes(15);
                self.asked.push((later, item));
            }
        }
        Ok(())
    }

    /// What a run would do at `at`, without doing it.
    ///
    /// # Errors
    /// When the content cannot be read any more.
    pub(super) async fn plan_at(&self, at: Instant) -> Result<Plan, Stop> {
        self.world.clock.forward_to(at);
        let seen = see_with(&self.world, &self.options, &self.standby).await?;
        Ok(seen.plan(&self.world, &self.options))
    }
}

fn entry_id(item: &PlanItem) -> EntryId {
    EntryId {
        key: item.key.clone(),
        target: item.target,
    }
}

/// What an attempt met that the next pass would try again, whenever that is.
fn left(result: &PostResult) -> Option<(EntryId, String)> {
    let error = result.error.as_ref()?;
    let attempted = result.item.action.is_change();
    // A limit has an end, which the plan knows; the others need somebody.
    let settled = matches!(
        error.kind,
        "guard" | "rejected" | "content" | "rate-limit" | "unknown"
    );
    (attempted && !settled).then(|| (entry_id(&result.item), error.code.clone()))
}
