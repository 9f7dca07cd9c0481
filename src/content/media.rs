//! Media facts from bytes: format, size in pixels, frames, length.
//!
//! Owns telling formats apart by their first bytes, never by their names, and reading
//! the few header fields that LinkedIn's limits are about. Must not decode pixels, must
//! not allocate by a size a file claims, and must not judge: that is [`crate::rules`].

mod mp4;
mod office;

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use imagesize::ImageType;

use crate::model::digest::Digest;
use crate::model::media::{MAX_GIF_FRAMES, MediaFacts, MediaFormat};

/// A file that can be read from any place.
pub trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// What the bytes of a media file say.
///
/// Any bytes are fine: what is cut off or wrong shows as missing dimensions, frames or
/// length. The time taken grows with the number of bytes and with nothing the bytes
/// claim; memory does not grow.
///
/// # Errors
/// When the file cannot be read to its end.
pub fn probe(file: &mut dyn Source) -> io::Result<MediaFacts> {
    let digest = Digest::of_stream(file)?;
    let bytes = file.seek(SeekFrom::End(0))?;
    let format = format(file, bytes)?;
    Ok(MediaFacts {
        format,
        bytes,
        dimensions: match format {
            Some(format) => dimensions(format, file)?,
            None => None,
        },
        frames: match format {
            Some(MediaFormat::Gif) => gif_frames(file)?,
            _ => None,
        },
        millis: match format {
            Some(MediaFormat::Mp4) => mp4::millis(file, bytes)?,
            _ => None,
        },
        digest,
    })
}

/// The bytes of `range`, as far as there are any.
fn at(file: &mut dyn Source, range: Range<u64>) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(range.start))?;
    let mut found = Vec::new();
    file.take(range.end.saturating_sub(range.start))
        .read_to_end(&mut found)?;
    Ok(found)
}

/// The file a Git LFS pointer stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LfsPointer {
    /// SHA-256 of the file's bytes in hex; 64 digits when it is right.
    pub sha256: String,
    /// Its size in bytes, where the pointer says it.
    pub size: Option<u64>,
}

/// Reads a Git LFS pointer: the small text that stands in for a file that was not
/// downloaded (Git LFS specification, "The Pointer": UTF-8 text of less than 1024 bytes
/// whose first line names the version). `None`: `bytes` are something else.
#[must_use]
pub fn lfs_pointer(bytes: &[u8]) -> Option<LfsPointer> {
    let text = std::str::from_utf8(bytes).ok().filter(|t| t.len() < 1024)?;
    let mut lines = text.lines();
    let version = matches!(
        lines.next(),
        Some(
            "version https://git-lfs.github.com/spec/v1"
                | "version https://hawser.github.com/spec/v1"
        )
    );
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let sha256 = value("oid sha256:")?.trim();
    let hex = sha256.bytes().all(|b| b.is_ascii_hexdigit());
    (version && hex && !sha256.is_empty()).then(|| LfsPointer {
        sha256: sha256.to_ascii_lowercase(),
        size: value("size ").and_then(|size| size.trim().parse().ok()),
    })
}

fn format(file: &mut dyn Source, size: u64) -> io::Result<Option<MediaFormat>> {
    let start = at(file, 0..64)?;
    let bytes = start.as_slice();
    // PNG specification, section 5.2 and 11.2.2: the signature, then a chunk IHDR.
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR") {
        return Ok(Some(MediaFormat::Png));
    }
    if bytes.starts_with(b"\xFF\xD8\xFF") {
        return Ok(Some(MediaFormat::Jpeg));
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Ok(Some(MediaFormat::Gif));
    }
    // Readers forgive bytes before `%PDF-`; a file that needs that is taken for none.
    if bytes.starts_with(b"%PDF-") {
        return Ok(Some(MediaFormat::Pdf));
    }
    if mp4::is_mp4(bytes) {
        return Ok(Some(MediaFormat::Mp4));
    }
    if bytes.starts_with(OLE) || bytes.starts_with(ZIP) {
        let office = office::is_ole(file)? || office::is_zip(file, size)?;
        return Ok(office.then_some(MediaFormat::Office));
    }
    Ok(is_subrip(bytes).then_some(MediaFormat::SubRip))
}

const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
const ZIP: &[u8] = b"PK\x03\x04";

/// A number, then a line of two times. There is no standard; this is what every program
/// writes.
fn is_subrip(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start);
    let mut lines = text.trim_start_matches('\u{feff}').trim_start().lines();
    let number = lines.next().is_some_and(|line| {
        let line = line.trim();
        !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
    });
    number
        && lines.next().is_some_and(|line| {
            let from = line.split(" --> ").next().unwrap_or_default();
            let shape: String = from
                .chars()
                .map(|c| if c.is_ascii_digit() { '0' } else { c })
                .collect();
            line.contains(" --> ") && shape.trim() == "00:00:00,000"
        })
}

/// Width and height; `None` when the header is cut off or names no pixel at all.
fn dimensions(format: MediaFormat, file: &mut dyn Source) -> io::Result<Option<(u64, u64)>> {
    let kind = match format {
        MediaFormat::Jpeg => ImageType::Jpeg,
        MediaFormat::Png => ImageType::Png,
        MediaFormat::Gif => ImageType::Gif,
        MediaFormat::Mp4 | MediaFormat::Pdf | MediaFormat::Office | MediaFormat::SubRip => {
            return Ok(None);
        }
    };
    file.seek(SeekFrom::Start(0))?;
    let size = kind.reader_size(&mut BufReader::new(file)).ok();
    let size = size.filter(|size| size.width > 0 && size.height > 0);
    Ok(size.map(|size| (size.width as u64, size.height as u64)))
}

/// Frames whose header could be read, up to one past the limit; `None`: not one.
/// A file cut off behind a frame counts up to there, as browsers show it.
fn gif_frames(file: &mut dyn Source) -> io::Result<Option<u32>> {
    file.seek(SeekFrom::Start(0))?;
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let Ok(mut decoder) = options.read_info(BufReader::new(file)) else {
        return Ok(None);
    };
    let mut frames = 0;
    while frames <= MAX_GIF_FRAMES && matches!(decoder.next_frame_info(), Ok(Some(_))) {
        frames += 1;
    }
    Ok((frames > 0).then_some(frames))
}

#[cfg(test)]
mod tests;
