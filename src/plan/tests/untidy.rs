//! Live posts that an untidy merge must neither take down nor repeat. Random histories found
//! each of these.

use super::identity::{BACKUP, HIRING, LATER, check, doc, merged, named, of, told};
use super::*;
use crate::record::State;

const PRUNE: &str = "publish: { prune: true }\n";

/// `next` is out, and `free` is recorded and surely not there: refused, or deleted.
fn beside_one_that_is_gone(is_deleted: bool) -> Ledger {
    let mut ledger = of(&[("next", merged(BACKUP)), ("free", merged(BACKUP))], &[]).ledger();
    ledger.entries.change_each(|entry| {
        if entry.key.as_str() == "free" {
            match is_deleted {
                true => entry.deleted_at = Some(now()),
                false => (entry.state, entry.urn) = (State::Rejected, None),
            }
        }
    });
    ledger
}

#[test]
fn a_live_post_whose_file_takes_the_name_of_one_that_is_gone_stays() {
    let edited = BACKUP.replace("today", "yesterday");
    for (text, update) in [(BACKUP, ""), (edited.as_str(), " and edit")] {
        let files = [("free", merged(text)), ("kept", doc("draft: true", HIRING))];
        let mut history = of(&[], &files);
        history.more = PRUNE;
        let free = format!("free move{update} from next renamed");
        assert_eq!(
            told(&history.plan_of(beside_one_that_is_gone(false))),
            [free.as_str(), "kept none draft"]
        );
        let plan = history.plan_of(beside_one_that_is_gone(true));
        assert_eq!(
            told(&plan),
            [
                free.as_str(),
                "free~2 move from free displaced",
                "kept none draft"
            ]
        );
    }
    // The file of a post that is gone is that post's, where it is no live one's.
    let files = [("free", merged(BACKUP)), ("next", merged(BACKUP))];
    let history = of(&[], &files);
    assert_eq!(
        told(&history.plan_of(beside_one_that_is_gone(true))),
        ["free none deleted", "next none published"]
    );
}

#[test]
fn of_two_files_with_one_key_one_may_be_a_file_that_is_gone() {
    let mut history = of(
        &[("next", merged(BACKUP)), ("hiring", merged(HIRING))],
        &[
            ("a", named("hiring", HIRING)),
            ("b", named("hiring", BACKUP)),
        ],
    );
    history.more = PRUNE;
    check(
        &history,
        &[
            "hiring none duplicate-key",
            "hiring none duplicate-key",
            "next hold prune-unsure",
        ],
    );
}

#[test]
fn an_edit_repeats_another_post_no_sooner_than_a_new_post_does() {
    let nearly = BACKUP.replace("today", "yesterday");
    for (key, expected) in [
        ("old", "next hold repeat-too-soon"),
        ("none", "next hold repeats-unknown"),
    ] {
        let front = format!("id: next\nrepeats: {key}\nscheduled_at: on-merge");
        let history = of(
            &[("old", merged(BACKUP)), ("next", doc(&front, &nearly))],
            &[("old", merged(BACKUP)), ("next", doc(&front, BACKUP))],
        );
        check(&history, &[expected, "old none published"]);
        let mut known = history.ledger();
        known.entries.change_each(|entry| {
            entry.published_at = Some(now() - TimeDelta::days(8));
        });
        if key == "old" {
            assert!(told(&history.plan_of(known)).contains(&"next update text-changed".to_owned()));
        }
    }
}

#[test]
fn no_comment_is_written_below_a_post_that_says_something_else() {
    let with = |front: &str, text: &str| doc(&format!("first_comment: The link\n{front}"), text);
    let hidden = "id: a\nscheduled_at: on-merge\ndisable_reshare: true";
    let later = format!("id: a\nscheduled_at: {LATER}");
    let later = later.replace("T09", "T19");
    for (front, text, expected) in [
        (hidden, HIRING, &["a hold cannot-change-live"][..]),
        (later.as_str(), HIRING, &["a wait edit-not-due"]),
        ("id: a\ndraft: true", HIRING, &["a none draft-of-published"]),
        ("id: a\ndraft: true", BACKUP, &["a none published"]),
        (
            "id: a\nscheduled_at: on-merge",
            HIRING,
            &["a comment first-comment", "a update text-changed"],
        ),
    ] {
        let history = of(&[("a", named("a", BACKUP))], &[("a", with(front, text))]);
        check(&history, expected);
    }
}
