//! What must hold after every run, and in the end.

use std::collections::BTreeMap;

use mergecast::model::Instant;
use mergecast::report::exit::Exit;
use mergecast::report::results::{ApplyReport, Outcome};

use crate::campaign::Campaign;
use crate::globe::Globe;
use crate::outside::path;
use crate::stories::has_comment;
use crate::truth::{self, Marker, Visible};

/// At most one post for every marker, whatever happened.
pub(crate) fn never_twice(globe: &Globe) -> Result<(), String> {
    let truth = truth::of(&globe.linkedin());
    let twice = truth.iter().find(|(_, posts)| posts.len() > 1);
    if let Some((marker, posts)) = twice {
        return Err(format!("marker {marker} was published twice: {posts:#?}"));
    }
    let linkedin = globe.linkedin();
    let mut commented = BTreeMap::new();
    for comment in linkedin.comments() {
        let marker = truth::marker_of(&comment.text);
        if let Some(first) = commented.insert(marker, comment) {
            return Err(format!("two comments: {first:?} and {comment:?}"));
        }
    }
    Ok(())
}

/// Every post that is out has the first comment its file asks for.
pub(crate) fn all_commented(globe: &Globe) -> Result<(), String> {
    let linkedin = globe.linkedin();
    let missing = linkedin.posts().iter().find(|post| {
        let marker = truth::marker_of(&post.rendered.text);
        let mut comments = linkedin.comments().iter();
        marker.is_some_and(has_comment) && !comments.any(|comment| comment.post == post.urn)
    });
    missing.map_or(Ok(()), |post| Err(format!("no comment below {post:#?}")))
}

/// Whatever was due when a run began and is not out is named by it, with an exit code that
/// says so.
pub(crate) fn never_silent(
    globe: &Globe,
    campaign: &Campaign,
    began: Instant,
    report: &ApplyReport,
) -> Result<(), String> {
    let truth = truth::of(&globe.linkedin());
    let named = named(globe, report);
    for (marker, expected) in &campaign.expected {
        let owed = expected.created > 0 && expected.due <= began && !truth.contains_key(marker);
        if !owed {
            continue;
        }
        if report.exit == Exit::Done {
            return Err(format!(
                "{began}: marker {marker} is owed, and the run says done"
            ));
        }
        if !named.contains_key(marker) && !report.results.is_empty() {
            let results = report.results.iter();
            let results: Vec<_> = results
                .map(|r| (r.item.key.as_str(), r.outcome, r.item.reason.code.as_str()))
                .collect();
            return Err(format!(
                "{began}: marker {marker} ({:?}) is owed and not named in {results:?}",
                expected.story
            ));
        }
    }
    Ok(())
}

/// The markers of the posts that a run says are not done.
fn named(globe: &Globe, report: &ApplyReport) -> BTreeMap<Marker, Outcome> {
    let waits = |outcome| matches!(outcome, Outcome::Held | Outcome::Unknown | Outcome::Failed);
    let results = report.results.iter().filter(|result| waits(result.outcome));
    let marked = results.filter_map(|result| {
        let bytes = globe
            .outside
            .repository
            .file(&path(result.item.path.as_str()))?;
        let marker = truth::marker_of(&String::from_utf8_lossy(&bytes))?;
        Some((marker, result.outcome))
    });
    marked.collect()
}

/// Every post is as its story has it, and there is none that no story tells of.
pub(crate) fn as_told(globe: &Globe, campaign: &Campaign) -> Result<(), String> {
    let mut truth = truth::of(&globe.linkedin());
    for (marker, expected) in &campaign.expected {
        let found = truth.remove(marker).unwrap_or_default();
        let fits = |post: &Visible| {
            post.author == expected.author
                && post.text == expected.text
                && post.images == expected.images
                && expected.live.is_none_or(|live| post.live == live)
                && post.created_at >= expected.due
        };
        if found.len() != expected.created || !found.iter().all(fits) {
            return Err(format!(
                "marker {marker}: expected {expected:#?}, found {found:#?}"
            ));
        }
    }
    match truth.is_empty() {
        true => Ok(()),
        false => Err(format!("nobody wrote {truth:#?}")),
    }
}

/// The lockfile on the branch names exactly what is or was on LinkedIn.
pub(crate) fn lockfile_agrees(globe: &Globe) -> Result<(), String> {
    let lockfile = globe
        .outside
        .repository
        .file(&path("mergecast.lock"))
        .unwrap_or_default();
    let lockfile = String::from_utf8_lossy(&lockfile).into_owned();
    let linkedin = globe.linkedin();
    let missing: Vec<_> = linkedin
        .posts()
        .iter()
        .filter(|post| !lockfile.contains(post.urn.as_str()))
        .collect();
    // A person who found a comment whose outcome was unknown has it skipped.
    let of_comments = lockfile.matches("linkedin-comment").count();
    let named = lockfile.matches(" urn: ").count() - lockfile.matches(" urn: null").count();
    let skipped = lockfile.matches("state: \"skipped\"").count();
    let all = linkedin.posts().len() + linkedin.comments().len();
    if missing.is_empty()
        && (named..=named + skipped).contains(&all)
        && of_comments == linkedin.comments().len()
    {
        Ok(())
    } else {
        Err(format!(
            "the lockfile names {named} posts and comments, {of_comments} comments among them and \
             {skipped} skipped; LinkedIn has {} and {}; it lacks {missing:#?}",
            linkedin.posts().len(),
            linkedin.comments().len()
        ))
    }
}
