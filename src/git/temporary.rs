//! Names of refs that live for one fetch, and those a crash left behind.
//!
//! Owns the names below `refs/mergecast/tmp/`: each is used once, by one process, and says
//! when that process began, so that what is old can be told from what is in use. Must not
//! touch any other ref.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use chrono::TimeDelta;

use super::command::LOCAL;
use super::objects;
use super::repository::Repository;
use crate::model::Instant;

const FOLDER: &str = "refs/mergecast/tmp/";
/// A ref is in use for as long as a fetch takes, ten minutes at most; it is dated by the
/// start of its process, which may watch for weeks.
const OLD: TimeDelta = TimeDelta::days(30);
/// So many are taken away at once; the rest the next time.
const AT_ONCE: usize = 100;

/// The temporary refs of one process.
#[derive(Debug)]
pub(super) struct TemporaryRefs {
    nonce: String,
    began: Instant,
    count: AtomicU32,
    swept: AtomicBool,
}

impl TemporaryRefs {
    /// For a process that began at `began` and drew `nonce`.
    pub(super) fn new(nonce: &str, began: Instant) -> Self {
        Self {
            nonce: nonce.to_owned(),
            began,
            count: AtomicU32::new(0),
            swept: AtomicBool::new(false),
        }
    }

    /// A ref name nobody else uses.
    pub(super) fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let seconds = self.began.timestamp();
        format!("{FOLDER}{seconds}-{}-{count}", self.nonce)
    }

    /// Takes away what processes that were killed left behind, once a process. That it does
    /// not work costs nothing.
    pub(super) async fn sweep(&self, repository: &Repository) {
        if self.swept.swap(true, Ordering::Relaxed) {
            return;
        }
        for name in self.old(repository).unwrap_or_default() {
            let delete = ["update-ref", "--no-deref", "-d", &name];
            let _ = repository.git.run(&delete, LOCAL).await;
        }
    }

    fn old(&self, repository: &Repository) -> Option<Vec<String>> {
        let opened = repository.open().ok()?;
        let names = objects::refs_below(&opened, FOLDER).ok()?;
        let old = names.into_iter().filter(|name| self.is_old(name));
        Some(old.take(AT_ONCE).collect())
    }

    fn is_old(&self, name: &str) -> bool {
        let began = name
            .strip_prefix(FOLDER)
            .and_then(|rest| rest.split_once('-'))
            .and_then(|(seconds, _)| seconds.parse().ok())
            .and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
        began.is_some_and(|began| self.began - began > OLD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_old_and_ours_is_swept() {
        let now: Instant = "2026-09-30T08:00:00Z".parse().unwrap();
        let refs = TemporaryRefs::new("n", now);
        let (mine, next) = (refs.next(), refs.next());
        assert_ne!(mine, next);
        let weeks_ago = TemporaryRefs::new("n", now - TimeDelta::days(31)).next();
        let later = TemporaryRefs::new("n", now + TimeDelta::days(31)).next();
        assert!(refs.is_old(&weeks_ago), "{weeks_ago}");
        for name in [
            mine.as_str(),
            &later,
            "refs/mergecast/tmp/x-n-0",
            "refs/mergecast/tmp/1",
            "refs/heads/1-n-0",
        ] {
            assert!(!refs.is_old(name), "{name}");
        }
    }
}
