//! What `state move` and `state accept` did.
//!
//! Owns their pages and their JSON. Must not decide what moves or is given up.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::clean;
use super::diagnostics_json::{DiagnosticView, views};
use super::json;
use super::lines::Lines;
use crate::diagnostic::Diagnostic;
use crate::record::freeze::shown_root;
use crate::record::{Break, Entry, EntryId};

/// What is shown of a move.
#[derive(Clone, Copy, Debug)]
pub struct MoveReport<'a> {
    /// The content root the records come from.
    pub from: &'a str,
    /// What moved.
    pub entries: &'a BTreeMap<EntryId, Entry>,
    /// Whether nothing was done, only said.
    pub dry_run: bool,
    /// What is to be said besides.
    pub diagnostics: &'a [Diagnostic],
}

#[derive(Serialize)]
struct EntryView {
    key: String,
    target: String,
    state: &'static str,
    urn: Option<String>,
    url: Option<String>,
}

fn view(entry: &Entry) -> EntryView {
    EntryView {
        key: entry.key.to_string(),
        target: entry.target.to_string(),
        state: entry.state.word(),
        urn: entry.urn.as_ref().map(ToString::to_string),
        url: entry.urn.as_ref().map(crate::model::urn::PostUrn::url),
    }
}

fn push(page: &mut Lines, entry: &Entry) {
    let url = entry
        .urn
        .as_ref()
        .map_or_else(String::new, |urn| format!("  {}", urn.url()));
    let word = format!("{:<10}", entry.state.word());
    page.push(format!("{word}  {}{url}", clean::line(&entry.id().shown())));
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

/// The page of `state move`.
#[must_use]
pub fn move_human(report: &MoveReport<'_>) -> String {
    let mut page = Lines::default();
    for entry in report.entries.values() {
        push(&mut page, entry);
    }
    page.gap();
    let from = clean::line(shown_root(report.from));
    let count = counted(report.entries.len());
    page.push(match report.dry_run {
        true => format!("Move (dry run): {count} of `{from}`; nothing was changed."),
        false => format!("Move: {count} of `{from}` taken into this content root."),
    });
    page.finish()
}

/// The JSON of `state move`.
#[must_use]
pub fn move_json(report: &MoveReport<'_>) -> String {
    #[derive(Serialize)]
    struct MoveView<'a> {
        format_version: u32,
        dry_run: bool,
        from: &'a str,
        entries: Vec<EntryView>,
        diagnostics: Vec<DiagnosticView>,
    }
    json::document(&MoveView {
        format_version: json::FORMAT_VERSION,
        dry_run: report.dry_run,
        from: shown_root(report.from),
        entries: report.entries.values().map(view).collect(),
        diagnostics: views(report.diagnostics),
    })
}

/// The page of `state accept`.
#[must_use]
pub fn accept_human(breaks: &[Break], given_up: &[Arc<Entry>], dry_run: bool) -> String {
    let mut page = Lines::default();
    if breaks.is_empty() {
        page.push("Accept: the ledger continues what is known of it, and nothing was changed.");
        return page.finish();
    }
    for found in breaks {
        page.push_hanging("was: ", 5, &clean::block(&found.to_string()));
    }
    page.gap();
    for entry in given_up {
        push(&mut page, entry);
    }
    page.gap();
    let count = counted(given_up.len());
    page.push(match dry_run {
        true => {
            format!("Accept (dry run): {count} would be given up; nothing was changed.")
        }
        false => format!("Accept: the ledger is taken as it is; {count} given up."),
    });
    page.finish()
}

/// The JSON of `state accept`.
#[must_use]
pub fn accept_json(breaks: &[Break], given_up: &[Arc<Entry>], dry_run: bool) -> String {
    #[derive(Serialize)]
    struct AcceptView {
        format_version: u32,
        dry_run: bool,
        reasons: Vec<String>,
        given_up: Vec<EntryView>,
        diagnostics: Vec<DiagnosticView>,
    }
    json::document(&AcceptView {
        format_version: json::FORMAT_VERSION,
        dry_run,
        reasons: breaks.iter().map(ToString::to_string).collect(),
        given_up: given_up.iter().map(|entry| view(entry)).collect(),
        diagnostics: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::testing::{published, unknown};

    #[test]
    fn what_moves_and_what_is_given_up_is_listed() {
        let entries = [published("a", "x", 1), unknown("b", "y")];
        let report = MoveReport {
            from: "",
            entries: &entries.iter().map(|e| (e.id(), e.clone())).collect(),
            dry_run: false,
            diagnostics: &[],
        };
        let page = move_human(&report);
        assert!(
            page.contains("published   `a`  https://www.linkedin.com/"),
            "{page}"
        );
        assert!(
            page.ends_with("Move: 2 entries of `.` taken into this content root.\n"),
            "{page}"
        );
        let found = [Break::Gone {
            remembered: "0123".to_owned(),
        }];
        let given_up = entries.map(Arc::new);
        let page = accept_human(&found, &given_up, true);
        assert!(page.contains("unknown     `b`"), "{page}");
        assert!(page.contains("nothing was changed"), "{page}");
        let none = accept_human(&[], &[], false);
        assert!(none.contains("nothing was changed"), "{none}");
        for text in [move_json(&report), accept_json(&found, &given_up, true)] {
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(document["format_version"], 1);
            let list = document["entries"]
                .as_array()
                .or(document["given_up"].as_array());
            assert_eq!(list.unwrap().len(), 2);
        }
    }
}
