//! `POST /rest/posts`: a new post.
//!
//! Owns the order of checks for a create: scope, quota, form, author, meaning, commit.

use super::schema::{self, Draft};
use super::{RESOURCE, StoredPost, content, duplicate, text};
use crate::model::Instant;
use crate::model::urn::{AuthorKind, AuthorUrn, PostUrn};
use crate::sandbox::Linkedin;
use crate::sandbox::answer::{Answer, Answered};
use crate::sandbox::call::Call;
use crate::sandbox::gate::Caller;
use crate::sandbox::little::Rendered;
use crate::sandbox::media::may_write_for;

/// Creates a post.
pub(super) fn create(linkedin: &mut Linkedin, caller: &Caller, call: &Call<'_>) -> Answered {
    call.resolved_as("CREATE")?;
    let resource = caller.resource(RESOURCE, "CREATE");
    caller.require(&["w_member_social", "w_organization_social"], &resource)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let draft = schema::read(&call.json()?, &linkedin.settings)?;
    check_author(linkedin, caller, &draft.author)?;
    let unverified = is_unverified(linkedin, &draft.author);
    if unverified {
        let settings = &linkedin.settings;
        linkedin
            .quota
            .check_unverified(&draft.author, settings, call.now)?;
    }
    let goes_with = draft.content.is_some() || draft.parent.is_some();
    let (settings, directory) = (&linkedin.settings, &linkedin.directory);
    let rendered = text::accept(&draft.commentary, goes_with, settings, directory)?;
    content::check_media(linkedin, &draft.author, draft.content.as_ref(), call.now)?;
    check_parent(linkedin, draft.parent.as_ref())?;
    duplicate::check(linkedin, &draft, call.now)?;
    if unverified {
        linkedin.quota.count_unverified(&draft.author);
    }
    commit(linkedin, draft, rendered, call.now)
}

fn check_author(linkedin: &Linkedin, caller: &Caller, author: &AuthorUrn) -> Result<(), Answer> {
    if author.kind() == AuthorKind::Person && !caller.may("w_member_social") {
        let message = "Member permissions must be used when using member as author";
        return Err(Answer::bare(400, message));
    }
    if may_write_for(linkedin, caller, author) {
        Ok(())
    } else {
        Err(Answer::foreign_author("/author"))
    }
}

fn is_unverified(linkedin: &Linkedin, author: &AuthorUrn) -> bool {
    let member = linkedin.directory.members.get(author);
    member.is_some_and(|member| !member.verified)
}

/// A post of this sandbox must be there to be shared; others it does not know.
fn check_parent(linkedin: &Linkedin, parent: Option<&PostUrn>) -> Result<(), Answer> {
    let known = parent.and_then(|parent| linkedin.post(parent));
    if known.is_some_and(|post| !post.is_live() || post.reshare_disabled) {
        let message = "The post cannot be reshared";
        return Err(Answer::refuse(422, "UNPROCESSABLE_ENTITY", message));
    }
    Ok(())
}

fn commit(linkedin: &mut Linkedin, draft: Draft, rendered: Rendered, now: Instant) -> Answered {
    let ugc = draft.content.as_ref().is_some_and(content::Content::is_ugc);
    let kind = if ugc { "ugcPost" } else { "share" };
    let number = linkedin.mint.post_number(now);
    let urn = PostUrn::parse(&format!("urn:li:{kind}:{number}"))
        .map_err(|_| Answer::bare(500, "No id could be minted"))?;
    let answer = Answer::created(urn.as_str());
    linkedin.posts.push(StoredPost {
        urn,
        author: draft.author,
        raw: draft.commentary,
        rendered,
        content: draft.content,
        parent: draft.parent,
        visibility: draft.visibility,
        distribution: draft.distribution,
        reshare_disabled: draft.reshare_disabled,
        draft: draft.draft,
        created_at: now,
        modified_at: now,
        deleted_at: None,
        edits: 0,
    });
    Ok(answer)
}
