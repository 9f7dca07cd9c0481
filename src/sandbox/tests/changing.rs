//! Editing and deleting posts.

use super::*;

#[test]
fn the_text_of_a_post_can_be_changed_and_nothing_else_of_it() {
    let mut world = World::new();
    let urn = world.publish(text_post(JANE, "hello"));
    world.advance(60);
    let got = world.ask(Ask::update(&urn, json!({"commentary": "hello #again"})));
    assert_eq!((got.status, &got.body), (204, &Value::Null));
    let post = &world.linkedin.posts()[0];
    assert_eq!((post.urn.as_str(), post.edits), (urn.as_str(), 1));
    assert_eq!(post.rendered.hashtags, ["again"]);
    assert_eq!(post.modified_at, world.now);
    for field in [
        "visibility",
        "author",
        "distribution",
        "content",
        "reshareContext",
    ] {
        let got = world.ask(Ask::update(&urn, json!({field: "PUBLIC"})));
        assert_eq!(got.said(), (403, "ACCESS_DENIED"));
        let message = format!("fields [/{field}]");
        assert!(got.message().contains(&message), "{got:?}");
    }
}

#[test]
fn an_update_is_checked_like_a_post() {
    let mut world = World::new();
    let urn = world.publish(text_post(JANE, "hello"));
    for (set, code) in [
        (json!({"commentary": " "}), "INVALID_VALUE_BLANK_FIELD"),
        (
            json!({"commentary": "a".repeat(3001)}),
            "FIELD_LENGTH_TOO_LONG",
        ),
        (
            json!({"lifecycleState": "DRAFT"}),
            "INVALID_VALUE_FOR_FIELD",
        ),
        (json!({}), "INVALID_VALUE_BLANK_FIELD"),
    ] {
        assert_eq!(world.ask(Ask::update(&urn, set)).said(), (400, code));
    }
    let target = format!("/rest/posts/{}", encoded(&urn));
    let patch = |body| Ask::post(&target, body).header("x-restli-method", "PARTIAL_UPDATE");
    assert_eq!(world.ask(patch(json!({}))).said(), (400, "MISSING_FIELD"));
    assert_eq!(
        world.ask(patch(json!({"patch": {}}))).said(),
        (400, "MISSING_FIELD")
    );
    let got = world.ask(patch(json!({"patch": {"$delete": ["commentary"]}})));
    assert_eq!(got.status, 403);
    assert_eq!(world.linkedin.posts()[0].raw, "hello");
}

#[test]
fn only_the_author_edits_and_deletes() {
    let mut world = World::new();
    let urn = world.publish(text_post(ACME, "hello"));
    let got = world.ask(Ask::update(&urn, json!({"commentary": "mine"})));
    assert_eq!(got.said(), (403, "ACCESS_DENIED"));
    let got = world.ask(Ask::delete(&urn));
    let message = "Not enough permissions to access: partnerApiPostsExternal.DELETE.20260901";
    assert_eq!((got.status, got.message()), (403, message));
    assert!(world.linkedin.posts()[0].is_live());
}

#[test]
fn members_may_be_kept_from_editing() {
    let mut world = World::new();
    world.linkedin.settings.member_partial_update = false;
    let jane = world.publish(text_post(JANE, "hello"));
    let page = world.publish(text_post(ACME, "hello"));
    let edit = json!({"commentary": "edited"});
    assert_eq!(world.ask(Ask::update(&jane, edit.clone())).status, 403);
    assert_eq!(
        world.ask(Ask::update(&page, edit).token_of(ACME)).status,
        204
    );
}

#[test]
fn deleting_twice_succeeds_and_changes_nothing() {
    let mut world = World::new();
    let urn = world.publish(text_post(JANE, "hello"));
    assert_eq!(world.ask(Ask::delete(&urn)).status, 204);
    let deleted_at = world.linkedin.posts()[0].deleted_at;
    assert_eq!(deleted_at, Some(world.now));
    world.advance(60);
    let again = Ask::delete(&urn).header("x-restli-method", "DELETE");
    assert_eq!(world.ask(again).status, 204);
    assert_eq!(world.linkedin.posts()[0].deleted_at, deleted_at);
    assert_eq!(world.linkedin.live_posts_of(&author(JANE)).count(), 0);
    let got = world.ask(Ask::update(&urn, json!({"commentary": "late"})));
    assert_eq!(got.said(), (404, "NOT_FOUND"));
}
