//! Compares the ring table of `ARCHITECTURE.md` with what the code uses.
//!
//! The checker is a function over texts, so that the tests below can hand it a forbidden
//! use and see it refuse.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the sources"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Ring of each top-level module, and the rings each ring may use.
struct Table {
    ring: BTreeMap<String, u8>,
    may_use: BTreeMap<u8, BTreeSet<u8>>,
}

/// Reads the rows `| <ring> <name> | `module`… | <rings> |`.
fn table(markdown: &str) -> Table {
    let mut table = Table {
        ring: BTreeMap::new(),
        may_use: BTreeMap::new(),
    };
    for line in markdown.lines() {
        let cells: Vec<&str> = line
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let [ring, modules, may_use] = cells.as_slice() else {
            continue;
        };
        let Some(ring) = ring
            .split(' ')
            .next()
            .and_then(|digit| digit.parse::<u8>().ok())
        else {
            continue;
        };
        for module in modules.split('`').filter(|part| !part.trim().is_empty()) {
            table.ring.insert(module.to_owned(), ring);
        }
        let rings = may_use
            .split(' ')
            .filter_map(|digit| digit.parse().ok())
            .collect();
        table.may_use.insert(ring, rings);
    }
    table
}

/// Source without comments, tests and string literals, as far as paths need it.
fn code_of(source: &str) -> String {
    let before_tests = source.split("#[cfg(test)]").next().unwrap_or_default();
    let without_comment = |line: &str| {
        let line = line.trim_start();
        let code = if line.starts_with("//") { "" } else { line };
        code.split(" //").next().unwrap_or(code).to_owned()
    };
    before_tests
        .lines()
        .map(without_comment)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every path below `crate::` that a file names, groups in braces spelled out.
fn uses(source: &str) -> BTreeSet<String> {
    let code = code_of(source);
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| {
            text.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        };
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut item = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 || (depth == 1 && character == ',') {
                    found.insert(item.trim().to_owned());
                    item.clear();
                    if depth == 0 {
                        break;
                    }
                } else {
                    item.push(character);
                }
            }
        } else {
            let first = word(rest);
            let second = rest[first.len()..]
                .strip_prefix("::")
                .map(word)
                .unwrap_or_default();
            found.insert(format!("{first}::{second}"));
        }
    }
    found
}

/// Every use that the table forbids, in words.
fn violations(table: &Table, files: &BTreeMap<String, String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, source) in files {
        let module = file.split(['/', '.']).next().unwrap_or_default();
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some(ring) = table.ring.get(module) else {
            wrong.push(format!("{file}: `{module}` is not in the table"));
            continue;
        };
        for used in uses(source) {
            let first = used.split(':').next().unwrap_or_default();
            let Some(other) = table.ring.get(first) else {
                continue;
            };
            let allowed = &table.may_use[ring];
            if first != module && !allowed.contains(other) {
                wrong.push(format!(
                    "{file}: ring {ring} uses `{first}` of ring {other}"
                ));
            }
            let blind = ["content", "model::little", "model::commentary"];
            if module == "sandbox" && blind.iter().any(|path| used.starts_with(path)) {
                wrong.push(format!("{file}: the sandbox must not know `{used}`"));
            }
        }
        let prints = [
            "println!",
            "eprintln!",
            "print!",
            "io::stdout()",
            "io::stderr()",
        ];
        let code = code_of(source);
        if file != "cli/output.rs"
            && !file.contains("tests")
            && prints.iter().any(|word| code.contains(word))
        {
            wrong.push(format!("{file}: only cli/output.rs prints"));
        }
    }
    wrong
}

fn collect(folder: &Path, root: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, root, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn project() -> (Table, BTreeMap<String, String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = table(&std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap());
    let mut files = BTreeMap::new();
    collect(&root.join("src"), &root.join("src"), &mut files);
    (table, files)
}

#[test]
fn the_code_keeps_to_the_ring_table() {
    let (table, files) = project();
    assert!(
        table.ring.len() >= 15,
        "the table was not understood: {:?}",
        table.ring
    );
    let wrong = violations(&table, &files);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_table_exists() {
    let (table, files) = project();
    for module in table.ring.keys() {
        let exists = files.keys().any(|file| file.starts_with(module));
        assert!(exists, "`{module}` is in the table and not under src/");
    }
}

#[test]
fn a_forbidden_use_is_found() {
    let (table, _) = project();
    let refused = |file: &str, source: &str| {
        let files = BTreeMap::from([(file.to_owned(), source.to_owned())]);
        violations(&table, &files)
    };
    for (file, source) in [
        ("plan/classify.rs", "use crate::ports::Clock;"),
        (
            "plan/classify.rs",
            "fn f() { crate::system::clock::now(); }",
        ),
        (
            "record/step.rs",
            "use crate::{model::Instant, pass::reconcile};",
        ),
        ("ports.rs", "use crate::linkedin::client::Client;"),
        ("git/ledger.rs", "use crate::cli::main;"),
        ("sandbox/little.rs", "use crate::model::little::LittleText;"),
        ("sandbox/little.rs", "use crate::content::markdown;"),
        ("newcomer/mod.rs", ""),
        ("pass/mod.rs", "fn f() { println!(\"x\"); }"),
    ] {
        assert_eq!(refused(file, source).len(), 1, "{file}: {source}");
    }
    for (file, source) in [
        (
            "plan/classify.rs",
            "use crate::model::Instant; // not crate::ports",
        ),
        (
            "pass/mod.rs",
            "use crate::{ports::Clock, linkedin::client::Client};",
        ),
        (
            "plan/order.rs",
            "#[cfg(test)]\nmod tests { use crate::ports::Clock; }",
        ),
    ] {
        assert!(refused(file, source).is_empty(), "{file}: {source}");
    }
}

#[test]
fn no_file_is_a_monster() {
    let (_, files) = project();
    let mut lengths: Vec<usize> = files
        .values()
        .map(|source| source.lines().count())
        .collect();
    lengths.sort_unstable();
    let long: Vec<&String> = files
        .iter()
        .filter(|(_, source)| source.lines().count() > 600)
        .map(|(file, _)| file)
        .collect();
    assert!(long.is_empty(), "over 600 lines: {long:?}");
    assert!(
        lengths[lengths.len() / 2] <= 200,
        "the median file has {} lines",
        lengths[lengths.len() / 2]
    );
}
