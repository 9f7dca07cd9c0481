//! The text of a post, as readers will see it.
//!
//! Owns plain text with its two live elements, hashtags and mentions. Must not know the
//! wire format: that is [`super::little::LittleText`], a different type, so that text
//! can be escaped exactly once.

use super::utf16::utf16_len;
use unicode_segmentation::UnicodeSegmentation;

/// One run of commentary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Words, exactly as readers see them; newlines are `\n`.
    Text(String),
    /// A live hashtag, without its `#`.
    Hashtag(String),
    /// A live mention of a person or a page.
    Mention {
        /// The name shown. A page's must equal its full name, else LinkedIn shows plain text.
        name: String,
        /// `urn:li:person:…` or `urn:li:organization:…`.
        urn: super::urn::AuthorUrn,
    },
}

/// The text of a post in plain form: what readers see, plus what is alive in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commentary(Vec<Segment>);

impl Commentary {
    /// The longest commentary, in UTF-16 code units of the text readers see. LinkedIn
    /// documents 3000 characters and not what a character is; UTF-16 units are the
    /// stricter of the readings in use.
    pub const MAX_UTF16: usize = 3000;

    /// Joins neighbouring text runs and drops empty ones.
    #[must_use]
    pub fn from_segments(segments: impl IntoIterator<Item = Segment>) -> Self {
        let mut joined: Vec<Segment> = Vec::new();
        for segment in segments {
            match (joined.last_mut(), segment) {
                (_, Segment::Text(text)) if text.is_empty() => {}
                (Some(Segment::Text(last)), Segment::Text(text)) => last.push_str(&text),
                (_, segment) => joined.push(segment),
            }
        }
        Self(joined)
    }

    /// The runs, in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// What readers see: hashtags with their `#`, mentions as their name.
    #[must_use]
    pub fn to_plain(&self) -> String {
        let mut plain = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Text(text) => plain.push_str(text),
                Segment::Hashtag(word) => {
                    plain.push('#');
                    plain.push_str(word);
                }
                Segment::Mention { name, .. } => plain.push_str(name),
            }
        }
        plain
    }

    /// Length of the visible text in UTF-16 code units.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        let units = |segment: &Segment| match segment {
            Segment::Text(text) => utf16_len(text),
            Segment::Hashtag(word) => 1 + utf16_len(word),
            Segment::Mention { name, .. } => utf16_len(name),
        };
        self.0.iter().map(units).sum()
    }

    /// Whether readers would see nothing.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let blank = |segment: &Segment| match segment {
            Segment::Text(text) => text.trim().is_empty(),
            Segment::Hashtag(_) => false,
            Segment::Mention { name, .. } => name.trim().is_empty(),
        };
        self.0.iter().all(blank)
    }

    /// The visible text split where [`Self::MAX_UTF16`] falls, never inside a grapheme;
    /// `None` when it fits.
    #[must_use]
    pub fn split_at_limit(&self) -> Option<(String, String)> {
        let plain = self.to_plain();
        let mut used = 0;
        for (at, grapheme) in plain.grapheme_indices(true) {
            used += grapheme.encode_utf16().count();
            if used > Self::MAX_UTF16 {
                let (fits, beyond) = plain.split_at(at);
                return Some((fits.to_owned(), beyond.to_owned()));
            }
        }
        None
    }

    /// How many live hashtags there are.
    #[must_use]
    pub fn hashtags(&self) -> usize {
        self.0
            .iter()
            .filter(|s| matches!(s, Segment::Hashtag(_)))
            .count()
    }
}
