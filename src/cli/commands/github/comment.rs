//! `github comment`: the comment of a review that ran where it could not write.
//!
//! Owns the order of checks. The artifact comes from a run of a fork, so it is hostile until
//! GitHub itself says the same; even then only its data are used, never prepared text.

use super::{Step, fail, tell};
use crate::cli::args::CommentArgs;
use crate::diagnostic::Diagnostic;
use crate::github::api::Api;
use crate::github::artifact::{Artifact, FILE, MAX_BYTES, Refused, Standing};
use crate::github::event::{self, WorkflowRunEvent};
use crate::github::failure::Failure;
use crate::github::sticky;
use crate::report::exit::Exit;
use crate::report::review::markdown::{COMMENT_LIMIT, Origin, review_markdown};
use crate::system::files::read_bounded;
use crate::system::http::HttpTransport;

/// Why there is no comment.
enum Not {
    /// The artifact is not what it should be.
    Refused(Refused),
    /// GitHub.
    Failed(Failure),
    /// The file is there and cannot be read.
    Unreadable(String),
}

impl From<Refused> for Not {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Failure> for Not {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Writes the comment.
pub(super) async fn run(args: &CommentArgs, step: &Step<'_>) -> Exit {
    let refuse = |why: String| {
        let problem = Diagnostic::error("artifact-refused", why)
            .note("no comment was written")
            .help("nothing to do: a run of an honest review writes another");
        tell(&[problem], "", step.output);
        Exit::Refused
    };
    match comment(args, step).await {
        Ok(words) => {
            step.output.data(&format!("comment: {words}\n"));
            Exit::Done
        }
        Err(Not::Refused(refused)) => refuse(refused.to_string()),
        Err(Not::Unreadable(why)) => refuse(format!("`{FILE}` cannot be read: {why}")),
        Err(Not::Failed(failure)) => fail(&failure, step.output),
    }
}

async fn comment(args: &CommentArgs, step: &Step<'_>) -> Result<&'static str, Not> {
    let run: WorkflowRunEvent = event::parse(&step.event()?, "workflow_run")?;
    let run = run.workflow_run;
    let bytes = read_bounded(&args.artifact.join(FILE), MAX_BYTES);
    let bytes = bytes.map_err(|error| Not::Unreadable(error.to_string()))?;
    let Some(bytes) = bytes else {
        return Ok("nothing was left to write");
    };
    let artifact = Artifact::parse(&bytes)?;
    artifact.is_of(&run)?;
    let context = step.context;
    let token = context.token.as_ref().ok_or(Failure::NoToken)?;
    let transport =
        HttpTransport::new().map_err(|error| Failure::Unreachable(error.to_string()))?;
    let api = Api::new(&transport, context, token);
    let pull = api.pull(artifact.number).await?;
    let standing = artifact.is_for(&pull, &run, context.repository.as_str())?;
    if standing == Standing::Overtaken {
        return Ok("none; the pull request was pushed to or closed since");
    }
    let origin = match pull.base.repository() == pull.head.repository() {
        true => Origin::Own,
        false => Origin::Fork,
    };
    let review = &artifact.review;
    let page = review_markdown(review, origin, COMMENT_LIMIT);
    let body = format!("{}\n{page}", sticky::REVIEW);
    let needed = review.says_something();
    let stuck = sticky::stick(&api, artifact.number, sticky::REVIEW, &body, needed).await?;
    Ok(match stuck {
        sticky::Stuck::Created => "created",
        sticky::Stuck::Edited => "edited",
        sticky::Stuck::Unchanged => "says so already",
        sticky::Stuck::None => "none, since no post changes",
    })
}
