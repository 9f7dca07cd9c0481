//! One suite every ledger store passes: a remote's branch, a local branch, a folder, and
//! memory. Two stores on one ground are two runners.

#![allow(
    clippy::disallowed_methods,
    reason = "tests set up files and repositories themselves"
)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "../git_support/mod.rs"]
mod git_support;
mod ground;

use std::collections::BTreeMap;

use git_support::{BRANCH, TestClock, TestEntropy, start, write, write_script};
use ground::{Ground, InFolder, InMemory, OnLocalBranch, OnRemote};
use mergecast::git::LocalLedger;
use mergecast::model::content::PostContent;
use mergecast::model::key::PostKey;
use mergecast::model::path::ContentPath;
use mergecast::model::target::Target;
use mergecast::model::urn::AuthorUrn;
use mergecast::ports::{Committed, LedgerChange, LedgerStore, LedgerVersion};
use mergecast::record::{Declaration, Entry, Event, Owner, step};
use mergecast::system::{LedgerFault, MemoryLedger, MemoryRemote};

fn entry(key: &str, text: &str) -> Entry {
    let content = PostContent::of_text(
        AuthorUrn::parse("urn:li:organization:2414183").unwrap(),
        text.to_owned(),
        text.to_owned(),
    );
    let declaration = Declaration {
        key: PostKey::parse(key).unwrap(),
        target: Target::Linkedin,
        path: ContentPath::parse("posts/x.md").unwrap(),
        content,
        content_commit: None,
        document: None,
        scheduled_at: None,
    };
    let owner = Owner {
        runner: "test".to_owned(),
        nonce: "0f".repeat(16),
        api_host: None,
    };
    let event = Event::Declare {
        declaration: Box::new(declaration),
        owner,
        at: start(),
        probe: false,
    };
    step(None, event).unwrap()
}

fn change(nonce: &str, entries: &[Entry]) -> LedgerChange {
    let put: BTreeMap<_, _> = entries.iter().map(|e| (e.id(), e.clone())).collect();
    LedgerChange {
        put,
        remove: Vec::new(),
        remove_files: Vec::new(),
        first_page: None,
        summary: "launch: sending".to_owned(),
        nonce: nonce.to_owned(),
        at: start(),
        repository_id: Some("4711".to_owned()),
        succession: mergecast::record::Succession::default(),
        taken_from: None,
        remote_name: None,
        begins_root: false,
    }
}

async fn win(
    store: &impl LedgerStore,
    base: &LedgerVersion,
    change: &LedgerChange,
) -> LedgerVersion {
    match store.commit(base, change).await.unwrap() {
        Committed::Won(version) => version,
        Committed::BuiltOn | Committed::Lost => panic!("lost"),
    }
}

async fn keys(store: &impl LedgerStore) -> Vec<String> {
    let ledger = store.load().await.unwrap().ledger;
    assert_eq!(ledger.freezes, []);
    ledger.entries.keys().map(|id| id.key.to_string()).collect()
}

async fn there_is_no_ledger_before_the_first_change<G: Ground>() {
    let ground = G::new();
    let store = ground.store("").await;
    let seen = store.load().await.unwrap();
    assert_eq!(seen.version, None);
    assert_eq!(seen.ledger, Default::default());
}

async fn the_first_change_makes_the_ledger<G: Ground>() {
    let ground = G::new();
    let store = ground.store("").await;
    let launch = entry("launch", "Hello");
    let version = win(&store, &None, &change("a1", std::slice::from_ref(&launch))).await;
    assert!(version.is_some());
    let other = ground.store("").await;
    let seen = other.load().await.unwrap();
    assert_eq!(seen.version, version);
    assert_eq!(seen.ledger.entries[&launch.id()], launch);
    let genesis = seen.ledger.genesis.unwrap();
    assert_eq!(genesis.ledger_id, "a1");
    assert_eq!(genesis.repository_id.as_deref(), Some("4711"));
    // It is written once.
    win(&other, &version, &change("b2", &[entry("next", "x")])).await;
    let seen = store.load().await.unwrap();
    assert_eq!(seen.ledger.genesis.unwrap().ledger_id, "a1");
    assert_eq!(seen.ledger.entries.len(), 2);
}

async fn a_change_on_an_old_base_loses_and_changes_nothing<G: Ground>() {
    let ground = G::new();
    let (one, two) = (ground.store("").await, ground.store("").await);
    let first = win(&one, &None, &change("a1", &[entry("a", "x")])).await;
    let stale = change("b2", &[entry("b", "x")]);
    assert_eq!(two.commit(&None, &stale).await, Ok(Committed::Lost));
    let second = win(&one, &first, &change("c3", &[entry("c", "x")])).await;
    assert_eq!(two.commit(&first, &stale).await, Ok(Committed::Lost));
    assert_eq!(keys(&two).await, ["a", "c"]);
    // Without loading: the newest version as told by the other runner is a base.
    win(&two, &second, &stale).await;
    assert_eq!(keys(&one).await, ["a", "b", "c"]);
}

async fn of_two_at_once_one_wins<G: Ground>() {
    let ground = G::new();
    let (one, two) = (ground.store("").await, ground.store("").await);
    let mut base = None;
    for round in 0..5 {
        // The same entry, summary and time: only the nonce differs.
        let shared = entry(&format!("post-{round}"), "x");
        let changes =
            ["a", "b"].map(|who| change(&format!("{who}{round}"), std::slice::from_ref(&shared)));
        let (first, second) = tokio::join!(
            one.commit(&base, &changes[0]),
            two.commit(&base, &changes[1])
        );
        let won: Vec<LedgerVersion> = [first.unwrap(), second.unwrap()]
            .into_iter()
            .filter_map(|committed| match committed {
                Committed::Won(version) => Some(version),
                Committed::BuiltOn | Committed::Lost => None,
            })
            .collect();
        assert_eq!(won.len(), 1, "round {round}");
        base.clone_from(&won[0]);
        assert_eq!(one.load().await.unwrap().version, base);
    }
    assert_eq!(keys(&two).await.len(), 5);
}

async fn of_many_at_once_all_land_in_the_end<G: Ground>() {
    let ground = G::new();
    let mut runners = Vec::new();
    for number in 0..4 {
        let store = ground.store("").await;
        runners.push(async move {
            let mut lost = 0;
            for round in 0..3 {
                let name = format!("runner-{number}-{round}");
                let mine = change(&format!("{number}{round}"), &[entry(&name, "x")]);
                loop {
                    let base = store.load().await.unwrap().version;
                    match store.commit(&base, &mine).await.unwrap() {
                        Committed::Won(_) | Committed::BuiltOn => break,
                        Committed::Lost => lost += 1,
                    }
                    assert!(lost < 100, "somebody always gets on");
                }
            }
        });
    }
    futures_util::future::join_all(runners).await;
    assert_eq!(keys(&ground.store("").await).await.len(), 12);
}

async fn content_roots_share_a_ledger_and_leave_each_other_alone<G: Ground>() {
    let ground = G::new();
    let (top, below) = (ground.store("").await, ground.store("teams/a@b").await);
    let first = win(&top, &None, &change("a1", &[entry("launch", "top")])).await;
    let second = win(&below, &first, &change("b2", &[entry("launch", "below")])).await;
    win(&top, &second, &change("c3", &[entry("next", "top")])).await;
    assert_eq!(keys(&top).await, ["launch", "next"]);
    let seen = below.load().await.unwrap();
    assert_eq!(keys(&below).await, ["launch"]);
    assert!(
        seen.ledger
            .entries
            .values()
            .all(|e| e.content.text == "below")
    );
    ground.edit("README.md", Some(b"by hand"));
    let base = top.load().await.unwrap().version;
    win(&top, &base, &change("d4", &[entry("third", "top")])).await;
    let files = ground.files();
    assert!(files.contains(&"README.md".to_owned()), "{files:?}");
    assert!(files.contains(&"teams/a%40b/@posts/launch@linkedin.json".to_owned()));
}

async fn a_move_is_one_change<G: Ground>() {
    let ground = G::new();
    let store = ground.store("").await;
    let (old, new) = (entry("2026/old", "x"), entry("2026/new", "x"));
    let base = win(&store, &None, &change("a1", std::slice::from_ref(&old))).await;
    let mut moved = change("b2", &[new]);
    moved.remove = vec![old.id()];
    win(&store, &base, &moved).await;
    assert_eq!(keys(&store).await, ["2026/new"]);
    assert!(
        !ground
            .files()
            .contains(&"@posts/2026/old@linkedin.json".to_owned())
    );
}

async fn every_key_comes_back<G: Ground>() {
    let ground = G::new();
    let store = ground.store("").await;
    let names = [
        ".git/hooks",
        "100%",
        "Grüße an alle",
        "a:b",
        "a@b",
        "launch",
        "launch/x",
    ];
    let entries: Vec<Entry> = names.iter().map(|key| entry(key, "x")).collect();
    win(&store, &None, &change("a1", &entries)).await;
    assert_eq!(keys(&ground.store("").await).await, names);
}

async fn a_damaged_file_freezes_its_own_root_only<G: Ground>() {
    let ground = G::new();
    let (store, other) = (ground.store("").await, ground.store("other").await);
    let base = win(&store, &None, &change("a1", &[entry("launch", "x")])).await;
    win(&other, &base, &change("b2", &[entry("launch", "x")])).await;
    ground.edit("@posts/launch@linkedin.json", Some(b"{\"format\": 1"));
    let seen = store.load().await.unwrap().ledger;
    assert_eq!((seen.entries.len(), seen.freezes.len()), (0, 1));
    assert_eq!(keys(&other).await, ["launch"]);
    ground.edit("@posts/launch@linkedin.json", Some(b"{\"format\": 99}"));
    assert_eq!(store.load().await.unwrap().ledger.freezes.len(), 1);
    ground.edit("@posts/notes.txt", Some(b"by hand"));
    assert_eq!(store.load().await.unwrap().ledger.freezes.len(), 2);
    ground.edit("GENESIS.json", Some(b"nonsense"));
    assert_eq!(other.load().await.unwrap().ledger.freezes.len(), 1);
}

async fn a_rebuild_takes_files_away_and_writes_the_first_page_anew<G: Ground>() {
    let ground = G::new();
    let (store, other) = (ground.store("").await, ground.store("other").await);
    let launch = entry("launch", "x");
    let base = win(&store, &None, &change("a1", std::slice::from_ref(&launch))).await;
    win(&other, &base, &change("b2", &[entry("launch", "y")])).await;
    for (name, bytes) in [
        ("@posts/launch@linkedin.json", &b"{"[..]),
        ("@posts/notes.txt", b"by hand"),
        ("@posts/deep/er/x@linkedin.json", b"{}"),
        ("GENESIS.json", b"nonsense"),
    ] {
        ground.edit(name, Some(bytes));
    }
    let seen = store.load().await.unwrap();
    assert_eq!(seen.ledger.freezes.len(), 4, "{:?}", seen.ledger.freezes);
    let mut rebuilt = change("c3", std::slice::from_ref(&launch));
    let page = mergecast::record::layout::first_page("c3", Some("9"), None, start());
    rebuilt.first_page = Some(page.clone());
    rebuilt.remove_files = [
        "launch@linkedin.json",
        "notes.txt",
        "deep/er/x@linkedin.json",
    ]
    .map(str::to_owned)
    .into();
    win(&store, &seen.version, &rebuilt).await;
    let after = store.load().await.unwrap().ledger;
    assert_eq!((after.freezes, after.genesis), (Vec::new(), Some(page)));
    assert_eq!(after.entries[&launch.id()], launch);
    assert_eq!(keys(&other).await, ["launch"]);
    let files = ground.files();
    assert!(
        !files.iter().any(|file| file.contains("notes")),
        "{files:?}"
    );
}

async fn a_deleted_ledger_is_seen_and_not_written_over<G: Ground>() {
    let ground = G::new();
    let store = ground.store("").await;
    let base = win(&store, &None, &change("a1", &[entry("launch", "x")])).await;
    ground.force(&None);
    let next = change("b2", &[entry("next", "x")]);
    assert_eq!(store.commit(&base, &next).await, Ok(Committed::Lost));
    assert_eq!(store.load().await.unwrap().version, None);
}

async fn a_ledger_moved_back_is_seen_and_not_written_over<G: Ground>() {
    let ground = G::new();
    let store = ground.store("").await;
    let first = win(&store, &None, &change("a1", &[entry("a", "x")])).await;
    ground.checkpoint(&first);
    let second = win(&store, &first, &change("b2", &[entry("b", "y")])).await;
    ground.force(&first);
    // A plain push would be a fast-forward, and undo what the person did.
    let next = change("c3", &[entry("c", "x")]);
    assert_eq!(store.commit(&second, &next).await, Ok(Committed::Lost));
    let seen = store.load().await.unwrap();
    assert_eq!(seen.version, first);
    let found: Vec<_> = seen
        .ledger
        .entries
        .keys()
        .map(|id| id.key.as_str())
        .collect();
    assert_eq!(found, ["a"]);
    // A clone that remembers more says so, and knows what.
    let freezes = seen
        .ledger
        .freezes
        .iter()
        .map(mergecast::record::Freeze::code);
    let forgotten = seen.ledger.forgotten.iter().map(|entry| entry.key.as_str());
    let (codes, keys) = match G::REMEMBERS {
        true => (vec!["ledger-rewound"], vec!["b"]),
        false => (Vec::new(), Vec::new()),
    };
    assert_eq!(freezes.collect::<Vec<_>>(), codes);
    assert_eq!(forgotten.collect::<Vec<_>>(), keys);
}

macro_rules! conform {
    ($($ground:ident in $module:ident),*; $cases:tt) => {
        $(conform!(@ground $ground $module $cases);)*
    };
    (@ground $ground:ident $module:ident [$($case:ident),* $(,)?]) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case::<super::$ground>().await;
                }
            )*
        }
    };
}

conform!(
    OnRemote in on_a_remote, OnLocalBranch in on_a_local_branch, InFolder in in_a_folder,
    InMemory in in_memory;
    [
        there_is_no_ledger_before_the_first_change,
        the_first_change_makes_the_ledger,
        a_change_on_an_old_base_loses_and_changes_nothing,
        of_two_at_once_one_wins,
        of_many_at_once_all_land_in_the_end,
        content_roots_share_a_ledger_and_leave_each_other_alone,
        a_move_is_one_change,
        every_key_comes_back,
        a_damaged_file_freezes_its_own_root_only,
        a_rebuild_takes_files_away_and_writes_the_first_page_anew,
        a_deleted_ledger_is_seen_and_not_written_over,
        a_ledger_moved_back_is_seen_and_not_written_over,
    ]
);

#[tokio::test]
async fn a_push_whose_answer_is_lost_on_the_way_is_won() {
    let ground = OnRemote::new();
    let store = ground.store("").await;
    // The branch has moved; the server dies before it says so.
    let hook = ground.0.hook("post-receive", "rm -f \"$0\"; kill -9 $PPID");
    let version = win(&store, &None, &change("a1", &[entry("a", "x")])).await;
    assert!(!hook.exists());
    assert_eq!(store.load().await.unwrap().version, version);
}

#[tokio::test]
async fn a_local_change_whose_answer_is_lost_is_won() {
    let ground = OnLocalBranch::new();
    let flag = ground.bed.folder.path().join("flag");
    let real = ground.bed.folder.path().join("bin/git");
    let script = format!(
        "PATH=${{PATH#*:}}; git \"$@\"; code=$?\ncase \"$*\" in *update-ref*) \
         if [ -e {flag} ]; then rm {flag}; exit 1; fi;; esac; exit $code",
        flag = flag.display()
    );
    write_script(&real, &script);
    write(&flag, "");
    let mut environment = ground.bed.environment();
    let path = format!(
        "{}:{}",
        real.parent().unwrap().display(),
        environment["PATH"]
    );
    environment.insert("PATH".to_owned(), path);
    let repository =
        mergecast::git::Repository::discover(&ground.clone, &environment, "n", start());
    let repository = repository.await.unwrap().unwrap();
    let (clock, entropy) = (TestClock::new(), TestEntropy::default());
    let store = LocalLedger::new(repository, BRANCH.into(), clock, entropy);
    let version = win(&store, &None, &change("a1", &[entry("a", "x")])).await;
    assert!(!flag.exists());
    assert_eq!(store.load().await.unwrap().version, version);
}

#[tokio::test]
async fn faults_of_the_ledger_in_memory_are_those_of_a_remote() {
    let remote = MemoryRemote::default();
    let store = MemoryLedger::new(remote.clone(), "");
    remote.fail_commit(LedgerFault::LoseAnswer);
    let first = win(&store, &None, &change("a1", &[entry("a", "x")])).await;
    remote.fail_commit(LedgerFault::Refuse);
    remote.fail_commit(LedgerFault::Unreachable);
    for nonce in ["b2", "c3"] {
        let refused = store
            .commit(&first, &change(nonce, &[entry("b", "x")]))
            .await;
        refused.unwrap_err();
        assert_eq!(remote.version(), first);
    }
    remote.let_commit();
    remote.fail_commit(LedgerFault::LoseAnswerAndRemote);
    let second = win(&store, &first, &change("d4", &[entry("d", "x")])).await;
    let unknown = store
        .commit(&second, &change("e5", &[entry("e", "x")]))
        .await;
    unknown.unwrap_err();
    assert_eq!(keys(&store).await, ["a", "d", "e"]);
    remote.fail_loads(1);
    store.load().await.unwrap_err();
    // A runner that is killed while it waits: what landed stays.
    remote.fail_commit(LedgerFault::HangAfterLanding);
    let base = remote.version();
    let last = change("f6", &[entry("f", "x")]);
    tokio::select! {
        biased;
        _ = store.commit(&base, &last) => panic!("it answered"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(keys(&store).await, ["a", "d", "e", "f"]);
}
