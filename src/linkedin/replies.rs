//! The answers that hold something, read leniently.
//!
//! Owns the parts of successful answers this program uses; everything else in them, known
//! or new, is ignored (LinkedIn adds fields without a new version). Must not judge errors.

use bytes::Bytes;
use chrono::DateTime;
use serde_json::Value;

use crate::model::Instant;
use crate::model::urn::{ImageUrn, PostUrn};

/// Where an image's bytes go, and what it will be called.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadTicket {
    /// The image.
    pub image: ImageUrn,
    /// A signed address: to be used as it is, never shown.
    pub url: String,
}

impl std::fmt::Debug for UploadTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UploadTicket({}, …)", self.image)
    }
}

/// How far an uploaded image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageStatus {
    /// It may be used.
    Available,
    /// Not yet; look again.
    Processing,
    /// LinkedIn could not read it; it never will.
    Failed,
    /// This token may not ask. Tokens of the self-serve product never may, so this must
    /// not stop a post.
    Unreadable,
}

/// A post as LinkedIn has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPost {
    /// Its URN.
    pub urn: PostUrn,
    /// Its text in little text format, as LinkedIn gives it back: escaped, with hashtags
    /// as templates.
    pub commentary: String,
    /// When it was published, or else made.
    pub published_at: Option<Instant>,
    /// `PUBLISHED`, `PUBLISH_REQUESTED`, `PUBLISH_FAILED`, `DRAFT`, or a newer word.
    pub lifecycle: Option<String>,
}

/// What a lookup by author gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Posts, newest first. Not finding one is no proof that it does not exist.
    Posts(Vec<FoundPost>),
    /// This token may not list: a member's never may.
    Unreadable,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserInfo {
    /// The member's id for this app: `urn:li:person:` and this.
    pub sub: String,
    /// The member's name.
    pub name: Option<String>,
}

fn json(body: &Bytes) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

fn string(value: &Value, field: &str) -> Option<String> {
    value.get(field)?.as_str().map(str::to_owned)
}

/// The answer to `initializeUpload`.
#[must_use]
pub fn upload_ticket(body: &Bytes) -> Option<UploadTicket> {
    let json = json(body)?;
    let value = json.get("value")?;
    Some(UploadTicket {
        image: ImageUrn::parse(&string(value, "image")?).ok()?,
        url: string(value, "uploadUrl")?,
    })
}

/// The answer about one image. A word that is not known is taken as "not yet".
#[must_use]
pub fn image_status(body: &Bytes) -> Option<ImageStatus> {
    Some(match string(&json(body)?, "status")?.as_str() {
        "AVAILABLE" => ImageStatus::Available,
        "PROCESSING_FAILED" => ImageStatus::Failed,
        _ => ImageStatus::Processing,
    })
}

/// The answer about one post.
#[must_use]
pub fn post(body: &Bytes) -> Option<FoundPost> {
    found(&json(body)?)
}

/// One page of posts, and how many elements it had; elements that are no share or ugcPost
/// are left out.
#[must_use]
pub fn page(body: &Bytes) -> Option<(Vec<FoundPost>, usize)> {
    let json = json(body)?;
    let elements = json.get("elements")?.as_array()?;
    Some((elements.iter().filter_map(found).collect(), elements.len()))
}

/// The answer of `/v2/userinfo`; only `sub` must be there.
#[must_use]
pub fn userinfo(body: &Bytes) -> Option<UserInfo> {
    let json = json(body)?;
    Some(UserInfo {
        sub: string(&json, "sub").filter(|sub| !sub.is_empty())?,
        name: string(&json, "name"),
    })
}

fn found(value: &Value) -> Option<FoundPost> {
    let millis = |field: &str| value.get(field)?.as_i64();
    Some(FoundPost {
        urn: PostUrn::parse(&string(value, "id")?).ok()?,
        commentary: string(value, "commentary").unwrap_or_default(),
        published_at: millis("publishedAt")
            .or_else(|| millis("createdAt"))
            .and_then(DateTime::from_timestamp_millis),
        lifecycle: string(value, "lifecycleState"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Bytes {
        Bytes::from(text.to_owned())
    }

    #[test]
    fn a_ticket_holds_image_and_address_and_hides_the_address() {
        let body = r#"{"value":{"uploadUrlExpiresAt":1,"uploadUrl":"https://x/?sig=s3cret","image":"urn:li:image:C4E"}}"#;
        let ticket = upload_ticket(&bytes(body)).unwrap();
        assert_eq!(ticket.url, "https://x/?sig=s3cret");
        assert!(!format!("{ticket:?}").contains("s3cret"));
        for body in ["", "{}", r#"{"value":{"image":"urn:li:image:C4E"}}"#] {
            assert_eq!(upload_ticket(&bytes(body)), None, "{body}");
        }
        let video = r#"{"value":{"uploadUrl":"https://x","image":"urn:li:video:1"}}"#;
        assert_eq!(upload_ticket(&bytes(video)), None);
    }

    #[test]
    fn statuses() {
        for (word, status) in [
            ("AVAILABLE", ImageStatus::Available),
            ("PROCESSING", ImageStatus::Processing),
            ("WAITING_UPLOAD", ImageStatus::Processing),
            ("SOMETHING_NEW", ImageStatus::Processing),
            ("PROCESSING_FAILED", ImageStatus::Failed),
        ] {
            let body = bytes(&format!(r#"{{"status":"{word}","new":1}}"#));
            assert_eq!(image_status(&body), Some(status), "{word}");
        }
        assert_eq!(image_status(&bytes("{}")), None);
    }

    #[test]
    fn a_page_counts_what_it_leaves_out() {
        let body = r#"{"paging":{},"elements":[
            {"id":"urn:li:share:7","commentary":"a \\(b\\)","publishedAt":1790000000000,"createdAt":1,"lifecycleState":"PUBLISHED"},
            {"id":"urn:li:groupPost:9"},{"id":"urn:li:ugcPost:8","createdAt":1790000001000}]}"#;
        let (posts, count) = page(&bytes(body)).unwrap();
        assert_eq!((posts.len(), count), (2, 3));
        assert_eq!(posts[0].commentary, "a \\(b\\)");
        assert_eq!(posts[0].published_at.unwrap().timestamp(), 1_790_000_000);
        assert_eq!(posts[1].published_at.unwrap().timestamp(), 1_790_000_001);
        assert_eq!(
            post(&bytes(r#"{"id":"urn:li:share:7"}"#))
                .unwrap()
                .commentary,
            ""
        );
    }

    #[test]
    fn userinfo_needs_only_sub() {
        let body = r#"{"sub":"AbC_1-x","locale":{"country":"US"},"email_verified":"true"}"#;
        let info = userinfo(&bytes(body)).unwrap();
        assert_eq!((info.sub.as_str(), info.name), ("AbC_1-x", None));
        assert_eq!(userinfo(&bytes(r#"{"sub":""}"#)), None);
    }
}
