//! The base of a pull request: what its branch is compared with.
//!
//! Owns which commit that is, and bringing it here. Must not compare.

use crate::desired::DesiredState;
use crate::diagnostic::Diagnostic;
use crate::git::{Repository, content_at};
use crate::github::event::EventPull;
use crate::model::config::Config;
use crate::model::path::ContentPath;
use crate::pass::load::read_content;
use crate::ports::ContentTree;
use crate::record::hand_edit::{Against, hand_edit};
use crate::record::lockfile::{LARGEST, LOCKFILE};

/// The base, as read.
pub(super) struct Base {
    tree: Box<dyn ContentTree>,
    /// What it says.
    pub(super) desired: DesiredState,
    /// What its newest commit says, where the branch lacks that.
    pub(super) tip: Option<DesiredState>,
    /// The lockfile of that commit.
    tip_lockfile: Option<Vec<u8>>,
    commit: String,
}

impl Base {
    /// What is wrong when the branch's lockfile is `now`: only runs write it.
    pub(super) fn edited(&self, now: Option<&[u8]>) -> Option<Diagnostic> {
        // Whoever took over the base's newest lockfile edited nothing.
        if now.is_some() && self.tip_lockfile.as_deref() == now {
            return None;
        }
        let before = lockfile(self.tree.as_ref());
        let revision = &self.commit;
        hand_edit(before.as_deref(), now, Against::MergeBase { revision })
    }

    /// Whether the base has a file with the same bytes as `tree`.
    pub(super) fn has_same(&self, tree: &dyn ContentTree, path: &ContentPath) -> bool {
        let limit = crate::content::front_matter::MAX_DOCUMENT as u64 + 1;
        let read = |tree: &dyn ContentTree| tree.read(path, limit).ok();
        let (here, there) = (read(tree), read(self.tree.as_ref()));
        here.is_some() && here == there
    }
}

/// The base of `pull`; an error says why it cannot be read.
///
/// A workflow checks out the merge of branch and base, and then its first parent is exactly
/// what the branch is merged into. Else it is where the branch left the base.
pub(super) async fn base(
    repository: Option<&Repository>,
    pull: &EventPull,
    config: &Config,
) -> Result<Base, String> {
    let repository = repository.ok_or("there is no git repository")?;
    let (commit, tip) = commits(repository, pull, config).await?;
    let (tree, desired) = read(repository, &commit)?;
    let (newest, tip) = tip.and_then(|tip| read(repository, &tip).ok()).unzip();
    Ok(Base {
        desired,
        tip,
        tip_lockfile: newest.and_then(|tree| lockfile(tree.as_ref())),
        tree,
        commit,
    })
}

/// The lockfile of a revision, or of the files.
pub(super) fn lockfile(tree: &dyn ContentTree) -> Option<Vec<u8>> {
    let path = ContentPath::parse(LOCKFILE).ok()?;
    tree.read(&path, LARGEST).ok()
}

fn read(
    repository: &Repository,
    commit: &str,
) -> Result<(Box<dyn ContentTree>, DesiredState), String> {
    let tree = content_at(repository, commit)
        .ok_or_else(|| format!("the commit {commit} is not in this clone"))?;
    let content = read_content(tree.as_ref());
    match content {
        Ok(content) => Ok((tree, content.desired)),
        Err(problems) => Err(match problems.first() {
            Some(problem) => format!("on the base, {}", problem.message),
            None => "its content cannot be read".to_owned(),
        }),
    }
}

/// The base, and its newest commit where that is another one.
async fn commits(
    repository: &Repository,
    pull: &EventPull,
    config: &Config,
) -> Result<(String, Option<String>), String> {
    let head = repository.head().ok_or("nothing is checked out")?;
    let merged = match head.parents.as_slice() {
        [base, branch] if *branch == pull.head.sha => Some(base.clone()),
        _ => None,
    };
    let wanted = merged.clone().unwrap_or_else(|| pull.base.sha.clone());
    if !repository.has(&wanted) {
        let remote = repository.remote(&config.state.remote);
        let remote = remote.ok_or("the clone lacks the base, and there is no remote")?;
        repository.fetch_commit(remote, &wanted).await?;
    }
    if merged.is_some() {
        return Ok((wanted, None));
    }
    let left = repository.merge_base(&head.commit, &wanted).await;
    Ok(match left {
        Some(left) if left != wanted => (left, Some(wanted)),
        _ => (wanted, None),
    })
}
