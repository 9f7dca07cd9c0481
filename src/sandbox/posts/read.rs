//! Reading posts: one, several, or those of an author.
//!
//! Owns who may read and what comes back. A self-serve app may read nothing, its member's
//! own posts included (seen 2026-06).

use serde_json::{Map, Value, json};

use super::{Content, RESOURCE, StoredPost, key_of, post_urn};
use crate::model::Instant;
use crate::model::urn::{AuthorKind, AuthorUrn, PostUrn};
use crate::sandbox::Linkedin;
use crate::sandbox::answer::{Answer, Answered};
use crate::sandbox::call::{self, Call};
use crate::sandbox::directory::Tier;
use crate::sandbox::gate::Caller;
use crate::sandbox::little;
use crate::sandbox::media::MediaStatus;
use crate::sandbox::people::paged;

/// Posts in one page of a finder ("Posts API").
const MAX_COUNT: usize = 100;
const READ_SCOPES: [&str; 2] = ["r_organization_social", "r_member_social"];

fn require_tier(caller: &Caller, method: &str) -> Result<(), Answer> {
    let resource = caller.resource(RESOURCE, method);
    let refused = match caller.tier {
        Tier::SelfServe => true,
        Tier::CmDev => method == "BATCH_GET",
        Tier::CmStandard => false,
    };
    if refused {
        return Err(Answer::not_enough_permissions(&resource));
    }
    caller.require(&READ_SCOPES, &resource)
}

/// Whether the caller may read what `author` says.
fn may_read(linkedin: &Linkedin, caller: &Caller, author: &AuthorUrn) -> bool {
    let scope = match author.kind() {
        AuthorKind::Person => "r_member_social",
        AuthorKind::Organization => "r_organization_social",
    };
    caller.may(scope) && linkedin.directory.may_act_for(&caller.member, author)
}

fn check_view(call: &Call<'_>) -> Result<bool, Answer> {
    match call.parameter("viewContext")?.as_deref() {
        None | Some("READER") => Ok(false),
        Some("AUTHOR") => Ok(true),
        Some(_) => Err(Answer::input_error(
            "PARAM_INVALID",
            "viewContext",
            "Invalid param",
        )),
    }
}

/// `GET /rest/posts/{urn}`
pub(super) fn get(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    key: &str,
) -> Answered {
    call.resolved_as("GET")?;
    call.only_parameters(&["viewContext"])?;
    let (urn, as_author) = (key_of(key)?, check_view(call)?);
    require_tier(caller, "GET")?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    one(linkedin, caller, &urn, as_author, call.now).map(Answer::ok)
}

fn one(
    linkedin: &Linkedin,
    caller: &Caller,
    urn: &PostUrn,
    as_author: bool,
    now: Instant,
) -> Result<Value, Answer> {
    let post = linkedin.post(urn);
    let post = post.filter(|post| post.is_live() || (as_author && post.deleted_at.is_none()));
    let post = post.ok_or_else(Answer::no_entity)?;
    if !may_read(linkedin, caller, &post.author) {
        let resource = caller.resource(RESOURCE, "GET");
        return Err(Answer::not_enough_permissions(&resource));
    }
    Ok(body(linkedin, post, now))
}

/// `GET /rest/posts?ids=List(…)`
pub(super) fn batch_get(linkedin: &mut Linkedin, caller: &Caller, call: &Call<'_>) -> Answered {
    call.resolved_as("BATCH_GET")?;
    call.only_parameters(&["ids", "viewContext"])?;
    let (ids, as_author) = (call.list("ids")?, check_view(call)?);
    require_tier(caller, "BATCH_GET")?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let (mut results, mut statuses, mut errors) = (Map::new(), Map::new(), Map::new());
    for id in ids {
        let read = post_urn(&id).and_then(|urn| one(linkedin, caller, &urn, as_author, call.now));
        match read {
            Ok(body) => {
                results.insert(id.clone(), body);
                statuses.insert(id, json!(200));
            }
            Err(refusal) => {
                statuses.insert(id.clone(), json!(refusal.status));
                errors.insert(id, refusal.body.unwrap_or_default());
            }
        }
    }
    Ok(Answer::ok(json!({
        "results": results, "statuses": statuses, "errors": errors,
    })))
}

/// `GET /rest/posts?q=author&author={urn}`
pub(super) fn find(linkedin: &mut Linkedin, caller: &Caller, call: &Call<'_>) -> Answered {
    call.resolved_as("FINDER")?;
    call.only_parameters(&["q", "author", "count", "start", "sortBy", "viewContext"])?;
    let author = call.parameter("author")?;
    let author = author.ok_or_else(call::unresolvable)?;
    let author = AuthorUrn::parse(&author)
        .map_err(|_| Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid"))?;
    let as_author = check_view(call)?;
    let created_first = match call.parameter("sortBy")?.as_deref() {
        None | Some("LAST_MODIFIED") => false,
        Some("CREATED") => true,
        Some(_) => {
            return Err(Answer::input_error(
                "PARAM_INVALID",
                "sortBy",
                "Invalid param",
            ));
        }
    };
    require_tier(caller, "FINDER-author")?;
    if !may_read(linkedin, caller, &author) {
        let resource = caller.resource(RESOURCE, "FINDER-author");
        return Err(Answer::not_enough_permissions(&resource));
    }
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let mut posts: Vec<&StoredPost> = linkedin
        .posts
        .iter()
        .filter(|post| post.author == author && post.deleted_at.is_none())
        .filter(|post| as_author || post.is_live())
        .collect();
    posts.reverse();
    posts.sort_by_key(|post| {
        let at = if created_first {
            post.created_at
        } else {
            post.modified_at
        };
        std::cmp::Reverse(at)
    });
    let body = |post: &&StoredPost| body(linkedin, post, call.now);
    paged(call, &posts, MAX_COUNT, body)
}

/// A post whose media are still processed is asked for, not published, and one whose media
/// fail is never shown ("Posts API", lifecycle states).
fn lifecycle(linkedin: &Linkedin, post: &StoredPost, now: Instant) -> &'static str {
    let media = post.content.as_ref().map(Content::media);
    let files = media.into_iter().flatten();
    let states = files.filter_map(|(urn, _)| Some(linkedin.files.get(urn)?.status(now)));
    let mut lifecycle = if post.draft { "DRAFT" } else { "PUBLISHED" };
    for state in states {
        match state {
            MediaStatus::Available => {}
            MediaStatus::WaitingUpload | MediaStatus::Processing => lifecycle = "PUBLISH_REQUESTED",
            MediaStatus::ProcessingFailed => return "PUBLISH_FAILED",
        }
    }
    lifecycle
}

/// A post as LinkedIn returns it: the text escaped anew, hashtags as templates.
fn body(linkedin: &Linkedin, post: &StoredPost, now: Instant) -> Value {
    let mut body = json!({
        "id": post.urn,
        "author": post.author,
        "commentary": little::readback(&post.raw, linkedin.settings.little_model),
        "visibility": post.visibility,
        "distribution": {
            "feedDistribution": post.distribution,
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": lifecycle(linkedin, post, now),
        "lifecycleStateInfo": {"isEditedByAuthor": post.edits > 0},
        "isReshareDisabledByAuthor": post.reshare_disabled,
        "createdAt": post.created_at.timestamp_millis(),
        "publishedAt": post.created_at.timestamp_millis(),
        "lastModifiedAt": post.modified_at.timestamp_millis(),
    });
    if let Some(fields) = body.as_object_mut() {
        if let Some(content) = &post.content {
            fields.insert("content".to_owned(), json!(content));
        }
        if let Some(parent) = &post.parent {
            let context = json!({"parent": parent, "root": parent});
            fields.insert("reshareContext".to_owned(), context);
        }
    }
    body
}
