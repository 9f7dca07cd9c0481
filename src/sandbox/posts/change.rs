//! Changing and deleting posts.
//!
//! Owns `PARTIAL_UPDATE` and `DELETE`. Of a published post the text can be changed, and
//! nothing that makes it another post.

use super::{RESOURCE, StoredPost, key_of, text};
use crate::model::urn::{AuthorKind, PostUrn};
use crate::sandbox::Linkedin;
use crate::sandbox::answer::{Answer, Answered};
use crate::sandbox::call::Call;
use crate::sandbox::fields::Fields;
use crate::sandbox::gate::Caller;
use crate::sandbox::media::may_write_for;

const WRITE_SCOPES: [&str; 2] = ["w_member_social", "w_organization_social"];
/// What a patch may set ("Posts API"); everything else is refused with 403.
const PATCHABLE: [&str; 4] = [
    "commentary",
    "contentCallToActionLabel",
    "contentLandingPage",
    "lifecycleState",
];

/// `POST /rest/posts/{urn}` with `X-RestLi-Method: PARTIAL_UPDATE`
pub(super) fn update(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    key: &str,
) -> Answered {
    call.only_parameters(&[])?;
    let urn = key_of(key)?;
    let resource = caller.resource(RESOURCE, "PARTIAL_UPDATE");
    caller.require(&WRITE_SCOPES, &resource)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let body = call.json()?;
    let body = Fields::new(&body, "", &["patch"])?;
    body.required("patch")?;
    let patch = body.object("patch", &["$set"])?;
    let patch = patch.ok_or_else(|| Answer::missing("patch"))?;
    patch.required("$set")?;
    let set = patch.required("$set")?;
    let set = Fields::new(set, "", &PATCHABLE)?;
    if set.present().next().is_none() {
        return Err(Answer::blank("patch/$set"));
    }
    let index = find(linkedin, &urn)?;
    let post = linkedin.posts.get(index).ok_or_else(Answer::no_entity)?;
    check_owner(linkedin, caller, post, &resource)?;
    let forbidden = !linkedin.settings.member_partial_update;
    if forbidden && post.author.kind() == AuthorKind::Person {
        return Err(Answer::not_enough_permissions(&resource));
    }
    if set.value("lifecycleState").is_some() {
        set.word("lifecycleState", &["PUBLISHED"])?;
    }
    if post.deleted_at.is_some() {
        return Err(Answer::no_entity());
    }
    let commentary = set.text("commentary")?.map(str::to_owned);
    let goes_with = post.content.is_some() || post.parent.is_some();
    let (settings, directory) = (&linkedin.settings, &linkedin.directory);
    let rendered = commentary
        .as_deref()
        .map(|c| text::accept(c, goes_with, settings, directory));
    let rendered = rendered.transpose()?;
    let publish = set.value("lifecycleState").is_some();
    if let Some(post) = linkedin.posts.get_mut(index) {
        if let (Some(raw), Some(rendered)) = (commentary, rendered) {
            post.edits = post.edits.saturating_add(u32::from(post.raw != raw));
            (post.raw, post.rendered) = (raw, rendered);
        }
        post.draft &= !publish;
        post.modified_at = call.now;
    }
    Ok(Answer::empty(204))
}

/// `DELETE /rest/posts/{urn}`: once deleted, deleting again changes nothing and succeeds.
pub(super) fn delete(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    key: &str,
) -> Answered {
    call.resolved_as("DELETE")?;
    call.only_parameters(&[])?;
    let urn = key_of(key)?;
    let resource = caller.resource(RESOURCE, "DELETE");
    caller.require(&WRITE_SCOPES, &resource)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let index = find(linkedin, &urn)?;
    let post = linkedin.posts.get(index).ok_or_else(Answer::no_entity)?;
    check_owner(linkedin, caller, post, &resource)?;
    linkedin.delete_by_hand(&urn, call.now);
    Ok(Answer::empty(204))
}

fn find(linkedin: &Linkedin, urn: &PostUrn) -> Result<usize, Answer> {
    let at = linkedin.posts.iter().position(|post| post.urn == *urn);
    at.ok_or_else(Answer::no_entity)
}

fn check_owner(
    linkedin: &Linkedin,
    caller: &Caller,
    post: &StoredPost,
    resource: &str,
) -> Result<(), Answer> {
    if may_write_for(linkedin, caller, &post.author) {
        Ok(())
    } else {
        Err(Answer::not_enough_permissions(resource))
    }
}
