//! Whether a ledger continues what was known of it before.
//!
//! Owns what is no continuation: a ledger that is gone, one that was moved back or replaced,
//! and entries that an ordinary commit took away or set back. Commits of this program carry
//! a nonce of their own, and may take entries away when files move. Must not read a
//! repository: see [`crate::git`].

use std::sync::Arc;

use super::entries::Entries;
use super::entry::{Entry, EntryId, State};
use super::freeze::WayOut;

/// What breaks the continuity of a ledger. Nothing is published until a person has looked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// This clone knows a ledger, and the remote has none.
    #[error("this clone knows the ledger at {remembered}, and it is gone from the remote")]
    Gone {
        /// The newest commit that this clone knows.
        remembered: String,
    },
    /// The remote's ledger does not hold the newest commit that this clone knows.
    #[error(
        "this clone knows the ledger at {remembered}, and the ledger of the remote, at {tip}, does not continue it: it was moved back or replaced"
    )]
    Rewound {
        /// The newest commit that this clone knows.
        remembered: String,
        /// Where the remote's ledger stands.
        tip: String,
    },
    /// A commit that this program did not make took an entry away or set it back.
    #[error("commit {commit} of the ledger takes back what was recorded of {}: {} before, {} now", .id.shown(), shown(Some(.before)), became(.before, .now.as_ref()))]
    TakenBack {
        /// The entry.
        id: EntryId,
        /// How it stood before.
        before: State,
        /// How it stands after; `None`: there is no such entry.
        now: Option<State>,
        /// The commit.
        commit: String,
    },
    /// This machine recorded posts in another place, before the ledger had this one, and the
    /// ledger does not know them.
    #[error("this machine recorded {}{} before the ledger was in this place, and the ledger does not know it", .id.shown(), more_of(*.more))]
    OwnLedger {
        /// An entry that was recorded.
        id: EntryId,
        /// How many more there are.
        more: usize,
    },
}

fn more_of(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(" and {count} more"),
    }
}

impl Break {
    /// The code under which it is shown and documented.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Break::Gone { .. } => "ledger-gone",
            Break::Rewound { .. } => "ledger-rewound",
            Break::TakenBack { .. } => "entry-taken-back",
            Break::OwnLedger { .. } => "own-ledger",
        }
    }

    /// What ends it: all of them end by putting back what is known.
    #[must_use]
    pub fn way_out(&self) -> WayOut {
        match self {
            Break::Gone { .. }
            | Break::Rewound { .. }
            | Break::TakenBack { .. }
            | Break::OwnLedger { .. } => WayOut::Rebuild,
        }
    }

    /// Whether entries may be missing that neither this clone nor the ledger's history names.
    #[must_use]
    pub fn may_hide_more(&self) -> bool {
        match self {
            Break::Gone { .. } | Break::Rewound { .. } => true,
            Break::TakenBack { .. } | Break::OwnLedger { .. } => false,
        }
    }
}

fn shown(state: Option<&State>) -> String {
    state.map_or_else(
        || "nothing".to_owned(),
        |state| format!("`{}`", state.word()),
    )
}

/// A record that is set back in the same state is another post's.
fn became(before: &State, now: Option<&State>) -> String {
    match now == Some(before) {
        true => "another post".to_owned(),
        false => shown(now),
    }
}

/// How the remote's ledger stands to the newest commit that this clone knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lineage {
    /// The remote has no ledger.
    Gone,
    /// Its history holds the commit.
    Continues,
    /// It says that it replaces the commit, or a later one.
    Replaces,
    /// It says that it replaces an earlier commit, or was made from the lockfile alone; it
    /// knows every post that this clone knows (`true`), or not.
    ReplacesEarlier(bool),
    /// It says nothing of it.
    Apart,
}

impl Lineage {
    /// Whether the remote's ledger may be taken for the one that this clone knows.
    #[must_use]
    pub fn continues(self) -> bool {
        match self {
            Lineage::Continues | Lineage::Replaces | Lineage::ReplacesEarlier(true) => true,
            Lineage::Gone | Lineage::ReplacesEarlier(false) | Lineage::Apart => false,
        }
    }
}

/// What the message of a ledger's commit says about the commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The random bits of the run that made it; `None`: this program did not make it.
    pub nonce: Option<String>,
    /// Tips of ledgers that it replaces.
    pub replaces: Vec<String>,
    /// Whether a person took the ledger below it as true.
    pub accepts: bool,
}

/// What a change says about the ledger it follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    /// Tips that the ledger replaces; empty: it follows the one it is written on.
    pub replaces: Vec<String>,
    /// The tip that a person takes as true, whatever was known besides.
    pub accepts: Option<String>,
}

/// Stands for the tips that a ledger replaces, where it was made anew from the lockfile and
/// nobody knew them.
pub const FROM_LOCKFILE: &str = "lockfile";

const NONCE: &str = "Mergecast-Nonce: ";
const REPLACES: &str = "Mergecast-Replaces: ";
const ACCEPTS: &str = "Mergecast-Accepts: ";

impl Marks {
    /// The whole message of a commit with this summary.
    #[must_use]
    pub fn message(summary: &str, marks: &str, nonce: &str, succession: &Succession) -> String {
        let mut message = format!("{summary}\n\n{marks}\n\n");
        for tip in &succession.replaces {
            message.push_str(&format!("{REPLACES}{tip}\n"));
        }
        if let Some(tip) = &succession.accepts {
            message.push_str(&format!("{ACCEPTS}{tip}\n"));
        }
        message.push_str(&format!("{NONCE}{nonce}\n"));
        message
    }

    /// Reads a message. One that quotes another is none: reverts and squashed merges put
    /// words around what they quote.
    #[must_use]
    pub fn of(message: &str) -> Self {
        let paragraphs: Vec<&str> = message.trim_end().split("\n\n").collect();
        let [summary, _, last] = paragraphs[..] else {
            return Self::default();
        };
        let mut marks = Self::default();
        if summary.contains('\n') {
            return marks;
        }
        for line in last.lines() {
            if let Some(nonce) = line.strip_prefix(NONCE) {
                marks.nonce = is_nonce(nonce).then(|| nonce.to_owned());
            } else if let Some(tip) = line.strip_prefix(REPLACES) {
                marks.replaces.push(tip.to_owned());
            } else if line.starts_with(ACCEPTS) {
                marks.accepts = true;
            } else {
                // Another line makes it a quotation, such as that of a squashed merge.
                return Self::default();
            }
        }
        marks
    }
}

fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a commit that turned `before` into `after` took something back. Not for commits
/// of this program, which move and settle entries.
#[must_use]
pub fn took_back(before: &Entry, after: Option<&Entry>) -> bool {
    let Some(after) = after else { return true };
    match before.state {
        State::Published => !tells_as_much(before, after),
        State::Sending | State::Unknown | State::Skipped => !after.bars_sending(),
        State::Retryable | State::Rejected => false,
    }
}

/// Whether `entries` know what `before` says, under whatever key: its post, or that it must
/// not be sent.
#[must_use]
pub fn knows(entries: &Entries, before: &Entry) -> bool {
    if entries
        .get(&before.id())
        .is_some_and(|now| !took_back(before, Some(now)))
    {
        return true;
    }
    let mut others = entries.values().filter(|now| now.target == before.target);
    others.any(|now| match before.state {
        State::Published => is_moved(before, now) && tells_as_much(before, now),
        State::Sending | State::Unknown | State::Skipped => {
            now.bars_sending() && is_same_attempt(before, now)
        }
        State::Retryable | State::Rejected => is_same_attempt(before, now),
    })
}

/// The entries of `remembered` that `entries` do not know.
#[must_use]
pub fn unknown_to(entries: &Entries, remembered: &Entries) -> Vec<Arc<Entry>> {
    let changes = entries.changes_since(remembered);
    let before = changes.filter_map(|change| change.before);
    let lost = before.filter(|before| !knows(entries, before));
    lost.map(Arc::clone).collect()
}

/// Whether an entry under another key is a post that moved there: a hand that swaps the URNs
/// of two entries moves no post.
fn is_moved(before: &Entry, now: &Entry) -> bool {
    now.former_keys.contains(&before.key) || now.digest == before.digest
}

/// Whether an entry under another key is the same, moved with its file. Two posts may have
/// one text.
fn is_same_attempt(before: &Entry, now: &Entry) -> bool {
    before.digest == now.digest
        && before.owner == now.owner
        && before.declared_at == now.declared_at
}

/// Whether `now` names every post that `before` names, and their end.
pub(super) fn tells_as_much(before: &Entry, now: &Entry) -> bool {
    let named = |urn| now.urn.as_ref() == Some(urn) || now.also.contains(urn);
    let urns = before.urn.iter().chain(&before.also);
    now.state == State::Published
        && urns.into_iter().all(named)
        && (before.deleted_at.is_none() || now.deleted_at.is_some())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        deleted, published, rejected, retryable, sending, skipped, unknown, urn,
    };
    use super::*;

    fn of(entries: impl IntoIterator<Item = Entry>) -> Entries {
        entries
            .into_iter()
            .map(|entry| (entry.id(), entry))
            .collect()
    }

    fn every_state() -> [Entry; 7] {
        [
            sending("a", "x"),
            published("a", "x", 1),
            retryable("a", "x"),
            rejected("a", "x"),
            unknown("a", "x"),
            skipped("a", "x"),
            deleted("a", "x", 1),
        ]
    }

    #[test]
    fn an_entry_that_is_gone_was_taken_back_whatever_it_said() {
        for before in every_state() {
            assert!(took_back(&before, None), "{before:?}");
            assert!(!took_back(&before, Some(&before)), "{before:?}");
            assert!(!knows(&of([]), &before), "{before:?}");
            assert!(knows(&of([before.clone()]), &before), "{before:?}");
        }
    }

    #[test]
    fn an_entry_that_bars_sending_is_set_back_by_one_that_does_not() {
        for before in every_state().into_iter().filter(Entry::bars_sending) {
            for after in [retryable("a", "x"), rejected("a", "x")] {
                assert!(took_back(&before, Some(&after)), "{before:?}");
                assert!(!knows(&of([after]), &before), "{before:?}");
            }
        }
        for before in [retryable("a", "x"), rejected("a", "x")] {
            for after in every_state() {
                assert!(!took_back(&before, Some(&after)), "{after:?}");
            }
        }
    }

    #[test]
    fn a_published_post_is_set_back_by_all_that_forgets_its_urn_or_its_end() {
        let before = published("a", "x", 1);
        for after in [
            sending("a", "x"),
            unknown("a", "x"),
            skipped("a", "x"),
            published("a", "x", 2),
        ] {
            assert!(took_back(&before, Some(&after)), "{after:?}");
        }
        let mut both = published("a", "x", 2);
        both.also.push(urn(1));
        for after in [
            both.clone(),
            deleted("a", "x", 1),
            published("a", "edited", 1),
        ] {
            assert!(!took_back(&before, Some(&after)), "{after:?}");
        }
        assert!(took_back(&both, Some(&published("a", "x", 2))));
        assert!(took_back(&deleted("a", "x", 1), Some(&before)));
    }

    #[test]
    fn an_open_entry_may_be_settled_by_hand() {
        for before in [sending("a", "x"), unknown("a", "x")] {
            for after in [unknown("a", "x"), published("a", "x", 1), skipped("a", "x")] {
                assert!(!took_back(&before, Some(&after)), "{after:?}");
            }
        }
    }

    #[test]
    fn a_moved_entry_is_known_under_its_new_key() {
        assert!(knows(
            &of([published("b", "x", 1)]),
            &published("a", "x", 1)
        ));
        assert!(!knows(
            &of([published("b", "x", 2)]),
            &published("a", "x", 1)
        ));
        for before in [sending("a", "x"), unknown("a", "x"), skipped("a", "x")] {
            let mut moved = before.clone();
            moved.key = published("b", "x", 1).key;
            assert!(knows(&of([moved]), &before));
            assert!(!knows(&of([retryable("b", "x")]), &before));
            assert!(!knows(&of([published("b", "another", 1)]), &before));
        }
        assert!(knows(&of([retryable("b", "x")]), &rejected("a", "x")));
        // The same text again, by another run.
        let mut again = unknown("b", "x");
        again.declared_at = again.declared_at.map(|at| at + chrono::TimeDelta::days(7));
        assert!(!knows(&of([again]), &unknown("a", "x")));
    }

    #[test]
    fn two_urns_that_a_hand_swapped_are_not_known() {
        let (a, b) = (published("a", "x", 1), published("b", "y", 2));
        let swapped = of([published("a", "x", 2), published("b", "y", 1)]);
        assert!(!knows(&swapped, &a) && !knows(&swapped, &b));
        let mut moved = published("b", "edited", 1);
        moved.former_keys.push(a.key.clone());
        assert!(knows(&of([moved]), &a));
    }

    #[test]
    fn what_only_a_memory_knows_is_found() {
        let kept = published("a", "x", 1);
        let remembered = of([kept.clone(), published("b", "y", 2), unknown("c", "z")]);
        let lost = unknown_to(&of([kept.clone(), retryable("c", "z")]), &remembered);
        let keys: Vec<String> = lost.iter().map(|entry| entry.key.to_string()).collect();
        assert_eq!(keys, ["b", "c"]);
        assert_eq!(unknown_to(&remembered, &of([kept])), []);
    }

    #[test]
    fn a_ledger_continues_by_its_history_or_by_its_word() {
        assert!(Lineage::Continues.continues());
        assert!(Lineage::Replaces.continues());
        assert!(Lineage::ReplacesEarlier(true).continues());
        assert!(!Lineage::ReplacesEarlier(false).continues());
        assert!(!Lineage::Apart.continues());
        assert!(!Lineage::Gone.continues());
    }

    #[test]
    fn a_message_says_who_made_it_and_a_quotation_says_nothing() {
        let succession = Succession {
            replaces: vec!["11".repeat(20)],
            accepts: Some("22".repeat(20)),
        };
        let text = Marks::message("rebuilt: 1 entries", "[skip ci]", "00ff00ff00", &succession);
        let marks = Marks {
            nonce: Some("00ff00ff00".to_owned()),
            replaces: succession.replaces.clone(),
            accepts: true,
        };
        assert_eq!(Marks::of(&text), marks);
        let ours = Marks::message(
            "sending a",
            "[skip ci]",
            "00ff00ff00",
            &Succession::default(),
        );
        assert_eq!(Marks::of(&ours).nonce.as_deref(), Some("00ff00ff00"));
        for theirs in [
            "Revert \"sending a\"\n\nThis reverts commit 0123.\n".to_owned(),
            format!("Revert \"sending a\"\n\n{ours}\nThis reverts commit 0123.\n"),
            format!("squashed\n\n* {ours}\n\nCo-authored-by: x <y>\n"),
            "x\n\nMergecast-Nonce: \n".to_owned(),
            "x\n\n[skip ci]\n\nMergecast-Nonce: not one\n".to_owned(),
            format!("squashed (#1)\n\n* {ours}\n* {ours}"),
            String::new(),
        ] {
            assert_eq!(Marks::of(&theirs), Marks::default(), "{theirs}");
        }
    }

    #[test]
    fn each_break_has_a_code_and_a_way_out() {
        let tip = || "0123".to_owned();
        let breaks = [
            Break::Gone { remembered: tip() },
            Break::Rewound {
                remembered: tip(),
                tip: tip(),
            },
            Break::TakenBack {
                id: published("a", "x", 1).id(),
                before: State::Published,
                now: None,
                commit: tip(),
            },
        ];
        let codes = breaks.each_ref().map(Break::code);
        assert_eq!(codes, ["ledger-gone", "ledger-rewound", "entry-taken-back"]);
        assert_eq!(
            breaks.each_ref().map(Break::may_hide_more),
            [true, true, false]
        );
        for found in breaks {
            assert_eq!(found.way_out(), WayOut::Rebuild);
            assert!(found.to_string().contains("0123"));
        }
    }
}
