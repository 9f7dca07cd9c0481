//! Plans that would harm a live post, or give one up, if an arm were missing.

use proptest::prelude::*;

use super::*;

pub(super) const SENT: &str = "---\nscheduled_at: 2026-09-02T09:00:00Z\n---\nWe are hiring two backend engineers in Berlin for our payments team this autumn\n";
pub(super) const UNRELATED: &str = "---\nscheduled_at: on-merge\n---\nOur new office dog has learned to open doors and attends every standup meeting\n";

pub(super) fn recorded(config: &Config, files: &[(&str, &str)]) -> Ledger {
    ledger(config, files, now() - TimeDelta::days(1), &published())
}
pub(super) fn item<'a>(plan: &'a Plan, key: &str) -> &'a PlanItem {
    plan.items
        .iter()
        .find(|i| i.key.as_str() == key)
        .unwrap_or_else(|| panic!("{:?}", judged(plan)))
}

#[test]
fn unrelated_texts_are_not_alike() {
    let a = "We are hiring two backend engineers in Berlin for our payments team this autumn";
    let b = "Our new office dog has learned to open doors and attends every standup meeting";
    let r = super::super::likeness::likeness(a, b);
    assert!(r < 0.3, "no word in common, likeness {r}");
}
#[test]
fn a_similar_boilerplate_post_is_not_a_rename() {
    let config = config("");
    let old = "---\nscheduled_at: on-merge\n---\nWe are happy to announce a webinar about the payments API on Monday\n";
    let new = "---\nscheduled_at: on-merge\n---\nWe are proud to present a meetup about the hiring process in Hamburg\n";
    let plan = planned(
        &config,
        &[("b", new)],
        recorded(&config, &[("a", old)]),
        now(),
    );
    assert_eq!(
        item(&plan, "b").action,
        Action::Publish,
        "{:?}",
        judged(&plan)
    );
}
#[test]
fn a_reused_key_with_boilerplate_is_not_an_edit() {
    let config = config("");
    let old = "---\nscheduled_at: 2026-09-02T09:00:00Z\n---\nWe are happy to announce a webinar about the payments API on Monday\n";
    let new = "---\nscheduled_at: 2026-09-03T09:00:00Z\n---\nWe are proud to present a meetup about the hiring process in Hamburg\n";
    let plan = planned(
        &config,
        &[("a", new)],
        recorded(&config, &[("a", old)]),
        now(),
    );
    assert_eq!(
        item(&plan, "a").reason.code,
        "key-reused",
        "{:?}",
        judged(&plan)
    );
}
#[test]
fn a_draft_never_edits_a_live_post() {
    let config = config("");
    let draft = SENT
        .replace("---\nWe", "draft: true\n---\nWe")
        .replace("autumn", "winter");
    let plan = planned(
        &config,
        &[("a", &draft)],
        recorded(&config, &[("a", SENT)]),
        now(),
    );
    assert!(!item(&plan, "a").action.is_limited(), "{:?}", judged(&plan));
}
#[test]
fn a_new_draft_does_not_take_a_removed_post_over() {
    let config = config("");
    let draft = SENT
        .replace("scheduled_at: 2026-09-02T09:00:00Z", "draft: true")
        .replace("autumn", "winter");
    let plan = planned(
        &config,
        &[("b", &draft)],
        recorded(&config, &[("a", SENT)]),
        now(),
    );
    assert!(
        !item(&plan, "b").action.is_limited(),
        "{:?}",
        plan.items
            .iter()
            .map(|i| (&i.key, &i.action))
            .collect::<Vec<_>>()
    );
}
#[test]
fn an_edit_waits_for_the_time_it_names() {
    let config = config("");
    let later = SENT
        .replace("2026-09-02", "2026-12-01")
        .replace("autumn", "winter");
    let plan = planned(
        &config,
        &[("a", &later)],
        recorded(&config, &[("a", SENT)]),
        now(),
    );
    assert_ne!(
        item(&plan, "a").action,
        Action::Update,
        "{:?}",
        judged(&plan)
    );
}
#[test]
fn paused_wins_over_late() {
    let paused = config("publish: { paused: true, on_late: skip }\n");
    let plan = planned(
        &paused,
        &[("a", DUE)],
        Ledger::default(),
        now() + TimeDelta::days(3),
    );
    assert_eq!(
        item(&plan, "a").reason.code,
        "paused",
        "{:?}",
        judged(&plan)
    );
}
#[test]
fn twins_in_one_plan_are_not_both_published() {
    let config = config("");
    let plan = planned(
        &config,
        &[("a", MERGE), ("b", MERGE)],
        Ledger::default(),
        now(),
    );
    let n = plan
        .items
        .iter()
        .filter(|i| i.action == Action::Publish)
        .count();
    assert_eq!(n, 1, "{:?}", judged(&plan));
}
#[test]
fn the_digest_covers_visibility() {
    let config = config("");
    let a = planned(&config, &[("a", MERGE)], Ledger::default(), now()).digest();
    let other = MERGE.replace("---\nOne", "disable_reshare: true\n---\nOne");
    let b = planned(&config, &[("a", &other)], Ledger::default(), now()).digest();
    assert_ne!(a, b);
}
#[test]
fn a_parked_post_made_a_draft_is_a_draft() {
    let config = config("");
    let parked = [Event::NotCreated {
        nonce: "n".to_owned(),
        reason: Reason::new("rate-limit", "x"),
        not_before: Some(now() + TimeDelta::hours(5)),
        uploaded: Vec::new(),
    }];
    let draft = MERGE.replace("---\nOne", "draft: true\n---\nOne");
    let l = ledger(&config, &[("a", MERGE)], now(), &parked);
    let plan = planned(&config, &[("a", &draft)], l, now());
    assert_eq!(
        item(&plan, "a").state,
        PostState::Draft,
        "{:?}",
        judged(&plan)
    );
}
#[test]
fn a_request_under_way_is_not_moved_under_its_owner() {
    let config = config("");
    let l = ledger(&config, &[("a", MERGE)], now() - TimeDelta::minutes(1), &[]);
    let plan = planned(&config, &[("b", MERGE)], l, now());
    assert!(!item(&plan, "b").action.is_change(), "{:?}", judged(&plan));
}
#[test]
fn a_blocked_document_does_not_hide_a_request_under_way_or_the_live_post() {
    let config = config("");
    let broken = SENT.replace("---\nWe", "visiblity: public\n---\nWe");
    let plan = planned(
        &config,
        &[("a", &broken)],
        recorded(&config, &[("a", SENT)]),
        now(),
    );
    assert!(item(&plan, "a").urn.is_some());
    let l = ledger(&config, &[("a", SENT)], now() - TimeDelta::minutes(1), &[]);
    let plan = planned(&config, &[("a", &broken)], l, now());
    assert_eq!(
        item(&plan, "a").state,
        PostState::Publishing,
        "{:?}",
        judged(&plan)
    );
}
#[test]
fn a_renamed_post_that_cannot_be_edited_still_moves() {
    let config = config("");
    let fixed = SENT.replace("---\nWe", "disable_reshare: true\n---\nWe");
    let plan = planned(
        &config,
        &[("b", &fixed)],
        recorded(&config, &[("a", SENT)]),
        now(),
    );
    assert_eq!(
        item(&plan, "b").action.as_str(),
        "move",
        "{:?}",
        judged(&plan)
    );
}
#[test]
fn only_knows_the_old_key_of_a_move() {
    let config = config("");
    let plan = super::plan(&PlanInput {
        desired: &desired(&config, &[("b", SENT)]),
        recorded: &Recorded::new(recorded(&config, &[("a", SENT)]), None, None),
        config: &config,
        now: now(),
        ahead: chrono::TimeDelta::zero(),
        paused_by_environment: false,
        only: &[PostKey::parse("a").unwrap()],
        allow_changes: None,
        history: &nothing_else,
    });
    assert_eq!(
        item(&plan, "b").action.as_str(),
        "move",
        "{:?}",
        judged(&plan)
    );
}
#[test]
fn a_name_that_was_another_posts_is_not_a_rename() {
    let config = config("");
    let alike = SENT.replace("Berlin", "Hamburg").replace("two", "three");
    let sent = recorded(&config, &[("a", SENT)]);
    let sent_text = sent.entries.values().next().unwrap().content.text.clone();
    let recorded = Recorded::new(sent, None, None);
    let action_of = |file: &str, then: Option<Option<&str>>| {
        let document = |text: &str| DocumentThen {
            key: PostKey::parse("b").unwrap(),
            explicit_id: false,
            text: Some(text.to_owned()),
            source: Digest::of(text.as_bytes()),
        };
        let commit = then.map(|text| {
            let documents = text.map(document).into_iter().collect();
            Arc::new(Then(documents)) as Arc<dyn CommitThen>
        });
        let plan = super::plan(&PlanInput {
            desired: &desired(&config, &[("b", file)]),
            recorded: &recorded,
            config: &config,
            now: now(),
            ahead: chrono::TimeDelta::zero(),
            paused_by_environment: false,
            only: &[],
            allow_changes: None,
            history: &|_| commit.clone(),
        });
        let item = item(&plan, "b");
        (item.action.as_str(), item.reason.code.clone())
    };
    let then = |action: &'static str, code: &str| (action, code.to_owned());
    assert_eq!(action_of(&alike, Some(None)), then("move", "renamed"));
    assert_eq!(
        action_of(&alike, None),
        then("hold", "maybe-renamed"),
        "the commit cannot be read"
    );
    assert_eq!(
        action_of(&alike, Some(Some("a draft"))),
        then("hold", "late"),
        "new, and late"
    );
    assert_eq!(
        action_of(&alike, Some(Some(&sent_text))),
        then("move", "renamed"),
        "there and back"
    );
    for commit in [None, Some(Some("a draft"))] {
        let same = action_of(SENT, commit);
        assert_eq!(same, then("move", "renamed"), "the very same post");
    }
}
#[test]
fn unrelated_on_merge_is_published() {
    let config = config("");
    let plan = planned(
        &config,
        &[("a", SENT), ("b", UNRELATED)],
        recorded(&config, &[("a", SENT)]),
        now(),
    );
    assert_eq!(item(&plan, "b").action, Action::Publish);
}

#[test]
fn documented_reasons_are_those_a_plan_gives() {
    let docs = include_str!("../../../docs/lifecycle.md");
    let sources = [
        include_str!("../classify.rs"),
        include_str!("../comments.rs"),
        include_str!("../live.rs"),
        include_str!("../order.rs"),
        include_str!("../twins.rs"),
    ];
    let mut codes = std::collections::BTreeSet::new();
    for source in sources {
        let words = source.split('"').skip(1).step_by(2);
        let is_code = |word: &&str| {
            let letters = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            letters && docs.contains(&format!("### {word}\n"))
        };
        codes.extend(words.filter(is_code));
    }
    let headings = docs.lines().filter_map(|line| line.strip_prefix("### "));
    let headings: std::collections::BTreeSet<&str> = headings.collect();
    assert_eq!(codes, headings, "a heading that no plan gives");
    for code in REASONS {
        assert!(
            headings.contains(code),
            "`{code}` is not in docs/lifecycle.md"
        );
    }
    assert_eq!(headings.len(), REASONS.len());
}

/// Every reason code a plan gives by itself; documents with errors give their own.
const REASONS: &[&str] = &[
    "after-post",
    "cannot-change-live",
    "changed",
    "comment-late",
    "comment-stands",
    "comment-there",
    "deleted",
    "displaced",
    "draft",
    "draft-of-published",
    "due",
    "duplicate-of",
    "edit-not-due",
    "file-gone",
    "first-comment",
    "in-progress",
    "key-reused",
    "late",
    "late-skipped",
    "ledger-lost",
    "maybe-renamed",
    "not-due",
    "not-selected",
    "orphaned",
    "outcome-unknown",
    "owner-silent",
    "paused",
    "probe",
    "prune-unsure",
    "pruned",
    "published",
    "reads-differently",
    "rejected",
    "renamed",
    "repeat-too-soon",
    "repeats-unknown",
    "retry-later",
    "sent-file-unknown",
    "skipped",
    "text-changed",
    "text-unsure",
    "two-posts",
];

proptest! {
    #[test]
    fn the_order_of_posts_does_not_matter(seed in prop::collection::vec(0usize..6, 6)) {
        let config = config("");
        let texts: Vec<(String, String)> = (0..6)
            .map(|n| (format!("p{n}"), DUE.replace("One", if n % 2 == 0 { "Even" } else { "Odd" })))
            .collect();
        let files: Vec<(&str, &str)> = texts.iter().map(|(k, t)| (k.as_str(), t.as_str())).collect();
        let sorted = desired(&config, &files);
        let mut shuffled = sorted.clone();
        for (at, to) in seed.into_iter().enumerate() {
            shuffled.posts.swap(at, to);
        }
        let record = Recorded::new(recorded(&config, &[("gone", DUE)]), None, None);
        let make = |desired: &DesiredState| super::plan(&PlanInput {
            desired, recorded: &record, config: &config, now: now(), ahead: chrono::TimeDelta::zero(), paused_by_environment: false,
            only: &[], allow_changes: None, history: &nothing_else,
        });
        prop_assert_eq!(make(&sorted), make(&shuffled));
    }
}
