//! Files that take each other's names while their texts are edited.

use super::identity::{BACKUP, HIRING, RELEASE, check, doc, merged, of, told};
use super::*;
use crate::model::digest::Digest;

fn edited(text: &str) -> String {
    merged(&text.replace("is", "was"))
}

/// The documents as they were published, in the commit of each record.
fn then(files: &[(&str, String)]) -> Option<Vec<DocumentThen>> {
    let then = files.iter().map(|(name, file)| DocumentThen {
        key: PostKey::parse(name).unwrap(),
        explicit_id: false,
        text: file.rsplit_once("---\n").map(|(_, text)| text.to_owned()),
        source: Digest::of(file.as_bytes()),
    });
    Some(then.collect())
}

fn plans(published: &[(&str, String)], files: &[(&str, String)], expected: &[&str]) {
    let mut history = of(published, files);
    history.then = then(published);
    check(&history, expected);
}

#[test]
fn two_files_that_swap_names_keep_their_posts_when_one_is_edited() {
    plans(
        &[("a", merged(BACKUP)), ("b", merged(RELEASE))],
        &[("a", merged(RELEASE)), ("b", edited(BACKUP))],
        &["a move from b renamed", "b move and edit from a renamed"],
    );
}

#[test]
fn a_series_that_is_renumbered_keeps_its_posts_whichever_of_them_are_edited() {
    let published = [("1", merged(BACKUP)), ("2", merged(RELEASE))];
    plans(
        &published,
        &[
            ("1", merged(HIRING)),
            ("2", merged(BACKUP)),
            ("3", edited(RELEASE)),
        ],
        &[
            "1 publish due",
            "2 move from 1 renamed",
            "3 move and edit from 2 renamed",
        ],
    );
    plans(
        &published,
        &[
            ("1", merged(HIRING)),
            ("2", edited(BACKUP)),
            ("3", edited(RELEASE)),
        ],
        &[
            "1 publish due",
            "2 move and edit from 1 renamed",
            "3 move and edit from 2 renamed",
        ],
    );
}

/// `b` was another post's file when `a` went out, so its text may be a new one.
#[test]
fn a_text_that_moved_to_a_name_in_use_is_held_where_its_old_name_says_something_else() {
    let nearly = "Hiring: two people who like slow databases, in Bern, and who have seen one fall over, at night, in December, with a queue.";
    let known = nearly.replace("seen", "watched");
    let mut history = of(
        &[("a", merged(&known))],
        &[("a", merged(RELEASE)), ("b", merged(nearly))],
    );
    history.then = then(&[("a", merged(&known)), ("b", merged(BACKUP))]);
    check(&history, &["a hold key-reused", "b hold duplicate-of"]);
}

#[test]
fn another_text_under_the_name_of_a_deleted_post_is_held() {
    let mut history = of(&[("a", merged(BACKUP))], &[("a", merged(HIRING))]);
    history.more = "publish: { prune: true }\n";
    let mut ledger = history.ledger();
    ledger
        .entries
        .change_each(|entry| entry.deleted_at = Some(now()));
    assert_eq!(told(&history.plan_of(ledger.clone())), ["a hold deleted"]);
    history.files = vec![("a", merged(BACKUP))];
    assert_eq!(told(&history.plan_of(ledger)), ["a none deleted"]);
}

/// LinkedIn cannot change an author, so it is no second post of another author either.
#[test]
fn a_renamed_file_with_another_author_keeps_its_post() {
    let other = doc(
        "scheduled_at: on-merge\nauthor: urn:li:person:jane_B-9",
        BACKUP,
    );
    let mut history = of(&[("a", merged(BACKUP))], &[("b", other)]);
    check(&history, &["b move from a renamed"]);
    history.files = vec![(
        "b",
        doc(
            "scheduled_at: on-merge\nauthor: urn:li:person:jane_B-9",
            &BACKUP.replace("today", "now"),
        ),
    )];
    check(&history, &["b move from a renamed"]);
}
