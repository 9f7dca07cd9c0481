//! Lengths, counts, quotas.

use super::*;
use crate::sandbox::settings::{LengthUnit, OverLength, RetryAfter};

fn long(units: usize) -> Value {
    // One emoji is two UTF-16 units and one grapheme.
    text_post(JANE, &format!("👍{}", "a".repeat(units - 2)))
}

#[test]
fn commentary_has_3000_utf16_units_without_escapes() {
    let mut world = World::new();
    world.publish(long(3000));
    let got = world.ask(Ask::create(long(3001)));
    assert_eq!(got.said(), (400, "FIELD_LENGTH_TOO_LONG"));
    let message = "commentary length 3001 can't exceeded maximum 3000 length";
    assert_eq!(got.message(), message);
    world.publish(text_post(JANE, &r"\_".repeat(3000)));
    let cut = world.ask(Ask::create(text_post(JANE, &"_".repeat(3001))));
    assert_eq!(cut.said(), (400, "FIELD_LENGTH_TOO_LONG"));
}

#[test]
fn the_unit_and_the_consequence_can_be_set() {
    let mut world = World::new();
    world.linkedin.settings.length_unit = LengthUnit::Graphemes;
    world.publish(long(3001));
    world.linkedin.settings.length_unit = LengthUnit::Utf16Wire;
    let wire = text_post(JANE, &r"\_".repeat(1501));
    assert_eq!(world.ask(Ask::create(wire)).status, 400);
    world.linkedin.settings.over_length = OverLength::Truncate;
    world.linkedin.settings.length_unit = LengthUnit::Utf16Unescaped;
    world.publish(long(3005));
    let rendered = &world.linkedin.posts()[1].rendered;
    assert_eq!(rendered.text.encode_utf16().count(), 3000);
    assert_eq!((rendered.cut, rendered.lost.as_str()), (true, "aaaaa"));
}

#[test]
fn text_alone_is_not_blank() {
    let mut world = World::new();
    for blank in ["", " \n"] {
        let got = world.ask(Ask::create(text_post(JANE, blank)));
        assert_eq!(got.said(), (400, "INVALID_VALUE_BLANK_FIELD"));
        assert_eq!(got.message(), "commentary can't be blank");
    }
    let image = world.image(JANE);
    let body = with(
        text_post(JANE, ""),
        "",
        "content",
        json!({"media": {"id": image}}),
    );
    world.linkedin.settings.blank_commentary_with_media = false;
    assert_eq!(world.ask(Ask::create(body.clone())).status, 400);
    world.linkedin.settings.blank_commentary_with_media = true;
    world.publish(body);
}

#[test]
fn an_article_needs_an_address_and_a_title() {
    let mut world = World::new();
    let mut said = |article: Value| {
        let body = with(
            text_post(JANE, "read"),
            "",
            "content",
            json!({"article": article}),
        );
        let got = world.ask(Ask::create(body));
        (got.status, got.code().to_owned())
    };
    let url = "https://acme.example/a?b=c";
    for (article, code) in [
        (json!({"title": "T"}), "MISSING_FIELD"),
        (json!({"source": url}), "MISSING_FIELD"),
        (
            json!({"source": "acme.example", "title": "T"}),
            "INVALID_URL",
        ),
        (
            json!({"source": url, "title": "a".repeat(400)}),
            "FIELD_LENGTH_TOO_LONG",
        ),
        (
            json!({"source": url, "title": " "}),
            "INVALID_VALUE_BLANK_FIELD",
        ),
        (
            json!({"source": url, "title": "T", "description": "a".repeat(4086)}),
            "FIELD_LENGTH_TOO_LONG",
        ),
        (
            json!({"source": url, "title": "T", "thumbnail": url}),
            "INVALID_URN_TYPE",
        ),
        (
            json!({"source": url, "title": "T", "thumbnail": "urn:li:image:X"}),
            "INVALID_IMAGE_ID",
        ),
    ] {
        assert_eq!(said(article.clone()), (400, code.to_owned()), "{article}");
    }
    assert_eq!(
        said(json!({"source": url, "title": "a".repeat(399)})).0,
        201
    );
}

#[test]
fn a_poll_keeps_its_limits() {
    let mut world = World::new();
    let poll = |question: &str, options: usize, text: &str, duration: &str| {
        let options = vec![json!({"text": text}); options];
        let settings = json!({"duration": duration});
        json!({"question": question, "options": options, "settings": settings})
    };
    let mut said = |poll: Value| {
        let body = with(
            text_post(JANE, "vote"),
            "",
            "content",
            json!({"poll": poll}),
        );
        let got = world.ask(Ask::create(body));
        (got.status, got.code().to_owned())
    };
    for (poll, code) in [
        (
            poll(&"q".repeat(141), 2, "a", "ONE_DAY"),
            "FIELD_LENGTH_TOO_LONG",
        ),
        (poll("q", 1, "a", "ONE_DAY"), "INVALID_VALUE_FOR_FIELD"),
        (poll("q", 5, "a", "ONE_DAY"), "INVALID_VALUE_FOR_FIELD"),
        (
            poll("q", 2, &"a".repeat(31), "ONE_DAY"),
            "FIELD_LENGTH_TOO_LONG",
        ),
        (poll("q", 2, "a", "TWO_DAYS"), "INVALID_VALUE_FOR_FIELD"),
        (
            without(poll("q", 2, "a", "ONE_DAY"), "", "settings"),
            "MISSING_FIELD",
        ),
    ] {
        assert_eq!(said(poll), (400, code.to_owned()));
    }
    assert_eq!(said(poll("q", 4, "a", "FOURTEEN_DAYS")).0, 201);
    assert!(
        world.linkedin.posts()[0]
            .urn
            .as_str()
            .starts_with("urn:li:ugcPost:")
    );
}

#[test]
fn a_member_has_150_requests_a_day() {
    let mut world = World::new();
    world.now = at("2026-09-03T23:59:50Z");
    for n in 0..150 {
        world.publish(text_post(JANE, &format!("post {n}")));
    }
    let got = world.ask(Ask::create(text_post(JANE, "one more")));
    assert_eq!(got.said(), (429, "TOO_MANY_REQUESTS"));
    assert_eq!(got.body["serviceErrorCode"], 101);
    assert_eq!(got.header("retry-after"), None);
    // Another app and member are not concerned.
    world.publish(text_post(ACME, "hello"));
    world.advance(10);
    world.publish(text_post(JANE, "one more"));
}

#[test]
fn retry_after_can_be_set_in_both_forms() {
    let mut world = World::new();
    world.linkedin.settings.quota_member = Some(0);
    let mut retry_after = |value| {
        world.linkedin.settings.retry_after_header = value;
        let got = world.ask(Ask::create(text_post(JANE, "x")));
        assert_eq!(got.status, 429);
        got.header("retry-after").unwrap()
    };
    assert_eq!(retry_after(RetryAfter::Seconds(7)), "7");
    let date = retry_after(RetryAfter::HttpDate(60));
    assert_eq!(date, "Thu, 03 Sep 2026 08:01:00 GMT");
}

#[test]
fn an_unverified_member_may_have_a_share_limit() {
    let mut world = World::new();
    world.linkedin.settings.unverified_limit = Some(1);
    world.publish(text_post(BOB, "one"));
    let got = world.ask(Ask::create(text_post(BOB, "two")));
    assert_eq!(got.status, 429);
    assert!(got.message().contains("unverified members"));
    world.publish(text_post(JANE, "one"));
    world.publish(text_post(JANE, "two"));
    world.advance(86_400);
    world.publish(text_post(BOB, "two"));
}
