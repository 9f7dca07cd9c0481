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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::config;
    use crate::report::samples;

    const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\n";

    fn with<R>(prefix: &str, look: impl FnOnce(&Search<'_>) -> R) -> R {
        let path = ContentPath::parse("mergecast.yaml").unwrap();
        let (config, _) = config::parse(CONFIG.as_bytes(), &path);
        look(&Search {
            number: 1,
            base: "main",
            prefix,
            config: &config.unwrap(),
            now: samples::now(),
        })
    }

    #[test]
    fn only_documents_below_the_posts_of_this_content_root_are_read() {
        let found = |prefix: &str, name: &str| {
            with(prefix, |search| {
                let path = search.document(name)?;
                Some((path.to_string(), search.whole(&path)))
            })
        };
        let both = |one: &str, other: &str| Some((one.to_owned(), other.to_owned()));
        assert_eq!(found("", "posts/a.md"), both("posts/a.md", "posts/a.md"));
        let whole = "team/linkedin/posts/2026/a.md";
        assert_eq!(
            found("team/linkedin", whole),
            both("posts/2026/a.md", whole)
        );
        for (prefix, name) in [
            ("", "README.md"),
            ("", "posts/a.png"),
            ("", "drafts/a.md"),
            ("", "posts/../secret.md"),
            ("", "posts//a.md"),
            ("", "/posts/a.md"),
            ("", "posts/a\n.md"),
            ("team/linkedin", "posts/a.md"),
            ("team/linkedin", "team/linkedin-2/posts/a.md"),
        ] {
            assert_eq!(found(prefix, name), None, "{prefix} {name:?}");
        }
    }

    #[test]
    fn a_slot_is_a_time_that_is_known_and_to_come() {
        let at = |front: &str| {
            with("", |search| {
                let path = ContentPath::parse("posts/a.md").unwrap();
                let text = format!("---\n{front}\n---\nText\n");
                search.slot(text.as_bytes(), &path, 7)
            })
        };
        let slot = at("scheduled_at: 2031-05-06T08:00:00Z").unwrap();
        assert_eq!(slot.at, samples::at("2031-05-06T08:00:00Z"));
        assert_eq!(
            (slot.key.as_str(), slot.place),
            ("a", Place::PullRequest(7))
        );
        for nothing in [
            "scheduled_at: 2020-05-06T08:00:00Z",
            "scheduled_at: 2031-05-06T08:00:00Z\ndraft: true",
            "scheduled_at: on-merge",
            "labels: [x]",
            "scheduled_at: [",
        ] {
            assert_eq!(at(nothing), None, "{nothing}");
        }
        let long = "x".repeat(front_matter::MAX_DOCUMENT);
        assert_eq!(
            at(&format!("scheduled_at: 2031-05-06T08:00:00Z\n# {long}")),
            None
        );
    }
}
