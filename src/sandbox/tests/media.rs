//! Images: from `initializeUpload` into a post.

use super::*;
use crate::sandbox::settings::MediaGet;
use crate::sandbox::{Content, MediaStatus};

fn image_post(urn: &str, content: Value) -> Ask {
    Ask::create(with(text_post(urn, "look"), "", "content", content))
}

fn status(world: &World, urn: &MediaUrn) -> MediaStatus {
    let image = world.linkedin.files().find(|image| image.urn == *urn);
    image.unwrap().status(world.now)
}

#[test]
fn an_image_walks_from_waiting_to_available() {
    let mut world = World::new();
    let (urn, url) = world.initialize(JANE);
    assert!(url.starts_with("https://www.linkedin.com/dms-uploads/"));
    assert_eq!(status(&world, &urn), MediaStatus::WaitingUpload);
    let post = || image_post(JANE, json!({"media": {"id": urn, "altText": "a chart"}}));
    assert_eq!(
        world.ask(post()).said(),
        (400, "MEDIA_ASSET_WAITING_UPLOAD")
    );
    let got = world.ask(Ask::put(&url, &png(4, 4)));
    assert_eq!((got.status, &got.body), (201, &Value::Null));
    assert_eq!(status(&world, &urn), MediaStatus::Processing);
    assert_eq!(
        world.ask(post()).said(),
        (400, "MEDIA_ASSET_WAITING_UPLOAD")
    );
    world.linkedin.settings.post_while_processing = true;
    assert_eq!(world.ask(post()).status, 201);
    world.linkedin.settings.post_while_processing = false;
    world.advance(2);
    assert_eq!(status(&world, &urn), MediaStatus::Available);
    let content = world.linkedin.posts()[0].content.clone().unwrap();
    assert_eq!(content.media(), [(&urn, Some("a chart"))]);
    assert_eq!(world.linkedin.medium(urn.id()).unwrap().1, png(4, 4));
}

#[test]
fn what_is_no_image_fails_in_processing() {
    let mut world = World::new();
    let large = png(6026, 6000);
    let cases: [&[u8]; 4] = [
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"%PDF-1.7",
        b"\xff\xd8\xff",
        &large,
    ];
    for bytes in cases {
        let (urn, url) = world.initialize(JANE);
        assert_eq!(world.ask(Ask::put(&url, bytes)).status, 201);
        world.advance(2);
        assert_eq!(status(&world, &urn), MediaStatus::ProcessingFailed);
        let got = world.ask(image_post(JANE, json!({"media": {"id": urn}})));
        assert_eq!(got.said(), (400, "MEDIA_ASSET_PROCESSING_FAILED"));
    }
    world.linkedin.settings.media_fail = true;
    let urn = world.image(JANE);
    assert_eq!(status(&world, &urn), MediaStatus::ProcessingFailed);
}

#[test]
fn an_upload_needs_the_owners_token_and_the_exact_address() {
    let mut world = World::new();
    let (_, url) = world.initialize(JANE);
    let put = |url: &str| Ask::put(url, &png(4, 4));
    let got = world.ask(put(&url).without("authorization"));
    assert_eq!(got.status, 401);
    assert_eq!(world.ask(put(&url).token_of(BOB)).status, 403);
    assert_eq!(world.ask(put(&url.replace("%2B", "+"))).status, 404);
    assert_eq!(world.ask(put(&format!("{url}&x=1"))).status, 404);
    assert_eq!(world.ask(Ask::put(&url, b"")).status, 400);
    let plain = put(&url).without("x-restli-protocol-version");
    assert_eq!(world.ask(plain).status, 201);
    assert_eq!(world.ask(put(&url)).status, 201, "the same bytes again");
    let got = world.ask(Ask::put(&url, &png(5, 5)));
    assert_eq!(got.said(), (400, "UPDATING_ASSET_FAILED"));
    let (_, url) = world.initialize(JANE);
    world.advance(31 * 86_400);
    assert_eq!(world.ask(put(&url)).said(), (400, "EXPIRED_UPLOAD_URL"));
}

#[test]
fn initialize_names_its_refusals() {
    let mut world = World::new();
    let ask = |body| Ask::post("/rest/images?action=initializeUpload", body);
    let owner = |urn: &str| json!({"initializeUploadRequest": {"owner": urn}});
    for (body, status, code) in [
        (json!({}), 400, "MISSING_FIELD"),
        (json!({"initializeUploadRequest": {}}), 400, "MISSING_FIELD"),
        (owner("jane"), 400, "INVALID_VALUE_FOR_FIELD"),
        (owner(ACME), 403, "ACCESS_DENIED"),
        (
            json!({"initializeUploadRequest": {"owner": JANE, "x": 1}}),
            403,
            "ACCESS_DENIED",
        ),
    ] {
        assert_eq!(world.ask(ask(body)).said(), (status, code));
    }
    let unknown = Ask::post("/rest/images?action=finalizeUpload", owner(JANE));
    assert_eq!(world.ask(unknown).said(), (400, "ILLEGAL_ARGUMENT"));
    assert_eq!(world.linkedin.files().count(), 0);
}

#[test]
fn a_self_serve_app_cannot_read_the_status() {
    let mut world = World::new();
    let urn = world.image(JANE);
    let target = format!("/rest/images/{}", encoded(urn.as_str()));
    let got = world.ask(Ask::get(&target));
    assert_eq!(
        (got.status, got.body),
        (
            403,
            json!({
                "message": "Accessing this image resource is forbidden. Please check your \
                            permissions for this resource",
                "status": 403,
            })
        )
    );
    world.linkedin.settings.media_get = MediaGet::Everyone;
    let got = world.ask(Ask::get(&target));
    assert_eq!(
        (got.status, &got.body["status"]),
        (200, &json!("AVAILABLE"))
    );
    assert_eq!(world.ask(Ask::get(&target).token_of(BOB)).status, 403);
    world.linkedin.settings.media_get = MediaGet::Nobody;
    assert_eq!(world.ask(Ask::get(&target)).status, 403);
}

#[test]
fn a_page_reads_one_status_or_several() {
    let mut world = World::new();
    let done = world.image(ACME);
    let (waiting, _) = world.initialize(ACME);
    let list = [done.as_str(), waiting.as_str(), "urn:li:image:none"].map(encoded);
    let target = format!("/rest/images?ids=List({})", list.join(","));
    let got = world.ask(Ask::get(&target).token_of(ACME));
    assert_eq!(got.body["results"][done.as_str()]["status"], "AVAILABLE");
    assert_eq!(
        got.body["results"][waiting.as_str()]["status"],
        "WAITING_UPLOAD"
    );
    assert_eq!(got.body["statuses"]["urn:li:image:none"], 404);
    let got = world.ask(Ask::get("/rest/images/urn%3Ali%3Avideo%3A1").token_of(ACME));
    assert_eq!(got.said(), (400, "INVALID_URN_TYPE"));
}

#[test]
fn a_post_shows_only_its_authors_images() {
    let mut world = World::new();
    let foreign = world.image(ACME);
    let invalid = (400, "INVALID_IMAGE_ID");
    for (id, said) in [
        (foreign.as_str(), invalid),
        ("urn:li:image:C4E22AQnone", invalid),
        ("urn:li:video:C4E22AQ", (400, "INVALID_VIDEO_ID")),
        ("https://acme.example/a.png", (400, "INVALID_URN_TYPE")),
    ] {
        let got = world.ask(image_post(JANE, json!({"media": {"id": id}})));
        assert_eq!(got.said(), said, "{id}");
    }
}

#[test]
fn several_images_are_two_to_twenty() {
    let mut world = World::new();
    let urn = world.image(JANE);
    let many = |count: usize| {
        let images = vec![json!({"id": urn}); count];
        image_post(JANE, json!({"multiImage": {"images": images}}))
    };
    for count in [0, 1, 21] {
        assert_eq!(
            world.ask(many(count)).said(),
            (400, "INVALID_VALUE_FOR_FIELD")
        );
    }
    for count in [2, 20] {
        assert_eq!(world.ask(many(count)).status, 201);
    }
    let post = &world.linkedin.posts()[0];
    assert!(post.urn.as_str().starts_with("urn:li:ugcPost:"));
    assert!(matches!(&post.content, Some(Content::MultiImage { images }) if images.len() == 2));
}

#[test]
fn alt_text_has_4086_utf16_units() {
    let mut world = World::new();
    let urn = world.image(JANE);
    let post = |alt: String| image_post(JANE, json!({"media": {"id": urn, "altText": alt}}));
    let got = world.ask(post("a".repeat(4087)));
    assert_eq!(got.said(), (400, "FIELD_LENGTH_TOO_LONG"));
    assert!(
        got.message()
            .starts_with("content/media/altText length 4087")
    );
    assert_eq!(world.ask(post("a".repeat(4086))).status, 201);
}
