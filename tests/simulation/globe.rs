//! Everything that outlives a run: the published branch, the ledger, LinkedIn, the time.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, MutexGuard};

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::model::target::Target;
use mergecast::pass::{Resolved, Verdict, reconcile, resolve};
use mergecast::ports::{Clock as _, Ports};
use mergecast::record::{Entry, EntryId};
use mergecast::report::results::{ApplyReport, Outcome};
use mergecast::sandbox::{InMemory, Linkedin};
use mergecast::system::{MemoryContent, MemoryJournal, MemoryLedger, MemoryLockfile};

use crate::clock::SimulatedClock;
use crate::outside::{Outside, options, path, token};
use crate::steps::{Calm, Counted, Fate, Ran, Stepped, Task, Unwatched, run};
use crate::truth;

/// All that is durable or outside.
pub(crate) struct Globe {
    pub(crate) clock: SimulatedClock,
    pub(crate) outside: Outside,
    /// Up to when what the team does has happened.
    pub(crate) happened: Cell<Option<Instant>>,
    nonces: Rc<Cell<u64>>,
}

/// The ports of one run. Nothing in them outlives it.
pub(crate) type World = Ports<
    SimulatedClock,
    Counted,
    Stepped<MemoryContent>,
    Stepped<MemoryLedger>,
    Stepped<MemoryLockfile>,
    MemoryJournal,
    Stepped<InMemory<SimulatedClock>>,
    Unwatched,
>;

impl Globe {
    /// An empty branch, no ledger, and a LinkedIn with two authors that would take the
    /// same text twice: its own check for duplicates must not hide ours.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            clock: SimulatedClock::starting_at(now),
            outside: Outside::new(),
            happened: Cell::default(),
            nonces: Rc::default(),
        }
    }

    /// The same world, with a future of its own.
    pub(crate) fn fork(&self) -> Self {
        Self {
            clock: SimulatedClock::starting_at(self.clock.now()),
            outside: self.outside.fork(),
            happened: self.happened.clone(),
            nonces: Rc::new(Cell::new(self.nonces.get())),
        }
    }

    /// LinkedIn itself; the truth is read from it and from nothing else.
    pub(crate) fn linkedin(&self) -> MutexGuard<'_, Linkedin> {
        self.outside.linkedin()
    }

    /// New adapters for one run to which nothing happens.
    pub(crate) fn world(&self) -> World {
        let fate: Rc<dyn Fate> = Rc::new(Calm);
        self.world_of(TimeDelta::zero(), &fate, MemoryJournal::default())
    }

    /// New adapters for one run whose wall clock is ahead by `skew`, what befalls it, and
    /// what its machine remembers.
    pub(crate) fn world_of(
        &self,
        skew: TimeDelta,
        fate: &Rc<dyn Fate>,
        journal: MemoryJournal,
    ) -> World {
        let clock = self.clock.for_runner(skew, Rc::clone(fate));
        let outside = &self.outside;
        let with = (&clock, fate, outside);
        let repository = outside.repository.clone();
        let lockfile = MemoryLockfile::new(repository.clone(), path("mergecast.lock"));
        let transport = InMemory::new(Arc::clone(&outside.linkedin), clock.of_linkedin());
        Ports {
            content: Stepped::new(MemoryContent(repository), with, 400),
            ledger: Stepped::new(outside.ledger_of_a_run(), with, 700),
            lockfile: Stepped::new(lockfile, with, 300),
            journal,
            transport: Stepped::new(transport, with, 250),
            entropy: Counted(Rc::clone(&self.nonces)),
            progress: Unwatched,
            clock,
        }
    }

    /// One pass of one runner over `world`.
    pub(crate) async fn pass(world: &World, runner: &str) -> ApplyReport {
        reconcile(world, &options(runner), &token).await
    }

    /// One pass over a world of its own.
    pub(crate) fn pass_of(world: World, runner: usize) -> Task<'static, ApplyReport> {
        Box::pin(async move { Self::pass(&world, &format!("runner {runner}")).await })
    }

    /// One pass, dropped at the given step.
    pub(crate) fn tick(&self, crash_at: Option<u32>) -> Ran<ApplyReport> {
        let world = self.world();
        let task = Box::pin(Self::pass(&world, "simulated"));
        run(task, &world.clock, crash_at)
    }

    /// One pass that comes to its end.
    pub(crate) fn whole_tick(&self) -> (ApplyReport, u32) {
        match self.tick(None) {
            Ran::Done(report, steps) => (report, steps),
            Ran::Crashed => panic!("nobody dropped it"),
        }
    }

    /// A person looks at LinkedIn for every post whose outcome is unknown, and says what
    /// is true. Too early is tried again another time.
    pub(crate) fn person(&self, report: &ApplyReport) -> u32 {
        let unknown = report.results.iter();
        let unknown = unknown.filter(|result| result.outcome == Outcome::Unknown);
        let unknown: Vec<EntryId> = unknown
            .map(|result| EntryId {
                key: result.item.key.clone(),
                target: result.item.target,
            })
            .collect();
        let entries = self.entries().into_iter();
        let entries = entries.filter(|entry| unknown.contains(&entry.id()));
        entries.map(|entry| self.settle(&entry).unwrap()).sum()
    }

    /// A person says what is true about one entry; 0: it was too early.
    pub(crate) fn settle(&self, entry: &Entry) -> Result<u32, String> {
        let verdict = self.verdict(entry);
        let world = self.world();
        let options = options("a person");
        let which = (&entry.key, entry.target);
        let task = Box::pin(resolve(&world, &options, which, verdict));
        match run(task, &world.clock, None) {
            Ran::Done(Ok(Resolved::Recorded), _) => Ok(1),
            Ran::Done(Ok(Resolved::Refused(_)), _) => Ok(0),
            other => Err(format!("`{}` cannot be resolved: {other:?}", entry.key)),
        }
    }

    /// What a person sees on LinkedIn.
    pub(crate) fn verdict(&self, entry: &Entry) -> Verdict {
        let text = &entry.content.text;
        let marker = truth::marker_of(text).unwrap_or_else(|| panic!("{text}"));
        let linkedin = self.linkedin();
        if entry.target == Target::Comment {
            let mut comments = linkedin.comments().iter();
            return match comments.any(|comment| truth::marker_of(&comment.text) == Some(marker)) {
                true => Verdict::Skip,
                false => Verdict::NotPublished,
            };
        }
        let mut posts = linkedin.posts().iter();
        let post = posts.find(|post| truth::marker_of(&post.rendered.text) == Some(marker));
        let urn = post.map(|post| post.urn.clone());
        urn.map_or(Verdict::NotPublished, Verdict::Published)
    }

    /// The entries as the ledger's files have them: what a person can read.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let files = self.outside.ledger.files();
        let entries = files.iter().filter(|(name, _)| name.contains("@posts/"));
        let entries = entries.map(|(_, bytes)| serde_json::from_slice(bytes).unwrap());
        entries.collect()
    }
}
