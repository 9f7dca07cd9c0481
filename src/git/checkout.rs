//! What git says of the files that are checked out.
//!
//! Owns the questions about the index: which files are left out of this checkout, which
//! are submodules, which git calls changed. Never writes the index, and runs no filter
//! that the clone itself names.

use std::path::Path;

use super::command::LOCAL;
use super::configuration::Overrides;
use super::repository::{Repository, RepositoryError};

/// One file of the index that is not simply there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// It is left out of this checkout, as in a sparse one.
    LeftOut,
    /// A repository inside the repository.
    Submodule,
}

impl Repository {
    /// Files of the index at or below `folder`, a path from the content root, that are left
    /// out of this checkout or are submodules; with paths from the content root.
    ///
    /// # Errors
    /// When git gives no answer.
    pub async fn index_oddities(
        &self,
        folder: &str,
    ) -> Result<Vec<(String, IndexKind)>, RepositoryError> {
        let below = format!(":(literal){folder}");
        let arguments = ["ls-files", "-s", "-t", "-z", "--", below.as_str()];
        let answer = self.git.run(&arguments, LOCAL).await?;
        if !answer.success {
            return Err(self.unusable(answer.problem()));
        }
        let text = answer.text();
        Ok(text.split('\0').filter_map(oddity).collect())
    }

    /// The name of a tree that holds what is staged. `index` is the file of the index where
    /// it is not the usual one, as in a hook of `git commit -a`. Trees are written to the
    /// store of objects, and nothing else.
    ///
    /// # Errors
    /// git's words, cleaned, such as for an index with conflicts.
    pub async fn staged(&self, index: Option<&Path>) -> Result<String, String> {
        let index = index.map(|index| index.display().to_string());
        let variables = index.map(|index| ("GIT_INDEX_FILE".to_owned(), index));
        let overrides = Overrides {
            settings: Vec::new(),
            variables: variables.into_iter().collect(),
        };
        let git = self.git.with_overrides(overrides);
        let answer = git.run(&["write-tree"], LOCAL).await;
        let answer = answer.map_err(|error| error.to_string())?;
        match answer.success {
            true => Ok(answer.text().trim().to_owned()),
            false => Err(answer.problem()),
        }
    }

    /// Files that git calls changed since the commit that is checked out, among those at or
    /// below `paths`; all with paths from the content root. Files git does not follow are
    /// none of them.
    ///
    /// # Errors
    /// When git gives no answer.
    pub async fn changed_files(&self, paths: &[&str]) -> Result<Vec<String>, RepositoryError> {
        let below: Vec<String> = (paths.iter())
            .map(|path| format!(":(literal){path}"))
            .collect();
        let mut arguments = vec![
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            "--untracked-files=no",
            "--ignore-submodules=all",
            "--",
        ];
        arguments.extend(below.iter().map(String::as_str));
        let overrides = Overrides {
            settings: self.configuration.filters_off(self.trusts_clone()),
            variables: Vec::new(),
        };
        let answer = self
            .git
            .with_overrides(overrides)
            .run(&arguments, LOCAL)
            .await?;
        if !answer.success {
            return Err(self.unusable(answer.problem()));
        }
        let root = match self.prefix() {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        let text = answer.text();
        let lines = text.split('\0').filter_map(|line| line.get(3..));
        let inside = lines.filter_map(|path| path.strip_prefix(&root));
        Ok(inside.map(str::to_owned).collect())
    }
}

/// Reads `H 100644 <id> 0\t<path>`.
fn oddity(line: &str) -> Option<(String, IndexKind)> {
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split(' ');
    let (tag, mode) = (facts.next()?, facts.next()?);
    let kind = match (tag, mode) {
        (_, "160000") => IndexKind::Submodule,
        ("S" | "s", _) => IndexKind::LeftOut,
        _ => return None,
    };
    Some((path.to_owned(), kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_odd_is_told() {
        let id = "9daeafb9864cf43055ae93beb0afd6c7d144bfa4";
        assert_eq!(oddity(&format!("H 100644 {id} 0\tposts/a.md")), None);
        let left_out = oddity(&format!("S 100644 {id} 0\tposts/a b.md"));
        assert_eq!(
            left_out,
            Some(("posts/a b.md".to_owned(), IndexKind::LeftOut))
        );
        let module = oddity(&format!("H 160000 {id} 0\tposts/m"));
        assert_eq!(module, Some(("posts/m".to_owned(), IndexKind::Submodule)));
    }
}
