//! Any history, any loss: after the rebuild nothing goes out a second time.
//!
//! The truth is the ledger as it was before it was lost.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::*;
use super::nobody_moved;
use crate::content::document;
use crate::desired::assemble::assemble;
use crate::desired::{DesiredPost, DesiredState};
use crate::model::config::Config;
use crate::plan::{Action, Plan, PlanInput, plan, renames};
use crate::record::entry::{How, Owner};
use crate::record::lockfile::Lockfile;
use crate::record::testing::{minute, urn};

const POSTS: usize = 4;
const CONFIG: &str = "version: 1\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\npublish: { max_lateness: 1000h, max_per_run: 100 }\n";
const WORDS: [&str; 3] = [
    "alpha beta gamma delta",
    "alpha beta gamma epsilon",
    "something else altogether here",
];

fn config() -> &'static Config {
    static PARSED: LazyLock<Config> = LazyLock::new(|| {
        let path = ContentPath::parse("mergecast.yaml").unwrap();
        let (config, _) = crate::content::config::parse(CONFIG.as_bytes(), &path);
        config.unwrap()
    });
    &PARSED
}

/// How the files stand: which name each post has, and which text.
#[derive(Clone, Copy, Debug, Default)]
struct File {
    renamed: bool,
    words: usize,
}

fn key_of(post: usize, file: File) -> PostKey {
    let letter = if file.renamed { "q" } else { "p" };
    PostKey::parse(&format!("{letter}{post}")).unwrap()
}

fn desired(files: &[File]) -> DesiredState {
    let parse = |(post, file): (usize, &File)| {
        let path = ContentPath::parse(&format!("posts/{}.md", key_of(post, *file))).unwrap();
        let comment = if post < 2 {
            "first_comment: More.\n"
        } else {
            ""
        };
        let text = format!(
            "---\nscheduled_at: 2026-09-03T08:00:00Z\n{comment}---\nPost number {post}: {}\n",
            WORDS[file.words]
        );
        document::parse(text.as_bytes(), &path, config())
    };
    let files = files.iter().enumerate().map(parse).collect();
    let state = assemble(config(), files, &BTreeMap::new(), None);
    assert_eq!(state.posts.len(), POSTS, "{:?}", state.diagnostics);
    state
}

fn declaration(post: &DesiredPost, target: Target) -> Option<Declaration> {
    let content = match target {
        Target::Linkedin => Some(post.content()),
        Target::Comment => post.comment(),
    };
    Some(Declaration {
        key: post.key.clone(),
        target,
        path: post.path.clone(),
        content: content?,
        content_commit: None,
        document: None,
        scheduled_at: Some(minute(0)),
    })
}

/// Something that happens to one post or its first comment.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Declare,
    Publish,
    Refuse,
    Reject,
    Lose,
    Expire,
    SayNot,
    Skip,
    Delete,
    Rename,
    Edit(usize),
    WriteLockfile,
}

fn happenings() -> impl Strategy<Value = (usize, Target, Happens)> {
    let happens = prop_oneof![
        5 => Just(Happens::Declare),
        5 => Just(Happens::Publish),
        1 => Just(Happens::Refuse),
        1 => Just(Happens::Reject),
        2 => Just(Happens::Lose),
        1 => Just(Happens::Expire),
        1 => Just(Happens::SayNot),
        1 => Just(Happens::Skip),
        1 => Just(Happens::Delete),
        1 => Just(Happens::Rename),
        1 => (0..WORDS.len()).prop_map(Happens::Edit),
        3 => Just(Happens::WriteLockfile),
    ];
    let targets = prop_oneof![3 => Just(Target::Linkedin), 1 => Just(Target::Comment)];
    (0..POSTS, targets, happens)
}

/// The world as it went on.
struct History {
    files: Vec<File>,
    ledgers: Vec<Ledger>,
    lockfiles: Vec<String>,
}

impl History {
    fn of(happenings: &[(usize, Target, Happens)]) -> Self {
        let mut history = Self {
            files: vec![File::default(); POSTS],
            ledgers: vec![Ledger::default()],
            lockfiles: Vec::new(),
        };
        for (number, (post, target, happens)) in happenings.iter().enumerate() {
            history.goes_on(number, *post, *target, *happens);
        }
        history
    }

    fn now(&self) -> &Ledger {
        self.ledgers.last().unwrap()
    }

    fn goes_on(&mut self, number: usize, post: usize, target: Target, happens: Happens) {
        let at = minute(i64::try_from(number).unwrap() * 5);
        let posts = desired(&self.files).posts;
        let key = key_of(post, self.files[post]);
        let desired = posts.iter().find(|post| post.key == key).unwrap();
        let Some(declaration) = declaration(desired, target) else {
            return;
        };
        let id = EntryId { key, target };
        let nonce = "n".to_owned();
        let reason = Reason::new("test", "for a test");
        let event = match happens {
            Happens::Declare => Event::Declare {
                declaration: Box::new(declaration),
                owner: Owner {
                    runner: "r".to_owned(),
                    nonce,
                    api_host: None,
                },
                at,
                probe: false,
            },
            Happens::Publish => Event::Published {
                nonce: Some(nonce),
                urn: urn(100 + u64::try_from(number).unwrap()),
                at,
                how: How::Created,
                comment_id: None,
            },
            Happens::Refuse => Event::NotCreated {
                nonce,
                reason,
                not_before: None,
                uploaded: Vec::new(),
            },
            Happens::Reject => Event::Rejected { nonce, reason },
            Happens::Lose => Event::Lost { nonce, reason },
            Happens::Expire => Event::Expired { at, waited: false },
            Happens::SayNot => Event::NotPublished { at, waited: false },
            Happens::Skip => Event::Skip {
                declaration: Box::new(declaration),
                reason,
            },
            Happens::Delete => Event::Deleted { at },
            Happens::Rename => return self.rename(post),
            Happens::Edit(words) => return self.edit(post, words),
            Happens::WriteLockfile => {
                self.lockfiles
                    .push(Lockfile::from_ledger(self.now()).to_text());
                return;
            }
        };
        let mut next = self.now().clone();
        if let Ok(entry) = step(next.entries.get(&id), event) {
            next.entries.insert(id, entry);
            self.ledgers.push(next);
        }
    }

    /// The file is renamed, and the record goes along.
    fn rename(&mut self, post: usize) {
        let old = key_of(post, self.files[post]);
        let mut next = self.now().clone();
        let id = EntryId {
            key: old.clone(),
            target: Target::Linkedin,
        };
        // Under another name a deleted post is a new one, as is one that was never sent.
        let goes_along = next.entries.get(&id).is_some_and(|entry| {
            entry.bars_sending() && entry.state != State::Sending && entry.deleted_at.is_none()
        });
        if !goes_along {
            return;
        }
        self.files[post].renamed = !self.files[post].renamed;
        let key = key_of(post, self.files[post]);
        let path = ContentPath::parse(&format!("posts/{key}.md")).unwrap();
        for target in [Target::Linkedin, Target::Comment] {
            let id = EntryId {
                key: old.clone(),
                target,
            };
            let Some(entry) = next.entries.remove(&id) else {
                continue;
            };
            let event = Event::Moved {
                key: key.clone(),
                path: path.clone(),
                digest: entry.digest.clone(),
                document: None,
            };
            let moved = step(Some(&entry), event).unwrap();
            next.entries.insert(moved.id(), moved);
        }
        self.ledgers.push(next);
    }

    /// The file says something else, and so does the live post.
    fn edit(&mut self, post: usize, words: usize) {
        self.files[post].words = words;
        let key = key_of(post, self.files[post]);
        let posts = desired(&self.files).posts;
        let desired = posts.iter().find(|post| post.key == key).unwrap();
        let id = EntryId {
            key,
            target: Target::Linkedin,
        };
        let mut next = self.now().clone();
        let content = Box::new(desired.content());
        let replaces = next.entries.get(&id).map(|entry| entry.digest.clone());
        let event = Event::Edited {
            replaces: replaces.unwrap_or_else(|| content.digest()),
            content,
            content_commit: None,
            document: None,
        };
        if let Ok(entry) = step(next.entries.get(&id), event) {
            next.entries.insert(id, entry);
            self.ledgers.push(next);
        }
    }
}

/// Long after the last thing happened.
fn end() -> Instant {
    minute(10_000)
}

fn planned(state: &DesiredState, recorded: &Recorded) -> Plan {
    with_input(state, recorded, plan)
}

fn with_input<T>(
    state: &DesiredState,
    recorded: &Recorded,
    ask: impl Fn(&PlanInput<'_>) -> T,
) -> T {
    ask(&PlanInput {
        desired: state,
        recorded,
        config: config(),
        now: end(),
        ahead: chrono::TimeDelta::zero(),
        paused_by_environment: false,
        only: &[],
        allow_changes: None,
        history: &|_| None,
    })
}

fn rebuilt(state: &DesiredState, recorded: &Recorded) -> Answer {
    let wanted: Vec<Wanted> = state
        .posts
        .iter()
        .map(|post| Wanted {
            post: declaration(post, Target::Linkedin).unwrap(),
            comment: declaration(post, Target::Comment),
            due: true,
        })
        .collect();
    let pairs = |ledger: &Ledger| {
        let recorded = Recorded {
            ledger: ledger.clone(),
            ..recorded.clone()
        };
        with_input(state, &recorded, renames)
    };
    rebuild(&RebuildInput {
        recorded,
        wanted: &wanted,
        unreadable: &[],
        contents: &super::contents(&wanted),
        renames: &pairs,
        now: end(),
        for_this_repository: false,
        only_here: false,
    })
}

/// Posts and comments that the plan would send.
fn sends(plan: &Plan) -> Vec<EntryId> {
    let sending = |action: &Action| matches!(action, Action::Publish | Action::Comment);
    let items = plan.items.iter().filter(|item| sending(&item.action));
    items
        .map(|item| EntryId {
            key: item.key.clone(),
            target: item.target,
        })
        .collect()
}

proptest! {
    #[test]
    fn nothing_goes_out_twice_after_a_rebuild(
        happenings in prop::collection::vec(happenings(), 1..60),
        back in any::<prop::sample::Index>(),
        witness in any::<prop::sample::Index>(),
    ) {
        let history = History::of(&happenings);
        let truth = history.now();
        let kept = back.get(&history.ledgers).clone();
        prop_assume!(!history.lockfiles.is_empty());
        let lockfile = witness.get(&history.lockfiles);
        let recorded = Recorded::new(kept.clone(), Some(lockfile.as_bytes()), None);
        let state = desired(&history.files);
        let rebuild = match rebuilt(&state, &recorded) {
            Answer::Whole => {
                prop_assert!(recorded.freezes.is_empty());
                return Ok(());
            }
            Answer::Rebuild(rebuild) => rebuild,
            Answer::Refused(obstacles) => return Err(TestCaseError::fail(format!("{obstacles:?}"))),
        };
        let mut ledger = kept.clone();
        ledger.entries.extend(rebuild.put.clone());
        let after = Recorded::new(ledger.clone(), Some(lockfile.as_bytes()), None);
        prop_assert_eq!(&after.freezes, &[]);
        prop_assert_eq!(rebuilt(&state, &after), Answer::Whole);
        for (id, entry) in &kept.entries {
            if entry.state == State::Published {
                let now = &ledger.entries[id];
                prop_assert_eq!((now.state, &now.urn), (State::Published, &entry.urn));
            }
        }
        // The lockfile made from it names all that the old one named.
        let written = Lockfile::from_ledger(&ledger);
        let named = |urn: &PostUrn| ledger.entries.values().any(|entry| {
            entry.urn.as_ref() == Some(urn) || entry.also.contains(urn)
        });
        for block in recorded.lockfile.blocks.values() {
            prop_assert!(block.urn.as_ref().is_none_or(named), "{block:?} {written:?}");
        }
        for id in sends(&planned(&state, &after)) {
            if let Some(entry) = truth.entries.get(&id) {
                prop_assert!(
                    !entry.bars_sending(),
                    "{} goes out again; it was {:?}\nkept {:#?}", id.shown(), entry.state, kept.entries.keys().collect::<Vec<_>>()
                );
            }
            prop_assert!(!recorded.lockfile.blocks.contains_key(&id), "{}", id.shown());
        }
    }
}

/// The property is about something: without the doubts it fails.
#[test]
fn without_doubts_a_lost_post_would_go_out_again() {
    let happened = [
        (0, Target::Linkedin, Happens::Declare),
        (0, Target::Linkedin, Happens::Publish),
        (0, Target::Linkedin, Happens::WriteLockfile),
        (1, Target::Linkedin, Happens::Declare),
        (1, Target::Linkedin, Happens::Lose),
    ];
    let history = History::of(&happened);
    let state = desired(&history.files);
    let witness = history.lockfiles[0].as_bytes();
    let recorded = Recorded::new(Ledger::default(), Some(witness), None);
    let Answer::Rebuild(rebuild) = rebuilt(&state, &recorded) else {
        panic!()
    };
    let lost = EntryId {
        key: PostKey::parse("p1").unwrap(),
        target: Target::Linkedin,
    };
    let ends = |doubts: bool| {
        let put = rebuild
            .put
            .iter()
            .filter(|(_, entry)| doubts || entry.state != State::Unknown);
        let ledger = Ledger {
            entries: put.map(|(id, entry)| (id.clone(), entry.clone())).collect(),
            ..Ledger::default()
        };
        let recorded = Recorded::new(ledger, Some(witness), None);
        sends(&planned(&state, &recorded)).contains(&lost)
    };
    assert_eq!((ends(true), ends(false)), (false, true));
    assert_eq!(nobody_moved(&Ledger::default()), BTreeMap::new());
}
