//! What a media file is, read from its bytes.
//!
//! Owns the facts and LinkedIn's limits on them. Must not read files or look at names:
//! the kind follows the bytes.

use serde::{Deserialize, Serialize};

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
}

impl MediaFormat {
    /// The kind of post the format makes.
    #[must_use]
    pub fn kind(self) -> MediaKind {
        match self {
            MediaFormat::Jpeg | MediaFormat::Png | MediaFormat::Gif => MediaKind::Image,
            MediaFormat::Mp4 => MediaKind::Video,
            MediaFormat::Pdf | MediaFormat::Office => MediaKind::Document,
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
}
