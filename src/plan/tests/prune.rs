//! A deletion cannot be taken back: nothing is deleted while the file of a live post may be
//! somewhere.

use super::harm::{SENT, UNRELATED, item, recorded};
use super::identity::{BACKUP, check, named, of};
use super::*;
use crate::desired::Outside;
use crate::model::path::ContentPath;

/// What becomes of the live post `a`, whose file is gone, beside `files`.
fn fate(files: &[(&str, &str)], change: &dyn Fn(&mut DesiredState)) -> (&'static str, String) {
    let config = config("publish: { prune: true }\n");
    let mut desired = desired(&config, files);
    change(&mut desired);
    let plan = plan(&PlanInput {
        desired: &desired,
        recorded: &Recorded::new(
            recorded(&config, &[("a", SENT), ("kept", UNRELATED)]),
            None,
            None,
        ),
        config: &config,
        now: now(),
        ahead: chrono::TimeDelta::zero(),
        paused_by_environment: false,
        only: &[],
        allow_changes: None,
        history: &nothing_else,
    });
    let item = item(&plan, "a");
    (item.action.as_str(), item.reason.code.clone())
}

fn kept(files: &[(&str, &str)], change: &dyn Fn(&mut DesiredState)) {
    assert_eq!(fate(files, change), ("hold", "prune-unsure".to_owned()));
}

const KEPT: &[(&str, &str)] = &[("kept", UNRELATED)];

#[test]
fn a_file_that_is_surely_gone_takes_its_post_along() {
    assert_eq!(fate(KEPT, &|_| {}), ("delete", "pruned".to_owned()));
}

#[test]
fn nothing_is_deleted_where_no_document_was_found() {
    kept(&[], &|_| {});
}

/// Also where that document has a record of its own: it may hold the text of the one that is
/// gone by now.
#[test]
fn nothing_is_deleted_while_any_document_has_errors() {
    let broken = SENT.replace("---\nWe", "visiblity: public\n---\nWe");
    kept(&[("b", &broken)], &|_| {});
    kept(&[("kept", &broken)], &|_| {});
}

#[test]
fn nothing_is_deleted_while_a_file_that_is_not_read_may_be_the_one_that_is_gone() {
    kept(KEPT, &|desired| {
        desired.unread = vec![ContentPath::parse("posts/a.MD").unwrap()];
    });
}

/// A sparse checkout lacks files that were merged.
#[test]
fn nothing_is_deleted_by_the_files_of_a_checkout() {
    kept(KEPT, &|desired| desired.may_lack_files = true);
}

#[test]
fn nothing_is_deleted_that_a_document_of_another_content_root_says() {
    let outside = |text: &str| Outside {
        path: "marketing/posts/x.md".to_owned(),
        source: Digest::of(text.as_bytes()),
        body: text.rsplit("---\n").next().unwrap().to_owned(),
    };
    let edited = SENT.replace("two", "three");
    for text in [SENT, &edited] {
        kept(KEPT, &|desired| desired.outside = Some(vec![outside(text)]));
    }
    let other = fate(KEPT, &|desired| {
        desired.outside = Some(vec![outside(UNRELATED)]);
    });
    assert_eq!(other, ("delete", "pruned".to_owned()));
}

/// A file that got another `id` is another post, and its text is not taken from readers to be
/// sent again.
#[test]
fn nothing_is_deleted_that_another_document_says() {
    let mut history = of(
        &[("a", named("one", BACKUP))],
        &[("b", named("two", BACKUP))],
    );
    history.more = "publish: { prune: true }\n";
    check(
        &history,
        &["one hold prune-unsure", "two hold duplicate-of"],
    );
}
