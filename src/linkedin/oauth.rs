//! OAuth 2.0 as LinkedIn speaks it: consent, tokens, introspection.
//!
//! Owns the three requests of `/oauth/v2`, and reading their answers leniently. Must not
//! store anything, open a browser, or show a secret.
//!
//! Source: LinkedIn, "Authorization Code Flow (3-legged OAuth)", "Refresh Tokens",
//! "Token Introspection".

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::cleaning::quote;
use super::endpoint::origin;
use super::errors::ApiError;
use super::outcome::unreachable;
use super::problem::{Kind, Problem};
use super::requests::encode;
use super::scrub;
use super::token::AccessToken;
use crate::model::Instant;
use crate::model::urn::AuthorKind;
use crate::ports::{HttpRequest, HttpResponse, Timeout, Transport, TransportError};
use crate::report::exit::Exit;

/// The variable that overrides where consent and tokens are.
pub const VARIABLE: &str = "MERGECAST_LINKEDIN_OAUTH_URL";
/// What a refresh token lives, as LinkedIn's samples have it: so many seconds are six days.
const YEAR_IN_MINUTES: i64 = 525_600;
/// The base of `/oauth/v2`.
pub const DEFAULT: &str = "https://www.linkedin.com";
/// A call with a form.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An app: its id is public, its secret is not.
#[derive(Clone, Debug)]
pub struct App {
    /// Client id.
    pub id: String,
    /// Client secret.
    pub secret: SecretString,
}

/// What LinkedIn grants: one access token, and sometimes a refresh token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The access token.
    pub access: SecretString,
    /// When it ends.
    pub expires_at: Option<Instant>,
    /// Its scopes, sorted; empty: the answer did not say.
    pub scopes: Vec<String>,
    /// What mints the next one; apps of the self-serve product get none.
    pub refresh: Option<SecretString>,
    /// When that ends: a year after the member consented, and refreshing does not move it.
    pub refresh_expires_at: Option<Instant>,
}

/// What LinkedIn says about a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Introspection {
    /// Whether it works.
    pub active: bool,
    /// `active`, `expired` or `revoked`, where it is said.
    pub status: Option<String>,
    /// When it ends.
    pub expires_at: Option<Instant>,
    /// When the member consented.
    pub authorized_at: Option<Instant>,
    /// Its scopes, sorted.
    pub scopes: Vec<String>,
}

/// The scopes to ask for: what this program needs, and nothing more. An app lacks those
/// of the products it does not have, and asking for one of them fails as a whole.
#[must_use]
pub fn scopes_for(kind: AuthorKind) -> &'static [&'static str] {
    match kind {
        AuthorKind::Person => &["openid", "profile", "w_member_social"],
        AuthorKind::Organization => &[
            "r_organization_admin",
            "r_organization_social",
            "w_organization_social",
        ],
    }
}

/// LinkedIn's OAuth, reached through `transport`.
#[derive(Debug)]
pub struct OAuth<'a, T: Transport> {
    /// What carries the requests.
    pub transport: &'a T,
    /// Where it is: an origin, without a slash at its end.
    pub base: &'a str,
}

/// The base from the setting of [`VARIABLE`].
///
/// # Errors
/// When it is no `http` or `https` address.
pub fn base(setting: Option<&str>) -> Result<String, Problem> {
    let text = setting.map_or(DEFAULT, str::trim).trim_end_matches('/');
    let text = if text.is_empty() { DEFAULT } else { text };
    if origin(text).is_some() && !text.contains(['?', '#']) {
        return Ok(text.to_owned());
    }
    let message = format!("`{VARIABLE}` is not an address like `{DEFAULT}`");
    Err(
        Problem::new(Kind::Config, "oauth-url-invalid", message, Exit::Invalid).help(format!(
            "unset `{VARIABLE}`, or set it to an http or https origin"
        )),
    )
}

/// Where a person gives consent. Spaces between scopes are `%20`.
#[must_use]
pub fn consent_url(
    base: &str,
    app_id: &str,
    redirect: &str,
    state: &str,
    scopes: &[&str],
) -> String {
    format!(
        "{base}/oauth/v2/authorization?response_type=code&client_id={}&redirect_uri={}&state={}&scope={}",
        encode(app_id),
        encode(redirect),
        encode(state),
        encode(&scopes.join(" ")),
    )
}

/// What came back from the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// A code, to be exchanged once within 30 minutes.
    Code(String),
    /// The person or LinkedIn refused; LinkedIn's word and sentence.
    Refused(String, String),
    /// It is not the answer to this login.
    Foreign,
}

/// Reads the address the browser was sent to: whole, or from its `?` on. `state` must be
/// the one that was sent, or somebody else's login could be slipped in.
#[must_use]
pub fn callback(address: &str, state: &str) -> Callback {
    let query = address
        .trim()
        .split_once('?')
        .map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let value = |name: &str| {
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let value = value.replace('+', " ");
            let value = percent_encoding::percent_decode_str(&value).decode_utf8();
            (key == name).then(|| value.map(std::borrow::Cow::into_owned).ok())?
        })
    };
    if value("state").as_deref() != Some(state) {
        return Callback::Foreign;
    }
    match (value("code"), value("error")) {
        (Some(code), None) if !code.is_empty() => Callback::Code(code),
        (_, Some(error)) => {
            let why = value("error_description").unwrap_or_default();
            Callback::Refused(quote(&error), quote(&why))
        }
        (_, None) => Callback::Foreign,
    }
}

impl<T: Transport> OAuth<'_, T> {
    /// Exchanges a code. `redirect` must be the very text of the consent.
    ///
    /// # Errors
    /// When there is no usable token in the answer.
    pub async fn exchange(
        &self,
        app: &App,
        code: &str,
        redirect: &str,
        now: Instant,
    ) -> Result<Grant, Problem> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
        ];
        let answer = self.post(app, "accessToken", &form).await?;
        grant(&answer, now)
    }

    /// Mints an access token. The refresh token stays the same, and its year goes on.
    ///
    /// # Errors
    /// When there is no usable token in the answer; the old ones stay what they were.
    pub async fn refresh(
        &self,
        app: &App,
        refresh: &SecretString,
        now: Instant,
    ) -> Result<Grant, Problem> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose_secret()),
        ];
        let answer = self.post(app, "accessToken", &form).await?;
        let mut grant = grant(&answer, now)?;
        grant.refresh = grant.refresh.or_else(|| Some(refresh.clone()));
        Ok(grant)
    }

    /// Asks about a token. It needs no scope of the token and counts against no product.
    ///
    /// # Errors
    /// When LinkedIn does not tell; a dead token is no error.
    pub async fn introspect(&self, app: &App, token: &str) -> Result<Introspection, Problem> {
        let answer = self
            .post(app, "introspectToken", &[("token", token)])
            .await?;
        let answer = without_secrets(&[("token", token)], app, answer);
        let json: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let active = json.get("active").and_then(Value::as_bool);
        let Some(active) = active else {
            return Err(no_use("LinkedIn's answer about the token cannot be read"));
        };
        // Seconds here, milliseconds everywhere else.
        let time = |name: &str| {
            let seconds = json.get(name)?.as_i64()?;
            DateTime::from_timestamp(seconds, 0)
        };
        Ok(Introspection {
            active,
            status: json.get("status").and_then(Value::as_str).map(quote),
            expires_at: time("expires_at"),
            authorized_at: time("authorized_at"),
            scopes: scopes(&json),
        })
    }

    async fn post(
        &self,
        app: &App,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<HttpResponse, Problem> {
        let own = [
            ("client_id", app.id.as_str()),
            ("client_secret", app.secret.expose_secret()),
        ];
        let pairs = form.iter().copied().chain(own);
        let body: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let request: Result<HttpRequest, http::Error> = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/oauth/v2/{path}", self.base))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .extension(Timeout(TIMEOUT))
            .body(Bytes::from(body.join("&")));
        let request = request.map_err(|_| no_use("the request cannot be made"))?;
        match self.transport.send(request).await {
            Ok(answer) if answer.status().is_success() => Ok(answer),
            Ok(answer) => Err(refused(&without_secrets(form, app, answer))),
            Err(TransportError::NotSent(why)) => Err(unreachable(&why)),
            Err(TransportError::NoAnswer(why)) => {
                Err(no_use(&format!("LinkedIn did not answer: {}", quote(&why))))
            }
        }
    }
}

/// `answer` without what was sent in secret: a server may repeat it in its error.
fn without_secrets(form: &[(&str, &str)], app: &App, answer: HttpResponse) -> HttpResponse {
    let secret = |name| ["code", "refresh_token", "token"].contains(&name);
    let sent = form.iter().filter(|(name, _)| secret(*name));
    let sent = sent.map(|(_, value)| *value);
    let secrets = sent.chain([app.secret.expose_secret()]);
    let forms: Vec<String> = secrets.flat_map(scrub::forms).collect();
    scrub::answer(&forms, answer)
}

fn no_use(message: &str) -> Problem {
    Problem::new(
        Kind::Unreachable,
        "linkedin-no-use",
        message,
        Exit::Unreachable,
    )
    .help("run it again; nothing was changed")
}

/// LinkedIn says `invalid_request` where others say `invalid_grant`.
fn refused(answer: &HttpResponse) -> Problem {
    let error = ApiError::decode(answer);
    if answer.status().is_server_error() || !error.recognised {
        return no_use(&format!("LinkedIn could not answer: {}", error.message));
    }
    if error.has_code("invalid_client") {
        let message = format!("LinkedIn does not know this app: {}", error.message);
        return Problem::new(Kind::Auth, "client-refused", message, Exit::Denied).help(
            "check client id and client secret on the Auth tab of the app; see docs/linkedin-access.md#the-app",
        );
    }
    let message = format!("LinkedIn gave no token: {}", error.message);
    let dead = error.has_code("invalid_grant")
        || error.says("refresh token is invalid")
        || error.says("authorization code");
    let (code, help) = if dead {
        (
            "grant-refused",
            "consent once more: mergecast auth login; see docs/linkedin-access.md#what-expires-when",
        )
    } else if error.says("redirect") {
        (
            "redirect-refused",
            "register the redirect address on the Auth tab of the app, letter by letter; see docs/linkedin-access.md#the-app",
        )
    } else {
        ("grant-refused", "see docs/linkedin-access.md")
    };
    Problem::new(Kind::Auth, code, message, Exit::Denied).help(help)
}

/// The token of an answer. An empty or impossible one is none.
fn grant(answer: &HttpResponse, now: Instant) -> Result<Grant, Problem> {
    let json: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let text = |name: &str| {
        let text = json.get(name)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let access = text("access_token").filter(|token| AccessToken::new(token, "").is_ok());
    let access = access.ok_or_else(|| no_use("LinkedIn's answer holds no access token"))?;
    let after = |name: &str| {
        let seconds = json.get(name)?.as_i64()?;
        (seconds > 0).then(|| now + TimeDelta::seconds(seconds.min(10 * 366 * 86_400)))
    };
    let refresh = text("refresh_token");
    // Scopes are shown; what is granted is not.
    let mut scopes = scopes(&json);
    let secrets: Vec<&str> = [Some(access.as_str()), refresh.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    scopes.retain(|scope| !secrets.iter().any(|secret| scope.contains(secret)));
    // LinkedIn's samples give this one in minutes, its words in seconds.
    let doubtful = json
        .get("refresh_token_expires_in")
        .and_then(Value::as_i64)
        .is_some_and(|seconds| seconds <= YEAR_IN_MINUTES);
    Ok(Grant {
        access: SecretString::from(access),
        expires_at: after("expires_in"),
        scopes,
        refresh_expires_at: after("refresh_token_expires_in")
            .filter(|_| refresh.is_some() && !doubtful),
        refresh: refresh.map(SecretString::from),
    })
}

/// Seen with commas, spaces and plus signs between them.
fn scopes(json: &Value) -> Vec<String> {
    let text = json
        .get("scope")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let parts = text.split([',', ' ', '+']).filter(|part| !part.is_empty());
    let mut scopes: Vec<String> = parts.map(quote).collect();
    scopes.sort();
    scopes.dedup();
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-09-03T08:00:00Z".parse().unwrap()
    }

    fn answer(status: u16, body: &str) -> HttpResponse {
        let response = http::Response::builder().status(status);
        response.body(Bytes::from(body.to_owned())).unwrap()
    }

    #[test]
    fn consent_names_scopes_with_encoded_spaces() {
        let url = consent_url(
            DEFAULT,
            "app 1",
            "http://localhost:8721/callback",
            "s",
            scopes_for(AuthorKind::Person),
        );
        assert_eq!(
            url,
            "https://www.linkedin.com/oauth/v2/authorization?response_type=code&client_id=app%201\
             &redirect_uri=http%3A%2F%2Flocalhost%3A8721%2Fcallback&state=s\
             &scope=openid%20profile%20w_member_social"
        );
    }

    #[test]
    fn a_callback_with_another_state_is_foreign() {
        let url = "http://localhost:8721/callback?code=AQT%2B1&state=right";
        assert_eq!(callback(url, "right"), Callback::Code("AQT+1".to_owned()));
        assert_eq!(callback(url, "wrong"), Callback::Foreign);
        assert_eq!(callback("/callback?code=x", "right"), Callback::Foreign);
        assert_eq!(callback("nonsense", "right"), Callback::Foreign);
        let refused =
            "/callback?error=user_cancelled_login&error_description=No+thanks&state=right";
        let Callback::Refused(code, words) = callback(refused, "right") else {
            panic!("not refused");
        };
        assert_eq!(
            (code.as_str(), words.as_str()),
            ("user_cancelled_login", "No thanks")
        );
    }

    #[test]
    fn a_grant_is_read_leniently_and_an_empty_token_is_none() {
        let body = r#"{"access_token":"AQX","expires_in":5183999,"scope":"openid,profile w_member_social"}"#;
        let found = grant(&answer(200, body), now()).unwrap();
        assert_eq!(
            found.expires_at.unwrap() - now(),
            TimeDelta::seconds(5_183_999)
        );
        assert_eq!(found.scopes, ["openid", "profile", "w_member_social"]);
        assert!(found.refresh.is_none() && found.refresh_expires_at.is_none());
        let minutes =
            r#"{"access_token":"A","refresh_token":"R","refresh_token_expires_in":525600}"#;
        let found = grant(&answer(200, minutes), now()).unwrap();
        assert!(found.refresh.is_some() && found.refresh_expires_at.is_none());
        let echo = r#"{"access_token":"AQX","refresh_token":"AQR","scope":"openid AQX,x-AQR"}"#;
        assert_eq!(grant(&answer(200, echo), now()).unwrap().scopes, ["openid"]);
        let empty = r#"{"access_token":"A","refresh_token":""}"#;
        let found = grant(&answer(200, empty), now()).unwrap();
        assert!(found.refresh.is_none(), "it would replace the one there is");
        for body in [
            "",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":" a b "}"#,
        ] {
            assert!(grant(&answer(200, body), now()).is_err(), "{body}");
        }
    }

    #[test]
    fn trap_a_dead_refresh_token_is_an_invalid_request_here() {
        for (status, body, code) in [
            (
                400,
                r#"{"error":"invalid_request","error_description":"The provided authorization grant or refresh token is invalid, expired or revoked"}"#,
                "grant-refused",
            ),
            (
                400,
                r#"{"error":"invalid_grant","error_description":"x"}"#,
                "grant-refused",
            ),
            (
                401,
                r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#,
                "client-refused",
            ),
            (500, "", "linkedin-no-use"),
            (400, "<html>", "linkedin-no-use"),
        ] {
            assert_eq!(refused(&answer(status, body)).code, code, "{body}");
        }
    }

    #[test]
    fn an_answer_that_repeats_a_secret_is_quoted_without_it() {
        let app = App {
            id: "id".to_owned(),
            secret: SecretString::from("hunter2/3"),
        };
        for (form, echo) in [
            (("code", "AQT-code"), "AQT-code"),
            (("refresh_token", "AQR+1"), "AQR%2B1"),
            (("grant_type", "x"), "hunter2\\/3"),
            (("token", "AQX"), "\\u0041QX"),
        ] {
            let body = format!(r#"{{"error":"invalid_request","error_description":"no {echo}"}}"#);
            let answer = without_secrets(&[form], &app, answer(400, &body));
            let words = refused(&answer).message;
            assert_eq!(
                words, "LinkedIn gave no token: no [token removed]",
                "{echo}"
            );
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        let app = App {
            id: "id".to_owned(),
            secret: SecretString::from("hunter2"),
        };
        assert!(!format!("{app:?}").contains("hunter2"));
        let found = grant(&answer(200, r#"{"access_token":"hunter2"}"#), now()).unwrap();
        assert!(!format!("{found:?}").contains("hunter2"));
    }
}
