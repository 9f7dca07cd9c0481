//! The bytes of one file, read piece by piece.
//!
//! Owns random access to a file that was opened, or to bytes in memory, so that a video
//! of 500 MB never has to be in memory as a whole. Must not open files by name: the
//! adapters do, each with its own care.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// One file, open for reading from any thread.
pub trait FileBytes: Send + Sync {
    /// How many bytes it has.
    fn size(&self) -> u64;

    /// Reads from `offset` on into `buffer`; 0 at the end.
    ///
    /// # Errors
    /// The system's.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Exactly the bytes of `range`.
///
/// # Errors
/// When the file is shorter than it was, or cannot be read.
pub fn read_range(file: &dyn FileBytes, range: Range<u64>) -> io::Result<Vec<u8>> {
    let length = usize::try_from(range.end.saturating_sub(range.start))
        .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    let mut bytes = vec![0; length];
    let mut reader = Reader::new(file);
    reader.seek(SeekFrom::Start(range.start))?;
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

impl FileBytes for Bytes {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut rest = self.get(from..).unwrap_or_default();
        rest.read(buffer)
    }
}

/// An open file of the system. Its size is that at opening; a file that shrank since ends
/// early, and one that grew is read no further.
#[derive(Debug)]
pub struct OpenFile {
    file: Mutex<File>,
    size: u64,
}

impl OpenFile {
    /// Takes over a file that is open for reading.
    ///
    /// # Errors
    /// When its size cannot be told.
    pub fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self {
            file: Mutex::new(file),
            size,
        })
    }
}

impl FileBytes for OpenFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read(&mut buffer[..room])
    }
}

/// A file as a stream with a place.
#[derive(Clone, Copy)]
pub struct Reader<'f> {
    file: &'f dyn FileBytes,
    at: u64,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader({} of {})", self.at, self.file.size())
    }
}

impl<'f> Reader<'f> {
    /// From the beginning.
    #[must_use]
    pub fn new(file: &'f dyn FileBytes) -> Self {
        Self { file, at: 0 }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(self.at, buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.file.size(), by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = from
            .checked_add_signed(by)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn files_and_bytes_are_read_alike() {
        let content: Vec<u8> = (0..=255).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        let file = OpenFile::new(file).unwrap();
        let bytes = Bytes::from(content.clone());
        for source in [&file as &dyn FileBytes, &bytes] {
            assert_eq!(source.size(), 256);
            assert_eq!(read_range(source, 0..256).unwrap(), content);
            assert_eq!(read_range(source, 255..256).unwrap(), [255]);
            assert!(read_range(source, 7..7).unwrap().is_empty());
            assert!(read_range(source, 250..257).is_err());
            let mut reader = Reader::new(source);
            reader.seek(SeekFrom::End(-2)).unwrap();
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, [254, 255]);
            assert!(reader.seek(SeekFrom::Current(-300)).is_err());
        }
    }
}
