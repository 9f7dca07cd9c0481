//! Transport, token, version, protocol and route: what is checked before anything else.

use super::*;

fn fine() -> Ask {
    Ask::create(text_post(JANE, "hello"))
}

#[test]
fn transport_is_checked_before_the_token() {
    let mut world = World::new();
    let long = "a".repeat(9000);
    for (ask, status) in [
        (fine().without("content-length"), 411),
        (fine().header("content-length", "3"), 400),
        (fine().without("content-type"), 415),
        (fine().header("content-type", "text/plain"), 415),
        (Ask::get(&format!("/rest/posts/{long}")), 414),
        (Ask::get(&format!("/rest/posts?ids={}", &long[..5000])), 414),
        (fine().header("x-padding", &"a".repeat(29_000)), 414),
        (Ask::put("/rest/posts", &vec![0; 10 * 1024 * 1024 + 1]), 413),
    ] {
        let got = world.ask(ask.without("authorization"));
        assert_eq!(got.status, status, "{got:?}");
    }
    let json = fine().header("content-type", "application/json; charset=utf-8");
    assert_eq!(world.ask(json).status, 201);
}

#[test]
fn each_bad_token_has_its_own_answer() {
    let mut world = World::new();
    let token = world.linkedin.directory.tokens["sandbox-token-jane_B-9"].clone();
    let mut add = |name: &str, change: &dyn Fn(&mut Token)| {
        let mut token = token.clone();
        change(&mut token);
        world
            .linkedin
            .directory
            .tokens
            .insert(name.to_owned(), token);
    };
    add("revoked", &|t| t.revoked = true);
    add("expired", &|t| {
        t.expires_at = Some(at("2026-09-03T08:00:00Z"));
    });
    add("of-mallory", &|t| {
        t.member = author("urn:li:person:mallory");
    });
    let mallory = Member {
        name: "Mallory".to_owned(),
        verified: true,
        restricted: true,
    };
    let members = &mut world.linkedin.directory.members;
    members.insert(author("urn:li:person:mallory"), mallory);
    for (header, number, code) in [
        ("Bearer nobody", 65600, "INVALID_ACCESS_TOKEN"),
        ("Bearer revoked", 65601, "REVOKED_ACCESS_TOKEN"),
        ("Bearer expired", 65602, "EXPIRED_ACCESS_TOKEN"),
        ("Bearer ", 65604, "EMPTY_ACCESS_TOKEN"),
        ("Bearer of-mallory", 65608, "RESTRICTED_MEMBER"),
    ] {
        let got = world.ask(fine().header("authorization", header));
        assert_eq!(got.said(), (401, code));
        assert_eq!(got.body["serviceErrorCode"], number);
    }
    let got = world.ask(fine().without("authorization"));
    assert_eq!(got.said(), (401, "EMPTY_ACCESS_TOKEN"));
    let got = world.ask(fine().header("authorization", "Basic x"));
    assert_eq!(
        (got.status, got.message()),
        (401, "Unknown authentication schema")
    );
    assert!(world.linkedin.posts().is_empty());
}

#[test]
fn a_fresh_token_may_lag() {
    let mut world = World::new();
    world.linkedin.settings.token_activation_lag_ms = 5000;
    let token = world
        .linkedin
        .directory
        .tokens
        .get_mut("sandbox-token-jane_B-9");
    token.unwrap().issued_at = Some(world.now);
    assert_eq!(world.ask(fine()).said(), (401, "REVOKED_ACCESS_TOKEN"));
    world.advance(5);
    assert_eq!(world.ask(fine()).status, 201);
}

#[test]
fn a_sunset_version_is_answered_with_the_body_seen_in_public() {
    let mut world = World::new();
    let got = world.ask(fine().header("linkedin-version", "202504"));
    assert_eq!(got.status, 426);
    assert_eq!(
        got.body,
        json!({
            "status": 426, "code": "NONEXISTENT_VERSION",
            "message": "Requested version 20250401 is not active",
        })
    );
}

#[test]
fn versions_are_months_that_exist() {
    let mut world = World::new();
    for (version, status, code) in [
        ("202512", 426, "NONEXISTENT_VERSION"),
        ("202511", 426, "NONEXISTENT_VERSION"),
        ("202610", 426, "NONEXISTENT_VERSION"),
        ("202508.02", 426, "NONEXISTENT_VERSION"),
        ("2026-09", 400, "ILLEGAL_ARGUMENT"),
        ("latest", 400, "ILLEGAL_ARGUMENT"),
    ] {
        let got = world.ask(fine().header("linkedin-version", version));
        assert_eq!(got.said(), (status, code), "{version}");
    }
    let got = world.ask(fine().without("linkedin-version"));
    assert_eq!(got.said(), (400, "VERSION_MISSING"));
    assert_eq!(
        world
            .ask(fine().header("linkedin-version", "202601"))
            .status,
        201
    );
}

#[test]
fn protocol_2_is_required_of_the_versioned_api_only() {
    let mut world = World::new();
    for ask in [
        fine().without("x-restli-protocol-version"),
        fine().header("x-restli-protocol-version", "1.0.0"),
        fine().header("x-http-method-override", "GET"),
    ] {
        assert_eq!(world.ask(ask).said(), (400, "ILLEGAL_ARGUMENT"));
    }
    let user = Ask::get("/v2/userinfo").without("x-restli-protocol-version");
    assert_eq!(world.ask(user.without("linkedin-version")).status, 200);
}

#[test]
fn unknown_paths_and_methods_are_told_apart() {
    let mut world = World::new();
    let share = "/rest/posts/urn%3Ali%3Ashare%3A1";
    let verb = |method: Method, target: &str| Ask::new(method, target, Bytes::new());
    for (ask, status, code) in [
        (Ask::get("/rest/nothing"), 404, "RESOURCE_NOT_FOUND"),
        (Ask::get("/v3/userinfo"), 404, "RESOURCE_NOT_FOUND"),
        (Ask::get("/rest/posts/a/b"), 404, "RESOURCE_NOT_FOUND"),
        (Ask::get("/rest/posts"), 400, "ILLEGAL_ARGUMENT"),
        (
            Ask::post(share, json!({"patch": {}})),
            400,
            "ILLEGAL_ARGUMENT",
        ),
        (verb(Method::DELETE, "/rest/posts"), 400, "ILLEGAL_ARGUMENT"),
        (verb(Method::PATCH, share), 405, ""),
        (verb(Method::PUT, share), 405, ""),
        (
            fine().header("x-restli-method", "FINDER"),
            400,
            "ILLEGAL_ARGUMENT",
        ),
        (
            Ask::read("urn:li:share:1").header("x-restli-method", "DELETE"),
            400,
            "ILLEGAL_ARGUMENT",
        ),
    ] {
        let target = ask.target.clone();
        assert_eq!(world.ask(ask).said(), (status, code), "{target}");
    }
    assert_eq!(
        world.ask(fine().header("x-restli-method", "create")).status,
        201
    );
}

#[test]
fn keys_are_encoded_exactly_once_and_name_posts() {
    let mut world = World::new();
    let delete = |key: &str| Ask::new(Method::DELETE, &format!("/rest/posts/{key}"), Bytes::new());
    for (key, code) in [
        ("urn:li:share:1", "ILLEGAL_ARGUMENT"),
        ("urn%253Ali%253Ashare%253A1", "ILLEGAL_ARGUMENT"),
        ("urn%3Ali%3Aactivity%3A1", "INVALID_URN_TYPE"),
        ("1", "INVALID_URN_TYPE"),
        ("urn%3Ali%3Ashare%3Aabc", "INVALID_URN_ID"),
    ] {
        assert_eq!(world.ask(delete(key)).said(), (400, code), "{key}");
    }
    let got = world.ask(delete("urn%3Ali%3Ashare%3A1"));
    assert_eq!(
        (got.said(), got.message()),
        ((404, "NOT_FOUND"), "Could not find entity")
    );
}

#[test]
fn every_answer_has_the_headers_of_linkedin() {
    let mut world = World::new();
    for got in [
        world.ask(fine()),
        world.ask(fine().without("authorization")),
    ] {
        assert_eq!(got.header("date").unwrap(), "Thu, 03 Sep 2026 08:00:00 GMT");
        assert_eq!(got.header("x-li-uuid").unwrap().len(), 36);
        assert_eq!(got.header("x-restli-protocol-version").unwrap(), "2.0.0");
    }
}
