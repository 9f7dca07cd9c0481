//! What a review says of a branch, from two sets of files and a record.

use std::sync::Arc;

use chrono::TimeDelta;

use super::*;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::urn::PostUrn;
use crate::pass::load::{Content, read_content};
use crate::plan::{CommitThen, DocumentThen, PlanInput, plan};
use crate::ports::ContentSource as _;
use crate::record::{Declaration, Event, How, Ledger, Owner, step};
use crate::report::review::Hazard;
use crate::report::samples;
use crate::system::{MemoryContent, MemoryRepository};

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\n";
const URN: &str = "urn:li:share:7501187238594186474";
/// Far enough away from everything else.
const FAR: &str = "scheduled_at: 2026-10-01T08:00:00Z";

fn now() -> Instant {
    samples::now()
}

/// Files of `posts/`, each with its front matter's lines and its text.
type Posts<'a> = &'a [(&'a str, &'a str, &'a str)];

fn content(posts: Posts<'_>, files: &[(&str, &[u8])]) -> Content {
    let repository = MemoryRepository::default();
    let path = |text: &str| crate::model::path::ContentPath::parse(text).unwrap();
    let texts = posts.iter().map(|(name, front, text)| {
        let text = format!("---\n{front}\n---\n{text}\n");
        (path(&format!("posts/{name}.md")), Some(text.into_bytes()))
    });
    let files = files
        .iter()
        .map(|(name, bytes)| (path(name), Some(bytes.to_vec())));
    let config = (path("mergecast.yaml"), Some(CONFIG.as_bytes().to_vec()));
    repository.commit(texts.chain(files).chain([config]));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let tree = runtime.block_on(MemoryContent(repository).load()).unwrap();
    read_content(tree.as_ref()).unwrap()
}

/// A commit without documents.
struct Empty;

impl CommitThen for Empty {
    fn by_key(&self, _: &PostKey) -> Option<DocumentThen> {
        None
    }

    fn by_path(&self, _: &ContentPath) -> Option<DocumentThen> {
        None
    }
}

/// A ledger in which every post of `posts` is live since yesterday.
fn live(posts: Posts<'_>) -> Ledger {
    let mut ledger = Ledger::default();
    for post in content(posts, &[]).desired.posts {
        let declare = Event::Declare {
            declaration: Box::new(Declaration {
                key: post.key.clone(),
                target: Target::Linkedin,
                path: post.path.clone(),
                content: post.content(),
                content_commit: Some("c0ffee".to_owned()),
                document: Some(crate::record::SentDocument {
                    digest: crate::model::digest::Digest::of(b"as it was sent"),
                    explicit_id: false,
                }),
                scheduled_at: None,
            }),
            owner: Owner {
                runner: "test".to_owned(),
                nonce: "n".to_owned(),
                api_host: None,
            },
            at: now() - TimeDelta::days(1),
            probe: false,
        };
        let published = Event::Published {
            nonce: Some("n".to_owned()),
            urn: PostUrn::parse(URN).unwrap(),
            at: now() - TimeDelta::days(1),
            how: How::Created,
            comment_id: None,
        };
        let declared = step(None, declare).unwrap();
        let entry = step(Some(&declared), published).unwrap();
        ledger.entries.insert(entry.id(), entry);
    }
    ledger
}

/// A pull request.
struct Case {
    head: Content,
    base: Option<DesiredState>,
    tip: Option<DesiredState>,
    ledger: Ledger,
    others: Vec<Slot>,
    same_on_base: bool,
}

impl Case {
    fn new(base: Posts<'_>, head: Posts<'_>) -> Self {
        Self {
            head: content(head, &[]),
            base: Some(content(base, &[]).desired),
            tip: None,
            ledger: Ledger::default(),
            others: Vec::new(),
            same_on_base: false,
        }
    }

    fn with_live(mut self, posts: Posts<'_>) -> Self {
        self.ledger = live(posts);
        self
    }

    fn review(&self) -> Review {
        let recorded = Recorded::new(self.ledger.clone(), None, None);
        let plan = plan(&PlanInput {
            desired: &self.head.desired,
            recorded: &recorded,
            config: &self.head.config,
            now: now(),
            ahead: TimeDelta::zero(),
            paused_by_environment: false,
            only: &[],
            allow_changes: None,
            history: &|_| Some(Arc::new(Empty)),
        });
        review(&Input {
            head: &self.head.desired,
            base: self.base.as_ref(),
            base_tip: self.tip.as_ref(),
            config: &self.head.config,
            same_on_base: &|_| self.same_on_base,
            plan: &plan,
            recorded: &recorded,
            record: Record::Fetched,
            others: Some(&self.others),
            diagnostics: &self.head.desired.diagnostics,
        })
    }
}

/// What is told of each post, in order.
fn told(review: &Review) -> Vec<(&str, Change, Effect)> {
    let posts = review.posts.iter();
    posts
        .map(|post| (post.key.as_str(), post.change, post.effect))
        .collect()
}

#[test]
fn every_kind_of_change_is_told_and_what_stays_is_counted() {
    let base = [
        ("stays", FAR, "Stays."),
        ("edited", FAR, "Teh text."),
        ("gone", FAR, "Gone soon."),
        ("old", "scheduled_at: 2026-11-01T08:00:00Z", "Another name."),
    ];
    let head = [
        ("stays", FAR, "Stays."),
        ("edited", FAR, "The text."),
        ("new", "scheduled_at: 2026-11-01T08:00:00Z", "Another name."),
        ("launch", "scheduled_at: on-merge", "We ship."),
    ];
    let review = Case::new(&base, &head).review();
    assert_eq!(
        told(&review),
        [
            ("launch", Change::New, Effect::Publish),
            ("edited", Change::Edited, Effect::Wait),
            ("new", Change::Renamed, Effect::Wait),
            ("gone", Change::Deleted, Effect::Gone),
        ]
    );
    assert_eq!((review.unchanged, review.base_known), (1, true));
    let [launch, edited, new, gone] = &review.posts[..] else {
        panic!("four posts");
    };
    assert_eq!(launch.before, None);
    assert_eq!(launch.when, When::OnMerge);
    assert_eq!(edited.text.as_deref(), Some("The text."));
    let was = |text: &str| {
        let text = text.to_owned();
        Some(Before { text, live: false })
    };
    assert_eq!(edited.before, was("Teh text."));
    assert_eq!((new.was.as_deref(), &new.before), (Some("old"), &None));
    assert_eq!((&gone.text, &gone.before), (&None, &was("Gone soon.")));
}

#[test]
fn what_matters_to_the_plan_is_an_edit_and_labels_are_not() {
    let front = |more: &str| format!("{FAR}\n{more}");
    let base = [("a", FAR, "Text.")];
    for (more, changed) in [
        ("labels: [x]", false),
        ("draft: true", true),
        ("first_comment: More", true),
        ("max_lateness: 1h", true),
        ("on_late: skip", true),
        ("disable_reshare: true", true),
    ] {
        let front = front(more);
        let found = Case::new(&base, &[("a", &front, "Text.")]).review();
        let wanted: &[Change] = if changed { &[Change::Edited] } else { &[] };
        let found: Vec<Change> = found.posts.iter().map(|post| post.change).collect();
        assert_eq!(found, wanted, "{more}");
    }
    let later = [("a", "scheduled_at: 2026-10-02T08:00:00Z", "Text.")];
    let found = Case::new(&base, &later).review();
    let post = &found.posts[0];
    let at = |text: &str| When::At(text.parse().unwrap());
    assert_eq!(post.when, at("2026-10-02T08:00:00Z"));
    assert_eq!(post.when_before, Some(at("2026-10-01T08:00:00Z")));
    assert_eq!(post.before, None, "the same text is no change of text");
}

#[test]
fn a_file_that_moves_under_its_id_is_renamed_and_says_from_where() {
    let front = format!("id: launch\n{FAR}");
    let found = Case::new(&[("one", &front, "Text.")], &[("two", &front, "Text.")]).review();
    assert_eq!(told(&found), [("launch", Change::Renamed, Effect::Wait)]);
    assert_eq!(found.posts[0].was.as_deref(), Some("posts/one.md"));
}

#[test]
fn a_file_with_errors_is_told_unless_the_base_has_it_as_it_is() {
    let broken = [("a", "scheduled_at: never", "Text.")];
    let mut case = Case::new(&[("a", FAR, "Text.")], &broken);
    let found = case.review();
    assert_eq!(told(&found), [("a", Change::Broken, Effect::Broken)]);
    assert!(!found.posts[0].cause.code.is_empty());
    case.same_on_base = true;
    assert_eq!(told(&case.review()), []);
    // And mended it was edited, though nobody knows what it said.
    let found = Case::new(&broken, &[("a", FAR, "Text.")]).review();
    assert_eq!(told(&found), [("a", Change::Edited, Effect::Wait)]);
    assert_eq!(found.posts[0].before, None);
}

#[test]
fn of_live_posts_readers_text_counts_and_not_the_bases() {
    let readers = [("a", "scheduled_at: on-merge", "What readers see.")];
    // The base was changed since, and has not been published yet.
    let base = [("a", "scheduled_at: on-merge", "What the base says.")];
    let head = [("a", "scheduled_at: on-merge", "What readers see now.")];
    let found = Case::new(&base, &head).with_live(&readers).review();
    assert_eq!(told(&found), [("a", Change::Edited, Effect::Update)]);
    let before = |text: &str| {
        let text = text.to_owned();
        Some(Before { text, live: true })
    };
    let post = &found.posts[0];
    assert_eq!(post.before, before("What readers see."));
    assert_eq!(post.live.as_deref(), Some(URN));
    assert_eq!(post.when, When::Published(now() - TimeDelta::days(1)));
    let found = Case::new(&base, &[]).with_live(&readers).review();
    assert_eq!(told(&found), [("a", Change::Deleted, Effect::Nothing)]);
    assert_eq!(found.posts[0].cause.code, "orphaned");
    assert_eq!(found.posts[0].before, before("What readers see."));
    let moved = [("b", "scheduled_at: on-merge", "What readers see, too.")];
    let found = Case::new(&readers, &moved).with_live(&readers).review();
    assert_eq!(
        told(&found),
        [("b", Change::Renamed, Effect::MoveAndUpdate)]
    );
    assert_eq!(found.posts[0].before, before("What readers see."));
}

#[test]
fn without_the_base_every_post_is_told_that_is_not_out_yet() {
    let live = [("live", "scheduled_at: on-merge", "Out.")];
    let head = [live[0], ("waits", FAR, "Waits.")];
    let mut case = Case::new(&[], &head).with_live(&live);
    case.base = None;
    let found = case.review();
    assert_eq!(told(&found), [("waits", Change::New, Effect::Wait)]);
    assert!(!found.base_known);
}

#[test]
fn posts_nearby_are_found_wherever_they_are() {
    let at = |minute: u32| format!("scheduled_at: 2026-10-01T08:{minute:02}:00Z");
    let (own, near) = (at(0), at(10));
    let mut case = Case::new(&[], &[("own", &own, "Own."), ("here", &at(5), "Here.")]);
    case.tip = Some(
        content(
            &[("tip", &near, "On the base."), ("own", &near, "Own.")],
            &[],
        )
        .desired,
    );
    let slot = |key: &str, minutes: i64| Slot {
        author: case.head.desired.posts[0].author.clone(),
        key: PostKey::parse(key).unwrap(),
        at: "2026-10-01T08:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minutes),
        place: Place::PullRequest(7),
    };
    case.others = vec![slot("theirs", 20), slot("own", 1), slot("far", 40)];
    let found = case.review();
    let post = found.posts.iter().find(|post| post.key == "own").unwrap();
    let near = |minutes, key: &str, place| Hazard::Near {
        minutes,
        key: key.to_owned(),
        place,
    };
    assert_eq!(
        post.hazards,
        [
            near(5, "here", Place::Here),
            near(10, "tip", Place::Base),
            near(20, "theirs", Place::PullRequest(7)),
        ]
    );
}

#[test]
fn errors_of_all_files_are_told_and_warnings_of_those_that_change() {
    let many = "Text #a #b #c #d #e #f #g";
    let base = [("old", FAR, many), ("bad", "scheduled_at: x", "Text.")];
    let head = [base[0], base[1], ("new", FAR, &format!("{many} #h"))];
    let mut case = Case::new(&base, &head);
    case.same_on_base = true;
    let found = case.review();
    let said = |is_error: bool| {
        let problems = found.problems.iter();
        let problems = problems.filter(move |problem| problem.is_error == is_error);
        problems
            .filter_map(|problem| problem.path.as_deref())
            .collect::<BTreeSet<&str>>()
    };
    assert_eq!(said(true), BTreeSet::from(["posts/bad.md"]));
    assert_eq!(said(false), BTreeSet::from(["posts/new.md"]));
    assert!(found.problems.iter().all(|problem| problem.line > 0));
}

#[test]
fn what_would_refuse_the_whole_run_is_told() {
    let texts: Vec<(String, String)> = (0..12)
        .map(|number| (format!("p{number}"), format!("Text {number}.")))
        .collect();
    let head: Vec<(&str, &str, &str)> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), "scheduled_at: on-merge", text.as_str()))
        .collect();
    let found = Case::new(&[], &head).review();
    let (changes, limit) = (12, 10);
    assert_eq!(found.refusals, [Refusal::TooMany { changes, limit }]);
}

/// An image that says its measures.
fn png(width: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(4_u32.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82");
    bytes
}

#[test]
fn media_and_cards_are_told_and_which_of_them_are_new() {
    let (one, two) = (png(4), png(8));
    let files: [(&str, &[u8]); 2] = [("posts/1.png", &one), ("posts/2.png", &two)];
    let before = format!("{FAR}\nmedia: [{{ path: 1.png, alt: One }}]");
    let after = format!("{FAR}\nmedia: [{{ path: 1.png, alt: One }}, {{ path: 2.png, alt: Two }}]");
    let mut case = Case::new(&[], &[]);
    case.base = Some(content(&[("a", &before, "Text.")], &files).desired);
    let poll =
        format!("{FAR}\npoll: {{ question: \"Why?\", options: [\"A\", \"B\"], duration: 3d }}");
    case.head = content(&[("a", &after, "Text."), ("b", &poll, "Vote.")], &files);
    let found = case.review();
    let media: Vec<_> = found.posts[0]
        .media
        .iter()
        .map(|medium| {
            (
                medium.path.as_str(),
                medium.alt.as_deref(),
                medium.pixels,
                medium.new,
            )
        })
        .collect();
    assert_eq!(
        media,
        [
            ("posts/1.png", Some("One"), Some((4, 4)), false),
            ("posts/2.png", Some("Two"), Some((8, 4)), true),
        ]
    );
    let Some(Card::Poll {
        question, options, ..
    }) = &found.posts[1].card
    else {
        panic!("{:?}", found.posts[1].card);
    };
    assert_eq!((question.as_str(), options.len()), ("Why?", 2));
}
