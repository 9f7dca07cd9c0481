//! Every kind of post, from its file to what readers see.

use serde_json::{Value, json};

use super::media::png;
use super::*;
use crate::sandbox::Content;

/// An MP4 of so many bytes that says it plays five seconds.
pub(super) fn mp4(size: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
    let mut mvhd = vec![0; 108];
    mvhd[..8].copy_from_slice(b"\0\0\0\x6cmvhd");
    mvhd[20..24].copy_from_slice(&1000_u32.to_be_bytes());
    mvhd[24..28].copy_from_slice(&5000_u32.to_be_bytes());
    bytes.extend(b"\0\0\0\x74moov");
    bytes.extend(mvhd);
    let rest = u32::try_from(size - bytes.len()).unwrap();
    bytes.extend(rest.to_be_bytes());
    bytes.extend(b"mdat");
    bytes.extend((bytes.len()..size).map(|at| (at % 251) as u8));
    bytes
}

fn content(bench: &Bench) -> Value {
    let creates = bench.creates();
    let body = creates.last().unwrap().body.clone().unwrap();
    serde_json::from_str(&body).unwrap()
}

fn publish(keys: &str, prepare: impl Fn(&Bench)) -> Bench {
    let bench = Bench::new("{}");
    prepare(&bench);
    bench.post("hello", &format!("author: jane\n{keys}\n"), "Look");
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Published, "", 0),
        "{keys}"
    );
    assert_eq!(bench.live().len(), 1);
    bench
}

#[test]
fn a_video_arrives_byte_for_byte_whatever_its_size_is_to_the_parts() {
    const PART: usize = 40_000;
    for size in [2 * PART - 1, 2 * PART, 2 * PART + 1, 5 * PART] {
        let keys = "media: [{path: talk.mp4, title: Talk, thumbnail: t.png, captions: c.srt}]";
        let bench = publish(keys, |bench| {
            bench.settings(|settings| settings.video_part_bytes = PART as u64);
            bench.write("posts/talk.mp4", &mp4(size));
            bench.write("posts/t.png", &png());
            bench.write("posts/c.srt", b"1\n00:00:00,000 --> 00:00:02,000\nHello\n");
        });
        let linkedin = bench.linkedin.lock().unwrap();
        let file = linkedin.files().next().unwrap();
        assert!(file.has_captions && file.has_thumbnail);
        assert_eq!(linkedin.medium(file.urn.id()).unwrap().1, mp4(size));
        let sent = linkedin.log().iter();
        let parts = sent.filter(|request| request.target.starts_with("/dms-uploads/signed"));
        let expected = size.div_ceil(PART) + 2;
        assert_eq!(parts.clone().count(), expected);
        for request in parts {
            assert!(
                !request
                    .headers
                    .iter()
                    .any(|(name, _)| name == "authorization")
            );
        }
    }
}

#[test]
fn a_document_is_named_by_its_title() {
    let bench = publish("media: [{path: deck.pdf, title: \"Deck (1)\"}]", |bench| {
        bench.write("posts/deck.pdf", b"%PDF-1.7 words");
    });
    let media = &content(&bench)["content"]["media"];
    assert_eq!(media["title"], "Deck (1)");
    assert!(
        media["id"]
            .as_str()
            .unwrap()
            .starts_with("urn:li:document:")
    );
}

#[test]
fn a_card_shows_an_uploaded_image() {
    let keys = "article: {url: 'https://example.com/(x)', title: 'A (b)', thumbnail: t.png, thumbnail_alt: T}";
    let bench = publish(keys, |bench| bench.write("posts/t.png", &png()));
    let article = &content(&bench)["content"]["article"];
    assert_eq!(article["title"], "A (b)");
    let thumbnail = article["thumbnail"].as_str().unwrap();
    assert!(thumbnail.starts_with("urn:li:image:"));
    let live = bench.live();
    assert!(matches!(&live[0].content, Some(Content::Article(_))));
}

#[test]
fn a_poll_and_a_reshare_and_an_audience() {
    let bench = publish("poll: {question: Q, options: [a, b], duration: 1d}", |_| {});
    let poll = &content(&bench)["content"]["poll"];
    assert_eq!(poll["settings"], json!({"duration": "ONE_DAY"}));
    let bench = publish("reshare: urn:li:share:7", |_| {});
    assert_eq!(
        content(&bench)["reshareContext"],
        json!({"parent": "urn:li:share:7"})
    );
    let bench = Bench::new("{}");
    let keys = "author: acme\naudience: {geo_locations: [\"urn:li:geo:1\"]}\n";
    bench.post("hello", keys, "Look");
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Published, "", 0));
    assert_eq!(
        content(&bench)["distribution"]["targetEntities"],
        json!([{"geoLocations": ["urn:li:geo:1"]}])
    );
}

#[test]
fn what_a_post_carries_cannot_be_edited() {
    let bench = publish("poll: {question: Q, options: [a, b]}", |_| {});
    bench.post(
        "hello",
        "author: jane\npoll: {question: Q, options: [a, c]}\n",
        "Look",
    );
    let report = bench.pass();
    let (outcome, code, _) = told(&report, "hello");
    assert_eq!((outcome, code), (Outcome::Held, "cannot-change-live"));
    assert_eq!(bench.creates().len(), 1);
}

#[test]
fn a_video_keeps_no_other_post_waiting() {
    let bench = Bench::new("{}");
    bench.settings(|settings| settings.media_processing_ms = 240_000);
    bench.write("posts/talk.mp4", &mp4(100_000));
    bench.post("a-video", "author: acme\nmedia: [talk.mp4]\n", "See");
    bench.post("b-text", "author: acme\n", "Read");
    let began = bench.now();
    let report = bench.pass();
    assert_eq!(told(&report, "a-video"), (Outcome::Published, "", 0));
    assert_eq!(told(&report, "b-text"), (Outcome::Published, "", 0));
    let live = bench.live();
    let made = |text: &str| {
        let mut posts = live.iter();
        posts.find(|post| post.raw == text).unwrap().created_at - began
    };
    assert!(made("Read").num_seconds() < 30, "{}", made("Read"));
    assert!(made("See").num_seconds() >= 240);
    let asked = bench.asked("GET", "/rest/videos").len();
    assert!(asked <= 10, "{asked} questions");
}

#[test]
fn a_video_still_processing_is_parked_and_not_uploaded_again() {
    let bench = Bench::new("{}");
    bench.settings(|settings| settings.media_processing_ms = 20 * 60_000);
    bench.write("posts/talk.mp4", &mp4(100_000));
    bench.post("hello", "author: acme\nmedia: [talk.mp4]\n", "See");
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Held, "media-processing", 75)
    );
    bench.later(600);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Published, "", 0));
    assert_eq!(bench.asked("PUT", "/dms-uploads").len(), 1);
}
