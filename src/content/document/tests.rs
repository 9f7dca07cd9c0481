#![allow(clippy::too_many_lines, reason = "tables of cases")]
#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::attached::Attached;
use crate::model::config::{Author, CredentialNames, PublishPolicy, StateLocation};

fn config() -> Config {
    let author = |urn: &str, zone: Option<Tz>| Author {
        urn: AuthorUrn::parse(urn).unwrap(),
        timezone: zone,
        credentials: CredentialNames::default(),
        requests_per_day: None,
    };
    Config {
        posts: ContentPath::parse("posts").unwrap(),
        timezone: Tz::Europe__Berlin,
        branch: None,
        authors: BTreeMap::from([
            (
                "acme".to_owned(),
                author("urn:li:organization:2414183", None),
            ),
            (
                "jane".to_owned(),
                author("urn:li:person:AbC_12-x", Some(Tz::America__New_York)),
            ),
        ]),
        default_author: Some("acme".to_owned()),
        api_version: Config::DEFAULT_API_VERSION.to_owned(),
        publish: PublishPolicy::default(),
        state: StateLocation::default(),
        state_since: None,
        notify: Vec::new(),
    }
}

fn path() -> ContentPath {
    ContentPath::parse("posts/2026/launch.md").unwrap()
}

fn read(front: &str) -> ParsedFile {
    parse(
        format!("---\n{front}---\nHello.\n").as_bytes(),
        &path(),
        &config(),
    )
}

fn document(front: &str) -> Document {
    let parsed = read(front);
    parsed
        .document
        .unwrap_or_else(|| panic!("{front}: {:?}", parsed.diagnostics))
}

fn codes(parsed: &ParsedFile) -> Vec<&'static str> {
    parsed.diagnostics.iter().map(|found| found.code).collect()
}

fn at(text: &str) -> Schedule {
    Schedule::At(text.parse().unwrap())
}

#[test]
fn every_key_is_read() {
    let text = "\u{feff}---\r\nauthor: jane\r\nscheduled_at: 2026-09-03 10:00\r\nid: launch\r\nvisibility: connections\r\nmedia:\r\n  - img/a.png\r\n  - {path: /media/b.png, alt: ' B ', title: T}\r\ndisable_reshare: true\r\nmax_lateness: 90m\r\non_late: skip\r\nlabels: [launch, 2026, no]\r\n---\r\nText ![A chart](<c d.png>) more\r\n";
    let parsed = parse(text.as_bytes(), &path(), &config());
    assert_eq!(parsed.diagnostics, []);
    let document = parsed.document.unwrap();
    assert_eq!(document.key.value.as_str(), "launch");
    assert!(document.explicit_id);
    assert_eq!(document.author.value.as_str(), "urn:li:person:AbC_12-x");
    assert_eq!(document.zone, Tz::America__New_York);
    assert_eq!(document.schedule.value, at("2026-09-03T14:00:00Z"));
    assert_eq!(document.visibility.value, Visibility::Connections);
    assert!(document.disable_reshare && !document.draft);
    assert_eq!(document.max_lateness, Some(Duration::from_secs(5400)));
    assert_eq!(document.on_late, Some(OnLate::Skip));
    assert_eq!(document.labels, ["launch", "2026", "no"]);
    let media: Vec<_> = document
        .media
        .iter()
        .map(|m| {
            (
                m.path.clone().unwrap().to_string(),
                m.alt.as_deref(),
                m.title.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        media,
        [
            ("posts/2026/img/a.png".to_owned(), None, None),
            ("media/b.png".to_owned(), Some("B"), Some("T")),
            ("posts/2026/c d.png".to_owned(), Some("A chart"), None),
        ]
    );
    for (span, written) in [
        (&document.key.span, "launch"),
        (&document.author.span, "jane"),
        (&document.schedule.span, "2026-09-03 10:00"),
        (&document.visibility.span, "connections"),
        (&document.media[1].span, "/media/b.png"),
        (&document.body, "Text ![A chart](<c d.png>) more\n"),
    ] {
        assert_eq!(&document.text[span.clone()], written);
    }
}

#[test]
fn what_is_absent_has_a_default() {
    let document = document("scheduled_at: on-merge\n");
    assert_eq!(document.key.value.as_str(), "2026/launch");
    assert!(!document.explicit_id);
    assert_eq!(
        document.author.value.as_str(),
        "urn:li:organization:2414183"
    );
    assert_eq!(document.schedule.value, Schedule::OnMerge);
    assert_eq!(document.zone, Tz::Europe__Berlin);
    assert_eq!(document.visibility.value, Visibility::Public);
    assert_eq!((document.max_lateness, document.on_late), (None, None));
}

#[test]
fn a_post_without_schedule_is_a_draft_and_says_so_unless_it_is_meant() {
    let silent = read("author: acme\n");
    assert_eq!(codes(&silent), ["no-schedule"]);
    assert!(!silent.diagnostics[0].is_error());
    assert_eq!(
        silent.document.unwrap().schedule.value,
        Schedule::Unscheduled
    );
    assert_eq!(codes(&read("")), ["no-schedule"]);
    let meant = read("draft: true\n");
    assert_eq!(codes(&meant), [""; 0]);
    assert!(meant.document.unwrap().draft);
}

#[test]
fn zones_come_from_the_post_the_author_the_configuration() {
    let due = |front: &str| document(front).schedule.value;
    assert_eq!(
        due("scheduled_at: 2026-09-03 10:00\n"),
        at("2026-09-03T08:00:00Z")
    );
    assert_eq!(
        due("scheduled_at: 2026-09-03 10:00\nauthor: jane\n"),
        at("2026-09-03T14:00:00Z")
    );
    assert_eq!(
        due("scheduled_at: 2026-09-03 10:00\nauthor: jane\ntimezone: Asia/Kolkata\n"),
        at("2026-09-03T04:30:00Z")
    );
    assert_eq!(
        due("scheduled_at: 2026-09-03T10:00:00Z\ntimezone: Asia/Kolkata\n"),
        at("2026-09-03T10:00:00Z")
    );
}

#[test]
fn all_problems_come_at_once() {
    let parsed = read(
        "author: akme\nscheduled_at: 2026-09-03 25:00\ntimezone: Asia/Kolkata\nid: ../x\nvisiblity: public\nmax_lateness: 24\ndraft: yes\npoll: {question: Q, options: [a, b]}\nmedia: [https://example.com/a.png]\nlabels: x\n",
    );
    assert!(parsed.document.is_none());
    assert_eq!(
        codes(&parsed),
        [
            "unknown-author",
            "invalid-time",
            "invalid-key",
            "unknown-key",
            "invalid-duration",
            "wrong-type",
            "remote-media",
            "wrong-type",
        ]
    );
    assert!(parsed.diagnostics.iter().all(|found| found.help.is_some()));
    assert_eq!(parsed.key.as_str(), "2026/launch");
    assert_eq!(parsed.author, None);
}

#[test]
fn authors_are_aliases_or_urns() {
    let urn = document("scheduled_at: on-merge\nauthor: urn:li:person:other\n");
    assert_eq!(urn.author.value.as_str(), "urn:li:person:other");
    let unknown = &read("scheduled_at: on-merge\nauthor: akme\n").diagnostics[0];
    assert_eq!(unknown.code, "unknown-author");
    assert_eq!(unknown.notes, ["the aliases are `acme`, `jane`"]);
    assert_eq!(unknown.help.as_deref(), Some("did you mean `acme`?"));
    let broken = read("scheduled_at: on-merge\nauthor: urn:li:member:1\n");
    assert_eq!(codes(&broken), ["unknown-author"]);
    let nobody = Config {
        default_author: None,
        ..config()
    };
    let missing = parse(b"---\nscheduled_at: on-merge\n---\nx\n", &path(), &nobody);
    assert_eq!(codes(&missing), ["author-missing"]);
    assert_eq!(
        missing.diagnostics[0].help.as_deref(),
        Some("add `author: acme`")
    );
}

#[test]
fn a_time_is_not_guessed_in_another_zone() {
    let parsed = read("scheduled_at: 2026-03-29 02:30\ntimezone: Europe/Belrin\n");
    assert_eq!(codes(&parsed), ["unknown-timezone"]);
    assert_eq!(parsed.schedule, None);
    assert_eq!(
        codes(&read("scheduled_at: 2026-03-29 02:30\n")),
        ["time-skipped"]
    );
    assert_eq!(
        codes(&read("scheduled_at: 2026-10-25 02:30\n")),
        ["time-doubled"]
    );
}

#[test]
fn what_a_post_carries_is_read_or_refused_with_its_reason() {
    let attached = |keys: &str| {
        let parsed = read(&format!("scheduled_at: on-merge\n{keys}\n"));
        let document = parsed
            .document
            .unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
        document.attached.into_iter().next().unwrap().value
    };
    let Attached::Article(card) = attached(
        "article: {url: 'https://example.com/x', title: ' T ', thumbnail: a.png, thumbnail_alt: A}",
    ) else {
        panic!("no article");
    };
    assert_eq!((card.title.as_str(), card.description), ("T", None));
    let thumbnail = card.thumbnail.unwrap();
    assert_eq!(thumbnail.path.unwrap().as_str(), "posts/2026/a.png");
    assert_eq!(thumbnail.alt.as_deref(), Some("A"));
    let Attached::Poll(poll) = attached("poll: {question: Q, options: [a, 2], duration: 14d}")
    else {
        panic!("no poll");
    };
    assert_eq!(
        (poll.options, poll.duration.as_str()),
        (vec!["a".to_owned(), "2".to_owned()], "14d")
    );
    for written in [
        "urn:li:ugcPost:7",
        "https://www.linkedin.com/feed/update/urn:li:ugcPost:7/?x=1",
        "https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A7",
    ] {
        let Attached::Reshare(urn) = attached(&format!("reshare: {written}")) else {
            panic!("no reshare");
        };
        assert_eq!(urn.as_str(), "urn:li:ugcPost:7");
    }
    for (keys, wanted) in [
        ("article: {url: example.com, title: T}", "article-url"),
        ("article: {url: 'https://example.com'}", "missing-key"),
        (
            "poll: {question: Q, options: [a, b], duration: 2d}",
            "invalid-value",
        ),
        ("reshare: urn:li:activity:7", "reshare-urn"),
        ("audience: {geo_locations: [Berlin]}", "audience-urn"),
        ("audience: {cities: [x]}", "unknown-key"),
        (
            "media: [{path: a.mp4, captions: https://example.com/a.srt}]",
            "remote-media",
        ),
    ] {
        let parsed = read(&format!("scheduled_at: on-merge\n{keys}\n"));
        assert_eq!(codes(&parsed), [wanted], "{keys}");
        assert!(parsed.document.is_none());
    }
}

#[test]
fn an_identity_outlives_broken_front_matter() {
    let key = |text: &str| parse(text.as_bytes(), &path(), &config()).key.to_string();
    assert_eq!(key("---\nid: launch\nauthor: [\n---\nx"), "launch");
    assert_eq!(key("---\nid: launch\nx"), "launch");
    assert_eq!(key("---\nid: launch\nx: a\0\n---\n"), "launch");
    assert_eq!(key("no front matter"), "2026/launch");
    let broken = parse(b"---\nauthor: jane\nid: [\n---\n", &path(), &config());
    assert_eq!(broken.author.unwrap().as_str(), "urn:li:person:AbC_12-x");
}

#[test]
fn a_path_that_is_no_key_needs_an_id() {
    let long = ContentPath::parse(&format!("posts/{}.md", "x".repeat(201))).unwrap();
    let without = parse(b"---\nscheduled_at: on-merge\n---\nx\n", &long, &config());
    assert_eq!(codes(&without), ["invalid-key"]);
    assert!(without.key.as_str().starts_with("unnamed-"));
    let with = parse(
        b"---\nscheduled_at: on-merge\nid: a\n---\nx\n",
        &long,
        &config(),
    );
    assert_eq!(with.document.unwrap().key.value.as_str(), "a");
    let outside = ContentPath::parse("other/a.md").unwrap();
    let other = parse(b"---\ndraft: true\n---\nx\n", &outside, &config());
    assert_eq!(other.key.as_str(), "other/a");
}

/// Front matter and whole files that attack a parser, with the code of the answer.
fn hostile() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let front = |text: String| format!("---\n{text}\n---\nx\n").into_bytes();
    let laughs = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n";
    let keys: String = (0..2000).map(|n| format!("k{n}: \n")).collect();
    let noise = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
    vec![
        (
            "billion laughs",
            front(laughs.to_owned()),
            "yaml-unsupported",
        ),
        ("nested lists", front("[".repeat(10_000)), "yaml-too-deep"),
        (
            "nested mappings",
            front("{a: ".repeat(4_000)),
            "yaml-too-deep",
        ),
        ("nested blocks", front("- ".repeat(8_000)), "yaml-too-deep"),
        ("nested keys", front("? ".repeat(8_000)), "yaml-unsupported"),
        (
            "large scalar",
            front(format!("id: {}", "a".repeat(1_000_000))),
            "front-matter-too-large",
        ),
        (
            "large quoted scalar",
            front(format!("id: \"{}\"", "a".repeat(16_000))),
            "invalid-key",
        ),
        ("large file", vec![b'a'; 10_000_000], "document-too-large"),
        (
            "large unclosed file",
            [&b"---\n"[..], &vec![b'\n'; 1_000_000]].concat(),
            "front-matter-unclosed",
        ),
        (
            "repeated key",
            front("id: a\n".repeat(2_700)),
            "duplicate-yaml-key",
        ),
        ("unknown keys", front(keys), "unknown-key"),
        (
            "long key",
            front(format!("{}: 1", "k".repeat(1_000))),
            "unknown-key",
        ),
        ("tags", front("!a ".repeat(5_000)), "yaml-syntax"),
        (
            "documents",
            front("a: 1\n...\n".repeat(1_500)),
            "yaml-unsupported",
        ),
        ("open quotes", front("\"".repeat(15_999)), "yaml-syntax"),
        ("colons", front(": ".repeat(8_000)), "yaml-unsupported"),
        ("NUL", [&b"---\nid: a"[..], &[0; 1000]].concat(), "nul-byte"),
        ("not UTF-8", vec![0xff; 1_000_000], "not-utf8"),
        ("noise", noise.collect(), "not-utf8"),
        (
            "carriage returns",
            vec![b'\r'; 1_000_000],
            "front-matter-missing",
        ),
    ]
}

#[test]
fn hostile_files_get_an_answer_and_get_it_soon() {
    for (name, bytes, code) in hostile() {
        // The processor's time of this thread, so that a busy machine changes nothing;
        // the fastest of some, since the first pays for pages and caches.
        let mut fastest = Duration::MAX;
        for _ in 0..5 {
            let start = cpu_time::ThreadTime::now();
            let parsed = parse(&bytes, &path(), &config());
            fastest = fastest.min(start.elapsed());
            assert!(parsed.document.is_none(), "{name}");
            assert!(
                codes(&parsed).contains(&code),
                "{name}: {:?}",
                codes(&parsed)
            );
            assert!(parsed.diagnostics.len() <= 64, "{name}");
        }
        println!("{name}: {fastest:?}");
        assert!(
            fastest < Duration::from_millis(50),
            "{name} took {fastest:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let parsed = parse(&bytes, &path(), &config());
        prop_assert!(parsed.document.is_some() || parsed.diagnostics.iter().any(Diagnostic::is_error));
    }

    #[test]
    fn any_front_matter_gets_an_answer(front in "[a-z0-9:,{}\\[\\]'\"&*!|>%@#~? \\-\n\t]{0,200}", body in "\\PC{0,60}") {
        let text = format!("---\n{front}\n---\n{body}");
        let parsed = parse(text.as_bytes(), &path(), &config());
        prop_assert!(parsed.document.is_some() || parsed.diagnostics.iter().any(Diagnostic::is_error));
        for label in parsed.diagnostics.iter().flat_map(|found| &found.labels) {
            prop_assert!(label.line as usize <= text.lines().count().max(1));
        }
    }

    #[test]
    fn any_text_is_read_as_it_was_written(id in "[a-zA-Z0-9][a-zA-Z0-9 ._-]{0,30}[a-zA-Z0-9]", other in "\\PC{0,40}") {
        let quoted = serde_json::to_string(&other).unwrap();
        let text = format!("---\nid: \"{id}\"\nscheduled_at: on-merge\nlabels: [{quoted}]\n---\n");
        let parsed = parse(text.as_bytes(), &path(), &config());
        let document = parsed.document.unwrap();
        prop_assert_eq!(document.key.value.as_str(), id.as_str());
        prop_assert_eq!(&document.labels, &vec![other]);
    }
}
