//! Runs of one machine that die, and what the next one remembers of them.

use std::future::pending;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::pass::reconcile;
use crate::ports::{
    Committed, HttpRequest, HttpResponse, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion, Transport, TransportError,
};
use crate::record::State;

/// Where a run dies: at its n-th ledger commit, or at its create request; before or after
/// the call takes effect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Death {
    BeforeCommit(u32),
    AfterCommit(u32),
    BeforeCreate,
    AfterCreate,
}

struct Dying<P> {
    port: P,
    death: Death,
    commits: Cell<u32>,
    /// Something that happens right after the first commit.
    then: Option<Box<dyn Fn()>>,
}

impl<P> Dying<P> {
    fn new(port: P, death: Death) -> Self {
        Self {
            port,
            death,
            commits: Cell::new(0),
            then: None,
        }
    }
}

impl LedgerStore for Dying<MemoryLedger> {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        self.port.load().await
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        self.commits.set(self.commits.get() + 1);
        if self.death == Death::BeforeCommit(self.commits.get()) {
            pending::<()>().await;
        }
        let committed = self.port.commit(base, change).await;
        if self.death == Death::AfterCommit(self.commits.get()) {
            pending::<()>().await;
        }
        if let (1, Some(then)) = (self.commits.get(), &self.then) {
            then();
        }
        committed
    }
}

impl<C: Clock> Transport for Dying<InMemory<C>> {
    fn skew(&self) -> Option<chrono::TimeDelta> {
        self.port.skew()
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let create = request.uri().path() == "/rest/posts";
        if create && self.death == Death::BeforeCreate {
            pending::<()>().await;
        }
        let answer = self.port.send(request).await;
        if create && self.death == Death::AfterCreate {
            pending::<()>().await;
        }
        answer
    }
}

impl Bench {
    /// A run that dies at `death`; `then` happens right after its first commit.
    fn dies(&self, death: Death, then: Option<Box<dyn Fn()>>) -> Option<ApplyReport> {
        let mut ledger = Dying::new(MemoryLedger::new(self.ledger.clone(), ""), death);
        ledger.then = then;
        let transport = InMemory::new(Arc::clone(&self.linkedin), self.clock.clone());
        let world = Ports {
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            content: self.content.clone(),
            ledger,
            lockfile: MemoryLockfile::new(self.content.branch.clone(), lockfile()),
            journal: self.journal.clone(),
            transport: Dying::new(transport, death),
            progress: Quiet,
        };
        let options = self.options();
        let token = |config: &Config, author: &AuthorUrn| {
            crate::pass::ready(credentials::resolve(author, config, &self.tokens))
        };
        let pass = pin!(reconcile(&world, &options, &token));
        // Nothing else waits here, so a run that is not done after one poll stands where it
        // dies.
        match pass.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(report) => Some(report),
            Poll::Pending => None,
        }
    }

    /// The same world, seen from a machine that remembers nothing.
    fn elsewhere(&self) -> ApplyReport {
        let other = Bench {
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            content: self.content.clone(),
            ledger: self.ledger.clone(),
            linkedin: Arc::clone(&self.linkedin),
            tokens: self.tokens.clone(),
            journal: MemoryJournal::default(),
        };
        other.pass()
    }
}

fn bench() -> Bench {
    let bench = Bench::new("{}");
    bench.post("hello", "", "Hello");
    bench
}

#[test]
fn a_run_that_died_before_its_request_left_is_followed_at_once() {
    let bench = bench();
    assert!(bench.dies(Death::AfterCommit(1), None).is_none());
    assert_eq!(bench.entry("hello").unwrap().state, State::Sending);
    assert_eq!(bench.creates().len(), 0);
    // Nobody else may follow it.
    assert_eq!(told(&bench.elsewhere(), "hello").0, Outcome::Held);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Published, "", 0));
    assert_eq!((bench.creates().len(), bench.live().len()), (1, 1));
    let history = bench.entry("hello").unwrap().history;
    assert_eq!(history[0].reason.as_ref().unwrap().code, "never-sent");
}

#[test]
fn while_another_run_of_the_machine_lives_nobody_speaks_for_a_dead_one() {
    let bench = bench();
    assert!(bench.dies(Death::AfterCommit(1), None).is_none());
    bench.journal.set_others(true);
    assert_eq!(told(&bench.pass(), "hello").0, Outcome::Held);
    bench.later(241);
    assert_eq!(
        told(&bench.pass(), "hello"),
        (Outcome::Unknown, "outcome-unknown", 76)
    );
    bench.journal.set_others(false);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Published, "", 0));
    assert_eq!((bench.creates().len(), bench.live().len()), (1, 1));
}

#[test]
fn a_run_that_died_with_its_request_under_way_leaves_an_unknown_post_that_a_person_settles() {
    for (death, posts) in [(Death::BeforeCreate, 0), (Death::AfterCreate, 1)] {
        let bench = bench();
        assert!(bench.dies(death, None).is_none());
        for _ in 0..3 {
            assert_eq!(
                told(&bench.pass(), "hello"),
                (Outcome::Unknown, "outcome-unknown", 76)
            );
        }
        assert_eq!((bench.creates().len(), bench.live().len()), (posts, posts));
        let reason = bench.entry("hello").unwrap().reason.unwrap();
        assert_eq!(reason.code, "owner-died");
        // Its owner is dead for certain, so a person need not wait a quarter of an hour.
        assert!(bench.entry("hello").unwrap().owner_saw_it_end);
    }
}

#[test]
fn an_answer_that_could_not_be_recorded_is_remembered() {
    for death in [Death::BeforeCommit(2), Death::AfterCommit(2)] {
        let bench = bench();
        assert!(bench.dies(death, None).is_none());
        let urn = bench.live()[0].urn.clone();
        let report = bench.pass();
        assert_eq!(
            (told(&report, "hello").0, report.exit.code()),
            (Outcome::None, 0)
        );
        let entry = bench.entry("hello").unwrap();
        assert_eq!((entry.state, entry.urn), (State::Published, Some(urn)));
        assert_eq!(bench.creates().len(), 1);
    }
}

#[test]
fn a_machine_elsewhere_asks_a_person_where_this_one_remembers() {
    // Nobody can look up a member's posts.
    let bench = Bench::new("{}");
    bench.post("hello", "author: jane\n", "Hello");
    assert!(bench.dies(Death::BeforeCommit(2), None).is_none());
    bench.later(241);
    assert_eq!(
        told(&bench.elsewhere(), "hello"),
        (Outcome::Unknown, "outcome-unknown", 76)
    );
    // This machine's answer comes late and is taken.
    assert_eq!(bench.pass().exit.code(), 0);
    assert_eq!(bench.entry("hello").unwrap().state, State::Published);
    assert_eq!((bench.creates().len(), bench.live().len()), (1, 1));
}

#[test]
fn what_cannot_be_written_down_any_more_does_not_leave() {
    let bench = bench();
    let journal = bench.journal.clone();
    let full = Box::new(move || journal.set_full(true));
    let report = bench.dies(Death::BeforeCommit(99), Some(full)).unwrap();
    assert_eq!(told(&report, "hello"), (Outcome::Held, "not-sent", 69));
    assert_eq!(bench.creates().len(), 0);
    // A journal that takes nothing at all is none: there is nothing it could get wrong.
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Published, "", 0));
    assert_eq!(bench.creates().len(), 1);
}
