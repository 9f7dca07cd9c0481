//! What uploaded bytes are.
//!
//! Owns LinkedIn's formats and limits as far as bytes show them. Must not know who uploads.

use serde::{Deserialize, Serialize};

use crate::model::media::MediaKind;

/// Width times height must be below this.
const MAX_PIXELS: u64 = 36_152_320;
/// Frames of a GIF.
const MAX_FRAMES: usize = 250;
/// Sizes of a video, in bytes ("Videos API").
const VIDEO_BYTES: std::ops::RangeInclusive<usize> = 75 * 1024..=500 * 1024 * 1024;
/// The largest document, in bytes ("Documents API").
const DOCUMENT_BYTES: usize = 100 * 1024 * 1024;

/// The formats LinkedIn takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaForm {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// MP4.
    Mp4,
    /// PDF.
    Pdf,
    /// Word or `PowerPoint`, old or new.
    Office,
}

impl MediaForm {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            MediaForm::Jpeg => "image/jpeg",
            MediaForm::Png => "image/png",
            MediaForm::Gif => "image/gif",
            MediaForm::Mp4 => "video/mp4",
            MediaForm::Pdf => "application/pdf",
            MediaForm::Office => "application/octet-stream",
        }
    }

    /// The form of `bytes`, when it is one that a file of this kind may have.
    pub(super) fn of(kind: MediaKind, bytes: &[u8]) -> Option<Self> {
        let form = match bytes {
            [0xFF, 0xD8, 0xFF, ..] => MediaForm::Jpeg,
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => MediaForm::Png,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => MediaForm::Gif,
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => MediaForm::Mp4,
            [b'%', b'P', b'D', b'F', b'-', ..] => MediaForm::Pdf,
            [b'P', b'K', 3, 4, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..] => MediaForm::Office,
            _ => return None,
        };
        (form.kind() == kind).then_some(form)
    }

    fn kind(self) -> MediaKind {
        match self {
            MediaForm::Jpeg | MediaForm::Png | MediaForm::Gif => MediaKind::Image,
            MediaForm::Mp4 => MediaKind::Video,
            MediaForm::Pdf | MediaForm::Office => MediaKind::Document,
        }
    }

    /// Whether the bytes can be read far enough, and keep LinkedIn's limits.
    pub(super) fn is_sound(self, bytes: &[u8]) -> bool {
        match self.kind() {
            MediaKind::Image | MediaKind::Captions => is_sound_image(self, bytes),
            MediaKind::Video => VIDEO_BYTES.contains(&bytes.len()),
            MediaKind::Document => bytes.len() <= DOCUMENT_BYTES,
        }
    }
}

fn is_sound_image(form: MediaForm, bytes: &[u8]) -> bool {
    let Ok(size) = imagesize::blob_size(bytes) else {
        return false;
    };
    let pixels = (size.width as u64).saturating_mul(size.height as u64);
    let frames = match form {
        MediaForm::Gif => gif_frames(bytes),
        _ => Some(1),
    };
    pixels > 0 && pixels < MAX_PIXELS && frames.is_some_and(|n| (1..=MAX_FRAMES).contains(&n))
}

/// Counts frames, to one past the limit. `None`: not readable.
fn gif_frames(bytes: &[u8]) -> Option<usize> {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options.read_info(bytes).ok()?;
    let mut frames = 0;
    while frames <= MAX_FRAMES && decoder.next_frame_info().ok()?.is_some() {
        frames += 1;
    }
    Some(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn animation(frames: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, 1, 1, &[0, 0, 0, 255, 255, 255]).unwrap();
        for _ in 0..frames {
            let frame = gif::Frame::from_indexed_pixels(1, 1, vec![0], None);
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        bytes
    }

    #[test]
    fn pixels_and_frames_are_limited() {
        assert!(MediaForm::Png.is_sound(&png(6000, 6000)));
        assert!(!MediaForm::Png.is_sound(&png(6026, 6000)));
        assert!(!MediaForm::Png.is_sound(&png(0, 10)));
        assert!(MediaForm::Gif.is_sound(&animation(250)));
        assert!(!MediaForm::Gif.is_sound(&animation(251)));
        let image = MediaKind::Image;
        assert_eq!(MediaForm::of(image, b"RIFF\0\0\0\0WEBP"), None);
        assert_eq!(MediaForm::of(image, b"%PDF-1.7"), None);
        let document = MediaKind::Document;
        assert_eq!(MediaForm::of(document, b"%PDF-1.7"), Some(MediaForm::Pdf));
    }
}
