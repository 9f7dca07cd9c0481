//! Creating posts: scopes, form, author, meaning, duplicates.

use super::*;
use crate::model::urn::PostUrn;
use crate::sandbox::settings::DuplicateGhost;

fn refused(body: Value, status: u16, code: &str, message: &str) {
    let mut world = World::new();
    let shown = body.to_string();
    let known = [JANE, ACME].into_iter().find(|urn| body["author"] == **urn);
    let ask = Ask::create(body).token_of(known.unwrap_or(JANE));
    let got = world.ask(ask);
    assert_eq!(got.said(), (status, code), "{shown}: {got:?}");
    assert!(
        got.message().contains(message),
        "{message} is not in {got:?}"
    );
    assert!(world.linkedin.posts().is_empty());
}

fn hello() -> Value {
    text_post(JANE, "hello")
}

#[test]
fn a_post_is_created_and_named_in_the_header_only() {
    let mut world = World::new();
    let got = world.ask(Ask::create(text_post(JANE, r"we \(still\) like #Rust")));
    assert_eq!((got.status, &got.body), (201, &Value::Null));
    let urn = PostUrn::parse(&got.header("x-restli-id").unwrap()).unwrap();
    assert_eq!(urn.minted_at(), Some(world.now));
    let jane = author(JANE);
    let posts: Vec<_> = world.linkedin.live_posts_of(&jane).collect();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].urn, urn);
    assert_eq!(posts[0].rendered.text, "we (still) like #Rust");
    assert_eq!(posts[0].rendered.hashtags, ["Rust"]);
    assert_eq!(posts[0].raw, r"we \(still\) like #Rust");
    assert_eq!(world.linkedin.live_posts_of(&author(ACME)).count(), 0);
}

#[test]
fn unescaped_text_is_cut_without_an_error() {
    let mut world = World::new();
    world.publish(text_post(JANE, "we (still) sell it"));
    let rendered = &world.linkedin.posts()[0].rendered;
    assert_eq!((rendered.text.as_str(), rendered.cut), ("we ", true));
    assert_eq!(rendered.lost, "(still) sell it");
}

#[test]
fn required_fields_are_named() {
    for field in [
        "author",
        "commentary",
        "visibility",
        "distribution",
        "lifecycleState",
    ] {
        let message = format!("{field} is required but missing");
        refused(without(hello(), "", field), 400, "MISSING_FIELD", &message);
    }
    let body = without(hello(), "/distribution", "feedDistribution");
    refused(body, 400, "MISSING_FIELD", "distribution/feedDistribution");
}

#[test]
fn unknown_and_read_only_fields_are_a_403() {
    for field in [
        "id",
        "createdAt",
        "publishedAt",
        "lifecycleStateInfo",
        "adContext",
        "nonsense",
    ] {
        let message = format!(
            "Unpermitted fields present in REQUEST_BODY: Data Processing Exception while \
             processing fields [/{field}]"
        );
        refused(
            with(hello(), "", field, json!(1)),
            403,
            "ACCESS_DENIED",
            &message,
        );
    }
    let body = with(hello(), "/distribution", "feed", json!("x"));
    refused(body, 403, "ACCESS_DENIED", "[/distribution/feed]");
    let body = with(
        hello(),
        "",
        "reshareContext",
        json!({"root": "urn:li:share:1"}),
    );
    refused(body, 403, "ACCESS_DENIED", "[/reshareContext/root]");
}

#[test]
fn values_are_checked() {
    let invalid = "INVALID_VALUE_FOR_FIELD";
    let page = text_post(ACME, "hello");
    for (body, message) in [
        (
            with(hello(), "", "visibility", json!("EVERYBODY")),
            "visibility can't be set to EVERYBODY",
        ),
        (
            with(hello(), "", "visibility", json!("CONTAINER")),
            "visibility",
        ),
        (
            with(page, "", "visibility", json!("CONNECTIONS")),
            "visibility can't be set to CONNECTIONS",
        ),
        (
            with(hello(), "", "lifecycleState", json!("DRAFT")),
            "lifecycleState can't be set to DRAFT",
        ),
        (
            with(hello(), "", "isReshareDisabledByAuthor", json!("no")),
            "isReshareDisabledByAuthor",
        ),
        (
            with(hello(), "", "commentary", json!(7)),
            "commentary can't be set to 7",
        ),
        (with(hello(), "", "distribution", json!([])), "distribution"),
        (
            with(hello(), "/distribution", "feedDistribution", json!("ALL")),
            "feedDistribution",
        ),
        (
            with(hello(), "/distribution", "targetEntities", json!([{}])),
            "targetEntities",
        ),
        (
            with(hello(), "", "content", json!({"celebration": {}})),
            "content can't be set to",
        ),
        (
            with(hello(), "", "content", json!({"poll": {}, "article": {}})),
            "article, poll",
        ),
    ] {
        refused(body, 400, invalid, message);
    }
}

#[test]
fn urns_addresses_and_buttons_have_refusals_of_their_own() {
    refused(
        with(hello(), "", "author", json!("urn:li:member:7")),
        400,
        "INVALID_URN_TYPE",
        "",
    );
    let body = with(hello(), "", "contentLandingPage", json!("acme"));
    refused(body, 400, "INVALID_URL", "");
    let body = with(hello(), "", "contentCallToActionLabel", json!("WAVE"));
    refused(body, 400, "INVALID_CALL_TO_ACTION", "WAVE");
    let body = with(hello(), "", "contentCallToActionLabel", json!("APPLY"));
    refused(body, 400, "MISSING_FIELD", "contentLandingPage");
    let mut world = World::new();
    let mut ask = Ask::create(hello());
    ask.body = Bytes::from_static(b"[1]");
    let ask = ask.header("content-length", "3");
    assert_eq!(world.ask(ask).said(), (400, "ILLEGAL_ARGUMENT"));
}

#[test]
fn a_draft_is_accepted_only_by_setting() {
    let mut world = World::new();
    world.linkedin.settings.draft_create = true;
    world.publish(with(hello(), "", "lifecycleState", json!("DRAFT")));
    assert!(!world.linkedin.posts()[0].is_live());
}

#[test]
fn scope_and_role_decide_who_may_be_author() {
    let mut world = World::new();
    let as_jane = |body| Ask::create(body).token_of(JANE);
    let as_page = |body| Ask::create(body).token_of(ACME);
    let field = "Field Value validation failed in REQUEST_BODY: Data Processing Exception while \
                 processing fields [/author]";
    for ask in [
        as_jane(text_post(ACME, "x")),
        as_jane(text_post("urn:li:person:somebody", "x")),
        as_page(text_post("urn:li:organization:43", "x")),
    ] {
        let got = world.ask(ask);
        assert_eq!((got.said(), got.message()), ((403, "ACCESS_DENIED"), field));
        assert_eq!(got.body["serviceErrorCode"], 100);
    }
    let tokens = &mut world.linkedin.directory.tokens;
    tokens
        .get_mut("sandbox-token-42")
        .unwrap()
        .scopes
        .remove("w_member_social");
    let got = world.ask(as_page(text_post(JANE, "x")));
    let message = "Member permissions must be used when using member as author";
    assert_eq!((got.status, got.message()), (400, message));
    let tokens = &mut world.linkedin.directory.tokens;
    tokens
        .get_mut("sandbox-token-jane_B-9")
        .unwrap()
        .scopes
        .remove("w_member_social");
    let got = world.ask(as_jane(hello()));
    let message = "Not enough permissions to access: partnerApiPostsExternal.CREATE.20260901";
    assert_eq!(
        (got.said(), got.message()),
        ((403, "ACCESS_DENIED"), message)
    );
    assert!(world.linkedin.posts().is_empty());
}

#[test]
fn the_same_text_is_a_duplicate_for_ten_minutes() {
    let mut world = World::new();
    let first = world.publish(hello());
    world.advance(599);
    let got = world.ask(Ask::create(hello()));
    assert_eq!(
        (got.status, got.body),
        (
            422,
            json!({
                "errorDetailType": "com.linkedin.common.error.BadRequest",
                "message": format!(
                    "com.linkedin.content.common.exception.BadRequestResponseException: Content is \
                     a duplicate of {first}"
                ),
                "errorDetails": {"inputErrors": [{
                    "description": "Duplicate post is detected", "input": {},
                    "code": "DUPLICATE_POST",
                }]},
                "status": 422,
            })
        )
    );
    world.publish(text_post(JANE, "hello "));
    world.publish(text_post(ACME, "hello"));
    world.advance(1);
    let second = world.publish(hello());
    assert_ne!(first, second);
}

#[test]
fn a_deleted_post_is_a_duplicate_only_as_a_ghost() {
    for ghost in [
        DuplicateGhost::Off,
        DuplicateGhost::DeletedPost,
        DuplicateGhost::FreshUrn,
    ] {
        let mut world = World::new();
        world.linkedin.settings.dup_ghost = ghost;
        let first = world.publish(hello());
        assert_eq!(world.ask(Ask::delete(&first)).status, 204);
        let got = world.ask(Ask::create(hello()));
        let names_first = got.message().ends_with(&first);
        match ghost {
            DuplicateGhost::Off => assert_eq!(got.status, 201),
            DuplicateGhost::DeletedPost => assert_eq!((got.status, names_first), (422, true)),
            DuplicateGhost::FreshUrn => {
                assert_eq!((got.status, names_first), (422, false));
                let again = world.ask(Ask::create(hello()));
                assert_ne!(again.message(), got.message());
            }
        }
    }
}

#[test]
fn only_a_mention_with_the_right_name_is_alive() {
    let mut world = World::new();
    let page = "urn:li:organization:42";
    let text = format!(
        r"@[Acme \(EU\)]({page}) @[Acme]({page}) @[Jane](urn:li:person:jane\_B-9) @[X](urn:li:organization:7)"
    );
    world.publish(text_post(JANE, &text));
    let rendered = &world.linkedin.posts()[0].rendered;
    assert_eq!(rendered.text, "Acme (EU) Acme Jane X");
    let names: Vec<_> = rendered
        .mentions
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["Acme (EU)", "Jane", "X"]);
}

#[test]
fn a_reshare_stands_alone_and_its_parent_must_allow_it() {
    let mut world = World::new();
    let open = world.publish(text_post(ACME, "open"));
    let closed = text_post(ACME, "closed");
    let closed = world.publish(with(closed, "", "isReshareDisabledByAuthor", json!(true)));
    let share = |parent: &str| with(hello(), "", "reshareContext", json!({"parent": parent}));
    let got = world.ask(Ask::create(share(&closed)));
    assert_eq!(got.said(), (422, "UNPROCESSABLE_ENTITY"));
    let got = world.ask(Ask::create(share("urn:li:activity:1")));
    assert_eq!(got.said(), (400, "INVALID_URN_TYPE"));
    let poll = json!({"poll": {
        "question": "?", "options": [{"text": "a"}, {"text": "b"}],
        "settings": {"duration": "ONE_DAY"},
    }});
    let got = world.ask(Ask::create(with(share(&open), "", "content", poll)));
    assert_eq!(got.said(), (400, "INVALID_VALUE_FOR_FIELD"));
    world.publish(with(share(&open), "", "commentary", json!("")));
    assert_eq!(
        world.linkedin.posts()[2].parent.as_ref().unwrap().as_str(),
        open
    );
}
