use serde_json::{Value, json};

use super::*;
use crate::github::event::{Named, Side};
use crate::report::review::Record;
use crate::report::samples;

fn sha(digit: &str) -> String {
    digit.repeat(40)
}

fn side(repository: &str, sha: String) -> Side {
    Side {
        branch: "x".to_owned(),
        sha,
        repo: Some(named(repository)),
    }
}

fn named(name: &str) -> Named {
    Named {
        full_name: name.to_owned(),
    }
}

fn post(text: &str) -> ReviewedPost {
    serde_json::from_value(json!({
        "change": "new", "key": "a", "path": "posts/a.md", "author": "acme",
        "zone": "UTC", "when": "never", "effect": "never", "hazards": [], "media": [],
        "cause": { "code": "x", "message": "y", "help": null }, "text": text,
        "was": null, "when_before": null, "before": null, "card": null,
        "visibility": null, "first_comment": null, "live": null,
    }))
    .unwrap()
}

fn event() -> EventPull {
    EventPull {
        number: 3,
        head: side("eve/posts", sha("a")),
        base: side("acme/posts", sha("b")),
    }
}

fn artifact(posts: Vec<ReviewedPost>) -> Artifact {
    let review = Review {
        now: samples::now(),
        posts,
        unchanged: 0,
        problems: Vec::new(),
        refusals: Vec::new(),
        base_known: true,
        record: Record::Fetched,
        others_known: true,
        next_due: None,
        digest: String::new(),
    };
    Artifact::new(&event(), &review)
}

fn run() -> WorkflowRun {
    WorkflowRun {
        event: "pull_request".to_owned(),
        head_sha: sha("a"),
        head_repository: Some(named("Eve/Posts")),
    }
}

fn pull() -> Pull {
    Pull {
        number: 3,
        state: "open".to_owned(),
        head: side("eve/posts", sha("a")),
        base: side("acme/posts", sha("b")),
        merged_at: None,
    }
}

fn parsed(artifact: &Artifact) -> Result<Artifact, Refused> {
    Artifact::parse(artifact.to_json().as_bytes())
}

#[test]
fn what_is_written_is_read_and_nothing_else() {
    let good = artifact(vec![post("Hello.")]);
    assert_eq!(parsed(&good).as_ref(), Ok(&good));
    for (number, head_sha, version) in [
        (0, sha("a"), VERSION),
        (3, "HEAD".to_owned(), VERSION),
        (3, sha("A"), VERSION),
        (3, sha("a"), VERSION + 1),
    ] {
        let changed = Artifact {
            version,
            number,
            head_sha,
            review: good.review.clone(),
        };
        assert_eq!(parsed(&changed), Err(Refused::Malformed));
    }
    let more = good.to_json().replacen('{', "{\"body\":\"Approved\",", 1);
    assert_eq!(Artifact::parse(more.as_bytes()), Err(Refused::Malformed));
    let long = vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 1];
    assert_eq!(Artifact::parse(&long), Err(Refused::TooLarge));
}

/// A review in which everything is there.
fn full() -> Value {
    let mut good = serde_json::to_value(artifact(vec![post("x"); 3])).unwrap();
    let review = &mut good["review"];
    review["problems"] = json!([{ "is_error": true, "code": "x", "message": "x",
        "path": "x", "line": 1 }]);
    review["refusals"] = json!([{ "frozen": { "reasons": ["x"], "help": "x" } }]);
    review["posts"][0]["card"] = json!({ "article": { "url": "x", "title": "x",
        "description": "x" } });
    review["posts"][1]["card"] = json!({ "poll": { "question": "x", "options": ["x"],
        "duration": "x" } });
    review["posts"][2]["card"] = json!({ "reshare": { "urn": "x" } });
    let post = &mut review["posts"][0];
    for name in ["was", "visibility", "first_comment", "live"] {
        post[name] = json!("x");
    }
    post["cause"]["help"] = json!("x");
    post["before"] = json!({ "text": "x", "live": false });
    post["hazards"] = json!([{ "near": { "minutes": 1, "key": "x", "place": "here" } }]);
    post["media"] = json!([{ "path": "x", "kind": "x", "bytes": 1, "pixels": null,
        "alt": "x", "title": "x", "new": false }]);
    good
}

/// Where a text or a list stands, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    if value.is_string() || value.is_array() {
        found.push(at.to_owned());
    }
    let fields = value.as_object().into_iter().flatten();
    for (name, field) in fields {
        places(field, &format!("{at}/{name}"), found);
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        places(item, &format!("{at}/{number}"), found);
    }
}

#[test]
fn nothing_in_an_artifact_is_without_a_limit() {
    let good = full();
    assert!(Artifact::parse(good.to_string().as_bytes()).is_ok());
    let mut found = Vec::new();
    places(&good, "", &mut found);
    assert!(found.len() > 60, "{found:?}");
    for place in found {
        let mut changed = good.clone();
        let one = changed.pointer_mut(&place).unwrap();
        *one = match one.as_array() {
            Some(items) => json!(vec![items.first().unwrap_or(&json!("x")); MANY + 1]),
            None => json!("x".repeat(TEXT + 1)),
        };
        let refused = Artifact::parse(changed.to_string().as_bytes());
        assert!(refused.is_err(), "{place}");
    }
}

/// Every object of a full review with one field more.
#[test]
fn no_field_is_read_that_no_review_has() {
    let good = full();
    let mut found = vec![String::new()];
    objects(&good, "", &mut found);
    assert!(found.len() > 15, "{found:?}");
    for place in found {
        let mut changed = good.clone();
        let one = changed.pointer_mut(&place).unwrap();
        one["approved_by"] = json!("mallory");
        let read = Artifact::parse(changed.to_string().as_bytes());
        assert_eq!(read, Err(Refused::Malformed), "{place}");
    }
}

/// Where an object stands, as JSON pointers.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    let fields = value.as_object().into_iter().flatten();
    for (name, field) in fields {
        let place = format!("{at}/{name}");
        if field.is_object() {
            found.push(place.clone());
        }
        objects(field, &place, found);
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        let place = format!("{at}/{number}");
        if item.is_object() {
            found.push(place.clone());
        }
        objects(item, &place, found);
    }
}

#[test]
fn no_list_and_no_text_is_longer_than_any_review_has() {
    let excessive = |change: &dyn Fn(&mut ReviewedPost)| {
        let mut post = post("Hello.");
        change(&mut post);
        let refused = parsed(&artifact(vec![post]));
        assert!(matches!(refused, Err(Refused::Excessive(_))), "{refused:?}");
    };
    let long = || "x".repeat(TEXT + 1);
    excessive(&|post| post.text = Some(long()));
    excessive(&|post| post.key = long());
    excessive(&|post| post.cause.message = long());
    excessive(&|post| post.live = Some(long()));
    excessive(&|post| post.visibility = Some(long()));
    excessive(&|post| post.cause.help = Some(long()));
    excessive(&|post| post.card = Some(Card::Reshare { urn: long() }));
    excessive(&|post| post.hazards = vec![Hazard::AtOnce; SOME + 1]);
    excessive(&|post| {
        post.card = Some(Card::Poll {
            question: String::new(),
            options: vec![String::new(); SOME + 1],
            duration: String::new(),
        });
    });
    // Whoever writes one keeps to them, and texts go first where it would be too long.
    let many = artifact(vec![post(&"x".repeat(3_000)); MANY + 1]);
    let read = parsed(&many).unwrap();
    assert_eq!(read.review.posts.len(), MANY);
    assert!(read.review.posts.iter().all(|post| post.text.is_none()));
    let mut many = artifact(Vec::new()).review;
    let problem = full()["review"]["problems"][0].clone();
    many.problems = vec![serde_json::from_value(problem).unwrap(); MANY + 1];
    let read = parsed(&Artifact::new(&event(), &many)).unwrap();
    assert_eq!(read.review.problems.len(), MANY);
}

#[test]
fn it_counts_for_the_commit_and_the_pull_request_of_its_run_alone() {
    let artifact = artifact(Vec::new());
    assert_eq!(artifact.is_of(&run()), Ok(()));
    let push = WorkflowRun {
        event: "push".to_owned(),
        ..run()
    };
    let refused = Refused::OtherEvent("push".to_owned());
    assert_eq!(artifact.is_of(&push), Err(refused));
    let other = WorkflowRun {
        head_sha: sha("c"),
        ..run()
    };
    assert_eq!(artifact.is_of(&other), Err(Refused::OtherCommit));

    let is_for = |pull: &Pull, run: &WorkflowRun| artifact.is_for(pull, run, "Acme/posts");
    let other = Err(Refused::OtherPull(3));
    assert_eq!(is_for(&pull(), &run()), Ok(Standing::Current));
    let elsewhere = WorkflowRun {
        head_repository: Some(named("mallory/posts")),
        ..run()
    };
    assert_eq!(is_for(&pull(), &elsewhere), other);
    let gone = WorkflowRun {
        head_repository: None,
        ..run()
    };
    assert_eq!(is_for(&pull(), &gone), other);
    let mut theirs = pull();
    theirs.base = side("mallory/posts", sha("b"));
    assert_eq!(is_for(&theirs, &run()), other);
    let mut unnamed = pull();
    unnamed.head.repo = None;
    assert_eq!(is_for(&unnamed, &run()), other);
    let mut another = pull();
    another.number = 4;
    assert_eq!(is_for(&another, &run()), other);
    let mut pushed = pull();
    pushed.head.sha = sha("d");
    assert_eq!(is_for(&pushed, &run()), Ok(Standing::Overtaken));
    let mut closed = pull();
    closed.state = "closed".to_owned();
    assert_eq!(is_for(&closed, &run()), Ok(Standing::Overtaken));
}
