//! One parsed document: the typed front matter and the commentary of one file.
//!
//! Owns the shape between parsing and rules; every value keeps its place in the file.
//! Must not read media: a reference is a path until [`super::media`] has seen the bytes.

use std::ops::Range;
use std::time::Duration;

use crate::content::markdown::{self, Body, TextMap};
use crate::content::problems::Problems;
use crate::content::values::Values;
use crate::content::yaml::{self, Node, Value};
use crate::content::{attachments, front_matter, naming};
use crate::desired::Schedule;
use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::attached::Attached;
use crate::model::audience::Audience;
use crate::model::commentary::Commentary;
use crate::model::config::{Config, OnLate};
use crate::model::key::PostKey;
use crate::model::path::{ContentPath, PathError};
use crate::model::urn::AuthorUrn;
use crate::model::visibility::Visibility;
use crate::model::zone::Tz;

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
    /// A video's preview image.
    pub thumbnail: Option<Box<MediaReference>>,
    /// A video's captions.
    pub captions: Option<Box<MediaReference>>,
}

impl MediaReference {
    /// It and the files that go up with it.
    pub fn files(&self) -> impl Iterator<Item = &MediaReference> {
        let companions = [self.thumbnail.as_deref(), self.captions.as_deref()];
        std::iter::once(self).chain(companions.into_iter().flatten())
    }
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
    /// The post that this one says again on purpose.
    pub repeats: Option<Located<PostKey>>,
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
    /// A link card, a poll or another post; more than one is refused by a rule.
    pub attached: Vec<Located<Attached<MediaReference>>>,
    /// To whom of its followers a page shows it; `None`: everybody.
    pub audience: Option<Located<Audience>>,
    /// What the author comments below it; plain text.
    pub first_comment: Option<Located<String>>,
    /// Its text.
    pub commentary: Commentary,
    /// Where each part of the text was written.
    pub map: TextMap,
    /// Byte range of the body in `text`.
    pub body: Range<usize>,
}

impl Document {
    /// Every file it names: media in display order, each with what goes up with it, then a
    /// card's image.
    pub fn files(&self) -> impl Iterator<Item = &MediaReference> {
        let cards = self.attached.iter();
        let cards = cards.filter_map(|attached| attached.value.thumbnail());
        self.media
            .iter()
            .chain(cards)
            .flat_map(MediaReference::files)
    }
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

/// Reads one file of the posts folder: every problem of form at once, and a document when
/// there is no error among them. Spans count in the decoded text, [`Document::text`].
#[must_use]
pub fn parse(bytes: &[u8], path: &ContentPath, config: &Config) -> ParsedFile {
    let decoded = front_matter::decode(bytes, path);
    let text = match decoded {
        Ok(text) => text,
        Err(found) => return unreadable(bytes, path, config, vec![found]),
    };
    let source = SourceText::new(path, &text);
    let parts = match front_matter::split(&source) {
        Ok(parts) => parts,
        Err(found) => return unreadable(bytes, path, config, vec![found]),
    };
    let tree = yaml::read(&source, &text, parts.front_matter.clone(), "front matter");
    let body = match front_matter::fitting_body(&source, &parts) {
        Ok(body) => markdown::read_body(&source, body),
        Err(found) => Body {
            diagnostics: vec![found],
            ..Body::default()
        },
    };
    let mut problems = Problems::new(source);
    for found in tree.diagnostics {
        problems.push(found);
    }
    let root = tree.root.filter(|root| !root.is_null());
    let keyless = root.as_ref().filter(|root| !is_mapping(root));
    if let Some(root) = keyless {
        problems.push(not_keys(root, &source));
    }
    if keyless.is_some() || !tree.complete {
        for found in body.diagnostics {
            problems.push(found);
        }
        return unreadable(bytes, path, config, problems.finish());
    }
    let values = Values::read(root.as_ref(), path, config, &mut problems);
    assemble(values, body, parts.body, problems, config)
}

/// Joins front matter and body.
fn assemble(
    mut values: Values,
    body: Body,
    body_span: Range<usize>,
    mut problems: Problems<'_>,
    config: &Config,
) -> ParsedFile {
    let source = *problems.source();
    let path = source.path();
    for found in body.diagnostics {
        problems.push(found);
    }
    for image in body.images {
        let alt = image.alt.as_deref();
        let found = attachments::image(&image.destination, alt, image.span, path, &mut problems);
        values.media.extend(found);
    }
    let key = values.key.as_ref().map(|key| key.value.clone());
    let mut parsed = ParsedFile {
        path: path.clone(),
        document: None,
        key: key.unwrap_or_else(|| fallback_key(source.text().as_bytes(), path, config)),
        author: values.author.as_ref().map(|author| author.value.clone()),
        schedule: values.schedule.as_ref().map(|schedule| schedule.value),
        diagnostics: Vec::new(),
    };
    let identity = values.key.zip(values.author);
    let time = values.schedule.zip(values.zone);
    if let (false, Some((key, author)), Some((schedule, zone))) =
        (problems.any_error(), identity, time)
    {
        parsed.document = Some(Document {
            path: path.clone(),
            text: source.text().to_owned(),
            key,
            explicit_id: values.explicit_id,
            repeats: values.repeats,
            author,
            schedule,
            zone,
            draft: values.draft,
            visibility: values.visibility,
            disable_reshare: values.disable_reshare,
            max_lateness: values.max_lateness,
            on_late: values.on_late,
            labels: values.labels,
            media: values.media,
            attached: values.attached,
            audience: values.audience,
            first_comment: values.first_comment,
            commentary: body.commentary,
            map: body.map,
            body: body_span,
        });
    }
    parsed.diagnostics = problems.finish();
    parsed
}

fn is_mapping(node: &Node) -> bool {
    matches!(node.value, Value::Mapping(_))
}

fn not_keys(root: &Node, source: &SourceText<'_>) -> Diagnostic {
    Diagnostic::error("wrong-type", "the front matter is not a mapping of keys")
        .at(source.label_with(root.span.clone(), "expected `key: value` lines"))
        .help("write one `key: value` a line, such as `scheduled_at: on-merge`")
}

/// What can be said of a file whose front matter cannot be read. Its schedule is not
/// guessed: nothing can go out.
fn unreadable(
    bytes: &[u8],
    path: &ContentPath,
    config: &Config,
    diagnostics: Vec<Diagnostic>,
) -> ParsedFile {
    let author = front_matter::salvage(bytes, "author");
    ParsedFile {
        path: path.clone(),
        document: None,
        key: fallback_key(bytes, path, config),
        author: author.and_then(|author| naming::author(&author, config)),
        schedule: None,
        diagnostics,
    }
}

fn fallback_key(bytes: &[u8], path: &ContentPath, config: &Config) -> PostKey {
    front_matter::salvage(bytes, "id")
        .and_then(|id| PostKey::parse(&id).ok())
        .or_else(|| naming::path_key(path, config).ok())
        .unwrap_or_else(|| naming::stand_in_key(path))
}

#[cfg(test)]
mod tests;
