//! Processes that start at the same moment on one remote.

use std::path::{Path, PathBuf};
use std::process::Child;

use crate::full;
use crate::place::{Place, Ran, text_of};

const PROCESSES: usize = 6;

/// Starts one run in each of `seats` at once: one of them publishes `key`.
fn one_publishes(place: &Place, seats: &[&PathBuf; PROCESSES], key: &str) {
    let start = |clone: &&PathBuf| {
        let mut command = place.command(clone, &["apply", "--format", "json"]);
        command.spawn().unwrap()
    };
    let running: Vec<Child> = seats.iter().map(start).collect();
    let finished = running.into_iter().map(|child| child.wait_with_output());
    let ran: Vec<Ran> = finished.map(|output| Ran::of(output.unwrap())).collect();
    for run in &ran {
        assert!([0, 75].contains(&run.code), "{key}: {run:?}");
    }
    let winners = ran.iter().filter(|run| run.with("published") == [key]);
    assert_eq!(winners.count(), 1, "{key}: {ran:?}");
    assert_eq!(place.posts()[key].len(), 1, "{key}");
}

/// After all rounds: a post and a request for each, and nothing left to do.
fn is_over(place: &Place, rounds: usize, clone: &Path) {
    assert_eq!(place.posts().len(), rounds);
    assert_eq!(place.creates_received(), rounds, "one request a post");
    let after = place.apply(clone);
    assert_eq!(
        (after.code, after.with("published").len()),
        (0, 0),
        "{after:?}"
    );
}

#[test]
fn of_six_processes_one_creates() {
    let rounds = if full() { 100 } else { 10 };
    let place = Place::new();
    // Two runs share a clone, two a shallow one of a single branch; two have their own.
    let shared = place.clone("shared", &[]);
    let shallow = place.clone("shallow", &["--depth", "1", "--single-branch"]);
    let own = ["one", "two"].map(|name| place.clone(name, &[]));
    let seats = [&shared, &shared, &shallow, &shallow, &own[0], &own[1]];
    for round in 0..rounds {
        let key = format!("round-{round}");
        place.merge(&key);
        one_publishes(&place, &seats, &key);
    }
    is_over(&place, rounds, &shared);
    println!(
        "race: {rounds} rounds x {PROCESSES} processes, {} create requests, {} posts, 0 twice",
        place.creates_received(),
        place.posts().len()
    );
}

#[test]
fn of_six_processes_without_a_remote_one_creates() {
    let rounds = if full() { 20 } else { 3 };
    let place = Place::new();
    let clone = place.clone("only", &[]);
    place.git(&clone, &["remote", "remove", "origin"]);
    place.init(&clone);
    for round in 0..rounds {
        let key = format!("round-{round}");
        place.merge_in(&clone, &key);
        one_publishes(&place, &[&clone; PROCESSES], &key);
    }
    is_over(&place, rounds, &clone);
    println!(
        "race: {rounds} rounds x {PROCESSES} processes in one clone without a remote, 0 twice"
    );
}

#[test]
fn of_six_processes_without_git_one_creates() {
    let rounds = if full() { 20 } else { 3 };
    let place = Place::new();
    let folder = place.folder();
    for round in 0..rounds {
        let key = format!("round-{round}");
        std::fs::write(folder.join(format!("posts/{key}.md")), text_of(&key)).unwrap();
        one_publishes(&place, &[&folder; PROCESSES], &key);
    }
    is_over(&place, rounds, &folder);
    println!("race: {rounds} rounds x {PROCESSES} processes in one folder without git, 0 twice");
}

#[test]
fn posts_cost_one_push_each_and_one_more() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    let count = place.note("pushes");
    place.hook("update", &format!("echo \"$1\" >> {}", count.display()));
    for number in 0..5 {
        place.merge(&format!("post-{number}"));
    }
    let ran = place.apply(&clone);
    assert_eq!((ran.code, ran.with("published").len()), (0, 5), "{ran:?}");
    let pushes = std::fs::read_to_string(&count).unwrap();
    let to = |branch: &str| pushes.lines().filter(|name| *name == branch).count();
    assert_eq!(to("refs/heads/mergecast/state"), 6, "{pushes}");
    assert_eq!(to("refs/heads/main"), 1, "{pushes}");
    // Nothing to do, nothing pushed.
    assert_eq!(place.apply(&clone).code, 0);
    assert_eq!(std::fs::read_to_string(&count).unwrap(), pushes);
    println!("pushes: 5 posts, 6 to the ledger, 1 to the published branch");
}
