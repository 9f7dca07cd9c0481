//! What goes with the text of a post: exactly one kind.
//!
//! Owns the kinds the sandbox takes and their limits. Events, carousels and celebrations
//! cannot be created by organic apps.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Instant;
use crate::model::media::MediaKind;
use crate::model::urn::{AuthorUrn, MediaUrn};
use crate::sandbox::answer::Answer;
use crate::sandbox::fields::Fields;
use crate::sandbox::{Linkedin, MediaStatus};

/// Alt text, in UTF-16 code units ("Post API schema").
const MAX_ALT: usize = 4086;
/// Images in one post ("MultiImage API").
const IMAGES: std::ops::RangeInclusive<usize> = 2..=20;
/// Title and description of an article: fewer than 400 and 4086 ("Post API schema").
const MAX_TITLE: usize = 399;
const MAX_DESCRIPTION: usize = 4085;
/// Title of media. Not documented; what clients take for the limit.
const MAX_MEDIA_TITLE: usize = 400;
/// Poll: question, options and how many ("Poll Post API").
const MAX_QUESTION: usize = 140;
const MAX_OPTION: usize = 30;
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=4;

/// What goes with the text, in the form of the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// One image, video or document.
    Media(Medium),
    /// Two to twenty images.
    MultiImage {
        /// In display order.
        images: Vec<Medium>,
    },
    /// A link card.
    Article(Article),
    /// A poll.
    Poll(Poll),
}

/// A file in a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Medium {
    /// The uploaded file.
    pub id: MediaUrn,
    /// Title: the name of a document, above a video; readers of an image do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Text for people who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt_text: Option<String>,
}

/// A link card. Nothing is read from the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Article {
    /// The address.
    pub source: String,
    /// The headline.
    pub title: String,
    /// The text below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// An uploaded image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<MediaUrn>,
    /// Text for people who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_alt_text: Option<String>,
}

/// A poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// What is asked.
    pub question: String,
    /// What can be answered.
    pub options: Vec<PollOption>,
    /// How long and by whom.
    pub settings: PollSettings,
}

/// One answer of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollOption {
    /// Its text.
    pub text: String,
}

/// The settings of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollSettings {
    /// `ONE_DAY`, `THREE_DAYS`, `SEVEN_DAYS` or `FOURTEEN_DAYS`.
    pub duration: String,
}

impl Content {
    /// Every uploaded file it shows, with its alt text.
    #[must_use]
    pub fn media(&self) -> Vec<(&MediaUrn, Option<&str>)> {
        match self {
            Content::Media(image) => vec![(&image.id, image.alt_text.as_deref())],
            Content::MultiImage { images } => images
                .iter()
                .map(|image| (&image.id, image.alt_text.as_deref()))
                .collect(),
            Content::Article(article) => article
                .thumbnail
                .iter()
                .map(|id| (id, article.thumbnail_alt_text.as_deref()))
                .collect(),
            Content::Poll(_) => Vec::new(),
        }
    }

    /// Whether new posts of this kind are named `ugcPost`. Seen, not promised.
    pub(super) fn is_ugc(&self) -> bool {
        match self {
            Content::Media(medium) => medium.id.kind() != MediaKind::Image,
            Content::MultiImage { .. } | Content::Poll(_) => true,
            Content::Article(_) => false,
        }
    }
}

/// Reads `content`, when there is one.
pub(super) fn read(fields: &Fields<'_>) -> Result<Option<Content>, Answer> {
    let kinds = [
        "media",
        "multiImage",
        "article",
        "poll",
        "reference",
        "carousel",
        "celebration",
    ];
    let Some(content) = fields.object("content", &kinds)? else {
        return Ok(None);
    };
    let present: Vec<&str> = content.present().collect();
    let content = match present.as_slice() {
        ["media"] => media(&content)?,
        ["multiImage"] => multi_image(&content)?,
        ["article"] => article(&content)?,
        ["poll"] => poll(&content)?,
        [] => return Err(Answer::blank("content")),
        _ => {
            let value = Value::from(present.join(", "));
            return Err(Answer::invalid_value("content", &value));
        }
    };
    Ok(Some(content))
}

fn inside<'a>(content: &Fields<'a>, kind: &str, allowed: &[&str]) -> Result<Fields<'a>, Answer> {
    let inside = content.object(kind, allowed)?;
    inside.ok_or_else(|| Answer::missing(&content.name(kind)))
}

fn media(content: &Fields<'_>) -> Result<Content, Answer> {
    let media = inside(content, "media", &["id", "title", "altText"])?;
    let id = media.required_text("id")?;
    let id = MediaUrn::parse(id).map_err(|_| wrong_urn(id))?;
    if id.kind() == MediaKind::Document {
        media.required_text("title")?;
    }
    medium(&media, id).map(Content::Media)
}

fn medium(fields: &Fields<'_>, id: MediaUrn) -> Result<Medium, Answer> {
    Ok(Medium {
        id,
        title: fields.limited("title", MAX_MEDIA_TITLE)?,
        alt_text: fields.limited("altText", MAX_ALT)?,
    })
}

fn image_urn(text: &str) -> Result<MediaUrn, Answer> {
    MediaUrn::of_kind(text, MediaKind::Image).map_err(|_| wrong_urn(text))
}

fn wrong_urn(text: &str) -> Answer {
    if text.starts_with("urn:li:image:") {
        invalid_media(MediaKind::Image)
    } else {
        Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid")
    }
}

fn invalid_media(kind: MediaKind) -> Answer {
    let (code, message) = match kind {
        MediaKind::Image | MediaKind::Captions => ("INVALID_IMAGE_ID", "This Image ID is invalid"),
        MediaKind::Video => ("INVALID_VIDEO_ID", "This Video ID is invalid"),
        MediaKind::Document => ("INVALID_DOCUMENT_ID", "This Document ID is invalid"),
    };
    Answer::refuse(400, code, message)
}

fn multi_image(content: &Fields<'_>) -> Result<Content, Answer> {
    let multi = inside(content, "multiImage", &["images"])?;
    multi.required("images")?;
    let list = multi.list("images")?;
    if !IMAGES.contains(&list.len()) {
        let count = format!("{} images", list.len());
        return Err(multi.invalid("images", &Value::from(count)));
    }
    let read = |value| {
        let fields = Fields::new(value, "/content/multiImage/images", &["id", "altText"])?;
        let id = image_urn(fields.required_text("id")?)?;
        medium(&fields, id)
    };
    let images = list.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Content::MultiImage { images })
}

fn article(content: &Fields<'_>) -> Result<Content, Answer> {
    let allowed = [
        "source",
        "title",
        "description",
        "thumbnail",
        "thumbnailAltText",
    ];
    let article = inside(content, "article", &allowed)?;
    let source = article.required_text("source")?;
    if !is_url(source) {
        return Err(Answer::refuse(400, "INVALID_URL", "The URL is invalid"));
    }
    let thumbnail = article.text("thumbnail")?;
    Ok(Content::Article(Article {
        source: source.to_owned(),
        title: article.required_limited("title", MAX_TITLE)?,
        description: article.limited("description", MAX_DESCRIPTION)?,
        thumbnail: thumbnail.map(image_urn).transpose()?,
        thumbnail_alt_text: article.limited("thumbnailAltText", MAX_ALT)?,
    }))
}

fn poll(content: &Fields<'_>) -> Result<Content, Answer> {
    let poll = inside(content, "poll", &["question", "options", "settings"])?;
    let question = poll.required_limited("question", MAX_QUESTION)?;
    poll.required("options")?;
    let list = poll.list("options")?;
    if !OPTIONS.contains(&list.len()) {
        let count = format!("{} options", list.len());
        return Err(poll.invalid("options", &Value::from(count)));
    }
    let read = |value| {
        let option = Fields::new(value, "/content/poll/options", &["text"])?;
        let text = option.required_limited("text", MAX_OPTION)?;
        Ok(PollOption { text })
    };
    let options = list.iter().map(read).collect::<Result<_, Answer>>()?;
    poll.required("settings")?;
    let allowed = ["duration", "voteSelectionType", "isVoterVisibleToAuthor"];
    let settings = inside(&poll, "settings", &allowed)?;
    let durations = ["ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"];
    let duration = settings.word("duration", &durations)?.to_owned();
    if settings.value("voteSelectionType").is_some() {
        settings.word("voteSelectionType", &["SINGLE_VOTE"])?;
    }
    if let Some(value) = settings.value("isVoterVisibleToAuthor")
        && *value != Value::Bool(true)
    {
        return Err(settings.invalid("isVoterVisibleToAuthor", value));
    }
    Ok(Content::Poll(Poll {
        question,
        options,
        settings: PollSettings { duration },
    }))
}

/// Whether `text` is an absolute web address.
pub(super) fn is_url(text: &str) -> bool {
    text.parse::<http::Uri>()
        .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

/// Checks that every file is the author's and can be shown.
pub(super) fn check_media(
    linkedin: &Linkedin,
    author: &AuthorUrn,
    content: Option<&Content>,
    now: Instant,
) -> Result<(), Answer> {
    for (urn, _) in content.map(Content::media).unwrap_or_default() {
        let file = linkedin.files.get(urn);
        let file = file.filter(|file| file.owner == *author);
        let file = file.ok_or_else(|| invalid_media(urn.kind()))?;
        let (code, message) = match file.status(now) {
            MediaStatus::Available => continue,
            MediaStatus::Processing if linkedin.settings.post_while_processing => continue,
            MediaStatus::WaitingUpload | MediaStatus::Processing => (
                "MEDIA_ASSET_WAITING_UPLOAD",
                "Media asset is waiting upload",
            ),
            MediaStatus::ProcessingFailed => (
                "MEDIA_ASSET_PROCESSING_FAILED",
                "Media asset processing failed",
            ),
        };
        return Err(Answer::refuse(400, code, message));
    }
    Ok(())
}
