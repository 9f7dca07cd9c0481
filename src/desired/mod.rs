//! Desired state: what the content says should be on LinkedIn.
//!
//! Owns the values between documents and the plan. Must not know what has been
//! published: that is [`crate::record`].

pub mod assemble;

use std::convert::Infallible;
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::model::Instant;
use crate::model::attached::Attached;
use crate::model::audience::Audience;
use crate::model::commentary::Commentary;
use crate::model::config::OnLate;
use crate::model::content::PostContent;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::little::LittleText;
use crate::model::media::DesiredMedia;
use crate::model::path::ContentPath;
use crate::model::urn::AuthorUrn;
use crate::model::visibility::Visibility;
use crate::model::zone::Tz;

/// When a post is meant to go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Not before this instant.
    At(Instant),
    /// As soon as it is on the published branch; never late.
    OnMerge,
    /// Never: a draft.
    Unscheduled,
}

/// One post as the content wants it, free of errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredPost {
    /// Its identity.
    pub key: PostKey,
    /// Whether the key was written as `id`, not derived from the path.
    pub explicit_id: bool,
    /// The key it would have without an `id`: its path below the posts folder, where that
    /// is a key.
    pub path_key: Option<PostKey>,
    /// The post that this one says again on purpose.
    pub repeats: Option<PostKey>,
    /// Digest of the whole file, front matter and body.
    pub source: Digest,
    /// Its file.
    pub path: ContentPath,
    /// Who publishes it.
    pub author: AuthorUrn,
    /// The zone its times are shown in.
    pub zone: Tz,
    /// Its text.
    pub commentary: Commentary,
    /// Its media, in display order.
    pub media: Vec<DesiredMedia>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether readers are kept from resharing it.
    pub disable_reshare: bool,
    /// A link card, a poll, or another post.
    pub attached: Option<Attached<DesiredMedia>>,
    /// To whom of its followers a page shows it.
    pub audience: Audience,
    /// What the author comments below it; plain text, sent as it is.
    pub first_comment: Option<String>,
    /// When it goes out.
    pub schedule: Schedule,
    /// Marked `draft: true`.
    pub draft: bool,
    /// Overrides the configuration's.
    pub max_lateness: Option<Duration>,
    /// Overrides the configuration's.
    pub on_late: Option<OnLate>,
    /// The team's own words; never sent.
    pub labels: Vec<String>,
    /// Digest of [`Self::content`].
    pub digest: Digest,
}

impl DesiredPost {
    /// Every media file to upload, in the order of [`PostContent::uploads`].
    pub fn uploads(&self) -> impl Iterator<Item = &DesiredMedia> {
        let card = self.attached.as_ref().and_then(Attached::thumbnail);
        self.media.iter().chain(card)
    }

    /// The first comment in the form in which it is recorded. Comments are plain text:
    /// what is sent is what is read.
    #[must_use]
    pub fn comment(&self) -> Option<PostContent> {
        let text = self.first_comment.clone()?;
        Some(PostContent::of_text(
            self.author.clone(),
            text.clone(),
            text,
        ))
    }

    /// What readers would get.
    #[must_use]
    pub fn content(&self) -> PostContent {
        let attached: Option<Result<_, Infallible>> = self
            .attached
            .clone()
            .map(|attached| attached.try_map(|media| Ok(media.content())));
        PostContent {
            author: self.author.clone(),
            text: self.commentary.to_plain(),
            wire: LittleText::encode(&self.commentary).as_str().to_owned(),
            media: self.media.iter().map(DesiredMedia::content).collect(),
            visibility: self.visibility,
            disable_reshare: self.disable_reshare,
            attached: attached.map(|Ok(attached)| attached),
            audience: self.audience.clone(),
        }
    }
}

/// A document whose errors keep it from being a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedDocument {
    /// Its key where one could be read, else its path key.
    pub key: PostKey,
    /// Its file.
    pub path: ContentPath,
    /// Its author, where one could be read.
    pub author: Option<AuthorUrn>,
    /// When it would go out, where that could be read.
    pub schedule: Option<Schedule>,
    /// Code and message of its first error.
    pub problem: (&'static str, String),
}

/// A document of another content root of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Its path from the repository's top.
    pub path: String,
    /// Digest of the whole file.
    pub source: Digest,
    /// What stands below its front matter.
    pub body: String,
}

/// What the content says, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DesiredState {
    /// Posts without errors, sorted by key; keys are unique.
    pub posts: Vec<DesiredPost>,
    /// Documents with errors, sorted by path.
    pub blocked: Vec<BlockedDocument>,
    /// Files in the folder of posts that look like posts and are not read, such as hidden
    /// ones: a document that is gone may be one of them under another name.
    pub unread: Vec<ContentPath>,
    /// Documents of other content roots of the repository: a document may have moved from one
    /// to another. `None`: they cannot be looked at.
    pub outside: Option<Vec<Outside>>,
    /// Whether a document that is gone may merely be missing in this checkout.
    pub may_lack_files: bool,
    /// Every problem found, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// The commit the content was read from; `None`: files of a work tree.
    pub content_commit: Option<String>,
}

impl DesiredState {
    /// The post `key`.
    #[must_use]
    pub fn post(&self, key: &PostKey) -> Option<&DesiredPost> {
        let place = self.posts.binary_search_by(|post| post.key.cmp(key));
        self.posts.get(place.ok()?)
    }

    /// The keys of all documents, also of those with errors.
    pub fn keys(&self) -> impl Iterator<Item = &PostKey> {
        let blocked = self.blocked.iter().map(|document| &document.key);
        self.posts.iter().map(|post| &post.key).chain(blocked)
    }
}
