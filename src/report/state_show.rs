//! The ledger as it stands.
//!
//! Owns the page and the JSON of `state show`. Must not leave an entry out, or judge one.

use schemars::JsonSchema;
use serde::Serialize;

use super::clean;
use super::detail::Detail;
use super::explain::outcome_words;
use super::frozen::{freeze_code, freeze_help};
use super::json;
use super::lines::Lines;
use super::palette::{Palette, paint};
use super::status::Freshness;
use super::times;
use crate::model::Instant;
use crate::model::target::Target;
use crate::model::zone::Tz;
use crate::record::recorded::Recorded;
use crate::record::{Entry, State};

/// Where a ledger is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerPlace {
    /// A branch of a remote.
    Remote {
        /// The branch.
        branch: String,
        /// The remote.
        remote: String,
    },
    /// A branch of this clone.
    Branch(String),
    /// A folder.
    Folder(String),
}

/// What is shown of a ledger.
#[derive(Clone, Copy, Debug)]
pub struct LedgerPage<'a> {
    /// Where it is kept.
    pub place: &'a LedgerPlace,
    /// The version that was read: a commit, or a folder's number.
    pub version: Option<&'a str>,
    /// How new that is.
    pub freshness: Freshness,
    /// What it says.
    pub recorded: &'a Recorded,
    /// The zone of its times.
    pub zone: Tz,
    /// Now.
    pub now: Instant,
}

/// The page of `state show`; with [`Detail::Full`] every attempt.
#[must_use]
pub fn ledger_human(page: &LedgerPage<'_>, detail: Detail, palette: &Palette) -> String {
    let mut lines = Lines::default();
    if let Some(notice) = page.freshness.notice(page.now) {
        lines.push(paint(palette.warning, &notice));
        lines.gap();
    }
    push_freezes(&mut lines, page, palette);
    push_place(&mut lines, page, palette);
    lines.gap();
    for entry in page.recorded.ledger.entries.values() {
        push_entry(&mut lines, page, entry, detail, palette);
    }
    lines.gap();
    lines.push(counts(page.recorded));
    lines.finish()
}

fn push_freezes(lines: &mut Lines, page: &LedgerPage<'_>, palette: &Palette) {
    let freezes = &page.recorded.freezes;
    if freezes.is_empty() {
        return;
    }
    let name = paint(palette.error, &format!("error[{}]", freeze_code(freezes)));
    lines.push(format!(
        "{name}: publishing is frozen: the record is not whole"
    ));
    for freeze in freezes {
        let note = format!("  {} ", paint(palette.note, "note:"));
        lines.push_hanging(&note, 8, &clean::block(&freeze.to_string()));
    }
    let help = format!("  {} ", paint(palette.help, "help:"));
    lines.push_hanging(&help, 8, &freeze_help(freezes));
    lines.gap();
}

fn push_place(lines: &mut Lines, page: &LedgerPage<'_>, palette: &Palette) {
    let place = match page.place {
        LedgerPlace::Remote { branch, remote } => {
            format!(
                "branch `{}` of `{}`",
                clean::line(branch),
                clean::line(remote)
            )
        }
        LedgerPlace::Branch(branch) => format!("branch `{}` of this clone", clean::line(branch)),
        LedgerPlace::Folder(folder) => format!("folder `{}`", clean::line(folder)),
    };
    lines.push(format!("{} {place}", paint(palette.heading, "Ledger:")));
    match page.version {
        Some(version) => lines.push(format!("  version     {}", clean::line(version))),
        None if page.freshness == Freshness::Fetched => {
            lines.push("  version     there is no ledger");
        }
        None => lines.push("  version     this clone has never seen one"),
    }
    if let Some(genesis) = &page.recorded.ledger.genesis {
        let made = times::three_ways(genesis.created_at, page.zone, page.now);
        let id = genesis.repository_id.as_deref();
        let id = id.map_or_else(|| "no number recorded".to_owned(), clean::line);
        lines.push(format!("  made        {made}"));
        lines.push(format!("  id          {}", clean::line(&genesis.ledger_id)));
        lines.push(format!("  repository  {id}"));
    }
}

fn push_entry(
    lines: &mut Lines,
    page: &LedgerPage<'_>,
    entry: &Entry,
    detail: Detail,
    palette: &Palette,
) {
    let time = |at| times::three_ways(at, page.zone, page.now);
    let word = paint(
        state_style(entry.state, palette),
        &format!("{:<10}", state_word(entry)),
    );
    let key = clean::line(&shown_key(entry));
    let since = since(entry).map_or_else(String::new, |at| format!("  {}", time(at)));
    lines.push(format!("{word}  {}{since}", paint(palette.heading, &key)));
    if let Some(line) = attempt(entry) {
        lines.push_indented(12, &line);
    }
    if let Some(urn) = &entry.urn {
        lines.push_indented(12, &paint(palette.dim, &urn.url()));
    }
    for urn in &entry.also {
        lines.push_indented(12, &format!("LinkedIn also named {}", urn.url()));
    }
    if let Some(reason) = &entry.reason {
        let (code, message) = (clean::line(&reason.code), clean::block(&reason.message));
        lines.push_indented(12, &format!("[{code}] {message}"));
    }
    if let Some(at) = entry.not_before {
        lines.push_indented(12, &format!("no new attempt before {}", time(at)));
    }
    if detail != Detail::Full {
        return;
    }
    lines.push_indented(12, &format!("file {}", clean::line(entry.path.as_str())));
    let text = if entry.content_known() {
        ""
    } else {
        ", its text is not known"
    };
    lines.push_indented(12, &format!("digest {}{text}", entry.digest.short()));
    if let Some(commit) = &entry.content_commit {
        lines.push_indented(12, &format!("content of {}", clean::line(commit)));
    }
    for past in &entry.history {
        let words = format!(
            "attempt {}: {}, {}",
            past.attempt,
            time(past.declared_at),
            outcome_words(past)
        );
        lines.push_indented(12, &words);
    }
}

fn shown_key(entry: &Entry) -> String {
    match entry.target {
        Target::Linkedin => entry.key.to_string(),
        Target::Comment => format!("{} (first comment)", entry.key),
    }
}

fn state_word(entry: &Entry) -> &'static str {
    match entry.state {
        State::Published if entry.deleted_at.is_some() => "deleted",
        state => state.word(),
    }
}

fn state_style(state: State, palette: &Palette) -> anstyle::Style {
    match state {
        State::Published => palette.added,
        State::Sending | State::Retryable => palette.warning,
        State::Unknown | State::Rejected => palette.error,
        State::Skipped => palette.dim,
    }
}

/// When it came to stand where it stands, as far as the record tells.
fn since(entry: &Entry) -> Option<Instant> {
    entry
        .deleted_at
        .or(entry.published_at)
        .or(entry.declared_at)
}

/// Which attempt it is, and whose.
fn attempt(entry: &Entry) -> Option<String> {
    if entry.attempt == 0 {
        return None;
    }
    let owner = entry.owner.as_ref();
    let by = owner.map_or_else(String::new, |owner| {
        format!(" by {}", clean::line(&owner.runner))
    });
    let probe = if entry.probe { ", a probe" } else { "" };
    Some(format!("attempt {}{by}{probe}", entry.attempt))
}

fn counts(recorded: &Recorded) -> String {
    let entries = &recorded.ledger.entries;
    let count = |word: &str| {
        entries
            .values()
            .filter(|entry| state_word(entry) == word)
            .count()
    };
    let words = [
        "sending",
        "unknown",
        "rejected",
        "retryable",
        "published",
        "deleted",
        "skipped",
    ];
    let counted = words.iter().map(|word| (word, count(word)));
    let parts: Vec<String> = counted
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    match parts.is_empty() {
        true => "Nothing is recorded.".to_owned(),
        false => format!("{}.", parts.join(", ")),
    }
}

/// The output of `mergecast state show --format json`.
#[derive(Serialize, JsonSchema)]
pub(super) struct LedgerView<'a> {
    /// Always 1. New fields and new words do not change it.
    format_version: u32,
    /// Where the ledger is.
    place: PlaceView<'a>,
    /// The commit that was read; null: there is none.
    version: Option<&'a str>,
    /// Whether the remote was asked just now.
    fetched: bool,
    /// When this was so, RFC 3339 in UTC; null: not known.
    as_of: Option<String>,
    /// The name the ledger was given when it was made.
    ledger_id: Option<&'a str>,
    /// GitHub's number of the repository it belongs to.
    repository_id: Option<&'a str>,
    /// When it was made, RFC 3339 in UTC.
    created_at: Option<String>,
    /// Why publishing is frozen; empty: it is not.
    freezes: Vec<String>,
    /// What ends that.
    help: Option<String>,
    /// The entries, each in the form of its file in the ledger.
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    entries: Vec<&'a Entry>,
}

#[derive(Serialize, JsonSchema)]
struct PlaceView<'a> {
    /// The remote whose branch it is.
    remote: Option<&'a str>,
    /// The branch.
    branch: Option<&'a str>,
    /// The folder, where it is in no repository.
    folder: Option<&'a str>,
}

/// The JSON of `state show`: each entry in the form of its file.
#[must_use]
pub fn ledger_json(page: &LedgerPage<'_>) -> String {
    let recorded = page.recorded;
    let (remote, branch, folder) = match page.place {
        LedgerPlace::Remote { branch, remote } => (Some(remote), Some(branch), None),
        LedgerPlace::Branch(branch) => (None, Some(branch), None),
        LedgerPlace::Folder(folder) => (None, None, Some(folder)),
    };
    let genesis = recorded.ledger.genesis.as_ref();
    let as_of = match page.freshness {
        Freshness::Fetched => Some(page.now),
        Freshness::Local { since } => since,
    };
    json::document(&LedgerView {
        format_version: json::FORMAT_VERSION,
        place: PlaceView {
            remote: remote.map(String::as_str),
            branch: branch.map(String::as_str),
            folder: folder.map(String::as_str),
        },
        version: page.version,
        fetched: page.freshness == Freshness::Fetched,
        as_of: as_of.map(json::time),
        ledger_id: genesis.map(|genesis| genesis.ledger_id.as_str()),
        repository_id: genesis.and_then(|genesis| genesis.repository_id.as_deref()),
        created_at: genesis.map(|genesis| json::time(genesis.created_at)),
        freezes: recorded.freezes.iter().map(ToString::to_string).collect(),
        help: (!recorded.freezes.is_empty()).then(|| freeze_help(&recorded.freezes)),
        entries: recorded.ledger.entries.values().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::testing::{deleted, published, retryable, skipped, unknown};
    use crate::record::{Freeze, Ledger};
    use crate::report::samples;
    use crate::report::schema::{assert_fits, state_show_schema};

    fn recorded(freezes: Vec<Freeze>) -> Recorded {
        let entries = [
            published("a", "x", 1),
            deleted("b", "x", 2),
            retryable("c", "x"),
            skipped("d", "x"),
            unknown("e", "x"),
        ];
        let ledger = Ledger {
            entries: entries
                .into_iter()
                .map(|entry| (entry.id(), entry))
                .collect(),
            ..Ledger::default()
        };
        Recorded {
            ledger,
            freezes,
            ..Recorded::default()
        }
    }

    fn page<'a>(recorded: &'a Recorded, place: &'a LedgerPlace) -> LedgerPage<'a> {
        LedgerPage {
            place,
            version: Some("0123abc"),
            freshness: Freshness::Fetched,
            recorded,
            zone: Tz::UTC,
            now: samples::now(),
        }
    }

    #[test]
    fn every_entry_is_there_and_a_freeze_comes_first() {
        let recorded = recorded(vec![Freeze::LockfileNewer { version: 2 }]);
        let place = LedgerPlace::Folder("/x/.mergecast/ledger".to_owned());
        let shown = ledger_human(&page(&recorded, &place), Detail::Full, &Palette::plain());
        assert!(shown.starts_with("error[frozen]"), "{shown}");
        for key in ["a", "b", "c", "d", "e"] {
            assert!(shown.contains(&format!("  {key}")), "{shown}");
        }
        assert!(
            shown.ends_with("1 unknown, 1 retryable, 1 published, 1 deleted, 1 skipped.\n"),
            "{shown}"
        );
        let text = ledger_json(&page(&recorded, &place));
        assert_fits(&state_show_schema(), &text);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["entries"].as_array().unwrap().len(), 5);
        assert_eq!(document["entries"][0]["state"], "published");
        assert_eq!(document["place"]["folder"], "/x/.mergecast/ledger");
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        let mut recorded = recorded(Vec::new());
        recorded.ledger.entries.change_each(|entry| {
            entry.reason = Some(crate::record::Reason::new("x", samples::hostile()));
            entry.content_commit = Some(samples::hostile());
        });
        let place = LedgerPlace::Branch(samples::hostile());
        samples::assert_harmless(&ledger_human(
            &page(&recorded, &place),
            Detail::Full,
            &Palette::plain(),
        ));
    }
}
