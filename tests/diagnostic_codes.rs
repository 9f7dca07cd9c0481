//! Every code the program can show is explained, and nothing is explained that it cannot.
//!
//! Codes are words in the source, so the source is read: every kebab-case literal with a
//! hyphen is a code unless it is listed here as something else, and words without a hyphen
//! are found by what they are handed to.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the sources"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Literals that look like codes and are none.
const NOT_CODES: [(&str, &[&str]); 10] = [
    (
        "headers",
        &[
            "linkedin-version",
            "2022-11-28",
            "media-type-family",
            "no-store",
            "retry-after",
            "x-github-api-version",
            "x-linkedin-id",
            "x-ratelimit-remaining",
            "x-restli-id",
            "x-restli-method",
            "x-restli-protocol-version",
        ],
    ),
    (
        "git's words",
        &[
            "cat-file",
            "diff-tree",
            "git-receive-pack",
            "git-upload-pack",
            "ls-files",
            "ls-remote",
            "merge-base",
            "rev-parse",
            "update-ref",
            "write-tree",
        ],
    ),
    (
        "outputs of a step",
        &[
            "exit-code",
            "held-count",
            "next-due",
            "plan-digest",
            "published-count",
            "unknown-count",
        ],
    ),
    ("a kind of error in JSON", &["rate-limit"]),
    ("an outcome of an attempt in JSON", &["not-created"]),
    ("words of the front matter", &["on-merge", "2026-09-launch"]),
    ("a word of mergecast.yaml", &["token-expiring"]),
    (
        "mishaps of a rehearsal",
        &[
            "bad-weather",
            "dropped-runs",
            "late-triggers",
            "lost-answers",
        ],
    ),
    (
        "what a rehearsal says to look at, in JSON",
        &[
            "edit-not-known",
            "many-requests",
            "same-second",
            "version-ends",
        ],
    ),
    ("ours", &["0-unversioned", "kebab-case", "linkedin-comment"]),
];

/// What takes a code as its first literal.
const TAKES_A_CODE: [&str; 7] = [
    "Diagnostic::error(",
    "Diagnostic::warning(",
    "Problem::new(",
    "Reason::new(",
    "Verdict::new(",
    "held_live(",
    "stays(",
];

/// Codes without a hyphen that are handed over in another way, and the file that does.
const ELSEWHERE: [(&str, &str); 3] = [
    ("frozen", "record/freeze.rs"),
    ("internal", "pass/outcome.rs"),
    ("stopping", "pass/outcome.rs"),
];

fn is_word(text: &str) -> bool {
    let mut parts = text.split('-');
    parts.all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// Source without comments and tests.
fn code_of(source: &str) -> String {
    let before_tests = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = before_tests.lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// The literals of a piece of source; escapes need no care, since no code has one.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2)
}

/// The code a call takes: its first literal, before the call ends.
fn first_literal(after: &str) -> Option<&str> {
    let call = after.split(';').next()?;
    literals(call).next()
}

fn codes(source: &str) -> BTreeSet<String> {
    let code = code_of(source);
    let mut found = BTreeSet::new();
    // Every other quotation mark begins a literal only as long as none is escaped.
    for part in code.split('"') {
        if part.contains('-') && is_word(part) {
            found.insert(part.to_owned());
        }
    }
    for taker in TAKES_A_CODE {
        for (at, _) in code.match_indices(taker) {
            let word = first_literal(&code[at + taker.len()..]);
            if let Some(word) = word.filter(|word| is_word(word)) {
                found.insert(word.to_owned());
            }
        }
    }
    for (at, field) in code.match_indices("code: \"") {
        let word = code[at + field.len()..].split('"').next();
        if let Some(word) = word.filter(|word| is_word(word)) {
            found.insert(word.to_owned());
        }
    }
    let listed = NOT_CODES.iter().flat_map(|(_, words)| words.iter());
    for word in listed {
        found.remove(*word);
    }
    found
}

fn collect(folder: &Path, root: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy();
        let name = name.replace('\\', "/");
        // The sandbox speaks LinkedIn's codes, not ours.
        if name == "sandbox" || name.ends_with("tests") {
            continue;
        }
        if path.is_dir() {
            collect(&path, root, files);
        } else if name.ends_with(".rs")
            && !["tests.rs", "testing.rs", "samples.rs", "properties.rs"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn source() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    collect(&root, &root, &mut files);
    files
}

/// Every code, and one file that has it.
fn all_codes() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (file, source) in source() {
        for code in codes(&source) {
            all.insert(code, file.clone());
        }
    }
    for (code, file) in ELSEWHERE {
        all.insert(code.to_owned(), file.to_owned());
    }
    all
}

/// Headings of one depth with what stands below them, in order.
fn sections(page: &str, mark: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs").join(page)).unwrap();
    let heading = format!("\n{mark} ");
    let parts = text.split(&heading).skip(1);
    let section = |part: &str| {
        let (heading, body) = part.split_once('\n').unwrap();
        (heading.to_owned(), body.trim().to_owned())
    };
    parts.map(section).collect()
}

fn explained() -> Vec<(String, String)> {
    let mut all = sections("diagnostics.md", "##");
    all.extend(sections("lifecycle.md", "###"));
    all
}

#[test]
fn every_code_is_explained() {
    let explained: BTreeSet<String> = explained().into_iter().map(|(code, _)| code).collect();
    let all = all_codes();
    assert!(all.len() > 120, "the source was not understood: {all:?}");
    let missing: Vec<String> = all
        .iter()
        .filter(|(code, _)| !explained.contains(*code))
        .map(|(code, file)| format!("{code} (src/{file})"))
        .collect();
    assert!(
        missing.is_empty(),
        "no section in docs/diagnostics.md or docs/lifecycle.md:\n{}",
        missing.join("\n")
    );
}

#[test]
fn nothing_is_explained_that_does_not_exist() {
    let all = all_codes();
    let stale: Vec<String> = explained()
        .into_iter()
        .map(|(code, _)| code)
        .filter(|code| !all.contains_key(code))
        .collect();
    assert!(stale.is_empty(), "{stale:?}");
}

#[test]
fn explanations_are_in_order_and_say_something() {
    for (page, mark) in [("diagnostics.md", "##"), ("lifecycle.md", "###")] {
        let sections = sections(page, mark);
        assert!(
            sections.iter().map(|(code, _)| code).is_sorted(),
            "{page} is not in alphabetical order"
        );
        for (code, body) in &sections {
            assert!(body.ends_with(['.', ':', '`']), "{page}: {code}");
        }
    }
    for (code, body) in sections("diagnostics.md", "##") {
        let sentences = body.matches(". ").count() + 1;
        assert!(
            (2..=6).contains(&sentences),
            "{code}: {sentences} sentences"
        );
    }
}

#[test]
fn words_listed_as_no_codes_are_there_and_codes_elsewhere_too() {
    let files = source();
    let whole: String = files.values().map(|text| code_of(text)).collect();
    for word in NOT_CODES.iter().flat_map(|(_, words)| words.iter()) {
        assert!(whole.contains(&format!("\"{word}\"")), "{word}");
    }
    for (code, file) in ELSEWHERE {
        assert!(files[file].contains(&format!("\"{code}\"")), "{code}");
    }
}

#[test]
fn a_new_code_is_found_however_it_is_made() {
    for source in [
        "Diagnostic::error(\n    \"newcomer\",\n    \"x\",\n)",
        "Problem::new(Kind::Config, \"newcomer\", words, Exit::Failed)",
        "Reason::new(\"newcomer\", \"words of it\")",
        "Verdict::new(Action::Hold, PostState::Held, \"newcomer\", why)",
        "CredentialProblem { code: \"newcomer\", variable }",
        "stays(case, \"newcomer\", message)",
    ] {
        assert!(codes(source).contains("newcomer"), "{source}");
    }
    let matched = "let (code, help) = match e { E::A => (\"new-comer\", \"do \\\"x\\\"\") };";
    assert!(codes(matched).contains("new-comer"));
    assert!(codes("#[cfg(test)]\nmod tests { const A: &str = \"new-comer\"; }").is_empty());
    assert!(codes("// \"new-comer\"\nlet x = \"not a code\";").is_empty());
}
