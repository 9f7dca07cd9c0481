//! Why publishing is frozen, and the one command that ends it.
//!
//! Owns the words. Must not decide what freezes: see [`crate::record::recorded`].

use super::clean;
use crate::diagnostic::Diagnostic;
use crate::record::beginning::Closed;
use crate::record::freeze::shown_root;
use crate::record::{Freeze, WayOut};

/// So many reasons are said in full; a ledger that is gone would name every post.
const SHOWN: usize = 8;

/// Every reason, and how many more there are.
#[must_use]
pub fn freeze_facts(freezes: &[Freeze]) -> Vec<String> {
    let mut facts: Vec<String> = freezes.iter().take(SHOWN).map(fact).collect();
    let more = freezes.len().saturating_sub(SHOWN);
    if more > 0 {
        facts.push(format!(
            "and {more} more; `mergecast state show` has them all"
        ));
    }
    facts
}

fn fact(freeze: &Freeze) -> String {
    match freeze {
        Freeze::OtherRepository { .. } | Freeze::OtherRemote { .. } => format!(
            "{freeze}: two repositories that publish with one token publish everything twice"
        ),
        _ => freeze.to_string(),
    }
}

/// The code of the one that the next step ends, the last of which ends the others too.
#[must_use]
pub fn freeze_code(freezes: &[Freeze]) -> &'static str {
    let leading = freezes.iter().rev().max_by_key(|freeze| freeze.way_out());
    leading.map_or("frozen", Freeze::code)
}

/// The next step that ends all of them.
#[must_use]
pub fn freeze_help(freezes: &[Freeze]) -> String {
    match freezes.iter().map(Freeze::way_out).max() {
        Some(WayOut::NewerVersion) => {
            "use the mergecast that wrote it, or a newer one; nothing it wrote is rewritten by this one".to_owned()
        }
        Some(WayOut::RebuildForThisRepository) => "if the other repository publishes no more, run\n  mergecast state rebuild --for-this-repository".to_owned(),
        Some(WayOut::RebuildOnlyHere) => "add the repository's remote (`git remote add origin URL`); or, if posts are published from this place and no other, run\n  mergecast state rebuild --only-here".to_owned(),
        Some(WayOut::Move) => {
            let roots = freezes.iter().filter_map(|freeze| match freeze {
                Freeze::RootMoved { from, .. } => Some(shown_root(from)),
                _ => None,
            });
            let root = roots.min().unwrap_or_default();
            format!("run\n  mergecast state move --from {}", clean::shell_word(root))
        }
        Some(WayOut::Init) => {
            let when = freezes.iter().find_map(init_when).unwrap_or("to begin it");
            format!("{when}, run\n  mergecast state init")
        }
        Some(WayOut::Rebuild) | None => "run\n  mergecast state rebuild".to_owned(),
    }
}

/// When it is right to begin a ledger.
fn init_when(freeze: &Freeze) -> Option<&'static str> {
    let (Freeze::LedgerMissing { why } | Freeze::RootMissing { why }) = freeze else {
        return None;
    };
    Some(match why {
        Closed::EarlierHere => "to begin it with what this machine has recorded",
        Closed::NoRemote => "if posts are published from this place and no other",
        Closed::NoSince | Closed::Early { .. } | Closed::Late { .. } => {
            "if posts were never published from here"
        }
    })
}

/// All of it as one problem; `None`: nothing is frozen.
#[must_use]
pub fn frozen(freezes: &[Freeze]) -> Option<Diagnostic> {
    if freezes.is_empty() {
        return None;
    }
    let code = freeze_code(freezes);
    let problem = Diagnostic::error(code, "publishing is frozen: the record is not whole");
    let noted = freeze_facts(freezes).into_iter();
    let problem = noted.fold(problem, Diagnostic::note);
    Some(problem.help(freeze_help(freezes)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::record::testing::{published, skipped};
    use crate::record::{Break, LedgerFileError};
    use crate::report::exit::Exit;

    #[expect(clippy::too_many_lines, reason = "one list")]
    fn every_kind() -> Vec<(Freeze, &'static str)> {
        let newer = || LedgerFileError::Newer(2);
        let damaged = || LedgerFileError::Damaged("EOF".to_owned());
        let file = "a@linkedin.json".to_owned();
        let rebuild = "run\n  mergecast state rebuild";
        let unreadable = |problem| Freeze::Unreadable {
            file: file.clone(),
            problem,
        };
        let id = published("a", "x", 1).id();
        let urn = "urn:li:share:1".to_owned();
        let problem = "it cannot be read".to_owned();
        vec![
            (
                Freeze::FirstPageUnreadable { problem: newer() },
                "newer one",
            ),
            (Freeze::FirstPageUnreadable { problem: damaged() }, rebuild),
            (unreadable(newer()), "newer one"),
            (unreadable(damaged()), rebuild),
            (
                unreadable(LedgerFileError::Misplaced("b".to_owned())),
                rebuild,
            ),
            (Freeze::LockfileKnowsMore { id, urn }, rebuild),
            (
                Freeze::LockfileKnowsSkip {
                    id: skipped("a", "x").id(),
                },
                rebuild,
            ),
            (Freeze::NoWitness { problem }, rebuild),
            (Freeze::LockfileNewer { version: 2 }, "newer one"),
            (
                Freeze::Broken(Break::Gone {
                    remembered: "0123".to_owned(),
                }),
                rebuild,
            ),
            (
                Freeze::Broken(Break::Rewound {
                    remembered: "0123".to_owned(),
                    tip: "4567".to_owned(),
                }),
                rebuild,
            ),
            (
                Freeze::Broken(Break::TakenBack {
                    id: published("a", "x", 1).id(),
                    before: crate::record::State::Published,
                    now: None,
                    commit: "0123".to_owned(),
                }),
                rebuild,
            ),
            (
                Freeze::RootMoved {
                    from: "ROOT".to_owned(),
                    key: published("a", "x", 1).key,
                    path: published("a", "x", 1).path,
                },
                "mergecast state move --from ROOT",
            ),
            (
                Freeze::OtherRepository {
                    expected: "1".to_owned(),
                    found: "2".to_owned(),
                },
                "mergecast state rebuild --for-this-repository",
            ),
        ]
    }

    /// A ledger that is not where it began.
    fn misplaced() -> Vec<(Freeze, &'static str)> {
        let branch = || "mergecast/state".to_owned();
        let rebuild = "run\n  mergecast state rebuild";
        vec![
            (
                Freeze::OtherRemote {
                    expected: "a/posts".to_owned(),
                    found: "b/posts".to_owned(),
                },
                "mergecast state rebuild --for-this-repository",
            ),
            (
                Freeze::LedgerMissing {
                    why: Closed::NoSince,
                },
                "mergecast state init",
            ),
            (
                Freeze::RootMissing {
                    why: Closed::NoSince,
                },
                "mergecast state init",
            ),
            (
                Freeze::RecordedElsewhere,
                "mergecast state rebuild --only-here",
            ),
            (
                Freeze::Broken(Break::OwnLedger {
                    id: published("a", "x", 1).id(),
                    more: 1,
                }),
                rebuild,
            ),
            (Freeze::LedgerGone { branch: branch() }, rebuild),
            (
                Freeze::LedgerMoved {
                    from: branch(),
                    to: "ledger".to_owned(),
                },
                rebuild,
            ),
            (Freeze::LedgerReplaced { branch: branch() }, rebuild),
        ]
    }

    #[test]
    fn each_kind_names_the_one_command_that_ends_it() {
        for (freeze, wanted) in every_kind().into_iter().chain(misplaced()) {
            let help = freeze_help(std::slice::from_ref(&freeze));
            assert!(help.contains(wanted), "{freeze}: {help}");
            assert_ne!(freeze.to_string(), "");
        }
    }

    /// A number for each variant. A new one does not compile here before it has a number, and
    /// then the next test wants it in `every_kind`, and in the table of the documentation.
    fn variant(freeze: &Freeze) -> usize {
        match freeze {
            Freeze::FirstPageUnreadable { .. } => 0,
            Freeze::Unreadable { .. } => 1,
            Freeze::LockfileKnowsMore { .. } => 2,
            Freeze::LockfileKnowsSkip { .. } => 3,
            Freeze::NoWitness { .. } => 4,
            Freeze::LockfileNewer { .. } => 5,
            Freeze::OtherRepository { .. } => 6,
            Freeze::OtherRemote { .. } => 7,
            Freeze::LedgerMissing { .. } => 8,
            Freeze::RootMissing { .. } => 9,
            Freeze::LedgerGone { .. } => 10,
            Freeze::LedgerMoved { .. } => 11,
            Freeze::LedgerReplaced { .. } => 12,
            Freeze::Broken(Break::Gone { .. }) => 13,
            Freeze::Broken(Break::Rewound { .. }) => 14,
            Freeze::Broken(Break::TakenBack { .. }) => 15,
            Freeze::RootMoved { .. } => 16,
            Freeze::RecordedElsewhere => 17,
            Freeze::Broken(Break::OwnLedger { .. }) => 18,
        }
    }
    const VARIANTS: usize = 19;

    /// The last line of a help is the command; a newer version is no command.
    fn command(freeze: &Freeze) -> String {
        let help = freeze_help(std::slice::from_ref(freeze));
        match help.rsplit_once('\n') {
            Some((_, command)) => format!("`{}`", command.trim()),
            None => "none: use that version, or a newer one".to_owned(),
        }
    }

    #[test]
    fn the_table_of_the_documentation_has_every_freeze_with_its_code_exit_and_command() {
        let kinds = every_kind().into_iter().chain(misplaced());
        let kinds = kinds.map(|(freeze, _)| freeze);
        let kinds: BTreeSet<(usize, &str, String)> = kinds
            .map(|freeze| (variant(&freeze), freeze.code(), command(&freeze)))
            .collect();
        let seen: BTreeSet<usize> = kinds.iter().map(|(number, ..)| *number).collect();
        assert_eq!(seen, (0..VARIANTS).collect());
        let page = include_str!("../../docs/recovery.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
        let rows: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").collect()).collect();
        let mut written: Vec<(String, String)> = Vec::new();
        for row in &rows {
            let [code, _, _, exit, command] = row[..] else {
                panic!("{row:?}")
            };
            assert_eq!(exit, Exit::Refused.code().to_string(), "{row:?}");
            let command = command.trim_end_matches([' ', '|']);
            written.push((code.trim_end_matches('`').to_owned(), command.to_owned()));
        }
        // What a newer version wrote is one row for its three places.
        let newer = |(_, command): &(String, String)| command.starts_with("none");
        let wanted = kinds.iter();
        let mut wanted: Vec<(String, String)> = wanted
            .map(|(_, code, command)| ((*code).to_owned(), command.clone()))
            .collect();
        let one = wanted.iter().find(|row| newer(row)).cloned();
        wanted.retain(|row| !newer(row));
        wanted.extend(one);
        written.sort();
        wanted.sort();
        assert_eq!(written, wanted);
    }

    #[test]
    fn of_several_the_one_that_must_come_first_wins() {
        let all: Vec<Freeze> = every_kind().into_iter().map(|(freeze, _)| freeze).collect();
        assert!(freeze_help(&all).contains("newer one"));
        assert_eq!(freeze_facts(&all).len(), SHOWN + 1);
        assert_eq!(frozen(&[]), None);
        assert!(frozen(&all).is_some_and(|problem| problem.is_error()));
    }
}
