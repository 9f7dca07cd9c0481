use pulldown_cmark::{Event, Options, Parser, Tag};

use super::markdown::{COMMENT_LIMIT, Origin, review_markdown};
use super::*;
use crate::report::review::samples::{hostile, post, review};
use crate::report::samples as common;

fn page(review: &Review) -> String {
    review_markdown(review, Origin::Own, COMMENT_LIMIT)
}

#[test]
fn a_pull_request_with_one_post_of_each_kind() {
    let mut fresh = post("launch");
    fresh.when = When::At(common::at("2026-09-03T06:00:00Z"));
    fresh.effect = Effect::Publish;
    fresh.hazards = vec![
        Hazard::PastDue { minutes: 120 },
        Hazard::Near {
            minutes: 20,
            key: "notes".to_owned(),
            place: Place::PullRequest(12),
        },
    ];
    fresh.media = vec![Medium {
        path: "media/chart.png".to_owned(),
        kind: "PNG image".to_owned(),
        bytes: 20_000,
        pixels: Some((800, 400)),
        alt: Some("A chart".to_owned()),
        title: None,
        new: false,
    }];
    let mut edit = post("typo");
    edit.change = Change::Edited;
    edit.when = When::Published(common::at("2026-09-01T07:00:04Z"));
    edit.effect = Effect::Update;
    edit.live = Some("urn:li:share:7141138937766391808".to_owned());
    edit.text = Some("The end".to_owned());
    edit.before = Some(Before {
        text: "Teh end".to_owned(),
        live: true,
    });
    let mut draft = post("idea");
    draft.when = When::Never;
    draft.effect = Effect::Never;
    assert_eq!(
        page(&review(vec![fresh, edit, draft])),
        include_str!("expected.md")
    );
}

#[test]
fn a_long_text_is_shown_whole_with_the_estimated_cut() {
    let mut long = post("long");
    long.text = Some("One.\n\nTwo.\nThree.\nFour.\nFive.\nSix.".to_owned());
    let page = page(&review(vec![long]));
    let wanted = "```text\nOne.\n\nTwo.\n```\n\n*…see more* (an estimate: a phone cuts about here, a desktop shows about 4 words)\n\n```text\nThree.\nFour.\nFive.\nSix.\n```\n";
    assert!(page.contains(wanted), "{page}");
}

#[test]
fn what_happens_to_live_posts_is_said_in_words() {
    let effect = |effect, code: &str, message: &str, live: bool| {
        let mut post = post("a");
        post.effect = effect;
        post.cause.code = code.to_owned();
        post.cause.message = message.to_owned();
        post.live = live.then(|| "urn:li:share:1".to_owned());
        super::words::effect(&post)
    };
    let media = "LinkedIn cannot change the media of a live post";
    for (found, wanted) in [
        (
            effect(Effect::Hold, "cannot-change-live", media, true),
            "LinkedIn cannot change the media of a live post: held",
        ),
        (
            effect(Effect::Hold, "late", "it was due", false),
            "held: it was due",
        ),
        (
            effect(
                Effect::Nothing,
                "orphaned",
                "its file is gone; the live post stays",
                true,
            ),
            "nothing: its file is gone; the live post stays",
        ),
        (
            effect(Effect::Delete, "pruned", "`prune` is on", true),
            "will delete the live post: `prune` is on",
        ),
        (
            effect(Effect::Move, "renamed", "", true),
            "the live post stays as it is; its record goes on under the new name",
        ),
    ] {
        assert_eq!(found, wanted);
    }
}

/// What a reader's browser would do with a page: every event outside of code.
fn assert_tame(page: &str) {
    common::assert_harmless(page);
    let mut depth = 0;
    let mut in_code = false;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::Image { .. }) => panic!("an image in {page}"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(dest_url.starts_with("https://www.linkedin.com/feed/update/urn:"));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                depth += i32::try_from(html.matches("<details>").count()).unwrap();
                depth -= i32::try_from(html.matches("</details>").count()).unwrap();
                for tag in html.split('<').skip(1) {
                    let name = tag.trim_start_matches('/');
                    let ours = ["code>", "br>", "details>", "summary>"];
                    assert!(ours.iter().any(|ours| name.starts_with(ours)), "{html}");
                }
                assert!((0..=1).contains(&depth), "{page}");
            }
            Event::Text(text) if !in_code => {
                for alive in ["@everyone", "#1 ", "://", "www."] {
                    assert!(!text.contains(alive), "{alive} in {text}");
                }
            }
            _ => {}
        }
    }
    assert_eq!((depth, in_code), (0, false), "{page}");
}

#[test]
fn hostile_text_pings_nobody_and_stays_in_its_block() {
    let review = hostile();
    for (origin, limit) in [
        (Origin::Own, 10_000_000),
        (Origin::Own, COMMENT_LIMIT),
        (Origin::Fork, 10_000),
    ] {
        let page = review_markdown(&review, origin, limit);
        assert!(page.chars().count() <= limit, "{}", page.chars().count());
        assert_tame(&page);
    }
}

#[test]
fn a_review_of_a_fork_says_that_it_is_one() {
    let page = review_markdown(&review(Vec::new()), Origin::Fork, COMMENT_LIMIT);
    assert!(page.contains("a run of the fork"), "{page}");
}

#[test]
fn a_long_review_loses_details_then_texts_then_names() {
    let posts = (0..300).map(|number| {
        let mut post = post(&format!("post-{number}"));
        post.text = Some("word ".repeat(100));
        post.before = Some(Before {
            text: "old ".repeat(100),
            live: false,
        });
        post
    });
    let review = review(posts.collect());
    let shown = |limit| {
        let page = review_markdown(&review, Origin::Own, limit);
        assert!(page.chars().count() <= limit, "{}", page.chars().count());
        assert_tame(&page);
        [
            page.contains("<details>"),
            page.contains("```text"),
            page.contains("post-299"),
            page.contains("post-0"),
        ]
    };
    assert_eq!(shown(1_000_000), [true, true, true, true]);
    assert_eq!(shown(290_000), [false, true, true, true]);
    assert_eq!(shown(80_000), [false, false, true, true]);
    assert_eq!(shown(30_000), [false, false, false, true]);
    assert_eq!(shown(2_000), [false, false, false, false]);
}

#[test]
fn a_review_crosses_as_data() {
    let review = hostile();
    let text = serde_json::to_string(&review).unwrap();
    let back: Review = serde_json::from_str(&text).unwrap();
    assert_eq!(back, review);
    let more = text.replacen('{', r#"{"body":"<b>approved</b>","#, 1);
    assert!(serde_json::from_str::<Review>(&more).is_err());
}
