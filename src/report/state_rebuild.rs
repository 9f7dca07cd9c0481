//! What a rebuild of the ledger did.
//!
//! Owns the page and the JSON of `state rebuild`. Must not decide what is restored.

use schemars::JsonSchema;
use serde::Serialize;

use super::clean;
use super::diagnostics_json::{DiagnosticView, views};
use super::json;
use super::lines::Lines;
use super::next_step::{comment_help, resolve_help};
use super::palette::{Palette, paint};
use crate::diagnostic::Diagnostic;
use crate::model::target::Target;
use crate::model::urn::PostUrn;
use crate::record::rebuild::{Rebuild, Restored};
use crate::record::{EntryId, Freeze};

/// What is shown of a rebuild.
#[derive(Clone, Copy, Debug)]
pub struct RebuildReport<'a> {
    /// What froze the ledger; empty: nothing did.
    pub freezes: &'a [Freeze],
    /// What was done, or would be.
    pub rebuild: &'a Rebuild,
    /// Whether nothing was done, only said.
    pub dry_run: bool,
    /// What is to be said besides.
    pub diagnostics: &'a [Diagnostic],
}

/// Why doubts are there, for people who have never heard of it.
const DOUBTS: &str = "what is left of the record names what was published, not what was about to be: a\nrequest may have gone out that nobody knows of. What may go out now and has no record\nis not sent before somebody has looked.";

/// The page of `state rebuild`.
#[must_use]
pub fn rebuild_human(report: &RebuildReport<'_>, palette: &Palette) -> String {
    let mut page = Lines::default();
    if report.freezes.is_empty() {
        page.push("Rebuild: nothing is frozen, and nothing was changed.");
        return page.finish();
    }
    for freeze in report.freezes {
        let why = clean::block(&freeze.to_string());
        page.push_hanging(&format!("{} ", paint(palette.dim, "was:")), 5, &why);
    }
    page.gap();
    for (id, restored) in &report.rebuild.restored {
        push_restored(&mut page, id, restored, report.rebuild, palette);
    }
    for file in &report.rebuild.remove_files {
        let word = paint(palette.removed, &format!("{:<10}", "removed"));
        page.push(format!("{word}  {}", clean::line(file)));
    }
    if report.rebuild.first_page {
        let word = paint(palette.added, &format!("{:<10}", "written"));
        page.push(format!("{word}  GENESIS.json, for this repository"));
    }
    let doubts = count(report.rebuild, |restored| *restored == Restored::Doubted);
    if doubts > 0 {
        page.gap();
        page.push_hanging(&format!("{} ", paint(palette.note, "note:")), 6, DOUBTS);
    }
    page.gap();
    page.push(summary(report));
    page.finish()
}

fn push_restored(
    page: &mut Lines,
    id: &EntryId,
    restored: &Restored,
    rebuild: &Rebuild,
    palette: &Palette,
) {
    let style = match restored {
        Restored::Doubted => palette.error,
        Restored::Published(_) | Restored::Beside(_) | Restored::AsItStood(_) => palette.added,
        Restored::Deleted(_) | Restored::Skipped => palette.dim,
    };
    let word = paint(style, &format!("{:<10}", state_word(restored)));
    let key = clean::line(&shown_key(id));
    let urn = urn(restored).map_or_else(String::new, |urn| format!("  {}", urn.url()));
    page.push(format!("{word}  {}{urn}", paint(palette.heading, &key)));
    match restored {
        Restored::Doubted => {
            let entry = rebuild.put.get(id);
            if let Some(reason) = entry.and_then(|entry| entry.reason.as_ref()) {
                page.push_indented(12, &format!("[{}] {}", reason.code, reason.message));
            }
            let help = format!("            {} ", paint(palette.help, "help:"));
            page.push_hanging(&help, 18, &doubt_help(id));
        }
        Restored::Beside(_) => {
            let words = "the ledger names another post for this key; both are kept";
            page.push_indented(12, words);
        }
        Restored::Published(_) if !text_known(id, rebuild) => {
            let words = "its text could not be read again: an edit of the file does not reach the live post";
            page.push_indented(12, words);
        }
        Restored::Published(_)
        | Restored::Deleted(_)
        | Restored::Skipped
        | Restored::AsItStood(_) => {}
    }
}

fn is_in_doubt(restored: &Restored) -> bool {
    matches!(
        restored,
        Restored::Doubted | Restored::AsItStood(crate::record::State::Unknown)
    )
}

fn shown_key(id: &EntryId) -> String {
    match id.target {
        Target::Linkedin => id.key.to_string(),
        Target::Comment => format!("{} (first comment)", id.key),
    }
}

fn doubt_help(id: &EntryId) -> String {
    match id.target {
        Target::Linkedin => resolve_help(&id.key),
        Target::Comment => comment_help(&id.key),
    }
}

fn text_known(id: &EntryId, rebuild: &Rebuild) -> bool {
    let entry = rebuild.put.get(id);
    entry.is_some_and(crate::record::Entry::content_known)
}

fn state_word(restored: &Restored) -> &'static str {
    match restored {
        Restored::Published(_) | Restored::Beside(_) => "published",
        Restored::Deleted(_) => "deleted",
        Restored::Skipped => "skipped",
        Restored::AsItStood(state) => state.word(),
        Restored::Doubted => "unknown",
    }
}

fn urn(restored: &Restored) -> Option<&PostUrn> {
    match restored {
        Restored::Published(urn) | Restored::Deleted(urn) | Restored::Beside(urn) => Some(urn),
        Restored::Skipped | Restored::AsItStood(_) | Restored::Doubted => None,
    }
}

fn count(rebuild: &Rebuild, wanted: impl Fn(&Restored) -> bool) -> usize {
    let restored = rebuild.restored.iter();
    restored.filter(|(_, restored)| wanted(restored)).count()
}

fn summary(report: &RebuildReport<'_>) -> String {
    let doubts = count(report.rebuild, |restored| *restored == Restored::Doubted);
    let restored = report.rebuild.restored.len() - doubts;
    let removed = match report.rebuild.remove_files.len() {
        0 => String::new(),
        1 => ", 1 file removed".to_owned(),
        files => format!(", {files} files removed"),
    };
    let (word, end) = match report.dry_run {
        true => ("Rebuild (dry run)", "nothing was changed"),
        false => ("Rebuild", "nothing is frozen any more"),
    };
    format!("{word}: {restored} restored, {doubts} unknown{removed}; {end}.")
}

/// The output of `mergecast state rebuild --format json`.
#[derive(Serialize, JsonSchema)]
pub(super) struct RebuildView {
    /// Always 1. New fields and new words do not change it.
    format_version: u32,
    /// Whether this is only what would be done.
    dry_run: bool,
    /// Why it was frozen; empty: it was not, and nothing was done.
    reasons: Vec<String>,
    /// What was written back.
    entries: Vec<RestoredView>,
    /// Files of the ledger branch that could not be read and were removed.
    removed_files: Vec<String>,
    /// Whether the first page was written anew.
    first_page: bool,
    /// What is to be said besides.
    diagnostics: Vec<DiagnosticView>,
}

#[derive(Serialize, JsonSchema)]
struct RestoredView {
    /// The post's key.
    key: String,
    /// `linkedin`, or `linkedin-comment` for its first comment.
    target: String,
    /// `published`, `deleted`, `skipped`, `unknown`, or another state that was put back as it
    /// stood: `sending`, `retryable`, `rejected`.
    state: &'static str,
    /// What LinkedIn calls it, where that is known.
    urn: Option<String>,
    /// Its page.
    url: Option<String>,
    /// Whether what was sent then could still be read.
    text_known: bool,
    /// What a person has to do; null: nothing.
    next_step: Option<String>,
}

/// The JSON of `state rebuild`.
#[must_use]
pub fn rebuild_json(report: &RebuildReport<'_>) -> String {
    let entry = |(id, restored): &(EntryId, Restored)| RestoredView {
        key: id.key.to_string(),
        target: id.target.to_string(),
        state: state_word(restored),
        urn: urn(restored).map(ToString::to_string),
        url: urn(restored).map(PostUrn::url),
        text_known: text_known(id, report.rebuild),
        next_step: is_in_doubt(restored).then(|| doubt_help(id)),
    };
    json::document(&RebuildView {
        format_version: json::FORMAT_VERSION,
        dry_run: report.dry_run,
        reasons: report.freezes.iter().map(ToString::to_string).collect(),
        entries: report.rebuild.restored.iter().map(entry).collect(),
        removed_files: report.rebuild.remove_files.clone(),
        first_page: report.rebuild.first_page,
        diagnostics: views(report.diagnostics),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::LedgerFileError;
    use crate::record::testing::{published, unknown, urn};
    use crate::report::samples;
    use crate::report::schema::{assert_fits, state_rebuild_schema};

    fn rebuild() -> Rebuild {
        let (one, lost) = (published("a", "x", 1), unknown("b", "y"));
        let mut comment = lost.id();
        comment.target = Target::Comment;
        Rebuild {
            restored: vec![
                (one.id(), Restored::Published(urn(1))),
                (lost.id(), Restored::Doubted),
                (comment, Restored::Doubted),
            ],
            put: [(one.id(), one), (lost.id(), lost)].into(),
            remove_files: vec!["notes.txt".to_owned()],
            first_page: true,
        }
    }

    #[test]
    fn what_was_done_is_said_with_the_next_step_of_each_doubt() {
        let damaged = LedgerFileError::Damaged("EOF".to_owned());
        let file = "notes.txt".to_owned();
        let freezes = [Freeze::Unreadable {
            file,
            problem: damaged,
        }];
        let rebuild = rebuild();
        let report = RebuildReport {
            freezes: &freezes,
            rebuild: &rebuild,
            dry_run: true,
            diagnostics: &[],
        };
        let shown = rebuild_human(&report, &Palette::plain());
        assert!(
            shown.contains("mergecast resolve b --not-published"),
            "{shown}"
        );
        assert!(
            shown.contains("mergecast resolve b --comment --skip"),
            "{shown}"
        );
        assert!(
            shown.ends_with(
                "Rebuild (dry run): 1 restored, 2 unknown, 1 file removed; nothing was changed.\n"
            ),
            "{shown}"
        );
        let text = rebuild_json(&report);
        assert_fits(&state_rebuild_schema(), &text);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["entries"][0]["state"], "published");
        assert_eq!(document["entries"][0]["text_known"], true);
        assert_eq!(document["entries"][2]["target"], "linkedin-comment");
    }

    #[test]
    fn hostile_names_are_shown_and_do_nothing() {
        let rebuild = Rebuild {
            remove_files: vec![samples::hostile()],
            ..rebuild()
        };
        let freezes = [Freeze::Unreadable {
            file: samples::hostile(),
            problem: LedgerFileError::Misplaced(samples::hostile()),
        }];
        let report = RebuildReport {
            freezes: &freezes,
            rebuild: &rebuild,
            dry_run: false,
            diagnostics: &[],
        };
        samples::assert_harmless(&rebuild_human(&report, &Palette::plain()));
    }
}
