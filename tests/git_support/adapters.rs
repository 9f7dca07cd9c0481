//! The git adapters over the remote `origin`, and what tests ask of them.

use std::path::Path;

use mergecast::git::{PublishedContent, RemoteLedger, RemoteLockfile, Repository};
use mergecast::ports::{ContentSource as _, ContentTree, LedgerChange};

use super::{BRANCH, Bed, TestClock, TestEntropy, path, start};

pub(crate) fn change(nonce: &str) -> LedgerChange {
    LedgerChange {
        put: [].into(),
        remove: Vec::new(),
        remove_files: Vec::new(),
        first_page: None,
        summary: "test".to_owned(),
        nonce: nonce.to_owned(),
        at: start(),
        repository_id: None,
        succession: mergecast::record::Succession::default(),
        taken_from: None,
        remote_name: None,
        begins_root: false,
    }
}

pub(crate) fn content(repository: Repository, branch: Option<&str>) -> PublishedContent {
    PublishedContent::new(
        repository,
        Some("origin".to_owned()),
        branch.map(str::to_owned),
    )
}

pub(crate) fn lockfile(
    repository: Repository,
    clock: &TestClock,
) -> RemoteLockfile<TestClock, TestEntropy> {
    let file = path("mergecast.lock");
    let entropy = TestEntropy::default();
    RemoteLockfile::new(
        repository,
        "origin".into(),
        None,
        file,
        clock.clone(),
        entropy,
    )
}

pub(crate) fn ledger(
    repository: Repository,
    clock: &TestClock,
) -> RemoteLedger<TestClock, TestEntropy> {
    let entropy = TestEntropy::default();
    RemoteLedger::new(
        repository,
        "origin".into(),
        BRANCH.into(),
        clock.clone(),
        entropy,
    )
}

pub(crate) async fn load(source: &PublishedContent) -> Box<dyn ContentTree> {
    source
        .load()
        .await
        .map_err(|error| error.to_string())
        .unwrap()
}

/// Everything about a clone that a pass must leave as it was. Our own memory of the ledger
/// is ours to change, and a push notes its new tip in git's tracking ref, as any push does.
pub(crate) fn state_of(bed: &Bed, clone: &Path) -> Vec<String> {
    let refs = bed.git(clone, &["for-each-ref"]);
    let kept: Vec<&str> = refs
        .lines()
        .filter(|line| !line.contains("refs/mergecast/ledger/"))
        .filter(|line| !line.contains("refs/remotes/"))
        .collect();
    vec![
        kept.join("\n"),
        bed.git(clone, &["status", "--porcelain"]),
        bed.git(clone, &["ls-files", "--stage"]),
        std::fs::read_to_string(clone.join(".git/FETCH_HEAD")).unwrap_or_default(),
        std::fs::read_to_string(clone.join(".git/shallow")).unwrap_or_default(),
    ]
}
