//! `kill -9` at any moment, and runs after it until everything is told.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use crate::full;
use crate::place::{Place, Ran, can_detach};

/// Kills before everything is settled.
const KILLS: u64 = 20;

/// The numbers of one seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

#[derive(Debug, Default)]
struct Figures {
    kills: u64,
    finished_first: u64,
    posts: usize,
    tried_again: usize,
    was_published: usize,
    was_not_published: usize,
    locks_left: usize,
}

#[test]
fn killed_at_any_moment_each_post_is_there_once() {
    let campaigns = if full() { 15 } else { 1 };
    let mut figures = Figures::default();
    for seed in 0..campaigns {
        campaign(seed, &mut figures);
    }
    println!(
        "kills: {} of {} runs killed (the others were faster), {} posts, 0 twice; {} posts took \
         more than one attempt; a person was asked about {}: {} were published and {} were not; \
         {} lock files left",
        figures.kills,
        figures.kills + figures.finished_first,
        figures.posts,
        figures.tried_again,
        figures.was_published + figures.was_not_published,
        figures.was_published,
        figures.was_not_published,
        figures.locks_left
    );
}

fn campaign(seed: u64, figures: &mut Figures) {
    let mut numbers = Numbers(seed);
    let place = Place::new();
    // A machine that remembers, and a job whose machine is gone with it.
    let clones = [
        place.clone("machine", &[]),
        place.clone("job", &["--depth", "1", "--single-branch"]),
    ];
    let length = length_of_a_run(&place, &clones[0]);
    for kill in 0..KILLS {
        place.merge(&format!("post-{kill}"));
        slow_down_a_create(&place, &mut numbers);
        let clone = &clones[usize::try_from(numbers.below(2)).unwrap()];
        let longest = if numbers.below(4) == 0 { 200 } else { length };
        let moment = Duration::from_micros(numbers.below(longest * 1000));
        let mut run = place.command(clone, &["apply", "--format", "json"]);
        let mut child = run.process_group(0).spawn().unwrap();
        std::thread::sleep(moment);
        if child.try_wait().unwrap().is_some() {
            figures.finished_first += 1;
            assert_is_fine(&Ran::of(child.wait_with_output().unwrap()), seed);
        } else {
            kill_hard(&mut child, can_detach() && numbers.below(2) == 0);
            figures.kills += 1;
        }
        let _ = std::fs::remove_dir_all(clones[1].join(".git/mergecast"));
        place.assert_never_twice();
    }
    settle(&place, &clones, seed, figures);
}

/// The milliseconds of one run that publishes a post.
fn length_of_a_run(place: &Place, clone: &Path) -> u64 {
    place.merge("first");
    let began = Instant::now();
    let ran = place.apply(clone);
    assert_eq!(ran.code, 0, "{ran:?}");
    u64::try_from(began.elapsed().as_millis()).unwrap()
}

/// The moments around a create request are the interesting ones: one takes longer.
fn slow_down_a_create(place: &Place, numbers: &mut Numbers) {
    let when = ["before", "after"][usize::try_from(numbers.below(2)).unwrap()];
    let rules = format!(
        "[{{\"method\":\"POST\",\"path\":\"/rest/posts\",\"when\":\"{when}\",\
         \"what\":{{\"delay_ms\":100}}}}]"
    );
    place.post("/__sandbox/faults", &rules);
}

/// Ends the run alone, as a full memory does, or with all it started, as a machine that
/// loses its power does.
fn kill_hard(child: &mut Child, whole_group: bool) {
    if whole_group {
        let script = format!("kill -s KILL -- -{}", child.id());
        let killed = Command::new("sh").args(["-c", &script]).status().unwrap();
        assert!(killed.success());
    } else {
        child.kill().unwrap();
    }
    child.wait().unwrap();
}

/// Done, held by a declaration that is still young, or unknown: never blocked.
fn assert_is_fine(ran: &Ran, seed: u64) {
    assert!([0, 75, 76].contains(&ran.code), "seed {seed}: {ran:?}");
}

/// Runs until nothing is left to tell; a person answers what is unknown by looking.
fn settle(place: &Place, clones: &[PathBuf; 2], seed: u64, figures: &mut Figures) {
    // What is still on its way arrives.
    std::thread::sleep(Duration::from_millis(300));
    assert_is_fine(&place.apply(&clones[0]), seed);
    place.let_pass(TimeDelta::minutes(20));
    let ran = place.apply(&clones[1]);
    assert_is_fine(&ran, seed);
    // A doubt that was recorded just now is no older for it: its grace passes as well.
    place.let_pass(TimeDelta::minutes(20));
    let truth = place.posts();
    let unknown = ran.with("unknown");
    for key in unknown {
        if let Some(urns) = truth.get(&key) {
            figures.was_published += 1;
            place.resolve(&clones[0], &[&key, "--published", &urns[0]]);
        } else {
            figures.was_not_published += 1;
            place.resolve(&clones[1], &[&key, "--not-published"]);
        }
    }
    for clone in clones {
        let ran = place.apply(clone);
        assert_eq!(ran.code, 0, "seed {seed}: {ran:?}");
    }
    place.assert_never_twice();
    let truth = place.posts();
    assert_eq!(truth.len() as u64, KILLS + 1, "seed {seed}");
    assert_eq!(place.recorded(), truth, "seed {seed}");
    figures.posts += truth.len();
    figures.tried_again += place.tried_again();
    figures.locks_left += clones.iter().map(|clone| locks_below(clone)).sum::<usize>();
}

/// Lock files of git. The journal's is kept on purpose.
fn locks_below(folder: &Path) -> usize {
    if folder.ends_with(".git/mergecast") {
        return 0;
    }
    let items = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    items
        .map(|item| match item.path() {
            path if item.file_type().unwrap().is_dir() => locks_below(&path),
            path => usize::from(path.extension().is_some_and(|end| end == "lock")),
        })
        .sum()
}
