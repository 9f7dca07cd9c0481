#![allow(clippy::too_many_lines, reason = "tables of cases")]
use super::*;
use crate::content::keys::{CONFIG, POST};
use crate::content::problems::MAX_PROBLEMS;
use crate::content::yaml;
use crate::model::path::ContentPath;

fn found(text: &str, keys: &'static [Key]) -> Vec<Diagnostic> {
    let path = ContentPath::parse("posts/a.md").unwrap();
    let source = SourceText::new(&path, text);
    let root = yaml::read(&source, text, 0..text.len(), "text")
        .root
        .unwrap();
    let mut problems = Problems::new(source);
    check_table(&root, keys, "front matter key", &mut problems);
    problems.finish()
}

fn one(text: &str) -> Diagnostic {
    let mut all = found(text, POST);
    assert_eq!(all.len(), 1, "{text}: {all:?}");
    all.remove(0)
}

#[test]
fn an_unknown_key_is_shown_with_what_was_meant() {
    let problem = one("author: a\nvisiblity: connections");
    assert_eq!(problem.code, "unknown-key");
    assert_eq!(problem.message, "unknown front matter key `visiblity`");
    assert_eq!(problem.help.unwrap(), "did you mean `visibility`?");
    let label = &problem.labels[0];
    assert_eq!((label.line, label.column, label.length), (2, 1, 9));
    assert_eq!(label.text, "not a front matter key");
    let nested = one("media: [{path: a, alternative: b}]");
    assert_eq!(nested.message, "unknown `media` key `alternative`");
    assert!(one("zebra: 1").help.unwrap().contains("`scheduled_at`"));
}

#[test]
fn a_wrong_type_says_what_is_there_and_what_should_be() {
    for (text, message, help) in [
        (
            "draft: yes",
            "`draft` is text, not `true` or `false`",
            "write `draft: true`, without quotes",
        ),
        (
            "draft: no",
            "`draft` is text, not `true` or `false`",
            "write `draft: false`, without quotes",
        ),
        (
            "draft: 'true'",
            "`draft` is quoted text, not `true` or `false`",
            "write `draft: true`, without quotes",
        ),
        (
            "draft: 1",
            "`draft` is a number, not `true` or `false`",
            "write `draft: true`, without quotes",
        ),
        (
            "author: [a]",
            "`author` is a list, not text",
            "write `author: acme`",
        ),
        (
            "author:",
            "`author` is empty, not text",
            "write a value after `author:`, or remove the line",
        ),
        (
            "scheduled_at: ~",
            "`scheduled_at` is empty, not text",
            "write a value after `scheduled_at:`, or remove the line",
        ),
        (
            "labels: one",
            "`labels` is text, not a list",
            "write `labels: [text]`, or one `- ` line for each",
        ),
        (
            "labels: [[a]]",
            "an item of `labels` is a list, not text",
            "write each item of `labels` as text, without empty ones",
        ),
        (
            "media: a.png",
            "`media` is text, not a list",
            "write `media: [images/launch.png]`, or one `- ` line for each",
        ),
        (
            "media: [~]",
            "an item of `media` is empty, not text or a mapping",
            "write each item of `media` as text or a mapping, without empty ones",
        ),
        (
            "poll: true",
            "`poll` is a truth value, not a mapping",
            "write indented `key: value` lines below `poll:`, such as `question: …`",
        ),
    ] {
        let problem = one(text);
        assert_eq!(problem.code, "wrong-type", "{text}");
        assert_eq!(problem.message, message);
        assert_eq!(problem.help.as_deref(), Some(help));
    }
}

#[test]
fn a_wrong_word_and_a_number_out_of_bounds_name_what_is_allowed() {
    let word = one("visibility: loggedin");
    assert_eq!(
        (word.code, word.help.as_deref()),
        ("invalid-value", Some("did you mean `logged_in`?"))
    );
    assert_eq!(
        word.notes,
        ["its values are `public`, `connections`, `logged_in`"]
    );
    let number = &found("publish: {max_per_run: 5000}", CONFIG)[0];
    assert_eq!(
        number.message,
        "`max_per_run` is 5000, allowed are 0 to 1000"
    );
    let number = &found("publish: {max_per_run: 99999999999}", CONFIG)[0];
    assert_eq!(number.code, "invalid-value");
    assert_eq!(
        found("publish: {max_per_run: 1_0}", CONFIG)[0].code,
        "wrong-type"
    );
}

#[test]
fn a_missing_key_is_named() {
    let problem = one("media: [{alt: x}]");
    assert_eq!(problem.code, "missing-key");
    assert_eq!(problem.help.unwrap(), "add `path: images/launch.png`");
}

#[test]
fn words_and_numbers_are_text_where_text_is_wanted() {
    let text =
        "author: no\nid: 2026\nlabels: [yes, 2026-01-01, 1.0]\ntimezone: on\nfirst_comment: true";
    assert!(found(text, POST).is_empty());
    assert!(found("branch: ~\nstate: {branch: null}", CONFIG).is_empty());
    assert_eq!(found("state: {remote: null}", CONFIG)[0].code, "wrong-type");
}

#[test]
fn a_flood_of_problems_is_bounded_and_counted() {
    let text: String = (0..500).map(|n| format!("key{n}: 1\n")).collect();
    let all = found(&text, POST);
    assert_eq!(all.len(), MAX_PROBLEMS);
    let last = all.last().unwrap();
    assert_eq!(last.notes, ["436 more problems of this file are not shown"]);
}
