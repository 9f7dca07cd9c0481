//! Requests that hurried clients send, and what LinkedIn says to them.

use super::*;

fn said(body: Value) -> (u16, String) {
    let mut world = World::new();
    let got = world.ask(Ask::create(body).token_of(JANE));
    let (status, code) = got.said();
    (status, code.to_owned())
}

fn post() -> Value {
    text_post(JANE, "words")
}

fn with_content(content: Value) -> Value {
    with(post(), "", "content", content)
}

#[test]
fn trap_there_are_no_drafts_and_no_schedule() {
    let draft = with(post(), "", "lifecycleState", json!("DRAFT"));
    assert_eq!(said(draft), (400, "INVALID_VALUE_FOR_FIELD".to_owned()));
    let later = with(post(), "", "scheduledAt", json!(1_800_000_000_000_i64));
    assert_eq!(said(later), (403, "ACCESS_DENIED".to_owned()));
}

#[test]
fn trap_fields_linkedin_fills_are_forbidden() {
    for field in [
        "id",
        "createdAt",
        "publishedAt",
        "lastModifiedAt",
        "lifecycleStateInfo",
    ] {
        let body = with(post(), "", field, json!(1));
        assert_eq!(said(body), (403, "ACCESS_DENIED".to_owned()), "{field}");
    }
}

#[test]
fn trap_a_card_needs_its_own_title_and_an_image_urn() {
    let bare = with_content(json!({"article": {"source": "https://example.com"}}));
    assert_eq!(said(bare), (400, "MISSING_FIELD".to_owned()));
    let address = json!({"article": {
        "source": "https://example.com", "title": "T", "thumbnail": "https://example.com/a.png",
    }});
    assert_eq!(
        said(with_content(address)),
        (400, "INVALID_URN_TYPE".to_owned())
    );
}

#[test]
fn trap_what_is_not_organic_cannot_be_created() {
    for kind in ["celebration", "carousel", "reference"] {
        let body = with_content(json!({kind: {"id": "urn:li:event:1"}}));
        assert_eq!(said(body).0, 400, "{kind}");
    }
}

#[test]
fn trap_two_kinds_of_content_are_one_too_many() {
    let poll = json!({"question": "Q", "options": [{"text": "a"}, {"text": "b"}],
        "settings": {"duration": "ONE_DAY"}});
    let article = json!({"source": "https://example.com", "title": "T"});
    let both = with_content(json!({"poll": poll, "article": article}));
    assert_eq!(said(both), (400, "INVALID_VALUE_FOR_FIELD".to_owned()));
    let mut reshare = with_content(json!({"article": article}));
    reshare["reshareContext"] = json!({"parent": "urn:li:share:7"});
    assert_eq!(said(reshare), (400, "INVALID_VALUE_FOR_FIELD".to_owned()));
}

#[test]
fn trap_ids_of_members_belong_to_one_app() {
    for author in ["urn:li:person:somebody-else", "urn:li:organization:999"] {
        let body = text_post(author, "words");
        assert_eq!(said(body), (403, "ACCESS_DENIED".to_owned()), "{author}");
    }
    let member = text_post("urn:li:member:12345", "words");
    assert_eq!(said(member), (400, "INVALID_URN_TYPE".to_owned()));
}

#[test]
fn trap_a_file_of_one_owner_is_nothing_for_another() {
    let mut world = World::new();
    let urn = world.image(ACME);
    let body = with_content(json!({"media": {"id": urn}}));
    let got = world.ask(Ask::create(body));
    assert_eq!(got.said(), (400, "INVALID_IMAGE_ID"));
}
