//! Somebody who answers what only a person can: whether a post is there.

use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use mergecast::model::target::Target;
use mergecast::pass::{Verdict, resolve};
use mergecast::ports::Clock as _;
use mergecast::record::{Entry, State};

use crate::earth::{Earth, options};

/// A verdict is taken from this age of a declaration on, whoever made it.
const SURE: TimeDelta = TimeDelta::minutes(20);

/// Looks for every post whose outcome is not known, and records what is seen. It takes no
/// time, and so may fall into the middle of a pass.
pub(crate) fn settle(earth: &Earth) {
    if earth.is_away() {
        return;
    }
    let now = earth.clock.now();
    let open = |entry: &&Entry| {
        entry.state == State::Unknown && entry.declared_at.is_some_and(|at| now - at > SURE)
    };
    let ledger = earth.ledger.ledger();
    for entry in ledger.entries.open().filter(open) {
        let there = earth.linkedin().posts().iter().find_map(|post| {
            let same = post.author == entry.content.author && post.raw == entry.content.wire;
            same.then(|| post.urn.clone())
        });
        let verdict = there.map_or(Verdict::NotPublished, Verdict::Published);
        let (world, options) = (earth.instant_world(), options());
        let place = (&entry.key, Target::Linkedin);
        let resolved = Box::pin(resolve(&world, &options, place, verdict));
        let mut context = Context::from_waker(Waker::noop());
        let done = std::pin::pin!(resolved).poll(&mut context);
        assert!(matches!(done, Poll::Ready(Ok(_))), "{}", entry.key);
        *earth
            .weather
            .met
            .borrow_mut()
            .entry("settled by a person")
            .or_default() += 1;
    }
}
