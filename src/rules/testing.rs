//! Documents for the tests of rules, built without the parser so that a rule is tested
//! alone.

use crate::content::document::{Document, Located, MediaReference, ParsedFile};
use crate::content::markdown::TextMap;
use crate::desired::Schedule;
use crate::diagnostic::Diagnostic;
use crate::model::Instant;
use crate::model::attached::{Attached, Poll, PollDuration};
use crate::model::commentary::{Commentary, Segment};
use crate::model::config::{Author, Config, CredentialNames, PublishPolicy, StateLocation};
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::media::{MediaFacts, MediaFormat};
use crate::model::path::{ContentPath, ReadError};
use crate::model::urn::AuthorUrn;
use crate::model::visibility::Visibility;

use super::{Collection, Context, MediaSeen, check_collection, check_document};

pub(crate) const PAGE: &str = "urn:li:organization:2414183";
pub(crate) const PERSON: &str = "urn:li:person:AbC_12-x";

pub(crate) fn path(text: &str) -> ContentPath {
    ContentPath::parse(text).unwrap()
}

pub(crate) fn time(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(crate) fn config() -> Config {
    let author = |urn| Author {
        urn: AuthorUrn::parse(urn).unwrap(),
        timezone: None,
        credentials: CredentialNames::default(),
        requests_per_day: None,
    };
    Config {
        posts: path("posts"),
        timezone: crate::model::zone::Tz::Europe__Berlin,
        branch: None,
        authors: [("acme", author(PAGE)), ("jane", author(PERSON))]
            .map(|(alias, author)| (alias.to_owned(), author))
            .into(),
        default_author: Some("acme".to_owned()),
        api_version: Config::DEFAULT_API_VERSION.to_owned(),
        publish: PublishPolicy::default(),
        state: StateLocation::default(),
        state_since: None,
        notify: Vec::new(),
    }
}

/// `#word` is a live hashtag; everything else is text.
fn commentary(text: &str) -> Commentary {
    let mut segments = Vec::new();
    for (at, part) in text.split('#').enumerate() {
        let end = part
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(part.len());
        if at > 0 && end > 0 {
            segments.push(Segment::Hashtag(part[..end].to_owned()));
            segments.push(Segment::Text(part[end..].to_owned()));
        } else {
            let sign = if at > 0 { "#" } else { "" };
            segments.push(Segment::Text(format!("{sign}{part}")));
        }
    }
    Commentary::from_segments(segments)
}

/// A document whose front matter is `author: acme` and whose body is `body`.
pub(crate) fn document(file: &str, body: &str) -> Document {
    const FRONT: &str = "---\nauthor: acme\n---\n";
    let file = path(file);
    Document {
        key: Located {
            value: PostKey::parse(file.as_str().trim_end_matches(".md")).unwrap(),
            span: 4..16,
        },
        path: file,
        text: format!("{FRONT}{body}\n"),
        explicit_id: false,
        repeats: None,
        author: Located {
            value: AuthorUrn::parse(PAGE).unwrap(),
            span: 4..16,
        },
        schedule: Located {
            value: Schedule::OnMerge,
            span: 4..16,
        },
        zone: crate::model::zone::Tz::Europe__Berlin,
        draft: false,
        visibility: Located {
            value: Visibility::Public,
            span: 4..16,
        },
        disable_reshare: false,
        max_lateness: None,
        on_late: None,
        labels: Vec::new(),
        media: Vec::new(),
        attached: Vec::new(),
        audience: None,
        first_comment: None,
        commentary: commentary(body),
        map: TextMap(vec![(0, u32::try_from(FRONT.len()).unwrap())]),
        body: FRONT.len()..FRONT.len() + body.len() + 1,
    }
}

/// The file a document came from, without problems of form.
pub(crate) fn parsed(document: Document) -> ParsedFile {
    ParsedFile {
        path: document.path.clone(),
        key: document.key.value.clone(),
        author: Some(document.author.value.clone()),
        schedule: Some(document.schedule.value),
        diagnostics: Vec::new(),
        document: Some(document),
    }
}

/// A file that did not become a document.
pub(crate) fn broken(file: &str, key: &str) -> ParsedFile {
    ParsedFile {
        path: path(file),
        document: None,
        key: PostKey::parse(key).unwrap(),
        author: None,
        schedule: None,
        diagnostics: vec![Diagnostic::error("yaml-syntax", "expected `:`")],
    }
}

/// Names `written` in `document`, with alt text; the reference stands in the front matter.
pub(crate) fn with_media(mut document: Document, written: &str) -> Document {
    document.media.push(MediaReference {
        written: written.to_owned(),
        path: document.path.join_sibling(written),
        span: 4..16,
        alt: Some("a chart".to_owned()),
        title: None,
        thumbnail: None,
        captions: None,
    });
    document
}

/// A poll with these answers.
pub(crate) fn poll(options: &[&str]) -> Attached<MediaReference> {
    Attached::Poll(Poll {
        question: "Which?".to_owned(),
        options: options.iter().map(|text| (*text).to_owned()).collect(),
        duration: PollDuration::default(),
    })
}

/// Facts of an unremarkable file of a format.
pub(crate) fn facts(format: MediaFormat) -> MediaFacts {
    MediaFacts {
        format: Some(format),
        bytes: 100_000,
        dimensions: Some((1200, 627)),
        frames: (format == MediaFormat::Gif).then_some(1),
        millis: (format == MediaFormat::Mp4).then_some(5_000),
        digest: Digest::of(b"a file"),
    }
}

pub(crate) fn seen(file: &str, found: Result<MediaFacts, ReadError>) -> MediaSeen {
    [(path(file), found)].into()
}

/// What the rule `id` says about `document`.
pub(crate) fn check(id: &str, document: &Document, media: &MediaSeen) -> Vec<Diagnostic> {
    let config = config();
    let mut found = check_document(&Context::new(document, media, &config));
    found.retain(|diagnostic| diagnostic.code == id);
    found
}

/// What the rule `id` says about a document with only a text.
pub(crate) fn check_text(id: &str, body: &str) -> Vec<Diagnostic> {
    check(id, &document("posts/a.md", body), &MediaSeen::new())
}

/// What the rule `id` says about a document that names one media file.
pub(crate) fn check_media(id: &str, found: Result<MediaFacts, ReadError>) -> Vec<Diagnostic> {
    let document = with_media(document("posts/a.md", "Words"), "a.png");
    check(id, &document, &seen("posts/a.png", found))
}

/// What the rule `id` says about these files together.
pub(crate) fn check_all(id: &str, files: &[ParsedFile]) -> Vec<Diagnostic> {
    let config = config();
    let mut found = check_collection(&Collection {
        files,
        config: &config,
    });
    found.retain(|diagnostic| diagnostic.code == id);
    found
}
