#![allow(clippy::panic, reason = "a test fails by panicking")]

use super::*;
use crate::model::path::ContentPath;

fn tree(text: &str) -> Tree {
    let path = ContentPath::parse("posts/a.md").unwrap();
    let source = SourceText::new(&path, text);
    read(&source, text, 0..text.len(), "front matter")
}

fn codes(text: &str) -> Vec<&'static str> {
    tree(text).diagnostics.iter().map(|d| d.code).collect()
}

fn outline(node: &Node, text: &str) -> String {
    match &node.value {
        Value::Scalar { plain, .. } => {
            format!(
                "{}{}",
                if *plain { "" } else { "=" },
                &text[node.span.clone()]
            )
        }
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| outline(item, text)).collect();
            format!("[{}]", items.join("|"))
        }
        Value::Mapping(entries) => {
            let entry = |e: &Entry| {
                assert_eq!(text[e.key_span.clone()].trim_matches('"'), e.key);
                format!("{}:{}", e.key, outline(&e.value, text))
            };
            let entries: Vec<_> = entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join("|"))
        }
    }
}

#[test]
fn every_value_knows_its_bytes() {
    let text = "a: é ü\n\"b\": 'x: y'   # said\nlist:\n  - one\n  - {p: q, r: [s]}\nlast: |\n  text\n  more\nend:\n";
    let root = tree(text).root.unwrap();
    assert_eq!(
        outline(&root, text),
        "{a:é ü|b:='x: y'|list:[one|{p:q|r:[s]}]|last:=text\n  more\n|end:}"
    );
    let Value::Mapping(entries) = &root.value else {
        panic!("no mapping")
    };
    assert_eq!(
        &text[entries[2].value.span.clone()],
        "- one\n  - {p: q, r: [s]}"
    );
    assert!(entries[4].value.is_null());
}

#[test]
fn scalars_have_no_type_of_their_own() {
    let text = "a: no\nb: 007\nc: 2026-09-01 10:00\nd: 1e3\ne: ~\nf: 'null'\ng: 0x10";
    let root = tree(text).root.unwrap();
    let Value::Mapping(entries) = root.value else {
        panic!("no mapping")
    };
    let texts: Vec<_> = entries.iter().map(|e| e.value.text().unwrap()).collect();
    assert_eq!(
        texts,
        ["no", "007", "2026-09-01 10:00", "1e3", "~", "null", "0x10"]
    );
    let nulls: Vec<_> = entries.iter().map(|e| e.value.is_null()).collect();
    assert_eq!(nulls, [false, false, false, false, true, false, false]);
}

#[test]
fn what_can_surprise_is_refused() {
    for (text, what) in [
        ("a: &x 1", "an anchor"),
        ("a: *x", "an alias"),
        ("a: !!str 1", "a tag"),
        ("a: !custom {b: 1}", "a tag"),
        ("<<: {a: 1}", "a merge key"),
        ("a: 1\n---\nb: 2", "a second document"),
        ("? [a]\n: b", "a list or mapping as a key"),
        ("? {a: b}\n: b", "a list or mapping as a key"),
        (": b", "an empty key"),
        ("%YAML 1.1\n---\na: 1", "a directive"),
    ] {
        let tree = tree(text);
        let found = tree
            .diagnostics
            .first()
            .unwrap_or_else(|| panic!("{text}: {tree:?}"));
        assert_eq!(found.code, "yaml-unsupported", "{text}");
        assert!(found.message.contains(what), "{text}: {}", found.message);
        assert_eq!(tree.diagnostics.len(), 1, "{text}: {:?}", tree.diagnostics);
    }
}

#[test]
fn a_key_stands_once() {
    let tree = tree("a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}");
    let places: Vec<_> = tree
        .diagnostics
        .iter()
        .map(|d| {
            assert_eq!(d.code, "duplicate-yaml-key");
            let at = |at: usize| (d.labels[at].line, d.labels[at].column);
            (at(0), at(1))
        })
        .collect();
    assert_eq!(places, [((3, 1), (1, 1)), ((4, 11), (4, 5))]);
    let Some(Value::Mapping(entries)) = tree.root.map(|root| root.value) else {
        panic!("no mapping")
    };
    assert_eq!(entries[0].value.text(), Some("1"));
    assert_eq!(entries.len(), 3);
}

#[test]
fn syntax_errors_have_a_place() {
    for (text, line, column) in [
        ("a: b: c", 1, 5),
        ("a: [1, 2\nb: 3", 2, 2),
        ("a: \"open\nb: 1", 1, 4),
        ("a: 1\n\tb: 2", 2, 1),
        ("a: @x", 1, 4),
    ] {
        let tree = tree(text);
        assert!(!tree.complete && tree.root.is_none());
        let found = &tree.diagnostics[0];
        assert_eq!(found.code, "yaml-syntax", "{text}");
        let label = &found.labels[0];
        assert_eq!(
            (label.line, label.column),
            (line, column),
            "{text}: {found:?}"
        );
        assert!(found.help.is_some(), "{text}");
    }
}

#[test]
fn depth_is_bounded_before_anything_is_built() {
    assert!(codes("a: [[[[[[[1]]]]]]]").is_empty());
    assert_eq!(codes("a: [[[[[[[[1]]]]]]]]"), ["yaml-too-deep"]);
    assert_eq!(codes(&"[".repeat(10_000)), ["yaml-too-deep"]);
    assert_eq!(codes(&"{a: ".repeat(3_000)), ["yaml-too-deep"]);
    assert_eq!(codes(&"- ".repeat(8_000)), ["yaml-too-deep"]);
    assert!(codes(&"? ".repeat(8_000)).contains(&"yaml-unsupported"));
}

#[test]
fn spans_count_in_the_whole_file() {
    let path = ContentPath::parse("posts/a.md").unwrap();
    let text = "---\nkey: value\n---\n";
    let source = SourceText::new(&path, text);
    let root = read(&source, text, 4..15, "front matter").root.unwrap();
    let Value::Mapping(entries) = root.value else {
        panic!("no mapping")
    };
    assert_eq!(&text[entries[0].key_span.clone()], "key");
    assert_eq!(&text[entries[0].value.span.clone()], "value");
}
