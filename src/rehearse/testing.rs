//! Content repositories in memory, to be rehearsed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::hazards::Out;
use super::{ANSWERS_AFTER, Every, Setting, Weather};
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::model::zone::Tz;
use crate::pass::load::{Content, read_content};
use crate::ports::ContentTree;
use crate::record::Ledger;
use crate::record::recorded::Recorded;
use crate::report::rehearsal::{Event, FaultKind, Happening, Rehearsal, What};
use crate::report::status::Freshness;
use crate::sandbox::{Linkedin, StoredPost, little};

pub(super) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn author(name: &str) -> AuthorUrn {
    let urn = match name {
        "jane" => "urn:li:person:AbC_12-x",
        _ => "urn:li:organization:42",
    };
    AuthorUrn::parse(urn).unwrap()
}

/// The settings of every repository here; `more` is put below `publish`.
pub(super) fn config(more: &str) -> (String, String) {
    let text = format!(
        "version: 1\ntimezone: Europe/Berlin\nauthors:\n  acme: {{ urn: \"urn:li:organization:42\" }}\n  jane: {{ urn: \"urn:li:person:AbC_12-x\" }}\ndefault_author: acme\npublish: {{ {more} }}\n"
    );
    ("mergecast.yaml".to_owned(), text)
}

/// A post's file: its name, further front matter, and a text nobody else has.
pub(super) fn post(name: &str, front_matter: &str) -> (String, String) {
    let text =
        format!("---\nid: {name}\n{front_matter}\n---\nOf {name}, which nobody else is about.\n");
    (format!("posts/{name}.md"), text)
}

fn read(files: &[(String, String)]) -> (Content, Arc<dyn ContentTree>) {
    let files: BTreeMap<ContentPath, Bytes> = files
        .iter()
        .map(|(name, text)| {
            let path = ContentPath::parse(name).unwrap();
            (path, Bytes::from(text.clone()))
        })
        .collect();
    let tree: Arc<dyn ContentTree> = Arc::new(Files(files));
    (read_content(tree.as_ref()).unwrap(), tree)
}

/// Content with these posts of `acme` at these times.
pub(super) fn content(posts: &[(&str, &str)]) -> Content {
    let mut files = vec![config("")];
    let posts = posts.iter();
    files.extend(posts.map(|(name, time)| post(name, &format!("scheduled_at: \"{time}\""))));
    read(&files).0
}

/// A rehearsal of these files: from 1 September 2026 on, in fair weather, with a watcher.
pub(super) fn setting(files: &[(String, String)]) -> Setting {
    let (content, tree) = read(files);
    Setting {
        content: Arc::new(content),
        tree,
        commits: Arc::new(|_| None),
        recorded: Recorded::new(Ledger::default(), None, None),
        lockfile: None,
        freshness: Freshness::Fetched,
        paused_by_environment: false,
        from: at("2026-09-01T00:00:00Z"),
        to: None,
        every: Every::Watch,
        weather: Weather::new([].into(), 1),
        answers_after: Some(ANSWERS_AFTER),
    }
}

/// All mishaps, drawn with `seed`.
pub(super) fn bad_weather(seed: u64) -> Weather {
    Weather::new(FaultKind::ALL.into(), seed)
}

/// What happens to posts, as `time what key`.
pub(super) fn told(rehearsal: &Rehearsal) -> Vec<String> {
    happenings(rehearsal)
        .map(|(at, happening)| {
            let (what, key) = (happening.what.as_str(), &happening.subject.key);
            format!("{} {what} {key}", at.format("%m-%d %H:%M"))
        })
        .collect()
}

/// What happens to posts.
pub(super) fn happenings(rehearsal: &Rehearsal) -> impl Iterator<Item = (Instant, &Happening)> {
    rehearsal
        .timeline
        .iter()
        .filter_map(|moment| match &moment.event {
            Event::Post(happening) => Some((moment.at, happening.as_ref())),
            Event::Refusal { .. } | Event::Fault { .. } => None,
        })
}

/// The keys of what stands open in this way.
pub(super) fn open(rehearsal: &Rehearsal, what: What) -> Vec<&str> {
    let open = rehearsal.open.iter().filter(|open| open.what == what);
    open.map(|open| open.subject.key.as_str()).collect()
}

pub(super) fn out_as(key: &str, name: &str, time: &str) -> Out {
    Out {
        key: PostKey::parse(key).unwrap(),
        author: author(name),
        zone: Tz::Europe__Berlin,
        at: at(time),
    }
}

/// A LinkedIn with these texts, each a post of `acme`.
pub(super) fn published_posts(texts: &[&str]) -> Linkedin {
    let authors = [(author("acme"), "acme".to_owned())];
    let mut linkedin = Linkedin::for_authors(authors.into_iter());
    for (number, text) in texts.iter().enumerate() {
        let time = at("2026-09-01T00:00:00Z");
        linkedin.put_post(StoredPost {
            urn: PostUrn::parse(&format!("urn:li:share:{}", 7_000 + number)).unwrap(),
            author: author("acme"),
            raw: (*text).to_owned(),
            rendered: little::render(text),
            content: None,
            parent: None,
            visibility: "PUBLIC".to_owned(),
            distribution: "MAIN_FEED".to_owned(),
            reshare_disabled: false,
            draft: false,
            created_at: time,
            modified_at: time,
            deleted_at: None,
            edits: 0,
        });
    }
    linkedin
}

/// Files in memory.
struct Files(BTreeMap<ContentPath, Bytes>);

impl ContentTree for Files {
    fn revision(&self) -> Option<String> {
        None
    }

    fn documents(
        &self,
        folder: &ContentPath,
    ) -> Result<Vec<ContentPath>, crate::model::path::ReadError> {
        let below = format!("{folder}/");
        let inside = |path: &&ContentPath| path.as_str().starts_with(&below);
        Ok(self.0.keys().filter(inside).cloned().collect())
    }

    fn read(
        &self,
        path: &ContentPath,
        _limit: u64,
    ) -> Result<Vec<u8>, crate::model::path::ReadError> {
        let bytes = self.0.get(path).map(|bytes| bytes.to_vec());
        bytes.ok_or(crate::model::path::ReadError::NotFound)
    }

    fn open(
        &self,
        path: &ContentPath,
        limit: u64,
    ) -> Result<Arc<dyn crate::file_bytes::FileBytes>, crate::model::path::ReadError> {
        Ok(Arc::new(Bytes::from(self.read(path, limit)?)))
    }

    fn at_commit(&self, _commit: &str) -> Option<Box<dyn ContentTree>> {
        None
    }
}
