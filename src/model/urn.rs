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
            Some((_, id)) if is_number(id) => Ok(Self(text.to_owned())),
            _ => Err(UrnError { expected }),
        }
    }

    /// The post that `text` names: its URN, or an address on linkedin.com as LinkedIn shows
    /// it, with or without what follows a question mark.
    ///
    /// # Errors
    /// When it names no share or ugcPost. The number in an address with `activity` is another
    /// one, and nothing tells the post's from it.
    pub fn named_by(text: &str) -> Result<Self, UrnError> {
        let text = text.trim();
        let named = match linkedins_path(text) {
            Some(path) => path.split('/').find_map(post_in),
            None if text.contains('/') => None,
            None => decoded(text).and_then(|urn| Self::parse(&urn).ok()),
        };
        named.ok_or_else(|| UrnError {
            expected: not_named(text),
        })
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

/// Whether an id is a number as LinkedIn writes it. A second way to write the same one would
/// make two posts of one.
fn is_number(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_digit())
        && (id == "0" || !id.starts_with('0'))
        && id.parse::<u64>().is_ok()
}

/// The path of an address on linkedin.com or a name below it. Anything that a browser may
/// read as another host's (a user part, a port, a backslash) has none.
fn linkedins_path(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
    let is_web = ["https", "http"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web));
    let (host, path) = rest.split_once('/')?;
    let host = host.to_ascii_lowercase();
    let is_name = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    let is_linkedins = host == "linkedin.com" || host.ends_with(".linkedin.com");
    let end = path.find(['?', '#']).unwrap_or(path.len());
    (is_web && is_name && is_linkedins && !path.contains('\\')).then_some(&path[..end])
}

fn decoded(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    Some(text.into_owned())
}

/// The post that one part of a path is about: its URN, or the end of its words
/// (`launch-share-71-Xy_1`). The words themselves may be anything.
fn post_in(part: &str) -> Option<PostUrn> {
    let part = decoded(part)?;
    if let Ok(urn) = PostUrn::parse(&part) {
        return Some(urn);
    }
    let (kind, id) = ending(&part)?;
    PostUrn::parse(&format!("urn:li:{kind}:{id}")).ok()
}

/// Kind and number at the end of the words in an address.
fn ending(part: &str) -> Option<(&'static str, &str)> {
    let kinds = ["share", "ugcPost", "activity"];
    let last = kinds.into_iter().filter_map(|kind| {
        let lead = format!("-{kind}-");
        let at = part.rfind(&lead)?;
        Some((at, kind, &part[at + lead.len()..]))
    });
    let (_, kind, rest) = last.max_by_key(|(at, ..)| *at)?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let (id, tail) = rest.split_at(end.unwrap_or(rest.len()));
    let is_short = tail.is_empty() || (tail.starts_with('-') && tail.len() <= 7);
    is_short.then_some((kind, id))
}

/// What would have been right where `text` names no post.
fn not_named(text: &str) -> &'static str {
    let text = decoded(text).unwrap_or_default();
    if text.contains("urn:li:comment:") && !text.contains('/') {
        "`urn:li:share:<digits>` or `urn:li:ugcPost:<digits>`: that is a comment's; take the post's"
    } else if text.contains("activity") {
        "`urn:li:share:<digits>` or `urn:li:ugcPost:<digits>`: the number of an activity is \
         not the post's; choose \"Embed this post\" in the post's menu, and take the URN \
         from the address there"
    } else {
        "`urn:li:share:<digits>`, `urn:li:ugcPost:<digits>`, or an address on linkedin.com with \
         one of them"
    }
}

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
        // What people wrote may look like a post's number, too.
        let words = "https://www.linkedin.com/posts/jane_how-to-share-5-tips-ugcPost-71-a-_D/";
        assert_eq!(
            PostUrn::named_by(words).unwrap().as_str(),
            "urn:li:ugcPost:71"
        );
        let encoded = PostUrn::named_by("urn%3Ali%3Ashare%3A7141138937766391808");
        assert_eq!(encoded, Ok(share));
    }

    #[test]
    fn nothing_else_names_a_post() {
        for text in [
            "",
            "7141138937766391808",
            "urn:li:share:",
            "https://example.org/",
            "https://evil.example/feed/update/urn:li:share:1",
            "https://evil.example/www.linkedin.com/feed/update/urn:li:share:1",
            "https://www.linkedin.com.evil.example/feed/update/urn:li:share:1",
            "https://notlinkedin.com/feed/update/urn:li:share:1",
            "https://www.linkedin.com@evil.example/feed/update/urn:li:share:1",
            "https://evil.example\\@www.linkedin.com/feed/update/urn:li:share:1",
            "https://www.linkedin.com:8443/feed/update/urn:li:share:1",
            "file://www.linkedin.com/feed/update/urn:li:share:1",
            "https://www.linkedin.com/feed/?next=urn:li:share:1",
            "https://www.linkedin.com/feed/update/urn:li:activity:2?x=urn:li:share:1",
            "https://www.linkedin.com/posts/jane_a-share-5-tips-activity-71-abCD",
            "https://www.linkedin.com/posts/jane_how-to-share-5-tips-for-everybody",
            "urn:li:comment:(urn:li:share:1,2)",
            "see urn:li:share:1",
            "urn:li:share:1 urn:li:share:2",
            "urn:li:share:007",
            "urn:li:share:18446744073709551616",
            "urn:li:ugcPost:-1",
            "URN:LI:SHARE:1",
            "urn:li:share:1/",
        ] {
            assert!(PostUrn::named_by(text).is_err(), "{text}");
        }
        let comment = PostUrn::named_by("urn:li:comment:(urn:li:share:1,2)");
        assert!(comment.unwrap_err().to_string().contains("a comment's"));
        assert!(PostUrn::parse("urn:li:share:18446744073709551615").is_ok());
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
