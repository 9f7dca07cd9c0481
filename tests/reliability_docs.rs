//! `docs/reliability.md` names tests that exist, and has a row for every bug.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the documentation and the sources"
)]

use std::path::Path;

fn page() -> String {
    std::fs::read_to_string("docs/reliability.md").unwrap()
}

/// Every `file.rs::test` of the page.
fn named(page: &str) -> Vec<(&str, &str)> {
    let words = page.split('`').skip(1).step_by(2);
    let tests = words.filter_map(|word| word.split_once("::"));
    tests.filter(|(file, _)| has_tests(file)).collect()
}

fn has_tests(file: &str) -> bool {
    let rust = Path::new(file).extension().is_some_and(|end| end == "rs");
    rust && (file.starts_with("src/") || file.starts_with("tests/"))
}

/// Whether `text` has a test of this name: a function with the mark of a test before it, or
/// a case of a suite that makes tests of its functions.
fn has_test(text: &str, name: &str) -> bool {
    let is_it = |line: &str| {
        let rest = line.trim_start();
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        let rest = rest
            .strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let lines: Vec<&str> = text.lines().collect();
    let Some(at) = lines.iter().position(|line| is_it(line)) else {
        return false;
    };
    let before = lines[..at].iter().rev();
    let mut marks = before.take_while(|line| line.trim_start().starts_with(['#', '/']));
    let marked = marks.any(|line| line.contains("test]"));
    let in_proptest = text.contains("proptest! {") && lines[at].starts_with("    ");
    let listed = lines.iter().any(|line| line.trim() == format!("{name},"));
    marked || in_proptest || listed
}

#[test]
fn every_test_that_is_named_exists() {
    let page = page();
    let named = named(&page);
    assert!(named.len() > 60, "{} tests are named", named.len());
    for (file, name) in named {
        let text = std::fs::read_to_string(file);
        let text = text.unwrap_or_else(|error| format!("{error}"));
        assert!(
            has_test(&text, name),
            "there is no test `{name}` in `{file}`"
        );
    }
}

/// The tests of the exploration are named without their file.
#[test]
fn every_guard_of_the_exploration_has_its_test() {
    let page = page();
    let stories = std::fs::read_to_string("tests/exploration/stories.rs").unwrap();
    let (_, table) = page.split_once("| Taken away |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert!(rows.len() >= 14, "{rows:?}");
    for row in rows {
        let name = row.rsplit('`').nth(1).unwrap();
        assert!(has_test(&stories, name), "{row}");
    }
}

#[test]
fn every_bug_has_its_row_with_a_test_and_a_guard() {
    let page = page();
    let (_, table) = page.split_once("## Bugs of other tools").unwrap();
    let rows = table.lines().filter(|line| {
        let first = line.trim_start_matches("| ");
        first.starts_with(|sign: char| sign.is_ascii_digit())
    });
    let mut numbers = 1..;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [number, _, tests, guard] = cells[..] else {
            unreachable!("a row of four cells: {row}")
        };
        assert_eq!(number.trim().parse(), Ok(numbers.next().unwrap()), "{row}");
        assert!(!named(tests).is_empty() && guard.trim().len() > 10, "{row}");
    }
    assert_eq!(numbers.next(), Some(51));
}

#[test]
fn a_test_that_is_gone_is_found() {
    let text = "#[test]\nfn one() {}\n\nfn helper() {}\n";
    assert!(has_test(text, "one"));
    for gone in ["on", "one_more", "helper"] {
        assert!(!has_test(text, gone), "{gone}");
    }
}
