//! Whether the team agreed to where this checkout publishes.
//!
//! Owns comparing `branch` and `state` of the checkout's `mergecast.yaml`, which say where
//! content and ledger are, with those of the remote's default branch: a pull request that is
//! only checked out must not move either. A comparison that cannot be made is a refusal.
//! Must not publish.

use crate::cli::settings::Settings;
use crate::cli::world::{local_config, repository};
use crate::diagnostic::Diagnostic;
use crate::git::{PublishedContent, Repository, content_at};
use crate::model::config::Config;
use crate::model::path::ReadError;
use crate::pass::Stop;
use crate::pass::load::{config_path, read_config};
use crate::ports::{ContentSource as _, ContentTree, SourceError};
use crate::report::exit::Exit;

/// `Ok` without git, and where there is no remote of the configured name: what is done
/// there is decided where the ledger is chosen.
///
/// # Errors
/// When the two differ, or cannot be compared.
pub(super) async fn agreed(settings: &Settings) -> Result<(), Stop> {
    let ours = local_config(&settings.root).await?;
    let Some(repository) = repository(settings).await? else {
        return Ok(());
    };
    let Some(remote) = repository.remote(&ours.state.remote) else {
        return Ok(());
    };
    let asked = repository.default_branch(remote).await;
    let head = asked.map_err(|error| not_asked(remote, error))?;
    let head = head.ok_or_else(|| unborn(remote))?;
    let source = PublishedContent::new(
        repository.clone(),
        Some(remote.to_owned()),
        Some(head.clone()),
    );
    let tree = source.load().await;
    let tree = tree.map_err(|error| not_asked(remote, error))?;
    let same = |one: &str, other: &str| repository.is_same_remote(one, other);
    if let Some(theirs) = merged(tree.as_ref(), &ours, &head)? {
        refuse(difference(&ours, &theirs, &head, &same))?;
    }
    let others = repository.remotes().into_iter();
    for other in others.filter(|other| !same(other, remote)) {
        refuse(elsewhere(&repository, &ours, &other))?;
    }
    Ok(())
}

/// The same for what a run publishes: commits, or the files of the checkout (`worktree`).
///
/// # Errors
/// As [`agreed`]; for files also where a pause that was merged is not in them.
pub(super) async fn agreed_for(settings: &Settings, worktree: bool) -> Result<(), Stop> {
    agreed(settings).await?;
    match worktree {
        true => heeds_merged_pause(settings).await,
        false => Ok(()),
    }
}

/// Refuses the files of a checkout where the published branch pauses publishing and they do
/// not: a pause is merged so that everybody stops.
///
/// # Errors
/// When they differ, or cannot be compared.
async fn heeds_merged_pause(settings: &Settings) -> Result<(), Stop> {
    let ours = local_config(&settings.root).await?;
    let repository = repository(settings).await?;
    let Some(repository) = repository.filter(|_| !ours.publish.paused) else {
        return Ok(());
    };
    let Some(remote) = repository.remote(&ours.state.remote).map(str::to_owned) else {
        return Ok(());
    };
    let branch = ours.branch.clone();
    let source = PublishedContent::new(repository, Some(remote.clone()), branch);
    let tree = source.load().await;
    let tree = tree.map_err(|error| not_asked(&remote, error))?;
    let Ok((theirs, _)) = read_config(tree.as_ref()) else {
        let message = "`mergecast.yaml` on the published branch has errors, so nobody can tell whether publishing is paused";
        return Err(unknown(
            message.to_owned(),
            "correct `mergecast.yaml` there; without `--worktree` its errors are named",
        ));
    };
    let problem = theirs.publish.paused.then(|| {
        let message = "the published branch says `publish.paused: true`, and this checkout does not";
        Diagnostic::error("not-agreed", message)
            .note("nothing was published")
            .help("merge `publish.paused: false` once publishing shall go on; to have the pause here too, run\n  git pull")
    });
    refuse(problem)
}

fn refuse(problem: Option<Diagnostic>) -> Result<(), Stop> {
    match problem {
        None => Ok(()),
        Some(problem) => Err(Stop {
            diagnostics: vec![problem],
            exit: Exit::Refused,
        }),
    }
}

/// The remote did not say what its default branch holds.
fn not_asked(remote: &str, error: SourceError) -> Stop {
    let unreached = matches!(
        error,
        SourceError::Unreachable { .. } | SourceError::Denied { .. } | SourceError::NoRemote { .. }
    );
    if unreached {
        let mut stop = Stop::from(error);
        for problem in &mut stop.diagnostics {
            let note =
                "whether the default branch agrees to where this checkout publishes was not asked";
            problem.notes.push(note.to_owned());
        }
        return stop;
    }
    let message = format!("the default branch of `{remote}` cannot be read: {error}");
    unknown(
        message,
        "run it again; if it stays so, look at what the message names",
    )
}

fn unborn(remote: &str) -> Stop {
    let message =
        format!("`{remote}` has no default branch, so nobody can be asked where to publish");
    unknown(
        message,
        "set the remote's default branch; in a bare repository\n  git symbolic-ref HEAD refs/heads/main",
    )
}

fn unknown(message: String, help: &str) -> Stop {
    let problem = Diagnostic::error("agreement-unknown", message).note("nothing was published");
    Stop {
        diagnostics: vec![problem.help(help)],
        exit: Exit::Refused,
    }
}

/// The configuration of `head`, the default branch; `None`: it has errors, and the pass
/// reads that very file and names them.
fn merged(tree: &dyn ContentTree, ours: &Config, head: &str) -> Result<Option<Config>, Stop> {
    let missing = tree.read(&config_path(), 0) == Err(ReadError::NotFound);
    match read_config(tree) {
        Ok((theirs, _)) => Ok(Some(theirs)),
        Err(_) if missing => Err(unknown(
            format!("`{head}`, the remote's default branch, has no `mergecast.yaml` here"),
            &format!("put `mergecast.yaml` with its `branch:` on `{head}`"),
        )),
        Err(_) if ours.branch.as_deref().is_none_or(|branch| branch == head) => Ok(None),
        Err(problems) => {
            let first = problems.first().map_or("", |problem| &problem.message);
            Err(unknown(
                format!(
                    "`mergecast.yaml` on `{head}`, the remote's default branch, has errors: {first}"
                ),
                &format!("correct `mergecast.yaml` on `{head}`"),
            ))
        }
    }
}

/// What another remote's default branch says otherwise, as far as this clone knows it.
fn elsewhere(repository: &Repository, ours: &Config, other: &str) -> Option<Diagnostic> {
    let commit = repository.remembered_default(other)?;
    let tree = content_at(repository, &commit)?;
    let (theirs, _) = read_config(tree.as_ref()).ok()?;
    let named = repository.remote(&theirs.state.remote)?;
    if repository.is_same_remote(named, &ours.state.remote) {
        return None;
    }
    let message = format!(
        "this checkout says that `{}` has the record; the default branch of `{other}` says `{named}`",
        ours.state.remote
    );
    let problem = Diagnostic::error("not-agreed", message).note("nothing was published");
    Some(problem.help(format!(
        "check out the default branch of the right remote; or remove the other one\n  git remote remove {other}"
    )))
}

/// What the checkout says otherwise than `head`, the default branch. `same` compares what
/// two names of remotes stand for.
fn difference(
    ours: &Config,
    theirs: &Config,
    head: &str,
    same: &dyn Fn(&str, &str) -> bool,
) -> Option<Diagnostic> {
    fn branch<'c>(config: &'c Config, head: &'c str) -> &'c str {
        config.branch.as_deref().unwrap_or(head)
    }
    let (here, there) = (branch(ours, head), branch(theirs, head));
    let place = |config: &Config| format!("`{}` of `{}`", config.state.branch, config.state.remote);
    let moved =
        ours.state.branch != theirs.state.branch || !same(&ours.state.remote, &theirs.state.remote);
    let (what, here, there) = if here != there {
        ("is published", format!("`{here}`"), format!("`{there}`"))
    } else if moved {
        ("has the record", place(ours), place(theirs))
    } else {
        return None;
    };
    let message = format!(
        "this checkout says that {here} {what}; `{head}`, the remote's default branch, says {there}"
    );
    Some(
        Diagnostic::error("not-agreed", message)
            .note("nothing was published")
            .help(format!(
                "check out `{head}`; or merge the change of `mergecast.yaml` first"
            )),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::config::parse;

    fn config(more: &str) -> Config {
        let text = format!(
            "version: 1\ntimezone: UTC\nauthors:\n  a: {{ urn: \"urn:li:organization:42\" }}\n{more}"
        );
        let path = crate::model::path::ContentPath::parse("mergecast.yaml").unwrap();
        parse(text.as_bytes(), &path).0.unwrap()
    }

    fn message(ours: &str, theirs: &str) -> Option<String> {
        let same = |one: &str, other: &str| one == other || other == "alias";
        let found = difference(&config(ours), &config(theirs), "main", &same);
        found.map(|problem| problem.message)
    }

    #[test]
    fn a_branch_or_a_ledger_that_nobody_merged_is_told() {
        let told = "this checkout says that `evil` is published; `main`, the remote's default branch, says `main`";
        for theirs in ["", "branch: main\n"] {
            assert_eq!(message("branch: evil\n", theirs).as_deref(), Some(told));
        }
        let told = "this checkout says that `mine` of `origin` has the record; `main`, the remote's default branch, says `mergecast/state` of `origin`";
        assert_eq!(
            message("state: { branch: mine }\n", "").as_deref(),
            Some(told)
        );
    }

    #[test]
    fn the_same_place_in_other_words_is_agreed_to() {
        for (ours, theirs) in [
            ("", "branch: main\n"),
            ("branch: main\n", ""),
            ("branch: content\n", "branch: content\n"),
            ("publish: { paused: true }\n", ""),
            ("", "state: { remote: alias }\n"),
        ] {
            assert_eq!(message(ours, theirs), None, "{ours}");
        }
    }
}
