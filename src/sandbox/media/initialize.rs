//! `initializeUpload`: a name for a file and addresses for its bytes.
//!
//! Owns how a video is cut into parts. Must not take bytes.

use serde_json::{Value, json};

use super::{Names, Role, Slot, StoredMedia, may_write_for};
use crate::model::media::MediaKind;
use crate::model::urn::{AuthorUrn, MediaUrn};
use crate::sandbox::Linkedin;
use crate::sandbox::answer::{Answer, Answered};
use crate::sandbox::call::{self, Call};
use crate::sandbox::fields::Fields;
use crate::sandbox::gate::Caller;

/// How long an upload address works, in days.
const UPLOAD_DAYS: i64 = 30;
/// The largest file of the upload API, in bytes ("Posts API schema").
const MAX_FILE: u64 = 5 * 1024 * 1024 * 1024;

/// What the body asks for.
struct Asked {
    owner: AuthorUrn,
    /// The exact size of a video, in bytes.
    bytes: u64,
    thumbnail: bool,
    captions: bool,
}

/// `POST /rest/<kind>?action=initializeUpload`
pub(super) fn initialize(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    names: Names,
) -> Answered {
    call.resolved_as("ACTION")?;
    call.only_parameters(&["action"])?;
    if call.parameter("action")?.as_deref() != Some("initializeUpload") {
        return Err(call::unresolvable());
    }
    let resource = caller.resource(names.resource, "ACTION-initializeUpload");
    caller.require(&["w_member_social", "w_organization_social"], &resource)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let asked = asked(&call.json()?, names.kind)?;
    if !may_write_for(linkedin, caller, &asked.owner) {
        return Err(Answer::foreign_author("/owner"));
    }
    let prefix = match names.kind {
        MediaKind::Image | MediaKind::Captions => "C4E22AQ",
        MediaKind::Video => "C5F10AQ",
        MediaKind::Document => "C4D1FAQ",
    };
    let urn = format!("urn:li:{}:{}", names.noun, linkedin.mint.media_id(prefix));
    let urn = MediaUrn::parse(&urn).map_err(|_| Answer::bare(500, "No id could be minted"))?;
    let slots = slots(linkedin, &urn, &asked);
    let expires = call.now + chrono::Duration::days(UPLOAD_DAYS);
    let upload_token = linkedin.settings.video_upload_token.clone();
    let origin = &linkedin.settings.upload_origin;
    let mut value = json!({ names.noun: urn });
    if names.kind == MediaKind::Video {
        value["uploadUrlsExpireAt"] = json!(expires.timestamp_millis());
        value["uploadToken"] = json!(upload_token);
        value["uploadInstructions"] = instructions(origin, &slots);
    } else {
        value["uploadUrlExpiresAt"] = json!(expires.timestamp_millis());
    }
    for slot in &slots {
        let url = json!(format!("{origin}{}", slot.target));
        match slot.role {
            Role::Whole => value["uploadUrl"] = url,
            Role::Thumbnail => value["thumbnailUploadUrl"] = url,
            Role::Captions => value["captionsUploadUrl"] = url,
            Role::Part { .. } => {}
        }
    }
    let media = StoredMedia {
        urn: urn.clone(),
        owner: asked.owner,
        slots,
        upload_token,
        upload_expires_at: expires,
        bytes: 0,
        form: None,
        processed_at: None,
        sound: false,
        has_captions: false,
        has_thumbnail: false,
    };
    linkedin.files.insert(urn, media);
    Ok(Answer::ok(json!({ "value": value })))
}

fn instructions(origin: &str, slots: &[Slot]) -> Value {
    let mut first = 0;
    let mut list = Vec::new();
    for slot in slots {
        if let Role::Part { bytes } = slot.role {
            list.push(json!({
                "uploadUrl": format!("{origin}{}", slot.target),
                "firstByte": first,
                "lastByte": first + bytes - 1,
            }));
            first += bytes;
        }
    }
    Value::from(list)
}

/// Where the bytes go. Only the whole file of an image or a document needs the token; the
/// other addresses are signed.
fn slots(linkedin: &mut Linkedin, urn: &MediaUrn, asked: &Asked) -> Vec<Slot> {
    let mut roles = Vec::new();
    if urn.kind() == MediaKind::Video {
        let part = linkedin.settings.video_part_bytes.max(1);
        let mut left = asked.bytes;
        while left > 0 {
            roles.push(Role::Part {
                bytes: left.min(part),
            });
            left = left.saturating_sub(part);
        }
        roles.extend(asked.thumbnail.then_some(Role::Thumbnail));
        roles.extend(asked.captions.then_some(Role::Captions));
    } else {
        roles.push(Role::Whole);
    }
    let slot = |(number, role): (usize, Role)| {
        let signature = linkedin.mint.media_id("u%2B");
        let id = urn.id();
        let target = match role {
            Role::Whole => format!(
                "/dms-uploads/sp/v2/{id}/uploaded-image/B4EZ?ca=vector_feedshare&cn=uploads\
                 &sync=0&v=beta&ut={signature}"
            ),
            Role::Part { .. } | Role::Thumbnail | Role::Captions => {
                format!("/dms-uploads/signed/{id}/{number}?sau={signature}&app=vector")
            }
        };
        Slot {
            target,
            role,
            tag: None,
            bytes: bytes::Bytes::new(),
        }
    };
    roles.into_iter().enumerate().map(slot).collect()
}

fn asked(body: &Value, kind: MediaKind) -> Result<Asked, Answer> {
    let body = Fields::new(body, "", &["initializeUploadRequest"])?;
    body.required("initializeUploadRequest")?;
    let allowed: &[&str] = match kind {
        MediaKind::Video => &[
            "owner",
            "fileSizeBytes",
            "uploadCaptions",
            "uploadThumbnail",
            "templateName",
            "linkbackContext",
        ],
        MediaKind::Image | MediaKind::Document | MediaKind::Captions => {
            &["owner", "mediaLibraryMetadata"]
        }
    };
    let request = body.object("initializeUploadRequest", allowed)?;
    let request = request.ok_or_else(|| Answer::missing("initializeUploadRequest"))?;
    let owner = request.required_text("owner")?;
    let owner = AuthorUrn::parse(owner).map_err(|_| request.invalid("owner", &json!(owner)))?;
    let mut asked = Asked {
        owner,
        bytes: 0,
        thumbnail: false,
        captions: false,
    };
    if kind == MediaKind::Video {
        request.required("fileSizeBytes")?;
        let size = request.value("fileSizeBytes").cloned().unwrap_or_default();
        asked.bytes = match size.as_u64() {
            Some(bytes @ 1..=MAX_FILE) => bytes,
            _ => return Err(request.invalid("fileSizeBytes", &size)),
        };
        asked.thumbnail = request.flag("uploadThumbnail")?;
        asked.captions = request.flag("uploadCaptions")?;
    }
    Ok(asked)
}
