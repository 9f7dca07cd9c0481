//! From parsed files and seen media to the desired state.
//!
//! Owns which documents become posts: those without an error, of form or of a rule. Must
//! not make up rules of its own.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::content::document::{Document, MediaReference, ParsedFile};
use crate::content::naming::path_key;
use crate::desired::{BlockedDocument, DesiredPost, DesiredState};
use crate::diagnostic::{self, Diagnostic};
use crate::model::config::Config;
use crate::model::digest::Digest;
use crate::model::media::{DesiredFile, DesiredMedia, MediaFacts};
use crate::model::path::{ContentPath, ReadError};
use crate::rules::{
    Collection, Context, MediaSeen, check_collection, check_document, is_private, judged,
};

/// Every media file that documents name and that may be read, to be read and probed
/// before [`assemble`].
#[must_use]
pub fn media_paths(files: &[ParsedFile]) -> BTreeSet<ContentPath> {
    files
        .iter()
        .filter_map(|file| file.document.as_ref())
        .flat_map(judged)
        .filter_map(|media| media.path.as_ref().ok())
        .filter(|path| !is_private(path))
        .cloned()
        .collect()
}

/// Asks every rule about every file and makes posts of the documents without errors.
///
/// `media` holds what was seen of each of [`media_paths`]; a file that is not in it counts
/// as unreadable. `content_commit` is the commit the files are from; `None`: a work tree.
/// The order of `files` does not matter.
#[must_use]
pub fn assemble(
    config: &Config,
    mut files: Vec<ParsedFile>,
    media: &BTreeMap<ContentPath, Result<MediaFacts, ReadError>>,
    content_commit: Option<String>,
) -> DesiredState {
    files.par_sort_by(|a, b| a.path.cmp(&b.path));
    let across = check_collection(&Collection {
        files: &files,
        config,
    });
    let mut blocking: BTreeMap<&ContentPath, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in across.iter().filter(|diagnostic| diagnostic.is_error()) {
        for label in &diagnostic.labels {
            blocking.entry(&label.path).or_default().push(diagnostic);
        }
    }
    let judged: Vec<(Verdict, Vec<Diagnostic>)> = files
        .into_par_iter()
        .map(|file| {
            let others = blocking.get(&file.path).map_or(&[][..], Vec::as_slice);
            judge(config, file, media, others)
        })
        .collect();
    let mut state = DesiredState {
        content_commit,
        ..DesiredState::default()
    };
    for (verdict, found) in judged {
        state.diagnostics.extend(found);
        match verdict {
            Verdict::Post(post) => state.posts.push(*post),
            Verdict::Blocked(document) => state.blocked.push(document),
        }
    }
    state.diagnostics.extend(across);
    diagnostic::sort(&mut state.diagnostics);
    state.posts.sort_by(|a, b| a.key.cmp(&b.key));
    state
}

enum Verdict {
    Post(Box<DesiredPost>),
    Blocked(BlockedDocument),
}

/// One file, with its own problems and the errors that it shares with `others`.
fn judge(
    config: &Config,
    file: ParsedFile,
    media: &MediaSeen,
    others: &[&Diagnostic],
) -> (Verdict, Vec<Diagnostic>) {
    let mut found = file.diagnostics;
    if let Some(document) = &file.document {
        found.extend(check_document(&Context::new(document, media, config)));
    }
    diagnostic::sort(&mut found);
    let errors = found.iter().filter(|diagnostic| diagnostic.is_error());
    let first = errors.chain(others.iter().copied()).next();
    let problem = match (first, file.document) {
        (None, Some(document)) => match post(document, media, config) {
            Some(post) => return (Verdict::Post(Box::new(post)), found),
            // The rules about media let nothing through that is not there.
            None => ("media-unreadable", "a media file was not read".to_owned()),
        },
        (Some(error), _) => (error.code, error.message.clone()),
        (None, None) => (
            "unreadable",
            "the file could not be read as a document".to_owned(),
        ),
    };
    let blocked = BlockedDocument {
        key: file.key,
        path: file.path,
        author: file.author,
        schedule: file.schedule,
        problem,
    };
    (Verdict::Blocked(blocked), found)
}

/// `None` when a media file of the document was not read.
fn post(document: Document, media: &MediaSeen, config: &Config) -> Option<DesiredPost> {
    let see = |reference| see(reference, media);
    let seen: Result<Vec<DesiredMedia>, Unread> = document.media.into_iter().map(see).collect();
    // The rules let no document through that has two.
    let attached = document.attached.into_iter().next();
    let attached = attached
        .map(|attached| attached.value.try_map(see))
        .transpose();
    let mut post = DesiredPost {
        key: document.key.value,
        explicit_id: document.explicit_id,
        path_key: path_key(&document.path, config).ok(),
        repeats: document.repeats.map(|repeats| repeats.value),
        source: Digest::of(document.text.as_bytes()),
        path: document.path,
        author: document.author.value,
        zone: document.zone,
        commentary: document.commentary,
        media: seen.ok()?,
        visibility: document.visibility.value,
        disable_reshare: document.disable_reshare,
        attached: attached.ok()?,
        audience: document
            .audience
            .map(|audience| audience.value)
            .unwrap_or_default(),
        first_comment: document.first_comment.map(|comment| comment.value),
        schedule: document.schedule.value,
        draft: document.draft,
        max_lateness: document.max_lateness,
        on_late: document.on_late,
        labels: document.labels,
        digest: Digest::of(&[]),
    };
    post.digest = post.content().digest();
    Some(post)
}

/// A media file that nobody could read.
struct Unread;

fn see(reference: MediaReference, media: &MediaSeen) -> Result<DesiredMedia, Unread> {
    let look = |reference: MediaReference| {
        let path = reference.path.map_err(|_| Unread)?;
        let facts = media.get(&path).and_then(|facts| facts.as_ref().ok());
        let facts = facts.ok_or(Unread)?.clone();
        Ok(DesiredFile { path, facts })
    };
    let beside = |file: Option<Box<MediaReference>>| file.map(|file| look(*file)).transpose();
    let thumbnail = beside(reference.thumbnail.clone())?;
    let captions = beside(reference.captions.clone())?;
    let (alt, title) = (reference.alt.clone(), reference.title.clone());
    let file = look(reference)?;
    Ok(DesiredMedia {
        path: file.path,
        alt: alt.filter(|alt| !alt.trim().is_empty()),
        title,
        facts: file.facts,
        thumbnail,
        captions,
    })
}

#[cfg(test)]
mod tests;
