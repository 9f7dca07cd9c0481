//! Images: `/rest/images` and the addresses their bytes are sent to.
//!
//! Owns an image from `initializeUpload` to `AVAILABLE`. Must not know posts.
//!
//! Source: LinkedIn, "Images API".

use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Linkedin;
use super::answer::{Answer, Answered};
use super::call::{self, Call};
use super::directory::Tier;
use super::fields::Fields;
use super::gate::Caller;
use super::settings::{MediaGet, Settings};
use crate::model::Instant;
use crate::model::urn::{AuthorKind, AuthorUrn, ImageUrn};

/// Width times height must be below this.
const MAX_PIXELS: u64 = 36_152_320;
/// Frames of a GIF.
const MAX_FRAMES: usize = 250;
/// How long an upload address works, in days.
const UPLOAD_DAYS: i64 = 30;

/// The formats LinkedIn takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
}

impl ImageFormat {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            ImageFormat::Jpeg => "image/jpeg",
            ImageFormat::Png => "image/png",
            ImageFormat::Gif => "image/gif",
        }
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(ImageFormat::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(ImageFormat::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(ImageFormat::Gif),
            _ => None,
        }
    }
}

/// Where an image is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageStatus {
    /// No bytes yet.
    WaitingUpload,
    /// Bytes came, and are being looked at.
    Processing,
    /// It can be shown.
    Available,
    /// It never will.
    ProcessingFailed,
}

impl ImageStatus {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ImageStatus::WaitingUpload => "WAITING_UPLOAD",
            ImageStatus::Processing => "PROCESSING",
            ImageStatus::Available => "AVAILABLE",
            ImageStatus::ProcessingFailed => "PROCESSING_FAILED",
        }
    }
}

/// One image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredImage {
    /// Its name.
    pub urn: ImageUrn,
    /// Who may show it.
    pub owner: AuthorUrn,
    /// Path and query of the upload address.
    upload_target: String,
    /// When that address ends.
    upload_expires_at: Instant,
    /// Size of the bytes; 0 before the upload.
    pub bytes: u64,
    /// What the bytes are; none: no image LinkedIn takes.
    pub format: Option<ImageFormat>,
    /// When processing ends; none before the upload.
    processed_at: Option<Instant>,
    /// Whether processing ends well.
    sound: bool,
}

impl StoredImage {
    /// Its status at `now`.
    #[must_use]
    pub fn status(&self, now: Instant) -> ImageStatus {
        match self.processed_at {
            None => ImageStatus::WaitingUpload,
            Some(at) if now < at => ImageStatus::Processing,
            Some(_) if self.sound => ImageStatus::Available,
            Some(_) => ImageStatus::ProcessingFailed,
        }
    }
}

/// Answers a call below `/rest/images`; `rest` are the path segments after it.
pub(super) fn answer(
    linkedin: &mut Linkedin,
    caller: &Caller,
    call: &Call<'_>,
    rest: &[&str],
) -> Answered {
    match (call.method().as_str(), rest) {
        ("POST", []) if call.raw_parameter("action").is_some() => {
            initialize(linkedin, caller, call)
        }
        ("GET", []) if call.raw_parameter("ids").is_some() => {
            call.resolved_as("BATCH_GET")?;
            call.only_parameters(&["ids"])?;
            let ids = call.list("ids")?;
            may_read(linkedin, caller)?;
            linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
            Ok(batch(linkedin, caller, call, &ids))
        }
        ("GET", [key]) => {
            call.resolved_as("GET")?;
            call.only_parameters(&[])?;
            let key = Call::key(key)?;
            may_read(linkedin, caller)?;
            linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
            read(linkedin, caller, &key, call.now).map(Answer::ok)
        }
        ("GET" | "POST", [] | [_]) => Err(call::unresolvable()),
        (_, [] | [_]) => Err(call::not_allowed()),
        _ => Err(Answer::no_resource()),
    }
}

/// `POST /rest/images?action=initializeUpload`
fn initialize(linkedin: &mut Linkedin, caller: &Caller, call: &Call<'_>) -> Answered {
    call.resolved_as("ACTION")?;
    call.only_parameters(&["action"])?;
    if call.parameter("action")?.as_deref() != Some("initializeUpload") {
        return Err(call::unresolvable());
    }
    let resource = caller.resource("partnerApiImages", "ACTION-initializeUpload");
    caller.require(&["w_member_social", "w_organization_social"], &resource)?;
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    let owner = owner_asked(&call.json()?)?;
    if !may_write_for(linkedin, caller, &owner) {
        return Err(Answer::foreign_author("/owner"));
    }
    let urn = format!("urn:li:image:{}", linkedin.mint.media_id("C4E22AQ"));
    let urn = ImageUrn::parse(&urn).map_err(|_| Answer::bare(500, "No id could be minted"))?;
    let expires = call.now + chrono::Duration::days(UPLOAD_DAYS);
    let target = format!(
        "/dms-uploads/sp/v2/{}/uploaded-image/B4EZ?ca=vector_feedshare&cn=uploads&sync=0&v=beta\
         &ut={}",
        urn.id(),
        linkedin.mint.media_id("u%2B"),
    );
    let answer = Answer::ok(json!({"value": {
        "uploadUrlExpiresAt": expires.timestamp_millis(),
        "uploadUrl": format!("{}{target}", linkedin.settings.upload_origin),
        "image": urn,
    }}));
    let image = StoredImage {
        urn: urn.clone(),
        owner,
        upload_target: target,
        upload_expires_at: expires,
        bytes: 0,
        format: None,
        processed_at: None,
        sound: false,
    };
    linkedin.images.insert(urn, image);
    Ok(answer)
}

fn owner_asked(body: &Value) -> Result<AuthorUrn, Answer> {
    let body = Fields::new(body, "", &["initializeUploadRequest"])?;
    body.required("initializeUploadRequest")?;
    let allowed = ["owner", "mediaLibraryMetadata"];
    let request = body.object("initializeUploadRequest", &allowed)?;
    let request = request.ok_or_else(|| Answer::missing("initializeUploadRequest"))?;
    let owner = request.required_text("owner")?;
    AuthorUrn::parse(owner).map_err(|_| request.invalid("owner", &json!(owner)))
}

/// Whether the caller may publish for `author`, by scope and by role.
pub(super) fn may_write_for(linkedin: &Linkedin, caller: &Caller, author: &AuthorUrn) -> bool {
    let scope = match author.kind() {
        AuthorKind::Person => "w_member_social",
        AuthorKind::Organization => "w_organization_social",
    };
    caller.may(scope) && linkedin.directory.may_act_for(&caller.member, author)
}

/// `PUT` to an upload address. It takes a token, and no version.
pub(super) fn upload(linkedin: &mut Linkedin, caller: &Caller, call: &Call<'_>) -> Answered {
    if *call.method() != Method::PUT {
        return Err(call::not_allowed());
    }
    let target = call.request.uri().path_and_query();
    let target = target.map_or("", http::uri::PathAndQuery::as_str);
    let found = linkedin.images.values().find(|i| i.upload_target == target);
    let Some(image) = found.cloned() else {
        return Err(Answer::bare(404, "Not found"));
    };
    if !may_write_for(linkedin, caller, &image.owner) {
        return Err(Answer::bare(403, "This upload is not yours"));
    }
    linkedin.quota.spend(caller, &linkedin.settings, call.now)?;
    if image.upload_expires_at <= call.now {
        let message = "The upload URL has expired";
        return Err(Answer::refuse(400, "EXPIRED_UPLOAD_URL", message));
    }
    let bytes = call.request.body();
    if bytes.is_empty() {
        return Err(Answer::bare(400, "There are no bytes"));
    }
    match linkedin.media.get(&image.urn) {
        // The same bytes again: a client that missed the first answer.
        Some(known) if known == bytes => return Ok(Answer::empty(201)),
        None if image.processed_at.is_none() => {}
        _ => {
            let message = "The asset has been uploaded already";
            return Err(Answer::refuse(400, "UPDATING_ASSET_FAILED", message));
        }
    }
    store(linkedin, image, bytes, call.now);
    Ok(Answer::empty(201))
}

fn store(linkedin: &mut Linkedin, mut image: StoredImage, bytes: &Bytes, now: Instant) {
    let Settings {
        media_fail,
        media_processing_ms,
        ..
    } = linkedin.settings;
    image.format = ImageFormat::of(bytes);
    image.sound = !media_fail && image.format.is_some_and(|f| is_sound(f, bytes));
    image.bytes = bytes.len() as u64;
    image.processed_at = Some(now + chrono::Duration::milliseconds(i64::from(media_processing_ms)));
    linkedin.media.insert(image.urn.clone(), bytes.clone());
    linkedin.images.insert(image.urn.clone(), image);
}

/// Whether the bytes can be read far enough, and keep LinkedIn's limits.
fn is_sound(format: ImageFormat, bytes: &[u8]) -> bool {
    let Ok(size) = imagesize::blob_size(bytes) else {
        return false;
    };
    let pixels = (size.width as u64).saturating_mul(size.height as u64);
    let frames = match format {
        ImageFormat::Gif => gif_frames(bytes),
        ImageFormat::Jpeg | ImageFormat::Png => Some(1),
    };
    pixels > 0 && pixels < MAX_PIXELS && frames.is_some_and(|n| (1..=MAX_FRAMES).contains(&n))
}

/// Counts frames, to one past the limit. `None`: not readable.
fn gif_frames(bytes: &[u8]) -> Option<usize> {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options.read_info(bytes).ok()?;
    let mut frames = 0;
    while frames <= MAX_FRAMES && decoder.next_frame_info().ok()?.is_some() {
        frames += 1;
    }
    Some(frames)
}

fn may_read(linkedin: &Linkedin, caller: &Caller) -> Result<(), Answer> {
    let allowed = match linkedin.settings.media_get {
        MediaGet::ByTier => caller.tier != Tier::SelfServe,
        MediaGet::Everyone => true,
        MediaGet::Nobody => false,
    };
    if allowed { Ok(()) } else { Err(forbidden()) }
}

/// The real body has no code.
fn forbidden() -> Answer {
    Answer::bare(
        403,
        "Accessing this image resource is forbidden. Please check your permissions for this \
         resource",
    )
}

fn read(linkedin: &Linkedin, caller: &Caller, key: &str, now: Instant) -> Result<Value, Answer> {
    let urn = ImageUrn::parse(key)
        .map_err(|_| Answer::refuse(400, "INVALID_URN_TYPE", "The URN type provided is invalid"))?;
    let image = linkedin.images.get(&urn).ok_or_else(Answer::no_entity)?;
    if !linkedin.directory.may_act_for(&caller.member, &image.owner) {
        return Err(forbidden());
    }
    let status = image.status(now);
    let mut body = json!({"owner": image.owner, "id": urn, "status": status.as_str()});
    if status == ImageStatus::Available
        && let Some(fields) = body.as_object_mut()
    {
        let origin = &linkedin.settings.upload_origin;
        let expires = now + chrono::Duration::days(1);
        fields.insert(
            "downloadUrl".to_owned(),
            json!(format!("{origin}/__sandbox/media/{}", urn.id())),
        );
        fields.insert(
            "downloadUrlExpiresAt".to_owned(),
            json!(expires.timestamp_millis()),
        );
    }
    Ok(body)
}

fn batch(linkedin: &Linkedin, caller: &Caller, call: &Call<'_>, ids: &[String]) -> Answer {
    let (mut results, mut statuses, mut errors) = (Map::new(), Map::new(), Map::new());
    for id in ids {
        match read(linkedin, caller, id, call.now) {
            Ok(body) => {
                results.insert(id.clone(), body);
                statuses.insert(id.clone(), json!(200));
            }
            Err(refusal) => {
                statuses.insert(id.clone(), json!(refusal.status));
                errors.insert(id.clone(), refusal.body.unwrap_or_default());
            }
        }
    }
    Answer::ok(json!({"results": results, "statuses": statuses, "errors": errors}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn animation(frames: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, 1, 1, &[0, 0, 0, 255, 255, 255]).unwrap();
        for _ in 0..frames {
            let frame = gif::Frame::from_indexed_pixels(1, 1, vec![0], None);
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        bytes
    }

    #[test]
    fn pixels_and_frames_are_limited() {
        assert!(is_sound(ImageFormat::Png, &png(6000, 6000)));
        assert!(!is_sound(ImageFormat::Png, &png(6026, 6000)));
        assert!(!is_sound(ImageFormat::Png, &png(0, 10)));
        assert!(is_sound(ImageFormat::Gif, &animation(250)));
        assert!(!is_sound(ImageFormat::Gif, &animation(251)));
        assert_eq!(ImageFormat::of(b"RIFF\0\0\0\0WEBP"), None);
    }
}
