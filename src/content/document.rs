//! One parsed document: the typed front matter and the commentary of one file.
//!
//! Owns the shape between parsing and rules; every value keeps its place in the file.
//! Must not read media: a reference is a path until [`super::media`] has seen the bytes.

use std::ops::Range;
use std::time::Duration;

use chrono_tz::Tz;

use crate::content::markdown::TextMap;
use crate::desired::Schedule;
use crate::diagnostic::Diagnostic;
use crate::model::commentary::Commentary;
use crate::model::config::OnLate;
use crate::model::key::PostKey;
use crate::model::path::{ContentPath, PathError};
use crate::model::urn::AuthorUrn;
use crate::model::visibility::Visibility;

/// A value and the bytes of the file it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Byte range in the file; the whole key or value it came from. For a value that was
    /// not written (a default), the first line of the front matter.
    pub span: Range<usize>,
}

/// A media file a document names, in the front matter or as an image of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaReference {
    /// As written.
    pub written: String,
    /// Where it leads; an error when it leaves the content root or is no path.
    pub path: Result<ContentPath, PathError>,
    /// Where it is written.
    pub span: Range<usize>,
    /// Alt text, when there is one.
    pub alt: Option<String>,
    /// Title, when there is one.
    pub title: Option<String>,
}

/// One document without errors of form. Rules have not been asked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its file.
    pub path: ContentPath,
    /// The whole file, as text with `\n` line ends and without a byte order mark; spans
    /// count in it.
    pub text: String,
    /// Its identity; the span is that of `id`, or of the first line.
    pub key: Located<PostKey>,
    /// Whether the key was written as `id`.
    pub explicit_id: bool,
    /// Who publishes it.
    pub author: Located<AuthorUrn>,
    /// When it goes out.
    pub schedule: Located<Schedule>,
    /// The zone its times are shown in: front matter, author, configuration.
    pub zone: Tz,
    /// Marked `draft: true`.
    pub draft: bool,
    /// Who may see it.
    pub visibility: Located<Visibility>,
    /// Whether readers are kept from resharing it.
    pub disable_reshare: bool,
    /// Overrides the configuration's.
    pub max_lateness: Option<Duration>,
    /// Overrides the configuration's.
    pub on_late: Option<OnLate>,
    /// The team's own words; never sent.
    pub labels: Vec<String>,
    /// Media in display order: front matter first, then the body's images.
    pub media: Vec<MediaReference>,
    /// Its text.
    pub commentary: Commentary,
    /// Where each part of the text was written.
    pub map: TextMap,
    /// Byte range of the body in `text`.
    pub body: Range<usize>,
}

/// What could be read of a file, whether or not it became a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedFile {
    /// The file.
    pub path: ContentPath,
    /// The document, unless errors of form keep the file from being one.
    pub document: Option<Document>,
    /// Its identity: that of the document, else what could be read, else the path key.
    pub key: PostKey,
    /// Its author, where one could be read.
    pub author: Option<AuthorUrn>,
    /// Its schedule, where one could be read.
    pub schedule: Option<Schedule>,
    /// Problems of form.
    pub diagnostics: Vec<Diagnostic>,
}
