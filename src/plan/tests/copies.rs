//! Posts that repeat others, on purpose or not.

use super::identity::{
    BACKUP, HIRING, LATER, RELEASE, SENT, at, check, doc, merged, named, of, told,
};
use super::*;
use crate::desired::Outside;
use crate::record::Elsewhere;

#[test]
fn a_repeat_goes_out_seven_days_after_the_post_and_follows_its_new_keys() {
    let repeat = |key: &str, at: &str| doc(&format!("repeats: {key}\nscheduled_at: {at}"), BACKUP);
    let mut history = of(&[("a", merged(BACKUP))], &[]);
    for (key, at, expected) in [
        ("a", "on-merge", "b hold repeat-too-soon"),
        ("a", "2026-09-09T09:59:59Z", "b hold repeat-too-soon"),
        ("a", "2026-09-09T10:00:00Z", "b wait not-due"),
        ("none", "on-merge", "b none repeats-unknown"),
        ("c", "on-merge", "b hold repeat-too-soon"),
    ] {
        history.files = vec![
            ("a", merged(BACKUP)),
            ("b", repeat(key, at)),
            ("c", doc("draft: true", HIRING)),
        ];
        let plan = history.plan();
        let item = plan
            .items
            .iter()
            .find(|item| item.key.as_str() == "b")
            .unwrap();
        let found = format!("b {} {}", item.action.as_str(), item.reason.code);
        assert_eq!(found, expected, "{key} {at}");
    }
    let mut known = history.ledger();
    known.entries.change_each(|entry| {
        entry.former_keys = vec![PostKey::parse("old").unwrap()];
        entry.published_at = Some(now() - TimeDelta::days(8));
    });
    history.files = vec![("a", merged(BACKUP)), ("b", repeat("old", "on-merge"))];
    assert_eq!(
        told(&history.plan_of(known.clone())),
        ["a none published", "b publish due"]
    );
    // What it names must be what it repeats.
    history.files.push(("d", repeat("b", "on-merge")));
    assert!(told(&history.plan_of(known)).contains(&"d hold repeat-too-soon".to_owned()));
}

#[test]
fn nearly_a_copy_is_held_where_the_old_file_is_gone_and_named_where_it_is_there() {
    let next = RELEASE.replace("2.4", "2.5");
    let both = of(
        &[("v2.4", merged(RELEASE))],
        &[("v2.4", merged(RELEASE)), ("v2.5", merged(&next))],
    );
    let plan = both.plan();
    assert_eq!(told(&plan), ["v2.4 none published", "v2.5 publish due"]);
    assert_eq!(plan.diagnostics()[0].code, "nearly-duplicate");
    let mut gone = of(
        &[("v2.4", at(SENT, RELEASE))],
        &[("v2.5", at(LATER, &next))],
    );
    check(&gone, &["v2.4 none orphaned", "v2.5 hold duplicate-of"]);
    let repeats = doc(&format!("repeats: v2.4\nscheduled_at: {LATER}"), &next);
    gone.files = vec![("v2.5", repeats)];
    check(&gone, &["v2.4 none orphaned", "v2.5 publish due"]);
}

#[test]
fn a_post_of_another_content_root_is_copied_too() {
    let elsewhere = of(&[("launch", merged(BACKUP))], &[]).ledger();
    let entry = Arc::clone(
        elsewhere
            .entries
            .post(&PostKey::parse("launch").unwrap())
            .unwrap(),
    );
    let root = "marketing".to_owned();
    let mut history = of(&[], &[("launch", merged(&BACKUP.replace(' ', "  ")))]);
    history.elsewhere = vec![Elsewhere { root, entry }];
    let plan = history.plan();
    assert_eq!(told(&plan), ["launch hold duplicate-of"]);
    let other = plan.items[0].other.clone().unwrap();
    assert_eq!(other.root.as_deref(), Some("marketing"));
}

#[test]
fn an_edit_does_not_make_a_live_post_say_what_another_one_says() {
    let changed = BACKUP.replace("today", "this week");
    let mut history = of(
        &[("a", merged(BACKUP)), ("b", merged(&changed))],
        &[("a", named("a", &changed)), ("b", merged(&changed))],
    );
    check(&history, &["a hold duplicate-of", "b none published"]);
    // Nor in the plan that makes the other one say it, or sends it.
    history.published = vec![("a", merged(BACKUP))];
    history.files = vec![("a", merged(&changed)), ("c", merged(&changed))];
    check(&history, &["a update text-changed", "c hold duplicate-of"]);
}

#[test]
fn a_repeat_is_no_third_post_that_is_alike() {
    let alike = HIRING.replace("two", "three");
    let repeat = doc("repeats: a\nscheduled_at: on-merge", HIRING);
    let mut history = of(
        &[("a", merged(HIRING)), ("gone", merged(&alike))],
        &[("a", merged(HIRING)), ("b", repeat)],
    );
    history.then = Some(Vec::new());
    let mut known = history.ledger();
    known.entries.change_each(|entry| {
        entry.published_at = Some(now() - TimeDelta::days(8));
    });
    let expected = ["a none published", "b publish due", "gone none orphaned"];
    assert_eq!(told(&history.plan_of(known.clone())), expected);
    // Under the name of another one it is no edit of that one.
    history.files[1].0 = "gone";
    let expected = ["a none published", "gone hold key-reused"];
    assert_eq!(told(&history.plan_of(known)), expected);
}

/// A file that moved to another content root, and was edited on the way.
#[test]
fn nearly_a_copy_of_another_root_is_held_where_the_file_there_is_gone() {
    let edited = HIRING.replace("two", "three");
    let other = of(&[("old", merged(HIRING))], &[]).ledger();
    let entry = other.entries.post(&PostKey::parse("old").unwrap()).cloned();
    let there = |path: &str| Outside {
        path: path.to_owned(),
        source: Digest::of(b"x"),
        body: String::new(),
    };
    let mut history = of(&[], &[("new", merged(&edited))]);
    history.elsewhere = vec![Elsewhere {
        root: "one".to_owned(),
        entry: entry.unwrap(),
    }];
    for (outside, expected) in [
        (Some(Vec::new()), "new hold duplicate-of"),
        (Some(vec![there("posts/old.md")]), "new hold duplicate-of"),
        (Some(vec![there("one/posts/old.md")]), "new publish due"),
        (None, "new publish due"),
    ] {
        history.outside = outside;
        check(&history, &[expected]);
    }
    // One that is timed later is another post.
    history.outside = Some(Vec::new());
    history.files = vec![("new", at("2026-09-03T08:59:00Z", &edited))];
    check(&history, &["new publish due"]);
}

#[test]
fn texts_are_compared_without_regard_to_white_space_and_composition() {
    let copy = "Grüße  aus\u{a0}Köln, wo heute alles offen ist".replace('ü', "u\u{308}");
    let history = of(
        &[("a", merged("Grüße aus Köln, wo heute alles offen ist"))],
        &[
            ("a", merged("Grüße aus Köln, wo heute alles offen ist")),
            ("b", merged(&copy)),
        ],
    );
    check(&history, &["a none published", "b hold duplicate-of"]);
}

#[test]
fn a_first_comment_stays_with_its_post_and_none_is_written_below_an_old_one() {
    let with = |text: &str| doc("first_comment: The link\nscheduled_at: on-merge", text);
    let history = of(
        &[("next", merged(BACKUP))],
        &[("old", merged(BACKUP)), ("next", with(HIRING))],
    );
    check(
        &history,
        &[
            "next publish due",
            "next wait after-post",
            "old move from next renamed",
        ],
    );
    let history = of(&[("next", merged(BACKUP))], &[("next", with(HIRING))]);
    check(&history, &["next hold key-reused"]);
}

#[test]
fn a_document_with_errors_keeps_the_record_of_its_key() {
    let history = of(
        &[("a", merged(BACKUP))],
        &[
            ("a", doc("sheduled_at: on-merge", BACKUP)),
            ("b", merged(BACKUP)),
        ],
    );
    check(&history, &["a none unknown-key", "b hold duplicate-of"]);
}

#[test]
fn a_deleted_post_is_known_by_its_path_only() {
    let mut history = of(&[("a", merged(BACKUP))], &[("b", merged(BACKUP))]);
    let mut known = history.ledger();
    known
        .entries
        .change_each(|entry| entry.deleted_at = Some(now()));
    assert_eq!(
        told(&history.plan_of(known.clone())),
        ["a none deleted", "b publish due"]
    );
    history.files = vec![("a", merged(BACKUP))];
    assert_eq!(told(&history.plan_of(known)), ["a none deleted"]);
}
