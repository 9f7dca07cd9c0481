//! What the documents of an earlier commit said.
//!
//! Owns the answers that tell a renamed file from one that only resembles an old one, and an
//! edit from another reading of the same file. A commit that cannot be read (a shallow
//! clone, no git) answers nothing, and is remembered, so that a run that may fetch can fetch
//! it. Must not fetch.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::content::{document, front_matter};
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::pass::load::read_config;
use crate::plan::{CommitThen, DocumentThen};
use crate::ports::ContentTree;

/// Every document of one commit, by its path.
struct Documents(BTreeMap<ContentPath, DocumentThen>);

impl CommitThen for Documents {
    fn by_key(&self, key: &PostKey) -> Option<DocumentThen> {
        let mut documents = self.0.values();
        documents.find(|document| document.key == *key).cloned()
    }

    fn by_path(&self, path: &ContentPath) -> Option<DocumentThen> {
        self.0.get(path).cloned()
    }
}

/// Opens a commit; `None`: it cannot be read here.
type Open<'a> = dyn Fn(&str) -> Option<Box<dyn ContentTree>> + 'a;

/// Earlier commits of a content root, each read at most once and only when asked for.
pub struct Earlier<'a> {
    open: &'a Open<'a>,
    seen: RefCell<BTreeMap<String, Option<Arc<dyn CommitThen>>>>,
}

impl<'a> Earlier<'a> {
    /// Commits that `open` can open.
    #[must_use]
    pub fn new(open: &'a Open<'a>) -> Self {
        Self {
            open,
            seen: RefCell::default(),
        }
    }

    /// The documents at `commit`; `None`: they cannot be read.
    #[must_use]
    pub fn at(&self, commit: &str) -> Option<Arc<dyn CommitThen>> {
        let mut seen = self.seen.borrow_mut();
        let documents = seen.entry(commit.to_owned()).or_insert_with(|| {
            let documents = (self.open)(commit).and_then(|tree| documents(&*tree))?;
            Some(Arc::new(documents))
        });
        documents.clone()
    }

    /// Commits that were asked for and cannot be read here.
    #[must_use]
    pub fn missing(&self) -> BTreeSet<String> {
        let seen = self.seen.borrow();
        let missing = seen.iter().filter(|(_, documents)| documents.is_none());
        missing.map(|(commit, _)| commit.clone()).collect()
    }
}

fn documents(tree: &dyn ContentTree) -> Option<Documents> {
    let (config, _) = read_config(tree).ok()?;
    let paths = tree.documents(&config.posts).ok()?;
    let read = |path: ContentPath| {
        let bytes = tree
            .read(&path, front_matter::MAX_DOCUMENT as u64 + 1)
            .ok()?;
        let text = front_matter::decode(&bytes, &path).ok()?;
        let file = document::parse(&bytes, &path, &config);
        let parsed = file.document;
        let then = DocumentThen {
            key: file.key,
            explicit_id: parsed.as_ref().is_some_and(|document| document.explicit_id),
            text: parsed.map(|document| document.commentary.to_plain()),
            source: Digest::of(text.as_bytes()),
        };
        Some((path, then))
    };
    Some(Documents(paths.into_par_iter().filter_map(read).collect()))
}
