//! How long `check` and `plan` take for a large repository, beside `cat` of the same files.
//!
//! `cargo bench --bench content` makes 10,000 posts of about 1.5 KB and 500 images of 64×64
//! pixels in a temporary folder and runs each command several times in turn; what is
//! printed are ratios of medians, and peak memory. Another number of posts:
//! `MERGECAST_BENCH_POSTS`. Run as a test (`cargo test --bench content`) it is a small
//! round that only shows that it works.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures real time in real processes"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Rounds of all commands in turn.
const ROUNDS: usize = 7;
const AT: &str = "2031-01-01T00:00:00Z";

/// SplitMix64 (Steele, Lea, Flood 2014): the same content in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}

const WORDS: &[&str] = &[
    "build",
    "cache",
    "release",
    "team",
    "Grüße",
    "editor",
    "review",
    "merge",
    "deploy",
    "metric",
    "latency",
    "customer",
    "question",
    "answer",
    "Berlin",
    "open",
    "source",
    "weekend",
    "pipeline",
    "schema",
    "queue",
    "retry",
    "coffee",
    "roadmap",
    "feedback",
    "design",
    "(draft)",
    "snake_case",
    "test",
    "staging",
    "rollout",
    "incident",
    "learning",
    "community",
    "talk",
    "slides",
    "guide",
];

fn sentence(numbers: &mut Numbers) -> String {
    let count = 8 + numbers.below(9);
    let words: Vec<&str> = (0..count)
        .map(|_| WORDS[numbers.below(WORDS.len())])
        .collect();
    format!("{}.", words.join(" "))
}

/// About 1.5 KB of what people write: paragraphs, a list, a link, emoji, hashtags.
fn post(number: usize, image: Option<&str>, numbers: &mut Numbers) -> String {
    let paragraph = |numbers: &mut Numbers| {
        let sentences: Vec<String> = (0..3).map(|_| sentence(numbers)).collect();
        sentences.join(" ")
    };
    let minutes = number * 47;
    let day = minutes / (24 * 60);
    let date = chrono::NaiveDate::from_ymd_opt(2031, 1, 2).unwrap()
        + chrono::Days::new(u64::try_from(day).unwrap());
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    let author = if number.is_multiple_of(3) {
        "jane"
    } else {
        "acme"
    };
    let media = image.map_or(String::new(), |path| {
        format!("media:\n  - {{ path: /{path}, alt: \"chart {number}\" }}\n")
    });
    format!(
        "---\nid: post-{number}\nauthor: {author}\nscheduled_at: {date}T{hour:02}:{minute:02}:00Z\n{media}---\n\
         Number {number}: {}\n\n{}\n\n{}\n\n- {}\n- {}\n- {}\n\nMore in [the notes](https://example.org/notes/{number}?a=1&b=(2)), thanks @[Tidewrench](urn:li:organization:7) 🎉\n\n{}\n\n#releases #open{number} #ci\n",
        sentence(numbers),
        paragraph(numbers),
        paragraph(numbers),
        sentence(numbers),
        sentence(numbers),
        sentence(numbers),
        paragraph(numbers),
    )
}

/// A PNG of 64 by 64 pixels of noise: about 12 KB, as different as photographs are.
fn png(numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0\0\0\0\0".to_vec();
    let noise: Vec<u8> = (0..64 * 64 * 3).map(|_| numbers.below(256) as u8).collect();
    bytes.extend(u32::try_from(noise.len()).unwrap().to_be_bytes());
    bytes.extend(b"IDAT");
    bytes.extend(noise);
    bytes.extend(b"\0\0\0\0\0\0\0\0IEND\xaeB`\x82");
    bytes
}

fn generate(root: &Path, posts: usize, images: usize) -> (usize, u64) {
    let mut numbers = Numbers(7);
    let mut size = 0;
    let mut write = |path: &str, bytes: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        size += bytes.len() as u64;
    };
    write(
        "mergecast.yaml",
        b"version: 1\ntimezone: Europe/Berlin\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\n  jane: { urn: \"urn:li:person:AbC_12-x\" }\ndefault_author: acme\n",
    );
    for number in 0..images {
        write(&format!("images/{number}.png"), &png(&mut numbers));
    }
    for number in 0..posts {
        let image = (number % (posts / images) == 0)
            .then(|| format!("images/{}.png", number / (posts / images)));
        let text = post(number, image.as_deref(), &mut numbers);
        write(
            &format!("posts/{:03}/{number:05}.md", number / 100),
            text.as_bytes(),
        );
    }
    (posts + images + 1, size)
}

struct Measured {
    name: &'static str,
    times: Vec<Duration>,
    /// Peak resident memory, in KiB, where the system tells.
    peak: u64,
}

/// Runs a command to its end; how long it took, and the most memory it had.
fn run(command: &mut Command) -> (Duration, u64) {
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let watcher = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(line) = line else { break };
            let size = line.trim().trim_end_matches(" kB").parse().unwrap_or(0);
            peak = size.max(peak);
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    let ended = child.wait().unwrap();
    let took = began.elapsed();
    assert!(ended.success(), "{command:?}: {ended}");
    (took, watcher.join().unwrap())
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

/// How many posts: as asked, else many in a benchmark and few in a test.
fn posts() -> usize {
    let large = std::env::args().any(|argument| argument == "--bench");
    let usual = if large { 10_000 } else { 200 };
    std::env::var("MERGECAST_BENCH_POSTS").map_or(usual, |posts| posts.parse().unwrap())
}

/// The commands to compare, `cat` of all files first. `list` names every file.
fn commands(root: &Path, list: &Path) -> Vec<(&'static str, Command)> {
    let mut cat = Command::new("xargs");
    cat.args(["-0", "-a", list.to_str().unwrap(), "cat"]);
    let mergecast = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mergecast"));
        command.current_dir(root).args(arguments);
        command
    };
    vec![
        ("cat", cat),
        ("check", mergecast(&["check"])),
        ("plan", mergecast(&["plan", "--at", AT])),
        (
            "check --format json",
            mergecast(&["check", "--format", "json"]),
        ),
        (
            "plan --format json",
            mergecast(&["plan", "--at", AT, "--format", "json"]),
        ),
    ]
}

/// Runs all commands in turn, again and again: what slows the machine slows them all.
fn measure(mut commands: Vec<(&'static str, Command)>) -> Vec<Measured> {
    let mut measured: Vec<Measured> = Vec::new();
    for round in 0..=ROUNDS {
        for (index, (name, command)) in commands.iter_mut().enumerate() {
            let (took, peak) = run(command);
            match round {
                // The first round warms the file cache.
                0 => measured.push(Measured {
                    name,
                    times: Vec::new(),
                    peak,
                }),
                _ => measured[index].times.push(took),
            }
            measured[index].peak = peak.max(measured[index].peak);
        }
    }
    measured
}

fn main() {
    let posts = posts();
    let images = (posts / 20).max(1);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("content");
    let (files, bytes) = generate(&root, posts, images);
    println!(
        "{posts} posts, {images} images: {files} files, {:.1} MB",
        bytes as f64 / 1e6
    );
    let mut names = Vec::new();
    collect(&root, &mut names);
    let list = folder.path().join("list");
    fs::write(&list, names.join("\0")).unwrap();
    let measured = measure(commands(&root, &list));
    let cat = median(&measured[0].times);
    println!("{:<22} {:>9} {:>9} {:>9}", "", "median", "of cat", "peak");
    for one in &measured {
        let took = median(&one.times);
        println!(
            "{:<22} {:>6.1} ms {:>8.2}x {:>6.1} MB",
            one.name,
            took.as_secs_f64() * 1e3,
            took.as_secs_f64() / cat.as_secs_f64(),
            one.peak as f64 / 1024.0,
        );
    }
}

fn collect(folder: &Path, names: &mut Vec<String>) {
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            collect(&path, names);
        } else {
            names.push(path.to_str().unwrap().to_owned());
        }
    }
}
