//! From documents and what was seen of their media to desired state.
//!
//! Owns asking every rule and sorting documents into posts and blocked documents. Must
//! not read files.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{BlockedDocument, DesiredPost, DesiredState};
use crate::content::document::{Document, ParsedFile};
use crate::diagnostic::{self, Diagnostic};
use crate::model::config::Config;
use crate::model::digest::Digest;
use crate::model::media::{DesiredMedia, MediaFacts};
use crate::model::path::{ContentPath, ReadError};
use crate::rules::{Collection, Context, check_collection, check_document, is_private};

/// What was seen of each media file.
pub type MediaSeen = BTreeMap<ContentPath, Result<MediaFacts, ReadError>>;

/// Every media file the documents name and may read.
#[must_use]
pub fn media_paths(files: &[ParsedFile]) -> BTreeSet<ContentPath> {
    let documents = files.iter().filter_map(|file| file.document.as_ref());
    documents
        .flat_map(|document| &document.media)
        .filter_map(|reference| reference.path.clone().ok())
        .filter(|path| !is_private(path))
        .collect()
}

/// Asks every rule about every document. The result does not depend on the order of
/// `files`.
#[must_use]
pub fn assemble(
    config: &Config,
    mut files: Vec<ParsedFile>,
    media: &MediaSeen,
    content_commit: Option<String>,
) -> DesiredState {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let across = check_collection(&Collection {
        files: &files,
        config,
    });
    let stopped: BTreeSet<ContentPath> = across
        .iter()
        .filter(|problem| problem.is_error())
        .flat_map(|problem| problem.labels.iter().map(|label| label.path.clone()))
        .collect();
    let judged: Vec<(ParsedFile, Vec<Diagnostic>)> = files
        .into_par_iter()
        .map(|mut file| {
            let mut problems = std::mem::take(&mut file.diagnostics);
            if let Some(document) = &file.document {
                problems.extend(check_document(&Context::new(document, media, config)));
            }
            diagnostic::sort(&mut problems);
            (file, problems)
        })
        .collect();
    let mut desired = DesiredState {
        content_commit,
        ..DesiredState::default()
    };
    for (file, problems) in judged {
        let across = across.iter().filter(|problem| {
            stopped.contains(&file.path)
                && problem.labels.iter().any(|label| label.path == file.path)
        });
        let first = problems
            .iter()
            .chain(across)
            .find(|problem| problem.is_error());
        let problem = first.map(|problem| (problem.code, problem.message.clone()));
        desired.diagnostics.extend(problems);
        match (problem, file.document) {
            (None, Some(document)) => desired.posts.push(post(document, media)),
            (problem, document) => desired.blocked.push(BlockedDocument {
                key: file.key,
                path: file.path,
                author: document
                    .map(|document| document.author.value)
                    .or(file.author),
                schedule: file.schedule,
                problem: problem
                    .unwrap_or(("unreadable", "the document cannot be read".to_owned())),
            }),
        }
    }
    desired.diagnostics.extend(across);
    diagnostic::sort(&mut desired.diagnostics);
    desired.posts.sort_by(|a, b| a.key.cmp(&b.key));
    desired
}

fn post(document: Document, seen: &MediaSeen) -> DesiredPost {
    let media = document.media.into_iter().filter_map(|reference| {
        let path = reference.path.ok()?;
        let facts = seen.get(&path)?.as_ref().ok()?.clone();
        Some(DesiredMedia {
            path,
            alt: reference.alt,
            title: reference.title,
            facts,
        })
    });
    let mut post = DesiredPost {
        key: document.key.value,
        explicit_id: document.explicit_id,
        path: document.path,
        author: document.author.value,
        zone: document.zone,
        commentary: document.commentary,
        media: media.collect(),
        visibility: document.visibility.value,
        disable_reshare: document.disable_reshare,
        schedule: document.schedule.value,
        draft: document.draft,
        max_lateness: document.max_lateness,
        on_late: document.on_late,
        labels: document.labels,
        digest: Digest::of(b""),
    };
    post.digest = post.content().digest();
    post
}
