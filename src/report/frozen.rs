//! Why publishing is frozen, and the one command that ends it.
//!
//! Owns the words. Must not decide what freezes: see [`crate::record::recorded`].

use super::clean;
use crate::diagnostic::Diagnostic;
use crate::record::ledger::shown_root;
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
        Freeze::OtherRepository { .. } => format!(
            "{freeze}: two repositories that publish with one token publish everything twice"
        ),
        _ => freeze.to_string(),
    }
}

/// The next step that ends all of them.
#[must_use]
pub fn freeze_help(freezes: &[Freeze]) -> String {
    match freezes.iter().map(Freeze::way_out).max() {
        Some(WayOut::NewerVersion) => {
            "use the mergecast that wrote it, or a newer one; nothing it wrote is rewritten by this one".to_owned()
        }
        Some(WayOut::RebuildForThisRepository) => "if the other repository publishes no more, run\n  mergecast state rebuild --for-this-repository".to_owned(),
        Some(WayOut::Move) => {
            let roots = freezes.iter().filter_map(|freeze| match freeze {
                Freeze::RootMoved { from, .. } => Some(shown_root(from)),
                _ => None,
            });
            let root = roots.min().unwrap_or_default();
            format!("run\n  mergecast state move --from {}", clean::shell_word(root))
        }
        Some(WayOut::Rebuild) | None => "run\n  mergecast state rebuild".to_owned(),
    }
}

/// The code of the first that has its own; several are told as one problem.
#[must_use]
pub fn freeze_code(freezes: &[Freeze]) -> &'static str {
    let mut codes = freezes.iter().map(Freeze::code);
    codes.find(|code| *code != "frozen").unwrap_or("frozen")
}

/// All of it as one problem; `None`: nothing is frozen.
#[must_use]
pub fn frozen(freezes: &[Freeze]) -> Option<Diagnostic> {
    if freezes.is_empty() {
        return None;
    }
    let code = freezes
        .iter()
        .map(Freeze::code)
        .find(|code| *code != "frozen");
    let problem = Diagnostic::error(
        code.unwrap_or("frozen"),
        "publishing is frozen: the record is not whole",
    );
    let noted = freeze_facts(freezes).into_iter();
    let problem = noted.fold(problem, Diagnostic::note);
    Some(problem.help(freeze_help(freezes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::testing::{published, skipped};
    use crate::record::{Break, LedgerFileError};

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
                Freeze::RootMoved {
                    from: "old place".to_owned(),
                    key: published("a", "x", 1).key,
                    path: published("a", "x", 1).path,
                },
                "mergecast state move --from 'old place'",
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

    #[test]
    fn each_kind_names_the_one_command_that_ends_it() {
        for (freeze, wanted) in every_kind() {
            let help = freeze_help(std::slice::from_ref(&freeze));
            assert!(help.contains(wanted), "{freeze}: {help}");
            assert_ne!(freeze.to_string(), "");
        }
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
