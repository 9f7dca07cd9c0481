//! One test an arm of the classifier, over whole plans.

use chrono::TimeDelta;

use super::*;
use crate::content::document;
use crate::desired::assemble::assemble;
use crate::desired::{DesiredPost, DesiredState, Schedule};
use crate::model::config::{Config, OnLate};
use crate::model::path::ContentPath;
use crate::record::recorded::Recorded;
use crate::record::{Declaration, EntryId, Event, How, Ledger, Owner, SentDocument, step};

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\n";

/// The commit that every post was sent from.
const COMMIT: &str = "c0ffee";

/// What documents were at [`COMMIT`]. Posts do not ask for their own.
#[derive(Default)]
struct Then(Vec<DocumentThen>);

impl CommitThen for Then {
    fn by_key(&self, key: &PostKey) -> Option<DocumentThen> {
        self.0.iter().find(|document| document.key == *key).cloned()
    }

    fn by_path(&self, _: &ContentPath) -> Option<DocumentThen> {
        self.0.first().cloned()
    }
}

/// No document but those of the posts was there.
fn nothing_else(commit: &str) -> Option<Arc<dyn CommitThen>> {
    (commit == COMMIT).then(|| Arc::new(Then::default()) as Arc<dyn CommitThen>)
}

fn now() -> Instant {
    "2026-09-03T10:00:00Z".parse().unwrap()
}

fn config(more: &str) -> Config {
    let path = ContentPath::parse("mergecast.yaml").unwrap();
    let (config, problems) =
        crate::content::config::parse(format!("{CONFIG}{more}").as_bytes(), &path);
    config.unwrap_or_else(|| panic!("{problems:?}"))
}

fn desired(config: &Config, files: &[(&str, &str)]) -> DesiredState {
    let parse = |(name, text): &(&str, &str)| {
        let path = ContentPath::parse(&format!("posts/{name}.md")).unwrap();
        document::parse(text.as_bytes(), &path, config)
    };
    let media = std::collections::BTreeMap::new();
    assemble(config, files.iter().map(parse).collect(), &media, None)
}

fn declaration(post: &DesiredPost) -> Box<Declaration> {
    Box::new(Declaration {
        key: post.key.clone(),
        target: Target::Linkedin,
        path: post.path.clone(),
        content: post.content(),
        content_commit: Some(COMMIT.to_owned()),
        document: Some(SentDocument {
            digest: post.source.clone(),
            explicit_id: post.explicit_id,
        }),
        scheduled_at: match post.schedule {
            Schedule::At(time) => Some(time),
            Schedule::OnMerge | Schedule::Unscheduled => None,
        },
    })
}

/// A ledger in which every post of `files` is in the state that `events` lead to.
fn ledger(config: &Config, files: &[(&str, &str)], declared: Instant, events: &[Event]) -> Ledger {
    let mut ledger = Ledger::default();
    for post in desired(config, files).posts {
        let declaration = declaration(&post);
        let owner = Owner {
            runner: "test".to_owned(),
            nonce: "n".to_owned(),
            api_host: None,
        };
        let declare = Event::Declare {
            declaration,
            owner,
            at: declared,
            probe: false,
        };
        let mut entry = step(None, declare).unwrap();
        for event in events {
            entry = step(Some(&entry), event.clone()).unwrap();
        }
        ledger.entries.insert(
            EntryId {
                key: post.key,
                target: Target::Linkedin,
            },
            entry,
        );
    }
    ledger
}

fn published() -> Vec<Event> {
    let urn = PostUrn::parse("urn:li:share:7501187238594186474").unwrap();
    vec![Event::Published {
        nonce: Some("n".to_owned()),
        urn,
        at: now() - TimeDelta::days(1),
        how: How::Created,
        comment_id: None,
    }]
}

fn planned(config: &Config, files: &[(&str, &str)], ledger: Ledger, at: Instant) -> Plan {
    plan(&PlanInput {
        desired: &desired(config, files),
        recorded: &Recorded::new(ledger, None, None),
        config,
        now: at,
        ahead: chrono::TimeDelta::zero(),
        paused_by_environment: false,
        only: &[],
        allow_changes: None,
        history: &nothing_else,
    })
}

/// Key, action and reason code of every post.
fn judged(plan: &Plan) -> Vec<(&str, &str, &str)> {
    plan.items
        .iter()
        .map(|item| {
            (
                item.key.as_str(),
                item.action.as_str(),
                item.reason.code.as_str(),
            )
        })
        .collect()
}

const DUE: &str = "---\nscheduled_at: 2026-09-03T09:00:00Z\n---\nOne two three four five six\n";
const KEPT: &str = "---\nscheduled_at: on-merge\n---\nWhat else there is to say\n";
const MERGE: &str = "---\nscheduled_at: on-merge\n---\nOne two three four five six\n";

#[test]
fn a_due_post_is_published_and_a_later_one_waits() {
    let config = config("");
    let later = DUE.replace("T09", "T11").replace("One", "Later");
    let plan = planned(
        &config,
        &[("a", DUE), ("b", &later)],
        Ledger::default(),
        now(),
    );
    assert_eq!(
        judged(&plan),
        [("a", "publish", "due"), ("b", "wait", "not-due")]
    );
    assert_eq!(plan.next_due, Some(now() + TimeDelta::hours(1)));
}

#[test]
fn lateness_follows_the_policy() {
    for (policy, wanted) in [
        ("hold", ("hold", "late")),
        ("publish", ("publish", "due")),
        ("skip", ("none", "late-skipped")),
    ] {
        let config = config(&format!("publish: {{ on_late: {policy} }}\n"));
        let plan = planned(
            &config,
            &[("a", DUE)],
            Ledger::default(),
            now() + TimeDelta::days(3),
        );
        assert_eq!(judged(&plan), [("a", wanted.0, wanted.1)], "{policy}");
    }
    assert_eq!(config("").publish.on_late, OnLate::Hold);
    let plan = planned(
        &config(""),
        &[("a", MERGE)],
        Ledger::default(),
        now() + TimeDelta::days(900),
    );
    assert_eq!(judged(&plan), [("a", "publish", "due")]);
}

#[test]
fn paused_holds_and_too_many_is_a_guard() {
    let paused = config("publish: { paused: true }\n");
    assert_eq!(
        judged(&planned(&paused, &[("a", DUE)], Ledger::default(), now())),
        [("a", "hold", "paused")]
    );
    let limited = config("publish: { max_per_run: 1 }\n");
    let other = MERGE.replace("One", "Other");
    let plan = planned(
        &limited,
        &[("a", DUE), ("b", &other)],
        Ledger::default(),
        now(),
    );
    assert_eq!(
        plan.guards,
        [Guard::TooMany {
            changes: 2,
            limit: 1
        }]
    );
}

#[test]
fn what_is_published_is_left_alone_edited_moved_or_orphaned() {
    let config = config("");
    let recorded = || {
        ledger(
            &config,
            &[("a", MERGE)],
            now() - TimeDelta::days(1),
            &published(),
        )
    };
    assert_eq!(
        judged(&planned(&config, &[("a", MERGE)], recorded(), now())),
        [("a", "none", "published")]
    );
    let edited = MERGE.replace("six", "seven");
    assert_eq!(
        judged(&planned(&config, &[("a", &edited)], recorded(), now())),
        [("a", "update", "text-changed")]
    );
    assert_eq!(
        judged(&planned(&config, &[("b", MERGE)], recorded(), now())),
        [("b", "move", "renamed")]
    );
    assert_eq!(
        judged(&planned(&config, &[("b", &edited)], recorded(), now())),
        [("b", "move", "renamed")]
    );
    assert_eq!(
        judged(&planned(&config, &[], recorded(), now())),
        [("a", "none", "orphaned")]
    );
}

#[test]
fn a_copy_a_reused_key_and_a_fixed_field_are_held() {
    let config = config("");
    let recorded = || {
        ledger(
            &config,
            &[("a", MERGE)],
            now() - TimeDelta::days(1),
            &published(),
        )
    };
    let plan = planned(&config, &[("a", MERGE), ("b", MERGE)], recorded(), now());
    assert_eq!(
        judged(&plan),
        [("b", "hold", "duplicate-of"), ("a", "none", "published")]
    );
    // What may be there counts: the request was sent and nobody heard the answer.
    let sending = ledger(&config, &[("a", MERGE)], now() - TimeDelta::days(1), &[]);
    let plan = planned(&config, &[("a", MERGE), ("b", MERGE)], sending, now());
    assert!(
        judged(&plan).contains(&("b", "hold", "duplicate-of")),
        "{:?}",
        judged(&plan)
    );
    let reused = "---\nscheduled_at: 2026-09-03T09:00:00Z\n---\nSomething else altogether, new\n";
    assert_eq!(
        judged(&planned(&config, &[("a", reused)], recorded(), now())),
        [("a", "hold", "key-reused")]
    );
    let fixed = MERGE.replace("---\nOne", "disable_reshare: true\n---\nOne");
    assert_eq!(
        judged(&planned(&config, &[("a", &fixed)], recorded(), now())),
        [("a", "hold", "cannot-change-live")]
    );
}

#[test]
fn removing_a_file_deletes_only_with_prune() {
    let config = config("publish: { prune: true }\n");
    let recorded = ledger(
        &config,
        &[("a", MERGE)],
        now() - TimeDelta::days(1),
        &published(),
    );
    assert_eq!(
        judged(&planned(&config, &[("kept", KEPT)], recorded, now())),
        [("a", "delete", "pruned"), ("kept", "publish", "due")]
    );
}

#[test]
fn a_declaration_is_in_progress_and_then_unknown() {
    let config = config("");
    let recorded = |minutes| {
        ledger(
            &config,
            &[("a", MERGE)],
            now() - TimeDelta::minutes(minutes),
            &[],
        )
    };
    assert_eq!(
        judged(&planned(&config, &[("a", MERGE)], recorded(3), now())),
        [("a", "hold", "in-progress")]
    );
    assert_eq!(
        judged(&planned(&config, &[("a", MERGE)], recorded(4), now())),
        [("a", "unknown", "owner-silent")]
    );
    let lost = [Event::Lost {
        nonce: "n".to_owned(),
        reason: Reason::new("no-answer", "no answer"),
    }];
    let unknown = ledger(&config, &[("a", MERGE)], now(), &lost);
    assert_eq!(
        judged(&planned(&config, &[("a", MERGE)], unknown, now())),
        [("a", "unknown", "outcome-unknown")]
    );
}

#[test]
fn rejected_content_waits_for_a_change() {
    let config = config("");
    let rejected = [Event::Rejected {
        nonce: "n".to_owned(),
        reason: Reason::new("refused", "no"),
    }];
    let recorded = || ledger(&config, &[("a", MERGE)], now(), &rejected);
    assert_eq!(
        judged(&planned(&config, &[("a", MERGE)], recorded(), now())),
        [("a", "none", "rejected")]
    );
    let changed = MERGE.replace("six", "seven");
    assert_eq!(
        judged(&planned(&config, &[("a", &changed)], recorded(), now())),
        [("a", "publish", "due")]
    );
}

#[test]
fn the_digest_covers_actions_and_not_the_clock() {
    let config = config("");
    let at = |minutes| {
        planned(
            &config,
            &[("a", DUE)],
            Ledger::default(),
            now() + TimeDelta::minutes(minutes),
        )
        .digest()
    };
    assert_eq!(at(0), at(30));
    let other = DUE.replace("six", "seven");
    assert_ne!(
        at(0),
        planned(&config, &[("a", &other)], Ledger::default(), now()).digest()
    );
}

mod chains;
mod copies;
mod harm;
mod identity;
mod prune;
mod settled;
mod untidy;

#[test]
fn a_rename_that_a_ledger_moved_back_forgot_is_known_by_the_lockfile() {
    let config = config("");
    let sent = ledger(
        &config,
        &[("old", DUE)],
        now() - TimeDelta::days(1),
        &published(),
    );
    let mut went_on = Ledger::default();
    for entry in sent.entries.values() {
        let (key, path) = (PostKey::parse("new").unwrap(), entry.path.clone());
        let moved = step(
            Some(entry),
            Event::Moved {
                key,
                path,
                digest: entry.digest.clone(),
                document: None,
            },
        )
        .unwrap();
        went_on.entries.insert(moved.id(), moved);
    }
    let witness = crate::record::Lockfile::from_ledger(&went_on).to_text();
    // Renamed, and rewritten beyond likeness.
    let files = [(
        "new",
        "---\nscheduled_at: 2026-09-03T09:00:00Z\n---\nSomething else\n",
    )];
    let judge = |lockfile: Option<&[u8]>| {
        let plan = plan(&PlanInput {
            desired: &desired(&config, &files),
            recorded: &Recorded::new(sent.clone(), lockfile, None),
            config: &config,
            now: now(),
            ahead: chrono::TimeDelta::zero(),
            paused_by_environment: false,
            only: &[],
            allow_changes: None,
            history: &nothing_else,
        });
        assert_eq!(plan.guards, []);
        let item = plan.items.iter().find(|item| item.key.as_str() == "new");
        item.unwrap().action.as_str().to_owned()
    };
    assert_eq!(judge(Some(witness.as_bytes())), "move");
    assert_eq!(judge(None), "publish");
}
