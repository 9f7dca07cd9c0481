//! Values that the tests of several views show.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::model::zone::Tz;
use crate::plan::{Action, Decision, Plan, PlanItem, PostState};
use crate::record::{Attempt, AttemptOutcome, Entry, Owner, Reason, State};
use crate::report::exit::Exit;
use crate::report::results::{ApplyReport, Outcome, PostResult, ResultError};

/// Everything a hostile author could write.
pub(crate) fn hostile() -> String {
    format!(
        "::error file=x::owned\n##[group]x\n</details>\u{1b}[2J\u{202e}@everyone #1 {}\n<script>alert(1)</script>",
        "`".repeat(10_000)
    )
}

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The instant of all samples: Thursday, 10:00 in Berlin.
pub(crate) fn now() -> Instant {
    at("2026-09-03T08:00:00Z")
}

pub(crate) fn path(text: &str) -> ContentPath {
    ContentPath::parse(text).unwrap()
}

pub(crate) fn item(key: &str, action: Action, state: PostState) -> PlanItem {
    PlanItem {
        key: PostKey::parse(key).unwrap(),
        target: Target::Linkedin,
        path: path(&format!("posts/{key}.md")),
        author: Some(AuthorUrn::parse("urn:li:organization:2414183").unwrap()),
        author_name: "acme".to_owned(),
        zone: Tz::Europe__Berlin,
        scheduled_at: Some(now()),
        action,
        state,
        reason: Reason::new("due", "its time has come"),
        decisions: vec![Decision {
            question: "is its time known?",
            answer: "yes: 2026-09-03 08:00 UTC".to_owned(),
        }],
        warning: None,
        other: None,
        urn: None,
        published_at: None,
        text_before: None,
        text_after: None,
        media: Vec::new(),
        requests: 0,
        content: None,
    }
}

pub(crate) fn urn() -> PostUrn {
    PostUrn::parse("urn:li:share:7141138937766391808").unwrap()
}

pub(crate) fn published(key: &str) -> PlanItem {
    let mut item = item(key, Action::None, PostState::Published);
    item.scheduled_at = Some(at("2026-09-01T07:00:00Z"));
    item.published_at = Some(at("2026-09-01T07:00:04Z"));
    item.urn = Some(urn());
    item.reason = Reason::new("published", "published, and unchanged since");
    item
}

pub(crate) fn plan(items: Vec<PlanItem>) -> Plan {
    Plan {
        now: now(),
        next_due: None,
        items: items.into_iter().map(Arc::new).collect(),
        guards: Vec::new(),
        requests: Vec::new(),
    }
}

/// One post of each kind.
pub(crate) fn full_plan() -> Plan {
    let mut launch = item("launch", Action::Publish, PostState::Due);
    launch.text_after = Some("We ship today.\n\n#rust".to_owned());
    launch.media = vec![path("media/chart.png")];
    let mut typo = item("typo", Action::Update, PostState::Published);
    typo.published_at = Some(at("2026-09-01T07:00:04Z"));
    typo.urn = Some(urn());
    typo.reason = Reason::new("text-changed", "the text differs from the live post");
    typo.text_before = Some("Teh end".to_owned());
    typo.text_after = Some("The end".to_owned());
    let mut held = item("stale", Action::Hold, PostState::Held);
    held.scheduled_at = Some(at("2026-08-31T08:00:00Z"));
    held.reason = Reason::new("late", "later than `max_lateness` (24h) allows");
    let mut unknown = item("lost", Action::Unknown, PostState::Unknown);
    unknown.reason = Reason::new(
        "outcome-unknown",
        "no answer came after the request was sent",
    );
    let mut today = item("tonight", Action::Wait, PostState::Scheduled);
    today.scheduled_at = Some(at("2026-09-03T16:30:00Z"));
    today.reason = Reason::new("not-due", "its time has not come");
    let mut later = item("autumn", Action::Wait, PostState::Scheduled);
    later.scheduled_at = Some(at("2026-10-01T08:00:00Z"));
    later.reason = Reason::new("not-due", "its time has not come");
    let mut draft = item("idea", Action::None, PostState::Draft);
    draft.scheduled_at = None;
    draft.reason = Reason::new("draft", "it has no `scheduled_at`");
    let mut plan = plan(vec![
        published("hello"),
        held,
        launch,
        unknown,
        typo,
        today,
        later,
        draft,
    ]);
    plan.next_due = Some(at("2026-09-03T16:30:00Z"));
    plan
}

/// A plan whose every free text is hostile.
pub(crate) fn hostile_plan() -> Plan {
    let mut plan = full_plan();
    for item in plan.items.iter_mut().map(Arc::make_mut) {
        item.author_name = hostile();
        item.reason = Reason::new("x", hostile());
        item.text_after = Some(hostile());
        item.decisions = vec![Decision {
            question: "is it?",
            answer: hostile(),
        }];
    }
    plan
}

/// The example of the documentation, as a problem.
pub(crate) fn unknown_key() -> Diagnostic {
    let text = "---\nid: launch\nauthor: acme\nvisiblity: connections\n---\n";
    let path = path("posts/2026-09-launch.md");
    let source = SourceText::new(&path, text);
    let start = text.find("visib").unwrap();
    Diagnostic::error("unknown-key", "unknown front matter key `visiblity`")
        .at(source.label_with(start..start + 9, "not a key of a post"))
        .help("did you mean `visibility`?")
}

/// What holds for every text people may get in a terminal or a log.
pub(crate) fn assert_harmless(output: &str) {
    for line in output.lines() {
        let text = line.trim_start();
        assert!(
            !text.starts_with("::") || text.starts_with("::: "),
            "{line}"
        );
        assert!(!line.contains("##["), "{line}");
        assert!(
            !line
                .chars()
                .any(|c| c != super::clean::BREAK && super::clean::is_hidden(c)),
            "{line:?}"
        );
    }
}

fn result(item: PlanItem, outcome: Outcome, exit: Exit) -> PostResult {
    PostResult {
        item: Arc::new(item),
        outcome,
        error: None,
        exit,
        again: None,
    }
}

/// One result of each kind that matters.
pub(crate) fn report() -> ApplyReport {
    let mut launch = item("launch", Action::Publish, PostState::Published);
    launch.urn = Some(urn());
    launch.published_at = Some(at("2026-09-03T08:00:04Z"));
    let mut failed = result(
        item("intro", Action::Publish, PostState::Due),
        Outcome::Failed,
        Exit::Denied,
    );
    failed.error = Some(ResultError {
        kind: "auth",
        code: "token-expired".to_owned(),
        message: "LinkedIn says: the token has expired".to_owned(),
        help: Some("run\n  mergecast auth login".to_owned()),
    });
    let mut stale = item("stale", Action::Hold, PostState::Held);
    stale.scheduled_at = Some(at("2026-08-31T08:00:00Z"));
    stale.reason = Reason::new("late", "later than `max_lateness` (24h) allows");
    let mut lost = result(
        item("lost", Action::Publish, PostState::Unknown),
        Outcome::Unknown,
        Exit::Unknown,
    );
    lost.error = Some(ResultError {
        kind: "unknown",
        code: "outcome-unknown".to_owned(),
        message: "the connection closed before an answer came".to_owned(),
        help: None,
    });
    ApplyReport {
        sandbox: false,
        now: at("2026-09-03T08:00:10Z"),
        requests: None,
        results: vec![
            result(launch, Outcome::Published, Exit::Done),
            failed,
            result(stale, Outcome::Held, Exit::Held),
            lost,
            result(published("hello"), Outcome::None, Exit::Done),
        ],
        next_due: Some(at("2026-09-03T16:30:00Z")),
        diagnostics: vec![unknown_key()],
        exit: Exit::Unknown,
    }
}

/// A ledger entry with one finished attempt and one whose outcome is unknown.
pub(crate) fn entry() -> Entry {
    let content = PostContent::of_text(
        AuthorUrn::parse("urn:li:organization:2414183").unwrap(),
        "Hello".to_owned(),
        "Hello".to_owned(),
    );
    Entry {
        format: Entry::FORMAT,
        key: PostKey::parse("lost").unwrap(),
        target: Target::Linkedin,
        path: path("posts/lost.md"),
        state: State::Unknown,
        attempt: 2,
        owner: Some(Owner {
            runner: "run 42".to_owned(),
            nonce: "00".to_owned(),
            api_host: None,
        }),
        digest: content.digest(),
        content,
        content_commit: Some("0123abc".to_owned()),
        document: None,
        former_keys: Vec::new(),
        scheduled_at: Some(now()),
        declared_at: Some(at("2026-09-03T07:55:00Z")),
        owner_saw_it_end: true,
        probe: false,
        not_before: None,
        uploaded: Vec::new(),
        urn: None,
        comment_id: None,
        published_at: None,
        how: None,
        deleted_at: None,
        also: Vec::new(),
        reason: None,
        history: vec![Attempt {
            attempt: 1,
            declared_at: at("2026-09-03T07:50:00Z"),
            outcome: AttemptOutcome::NotCreated,
            reason: Some(Reason::new("rate-limit", "LinkedIn asked for a pause")),
        }],
    }
}
