//! What the protocol must not rely on: clocks, the record's word on uploads, a URN that a
//! proxy repeats, edits that arrive in order.

use super::*;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::pass::{Resolved, Verdict, resolve};
use crate::ports::{
    Committed, HttpRequest, HttpResponse, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore,
    LedgerVersion, Transport, TransportError,
};
use crate::record::step::{Event, step};
use crate::record::{SentMedia, State};

/// Writes `entry` over the record of `ledger`, as somebody who may push it could.
async fn put_by_hand(ledger: &MemoryRemote, entry: &Entry, nonce: String, at: Instant) {
    let store = MemoryLedger::new(ledger.clone(), "");
    let snapshot = store.load().await.unwrap();
    let change = LedgerChange {
        put: [(entry.id(), entry.clone())].into(),
        remove: Vec::new(),
        remove_files: Vec::new(),
        first_page: None,
        summary: "by hand".to_owned(),
        nonce,
        at,
        repository_id: None,
        remote_name: None,
        begins_root: false,
        succession: crate::record::Succession::default(),
        taken_from: None,
    };
    store.commit(&snapshot.version, &change).await.unwrap();
}

impl Bench {
    fn overwrite(&self, entry: &Entry) {
        let nonce = self.entropy.nonce();
        run(put_by_hand(&self.ledger, entry, nonce, self.now()));
    }

    fn says(&self, key: &str, verdict: Verdict) -> Resolved {
        let key = PostKey::parse(key).unwrap();
        let of = (&key, Target::Linkedin);
        run(resolve(&self.world(), &self.options(), of, verdict)).unwrap()
    }
}

/// What another run makes of a declaration, at its time.
type Meanwhile = fn(&Entry, Instant) -> Entry;

/// Another run builds on each declaration before this one hears that it is durable, with
/// its own clock ahead by `ahead`.
struct Overtaken {
    ledger: MemoryRemote,
    does: Meanwhile,
    ahead: TimeDelta,
    changed_at: Cell<Option<Instant>>,
}

impl LedgerStore for Overtaken {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        let mut snapshot = MemoryLedger::new(self.ledger.clone(), "").load().await?;
        snapshot.changed_at = self.changed_at.get();
        Ok(snapshot)
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        let store = MemoryLedger::new(self.ledger.clone(), "");
        let committed = store.commit(base, change).await?;
        let mut put = change.put.values();
        let Some(entry) = put.find(|entry| entry.state == State::Sending) else {
            return Ok(committed);
        };
        let at = change.at + self.ahead;
        let other = (self.does)(entry, at);
        put_by_hand(&self.ledger, &other, "another".to_owned(), at).await;
        self.changed_at.set(Some(at));
        Ok(Committed::BuiltOn)
    }
}

/// One pass of a run that others overtake between its declaration and its request.
fn overtaken(bench: &Bench, does: Meanwhile, ahead: TimeDelta) -> ApplyReport {
    let ledger = Overtaken {
        ledger: bench.ledger.clone(),
        does,
        ahead,
        changed_at: Cell::new(None),
    };
    let linkedin = InMemory::new(Arc::clone(&bench.linkedin), bench.clock.clone());
    pass_with(bench, ledger, linkedin)
}

/// Its machine stood still after the declaration, with all of its clocks.
#[test]
fn an_owner_that_was_given_up_does_not_send() {
    let gives_up = |entry: &Entry, at| {
        let expired = Event::Expired { at, waited: true };
        step(Some(entry), expired).unwrap()
    };
    let looks_away = |entry: &Entry, _| entry.clone();
    let meets: [(Meanwhile, i64); 2] = [(gives_up, 0), (looks_away, 5)];
    for (does, minutes) in meets {
        let bench = Bench::new("{}");
        bench.post("a", "", "One");
        let report = overtaken(&bench, does, TimeDelta::minutes(minutes));
        assert_eq!(told(&report, "a"), (Outcome::Held, "given-up", 75));
        assert_eq!(bench.creates().len(), 0);
        // It knows that it did not send, so nobody has to be asked.
        assert_eq!(told(&bench.pass(), "a"), (Outcome::Published, "", 0));
        assert_eq!(bench.live().len(), 1);
    }
}

/// LinkedIn cannot be reached at all.
struct Away;

impl Transport for Away {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError::NotSent("no route".to_owned()))
    }
}

fn pass_with(bench: &Bench, ledger: impl LedgerStore, transport: impl Transport) -> ApplyReport {
    let world = Ports {
        clock: bench.clock.clone(),
        entropy: bench.entropy.clone(),
        content: bench.content.clone(),
        ledger,
        lockfile: MemoryLockfile::new(bench.content.branch.clone(), lockfile()),
        journal: bench.journal.clone(),
        transport,
        progress: Quiet,
    };
    let token = |config: &Config, author: &AuthorUrn| {
        crate::pass::ready(credentials::resolve(author, config, &bench.tokens))
    };
    run(crate::pass::reconcile(&world, &bench.options(), &token))
}

fn away(bench: &Bench) -> ApplyReport {
    let ledger = MemoryLedger::new(bench.ledger.clone(), "");
    pass_with(bench, ledger, Away)
}

const LATE: &str = "---\nscheduled_at: 2026-09-01T08:00:00Z\n---\nToo late\n";

#[test]
fn nothing_is_skipped_by_a_clock_that_nobody_checked() {
    let bench = Bench::new("{ on_late: skip }");
    bench.write("posts/a.md", LATE.as_bytes());
    let report = away(&bench);
    assert_eq!(told(&report, "a"), (Outcome::Held, "clock-unchecked", 75));
    assert!(bench.entry("a").is_none());
    assert_eq!(bench.pass().exit.code(), 0);
    assert_eq!(bench.entry("a").unwrap().state, State::Skipped);
}

/// A runner three days ahead skipped it; the file's time lies ahead of everybody else.
#[test]
fn a_skip_by_policy_ends_when_the_time_lies_ahead_again() {
    let bench = Bench::new("{ on_late: skip }");
    bench.write("posts/a.md", LATE.as_bytes());
    assert_eq!(bench.pass().exit.code(), 0);
    let soon = LATE.replace("2026-09-01T08", "2026-09-03T09");
    bench.write("posts/a.md", soon.as_bytes());
    assert_eq!(told(&bench.pass(), "a"), (Outcome::None, "", 0));
    bench.later(3_660);
    assert_eq!(told(&bench.pass(), "a"), (Outcome::Published, "", 0));
    assert_eq!(bench.live().len(), 1);
}

/// A held post is still held by the next run, without anybody's word.
#[test]
fn a_skip_does_not_end_for_another_text_under_its_name() {
    let bench = Bench::new("{ on_late: skip }");
    bench.write("posts/a.md", LATE.as_bytes());
    assert_eq!(bench.pass().exit.code(), 0);
    bench.post("a", "", "Something else altogether, and news to everybody");
    for _ in 0..2 {
        assert_eq!(told(&bench.pass(), "a"), (Outcome::Held, "key-reused", 75));
    }
    assert_eq!(bench.creates().len(), 0);
}

#[test]
fn a_declaration_of_another_run_does_not_expire_by_an_unchecked_clock() {
    let bench = Bench::new("{}");
    bench.post("a", "author: jane\n", "One");
    bench.fault_create(When::After, Fault::Drop);
    assert_eq!(bench.pass().exit.code(), 76);
    let mut entry = bench.entry("a").unwrap();
    entry.state = State::Sending;
    entry.owner_saw_it_end = false;
    entry.owner.as_mut().unwrap().nonce = "another".to_owned();
    entry.reason = None;
    entry.history.clear();
    bench.overwrite(&entry);
    bench.later(3_600);
    let _ = away(&bench);
    assert_eq!(bench.entry("a").unwrap().state, State::Sending);
    let _ = bench.pass();
    assert_eq!(bench.entry("a").unwrap().state, State::Unknown);
}

#[test]
fn a_declaration_from_the_future_is_named_and_can_be_settled_at_once() {
    let bench = Bench::new("{}");
    bench.post("a", "", "One");
    bench.fault_create(When::Before, Fault::Drop);
    assert_eq!(bench.pass().exit.code(), 76);
    let mut entry = bench.entry("a").unwrap();
    entry.state = State::Sending;
    entry.owner_saw_it_end = false;
    entry.owner.as_mut().unwrap().nonce = "another".to_owned();
    entry.declared_at = Some(bench.now() + TimeDelta::days(10));
    entry.reason = None;
    entry.history.clear();
    bench.overwrite(&entry);
    bench.post("b", "", "Two");
    let report = bench.pass();
    let codes: Vec<&str> = report.diagnostics.iter().map(|found| found.code).collect();
    assert!(codes.contains(&"declared-in-future"), "{codes:?}");
    assert_eq!(
        result(&report, "b").outcome,
        Outcome::Published,
        "the others go on"
    );
    assert_ne!(result(&report, "a").outcome, Outcome::Published);
    assert_eq!(bench.says("a", Verdict::NotPublished), Resolved::Recorded);
    assert_eq!(told(&bench.pass(), "a"), (Outcome::Published, "", 0));
}

#[test]
fn a_urn_that_another_entry_has_proves_nothing() {
    let bench = Bench::new("{}");
    bench.post("a", "", "One");
    assert_eq!(bench.pass().exit.code(), 0);
    let urn = bench.entry("a").unwrap().urn;
    bench.post("b", "", "Two");
    // A proxy repeats the answer to the first request.
    struct Repeating(InMemory<TestClock>, PostUrn);
    impl Transport for Repeating {
        async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
            let create =
                request.method() == http::Method::POST && request.uri().path() == "/rest/posts";
            if !create {
                return self.0.send(request).await;
            }
            let answer = http::Response::builder()
                .status(201)
                .header("x-restli-id", self.1.as_str());
            Ok(answer.body(bytes::Bytes::new()).unwrap())
        }
    }
    let linkedin = InMemory::new(Arc::clone(&bench.linkedin), bench.clock.clone());
    let world = Ports {
        clock: bench.clock.clone(),
        entropy: bench.entropy.clone(),
        content: bench.content.clone(),
        ledger: MemoryLedger::new(bench.ledger.clone(), ""),
        lockfile: MemoryLockfile::new(bench.content.branch.clone(), lockfile()),
        journal: bench.journal.clone(),
        transport: Repeating(linkedin, urn.unwrap()),
        progress: Quiet,
    };
    let token = |config: &Config, author: &AuthorUrn| {
        crate::pass::ready(credentials::resolve(author, config, &bench.tokens))
    };
    let report = run(crate::pass::reconcile(&world, &bench.options(), &token));
    assert_eq!(
        told(&report, "b"),
        (Outcome::Unknown, "urn-recorded-before", 76)
    );
    assert_eq!(bench.entry("b").unwrap().state, State::Unknown);
}

/// While the answer is on its way, a person says that the post is another one.
struct SettledMeanwhile(InMemory<TestClock>, MemoryRemote);

impl Transport for SettledMeanwhile {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if request.method() == http::Method::POST {
            let store = MemoryLedger::new(self.1.clone(), "");
            let ledger = store.load().await.unwrap().ledger;
            let (_, entry) = ledger.entries.iter().next().unwrap();
            let at = entry.declared_at.unwrap();
            let given_up = Event::Expired { at, waited: true };
            let given_up = step(Some(entry), given_up).unwrap();
            let found = Event::Published {
                nonce: None,
                urn: PostUrn::parse("urn:li:share:77").unwrap(),
                at,
                how: crate::record::How::Resolved,
                comment_id: None,
            };
            let found = step(Some(&given_up), found).unwrap();
            put_by_hand(&self.1, &found, "person".to_owned(), at).await;
        }
        self.0.send(request).await
    }
}

#[test]
fn the_run_that_makes_a_second_post_says_so_itself() {
    let bench = Bench::new("{}");
    bench.post("a", "", "One");
    let linkedin = InMemory::new(Arc::clone(&bench.linkedin), bench.clock.clone());
    let ledger = MemoryLedger::new(bench.ledger.clone(), "");
    let meanwhile = SettledMeanwhile(linkedin, bench.ledger.clone());
    let report = pass_with(&bench, ledger, meanwhile);
    assert_eq!(told(&report, "a"), (Outcome::Unknown, "two-posts", 76));
    assert_eq!(report.exit.code(), 76);
    let error = result(&report, "a").error.clone().unwrap();
    let entry = bench.entry("a").unwrap();
    assert_eq!((entry.also.len(), bench.live().len()), (1, 1));
    for urn in entry.urn.iter().chain(&entry.also) {
        assert!(error.message.contains(urn.as_str()), "{}", error.message);
        let settles = format!("resolve a --published {urn} --replace urn:li:");
        assert!(error.help.as_ref().unwrap().contains(&settles), "{error:?}");
    }
    assert_eq!(told(&bench.pass(), "a").2, 76);
}

#[test]
fn no_run_waits_for_a_time_that_only_a_wrong_clock_can_have_named() {
    let bench = Bench::new("{}");
    bench.post("a", "", "One");
    bench.fault_create(When::Before, Fault::Status(429));
    assert_eq!(told(&bench.pass(), "a").2, 75);
    let mut entry = bench.entry("a").unwrap();
    let mut park = |until| {
        entry.not_before = Some(until);
        bench.overwrite(&entry);
    };
    park(bench.now() + TimeDelta::hours(24));
    assert_eq!(told(&bench.pass(), "a"), (Outcome::Held, "retry-later", 75));
    let year = bench.now() + TimeDelta::days(365);
    park(year);
    // It may be this clock that is wrong, and nobody says so.
    assert_eq!(told(&away(&bench), "a"), (Outcome::Held, "retry-later", 75));
    assert_eq!(bench.entry("a").unwrap().not_before, Some(year));
    let report = bench.pass();
    assert_eq!(told(&report, "a"), (Outcome::Published, "", 0));
    let mut codes = report.diagnostics.iter().map(|found| found.code);
    assert!(codes.any(|code| code == "parked-too-long"));
}

#[test]
fn two_urns_are_named_in_every_run_until_a_person_settles_them() {
    let bench = Bench::new("{}");
    bench.post("a", "", "One");
    assert_eq!(bench.pass().exit.code(), 0);
    let entry = bench.entry("a").unwrap();
    let (first, second) = (
        entry.urn.clone().unwrap(),
        PostUrn::parse("urn:li:share:77").unwrap(),
    );
    let also = Event::Published {
        nonce: None,
        urn: second.clone(),
        at: bench.now(),
        how: crate::record::How::Found,
        comment_id: None,
    };
    bench.overwrite(&step(Some(&entry), also).unwrap());
    for _ in 0..2 {
        assert_eq!(
            told(&bench.pass(), "a"),
            (Outcome::Unknown, "two-posts", 76)
        );
    }
    let settled = Verdict::Replaced {
        urn: first,
        replaces: second,
    };
    assert_eq!(bench.says("a", settled), Resolved::Recorded);
    assert_eq!(told(&bench.pass(), "a"), (Outcome::None, "", 0));
}

#[test]
fn a_verdict_does_not_take_another_posts_urn_and_can_be_corrected() {
    let bench = Bench::new("{}");
    bench.post("a", "", "One");
    assert_eq!(bench.pass().exit.code(), 0);
    bench.post("b", "", "Two");
    bench.fault_create(When::After, Fault::Drop);
    assert_eq!(bench.pass().exit.code(), 76);
    let taken = bench.entry("a").unwrap().urn.unwrap();
    let found = bench.says("b", Verdict::Published(taken));
    assert_ne!(found, Resolved::Recorded);
    assert_eq!(bench.entry("b").unwrap().state, State::Unknown);
    let wrong = PostUrn::parse("urn:li:share:77").unwrap();
    assert_eq!(
        bench.says("b", Verdict::Published(wrong.clone())),
        Resolved::Recorded
    );
    let right = PostUrn::parse(bench.live()[1].urn.as_str()).unwrap();
    assert_ne!(
        bench.says("b", Verdict::Published(right.clone())),
        Resolved::Recorded
    );
    let corrected = Verdict::Replaced {
        urn: right.clone(),
        replaces: wrong,
    };
    assert_eq!(bench.says("b", corrected), Resolved::Recorded);
    assert_eq!(bench.entry("b").unwrap().urn, Some(right));
    assert_eq!(bench.pass().exit.code(), 0);
}

/// LinkedIn, which says of every post that this author published it.
struct PublishedBy(&'static str);

impl Transport for PublishedBy {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        assert!(request.method() != http::Method::POST, "{request:?}");
        let author = self.0;
        let body = format!(r#"{{"id":"urn:li:share:77","author":"{author}"}}"#);
        Ok(http::Response::new(bytes::Bytes::from(body)))
    }
}

#[test]
fn a_verdict_does_not_take_another_authors_post() {
    let bench = Bench::new("{}");
    bench.post("a", "author: acme\n", "One");
    bench.fault_create(When::After, Fault::Drop);
    assert_eq!(bench.pass().exit.code(), 76);
    let key = PostKey::parse("a").unwrap();
    let says = |author| {
        let world = Ports {
            clock: bench.clock.clone(),
            entropy: bench.entropy.clone(),
            content: bench.content.clone(),
            ledger: MemoryLedger::new(bench.ledger.clone(), ""),
            lockfile: MemoryLockfile::new(bench.content.branch.clone(), lockfile()),
            journal: bench.journal.clone(),
            transport: PublishedBy(author),
            progress: Quiet,
        };
        let token = |config: &Config, author: &AuthorUrn| {
            crate::pass::ready(credentials::resolve(author, config, &bench.tokens))
        };
        let verdict = Verdict::Published(PostUrn::parse("urn:li:share:77").unwrap());
        let of = (&key, Target::Linkedin);
        let options = bench.options();
        let settled = crate::pass::resolve_with(&world, &options, Some(&token), of, verdict);
        run(settled).unwrap().resolved
    };
    for other in ["urn:li:organization:31415", JANE] {
        let author = AuthorUrn::parse(other).unwrap();
        assert_eq!(says(other), Resolved::OtherAuthor { author });
        assert_eq!(bench.entry("a").unwrap().state, State::Unknown);
    }
    assert_eq!(says(ACME), Resolved::Recorded);
    let entry = bench.entry("a").unwrap();
    assert_eq!(entry.state, State::Published);
    // No number of LinkedIn's tells 1970, and an old post may be repeated at once.
    assert_eq!(entry.published_at, Some(bench.now()));
}

/// Whoever may push the ledger names another picture for a parked post.
#[test]
fn an_upload_that_the_ledger_names_needs_the_seal_of_the_authors_token() {
    for forged in [false, true] {
        let bench = Bench::new("{}");
        bench.write("posts/a.png", &media::png());
        bench.post("a", "media: [{ path: a.png, alt: x }]\n", "Look");
        bench.fault_create(When::Before, Fault::Status(429));
        assert_eq!(bench.pass().exit.code(), 75);
        let mut entry = bench.entry("a").unwrap();
        assert_eq!(entry.uploaded.len(), 1);
        let honest = entry.uploaded[0].clone();
        if forged {
            let urn = crate::model::urn::MediaUrn::parse("urn:li:image:EVIL").unwrap();
            entry.uploaded = vec![SentMedia {
                urn,
                ..honest.clone()
            }];
            bench.overwrite(&entry);
        }
        // Another machine, which has no journal of that upload.
        let bench = Bench {
            journal: MemoryJournal::default(),
            ..bench
        };
        bench.later(86_400);
        let uploads = bench.asked("POST", "/rest/images").len();
        assert_eq!(told(&bench.pass(), "a").0, Outcome::Published);
        let again = bench.asked("POST", "/rest/images").len() - uploads;
        assert_eq!(
            again,
            usize::from(forged),
            "uploaded anew only where it is forged"
        );
        let sent = format!("{:?}", bench.creates().last().unwrap());
        assert!(!sent.contains("EVIL"), "{sent}");
    }
}
