//! What others do while a pass runs: people who merge, other tools that commit, and a
//! LinkedIn that takes its time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use mergecast::linkedin::credentials;
use mergecast::linkedin::endpoint::Endpoint;
use mergecast::model::Instant;
use mergecast::model::config::Config;
use mergecast::model::urn::AuthorUrn;
use mergecast::pass::{PassOptions, TokenFuture, ready};
use mergecast::ports::{HttpRequest, LedgerChange, LedgerStore as _, with_body};
use mergecast::record::{Begins, LedgerHome};
use mergecast::sandbox::{Directory, Linkedin};
use mergecast::system::{MemoryLedger, MemoryRemote, MemoryRepository};

use crate::authors::linkedin;
pub(crate) use crate::authors::{MEMBER, PAGE, path};

/// Every author has a token.
pub(crate) fn token(config: &Config, author: &AuthorUrn) -> TokenFuture {
    let variable = "LINKEDIN_ACCESS_TOKEN".to_owned();
    let environment = [(variable, Directory::token_of(author))].into();
    ready(credentials::resolve(author, config, &environment))
}

pub(crate) fn options(runner: &str) -> PassOptions {
    PassOptions {
        only: Vec::new(),
        allow_changes: None,
        paused_by_environment: false,
        repository_id: Some("7".to_owned()),
        runner: runner.to_owned(),
        endpoint: Endpoint::new(None).unwrap(),
    }
}

/// Everything that is durable or outside, as those see it who are no runners.
#[derive(Clone)]
pub(crate) struct Outside {
    pub(crate) repository: MemoryRepository,
    pub(crate) ledger: MemoryRemote,
    pub(crate) linkedin: Arc<Mutex<Linkedin>>,
    /// Requests that take effect later, by when.
    late: Rc<RefCell<BTreeMap<Instant, HttpRequest>>>,
    meddled: Rc<Cell<u32>>,
    /// The ledger's branch in the settings of new runs, where it has to begin on purpose or
    /// in its window; `None`: it begins by itself.
    pub(crate) begins: Rc<RefCell<Option<String>>>,
}

impl Outside {
    /// An empty branch, no ledger, and a LinkedIn without posts.
    pub(crate) fn new() -> Self {
        Self {
            repository: MemoryRepository::default(),
            ledger: MemoryRemote::default(),
            linkedin: Arc::new(Mutex::new(linkedin())),
            late: Rc::default(),
            meddled: Rc::default(),
            begins: Rc::default(),
        }
    }

    /// The ledger as a new run finds it.
    pub(crate) fn ledger_of_a_run(&self) -> MemoryLedger {
        let store = MemoryLedger::new(self.ledger.clone(), "");
        let Some(branch) = self.begins.borrow().clone() else {
            return store;
        };
        let home = LedgerHome {
            begins: Begins::InWindow,
            ..LedgerHome::default()
        };
        store.at_home(home, &branch)
    }

    /// The same outside, with a future of its own.
    pub(crate) fn fork(&self) -> Self {
        Self {
            repository: self.repository.fork(),
            ledger: self.ledger.fork(),
            linkedin: Arc::new(Mutex::new(self.linkedin().clone())),
            late: Rc::new(RefCell::new(self.late.borrow().clone())),
            meddled: Rc::new(Cell::new(self.meddled.get())),
            begins: Rc::new(RefCell::new(self.begins.borrow().clone())),
        }
    }

    /// LinkedIn itself.
    pub(crate) fn linkedin(&self) -> MutexGuard<'_, Linkedin> {
        self.linkedin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u32 {
        self.meddled.set(self.meddled.get() + 1);
        self.meddled.get()
    }

    /// A person merges something that is no post.
    pub(crate) fn somebody_merges(&self) {
        let note = format!("note {}\n", self.number());
        let file = (path("NOTES.txt"), Some(note.into_bytes()));
        self.repository.commit([file]);
    }

    /// The runs of another content root share the ledger.
    pub(crate) fn somebody_commits(&self) {
        let change = LedgerChange {
            put: BTreeMap::new(),
            remove: Vec::new(),
            remove_files: Vec::new(),
            first_page: None,
            summary: "another root".to_owned(),
            nonce: format!("elsewhere-{}", self.number()),
            at: Instant::UNIX_EPOCH,
            repository_id: Some("7".to_owned()),
            succession: mergecast::record::Succession::default(),
            taken_from: None,
            remote_name: None,
            begins_root: false,
        };
        let other = MemoryLedger::new(self.ledger.clone(), "elsewhere");
        let base = self.ledger.version();
        let commit = pin!(other.commit(&base, &change));
        let done = commit.poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(done, Poll::Ready(Ok(_))), "memory answers at once");
    }

    /// `request`, whose sender heard nothing, takes effect within three minutes.
    pub(crate) fn taken_late(&self, request: HttpRequest, now: Instant) {
        let after = TimeDelta::seconds(7 + i64::from(self.number()) * 53 % 173);
        self.late.borrow_mut().insert(now + after, request);
    }

    /// LinkedIn takes what is late and has its time by `now`.
    pub(crate) fn take_late(&self, now: Instant) {
        let mut late = self.late.borrow_mut();
        let rest = late.split_off(&(now + TimeDelta::nanoseconds(1)));
        for (at, request) in std::mem::replace(&mut *late, rest) {
            let mut request = with_body(request).unwrap();
            let length = request.body().len();
            request
                .headers_mut()
                .insert("content-length", length.into());
            self.linkedin().handle(&request, at);
        }
    }

    /// When the next late request takes effect.
    pub(crate) fn next_late(&self) -> Option<Instant> {
        self.late.borrow().keys().next().copied()
    }

    /// LinkedIn drops the newest post without a word.
    pub(crate) fn newest_vanishes(&self, now: Instant) {
        let mut linkedin = self.linkedin();
        let newest = linkedin.posts().last().map(|post| post.urn.clone());
        if let Some(newest) = newest {
            linkedin.delete_by_hand(&newest, now);
        }
    }
}
