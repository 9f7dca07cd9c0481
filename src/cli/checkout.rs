//! How the files of this checkout differ from what git has and from what is published.
//!
//! Owns the warnings about them: people look at files, and what goes out are commits.
//! Must not decide anything.

use crate::cli::settings::Settings;
use crate::content::front_matter::MAX_DOCUMENT;
use crate::content::unread;
use crate::diagnostic::{Diagnostic, Label};
use crate::git::{IndexKind, Repository, content_at};
use crate::model::config::Config;
use crate::model::listing::{Unread, UnreadFile};
use crate::model::path::{ContentPath, ReadError};
use crate::pass::load::{config_path, media_of};
use crate::ports::{ContentSource as _, ContentTree};
use crate::system::WorkTree;

/// Files larger than this are no documents, and are not compared.
const LIMIT: u64 = MAX_DOCUMENT as u64 + 1;

/// So many files are asked about by their names; of more, all of the content root.
const MOST_PATHS: usize = 200;

/// Posts that this checkout lacks though its commit has them, and submodules among the
/// posts, fetched or not: errors, since a look at the files would not show them.
pub(super) async fn lacking(repository: &Repository, config: &Config) -> Vec<Diagnostic> {
    let Ok(odd) = repository.index_oddities(config.posts.as_str()).await else {
        return Vec::new();
    };
    let (mut posts, mut found) = (Vec::new(), Vec::new());
    for (path, kind) in odd {
        match kind {
            IndexKind::LeftOut if path.ends_with(".md") => posts.push(path),
            IndexKind::LeftOut => {}
            IndexKind::Submodule => found.extend(unread::problem(&UnreadFile {
                why: Unread::Submodule,
                path,
            })),
        }
    }
    if let Some(first) = posts.first() {
        let message = match posts.len() {
            1 => format!("`{first}` is not checked out here"),
            count => format!("{count} posts are not checked out here, `{first}` among them"),
        };
        let problem = Diagnostic::error("not-checked-out", message)
            .at(Label::file(&config_path()))
            .note("this is a sparse checkout; what is published is read from the commit");
        let help = "to look at all files, run\n  git sparse-checkout disable";
        found.push(problem.help(help));
    }
    found
}

/// Warnings about files that are not what git has, and edits that are not published.
/// Nothing where git cannot be asked: the command itself says so.
pub(super) async fn differences(settings: &Settings, repository: &Repository) -> Vec<Diagnostic> {
    let Ok(files) = WorkTree::new(&settings.root).load().await else {
        return Vec::new();
    };
    let Ok((config, _)) = crate::pass::load::read_config(files.as_ref()) else {
        return Vec::new();
    };
    let Some(head) = repository.head() else {
        return Vec::new();
    };
    let (Some(commit), Ok(documents)) = (
        content_at(repository, &head.commit),
        files.documents(&config.posts),
    ) else {
        return Vec::new();
    };
    let config_file = config_path();
    let paths = [config.posts.as_str(), config_file.as_str()];
    let Ok(changed) = repository.changed_files(&paths).await else {
        return Vec::new();
    };
    let media = changed_media(repository, files.as_ref(), &config).await;
    let published = Published::find(repository, &config, &head.commit).await;
    let not_committed = |path| edited(path, "was changed here and is not committed", "commit");
    let mut found: Vec<Diagnostic> = media.iter().map(not_committed).collect();
    for path in documents.iter().chain([&config_file]) {
        let (here, there) = (read(files.as_ref(), path), read(commit.as_ref(), path));
        if there == Err(ReadError::NotFound) {
            continue;
        }
        if changed.iter().any(|changed| changed == path.as_str()) {
            found.push(not_committed(path));
        } else if here != there {
            found.push(differs(path));
        } else if published
            .as_ref()
            .is_some_and(|known| known.lacks(path, &there))
        {
            found.push(edited(
                path,
                "was changed in a commit that is not published",
                "push",
            ));
        }
    }
    found
}

/// Media files of posts that git calls changed. Their bytes are not compared: with Git LFS
/// the commit holds a pointer.
pub(super) async fn changed_media(
    repository: &Repository,
    files: &dyn ContentTree,
    config: &Config,
) -> Vec<ContentPath> {
    let media = media_of(files, config);
    if media.is_empty() {
        return Vec::new();
    }
    let named: Vec<&str> = match media.len() {
        0..=MOST_PATHS => media.iter().map(ContentPath::as_str).collect(),
        _ => vec!["."],
    };
    let changed = repository.changed_files(&named).await.unwrap_or_default();
    let changed = changed
        .iter()
        .filter_map(|path| ContentPath::parse(path).ok());
    changed.filter(|path| media.contains(path)).collect()
}

fn read(tree: &dyn ContentTree, path: &ContentPath) -> Result<Vec<u8>, ReadError> {
    tree.read(path, LIMIT)
}

/// The published branch as this clone knows it, and where the checkout left it.
struct Published {
    tip: Box<dyn ContentTree>,
    left: Box<dyn ContentTree>,
}

impl Published {
    /// `None`: it is what is checked out, or nothing is known of it.
    async fn find(repository: &Repository, config: &Config, head: &str) -> Option<Self> {
        let remote = repository.remote(&config.state.remote)?;
        let tip = repository.remembered_branch(remote, config.branch.as_deref())?;
        if tip == head {
            return None;
        }
        let left = repository.merge_base(head, &tip).await?;
        Some(Self {
            tip: content_at(repository, &tip)?,
            left: content_at(repository, &left)?,
        })
    }

    /// Whether a file that stood on the branch was changed since the checkout left it, and
    /// the branch does not say the same.
    fn lacks(&self, path: &ContentPath, here: &Result<Vec<u8>, ReadError>) -> bool {
        let left = read(self.left.as_ref(), path);
        left.is_ok() && left != *here && read(self.tip.as_ref(), path) != *here
    }
}

fn edited(path: &ContentPath, what: &str, first: &str) -> Diagnostic {
    let message = format!("`{path}` {what}; the published branch goes out");
    Diagnostic::warning("edit-not-published", message)
        .at(Label::file(path))
        .help(format!("{first} and merge the change; or undo it"))
}

fn differs(path: &ContentPath) -> Diagnostic {
    let message =
        format!("`{path}` is not byte for byte what git has, though git calls it unchanged");
    Diagnostic::warning("bytes-differ", message)
        .at(Label::file(path))
        .note("what goes out are git's bytes; `.gitattributes`, `core.autocrlf` and `git update-index` can make the file differ")
        .help(format!("compare them\n  git show HEAD:./{path}"))
}
