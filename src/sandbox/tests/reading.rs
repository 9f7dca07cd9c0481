//! Reading posts back, for those who may.

use super::*;

#[test]
fn a_self_serve_app_reads_nothing() {
    let mut world = World::new();
    let urn = world.publish(text_post(JANE, "hello"));
    let list = format!("/rest/posts?ids=List({})", encoded(&urn));
    let finder = format!("/rest/posts?q=author&author={}", encoded(JANE));
    for (ask, method) in [
        (Ask::read(&urn), "GET"),
        (Ask::get(&list), "BATCH_GET"),
        (Ask::get(&finder), "FINDER-author"),
    ] {
        let got = world.ask(ask);
        let message =
            format!("Not enough permissions to access: partnerApiPostsExternal.{method}.20260901");
        assert_eq!(
            (got.said(), got.message()),
            ((403, "ACCESS_DENIED"), message.as_str())
        );
    }
}

#[test]
fn a_page_reads_its_post_with_text_in_canonical_form() {
    let mut world = World::new();
    let urn = world.publish(text_post(ACME, r"see #Rust \(now\)"));
    let got = world.ask(Ask::read(&urn).token_of(ACME));
    assert_eq!(got.status, 200);
    assert_eq!(got.body["commentary"], r"see {hashtag|\#|Rust} \(now\)");
    assert_eq!(got.body["id"], urn);
    assert_eq!(got.body["createdAt"], world.now.timestamp_millis());
    assert_eq!(got.body["lifecycleState"], "PUBLISHED");
    let bad = format!("/rest/posts/{}?viewContext=X", encoded(&urn));
    assert_eq!(world.ask(Ask::get(&bad).token_of(ACME)).status, 400);
    world.ask(Ask::delete(&urn).token_of(ACME));
    let got = world.ask(Ask::read(&urn).token_of(ACME));
    assert_eq!(got.said(), (404, "NOT_FOUND"));
}

#[test]
fn content_is_returned_as_it_was_sent() {
    let mut world = World::new();
    let image = world.image(ACME);
    let content = json!({"media": {"id": image, "altText": "a chart"}});
    let urn = world.publish(with(text_post(ACME, "x"), "", "content", content.clone()));
    let got = world.ask(Ask::read(&urn).token_of(ACME));
    assert_eq!(got.body["content"], content);
}

#[test]
fn nobody_reads_what_others_wrote() {
    let mut world = World::new();
    let urn = world.publish(text_post(ACME, "hello"));
    assert_eq!(world.ask(Ask::read(&urn).token_of(BOB)).status, 403);
    let finder = format!("/rest/posts?q=author&author={}", encoded(ACME));
    assert_eq!(world.ask(Ask::get(&finder).token_of(BOB)).status, 403);
}

#[test]
fn a_batch_tells_each_post_apart_and_is_off_on_the_development_tier() {
    let mut world = World::new();
    let urn = world.publish(text_post(ACME, "hello"));
    let gone = "urn:li:share:1";
    let target = format!("/rest/posts?ids=List({},{})", encoded(&urn), encoded(gone));
    let ask = Ask::get(&target).header("x-restli-method", "BATCH_GET");
    let got = world.ask(ask.clone().token_of(ACME));
    assert_eq!(got.status, 200);
    assert_eq!(got.body["statuses"], json!({urn.clone(): 200, gone: 404}));
    assert_eq!(got.body["results"][&urn]["author"], ACME);
    assert_eq!(got.body["errors"][gone]["code"], "NOT_FOUND");
    assert_eq!(world.ask(ask.token_of(BOB)).status, 403);
    for wrong in [
        "List%28urn%3Ali%3Ashare%3A1%29",
        "urn%3Ali%3Ashare%3A1",
        "List(urn:li:share:1)",
    ] {
        let ask = Ask::get(&format!("/rest/posts?ids={wrong}")).token_of(ACME);
        assert_eq!(world.ask(ask).said(), (400, "ILLEGAL_ARGUMENT"), "{wrong}");
    }
}

#[test]
fn the_finder_lists_live_posts_newest_first_in_pages() {
    let mut world = World::new();
    let mut urns = Vec::new();
    for n in 0..3 {
        urns.push(world.publish(text_post(ACME, &format!("post {n}"))));
        world.advance(60);
    }
    let deleted = world.publish(text_post(ACME, "deleted"));
    world.ask(Ask::delete(&deleted).token_of(ACME));
    world.ask(Ask::update(&urns[0], json!({"commentary": "edited"})).token_of(ACME));
    let mut find = |more: &str| {
        let target = format!("/rest/posts?q=author&author={}{more}", encoded(ACME));
        let ask = Ask::get(&target).header("x-restli-method", "FINDER");
        world.ask(ask.token_of(ACME))
    };
    let ids = |got: &Got| -> Vec<String> {
        let elements = got.body["elements"].as_array().unwrap().iter();
        elements
            .map(|post| post["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let modified = find("");
    assert_eq!(
        ids(&modified),
        [&urns[0], &urns[2], &urns[1]].map(String::clone)
    );
    let created = find("&sortBy=CREATED&count=2");
    assert_eq!(ids(&created), [&urns[2], &urns[1]].map(String::clone));
    assert_eq!(created.body["paging"]["links"][0]["rel"], "next");
    let last = find("&sortBy=CREATED&count=2&start=2");
    assert_eq!(ids(&last), [urns[0].clone()]);
    assert_eq!(last.body["paging"]["links"], json!([]));
    for wrong in ["&count=101", "&count=x", "&sortBy=AGE"] {
        let got = find(wrong);
        assert_eq!(
            got.body["errorDetails"]["inputErrors"][0]["code"],
            "PARAM_INVALID"
        );
    }
    let got = find("&page=2");
    assert_eq!(
        got.body["errorDetails"]["inputErrors"][0]["code"],
        "QUERY_PARAM_NOT_ALLOWED"
    );
}
