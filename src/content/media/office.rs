//! Word and `PowerPoint` documents, told from everything else in the same containers.
//!
//! Owns looking into both containers. Must not unpack anything.

use std::io::{self, BufReader, Read, SeekFrom};

use super::{OLE, Source, ZIP, at};

/// The most of a zip directory that is read, in bytes.
const MAX_DIRECTORY: u64 = 4 * 1024 * 1024;

/// MS-CFB: a compound file. Directory entries have 128 bytes, start with a UTF-16 name,
/// and lie at multiples of 128. Spreadsheets use the same container.
pub(super) fn is_ole(file: &mut dyn Source) -> io::Result<bool> {
    let names: [Vec<u8>; 2] = ["WordDocument\0", "PowerPoint Document\0"]
        .map(|name| name.encode_utf16().flat_map(u16::to_le_bytes).collect());
    if at(file, 0..8)? != OLE {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    let mut entry = [0; 128];
    loop {
        match reader.read_exact(&mut entry) {
            Ok(()) if names.iter().any(|name| entry.starts_with(name)) => return Ok(true),
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// ECMA-376 part 2: a zip file whose names say what it is. The central directory is
/// read, since the entries before it need not carry their own sizes.
pub(super) fn is_zip(file: &mut dyn Source, size: u64) -> io::Result<bool> {
    if at(file, 0..4)? != ZIP {
        return Ok(false);
    }
    // The end record has 22 bytes and a comment of at most 65 535.
    let tail = at(file, size.saturating_sub(22 + 65_535)..size)?;
    let end = tail.windows(4).rposition(|four| four == b"PK\x05\x06");
    let Some(directory) = end.and_then(|end| u32_at(&tail, end + 16)) else {
        return Ok(false);
    };
    let directory = u64::from(directory);
    let bytes = at(file, directory..size.min(directory + MAX_DIRECTORY))?;
    let mut at = 0;
    let (mut types, mut parts) = (false, false);
    while bytes.get(at..at + 4) == Some(b"PK\x01\x02") {
        let length = |offset| u16_at(&bytes, at + offset).map_or(0, usize::from);
        let name = bytes.get(at + 46..at + 46 + length(28)).unwrap_or_default();
        types |= name == b"[Content_Types].xml";
        parts |= name.starts_with(b"word/") || name.starts_with(b"ppt/");
        at += 46 + length(28) + length(30) + length(32);
    }
    Ok(types && parts)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    two.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    four.try_into().ok().map(u32::from_le_bytes)
}
