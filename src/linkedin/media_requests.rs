//! The requests that put a media file on LinkedIn.
//!
//! Owns which of them carry the token: those to the API, and the bytes of images and
//! documents; never the parts of a video, whose addresses are signed. Must not send, and
//! must not name an address that was not checked.
//!
//! Source: LinkedIn, "Images API", "Videos API", "Documents API".

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Builder;
use http::{Method, Request, Uri};

use super::requests::{Call, RequestError, Requests, encode, host_of};
use crate::model::media::MediaKind;
use crate::model::urn::{AuthorUrn, MediaUrn};
use crate::ports::{FileBody, HttpRequest, Timeout};

/// What is about to be uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewMedia {
    /// An image.
    Image,
    /// A document.
    Document,
    /// A video, and what goes up with it.
    Video {
        /// Its exact size in bytes.
        bytes: u64,
        /// Whether a preview image follows.
        thumbnail: bool,
        /// Whether captions follow.
        captions: bool,
    },
}

/// The family of a preview image and of captions.
const FAMILY: &str = "media-type-family";
/// Separates the parts of the captions request; it cannot occur in captions, which are
/// checked to be text, and LinkedIn's answer does not depend on it.
const BOUNDARY: &str = "mergecast_5f0c7a3e9b1d4286";

/// The resource of a kind of media.
fn resource(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image | MediaKind::Captions => "images",
        MediaKind::Video => "videos",
        MediaKind::Document => "documents",
    }
}

/// How long a transfer of so many bytes may take: a minute, and a slow line.
fn transfer_timeout(bytes: u64) -> Timeout {
    Timeout(Duration::from_secs(60 + bytes / (128 * 1024)))
}

impl Requests<'_> {
    /// Asks where to put a file: `POST /rest/<kind>?action=initializeUpload`. The owner
    /// must be the post's author.
    ///
    /// # Errors
    /// When no HTTP request can be made of the parts; so for all functions here.
    pub fn start_upload(
        &self,
        owner: &AuthorUrn,
        media: NewMedia,
    ) -> Result<HttpRequest, RequestError> {
        let (kind, request) = match media {
            NewMedia::Image => (
                MediaKind::Image,
                serde_json::json!({ "owner": owner.as_str() }),
            ),
            NewMedia::Document => (
                MediaKind::Document,
                serde_json::json!({ "owner": owner.as_str() }),
            ),
            NewMedia::Video {
                bytes,
                thumbnail,
                captions,
            } => (
                MediaKind::Video,
                serde_json::json!({
                    "owner": owner.as_str(),
                    "fileSizeBytes": bytes,
                    "uploadCaptions": captions,
                    "uploadThumbnail": thumbnail,
                }),
            ),
        };
        let body = serde_json::json!({ "initializeUploadRequest": request });
        let path = format!("/rest/{}?action=initializeUpload", resource(kind));
        self.build(Call::rest(Method::POST, path).json(Bytes::from(body.to_string())))
    }

    /// Puts the bytes of an image or a document at the address LinkedIn named, with the
    /// token.
    ///
    /// # Errors
    /// When the token must not go to that address, and as [`Self::start_upload`].
    pub fn upload(
        &self,
        url: &str,
        mime: &str,
        body: FileBody,
    ) -> Result<HttpRequest, RequestError> {
        let put = self.transfer(Method::PUT, url, mime)?;
        file(put.header(AUTHORIZATION, self.token.header()?), body)
    }

    /// Puts one part of a video at its address. The address is signed: the token does not
    /// go there.
    ///
    /// # Errors
    /// When bytes must not go to that address, and as [`Self::start_upload`].
    pub fn upload_part(&self, url: &str, body: FileBody) -> Result<HttpRequest, RequestError> {
        file(
            self.transfer(Method::PUT, url, "application/octet-stream")?,
            body,
        )
    }

    /// Puts a video's preview image at its signed address.
    ///
    /// # Errors
    /// As [`Self::upload_part`].
    pub fn upload_thumbnail(
        &self,
        url: &str,
        mime: &str,
        body: FileBody,
    ) -> Result<HttpRequest, RequestError> {
        let put = self.transfer(Method::PUT, url, mime)?;
        file(put.header(FAMILY, "STILLIMAGE"), body)
    }

    /// Sends a video's English captions to their signed address, as a form (RFC 7578).
    ///
    /// # Errors
    /// As [`Self::upload_part`].
    pub fn upload_captions(&self, url: &str, srt: &[u8]) -> Result<HttpRequest, RequestError> {
        let metadata = serde_json::json!({
            "format": "SRT",
            "formattedForClosedCaptions": true,
            "largeText": false,
            "locale": { "country": "US", "language": "EN", "variant": "AMERICAN" },
            "transcriptType": "CLOSED_CAPTION",
        });
        let mut body = BytesMut::new();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\
             Content-Type: application/json\r\n\r\n{metadata}\r\n\
             --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"captions.srt\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(srt);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let mime = format!("multipart/form-data; boundary={BOUNDARY}");
        let post = self.transfer(Method::POST, url, &mime)?;
        let post = post.header(FAMILY, "CAPTIONS");
        let timeout = transfer_timeout(body.len() as u64);
        Ok(post.extension(timeout).body(body.freeze())?)
    }

    /// Ends the upload of a video: the parts by their ids, in the order of the
    /// instructions, and LinkedIn's token for the upload, even an empty one.
    ///
    /// # Errors
    /// As [`Self::start_upload`].
    pub fn finalize_upload(
        &self,
        video: &MediaUrn,
        upload_token: &str,
        parts: &[String],
    ) -> Result<HttpRequest, RequestError> {
        let body = serde_json::json!({ "finalizeUploadRequest": {
            "video": video.as_str(),
            "uploadToken": upload_token,
            "uploadedPartIds": parts,
        } });
        let path = "/rest/videos?action=finalizeUpload".to_owned();
        self.build(Call::rest(Method::POST, path).json(Bytes::from(body.to_string())))
    }

    /// Asks how far a file is: `GET /rest/<kind>/{urn}`.
    ///
    /// # Errors
    /// As [`Self::start_upload`].
    pub fn media_status(&self, media: &MediaUrn) -> Result<HttpRequest, RequestError> {
        let path = format!(
            "/rest/{}/{}",
            resource(media.kind()),
            encode(media.as_str())
        );
        self.build(Call::rest(Method::GET, path))
    }

    /// A request to an address LinkedIn named, as it is.
    fn transfer(&self, verb: Method, url: &str, mime: &str) -> Result<Builder, RequestError> {
        if !self.endpoint.upload_allowed(url) {
            return Err(RequestError::UploadAddress(host_of(url)));
        }
        let uri = Uri::try_from(url).map_err(http::Error::from)?;
        Ok(Request::builder()
            .method(verb)
            .uri(uri)
            .header(CONTENT_TYPE, mime))
    }
}

fn file(request: Builder, body: FileBody) -> Result<HttpRequest, RequestError> {
    let length = body.range.end.saturating_sub(body.range.start);
    let request = request.extension(transfer_timeout(length)).extension(body);
    Ok(request.body(Bytes::new())?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::testing::{head, jane, rest, with};
    use super::*;
    use crate::ports::with_body;

    const JSON: &[&str] = &["content-type: application/json"];

    fn some(bytes: &'static [u8]) -> FileBody {
        FileBody::whole(Arc::new(Bytes::from_static(bytes)))
    }

    #[test]
    fn an_upload_begins_with_its_owner_and_a_videos_with_its_size() {
        let owner = r#"{"initializeUploadRequest":{"owner":"urn:li:person:AbC_12-x"}}"#;
        for (media, resource, body) in [
            (NewMedia::Image, "images", owner),
            (NewMedia::Document, "documents", owner),
            (
                NewMedia::Video {
                    bytes: 9_000_000,
                    thumbnail: true,
                    captions: false,
                },
                "videos",
                concat!(
                    r#"{"initializeUploadRequest":{"fileSizeBytes":9000000,"#,
                    r#""owner":"urn:li:person:AbC_12-x","#,
                    r#""uploadCaptions":false,"uploadThumbnail":true}}"#
                ),
            ),
        ] {
            let request = with(|r| r.start_upload(&jane(), media)).unwrap();
            let first =
                format!("POST https://api.linkedin.com/rest/{resource}?action=initializeUpload");
            assert_eq!(head(&request), rest(&first, JSON));
            assert_eq!(request.body(), body);
        }
    }

    #[test]
    fn images_carry_the_token_and_parts_do_not_and_addresses_stay_as_they_are() {
        let url = "https://www.linkedin.com/dms-uploads/a%2Fb?sig=%3D%3d&x=1,2";
        let request = with(|r| r.upload(url, "image/png", some(b"\x89P"))).unwrap();
        let wanted = format!("PUT {url}\nauthorization: Bearer tok\ncontent-type: image/png");
        assert_eq!(head(&request), wanted);
        assert_eq!(with_body(request).unwrap().body(), &b"\x89P"[..]);
        let part = FileBody {
            range: 1..3,
            ..some(b"abcd")
        };
        let request = with(|r| r.upload_part(url, part)).unwrap();
        let wanted = format!("PUT {url}\ncontent-type: application/octet-stream");
        assert_eq!(head(&request), wanted);
        assert_eq!(with_body(request).unwrap().body(), "bc");
        let request = with(|r| r.upload_thumbnail(url, "image/png", some(b"x"))).unwrap();
        let wanted = format!("PUT {url}\ncontent-type: image/png\nmedia-type-family: STILLIMAGE");
        assert_eq!(head(&request), wanted);
    }

    #[test]
    fn captions_are_a_form_of_two_parts() {
        let url = "https://www.linkedin.com/dms-uploads/c";
        let request = with(|r| r.upload_captions(url, b"1\n")).unwrap();
        assert!(head(&request).ends_with("media-type-family: CAPTIONS"));
        assert!(!head(&request).contains("authorization"));
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        let parts: Vec<&str> = body.split(&format!("--{BOUNDARY}")).collect();
        assert_eq!((parts.len(), parts[0], parts[3]), (4, "", "--\r\n"));
        assert!(parts[1].contains(r#"name="metadata""#) && parts[1].contains(r#""format":"SRT""#));
        assert!(parts[2].ends_with("\r\n\r\n1\n\r\n"));
    }

    #[test]
    fn nothing_goes_to_another_host() {
        let url = "https://evil.example/dms-uploads/x?sig=secret";
        for refused in [
            with(|r| r.upload(url, "image/png", some(b""))),
            with(|r| r.upload_part(url, some(b""))),
            with(|r| r.upload_thumbnail(url, "image/png", some(b""))),
            with(|r| r.upload_captions(url, b"")),
        ] {
            let text = refused.unwrap_err().to_string();
            assert!(text.contains("`evil.example`") && !text.contains("secret"));
        }
    }

    #[test]
    fn the_end_of_a_video_names_its_token_even_when_it_is_empty() {
        let video = MediaUrn::parse("urn:li:video:C5F").unwrap();
        let parts = ["b".to_owned(), "/a.bin".to_owned()];
        let request = with(|r| r.finalize_upload(&video, "", &parts)).unwrap();
        let first = "POST https://api.linkedin.com/rest/videos?action=finalizeUpload";
        assert_eq!(head(&request), rest(first, JSON));
        assert_eq!(
            request.body(),
            concat!(
                r#"{"finalizeUploadRequest":{"uploadToken":"","#,
                r#""uploadedPartIds":["b","/a.bin"],"video":"urn:li:video:C5F"}}"#
            )
        );
    }

    #[test]
    fn each_kind_is_asked_for_at_its_own_resource() {
        for (urn, path) in [
            ("urn:li:image:C4E~1", "images/urn%3Ali%3Aimage%3AC4E~1"),
            ("urn:li:video:C5F", "videos/urn%3Ali%3Avideo%3AC5F"),
            ("urn:li:document:D", "documents/urn%3Ali%3Adocument%3AD"),
        ] {
            let media = MediaUrn::parse(urn).unwrap();
            let request = with(|r| r.media_status(&media)).unwrap();
            let first = format!("GET https://api.linkedin.com/rest/{path}");
            assert_eq!(head(&request), rest(&first, &[]));
        }
    }
}
