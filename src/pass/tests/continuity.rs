//! The ledger is moved back or deleted at any moment of a pass, and nobody else knows what
//! was in it: the published branch refuses the lockfile.

use super::*;
use crate::model::path::ReadError;
use crate::pass::rebuild::{Wish, rebuild};
use crate::pass::{Standby, StopSignal, Verdict, resolve};
use crate::ports::{
    Committed, LedgerChange, LedgerError, LedgerSnapshot, LedgerStore, LedgerVersion,
    LockfileWritten,
};
use crate::record::continuity::unknown_to;
use crate::record::{Break, Entries, Freeze, State};
use bytes::Bytes;

/// A published branch that is protected.
struct Refused;

impl LockfileStore for Refused {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        Ok(None)
    }

    async fn write(&self, _: &Bytes) -> LockfileWritten {
        let problem = "protected".to_owned();
        LockfileWritten::Protected { problem }
    }
}

/// What the only clone knows, from run to run.
#[derive(Clone, Default)]
struct Known {
    newest: Rc<RefCell<(LedgerVersion, Entries)>>,
    commits: Rc<Cell<usize>>,
}

/// The ledger of that clone. Before its commit number `at`, somebody moves it `back` by so
/// many versions; more than there are: deletes it.
struct Remembering {
    remote: MemoryRemote,
    known: Known,
    at: usize,
    back: usize,
}

impl Remembering {
    fn inner(&self) -> MemoryLedger {
        MemoryLedger::new(self.remote.clone(), "")
    }
}

impl LedgerStore for Remembering {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        let mut snapshot = self.inner().load().await?;
        let (newest, entries) = self.known.newest.borrow().clone();
        if newest != snapshot.version {
            let remembered = newest.unwrap_or_default();
            let found = match snapshot.version.clone() {
                None => Break::Gone { remembered },
                Some(tip) => Break::Rewound { remembered, tip },
            };
            snapshot.ledger.freezes.push(Freeze::Broken(found));
            snapshot.ledger.forgotten = unknown_to(&snapshot.ledger.entries, &entries);
        }
        Ok(snapshot)
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        self.known.commits.set(self.known.commits.get() + 1);
        if self.known.commits.get() == self.at {
            let versions = self.remote.versions();
            let older = versions.len().checked_sub(self.back + 1);
            self.remote
                .force(&older.map(|older| versions[older].clone()));
        }
        let committed = self.inner().commit(base, change).await?;
        if let Committed::Won(version) = &committed {
            let entries = self.inner().load().await?.ledger.entries;
            *self.known.newest.borrow_mut() = (version.clone(), entries);
        }
        Ok(committed)
    }
}

impl Bench {
    fn remembering(&self, known: &Known, at: usize, back: usize) -> impl World + use<> {
        Ports {
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            content: self.content.clone(),
            ledger: Remembering {
                remote: self.ledger.clone(),
                known: known.clone(),
                at,
                back,
            },
            lockfile: Refused,
            // Of another machine each time: only the ledger's clone remembers.
            journal: MemoryJournal::default(),
            transport: InMemory::new(Arc::clone(&self.linkedin), self.clock.clone()),
            progress: Quiet,
        }
    }

    fn pass_in(&self, world: &impl World) -> ApplyReport {
        let token = |config: &Config, author: &AuthorUrn| {
            crate::pass::ready(credentials::resolve(author, config, &self.tokens))
        };
        let standby = Standby::at_once(StopSignal::never());
        run(reconcile_with(world, &self.options(), &token, &standby))
    }
}

/// What the posts say that are on LinkedIn.
fn texts(bench: &Bench) -> Vec<String> {
    let live = bench.live().into_iter();
    let mut texts: Vec<String> = live.map(|post| post.raw).collect();
    texts.sort();
    texts
}

#[test]
fn a_ledger_moved_back_at_any_commit_makes_no_second_post_and_loses_none() {
    let (mut moved, mut asked) = (0, 0);
    for at in 1..=7 {
        for back in 1..=4 {
            let bench = Bench::new("{}");
            bench.settings(|settings| settings.dup_window_s = 0);
            for name in ["a", "b", "c"] {
                bench.post(name, "", name);
            }
            let known = Known::default();
            let first = bench.pass_in(&bench.remembering(&known, at, back));
            bench.post("d", "", "d");
            let world = bench.remembering(&known, usize::MAX, 0);
            if bench.ledger.version() != known.newest.borrow().0 {
                moved += 1;
                let before = bench.creates().len();
                assert_eq!(
                    bench.pass_in(&world).exit.code(),
                    73,
                    "{at} {back} {first:?}"
                );
                assert_eq!(bench.creates().len(), before);
                let made = run(rebuild(&world, &bench.options(), Wish::default()));
                made.unwrap_or_else(|stop| panic!("{at} {back} {stop:?}"));
            }
            bench.pass_in(&world);
            *bench.clock.0.lock().unwrap() += chrono::TimeDelta::hours(1);
            bench.pass_in(&world);
            // A person looks at the page, and tells what is there.
            let ledger = run(world.ledger().load()).unwrap().ledger;
            for entry in ledger
                .entries
                .values()
                .filter(|e| e.state == State::Unknown)
            {
                asked += 1;
                let mut live = bench.live().into_iter();
                let found = live.rfind(|post| post.raw == entry.content.text);
                let verdict =
                    found.map_or(Verdict::NotPublished, |post| Verdict::Published(post.urn));
                let id = (&entry.key, entry.target);
                run(resolve(&world, &bench.options(), id, verdict)).unwrap();
            }
            *bench.clock.0.lock().unwrap() += chrono::TimeDelta::hours(1);
            bench.pass_in(&world);
            assert_eq!(texts(&bench), ["a", "b", "c", "d"], "{at} {back}");
        }
    }
    assert!(moved > 10 && asked > 3, "{moved} {asked}");
}
