//! How long after its time a post's create request arrives.
//!
//! `cargo bench --bench punctuality` runs the watcher against a git remote whose pushes take
//! 800 ms and a LinkedIn whose connections take 100 ms, with 200 posts due at chosen
//! seconds, every fourth with an image and some with a video that LinkedIn processes for
//! twenty seconds; the second half while every core is busy. Then ten posts fall due in one
//! second. It takes about half an hour. Run as a test it is a small round that only
//! shows that it works.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures real time in real processes"
)]

#[path = "../tests/watching/place.rs"]
#[allow(dead_code, reason = "shared with tests/watching")]
mod place;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DurationRound as _, TimeDelta};
use mergecast::model::Instant;
use place::{Place, mp4, now, png, until};

const CONNECT: Duration = Duration::from_millis(100);
/// Posts due in one second at the end.
const TOGETHER: usize = 10;

/// One post that is to go out.
struct Planned {
    due: Instant,
    kind: &'static str,
    busy: bool,
}

fn kind(number: usize) -> &'static str {
    match number {
        n if n % 20 == 7 => "video",
        n if n % 4 == 1 => "image",
        _ => "text",
    }
}

/// Writes all posts: `count` of them six to twelve seconds apart, then ten at once.
fn write(place: &Place, count: usize, first: Instant) -> BTreeMap<String, Planned> {
    let mut planned = BTreeMap::new();
    let mut due = first;
    let mut state = 7_u64;
    let mut add = |number: usize, due: Instant, kind, busy| {
        let key = format!("n{number:04}");
        let author = if number.is_multiple_of(3) {
            "jane"
        } else {
            "acme"
        };
        let file = match kind {
            "video" => Some((format!("{key}.mp4"), mp4(80_000 + number))),
            "image" => Some((
                format!("{key}.png"),
                png(10 + u32::try_from(number).unwrap()),
            )),
            _ => None,
        };
        let mut keys = format!("author: {author}\n");
        if let Some((name, bytes)) = file {
            place.write(&format!("posts/{name}"), &bytes);
            keys.push_str(&format!(
                "media: [{{ path: {name}, alt: \"what it shows\", title: Talk }}]\n"
            ));
        }
        place.post(&key, due, &keys, &format!("post {key}."));
        planned.insert(format!("post {key}."), Planned { due, kind, busy });
    };
    for number in 0..count {
        add(number, due, kind(number), number >= count / 2);
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        due += TimeDelta::seconds(6 + i64::try_from((state >> 33) % 7).unwrap());
    }
    due += TimeDelta::seconds(20);
    for number in count..count + TOGETHER {
        add(number, due, "together", false);
    }
    planned
}

fn percentile(sorted: &[i64], of: usize) -> i64 {
    let at = (sorted.len() * of).div_ceil(100).max(1) - 1;
    sorted[at]
}

fn show(name: &str, mut late: Vec<i64>) {
    late.sort_unstable();
    if late.is_empty() {
        return;
    }
    println!(
        "{name:28} {:4} posts: p50 {:6.1} ms, p99 {:6.1} ms, max {:6.1} ms",
        late.len(),
        percentile(&late, 50) as f64 / 1000.0,
        percentile(&late, 99) as f64 / 1000.0,
        late[late.len() - 1] as f64 / 1000.0,
    );
}

/// Keeps every core busy from `from` on, until the flag is set.
fn make_busy(from: Instant, done: &Arc<AtomicBool>) {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    for _ in 0..cores {
        let done = Arc::clone(done);
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                if now() < from {
                    std::thread::sleep(Duration::from_millis(200));
                } else {
                    std::hint::black_box((0..100_000_u64).fold(0, u64::wrapping_add));
                }
            }
        });
    }
}

fn main() {
    let large = std::env::args().any(|argument| argument == "--bench");
    let usual = if large { 200 } else { 4 };
    let count =
        std::env::var("MERGECAST_BENCH_POSTS").map_or(usual, |posts| posts.parse().unwrap());
    let place = Place::new(CONNECT, "");
    place.settings(if large {
        r#"{"media_processing_ms": 20000}"#
    } else {
        r#"{"media_processing_ms": 1000}"#
    });
    let head_start = TimeDelta::seconds(if large { 60 } else { 12 });
    let first = (now() + head_start)
        .duration_trunc(TimeDelta::seconds(1))
        .unwrap();
    let planned = write(&place, count, first);
    place.merge("posts");
    place.clone("watcher", "remote.git");
    place.slow_pushes("0.8");
    let done = Arc::new(AtomicBool::new(false));
    let busy_from = planned
        .values()
        .filter(|post| post.busy)
        .map(|post| post.due)
        .min();
    if large {
        make_busy(busy_from.unwrap() - TimeDelta::seconds(5), &done);
    }
    let watcher = place.watch("watcher");
    let last = planned.values().map(|post| post.due).max().unwrap();
    let wait = (last - now()).to_std().unwrap_or_default() + Duration::from_secs(120);
    let arrived = || place.creates().len() >= planned.len();
    let pause = (last - now()).to_std().unwrap_or_default();
    std::thread::sleep(pause);
    until(wait, arrived, || watcher.said());
    done.store(true, Ordering::Relaxed);
    tell(&place, &planned);
}

fn tell(place: &Place, planned: &BTreeMap<String, Planned>) {
    let mut late: Vec<(&Planned, i64)> = Vec::new();
    let mut seen = BTreeMap::new();
    for (at, body) in place.creates() {
        let (text, post) = planned
            .iter()
            .find(|(text, _)| body.contains(text.as_str()))
            .unwrap();
        assert!(seen.insert(text, at).is_none(), "{text} was sent twice");
        assert!(at >= post.due, "{text} was sent early, at {at}");
        late.push((post, (at - post.due).num_microseconds().unwrap()));
    }
    assert_eq!(place.posts().len(), planned.len());
    let some = |wanted: &dyn Fn(&Planned) -> bool| -> Vec<i64> {
        let some = late.iter().filter(|(post, _)| wanted(post));
        some.map(|(_, late)| *late).collect()
    };
    let alone = |post: &Planned| post.kind != "together";
    show("all", some(&alone));
    for kind in ["text", "image", "video"] {
        show(kind, some(&|post| post.kind == kind));
    }
    show("machine as it is", some(&|post| alone(post) && !post.busy));
    show(
        "every core busy besides",
        some(&|post| alone(post) && post.busy),
    );
    let mut together = some(&|post| post.kind == "together");
    together.sort_unstable();
    let seconds: Vec<String> = together
        .iter()
        .map(|late| format!("{:.2}", *late as f64 / 1e6))
        .collect();
    println!("{TOGETHER} in one second: {} s", seconds.join(", "));
}
