//! Entries that only a hand can have written.
//!
//! Owns what an entry says that cannot be. Must not read files: see [`super::ledger`].

use super::entry::{Entry, State};
use crate::model::target::Target;

/// What an entry says that cannot be. A post that has a URN was created, and would be sent
/// again; of a comment, the URN is that of the post it stands below.
pub(super) fn contradiction(entry: &Entry) -> Option<&'static str> {
    match (entry.target, entry.state, &entry.urn) {
        (Target::Linkedin, State::Published, None) => Some("it is `published` and has no URN"),
        (Target::Linkedin, State::Sending, Some(_)) => Some("it is `sending` and has a URN"),
        (Target::Linkedin, State::Retryable, Some(_)) => Some("it is `retryable` and has a URN"),
        (Target::Linkedin, State::Rejected, Some(_)) => Some("it is `rejected` and has a URN"),
        (Target::Linkedin, State::Skipped, Some(_)) => Some("it is `skipped` and has a URN"),
        (Target::Linkedin, State::Published, Some(_))
        | (Target::Linkedin, State::Unknown, _)
        | (Target::Linkedin, State::Sending | State::Retryable, None)
        | (Target::Linkedin, State::Rejected | State::Skipped, None)
        | (Target::Comment, _, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ledger::entry_id;
    use crate::record::testing::{published, rejected, retryable, sending, skipped, unknown, urn};
    use crate::record::{Freeze, Ledger, LedgerFileError};

    /// What reading one file comes to.
    fn freeze_of(file: &str, entry: &Entry) -> Option<LedgerFileError> {
        let text = entry.to_json();
        let ledger = Ledger::from_files(None, [(file, text.as_bytes())]);
        assert_eq!(ledger.entries.len() + ledger.freezes.len(), 1);
        ledger.freezes.into_iter().find_map(|freeze| match freeze {
            Freeze::Unreadable { problem, .. } => Some(problem),
            _ => None,
        })
    }

    #[test]
    fn an_entry_under_a_name_that_only_decodes_to_its_key_is_damage() {
        let entry = published("$a", "x", 1);
        assert_eq!(freeze_of("$a@linkedin.json", &entry), None);
        for alias in [
            "%24a@linkedin.json",
            "$%61@linkedin.json",
            "$@/a@linkedin.json",
        ] {
            assert_eq!(entry_id(alias), Some(entry.id()), "{alias}");
            let canonical = "$a@linkedin.json".to_owned();
            assert_eq!(
                freeze_of(alias, &entry),
                Some(LedgerFileError::Alias(canonical))
            );
        }
    }

    #[test]
    fn a_state_that_contradicts_its_urn_is_damage() {
        for mut entry in [
            sending("a", "x"),
            retryable("a", "x"),
            rejected("a", "x"),
            skipped("a", "x"),
        ] {
            assert_eq!(freeze_of("a@linkedin.json", &entry), None);
            entry.urn = Some(urn(1));
            let found = freeze_of("a@linkedin.json", &entry);
            assert!(
                matches!(found, Some(LedgerFileError::Contradiction(_))),
                "{entry:?}"
            );
            entry.target = Target::Comment;
            assert_eq!(freeze_of("a@linkedin-comment.json", &entry), None);
        }
        let mut without = published("a", "x", 1);
        without.urn = None;
        let found = freeze_of("a@linkedin.json", &without);
        assert!(matches!(found, Some(LedgerFileError::Contradiction(_))));
        let mut doubt = unknown("a", "x");
        doubt.urn = Some(urn(1));
        assert_eq!(freeze_of("a@linkedin.json", &doubt), None);
    }
}
