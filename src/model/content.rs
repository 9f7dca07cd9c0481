//! What a post says, in the form in which two versions of it are compared.
//!
//! Owns the digest of a post. Must not contain what identifies or times it: key, path,
//! `scheduled_at` and labels are not content.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::Attached;
use super::audience::Audience;
use super::digest::{Digest, DigestBuilder};
use super::urn::AuthorUrn;
use super::visibility::Visibility;

/// Everything readers get from a post, with media as digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostContent {
    /// Who says it.
    pub author: AuthorUrn,
    /// What readers see of the text.
    pub text: String,
    /// The text as sent, in little text format; differs from `text` where something is
    /// escaped or alive.
    pub wire: String,
    /// Media in display order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<ContentMedia>,
    /// Who may see it.
    #[serde(default)]
    pub visibility: Visibility,
    /// Whether readers are kept from resharing it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disable_reshare: bool,
    /// A link card, a poll, or another post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached: Option<Attached<ContentMedia>>,
    /// To whom of its followers a page shows it.
    #[serde(default, skip_serializing_if = "Audience::is_everybody")]
    pub audience: Audience,
}

/// One media file of a post, by content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContentMedia {
    /// Digest of the file's bytes, `sha256:<hex>`.
    #[schemars(with = "String")]
    pub digest: Digest,
    /// Text for people who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Title, where the kind has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Digest of a video's preview image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub thumbnail: Option<Digest>,
    /// Digest of a video's captions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub captions: Option<Digest>,
}

impl ContentMedia {
    /// What identifies it as one upload: its bytes, and the files that go up with it.
    #[must_use]
    pub fn upload_digest(&self) -> Digest {
        let companions = [("thumbnail", &self.thumbnail), ("captions", &self.captions)];
        if companions.iter().all(|(_, digest)| digest.is_none()) {
            return self.digest.clone();
        }
        let mut fields = DigestBuilder::default().field("video", self.digest.as_str().as_bytes());
        for (name, digest) in companions {
            if let Some(digest) = digest {
                fields = fields.field(name, digest.as_str().as_bytes());
            }
        }
        fields.finish()
    }

    fn add_to(&self, fields: DigestBuilder) -> DigestBuilder {
        let mut fields = fields
            .field("media", self.digest.as_str().as_bytes())
            .field("alt", self.alt.as_deref().unwrap_or_default().as_bytes())
            .field(
                "title",
                self.title.as_deref().unwrap_or_default().as_bytes(),
            );
        for (name, digest) in [("thumbnail", &self.thumbnail), ("captions", &self.captions)] {
            if let Some(digest) = digest {
                fields = fields.field(name, digest.as_str().as_bytes());
            }
        }
        fields
    }
}

impl PostContent {
    /// A post of nothing but text, for everybody.
    #[must_use]
    pub fn of_text(author: AuthorUrn, text: String, wire: String) -> Self {
        Self {
            author,
            text,
            wire,
            media: Vec::new(),
            visibility: Visibility::Public,
            disable_reshare: false,
            attached: None,
            audience: Audience::default(),
        }
    }

    /// Every media file to upload, in order: those shown, then a card's image.
    pub fn uploads(&self) -> impl Iterator<Item = &ContentMedia> {
        let card = self.attached.as_ref().and_then(Attached::thumbnail);
        self.media.iter().chain(card)
    }

    /// The digest that tells two versions of a post apart.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut fields = DigestBuilder::default()
            .field("author", self.author.as_str().as_bytes())
            .field("commentary", self.wire.as_bytes())
            .field("visibility", self.visibility.as_str().as_bytes());
        for media in &self.media {
            fields = media.add_to(fields);
        }
        if let Some(attached) = &self.attached {
            fields = attached.digest(fields);
            if let Some(thumbnail) = attached.thumbnail() {
                fields = thumbnail.add_to(fields);
            }
        }
        for (facet, values) in &self.audience.0 {
            for value in values {
                fields = fields.field(facet.as_str(), value.as_bytes());
            }
        }
        if self.disable_reshare {
            fields = fields.field("disable_reshare", b"true");
        }
        fields.finish()
    }
}
