//! About how many requests an action makes of LinkedIn.
//!
//! Owns the estimate, waits for media included. Calls are counted by day and member, and
//! LinkedIn tells nobody what is left (LinkedIn, "API rate limits"). Must not count what
//! was really sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Action, PlanItem};
use crate::desired::DesiredPost;
use crate::model::config::Config;
use crate::model::media::{DesiredMedia, MediaFormat, MediaKind};

/// Bytes of one part of a video (LinkedIn, "Videos API").
const PART: u64 = 4 * 1024 * 1024;
/// Questions whether an image, and a document or video, may be used.
const IMAGE_QUESTIONS: u32 = 2;
const SLOW_QUESTIONS: u32 = 6;
/// A comment is tried until LinkedIn knows the post.
const COMMENT: u32 = 3;

/// The requests of one action.
pub(super) fn estimate(action: &Action, post: Option<&DesiredPost>) -> u32 {
    match action {
        Action::Publish => {
            let uploads = post.into_iter().flat_map(DesiredPost::uploads);
            1 + uploads.map(upload).sum::<u32>()
        }
        Action::Update | Action::Delete | Action::Move { update: true, .. } => 1,
        Action::Comment => COMMENT,
        Action::Move { update: false, .. }
        | Action::Wait
        | Action::Hold
        | Action::Unknown
        | Action::None => 0,
    }
}

fn upload(media: &DesiredMedia) -> u32 {
    match media.facts.format.map(MediaFormat::kind) {
        Some(MediaKind::Video) => {
            let parts = u32::try_from(media.facts.bytes.div_ceil(PART)).unwrap_or(u32::MAX);
            let beside = [media.thumbnail.is_some(), media.captions.is_some()];
            let beside = beside.into_iter().map(u32::from).sum::<u32>();
            parts.saturating_add(2 + beside + SLOW_QUESTIONS)
        }
        Some(MediaKind::Document) => 2 + SLOW_QUESTIONS,
        Some(MediaKind::Image | MediaKind::Captions) | None => 2 + IMAGE_QUESTIONS,
    }
}

/// About how many requests one credential makes. LinkedIn counts by app and member, which
/// is what a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The variable that names it; `None`: the default credential.
    pub credential: Option<String>,
    /// Who publishes with it, by name, sorted.
    pub authors: Vec<String>,
    /// About how many requests, waits for media included.
    pub requests: u32,
    /// How many LinkedIn allows it a day, where that is known.
    pub limit: Option<u32>,
}

impl Estimate {
    /// Whether a day is not enough for them.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.requests > limit)
    }
}

/// The requests of a plan by credential, sorted by the names of authors; credentials that
/// are not needed are left out.
pub(super) fn by_credential(items: &[Arc<PlanItem>], config: &Config) -> Vec<Estimate> {
    let mut all: BTreeMap<Option<&str>, Estimate> = BTreeMap::new();
    for item in items.iter().filter(|item| item.requests > 0) {
        let Some(author) = &item.author else { continue };
        let credential = config.credential_name(author);
        let estimate = all.entry(credential).or_insert_with(|| Estimate {
            credential: credential.map(str::to_owned),
            authors: Vec::new(),
            requests: 0,
            limit: None,
        });
        estimate.requests = estimate.requests.saturating_add(item.requests);
        let limit = config.requests_per_day(author);
        estimate.limit = estimate.limit.into_iter().chain(limit).min();
        if let Err(place) = estimate.authors.binary_search(&item.author_name) {
            estimate.authors.insert(place, item.author_name.clone());
        }
    }
    let mut all: Vec<Estimate> = all.into_values().collect();
    all.sort_by(|a, b| a.authors.cmp(&b.authors));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::urn::AuthorUrn;
    use crate::plan::PostState;
    use crate::report::samples;
    use crate::rules::testing;

    #[test]
    fn calls_are_counted_by_credential() {
        let mut config = testing::config();
        let named = |config: &mut Config, alias: &str, variable: &str| {
            let author = config.authors.get_mut(alias).unwrap();
            author.credentials.token_env = Some(variable.to_owned());
            author.urn.clone()
        };
        let item = |urn: &AuthorUrn, name: &str, requests: u32| {
            let mut item = samples::item(name, Action::Publish, PostState::Due);
            item.author = Some(urn.clone());
            item.author_name = name.to_owned();
            item.requests = requests;
            Arc::new(item)
        };
        let (acme, jane) = (
            named(&mut config, "acme", "ONE"),
            named(&mut config, "jane", "ONE"),
        );
        let items = [
            item(&jane, "jane", 100),
            item(&acme, "acme", 40),
            item(&jane, "jane", 20),
        ];
        let found = by_credential(&items, &config);
        assert_eq!(
            found,
            [Estimate {
                credential: Some("ONE".to_owned()),
                authors: vec!["acme".to_owned(), "jane".to_owned()],
                requests: 160,
                limit: Some(150),
            }]
        );
        assert!(found[0].is_over());
        named(&mut config, "acme", "TWO");
        let found = by_credential(&items, &config);
        let told: Vec<_> = found.iter().map(|of| (of.requests, of.limit)).collect();
        assert_eq!(told, [(40, None), (120, Some(150))]);
        assert!(!found.iter().any(Estimate::is_over));
    }
}
