//! From a content tree to desired state.
//!
//! Owns reading every document and every media file once, in parallel, with bounded
//! memory: a media file's bytes are dropped as soon as its facts are known. Must not
//! decide anything about them.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::content::document::{self, ParsedFile};
use crate::content::{config, front_matter, media, naming, unread};
use crate::desired::assemble::{assemble, media_paths};
use crate::desired::{BlockedDocument, DesiredPost, DesiredState, Outside};
use crate::diagnostic::{self, Diagnostic, Label};
use crate::file_bytes::{Reader, read_range};
use crate::model::config::Config;
use crate::model::digest::Digest;
pub use crate::model::listing::CONFIG_FILE;
use crate::model::listing::{Unread, UnreadFile};
use crate::model::media::MediaFacts;
use crate::model::path::{ContentPath, ReadError};
use crate::ports::ContentTree;

/// The largest media file that is looked at, in bytes: LinkedIn's limit for video.
pub const MAX_MEDIA_BYTES: u64 = 500 * 1024 * 1024;

/// Content as read: settings and what they lead to.
#[derive(Clone, Debug)]
pub struct Content {
    /// The settings.
    pub config: Config,
    /// What the documents say.
    pub desired: DesiredState,
}

/// The path of the configuration file.
///
/// # Panics
/// Never: the name is a valid path.
#[must_use]
#[expect(clippy::expect_used, reason = "a constant")]
pub fn config_path() -> ContentPath {
    ContentPath::parse(CONFIG_FILE).expect("a file name")
}

/// Reads the configuration.
///
/// # Errors
/// Every problem that keeps it from being used; `Ok` may come with warnings.
pub fn read_config(tree: &dyn ContentTree) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
    let path = config_path();
    let bytes = tree
        .read(&path, config::MAX_BYTES as u64)
        .map_err(|error| vec![config_problem(&path, &error)])?;
    match config::parse(&bytes, &path) {
        (Some(config), diagnostics) if !diagnostics.iter().any(Diagnostic::is_error) => {
            Ok((config, diagnostics))
        }
        (_, diagnostics) => Err(diagnostics),
    }
}

fn config_problem(path: &ContentPath, error: &ReadError) -> Diagnostic {
    let (code, help) = match error {
        ReadError::TooLarge { size, .. } => return config::too_large(*size, path),
        ReadError::NotFound => ("config-missing", "run `mergecast init` to make one"),
        other => ("config-unreadable", how_to_read(other)),
    };
    Diagnostic::error(code, format!("`{CONFIG_FILE}` cannot be read: {error}"))
        .at(Label::file(path))
        .help(help)
}

/// The next step for a file of ours that cannot be read.
fn how_to_read(error: &ReadError) -> &'static str {
    match error {
        ReadError::Symlink => "replace the link by the file itself and commit it",
        ReadError::LfsPointer => "keep text files out of Git LFS",
        ReadError::NotFound
        | ReadError::NotAFile
        | ReadError::Submodule
        | ReadError::TooLarge { .. } => "make it a regular file",
        ReadError::Io(_) => "correct its name or its permissions",
    }
}

/// Reads configuration and documents.
///
/// # Errors
/// The problems of a configuration that cannot be used: then no document is read.
pub fn read_content(tree: &dyn ContentTree) -> Result<Content, Vec<Diagnostic>> {
    let (mut config, warnings) = read_config(tree)?;
    config.publish.paused &= tree.heeds_pause();
    let mut desired = read_desired(tree, &config)?;
    look_outside(tree, &mut desired);
    desired.diagnostics.extend(warnings);
    diagnostic::sort(&mut desired.diagnostics);
    Ok(Content { config, desired })
}

/// Reads what may be a document of this content root that is gone from it.
pub fn look_outside(tree: &dyn ContentTree, desired: &mut DesiredState) {
    desired.may_lack_files = tree.may_lack_files();
    let read = |(path, bytes): (String, Vec<u8>)| Outside {
        path,
        source: Digest::of(&bytes),
        body: front_matter::body_of(&bytes),
    };
    let documents = tree.outside();
    desired.outside = documents.map(|documents| documents.into_iter().map(read).collect());
}

/// The media files that the documents of `tree` name. None of them is read.
#[must_use]
pub fn media_of(tree: &dyn ContentTree, config: &Config) -> BTreeSet<ContentPath> {
    let documents = tree.documents(&config.posts).unwrap_or_default();
    let read = |path: ContentPath| {
        let bytes = tree
            .read(&path, front_matter::MAX_DOCUMENT as u64 + 1)
            .ok()?;
        Some(document::parse(&bytes, &path, config))
    };
    let files: Vec<ParsedFile> = documents.into_par_iter().filter_map(read).collect();
    media_paths(&files)
}

/// The post of one document, where it is one without errors.
#[must_use]
pub fn read_document(
    tree: &dyn ContentTree,
    path: &ContentPath,
    config: &Config,
) -> Option<DesiredPost> {
    let bytes = tree
        .read(path, front_matter::MAX_DOCUMENT as u64 + 1)
        .ok()?;
    let file = [document::parse(&bytes, path, config)];
    let media = media_paths(&file).into_iter();
    let facts = media.map(|path| look_at(tree, path)).collect();
    let state = assemble(config, file.into(), &facts, tree.revision());
    state.posts.into_iter().next()
}

fn read_desired(tree: &dyn ContentTree, config: &Config) -> Result<DesiredState, Vec<Diagnostic>> {
    let listing = tree.listing(&config.posts);
    let listing = listing.map_err(|error| vec![posts_problem(tree, config, &error)])?;
    let nested = |file: &&UnreadFile| file.why == Unread::NestedRoot;
    let nested: Vec<Diagnostic> = (listing.unread.iter().filter(nested))
        .filter_map(unread::problem)
        .collect();
    if !nested.is_empty() {
        return Err(nested);
    }
    if let Some(problem) = tree.above().iter().find_map(inside_posts) {
        return Err(vec![problem]);
    }
    let documents = listing.documents;
    let read = |path: ContentPath| match tree.read(&path, front_matter::MAX_DOCUMENT as u64 + 1) {
        Ok(bytes) => Ok(document::parse(&bytes, &path, config)),
        Err(error) => Err((path, error)),
    };
    let (files, unreadable) = split(documents.into_par_iter().map(read).collect());
    let paths: Vec<ContentPath> = media_paths(&files).into_iter().collect();
    let facts: BTreeMap<ContentPath, Result<MediaFacts, ReadError>> = paths
        .into_par_iter()
        .map(|path| look_at(tree, path))
        .collect();
    let mut desired = assemble(config, files, &facts, tree.revision());
    for (path, error) in unreadable {
        add_unreadable(&mut desired, config, path, &error);
    }
    add_unread(&mut desired, config, &listing.unread);
    desired.blocked.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(desired)
}

/// Whether the content root lies inside the posts of one above, which would publish the same
/// files.
fn inside_posts((root, above): &(String, Vec<u8>)) -> Option<Diagnostic> {
    let (config, _) = config::parse(above, &config_path());
    let posts = config?.posts;
    let below = root.strip_prefix(posts.as_str())?;
    if !below.is_empty() && !below.starts_with('/') {
        return None;
    }
    let message = format!("this content root lies inside `{posts}`, the posts of another one");
    let problem = Diagnostic::error("nested-root", message);
    Some(
        problem
            .note("its posts would be published by both; nothing was published")
            .help("move this folder out of the folder of posts, or remove its `mergecast.yaml`"),
    )
}

type Unreadable = Vec<(ContentPath, ReadError)>;

fn split(read: Vec<Result<ParsedFile, (ContentPath, ReadError)>>) -> (Vec<ParsedFile>, Unreadable) {
    let mut files = Vec::new();
    let mut unreadable = Vec::new();
    for result in read {
        match result {
            Ok(file) => files.push(file),
            Err(problem) => unreadable.push(problem),
        }
    }
    (files, unreadable)
}

/// The folder of posts is not there, or is none that can be read.
fn posts_problem(tree: &dyn ContentTree, config: &Config, error: &ReadError) -> Diagnostic {
    if *error == ReadError::NotFound {
        let above = config.posts.as_str().rsplit_once('/');
        let above = above.and_then(|(above, _)| ContentPath::parse(above).ok());
        let folders = tree.folders(above.as_ref());
        return unread::posts_missing(&config.posts, &folders, &config_path());
    }
    let (code, help) = match error {
        ReadError::Submodule => (
            "posts-submodule",
            "put the posts themselves into this repository, or run mergecast in the other one",
        ),
        ReadError::Io(_) => ("posts-unreadable", "correct the permissions of the folder"),
        ReadError::NotFound
        | ReadError::Symlink
        | ReadError::NotAFile
        | ReadError::TooLarge { .. }
        | ReadError::LfsPointer => (
            "posts-unreadable",
            "set `posts` in `mergecast.yaml` to a folder of the repository",
        ),
    };
    let message = format!("the folder `{}` cannot be read: {error}", config.posts);
    let problem = Diagnostic::error(code, message);
    problem.at(Label::file(&config_path())).help(help)
}

/// Files that look like posts and were not read: those with an error are told as posts.
fn add_unread(desired: &mut DesiredState, config: &Config, files: &[UnreadFile]) {
    let warnings = unread::warnings(files, &config.posts);
    desired.diagnostics.extend(warnings);
    for file in files {
        let path = unread::stand_in(file);
        let Some(problem) = unread::problem(file) else {
            desired.unread.push(path);
            continue;
        };
        desired.blocked.push(BlockedDocument {
            key: naming::stand_in_key(&path),
            path,
            author: None,
            schedule: None,
            problem: (problem.code, problem.message.clone()),
        });
        desired.diagnostics.push(problem);
    }
    desired.blocked.sort_by(|a, b| a.path.cmp(&b.path));
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn io(error: std::io::Error) -> ReadError {
    ReadError::Io(error.to_string())
}

fn look_at(
    tree: &dyn ContentTree,
    path: ContentPath,
) -> (ContentPath, Result<MediaFacts, ReadError>) {
    let facts = tree.open(&path, MAX_MEDIA_BYTES).and_then(|file| {
        let facts = media::probe(&mut Reader::new(file.as_ref())).map_err(io)?;
        if facts.format.is_none() && facts.bytes < 1024 {
            let bytes = read_range(file.as_ref(), 0..facts.bytes).map_err(io)?;
            if media::lfs_pointer(&bytes).is_some() {
                return Err(ReadError::LfsPointer);
            }
        }
        Ok(facts)
    });
    (path, facts)
}

fn add_unreadable(
    desired: &mut DesiredState,
    config: &Config,
    path: ContentPath,
    error: &ReadError,
) {
    let problem = match error {
        ReadError::TooLarge { size, .. } => front_matter::document_too_large(*size, &path),
        other => {
            let message = format!("`{path}` cannot be read: {other}");
            let problem = Diagnostic::error("document-unreadable", message);
            problem.at(Label::file(&path)).help(how_to_read(other))
        }
    };
    let (code, message) = (problem.code, problem.message.clone());
    desired.diagnostics.push(problem);
    if let Ok(key) = naming::path_key(&path, config) {
        desired.blocked.push(BlockedDocument {
            key,
            path,
            author: None,
            schedule: None,
            problem: (code, message),
        });
    }
}
