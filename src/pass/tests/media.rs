//! Images of posts: uploads, the wait for them, and what is kept between passes.

use super::*;
use crate::record::State;

/// An image that nothing else shows.
pub(super) fn png() -> Vec<u8> {
    sized(4)
}

pub(super) fn sized(width: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(4_u32.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// A post with `count` different images.
fn bench(author: &str, count: u32) -> Bench {
    let bench = Bench::new("{}");
    let mut names = Vec::new();
    for number in 1..=count {
        let name = format!("{number}.png");
        bench.write(&format!("posts/{name}"), &sized(number));
        names.push(format!("{{ path: {name}, alt: \"image {number}\" }}"));
    }
    let keys = format!("author: {author}\nmedia: [{}]\n", names.join(", "));
    bench.post("hello", &keys, "Look");
    bench
}

fn starts(bench: &Bench) -> Vec<String> {
    let asked = bench.asked("POST", "/rest/images");
    let body = |request: &LoggedRequest| request.body.clone().unwrap();
    asked.iter().map(body).collect()
}

fn polls(bench: &Bench) -> usize {
    bench.asked("GET", "/rest/images").len()
}

#[test]
fn trap_a_token_that_may_not_read_an_images_status_publishes_all_the_same() {
    let bench = bench("jane", 2);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    let statuses = bench.asked("GET", "/rest/images");
    assert!(!statuses.is_empty());
    assert!(statuses.iter().all(|request| request.status == Some(403)));
    assert!(bench.asked("GET", "/rest/posts").is_empty());
    assert_eq!(bench.live().len(), 1);
}

#[test]
fn trap_images_belong_to_the_author_of_their_post() {
    for (author, urn) in [("acme", ACME), ("jane", JANE)] {
        let bench = bench(author, 2);
        bench.pass();
        let wanted = format!(r#"{{"initializeUploadRequest":{{"owner":"{urn}"}}}}"#);
        assert_eq!(starts(&bench), [wanted.clone(), wanted]);
        assert_eq!(bench.live()[0].author.as_str(), urn);
    }
}

#[test]
fn trap_an_upload_kept_for_one_author_is_not_used_by_another() {
    let bench = bench("acme", 1);
    bench.settings(|settings| settings.media_processing_ms = 90_000);
    assert_eq!(bench.pass().exit.code(), 75);
    let keys = "author: jane\nmedia: [{ path: 1.png, alt: \"image 1\" }]\n";
    bench.post("hello", keys, "Look");
    bench.settings(|settings| settings.media_processing_ms = 1_500);
    bench.later(120);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    assert!(starts(&bench)[1].contains(JANE), "{:?}", starts(&bench));
}

#[test]
fn trap_polling_is_slow_and_what_is_not_ready_waits_for_the_next_pass() {
    let bench = bench("acme", 1);
    bench.settings(|settings| settings.media_processing_ms = 90_000);
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Held, "media-processing", 75)
    );
    assert!((5..=12).contains(&polls(&bench)), "{}", polls(&bench));
    assert_eq!(bench.entry("hello").unwrap().uploaded.len(), 1);
    bench.later(90);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    assert_eq!(starts(&bench).len(), 1);
}

#[test]
fn trap_one_image_that_fails_keeps_the_whole_post_back() {
    let bench = bench("acme", 3);
    for nth in [2, 2, 2] {
        bench.fault("PUT", "/dms-uploads", When::Before, Fault::Status(500));
        bench.linkedin().faults.rules.last_mut().unwrap().nth = nth;
    }
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Held, "linkedin-no-use", 69)
    );
    assert!(bench.creates().is_empty());
    // The first image is there already and is not uploaded again.
    bench.later(120);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    assert_eq!(starts(&bench).len(), 1 + 1 + 2);
    let shown = bench.creates()[0].body.clone().unwrap();
    let at = |alt: &str| shown.find(alt).unwrap();
    assert!(at("image 1") < at("image 2") && at("image 2") < at("image 3"));
}

#[test]
fn a_status_that_cannot_be_read_for_now_keeps_the_uploads() {
    let bench = bench("acme", 1);
    for _ in 0..3 {
        bench.fault("GET", "/rest/images", When::Before, Fault::Html502);
    }
    assert_eq!(
        told(&bench.pass(), "hello"),
        (Outcome::Held, "linkedin-no-use", 69)
    );
    bench.later(120);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Published, "", 0));
    assert_eq!(starts(&bench).len(), 1);
}

#[test]
fn trap_a_daily_limit_met_by_an_upload_parks_the_post_until_midnight_utc() {
    let bench = bench("acme", 1);
    bench.settings(|settings| settings.quota_member = Some(0));
    assert_eq!(
        told(&bench.pass(), "hello"),
        (Outcome::Held, "rate-limited", 75)
    );
    let asked = starts(&bench).len();
    let until = bench.entry("hello").unwrap().not_before.unwrap();
    assert_eq!(until.to_rfc3339(), "2026-09-04T00:00:00+00:00");
    bench.later(3600);
    assert_eq!(
        told(&bench.pass(), "hello"),
        (Outcome::Held, "retry-later", 75)
    );
    assert_eq!(starts(&bench).len(), asked);
    bench.settings(|settings| settings.quota_member = None);
    bench.later(15 * 3600);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Published, "", 0));
}

#[test]
fn trap_an_image_that_is_refused_as_not_uploaded_yet_is_tried_once_more_after_a_wait() {
    let bench = bench("jane", 1);
    bench.settings(|settings| settings.media_processing_ms = 8_000);
    let began = bench.now();
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Published, "", 0));
    let statuses: Vec<Option<u16>> = bench.creates().iter().map(|asked| asked.status).collect();
    assert_eq!(statuses, [Some(400), Some(201)]);
    assert_eq!((bench.now() - began).num_seconds(), 13);
    assert_eq!(bench.live().len(), 1);
}

#[test]
fn media_that_linkedin_never_takes_end_as_rejected() {
    let bench = bench("jane", 1);
    bench.settings(|settings| settings.media_processing_ms = 36_000_000);
    for pass in 1..=12 {
        let report = bench.pass();
        let wanted = if pass < 12 {
            (Outcome::Held, "media-waiting", 75)
        } else {
            (Outcome::Failed, "media-waiting", 1)
        };
        assert_eq!(told(&report, "hello"), wanted, "{pass}");
        bench.later(600);
    }
    assert_eq!(bench.entry("hello").unwrap().state, State::Rejected);
    assert_eq!(
        told(&bench.pass(), "hello"),
        (Outcome::Failed, "rejected", 1)
    );
    assert_eq!(bench.creates().len(), 24);
    // Saved anew it is another file, and starts afresh.
    bench.write("posts/1.png", &sized(9));
    bench.settings(|settings| settings.media_processing_ms = 1_500);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Published, "", 0));
}

#[test]
fn trap_the_token_never_goes_to_an_upload_address_elsewhere() {
    let bench = bench("acme", 1);
    bench.settings(|settings| settings.upload_origin = "https://evil.example".to_owned());
    bench.post("words", "author: jane\n", "No picture");
    bench.post("zz", "author: acme\n", "No picture here");
    let report = bench.pass();
    // It is the address of one file, and no other post's.
    for other in ["words", "zz"] {
        assert_eq!(result(&report, other).outcome, Outcome::Published);
    }
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Failed, "upload-url-refused", 65)
    );
    assert!(bench.asked("PUT", "").is_empty() && bench.creates().len() == 2);
}
