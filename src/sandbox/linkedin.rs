//! The whole of one sandbox: its accounts, posts, media and how requests find their way.
//!
//! Owns the state and the order of checks: transport, token, version, route; the rest of
//! the order is each resource's. Must not have effects: what it answers depends on its
//! state, the request and the time given.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Answered};
use super::call::Call;
use super::comments::{self, StoredComment};
use super::directory::Directory;
use super::faults::{self, Fault, FaultScript, Reply, When};
use super::gate;
use super::media::{self, StoredMedia};
use super::mint::Mint;
use super::oauth::{self, Consents};
use super::people;
use super::posts::{self, StoredPost};
use super::quota::Quota;
use super::request_log::LoggedRequest;
use super::settings::Settings;
use crate::model::Instant;
use crate::model::urn::{AuthorUrn, MediaUrn, PostUrn};

/// The format of [`Linkedin::to_json`].
const FORMAT: u32 = 2;

/// A LinkedIn in values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Linkedin {
    format_version: u32,
    /// How it behaves where that is not certain.
    pub settings: Settings,
    /// Who exists.
    pub directory: Directory,
    /// What will go wrong.
    #[serde(default)]
    pub faults: FaultScript,
    pub(super) posts: Vec<StoredPost>,
    #[serde(default)]
    pub(super) comments: Vec<StoredComment>,
    pub(super) files: BTreeMap<MediaUrn, StoredMedia>,
    pub(super) quota: Quota,
    #[serde(default)]
    pub(super) consents: Consents,
    pub(super) mint: Mint,
    #[serde(skip)]
    pub(super) media: BTreeMap<MediaUrn, Bytes>,
    #[serde(skip)]
    log: Vec<LoggedRequest>,
}

/// Why stored state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It is not the state of a sandbox.
    #[error("this is not the state of a sandbox: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It was written by another version of the program.
    #[error(
        "the sandbox state has format {found}, and this program knows {FORMAT}; delete the folder to start anew"
    )]
    Other {
        /// The format found.
        found: u32,
    },
}

impl Linkedin {
    /// An empty LinkedIn in which these accounts exist.
    #[must_use]
    pub fn new(directory: Directory, settings: Settings) -> Self {
        Self {
            format_version: FORMAT,
            settings,
            directory,
            faults: FaultScript::default(),
            posts: Vec::new(),
            comments: Vec::new(),
            files: BTreeMap::new(),
            quota: Quota::default(),
            consents: Consents::default(),
            mint: Mint::default(),
            media: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    /// An empty LinkedIn in which each author has the token [`Directory::token_of`], with
    /// every scope that can be had, and the default settings.
    #[must_use]
    pub fn for_authors(authors: impl Iterator<Item = (AuthorUrn, String)>) -> Self {
        Self::new(Directory::for_authors(authors), Settings::default())
    }

    /// Answers one request as if it came at `now`, without mishaps, and logs it.
    pub fn handle(&mut self, request: &Request<Bytes>, now: Instant) -> Response<Bytes> {
        let response = self.answer(request, now);
        let mut logged = LoggedRequest::new(request, now);
        logged.status = Some(response.status().as_u16());
        logged.real_status = logged.status;
        self.log.push(logged);
        response
    }

    /// Answers one request under the fault script, and logs it.
    ///
    /// A delay before it takes effect is added to `now`; the sender has to wait for it.
    pub fn handle_with_faults(&mut self, request: &Request<Bytes>, now: Instant) -> Reply {
        let fault = self.faults.take(request);
        let real = match fault {
            Some((When::Before, Fault::Delay(delay))) => {
                let delay = chrono::Duration::from_std(delay).unwrap_or_default();
                Some(self.answer(request, now + delay))
            }
            None | Some((When::After, _)) => Some(self.answer(request, now)),
            Some((When::Before, _)) => None,
        };
        let mut logged = LoggedRequest::new(request, now);
        logged.fault = fault;
        logged.real_status = real.as_ref().map(|real| real.status().as_u16());
        let reply = reply(fault.map(|(_, fault)| fault), request, real);
        logged.status = status_of(&reply);
        self.log.push(logged);
        reply
    }

    fn answer(&mut self, request: &Request<Bytes>, now: Instant) -> Response<Bytes> {
        let call = Call::new(request, now);
        if call.segments.first() == Some(&"oauth") {
            let trace = self.mint.trace();
            return oauth::answer(self, &call, &trace);
        }
        let answer = self.route(&call).unwrap_or_else(|refusal| refusal);
        let answer = answer.with("x-restli-protocol-version", "2.0.0");
        answer.into_response(now, &self.mint.trace())
    }

    fn route(&mut self, call: &Call<'_>) -> Answered {
        gate::check_transport(call)?;
        if let ["dms-uploads", "signed", ..] = call.segments.as_slice() {
            return media::signed(self, call);
        }
        let caller = gate::check_token(self, call)?;
        match call.segments.as_slice() {
            ["rest", resource, rest @ ..] => {
                let caller = gate::check_version(self, call, caller)?;
                match (*resource, rest) {
                    ("posts", rest) => posts::answer(self, &caller, call, rest),
                    ("images" | "videos" | "documents", rest) => {
                        media::answer(self, &caller, call, resource, rest)
                    }
                    ("socialActions", rest) => comments::answer(self, &caller, call, rest, true),
                    ("organizationAcls", []) => people::find_roles(self, &caller, call),
                    _ => Err(Answer::no_resource()),
                }
            }
            ["v2", "socialActions", rest @ ..] => {
                comments::answer(self, &caller, call, rest, false)
            }
            ["v2", "userinfo"] => people::user_info(self, &caller, call),
            ["dms-uploads", ..] => media::upload(self, &caller, call),
            _ => Err(Answer::no_resource()),
        }
    }

    /// Every post there ever was, in the order of creation, deleted ones included.
    #[must_use]
    pub fn posts(&self) -> &[StoredPost] {
        &self.posts
    }

    /// The posts of one author that readers can see, in the order of creation.
    pub fn live_posts_of<'a>(
        &'a self,
        author: &'a AuthorUrn,
    ) -> impl Iterator<Item = &'a StoredPost> {
        let live = self.posts.iter().filter(|post| post.is_live());
        live.filter(move |post| post.author == *author)
    }

    /// One post, deleted or not.
    #[must_use]
    pub fn post(&self, urn: &PostUrn) -> Option<&StoredPost> {
        self.posts.iter().find(|post| post.urn == *urn)
    }

    /// Deletes a post behind the API's back, as its author can on the site.
    pub fn delete_by_hand(&mut self, urn: &PostUrn, now: Instant) {
        for post in self.posts.iter_mut().filter(|post| post.urn == *urn) {
            post.deleted_at.get_or_insert(now);
        }
    }

    /// Puts a post there that was published before this sandbox began. One with the same
    /// URN is left as it is.
    pub fn put_post(&mut self, post: StoredPost) {
        if self.post(&post.urn).is_none() {
            self.posts.push(post);
        }
    }

    /// Forgets the log and the bytes of finished uploads, which a long run needs no more.
    /// The files stay as usable as they were.
    pub fn forget_traffic(&mut self) {
        self.log.clear();
        self.media.clear();
        self.files.values_mut().for_each(StoredMedia::forget_bytes);
    }

    /// Every comment, in the order of creation.
    #[must_use]
    pub fn comments(&self) -> &[StoredComment] {
        &self.comments
    }

    /// The media files, by URN.
    pub fn files(&self) -> impl Iterator<Item = &StoredMedia> {
        self.files.values()
    }

    /// Every request since the start or the last [`Self::reset`], in order.
    #[must_use]
    pub fn log(&self) -> &[LoggedRequest] {
        &self.log
    }

    /// Forgets posts, media, counters, faults and log. Accounts and settings stay, and
    /// ids go on, so that none comes twice.
    pub fn reset(&mut self) {
        let mut fresh = Self::new(
            std::mem::take(&mut self.directory),
            std::mem::take(&mut self.settings),
        );
        fresh.mint = self.mint;
        *self = fresh;
    }

    /// The state without uploaded bytes and without the log.
    ///
    /// # Errors
    /// Never in practice: the state has no value that JSON cannot hold.
    pub fn to_json(&self) -> Result<String, StateError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// Reads what [`Self::to_json`] wrote. Uploaded bytes come back one by one through
    /// [`Self::restore_media`].
    ///
    /// # Errors
    /// When it is not such a state, or one of another version.
    pub fn from_json(text: &str) -> Result<Self, StateError> {
        #[derive(Deserialize)]
        struct Format {
            format_version: u32,
        }
        let Format { format_version } = serde_json::from_str(text)?;
        if format_version != FORMAT {
            return Err(StateError::Other {
                found: format_version,
            });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// The bytes of uploaded files, by the id of their URN. An id is a file name: letters,
    /// digits, `-` and `_`. Bytes of one id never change.
    pub fn media(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.media.iter().map(|(urn, b)| (urn.id(), b.as_ref()))
    }

    /// The bytes of one uploaded file and its media type, by the id of its URN.
    #[must_use]
    pub fn medium(&self, id: &str) -> Option<(&'static str, Bytes)> {
        let file = self.files.values().find(|file| file.urn.id() == id)?;
        let media_type = file.form?.media_type();
        Some((media_type, self.media.get(&file.urn)?.clone()))
    }

    /// Puts back the bytes of a file whose state is known; others are ignored.
    pub fn restore_media(&mut self, id: &str, bytes: Bytes) {
        let known = self.files.keys().find(|urn| urn.id() == id);
        if let Some(urn) = known.cloned() {
            self.media.insert(urn, bytes);
        }
    }
}

fn reply(fault: Option<Fault>, request: &Request<Bytes>, real: Option<Response<Bytes>>) -> Reply {
    match (fault, real) {
        (None, Some(real)) => Reply::Response(real),
        (Some(Fault::Delay(delay)), Some(real)) => {
            Reply::Delayed(delay, Box::new(Reply::Response(real)))
        }
        // A refused connection has taken nothing in; after the effect it is a lost one.
        (Some(Fault::Refuse), None) => Reply::Refused,
        (Some(Fault::Drop | Fault::Refuse), _) | (None, None) => Reply::Dropped,
        (Some(fault), real) => Reply::Response(faults::replaced(fault, request, real)),
    }
}

fn status_of(reply: &Reply) -> Option<u16> {
    match reply {
        Reply::Response(response) => Some(response.status().as_u16()),
        Reply::Dropped | Reply::Refused => None,
        Reply::Delayed(_, reply) => status_of(reply),
    }
}
