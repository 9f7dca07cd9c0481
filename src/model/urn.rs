//! LinkedIn's names for people, pages, posts and media.
//!
//! Owns which kinds of URN may stand where. Ids are opaque text and never numbers
//! (LinkedIn, "URNs and IDs"); a URN has at most 255 characters.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::media::MediaKind;

/// Why a text is not the URN that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct UrnError {
    /// What would have been right, for people.
    pub expected: &'static str,
}

fn split<'a>(text: &'a str, kinds: &[&'static str]) -> Option<(usize, &'a str)> {
    let rest = text.strip_prefix("urn:li:")?;
    let (kind, id) = rest.split_once(':')?;
    let valid = text.len() <= 255
        && !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c));
    let index = kinds.iter().position(|known| *known == kind)?;
    valid.then_some((index, id))
}

macro_rules! urn_text {
    ($name:ident) => {
        impl $name {
            /// The whole URN, not encoded.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The last part of the URN.
            #[must_use]
            pub fn id(&self) -> &str {
                self.0.rsplit(':').next().unwrap_or(&self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = UrnError;
            fn try_from(text: String) -> Result<Self, UrnError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(urn: $name) -> Self {
                urn.0
            }
        }
    };
}

/// Who a post is published as: `urn:li:person:<id>` or `urn:li:organization:<digits>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuthorUrn(String);

/// The two kinds of author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthorKind {
    /// A member.
    Person,
    /// A page.
    Organization,
}

impl AuthorUrn {
    /// Checks `text`.
    ///
    /// # Errors
    /// When it is neither a person nor an organization URN.
    pub fn parse(text: &str) -> Result<Self, UrnError> {
        let expected = "`urn:li:person:<id>` or `urn:li:organization:<digits>`";
        match split(text, &["person", "organization"]) {
            Some((0, _)) => Ok(Self(text.to_owned())),
            Some((_, id)) if id.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(text.to_owned())),
            _ => Err(UrnError { expected }),
        }
    }

    /// Member or page.
    #[must_use]
    pub fn kind(&self) -> AuthorKind {
        if self.0.starts_with("urn:li:person:") {
            AuthorKind::Person
        } else {
            AuthorKind::Organization
        }
    }
}
urn_text!(AuthorUrn);

/// A published post: `urn:li:share:<digits>` or `urn:li:ugcPost:<digits>`. The two kinds
/// are not convertible into one another; the URN is kept as LinkedIn gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PostUrn(String);

impl PostUrn {
    /// Checks `text`.
    ///
    /// # Errors
    /// When it names no share or ugcPost.
    pub fn parse(text: &str) -> Result<Self, UrnError> {
        let expected = "`urn:li:share:<digits>` or `urn:li:ugcPost:<digits>`";
        match split(text, &["share", "ugcPost"]) {
            Some((_, id)) if id.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(text.to_owned())),
            _ => Err(UrnError { expected }),
        }
    }

    /// The post that `text` names: its URN, or an address of it as LinkedIn shows them, with
    /// or without what follows a question mark.
    ///
    /// # Errors
    /// When it names no share or ugcPost. The number in an address with `activity` is another
    /// one, and nothing tells the post's from it.
    pub fn named_by(text: &str) -> Result<Self, UrnError> {
        let text = text.trim();
        if let Ok(urn) = Self::parse(text) {
            return Ok(urn);
        }
        let decoded = percent_decode_str(text).decode_utf8_lossy();
        for kind in ["share", "ugcPost"] {
            for lead in [format!("urn:li:{kind}:"), format!("-{kind}-")] {
                let rest = decoded.split_once(&lead).map(|(_, rest)| rest);
                let digits = rest.map(|rest| {
                    let end = rest.find(|c: char| !c.is_ascii_digit());
                    &rest[..end.unwrap_or(rest.len())]
                });
                if let Some(urn) =
                    digits.and_then(|id| Self::parse(&format!("urn:li:{kind}:{id}")).ok())
                {
                    return Ok(urn);
                }
            }
        }
        let expected = if decoded.contains("activity") {
            "`urn:li:share:<digits>` or `urn:li:ugcPost:<digits>`: the number of an activity is \
             not the post's; choose \"Embed this post\" in the post's menu, and take the URN \
             from the address there"
        } else {
            "`urn:li:share:<digits>`, `urn:li:ugcPost:<digits>`, or an address with one of them"
        };
        Err(UrnError { expected })
    }

    /// The public address of the post.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://www.linkedin.com/feed/update/{}/", self.0)
    }

    /// When LinkedIn minted the id (`id >> 22` is Unix milliseconds). Undocumented, so it
    /// may only corroborate, never decide alone.
    #[must_use]
    pub fn minted_at(&self) -> Option<super::Instant> {
        let id: u64 = self.id().parse().ok()?;
        chrono::DateTime::from_timestamp_millis(i64::try_from(id >> 22).ok()?)
    }
}
urn_text!(PostUrn);

/// An uploaded file: `urn:li:image:<id>`, `urn:li:video:<id>` or `urn:li:document:<id>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaUrn(String);

impl MediaUrn {
    /// Checks `text`.
    ///
    /// # Errors
    /// When it is no media URN.
    pub fn parse(text: &str) -> Result<Self, UrnError> {
        let expected = "`urn:li:image:<id>`, `urn:li:video:<id>` or `urn:li:document:<id>`";
        split(text, &["image", "video", "document"])
            .map(|_| Self(text.to_owned()))
            .ok_or(UrnError { expected })
    }

    /// Checks `text`, which must name a file of one kind.
    ///
    /// # Errors
    /// When it is no media URN, or one of another kind.
    pub fn of_kind(text: &str, kind: MediaKind) -> Result<Self, UrnError> {
        let expected = match kind {
            MediaKind::Image => "`urn:li:image:<id>`",
            MediaKind::Video => "`urn:li:video:<id>`",
            MediaKind::Document => "`urn:li:document:<id>`",
            MediaKind::Captions => "a file with a URN of its own",
        };
        Self::parse(text)
            .ok()
            .filter(|urn| urn.kind() == kind)
            .ok_or(UrnError { expected })
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> MediaKind {
        match self
            .0
            .get("urn:li:".len()..)
            .and_then(|rest| rest.chars().next())
        {
            Some('v') => MediaKind::Video,
            Some('d') => MediaKind::Document,
            _ => MediaKind::Image,
        }
    }
}
urn_text!(MediaUrn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_people_and_pages() {
        let jane = AuthorUrn::parse("urn:li:person:AbC_12-x").unwrap();
        assert_eq!((jane.kind(), jane.id()), (AuthorKind::Person, "AbC_12-x"));
        let page = AuthorUrn::parse("urn:li:organization:2414183").unwrap();
        assert_eq!(page.kind(), AuthorKind::Organization);
        for text in [
            "urn:li:member:1",
            "urn:li:organization:abc",
            "acme",
            "urn:li:person:",
            "urn:li:person:a b",
        ] {
            assert!(AuthorUrn::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_media_urn_tells_its_kind() {
        for (text, kind) in [
            ("urn:li:image:C4E", MediaKind::Image),
            ("urn:li:video:C5F", MediaKind::Video),
            ("urn:li:document:C4D", MediaKind::Document),
        ] {
            assert_eq!(MediaUrn::parse(text).unwrap().kind(), kind);
            assert!(MediaUrn::of_kind(text, kind).is_ok());
            assert!(MediaUrn::of_kind(text, MediaKind::Captions).is_err());
        }
        assert!(MediaUrn::parse("urn:li:digitalmediaAsset:C4E").is_err());
        assert!(MediaUrn::of_kind("urn:li:image:C4E", MediaKind::Video).is_err());
    }

    #[test]
    fn a_post_is_named_by_every_address_that_shows_its_urn() {
        let share = PostUrn::parse("urn:li:share:7141138937766391808").unwrap();
        for text in [
            "urn:li:share:7141138937766391808",
            " urn:li:share:7141138937766391808\n",
            "https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/",
            "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7141138937766391808?utm=1",
            "https://www.linkedin.com/posts/acme_launch-share-7141138937766391808-Xy_1?rcm=A",
            "https://www.linkedin.com/embed/feed/update/urn:li:share:7141138937766391808",
            &share.url(),
        ] {
            assert_eq!(PostUrn::named_by(text), Ok(share.clone()), "{text}");
        }
        let video = PostUrn::named_by("https://www.linkedin.com/posts/jane-ugcPost-71-abCD");
        assert_eq!(video.unwrap().as_str(), "urn:li:ugcPost:71");
        for text in [
            "https://www.linkedin.com/feed/update/urn:li:activity:7141138937766391808/",
            "https://www.linkedin.com/posts/acme_launch-activity-7141138937766391808-Xy_1",
        ] {
            let problem = PostUrn::named_by(text).unwrap_err().to_string();
            assert!(problem.contains("Embed this post"), "{problem}");
        }
        for text in [
            "",
            "7141138937766391808",
            "urn:li:share:",
            "https://example.org/",
        ] {
            assert!(PostUrn::named_by(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_post_urn_tells_when_it_was_minted() {
        // Seen in public on 2023-12-14 at 18:56:38 UTC.
        let urn = PostUrn::parse("urn:li:share:7141138937766391808").unwrap();
        assert_eq!(
            urn.minted_at().unwrap().to_rfc3339(),
            "2023-12-14T18:56:38.709+00:00"
        );
        assert!(PostUrn::parse("urn:li:activity:7141138937766391808").is_err());
    }
}
