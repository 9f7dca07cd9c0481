//! A process that runs many passes does what a new process for each pass does.

use super::*;

type Happens = fn(&Bench);

fn dated(name: &str, time: &str, text: &str) -> (String, String) {
    let text = format!("---\nid: {name}\nscheduled_at: {time}\n---\n{text}\n");
    (format!("posts/{name}.md"), text)
}

fn put(bench: &Bench, name: &str, time: &str, text: &str) {
    let (path, text) = dated(name, time, text);
    bench.write(&path, text.as_bytes());
}

/// What happens between passes.
const STORY: &[(&str, Happens)] = &[
    ("nothing is there", |_| ()),
    ("two posts are merged", |bench| {
        bench.post("a", "", "The first");
        bench.post("b", "", "The second, at length");
    }),
    ("nothing happens", |_| ()),
    ("a post is merged ahead of its time", |bench| {
        put(bench, "c", "2026-09-03T08:30:00Z", "The third");
    }),
    ("its time comes", |bench| bench.later(1800)),
    ("a text is corrected", |bench| {
        bench.post("a", "", "The first one");
    }),
    ("a file is renamed", |bench| {
        bench.remove("posts/b.md");
        bench.post("renamed", "", "The second, at length");
    }),
    ("a file is archived", |bench| bench.remove("posts/c.md")),
    ("a copy of what was archived is merged", |bench| {
        bench.post("copy", "", "The third");
    }),
    ("it says something else", |bench| {
        bench.post("copy", "", "The fourth");
    }),
    ("a document is damaged", |bench| {
        bench.write(
            "posts/d.md",
            b"---\nsheduled_at: on-merge\n---\nThe fifth\n",
        );
    }),
    ("it is mended", |bench| bench.post("d", "", "The fifth")),
    ("an answer is lost", |bench| {
        bench.post("lost", "author: jane\n", "Of the member");
        bench.fault_create(When::After, Fault::Drop);
    }),
    ("LinkedIn is busy", |bench| {
        bench.post("busy", "author: jane\n", "Another of the member");
        bench.fault_create(When::Before, Fault::Status(429));
    }),
    ("a day goes by", |bench| bench.later(86_400)),
    ("the lockfile is taken away", |bench| bench.remove(LOCKFILE)),
    ("the lockfile is edited by hand", |bench| {
        let text = bench.content.branch.file(&lockfile()).unwrap();
        let text = String::from_utf8(text)
            .unwrap()
            .replace("published", "Published");
        bench.write(LOCKFILE, text.as_bytes());
    }),
    ("an author gets another name", |bench| {
        let text = format!("{}publish: {{}}\n", CONFIG.replace("  jane:", "  joan:"));
        bench.write("mergecast.yaml", text.as_bytes());
    }),
    (
        "and its own again, and files that are gone are deleted",
        |bench| {
            let text = format!("{CONFIG}publish: {{ prune: true }}\n");
            bench.write("mergecast.yaml", text.as_bytes());
        },
    ),
    ("publishing is paused", |bench| {
        let text = format!("{CONFIG}publish: {{ paused: true }}\n");
        bench.write("mergecast.yaml", text.as_bytes());
        bench.post("e", "", "While it is paused");
    }),
    ("the pause ends", |bench| {
        bench.write(
            "mergecast.yaml",
            format!("{CONFIG}publish: {{}}\n").as_bytes(),
        );
    }),
    ("an older ledger is pushed", |bench| {
        let mut versions = bench.ledger.versions();
        versions.truncate(4);
        bench.ledger.force(&versions.pop());
    }),
];

#[test]
fn what_a_process_keeps_from_pass_to_pass_changes_nothing() {
    let (kept, fresh) = (Bench::new("{}"), Bench::new("{}"));
    let standby = Standby::at_once(StopSignal::never());
    let mut outcomes = std::collections::BTreeSet::new();
    for (what, happens) in STORY {
        for bench in [&kept, &fresh] {
            happens(bench);
        }
        for _ in 0..2 {
            let (one, other) = (kept.pass_with(&standby), fresh.pass());
            assert_eq!(one, other, "{what}");
            assert_eq!(kept.ledger.files(), fresh.ledger.files(), "{what}");
            let witness = |bench: &Bench| bench.content.branch.file(&lockfile());
            assert_eq!(witness(&kept), witness(&fresh), "{what}");
            outcomes.extend(one.results.iter().map(|result| result.outcome.as_str()));
            kept.later(60);
            fresh.later(60);
        }
    }
    for word in [
        "published",
        "updated",
        "moved",
        "held",
        "failed",
        "unknown",
        "none",
    ] {
        assert!(outcomes.contains(word), "{word} is not among {outcomes:?}");
    }
}
