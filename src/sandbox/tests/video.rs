//! Videos and documents: from `initializeUpload` into a post. Each test names the wrong
//! request a hurried client makes, and sees it refused.

use super::*;
use crate::sandbox::{Content, MediaStatus};

const JSON_MP4: usize = 80 * 1024;

/// Bytes that begin like an MP4.
fn mp4() -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
    bytes.extend((bytes.len()..JSON_MP4).map(|at| (at % 251) as u8));
    bytes
}

struct Begun {
    urn: MediaUrn,
    token: String,
    /// Address, first and last byte.
    parts: Vec<(String, usize, usize)>,
    thumbnail: Option<String>,
    captions: Option<String>,
}

fn begin(world: &mut World, size: usize, more: &Value) -> Begun {
    let mut request = json!({"owner": JANE, "fileSizeBytes": size});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    let body = json!({"initializeUploadRequest": request});
    let got = world.ask(Ask::post("/rest/videos?action=initializeUpload", body));
    assert_eq!(got.status, 200, "{got:?}");
    let value = &got.body["value"];
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let number = |part: &Value, name: &str| usize::try_from(part[name].as_u64().unwrap()).unwrap();
    let parts = value["uploadInstructions"].as_array().unwrap().iter();
    Begun {
        urn: MediaUrn::parse(&text("video").unwrap()).unwrap(),
        token: text("uploadToken").unwrap(),
        parts: parts
            .map(|part| {
                let url = part["uploadUrl"].as_str().unwrap().to_owned();
                (url, number(part, "firstByte"), number(part, "lastByte"))
            })
            .collect(),
        thumbnail: text("thumbnailUploadUrl"),
        captions: text("captionsUploadUrl"),
    }
}

fn put(world: &mut World, url: &str, bytes: &[u8]) -> Got {
    world.ask(Ask::put(url, bytes).without("authorization"))
}

fn tag(got: &Got) -> String {
    assert_eq!(got.status, 200, "{got:?}");
    let tag = got.header("etag").unwrap();
    tag.trim_matches('"').to_owned()
}

fn end(world: &mut World, video: &MediaUrn, token: &Value, parts: &[String]) -> Got {
    let mut request = json!({"video": video, "uploadedPartIds": parts});
    if !token.is_null() {
        request["uploadToken"] = token.clone();
    }
    let body = json!({"finalizeUploadRequest": request});
    world.ask(Ask::post("/rest/videos?action=finalizeUpload", body))
}

fn post(id: &str, more: &Value) -> Ask {
    let mut media = json!({"id": id});
    for (name, value) in more.as_object().unwrap() {
        media[name] = value.clone();
    }
    Ask::create(with(
        text_post(JANE, "look"),
        "",
        "content",
        json!({"media": media}),
    ))
}

#[test]
fn a_video_comes_in_the_parts_that_were_asked_for() {
    let mut world = World::new();
    world.linkedin.settings.video_part_bytes = 30_000;
    let video = mp4();
    let begun = begin(&mut world, video.len(), &json!({}));
    let ranges: Vec<_> = begun.parts.iter().map(|part| (part.1, part.2)).collect();
    assert_eq!(
        ranges,
        [(0, 29_999), (30_000, 59_999), (60_000, JSON_MP4 - 1)]
    );
    assert_eq!(begun.token, "");
    let mut tags = Vec::new();
    for (url, first, last) in &begun.parts {
        // Trap 19: without the last byte, since `lastByte` is taken for the end.
        assert_eq!(put(&mut world, url, &video[*first..*last]).status, 400);
        let got = put(&mut world, url, &video[*first..=*last]);
        tags.push(tag(&got));
    }
    let none = json!("");
    assert_eq!(end(&mut world, &begun.urn, &none, &tags).status, 200);
    assert_eq!(
        end(&mut world, &begun.urn, &none, &tags).status,
        200,
        "once more"
    );
    let got = world.ask(post(begun.urn.as_str(), &json!({})));
    assert_eq!(got.said(), (400, "MEDIA_ASSET_WAITING_UPLOAD"));
    world.advance(2);
    assert_eq!(world.linkedin.medium(begun.urn.id()).unwrap().1, video);
    let got = world.ask(post(begun.urn.as_str(), &json!({"title": "Talk"})));
    assert_eq!(got.status, 201);
    let stored = &world.linkedin.posts()[0];
    assert!(stored.urn.as_str().starts_with("urn:li:ugcPost:"));
    assert!(matches!(&stored.content, Some(Content::Media(_))));
}

#[test]
fn trap_a_token_has_no_business_at_a_signed_address() {
    let mut world = World::new();
    let video = mp4();
    let begun = begin(&mut world, video.len(), &json!({}));
    let url = &begun.parts[0].0;
    assert_eq!(world.ask(Ask::put(url, &video)).status, 400);
    assert_eq!(put(&mut world, url, &video).status, 200);
}

#[test]
fn trap_the_end_names_every_part_in_order_and_an_empty_token() {
    let mut world = World::new();
    world.linkedin.settings.video_part_bytes = 50_000;
    let video = mp4();
    let begun = begin(&mut world, video.len(), &json!({}));
    let mut tags = Vec::new();
    for (url, first, last) in &begun.parts {
        let early = end(&mut world, &begun.urn, &json!(""), &tags);
        assert_eq!(early.said(), (400, "MEDIA_ASSET_WAITING_UPLOAD"));
        tags.push(tag(&put(&mut world, url, &video[*first..=*last])));
    }
    let quoted: Vec<String> = tags.iter().map(|tag| format!("\"{tag}\"")).collect();
    let reversed: Vec<String> = tags.iter().rev().cloned().collect();
    let invalid = (400, "INVALID_VALUE_FOR_FIELD");
    for (token, parts, said) in [
        (Value::Null, &tags, (400, "MISSING_FIELD")),
        (json!("x"), &tags, invalid),
        (json!(""), &quoted, invalid),
        (json!(""), &reversed, invalid),
    ] {
        assert_eq!(end(&mut world, &begun.urn, &token, parts).said(), said);
    }
    assert_eq!(end(&mut world, &begun.urn, &json!(""), &tags).status, 200);
}

#[test]
fn a_preview_image_and_captions_have_families_of_their_own() {
    let mut world = World::new();
    let video = mp4();
    let more = json!({"uploadThumbnail": true, "uploadCaptions": true});
    let begun = begin(&mut world, video.len(), &more);
    let part = tag(&put(&mut world, &begun.parts[0].0, &video));
    let thumbnail = begun.thumbnail.unwrap();
    assert_eq!(put(&mut world, &thumbnail, &png(4, 4)).status, 400);
    let still = Ask::put(&thumbnail, &png(4, 4)).header("media-type-family", "STILLIMAGE");
    assert_eq!(world.ask(still.without("authorization")).status, 200);
    assert_eq!(put(&mut world, &begun.captions.unwrap(), b"1").status, 405);
    assert_eq!(end(&mut world, &begun.urn, &json!(""), &[part]).status, 200);
    let file = world.linkedin.files().find(|file| file.urn == begun.urn);
    let file = file.unwrap();
    assert_eq!((file.has_thumbnail, file.has_captions), (true, false));
}

#[test]
fn a_video_that_is_none_fails_in_processing() {
    for bytes in [b"%PDF-1.7".to_vec(), mp4()[..2000].to_vec()] {
        let mut world = World::new();
        let begun = begin(&mut world, bytes.len(), &json!({}));
        let part = tag(&put(&mut world, &begun.parts[0].0, &bytes));
        assert_eq!(end(&mut world, &begun.urn, &json!(""), &[part]).status, 200);
        world.advance(2);
        let file = world.linkedin.files().find(|file| file.urn == begun.urn);
        let status = file.unwrap().status(world.now);
        assert_eq!(status, MediaStatus::ProcessingFailed);
    }
}

#[test]
fn a_document_needs_a_title() {
    let mut world = World::new();
    let body = json!({"initializeUploadRequest": {"owner": JANE}});
    let got = world.ask(Ask::post("/rest/documents?action=initializeUpload", body));
    let value = &got.body["value"];
    let urn = value["document"].as_str().unwrap().to_owned();
    let url = value["uploadUrl"].as_str().unwrap().to_owned();
    assert_eq!(world.ask(Ask::put(&url, b"%PDF-1.7 x")).status, 201);
    world.advance(2);
    let got = world.ask(post(&urn, &json!({})));
    assert_eq!(got.said(), (400, "MISSING_FIELD"));
    assert_eq!(world.ask(post(&urn, &json!({"title": "Deck"}))).status, 201);
    let wrong = world.ask(Ask::get(&format!("/rest/images/{}", encoded(&urn))));
    assert_eq!(wrong.status, 403, "self-serve");
}

#[test]
fn only_a_video_has_an_end_and_a_size() {
    let mut world = World::new();
    let body = json!({"finalizeUploadRequest": {}});
    let got = world.ask(Ask::post("/rest/images?action=finalizeUpload", body));
    assert_eq!(got.said(), (400, "ILLEGAL_ARGUMENT"));
    let size = json!({"initializeUploadRequest": {"owner": JANE, "fileSizeBytes": 9}});
    let got = world.ask(Ask::post("/rest/images?action=initializeUpload", size));
    assert_eq!(got.said(), (403, "ACCESS_DENIED"));
    for wrong in [json!(0), json!("9")] {
        let body = json!({"initializeUploadRequest": {"owner": JANE, "fileSizeBytes": wrong}});
        let got = world.ask(Ask::post("/rest/videos?action=initializeUpload", body));
        assert_eq!(got.said(), (400, "INVALID_VALUE_FOR_FIELD"));
    }
}

#[test]
fn trap_a_201_for_a_video_is_no_post_readers_see() {
    let mut world = World::new();
    world.linkedin.settings.post_while_processing = true;
    let lifecycle = |world: &mut World, sound: bool| {
        let image = if sound {
            png(4, 4)
        } else {
            b"GIF89a no image".to_vec()
        };
        let body = json!({"initializeUploadRequest": {"owner": ACME}});
        let begun =
            world.ask(Ask::post("/rest/images?action=initializeUpload", body).token_of(ACME));
        let (urn, url) = (
            &begun.body["value"]["image"],
            &begun.body["value"]["uploadUrl"],
        );
        let put = Ask::put(url.as_str().unwrap(), &image).token_of(ACME);
        assert_eq!(world.ask(put).status, 201);
        let text = text_post(ACME, &format!("sound: {sound}"));
        let post = world.publish(with(text, "", "content", json!({"media": {"id": urn}})));
        let read = |world: &mut World| {
            let got = world.ask(Ask::read(&post).token_of(ACME));
            got.body["lifecycleState"].as_str().unwrap().to_owned()
        };
        let early = read(world);
        world.advance(10);
        [early, read(world)]
    };
    let shown = lifecycle(&mut world, true);
    assert_eq!(shown, ["PUBLISH_REQUESTED", "PUBLISHED"]);
    let failed = lifecycle(&mut world, false);
    assert_eq!(failed, ["PUBLISH_REQUESTED", "PUBLISH_FAILED"]);
}
