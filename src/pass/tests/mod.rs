//! Whole passes against the sandbox, in memory and in a time of their own.
//!
//! Owns the bench: content as files in a map, a ledger and a lockfile that outlive the
//! pass, and a LinkedIn whose list of posts is the truth. Must not read our own record to
//! tell what was published.

mod ahead;
mod clock;
mod comments;
mod continuity;
mod gaps;
mod journal;
mod kept;
mod kinds;
mod limits;
mod lookup;
mod media;
mod probe;
mod rebuild;
mod stopping;
mod traps;
mod witness;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::TimeDelta;

use crate::linkedin::credentials;
use crate::linkedin::endpoint::Endpoint;
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::path::ContentPath;
use crate::model::urn::AuthorUrn;
use crate::pass::{PassOptions, Standby, StopSignal, reconcile_with};
use crate::ports::{
    Clock, ContentSource, ContentTree, Entropy, LedgerStore as _, LockfileStore, Ports, Progress,
    SourceError, World,
};
use crate::record::lockfile::LOCKFILE;
use crate::record::{Entry, EntryId};
use crate::report::results::{ApplyReport, Outcome, PostResult};
use crate::sandbox::{
    Fault, FaultRule, InMemory, Linkedin, LoggedRequest, Settings, StoredPost, When,
};
use crate::system::{
    MemoryContent, MemoryJournal, MemoryLedger, MemoryLockfile, MemoryRemote, MemoryRepository,
};

/// A page, whose token may read.
const ACME: &str = "urn:li:organization:42";
/// A member, whose self-serve token may not.
const JANE: &str = "urn:li:person:jane_B-9";

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\", token_env: ACME }\n  jane: { urn: \"urn:li:person:jane_B-9\", token_env: JANE }\ndefault_author: acme\n";

/// Time that passes only by waiting.
#[derive(Clone)]
struct TestClock(Arc<Mutex<Instant>>);

impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn uptime(&self) -> Duration {
        (self.now() - Instant::UNIX_EPOCH).to_std().unwrap()
    }

    async fn sleep_until(&self, until: Instant) {
        let mut now = self.0.lock().unwrap();
        *now = until.max(*now);
    }
}

/// Numbers that count up, in the form of nonces.
#[derive(Clone, Default)]
struct Counter(Rc<Cell<u64>>);

impl Entropy for Counter {
    fn nonce(&self) -> String {
        self.0.set(self.0.get() + 1);
        format!("{:032x}", self.0.get())
    }
}

/// What is merged: files with their bytes, or without any where they are taken away.
type Merge = Vec<(ContentPath, Option<Vec<u8>>)>;

/// A published branch that may change in the middle of a pass.
#[derive(Clone, Default)]
struct Content {
    branch: MemoryRepository,
    /// What is merged right after the next time the content was read.
    soon: Rc<RefCell<Merge>>,
    /// Whether changes are collected in `soon`.
    later: Rc<Cell<bool>>,
}

impl Content {
    fn merge(&self, path: &str, bytes: Option<&[u8]>) {
        let change = (ContentPath::parse(path).unwrap(), bytes.map(<[u8]>::to_vec));
        if self.later.get() {
            self.soon.borrow_mut().push(change);
        } else {
            self.branch.commit([change]);
        }
    }
}

impl ContentSource for Content {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        let tree = MemoryContent(self.branch.clone()).load().await;
        let soon = self.soon.take();
        if !soon.is_empty() {
            self.branch.commit(soon);
        }
        tree
    }
}

struct Quiet;

impl Progress for Quiet {
    fn upload_started(&self, _path: &ContentPath, _bytes: u64) {}
    fn upload_advanced(&self, _path: &ContentPath, _bytes: u64) {}
    fn upload_finished(&self, _path: &ContentPath) {}
}

/// Everything that outlives a pass.
struct Bench {
    clock: TestClock,
    entropy: Counter,
    content: Content,
    ledger: MemoryRemote,
    linkedin: Arc<Mutex<Linkedin>>,
    tokens: BTreeMap<String, String>,
    journal: MemoryJournal,
}

impl Bench {
    /// Two authors with a token each, and no posts; `publish` is that part of the settings.
    fn new(publish: &str) -> Self {
        let names = [(ACME, "Acme"), (JANE, "Jane Doe")];
        let names = names.map(|(urn, name)| (AuthorUrn::parse(urn).unwrap(), name.to_owned()));
        let tokens = [
            ("ACME", "sandbox-token-42"),
            ("JANE", "sandbox-token-jane_B-9"),
        ];
        let bench = Self {
            clock: TestClock(Arc::new(Mutex::new(
                "2026-09-03T08:00:00Z".parse().unwrap(),
            ))),
            entropy: Counter::default(),
            content: Content::default(),
            ledger: MemoryRemote::default(),
            linkedin: Arc::new(Mutex::new(Linkedin::for_authors(names.into_iter()))),
            journal: MemoryJournal::default(),
            tokens: tokens
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        };
        bench.write(
            "mergecast.yaml",
            format!("{CONFIG}publish: {publish}\n").as_bytes(),
        );
        bench
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        self.content.merge(path, Some(bytes));
    }

    fn remove(&self, path: &str) {
        self.content.merge(path, None);
    }

    /// A post that is due as soon as it is merged; `keys` are further lines.
    fn post(&self, name: &str, keys: &str, text: &str) {
        let text = format!("---\nscheduled_at: on-merge\n{keys}---\n{text}\n");
        self.write(&format!("posts/{name}.md"), text.as_bytes());
    }

    /// What `change` does to the files is merged in the middle of the next pass.
    fn merge_during_the_next_pass(&self, change: impl FnOnce(&Bench)) {
        self.content.later.set(true);
        change(self);
        self.content.later.set(false);
    }

    /// Nobody remembers what was published from here.
    fn forget(&self) {
        self.ledger.force(&None);
        self.remove(LOCKFILE);
    }

    fn pass(&self) -> ApplyReport {
        self.pass_with(&Standby::at_once(StopSignal::never()))
    }

    fn pass_with(&self, standby: &Standby) -> ApplyReport {
        let branch = self.content.branch.clone();
        self.pass_over(MemoryLockfile::new(branch, lockfile()), standby)
    }

    fn pass_over(&self, lockfile: impl LockfileStore, standby: &Standby) -> ApplyReport {
        let (world, options) = (self.world_with(lockfile), self.options());
        let token = |config: &Config, author: &AuthorUrn| {
            crate::pass::ready(credentials::resolve(author, config, &self.tokens))
        };
        run(reconcile_with(&world, &options, &token, standby))
    }

    /// The ports of one more run.
    fn world(&self) -> impl World {
        let branch = self.content.branch.clone();
        self.world_with(MemoryLockfile::new(branch, lockfile()))
    }

    fn world_with(&self, lockfile: impl LockfileStore) -> impl World {
        Ports {
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            content: self.content.clone(),
            ledger: MemoryLedger::new(self.ledger.clone(), ""),
            lockfile,
            journal: self.journal.clone(),
            transport: InMemory::new(Arc::clone(&self.linkedin), self.clock.clone()),
            progress: Quiet,
        }
    }

    fn options(&self) -> PassOptions {
        PassOptions {
            only: Vec::new(),
            allow_changes: None,
            paused_by_environment: false,
            repository_id: None,
            runner: "test".to_owned(),
            endpoint: Endpoint::new(None).unwrap(),
        }
    }

    fn later(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn linkedin(&self) -> MutexGuard<'_, Linkedin> {
        self.linkedin.lock().unwrap()
    }

    fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.linkedin().settings);
    }

    /// The next request like this meets a mishap.
    fn fault(&self, method: &str, path: &str, when: When, what: Fault) {
        let rule = FaultRule::first(method, path, when, what);
        self.linkedin().faults.rules.push(rule);
    }

    fn fault_create(&self, when: When, what: Fault) {
        self.fault("POST", "/rest/posts", when, what);
    }

    /// What readers can see, oldest first.
    fn live(&self) -> Vec<StoredPost> {
        let linkedin = self.linkedin();
        let posts = linkedin.posts().iter();
        posts.filter(|post| post.is_live()).cloned().collect()
    }

    /// Every request like this, whether it took effect or not.
    fn asked(&self, method: &str, path: &str) -> Vec<LoggedRequest> {
        let linkedin = self.linkedin();
        let log = linkedin.log().iter();
        log.filter(|request| request.method == method && request.target.starts_with(path))
            .cloned()
            .collect()
    }

    /// Create requests.
    fn creates(&self) -> Vec<LoggedRequest> {
        let mut asked = self.asked("POST", "/rest/posts");
        asked.retain(|request| request.target == "/rest/posts");
        asked
    }

    fn entry(&self, key: &str) -> Option<Entry> {
        let store = MemoryLedger::new(self.ledger.clone(), "");
        let snapshot = run(store.load()).unwrap();
        let named = |id: &&EntryId| id.key.as_str() == key;
        let id = snapshot.ledger.entries.keys().find(named).cloned()?;
        snapshot.ledger.entries.get(&id).cloned()
    }
}

fn lockfile() -> ContentPath {
    ContentPath::parse(LOCKFILE).unwrap()
}

fn run<R>(work: impl Future<Output = R>) -> R {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(work)
}

fn result<'r>(report: &'r ApplyReport, key: &str) -> &'r PostResult {
    let mut results = report.results.iter();
    results
        .find(|result| result.item.key.as_str() == key)
        .unwrap()
}

/// How one post ended, the code of what it met, and the exit code of the whole.
fn told<'r>(report: &'r ApplyReport, key: &str) -> (Outcome, &'r str, u8) {
    let result = result(report, key);
    let code = result.error.as_ref().map_or("", |error| &error.code);
    (result.outcome, code, report.exit.code())
}
