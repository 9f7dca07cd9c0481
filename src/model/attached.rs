//! What a post carries besides text and media: a link card, a poll, or another post.
//!
//! Owns the three kinds, of which a post has at most one, and LinkedIn's limits on them.
//! Must not read files or know the wire. `M` is how a media file is named: as written, as
//! seen, or by content.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digest::DigestBuilder;
use super::urn::PostUrn;

/// Title of a link card, in UTF-16 code units: fewer than 400 (LinkedIn, "Post API schema").
pub const MAX_ARTICLE_TITLE: usize = 399;
/// Its description: fewer than 4086.
pub const MAX_ARTICLE_DESCRIPTION: usize = 4085;
/// The question of a poll, in UTF-16 code units (LinkedIn, "Poll Post API").
pub const MAX_QUESTION: usize = 140;
/// One answer of a poll.
pub const MAX_OPTION: usize = 30;
/// How many answers a poll has.
pub const OPTIONS: std::ops::RangeInclusive<usize> = 2..=4;

/// One thing a post carries besides text and media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", bound(deserialize = "M: Deserialize<'de>"))]
pub enum Attached<M> {
    /// A link card.
    Article(ArticleCard<M>),
    /// A poll.
    Poll(Poll),
    /// Another post, shared.
    Reshare(#[schemars(with = "String")] PostUrn),
}

/// A link card. LinkedIn reads nothing from the address, so everything is said here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(bound(deserialize = "M: Deserialize<'de>"))]
pub struct ArticleCard<M> {
    /// Where it leads.
    pub url: String,
    /// The headline.
    pub title: String,
    /// The text below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The image above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<M>,
}

/// A poll. Readers choose one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Poll {
    /// What is asked.
    pub question: String,
    /// What can be answered, in display order.
    pub options: Vec<String>,
    /// How long people can vote.
    pub duration: PollDuration,
}

/// How long people can vote (LinkedIn, "Poll Post API", field `duration`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PollDuration {
    /// One day.
    #[serde(rename = "1d")]
    OneDay,
    /// Three days.
    #[default]
    #[serde(rename = "3d")]
    ThreeDays,
    /// Seven days.
    #[serde(rename = "7d")]
    SevenDays,
    /// Fourteen days.
    #[serde(rename = "14d")]
    FourteenDays,
}

impl PollDuration {
    /// Every duration.
    pub const ALL: [Self; 4] = [
        Self::OneDay,
        Self::ThreeDays,
        Self::SevenDays,
        Self::FourteenDays,
    ];

    /// The word of the front matter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneDay => "1d",
            Self::ThreeDays => "3d",
            Self::SevenDays => "7d",
            Self::FourteenDays => "14d",
        }
    }

    /// The value of the request field.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::OneDay => "ONE_DAY",
            Self::ThreeDays => "THREE_DAYS",
            Self::SevenDays => "SEVEN_DAYS",
            Self::FourteenDays => "FOURTEEN_DAYS",
        }
    }
}

impl<M> Attached<M> {
    /// The key of the front matter it stands under.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Attached::Article(_) => "article",
            Attached::Poll(_) => "poll",
            Attached::Reshare(_) => "reshare",
        }
    }

    /// The media file it shows.
    #[must_use]
    pub fn thumbnail(&self) -> Option<&M> {
        match self {
            Attached::Article(card) => card.thumbnail.as_ref(),
            Attached::Poll(_) | Attached::Reshare(_) => None,
        }
    }

    /// The same with its media file named in another way.
    ///
    /// # Errors
    /// What `read` answers.
    pub fn try_map<N, E>(self, read: impl FnOnce(M) -> Result<N, E>) -> Result<Attached<N>, E> {
        Ok(match self {
            Attached::Article(card) => Attached::Article(ArticleCard {
                url: card.url,
                title: card.title,
                description: card.description,
                thumbnail: card.thumbnail.map(read).transpose()?,
            }),
            Attached::Poll(poll) => Attached::Poll(poll),
            Attached::Reshare(post) => Attached::Reshare(post),
        })
    }

    /// Adds everything but the media file to a digest.
    pub(super) fn digest(&self, fields: DigestBuilder) -> DigestBuilder {
        match self {
            Attached::Article(card) => {
                let description = card.description.as_deref().unwrap_or_default();
                fields
                    .field("article", card.url.as_bytes())
                    .field("article.title", card.title.as_bytes())
                    .field("article.description", description.as_bytes())
            }
            Attached::Poll(poll) => {
                let mut fields = fields.field("poll", poll.question.as_bytes());
                for option in &poll.options {
                    fields = fields.field("poll.option", option.as_bytes());
                }
                fields.field("poll.duration", poll.duration.as_str().as_bytes())
            }
            Attached::Reshare(post) => fields.field("reshare", post.as_str().as_bytes()),
        }
    }
}
