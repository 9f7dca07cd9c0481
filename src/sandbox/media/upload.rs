//! Bytes come in: whole files, the parts of a video, and what goes with it.
//!
//! Owns what an address takes, and the end of a video. Must not cut or name anything.

use bytes::{Bytes, BytesMut};
use http::Method;
use serde_json::json;

use super::{Role, StoredMedia, complete, may_write_for};
use crate::model::media::MediaKind;
use crate::model::urn::MediaUrn;
use crate::sandbox::Linkedin;
use crate::sandbox::answer::{Answer, Answered};
use crate::sandbox::call::{self, Call};
use crate::sandbox::fields::Fields;
use crate::sandbox::gate::Caller;

/// Finds the file and the slot an address belongs to.
fn find(linkedin: &Linkedin, call: &Call<'_>) -> Result<(StoredMedia, usize), Answer> {
    let target = call.request.uri().path_and_query();
    let target = target.map_or("", http::uri::PathAndQuery::as_str);
    let at = |media: &StoredMedia| media.slots.iter().position(|slot| slot.target == target);
    linkedin
        .files
        .values()
        .find_map(|media| Some((media.clone(), at(media)?)))
        .ok_or_else(|| Answer::bare(404, "Not found"))
}

fn check(media: &StoredMedia, call: &Call<'_>) -> Result<(), Answer> {
    if media.upload_expires_at <= call.now {
        let message = "The upload URL has expired";
        return Err(Answer::refuse(400, "EXPIRED_UPLOAD_URL", message));
    }
    if call.request.body().is_empty() {
        return Err(Answer::bare(400, "There are no bytes"));
    }
    Ok(())
}

fn uploaded_already() -> Answer {
    let message = "The asset has been uploaded already";
    Answer::refuse(400, "UPDATING_ASSET_FAILED", message)
}

/// `PUT` of a whole file. It takes a token, and no version.
pub(in crate::sandbox) fn upload(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
) -> Answered {
    if *call.method() != Method::PUT {
        return Err(call::not_allowed());
    }
    let (media, _) = find(linkedin, call)?;
    if !may_write_for(linkedin, caller, &media.owner) {
        return Err(Answer::bare(403, "This upload is not yours"));
    }
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    check(&media, call)?;
    let bytes = call.request.body();
    match linkedin.media.get(&media.urn) {
        // The same bytes again: a client that missed the first answer.
        Some(known) if known == bytes => return Ok(Answer::empty(201)),
        None if media.processed_at.is_none() => {}
        _ => return Err(uploaded_already()),
    }
    complete(linkedin, media, bytes.clone(), call.now);
    Ok(Answer::empty(201))
}

/// Bytes to a signed address. A token does not belong there.
pub(in crate::sandbox) fn signed(linkedin: &mut Linkedin, call: &Call<'_>) -> Answered {
    if call.header("authorization").is_some() {
        let message = "Only one authorization is allowed: the address is signed";
        return Err(Answer::bare(400, message));
    }
    let (mut media, at) = find(linkedin, call)?;
    check(&media, call)?;
    if media.processed_at.is_some() {
        return Err(uploaded_already());
    }
    let family = call.header("media-type-family");
    let slot = media
        .slots
        .get_mut(at)
        .ok_or_else(|| Answer::bare(404, "Not found"))?;
    let bytes = call.request.body();
    let (method, wanted) = match slot.role {
        Role::Whole | Role::Part { .. } => (Method::PUT, None),
        Role::Thumbnail => (Method::PUT, Some("STILLIMAGE")),
        Role::Captions => (Method::POST, Some("CAPTIONS")),
    };
    if *call.method() != method {
        return Err(call::not_allowed());
    }
    if family != wanted {
        let message = "The media-type-family does not fit the address";
        return Err(Answer::bare(400, message));
    }
    match slot.role {
        Role::Part { bytes: expected } if bytes.len() as u64 != expected => {
            let message = format!("This part has {expected} bytes, {} came", bytes.len());
            return Err(Answer::bare(400, &message));
        }
        Role::Captions if !is_captions_form(call) => {
            let message = "Captions are a form with the parts metadata and file";
            return Err(Answer::bare(400, message));
        }
        Role::Whole | Role::Part { .. } | Role::Thumbnail | Role::Captions => {}
    }
    let tag = format!("/ambry-video/signedId/{}-{at}.bin", media.urn.id());
    slot.tag = Some(tag.clone());
    slot.bytes = bytes.clone();
    linkedin.files.insert(media.urn.clone(), media);
    Ok(Answer::empty(200).with("etag", format!("\"{tag}\"")))
}

/// Whether the body is a form (RFC 7578) with both parts, SRT among them.
fn is_captions_form(call: &Call<'_>) -> bool {
    let kind = call.header("content-type").unwrap_or_default();
    let boundary = kind
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap_or_default();
    let body = String::from_utf8_lossy(call.request.body());
    !boundary.is_empty()
        && body.ends_with(&format!("--{boundary}--\r\n"))
        && body.contains("name=\"metadata\"")
        && body.contains("\"format\":\"SRT\"")
        && body.contains("name=\"file\"")
}

/// `POST /rest/videos?action=finalizeUpload`
pub(super) fn finalize(linkedin: &mut Linkedin, caller: &Caller, call: &Call<'_>) -> Answered {
    call.resolved_as("ACTION")?;
    call.only_parameters(&["action"])?;
    let resource = caller.resource("partnerApiVideos", "ACTION-finalizeUpload");
    caller.require(&["w_member_social", "w_organization_social"], &resource)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let body = call.json()?;
    let body = Fields::new(&body, "", &["finalizeUploadRequest"])?;
    body.required("finalizeUploadRequest")?;
    let allowed = ["video", "uploadToken", "uploadedPartIds"];
    let request = body.object("finalizeUploadRequest", &allowed)?;
    let request = request.ok_or_else(|| Answer::missing("finalizeUploadRequest"))?;
    let video = request.required_text("video")?;
    // Empty is a value here; absent is not.
    request.required("uploadToken")?;
    request.required("uploadedPartIds")?;
    let video = MediaUrn::of_kind(video, MediaKind::Video)
        .map_err(|_| Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid"))?;
    let media = linkedin.files.get(&video).cloned();
    let media = media.ok_or_else(invalid_video)?;
    if !may_write_for(linkedin, caller, &media.owner) {
        return Err(Answer::foreign_author("/video"));
    }
    let token = request.text("uploadToken")?.unwrap_or_default();
    if token != media.upload_token {
        return Err(request.invalid("uploadToken", &json!(token)));
    }
    let given = request.list("uploadedPartIds")?;
    if media.processed_at.is_some() {
        return Ok(Answer::empty(200));
    }
    end(linkedin, media, given, call)
}

/// Checks that every part is there and named in order, and puts them together.
fn end(
    linkedin: &mut Linkedin,
    mut media: StoredMedia,
    given: &[serde_json::Value],
    call: &Call<'_>,
) -> Answered {
    let parts = media
        .slots
        .iter()
        .filter(|slot| matches!(slot.role, Role::Part { .. }));
    let expected: Option<Vec<serde_json::Value>> = parts
        .clone()
        .map(|slot| slot.tag.as_ref().map(|tag| json!(tag)))
        .collect();
    let Some(expected) = expected else {
        let message = "Media asset is waiting upload";
        return Err(Answer::refuse(400, "MEDIA_ASSET_WAITING_UPLOAD", message));
    };
    if given != expected {
        let given = serde_json::Value::from(given.to_vec());
        let field = "/finalizeUploadRequest/uploadedPartIds";
        return Err(Answer::invalid_value(field, &given));
    }
    let mut whole = BytesMut::new();
    for slot in parts {
        whole.extend_from_slice(&slot.bytes);
    }
    let came = |role: Role| {
        let mut slots = media.slots.iter();
        slots.any(|slot| slot.role == role && slot.tag.is_some())
    };
    (media.has_thumbnail, media.has_captions) = (came(Role::Thumbnail), came(Role::Captions));
    for slot in &mut media.slots {
        slot.bytes = Bytes::new();
    }
    complete(linkedin, media, whole.freeze(), call.now);
    Ok(Answer::empty(200))
}

fn invalid_video() -> Answer {
    Answer::refuse(400, "INVALID_VIDEO_ID", "This Video ID is invalid")
}
