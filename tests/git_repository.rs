//! The git adapters over real repositories: published content, the lockfile, refusals,
//! and repositories that mean harm.

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

use git_support::{
    BRANCH, Bed, POST, TestClock, TestEntropy, change, content, ledger, load, lockfile, path,
    start, state_of, write,
};
use mergecast::git::{LocalLedger, PublishedContent, Repository, offline_ledger};
use mergecast::model::path::ReadError;
use mergecast::ports::{
    Committed, ContentSource, LedgerError, LedgerStore, LockfileStore, LockfileWritten, SourceError,
};

#[tokio::test]
async fn what_is_read_is_the_newest_commit_of_the_remote_not_the_files() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let newest = bed.publish(&[("posts/b.md", "b"), ("posts/deep/c.md", "c"), ("x.md", "x")]);
    write(&clone.join("posts/uncommitted.md"), "no");
    let before = state_of(&bed, &clone);
    let refs = bed.git(&clone, &["for-each-ref"]);
    // No branch is configured: the remote's own choice.
    let tree = load(&content(bed.repository(&clone).await, None)).await;
    assert_eq!(tree.revision(), Some(newest));
    let found = tree.documents(&path("posts")).unwrap();
    assert_eq!(
        found,
        [
            path("posts/a.md"),
            path("posts/b.md"),
            path("posts/deep/c.md")
        ]
    );
    assert_eq!(
        tree.read(&path("posts/a.md"), 99).unwrap(),
        POST.1.as_bytes()
    );
    let uncommitted = tree.read(&path("posts/uncommitted.md"), 99);
    assert_eq!(uncommitted, Err(ReadError::NotFound));
    assert_eq!(
        tree.read(&path("posts/b.md"), 0),
        Err(ReadError::TooLarge { size: 1, limit: 0 })
    );
    assert_eq!(tree.read(&path("posts"), 99), Err(ReadError::NotAFile));
    assert_eq!(tree.documents(&path("none")), Err(ReadError::NotFound));
    assert_eq!(state_of(&bed, &clone), before);
    assert_eq!(bed.git(&clone, &["for-each-ref"]), refs);
}

#[tokio::test]
async fn a_commit_of_the_lockfile_alone_is_told_from_all_others() {
    let bed = Bed::new();
    bed.publish(&[POST, ("mergecast.lock", "one")]);
    let clone = bed.clone(&[]);
    let source = content(bed.repository(&clone).await, Some("main"));
    let without = async |name: &str| load(&source).await.fingerprint_without(&path(name));
    let before = without("mergecast.lock").await;
    assert!(before.is_some());
    bed.publish(&[("mergecast.lock", "two")]);
    assert_eq!(without("mergecast.lock").await, before);
    assert_ne!(without("other.lock").await, before);
    for file in [
        "posts/b.md",
        "posts/deep/c.md",
        "media/a.png",
        "mergecast.yaml",
    ] {
        let last = without("mergecast.lock").await;
        bed.publish(&[(file, "new")]);
        assert_ne!(without("mergecast.lock").await, last, "{file}");
    }
}

#[tokio::test]
async fn a_content_root_below_the_top_sees_only_itself() {
    let bed = Bed::new();
    bed.publish(&[("marketing/posts/a.md", "a"), ("posts/b.md", "b")]);
    let clone = bed.clone(&[]);
    let repository = bed.repository(&clone.join("marketing")).await;
    assert_eq!(repository.prefix(), "marketing");
    assert_eq!(
        repository.common_dir(),
        clone.join(".git").canonicalize().unwrap()
    );
    let tree = load(&content(repository, Some("main"))).await;
    let found = tree.documents(&path("posts")).unwrap();
    assert_eq!(found, [path("posts/a.md")]);
    // A folder that is not published yet has no posts folder.
    std::fs::create_dir(clone.join("new")).unwrap();
    let tree = load(&content(
        bed.repository(&clone.join("new")).await,
        Some("main"),
    ))
    .await;
    assert_eq!(tree.documents(&path("posts")), Err(ReadError::NotFound));
    assert_eq!(tree.read(&path("posts/a.md"), 9), Err(ReadError::NotFound));
}

#[tokio::test]
async fn links_and_submodules_in_a_commit_are_not_files() {
    let bed = Bed::new();
    let commit = bed.publish(&[POST, ("secret.md", "secret")]);
    let clone = bed.clone(&[]);
    std::os::unix::fs::symlink("../secret.md", clone.join("posts/link.md")).unwrap();
    std::os::unix::fs::symlink("posts", clone.join("elsewhere")).unwrap();
    bed.git(&clone, &["add", "-A"]);
    let module = format!("160000,{commit},posts/module");
    bed.git(&clone, &["update-index", "--add", "--cacheinfo", &module]);
    bed.git(&clone, &["commit", "-q", "-m", "links"]);
    bed.git(&clone, &["push", "-q", "origin", "main"]);
    let tree = load(&content(bed.repository(&clone).await, None)).await;
    let read = |file: &str| tree.read(&path(file), 99);
    assert_eq!(read("posts/link.md"), Err(ReadError::Symlink));
    assert_eq!(read("elsewhere/a.md"), Err(ReadError::Symlink));
    assert_eq!(read("posts/module"), Err(ReadError::Submodule));
    assert_eq!(read("posts/module/x.md"), Err(ReadError::Submodule));
    let listing = tree.listing(&path("posts")).unwrap();
    assert_eq!(listing.unread.first().unwrap().path, "posts/module");
    let itself = tree.listing(&path("posts/module"));
    assert_eq!(itself, Err(ReadError::Submodule));
    assert_eq!(tree.documents(&path("elsewhere")), Err(ReadError::Symlink));
    // It is named, so that it is complained about.
    let found = tree.documents(&path("posts")).unwrap();
    assert_eq!(found, [path("posts/a.md"), path("posts/link.md")]);
}

#[tokio::test]
async fn a_shallow_clone_of_one_branch_stays_one_and_works() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    bed.publish(&[("posts/b.md", "b")]);
    let full = bed.clone(&[]);
    let clock = TestClock::new();
    let first = ledger(bed.repository(&full).await, &clock);
    let Ok(Committed::Won(base)) = first.commit(&None, &change("a1")).await else {
        panic!()
    };
    let clone = bed.clone(&["--depth", "1", "--single-branch"]);
    let newest = bed.publish(&[("posts/c.md", "c")]);
    let before = state_of(&bed, &clone);
    let repository = bed.repository(&clone).await;
    let tree = load(&content(repository.clone(), None)).await;
    assert_eq!(tree.revision(), Some(newest));
    assert_eq!(tree.documents(&path("posts")).unwrap().len(), 3);
    let store = ledger(repository.clone(), &clock);
    assert_eq!(store.load().await.unwrap().version, base);
    let won = store.commit(&base, &change("b2")).await;
    assert!(matches!(won, Ok(Committed::Won(Some(_)))), "{won:?}");
    let written = lockfile(repository, &clock)
        .write(&bytes::Bytes::from_static(b"x: 1\n"))
        .await;
    assert_eq!(written, LockfileWritten::Pushed);
    assert_eq!(state_of(&bed, &clone), before);
    let shallow = bed.git(&clone, &["rev-parse", "--is-shallow-repository"]);
    assert_eq!(shallow, "true");
}

#[tokio::test]
async fn a_partial_clone_gets_what_it_lacks() {
    let bed = Bed::new();
    bed.git(&bed.remote(), &["config", "uploadpack.allowFilter", "true"]);
    bed.git(
        &bed.remote(),
        &["config", "uploadpack.allowAnySHA1InWant", "true"],
    );
    bed.publish(&[POST]);
    let clone = bed.clone(&["--filter=blob:none", "--no-checkout"]);
    let tree = load(&content(bed.repository(&clone).await, None)).await;
    assert_eq!(
        tree.read(&path("posts/a.md"), 99).unwrap(),
        POST.1.as_bytes()
    );
    let size = POST.1.len() as u64;
    bed.publish(&[("posts/b.md", POST.1), ("posts/big.md", "123456789")]);
    let tree = load(&content(bed.repository(&clone).await, None)).await;
    assert_eq!(
        tree.read(&path("posts/big.md"), 3),
        Err(ReadError::TooLarge { size: 9, limit: 3 })
    );
    assert_eq!(
        tree.read(&path("posts/b.md"), size).unwrap().len() as u64,
        size
    );
}

#[tokio::test]
async fn reading_an_earlier_commit_asks_no_remote() {
    let bed = Bed::new();
    bed.git(&bed.remote(), &["config", "uploadpack.allowFilter", "true"]);
    bed.publish(&[POST]);
    let clone = bed.clone(&["--filter=blob:none", "--no-checkout"]);
    let repository = bed.repository(&clone).await;
    let tip = bed.git(&clone, &["rev-parse", "HEAD"]);
    let earlier = mergecast::git::content_at(&repository, &tip).unwrap();
    assert!(earlier.read(&path("posts/a.md"), 99).is_err());
    // The published content may fetch; then the earlier commit is readable too.
    let tree = load(&content(repository.clone(), None)).await;
    assert!(tree.read(&path("posts/a.md"), 99).is_ok());
    let earlier = mergecast::git::content_at(&repository, &tip).unwrap();
    assert!(earlier.read(&path("posts/a.md"), 99).is_ok());
}

#[tokio::test]
async fn what_cannot_be_loaded_says_why() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let repository = bed.repository(&clone).await;
    let error = content(repository.clone(), Some("gone")).load().await.err();
    let place = "origin".to_owned();
    let branch = "gone".to_owned();
    assert_eq!(error, Some(SourceError::NoBranch { branch, place }));
    for name in ["--upload-pack=touch evil", "*", "a:b"] {
        let error = content(repository.clone(), Some(name)).load().await.err();
        assert!(matches!(error, Some(SourceError::Other(_))), "{error:?}");
    }
    std::fs::rename(bed.remote(), bed.folder.path().join("moved")).unwrap();
    for branch in [None, Some("main")] {
        let error = content(repository.clone(), branch).load().await.err();
        assert!(
            matches!(error, Some(SourceError::Unreachable { .. })),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn without_a_remote_the_local_branch_is_the_published_one() {
    let bed = Bed::new();
    let commit = bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    bed.git(&clone, &["remote", "remove", "origin"]);
    write(&clone.join("posts/b.md"), "not committed");
    let repository = bed.repository(&clone).await;
    assert_eq!(repository.remote("origin"), None);
    let tree = load(&PublishedContent::new(repository.clone(), None, None)).await;
    assert_eq!(tree.revision(), Some(commit));
    assert_eq!(
        tree.documents(&path("posts")).unwrap(),
        [path("posts/a.md")]
    );
    let gone = PublishedContent::new(repository.clone(), None, Some("gone".to_owned()));
    assert!(matches!(
        gone.load().await.err(),
        Some(SourceError::NoBranch { .. })
    ));
    bed.git(&clone, &["checkout", "-q", "--detach"]);
    let detached = PublishedContent::new(repository, None, None).load().await;
    assert!(
        matches!(detached.err(), Some(SourceError::Other(words)) if words.contains("`branch`"))
    );
}

#[tokio::test]
async fn a_remote_without_a_default_branch_never_publishes_what_is_checked_out() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let unborn = ["symbolic-ref", "HEAD", "refs/heads/trunk"];
    bed.git(&bed.remote(), &unborn);
    let loaded = content(bed.repository(&clone).await, None).load().await;
    let remote = "origin".to_owned();
    assert_eq!(loaded.err(), Some(SourceError::NoDefaultBranch { remote }));
}

/// While a run waits, somebody renames or removes it.
#[tokio::test]
async fn a_remote_that_went_away_is_told_from_one_that_does_not_answer() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    for change in [&["rename", "origin", "upstream"][..], &["remove", "origin"]] {
        let clone = bed.clone(&[]);
        let content = content(bed.repository(&clone).await, None);
        assert!(content.load().await.is_ok());
        bed.git(&clone, &[&["remote"], change].concat());
        // A folder of that name is not it, whatever is in there.
        let remote = bed.remote().display().to_string();
        bed.git(&clone, &["clone", "-q", "--mirror", &remote, "origin"]);
        let remote = "origin".to_owned();
        assert_eq!(
            content.load().await.err(),
            Some(SourceError::NoRemote { remote })
        );
        std::fs::remove_dir_all(&clone).unwrap();
    }
    let clone = bed.clone(&[]);
    let content = content(bed.repository(&clone).await, None);
    bed.git(&clone, &["remote", "set-url", "origin", "/nowhere.git"]);
    let lost = content.load().await.err();
    assert!(
        matches!(lost, Some(SourceError::Unreachable { .. })),
        "{lost:?}"
    );
}

#[tokio::test]
async fn a_folder_outside_of_git_has_no_repository() {
    let bed = Bed::new();
    let folder = bed.folder.path().join("plain");
    std::fs::create_dir(&folder).unwrap();
    let found = Repository::discover(&folder, &bed.environment(), "n", start()).await;
    assert!(found.unwrap().is_none());
}

#[tokio::test]
async fn a_linked_work_tree_shares_the_clone() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let linked = bed.folder.path().join("linked");
    bed.git(
        &clone,
        &[
            "worktree",
            "add",
            "-q",
            "-b",
            "draft",
            linked.to_str().unwrap(),
        ],
    );
    let repository = bed.repository(&linked).await;
    assert_eq!(
        repository.common_dir(),
        clone.join(".git").canonicalize().unwrap()
    );
    assert_eq!(
        repository.checked_out_branch().unwrap().as_deref(),
        Some("draft")
    );
    let (branch, clock) = (BRANCH.to_owned(), TestClock::new());
    let store = LocalLedger::new(repository, branch, clock, TestEntropy::default());
    assert!(matches!(
        store.commit(&None, &change("a1")).await,
        Ok(Committed::Won(Some(_)))
    ));
}

#[tokio::test]
async fn a_refused_ledger_push_is_tried_three_times_within_five_seconds() {
    let bed = Bed::new();
    let count = bed.folder.path().join("count");
    bed.hook(
        "pre-receive",
        &format!("echo x >> {}; exit 1", count.display()),
    );
    let clone = bed.clone(&[]);
    let clock = TestClock::new();
    let store = ledger(bed.repository(&clone).await, &clock);
    let error = store.commit(&None, &change("a1")).await.unwrap_err();
    let LedgerError::Refused { problem, .. } = error else {
        panic!("{error}")
    };
    assert!(problem.contains("hook declined"), "{problem}");
    // The first try of a new ledger is made with either name of its mark.
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\nx\nx\nx\n");
    assert!(clock.waited() <= chrono::TimeDelta::seconds(5));
    assert_eq!(store.load().await.unwrap().version, None);
}

#[tokio::test]
async fn a_trouble_that_passes_is_waited_out() {
    let bed = Bed::new();
    bed.hook("pre-receive", "rm -f \"$0\"; exit 1");
    let clone = bed.clone(&[]);
    let store = ledger(bed.repository(&clone).await, &TestClock::new());
    let won = store.commit(&None, &change("a1")).await;
    assert!(matches!(won, Ok(Committed::Won(Some(_)))), "{won:?}");
}

#[tokio::test]
async fn a_remote_that_is_gone_is_unreachable_after_ten_seconds() {
    let bed = Bed::new();
    let clone = bed.clone(&[]);
    let repository = bed.repository(&clone).await;
    std::fs::rename(bed.remote(), bed.folder.path().join("moved")).unwrap();
    for commit in [false, true] {
        let clock = TestClock::new();
        let store = ledger(repository.clone(), &clock);
        let error = if commit {
            store.commit(&None, &change("a1")).await.unwrap_err()
        } else {
            store.load().await.unwrap_err()
        };
        assert!(matches!(error, LedgerError::Unreachable { .. }), "{error}");
        let waited = clock.waited().num_seconds();
        assert!((5..=10).contains(&waited), "{waited}");
    }
}

#[tokio::test]
async fn a_commit_others_built_on_already_is_won_and_their_work_is_not_written_over() {
    let bed = Bed::new();
    let script = format!(
        "rm -f \"$0\"\nnew=$(git -c user.name=T -c user.email=t@x.org commit-tree -p {BRANCH} \
         -m other {BRANCH}^{{tree}})\ngit update-ref refs/heads/{BRANCH} $new"
    );
    bed.hook("post-receive", &script);
    let clone = bed.clone(&[]);
    let store = ledger(bed.repository(&clone).await, &TestClock::new());
    let committed = store.commit(&None, &change("a1")).await;
    assert_eq!(committed, Ok(Committed::BuiltOn));
    let tip = bed.git(&bed.remote(), &["rev-parse", BRANCH]);
    let ours = bed.git(&bed.remote(), &["rev-parse", &format!("{BRANCH}~1")]);
    assert_eq!(
        store.commit(&Some(ours), &change("b2")).await,
        Ok(Committed::Lost)
    );
    assert_eq!(store.load().await.unwrap().version, Some(tip));
}

#[tokio::test]
async fn two_runs_may_share_one_clone() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let before = state_of(&bed, &clone);
    let clock = TestClock::new();
    let (one, two) = (bed.repository(&clone).await, bed.repository(&clone).await);
    let (first, second) = (content(one.clone(), None), content(two.clone(), None));
    let (a, b) = tokio::join!(first.load(), second.load());
    assert_eq!(a.unwrap().revision(), b.unwrap().revision());
    let (first, second) = (ledger(one, &clock), ledger(two, &clock));
    let (mine, theirs) = (change("a1"), change("b2"));
    let (a, b) = tokio::join!(first.commit(&None, &mine), second.commit(&None, &theirs));
    let won = [a.unwrap(), b.unwrap()];
    assert_eq!(won.iter().filter(|c| **c == Committed::Lost).count(), 1);
    assert_eq!(state_of(&bed, &clone), before);
}

#[tokio::test]
async fn what_a_killed_run_left_behind_is_swept_when_it_is_old() {
    let bed = Bed::new();
    let commit = bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let left = |age: chrono::TimeDelta, number: u32| {
        let began = (start() - age).timestamp();
        let name = format!("refs/mergecast/tmp/{began}-dead-{number}");
        bed.git(&clone, &["update-ref", &name, &commit]);
        name
    };
    let old = [0, 1].map(|number| left(chrono::TimeDelta::days(31 + i64::from(number)), number));
    // A run that may still be alive, and a name of somebody else.
    let young = left(chrono::TimeDelta::days(29), 2);
    let foreign = "refs/mergecast/tmp/kept";
    bed.git(&clone, &["update-ref", foreign, &commit]);
    bed.git(&clone, &["pack-refs", "--all"]);
    let repository = bed.repository(&clone).await;
    let refs = || {
        bed.git(
            &clone,
            &["for-each-ref", "--format=%(refname)", "refs/mergecast"],
        )
    };
    assert!(refs().contains(&old[0]) && refs().contains(&old[1]));
    load(&content(repository, None)).await;
    assert_eq!(refs(), format!("{young}\n{foreign}"));
}

#[tokio::test]
async fn offline_the_newest_memory_of_the_ledger_is_used() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let (clone, other) = (bed.clone(&[]), bed.clone(&[]));
    let repository = bed.repository(&clone).await;
    let offline = |repository: &Repository| offline_ledger(repository, Some("origin"), BRANCH);
    assert_eq!(offline(&repository).unwrap(), None);
    let clock = TestClock::new();
    let store = ledger(repository.clone(), &clock);
    let Ok(Committed::Won(first)) = store.commit(&None, &change("a1")).await else {
        panic!()
    };
    let elsewhere = ledger(bed.repository(&other).await, &clock);
    let mut later = change("b2");
    later.at = start() + chrono::TimeDelta::hours(1);
    let Ok(Committed::Won(second)) = elsewhere.commit(&first, &later).await else {
        panic!()
    };
    let seen = offline(&repository).unwrap().unwrap();
    assert_eq!((seen.snapshot.version, seen.as_of), (first, start()));
    assert_eq!(seen.snapshot.ledger.genesis.unwrap().ledger_id, "a1");
    // The user fetches.
    bed.git(&clone, &["fetch", "-q", "origin"]);
    let seen = offline(&repository).unwrap().unwrap();
    assert_eq!((seen.snapshot.version, seen.as_of), (second, later.at));
}

#[tokio::test]
async fn commits_carry_the_configured_identity_the_date_and_the_nonce_and_no_signature() {
    let bed = Bed::new();
    let clone = bed.clone(&[]);
    for (name, value) in [
        ("user.name", "Jane Doe"),
        ("user.email", "jane@example.org"),
        ("commit.gpgSign", "true"),
        ("push.gpgSign", "true"),
        ("gpg.program", "/nonexistent"),
    ] {
        bed.git(&clone, &["config", name, value]);
    }
    let store = ledger(bed.repository(&clone).await, &TestClock::new());
    store.commit(&None, &change("a1b2")).await.unwrap();
    let format = "--format=%an|%ae|%cn|%cI|%G?|%P|%s|%(trailers:key=Mergecast-Nonce,valueonly)";
    let commit = bed.git(&bed.remote(), &["log", "-1", format, BRANCH]);
    let expected = "Jane Doe|jane@example.org|Jane Doe|2026-09-03T08:00:00+00:00|N||test|a1b2";
    assert_eq!(commit, expected.replace("+00:00", "Z"));
}
