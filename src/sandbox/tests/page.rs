//! The feed page: complete, and safe whatever authors write.

use super::*;
use crate::sandbox::page::{escape, render};
use crate::sandbox::settings::OverLength;

const EVIL: &str = r#"</p><script>alert("x")</script><img src=x onerror='y'>&"#;

/// A world in which every text an author can choose is hostile.
fn hostile() -> World {
    let mut world = World::new();
    let jane = world.linkedin.directory.members.get_mut(&author(JANE));
    jane.unwrap().name = EVIL.to_owned();
    let image = world.image(JANE);
    let escaped: String = EVIL
        .chars()
        .map(|c| {
            if "()<>".contains(c) {
                format!("\\{c}")
            } else {
                c.to_string()
            }
        })
        .collect();
    for (text, content) in [
        (
            escaped.clone(),
            json!({"media": {"id": image, "altText": EVIL}}),
        ),
        (
            EVIL.to_owned(),
            json!({"multiImage": {"images": [{"id": image}, {"id": image}]}}),
        ),
        (
            format!("@[{escaped}](urn:li:person:x) #<b>"),
            json!({"article": {
                "source": "https://e.io/?a=1&lt;b", "title": EVIL, "description": EVIL,
            }}),
        ),
        (
            "vote".to_owned(),
            json!({"poll": {
                "question": EVIL, "settings": {"duration": "ONE_DAY"},
                "options": [{"text": "<script>"}, {"text": "'\""}],
            }}),
        ),
    ] {
        world.publish(with(text_post(JANE, &text), "", "content", content));
    }
    let content = json!({"media": {"id": document(&mut world), "title": EVIL}});
    world.publish(with(text_post(JANE, "deck"), "", "content", content));
    world.linkedin.settings.over_length = OverLength::Truncate;
    let long = format!("{escaped}{}", "x".repeat(3_100));
    let post = world.publish(text_post(JANE, &long));
    world.advance(5);
    let body = json!({"actor": JANE, "object": post, "message": {"text": EVIL}});
    let target = format!("/v2/socialActions/{}/comments", encoded(&post));
    let comment = Ask::post(&target, body).without("linkedin-version");
    assert_eq!(world.ask(comment).status, 201);
    world
}

/// Jane's document.
fn document(world: &mut World) -> String {
    let body = json!({"initializeUploadRequest": {"owner": JANE}});
    let got = world.ask(Ask::post("/rest/documents?action=initializeUpload", body));
    let value = &got.body["value"];
    let url = value["uploadUrl"].as_str().unwrap();
    assert_eq!(world.ask(Ask::put(url, b"%PDF-1.7 x")).status, 201);
    world.advance(2);
    value["document"].as_str().unwrap().to_owned()
}

/// Every tag of a page, by name.
fn tags(html: &str) -> std::collections::BTreeSet<&str> {
    html.match_indices('<')
        .map(|(at, _)| {
            let rest = &html[at + 1..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "/!".contains(c)));
            rest[..end.unwrap_or(rest.len())].trim_start_matches('/')
        })
        .collect()
}

/// The tags that the page uses by itself.
const OWN: &[&str] = &[
    "!doctype",
    "a",
    "article",
    "b",
    "body",
    "br",
    "code",
    "details",
    "div",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "head",
    "header",
    "html",
    "img",
    "li",
    "link",
    "main",
    "meta",
    "object",
    "p",
    "pre",
    "small",
    "span",
    "strong",
    "summary",
    "time",
    "title",
    "ul",
];

#[test]
fn no_text_of_an_author_reaches_the_page_as_markup() {
    let mut tame = World::new();
    let image = tame.image(JANE);
    let content = json!({"media": {"id": image}});
    tame.publish(with(
        text_post(JANE, "cut ( here #x"),
        "",
        "content",
        content,
    ));
    let world = hostile();
    let page = render(&world.linkedin, world.now);
    for wrong in ["<script", "<img src=x", "onerror='", "alert(\"", "<b>"] {
        assert!(!page.contains(wrong), "{wrong} is in the page");
    }
    assert_eq!(
        page.matches("<img ").count(),
        3,
        "the three that were posted"
    );
    assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)"));
    assert!(page.contains("<small>https://e.io/?a=1&amp;lt;b</small>"));
    // Hostile texts bring no tag that the page does not use by itself.
    for html in [&page, &render(&tame.linkedin, tame.now)] {
        for tag in tags(html) {
            assert!(OWN.contains(&tag), "<{tag}>");
        }
        assert!(!html.contains("http:") && !html.contains("style="));
    }
}

#[test]
fn whatever_means_something_in_html_is_escaped() {
    let escaped = "&lt;i a=&quot;&#39;&quot;&gt;&amp;lt;\u{FFFD}";
    assert_eq!(escape("<i a=\"'\">&lt;\0"), escaped);
}

#[test]
fn no_text_of_a_stranger_reaches_the_sign_in_page_as_markup() {
    let mut world = World::new();
    let jane = world.linkedin.directory.members.get_mut(&author(JANE));
    jane.unwrap().name = EVIL.to_owned();
    let app = world.linkedin.directory.tokens["sandbox-token-jane_B-9"]
        .client_id
        .clone();
    let ask = Ask::get(&format!(
        "/oauth/v2/authorization?response_type=code&client_id={app}\
         &redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fback&state='&lt;b&scope="
    ));
    let request = ask.without("authorization").build();
    let answer = world.linkedin.handle(&request, world.now);
    assert_eq!(answer.status(), 200);
    let page = String::from_utf8(answer.body().to_vec()).unwrap();
    assert!(
        page.contains("Allow, as &lt;/p&gt;&lt;script&gt;"),
        "{page}"
    );
    let links = page.matches("state=&#39;&amp;lt;b").count();
    assert_eq!(links, world.linkedin.directory.members.len() + 1, "{page}");
    assert!(
        !page.contains("<script") && !page.contains("<img"),
        "{page}"
    );
}

#[test]
fn the_page_shows_what_readers_see_and_what_they_do_not() {
    let mut world = World::new();
    world.publish(text_post(JANE, r"we \(still\) like #Rust"));
    let gone = world.publish(text_post(JANE, "regretted"));
    world.ask(Ask::delete(&gone));
    world.publish(text_post(ACME, "we (cut"));
    let page = render(&world.linkedin, world.now);
    assert!(page.contains("we (still) like <b class=\"alive\">#Rust</b></p>"));
    assert!(page.contains(r"<pre>we \(still\) like #Rust</pre>"));
    assert!(page.contains("cut here") && page.contains("<pre>(cut</pre>"));
    assert!(page.contains("2 posts") && page.contains("1 not visible to readers"));
    let (newest, oldest) = (page.find("Acme (EU)"), page.find("Jane Doe"));
    assert!(newest < oldest);
}

#[test]
fn an_empty_feed_says_so() {
    let world = World::new();
    assert!(render(&world.linkedin, world.now).contains("No posts yet"));
}

#[test]
fn images_come_with_their_alt_text() {
    let mut world = World::new();
    let image = world.image(JANE);
    let images = json!([{"id": image, "altText": "a \"chart\""}, {"id": image}]);
    let content = json!({"multiImage": {"images": images}});
    world.publish(with(text_post(JANE, "x"), "", "content", content));
    let page = render(&world.linkedin, world.now);
    let source = format!("src=\"/__sandbox/media/{}\"", image.id());
    assert_eq!(page.matches(&source).count(), 2);
    assert!(page.contains("alt=\"a &quot;chart&quot;\""));
    assert!(page.contains("no alt text"));
}
