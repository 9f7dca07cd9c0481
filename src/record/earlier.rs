//! What this machine recorded before its ledger had the place it has now: in files before
//! there was git, on a branch of the clone before it had a remote.
//!
//! Owns which of that a ledger lacks. A ledger that has begun without it freezes: what was
//! recorded is out, and would go out again.

use std::sync::Arc;

use super::continuity::{Break, tells_as_much};
use super::entries::Entries;
use super::entry::{Entry, State};
use super::freeze::Freeze;
use super::ledger::Ledger;

impl Ledger {
    /// The same ledger beside `earlier`. What of it is not known is kept as forgotten, and a
    /// rebuild puts it back.
    #[must_use]
    pub fn beside(mut self, earlier: &Entries) -> Self {
        let lacks = earlier.values().filter(|before| !self.has(before));
        let lacks: Vec<Arc<Entry>> = lacks.cloned().map(Arc::new).collect();
        if let Some(first) = lacks.first() {
            let (id, more) = (first.id(), lacks.len() - 1);
            let freeze = Freeze::Broken(Break::OwnLedger { id, more });
            self.freezes.push(freeze);
            self.forgotten.extend(lacks);
        }
        self
    }

    /// Whether what `before` says is known: its post, or that it must not be sent again. What
    /// was not out when it was recorded may have gone on since, in any way.
    fn has(&self, before: &Entry) -> bool {
        let own = self.entries.get(&before.id());
        let is_it = |now: &Entry| match before.state {
            State::Published => tells_as_much(before, now),
            State::Sending | State::Unknown | State::Skipped => now.digest == before.digest,
            State::Retryable | State::Rejected => true,
        };
        let may_go_out = !before.bars_sending();
        let has_gone_on = before.state != State::Published && own.is_some();
        let elsewhere = self.elsewhere.iter().map(|other| other.entry.as_ref());
        let mut others = self.entries.values().chain(elsewhere);
        may_go_out
            || has_gone_on
            || own.is_some_and(is_it)
            || others.any(|now| now.target == before.target && is_it(now))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{published, retryable, skipped, unknown, urn};
    use super::*;

    fn of(entries: &[Entry]) -> Entries {
        let entries = entries.iter().map(|entry| (entry.id(), entry.clone()));
        entries.collect()
    }

    fn lacks(now: &[Entry], earlier: &[Entry]) -> usize {
        let ledger = Ledger {
            entries: of(now),
            ..Ledger::default()
        };
        let ledger = ledger.beside(&of(earlier));
        assert_eq!(ledger.freezes.is_empty(), ledger.forgotten.is_empty());
        ledger.forgotten.len()
    }

    #[test]
    fn what_was_recorded_before_and_is_not_known_freezes() {
        let earlier = [published("a", "x", 1), unknown("b", "y"), skipped("c", "z")];
        assert_eq!(lacks(&[], &earlier), 3);
        assert_eq!(lacks(&earlier, &earlier), 0);
        // Another post under the same key is a second one.
        assert_eq!(lacks(&[published("a", "x", 2)], &earlier[..1]), 1);
    }

    #[test]
    fn what_went_on_since_is_known() {
        let mut both = published("new", "edited", 2);
        both.also.push(urn(1));
        assert_eq!(lacks(&[both], &[published("a", "x", 1)]), 0);
        assert_eq!(lacks(&[retryable("b", "y")], &[unknown("b", "y")]), 0);
        assert_eq!(lacks(&[skipped("new", "y")], &[unknown("b", "y")]), 0);
        assert_eq!(lacks(&[], &[retryable("b", "y")]), 0);
    }
}
