//! What a pass has given up, so that no further call is made in vain.
//!
//! Owns how far one failure reaches: a refused token ends every call made with it, and
//! those of other tokens go on; a wrong setting ends all, and so does being told to stop.
//! Must not send or record.

use crate::linkedin::failure::Failure;
use crate::linkedin::token::AccessToken;
use crate::model::urn::AuthorUrn;
use crate::pass::attempt::Next;
use crate::pass::outcome::{Problem, failure};
use crate::pass::standby::StopSignal;

/// What was given up, and what was met there.
pub(super) struct GivenUp {
    stop: StopSignal,
    everything: Option<Problem>,
    /// By the variable the token came from.
    credentials: Vec<(String, Problem)>,
    authors: Vec<(AuthorUrn, Problem)>,
}

impl GivenUp {
    /// Nothing yet; everything once `stop` is set.
    pub(super) fn new(stop: &StopSignal) -> Self {
        Self {
            stop: stop.clone(),
            everything: None,
            credentials: Vec::new(),
            authors: Vec::new(),
        }
    }

    /// Why nothing more is to be begun, if this process was asked to stop.
    pub(super) fn stopping(&self) -> Option<Problem> {
        self.stop.is_set().then(Problem::stopping)
    }

    /// Why nothing is to be sent for `author` with `token`, if so.
    pub(super) fn refuses(&self, author: &AuthorUrn, token: &AccessToken) -> Option<Problem> {
        if let Some(stopping) = self.stopping() {
            return Some(stopping);
        }
        let credential = || {
            let mut all = self.credentials.iter();
            all.find(|(source, _)| source == token.source())
        };
        let own = || self.authors.iter().find(|(stopped, _)| stopped == author);
        let met = self
            .everything
            .as_ref()
            .or_else(|| credential().map(|(_, problem)| problem))
            .or_else(|| own().map(|(_, problem)| problem));
        met.cloned().map(Problem::not_sent)
    }

    /// Nothing more is to be sent.
    pub(super) fn everything(&mut self, problem: Problem) {
        self.everything.get_or_insert(problem);
    }

    /// After a create request.
    pub(super) fn after(
        &mut self,
        next: Next,
        problem: Option<&Problem>,
        author: &AuthorUrn,
        token: &AccessToken,
    ) {
        let Some(problem) = problem.cloned() else {
            return;
        };
        match next {
            Next::Continue | Next::Again(_) => {}
            Next::StopAuthor => self.authors.push((author.clone(), problem)),
            Next::StopCredential => self.credentials.push((token.source().to_owned(), problem)),
            Next::StopAll => self.everything(problem),
        }
    }

    /// After any other call: only what every further call would meet too.
    pub(super) fn after_call(&mut self, met: &Failure, token: &AccessToken) {
        match met {
            met if met.stops_credential() => self
                .credentials
                .push((token.source().to_owned(), failure(met))),
            Failure::Config(_) => self.everything(failure(met)),
            Failure::Unreachable(_)
            | Failure::RateLimited { .. }
            | Failure::Denied(_)
            | Failure::NotFound(_)
            | Failure::Refused(_) => {}
        }
    }
}
