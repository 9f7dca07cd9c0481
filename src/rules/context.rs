//! What a rule is given to look at.
//!
//! Owns the two contexts and how a rule names a place. Must not judge.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::content::document::{Document, MediaReference, ParsedFile};
use crate::diagnostic::{Label, SourceText};
use crate::model::config::Config;
use crate::model::media::{MediaFacts, MediaKind};
use crate::model::path::{ContentPath, ReadError};

use super::is_private;

/// What was seen of each media file that documents name.
pub type MediaSeen = BTreeMap<ContentPath, Result<MediaFacts, ReadError>>;

/// One document with its media.
#[derive(Debug)]
pub struct Context<'a> {
    /// The document.
    pub document: &'a Document,
    /// The settings.
    pub config: &'a Config,
    media: &'a MediaSeen,
    visible: String,
}

/// A media reference that may be read, and what was found there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) reference: &'a MediaReference,
    pub(super) path: &'a ContentPath,
    /// `None`: nobody looked.
    pub(super) found: Option<&'a Result<MediaFacts, ReadError>>,
}

impl<'a> Seen<'a> {
    /// The facts, when the file could be read.
    pub(super) fn facts(&self) -> Option<&'a MediaFacts> {
        self.found.and_then(|found| found.as_ref().ok())
    }

    /// Why the file could not be read, when it could not.
    pub(super) fn problem(&self) -> Option<&'a ReadError> {
        self.found.and_then(|found| found.as_ref().err())
    }

    /// The kind of the file, when it has one that LinkedIn takes.
    pub(super) fn kind(&self) -> Option<MediaKind> {
        self.facts()?.format.map(|format| format.kind())
    }
}

impl<'a> Context<'a> {
    /// A document, what was seen of the media it names, and the settings.
    #[must_use]
    pub fn new(document: &'a Document, media: &'a MediaSeen, config: &'a Config) -> Self {
        Self {
            document,
            config,
            media,
            visible: document.commentary.to_plain(),
        }
    }

    /// The text readers see.
    #[must_use]
    pub fn visible(&self) -> &str {
        &self.visible
    }

    /// The media references to judge, in display order.
    pub(super) fn references(&self) -> &'a [MediaReference] {
        let media = &self.document.media;
        media.get(..MAX_JUDGED).unwrap_or(media)
    }

    /// Those of them whose path may be read.
    pub(super) fn media(&self) -> impl Iterator<Item = Seen<'a>> {
        let media = self.media;
        self.references()
            .iter()
            .filter_map(|reference| see(reference, media))
    }

    /// Every file of the document: media, and what goes up with them or with a card.
    pub(super) fn file_references(&self) -> impl Iterator<Item = &'a MediaReference> {
        judged(self.document)
    }

    /// Those of them whose path may be read.
    pub(super) fn files(&self) -> impl Iterator<Item = Seen<'a>> {
        let media = self.media;
        judged(self.document).filter_map(|reference| see(reference, media))
    }

    /// A label at bytes of the document.
    pub(super) fn label(&self, span: Range<usize>, text: impl Into<String>) -> Label {
        label(self.document, span, text)
    }

    /// A label at the first line of the body.
    pub(super) fn body_label(&self, text: impl Into<String>) -> Label {
        let body = self.document.text.get(self.document.body.clone());
        let blank = body.map_or(0, |body| body.len() - body.trim_start().len());
        let start = self.document.body.start + blank;
        self.label(start..start, text)
    }

    /// Where the visible text's part `snippet`, which starts at `byte` of it, was
    /// written: exactly where it stands there unchanged, else about there.
    pub(super) fn place_of(&self, byte: usize, snippet: &str) -> Range<usize> {
        let before = self.visible.get(..byte).unwrap_or_default();
        let about = self
            .document
            .map
            .source_offset(before.encode_utf16().count());
        let body = &self.document.body;
        let source = self.document.text.get(body.clone()).unwrap_or_default();
        let at = source.floor_char_boundary(about.saturating_sub(body.start));
        let (_, behind) = source.split_at(at);
        let (ahead, _) = source.split_at(source.floor_char_boundary(at + snippet.len()));
        let nearest = [
            ahead.rfind(snippet),
            behind.find(snippet).map(|from| at + from),
        ]
        .into_iter()
        .flatten()
        .min_by_key(|found| found.abs_diff(at))
        .map(|found| body.start + found);
        match nearest {
            Some(start) if !snippet.is_empty() => start..start + snippet.len(),
            _ => about..about.saturating_add(1),
        }
    }
}

/// So many files are read and judged one by one. A post with more than twenty is refused
/// for their number, and a file of nothing but images must not take long to refuse.
const MAX_JUDGED: usize = 100;

/// The files of a document that are read and judged.
pub(crate) fn judged(document: &Document) -> impl Iterator<Item = &MediaReference> {
    document.files().take(MAX_JUDGED)
}

fn see<'a>(reference: &'a MediaReference, media: &'a MediaSeen) -> Option<Seen<'a>> {
    let path = reference.path.as_ref().ok()?;
    let found = media.get(path);
    (!is_private(path)).then_some(Seen {
        reference,
        path,
        found,
    })
}

/// A label at bytes of `document`.
pub(super) fn label(document: &Document, span: Range<usize>, text: impl Into<String>) -> Label {
    SourceText::new(&document.path, &document.text).label_with(span, text)
}

/// All documents together.
#[derive(Debug)]
pub struct Collection<'a> {
    /// Every file, sorted by path.
    pub files: &'a [ParsedFile],
    /// The settings.
    pub config: &'a Config,
}

impl<'a> Collection<'a> {
    /// Every file that became a document, sorted by path.
    pub fn documents(&self) -> impl Iterator<Item = &'a Document> + use<'a> {
        let files = self.files;
        files.iter().filter_map(|file| file.document.as_ref())
    }
}
