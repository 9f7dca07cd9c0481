//! Every call a pass makes through a port, by what it is for, and what may befall one.

use http::Method;
use mergecast::model::target::Target;
use mergecast::ports::{HttpRequest, LedgerChange};

/// What one call of a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    LoadContent,
    LoadLedger,
    ReadLockfile,
    WriteLockfile,
    Sleep,
    /// A ledger commit that only declares a request.
    Declare,
    /// One that records the last post's result as well.
    RecordAndDeclare,
    Record,
    Expire,
    Move,
    RecordEdit,
    RecordDeletion,
    Skip,
    Park,
    DeclareComment,
    RecordComment,
    /// What a person says.
    Settle,
    StartImage,
    PutImage,
    AskImage,
    StartVideo,
    PutVideoPart,
    FinishVideo,
    AskVideo,
    StartDocument,
    PutDocument,
    AskDocument,
    ListPosts,
    CreatePost,
    CreateComment,
    UpdatePost,
    DeletePost,
}

/// What kind of port a call goes to: the same mishaps mean different things there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Content,
    Lockfile,
    LedgerRead,
    LedgerCommit,
    Linkedin,
    Clock,
}

impl Call {
    /// The calls of a pass.
    pub(crate) const OF_A_PASS: &[Self] = &[
        Self::LoadContent,
        Self::LoadLedger,
        Self::ReadLockfile,
        Self::WriteLockfile,
        Self::Sleep,
        Self::Declare,
        Self::RecordAndDeclare,
        Self::Record,
        Self::Expire,
        Self::Move,
        Self::RecordEdit,
        Self::RecordDeletion,
        Self::Skip,
        Self::Park,
        Self::DeclareComment,
        Self::RecordComment,
        Self::StartImage,
        Self::PutImage,
        Self::AskImage,
        Self::StartVideo,
        Self::PutVideoPart,
        Self::FinishVideo,
        Self::AskVideo,
        Self::StartDocument,
        Self::PutDocument,
        Self::AskDocument,
        Self::ListPosts,
        Self::CreatePost,
        Self::CreateComment,
        Self::UpdatePost,
        Self::DeletePost,
    ];

    pub(crate) fn port(self) -> Port {
        match self {
            Self::LoadContent => Port::Content,
            Self::ReadLockfile | Self::WriteLockfile => Port::Lockfile,
            Self::LoadLedger => Port::LedgerRead,
            Self::Sleep => Port::Clock,
            Self::Declare
            | Self::RecordAndDeclare
            | Self::Record
            | Self::Expire
            | Self::Move
            | Self::RecordEdit
            | Self::RecordDeletion
            | Self::Skip
            | Self::Park
            | Self::DeclareComment
            | Self::RecordComment
            | Self::Settle => Port::LedgerCommit,
            Self::StartImage
            | Self::PutImage
            | Self::AskImage
            | Self::StartVideo
            | Self::PutVideoPart
            | Self::FinishVideo
            | Self::AskVideo
            | Self::StartDocument
            | Self::PutDocument
            | Self::AskDocument
            | Self::ListPosts
            | Self::CreatePost
            | Self::CreateComment
            | Self::UpdatePost
            | Self::DeletePost => Port::Linkedin,
        }
    }

    /// What a ledger commit is for: its summary has one word a change.
    pub(crate) fn of_commit(change: &LedgerChange) -> Self {
        let words = change.summary.split(", ").filter_map(|part| {
            let (word, _) = part.rsplit_once(' ')?;
            Some(word)
        });
        let words: Vec<&str> = words.collect();
        let comment = change.put.keys().any(|id| id.target == Target::Comment);
        match words.as_slice() {
            ["sending" | "probing"] if comment => Self::DeclareComment,
            ["sending" | "probing"] => Self::Declare,
            [_, "sending" | "probing"] => Self::RecordAndDeclare,
            ["moved"] | ["moved", "moved"] => Self::Move,
            ["updated"] => Self::RecordEdit,
            ["deleted"] => Self::RecordDeletion,
            ["skipped"] if change.put.values().all(|entry| entry.owner.is_none()) => Self::Skip,
            ["skipped" | "not published"] | ["unknown", "published" | "not published"] => {
                Self::Settle
            }
            ["parked"] => Self::Park,
            ["unknown", ..] if !change.put.values().any(|entry| entry.owner_saw_it_end) => {
                Self::Expire
            }
            _ if comment => Self::RecordComment,
            _ => Self::Record,
        }
    }

    /// What a request of LinkedIn is for.
    pub(crate) fn of_request(request: &HttpRequest) -> Self {
        let path = request.uri().path();
        let type_of = || request.headers().get(http::header::CONTENT_TYPE);
        let below = |prefix: &str| path.strip_prefix(prefix);
        let finalizes = request.uri().query() == Some("action=finalizeUpload");
        match request.method() {
            &Method::PUT if path.contains("/signed/") => Self::PutVideoPart,
            &Method::PUT if type_of().is_some_and(|mime| mime == "application/pdf") => {
                Self::PutDocument
            }
            &Method::PUT => Self::PutImage,
            &Method::DELETE => Self::DeletePost,
            &Method::GET if below("/rest/images").is_some() => Self::AskImage,
            &Method::GET if below("/rest/videos").is_some() => Self::AskVideo,
            &Method::GET if below("/rest/documents").is_some() => Self::AskDocument,
            &Method::POST if below("/rest/images").is_some() => Self::StartImage,
            &Method::POST if below("/rest/videos").is_some() && finalizes => Self::FinishVideo,
            &Method::POST if below("/rest/videos").is_some() => Self::StartVideo,
            &Method::POST if below("/rest/documents").is_some() => Self::StartDocument,
            &Method::GET if path == "/rest/posts" => Self::ListPosts,
            &Method::POST if path == "/rest/posts" => Self::CreatePost,
            &Method::POST if below("/rest/posts/").is_some() => Self::UpdatePost,
            &Method::POST if path.ends_with("/comments") => Self::CreateComment,
            other => panic!("nobody knows what {other} {path} is for"),
        }
    }

    /// Whether LinkedIn or readers see something new after it.
    pub(crate) fn is_read(self) -> bool {
        matches!(
            self,
            Self::LoadContent
                | Self::LoadLedger
                | Self::ReadLockfile
                | Self::AskImage
                | Self::AskVideo
                | Self::AskDocument
                | Self::ListPosts
        )
    }
}

/// What befalls one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The runner dies before the call has any effect.
    CrashBefore,
    /// It dies when the effect is there, and never hears of it.
    CrashAfter,
    /// The effect is there, and the caller hears that the line broke.
    LostAnswer,
    /// There is no effect, and the caller hears the same.
    LostRequest,
    /// After the longest wait the effect is there, and the caller has given up.
    Timeout,
    /// LinkedIn: the effect is there, and the answer is a 500. git: the remote refuses.
    Refused,
    /// Somebody else commits in between. LinkedIn: 409, without effect.
    Conflict,
    /// The runner stands still for two hours, with its boot-time clock running.
    Pause,
    /// LinkedIn: the connection is refused.
    NotSent,
    /// LinkedIn: 429.
    RateLimited,
    /// LinkedIn: 401, the token is revoked for now.
    Unauthorized,
    /// LinkedIn: the line broke, and the request takes effect up to three minutes later.
    TakenLate,
    /// LinkedIn: 201, and then the post is gone.
    Vanishes,
}

impl Fault {
    /// The eight that are enumerated.
    pub(crate) const EIGHT: &[Self] = &[
        Self::CrashBefore,
        Self::CrashAfter,
        Self::LostAnswer,
        Self::LostRequest,
        Self::Timeout,
        Self::Refused,
        Self::Conflict,
        Self::Pause,
    ];

    /// Whether it may befall `call`. A sleep has neither effect nor answer; an answer about
    /// media that are being processed is no write that could conflict; nobody else writes
    /// what only is read of the lockfile.
    pub(crate) fn applies_to(self, call: Call) -> bool {
        match (self, call.port()) {
            (Self::CrashBefore | Self::CrashAfter | Self::Pause, _) => true,
            (_, Port::Clock) => false,
            (Self::Conflict, Port::Linkedin) => !call.is_read(),
            (Self::Conflict, Port::Lockfile) => call == Call::WriteLockfile,
            (
                Self::LostAnswer
                | Self::LostRequest
                | Self::Timeout
                | Self::Refused
                | Self::Conflict,
                _,
            ) => true,
            (Self::Vanishes, _) => call == Call::CreatePost,
            (Self::TakenLate, _) => matches!(call, Call::CreatePost | Call::CreateComment),
            (Self::NotSent | Self::RateLimited | Self::Unauthorized, port) => {
                port == Port::Linkedin
            }
        }
    }
}
