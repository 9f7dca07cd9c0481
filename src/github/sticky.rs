//! The one comment that stays: found by its hidden marker and its author, changed in place.
//!
//! Owns which comment is ours and what is done so that there is exactly one. Must not word
//! the comment.

use super::api::Api;
use super::failure::Failure;
use super::replies::Comment;
use crate::ports::Transport;

/// Marks the comment about a pull request.
pub const REVIEW: &str = "<!-- mergecast:review -->";

/// What is done about one comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is none of ours.
    Create,
    /// This one says something else.
    Edit(u64),
    /// A second one, from two runs at once.
    Delete(u64),
}

/// What became of the comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// It is new.
    Created,
    /// It says something else now.
    Edited,
    /// It said that already.
    Unchanged,
    /// There is none, and none is needed.
    None,
}

/// Whether a comment begins with `marker`, whoever wrote it.
fn is_marked(comment: &Comment, marker: &str) -> bool {
    let body = comment.body.as_deref();
    body.is_some_and(|body| body.starts_with(marker))
}

/// The comments that `login` wrote and that begin with `marker`, oldest first. Anybody can
/// write a marker; only our account's counts.
fn ours<'c>(
    comments: &'c [Comment],
    marker: &'c str,
    login: &'c str,
) -> impl Iterator<Item = &'c Comment> {
    comments.iter().filter(move |comment| {
        let author = comment.user.as_ref().map(|user| user.login.as_str());
        is_marked(comment, marker)
            && author.is_some_and(|author| author.eq_ignore_ascii_case(login))
    })
}

/// Whether a comment with this marker is there.
#[must_use]
pub fn is_there(comments: &[Comment], marker: &str, login: &str) -> bool {
    ours(comments, marker, login).next().is_some()
}

/// What makes it exactly one comment with `body`; `needed`: it is written where there is
/// none.
#[must_use]
pub fn steps(
    comments: &[Comment],
    marker: &str,
    login: &str,
    body: &str,
    needed: bool,
) -> Vec<Step> {
    let mut found: Vec<&Comment> = ours(comments, marker, login).collect();
    found.sort_by_key(|comment| comment.id);
    let Some((first, others)) = found.split_first() else {
        return needed.then_some(Step::Create).into_iter().collect();
    };
    let says = first
        .body
        .as_deref()
        .unwrap_or_default()
        .replace("\r\n", "\n");
    let edit = (says.trim_end() != body.trim_end()).then_some(Step::Edit(first.id));
    let others = others.iter().map(|comment| Step::Delete(comment.id));
    edit.into_iter().chain(others).collect()
}

/// Makes `body`, which begins with `marker`, the one comment of `number`.
///
/// # Errors
/// GitHub's.
pub async fn stick<T: Transport>(
    api: &Api<'_, T>,
    number: u64,
    marker: &str,
    body: &str,
    needed: bool,
) -> Result<Stuck, Failure> {
    let comments = api.comments(number).await?;
    // Who we are matters only where there is something to tell apart.
    let login = match comments.iter().any(|comment| is_marked(comment, marker)) {
        true => api.login().await,
        false => String::new(),
    };
    let todo = steps(&comments, marker, &login, body, needed);
    let mut stuck = match (todo.is_empty(), ours(&comments, marker, &login).next()) {
        (true, None) => Stuck::None,
        _ => Stuck::Unchanged,
    };
    for step in todo {
        match step {
            Step::Create => {
                api.create_comment(number, body).await?;
                stuck = Stuck::Created;
            }
            Step::Edit(id) => {
                api.edit_comment(id, body).await?;
                stuck = Stuck::Edited;
            }
            Step::Delete(id) => api.delete_comment(id).await?,
        }
    }
    if stuck == Stuck::Created {
        settle(api, number, marker, body).await;
    }
    Ok(stuck)
}

/// Two runs at once may both have found no comment: the oldest stays. What fails here is
/// done by the next run.
async fn settle<T: Transport>(api: &Api<'_, T>, number: u64, marker: &str, body: &str) {
    let Ok(comments) = api.comments(number).await else {
        return;
    };
    let marked = comments.iter().filter(|comment| is_marked(comment, marker));
    if marked.count() < 2 {
        return;
    }
    let login = api.login().await;
    for step in steps(&comments, marker, &login, body, false) {
        let _ = match step {
            Step::Edit(id) => api.edit_comment(id, body).await,
            Step::Delete(id) => api.delete_comment(id).await,
            Step::Create => Ok(()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::replies::User;

    fn comment(id: u64, login: &str, body: &str) -> Comment {
        Comment {
            id,
            body: Some(body.to_owned()),
            user: Some(User {
                login: login.to_owned(),
            }),
        }
    }

    const BOT: &str = "github-actions[bot]";
    const MARKER: &str = "<!-- m -->";

    fn todo(comments: &[Comment], needed: bool) -> Vec<Step> {
        steps(comments, MARKER, BOT, "<!-- m -->\nnew", needed)
    }

    #[test]
    fn the_first_comment_is_created_and_only_where_it_is_needed() {
        assert_eq!(todo(&[], true), [Step::Create]);
        assert_eq!(todo(&[], false), []);
    }

    #[test]
    fn our_comment_is_changed_in_place_and_left_when_it_says_so_already() {
        let old = comment(7, BOT, "<!-- m -->\nold");
        assert_eq!(todo(&[comment(1, "ada", "hi"), old], true), [Step::Edit(7)]);
        let same = comment(7, BOT, "<!-- m -->\r\nnew\r\n");
        assert_eq!(todo(&[same], true), []);
    }

    #[test]
    fn a_marker_of_somebody_else_is_not_ours() {
        let forged = comment(3, "eve", "<!-- m -->\nApproved!");
        assert_eq!(todo(std::slice::from_ref(&forged), true), [Step::Create]);
        assert!(!is_there(&[forged], MARKER, BOT));
        let quoted = comment(3, BOT, "> <!-- m -->\nnew");
        assert_eq!(todo(&[quoted], true), [Step::Create]);
        let mut ghost = comment(3, BOT, "<!-- m -->\nold");
        ghost.user = None;
        assert_eq!(todo(&[ghost], true), [Step::Create]);
    }

    #[test]
    fn of_two_the_older_stays() {
        let two = [
            comment(9, BOT, "<!-- m -->\nnew"),
            comment(4, BOT, "<!-- m -->\nold"),
        ];
        assert_eq!(todo(&two, true), [Step::Edit(4), Step::Delete(9)]);
    }
}
