//! Media facts from bytes: format, size in pixels, frames.
//!
//! Owns telling formats apart by their first bytes, never by their names, and reading
//! the few header fields that LinkedIn's limits are about. Must not decode pixels, must
//! not allocate by a size a file claims, and must not judge: that is [`crate::rules`].

use std::io::Cursor;

use imagesize::ImageType;

use crate::model::digest::Digest;
use crate::model::media::{MAX_GIF_FRAMES, MediaFacts, MediaFormat};

/// What the bytes of a media file say.
///
/// Any bytes are fine: what is cut off or wrong shows as missing dimensions or frames.
/// The time taken grows with the length of `bytes` and with nothing the bytes claim.
#[must_use]
pub fn probe(bytes: &[u8]) -> MediaFacts {
    let format = format(bytes);
    MediaFacts {
        format,
        bytes: bytes.len() as u64,
        dimensions: format.and_then(|format| dimensions(format, bytes)),
        frames: (format == Some(MediaFormat::Gif))
            .then(|| gif_frames(bytes))
            .flatten(),
        digest: Digest::of(bytes),
    }
}

/// Whether `bytes` are a Git LFS pointer: the small text that stands in for a file that
/// was not downloaded (Git LFS specification, "The Pointer": UTF-8 text of less than
/// 1024 bytes whose first line names the version).
#[must_use]
pub fn is_lfs_pointer(bytes: &[u8]) -> bool {
    let Some(text) = (bytes.len() < 1024)
        .then(|| std::str::from_utf8(bytes).ok())
        .flatten()
    else {
        return false;
    };
    let mut lines = text.lines();
    let version = matches!(
        lines.next(),
        Some(
            "version https://git-lfs.github.com/spec/v1"
                | "version https://hawser.github.com/spec/v1"
        )
    );
    version && lines.any(|line| line.starts_with("oid sha256:"))
}

fn format(bytes: &[u8]) -> Option<MediaFormat> {
    // PNG specification, section 5.2 and 11.2.2: the signature, then a chunk IHDR.
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR") {
        return Some(MediaFormat::Png);
    }
    if bytes.starts_with(b"\xFF\xD8\xFF") {
        return Some(MediaFormat::Jpeg);
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some(MediaFormat::Gif);
    }
    // Readers forgive bytes before `%PDF-`; a file that needs that is taken for none.
    if bytes.starts_with(b"%PDF-") {
        return Some(MediaFormat::Pdf);
    }
    if is_mp4(bytes) {
        return Some(MediaFormat::Mp4);
    }
    (is_ole_office(bytes) || is_zip_office(bytes)).then_some(MediaFormat::Office)
}

/// ISO/IEC 14496-12, box `ftyp`. The same container holds HEIC, AVIF, `QuickTime` and audio,
/// so only the brands of MP4 video count.
fn is_mp4(bytes: &[u8]) -> bool {
    let brand: Option<[u8; 4]> = bytes.get(8..12).and_then(|brand| brand.try_into().ok());
    bytes.get(4..8) == Some(b"ftyp")
        && brand.is_some_and(|brand| match &brand {
            b"avc1" | b"mp41" | b"mp42" | b"MSNV" | b"dash" | b"M4V " | b"M4VH" | b"M4VP" => true,
            [b'i', b's', b'o', version] => version.is_ascii_alphanumeric(),
            _ => false,
        })
}

/// MS-CFB: a compound file. Directory entries have 128 bytes, start with a UTF-16 name,
/// and lie at multiples of 128. Spreadsheets use the same container.
fn is_ole_office(bytes: &[u8]) -> bool {
    let names: [Vec<u8>; 2] = ["WordDocument\0", "PowerPoint Document\0"]
        .map(|name| name.encode_utf16().flat_map(u16::to_le_bytes).collect());
    let entry = |entry: &[u8]| names.iter().any(|name| entry.starts_with(name));
    bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") && bytes.chunks_exact(128).any(entry)
}

/// ECMA-376 part 2: a zip file whose names say what it is. The central directory is
/// read, since the entries before it need not carry their own sizes.
fn is_zip_office(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"PK\x03\x04") {
        return false;
    }
    // The end record has 22 bytes and a comment of at most 65 535.
    let tail = bytes.len().saturating_sub(22 + 65_535);
    let Some(end) = bytes.get(tail..).and_then(|tail_bytes| {
        tail_bytes
            .windows(4)
            .rposition(|four| four == b"PK\x05\x06")
            .map(|at| tail + at)
    }) else {
        return false;
    };
    let mut at = u32_at(bytes, end + 16).map_or(usize::MAX, |at| at as usize);
    let (mut types, mut parts) = (false, false);
    while bytes.get(at..at.saturating_add(4)) == Some(b"PK\x01\x02") {
        let length = |offset| u16_at(bytes, at + offset).map_or(0, usize::from);
        let name = bytes.get(at + 46..at + 46 + length(28)).unwrap_or_default();
        types |= name == b"[Content_Types].xml";
        parts |= name.starts_with(b"word/") || name.starts_with(b"ppt/");
        at += 46 + length(28) + length(30) + length(32);
    }
    types && parts
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    two.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    four.try_into().ok().map(u32::from_le_bytes)
}

/// Width and height; `None` when the header is cut off or names no pixel at all.
fn dimensions(format: MediaFormat, bytes: &[u8]) -> Option<(u64, u64)> {
    let kind = match format {
        MediaFormat::Jpeg => ImageType::Jpeg,
        MediaFormat::Png => ImageType::Png,
        MediaFormat::Gif => ImageType::Gif,
        MediaFormat::Mp4 | MediaFormat::Pdf | MediaFormat::Office => return None,
    };
    let size = kind.reader_size(&mut Cursor::new(bytes)).ok()?;
    (size.width > 0 && size.height > 0).then_some((size.width as u64, size.height as u64))
}

/// Frames whose header could be read, up to one past the limit; `None`: not one.
/// A file cut off behind a frame counts up to there, as browsers show it.
fn gif_frames(bytes: &[u8]) -> Option<u32> {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options.read_info(bytes).ok()?;
    let mut frames = 0;
    while frames <= MAX_GIF_FRAMES && matches!(decoder.next_frame_info(), Ok(Some(_))) {
        frames += 1;
    }
    (frames > 0).then_some(frames)
}

#[cfg(test)]
mod tests;
