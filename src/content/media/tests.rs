use proptest::prelude::*;

use super::*;

fn probe(bytes: &[u8]) -> MediaFacts {
    super::probe(&mut std::io::Cursor::new(bytes)).unwrap()
}

fn is_lfs_pointer(bytes: &[u8]) -> bool {
    lfs_pointer(bytes).is_some()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    bytes.extend(b"\xFF\xC0\0\x11\x08");
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    bytes
}

/// A GIF of 2×1 pixels with a global colour table and `frames` frames.
fn gif(frames: usize, trailer: bool) -> Vec<u8> {
    let mut bytes = b"GIF89a\x02\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    for _ in 0..frames {
        bytes.extend(b"\x21\xF9\x04\0\x05\0\0\0");
        bytes.extend(b"\x2C\0\0\0\0\x02\0\x01\0\0\x02\x02\x4C\x0A\0");
    }
    if trailer {
        bytes.push(0x3B);
    }
    bytes
}

fn zip(names: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for name in names {
        let mut header = vec![0; 46];
        header[..4].copy_from_slice(b"PK\x01\x02");
        header[28] = u8::try_from(name.len()).unwrap();
        header[42..46].copy_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
        directory.extend(header);
        directory.extend(name.as_bytes());
        let mut local = vec![0; 30];
        local[..4].copy_from_slice(b"PK\x03\x04");
        local[26] = u8::try_from(name.len()).unwrap();
        bytes.extend(local);
        bytes.extend(name.as_bytes());
    }
    let start = u32::try_from(bytes.len()).unwrap();
    bytes.extend(directory);
    let mut end = vec![0; 22];
    end[..4].copy_from_slice(b"PK\x05\x06");
    end[16..20].copy_from_slice(&start.to_le_bytes());
    bytes.extend(end);
    bytes
}

fn ole(stream: &str) -> Vec<u8> {
    let mut bytes = vec![0; 1536];
    bytes[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes[1152..1152 + name.len()].copy_from_slice(&name);
    bytes
}

fn ftyp(brand: &str) -> Vec<u8> {
    [b"\0\0\0\x18ftyp", brand.as_bytes(), b"\0\0\x02\0isommp42"].concat()
}

#[test]
fn tells_every_format_by_its_bytes() {
    let word = ["[Content_Types].xml", "word/document.xml"];
    for (bytes, expected) in [
        (png(3, 4), Some(MediaFormat::Png)),
        (jpeg(3, 4), Some(MediaFormat::Jpeg)),
        (gif(1, true), Some(MediaFormat::Gif)),
        (ftyp("isom"), Some(MediaFormat::Mp4)),
        (ftyp("mp42"), Some(MediaFormat::Mp4)),
        (b"%PDF-1.7\n".to_vec(), Some(MediaFormat::Pdf)),
        (zip(&word), Some(MediaFormat::Office)),
        (
            zip(&["[Content_Types].xml", "ppt/presentation.xml"]),
            Some(MediaFormat::Office),
        ),
        (ole("WordDocument"), Some(MediaFormat::Office)),
        (ole("PowerPoint Document"), Some(MediaFormat::Office)),
        // The same containers, with something else in them.
        (ole("Workbook"), None),
        (zip(&["[Content_Types].xml", "xl/workbook.xml"]), None),
        (zip(&["word/evil.exe"]), None),
        (ftyp("heic"), None),
        (ftyp("avif"), None),
        (ftyp("qt  "), None),
        (ftyp("M4A "), None),
        (b"RIFF\x24\0\0\0WEBPVP8 ".to_vec(), None),
        (
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
            None,
        ),
        (b"<!-- \xFF\xD8\xFF --><script>".to_vec(), None),
        (b"GIF90a".to_vec(), None),
        (b"\x89PNG\r\n\x1a\n<html>....IHDR".to_vec(), None),
        (Vec::new(), None),
    ] {
        assert_eq!(
            probe(&bytes).format,
            expected,
            "{:?}",
            &bytes[..bytes.len().min(24)]
        );
    }
}

#[test]
fn reads_dimensions_without_believing_them() {
    assert_eq!(probe(&png(1200, 627)).dimensions, Some((1200, 627)));
    assert_eq!(probe(&jpeg(800, 600)).dimensions, Some((800, 600)));
    assert_eq!(probe(&gif(1, true)).dimensions, Some((2, 1)));
    assert_eq!(
        probe(&png(50_000, 50_000)).dimensions,
        Some((50_000, 50_000))
    );
    assert_eq!(
        probe(&png(u32::MAX, u32::MAX)).dimensions,
        Some((4_294_967_295, 4_294_967_295))
    );
    assert_eq!(probe(&png(0, 10)).dimensions, None);
    assert_eq!(probe(&jpeg(800, 0)).dimensions, None);
    assert_eq!(probe(b"%PDF-1.7").dimensions, None);
}

#[test]
fn counts_frames_and_stops_one_past_the_limit() {
    assert_eq!(probe(&gif(1, true)).frames, Some(1));
    assert_eq!(probe(&gif(250, true)).frames, Some(250));
    assert_eq!(probe(&gif(251, true)).frames, Some(251));
    assert_eq!(probe(&gif(20_000, true)).frames, Some(251));
    assert_eq!(probe(&gif(3, false)).frames, Some(3), "no trailer");
    assert_eq!(probe(&gif(0, true)).frames, None);
    assert_eq!(probe(&png(1, 1)).frames, None);
}

#[test]
fn a_screen_of_65535_squared_costs_no_memory_and_no_time() {
    let mut bytes = gif(2, true);
    bytes[6..10].copy_from_slice(&[0xFF; 4]);
    let facts = probe(&bytes);
    assert_eq!(facts.dimensions, Some((65_535, 65_535)));
    assert_eq!(facts.frames, Some(2));
}

#[test]
fn the_first_bytes_decide_about_a_polyglot() {
    let mut bytes = png(10, 10);
    bytes.extend(zip(&["[Content_Types].xml", "word/document.xml"]));
    bytes.extend(b"%PDF-1.4");
    assert_eq!(probe(&bytes).format, Some(MediaFormat::Png));
}

#[test]
fn every_prefix_is_read_without_a_panic() {
    let word = ["[Content_Types].xml", "word/document.xml"];
    for whole in [
        png(9, 9),
        jpeg(9, 9),
        gif(3, true),
        zip(&word),
        ole("WordDocument"),
        ftyp("isom"),
    ] {
        for cut in 0..whole.len() {
            assert_eq!(probe(&whole[..cut]).bytes, cut as u64);
        }
    }
    assert_eq!(probe(&png(9, 9)[..20]).dimensions, None);
    assert_eq!(probe(&gif(3, true)[..10]).frames, None);
}

#[test]
fn recognises_lfs_pointers_and_nothing_else() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    assert!(is_lfs_pointer(pointer));
    assert!(is_lfs_pointer(
        b"version https://git-lfs.github.com/spec/v1\r\next-0-foo sha256:00\r\noid sha256:11\r\nsize 1\r\n"
    ));
    assert!(!is_lfs_pointer(
        b"version https://git-lfs.github.com/spec/v1\n"
    ));
    assert!(!is_lfs_pointer(
        b"version https://example.com/spec/v1\noid sha256:11\n"
    ));
    assert!(!is_lfs_pointer(&png(1, 1)));
    assert!(!is_lfs_pointer(&[&pointer[..], &[b' '; 1024]].concat()));
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let starts = prop::sample::select(vec![
        Vec::new(),
        png(9, 9),
        jpeg(9, 9),
        gif(2, false),
        ftyp("isom"),
        zip(&["[Content_Types].xml", "ppt/a"]),
        ole("WordDocument"),
        b"\xFF\xD8\xFF".to_vec(),
        b"PK\x03\x04PK\x05\x06".to_vec(),
    ]);
    (
        starts,
        prop::collection::vec(any::<u8>(), 0..600),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(mut start, noise, at)| {
            let at = at.index(start.len() + 1);
            start.splice(at..at, noise);
            start
        })
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in hostile()) {
        let facts = probe(&bytes);
        prop_assert_eq!(facts.bytes, bytes.len() as u64);
        prop_assert!(facts.frames.is_none_or(|frames| frames <= MAX_GIF_FRAMES + 1));
        prop_assert!(facts.frames.is_none() || facts.format == Some(MediaFormat::Gif));
    }
}
