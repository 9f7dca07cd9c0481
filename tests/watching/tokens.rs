//! Credentials over months: what a watcher does about tokens that end.

use std::time::Duration;

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::sandbox::oauth::CLIENT_SECRET;
use serde_json::{Value, json};

use crate::place::{Place, Running, config, http, lines, now, until};
use crate::punctual::SOON;

/// A place in which the page's token comes from the vault, and a clone for a watcher.
fn place() -> Place {
    let place = Place::new(Duration::ZERO, "");
    let config = config("").replace(", token_env: ACME", "");
    place.write("mergecast.yaml", config.as_bytes());
    place.merge("stored tokens");
    place.clone("one", "remote.git");
    place
}

fn watch(place: &Place) -> Running {
    let options = ["watch", "--fetch-interval", "1s", "--log-format", "json"];
    let mut command = place.command("one", &options);
    command.env(
        "MERGECAST_LINKEDIN_OAUTH_URL",
        format!("http://{}", place.server),
    );
    place.start_command(&mut command)
}

/// The page's credential as it is stored.
fn stored(place: &Place) -> Value {
    let file = place.path("config/mergecast/credentials.json");
    let vault: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    vault["credentials"]["urn:li:organization:42"].clone()
}

fn store(place: &Place, credential: &Value) {
    use std::os::unix::fs::PermissionsExt as _;
    let vault = json!({
        "format_version": 1,
        "credentials": { "urn:li:organization:42": credential },
    });
    let folder = place.path("config/mergecast");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("credentials.json");
    std::fs::write(&file, vault.to_string()).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A token that ends in `days`.
fn credential(days: i64, access: &str, refresh: Option<&str>) -> Value {
    let mut credential = json!({
        "client_id": "sandbox-community",
        "client_secret": CLIENT_SECRET,
        "access_token": access,
        "expires_at": now() + TimeDelta::days(days),
        "scopes": [],
        "authorized_at": now() - TimeDelta::days(60 - days),
    });
    if let Some(refresh) = refresh {
        credential["refresh_token"] = refresh.into();
    }
    credential
}

/// An access token and a refresh token, as a consent gives them.
fn consent(place: &Place) -> (String, String) {
    place.settings(r#"{"refresh_tokens": true}"#);
    let redirect = "http%3A%2F%2Flocalhost%3A1%2Fcallback";
    let target = format!(
        "/oauth/v2/authorization/allow?response_type=code&client_id=sandbox-community\
         &redirect_uri={redirect}&state=s&scope=w_organization_social%20r_organization_social\
         &member=urn%3Ali%3Aperson%3Aadmin-42"
    );
    let (head, _) = http(&place.server, "GET", &target, "");
    let code = head.split("code=").nth(1).unwrap();
    let code = code.split(['&', '\r']).next().unwrap();
    let form = format!(
        "grant_type=authorization_code&client_id=sandbox-community&client_secret={CLIENT_SECRET}\
         &redirect_uri={redirect}&code={code}"
    );
    let (_, body) = http(&place.server, "POST", "/oauth/v2/accessToken", &form);
    let grant: Value = serde_json::from_str(&body).unwrap();
    let text = |name: &str| grant[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

fn publish(place: &Place, watcher: &Running, key: &str) {
    let text = format!("---\nid: {key}\nscheduled_at: on-merge\n---\nPost {key}.\n");
    place.write(&format!("posts/{key}.md"), text.as_bytes());
    place.merge(key);
    let out = || place.posts().contains(&format!("Post {key}."));
    until(SOON, out, || watcher.said());
}

fn told(watcher: &Running, code: &str) -> bool {
    let said = lines(&watcher.said());
    said.iter()
        .any(|line| line["event"] == "token" && line["code"] == code)
}

pub(crate) fn a_stored_token_is_renewed_before_its_end_without_a_post_or_a_person() {
    let place = place();
    let (access, refresh) = consent(&place);
    store(&place, &credential(5, &access, Some(&refresh)));
    let watcher = watch(&place);
    let renewed = || stored(&place)["access_token"] != access.as_str();
    until(SOON, renewed, || watcher.said());
    let credential = stored(&place);
    let ends: Instant = credential["expires_at"].as_str().unwrap().parse().unwrap();
    assert!(ends - now() > TimeDelta::days(50), "{ends}");
    assert_eq!(credential["refresh_token"], refresh.as_str());
    publish(&place, &watcher, "a");
    assert!(!told(&watcher, "token-ends"), "{}", watcher.said());
    let new = credential["access_token"].as_str().unwrap();
    for secret in [new, refresh.as_str(), access.as_str()] {
        assert!(!watcher.said().contains(secret), "{}", watcher.said());
    }
}

pub(crate) fn a_renewal_that_gives_no_token_leaves_the_good_one() {
    let place = place();
    let (access, refresh) = consent(&place);
    let asked = place.requests("/oauth/v2/accessToken");
    let what = |nth: u32| match nth % 2 {
        0 => json!("garbage"),
        _ => json!({"status": 503}),
    };
    let rule = |nth: u32| {
        json!({
            "method": "POST", "path": "/oauth/v2/accessToken",
            "nth": nth, "when": "before", "what": what(nth),
        })
    };
    place.faults(&Value::Array((1..=40).map(rule).collect()).to_string());
    store(&place, &credential(5, &access, Some(&refresh)));
    let watcher = watch(&place);
    let tried = || place.requests("/oauth/v2/accessToken") > asked;
    until(SOON, tried, || watcher.said());
    publish(&place, &watcher, "a");
    let after = stored(&place);
    assert_eq!(after["access_token"], access.as_str());
    assert_eq!(after["refresh_token"], refresh.as_str());
}

pub(crate) fn people_are_warned_ahead_of_an_end_that_nobody_can_put_off() {
    let place = place();
    store(&place, &credential(10, "sandbox-token-42", None));
    let watcher = watch(&place);
    until(SOON, || told(&watcher, "token-ends"), || watcher.said());
    let help = "mergecast auth login acme";
    assert!(
        watcher.said().contains("token-ends"),
        "{help}: {}",
        watcher.said()
    );
    publish(&place, &watcher, "a");
}
