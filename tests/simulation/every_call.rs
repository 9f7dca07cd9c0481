//! Every call of a pass meets each of eight mishaps, with one, two and three runners.
//!
//! What can go wrong is enumerated, not drawn: a table says which mishap may befall which
//! call, and the test fails when one cell of it was not met.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::TimeDelta;
use mergecast::report::exit::Exit;

use crate::calls::{Call, Fault};
use crate::globe::Globe;
use crate::promises::{as_told, lockfile_agrees, never_silent, never_twice};
use crate::scene::Scene;
use crate::script::Script;

/// What the runs were, to be printed.
#[derive(Debug, Default)]
struct Figures {
    runs: u32,
    passes: u32,
    creates: usize,
    unknown: u32,
    settled: u32,
    /// How often each cell was met: call, mishap, runners.
    cells: BTreeMap<(Call, Fault, usize), u32>,
    problems: Vec<String>,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.passes += other.passes;
        self.creates += other.creates;
        self.unknown += other.unknown;
        self.settled += other.settled;
        self.problems.extend(other.problems);
        for (cell, count) in other.cells {
            *self.cells.entry(cell).or_default() += count;
        }
    }
}

/// Waits between the passes of the one runner that goes on.
const THEN: [i64; 7] = [0, 5, 16, 16, 16, 16, 180];

/// One mishap, and what one runner makes of it when nothing goes wrong any more.
fn one(
    scene: &Scene,
    (number, fault, runners): (usize, Fault, usize),
    figures: &mut Figures,
) -> Result<Call, String> {
    let globe = scene.fork();
    let began = globe.clock.truth();
    let script = Script::at(number, fault);
    let reports = script.run(&globe, runners);
    let call = *script.calls().get(number).ok_or("there is no such call")?;
    if !script.was_met() || !fault.applies_to(call) {
        return Err(format!("{fault:?} did not befall {call:?}"));
    }
    figures.runs += 1;
    figures.passes += u32::try_from(runners).unwrap();
    never_twice(&globe)?;
    for report in &reports {
        never_silent(&globe, &scene.campaign, began, report)?;
    }
    for minutes in THEN {
        globe.clock.pass(TimeDelta::minutes(minutes));
        globe.outside.take_late(globe.clock.truth());
        let began = globe.clock.truth();
        let (report, _) = globe.whole_tick();
        figures.passes += 1;
        never_twice(&globe)?;
        never_silent(&globe, &scene.campaign, began, &report)?;
        figures.unknown += u32::from(report.exit == Exit::Unknown);
        figures.settled += globe.person(&report);
        if report.exit == Exit::Done && is_done(scene, &globe).is_ok() {
            break;
        }
    }
    figures.creates += globe.linkedin().posts().len();
    is_done(scene, &globe).map(|()| call)
}

/// Every post is as it was written, and every first comment is there.
fn is_done(scene: &Scene, globe: &Globe) -> Result<(), String> {
    as_told(globe, &scene.campaign)?;
    lockfile_agrees(globe)?;
    let comments = globe.linkedin().comments().len();
    match comments == scene.comments {
        true => Ok(()),
        false => Err(format!("{comments} comments")),
    }
}

/// The calls to be hit: all of them, or the first of each kind.
fn chosen(calls: &[Call], all: bool) -> Vec<usize> {
    if all {
        return (0..calls.len()).collect();
    }
    let kinds: BTreeSet<Call> = calls.iter().copied().collect();
    let first = |kind| calls.iter().position(|call| *call == kind);
    kinds.into_iter().filter_map(first).collect()
}

fn enumerate(scene: &Scene, runners: usize, all: bool) -> Figures {
    let mut figures = Figures::default();
    let undisturbed = Rc::new(Script::default());
    undisturbed.run(&scene.fork(), runners);
    let calls = undisturbed.calls();
    for number in chosen(&calls, all) {
        let call = calls[number];
        for fault in Fault::EIGHT.iter().filter(|fault| fault.applies_to(call)) {
            match one(scene, (number, *fault, runners), &mut figures) {
                Ok(call) => *figures.cells.entry((call, *fault, runners)).or_default() += 1,
                Err(problem) => figures.problems.push(format!(
                    "{runners} runners, call {number} ({call:?}), {fault:?}: {problem}"
                )),
            }
        }
    }
    figures
}

/// Of each kind of call the first is hit; with `MERGECAST_SIMULATION=full` each single
/// one.
#[test]
fn every_call_meets_every_fault_with_one_two_and_three_runners() {
    let all = std::env::var("MERGECAST_SIMULATION").is_ok_and(|value| value == "full");
    let began = std::time::Instant::now();
    let mut figures = Figures::default();
    let found = std::thread::scope(|scope| {
        let threads = [1, 2, 3].map(|runners| {
            scope.spawn(move || {
                alone(|| {
                    let mut figures = enumerate(&Scene::busy(), runners, all);
                    figures.add(enumerate(&Scene::slow(), runners, all));
                    figures
                })
            })
        });
        threads.map(|thread| thread.join().unwrap())
    });
    found.into_iter().for_each(|found| figures.add(found));
    let problems = &figures.problems;
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let mut cells = 0;
    for call in Call::OF_A_PASS {
        for fault in Fault::EIGHT.iter().filter(|fault| fault.applies_to(*call)) {
            for runners in 1..=3 {
                let cell = (*call, *fault, runners);
                assert!(figures.cells.contains_key(&cell), "{cell:?} was never met");
                cells += 1;
            }
        }
    }
    println!(
        "{} runs, {} passes, {cells} of {cells} cells met ({} calls × 8 faults × 3, where they \
         apply); {} posts created, 0 twice, 0 lost; {} runs ended unknown, {} settled by a \
         person; {:?}",
        figures.runs,
        figures.passes,
        Call::OF_A_PASS.len(),
        figures.creates,
        figures.unknown,
        figures.settled,
        began.elapsed(),
    );
}

/// Runs `work` where everything that is done in parallel is done by this very thread.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.unwrap().install(work)
}
