//! Fourteen days of one drawn world, and what must hold all the while and in the end.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::model::target::Target;
use mergecast::pass::Verdict;
use mergecast::record::AttemptOutcome;
use mergecast::record::State;
use mergecast::report::exit::Exit;
use mergecast::report::results::{ApplyReport, Outcome};
use mergecast::system::MemoryJournal;

use crate::calls::Fault;
use crate::campaign::start;
use crate::clock::SimulatedClock;
use crate::globe::Globe;
use crate::lot::{Deed, Lot, Mode, Said, config, end};
use crate::outside::path;
use crate::promises::never_twice;
use crate::steps::{Task, advance};
use crate::storm::{Storm, Weather};
use crate::truth::{self, Marker};

/// What happened in one world, or in many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) seeds: u64,
    pub(crate) posts: u64,
    pub(crate) passes: u64,
    pub(crate) calls: u64,
    pub(crate) crashes: u64,
    pub(crate) rollbacks: u64,
    pub(crate) freezes: u64,
    pub(crate) creates: u64,
    /// Posts a pass said it does not know the outcome of.
    pub(crate) unknown: u64,
    /// What a person had to settle.
    pub(crate) settled: u64,
    pub(crate) met: BTreeMap<Fault, u64>,
    pub(crate) modes: BTreeMap<Mode, u64>,
    pub(crate) trace: u64,
}

impl Figures {
    pub(crate) fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.posts += other.posts;
        self.passes += other.passes;
        self.calls += other.calls;
        self.crashes += other.crashes;
        self.rollbacks += other.rollbacks;
        self.freezes += other.freezes;
        self.creates += other.creates;
        self.unknown += other.unknown;
        self.settled += other.settled;
        for (fault, count) in other.met {
            *self.met.entry(fault).or_default() += count;
        }
        for (mode, count) in other.modes {
            *self.modes.entry(mode).or_default() += count;
        }
        // The same in whatever order seeds are played.
        self.trace ^= other.trace;
    }
}

/// How many seconds wall clocks differ from the truth at most.
const SKEW: TimeDelta = TimeDelta::minutes(10);
/// A person who sees no post says so when the request is so old: LinkedIn may take one
/// minutes after its sender gave up.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);
/// Out of so many steps one finds the ledger force-pushed back.
const ROLLBACK: u64 = 200;
/// Rounds of one pass and one person, until all is done.
const ROUNDS: [i64; 8] = [1, 20, 20, 5, 24 * 60, 20, 20, 20];

struct Fortnight<'l> {
    lot: &'l Lot,
    globe: Globe,
    storm: Rc<Storm>,
    said: BTreeMap<Marker, Said>,
    figures: Figures,
    /// The newest version of the ledger before somebody pushed an older one.
    newest: Option<Option<String>>,
    /// A pass was refused since.
    frozen: bool,
    /// When the newest version was put back.
    restored: Option<Instant>,
    versions: Vec<Option<String>>,
    /// What each machine remembers that is there again for the next run.
    laptops: Vec<MemoryJournal>,
}

/// A pass on its way.
struct Running {
    task: Task<'static, ApplyReport>,
    clock: SimulatedClock,
    began: Instant,
    runner: usize,
}

/// Plays the world of a seed.
pub(crate) fn play(seed: u64) -> Result<Figures, String> {
    let lot = Lot::of(seed);
    let globe = Globe::new(start());
    lot.mode.set(&mut globe.outside.linkedin().settings);
    let file = (
        path("mergecast.yaml"),
        Some(lot.config.clone().into_bytes()),
    );
    globe.outside.repository.commit([file]);
    let storm = Storm::new(seed, lot.mode.mishaps(), lot.calm);
    let mut fortnight = Fortnight {
        lot: &lot,
        globe,
        storm,
        said: BTreeMap::new(),
        figures: Figures::default(),
        newest: None,
        frozen: false,
        restored: None,
        versions: Vec::new(),
        laptops: lot
            .runners
            .iter()
            .map(|_| MemoryJournal::default())
            .collect(),
    };
    let played = fortnight.days().and_then(|()| fortnight.settle());
    played.map_err(|problem| format!("{problem}\n  at last: {}", fortnight.storm.last()))?;
    Ok(fortnight.done())
}

impl Fortnight<'_> {
    /// Everything on the agenda, with as many passes at once as there happen to be.
    fn days(&mut self) -> Result<(), String> {
        let mut agenda = self.lot.agenda.clone();
        let mut running: BTreeMap<usize, Running> = BTreeMap::new();
        loop {
            let now = self.globe.clock.truth();
            self.globe.outside.take_late(now);
            if now >= end() {
                self.storm.ends();
            }
            let next = agenda.first_key_value();
            if let Some(time) = next.map(|(time, _)| *time).filter(|time| *time <= now) {
                for deed in agenda.remove(&time).unwrap_or_default() {
                    self.happens(deed, &mut running)?;
                }
                continue;
            }
            if running.is_empty() {
                self.may_roll_back();
            }
            let wakes = |running: &Running| running.clock.wakes_at();
            let awake = running.iter();
            let awake = awake.filter(|(_, running)| wakes(running).is_none());
            let awake: Vec<usize> = awake.map(|(number, _)| *number).collect();
            if awake.is_empty() {
                let next = running.values().filter_map(wakes);
                let next = next.chain(agenda.keys().copied());
                match next.chain(self.globe.outside.next_late()).min() {
                    Some(next) => self.globe.clock.forward_to(next),
                    None => return Ok(()),
                }
                continue;
            }
            let drawn = self.storm.numbers.borrow_mut().below(awake.len() as u64);
            self.goes_on(awake[usize::try_from(drawn).unwrap()], &mut running)?;
        }
    }

    /// Somebody does something.
    fn happens(
        &mut self,
        deed: Deed,
        running: &mut BTreeMap<usize, Running>,
    ) -> Result<(), String> {
        match deed {
            Deed::Merge(marker, said, files) => self.merge(marker, said, files),
            Deed::Look => self.look()?,
            Deed::Start(runner) => {
                let weather = Weather::of(&self.storm, runner);
                let skew = self.lot.runners[runner];
                let journal = self.journal_of(runner);
                let world = self.globe.world_of(skew, &weather, journal);
                let pass = Running {
                    clock: world.clock.clone(),
                    task: Globe::pass_of(world, runner),
                    began: self.globe.clock.truth(),
                    runner,
                };
                running.insert(usize::try_from(self.figures.passes).unwrap(), pass);
                self.figures.passes += 1;
            }
        }
        Ok(())
    }

    /// One pass takes one step.
    fn goes_on(
        &mut self,
        number: usize,
        running: &mut BTreeMap<usize, Running>,
    ) -> Result<(), String> {
        let runner = running[&number].runner;
        let mates = running.values().filter(|other| other.runner == runner);
        self.laptops[runner].set_others(mates.count() > 1);
        let Some(current) = running.get_mut(&number) else {
            return Ok(());
        };
        let report = advance(&mut current.task);
        let (began, dead) = (current.began, current.clock.is_dead());
        if dead || report.is_some() {
            running.remove(&number);
        }
        match report {
            _ if dead => self.figures.crashes += 1,
            Some(report) => self.judge(began, &report)?,
            None => {}
        }
        Ok(())
    }

    /// Every second runner is a machine that stays, the others are new each time.
    fn journal_of(&self, runner: usize) -> MemoryJournal {
        match runner % 2 {
            0 => MemoryJournal::default(),
            _ => self.laptops[runner].clone(),
        }
    }

    fn merge(&mut self, marker: Marker, said: Said, files: Vec<(String, Option<Vec<u8>>)>) {
        self.storm.note(&format!("merge {marker};"));
        self.said.insert(marker, said);
        let files = files.into_iter();
        let files = files.map(|(name, bytes)| (path(&name), bytes));
        self.globe.outside.repository.commit(files);
    }

    /// What must hold after every pass.
    fn judge(&mut self, began: Instant, report: &ApplyReport) -> Result<(), String> {
        let now = self.globe.clock.truth();
        self.storm.note(&format!("{now} {:?};", report.exit));
        never_twice(&self.globe)?;
        // An unknown outcome has the louder exit code.
        let frozen = report.diagnostics.iter().any(|said| said.code == "frozen");
        if frozen {
            self.figures.freezes += 1;
            self.frozen = self.newest.is_some();
            let early = self.restored.is_some_and(|restored| began <= restored);
            if !self.frozen && !early {
                return Err(format!("frozen without a reason: {:?}", report.diagnostics));
            }
        } else if self.newest.is_some() && !report.results.is_empty() {
            // The older ledger lacks nothing that the lockfile knows.
            self.newest = None;
            self.versions.clear();
        }
        let version = self.globe.outside.ledger.version();
        if self.newest.is_none() && self.versions.last() != Some(&version) {
            self.versions.push(version);
        }
        let unknown = report.results.iter();
        let unknown = unknown.filter(|result| result.outcome == Outcome::Unknown);
        self.figures.unknown += unknown.count() as u64;
        self.never_silent(began, report)
    }

    /// Whatever has been due and unchanged since before the pass began and is not out is
    /// named, and the exit code says so.
    fn never_silent(&self, began: Instant, report: &ApplyReport) -> Result<(), String> {
        let truth = truth::of(&self.globe.linkedin());
        for (marker, said) in &self.said {
            let due = said.due.is_some_and(|due| due + SKEW <= began);
            if !due || said.since >= began || truth.contains_key(marker) {
                continue;
            }
            if report.exit == Exit::Done {
                return Err(format!("{began}: {marker} is owed, and the pass says done"));
            }
            let names = |key: &str| digits(key) == Some(*marker);
            let told =
                |outcome| matches!(outcome, Outcome::Held | Outcome::Unknown | Outcome::Failed);
            let mut results = report.results.iter();
            let named = results.any(|result| {
                names(result.item.key.as_str())
                    && (told(result.outcome) || result.exit != Exit::Done)
            });
            let frozen = report.diagnostics.iter().any(|said| said.code == "frozen");
            if !named && !report.results.is_empty() && !frozen {
                let results = report.results.iter();
                let results: Vec<_> = results
                    .map(|result| (result.item.key.as_str(), result.outcome))
                    .collect();
                return Err(format!(
                    "{began}: {marker} is owed and not named: {results:?}"
                ));
            }
        }
        Ok(())
    }

    /// Somebody pushes an older ledger, at a moment when the lockfile knows of every post.
    fn may_roll_back(&mut self) {
        if self.storm.is_over() || self.newest.is_some() || self.versions.len() < 2 {
            return;
        }
        if self.storm.numbers.borrow_mut().below(ROLLBACK) != 0 || !self.is_witnessed() {
            return;
        }
        let back = self
            .storm
            .numbers
            .borrow_mut()
            .below(self.versions.len() as u64);
        let version = self.versions[usize::try_from(back).unwrap()].clone();
        self.newest = Some(self.globe.outside.ledger.version());
        self.globe.outside.ledger.force(&version);
        self.storm.note("rolled back;");
        self.figures.rollbacks += 1;
    }

    /// Whether the lockfile names every post and comment there is, and nothing is open.
    fn is_witnessed(&self) -> bool {
        let lockfile = self.globe.outside.repository.file(&path("mergecast.lock"));
        let lockfile = String::from_utf8_lossy(&lockfile.unwrap_or_default()).into_owned();
        let linkedin = self.globe.linkedin();
        let named = linkedin
            .posts()
            .iter()
            .all(|post| lockfile.contains(post.urn.as_str()));
        let commented = lockfile.matches("linkedin-comment").count() >= linkedin.comments().len();
        let open = self
            .globe
            .entries()
            .iter()
            .any(|entry| matches!(entry.state, State::Sending | State::Unknown));
        named && commented && !open && self.globe.outside.next_late().is_none()
    }

    /// A person looks at every post whose outcome is open, and says what is true. One who
    /// finds the record frozen puts the newest ledger back.
    fn look(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.frozen)
            && let Some(newest) = self.newest.take()
        {
            self.globe.outside.ledger.force(&newest);
            self.restored = Some(self.globe.clock.truth());
            self.storm.note("restored;");
        }
        if self.newest.is_some() {
            return Ok(());
        }
        let now = self.globe.clock.truth();
        for entry in self.globe.entries() {
            if entry.state != State::Unknown {
                continue;
            }
            let old = entry.declared_at.is_none_or(|at| now - at >= PATIENCE);
            if self.globe.verdict(&entry) == Verdict::NotPublished && !old {
                continue;
            }
            let settled = self.globe.settle(&entry)?;
            self.storm.note(&format!("settled {settled};"));
            self.figures.settled += u64::from(settled);
        }
        never_twice(&self.globe)
    }

    /// The faults have stopped and one runner goes on, with a person who settles what is
    /// unknown and does what the diagnostics say.
    fn settle(&mut self) -> Result<(), String> {
        self.storm.ends();
        let prune = self.lot.config.contains("prune: true");
        let text = config(prune, false, "publish");
        let file = (path("mergecast.yaml"), Some(text.into_bytes()));
        self.globe.outside.repository.commit([file]);
        let mut last = None;
        for minutes in ROUNDS {
            self.globe.clock.pass(TimeDelta::minutes(minutes));
            self.globe.outside.take_late(self.globe.clock.truth());
            let began = self.globe.clock.truth();
            let (report, _) = self.globe.whole_tick();
            self.figures.passes += 1;
            self.judge(began, &report)?;
            self.look()?;
            last = Some(report);
        }
        self.terminal(last.as_ref().ok_or("no round")?)
    }

    /// Every post the branch asks for is out, once, as it was last written; nothing is open.
    fn terminal(&self, report: &ApplyReport) -> Result<(), String> {
        let truth = truth::of(&self.globe.linkedin());
        for (marker, said) in &self.said {
            let found = truth.get(marker).map(Vec::as_slice).unwrap_or_default();
            let Some(post) = found.first() else {
                if said.due.is_some() {
                    return Err(format!(
                        "{marker} is lost: {:?}; {:?}",
                        about(report, *marker),
                        report.diagnostics
                    ));
                }
                continue;
            };
            let earliest = self.earliest(*marker);
            if post.created_at + SKEW < earliest {
                return Err(format!("{marker} is early: {post:?}, due {earliest}"));
            }
            let vanished = !post.live && !said.gone;
            if !vanished && !said.gone && post.text != said.text {
                return Err(format!("{marker} says {post:?} instead of {said:?}"));
            }
            if vanished && !matches!(self.lot.mode, Mode::Vanishing | Mode::Ghost) {
                return Err(format!("{marker} was deleted: {post:?}"));
            }
        }
        let open = self.globe.entries().into_iter().find(|entry| {
            matches!(entry.state, State::Sending | State::Unknown)
                && entry.target == Target::Linkedin
        });
        if let Some(open) = open {
            return Err(format!("still open: {open:?}"));
        }
        if self.figures.settled > 0 && self.storm.in_windows() == 0 {
            let entries = self.globe.entries().into_iter();
            let asked = entries.filter(|entry| {
                let mut past = entry.history.iter();
                past.any(|past| past.outcome == AttemptOutcome::Unknown)
            });
            let asked: Vec<_> = asked.map(|entry| (entry.key, entry.history)).collect();
            return Err(format!(
                "a person was needed, and nothing went wrong: {asked:?}"
            ));
        }
        Ok(())
    }

    /// The first moment the branch ever named for a post.
    fn earliest(&self, marker: Marker) -> Instant {
        let deeds = self.lot.agenda.values().flatten();
        let dues = deeds.filter_map(|deed| match deed {
            Deed::Merge(of, said, _) if *of == marker => said.due,
            _ => None,
        });
        dues.min().unwrap_or(start())
    }

    fn done(mut self) -> Figures {
        self.figures.seeds = 1;
        self.figures.posts = self.lot.posts;
        self.figures.creates = self.globe.linkedin().posts().len() as u64;
        self.figures.calls = self.storm.calls();
        self.figures.met = self.storm.met();
        self.figures.modes.insert(self.lot.mode, 1);
        self.figures.trace = self.storm.trace();
        self.figures
    }
}

/// The number in a key: its post's marker.
fn digits(key: &str) -> Option<Marker> {
    let digits = key.trim_start_matches(|sign: char| !sign.is_ascii_digit());
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn about(report: &ApplyReport, marker: Marker) -> Vec<String> {
    let results = report.results.iter();
    results
        .filter(|result| digits(result.item.key.as_str()) == Some(marker))
        .map(|result| {
            format!(
                "{:?} {:?} {:?}",
                result.outcome, result.item.reason, result.error
            )
        })
        .collect()
}
