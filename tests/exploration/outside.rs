//! What happens to runners and what people do: crashes, time, verdicts, forced pushes.

use mergecast::record::State;

use crate::book::{Book, EntryNumber, NOTHING, Told};
use crate::runner::{Next, apply};
use crate::world::{At, COMMITS, Rollback, Story, World};

/// What may happen from outside, and what of it reached the branch as an event.
pub(crate) fn happen(
    book: &mut Book,
    story: &Story,
    world: &World,
    next: &mut Vec<Next>,
    landed: &mut Vec<(EntryNumber, Told, EntryNumber)>,
) {
    crashes(story, world, next);
    if world.tick < story.ticks {
        let mut later = *world;
        later.tick += 1;
        next.push(("a quarter of an hour passes", later));
    }
    if world.left.verdicts > 0 {
        verdicts(book, story, world, next, landed);
    }
    if world.left.rollbacks > 0 {
        rollbacks(book, story, world, next);
    }
}

fn crashes(story: &Story, world: &World, next: &mut Vec<Next>) {
    if world.left.crashes == 0 {
        return;
    }
    for who in 0..story.runners {
        if world.runners[who].at != At::Idle {
            let mut after = *world;
            after.left.crashes -= 1;
            after.runners[who].rest();
            next.push(("a runner dies and forgets everything", after));
        }
    }
}

/// `mergecast resolve`: an old declaration expires in the same commit. A person looks at
/// LinkedIn and says what is true, except where the story allows an error.
fn verdicts(
    book: &mut Book,
    story: &Story,
    world: &World,
    next: &mut Vec<Next>,
    landed: &mut Vec<(EntryNumber, Told, EntryNumber)>,
) {
    let tick = world.tick;
    let expired = match book.state(world.tip()) {
        None | Some(State::Published | State::Skipped) => return,
        Some(State::Sending) => Some(Told::Expired { tick }),
        Some(State::Unknown | State::Retryable | State::Rejected) => None,
    };
    let there = world.made > 0;
    let mut say = |what, told, misled| {
        let change = apply(book, world.tip(), expired.into_iter().chain([told]));
        if change
            .applied
            .last()
            .is_none_or(|(_, last, _)| *last != told)
        {
            return;
        }
        landed.extend(change.applied.iter().copied());
        let mut after = *world;
        after.push(change.after);
        after.left.verdicts -= 1;
        after.misled |= misled;
        next.push((what, after));
    };
    if there {
        let made_at = world.made_at;
        say(
            "a person: it is published",
            Told::Resolved { made_at },
            false,
        );
    } else {
        say(
            "a person: it is not published",
            Told::NotPublished { tick },
            false,
        );
    }
    if there && story.wrong_verdicts {
        say(
            "a person, wrongly: it is not published",
            Told::NotPublished { tick },
            true,
        );
    }
    say("a person: it shall never go out", Told::Skip, false);
}

fn rollbacks(book: &Book, story: &Story, world: &World, next: &mut Vec<Next>) {
    let quiet = world.runners.iter().all(|runner| runner.at == At::Idle);
    let witnessed = world.made == 0 || book.names(world.lockfile, world.made_at);
    let may = match story.rollback {
        Rollback::Witnessed => quiet && witnessed,
        Rollback::UnderWay => witnessed && world.made > 0,
        Rollback::Anywhere => true,
    };
    if !may {
        return;
    }
    for commits in 1..COMMITS {
        if world.branch[commits - 1] == NOTHING {
            return;
        }
        let mut after = *world;
        after.left.rollbacks -= 1;
        after.force_back(u8::try_from(commits).unwrap());
        next.push(("the branch is forced back", after));
    }
}
