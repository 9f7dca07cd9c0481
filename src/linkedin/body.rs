//! The body of a create request.
//!
//! Owns its fields and their order: the same post always makes the same bytes, so that a
//! probe can repeat them exactly. Must not contain fields LinkedIn fills itself (`id`,
//! `createdAt`): sending one is answered by 403 "Unpermitted fields".

use bytes::Bytes;
use serde::Serialize;

use crate::model::content::PostContent;
use crate::model::media::MAX_IMAGES;
use crate::model::urn::{AuthorUrn, ImageUrn};

/// One post as it goes over the wire: JSON without white space, keys sorted at every
/// level (RFC 8785 §3.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostBody {
    author: AuthorUrn,
    bytes: Bytes,
}

/// Why no body could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Every media file needs its uploaded image.
    #[error("the post has {media} media files, and {uploaded} were uploaded")]
    Uploads {
        /// Media files of the content.
        media: usize,
        /// Images handed over.
        uploaded: usize,
    },
    /// More images than a post can have.
    #[error("the post has {0} images, more than {MAX_IMAGES}")]
    TooMany(usize),
    /// It has no JSON form.
    #[error("the post cannot be written as JSON: {0}")]
    Json(String),
}

impl PostBody {
    /// The body for `content`; `images` are its media as uploaded, in the same order. The
    /// text is taken in wire form, as it was recorded.
    ///
    /// # Errors
    /// When images and media do not match.
    pub fn new(content: &PostContent, images: &[ImageUrn]) -> Result<Self, BodyError> {
        if images.len() != content.media.len() {
            return Err(BodyError::Uploads {
                media: content.media.len(),
                uploaded: images.len(),
            });
        }
        if images.len() > MAX_IMAGES {
            return Err(BodyError::TooMany(images.len()));
        }
        let create = Create {
            author: content.author.as_str(),
            commentary: &content.wire,
            content: kind_of(content, images),
            distribution: Distribution {
                feed_distribution: "MAIN_FEED",
                target_entities: [],
                third_party_distribution_channels: [],
            },
            is_reshare_disabled_by_author: content.disable_reshare,
            lifecycle_state: "PUBLISHED",
            visibility: content.visibility.wire(),
        };
        let bytes = serde_json::to_vec(&create).map_err(|e| BodyError::Json(e.to_string()))?;
        Ok(Self {
            author: content.author.clone(),
            bytes: Bytes::from(bytes),
        })
    }

    /// Who publishes it.
    #[must_use]
    pub fn author(&self) -> &AuthorUrn {
        &self.author
    }

    /// The JSON.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// One image is `media`; from two on it is `multiImage`, which has no titles.
fn kind_of<'a>(content: &'a PostContent, images: &'a [ImageUrn]) -> Option<Content<'a>> {
    let mut list: Vec<Media<'a>> = content
        .media
        .iter()
        .zip(images)
        .map(|(media, image)| Media {
            alt_text: filled(media.alt.as_deref()),
            id: image.as_str(),
            title: filled(media.title.as_deref()),
        })
        .collect();
    match list.len() {
        0 => None,
        1 => list.pop().map(Content::Media),
        _ => {
            for media in &mut list {
                media.title = None;
            }
            Some(Content::MultiImage { images: list })
        }
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

// Fields stand in the order of their wire names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Create<'a> {
    author: &'a str,
    commentary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Content<'a>>,
    distribution: Distribution,
    is_reshare_disabled_by_author: bool,
    lifecycle_state: &'static str,
    visibility: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Distribution {
    feed_distribution: &'static str,
    target_entities: [(); 0],
    third_party_distribution_channels: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Content<'a> {
    Media(Media<'a>),
    MultiImage { images: Vec<Media<'a>> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Media<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    alt_text: Option<&'a str>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::content::ContentMedia;
    use crate::model::digest::Digest;
    use crate::model::visibility::Visibility;

    fn content(media: Vec<ContentMedia>) -> PostContent {
        PostContent {
            author: AuthorUrn::parse("urn:li:person:AbC_12-x").unwrap(),
            text: "Hello (world)\n\"ß\"".to_owned(),
            wire: "Hello \\(world\\)\n\"ß\"".to_owned(),
            media,
            visibility: Visibility::Connections,
            disable_reshare: true,
        }
    }

    fn media(alt: Option<&str>) -> ContentMedia {
        ContentMedia {
            digest: Digest::of(b"x"),
            alt: alt.map(str::to_owned),
            title: Some("Title".to_owned()),
        }
    }

    fn image(id: &str) -> ImageUrn {
        ImageUrn::parse(&format!("urn:li:image:{id}")).unwrap()
    }

    fn json(body: &PostBody) -> &str {
        std::str::from_utf8(body.bytes()).unwrap()
    }

    #[test]
    fn a_text_post_is_these_bytes() {
        let body = PostBody::new(&content(Vec::new()), &[]).unwrap();
        assert_eq!(
            json(&body),
            concat!(
                r#"{"author":"urn:li:person:AbC_12-x","commentary":"Hello \\(world\\)\n\"ß\"","#,
                r#""distribution":{"feedDistribution":"MAIN_FEED","targetEntities":[],"#,
                r#""thirdPartyDistributionChannels":[]},"isReshareDisabledByAuthor":true,"#,
                r#""lifecycleState":"PUBLISHED","visibility":"CONNECTIONS"}"#
            )
        );
    }

    #[test]
    fn one_image_is_media_with_title_and_plain_alt_text() {
        let body = PostBody::new(&content(vec![media(Some("A (b) #c"))]), &[image("A")]).unwrap();
        let part =
            r#""content":{"media":{"altText":"A (b) #c","id":"urn:li:image:A","title":"Title"}}"#;
        assert!(json(&body).contains(part), "{}", json(&body));
    }

    #[test]
    fn several_images_keep_their_order_and_have_no_titles() {
        let both = content(vec![media(Some("one")), media(Some(" "))]);
        let body = PostBody::new(&both, &[image("A"), image("B")]).unwrap();
        let part = concat!(
            r#""content":{"multiImage":{"images":[{"altText":"one","id":"urn:li:image:A"},"#,
            r#"{"id":"urn:li:image:B"}]}}"#
        );
        assert!(json(&body).contains(part), "{}", json(&body));
    }

    #[test]
    fn keys_are_sorted_at_every_level() {
        fn sorted(text: &str, from: &str, keys: &[&str]) {
            let text = &text[text.find(from).unwrap()..];
            let at: Vec<usize> = keys
                .iter()
                .map(|key| text.find(&format!("\"{key}\":")).unwrap())
                .collect();
            assert!(at.is_sorted(), "{keys:?}");
            assert!(keys.is_sorted());
        }
        let body = PostBody::new(&content(vec![media(Some("x"))]), &[image("A")]).unwrap();
        let top = ["author", "commentary", "content", "distribution"];
        sorted(json(&body), "", &top);
        sorted(
            json(&body),
            "",
            &["isReshareDisabledByAuthor", "lifecycleState", "visibility"],
        );
        sorted(json(&body), "\"media\"", &["altText", "id", "title"]);
    }

    #[test]
    fn media_and_images_must_match() {
        let problem = PostBody::new(&content(vec![media(None)]), &[]).unwrap_err();
        assert_eq!(
            problem,
            BodyError::Uploads {
                media: 1,
                uploaded: 0
            }
        );
        let many: Vec<ImageUrn> = (0..21).map(|n| image(&n.to_string())).collect();
        let content = content(vec![media(None); 21]);
        assert_eq!(PostBody::new(&content, &many), Err(BodyError::TooMany(21)));
    }
}
