//! What a rebuild restores, doubts and refuses; and that nothing goes out twice after it.

mod losses;
mod memory;

use super::super::beginning::{Beginning, Closed};
use super::super::lockfile::Lockfile;
use super::super::testing::*;
use super::*;

/// A post of the content that may go out, named as in [`declaration`].
fn wanted(name: &str, text: &str) -> Wanted {
    Wanted {
        post: declaration(name, text),
        comment: None,
        due: true,
    }
}

fn with_comment(name: &str, text: &str) -> Wanted {
    let comment = Declaration {
        target: Target::Comment,
        ..declaration(name, "More below.")
    };
    Wanted {
        comment: Some(comment),
        ..wanted(name, text)
    }
}

fn ledger(entries: impl IntoIterator<Item = Entry>) -> Ledger {
    Ledger {
        entries: entries.into_iter().map(|e| (e.id(), e)).collect(),
        ..Ledger::default()
    }
}

fn text(entries: impl IntoIterator<Item = Entry>) -> String {
    Lockfile::from_ledger(&ledger(entries)).to_text()
}

fn nobody_moved(_: &Ledger) -> BTreeMap<PostKey, PostKey> {
    BTreeMap::new()
}

fn contents(wanted: &[Wanted]) -> BTreeMap<Digest, PostContent> {
    let posts = wanted.iter().map(|wanted| &wanted.post.content);
    posts
        .map(|content| (content.digest(), content.clone()))
        .collect()
}

/// At minute 60, when nobody can be sending any more.
fn ask(recorded: &Recorded, wanted: &[Wanted], for_this_repository: bool) -> Answer {
    rebuild(&RebuildInput {
        recorded,
        wanted,
        unreadable: &[],
        contents: &contents(wanted),
        renames: &nobody_moved,
        now: minute(60),
        for_this_repository,
        only_here: false,
    })
}

fn made(answer: Answer) -> Rebuild {
    match answer {
        Answer::Rebuild(rebuild) => *rebuild,
        other => panic!("{other:?}"),
    }
}

fn obstacles(answer: Answer) -> Vec<Obstacle> {
    match answer {
        Answer::Refused(obstacles) => obstacles,
        other => panic!("{other:?}"),
    }
}

/// Key, state and reason of every entry that is written.
fn written(rebuild: &Rebuild) -> Vec<(&str, Target, State, &str)> {
    let entries = rebuild.put.values();
    let code = |entry: &'_ Entry| match &entry.reason {
        Some(reason) if reason.code == "ledger-lost" => "ledger-lost",
        Some(_) => "another",
        None => "",
    };
    entries
        .map(|entry| (entry.key.as_str(), entry.target, entry.state, code(entry)))
        .collect()
}

#[test]
fn a_whole_ledger_has_nothing_to_rebuild() {
    let one = published("a", "x", 1);
    let recorded = Recorded::new(ledger([one.clone()]), Some(text([one]).as_bytes()), None);
    assert_eq!(ask(&recorded, &[wanted("b", "y")], false), Answer::Whole);
}

#[test]
fn a_deleted_ledger_comes_back_from_its_lockfile_and_the_rest_is_doubted() {
    let witness = text([
        published("a", "x", 1),
        deleted("gone", "g", 2),
        skipped("never", "n"),
    ]);
    let later = Wanted {
        due: false,
        ..wanted("later", "l")
    };
    let posts = [
        wanted("a", "x"),
        wanted("new", "y"),
        wanted("never", "n"),
        later,
    ];
    let recorded = Recorded::new(Ledger::default(), Some(witness.as_bytes()), None);
    let rebuild = made(ask(&recorded, &posts, false));
    assert_eq!(
        written(&rebuild),
        [
            ("a", Target::Linkedin, State::Published, ""),
            ("gone", Target::Linkedin, State::Published, ""),
            ("never", Target::Linkedin, State::Skipped, ""),
            ("new", Target::Linkedin, State::Unknown, "ledger-lost"),
        ]
    );
    let entry = |name| &rebuild.put[&published(name, "x", 1).id()];
    assert_eq!(entry("a").content, content("x"));
    assert!(entry("a").content_known() && !entry("gone").content_known());
    assert_eq!(entry("gone").deleted_at, Some(minute(10)));
    assert_eq!(rebuild.restored[1].1, Restored::Deleted(urn(2)));
    assert!(!rebuild.first_page && rebuild.remove_files.is_empty());
}

#[test]
fn a_post_that_the_ledger_has_in_another_state_takes_the_lockfiles_word() {
    let witness = text([published("a", "x", 1)]);
    for before in [
        retryable("a", "x"),
        rejected("a", "x"),
        unknown("a", "x"),
        skipped("a", "x"),
        sending("a", "x"),
    ] {
        let state = before.state;
        let recorded = Recorded::new(ledger([before]), Some(witness.as_bytes()), None);
        let rebuild = made(ask(&recorded, &[wanted("a", "x")], false));
        let entry = &rebuild.put[&published("a", "x", 1).id()];
        assert_eq!(
            (entry.state, &entry.urn),
            (State::Published, &Some(urn(1))),
            "{state:?}"
        );
    }
    let other = published("a", "x", 9);
    let recorded = Recorded::new(ledger([other]), Some(witness.as_bytes()), None);
    let rebuild = made(ask(&recorded, &[], false));
    assert_eq!(rebuild.restored[0].1, Restored::Beside(urn(1)));
    assert_eq!(rebuild.put[&published("a", "x", 1).id()].also, [urn(1)]);
}

#[test]
fn a_request_that_may_be_under_way_is_waited_for() {
    let witness = text([published("a", "x", 1)]);
    let recorded = Recorded::new(ledger([sending("a", "x")]), Some(witness.as_bytes()), None);
    let at = |now| {
        rebuild(&RebuildInput {
            recorded: &recorded,
            wanted: &[],
            unreadable: &[],
            contents: &BTreeMap::new(),
            renames: &nobody_moved,
            now,
            for_this_repository: false,
            only_here: false,
        })
    };
    let (id, until) = (published("a", "x", 1).id(), minute(4));
    assert_eq!(obstacles(at(minute(3))), [Obstacle::Sending { id, until }]);
    assert_eq!(made(at(minute(4))).put.len(), 1);
}

#[test]
fn what_was_recorded_in_another_place_gets_no_second_ledger_here() {
    let witness = text([published("a", "x", 1)]);
    let why = Closed::NoRemote;
    let missing = Beginning::Frozen(Freeze::LedgerMissing { why });
    let recorded = Recorded::new(Ledger::default(), Some(witness.as_bytes()), None).begun(missing);
    let answer = |only_here| {
        rebuild(&RebuildInput {
            recorded: &recorded,
            wanted: &[],
            unreadable: &[],
            contents: &BTreeMap::new(),
            renames: &nobody_moved,
            now: minute(60),
            for_this_repository: false,
            only_here,
        })
    };
    assert_eq!(obstacles(answer(false)), [Obstacle::RecordedElsewhere]);
    assert_eq!(made(answer(true)).put.len(), 1);
}

#[test]
fn after_a_rollback_what_was_free_to_go_out_is_doubted_too() {
    let witness = text([published("a", "x", 1)]);
    let known = ledger([retryable("b", "y"), rejected("c", "z"), unknown("d", "w")]);
    let recorded = Recorded::new(known, Some(witness.as_bytes()), None);
    let posts = [wanted("b", "y"), wanted("c", "z"), wanted("d", "w")];
    let rebuild = made(ask(&recorded, &posts, false));
    assert_eq!(
        written(&rebuild),
        [
            ("a", Target::Linkedin, State::Published, ""),
            ("b", Target::Linkedin, State::Unknown, "ledger-lost"),
            ("c", Target::Linkedin, State::Unknown, "ledger-lost"),
        ]
    );
}

#[test]
fn first_comments_of_posts_that_are_out_or_may_be_are_doubted() {
    let witness = text([published("a", "x", 1), skipped("s", "s")]);
    let recorded = Recorded::new(Ledger::default(), Some(witness.as_bytes()), None);
    let posts = ["a", "new", "s"].map(|name| with_comment(name, name));
    let rebuild = made(ask(&recorded, &posts, false));
    assert_eq!(
        written(&rebuild),
        [
            ("a", Target::Linkedin, State::Published, ""),
            ("a", Target::Comment, State::Unknown, "ledger-lost"),
            ("new", Target::Linkedin, State::Unknown, "ledger-lost"),
            ("new", Target::Comment, State::Unknown, "ledger-lost"),
            ("s", Target::Linkedin, State::Skipped, ""),
        ]
    );
}

#[test]
fn a_renamed_file_is_not_doubted_under_its_new_name() {
    let witness = text([published("old", "x", 1)]);
    let recorded = Recorded::new(Ledger::default(), Some(witness.as_bytes()), None);
    let posts = [with_comment("new", "x")];
    let answer = rebuild(&RebuildInput {
        recorded: &recorded,
        wanted: &posts,
        unreadable: &[],
        contents: &contents(&posts),
        renames: &|ledger: &Ledger| {
            assert_eq!(ledger.entries.len(), 1);
            BTreeMap::from([(key("new"), key("old"))])
        },
        now: minute(60),
        for_this_repository: false,
        only_here: false,
    });
    assert_eq!(
        written(&made(answer)),
        [
            ("old", Target::Linkedin, State::Published, ""),
            ("old", Target::Comment, State::Unknown, "ledger-lost"),
        ]
    );
}

fn damaged(file: &str) -> Freeze {
    Freeze::Unreadable {
        file: file.to_owned(),
        problem: LedgerFileError::Damaged("EOF while parsing".to_owned()),
    }
}

fn frozen(freezes: impl IntoIterator<Item = Freeze>) -> Ledger {
    Ledger {
        freezes: freezes.into_iter().collect(),
        ..Ledger::default()
    }
}

#[test]
fn a_damaged_file_concerns_its_own_post_only() {
    let known = frozen([damaged("a@linkedin.json"), damaged("notes.txt")]);
    let recorded = Recorded::new(known, None, None);
    let later = Wanted {
        due: false,
        ..wanted("a", "x")
    };
    let rebuild = made(ask(&recorded, &[later, wanted("b", "y")], false));
    assert_eq!(
        written(&rebuild),
        [("a", Target::Linkedin, State::Unknown, "ledger-lost")]
    );
    assert_eq!(rebuild.remove_files, ["notes.txt"]);
}

#[test]
fn a_damaged_file_of_a_published_post_comes_back_from_the_lockfile() {
    let known = frozen([damaged("a@linkedin.json")]);
    let witness = text([published("a", "x", 1)]);
    let recorded = Recorded::new(known, Some(witness.as_bytes()), None);
    let rebuild = made(ask(&recorded, &[wanted("a", "x")], false));
    assert_eq!(
        written(&rebuild),
        [("a", Target::Linkedin, State::Published, "")]
    );
}

#[test]
fn a_misplaced_file_concerns_both_posts_it_may_be_of() {
    let misplaced = Freeze::Unreadable {
        file: "a@linkedin.json".to_owned(),
        problem: LedgerFileError::Misplaced("b".to_owned()),
    };
    let recorded = Recorded::new(frozen([misplaced]), None, None);
    let posts = ["a", "b", "c"].map(|name| wanted(name, name));
    let rebuild = made(ask(&recorded, &posts, false));
    let keys: Vec<&str> = rebuild.put.keys().map(|id| id.key.as_str()).collect();
    assert_eq!(keys, ["a", "b"]);
}

#[test]
fn a_folder_that_is_none_is_a_lost_ledger() {
    let recorded = Recorded::new(frozen([damaged("@posts/")]), None, None);
    let rebuild = made(ask(&recorded, &[wanted("a", "x")], false));
    assert_eq!((rebuild.put.len(), rebuild.remove_files.len()), (1, 1));
}

#[test]
fn the_first_page_is_written_anew_where_it_is_damaged_or_nobody_knows() {
    let problem = LedgerFileError::Damaged("EOF".to_owned());
    let known = frozen([Freeze::FirstPageUnreadable { problem }]);
    let recorded = Recorded::new(known, None, None);
    let rebuild = made(ask(&recorded, &[wanted("a", "x")], false));
    assert!(rebuild.first_page && rebuild.put.is_empty());
    let recorded = Recorded::new(Ledger::default(), Some(b"<<<<<<< a\n"), None);
    let rebuild = made(ask(&recorded, &[wanted("a", "x")], false));
    assert!(rebuild.first_page);
    assert_eq!(rebuild.put.len(), 1);
}

#[test]
fn another_repositorys_ledger_needs_a_persons_word() {
    let genesis = super::super::layout::first_page("n", Some("1"), None, minute(0));
    let known = Ledger {
        genesis: Some(genesis),
        ..ledger([published("a", "x", 1)])
    };
    let recorded = Recorded::new(known, None, Some("2"));
    let posts = [wanted("a", "x"), wanted("b", "y")];
    let (expected, found) = ("1".to_owned(), "2".to_owned());
    assert_eq!(
        obstacles(ask(&recorded, &posts, false)),
        [Obstacle::OtherRepository { expected, found }]
    );
    let rebuild = made(ask(&recorded, &posts, true));
    assert!(rebuild.first_page);
    assert_eq!(
        written(&rebuild),
        [("b", Target::Linkedin, State::Unknown, "ledger-lost")]
    );
}

#[test]
fn what_a_newer_version_wrote_is_never_rewritten() {
    let newer = || LedgerFileError::Newer(2);
    let file = "a@linkedin.json".to_owned();
    let entry = Freeze::Unreadable {
        file,
        problem: newer(),
    };
    let page = Freeze::FirstPageUnreadable { problem: newer() };
    for (known, lockfile) in [
        (frozen([entry, damaged("b@linkedin.json")]), None),
        (frozen([page]), None),
        (Ledger::default(), Some(&b"version: 2\n"[..])),
    ] {
        let recorded = Recorded::new(known, lockfile, None);
        let refused = obstacles(ask(&recorded, &[wanted("b", "y")], true));
        assert!(matches!(refused[..], [Obstacle::Newer(_)]), "{refused:?}");
    }
}

#[test]
fn a_document_with_errors_that_may_be_a_lost_post_stops_a_rebuild() {
    let witness = text([published("a", "x", 1)]);
    let recorded = Recorded::new(Ledger::default(), Some(witness.as_bytes()), None);
    let document = |name: &str, later| Unreadable {
        key: key(name),
        path: path(name),
        later,
    };
    let unreadable = [
        document("a", false),
        document("b", true),
        document("c", false),
    ];
    let answer = rebuild(&RebuildInput {
        recorded: &recorded,
        wanted: &[],
        unreadable: &unreadable,
        contents: &BTreeMap::new(),
        renames: &nobody_moved,
        now: minute(60),
        for_this_repository: false,
        only_here: false,
    });
    assert_eq!(obstacles(answer), [Obstacle::Documents(vec![path("c")])]);
}
