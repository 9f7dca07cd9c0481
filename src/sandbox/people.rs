//! Members and pages: `/v2/userinfo` and `/rest/organizationAcls`.
//!
//! Owns what a token may learn about its member. Must not change anything.

use http::Method;
use serde_json::{Value, json};

use super::Linkedin;
use super::answer::{Answer, Answered};
use super::call::{self, Call};
use super::directory::Role;
use super::gate::Caller;
use crate::model::urn::AuthorUrn;

/// `GET /v2/userinfo` (LinkedIn, "Sign In with LinkedIn using OpenID Connect").
pub(super) fn user_info(linkedin: &mut Linkedin, caller: &Caller, call: &Call<'_>) -> Answered {
    if *call.method() != Method::GET {
        return Err(call::not_allowed());
    }
    let resource = caller.resource("userinfo", "GET");
    for scope in ["openid", "profile"] {
        caller.require(&[scope], &resource)?;
    }
    let settings = &linkedin.settings;
    linkedin.quota.spend(caller, settings, call.now)?;
    let name = linkedin
        .directory
        .name_of(&caller.member)
        .unwrap_or("Member");
    let (given, family) = name.split_once(' ').unwrap_or((name, ""));
    let mut body = json!({
        "sub": caller.member.id(), "name": name, "given_name": given, "family_name": family,
        // Documented as a string, seen as an object.
        "locale": {"country": "US", "language": "en"},
    });
    if caller.may("email")
        && let Some(fields) = body.as_object_mut()
    {
        let address = format!("{}@example.com", caller.member.id().to_lowercase());
        fields.insert("email".to_owned(), json!(address));
        fields.insert("email_verified".to_owned(), json!(true));
    }
    Ok(Answer::ok(body))
}

/// `GET /rest/organizationAcls?q=roleAssignee|organization` (LinkedIn, "Organization
/// Access Control by Role").
pub(super) fn find_roles(linkedin: &mut Linkedin, caller: &Caller, call: &Call<'_>) -> Answered {
    if *call.method() != Method::GET {
        return Err(call::unresolvable());
    }
    call.resolved_as("FINDER")?;
    let finder = call.parameter("q")?.unwrap_or_default();
    let own = match finder.as_str() {
        "roleAssignee" => true,
        "organization" => false,
        _ => return Err(call::unresolvable()),
    };
    let mut allowed = vec!["q", "role", "state", "start", "count"];
    allowed.extend((!own).then_some("organization"));
    call.only_parameters(&allowed)?;
    let (role, state) = (call.parameter("role")?, call.parameter("state")?);
    let page = if own { None } else { Some(page_asked(call)?) };
    let scopes = [
        "r_organization_admin",
        "rw_organization_admin",
        "r_organization_social",
    ];
    let resource = caller.resource("organizationAcls", &format!("FINDER-{finder}"));
    caller.require(&scopes, &resource)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let roles = &linkedin.directory.roles;
    let administers = |page: &AuthorUrn| {
        roles.iter().any(|row| {
            row.organization == *page
                && row.member == caller.member
                && (row.role.as_str(), row.state.as_str()) == ("ADMINISTRATOR", "APPROVED")
        })
    };
    if page.as_ref().is_some_and(|page| !administers(page)) {
        return Err(Answer::not_enough_permissions(&resource));
    }
    let fits = |row: &&Role| {
        page.as_ref().map_or(row.member == caller.member, |page| {
            row.organization == *page
        }) && role.as_ref().is_none_or(|role| row.role == *role)
            && state.as_ref().is_none_or(|state| row.state == *state)
    };
    let rows: Vec<&Role> = roles.iter().filter(fits).collect();
    paged(call, &rows, usize::MAX, |row| row_json(row))
}

fn page_asked(call: &Call<'_>) -> Result<AuthorUrn, Answer> {
    let page = call.parameter("organization")?;
    let page = page.ok_or_else(call::unresolvable)?;
    AuthorUrn::parse(&page)
        .map_err(|_| Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid"))
}

fn row_json(row: &Role) -> Value {
    json!({
        "organization": row.organization, "role": row.role,
        "roleAssignee": row.member, "state": row.state,
    })
}

/// One page of `rows`, as `start` and `count` ask (LinkedIn, "pagination").
pub(super) fn paged<T>(
    call: &Call<'_>,
    rows: &[T],
    maximum: usize,
    body: impl Fn(&T) -> Value,
) -> Answered {
    let (start, count) = (call.number("start", 0)?, call.number("count", 10)?);
    if count > maximum {
        return Err(Answer::input_error(
            "PARAM_INVALID",
            "count",
            "Invalid param",
        ));
    }
    let end = start.saturating_add(count).min(rows.len());
    let elements = rows.get(start.min(end)..end).unwrap_or_default();
    let elements: Vec<Value> = elements.iter().map(body).collect();
    let mut links = Vec::new();
    if end < rows.len() {
        links.push(json!({
            "rel": "next", "type": "application/json",
            "href": format!("{}?start={end}&count={count}", call.request.uri().path()),
        }));
    }
    Ok(Answer::ok(json!({
        "paging": {"start": start, "count": count, "total": rows.len(), "links": links},
        "elements": elements,
    })))
}
