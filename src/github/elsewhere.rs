//! Posts of other open pull requests, as far as their times go.
//!
//! Owns how many requests that may take. What it reads was written by anybody: it is parsed
//! with the same limits as every document, and only key, author and time are kept. Must not
//! fail a review: what cannot be read is left out.

use super::api::Api;
use super::failure::Failure;
use super::hazards::Slot;
use crate::content::{document, front_matter};
use crate::desired::Schedule;
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::path::ContentPath;
use crate::ports::Transport;
use crate::report::review::Place;

/// Other pull requests that are looked at, the newest ones.
const PULLS: usize = 10;
/// Documents that are read in all.
const DOCUMENTS: usize = 30;

/// Whose posts are looked for.
pub struct Search<'a> {
    /// This pull request.
    pub number: u64,
    /// The branch it goes to.
    pub base: &'a str,
    /// The content root's path in the repository; empty: its top.
    pub prefix: &'a str,
    /// The settings documents are read with.
    pub config: &'a Config,
    /// The instant.
    pub now: Instant,
}

/// When posts of other open pull requests would go out. At most forty requests or so.
///
/// # Errors
/// When GitHub does not list open pull requests.
pub async fn slots<T: Transport>(
    api: &Api<'_, T>,
    search: &Search<'_>,
) -> Result<Vec<Slot>, Failure> {
    let pulls = api.open_pulls(search.base).await?;
    let others = pulls
        .into_iter()
        .filter(|pull| pull.number != search.number);
    let mut found = Vec::new();
    let mut left = DOCUMENTS;
    for pull in others.take(PULLS) {
        let files = match api.files(pull.number).await {
            Ok(files) => files,
            Err(limited @ Failure::Limited(_)) => return Err(limited),
            Err(_) => continue,
        };
        let changed = files.iter().filter(|file| file.status != "removed");
        for path in changed.filter_map(|file| search.document(&file.filename)) {
            if left == 0 {
                return Ok(found);
            }
            left -= 1;
            let whole = search.whole(&path);
            let Ok(bytes) = api.file(&whole, &pull.head.sha).await else {
                continue;
            };
            found.extend(search.slot(&bytes, &path, pull.number));
        }
    }
    Ok(found)
}

impl Search<'_> {
    /// The document at a path of the repository.
    fn document(&self, filename: &str) -> Option<ContentPath> {
        let below = match self.prefix {
            "" => filename,
            prefix => filename.strip_prefix(prefix)?.strip_prefix('/')?,
        };
        let path = ContentPath::parse(below).ok()?;
        let is_post = path.as_str() == below
            && below.ends_with(".md")
            && path.below(&self.config.posts).is_some();
        is_post.then_some(path)
    }

    fn whole(&self, path: &ContentPath) -> String {
        match self.prefix {
            "" => path.to_string(),
            prefix => format!("{prefix}/{path}"),
        }
    }

    fn slot(&self, bytes: &[u8], path: &ContentPath, number: u64) -> Option<Slot> {
        if bytes.len() > front_matter::MAX_DOCUMENT {
            return None;
        }
        let document = document::parse(bytes, path, self.config).document?;
        let at = match document.schedule.value {
            Schedule::At(at) => at,
            // When it will be merged, nobody knows.
            Schedule::OnMerge | Schedule::Unscheduled => return None,
        };
        (!document.draft && at >= self.now).then(|| Slot {
            author: document.author.value.clone(),
            key: document.key.value.clone(),
            at,
            place: Place::PullRequest(number),
        })
    }
}
