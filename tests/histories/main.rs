//! Histories of a folder of posts, drawn at random: files are added, edited, rewritten,
//! renamed, swapped, inserted into a series, archived, removed, taken back and merged from
//! old branches. After each merge the plan is made and performed against posts in memory.
//!
//! What must hold is asked of those posts, never of our own record: no live text is replaced
//! by one that is less than half alike unless the explicit `id` is the same; no text is live
//! twice but by `repeats`; no post is lost, and none is deleted whose text a file says; each
//! text is out or named; and a second run finds nothing to do. LinkedIn refuses some posts,
//! takes some later, and leaves some unknown until a person says what is true.
//!
//! `MERGECAST_HISTORIES` says how many are drawn, `MERGECAST_HISTORIES_FROM` the first number, `MERGECAST_HISTORY` draws the one with
//! that number and prints it.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the test reads its own variables and fails by panicking"
)]

mod folder;
mod world;

use std::collections::BTreeMap;

use folder::{CHANGES, Draws, File, Folder};
use world::World;

/// How many merges one history has.
const MERGES: u64 = 8;

/// How often each kind of change and each answer came up.
type Counts = BTreeMap<String, usize>;

fn play(number: u64, is_shown: bool) -> Result<Counts, String> {
    let mut counts = Counts::new();
    let mut draws = Draws::new(number);
    let mut folder = Folder::default();
    let mut world = World::default();
    // A shallow clone has only the newest commits.
    let depth = [1, 3, usize::MAX][draws.below(3)];
    for merge in 0..MERGES {
        let changes = folder.merge(&mut draws);
        world.set_prune(draws.below(3) == 0);
        let at = format!("history {number}, merge {merge}");
        if is_shown {
            println!("{at}: {changes:?}\n{}", folder.shown());
        }
        // Hours, or weeks.
        let most = [40, 400][draws.below(2)];
        world.later(draws.below(most));
        let found = world.pass(&folder, depth, &mut draws, is_shown);
        found.map_err(|problem| format!("{at} ({changes:?}): {problem}"))?;
        for change in changes {
            *counts.entry(format!("{change:?}")).or_default() += 1;
        }
    }
    for (what, count) in world.done {
        counts.insert(what.to_owned(), count);
    }
    Ok(counts)
}

fn number_in(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn no_history_rewrites_loses_or_repeats_a_live_post() {
    if let Some(number) = number_in("MERGECAST_HISTORY") {
        play(number, true).unwrap();
        return;
    }
    let count = number_in("MERGECAST_HISTORIES").unwrap_or(1_500);
    let workers = 2;
    let first = number_in("MERGECAST_HISTORIES_FROM").unwrap_or(0);
    let (failures, counts) = std::thread::scope(|scope| {
        let work = |worker: u64| {
            move || {
                let (mut failures, mut counts) = (Vec::new(), Counts::new());
                for number in (first + worker..first + count).step_by(2) {
                    match play(number, false) {
                        Ok(found) => found.into_iter().for_each(|(what, found)| {
                            *counts.entry(what).or_default() += found;
                        }),
                        Err(problem) if failures.len() < 3 => failures.push(problem),
                        Err(_) => break,
                    }
                }
                (failures, counts)
            }
        };
        let workers: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(work(worker)))
            .collect();
        let (mut failures, mut counts) = (Vec::new(), Counts::new());
        for worker in workers {
            let (problems, found) = worker.join().unwrap();
            failures.extend(problems);
            for (what, found) in found {
                *counts.entry(what).or_default() += found;
            }
        }
        (failures, counts)
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let kinds = CHANGES.iter().map(|change| format!("{change:?}"));
    let answers = [
        "published",
        "refused",
        "tried again",
        "unknown",
        "settled",
        "deleted",
    ];
    // A kind that is never drawn proves nothing.
    for kind in kinds.chain(answers.map(str::to_owned)) {
        let found = counts.get(&kind).copied().unwrap_or(0);
        assert!(
            found as u64 >= count / 20,
            "{kind}: {found} in {count} histories"
        );
    }
    println!("{counts:?}");
    println!("{count} histories of {MERGES} merges, 0 violations");
}

/// A folder of 10,000 published posts gets another name in one merge.
#[test]
fn ten_thousand_renames_are_planned_in_seconds() {
    let mut folder = Folder::default();
    for number in 0..10_000_usize {
        let words = (0..40).map(|word| format!("w{}", (number * 7 + word * word) % 9_973));
        let file = File {
            id: None,
            schedule: "on-merge".to_owned(),
            repeats: None,
            words: words.chain([format!("post-{number}")]).collect(),
        };
        folder.files.insert(format!("2026/post-{number}"), file);
    }
    folder.commits.push(folder.files.clone());
    let mut world = World::default();
    world.publish_all(&folder);
    let moved = folder.files.iter();
    let moved = moved.map(|(name, file)| (format!("archive/{name}"), file.clone()));
    folder.files = moved.collect();
    folder.commits.push(folder.files.clone());
    let (seconds, moves) = world.plan_timed(&folder);
    println!("10,000 renames are planned in {seconds:.2} s");
    assert_eq!(moves, 10_000);
    // Without optimisation it may take ten times as long.
    assert!(seconds < 20.0, "{seconds}");
}
