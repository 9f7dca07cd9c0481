//! What the documents of an earlier commit said.
//!
//! Owns the answer that tells a renamed file from one that only resembles an old one: the
//! text a key had when the old one was sent. A commit that cannot be read (a shallow
//! clone, no git) answers nothing. Must not fetch.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::content::{document, front_matter};
use crate::model::key::PostKey;
use crate::pass::load::read_config;
use crate::ports::ContentTree;

/// The text of every document that could be read, by key.
type Texts = BTreeMap<PostKey, String>;

/// Earlier commits of a content root, each read at most once and only when asked for.
pub struct Earlier<'a> {
    open: &'a dyn Fn(&str) -> Option<Box<dyn ContentTree>>,
    seen: RefCell<BTreeMap<String, Texts>>,
}

impl<'a> Earlier<'a> {
    /// Commits that `open` can open.
    #[must_use]
    pub fn new(open: &'a dyn Fn(&str) -> Option<Box<dyn ContentTree>>) -> Self {
        Self {
            open,
            seen: RefCell::default(),
        }
    }

    /// The text the document `key` had at `commit`; `None`: there was none that could be
    /// read.
    #[must_use]
    pub fn text(&self, commit: &str, key: &PostKey) -> Option<String> {
        let mut seen = self.seen.borrow_mut();
        let texts = seen.entry(commit.to_owned()).or_insert_with(|| {
            (self.open)(commit)
                .and_then(|tree| texts(&*tree))
                .unwrap_or_default()
        });
        texts.get(key).cloned()
    }
}

fn texts(tree: &dyn ContentTree) -> Option<Texts> {
    let (config, _) = read_config(tree).ok()?;
    let documents = tree.documents(&config.posts).ok()?;
    let text = |path| {
        let bytes = tree
            .read(&path, front_matter::MAX_DOCUMENT as u64 + 1)
            .ok()?;
        let file = document::parse(&bytes, &path, &config);
        Some((file.key, file.document?.commentary.to_plain()))
    };
    Some(documents.into_par_iter().filter_map(text).collect())
}
