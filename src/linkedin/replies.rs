//! The answers that hold something, read leniently.
//!
//! Owns the parts of successful answers this program uses; everything else in them, known
//! or new, is ignored (LinkedIn adds fields without a new version). Must not judge errors.

use std::ops::Range;

use bytes::Bytes;
use chrono::DateTime;
use http::header::ETAG;
use serde_json::Value;

use super::cleaning::quote;
use crate::model::Instant;
use crate::model::media::MediaKind;
use crate::model::urn::{AuthorUrn, MediaUrn, PostUrn};
use crate::ports::HttpResponse;

/// Where a file's bytes go, and what it will be called.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadTicket {
    /// The file.
    pub media: MediaUrn,
    /// When its addresses end.
    pub expires_at: Option<Instant>,
    /// Where the bytes go.
    pub way: UploadWay,
}

/// Where bytes go. The addresses are signed: to be used as they are, never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum UploadWay {
    /// All at one address: images and documents.
    Whole(String),
    /// In parts: videos.
    Parts {
        /// In LinkedIn's order.
        parts: Vec<UploadPart>,
        /// To be sent back unchanged, even empty.
        upload_token: String,
        /// Where the preview image goes.
        thumbnail: Option<String>,
        /// Where the captions go.
        captions: Option<String>,
    },
}

/// One part of a video.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadPart {
    /// Where it goes.
    pub url: String,
    /// Its bytes in the file; LinkedIn's `lastByte` is the last of them.
    pub range: Range<u64>,
}

impl std::fmt::Debug for UploadTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UploadTicket({}, …)", self.media)
    }
}

/// How far an uploaded file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaStatus {
    /// It may be used.
    Available,
    /// Not yet; look again.
    Processing,
    /// LinkedIn could not read it; it never will. Its words, where it says any.
    Failed(Option<String>),
    /// This token may not ask. Tokens of the self-serve product never may, so this must
    /// not stop a post.
    Unreadable,
}

/// A post as LinkedIn has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPost {
    /// Its URN.
    pub urn: PostUrn,
    /// Who published it.
    pub author: Option<AuthorUrn>,
    /// Whether it shows something besides text, or another post.
    pub carries: bool,
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
pub fn upload_ticket(body: &Bytes, kind: MediaKind) -> Option<UploadTicket> {
    let json = json(body)?;
    let value = json.get("value")?;
    // The two kinds of answer spell it differently.
    let expires = ["uploadUrlExpiresAt", "uploadUrlsExpireAt"];
    let expires = expires.iter().find_map(|name| value.get(name)?.as_i64());
    let (name, way) = match kind {
        MediaKind::Video => {
            let parts = value.get("uploadInstructions")?.as_array()?;
            let way = UploadWay::Parts {
                parts: parts.iter().map(upload_part).collect::<Option<_>>()?,
                upload_token: string(value, "uploadToken").unwrap_or_default(),
                thumbnail: string(value, "thumbnailUploadUrl"),
                captions: string(value, "captionsUploadUrl"),
            };
            ("video", way)
        }
        MediaKind::Document => ("document", UploadWay::Whole(string(value, "uploadUrl")?)),
        MediaKind::Image | MediaKind::Captions => {
            ("image", UploadWay::Whole(string(value, "uploadUrl")?))
        }
    };
    Some(UploadTicket {
        media: MediaUrn::of_kind(&string(value, name)?, kind).ok()?,
        expires_at: expires.and_then(DateTime::from_timestamp_millis),
        way,
    })
}

fn upload_part(value: &Value) -> Option<UploadPart> {
    let (first, last) = (value.get("firstByte")?, value.get("lastByte")?);
    Some(UploadPart {
        url: string(value, "uploadUrl")?,
        range: first.as_u64()?..last.as_u64()?.checked_add(1)?,
    })
}

/// The id of a part that was put: its `ETag`, without the quotes and the weakness mark of
/// HTTP (RFC 9110, section 8.8.3).
#[must_use]
pub fn part_id(answer: &HttpResponse) -> Option<String> {
    let tag = answer.headers().get(ETAG)?.to_str().ok()?.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let tag = tag
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .unwrap_or(tag);
    (!tag.is_empty()).then(|| tag.to_owned())
}

/// The answer about one file. A word that is not known is taken as "not yet".
#[must_use]
pub fn media_status(body: &Bytes) -> Option<MediaStatus> {
    let json = json(body)?;
    Some(match string(&json, "status")?.as_str() {
        "AVAILABLE" => MediaStatus::Available,
        "PROCESSING_FAILED" => {
            let why = string(&json, "processingFailureReason");
            MediaStatus::Failed(why.map(|why| quote(&why)))
        }
        _ => MediaStatus::Processing,
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

/// A member's role on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRole {
    /// The page.
    pub organization: AuthorUrn,
    /// `ADMINISTRATOR`, `CONTENT_ADMIN`, …
    pub role: String,
}

impl PageRole {
    /// Whether it lets its member publish organic posts (LinkedIn, "Posts API").
    #[must_use]
    pub fn publishes(&self) -> bool {
        matches!(
            self.role.as_str(),
            "ADMINISTRATOR"
                | "CONTENT_ADMIN"
                | "CONTENT_ADMINISTRATOR"
                | "DIRECT_SPONSORED_CONTENT_POSTER"
        )
    }
}

/// The roles of an answer; elements about brands and such are left out.
#[must_use]
pub fn roles(body: &Bytes) -> Option<Vec<PageRole>> {
    let json = json(body)?;
    let role = |value: &Value| {
        // Some versions have the one name, some the other.
        let page = string(value, "organization").or_else(|| string(value, "organizationTarget"))?;
        Some(PageRole {
            organization: AuthorUrn::parse(&page).ok()?,
            role: quote(&string(value, "role")?),
        })
    };
    Some(
        json.get("elements")?
            .as_array()?
            .iter()
            .filter_map(role)
            .collect(),
    )
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
        author: string(value, "author").and_then(|author| AuthorUrn::parse(&author).ok()),
        carries: ["content", "reshareContext"]
            .iter()
            .any(|name| value.get(name).is_some_and(|inside| !inside.is_null())),
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

    fn ticket(body: &str, kind: MediaKind) -> Option<UploadTicket> {
        upload_ticket(&bytes(body), kind)
    }

    #[test]
    fn a_ticket_holds_image_and_address_and_hides_the_address() {
        let body = r#"{"value":{"uploadUrlExpiresAt":1,"uploadUrl":"https://x/?sig=s3cret","image":"urn:li:image:C4E"}}"#;
        let found = ticket(body, MediaKind::Image).unwrap();
        assert!(found.way == UploadWay::Whole("https://x/?sig=s3cret".to_owned()));
        assert_eq!(found.expires_at.unwrap().timestamp_millis(), 1);
        assert!(!format!("{found:?}").contains("s3cret"));
        for body in ["", "{}", r#"{"value":{"image":"urn:li:image:C4E"}}"#] {
            assert_eq!(ticket(body, MediaKind::Image), None, "{body}");
        }
        let video = r#"{"value":{"uploadUrl":"https://x","image":"urn:li:video:1"}}"#;
        assert_eq!(ticket(video, MediaKind::Image), None);
        let document = r#"{"value":{"uploadUrl":"https://x","document":"urn:li:document:1"}}"#;
        assert!(ticket(document, MediaKind::Document).is_some());
    }

    #[test]
    fn the_last_byte_of_a_part_belongs_to_it_and_the_token_may_be_empty() {
        let body = r#"{"value":{"uploadUrlsExpireAt":5,"video":"urn:li:video:C5F","uploadToken":"",
            "uploadInstructions":[{"uploadUrl":"https://a","firstByte":0,"lastByte":4194303},
            {"uploadUrl":"https://b","firstByte":4194304,"lastByte":4194304}],
            "captionsUploadUrl":"https://c","thumbnailUploadUrl":"https://t"}}"#;
        let found = ticket(body, MediaKind::Video).unwrap();
        assert_eq!(found.expires_at.unwrap().timestamp_millis(), 5);
        let UploadWay::Parts {
            parts,
            upload_token,
            ..
        } = found.way
        else {
            panic!("no parts");
        };
        let ranges: Vec<Range<u64>> = parts.into_iter().map(|part| part.range).collect();
        assert_eq!(ranges, [0..4_194_304, 4_194_304..4_194_305]);
        assert_eq!(upload_token, "");
    }

    #[test]
    fn etags_lose_their_quotes_and_nothing_else() {
        for (tag, id) in [
            ("\"abc\"", Some("abc")),
            ("W/\"abc\"", Some("abc")),
            (
                "/ambry-video/signedId/x.bin",
                Some("/ambry-video/signedId/x.bin"),
            ),
            ("\"", Some("\"")),
            ("\"\"", None),
        ] {
            let answer = http::Response::builder().header("etag", tag);
            let answer = answer.body(Bytes::new()).unwrap();
            assert_eq!(part_id(&answer).as_deref(), id, "{tag}");
        }
    }

    #[test]
    fn statuses() {
        for (word, status) in [
            ("AVAILABLE", MediaStatus::Available),
            ("PROCESSING", MediaStatus::Processing),
            ("WAITING_UPLOAD", MediaStatus::Processing),
            ("SOMETHING_NEW", MediaStatus::Processing),
            ("PROCESSING_FAILED", MediaStatus::Failed(None)),
        ] {
            let body = bytes(&format!(r#"{{"status":"{word}","new":1}}"#));
            assert_eq!(media_status(&body), Some(status), "{word}");
        }
        assert_eq!(media_status(&bytes("{}")), None);
        let why = r#"{"status":"PROCESSING_FAILED","processingFailureReason":"codec"}"#;
        let failed = MediaStatus::Failed(Some("codec".to_owned()));
        assert_eq!(media_status(&bytes(why)), Some(failed));
    }

    #[test]
    fn an_answer_with_new_fields_and_words_is_read() {
        let one = r#"{"id":"urn:li:share:7","new":{"a":[1]},"lifecycleState":"A_NEW_WORD","commentary":"a"}"#;
        let found = post(&bytes(one)).unwrap();
        assert_eq!(found.lifecycle.as_deref(), Some("A_NEW_WORD"));
        let role = r#"{"new":1,"elements":[{"new":true,"organization":"urn:li:organization:1","role":"A_NEW_ROLE"}]}"#;
        assert!(!roles(&bytes(role)).unwrap()[0].publishes());
        let begun =
            r#"{"new":1,"value":{"new":2,"uploadUrl":"https://x","image":"urn:li:image:1"}}"#;
        assert!(ticket(begun, MediaKind::Image).is_some());
        let who = r#"{"sub":"a","new":[{}]}"#;
        assert_eq!(userinfo(&bytes(who)).unwrap().sub, "a");
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
    fn roles_are_read_under_both_names() {
        let body = r#"{"elements":[{"organization":"urn:li:organization:1","role":"CONTENT_ADMIN"},
            {"organizationTarget":"urn:li:organization:2","role":"ANALYST"},
            {"organizationTarget":"urn:li:organizationBrand:3","role":"ADMINISTRATOR"}]}"#;
        let roles = roles(&bytes(body)).unwrap();
        let told: Vec<_> = roles
            .iter()
            .map(|r| (r.organization.id(), r.publishes()))
            .collect();
        assert_eq!(told, [("1", true), ("2", false)]);
    }

    #[test]
    fn userinfo_needs_only_sub() {
        let body = r#"{"sub":"AbC_1-x","locale":{"country":"US"},"email_verified":"true"}"#;
        let info = userinfo(&bytes(body)).unwrap();
        assert_eq!((info.sub.as_str(), info.name), ("AbC_1-x", None));
        assert_eq!(userinfo(&bytes(r#"{"sub":""}"#)), None);
    }
}
