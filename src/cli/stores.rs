//! Which ledger a run may use.
//!
//! Owns the choice between the remote, this clone, and plain files as a pure decision, and
//! its refusals: a remote that is missing is never taken for none.

use crate::diagnostic::Diagnostic;
use crate::pass::Stop;
use crate::report::exit::Exit;

/// What the choice is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// The names of the repository's remotes; `None`: there is no repository.
    pub(super) remotes: Option<&'a [String]>,
    /// `state.remote`.
    pub(super) wanted: &'a str,
    /// Whether `CI` is set.
    pub(super) ci: bool,
}

/// Where the ledger of a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Store {
    /// On the configured remote.
    Remote,
    /// On a branch of this clone, which has no remote.
    Clone,
    /// In files.
    Folder,
    /// Nowhere: nothing may be published.
    None(NoStore),
}

/// Why a run may not publish anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoStore {
    /// The repository has remotes, and not the configured one.
    RemoteMissing {
        /// `state.remote`.
        wanted: String,
        /// Those it has.
        has: Vec<String>,
    },
    /// A job's clone without a remote: its ledger ends with the job.
    CiWithoutRemote,
    /// A job's folder without git: the same.
    CiWithoutGit,
}

/// Chooses.
pub(super) fn store(around: &Surroundings<'_>) -> Store {
    match around.remotes {
        Some(remotes) if remotes.iter().any(|name| name == around.wanted) => Store::Remote,
        Some([]) if around.ci => Store::None(NoStore::CiWithoutRemote),
        Some([]) => Store::Clone,
        Some(remotes) => Store::None(NoStore::RemoteMissing {
            wanted: around.wanted.to_owned(),
            has: remotes.to_vec(),
        }),
        None if around.ci => Store::None(NoStore::CiWithoutGit),
        None => Store::Folder,
    }
}

impl NoStore {
    /// Whether it is so on every machine, and not in a job alone.
    pub(super) fn is_remote_missing(&self) -> bool {
        matches!(self, NoStore::RemoteMissing { .. })
    }

    /// In words.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        match self {
            NoStore::RemoteMissing { wanted, has } => {
                let named: Vec<String> = has.iter().map(|name| format!("`{name}`")).collect();
                let message = format!(
                    "there is no remote `{wanted}`, which `state.remote` names; this clone has {}",
                    named.join(", ")
                );
                let first = has.first().map_or("NAME", String::as_str);
                Diagnostic::error("remote-missing", message).help(format!(
                    "set `state: {{ remote: {first} }}` in mergecast.yaml; or run\n  git remote rename {first} {wanted}"
                ))
            }
            NoStore::CiWithoutRemote => Diagnostic::error(
                "no-remote",
                "this clone has no remote, and `CI` is set: what is published would be recorded in a clone that ends with the job",
            )
            .help("check the repository out with its remote, as `actions/checkout` and `git clone` do"),
            NoStore::CiWithoutGit => Diagnostic::error(
                "no-git",
                "this folder is in no git repository, and `CI` is set: what is published would be recorded in files that end with the job",
            )
            .help("check the repository out with git, and install git in the job's image"),
        }
    }

    /// As the end of a run.
    pub(super) fn stop(&self) -> Stop {
        Stop {
            diagnostics: vec![self.diagnostic().note("nothing was published")],
            exit: Exit::Refused,
        }
    }
}

/// What a run says about a ledger that nobody else sees; `None`: it is on a remote.
pub(super) fn local_notice(store: &Store) -> Option<Diagnostic> {
    let (code, place, help) = match store {
        Store::Remote | Store::None(_) => return None,
        Store::Clone => (
            "local-ledger",
            "this clone has no remote: what is published is recorded in this clone alone",
            "to publish from several machines, run\n  git remote add origin URL\n  mergecast state init",
        ),
        Store::Folder => (
            "local-ledger",
            "there is no git: files are published as they are, and recorded on this machine alone, in `.mergecast/ledger`",
            "run `git init` and add a remote; then `mergecast state init` takes the record along",
        ),
    };
    Some(Diagnostic::warning(code, place).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(remotes: Option<&[&str]>, ci: bool) -> Store {
        let names = remotes.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let names: Option<Vec<String>> = names;
        store(&Surroundings {
            remotes: names.as_deref(),
            wanted: "origin",
            ci,
        })
    }

    #[test]
    fn the_configured_remote_is_taken_wherever_it_exists() {
        for ci in [true, false] {
            assert_eq!(chosen(Some(&["x", "origin"]), ci), Store::Remote);
        }
    }

    #[test]
    fn other_remotes_are_no_reason_for_a_ledger_of_its_own() {
        for ci in [true, false] {
            let refused = chosen(Some(&["company"]), ci);
            let Store::None(why) = refused else {
                panic!("{refused:?}")
            };
            let told = why.diagnostic();
            assert!(told.message.contains("`company`"), "{}", told.message);
            assert!(
                told.help
                    .unwrap()
                    .contains("git remote rename company origin")
            );
        }
    }

    #[test]
    fn without_any_remote_the_clone_records_and_never_in_ci() {
        assert_eq!(chosen(Some(&[]), false), Store::Clone);
        assert_eq!(
            chosen(Some(&[]), true),
            Store::None(NoStore::CiWithoutRemote)
        );
    }

    #[test]
    fn without_git_files_record_and_never_in_ci() {
        assert_eq!(chosen(None, false), Store::Folder);
        assert_eq!(chosen(None, true), Store::None(NoStore::CiWithoutGit));
    }

    #[test]
    fn a_ledger_that_nobody_else_sees_is_named() {
        assert!(local_notice(&Store::Clone).is_some());
        assert!(local_notice(&Store::Folder).is_some());
        assert_eq!(local_notice(&Store::Remote), None);
    }
}
