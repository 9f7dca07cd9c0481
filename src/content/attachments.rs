//! The media a document names.
//!
//! Owns turning `media` entries and images of the body into references, and the problem
//! `remote-media`. Must not open a file; a path that leaves the content root is kept as
//! such for the rules.

use std::ops::Range;

use super::document::{Located, MediaReference};
use super::fields::Fields;
use super::keys::MEDIA;
use super::problems::Problems;
use super::suggest;
use super::yaml::{Node, Value};
use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::path::{ContentPath, PathError};

/// The entries of `media`, in order. Entries of a wrong form have been reported.
pub fn listed(
    items: &[Node],
    path: &ContentPath,
    problems: &mut Problems<'_>,
) -> Vec<MediaReference> {
    let mut references = Vec::new();
    for item in items {
        let Some(reference) = entry(item, path, problems) else {
            continue;
        };
        if is_remote(&reference.written) {
            problems.push(remote(
                &reference.written,
                &reference.span,
                problems.source(),
            ));
        } else {
            references.push(reference);
        }
    }
    references
}

fn entry(item: &Node, path: &ContentPath, problems: &mut Problems<'_>) -> Option<MediaReference> {
    let (file, alt, title, thumbnail, captions) = match &item.value {
        Value::Scalar { .. } if item.is_null() => return None,
        Value::Scalar { text, .. } => {
            let value = text.as_str();
            let span = item.span.clone();
            (Located { value, span }, None, None, None, None)
        }
        Value::Mapping(_) => {
            let fields = Fields::of(Some(item), MEDIA);
            let said = |name| fields.text(name).map(|text| text.value);
            let (thumbnail, captions) = (fields.text("thumbnail"), fields.text("captions"));
            let file = fields.text("path")?;
            (file, said("alt"), said("title"), thumbnail, captions)
        }
        Value::List(_) => return None,
    };
    let mut beside = |file: Option<Located<&str>>| companion(&file?, path, problems).map(Box::new);
    Some(MediaReference {
        written: file.value.to_owned(),
        path: path.join_sibling(file.value),
        span: file.span,
        alt: said(alt),
        title: said(title),
        thumbnail: beside(thumbnail),
        captions: beside(captions),
    })
}

/// A file that goes up with another one.
pub(super) fn companion(
    file: &Located<&str>,
    path: &ContentPath,
    problems: &mut Problems<'_>,
) -> Option<MediaReference> {
    if is_remote(file.value) {
        problems.push(remote(file.value, &file.span, problems.source()));
        return None;
    }
    Some(MediaReference {
        written: file.value.to_owned(),
        path: path.join_sibling(file.value),
        span: file.span.clone(),
        alt: None,
        title: None,
        thumbnail: None,
        captions: None,
    })
}

/// Text with something in it.
fn said(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// One image of the body. Its destination is a URL reference, so `%20` means a space.
pub fn image(
    destination: &str,
    alt: Option<&str>,
    span: Range<usize>,
    path: &ContentPath,
    problems: &mut Problems<'_>,
) -> Option<MediaReference> {
    if is_remote(destination) {
        problems.push(remote(destination, &span, problems.source()));
        return None;
    }
    let decoded = percent_encoding::percent_decode_str(destination).decode_utf8();
    Some(MediaReference {
        written: destination.to_owned(),
        path: match decoded {
            Ok(decoded) => path.join_sibling(&decoded),
            Err(_) => Err(PathError::Character),
        },
        span,
        alt: said(alt),
        title: None,
        thumbnail: None,
        captions: None,
    })
}

/// Whether a destination leads out of the repository by its form: it has a scheme or an
/// authority (RFC 3986, §4.2).
fn is_remote(destination: &str) -> bool {
    let scheme = destination
        .split_once(':')
        .map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    destination.starts_with("//")
        || scheme.is_some_and(|(scheme, rest)| {
            rest.starts_with("//") || matches!(scheme.as_str(), "http" | "https" | "data" | "file")
        })
}

fn remote(written: &str, span: &Range<usize>, source: &SourceText<'_>) -> Diagnostic {
    let shown = suggest::shortened(written);
    Diagnostic::error(
        "remote-media",
        format!("`{shown}` is not a file of the repository"),
    )
    .at(source.label_with(span.clone(), "leads out of the repository"))
    .note("what reviewers see must be what goes out, so media are files beside the post")
    .help("download it into the repository and name its path, such as `images/launch.png`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(destination: &str) -> Result<MediaReference, Diagnostic> {
        let path = ContentPath::parse("posts/2026/a.md").unwrap();
        let mut problems = Problems::new(SourceText::new(&path, destination));
        let span = 0..destination.len();
        let found = image(destination, Some(" a chart "), span, &path, &mut problems);
        found.ok_or_else(|| problems.finish().remove(0))
    }

    #[test]
    fn destinations_are_decoded_before_they_are_judged() {
        let path = |text| read(text).unwrap().path.map(|path| path.to_string());
        assert_eq!(path("img/a%20b.png"), Ok("posts/2026/img/a b.png".into()));
        assert_eq!(
            path("gr%C3%BC%C3%9Fe.png"),
            Ok("posts/2026/grüße.png".into())
        );
        assert_eq!(path("100%25.png"), Ok("posts/2026/100%.png".into()));
        assert_eq!(path("/media/a.png"), Ok("media/a.png".into()));
        assert_eq!(
            path("%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd"),
            Err(PathError::Outside)
        );
        assert_eq!(path("..%2f..%2f..%2fx"), Err(PathError::Outside));
        assert_eq!(path("a%00b.png"), Err(PathError::Character));
        assert_eq!(path("a%5Cb.png"), Err(PathError::Character));
        assert_eq!(path("%ff.png"), Err(PathError::Character));
        assert_eq!(read("a.png").unwrap().alt.as_deref(), Some("a chart"));
    }

    #[test]
    fn media_are_files_of_the_repository() {
        for text in [
            "https://example.com/a.png",
            "HTTP://example.com/a.png",
            "//example.com/a.png",
            "data:image/png;base64,AAAA",
            "file:///etc/passwd",
            "ftp://example.com/a.png",
        ] {
            assert_eq!(read(text).unwrap_err().code, "remote-media", "{text}");
        }
        assert!(read("time 10:00.png").is_ok());
    }
}
