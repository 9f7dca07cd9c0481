//! Whether the team agreed to where this checkout publishes.
//!
//! Owns comparing `branch` and `state` of the checkout's `mergecast.yaml`, which say where
//! content and ledger are, with those of the remote's default branch: a pull request that is
//! only checked out must not move either. Must not publish.

use crate::cli::settings::Settings;
use crate::cli::world::{local_config, repository};
use crate::diagnostic::Diagnostic;
use crate::git::PublishedContent;
use crate::model::config::Config;
use crate::pass::Stop;
use crate::pass::load::read_config;
use crate::ports::ContentSource as _;
use crate::report::exit::Exit;

/// Nothing to say where there is no remote, where it names no default branch, or where that
/// branch has no content. A remote that cannot be asked is told of by the pass, which waits
/// for it.
///
/// # Errors
/// When the two differ.
pub(super) async fn agreed(settings: &Settings) -> Result<(), Stop> {
    let ours = local_config(&settings.root).await?;
    let Some(repository) = repository(settings).await? else {
        return Ok(());
    };
    let Some(remote) = repository.remote(&ours.state.remote) else {
        return Ok(());
    };
    let Ok(Some(head)) = repository.default_branch(remote).await else {
        return Ok(());
    };
    let source = PublishedContent::new(
        repository.clone(),
        Some(remote.to_owned()),
        Some(head.clone()),
    );
    let Ok(tree) = source.load().await else {
        return Ok(());
    };
    let Ok((theirs, _)) = read_config(tree.as_ref()) else {
        return Ok(());
    };
    match difference(&ours, &theirs, &head) {
        None => Ok(()),
        Some(problem) => Err(Stop {
            diagnostics: vec![problem],
            exit: Exit::Refused,
        }),
    }
}

/// What the checkout says otherwise than `head`, the default branch.
fn difference(ours: &Config, theirs: &Config, head: &str) -> Option<Diagnostic> {
    fn branch<'c>(config: &'c Config, head: &'c str) -> &'c str {
        config.branch.as_deref().unwrap_or(head)
    }
    let (here, there) = (branch(ours, head), branch(theirs, head));
    let place = |config: &Config| format!("`{}` of `{}`", config.state.branch, config.state.remote);
    let (what, here, there) = if here != there {
        ("is published", format!("`{here}`"), format!("`{there}`"))
    } else if ours.state != theirs.state {
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
        let found = difference(&config(ours), &config(theirs), "main");
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
        ] {
            assert_eq!(message(ours, theirs), None, "{ours}");
        }
    }
}
