//! Pages that name tests name tests that exist.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads files of the repository"
)]

use std::collections::BTreeSet;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The name of every function that is a test: below `#[test]` or `#[tokio::test]`.
fn tests() -> BTreeSet<String> {
    let mut text = String::new();
    sources(&root().join("src"), &mut text);
    sources(&root().join("tests"), &mut text);
    let mut names = BTreeSet::new();
    for after in text.split("test]\n").skip(1) {
        let Some((_, after)) = after.split_once("fn ") else {
            continue;
        };
        let name = after.split(['(', '<']).next().unwrap_or_default();
        names.insert(name.to_owned());
    }
    names
}

/// Words in backticks in the last column of the tables of a page.
fn named(page: &str) -> Vec<(usize, Vec<String>)> {
    let rows = page.lines().enumerate().filter(|(_, line)| {
        let mut cells = line.split('|').map(str::trim);
        cells
            .nth(1)
            .is_some_and(|first| first.parse::<u32>().is_ok())
    });
    let rows = rows.map(|(number, line)| {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').collect();
        let last = cells.last().copied().unwrap_or_default();
        let words = last.split('`').skip(1).step_by(2);
        (number + 1, words.map(str::to_owned).collect())
    });
    rows.collect()
}

/// Every row of a page's numbered table names tests, and there they are.
fn names_tests_that_exist(page: &str, count: usize) {
    let page = std::fs::read_to_string(root().join(page)).unwrap();
    let rows = named(&page);
    assert_eq!(rows.len(), count);
    let tests = tests();
    let missing: Vec<_> = rows
        .iter()
        .flat_map(|(line, names)| {
            assert!(!names.is_empty(), "line {line} names no test");
            let unknown = names.iter().filter(|name| !tests.contains(*name));
            unknown.map(move |name| format!("line {line}: {name}"))
        })
        .collect();
    assert!(missing.is_empty(), "no such test: {missing:#?}");
    assert!(!tests.contains("no_such_test"));
}

#[test]
fn every_trap_has_tests_that_exist() {
    names_tests_that_exist("docs/linkedin-traps.md", 38);
}

#[test]
fn everything_a_pull_request_can_try_has_tests_that_exist() {
    names_tests_that_exist("docs/github.md", 10);
}
