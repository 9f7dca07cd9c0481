//! What is recorded of an edit of a live post.
//!
//! Owns what happens when two edits cross. LinkedIn keeps whichever arrives last, and nobody
//! learns which one that was, so the record then says that the text is not known for sure.

use super::event::Refused;
use super::outcome::live;
use crate::model::content::PostContent;
use crate::model::digest::Digest;
use crate::record::entry::{Entry, SentDocument};

/// Records an edit that was sent when the record said `replaces`.
pub(super) fn edited(
    entry: Entry,
    content: PostContent,
    content_commit: Option<String>,
    document: Option<SentDocument>,
    replaces: &Digest,
) -> Result<Entry, Refused> {
    live(&entry)?;
    if entry.digest != *replaces {
        let same = entry.digest == content.digest();
        let text_unsure = entry.text_unsure || !same;
        return Ok(Entry {
            text_unsure,
            ..entry
        });
    }
    Ok(Entry {
        digest: content.digest(),
        content,
        content_commit,
        document,
        text_unsure: false,
        ..entry
    })
}

/// Records an edit of which it is not known whether LinkedIn took it.
pub(super) fn edit_lost(entry: Entry) -> Result<Entry, Refused> {
    live(&entry)?;
    Ok(Entry {
        text_unsure: true,
        ..entry
    })
}
