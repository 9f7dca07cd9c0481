//! OAuth: consent, tokens, introspection.
//!
//! Owns codes, the life of tokens, and the page on which a member of the sandbox consents.
//! Must not know what tokens are used for: the gate does.
//!
//! Source: LinkedIn, "Authorization Code Flow", "Refresh Tokens", "Token Introspection".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Linkedin;
use super::answer::{self, Answer};
use super::call::Call;
use super::directory::{COMMUNITY_SCOPES, SELF_SERVE_SCOPES, Tier, Token};
use super::page::escape;
use crate::model::Instant;
use crate::model::urn::AuthorUrn;

/// The secret of every app here.
pub const CLIENT_SECRET: &str = "sandbox-secret";
/// How long a code lives, in minutes.
const CODE_MINUTES: i64 = 30;

/// Codes and refresh tokens.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Consents {
    codes: BTreeMap<String, Consent>,
    refresh: BTreeMap<String, Consent>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Consent {
    client_id: String,
    member: AuthorUrn,
    scopes: BTreeSet<String>,
    redirect: String,
    ends_at: Instant,
}

/// Names and values of a query or a form.
struct Form(BTreeMap<String, String>);

impl Form {
    fn read(text: &str) -> Self {
        let decode = |text: &str| {
            let text = text.replace('+', " ");
            percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(n, v)| (decode(n), decode(v))).collect())
    }

    fn get(&self, name: &str) -> Result<&str, Answer> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty()).ok_or_else(|| {
            let words = format!("A required parameter \"{name}\" is missing");
            refuse(400, "invalid_request", &words)
        })
    }
}

/// Answers a call below `/oauth/v2`.
pub(super) fn answer(linkedin: &mut Linkedin, call: &Call<'_>, trace: &str) -> Response<Bytes> {
    let query = call.request.uri().query().unwrap_or_default();
    let answered = match (call.method(), call.segments.as_slice()) {
        (&Method::GET, ["oauth", "v2", "authorization"]) => {
            return consent_page(linkedin, &Form::read(query), query);
        }
        (&Method::GET, ["oauth", "v2", "authorization", verdict]) => {
            return consented(linkedin, &Form::read(query), *verdict == "allow", call.now);
        }
        (&Method::POST, ["oauth", "v2", "accessToken"]) => token(linkedin, call),
        (&Method::POST, ["oauth", "v2", "introspectToken"]) => introspect(linkedin, call),
        _ => Err(Answer::no_resource()),
    };
    let answered = answered.unwrap_or_else(|refusal| refusal);
    answered.into_response(call.now, trace)
}

fn refuse(status: u16, error: &str, words: &str) -> Answer {
    let mut answer = Answer::ok(json!({"error": error, "error_description": words}));
    answer.status = status;
    answer
}

fn html(status: u16, body: &str) -> Response<Bytes> {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sign in</title>\
         <style>body{{font:16px system-ui;max-width:34rem;margin:3rem auto;padding:0 1rem}}\
         a{{display:block;margin:.5rem 0;padding:.6rem 1rem;border:1px solid;border-radius:.4rem}}\
         </style></head><body>{body}</body></html>"
    );
    let mut response = answer::raw(status, "text/html; charset=utf-8", b"");
    *response.body_mut() = Bytes::from(page);
    response
}

/// What an app may ask for.
fn offered(tier: Tier) -> BTreeSet<&'static str> {
    match tier {
        Tier::SelfServe => SELF_SERVE_SCOPES.into(),
        Tier::CmDev | Tier::CmStandard => COMMUNITY_SCOPES.into(),
    }
}

/// Errors about the app or the redirect address stay on LinkedIn's own page.
fn consent_page(linkedin: &Linkedin, form: &Form, query: &str) -> Response<Bytes> {
    let value = |name: &str| form.get(name).unwrap_or_default();
    let Some(tier) = linkedin.directory.apps.get(value("client_id")) else {
        return html(401, "<h1>The passed in client_id is invalid</h1>");
    };
    if value("response_type") != "code" || !is_loopback(value("redirect_uri")) {
        return html(
            401,
            "<h1>The redirect_uri does not match the registered value</h1>",
        );
    }
    let offered = offered(*tier);
    let asked: Vec<&str> = value("scope")
        .split(' ')
        .filter(|s| !s.is_empty())
        .collect();
    if let Some(foreign) = asked.iter().find(|scope| !offered.contains(*scope)) {
        let words = format!("Scope \"{foreign}\" is not authorized for your application");
        return back(
            form,
            &[
                ("error", "unauthorized_scope_error"),
                ("error_description", &words),
            ],
        );
    }
    let mut body = format!(
        "<h1>Sandbox: who signs in?</h1><p>The app <code>{}</code> asks for <code>{}</code>.</p>",
        escape(value("client_id")),
        escape(&asked.join(" "))
    );
    for (urn, member) in &linkedin.directory.members {
        let member_urn = utf8_percent_encode(urn.as_str(), NON_ALPHANUMERIC);
        let _ = write!(
            body,
            "<a href=\"/oauth/v2/authorization/allow?{}&amp;member={member_urn}\">Allow, as {}</a>",
            escape(query),
            escape(&member.name)
        );
    }
    let _ = write!(
        body,
        "<a href=\"/oauth/v2/authorization/cancel?{}\">Cancel</a>",
        escape(query)
    );
    html(200, &body)
}

/// Registered addresses are compared letter by letter; the sandbox takes any of this
/// machine.
fn is_loopback(address: &str) -> bool {
    address.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]")) && uri.query().is_none()
    })
}

fn back(form: &Form, values: &[(&str, &str)]) -> Response<Bytes> {
    let redirect = form.get("redirect_uri").unwrap_or_default();
    let state = form.get("state").ok().map(|state| ("state", state));
    let pairs: Vec<String> = values
        .iter()
        .copied()
        .chain(state)
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    let mut response = answer::raw(302, "text/html", b"");
    if let Ok(value) = HeaderValue::try_from(format!("{redirect}?{}", pairs.join("&"))) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

fn consented(linkedin: &mut Linkedin, form: &Form, allowed: bool, now: Instant) -> Response<Bytes> {
    let value = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let member = AuthorUrn::parse(&value("member")).ok();
    let member = member.filter(|member| linkedin.directory.members.contains_key(member));
    let (Some(member), true, true) = (member, allowed, is_loopback(&value("redirect_uri"))) else {
        let words = "The user cancelled the authorization";
        return back(
            form,
            &[
                ("error", "user_cancelled_authorize"),
                ("error_description", words),
            ],
        );
    };
    let code = linkedin.mint.media_id("AQT");
    let consent = Consent {
        client_id: value("client_id"),
        member,
        scopes: value("scope").split(' ').map(str::to_owned).collect(),
        redirect: value("redirect_uri"),
        ends_at: now + chrono::Duration::minutes(CODE_MINUTES),
    };
    linkedin.consents.codes.insert(code.clone(), consent);
    back(form, &[("code", &code)])
}

/// The form, once the app has shown who it is.
fn app_form(linkedin: &Linkedin, call: &Call<'_>) -> Result<Form, Answer> {
    let form = Form::read(&String::from_utf8_lossy(call.request.body()));
    let known = linkedin.directory.apps.contains_key(form.get("client_id")?);
    if !known || form.get("client_secret")? != CLIENT_SECRET {
        return Err(refuse(
            401,
            "invalid_client",
            "Client authentication failed",
        ));
    }
    Ok(form)
}

fn token(linkedin: &mut Linkedin, call: &Call<'_>) -> Result<Answer, Answer> {
    let form = app_form(linkedin, call)?;
    let client_id = form.get("client_id")?.to_owned();
    match form.get("grant_type")? {
        "authorization_code" => {
            let code = form.get("code")?;
            let found = linkedin.consents.codes.remove(code);
            let found = found.ok_or_else(|| {
                let words = "Unable to retrieve access token: authorization code not found";
                refuse(401, "invalid_request", words)
            })?;
            let fits =
                found.client_id == client_id && found.redirect == form.get("redirect_uri")?;
            if !fits || found.ends_at <= call.now {
                let words = "Unable to retrieve access token: appid/redirect uri/code verifier \
                             does not match authorization code. Or authorization code expired. \
                             Or external member binding exists";
                return Err(refuse(400, "invalid_redirect_uri", words));
            }
            Ok(issue(linkedin, found, call.now, None))
        }
        "refresh_token" => {
            let text = form.get("refresh_token")?;
            let found = linkedin.consents.refresh.get(text).cloned();
            let alive = |found: &Consent| found.client_id == client_id && found.ends_at > call.now;
            let found = found.filter(alive).ok_or_else(|| {
                let words = "The provided authorization grant or refresh token is invalid, \
                             expired or revoked";
                refuse(400, "invalid_request", words)
            })?;
            Ok(issue(linkedin, found, call.now, Some(text)))
        }
        _ => Err(refuse(
            400,
            "unsupported_grant_type",
            "The grant type is not supported",
        )),
    }
}

/// A new token; `refresh`: what it is minted from, and not a consent.
fn issue(linkedin: &mut Linkedin, consent: Consent, now: Instant, refresh: Option<&str>) -> Answer {
    let text = linkedin.mint.media_id("AQX");
    let life = i64::from(linkedin.settings.token_life_s);
    for token in linkedin.directory.tokens.values_mut() {
        let same = token.client_id == consent.client_id && token.member == consent.member;
        // Consenting to another set of scopes ends all tokens there were.
        token.revoked |= same && token.scopes != consent.scopes && refresh.is_none();
    }
    let token = Token {
        client_id: consent.client_id.clone(),
        member: consent.member.clone(),
        scopes: consent.scopes.clone(),
        issued_at: Some(now),
        expires_at: Some(now + chrono::Duration::seconds(life)),
        revoked: false,
    };
    let scopes: Vec<&str> = token.scopes.iter().map(String::as_str).collect();
    let mut body = json!({
        "access_token": text, "expires_in": life - 1,
        "scope": scopes.join(","), "token_type": "Bearer",
    });
    // Minting neither changes a refresh token nor makes it live longer.
    let refresh = match refresh {
        Some(same) => Some((same.to_owned(), consent.ends_at)),
        None if linkedin.settings.refresh_tokens => {
            let life = i64::from(linkedin.settings.refresh_life_s);
            let ends_at = now + chrono::Duration::seconds(life);
            Some((linkedin.mint.media_id("AQR"), ends_at))
        }
        None => None,
    };
    if let Some((refresh, ends_at)) = refresh {
        body["refresh_token_expires_in"] = json!((ends_at - now).num_seconds() - 1);
        body["refresh_token"] = json!(refresh);
        let kept = Consent { ends_at, ..consent };
        linkedin.consents.refresh.insert(refresh, kept);
    }
    linkedin.directory.tokens.insert(text, token);
    Answer::ok(body)
}

fn introspect(linkedin: &mut Linkedin, call: &Call<'_>) -> Result<Answer, Answer> {
    let form = app_form(linkedin, call)?;
    let text = form.get("token")?;
    let found = linkedin.directory.tokens.get(text);
    let Some(token) = found.filter(|token| Ok(token.client_id.as_str()) == form.get("client_id"))
    else {
        return Ok(Answer::ok(json!({"active": false})));
    };
    let over = token.expires_at.is_some_and(|end| end <= call.now);
    let status = match (token.revoked, over) {
        (true, _) => "revoked",
        (false, true) => "expired",
        (false, false) => "active",
    };
    let scopes: Vec<&str> = token.scopes.iter().map(String::as_str).collect();
    let seconds = |at: Option<Instant>| at.map_or(Value::Null, |at| json!(at.timestamp()));
    Ok(Answer::ok(json!({
        "active": status == "active", "status": status, "auth_type": "3L",
        "client_id": token.client_id, "scope": scopes.join(","),
        "authorized_at": seconds(token.issued_at), "created_at": seconds(token.issued_at),
        "expires_at": seconds(token.expires_at),
    })))
}
