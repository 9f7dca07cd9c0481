//! The body of a create request, checked for its form.
//!
//! Owns which fields there are, which are required and what they may say by themselves.
//! Must not look at accounts, media or other posts.

use serde_json::Value;

use super::content::{self, Content};
use super::post_urn;
use crate::model::urn::{AuthorKind, AuthorUrn, PostUrn};
use crate::sandbox::answer::Answer;
use crate::sandbox::fields::Fields;
use crate::sandbox::settings::Settings;

/// What a create request may hold. `id`, the times and `lifecycleStateInfo` are
/// read-only; `adContext` and `container` are not open to organic apps.
const FIELDS: [&str; 10] = [
    "author",
    "commentary",
    "visibility",
    "distribution",
    "lifecycleState",
    "isReshareDisabledByAuthor",
    "content",
    "reshareContext",
    "contentCallToActionLabel",
    "contentLandingPage",
];

/// Labels of the button below a post.
const CALLS_TO_ACTION: [&str; 10] = [
    "APPLY",
    "DOWNLOAD",
    "VIEW_QUOTE",
    "LEARN_MORE",
    "SIGN_UP",
    "SUBSCRIBE",
    "REGISTER",
    "JOIN",
    "ATTEND",
    "REQUEST_DEMO",
];

/// A well-formed request to create a post.
pub(super) struct Draft {
    pub(super) author: AuthorUrn,
    pub(super) commentary: String,
    pub(super) visibility: String,
    pub(super) distribution: String,
    pub(super) draft: bool,
    pub(super) reshare_disabled: bool,
    pub(super) content: Option<Content>,
    pub(super) parent: Option<PostUrn>,
}

/// Reads the body.
pub(super) fn read(body: &Value, settings: &Settings) -> Result<Draft, Answer> {
    let fields = Fields::new(body, "", &FIELDS)?;
    let author = fields.required_text("author")?;
    let commentary = fields.required_text("commentary")?;
    let visibility = fields.word("visibility", &["PUBLIC", "CONNECTIONS", "LOGGED_IN"])?;
    fields.required("distribution")?;
    let draft = lifecycle(&fields, settings)?;
    let author = AuthorUrn::parse(author).map_err(|_| invalid_author(author))?;
    if author.kind() == AuthorKind::Organization && visibility != "PUBLIC" {
        return Err(fields.invalid("visibility", &Value::from(visibility)));
    }
    let distribution = distribution(&fields, &author)?;
    call_to_action(&fields)?;
    let content = content::read(&fields)?;
    let parent = parent(&fields)?;
    if let (Some(_), Some(value)) = (&parent, fields.value("content")) {
        return Err(fields.invalid("content", value));
    }
    Ok(Draft {
        author,
        commentary: commentary.to_owned(),
        visibility: visibility.to_owned(),
        distribution,
        draft,
        reshare_disabled: fields.flag("isReshareDisabledByAuthor")?,
        content,
        parent,
    })
}

fn invalid_author(author: &str) -> Answer {
    if author.starts_with("urn:li:organization:") || author.starts_with("urn:li:person:") {
        Answer::refuse(400, "INVALID_URN_ID", "The URN ID provided is invalid")
    } else {
        Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid")
    }
}

fn lifecycle(fields: &Fields<'_>, settings: &Settings) -> Result<bool, Answer> {
    let allowed: &[&str] = if settings.draft_create {
        &["PUBLISHED", "DRAFT"]
    } else {
        &["PUBLISHED"]
    };
    Ok(fields.word("lifecycleState", allowed)? == "DRAFT")
}

fn distribution(fields: &Fields<'_>, author: &AuthorUrn) -> Result<String, Answer> {
    let allowed = [
        "feedDistribution",
        "targetEntities",
        "thirdPartyDistributionChannels",
    ];
    let inside = fields.object("distribution", &allowed)?;
    let inside = inside.ok_or_else(|| Answer::missing("distribution"))?;
    let feed = inside.word("feedDistribution", &["MAIN_FEED", "NONE"])?;
    // Audiences are for pages only.
    let targets = inside.list("targetEntities")?;
    if !targets.is_empty() && author.kind() == AuthorKind::Person {
        return Err(inside.invalid("targetEntities", &Value::from(targets.to_vec())));
    }
    let channels = inside.list("thirdPartyDistributionChannels")?;
    if !channels.is_empty() {
        let channels = Value::from(channels.to_vec());
        return Err(inside.invalid("thirdPartyDistributionChannels", &channels));
    }
    Ok(feed.to_owned())
}

fn call_to_action(fields: &Fields<'_>) -> Result<(), Answer> {
    let page = fields.text("contentLandingPage")?;
    if page.is_some_and(|page| !content::is_url(page)) {
        return Err(Answer::refuse(400, "INVALID_URL", "The URL is invalid"));
    }
    match fields.text("contentCallToActionLabel")? {
        Some(label) if !CALLS_TO_ACTION.contains(&label) => {
            let message = format!("The call to action {label} is invalid");
            Err(Answer::refuse(400, "INVALID_CALL_TO_ACTION", message))
        }
        Some(_) if page.is_none() => Err(Answer::missing("contentLandingPage")),
        _ => Ok(()),
    }
}

fn parent(fields: &Fields<'_>) -> Result<Option<PostUrn>, Answer> {
    match fields.object("reshareContext", &["parent"])? {
        None => Ok(None),
        Some(context) => post_urn(context.required_text("parent")?).map(Some),
    }
}
