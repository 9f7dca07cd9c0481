//! The body of a create request.
//!
//! Owns its fields and their order: the same post always makes the same bytes, so that a
//! probe can repeat them exactly. Must not contain fields LinkedIn fills itself (`id`,
//! `createdAt`): sending one is answered by 403 "Unpermitted fields".

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use crate::model::attached::Attached;
use crate::model::audience::Facet;
use crate::model::content::PostContent;
use crate::model::media::{MAX_IMAGES, MediaKind};
use crate::model::urn::{AuthorUrn, MediaUrn};

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
    /// Every media file needs its upload.
    #[error("the post has {media} media files, and {uploaded} were uploaded")]
    Uploads {
        /// Media files of the content.
        media: usize,
        /// Uploads handed over.
        uploaded: usize,
    },
    /// More images than a post can have.
    #[error("the post has {0} images, more than {MAX_IMAGES}")]
    TooMany(usize),
    /// More than one kind of content.
    #[error("the post has media and {0}, and LinkedIn takes one of them")]
    Mixed(&'static str),
    /// It has no JSON form.
    #[error("the post cannot be written as JSON: {0}")]
    Json(String),
}

impl PostBody {
    /// The body for `content`; `uploads` are its media as uploaded, in the order of
    /// [`PostContent::uploads`]. The text is taken in wire form, as it was recorded.
    ///
    /// # Errors
    /// When uploads and media do not match, or the post has two kinds of content.
    pub fn new(content: &PostContent, uploads: &[MediaUrn]) -> Result<Self, BodyError> {
        let media = content.uploads().count();
        if uploads.len() != media {
            return Err(BodyError::Uploads {
                media,
                uploaded: uploads.len(),
            });
        }
        let reshared = match &content.attached {
            Some(attached) if !content.media.is_empty() => {
                return Err(BodyError::Mixed(attached.as_str()));
            }
            Some(Attached::Reshare(parent)) => Some(parent.as_str()),
            Some(Attached::Article(_) | Attached::Poll(_)) | None => None,
        };
        let facets = |(facet, values): (&Facet, &Vec<String>)| (facet.wire(), values.clone());
        let audience: BTreeMap<_, _> = content.audience.0.iter().map(facets).collect();
        let create = Create {
            author: content.author.as_str(),
            commentary: &content.wire,
            content: kind_of(content, uploads)?,
            distribution: Distribution {
                feed_distribution: "MAIN_FEED",
                target_entities: (!audience.is_empty())
                    .then_some(audience)
                    .into_iter()
                    .collect(),
                third_party_distribution_channels: [],
            },
            is_reshare_disabled_by_author: content.disable_reshare,
            lifecycle_state: "PUBLISHED",
            reshare_context: reshared.map(|parent| ReshareContext { parent }),
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

fn kind_of<'a>(
    content: &'a PostContent,
    uploads: &'a [MediaUrn],
) -> Result<Option<Content<'a>>, BodyError> {
    Ok(match &content.attached {
        None | Some(Attached::Reshare(_)) => shown(content, uploads)?,
        Some(Attached::Poll(poll)) => Some(Content::Poll {
            options: poll.options.iter().map(|text| Answer { text }).collect(),
            question: &poll.question,
            settings: PollSettings {
                duration: poll.duration.wire(),
            },
        }),
        Some(Attached::Article(card)) => {
            let thumbnail = card.thumbnail.as_ref().zip(uploads.first());
            let alt = thumbnail.and_then(|(media, _)| filled(media.alt.as_deref()));
            Some(Content::Article {
                description: filled(card.description.as_deref()),
                source: &card.url,
                thumbnail: thumbnail.map(|(_, urn)| urn.as_str()),
                thumbnail_alt_text: alt,
                title: &card.title,
            })
        }
    })
}

/// One file is `media`; from two images on it is `multiImage`, which has no titles. Alt
/// texts are for images: LinkedIn shows no other.
fn shown<'a>(
    content: &'a PostContent,
    uploads: &'a [MediaUrn],
) -> Result<Option<Content<'a>>, BodyError> {
    let mut list: Vec<Media<'a>> = content
        .media
        .iter()
        .zip(uploads)
        .map(|(media, urn)| Media {
            alt_text: filled(media.alt.as_deref()).filter(|_| urn.kind() == MediaKind::Image),
            id: urn.as_str(),
            title: filled(media.title.as_deref()),
        })
        .collect();
    Ok(match list.len() {
        0 => None,
        1 => list.pop().map(Content::Media),
        count if count > MAX_IMAGES => return Err(BodyError::TooMany(count)),
        _ if uploads.iter().any(|urn| urn.kind() != MediaKind::Image) => {
            return Err(BodyError::Mixed("a video or a document"));
        }
        _ => {
            for media in &mut list {
                media.title = None;
            }
            Some(Content::MultiImage { images: list })
        }
    })
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
    #[serde(skip_serializing_if = "Option::is_none")]
    reshare_context: Option<ReshareContext<'a>>,
    visibility: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Distribution {
    feed_distribution: &'static str,
    target_entities: Vec<BTreeMap<&'static str, Vec<String>>>,
    third_party_distribution_channels: [(); 0],
}

#[derive(Serialize)]
struct ReshareContext<'a> {
    parent: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Content<'a> {
    Media(Media<'a>),
    MultiImage {
        images: Vec<Media<'a>>,
    },
    Article {
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        source: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        thumbnail: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        thumbnail_alt_text: Option<&'a str>,
        title: &'a str,
    },
    Poll {
        options: Vec<Answer<'a>>,
        question: &'a str,
        settings: PollSettings,
    },
}

#[derive(Serialize)]
struct Answer<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct PollSettings {
    duration: &'static str,
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
    use crate::model::attached::{ArticleCard, Poll, PollDuration};
    use crate::model::audience::Audience;
    use crate::model::content::ContentMedia;
    use crate::model::digest::Digest;
    use crate::model::urn::PostUrn;
    use crate::model::visibility::Visibility;

    fn content(media: Vec<ContentMedia>) -> PostContent {
        PostContent {
            author: AuthorUrn::parse("urn:li:person:AbC_12-x").unwrap(),
            text: "Hello (world)\n\"ß\"".to_owned(),
            wire: "Hello \\(world\\)\n\"ß\"".to_owned(),
            media,
            visibility: Visibility::Connections,
            disable_reshare: true,
            attached: None,
            audience: Audience::default(),
        }
    }

    fn media(alt: Option<&str>) -> ContentMedia {
        ContentMedia {
            digest: Digest::of(b"x"),
            alt: alt.map(str::to_owned),
            title: Some("Title".to_owned()),
            thumbnail: None,
            captions: None,
        }
    }

    fn image(id: &str) -> MediaUrn {
        MediaUrn::parse(&format!("urn:li:image:{id}")).unwrap()
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

    fn attached(attached: Attached<ContentMedia>) -> PostContent {
        PostContent {
            attached: Some(attached),
            ..content(Vec::new())
        }
    }

    fn card() -> Attached<ContentMedia> {
        Attached::Article(ArticleCard {
            url: "https://example.com/a_(b)".to_owned(),
            title: "A (b)".to_owned(),
            description: None,
            thumbnail: Some(media(Some("two lines"))),
        })
    }

    fn part(content: &PostContent, uploads: &[MediaUrn]) -> String {
        let body = PostBody::new(content, uploads).unwrap();
        let value: serde_json::Value = serde_json::from_slice(body.bytes()).unwrap();
        value["content"].to_string()
    }

    #[test]
    fn a_video_and_a_document_have_a_title_and_no_alt_text() {
        for id in ["urn:li:video:V", "urn:li:document:D"] {
            let urn = [MediaUrn::parse(id).unwrap()];
            let wanted = format!(r#"{{"media":{{"id":"{id}","title":"Title"}}}}"#);
            assert_eq!(part(&content(vec![media(Some("alt"))]), &urn), wanted);
        }
    }

    #[test]
    fn a_card_names_its_image_by_urn_and_its_texts_are_plain() {
        assert_eq!(
            part(&attached(card()), &[image("T")]),
            concat!(
                r#"{"article":{"source":"https://example.com/a_(b)","thumbnail":"urn:li:image:T","#,
                r#""thumbnailAltText":"two lines","title":"A (b)"}}"#
            )
        );
    }

    #[test]
    fn a_poll_is_question_options_and_duration() {
        let poll = Poll {
            question: "Tabs?".to_owned(),
            options: vec!["Yes".to_owned(), "No".to_owned()],
            duration: PollDuration::SevenDays,
        };
        assert_eq!(
            part(&attached(Attached::Poll(poll)), &[]),
            concat!(
                r#"{"poll":{"options":[{"text":"Yes"},{"text":"No"}],"#,
                r#""question":"Tabs?","settings":{"duration":"SEVEN_DAYS"}}}"#
            )
        );
    }

    #[test]
    fn a_reshare_names_its_parent_and_has_no_content() {
        let parent = PostUrn::parse("urn:li:share:7").unwrap();
        let body = PostBody::new(&attached(Attached::Reshare(parent)), &[]).unwrap();
        assert!(json(&body).contains(r#""reshareContext":{"parent":"urn:li:share:7"}"#));
        assert!(!json(&body).contains("\"content\""));
    }

    #[test]
    fn an_audience_is_one_object_of_facets() {
        let mut post = content(Vec::new());
        let geo = vec!["urn:li:geo:1".to_owned(), "urn:li:geo:2".to_owned()];
        let senior = vec!["urn:li:seniority:6".to_owned()];
        let facets = [(Facet::GeoLocations, geo), (Facet::Seniorities, senior)];
        post.audience = Audience(facets.into());
        let body = PostBody::new(&post, &[]).unwrap();
        let part = concat!(
            r#""targetEntities":[{"geoLocations":["urn:li:geo:1","urn:li:geo:2"],"#,
            r#""seniorities":["urn:li:seniority:6"]}]"#
        );
        assert!(json(&body).contains(part), "{}", json(&body));
    }

    #[test]
    fn two_kinds_of_content_make_no_body() {
        let mut mixed = attached(card());
        mixed.media = vec![media(None)];
        let uploads = [image("A"), image("T")];
        assert_eq!(
            PostBody::new(&mixed, &uploads),
            Err(BodyError::Mixed("article"))
        );
        let both = content(vec![media(None), media(None)]);
        let uploads = [image("A"), MediaUrn::parse("urn:li:video:V").unwrap()];
        assert!(PostBody::new(&both, &uploads).is_err());
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
        let many: Vec<MediaUrn> = (0..21).map(|n| image(&n.to_string())).collect();
        let content = content(vec![media(None); 21]);
        assert_eq!(PostBody::new(&content, &many), Err(BodyError::TooMany(21)));
    }
}
