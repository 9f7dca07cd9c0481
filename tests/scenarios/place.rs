//! A published branch, a ledger, a LinkedIn and a time that outlive every run.

use std::rc::Rc;
use std::sync::{Arc, MutexGuard};

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::model::key::PostKey;
use mergecast::model::target::Target;
use mergecast::pass::{PassOptions, Verdict, reconcile, resolve};
use mergecast::ports::{Clock as _, LedgerStore, Ports};
use mergecast::record::{Entry, Ledger};
use mergecast::report::results::{ApplyReport, Outcome, PostResult};
use mergecast::sandbox::{Fault, FaultRule, InMemory, Linkedin, StoredPost, When};
use mergecast::system::{MemoryContent, MemoryJournal, MemoryLedger, MemoryLockfile};

use crate::clock::SimulatedClock;
use crate::outside::{MEMBER, Outside, PAGE, options, path, token};
use crate::steps::{Calm, Counted, Fate, Ran, Stepped, Unwatched, run};

/// All that is durable or outside.
pub(crate) struct Place {
    pub(crate) clock: SimulatedClock,
    pub(crate) outside: Outside,
    /// 0: calls take no time; 1: they take about what they do.
    pub(crate) pace: i64,
    nonces: Counted,
}

/// The ports of one run over some ledger.
pub(crate) type WorldOver<L> = Ports<
    SimulatedClock,
    Counted,
    Stepped<MemoryContent>,
    Stepped<L>,
    Stepped<MemoryLockfile>,
    MemoryJournal,
    Stepped<InMemory<SimulatedClock>>,
    Unwatched,
>;
pub(crate) type World = WorldOver<MemoryLedger>;

impl Place {
    /// Two authors and no posts. `publish` is that part of the settings.
    pub(crate) fn new(publish: &str) -> Self {
        let place = Self {
            clock: SimulatedClock::starting_at("2026-09-03T08:00:00Z".parse().unwrap()),
            outside: Outside::new(),
            pace: 1,
            nonces: Counted::default(),
        };
        place.settings(publish);
        place
    }

    pub(crate) fn settings(&self, publish: &str) {
        let text = format!(
            "version: 1\ntimezone: UTC\nbranch: main\nauthors:\n  acme: {{ urn: \"{PAGE}\" }}\n  jane: {{ urn: \"{MEMBER}\" }}\ndefault_author: acme\npublish: {publish}\n"
        );
        self.write("mergecast.yaml", Some(&text));
    }

    /// A file that is no text.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        self.outside
            .repository
            .commit([(path(name), Some(bytes.to_vec()))]);
    }

    pub(crate) fn write(&self, name: &str, text: Option<&str>) {
        let bytes = text.map(|text| text.as_bytes().to_vec());
        self.outside.repository.commit([(path(name), bytes)]);
    }

    /// A post that is due as soon as it is merged; `keys` are further lines.
    pub(crate) fn post(&self, name: &str, keys: &str, text: &str) {
        let text = format!("---\nscheduled_at: on-merge\n{keys}---\n{text}\n");
        self.write(&format!("posts/{name}.md"), Some(&text));
    }

    /// A post with a time.
    pub(crate) fn post_at(&self, name: &str, time: Instant, text: &str) {
        let text = format!("---\nscheduled_at: {}\n---\n{text}\n", time.to_rfc3339());
        self.write(&format!("posts/{name}.md"), Some(&text));
    }

    pub(crate) fn lockfile(&self) -> Option<Vec<u8>> {
        self.outside.repository.file(&path("mergecast.lock"))
    }

    pub(crate) fn linkedin(&self) -> MutexGuard<'_, Linkedin> {
        self.outside.linkedin()
    }

    /// The `nth` create request from now on meets a mishap.
    pub(crate) fn fault_create(&self, nth: u32, when: When, what: Fault) {
        let mut rule = FaultRule::first("POST", "/rest/posts", when, what);
        rule.nth = nth;
        self.linkedin().faults.rules.push(rule);
    }

    /// Every post there ever was.
    pub(crate) fn posts(&self) -> Vec<StoredPost> {
        self.linkedin().posts().to_vec()
    }

    /// How many create requests arrived.
    pub(crate) fn creates(&self) -> usize {
        let linkedin = self.linkedin();
        let create = |method: &str, target: &str| method == "POST" && target == "/rest/posts";
        let log = linkedin.log().iter();
        log.filter(|asked| create(&asked.method, &asked.target))
            .count()
    }

    pub(crate) fn world(&self) -> World {
        self.world_over(MemoryLedger::new(self.outside.ledger.clone(), ""))
    }

    /// New adapters for one run, with this ledger.
    pub(crate) fn world_over<L: LedgerStore>(&self, ledger: L) -> WorldOver<L> {
        let fate: Rc<dyn Fate> = Rc::new(Calm);
        let clock = self.clock.for_runner(TimeDelta::zero(), Rc::clone(&fate));
        let with = (&clock, &fate, &self.outside);
        let repository = self.outside.repository.clone();
        let lockfile = MemoryLockfile::new(repository.clone(), path("mergecast.lock"));
        let transport = InMemory::new(Arc::clone(&self.outside.linkedin), clock.clone());
        Ports {
            content: Stepped::new(MemoryContent(repository), with, self.pace * 400),
            ledger: Stepped::new(ledger, with, self.pace * 700),
            lockfile: Stepped::new(lockfile, with, self.pace * 300),
            transport: Stepped::new(transport, with, self.pace * 250),
            entropy: self.nonces.clone(),
            // Every run is on a machine of its own.
            journal: MemoryJournal::default(),
            progress: Unwatched,
            clock,
        }
    }

    pub(crate) async fn pass_over<L: LedgerStore>(world: &WorldOver<L>) -> ApplyReport {
        reconcile(world, &options("a run"), &token).await
    }

    /// The same for one post.
    pub(crate) async fn pass_only(world: &World, key: &str) -> ApplyReport {
        let only = vec![PostKey::parse(key).unwrap()];
        let options = PassOptions {
            only,
            ..options("a run")
        };
        reconcile(world, &options, &token).await
    }

    /// A person looks at LinkedIn and says what is there, which may be refused as too early.
    pub(crate) fn say_what_is_true(&self, key: &str) {
        let urn = self.posts().first().map(|post| post.urn.clone());
        let verdict = urn.map_or(Verdict::NotPublished, Verdict::Published);
        let (world, options, key) = (self.world(), options("a run"), PostKey::parse(key).unwrap());
        let task = resolve(&world, &options, (&key, Target::Linkedin), verdict);
        run(Box::pin(task), &world.clock, None);
    }

    /// One pass, dropped at the given step; `None`: it was.
    pub(crate) fn pass_until(&self, crash_at: Option<u32>) -> Option<(ApplyReport, u32)> {
        let world = self.world();
        match run(Box::pin(Self::pass_over(&world)), &world.clock, crash_at) {
            Ran::Done(report, steps) => Some((report, steps)),
            Ran::Crashed => None,
        }
    }

    pub(crate) fn pass(&self) -> ApplyReport {
        self.pass_until(None).unwrap().0
    }

    pub(crate) fn later(&self, seconds: i64) {
        self.clock.pass(TimeDelta::seconds(seconds));
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// What the ledger says.
    pub(crate) fn recorded(&self) -> Ledger {
        let world = self.world();
        match run(Box::pin(world.ledger.port.load()), &world.clock, None) {
            Ran::Done(snapshot, _) => snapshot.unwrap().ledger,
            Ran::Crashed => panic!("nobody dropped it"),
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<Entry> {
        let entries = self.recorded().entries.into_iter();
        let mut named = entries.filter(|(id, _)| id.key.as_str() == key);
        named.next().map(|(_, entry)| entry)
    }
}

pub(crate) fn result<'r>(report: &'r ApplyReport, key: &str) -> &'r PostResult {
    let mut results = report.results.iter();
    results
        .find(|result| result.item.key.as_str() == key)
        .unwrap()
}

/// How one post ended, and the exit code of the whole.
pub(crate) fn told(report: &ApplyReport, key: &str) -> (Outcome, u8) {
    (result(report, key).outcome, report.exit.code())
}
