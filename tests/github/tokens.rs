//! Tokens that are about to end are told of in time, by the runs that publish.

use mergecast::sandbox::oauth::CLIENT_SECRET;
use serde_json::Value;

use crate::sandbox::http;
use crate::scene::Scene;

const DAY: u32 = 24 * 3600;
const ADMIN: &str = "urn%3Ali%3Aperson%3Aadmin-42";

/// A repository whose workflow has the app of the page besides its token.
fn scene() -> Scene {
    let scene = Scene::with_linkedin();
    scene.set("LINKEDIN_CLIENT_ID", "sandbox-community");
    scene.set("LINKEDIN_CLIENT_SECRET", CLIENT_SECRET);
    scene
}

/// What a consent gives, with those settings of the sandbox.
fn consent(scene: &Scene, settings: &Value) -> Value {
    let linkedin = scene.linkedin();
    linkedin.settings(&settings.to_string());
    let url = format!(
        "{}/oauth/v2/authorization?response_type=code&client_id=sandbox-community\
         &redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&state=s\
         &scope=w_organization_social%20r_organization_social",
        linkedin.origin
    );
    let location = linkedin.consent(&url, ADMIN, "allow");
    let code = location.split("code=").nth(1).unwrap();
    let code = code.split('&').next().unwrap();
    let form = format!(
        "grant_type=authorization_code&client_id=sandbox-community&client_secret={CLIENT_SECRET}\
         &redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&code={code}"
    );
    let (_, body) = http(&linkedin.origin, "POST", "/oauth/v2/accessToken", &form);
    serde_json::from_str(&body).unwrap()
}

/// State and text of the one tracking issue, as people see the text.
fn issue(scene: &Scene) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    scene.github.with(|github| {
        assert_eq!(github.issues.len(), 1);
        let issue = &github.issues[0];
        (
            text(&issue["state"]),
            text(&issue["body"]).replace('\\', ""),
        )
    })
}

#[test]
fn a_token_that_ends_soon_is_told_of_with_the_commands_until_it_is_renewed() {
    let scene = scene();
    let soon = consent(&scene, &serde_json::json!({ "token_life_s": 10 * DAY }));
    let soon = soon["access_token"].as_str().unwrap();
    scene.set("LINKEDIN_ACCESS_TOKEN", soon);
    let ran = scene.publish(&[]);
    ran.is(0);
    assert!(
        ran.stdout.contains("::warning title=token-ends::"),
        "{}",
        ran.stdout
    );
    assert!(ran.summary.contains("token-ends"), "{}", ran.summary);
    assert!(!ran.everything().contains(soon), "the token was shown");
    let (state, body) = issue(&scene);
    assert_eq!(state, "open");
    let renew = "<code>mergecast auth login acme</code><br><code>jq -r \
                 '.credentials[\"urn:li:organization:42\"].access_token' \
                 ~/.config/mergecast/credentials.json | gh secret set LINKEDIN_ACCESS_TOKEN \
                 --env linkedin</code>";
    for wanted in [
        "Will stop posts soon",
        "the token of <code>acme</code> ends",
        renew,
    ] {
        assert!(body.contains(wanted), "{wanted}\n{body}");
    }
    let before = scene.github.writes();
    scene.publish(&[]).is(0);
    assert_eq!(scene.github.writes(), before, "the same is told twice");

    let renewed = consent(&scene, &serde_json::json!({ "token_life_s": 60 * DAY }));
    let renewed = renewed["access_token"].as_str().unwrap();
    scene.set("LINKEDIN_ACCESS_TOKEN", renewed);
    let ran = scene.publish(&[]);
    ran.is(0);
    assert!(!ran.everything().contains("token-ends"), "{}", ran.stdout);
    assert_eq!(issue(&scene).0, "closed");
}

#[test]
fn a_refresh_token_that_ends_soon_is_told_of_by_the_run_that_minted_from_it() {
    let scene = scene();
    scene.post("launch", "scheduled_at: on-merge", "We ship today.");
    scene.commit("launch");
    let given = consent(
        &scene,
        &serde_json::json!({ "refresh_tokens": true, "refresh_life_s": 10 * DAY }),
    );
    let refresh = given["refresh_token"].as_str().unwrap();
    scene.unset("LINKEDIN_ACCESS_TOKEN");
    scene.set("LINKEDIN_REFRESH_TOKEN", refresh);
    let ran = scene.publish(&[]);
    ran.is(0);
    assert_eq!(scene.live(), 1);
    assert!(!ran.everything().contains(refresh), "the token was shown");
    let body = issue(&scene).1;
    for wanted in [
        "the refresh token of <code>acme</code> ends",
        ".refresh_token' ",
        "gh secret set LINKEDIN_REFRESH_TOKEN --env linkedin",
    ] {
        assert!(body.contains(wanted), "{wanted}\n{body}");
    }
}

#[test]
fn a_token_that_is_good_for_long_is_nobody_s_business() {
    let scene = scene();
    let given = consent(&scene, &serde_json::json!({}));
    let token = given["access_token"].as_str().unwrap();
    scene.set("LINKEDIN_ACCESS_TOKEN", token);
    let ran = scene.publish(&[]);
    ran.is(0);
    assert!(!ran.everything().contains("token-"), "{}", ran.stdout);
    scene
        .github
        .with(|github| assert!(github.issues.is_empty()));
}
