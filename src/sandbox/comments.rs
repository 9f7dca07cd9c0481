//! Comments below posts: `/rest/socialActions` and the older `/v2/socialActions`.
//!
//! Owns who may comment where, and that a new post has no activity to comment on yet.
//! Must not render: comments are plain text.
//!
//! Source: LinkedIn, "Comments API"; permissions of self-serve apps as seen in public.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Linkedin;
use super::answer::{Answer, Answered};
use super::call::{self, Call};
use super::fields::Fields;
use super::gate::Caller;
use crate::model::Instant;
use crate::model::urn::{AuthorKind, AuthorUrn, PostUrn};

/// Text of a comment, in UTF-16 code units. Not documented; what the site takes.
const MAX_TEXT: usize = 1250;

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredComment {
    /// Its number.
    pub id: u64,
    /// The post it stands below.
    pub post: PostUrn,
    /// Who says it.
    pub actor: AuthorUrn,
    /// What it says.
    pub text: String,
    /// When it was made.
    pub created_at: Instant,
}

/// Answers a call below `socialActions`; `rest` are the path segments after it.
pub(super) fn answer(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    rest: &[&str],
    versioned: bool,
) -> Answered {
    match (call.method().as_str(), rest) {
        ("POST", [key, "comments"]) => create(linkedin, caller, call, key, versioned),
        (_, [_, "comments"]) => Err(call::not_allowed()),
        _ => Err(Answer::no_resource()),
    }
}

fn create(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    key: &str,
    versioned: bool,
) -> Answered {
    call.resolved_as("CREATE")?;
    call.only_parameters(&[])?;
    let key = Call::key(key)?;
    let scopes: &[&str] = if versioned {
        &["w_member_social_feed", "w_organization_social_feed"]
    } else {
        &["w_member_social", "w_organization_social"]
    };
    let resource = caller.resource("partnerApiSocialActions", "CREATE");
    caller.require(scopes, &resource)?;
    if !versioned && !linkedin.settings.comments_v2 {
        return Err(Answer::not_enough_permissions(&resource));
    }
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let body = call.json()?;
    let fields = Fields::new(
        &body,
        "",
        &["actor", "object", "message", "parentComment", "content"],
    )?;
    let actor = fields.required_text("actor")?;
    let object = fields.required_text("object")?;
    fields.required("message")?;
    let message = fields.object("message", &["text", "attributes"])?;
    let message = message.ok_or_else(|| Answer::missing("message"))?;
    let text = message.required_limited("text", MAX_TEXT)?;
    let actor = AuthorUrn::parse(actor).map_err(|_| fields.invalid("actor", &json!(actor)))?;
    if object != key {
        return Err(fields.invalid("object", &json!(object)));
    }
    let scope = match (actor.kind(), versioned) {
        (AuthorKind::Person, true) => "w_member_social_feed",
        (AuthorKind::Organization, true) => "w_organization_social_feed",
        (AuthorKind::Person, false) => "w_member_social",
        (AuthorKind::Organization, false) => "w_organization_social",
    };
    if !caller.may(scope) || !linkedin.directory.may_act_for(&caller.member, &actor) {
        return Err(Answer::foreign_author("/actor"));
    }
    let post = commentable(linkedin, &key, call.now)?;
    throttle(linkedin, &actor, call.now)?;
    commit(linkedin, post, actor, text, call.now)
}

/// The post, once it has an activity.
fn commentable(linkedin: &Linkedin, key: &str, now: Instant) -> Result<PostUrn, Answer> {
    let missing = || {
        let message = format!("Unable to obtain activity for urn {key}");
        Answer::bare(404, &message)
    };
    let urn = PostUrn::parse(key)
        .map_err(|_| Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid"))?;
    let post = linkedin.post(&urn).filter(|post| post.is_live());
    let post = post.ok_or_else(missing)?;
    let lag = chrono::Duration::milliseconds(i64::from(linkedin.settings.activity_lag_ms));
    if now < post.created_at + lag {
        return Err(missing());
    }
    Ok(urn)
}

fn throttle(linkedin: &Linkedin, actor: &AuthorUrn, now: Instant) -> Result<(), Answer> {
    let gap = chrono::Duration::seconds(i64::from(linkedin.settings.comment_gap_s));
    let mut own = linkedin.comments.iter().filter(|c| c.actor == *actor);
    if own.any(|comment| now - comment.created_at < gap) {
        let message = "Comment create throttled: creation rate limit exceeded for member";
        return Err(Answer::bare(429, message));
    }
    Ok(())
}

fn commit(
    linkedin: &mut Linkedin,
    post: PostUrn,
    actor: AuthorUrn,
    text: String,
    now: Instant,
) -> Answered {
    let id = linkedin.mint.post_number(now);
    // The activity is another number than the post's own.
    let activity = format!("urn:li:activity:{}", linkedin.mint.post_number(now));
    let created = json!({"actor": actor, "time": now.timestamp_millis()});
    let body = json!({
        "actor": actor,
        "commentUrn": format!("urn:li:comment:({activity},{id})"),
        "created": created,
        "id": id.to_string(),
        "message": {"text": text},
        "object": activity,
    });
    linkedin.comments.push(StoredComment {
        id,
        post,
        actor,
        text,
        created_at: now,
    });
    let mut answer = Answer::ok(body).with("x-restli-id", id.to_string());
    answer.status = 201;
    Ok(answer)
}
