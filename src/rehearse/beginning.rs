//! What a rehearsal begins from: the record as this clone knows it, and a LinkedIn that
//! shows what is recorded as published.
//!
//! Owns filling both. Must not make up posts.

use std::collections::BTreeMap;

use crate::desired::DesiredPost;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::AuthorUrn;
use crate::pass::load::Content;
use crate::record::recorded::Recorded;
use crate::record::{Entry, Ledger, State};
use crate::sandbox::{Linkedin, StoredPost, little};

/// The ledger to begin with, and the posts whose published text is not known here: those
/// are rehearsed as if they were unchanged.
pub(super) fn ledger(recorded: &Recorded, content: &Content) -> (Ledger, Vec<PostKey>) {
    let mut ledger = recorded.ledger.clone();
    let mut not_known = Vec::new();
    if recorded.ledger_known {
        return (ledger, not_known);
    }
    let posts = content.desired.posts.iter();
    let posts: BTreeMap<&PostKey, &DesiredPost> = posts.map(|post| (&post.key, post)).collect();
    ledger.entries.change_each(|entry| {
        let Some(post) = posts.get(&entry.key) else {
            return;
        };
        let now = match entry.target {
            Target::Linkedin => Some(post.content()),
            Target::Comment => post.comment(),
        };
        let Some(now) = now else { return };
        let digest = now.digest();
        if entry.state == State::Published && digest != entry.digest {
            not_known.push(entry.key.clone());
        }
        entry.digest = digest;
        entry.content = now;
    });
    not_known.dedup();
    (ledger, not_known)
}

/// A LinkedIn in which every author of the content has a token, and every recorded post is
/// where it was.
pub(super) fn linkedin(content: &Content, ledger: &Ledger) -> Linkedin {
    let config = &content.config;
    let mut linkedin = Linkedin::for_authors(authors(content).into_iter());
    linkedin
        .settings
        .versions
        .insert(config.api_version.clone());
    let posts = ledger.entries.values();
    for post in posts.filter_map(stored) {
        linkedin.put_post(post);
    }
    linkedin
}

/// Every author of the configuration and of the posts, with a name.
pub(super) fn authors(content: &Content) -> BTreeMap<AuthorUrn, String> {
    let config = &content.config;
    let configured = config.authors.values().map(|author| &author.urn);
    let posts = content.desired.posts.iter().map(|post| &post.author);
    let name = |author: &AuthorUrn| config.author_name(author).to_owned();
    configured
        .chain(posts)
        .map(|author| (author.clone(), name(author)))
        .collect()
}

fn stored(entry: &Entry) -> Option<StoredPost> {
    if entry.target != Target::Linkedin || entry.state != State::Published {
        return None;
    }
    let urn = entry.urn.clone()?;
    let created_at = entry.published_at.or_else(|| urn.minted_at())?;
    Some(StoredPost {
        urn,
        author: entry.content.author.clone(),
        raw: entry.content.wire.clone(),
        rendered: little::render(&entry.content.wire),
        content: None,
        parent: None,
        visibility: entry.content.visibility.wire().to_owned(),
        distribution: "MAIN_FEED".to_owned(),
        reshare_disabled: entry.content.disable_reshare,
        draft: false,
        created_at,
        modified_at: created_at,
        deleted_at: entry.deleted_at,
        edits: 0,
    })
}
