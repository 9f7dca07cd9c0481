//! Posts that are only in the work tree.
//!
//! Owns finding and naming them: `apply` publishes the published branch, and a file that
//! is not on it is no reason to wonder in silence. Must not read what they say.

use std::collections::BTreeSet;

use crate::cli::settings::Settings;
use crate::cli::world::local_config;
use crate::diagnostic::{Diagnostic, Label};
use crate::model::path::ContentPath;
use crate::ports::ContentSource as _;
use crate::system::WorkTree;

/// A warning for every document of the work tree that is not among `published`. Nothing
/// where the work tree cannot be read: `check` says why.
pub(super) async fn unmerged(
    settings: &Settings,
    published: &BTreeSet<&ContentPath>,
) -> Vec<Diagnostic> {
    let (Ok(config), Ok(tree)) = (
        local_config(&settings.root).await,
        WorkTree::new(&settings.root).load().await,
    ) else {
        return Vec::new();
    };
    let documents = tree.documents(&config.posts).unwrap_or_default();
    let only_here = documents.iter().filter(|path| !published.contains(path));
    only_here.map(warning).collect()
}

fn warning(path: &ContentPath) -> Diagnostic {
    let problem = format!("`{path}` is not on the published branch, and is not sent");
    Diagnostic::warning("only-in-work-tree", problem)
        .at(Label::file(path))
        .help("commit and merge it; or run `git pull` if it was removed there")
}
