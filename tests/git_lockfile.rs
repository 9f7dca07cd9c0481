//! The lockfile on a remote's published branch.

#![allow(
    clippy::disallowed_methods,
    reason = "tests set up files and repositories themselves"
)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod git_support;

use git_support::{Bed, POST, TestClock, TestEntropy, content, load, lockfile, path, state_of};
use mergecast::git::RemoteLockfile;
use mergecast::model::path::ReadError;
use mergecast::ports::{ContentSource as _, LockfileStore, LockfileWritten};
use mergecast::system::WorkTree;

#[tokio::test]
async fn the_lockfile_goes_on_top_of_the_newest_tip_and_nothing_else_moves() {
    let bed = Bed::new();
    bed.publish(&[("sub/posts/a.md", "a"), ("other.txt", "o")]);
    let clone = bed.clone(&[]);
    let newest = bed.publish(&[("other.txt", "newer")]);
    let repository = bed.repository(&clone.join("sub")).await;
    let before = state_of(&bed, &clone);
    let lockfile = lockfile(repository, &TestClock::new());
    assert_eq!(lockfile.read().await, Ok(None));
    assert_eq!(
        lockfile.write(&bytes::Bytes::from_static(b"a: 1\n")).await,
        LockfileWritten::Pushed
    );
    assert_eq!(
        lockfile.write(&bytes::Bytes::from_static(b"a: 1\n")).await,
        LockfileWritten::Unchanged
    );
    assert_eq!(
        lockfile.read().await,
        Ok(Some(bytes::Bytes::from_static(b"a: 1\n")))
    );
    assert_eq!(state_of(&bed, &clone), before);
    let remote = bed.remote();
    assert_eq!(bed.git(&remote, &["rev-parse", "main^"]), newest);
    let changed = bed.git(&remote, &["diff", "--name-status", "main^", "main"]);
    assert_eq!(changed, "A\tsub/mergecast.lock");
    let message = bed.git(&remote, &["log", "-1", "--format=%an <%ae> %s", "main"]);
    assert_eq!(
        message,
        "mergecast <mergecast@localhost> mergecast: update lockfile [skip ci]"
    );
    // A root that is not published yet is not made for the lockfile's sake.
    std::fs::create_dir(clone.join("new")).unwrap();
    let unpublished = bed.repository(&clone.join("new")).await;
    let written = self::lockfile(unpublished, &TestClock::new())
        .write(&bytes::Bytes::from_static(b"a: 1\n"))
        .await;
    assert!(matches!(written, LockfileWritten::Failed { problem } if problem.contains("`new`")));
}

#[tokio::test]
async fn a_branch_that_moves_meanwhile_gets_the_lockfile_on_top() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    // Somebody merges in the very moment of the first push, once.
    let script = "rm -f \"$0\"\nunset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n\
         new=$(git -c user.name=T -c user.email=t@x.org commit-tree -p main -m merged main^{tree})\n\
         git update-ref refs/heads/main $new";
    let hook = bed.hook("pre-receive", script);
    let clock = TestClock::new();
    let written = lockfile(bed.repository(&clone).await, &clock)
        .write(&bytes::Bytes::from_static(b"a: 1\n"))
        .await;
    assert!(!hook.exists());
    assert_eq!(written, LockfileWritten::Pushed);
    let subjects = bed.git(&bed.remote(), &["log", "--format=%s", "main"]);
    assert_eq!(
        subjects,
        "mergecast: update lockfile [skip ci]\nmerged\ncontent"
    );
}

#[tokio::test]
async fn a_protected_branch_refuses_the_lockfile_at_once() {
    let bed = Bed::new();
    let commit = bed.publish(&[POST]);
    bed.hook(
        "pre-receive",
        "echo 'error: GH006: Protected branch update failed' >&2; exit 1",
    );
    let clone = bed.clone(&[]);
    let clock = TestClock::new();
    let written = lockfile(bed.repository(&clone).await, &clock)
        .write(&bytes::Bytes::from_static(b"a: 1\n"))
        .await;
    let LockfileWritten::Protected { problem } = written else {
        panic!("{written:?}")
    };
    assert!(problem.contains("GH006"), "{problem}");
    assert!(
        !problem.contains('\n') && !problem.contains("remote:"),
        "{problem}"
    );
    assert_eq!(clock.waited(), chrono::TimeDelta::zero());
    assert_eq!(bed.git(&bed.remote(), &["rev-parse", "main"]), commit);
}

#[tokio::test]
async fn a_lockfile_that_cannot_be_fetched_is_not_taken_for_none() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let repository = bed.repository(&clone).await;
    let clock = TestClock::new();
    let (file, entropy) = (path("mergecast.lock"), TestEntropy::default());
    let (remote, branch) = ("origin".to_owned(), Some("main".to_owned()));
    let lockfile = RemoteLockfile::new(repository, remote, branch, file, clock.clone(), entropy);
    assert_eq!(lockfile.read().await, Ok(None));
    std::fs::rename(bed.remote(), bed.folder.path().join("moved")).unwrap();
    let read = lockfile.read().await;
    assert!(matches!(read, Err(ReadError::Io(_))), "{read:?}");
    let waited = clock.waited().num_seconds();
    assert!((5..=10).contains(&waited), "{waited}");
}

/// A pass has just fetched the commit it is in.
#[tokio::test]
async fn beside_published_content_the_remote_is_not_asked_again() {
    let bed = Bed::new();
    bed.publish(&[POST, ("mergecast.lock", "a: 1\n")]);
    let clone = bed.clone(&[]);
    bed.publish(&[("mergecast.lock", "a: 2\n")]);
    let repository = bed.repository(&clone).await;
    let lockfile = lockfile(repository.clone(), &TestClock::new());
    let tree = load(&content(repository, None)).await;
    let files = WorkTree::new(&clone).load().await.unwrap();
    assert_eq!(
        lockfile.read_beside(files.as_ref()).await,
        Ok(Some(bytes::Bytes::from_static(b"a: 2\n"))),
        "files are no published content: the branch was asked"
    );
    std::fs::rename(bed.remote(), bed.folder.path().join("moved")).unwrap();
    assert_eq!(
        lockfile.read_beside(tree.as_ref()).await,
        Ok(Some(bytes::Bytes::from_static(b"a: 2\n")))
    );
    let unasked = lockfile.read_beside(files.as_ref()).await;
    assert!(matches!(unasked, Err(ReadError::Io(_))), "{unasked:?}");
}
