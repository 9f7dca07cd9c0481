//! What people do to files, before and after a post is out.

use chrono::TimeDelta;
use mergecast::record::State;
use mergecast::report::results::Outcome;
use mergecast::sandbox::{Fault, When};

use crate::place::{Place, told};
use crate::steps::{Task, advance};

fn one_post() -> Place {
    let place = Place::new("{}");
    place.post("hello", "", "Hello");
    place
}

/// Merged after the plan was made, at any step. What comes after the last look at the
/// content and before the declaration has landed, two steps, is too late.
#[test]
fn a_post_taken_back_before_its_declaration_is_not_sent() {
    type Change = fn(&Place);
    let changes: [(&str, Change); 4] = [
        ("removed", |place| place.write("posts/hello.md", None)),
        ("a draft", |place| {
            place.post("hello", "draft: true\n", "Hello");
        }),
        ("paused", |place| place.settings("{ paused: true }")),
        ("postponed", |place| {
            let next_month = place.now() + TimeDelta::days(30);
            place.post_at("hello", next_month, "Hello");
        }),
    ];
    let (_, steps) = one_post().pass_until(None).unwrap();
    for (what, change) in changes {
        let mut sent = Vec::new();
        for merged_after in 0..steps {
            let place = one_post();
            let world = place.world();
            let mut task: Task<'_, _> = Box::pin(Place::pass_over(&world));
            for _ in 0..merged_after {
                assert!(advance(&mut task).is_none());
            }
            if place.entry("hello").is_some() {
                break;
            }
            change(&place);
            // What was read of the content is older than the few seconds it may be.
            place.later(10);
            while advance(&mut task).is_none() {}
            sent.push(place.creates() > 0);
        }
        let kept = sent.iter().take_while(|sent| !**sent).count();
        assert!(kept >= 6 && sent.len() - kept <= 2, "{what}: {sent:?}");
    }
}

/// Twelve words that no other number shares.
fn unlike(number: usize) -> String {
    let letters = b"bdfgklmnprstvz";
    let word = |at: usize| -> String {
        let mut rest = (number * 12 + at) * 7919 + 13;
        let mut word = String::new();
        for _ in 0..8 {
            word.push(char::from(letters[rest % letters.len()]));
            word.push('a');
            rest = rest / 3 + (number * 12 + at) * 31;
        }
        word
    };
    (0..12).map(word).collect::<Vec<_>>().join(" ")
}

/// Touches one published file; no two neighbours in the same way.
fn touch(place: &Place, number: usize) {
    let old = format!("posts/p{number:02}.md");
    let new = format!("posts/2026/q{number:02}.md");
    let text = unlike(number);
    let head = format!("scheduled_at: on-merge\nlabels: [a]\nid: k{number}");
    let (renamed, file) = match number % 4 {
        0 => (true, format!("---\n{head}\n---\n{text}\n")),
        // Other spaces and line ends.
        1 => (
            false,
            format!("---\n{head}  \n---\n\n\n{text}\n\n").replace('\n', "\r\n"),
        ),
        // Another order, and a label more.
        2 => (
            false,
            format!("---\nid: k{number}\nlabels: [a, b]\nscheduled_at: on-merge\n---\n{text}\n"),
        ),
        // Its `id` is gone too: it is known by its text.
        _ => (true, format!("---\nscheduled_at: on-merge\n---\n{text}\n")),
    };
    if renamed {
        place.write(&old, None);
    }
    place.write(if renamed { &new } else { &old }, Some(&file));
}

/// A hundred published files are renamed, reordered and reformatted in one push.
#[test]
fn a_push_that_touches_a_hundred_published_files_creates_nothing() {
    let place = Place::new("{ max_per_run: 100 }");
    for number in 0..100 {
        let keys = format!("labels: [a]\nid: k{number}\n");
        place.post(&format!("p{number:02}"), &keys, &unlike(number));
    }
    assert_eq!(place.pass().exit.code(), 0);
    assert_eq!(place.creates(), 100);
    place.later(86_400);
    for number in 0..100 {
        touch(&place, number);
    }
    for _ in 0..3 {
        let report = place.pass();
        assert_eq!(report.exit.code(), 0);
        for result in &report.results {
            let fine = matches!(result.outcome, Outcome::None | Outcome::Moved);
            assert!(fine, "{}: {:?}", result.item.key, result.outcome);
        }
        place.later(3600);
    }
    assert_eq!((place.posts().len(), place.creates()), (100, 100));
}

/// A squash or a rebase gives every commit another name, and the run is run again.
#[test]
fn rewritten_history_and_runs_run_again_create_nothing() {
    let place = one_post();
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Published, 0));
    for number in 0..3 {
        // The same files under new commits, and once without the tool's own commit.
        let lockfile = place.lockfile();
        place.write("mergecast.lock", None);
        place.write("posts/hello.md", None);
        place.post("hello", "", "Hello");
        if number == 1 {
            let text = lockfile.map(|bytes| String::from_utf8(bytes).unwrap());
            place.write("mergecast.lock", text.as_deref());
        }
        assert_eq!(told(&place.pass(), "hello"), (Outcome::None, 0));
        place.later(3600);
    }
    assert_eq!((place.posts().len(), place.creates()), (1, 1));
}

/// A date that is moved is the one that counts, in whatever state the post is.
#[test]
fn the_newest_date_is_the_one_that_counts() {
    let place = Place::new("{}");
    let now = place.now();
    let (past, future) = (now - TimeDelta::hours(1), now + TimeDelta::hours(2));
    place.post_at("hello", future, "Hello");
    assert_eq!(told(&place.pass(), "hello"), (Outcome::None, 0));
    place.post_at("hello", past, "Hello");
    place.fault_create(1, When::Before, Fault::Status(429));
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Held, 75));
    // It is parked, and is postponed meanwhile.
    place.later(86_400);
    let tomorrow = place.now() + TimeDelta::hours(24);
    place.post_at("hello", tomorrow, "Hello");
    assert_eq!(told(&place.pass(), "hello"), (Outcome::None, 0));
    assert_eq!(place.posts().len(), 0);
    place.clock.forward_to(tomorrow);
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Published, 0));
    // And brought forward, put off (which sends nothing) and brought forward again when it is
    // out.
    let put_off = tomorrow + TimeDelta::hours(5);
    for time in [past, put_off, past] {
        place.post_at("hello", time, "Hello");
        let expected = match time == put_off {
            true => (Outcome::Held, 75),
            false => (Outcome::None, 0),
        };
        assert_eq!(told(&place.pass(), "hello"), expected);
        place.later(6 * 3600);
    }
    assert_eq!(place.posts().len(), 1);
}

/// The same merge is delivered twice, and the file is edited when it is out.
#[test]
fn the_same_event_twice_and_an_edit_create_nothing_more() {
    let place = one_post();
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Published, 0));
    assert_eq!(told(&place.pass(), "hello"), (Outcome::None, 0));
    place.post("hello", "", "Hello, edited");
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Updated, 0));
    assert_eq!(told(&place.pass(), "hello"), (Outcome::None, 0));
    assert_eq!((place.posts().len(), place.creates()), (1, 1));
    assert_eq!(place.posts()[0].raw, "Hello, edited");
}

/// A comment is never sent below a post that is not known to be there.
#[test]
fn no_first_comment_without_its_post() {
    for (when, what) in [
        (When::Before, Fault::Status(422)),
        (When::Before, Fault::Status(429)),
        (When::After, Fault::Drop),
        (When::Before, Fault::Status(500)),
    ] {
        let place = Place::new("{}");
        let keys = "author: jane\nfirst_comment: More below\n";
        place.post("hello", keys, "Hello");
        place.fault_create(1, when, what);
        for _ in 0..3 {
            place.pass();
            place.later(600);
        }
        let comments = place.linkedin().comments().len();
        assert_eq!((comments, place.creates()), (0, 1), "{what:?}");
        assert_ne!(place.entry("hello").unwrap().state, State::Published);
    }
}

/// LinkedIn says that the words are a copy of a post that is not ours.
#[test]
fn no_first_comment_below_somebody_elses_post() {
    let place = Place::new("{}");
    place.linkedin().settings.dup_window_s = 86_400;
    place.post("hello", "", "Hello");
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Published, 0));
    // Nobody here remembers it.
    place.outside.ledger.force(&None);
    place.write("mergecast.lock", None);
    place.later(3600);
    place.post("hello", "first_comment: More below\n", "Hello");
    for _ in 0..3 {
        assert_eq!(told(&place.pass(), "hello"), (Outcome::Failed, 1));
        place.later(600);
    }
    assert_eq!((place.posts().len(), place.creates()), (1, 2));
    assert_eq!(place.linkedin().comments().len(), 0);
}

/// LinkedIn takes the upload and cannot read it later: the post does not go out without it.
#[test]
fn media_that_fail_at_linkedin_keep_their_post_back() {
    let place = Place::new("{}");
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82";
    place.put("posts/a.png", png);
    place.post("hello", "media: [{ path: a.png, alt: a }]\n", "Hello");
    place.linkedin().settings.media_fail = true;
    for _ in 0..3 {
        assert_eq!(told(&place.pass(), "hello").0, Outcome::Failed);
        assert_eq!(place.creates(), 0);
        place.later(3600);
    }
    place.linkedin().settings.media_fail = false;
    assert_eq!(told(&place.pass(), "hello"), (Outcome::Published, 0));
    assert!(place.posts()[0].content.is_some());
}
