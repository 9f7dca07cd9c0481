//! Case folders: content in; output, diagnostics, exit code and requests out.
//!
//! A folder below `tests/cases/` with a `case.yaml` is a case. `expected.txt` beside it
//! holds what the program answered, byte for byte; `UPDATE_CASES=1` writes it anew, to be
//! read aloud before it is committed. `cargo test --test cases NAME` runs those whose name
//! contains NAME.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the tests make folders and start the program"
)]

mod case;
mod complete;
mod place;
mod requests;
mod scrub;
mod transcript;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The folders that are cases, by their name from `tests/cases/`.
fn find(folder: &Path, found: &mut Vec<(String, PathBuf)>) {
    if folder.join("case.yaml").exists() {
        let name = folder.strip_prefix(cases()).unwrap();
        found.push((name.to_str().unwrap().to_owned(), folder.to_owned()));
        return;
    }
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            find(&path, found);
        }
    }
}

fn compare(folder: &Path, transcript: &str) -> Result<(), Failed> {
    let file = folder.join("expected.txt");
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(file, transcript)?;
        return Ok(());
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    if expected == transcript {
        return Ok(());
    }
    let difference = similar::TextDiff::from_lines(&expected, transcript);
    let difference = difference
        .unified_diff()
        .header("expected", "found")
        .to_string();
    Err(format!("{difference}\nright? then: UPDATE_CASES=1 cargo test --test cases").into())
}

fn main() {
    let arguments = Arguments::from_args();
    let mut found = Vec::new();
    find(&cases(), &mut found);
    found.sort();
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let mut trials: Vec<Trial> = found
        .into_iter()
        .map(|(name, folder)| {
            Trial::test(name, move || compare(&folder, &transcript::of(&folder)?))
        })
        .collect();
    trials.push(Trial::test("every rule has a folder", move || {
        complete::rules(&names)
    }));
    trials.push(Trial::test("every code is shown by a case", || {
        complete::codes(&cases())
    }));
    trials.push(Trial::test("every reason is explained by a case", || {
        complete::reasons(&cases())
    }));
    libtest_mimic::run(&arguments, trials).exit();
}
