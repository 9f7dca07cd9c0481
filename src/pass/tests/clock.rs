//! A machine whose clock is wrong.

use super::*;
use crate::ports::{HttpRequest, HttpResponse, Transport, TransportError};
use crate::record::beginning::{Begins, LedgerHome};

/// LinkedIn, whose clock is so far ahead of this machine's.
struct Ahead(InMemory<TestClock>, TimeDelta, Cell<bool>);

impl Transport for Ahead {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let answer = self.0.send(request).await;
        self.2.set(answer.is_ok());
        answer
    }

    fn skew(&self) -> Option<TimeDelta> {
        self.2.get().then_some(self.1)
    }
}

fn pass(bench: &Bench, ahead: i64) -> ApplyReport {
    pass_of(bench, ahead, Begins::ByItself)
}

/// A pass on a ledger that begins like this.
fn pass_of(bench: &Bench, ahead: i64, begins: Begins) -> ApplyReport {
    let home = LedgerHome {
        begins,
        ..LedgerHome::default()
    };
    let ledger = MemoryLedger::new(bench.ledger.clone(), "").at_home(home, "mergecast/state");
    let linkedin = InMemory::new(Arc::clone(&bench.linkedin), bench.clock.clone());
    let world = Ports {
        clock: bench.clock.clone(),
        entropy: bench.entropy.clone(),
        content: bench.content.clone(),
        ledger,
        lockfile: MemoryLockfile::new(bench.content.branch.clone(), lockfile()),
        journal: bench.journal.clone(),
        transport: Ahead(linkedin, TimeDelta::seconds(ahead), Cell::new(false)),
        progress: Quiet,
    };
    let token = |config: &Config, author: &AuthorUrn| {
        crate::pass::ready(credentials::resolve(author, config, &bench.tokens))
    };
    run(crate::pass::reconcile(&world, &bench.options(), &token))
}

fn two() -> Bench {
    let bench = begins_on("2026-09-01");
    bench.post("a", "", "One");
    bench.post("b", "", "Two");
    bench
}

fn begins_on(since: &str) -> Bench {
    let bench = Bench::new("{}");
    let config = format!("{CONFIG}state: {{ since: {since} }}\n");
    bench.write("mergecast.yaml", config.as_bytes());
    bench
}

fn in_window(bench: &Bench, days_ahead: i64) -> ApplyReport {
    pass_of(bench, days_ahead * 86_400, Begins::InWindow)
}

/// This machine's clock says 3 September; `ahead` are days.
#[test]
fn whether_the_ledger_may_begin_is_judged_by_linkedin_s_time() {
    for (since, ahead) in [("2026-09-01", 60), ("2026-09-01", -60)] {
        let bench = begins_on(since);
        assert_eq!(in_window(&bench, ahead).exit.code(), 73);
        assert!(bench.ledger.version().is_none());
    }
    for (since, ahead) in [("2026-11-01", 60), ("2026-07-05", -60)] {
        let bench = begins_on(since);
        assert_eq!(in_window(&bench, 0).exit.code(), 73);
        assert!(bench.ledger.version().is_none());
        assert_eq!(in_window(&bench, ahead).exit.code(), 0);
        assert!(bench.ledger.version().is_some());
    }
}

#[test]
fn linkedin_is_asked_for_its_time_once_and_never_by_an_idle_pass() {
    let bench = two();
    assert_eq!(in_window(&bench, 0).exit.code(), 0);
    assert_eq!(bench.asked("HEAD", "").len(), 1);
    assert_eq!(bench.live().len(), 2);
    let all = bench.asked("", "").len();
    assert_eq!(in_window(&bench, 0).exit.code(), 0);
    assert_eq!(bench.asked("", "").len(), all);
}

#[test]
fn nothing_is_sent_by_a_clock_that_linkedin_contradicts() {
    for ahead in [301, -301, 7200, -86_400] {
        let bench = two();
        let report = pass(&bench, ahead);
        for name in ["a", "b"] {
            assert_eq!(told(&report, name), (Outcome::Held, "clock-skew", 75));
            assert!(bench.entry(name).is_none(), "it was not declared");
        }
        assert_eq!(report.diagnostics[0].code, "clock-skew");
        assert_eq!(bench.creates().len(), 0);
    }
    let bench = two();
    let report = pass(&bench, 61);
    assert_eq!((report.exit.code(), bench.creates().len()), (0, 2));
    assert_eq!(
        report.diagnostics[0].code, "clock-skew",
        "people are warned"
    );
    let bench = two();
    let report = pass(&bench, 60);
    assert_eq!((report.exit.code(), report.diagnostics.len()), (0, 0));
}

/// A server's date from the beginning or the end of all time.
#[test]
fn no_date_is_too_far_away_to_be_told() {
    for years in [-9_999, -56, 500, 7_900] {
        let bench = two();
        let report = pass(&bench, years * 31_556_952);
        assert_eq!(told(&report, "a"), (Outcome::Held, "clock-skew", 75));
        assert_eq!(bench.creates().len(), 0);
    }
}

/// An earlier post of somebody else, and a ghost made for this very refusal, are told apart
/// by LinkedIn's time and not by ours.
#[test]
fn a_duplicate_is_judged_by_linkedin_s_time() {
    let bench = Bench::new("{}");
    bench.post("a", "", "One");
    assert_eq!(pass(&bench, 0).exit.code(), 0);
    bench.forget();
    // The same text fifty seconds later, by a machine that is fifty seconds behind: by its
    // own clock the old post would be as young as the request.
    *bench.clock.0.lock().unwrap() += TimeDelta::seconds(50);
    let before = pass(&bench, -50);
    assert_eq!(told(&before, "a").0, Outcome::Unknown);
    let bench = Bench::new("{}");
    bench.post("a", "", "One");
    assert_eq!(pass(&bench, 0).exit.code(), 0);
    bench.forget();
    *bench.clock.0.lock().unwrap() += TimeDelta::seconds(50);
    assert_eq!(told(&pass(&bench, 0), "a").0, Outcome::Failed);
}
