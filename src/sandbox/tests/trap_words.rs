//! Texts, comments, names and logins that hurried clients get wrong, and what LinkedIn
//! makes of them.

use super::*;
use crate::sandbox::oauth::CLIENT_SECRET;

/// What readers see of a post, and its live hashtags.
fn seen(commentary: &str) -> (String, Vec<String>) {
    let mut world = World::new();
    world.publish(text_post(JANE, commentary));
    let post = &world.linkedin.posts()[0];
    (post.rendered.text.clone(), post.rendered.hashtags.clone())
}

#[test]
fn trap_a_bare_parenthesis_is_a_201_and_a_shortened_post() {
    assert_eq!(seen("We rewrote it (again)").0, "We rewrote it ");
    assert_eq!(seen(r"We rewrote it \(again\)").0, "We rewrote it (again)");
}

#[test]
fn trap_an_escaped_hash_is_no_hashtag() {
    assert_eq!(seen(r"Look \#rust"), ("Look #rust".to_owned(), vec![]));
    let alive = ("Look #rust".to_owned(), vec!["rust".to_owned()]);
    assert_eq!(seen("Look #rust"), alive);
}

#[test]
fn trap_text_escaped_twice_shows_backslashes() {
    assert_eq!(seen(r"a \\\(b\\\)").0, r"a \(b\)");
    // The backslash after the other characters: the escapes themselves are escaped, and
    // the parenthesis is bare again.
    assert_eq!(seen(r"a \\(b\\)").0, "a \\");
}

#[test]
fn trap_names_and_ids_inside_mentions_are_escaped_too() {
    let name = |wire: &str| {
        let mut world = World::new();
        world.publish(text_post(ACME, wire));
        let rendered = &world.linkedin.posts()[0].rendered;
        (rendered.cut, rendered.mentions.len())
    };
    assert_eq!(
        name(r"Hi @[Jane Doe](urn:li:person:jane\_B-9)!"),
        (false, 1)
    );
    assert_eq!(
        name(r"Hi @[Acme \(EU\)](urn:li:organization:42)!"),
        (false, 1)
    );
    for wrong in [
        "Hi @[Jane Doe](urn:li:person:jane_B-9)!",
        "Hi @[Acme (EU)](urn:li:organization:42)!",
    ] {
        let (cut, mentions) = name(wrong);
        assert!(cut || mentions == 0, "{wrong}");
    }
}

#[test]
fn trap_a_share_is_no_ugc_post_and_no_client_may_rewrite_one() {
    let mut world = World::new();
    let urn = world.publish(text_post(ACME, "words"));
    assert!(urn.starts_with("urn:li:share:"));
    assert_eq!(world.ask(Ask::read(&urn).token_of(ACME)).status, 200);
    let other = urn.replace("share", "ugcPost");
    assert_eq!(world.ask(Ask::read(&other).token_of(ACME)).status, 404);
}

fn comment(post: &str, actor: &str, text: &str, base: &str) -> Ask {
    let body = json!({"actor": actor, "object": post, "message": {"text": text}});
    let target = format!("/{base}/socialActions/{}/comments", encoded(post));
    let ask = Ask::post(&target, body).token_of(actor);
    match base {
        "v2" => ask.without("linkedin-version"),
        _ => ask,
    }
}

#[test]
fn trap_a_comment_is_plain_text_and_its_id_is_a_number() {
    let mut world = World::new();
    let post = world.publish(text_post(ACME, "words"));
    world.advance(5);
    let got = world.ask(comment(&post, ACME, r"see \(here\)", "rest"));
    assert_eq!(got.status, 201, "{got:?}");
    assert_eq!(world.linkedin.comments()[0].text, r"see \(here\)");
    let id = got.header("x-restli-id").unwrap();
    assert!(id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
}

#[test]
fn trap_a_post_of_a_moment_ago_has_no_activity_to_comment_on() {
    let mut world = World::new();
    let post = world.publish(text_post(ACME, "words"));
    let early = world.ask(comment(&post, ACME, "first", "rest"));
    assert_eq!(early.status, 404);
    let words = "Unable to obtain activity";
    assert!(early.message().starts_with(words), "{early:?}");
    world.advance(5);
    assert_eq!(world.ask(comment(&post, ACME, "first", "rest")).status, 201);
}

#[test]
fn trap_a_self_serve_token_has_no_business_at_the_versioned_comments() {
    let mut world = World::new();
    let post = world.publish(text_post(JANE, "words"));
    world.advance(5);
    let got = world.ask(comment(&post, JANE, "first", "rest"));
    assert_eq!(got.status, 403, "{got:?}");
    assert_eq!(world.ask(comment(&post, JANE, "first", "v2")).status, 201);
}

/// Lets Jane consent to `scope`, and asks for a token with the code.
fn login(world: &mut World, scope: &str) -> Got {
    let app = world.linkedin.directory.tokens["sandbox-token-jane_B-9"]
        .client_id
        .clone();
    let back = "http://localhost:8721/callback";
    let redirect = back.replace(':', "%3A").replace('/', "%2F");
    let consent = format!(
        "/oauth/v2/authorization/allow?response_type=code&client_id={app}&state=s\
         &redirect_uri={redirect}&scope={}&member={}",
        scope.replace(' ', "+"),
        encoded(JANE)
    );
    let request = Ask::get(&consent).without("authorization").build();
    let answer = world.linkedin.handle(&request, world.now);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let (_, code) = location.split_once("code=").unwrap();
    let code = code.split('&').next().unwrap();
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}");
    grant(world, &app, &form)
}

fn grant(world: &mut World, app: &str, form: &str) -> Got {
    let form = format!("{form}&client_id={app}&client_secret={CLIENT_SECRET}");
    let ask = Ask::new(Method::POST, "/oauth/v2/accessToken", form.into());
    let ask = ask.without("authorization");
    world.ask(ask.header("content-type", "application/x-www-form-urlencoded"))
}

#[test]
fn trap_a_self_serve_app_gets_no_refresh_token_and_its_token_dies_after_60_days() {
    let mut world = World::new();
    let got = login(&mut world, "w_member_social openid profile");
    assert_eq!(got.status, 200, "{got:?}");
    assert_eq!(got.body.get("refresh_token"), None);
    let token = got.body["access_token"].as_str().unwrap().to_owned();
    let ask = |token: &str, text: &str| {
        let bearer = format!("Bearer {token}");
        Ask::create(text_post(JANE, text)).header("authorization", &bearer)
    };
    world.advance(59 * 86_400);
    assert_eq!(world.ask(ask(&token, "one")).status, 201);
    world.advance(2 * 86_400);
    assert_eq!(
        world.ask(ask(&token, "two")).said(),
        (401, "EXPIRED_ACCESS_TOKEN")
    );
}

#[test]
fn trap_a_dead_refresh_token_is_called_an_invalid_request() {
    let mut world = World::new();
    world.linkedin.settings.refresh_tokens = true;
    let got = login(&mut world, "w_member_social openid profile");
    let refresh = got.body["refresh_token"].as_str().unwrap().to_owned();
    let app = world.linkedin.directory.tokens["sandbox-token-jane_B-9"]
        .client_id
        .clone();
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    assert_eq!(grant(&mut world, &app, &form).status, 200);
    world.advance(366 * 86_400);
    let dead = grant(&mut world, &app, &form);
    assert_eq!(
        (dead.status, &dead.body["error"]),
        (400, &json!("invalid_request"))
    );
}

#[test]
fn trap_a_login_with_other_scopes_ends_the_token_in_ci() {
    let mut world = World::new();
    let all = "w_member_social openid profile";
    let in_ci = login(&mut world, all).body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let bearer = format!("Bearer {in_ci}");
    let ask = |text: &str| Ask::create(text_post(JANE, text)).header("authorization", &bearer);
    login(&mut world, all);
    assert_eq!(
        world.ask(ask("one")).status,
        201,
        "the same scopes harm nobody"
    );
    login(&mut world, "w_member_social");
    assert_eq!(world.ask(ask("two")).said(), (401, "REVOKED_ACCESS_TOKEN"));
}

#[test]
fn trap_one_app_is_not_for_members_and_pages() {
    let mut world = World::new();
    let page = text_post(ACME, "words");
    let got = world.ask(Ask::post("/rest/posts", page).token_of(JANE));
    assert_eq!(got.status, 403, "{got:?}");
    let asked = login_scopes(&mut world, "w_member_social w_organization_social");
    assert!(
        asked.contains("error=unauthorized%5Fscope%5Ferror"),
        "{asked}"
    );
}

/// Where the consent page sends a browser that asks for `scope`.
fn login_scopes(world: &mut World, scope: &str) -> String {
    let app = world.linkedin.directory.tokens["sandbox-token-jane_B-9"]
        .client_id
        .clone();
    let target = format!(
        "/oauth/v2/authorization?response_type=code&client_id={app}&state=s\
         &redirect_uri=http%3A%2F%2Flocalhost%3A8721%2Fcallback&scope={}",
        scope.replace(' ', "+")
    );
    let request = Ask::get(&target).without("authorization").build();
    let answer = world.linkedin.handle(&request, world.now);
    answer
        .headers()
        .get("location")
        .map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}
