//! The pull request that brought a post, and the comment that says where the post is.
//!
//! Owns the marker by which that comment is written once, and which pull request it is.
//! Must not word it: see [`crate::report::live_comment`].

use chrono::TimeDelta;

use super::api::Api;
use super::failure::Failure;
use super::replies::Pull;
use super::sticky::is_there;
use crate::model::Instant;
use crate::model::digest::Digest;
use crate::model::target::Target;
use crate::plan::PlanItem;
use crate::ports::Transport;
use crate::report::live_comment::live_comment;
use crate::report::results::ApplyReport;

/// A post that went out this long ago is still told of: the run that published it may have
/// ended before it could.
const RECENT: TimeDelta = TimeDelta::hours(24);
/// Posts of one run that are told of, the newest ones.
const TOLD: usize = 10;

/// Posts that pull requests are told of.
#[must_use]
pub fn recent(report: &ApplyReport) -> Vec<&PlanItem> {
    let since = report.now - RECENT;
    let items = report.results.iter().map(|result| result.item.as_ref());
    let mut recent: Vec<&PlanItem> = items
        .filter(|item| {
            item.target == Target::Linkedin
                && item.urn.is_some()
                && item.published_at.is_some_and(|at| at > since)
        })
        .collect();
    recent.sort_by_key(|item| std::cmp::Reverse(item.published_at));
    recent.truncate(TOLD);
    recent
}

/// Marks the comment about one live post.
fn marker(item: &PlanItem) -> Option<String> {
    let urn = item.urn.as_ref()?;
    let digest = Digest::of(format!("{}\n{urn}", item.key).as_bytes());
    Some(format!("<!-- mergecast:published {} -->", digest.short()))
}

/// The pull request among those a commit belongs to: merged, and into the published branch
/// where several are.
fn brought(pulls: Vec<Pull>, branch: &str) -> Option<Pull> {
    let mut merged: Vec<Pull> = pulls
        .into_iter()
        .filter(|p| p.merged_at.is_some())
        .collect();
    merged.sort_by_key(|pull| (pull.base.branch != branch, pull.number));
    merged.into_iter().next()
}

/// Tells the pull request that brought a post where it is, once. `commit`: the one that
/// added its file, where this clone knows; `path`: the file's path in the repository.
/// Returns the number of a pull request that was told just now.
///
/// # Errors
/// GitHub's.
pub async fn tell<T: Transport>(
    api: &Api<'_, T>,
    item: &PlanItem,
    (commit, path, branch): (Option<String>, &str, &str),
    now: Instant,
) -> Result<Option<u64>, Failure> {
    let (Some(marker), Some(words)) = (marker(item), live_comment(item, now)) else {
        return Ok(None);
    };
    let commit = match commit {
        Some(commit) => Some(commit),
        None => api.first_commit(path, branch).await?,
    };
    let Some(commit) = commit else {
        return Ok(None);
    };
    let Some(pull) = brought(api.pulls_of(&commit).await?, branch) else {
        return Ok(None);
    };
    let comments = api.comments(pull.number).await?;
    if is_there(&comments, &marker, &api.login().await) {
        return Ok(None);
    }
    let body = format!("{marker}\n{words}");
    api.create_comment(pull.number, &body).await?;
    Ok(Some(pull.number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::event::Side;
    use crate::report::samples;

    fn pull(number: u64, base: &str, merged: bool) -> Pull {
        let side = |branch: &str| Side {
            branch: branch.to_owned(),
            sha: "a".repeat(40),
            repo: None,
        };
        Pull {
            number,
            state: "closed".to_owned(),
            head: side("x"),
            base: side(base),
            merged_at: merged.then(samples::now),
        }
    }

    #[test]
    fn the_pull_request_that_was_merged_into_the_published_branch_brought_it() {
        let pulls = vec![
            pull(1, "next", true),
            pull(2, "main", false),
            pull(3, "main", true),
        ];
        assert_eq!(brought(pulls.clone(), "main").unwrap().number, 3);
        assert_eq!(brought(pulls, "trunk").unwrap().number, 1);
        assert_eq!(brought(vec![pull(2, "main", false)], "main"), None);
    }

    #[test]
    fn only_posts_of_the_last_day_are_told_of() {
        let mut report = samples::report();
        let keys = |report: &ApplyReport| {
            let items = recent(report).into_iter();
            items.map(|item| item.key.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(keys(&report), ["launch"]);
        report.now += TimeDelta::hours(25);
        assert_eq!(keys(&report), Vec::<String>::new());
    }

    #[test]
    fn two_posts_never_share_a_marker() {
        let (one, other) = (samples::published("a"), samples::published("b"));
        assert_ne!(marker(&one), marker(&other));
        assert!(!marker(&one).unwrap().contains("urn"));
    }
}
