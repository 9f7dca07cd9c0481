//! Everything that outlives a run: the published branch, the ledger, LinkedIn, the time.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use mergecast::linkedin::credentials;
use mergecast::linkedin::endpoint::Endpoint;
use mergecast::model::Instant;
use mergecast::model::config::Config;
use mergecast::model::path::ContentPath;
use mergecast::model::target::Target;
use mergecast::model::urn::AuthorUrn;
use mergecast::pass::{PassOptions, Resolved, TokenFuture, Verdict, ready, reconcile, resolve};
use mergecast::plan::PlanItem;
use mergecast::ports::{Clock as _, Ports};
use mergecast::report::results::{ApplyReport, Outcome};
use mergecast::sandbox::{Directory, InMemory, Linkedin};
use mergecast::system::{
    MemoryContent, MemoryJournal, MemoryLedger, MemoryLockfile, MemoryRemote, MemoryRepository,
};

use crate::steps::{Counted, Ran, SimulatedClock, Stepped, Unwatched, run};
use crate::truth;

pub(crate) const PAGE: &str = "urn:li:organization:42";
pub(crate) const MEMBER: &str = "urn:li:person:AbC_12-x";

/// All that is durable or outside.
pub(crate) struct Globe {
    pub(crate) clock: SimulatedClock,
    pub(crate) repository: MemoryRepository,
    pub(crate) ledger: MemoryRemote,
    /// Up to when what the team does has happened.
    pub(crate) happened: Cell<Option<Instant>>,
    linkedin: Arc<Mutex<Linkedin>>,
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

pub(crate) fn path(text: &str) -> ContentPath {
    ContentPath::parse(text).unwrap()
}

fn token(config: &Config, author: &AuthorUrn) -> TokenFuture {
    let variable = "LINKEDIN_ACCESS_TOKEN".to_owned();
    let environment = [(variable, Directory::token_of(author))].into();
    ready(credentials::resolve(author, config, &environment))
}

fn options(runner: &str) -> PassOptions {
    PassOptions {
        only: Vec::new(),
        allow_changes: None,
        paused_by_environment: false,
        repository_id: Some("7".to_owned()),
        runner: runner.to_owned(),
        endpoint: Endpoint::new(None).unwrap(),
    }
}

impl Globe {
    /// An empty branch, no ledger, and a LinkedIn with two authors that would take the
    /// same text twice: its own check for duplicates must not hide ours.
    pub(crate) fn new(now: Instant) -> Self {
        let author = |urn: &str| AuthorUrn::parse(urn).unwrap();
        let authors = [
            (author(PAGE), "acme".to_owned()),
            (author(MEMBER), "jane".to_owned()),
        ];
        let mut linkedin = Linkedin::for_authors(authors.into_iter());
        linkedin.settings.dup_window_s = 0;
        // A crash at every step uploads the same images more often than a day allows.
        linkedin.settings.quota_member = Some(u32::MAX);
        linkedin.settings.quota_app = Some(u32::MAX);
        Self {
            clock: SimulatedClock::starting_at(now),
            repository: MemoryRepository::default(),
            ledger: MemoryRemote::default(),
            happened: Cell::default(),
            linkedin: Arc::new(Mutex::new(linkedin)),
            nonces: Rc::default(),
        }
    }

    /// The same world, with a future of its own.
    pub(crate) fn fork(&self) -> Self {
        Self {
            clock: SimulatedClock::starting_at(self.clock.now()),
            repository: self.repository.fork(),
            ledger: self.ledger.fork(),
            happened: self.happened.clone(),
            linkedin: Arc::new(Mutex::new(self.linkedin().clone())),
            nonces: Rc::new(Cell::new(self.nonces.get())),
        }
    }

    /// LinkedIn itself; the truth is read from it and from nothing else.
    pub(crate) fn linkedin(&self) -> MutexGuard<'_, Linkedin> {
        self.linkedin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// New adapters for one run.
    pub(crate) fn world(&self) -> World {
        let clock = self.clock.for_runner();
        fn stepped<P>(port: P, clock: &SimulatedClock, milliseconds: i64) -> Stepped<P> {
            Stepped {
                port,
                clock: clock.clone(),
                takes: TimeDelta::milliseconds(milliseconds),
            }
        }
        let repository = self.repository.clone();
        let lockfile = MemoryLockfile::new(repository.clone(), path("mergecast.lock"));
        let transport = InMemory::new(Arc::clone(&self.linkedin), clock.clone());
        Ports {
            content: stepped(MemoryContent(repository), &clock, 400),
            ledger: stepped(MemoryLedger::new(self.ledger.clone(), ""), &clock, 700),
            lockfile: stepped(lockfile, &clock, 300),
            journal: MemoryJournal::default(),
            transport: stepped(transport, &clock, 250),
            entropy: Counted(Rc::clone(&self.nonces)),
            progress: Unwatched,
            clock,
        }
    }

    /// One pass of one runner over `world`.
    pub(crate) async fn pass(world: &World, runner: &str) -> ApplyReport {
        reconcile(world, &options(runner), &token).await
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
        unknown.map(|result| self.settle(&result.item)).sum()
    }

    fn settle(&self, item: &PlanItem) -> u32 {
        let (verdict, target) = (self.verdict(item), item.target);
        let world = self.world();
        let options = options("a person");
        let task = Box::pin(resolve(&world, &options, (&item.key, target), verdict));
        match run(task, &world.clock, None) {
            Ran::Done(Ok(Resolved::Recorded), _) => 1,
            Ran::Done(Ok(Resolved::Refused(_)), _) => 0,
            other => panic!("`{}` cannot be resolved: {other:?}", item.key),
        }
    }

    /// What a person sees on LinkedIn.
    fn verdict(&self, item: &PlanItem) -> Verdict {
        let entries = self.entry_text(item);
        let marker = truth::marker_of(&entries).unwrap_or_else(|| panic!("{entries}"));
        let linkedin = self.linkedin();
        if item.target == Target::Comment {
            let mut comments = linkedin.comments().iter();
            return match comments.any(|comment| truth::marker_of(&comment.text) == Some(marker)) {
                true => Verdict::Skip,
                false => Verdict::NotPublished,
            };
        }
        let urn = {
            let post = linkedin
                .posts()
                .iter()
                .find(|post| truth::marker_of(&post.rendered.text) == Some(marker));
            post.map(|post| post.urn.clone())
        };
        urn.map_or(Verdict::NotPublished, Verdict::Published)
    }

    /// The recorded entry of a post, as its file says it: what a person reads.
    fn entry_text(&self, item: &PlanItem) -> String {
        let key = format!("\"key\": \"{}\"", item.key);
        let target = format!("\"target\": \"{}\"", item.target);
        let files = self.ledger.files();
        let mut entries = files.values().map(|bytes| String::from_utf8_lossy(bytes));
        let entry = entries.find(|text| text.contains(&key) && text.contains(&target));
        entry.map(String::from).unwrap_or_default()
    }
}
