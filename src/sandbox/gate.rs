//! What every request passes before any resource sees it.
//!
//! Owns the checks of transport, token, version and protocol, in that order. Must not know
//! resources, bodies or scopes.

use http::Method;

use super::Linkedin;
use super::answer::Answer;
use super::call::Call;
use super::directory::{Tier, Token};
use crate::model::Instant;
use crate::model::urn::AuthorUrn;

/// Longest URL, query and path segment, and longest headers with URL, in bytes
/// (LinkedIn, "query tunnelling").
const MAX_URL: usize = 8 * 1024;
const MAX_PART: usize = 4 * 1024;
const MAX_HEAD: usize = 28 * 1024;
/// Largest body of a call in bytes. LinkedIn prints none.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// Largest body of an upload in bytes: the largest document.
pub(super) const MAX_UPLOAD: usize = 100 * 1024 * 1024;

/// Who calls, once the gate let them in.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) member: AuthorUrn,
    pub(super) client_id: String,
    pub(super) tier: Tier,
    token: Token,
    /// The version as permission errors print it.
    version: String,
}

impl Caller {
    pub(super) fn may(&self, scope: &str) -> bool {
        self.token.scopes.contains(scope)
    }

    /// How permission errors name a resource method.
    pub(super) fn resource(&self, name: &str, method: &str) -> String {
        format!("{name}.{method}.{}", self.version)
    }

    /// 403 unless the token has one of `scopes`.
    pub(super) fn require(&self, scopes: &[&str], resource: &str) -> Result<(), Answer> {
        if scopes.iter().any(|scope| self.may(scope)) {
            Ok(())
        } else {
            Err(Answer::not_enough_permissions(resource))
        }
    }
}

/// Checks on size and form, before anybody is asked who they are.
pub(super) fn check_transport(call: &Call<'_>) -> Result<(), Answer> {
    let uri = call.request.uri();
    let target = uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let head = call.request.headers().iter();
    let head: usize = head.map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
    if target > MAX_URL
        || target + head > MAX_HEAD
        || uri.query().is_some_and(|query| query.len() > MAX_PART)
        || call.segments.iter().any(|segment| segment.len() > MAX_PART)
    {
        return Err(Answer::bare(414, "Request-URI Too Long"));
    }
    let body = call.request.body();
    if [Method::POST, Method::PUT, Method::PATCH].contains(call.method()) {
        match call.header("content-length").map(str::parse::<usize>) {
            None => return Err(Answer::bare(411, "Length Required")),
            Some(Ok(length)) if length == body.len() => {}
            Some(_) => return Err(Answer::bare(400, "Content-Length does not fit the body")),
        }
    }
    let transfer = call.segments.first() == Some(&"dms-uploads");
    let largest = if transfer { MAX_UPLOAD } else { MAX_BODY };
    if body.len() > largest {
        let message = "Request entity too large";
        return Err(Answer::refuse(413, "REQUEST_ENTITY_TOO_LARGE", message));
    }
    let json = call.header("content-type").is_some_and(is_json);
    if *call.method() == Method::POST && !body.is_empty() && !json && !transfer {
        let message = "Content-Type must be application/json";
        return Err(Answer::refuse(415, "UNSUPPORTED_MEDIA_TYPE", message));
    }
    Ok(())
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Finds out who calls. Versioned calls name the version in later permission errors.
pub(super) fn check_token(linkedin: &Linkedin, call: &Call<'_>) -> Result<Caller, Answer> {
    let refuse = |number, code, message| Err(Answer::numbered(401, number, code, message));
    let Some(header) = call.header("authorization").map(str::trim) else {
        return refuse(65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token");
    };
    let (scheme, text) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Answer::bare(401, "Unknown authentication schema"));
    }
    if text.trim().is_empty() {
        return refuse(65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token");
    }
    let Some(token) = linkedin.directory.tokens.get(text.trim()) else {
        return refuse(65600, "INVALID_ACCESS_TOKEN", "Invalid access token");
    };
    if token.revoked || is_lagging(linkedin, token, call.now) {
        let message = "The token used in the request has been revoked by the user";
        return refuse(65601, "REVOKED_ACCESS_TOKEN", message);
    }
    if token.expires_at.is_some_and(|end| end <= call.now) {
        let message = "The token used in the request has expired";
        return refuse(65602, "EXPIRED_ACCESS_TOKEN", message);
    }
    let member = linkedin.directory.members.get(&token.member);
    if member.is_some_and(|member| member.restricted) {
        return refuse(65608, "RESTRICTED_MEMBER", "Member is restricted");
    }
    let tier = linkedin.directory.apps.get(&token.client_id);
    Ok(Caller {
        member: token.member.clone(),
        client_id: token.client_id.clone(),
        tier: tier.copied().unwrap_or_default(),
        token: token.clone(),
        version: "NO_VERSION".to_owned(),
    })
}

fn is_lagging(linkedin: &Linkedin, token: &Token, now: Instant) -> bool {
    let lag = i64::from(linkedin.settings.token_activation_lag_ms);
    token
        .issued_at
        .is_some_and(|at| now < at + chrono::Duration::milliseconds(lag))
}

/// Checks what only `/rest` asks for: the version and the protocol.
pub(super) fn check_version(
    linkedin: &Linkedin,
    call: &Call<'_>,
    mut caller: Caller,
) -> Result<Caller, Answer> {
    let Some(version) = call.header("linkedin-version").map(str::trim) else {
        return Err(Answer::refuse(
            400,
            "VERSION_MISSING",
            "A version must be present. Please specify a version by adding the \
             Linkedin-Version header.",
        ));
    };
    let Some(label) = version_label(version) else {
        return Err(Answer::illegal(format!("Invalid version {version}")));
    };
    if !linkedin.settings.versions.contains(version) {
        return Err(Answer::refuse(
            426,
            "NONEXISTENT_VERSION",
            format!("Requested version {label} is not active"),
        ));
    }
    if call.header("x-restli-protocol-version").map(str::trim) != Some("2.0.0") {
        return Err(Answer::illegal(
            "Syntax exception in path variables: protocol version 2.0.0 is required, see the \
             X-Restli-Protocol-Version header",
        ));
    }
    if call.header("x-http-method-override").is_some() {
        return Err(Answer::illegal("Query tunneling is not available"));
    }
    caller.version = label;
    Ok(caller)
}

/// `202504` is printed as `20250401`, `202508.02` as `20250802`.
fn version_label(version: &str) -> Option<String> {
    let (month, day) = version.split_once('.').unwrap_or((version, "01"));
    let digits = |text: &str, n| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    (digits(month, 6) && digits(day, 2)).then(|| format!("{month}{day}"))
}
