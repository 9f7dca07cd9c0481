//! Media: `/rest/images`, `/rest/videos`, `/rest/documents`, and the addresses their bytes
//! are sent to.
//!
//! Owns a file from `initializeUpload` to `AVAILABLE`. Must not know posts.
//!
//! Source: LinkedIn, "Images API", "Videos API", "Documents API".

mod form;
mod initialize;
mod read;
mod upload;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Linkedin;
use super::answer::{Answer, Answered};
use super::call::{self, Call};
use super::gate::Caller;
use super::settings::Settings;
use crate::model::Instant;
use crate::model::media::MediaKind;
use crate::model::urn::{AuthorKind, AuthorUrn, MediaUrn};

pub use form::MediaForm;
pub(super) use upload::{signed, upload};

/// Where a file is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaStatus {
    /// Not all bytes are there.
    WaitingUpload,
    /// Bytes came, and are being looked at.
    Processing,
    /// It can be shown.
    Available,
    /// It never will.
    ProcessingFailed,
}

impl MediaStatus {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            MediaStatus::WaitingUpload => "WAITING_UPLOAD",
            MediaStatus::Processing => "PROCESSING",
            MediaStatus::Available => "AVAILABLE",
            MediaStatus::ProcessingFailed => "PROCESSING_FAILED",
        }
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMedia {
    /// Its name.
    pub urn: MediaUrn,
    /// Who may show it.
    pub owner: AuthorUrn,
    /// Where its bytes go.
    slots: Vec<Slot>,
    /// What the end of a video must repeat.
    upload_token: String,
    /// When the addresses end.
    upload_expires_at: Instant,
    /// Size of the bytes; 0 before the upload.
    pub bytes: u64,
    /// What the bytes are; none: nothing LinkedIn takes for this kind.
    pub form: Option<MediaForm>,
    /// When processing ends; none before the upload.
    processed_at: Option<Instant>,
    /// Whether processing ends well.
    sound: bool,
    /// Whether captions came with a video.
    pub has_captions: bool,
    /// Whether a preview image came with a video.
    pub has_thumbnail: bool,
}

/// One address bytes are sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Slot {
    /// Path and query of the address.
    target: String,
    /// What goes there.
    role: Role,
    /// The `ETag` of what came, without its quotes.
    tag: Option<String>,
    /// What came. Parts are not kept over a restart: the upload begins anew.
    #[serde(skip)]
    bytes: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    /// The whole file, with the token.
    Whole,
    /// So many bytes of a video, at a signed address.
    Part { bytes: u64 },
    /// A video's preview image.
    Thumbnail,
    /// A video's captions.
    Captions,
}

impl StoredMedia {
    /// Its status at `now`.
    #[must_use]
    pub fn status(&self, now: Instant) -> MediaStatus {
        match self.processed_at {
            None => MediaStatus::WaitingUpload,
            Some(at) if now < at => MediaStatus::Processing,
            Some(_) if self.sound => MediaStatus::Available,
            Some(_) => MediaStatus::ProcessingFailed,
        }
    }

    /// Drops what came, once the file is whole.
    pub(super) fn forget_bytes(&mut self) {
        if self.processed_at.is_some() {
            self.slots.iter_mut().for_each(|slot| slot.bytes.clear());
        }
    }
}

/// The names of one kind.
#[derive(Clone, Copy, Debug)]
struct Names {
    kind: MediaKind,
    /// In permission errors.
    resource: &'static str,
    /// In URNs, answers and messages.
    noun: &'static str,
}

fn names(resource: &str) -> Option<Names> {
    let (kind, resource, noun) = match resource {
        "images" => (MediaKind::Image, "partnerApiImages", "image"),
        "videos" => (MediaKind::Video, "partnerApiVideos", "video"),
        "documents" => (MediaKind::Document, "partnerApiDocuments", "document"),
        _ => return None,
    };
    Some(Names {
        kind,
        resource,
        noun,
    })
}

/// Answers a call below `/rest/images` and its like; `rest` are the path segments after it.
pub(super) fn answer(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    resource: &str,
    rest: &[&str],
) -> Answered {
    let names = names(resource).ok_or_else(Answer::no_resource)?;
    match (call.method().as_str(), rest) {
        ("POST", []) if call.raw_parameter("action") == Some("finalizeUpload") => {
            if names.kind == MediaKind::Video {
                upload::finalize(linkedin, caller, call)
            } else {
                Err(call::unresolvable())
            }
        }
        ("POST", []) if call.raw_parameter("action").is_some() => {
            initialize::initialize(linkedin, caller, call, names)
        }
        ("GET", []) if call.raw_parameter("ids").is_some() => {
            read::batch(linkedin, caller, call, names)
        }
        ("GET", [key]) => read::one(linkedin, caller, call, names, key),
        ("GET" | "POST", [] | [_]) => Err(call::unresolvable()),
        (_, [] | [_]) => Err(call::not_allowed()),
        _ => Err(Answer::no_resource()),
    }
}

/// Whether the caller may publish for `author`, by scope and by role.
pub(super) fn may_write_for(linkedin: &Linkedin, caller: &Caller, author: &AuthorUrn) -> bool {
    let scope = match author.kind() {
        AuthorKind::Person => "w_member_social",
        AuthorKind::Organization => "w_organization_social",
    };
    caller.may(scope) && linkedin.directory.may_act_for(&caller.member, author)
}

/// The bytes of a file are there: it is looked at from now on.
fn complete(linkedin: &mut Linkedin, mut media: StoredMedia, bytes: Bytes, now: Instant) {
    let Settings {
        media_fail,
        media_processing_ms,
        ..
    } = linkedin.settings;
    media.form = MediaForm::of(media.urn.kind(), &bytes);
    media.sound = !media_fail && media.form.is_some_and(|form| form.is_sound(&bytes));
    media.bytes = bytes.len() as u64;
    let took = chrono::Duration::milliseconds(i64::from(media_processing_ms));
    media.processed_at = Some(now + took);
    linkedin.media.insert(media.urn.clone(), bytes);
    linkedin.files.insert(media.urn.clone(), media);
}
