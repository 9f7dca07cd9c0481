//! What `check`, `plan` and a review look at: the commit in a CI job, else the files.
//!
//! Owns that choice. In a job the files are whatever earlier steps left there, and
//! `.gitattributes` can check out another text than the commit holds; what is merged and
//! published is the commit.

use std::collections::BTreeSet;

use crate::cli::checkout::{changed_media, differences, lacking};
use crate::cli::settings::Settings;
use crate::cli::world::{local_config, repository};
use crate::content::front_matter::MAX_DOCUMENT;
use crate::diagnostic::{Diagnostic, Label};
use crate::git::{Repository, content_at, content_in};
use crate::model::path::{ContentPath, ReadError};
use crate::pass::Stop;
use crate::pass::load::{config_path, read_config};
use crate::ports::{ContentSource as _, ContentTree};
use crate::report::exit::Exit;
use crate::system::WorkTree;

/// Content to be looked at.
pub(super) struct Reviewed {
    pub(super) tree: Box<dyn ContentTree>,
    pub(super) repository: Option<Repository>,
    /// How the files differ from what git has and from what is published.
    pub(super) notices: Vec<Diagnostic>,
}

impl Reviewed {
    /// The tree, unless posts are missing in this checkout: a plan without them would show
    /// live posts as removed.
    ///
    /// # Errors
    /// When some are.
    pub(super) fn whole(self) -> Result<Self, Stop> {
        if !self.notices.iter().any(Diagnostic::is_error) {
            return Ok(self);
        }
        Err(Stop {
            diagnostics: self.notices,
            exit: Exit::Invalid,
        })
    }
}

/// The files, whatever the environment says, with how they differ.
///
/// # Errors
/// When there is a repository that cannot be used.
pub(super) async fn checked_out(settings: &Settings) -> Result<Reviewed, Stop> {
    let files = WorkTree::new(&settings.root).load().await?;
    let repository = repository(settings).await?;
    Ok(with_differences(settings, files, repository).await)
}

async fn with_differences(
    settings: &Settings,
    tree: Box<dyn ContentTree>,
    repository: Option<Repository>,
) -> Reviewed {
    let mut notices = Vec::new();
    if let Some(repository) = &repository {
        if let Ok(config) = local_config(&settings.root).await {
            notices.extend(lacking(repository, &config).await);
        }
        notices.extend(differences(settings, repository).await);
    }
    Reviewed {
        tree,
        repository,
        notices,
    }
}

/// Opens it.
///
/// # Errors
/// When there is a repository that cannot be used.
pub(super) async fn reviewed(settings: &Settings) -> Result<Reviewed, Stop> {
    let files = WorkTree::new(&settings.root).load().await?;
    let repository = repository(settings).await?;
    if settings.environment.is_ci() {
        return in_job(files, repository).await;
    }
    Ok(with_differences(settings, files, repository).await)
}

/// The same for `check`, which needs no git to look at files that are there.
///
/// # Errors
/// As [`reviewed`].
pub(super) async fn checked(settings: &Settings) -> Result<Reviewed, Stop> {
    match reviewed(settings).await {
        Err(stop) if is_git_missing(&stop) && !settings.environment.is_ci() => Ok(Reviewed {
            tree: WorkTree::new(&settings.root).load().await?,
            repository: None,
            notices: Vec::new(),
        }),
        looked => looked,
    }
}

/// What is staged for the next commit, also in a hook that git runs before it.
///
/// # Errors
/// Without git, and where the index has conflicts.
pub(super) async fn staged(settings: &Settings) -> Result<Reviewed, Stop> {
    let unusable = |why: String| {
        let problem = Diagnostic::error("not-staged", format!("`--staged`: {why}"));
        Stop {
            diagnostics: vec![problem.help("run it without `--staged`")],
            exit: Exit::Invalid,
        }
    };
    let repository = repository(settings).await?;
    let repository = repository.ok_or_else(|| unusable("this is no git repository".to_owned()))?;
    let current = settings.environment.working_directory.as_deref();
    let index = settings.environment.get("GIT_INDEX_FILE");
    let index = index.map(|index| current.unwrap_or(&settings.root).join(index));
    let tree = repository
        .staged(index.as_deref())
        .await
        .map_err(&unusable)?;
    let tree = content_in(&repository, &tree);
    let tree = tree.ok_or_else(|| unusable("what is staged cannot be read".to_owned()))?;
    Ok(Reviewed {
        tree,
        repository: Some(repository),
        notices: Vec::new(),
    })
}

fn is_git_missing(stop: &Stop) -> bool {
    let mut problems = stop.diagnostics.iter();
    problems.any(|problem| problem.code == "git-missing")
}

/// The commit that the job checked out.
async fn in_job(
    files: Box<dyn ContentTree>,
    repository: Option<Repository>,
) -> Result<Reviewed, Stop> {
    let head = repository.as_ref().and_then(Repository::head);
    let (Some(found), Some(head)) = (&repository, head) else {
        let why = match &repository {
            Some(_) => "nothing is committed yet",
            None => "there is no git repository here",
        };
        let notice = Diagnostic::warning("no-commit", format!("the files were read: {why}"))
            .note("in a CI job the commit is read, since that is what is merged and published")
            .help("check the repository out with git in this job, as actions/checkout does");
        return Ok(Reviewed {
            tree: files,
            repository,
            notices: vec![notice],
        });
    };
    let tree = content_at(found, &head.commit).ok_or_else(|| unreadable(&head.commit))?;
    let mut notices = not_in_commit(files.as_ref(), tree.as_ref());
    if let Ok((config, _)) = read_config(tree.as_ref()) {
        let media = changed_media(found, tree.as_ref(), &config).await;
        let changed = |path| notice(path, "is not what the commit holds");
        notices.extend(media.iter().map(changed));
    }
    Ok(Reviewed {
        tree,
        repository,
        notices,
    })
}

fn unreadable(commit: &str) -> Stop {
    let message = format!("the commit {commit} is checked out, and this clone cannot read it");
    Stop {
        diagnostics: vec![Diagnostic::error("content-unreadable", message).help("git fsck")],
        exit: Exit::Invalid,
    }
}

/// One warning for each post whose file is not what the commit holds.
fn not_in_commit(files: &dyn ContentTree, commit: &dyn ContentTree) -> Vec<Diagnostic> {
    let Ok((config, _)) = read_config(commit).or_else(|_| read_config(files)) else {
        return Vec::new();
    };
    let documents = |tree: &dyn ContentTree| tree.documents(&config.posts).unwrap_or_default();
    let mut paths: BTreeSet<ContentPath> = documents(files).into_iter().collect();
    paths.extend(documents(commit));
    paths.insert(config_path());
    let limit = MAX_DOCUMENT as u64 + 1;
    let differing = paths.iter().filter_map(|path| {
        let (here, there) = (files.read(path, limit), commit.read(path, limit));
        let what = match (here, there) {
            (here, there) if here == there => return None,
            // A sparse checkout lacks files on purpose.
            (Err(ReadError::NotFound), _) => return None,
            (_, Err(ReadError::NotFound)) => "is not in the commit",
            _ => "is not what the commit holds",
        };
        Some((path, what))
    });
    differing.map(|(path, what)| notice(path, what)).collect()
}

fn notice(path: &ContentPath, what: &str) -> Diagnostic {
    let message = format!("the file `{path}` {what}; the commit was read");
    Diagnostic::warning("not-in-commit", message)
        .at(Label::file(path))
        .note("what is merged and published is the commit, not the files of this job")
        .help("commit the file; or look for the step of the job, or the line of `.gitattributes`, that changes it")
}
