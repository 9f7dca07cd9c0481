//! What a run that may not write hands to one that may.
//!
//! Owns the file's form and its limits. The reader trusts nothing in it: it is data only,
//! read strictly and with bounds, compared with what GitHub says about the pull request,
//! and laid out anew. Must not carry prepared text.

use serde::{Deserialize, Serialize};

use super::event::{EventPull, WorkflowRun, is_commit};
use super::replies::Pull;
use crate::report::review::{Card, Hazard, Refusal, Review, ReviewedPost};

/// The file's name in its folder.
pub const FILE: &str = "comment.json";
/// The longest file that is written or read, in bytes.
pub const MAX_BYTES: u64 = 2 * 1024 * 1024;
/// The form that is written and read.
const VERSION: u32 = 1;
/// Posts, and problems, of one review.
const MANY: usize = 1_000;
/// Things of one post: media, hazards, answers.
const SOME: usize = 50;
/// One text, in bytes: LinkedIn's 3,000 UTF-16 units with room.
const TEXT: usize = 64 * 1024;

/// A review on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    version: u32,
    /// The pull request.
    pub number: u64,
    /// Its newest commit when the review was made.
    pub head_sha: String,
    /// The review.
    pub review: Review,
}

/// Why an artifact is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Longer than [`MAX_BYTES`].
    #[error("`{FILE}` has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not the form that is written.
    #[error("`{FILE}` is not what `mergecast github review` writes")]
    Malformed,
    /// More or longer than any review has.
    #[error("`{FILE}` has {0} beyond all limits")]
    Excessive(&'static str),
    /// Another commit than the one the workflow ran for.
    #[error("`{FILE}` is about another commit than the workflow run")]
    OtherCommit,
    /// Another pull request than the one of the workflow run.
    #[error("pull request {0} is not the one the workflow ran for")]
    OtherPull(u64),
    /// Not started by a pull request.
    #[error("the workflow run was started by `{0}`, not by a pull request")]
    OtherEvent(String),
}

/// What is done with an artifact that is what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The pull request stands at that commit.
    Current,
    /// It was pushed to since, or closed: a newer run tells.
    Overtaken,
}

impl Artifact {
    /// The review of a pull request. Where it would be too long, texts are left out.
    #[must_use]
    pub fn new(pull: &EventPull, review: &Review) -> Self {
        let mut artifact = Self {
            version: VERSION,
            number: pull.number,
            head_sha: pull.head.sha.clone(),
            review: review.clone(),
        };
        artifact.review.posts.truncate(MANY);
        artifact.review.problems.truncate(MANY);
        if artifact.to_json().len() as u64 > MAX_BYTES {
            for post in &mut artifact.review.posts {
                post.text = None;
                post.before = None;
                post.first_comment = None;
            }
        }
        artifact
    }

    /// The file.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the file, strictly.
    ///
    /// # Errors
    /// When it is anything but what [`Self::to_json`] writes, within its limits.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Refused::TooLarge);
        }
        let artifact: Self = serde_json::from_slice(bytes).map_err(|_| Refused::Malformed)?;
        if artifact.version != VERSION || artifact.number == 0 || !is_commit(&artifact.head_sha) {
            return Err(Refused::Malformed);
        }
        bounded(&artifact.review)?;
        Ok(artifact)
    }

    /// Compares it with the run that made it.
    ///
    /// # Errors
    /// When that was no run of a pull request, or one for another commit.
    pub fn is_of(&self, run: &WorkflowRun) -> Result<(), Refused> {
        if run.event != "pull_request" {
            return Err(Refused::OtherEvent(run.event.clone()));
        }
        if run.head_sha != self.head_sha {
            return Err(Refused::OtherCommit);
        }
        Ok(())
    }

    /// Compares it with the pull request it names, as GitHub knows it, in `repository`.
    ///
    /// # Errors
    /// When it is not the pull request the run was for.
    pub fn is_for(
        &self,
        pull: &Pull,
        run: &WorkflowRun,
        repository: &str,
    ) -> Result<Standing, Refused> {
        let other = || Refused::OtherPull(self.number);
        let from = run.head_repository.as_ref().ok_or_else(other)?;
        let same = pull.number == self.number
            && pull.base.repository() == Some(repository.to_lowercase())
            && pull.head.repository() == Some(from.full_name.to_lowercase());
        if !same {
            return Err(other());
        }
        match pull.state == "open" && pull.head.sha == self.head_sha {
            true => Ok(Standing::Current),
            false => Ok(Standing::Overtaken),
        }
    }
}

fn bounded(review: &Review) -> Result<(), Refused> {
    let many = |what, count: usize, limit: usize| match count <= limit {
        true => Ok(()),
        false => Err(Refused::Excessive(what)),
    };
    many("posts", review.posts.len(), MANY)?;
    many("problems", review.problems.len(), MANY)?;
    many("refusals", review.refusals.len(), SOME)?;
    many("texts", review.digest.len(), TEXT)?;
    for refusal in &review.refusals {
        if let Refusal::Frozen { reasons, help } = refusal {
            many("reasons", reasons.len(), MANY)?;
            for reason in reasons.iter().chain([help]) {
                many("texts", reason.len(), TEXT)?;
            }
        }
    }
    for problem in &review.problems {
        let path = problem.path.as_deref().unwrap_or_default();
        for text in [problem.message.as_str(), problem.code.as_str(), path] {
            many("texts", text.len(), TEXT)?;
        }
    }
    for post in &review.posts {
        many("media files", post.media.len(), SOME)?;
        many("hazards", post.hazards.len(), SOME)?;
        if let Some(Card::Poll { options, .. }) = &post.card {
            many("answers", options.len(), SOME)?;
        }
        let longest = texts(post).map(str::len).max().unwrap_or_default();
        many("texts", longest, TEXT)?;
    }
    Ok(())
}

/// Every text of a post that is shown.
fn texts(post: &ReviewedPost) -> impl Iterator<Item = &str> {
    let media = post.media.iter().flat_map(|medium| {
        [
            Some(medium.path.as_str()),
            Some(medium.kind.as_str()),
            medium.alt.as_deref(),
            medium.title.as_deref(),
        ]
    });
    let near = post.hazards.iter().map(|hazard| match hazard {
        Hazard::Near { key, .. } => Some(key.as_str()),
        _ => None,
    });
    let card: Vec<&str> = post.card.iter().flat_map(card_texts).collect();
    let own = [
        Some(post.key.as_str()),
        Some(post.path.as_str()),
        Some(post.author.as_str()),
        Some(post.zone.as_str()),
        Some(post.cause.code.as_str()),
        Some(post.cause.message.as_str()),
        post.cause.help.as_deref(),
        post.was.as_deref(),
        post.text.as_deref(),
        post.before.as_ref().map(|before| before.text.as_str()),
        post.first_comment.as_deref(),
        post.live.as_deref(),
        post.visibility.as_deref(),
    ];
    own.into_iter()
        .chain(media)
        .chain(near)
        .flatten()
        .chain(card)
}

fn card_texts(card: &Card) -> Vec<&str> {
    match card {
        Card::Article {
            url,
            title,
            description,
        } => {
            let description = description.as_deref().unwrap_or_default();
            vec![url, title, description]
        }
        Card::Poll {
            question,
            options,
            duration,
        } => {
            let options = options.iter().map(String::as_str);
            options
                .chain([question.as_str(), duration.as_str()])
                .collect()
        }
        Card::Reshare { urn } => vec![urn],
    }
}

#[cfg(test)]
mod tests;
