use super::*;
use crate::record::testing::{content, published};

/// An edit to `to` by a run that had read `from`.
fn edit(from: &Entry, to: &str) -> Event {
    Event::Edited {
        content: Box::new(content(to)),
        content_commit: None,
        document: None,
        replaces: from.digest.clone(),
    }
}

#[test]
fn an_edit_of_what_was_read_is_the_record() {
    let before = published("a", "one", 1);
    let after = step(Some(&before), edit(&before, "two")).unwrap();
    assert_eq!(after.digest, content("two").digest());
    assert!(!after.text_unsure);
}

/// Two runs edit the same post: whichever order LinkedIn and the ledger see them in, the
/// post is edited once more, to what the branch says then.
#[test]
fn two_edits_that_cross_leave_a_text_that_is_not_sure() {
    let before = published("a", "one", 1);
    for (first, second) in [("x", "y"), ("y", "x")] {
        let once = step(Some(&before), edit(&before, first)).unwrap();
        let twice = step(Some(&once), edit(&before, second)).unwrap();
        assert_eq!(twice.digest, content(first).digest());
        assert!(twice.text_unsure);
        let again = step(Some(&twice), edit(&twice, "z")).unwrap();
        assert_eq!(again.digest, content("z").digest());
        assert!(!again.text_unsure);
    }
    let once = step(Some(&before), edit(&before, "x")).unwrap();
    let same = step(Some(&once), edit(&before, "x")).unwrap();
    assert!(!same.text_unsure, "both sent the same text");
}

#[test]
fn an_edit_without_an_answer_is_made_once_more() {
    let before = published("a", "one", 1);
    let lost = step(Some(&before), Event::EditLost).unwrap();
    assert!(lost.text_unsure && lost.digest == before.digest);
    let again = step(Some(&lost), edit(&lost, "one")).unwrap();
    assert!(!again.text_unsure);
}
