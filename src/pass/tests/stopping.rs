//! Asked to stop at every kind of moment: what is under way is ended and recorded, nothing
//! more is begun, and the next run goes on.

use tokio::sync::watch::Sender;

use super::*;
use crate::pass::reconcile_until;
use crate::ports::{
    Committed, HttpRequest, HttpResponse, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion, Transport, TransportError,
};
use crate::record::State;

/// Something that is under way when somebody asks; numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// A request: its method, and what its path begins with.
    Request(&'static str, &'static str),
    /// A wait for a later time.
    Wait,
    /// The nth fetch of the content.
    Fetch(usize),
    /// The nth commit of the ledger.
    Commit(usize),
}

/// Asks to stop once, in the middle of one thing.
struct Asker {
    ask: Sender<bool>,
    moment: Moment,
    fetches: Cell<usize>,
    commits: Cell<usize>,
}

impl Asker {
    /// Something begins. Whoever listens to the wish can leave it here.
    async fn begins(&self, what: Moment) {
        if what == self.moment && !*self.ask.borrow() {
            self.ask.send_replace(true);
            tokio::task::yield_now().await;
        }
    }
}

/// A port of the bench, with somebody who asks to stop.
#[derive(Clone)]
struct Asked<P>(P, Rc<Asker>);

impl Clock for Asked<TestClock> {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    async fn sleep_until(&self, until: Instant) {
        if until > self.0.now() {
            self.1.begins(Moment::Wait).await;
        }
        self.0.sleep_until(until).await;
    }
}

impl ContentSource for Asked<Content> {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        self.1.fetches.set(self.1.fetches.get() + 1);
        self.1.begins(Moment::Fetch(self.1.fetches.get())).await;
        self.0.load().await
    }
}

impl LedgerStore for Asked<MemoryLedger> {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        self.0.load().await
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        self.1.commits.set(self.1.commits.get() + 1);
        self.1.begins(Moment::Commit(self.1.commits.get())).await;
        self.0.commit(base, change).await
    }
}

impl Transport for Asked<InMemory<TestClock>> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let target = request.uri().path_and_query().unwrap().as_str().to_owned();
        let method = request.method().clone();
        if let Moment::Request(verb, path) = self.1.moment
            && method == verb
            && target.starts_with(path)
        {
            self.1.begins(self.1.moment).await;
        }
        self.0.send(request).await
    }
}

/// A run that is asked to stop then, and how often it fetched the content. `wait`: as of
/// `apply --wait`.
fn run_asked_at(bench: &Bench, moment: Moment, wait: TimeDelta) -> (ApplyReport, usize) {
    let (ask, wish) = tokio::sync::watch::channel(false);
    let asker = Rc::new(Asker {
        ask,
        moment,
        fetches: Cell::new(0),
        commits: Cell::new(0),
    });
    let linkedin = InMemory::new(Arc::clone(&bench.linkedin), bench.clock.clone());
    let world = Ports {
        clock: Asked(bench.clock.clone(), Rc::clone(&asker)),
        entropy: bench.entropy.clone(),
        content: Asked(bench.content.clone(), Rc::clone(&asker)),
        ledger: Asked(
            MemoryLedger::new(bench.ledger.clone(), ""),
            Rc::clone(&asker),
        ),
        lockfile: MemoryLockfile::new(bench.content.branch.clone(), lockfile()),
        journal: bench.journal.clone(),
        transport: Asked(linkedin, Rc::clone(&asker)),
        progress: Quiet,
    };
    let token = |config: &Config, author: &AuthorUrn| {
        crate::pass::ready(credentials::resolve(author, config, &bench.tokens))
    };
    let standby = Standby::at_once(StopSignal::new(wish));
    let until = bench.now() + wait;
    let report = run(reconcile_until(
        &world,
        &bench.options(),
        &token,
        until,
        &standby,
        &|_, _| {},
    ));
    assert!(*asker.ask.borrow(), "{moment:?} never came");
    (report, asker.fetches.get())
}

fn asked_at(bench: &Bench, moment: Moment) -> ApplyReport {
    run_asked_at(bench, moment, TimeDelta::zero()).0
}

const CREATE: Moment = Moment::Request("POST", "/rest/posts");
const STOPPING: (Outcome, &str) = (Outcome::Held, "stopping");

/// How one post ended.
fn ended<'r>(report: &'r ApplyReport, key: &str) -> (Outcome, &'r str) {
    let (outcome, code, _) = told(report, key);
    (outcome, code)
}

/// Two posts that are due.
fn two() -> Bench {
    let bench = Bench::new("{}");
    bench.post("a", "", "First");
    bench.post("b", "", "Second");
    bench
}

/// Posts `a` and `b` with an image each.
fn two_with_images() -> Bench {
    let bench = Bench::new("{}");
    for (number, key) in [(1, "a"), (2, "b")] {
        bench.write(&format!("posts/{key}.png"), &media::sized(number));
        let keys = format!("media: [{{ path: {key}.png, alt: {key} }}]\n");
        bench.post(key, &keys, &format!("Look at {key}"));
    }
    bench
}

/// What a later run makes of it: every post is out, once.
#[track_caller]
fn goes_on(bench: &Bench, posts: usize) {
    bench.later(120);
    let report = bench.pass();
    assert_eq!(report.exit.code(), 0, "{:?}", report.diagnostics);
    assert_eq!(bench.live().len(), posts);
}

#[test]
fn the_request_under_way_is_ended_and_recorded() {
    let bench = two();
    let report = asked_at(&bench, CREATE);
    assert_eq!(told(&report, "a"), (Outcome::Published, "", 75));
    assert_eq!(ended(&report, "b"), STOPPING);
    assert_eq!(bench.entry("a").unwrap().state, State::Published);
    assert!(bench.entry("b").is_none(), "it was declared");
    assert_eq!(bench.creates().len(), 1);
    goes_on(&bench, 2);
    assert_eq!(bench.creates().len(), 2);
}

#[test]
fn what_is_being_declared_is_sent() {
    let bench = two();
    let report = asked_at(&bench, Moment::Commit(1));
    assert_eq!(told(&report, "a").0, Outcome::Published);
    assert_eq!(ended(&report, "b"), STOPPING);
    assert_eq!(bench.entry("a").unwrap().state, State::Published);
    goes_on(&bench, 2);
}

#[test]
fn the_pause_before_another_attempt_ends_and_there_is_none() {
    for fault in [Fault::Refuse, Fault::Status(409)] {
        let bench = Bench::new("{}");
        bench.post("a", "", "First");
        bench.fault_create(When::Before, fault);
        let began = bench.now();
        let report = asked_at(&bench, Moment::Wait);
        assert_eq!(ended(&report, "a"), STOPPING, "{fault:?}");
        assert_eq!(bench.now(), began, "it waited: {fault:?}");
        assert_eq!(bench.live().len(), 0, "it was tried again: {fault:?}");
        let entry = bench.entry("a").unwrap();
        assert_eq!((entry.state, entry.attempt), (State::Retryable, 1));
        goes_on(&bench, 1);
    }
}

#[test]
fn a_limit_is_not_waited_out() {
    let bench = limits::at_the_end_of_a_day(7);
    let began = bench.now();
    let report = asked_at(&bench, Moment::Wait);
    assert_eq!(ended(&report, "a"), (Outcome::Published, ""));
    assert_eq!(ended(&report, "b"), STOPPING);
    assert_eq!((bench.now(), bench.creates().len()), (began, 2));
    assert_eq!(bench.entry("b").unwrap().state, State::Retryable);
    goes_on(&bench, 2);
}

#[test]
fn media_are_not_waited_for() {
    let bench = two_with_images();
    bench.settings(|settings| settings.media_processing_ms = 20_000);
    let began = bench.now();
    let report = asked_at(&bench, Moment::Wait);
    assert_eq!([ended(&report, "a"), ended(&report, "b")], [STOPPING; 2]);
    assert_eq!(bench.now(), began, "it waited");
    assert!(bench.creates().is_empty() && bench.entry("a").is_none());
    goes_on(&bench, 2);
}

#[test]
fn an_upload_is_left_and_no_other_is_begun() {
    let bench = two_with_images();
    let report = asked_at(&bench, Moment::Request("PUT", "/dms-uploads"));
    assert_eq!([ended(&report, "a"), ended(&report, "b")], [STOPPING; 2]);
    assert_eq!(bench.asked("POST", "/rest/images").len(), 1);
    assert!(bench.asked("PUT", "/dms-uploads").is_empty(), "it went on");
    assert!(bench.creates().is_empty());
    goes_on(&bench, 2);
}

#[test]
fn a_run_that_only_reads_ends_at_once() {
    let bench = two();
    let (report, fetches) = run_asked_at(&bench, Moment::Fetch(1), TimeDelta::hours(1));
    assert!(report.results.is_empty(), "it went on with what it read");
    let said = &report.diagnostics[0];
    assert_eq!((said.code, said.is_error()), ("stopping", false));
    assert_eq!((report.exit.code(), fetches), (75, 1));
    assert_eq!(bench.ledger.version(), None);
    assert!(bench.linkedin().log().is_empty());
    goes_on(&bench, 2);
}

#[test]
fn what_was_fetched_again_meanwhile_begins_nothing() {
    // By the second attempt at the second post, the content has to be fetched again.
    let bench = limits::at_the_end_of_a_day(7);
    let report = asked_at(&bench, Moment::Fetch(2));
    assert_eq!(ended(&report, "b"), STOPPING);
    assert_eq!(bench.creates().len(), 2);
    assert_eq!(bench.entry("b").unwrap().state, State::Retryable);
    goes_on(&bench, 2);
}

#[test]
fn posts_are_no_longer_looked_for() {
    let bench = Bench::new("{}");
    bench.post("lost", "", "Lost");
    bench.fault_create(When::After, Fault::Drop);
    assert_eq!(told(&bench.pass(), "lost").0, Outcome::Unknown);
    bench.later(120);
    bench.post("b", "", "Another");
    let report = asked_at(&bench, Moment::Request("GET", "/rest/posts?"));
    assert_eq!(told(&report, "lost").0, Outcome::Unknown);
    assert_eq!(ended(&report, "b"), STOPPING);
    assert!(
        bench.asked("GET", "/rest/posts").is_empty(),
        "it waited for the list"
    );
    goes_on(&bench, 2);
}

#[test]
fn a_sleep_until_the_next_post_ends_and_no_pass_is_begun() {
    let bench = Bench::new("{}");
    let due = (bench.now() + TimeDelta::hours(1)).to_rfc3339();
    bench.write(
        "posts/later.md",
        format!("---\nscheduled_at: {due}\n---\nLater\n").as_bytes(),
    );
    let began = bench.now();
    let (report, fetches) = run_asked_at(&bench, Moment::Wait, TimeDelta::hours(2));
    assert_eq!(told(&report, "later"), (Outcome::None, "", 0));
    assert_eq!(bench.now(), began, "it slept on");
    assert_eq!(fetches, 1, "another pass was begun");
    bench.later(3600);
    goes_on(&bench, 1);
}

#[test]
fn the_edit_under_way_is_ended_and_no_other_is_begun() {
    let bench = two();
    assert_eq!(bench.pass().exit.code(), 0);
    bench.post("a", "", "First, edited");
    bench.post("b", "", "Second, edited");
    let report = asked_at(&bench, Moment::Request("POST", "/rest/posts/"));
    assert_eq!(told(&report, "a").0, Outcome::Updated);
    assert_eq!(ended(&report, "b"), STOPPING);
    assert_eq!(bench.live()[1].raw, "Second");
    goes_on(&bench, 2);
    assert_eq!(bench.live()[1].raw, "Second, edited");
}

#[test]
fn moves_are_one_commit_and_are_made_together_or_not_at_all() {
    let bench = two();
    assert_eq!(bench.pass().exit.code(), 0);
    for (old, new, text) in [("a", "c", "First"), ("b", "d", "Second")] {
        bench.remove(&format!("posts/{old}.md"));
        bench.post(new, "", text);
    }
    let report = asked_at(&bench, Moment::Commit(1));
    for name in ["c", "d"] {
        assert_eq!(told(&report, name).0, Outcome::Moved);
        assert!(bench.entry(name).is_some(), "{name}");
    }
    goes_on(&bench, 2);
    assert_eq!(bench.creates().len(), 2, "a renamed post went out again");
}

#[test]
fn a_first_comment_is_not_tried_again() {
    let bench = Bench::new("{}");
    bench.post("a", "author: jane\nfirst_comment: \"More\"\n", "First");
    // It is unknown below a post that is new; waiting two seconds would be the next step.
    let report = asked_at(&bench, Moment::Request("POST", "/v2/socialActions"));
    assert_eq!(told(&report, "a").0, Outcome::Published);
    assert_eq!(bench.asked("POST", "/v2/socialActions").len(), 1);
    assert!(bench.linkedin().comments().is_empty());
    goes_on(&bench, 1);
    assert_eq!(bench.linkedin().comments().len(), 1);
}
