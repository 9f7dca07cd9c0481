//! What a media file is, read from its bytes.
//!
//! Owns the facts and LinkedIn's limits on them. Must not read files or look at names:
//! the kind follows the bytes.

use serde::{Deserialize, Serialize};

use super::content::ContentMedia;
use super::digest::Digest;
use super::path::ContentPath;

/// A format this tool can tell from the first bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaFormat {
    /// JPEG image.
    Jpeg,
    /// PNG image.
    Png,
    /// GIF image, animated or not.
    Gif,
    /// MP4 video.
    Mp4,
    /// PDF document.
    Pdf,
    /// Word or `PowerPoint` document, old or new.
    Office,
    /// Captions in `SubRip` form.
    SubRip,
}

/// How LinkedIn groups formats: a post has media of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MediaKind {
    /// One image, or two to twenty.
    Image,
    /// Exactly one.
    Video,
    /// Exactly one, with a title.
    Document,
    /// Not shown by themselves: they belong to a video.
    Captions,
}

impl MediaFormat {
    /// The kind of post the format makes.
    #[must_use]
    pub fn kind(self) -> MediaKind {
        match self {
            MediaFormat::Jpeg | MediaFormat::Png | MediaFormat::Gif => MediaKind::Image,
            MediaFormat::Mp4 => MediaKind::Video,
            MediaFormat::Pdf | MediaFormat::Office => MediaKind::Document,
            MediaFormat::SubRip => MediaKind::Captions,
        }
    }

    /// The MIME type sent with an upload.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            MediaFormat::Jpeg => "image/jpeg",
            MediaFormat::Png => "image/png",
            MediaFormat::Gif => "image/gif",
            MediaFormat::Mp4 => "video/mp4",
            MediaFormat::Pdf => "application/pdf",
            MediaFormat::Office => "application/octet-stream",
            MediaFormat::SubRip => "application/x-subrip",
        }
    }

    /// The name used in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            MediaFormat::Jpeg => "JPEG image",
            MediaFormat::Png => "PNG image",
            MediaFormat::Gif => "GIF image",
            MediaFormat::Mp4 => "MP4 video",
            MediaFormat::Pdf => "PDF document",
            MediaFormat::Office => "Office document",
            MediaFormat::SubRip => "SubRip caption file",
        }
    }
}

/// Pixels of an image must be fewer than this (LinkedIn, "Images API").
pub const MAX_IMAGE_PIXELS: u64 = 36_152_320;
/// A GIF may have this many frames (LinkedIn, "Images API").
pub const MAX_GIF_FRAMES: u32 = 250;
/// The largest image taken, in bytes. LinkedIn documents no limit; larger files are
/// refused in practice.
pub const MAX_IMAGE_BYTES: u64 = 10 * 1024 * 1024;
/// The largest video, in bytes (LinkedIn, "Videos API").
pub const MAX_VIDEO_BYTES: u64 = 500 * 1024 * 1024;
/// The smallest video, in bytes (LinkedIn, "Videos API").
pub const MIN_VIDEO_BYTES: u64 = 75 * 1024;
/// How long a video is, in milliseconds (LinkedIn, "Videos API").
pub const VIDEO_MILLIS: std::ops::RangeInclusive<u64> = 3_000..=30 * 60 * 1000;
/// The largest document, in bytes (LinkedIn, "Documents API").
pub const MAX_DOCUMENT_BYTES: u64 = 100 * 1024 * 1024;
/// Pages of a document (LinkedIn, "Documents API").
pub const MAX_DOCUMENT_PAGES: u32 = 300;
/// The largest caption file taken, in bytes. LinkedIn documents no limit.
pub const MAX_CAPTIONS_BYTES: u64 = 1024 * 1024;
/// Title of media, in UTF-16 code units. Not documented; what other fields have.
pub const MAX_MEDIA_TITLE: usize = 400;
/// Images in one post (LinkedIn, "`MultiImage` API").
pub const MAX_IMAGES: usize = 20;
/// Alt text, in UTF-16 code units (LinkedIn, "Post API schema").
pub const MAX_ALT_UTF16: usize = 4086;

/// What the bytes of a media file say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaFacts {
    /// Told from the first bytes; `None`: none of the formats LinkedIn takes.
    pub format: Option<MediaFormat>,
    /// Size in bytes.
    pub bytes: u64,
    /// Width and height in pixels, for images whose header could be read.
    pub dimensions: Option<(u64, u64)>,
    /// Frames, for a GIF; counting stops one past [`MAX_GIF_FRAMES`].
    pub frames: Option<u32>,
    /// How long a video plays, in milliseconds, where its header could be read.
    pub millis: Option<u64>,
    /// Digest of the whole file.
    pub digest: Digest,
}

/// One media file of a desired post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredMedia {
    /// Where the file is.
    pub path: ContentPath,
    /// Text for people who do not see the image; plain on the wire.
    pub alt: Option<String>,
    /// Title; documents need one.
    pub title: Option<String>,
    /// What its bytes say.
    pub facts: MediaFacts,
    /// A video's preview image.
    pub thumbnail: Option<DesiredFile>,
    /// A video's captions.
    pub captions: Option<DesiredFile>,
}

impl DesiredMedia {
    /// The same, by content.
    #[must_use]
    pub fn content(&self) -> ContentMedia {
        let digest =
            |file: &Option<DesiredFile>| file.as_ref().map(|file| file.facts.digest.clone());
        ContentMedia {
            digest: self.facts.digest.clone(),
            alt: self.alt.clone(),
            title: self.title.clone(),
            thumbnail: digest(&self.thumbnail),
            captions: digest(&self.captions),
        }
    }
}

/// A file that goes up with a media file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredFile {
    /// Where it is.
    pub path: ContentPath,
    /// What its bytes say.
    pub facts: MediaFacts,
}
