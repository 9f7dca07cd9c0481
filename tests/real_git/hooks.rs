//! Remotes that refuse, take their time, or die while a push is under way.

use crate::full;
use crate::place::{Place, Ran};

/// A remote whose first `count` pushes to the ledger meet with `mishap`.
fn first_pushes(place: &Place, count: u32, mishap: &str) {
    let tally = place.note("tally");
    let script = format!(
        "[ \"$1\" = \"$ledger\" ] || exit 0\necho x >> {tally}\n\
         [ \"$(wc -l < {tally})\" -le {count} ] || exit 0\n{mishap}",
        tally = tally.display()
    );
    place.hook("update", &script);
}

fn pushes_to_the_ledger(place: &Place) -> usize {
    let tally = std::fs::read_to_string(place.note("tally"));
    tally.unwrap_or_default().lines().count()
}

fn published(place: &Place, ran: &Ran) {
    assert_eq!(
        (ran.code, ran.with("published")),
        (0, vec!["a".to_owned()]),
        "{ran:?}"
    );
    assert_eq!(place.posts()["a"].len(), 1);
    assert_eq!(place.creates_received(), 1);
}

#[test]
fn a_push_refused_for_a_while_is_pushed_again() {
    for refused in [1, 2] {
        let place = Place::new();
        let clone = place.clone("one", &[]);
        place.merge("a");
        first_pushes(
            &place,
            refused,
            "echo 'fatal error in commit_refs' >&2; exit 1",
        );
        published(&place, &place.apply(&clone));
        assert_eq!(pushes_to_the_ledger(&place) as u32, refused + 2);
    }
}

#[test]
fn a_push_refused_for_ever_sends_nothing_and_says_so() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    first_pushes(
        &place,
        u32::MAX,
        "echo 'GH013: Repository rule violations' >&2; exit 1",
    );
    let ran = place.apply(&clone);
    assert_eq!(ran.code, 77, "{ran:?}");
    assert_eq!(
        (place.creates_received(), pushes_to_the_ledger(&place)),
        (0, 3)
    );
    let error = &ran.report["results"][0]["error"];
    assert_eq!(error["code"], "ledger-refused", "{ran:?}");
    assert!(
        error["message"].as_str().unwrap().contains("GH013"),
        "{ran:?}"
    );
    std::fs::remove_file(place.remote().join("hooks/update")).unwrap();
    published(&place, &place.apply(&clone));
}

/// A run whose declaration is taken, and then nothing more: the post, and its clone.
fn result_not_pushed(place: &Place) -> (String, std::path::PathBuf) {
    let clone = place.clone("one", &[]);
    place.merge("a");
    let tally = place.note("tally");
    let script = format!(
        "[ \"$1\" = \"$ledger\" ] || exit 0\necho x >> {tally}\n[ \"$(wc -l < {tally})\" -le 1 ]",
        tally = tally.display()
    );
    let hook = place.hook("update", &script);
    let ran = place.apply(&clone);
    let urn = place.posts()["a"][0].clone();
    assert_ne!(ran.code, 0, "{ran:?}");
    let everything = format!("{} {}", ran.report, ran.words);
    let command = format!("resolve a --published {urn}");
    assert!(everything.contains(&command), "{command}: {everything}");
    std::fs::remove_file(hook).unwrap();
    (urn, clone)
}

#[test]
fn a_result_that_cannot_be_pushed_is_not_sent_again_by_another_machine() {
    let place = Place::new();
    let (urn, _) = result_not_pushed(&place);
    let other = place.clone("other", &[]);
    for _ in 0..2 {
        let ran = place.apply(&other);
        assert_eq!(ran.code, 75, "still young: {ran:?}");
    }
    place.let_pass(chrono::TimeDelta::minutes(20));
    let ran = place.apply(&other);
    assert_eq!((ran.code, ran.with("unknown")), (76, vec!["a".to_owned()]));
    place.resolve(&other, &["a", "--published", &urn]);
    assert_eq!(place.apply(&other).code, 0);
    assert_eq!(
        (place.creates_received(), place.recorded()),
        (1, place.posts())
    );
}

#[test]
fn a_result_that_cannot_be_pushed_is_remembered_by_the_machine() {
    let place = Place::new();
    let (_, clone) = result_not_pushed(&place);
    let ran = place.apply(&clone);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        (place.creates_received(), place.recorded()),
        (1, place.posts())
    );
}

#[test]
fn a_remote_that_dies_before_or_after_it_moved_the_branch() {
    // The parent of a hook is the remote's receive-pack.
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    first_pushes(&place, 1, "kill -9 $PPID");
    published(&place, &place.apply(&clone));

    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    // The branch has moved, and the pusher never hears of it; twice.
    let tally = place.note("dead");
    let script = format!(
        "echo x >> {tally}\n[ \"$(wc -l < {tally})\" -le 2 ] && kill -9 $PPID",
        tally = tally.display()
    );
    place.hook("post-receive", &script);
    published(&place, &place.apply(&clone));
    assert!(tally.exists());
}

#[test]
fn a_lock_the_remote_left_behind_sends_nothing_and_is_named() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    // Killed while it held the branch.
    let lock = place.remote().join("refs/heads/mergecast/state.lock");
    std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
    std::fs::write(&lock, "").unwrap();
    let ran = place.apply(&clone);
    assert_eq!((ran.code, place.creates_received()), (77, 0), "{ran:?}");
    std::fs::remove_file(lock).unwrap();
    published(&place, &place.apply(&clone));
}

#[test]
fn a_slow_remote_is_waited_for_but_not_for_too_long() {
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    first_pushes(&place, 1, "sleep 1");
    published(&place, &place.apply(&clone));
    if !full() {
        return;
    }
    // A declaration that took 16 s is taken back: its time to send is over.
    let place = Place::new();
    let clone = place.clone("one", &[]);
    place.merge("a");
    first_pushes(&place, 1, "sleep 16");
    let ran = place.apply(&clone);
    assert_eq!((ran.code, place.creates_received()), (69, 0), "{ran:?}");
    published(&place, &place.apply(&clone));
}
