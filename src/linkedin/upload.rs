//! Putting one media file on LinkedIn, piece by piece.
//!
//! Owns the order of calls for each kind of file: one address for images and documents;
//! parts exactly as LinkedIn cuts them, then the end, for videos. Must not hold a file in
//! memory, show an address, or wait for LinkedIn to process what it got.
//!
//! Source: LinkedIn, "Images API", "Videos API", "Documents API".

use std::ops::Range;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::client::{Client, is_forbidden};
use super::failure::{Failure, success, without};
use super::media_requests::NewMedia;
use super::problem::{Kind, Problem};
use super::replies::{self, MediaStatus, UploadPart, UploadTicket, UploadWay};
use super::retry::Call;
use super::token::AccessToken;
use crate::file_bytes::{FileBytes, read_range};
use crate::model::media::MediaKind;
use crate::model::urn::{AuthorUrn, MediaUrn};
use crate::ports::{Clock, FileBody, HttpRequest, HttpResponse, Transport};
use crate::report::exit::Exit;

use super::requests::RequestError;

/// Parts of a video on the wire at once.
const AT_ONCE: usize = 3;
/// Uploads of one file that are begun in one pass: a second one when the addresses of the
/// first have ended.
const TICKETS: usize = 2;

/// One file, with what goes up with it.
pub struct Upload<'u> {
    /// The post's author.
    pub owner: &'u AuthorUrn,
    /// What the file is.
    pub kind: MediaKind,
    /// Its bytes.
    pub file: Arc<dyn FileBytes>,
    /// Its MIME type.
    pub mime: &'static str,
    /// A video's preview image and its MIME type.
    pub thumbnail: Option<(Arc<dyn FileBytes>, &'static str)>,
    /// A video's captions.
    pub captions: Option<Arc<dyn FileBytes>>,
    /// Told how many more bytes have arrived.
    pub advanced: &'u dyn Fn(u64),
}

/// Why bytes did not arrive.
enum Broken {
    /// The addresses do not work any more; new ones may.
    Expired(Failure),
    /// Anything else.
    Failed(Failure),
}

impl<T: Transport> Client<'_, T> {
    /// Uploads one file. Waits between tries with `clock`. When the addresses end under
    /// way, it begins once more from the start.
    ///
    /// # Errors
    /// When it is not on LinkedIn; nothing readers could see has changed.
    pub async fn upload(
        &self,
        token: &AccessToken,
        upload: &Upload<'_>,
        clock: &impl Clock,
    ) -> Result<MediaUrn, Failure> {
        let mut begun = 0;
        loop {
            let ticket = self.start(token, upload, clock).await?;
            begun += 1;
            match self.transfer(token, upload, &ticket, clock).await {
                Ok(()) => return Ok(ticket.media),
                Err(Broken::Expired(_)) if begun < TICKETS => {}
                Err(Broken::Expired(failure) | Broken::Failed(failure)) => return Err(failure),
            }
        }
    }

    async fn start(
        &self,
        token: &AccessToken,
        upload: &Upload<'_>,
        clock: &impl Clock,
    ) -> Result<UploadTicket, Failure> {
        let media = match upload.kind {
            MediaKind::Image | MediaKind::Captions => NewMedia::Image,
            MediaKind::Document => NewMedia::Document,
            MediaKind::Video => NewMedia::Video {
                bytes: upload.file.size(),
                thumbnail: upload.thumbnail.is_some(),
                captions: upload.captions.is_some(),
            },
        };
        let call = Call::MediaTransfer;
        let request = self.requests(token).start_upload(upload.owner, media);
        let answer = self.repeat(call, token, request, clock).await?;
        let answer = success(answer, call, &self.asked(token, Some(upload.owner)))?;
        replies::upload_ticket(answer.body(), upload.kind)
            .ok_or_else(|| without("an upload address", call))
    }

    async fn transfer(
        &self,
        token: &AccessToken,
        upload: &Upload<'_>,
        ticket: &UploadTicket,
        clock: &impl Clock,
    ) -> Result<(), Broken> {
        match &ticket.way {
            UploadWay::Whole(url) => {
                let body = FileBody::whole(Arc::clone(&upload.file));
                let length = upload.file.size();
                let put = self.requests(token).upload(url, upload.mime, body);
                self.put(token, upload, put, clock).await?;
                (upload.advanced)(length);
                Ok(())
            }
            UploadWay::Parts {
                parts,
                upload_token,
                thumbnail,
                captions,
            } => {
                let ids = self.parts(token, upload, ticket, parts, clock).await?;
                self.companions(token, upload, (thumbnail, captions), clock)
                    .await?;
                let requests = self.requests(token);
                let end = requests.finalize_upload(&ticket.media, upload_token, &ids);
                let call = Call::FinalizeUpload;
                let answer = self.repeat(call, token, end, clock).await;
                let answer = answer.map_err(Broken::Failed)?;
                let asked = self.asked(token, Some(upload.owner));
                success(answer, call, &asked).map_err(expired)?;
                Ok(())
            }
        }
    }

    /// Every part, a few at once. Their ids come back in LinkedIn's order, whichever was
    /// there first.
    async fn parts(
        &self,
        token: &AccessToken,
        upload: &Upload<'_>,
        ticket: &UploadTicket,
        parts: &[UploadPart],
        clock: &impl Clock,
    ) -> Result<Vec<String>, Broken> {
        if !cover(parts, upload.file.size()) {
            let what = "upload instructions that cover the file";
            return Err(Broken::Failed(without(what, Call::MediaTransfer)));
        }
        let part = async |part: &UploadPart| {
            if ticket.expires_at.is_some_and(|at| at <= clock.now()) {
                return Err(Broken::Expired(over()));
            }
            let body = FileBody {
                file: Arc::clone(&upload.file),
                range: part.range.clone(),
            };
            let put = self.requests(token).upload_part(&part.url, body);
            let answer = self.put(token, upload, put, clock).await?;
            (upload.advanced)(part.range.end - part.range.start);
            replies::part_id(&answer)
                .ok_or_else(|| Broken::Failed(without("the id of a part", Call::MediaTransfer)))
        };
        stream::iter(parts)
            .map(part)
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn companions(
        &self,
        token: &AccessToken,
        upload: &Upload<'_>,
        (thumbnail, captions): (&Option<String>, &Option<String>),
        clock: &impl Clock,
    ) -> Result<(), Broken> {
        let missing = |what| Broken::Failed(without(what, Call::MediaTransfer));
        if let Some((file, mime)) = &upload.thumbnail {
            let url = thumbnail.as_ref();
            let url = url.ok_or_else(|| missing("an address for the preview image"))?;
            let body = FileBody::whole(Arc::clone(file));
            let put = self.requests(token).upload_thumbnail(url, mime, body);
            self.put(token, upload, put, clock).await?;
        }
        if let Some(file) = &upload.captions {
            let url = captions.as_ref();
            let url = url.ok_or_else(|| missing("an address for the captions"))?;
            let all: Range<u64> = 0..file.size();
            let srt = read_range(file.as_ref(), all).map_err(|error| unread(&error))?;
            let post = self.requests(token).upload_captions(url, &srt);
            self.put(token, upload, post, clock).await?;
        }
        Ok(())
    }

    /// Bytes to an address LinkedIn named; they may be sent again.
    async fn put(
        &self,
        token: &AccessToken,
        upload: &Upload<'_>,
        request: Result<HttpRequest, RequestError>,
        clock: &impl Clock,
    ) -> Result<HttpResponse, Broken> {
        let signed = request
            .as_ref()
            .is_ok_and(|request| !request.headers().contains_key(http::header::AUTHORIZATION));
        let call = Call::MediaTransfer;
        let answer = self.repeat(call, token, request, clock).await;
        let answer = answer.map_err(Broken::Failed)?;
        let asked = self.asked(token, Some(upload.owner));
        success(answer, call, &asked).map_err(|failure| match failure {
            // No token went along, so it cannot have been refused: the address was.
            Failure::Denied(_) | Failure::NotFound(_) if signed => Broken::Expired(over()),
            failure => expired(failure),
        })
    }

    /// Asks once how far a file is.
    ///
    /// # Errors
    /// When nothing usable came; a 403 is [`MediaStatus::Unreadable`], no error, and so is
    /// a 404, which may hide one.
    pub async fn media_status(
        &self,
        token: &AccessToken,
        media: &MediaUrn,
        clock: &impl Clock,
    ) -> Result<MediaStatus, Failure> {
        let request = self.requests(token).media_status(media);
        match self.read(token, request, clock).await {
            Ok(answer) => replies::media_status(answer.body())
                .ok_or_else(|| without("a file's status", Call::Read)),
            Err(Failure::NotFound(_)) => Ok(MediaStatus::Unreadable),
            Err(failure) if is_forbidden(&failure) => Ok(MediaStatus::Unreadable),
            Err(failure) => Err(failure),
        }
    }
}

/// Whether the parts are the whole file, in order and without a gap.
fn cover(parts: &[UploadPart], size: u64) -> bool {
    let mut reached = 0;
    for part in parts {
        if part.range.start != reached || part.range.end <= part.range.start {
            return false;
        }
        reached = part.range.end;
    }
    reached == size && size > 0
}

/// LinkedIn's word for an address that has ended is "media not ready", since new ones help.
fn expired(failure: Failure) -> Broken {
    match &failure {
        Failure::Unreachable(problem) if problem.code == "media-not-ready" => {
            Broken::Expired(failure)
        }
        _ => Broken::Failed(failure),
    }
}

fn over() -> Failure {
    let message = "LinkedIn's upload addresses ended before the file was there";
    let problem = Problem::new(
        Kind::Unreachable,
        "upload-expired",
        message.to_owned(),
        Exit::Unreachable,
    );
    Failure::Unreachable(problem.help("run `mergecast apply` again; the file is uploaded anew"))
}

fn unread(error: &std::io::Error) -> Broken {
    let message = format!("the captions cannot be read any more: {error}");
    let problem = Problem::new(Kind::Internal, "upload-unread", message, Exit::Failed);
    Broken::Failed(Failure::Refused(
        problem.help("look at the file, and run `mergecast apply` again"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(range: Range<u64>) -> UploadPart {
        UploadPart {
            url: String::new(),
            range,
        }
    }

    #[test]
    fn parts_cover_the_file_or_are_refused() {
        let parts = [part(0..4), part(4..8), part(8..9)];
        assert!(cover(&parts, 9));
        assert!(!cover(&parts, 10));
        assert!(!cover(&parts[..2], 9));
        assert!(!cover(&parts[1..], 9));
        assert!(!cover(&[part(0..4), part(5..9)], 9));
        assert!(!cover(&[part(4..8), part(0..4)], 8));
        assert!(!cover(&[part(0..4), part(4..4), part(4..5)], 5));
        assert!(!cover(&[], 0));
    }
}
