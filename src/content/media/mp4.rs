//! MP4 video: its brand and its length.
//!
//! Owns walking the boxes of the file. Must not decode anything, and reads no more of a
//! box than its header and the few fields it looks for.
//!
//! Source: ISO/IEC 14496-12, "ISO base media file format".

use std::io;

use super::{Source, at};

/// Boxes looked at on one level: real files have a handful, and a hostile one of nothing
/// but headers must not take long.
const MAX_BOXES: usize = 1000;

/// The container holds HEIC, AVIF, `QuickTime` and audio too, so only the brands of MP4
/// video count (§4.3).
pub(super) fn is_mp4(start: &[u8]) -> bool {
    let brand: Option<[u8; 4]> = start.get(8..12).and_then(|brand| brand.try_into().ok());
    start.get(4..8) == Some(b"ftyp")
        && brand.is_some_and(|brand| match &brand {
            b"avc1" | b"mp41" | b"mp42" | b"MSNV" | b"dash" | b"M4V " | b"M4VH" | b"M4VP" => true,
            [b'i', b's', b'o', version] => version.is_ascii_alphanumeric(),
            _ => false,
        })
}

/// How long it plays, in milliseconds: `moov` → `mvhd` (§8.2.2).
pub(super) fn millis(file: &mut dyn Source, size: u64) -> io::Result<Option<u64>> {
    let Some((from, to)) = find(file, b"moov", 0, size)? else {
        return Ok(None);
    };
    let Some((from, _)) = find(file, b"mvhd", from, to)? else {
        return Ok(None);
    };
    let header = at(file, from..from + 32)?;
    let number = |at: usize, bytes: usize| {
        let field = header.get(at..at + bytes)?;
        Some(
            field
                .iter()
                .fold(0_u64, |n, byte| n << 8 | u64::from(*byte)),
        )
    };
    let (scale, duration) = match header.first() {
        Some(1) => (number(20, 4), number(24, 8)),
        _ => (number(12, 4), number(16, 4)),
    };
    Ok(match (scale, duration) {
        // All ones: not known (§8.2.2.3).
        (Some(scale), Some(duration)) if scale > 0 && duration < u64::from(u32::MAX) => {
            Some(duration.saturating_mul(1000) / scale)
        }
        _ => None,
    })
}

/// The content of the first box `name` between two places.
fn find(
    file: &mut dyn Source,
    name: &[u8; 4],
    mut from: u64,
    to: u64,
) -> io::Result<Option<(u64, u64)>> {
    for _ in 0..MAX_BOXES {
        if from >= to {
            break;
        }
        let header = at(file, from..from.saturating_add(16))?;
        let Some(short) = header.first_chunk::<4>() else {
            break;
        };
        let large = header.get(8..16).and_then(|field| field.try_into().ok());
        let (size, skip) = match (u32::from_be_bytes(*short), large) {
            (0, _) => (to - from, 8),
            (1, Some(large)) => (u64::from_be_bytes(large), 16),
            (size, _) => (u64::from(size), 8),
        };
        if size < skip {
            break;
        }
        let end = from.saturating_add(size).min(to);
        if header.get(4..8) == Some(name) {
            return Ok(Some((from + skip, end)));
        }
        from = end;
    }
    Ok(None)
}
