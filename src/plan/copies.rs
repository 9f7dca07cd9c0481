//! Posts that say what a recorded post said.
//!
//! Owns finding the earlier one, by author and words or digest. Must not decide what
//! becomes of a copy; copies within one plan are [`super::twins`].

use super::index::Index;
use crate::desired::DesiredPost;
use crate::model::key::PostKey;
use crate::record::{Entries, Entry};

/// The first other post, by key, that is on LinkedIn or may be and has the same words or the
/// same content. `index` is of `entries`; `from` is the key `post` was recorded under before
/// its file was renamed.
pub(super) fn find<'a>(
    entries: &'a Entries,
    index: &Index,
    post: &DesiredPost,
    from: Option<&PostKey>,
) -> Option<&'a Entry> {
    let own = entries.post(&post.key);
    // A post that is out, or may be, is no copy of anything.
    if own.is_some_and(|entry| entry.bars_sending()) {
        return None;
    }
    let text = post.commentary.to_plain();
    let is_copied = |entry: &&Entry| {
        let says = &entry.content.text;
        entry.may_be_live()
            && entry.content.author == post.author
            && (entry.digest == post.digest || !says.is_empty() && *says == text)
    };
    let keys = index
        .with_digest(&post.digest)
        .chain(index.with_text(&text));
    let others = keys.filter(|key| **key != post.key && Some(*key) != from);
    let entries = others.filter_map(|key| entries.post(key).map(AsRef::as_ref));
    entries.filter(is_copied).min_by(|a, b| a.key.cmp(&b.key))
}
