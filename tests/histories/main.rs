//! Histories of a folder of posts, drawn at random: files are added, edited, rewritten,
//! renamed, swapped, inserted into a series, archived, removed, taken back and merged from
//! old branches. After each merge the plan is made and performed against posts in memory.
//!
//! What must hold is asked of those posts, never of our own record: no live text is replaced
//! by one that is less than half alike unless the explicit `id` is the same; no text is live
//! twice; no post is lost; each text is out or named; and a second run finds nothing to do.
//!
//! `MERGECAST_HISTORIES` says how many are drawn, `MERGECAST_HISTORY` draws the one with
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

use folder::{Draws, File, Folder};
use world::World;

/// How many merges one history has.
const MERGES: u64 = 8;

fn play(number: u64, is_shown: bool) -> Result<(), String> {
    let mut draws = Draws::new(number);
    let mut folder = Folder::default();
    let mut world = World::default();
    // A shallow clone has only the newest commits.
    let depth = [1, 3, usize::MAX][draws.below(3)];
    for merge in 0..MERGES {
        let changes = folder.merge(&mut draws);
        let at = format!("history {number}, merge {merge}");
        if is_shown {
            println!("{at}: {changes:?}\n{}", folder.shown());
        }
        world.later(draws.below(40));
        let found = world.pass(&folder, depth, is_shown);
        found.map_err(|problem| format!("{at} ({changes:?}): {problem}"))?;
    }
    Ok(())
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
    let failures: Vec<String> = std::thread::scope(|scope| {
        let work = |worker: u64| {
            move || {
                let numbers = (worker..count).step_by(2);
                numbers
                    .filter_map(|number| play(number, false).err())
                    .take(3)
                    .collect::<Vec<_>>()
            }
        };
        let workers: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(work(worker)))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
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
