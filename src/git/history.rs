//! Commits by name: which one a branch is compared with, and which one brought a file.
//!
//! Owns bringing a single commit into this clone. Must not read content.

use gix::ObjectId;

use super::command::{CONTENT, LOCAL};
use super::fetch::FETCH;
use super::objects;
use super::repository::Repository;

/// The commit that is checked out, and those it was made from. The commit itself tells
/// them, also where a shallow clone has none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The commit.
    pub commit: String,
    /// Its parents, in order.
    pub parents: Vec<String>,
}

impl Repository {
    /// What is checked out; `None`: nothing yet.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        let opened = self.open().ok()?;
        let id = opened.head_id().ok()?.detach();
        let commit = opened.find_commit(id).ok()?;
        let parents = commit
            .decode()
            .ok()?
            .parents()
            .map(|id| id.to_string())
            .collect();
        Some(Head {
            commit: id.to_string(),
            parents,
        })
    }

    /// Whether older commits were left out of this clone.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.open()
            .is_ok_and(|opened| opened.is_shallow().unwrap_or_default())
    }

    /// Whether a commit and its tree are here.
    #[must_use]
    pub fn has(&self, commit: &str) -> bool {
        let Ok(id) = ObjectId::from_hex(commit.as_bytes()) else {
            return false;
        };
        let opened = self.open();
        opened.is_ok_and(|opened| {
            let tree = objects::tree_of(&opened, id);
            tree.is_ok_and(|tree| opened.find_tree(tree).is_ok())
        })
    }

    /// The newest commit that two have in common, as far as their history is here.
    pub async fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        let (one, other) = (is_id(one)?, is_id(other)?);
        let answer = self.git.run(&["merge-base", one, other], LOCAL).await;
        let answer = answer.ok().filter(|answer| answer.success)?;
        is_id(answer.text().trim()).map(str::to_owned)
    }

    /// Brings one commit into this clone. A shallow clone gets that commit alone, a whole
    /// one stays whole. Touches no ref.
    ///
    /// # Errors
    /// git's words, cleaned.
    pub async fn fetch_commit(&self, remote: &str, commit: &str) -> Result<(), String> {
        let commit = is_id(commit).ok_or("it is not the name of a commit")?;
        let upload_pack = self.upload_pack_flag(remote);
        let mut arguments = FETCH.to_vec();
        if self.is_shallow() {
            arguments.push("--depth=1");
        }
        arguments.extend([upload_pack.as_str(), "--", remote, commit]);
        match self.git.run(&arguments, CONTENT).await {
            Ok(answer) if answer.success => Ok(()),
            Ok(answer) => Err(answer.problem()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The newest commit that added the file at `path` (below the content root), as far as
    /// the history of what is checked out is here; `None` in a shallow clone, where the
    /// oldest commit at hand looks as if it had added everything.
    pub async fn adding_commit(&self, path: &str) -> Option<String> {
        if self.is_shallow() {
            return None;
        }
        let file = format!(":(literal){path}");
        let arguments = [
            "log",
            "-1",
            "--no-renames",
            "--diff-filter=A",
            "--format=%H",
            "--",
            &file,
        ];
        let answer = self.git.run(&arguments, LOCAL).await;
        let answer = answer.ok().filter(|answer| answer.success)?;
        is_id(answer.text().trim()).map(str::to_owned)
    }
}

fn is_id(text: &str) -> Option<&str> {
    ObjectId::from_hex(text.as_bytes()).is_ok().then_some(text)
}
