//! What a post says, in the form in which two versions of it are compared.
//!
//! Owns the digest of a post. Must not contain what identifies or times it: key, path,
//! `scheduled_at` and labels are not content.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
}

impl PostContent {
    /// The digest that tells two versions of a post apart.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut fields = DigestBuilder::default()
            .field("author", self.author.as_str().as_bytes())
            .field("commentary", self.wire.as_bytes())
            .field("visibility", self.visibility.as_str().as_bytes());
        for media in &self.media {
            fields = fields
                .field("media", media.digest.as_str().as_bytes())
                .field("alt", media.alt.as_deref().unwrap_or_default().as_bytes())
                .field(
                    "title",
                    media.title.as_deref().unwrap_or_default().as_bytes(),
                );
        }
        if self.disable_reshare {
            fields = fields.field("disable_reshare", b"true");
        }
        fields.finish()
    }
}
