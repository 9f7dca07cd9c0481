//! What is explored, and what must be found.

use std::time::Instant;

use crate::guards::Guards;
use crate::promises::Promise;
use crate::search::{Found, explore};
use crate::world::{Budget, Machines, Rollback, Story};

const ALL: &[Promise] = &[
    Promise::Once,
    Promise::ReadBack,
    Promise::OwnersEnd,
    Promise::True,
    Promise::Kept,
    Promise::Named,
];

fn full() -> bool {
    std::env::var("MERGECAST_EXPLORATION").is_ok_and(|value| value == "full")
}

fn story(runners: usize) -> Story {
    Story {
        runners,
        budget: Budget {
            crashes: 1,
            lost: 1,
            refusals: 1,
            verdicts: 1,
            rollbacks: 0,
        },
        attempts: 3,
        ticks: 1,
        guards: Guards::ALL,
        probe: false,
        knows_copies: false,
        wrong_verdicts: false,
        rollback: Rollback::Witnessed,
        lockfile: false,
        journal: None,
    }
}

#[allow(
    clippy::print_stdout,
    reason = "figures, and the shortest way to a violation"
)]
fn tell(name: &str, found: &Found, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    let (states, creates) = (found.states, found.creates);
    match &found.broken {
        None => {
            println!("{name}: {states} states, {creates} creates, no violation, {seconds:.1} s");
        }
        Some((promise, trace)) => {
            println!("{name}: {states} states until {promise:?} is broken, {seconds:.1} s");
            for (number, line) in trace.iter().enumerate() {
                println!("  {:2}. {line}", number + 1);
            }
        }
    }
}

fn holds(name: &str, story: &Story) {
    let began = Instant::now();
    let found = explore(story, ALL);
    tell(name, &found, began);
    assert!(found.broken.is_none(), "{name}: {:#?}", found.broken);
    assert!(found.creates > 0, "{name}: nothing was ever published");
}

fn breaks(name: &str, story: &Story, promise: Promise) {
    let began = Instant::now();
    let found = explore(story, &[promise]);
    tell(name, &found, began);
    assert!(
        found.broken.is_some(),
        "{name}: {promise:?} holds all the same"
    );
}

/// Everything may go wrong once.
#[test]
fn two_runners_keep_every_promise() {
    let mut story = story(2);
    if full() {
        story.budget = Budget {
            crashes: 2,
            lost: 2,
            refusals: 1,
            verdicts: 1,
            rollbacks: 0,
        };
    }
    holds("two runners", &story);
}

#[test]
fn three_runners_keep_every_promise() {
    let mut story = story(3);
    story.attempts = 2;
    if !full() {
        story.budget.lost = 0;
        story.budget.refusals = 0;
    }
    holds("three runners", &story);
}

#[test]
fn a_forced_push_back_keeps_every_promise() {
    let story = forced_back(1);
    holds("two runners and a forced push", &story);
    if full() {
        let three = Story {
            runners: 3,
            ..story
        };
        holds("three runners and a forced push", &three);
    }
}

/// A post is out and in the lockfile, no run is under way, and the branch is forced back.
fn forced_back(crashes: u8) -> Story {
    let mut story = story(2);
    story.budget = Budget {
        crashes,
        lost: 0,
        refusals: 0,
        verdicts: 1,
        rollbacks: 1,
    };
    story.attempts = 2;
    story.lockfile = true;
    story
}

/// `on_unknown: probe`, and a LinkedIn that knows a text it took minutes ago.
#[test]
fn probes_keep_every_promise() {
    holds("two runners that probe", &probing());
}

fn probing() -> Story {
    let mut story = story(2);
    story.probe = true;
    story.knows_copies = true;
    story.budget = Budget {
        crashes: u8::from(full()),
        lost: 2,
        refusals: 0,
        verdicts: 1,
        rollbacks: 0,
    };
    story
}

/// What a machine wrote down of a run that died speaks for it when it starts again.
#[test]
fn journals_keep_every_promise() {
    holds("two runners with journals", &journals(Machines::OneEach));
    holds("two runners with one journal", &journals(Machines::Shared));
}

fn journals(machines: Machines) -> Story {
    let mut story = story(2);
    story.journal = Some(machines);
    let more = u8::from(full());
    story.budget = Budget {
        crashes: 2,
        lost: more,
        refusals: more,
        verdicts: 1,
        rollbacks: 0,
    };
    story.attempts = 2 + u32::from(more);
    story
}

#[test]
fn a_journal_without_its_line_before_the_request_makes_a_second_post() {
    let mut story = journals(Machines::OneEach);
    story.guards.sending_noted = false;
    breaks(
        "a journal without the line before the request",
        &story,
        Promise::Once,
    );
}

#[test]
fn a_journal_that_speaks_for_the_living_makes_a_second_post() {
    let mut story = journals(Machines::Shared);
    story.guards.alone = false;
    breaks(
        "a journal that speaks for the living",
        &story,
        Promise::Once,
    );
}

/// A story of two runners in which only what is named may go wrong.
fn without(change: impl FnOnce(&mut Guards)) -> Story {
    let mut story = story(2);
    story.budget = Budget {
        crashes: 0,
        lost: 0,
        refusals: 0,
        verdicts: 1,
        rollbacks: 0,
    };
    change(&mut story.guards);
    story
}

#[test]
fn without_nonces_two_runners_both_win() {
    breaks(
        "without nonces",
        &without(|guards| guards.nonces = false),
        Promise::Once,
    );
}

#[test]
fn without_compare_and_swap_a_declaration_is_overwritten() {
    let story = without(|guards| guards.compare_and_swap = false);
    breaks("without compare-and-swap", &story, Promise::Once);
}

#[test]
fn without_reading_again_a_lost_push_is_taken_for_a_declaration() {
    let mut story = without(|guards| guards.reread = false);
    story.budget.lost = 1;
    breaks("without reading the branch again", &story, Promise::Once);
    breaks(
        "without reading the branch again",
        &story,
        Promise::ReadBack,
    );
}

#[test]
fn a_request_before_its_declaration_is_sent_twice() {
    let story = without(|guards| guards.declare_first = false);
    breaks("the request before the declaration", &story, Promise::Once);
}

#[test]
fn a_request_repeated_on_an_unclear_answer_is_a_second_post() {
    let mut story = without(|guards| guards.one_request = false);
    story.budget.lost = 1;
    breaks("a request repeated in one attempt", &story, Promise::Once);
}

#[test]
fn a_sending_that_is_taken_over_is_a_second_post() {
    let story = without(|guards| guards.no_takeover = false);
    breaks("a `sending` taken over", &story, Promise::Once);
}

#[test]
fn an_unknown_that_is_sent_again_is_a_second_post() {
    let mut story = without(|guards| guards.unknown_stays = false);
    story.budget.lost = 1;
    breaks("an `unknown` sent again", &story, Promise::Once);
}

#[test]
fn without_grace_a_true_verdict_makes_a_second_post() {
    let story = without(|guards| guards.grace = false);
    breaks("a verdict without grace", &story, Promise::Once);
}

#[test]
fn without_its_deadline_a_late_owner_makes_a_second_post() {
    let mut story = without(|guards| guards.deadline = false);
    // The doubt, and a verdict when its grace is over.
    story.ticks = 2;
    breaks("an owner without a deadline", &story, Promise::Once);
}

/// A foreign "unknown" that counts as the owner's own lets a person answer at once.
#[test]
fn an_owner_that_was_not_heard_may_still_send() {
    let story = without(|guards| guards.owner_saw_it = false);
    breaks(
        "somebody else's `unknown` settled at once",
        &story,
        Promise::Once,
    );
}

#[test]
fn an_attempt_ended_by_somebody_else_is_sent_again() {
    let mut story = without(|guards| guards.owner_only = false);
    story.ticks = 2;
    story.budget.refusals = 1;
    breaks("an attempt ended by anybody", &story, Promise::OwnersEnd);
    breaks("an attempt ended by anybody", &story, Promise::Once);
}

#[test]
fn without_the_witness_a_forced_push_back_is_a_second_post() {
    let mut story = forced_back(0);
    story.guards.witness = false;
    breaks("without the witness", &story, Promise::Once);
    breaks("without the witness", &story, Promise::Kept);
}

/// What is left: these are no guards that fail but what no guard covers.
#[test]
fn a_wrong_verdict_is_a_second_post() {
    let mut story = without(|_| {});
    story.wrong_verdicts = true;
    story.budget.lost = 1;
    breaks("a wrong verdict", &story, Promise::Once);
}

#[test]
fn a_probe_relies_on_linkedins_check_for_copies() {
    let mut story = probing();
    story.knows_copies = false;
    breaks(
        "a probe at a LinkedIn that knows no copies",
        &story,
        Promise::Once,
    );
}

#[test]
fn an_unclear_answer_taken_for_a_failure_is_a_second_post() {
    let mut story = without(|guards| guards.unclear_is_unknown = false);
    story.budget.lost = 1;
    breaks(
        "an unclear answer taken for a failure",
        &story,
        Promise::True,
    );
    breaks(
        "an unclear answer taken for a failure",
        &story,
        Promise::Once,
    );
}

#[test]
fn without_expiry_a_dead_owner_leaves_its_post_without_a_name() {
    let mut story = without(|guards| guards.expiry = false);
    story.budget.crashes = 1;
    breaks("a `sending` that never expires", &story, Promise::Named);
}

/// A run that read lockfile and ledger before the post was made declares on the very commit
/// that the branch is forced back to.
#[test]
fn a_forced_push_back_under_a_run_is_not_covered() {
    let mut story = forced_back(0);
    story.rollback = Rollback::UnderWay;
    breaks("a forced push under a run", &story, Promise::Once);
}

/// The lockfile names posts, not requests under way and unknown outcomes.
#[test]
fn a_forced_push_back_before_the_witness_is_written_is_not_covered() {
    let mut story = forced_back(0);
    story.rollback = Rollback::Anywhere;
    breaks("a forced push at any moment", &story, Promise::Once);
}
