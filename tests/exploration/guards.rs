//! The guards of the protocol, each of which can be taken away here and nowhere else.
//!
//! Those that live in `step` are taken away by a wrapper round it; those that live in the
//! pass or in the store are taken away in the runners' program.

use mergecast::record::{Entry, Event, State};

/// What is in force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guards {
    /// Every declaration and every commit has random bits of its own.
    pub(crate) nonces: bool,
    /// A declaration is pushed on the state it was made from, and on no other.
    pub(crate) compare_and_swap: bool,
    /// The branch is read again after a push, whatever the push said.
    pub(crate) reread: bool,
    /// The declaration is durable before the request is sent.
    pub(crate) declare_first: bool,
    /// One request a declaration, whatever came back.
    pub(crate) one_request: bool,
    /// An answer that proves nothing is recorded as `unknown`.
    pub(crate) unclear_is_unknown: bool,
    /// Somebody else's old `sending` becomes `unknown`.
    pub(crate) expiry: bool,
    /// An owner that was slow does not send any more.
    pub(crate) deadline: bool,
    /// A ledger that lacks what the lockfile names freezes.
    pub(crate) witness: bool,
    /// Nobody declares over somebody else's `sending`.
    pub(crate) no_takeover: bool,
    /// `unknown` is not sent again.
    pub(crate) unknown_stays: bool,
    /// A person's "not published" is taken only when the owner cannot live any more.
    pub(crate) grace: bool,
    /// The journal has a line before the request leaves.
    pub(crate) sending_noted: bool,
    /// A journal speaks for dead runs only.
    pub(crate) alone: bool,
    /// An attempt is ended by its owner only.
    pub(crate) owner_only: bool,
    /// Only what the owner itself saw end may be settled or probed at once.
    pub(crate) owner_saw_it: bool,
}

impl Guards {
    pub(crate) const ALL: Self = Self {
        nonces: true,
        compare_and_swap: true,
        reread: true,
        declare_first: true,
        one_request: true,
        unclear_is_unknown: true,
        expiry: true,
        deadline: true,
        witness: true,
        no_takeover: true,
        unknown_stays: true,
        grace: true,
        sending_noted: true,
        alone: true,
        owner_only: true,
        owner_saw_it: true,
    };

    /// Whether a runner declares over an entry in this state although the plan does not.
    pub(crate) fn takes(self, state: Option<State>) -> bool {
        match state {
            Some(State::Sending) => !self.no_takeover,
            Some(State::Unknown) => !self.unknown_stays,
            _ => false,
        }
    }

    pub(crate) fn before_step(
        self,
        mut entry: Option<Entry>,
        mut event: Event,
    ) -> (Option<Entry>, Event) {
        if let (Some(entry), Event::Declare { .. }) = (&mut entry, &event)
            && self.takes(Some(entry.state))
        {
            entry.state = State::Retryable;
        }
        if let Event::NotPublished { waited, .. } = &mut event
            && !self.grace
        {
            *waited = true;
        }
        if let (
            Some(owner),
            Event::NotCreated { nonce, .. }
            | Event::Rejected { nonce, .. }
            | Event::Lost { nonce, .. },
        ) = (
            entry.as_ref().and_then(|entry| entry.owner.as_ref()),
            &mut event,
        ) && !self.owner_only
        {
            nonce.clone_from(&owner.nonce);
        }
        (entry, event)
    }

    pub(crate) fn after_step(self, event: &Event, mut entry: Entry) -> Entry {
        if matches!(event, Event::Expired { .. }) && !self.owner_saw_it {
            entry.owner_saw_it_end = true;
        }
        entry
    }
}
