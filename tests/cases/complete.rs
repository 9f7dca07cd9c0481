//! Whether every rule and every code has its case.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use mergecast::rules::RULES;

/// Every rule has a folder of its name below `rules/`.
pub(crate) fn rules(names: &[String]) -> Result<(), Failed> {
    let missing: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !names.iter().any(|name| *name == format!("rules/{id}")))
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("no case in tests/cases/rules/ for {missing:?}").into()),
    }
}

fn expected(folder: &Path, text: &mut String) {
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            expected(&path, text);
        } else if path.ends_with("expected.txt") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Every code of `docs/diagnostics.md` is in some case's output, or `not-shown.yaml` says
/// why it cannot be.
pub(crate) fn codes(cases: &Path) -> Result<(), Failed> {
    let mut shown = String::new();
    expected(cases, &mut shown);
    let reasons = fs::read_to_string(cases.join("not-shown.yaml"))?;
    let reasons: BTreeMap<String, String> =
        serde_saphyr::from_str(&reasons).map_err(|error| error.to_string())?;
    let docs = fs::read_to_string(cases.join("../../docs/diagnostics.md"))?;
    let codes: BTreeSet<&str> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    let is_shown = |code: &str| {
        let forms = [format!("[{code}]"), format!("\"{code}\"")];
        forms.iter().any(|form| shown.contains(form))
    };
    let excused = |code: &str| reasons.contains_key(code);
    let missing = codes
        .iter()
        .filter(|code| !is_shown(code) && !excused(code));
    let missing: Vec<_> = missing.collect();
    let needless: Vec<_> = reasons.keys().filter(|code| is_shown(code)).collect();
    let unknown = reasons.keys().filter(|code| !codes.contains(code.as_str()));
    let unknown: Vec<_> = unknown.collect();
    match (missing.is_empty(), needless.is_empty(), unknown.is_empty()) {
        (true, true, true) => Ok(()),
        _ => Err(format!(
            "no case shows {missing:?}; excused without need {needless:?}; no codes {unknown:?}"
        )
        .into()),
    }
}

/// What `status` and `explain` answered in every case.
fn looked(text: &str) -> String {
    let runs = text.split("$ mergecast ");
    let looks = runs.filter(|run| run.starts_with("status") || run.starts_with("explain"));
    looks.collect()
}

/// Every reason of `docs/lifecycle.md` is shown by a `status` or an `explain` of some case,
/// or `not-explained.yaml` says why it cannot be.
pub(crate) fn reasons(cases: &Path) -> Result<(), Failed> {
    let mut all = String::new();
    expected(cases, &mut all);
    let shown = looked(&all);
    let excused = fs::read_to_string(cases.join("not-explained.yaml"))?;
    let excused: BTreeMap<String, String> =
        serde_saphyr::from_str(&excused).map_err(|error| error.to_string())?;
    let docs = fs::read_to_string(cases.join("../../docs/lifecycle.md"))?;
    let headings = docs.lines().filter_map(|line| line.strip_prefix("### "));
    let codes: BTreeSet<&str> = headings.collect();
    let is_shown = |code: &str| shown.contains(&format!("[{code}]"));
    let missing = codes.iter().copied();
    let missing: Vec<&str> = missing
        .filter(|code| !is_shown(code) && !excused.contains_key(*code))
        .collect();
    let needless: Vec<&String> = excused
        .keys()
        .filter(|code| is_shown(code) || !codes.contains(code.as_str()))
        .collect();
    match codes.len() > 20 && missing.is_empty() && needless.is_empty() {
        true => Ok(()),
        false => {
            Err(format!("no case explains {missing:?}; excused without need {needless:?}").into())
        }
    }
}
