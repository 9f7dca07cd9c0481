//! What must hold in every state and at every change.

use std::collections::HashMap;

use mergecast::record::State;

use crate::book::{Book, EntryNumber, NOTHING, Told, Wanted};
use crate::runner::Program;
use crate::world::{At, Budget, Runner, Story, World};

/// One promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// At most one post, unless a person was wrong.
    Once,
    /// A request is sent only after the declaration was read back.
    ReadBack,
    /// Nobody but its owner ends an attempt that is being sent, except to `unknown`.
    OwnersEnd,
    /// `retryable` and `rejected` say that there is no post; `published` that there is one.
    True,
    /// What the ledger once called published is published there, or publishing is frozen.
    Kept,
    /// When faults stop, one runner brings the post to an end that has a name.
    Named,
}

/// What one change of an entry breaks.
pub(crate) fn of_change(
    book: &Book,
    world: &World,
    (before, told, after): (EntryNumber, Told, EntryNumber),
) -> Option<Promise> {
    let ends = !matches!(told, Told::Declare { .. });
    let owner = ends
        && told
            .nonce()
            .is_some_and(|nonce| book.owned_by(before, nonce));
    let (was, is) = (book.state(before), book.state(after));
    let leaves = was == Some(State::Sending) && is != Some(State::Sending);
    if leaves && !owner && is != Some(State::Unknown) {
        return Some(Promise::OwnersEnd);
    }
    let truth = match is {
        Some(State::Retryable | State::Rejected) => world.made == 0 || world.misled,
        Some(State::Published) => world.made > 0,
        None | Some(State::Sending | State::Unknown | State::Skipped) => true,
    };
    (!truth).then_some(Promise::True)
}

/// What a state breaks.
pub(crate) fn of_state(book: &mut Book, world: &World) -> Option<Promise> {
    if world.made > 1 {
        return Some(Promise::Once);
    }
    let published = book.state(world.tip()) == Some(State::Published);
    if world.was_published && !published && !frozen(book, world) {
        return Some(Promise::Kept);
    }
    None
}

fn frozen(book: &mut Book, world: &World) -> bool {
    book.wanted(world.tip(), world.lockfile, world.tick) == Wanted::Frozen
}

/// Ledger, lockfile, tick, posts there are: what the end of a story depends on.
type Rest = (EntryNumber, u8, u8, u8);

/// Whether faults that stop leave the post with an end that has a name.
#[derive(Default)]
pub(crate) struct Ends(HashMap<Rest, bool>);

impl Ends {
    pub(crate) fn well(&mut self, book: &mut Book, story: &Story, world: &World) -> bool {
        let rest = (world.tip(), world.lockfile, world.tick, world.made);
        if let Some(known) = self.0.get(&rest) {
            return *known;
        }
        let well = ends_well(book, story, *world);
        self.0.insert(rest, well);
        well
    }
}

/// Every runner dies; then one runs alone, again and again, and nothing goes wrong.
fn ends_well(book: &mut Book, story: &Story, mut world: World) -> bool {
    let story = Story {
        attempts: u32::MAX,
        ..*story
    };
    let none = Budget {
        crashes: 0,
        lost: 0,
        refusals: 0,
        verdicts: 0,
        rollbacks: 0,
    };
    world.left = none;
    world.runners = [Runner::IDLE; 3];
    // The commits below the tip matter no more.
    world.branch[1..].fill(NOTHING);
    for _pass in 0..4 {
        for _effect in 0..12 {
            let mut program = Program::new(book, &story, &world, 0);
            program.run();
            let Some((_, next)) = program.next.into_iter().next() else {
                return false;
            };
            world = next;
            if world.runners[0].at == At::Idle {
                break;
            }
        }
        if world.runners[0].at != At::Idle {
            return false;
        }
        world.tick += 1;
    }
    let named = match book.state(world.tip()) {
        Some(State::Published | State::Rejected | State::Skipped | State::Unknown) => true,
        None | Some(State::Sending | State::Retryable) => false,
    };
    named || frozen(book, &world)
}
