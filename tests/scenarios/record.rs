//! Records of earlier and later programs.

use mergecast::record::State;
use mergecast::report::results::Outcome;

use crate::place::{Place, told};

/// A ledger as the first version writes it: one post whose request is under way, one that
/// is published, one whose outcome is unknown.
const FIRST_PAGE: &str = r#"{
  "format": 1,
  "ledger_id": "00000000000000000000000000000001",
  "repository_id": "7",
  "created_at": "2026-09-03T07:00:00Z"
}
"#;

fn entry(key: &str, state: &str, more: &str) -> String {
    format!(
        r#"{{
  "format": 1,
  "key": "{key}",
  "target": "linkedin",
  "path": "posts/{key}.md",
  "state": "{state}",
  "attempt": 1,
  "owner": {{ "runner": "ci/1", "nonce": "0000000000000000000000000000000a" }},
  "digest": "DIGEST",
  "content": {{
    "author": "urn:li:organization:42",
    "text": "Post {key}",
    "wire": "Post {key}",
    "visibility": "public"
  }},
  "declared_at": "2026-09-03T07:59:00Z"{more}
}}
"#
    )
}

#[test]
fn a_ledger_of_the_first_version_is_read_as_it_was_meant() {
    let place = Place::new("{}");
    // What a run of today writes tells the digests; everything else is as it was.
    for key in ["a", "b", "c"] {
        place.post(key, "", &format!("Post {key}"));
    }
    let digest = |key: &str| {
        let today = Place::new("{}");
        today.post(key, "", &format!("Post {key}"));
        today.pass();
        today.entry(key).unwrap().digest.to_string()
    };
    let published = ",\n  \"urn\": \"urn:li:share:7501187251177440611\",\n  \"published_at\": \"2026-09-03T07:59:01Z\",\n  \"how\": \"created\"";
    let unknown = ",\n  \"owner_saw_it_end\": true,\n  \"reason\": { \"code\": \"no-answer\", \"message\": \"no answer came\" },\n  \"history\": [{ \"attempt\": 1, \"declared_at\": \"2026-09-03T07:59:00Z\", \"outcome\": \"unknown\" }]";
    place
        .outside
        .ledger
        .edit("GENESIS.json", Some(FIRST_PAGE.as_bytes()));
    for (key, state, more) in [
        ("a", "sending", ""),
        ("b", "published", published),
        ("c", "unknown", unknown),
    ] {
        let text = entry(key, state, more).replace("DIGEST", &digest(key));
        place.outside.ledger.edit(
            &format!("@posts/{key}@linkedin.json"),
            Some(text.as_bytes()),
        );
    }
    let report = place.pass();
    assert_eq!(told(&report, "a"), (Outcome::Held, 76));
    assert_eq!(told(&report, "b"), (Outcome::None, 76));
    assert_eq!(told(&report, "c"), (Outcome::Unknown, 76));
    place.later(300);
    place.pass();
    assert_eq!(place.entry("a").unwrap().state, State::Unknown);
    assert_eq!((place.posts().len(), place.creates()), (0, 0));
}

/// An entry that a newer program wrote stops every create, of every post, also where this
/// program could read it.
#[test]
fn a_ledger_of_a_newer_program_stops_every_create() {
    let place = Place::new("{}");
    place.post("a", "", "Post a");
    place.post("z", "", "Post z");
    let name = "@posts/z@linkedin.json";
    let digest = format!("sha256:{}", "0".repeat(64));
    let newer = entry("z", "retryable", "").replace("DIGEST", &digest);
    let newer = newer.replace("\"format\": 1", "\"format\": 2");
    place.outside.ledger.edit(name, Some(newer.as_bytes()));
    for _ in 0..3 {
        let report = place.pass();
        assert_eq!(told(&report, "a"), (Outcome::Held, 73));
        place.later(3600);
    }
    assert_eq!(place.creates(), 0);
    assert_eq!(
        place.outside.ledger.files()[name],
        newer.as_bytes(),
        "it was not touched"
    );
}
