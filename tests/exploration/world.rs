//! One state of the world: the ledger's branch, the lockfile, LinkedIn, the runners, the
//! time, and how much may still go wrong.

use std::hash::{Hash, Hasher};

use crate::book::{EntryNumber, LockfileNumber, NOTHING, Told};
use crate::guards::Guards;

/// How many commits below the tip are told apart; no story here makes more.
pub(crate) const COMMITS: usize = 12;
/// A commit that is not in the branch any more, or never was.
pub(crate) const GONE: u8 = u8::MAX;

/// Where a runner stands in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    /// Not running; it remembers nothing.
    Idle,
    /// It has read the lockfile and will read the ledger.
    Witnessed,
    /// It will push what its machine remembers of a run that died.
    Recalling,
    /// It will push that the owner of a declaration is silent.
    Expiring,
    /// It will push a declaration.
    Declaring,
    /// It has pushed one and will read the branch again.
    Reading,
    /// Reading failed: whether its declaration landed is not known to it.
    Doubting,
    /// Its declaration is in the branch: it will send its one request.
    Armed,
    /// It will push what came of the request.
    Recording,
    /// It will write the lockfile.
    Writing,
}

/// How far an attempt came, as its machine wrote it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Note {
    Declaring,
    Sending,
    Ended(Told),
}

/// The newest line about an attempt in a machine's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Line {
    pub(crate) nonce: u8,
    pub(crate) note: Note,
}

/// What one machine wrote down about its last two attempts, the newest first; it outlives
/// the run.
pub(crate) type Journal = [Option<Line>; 2];

/// One runner and all it remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Runner {
    pub(crate) at: At,
    /// The lockfile it read.
    pub(crate) lockfile: LockfileNumber,
    /// The entry it read or wrote last.
    pub(crate) saw: EntryNumber,
    /// The commit it read that at, counted from the tip.
    pub(crate) base: u8,
    /// The commit of its declaration, counted from the tip.
    pub(crate) mine: u8,
    pub(crate) nonce: u8,
    /// The tick at which it began to declare.
    pub(crate) began: u8,
    pub(crate) probe: bool,
    /// It has tried twice in this pass.
    pub(crate) again: bool,
    /// It saw its own nonce in the branch after its push.
    pub(crate) read_back: bool,
    /// What came of its request, not yet durable.
    pub(crate) out: Option<Told>,
    pub(crate) journal: Journal,
}

impl Runner {
    pub(crate) const IDLE: Self = Self {
        at: At::Idle,
        lockfile: 0,
        saw: NOTHING,
        base: GONE,
        mine: GONE,
        nonce: 0,
        began: 0,
        probe: false,
        again: false,
        read_back: false,
        out: None,
        journal: [None; 2],
    };

    /// The run is over; what its machine wrote down stays.
    pub(crate) fn rest(&mut self) {
        let journal = self.journal;
        *self = Self {
            journal,
            ..Self::IDLE
        };
    }

    /// Writes a line about the attempt `nonce`.
    pub(crate) fn note(&mut self, nonce: u8, note: Note) {
        let line = Some(Line { nonce, note });
        let [newest, older] = self.journal;
        self.journal = match newest {
            Some(Line { nonce: same, .. }) if same == nonce => [line, older],
            _ => [line, newest],
        };
    }
}

/// How much may go wrong or be decided in one story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) crashes: u8,
    /// Pushes, readings and create requests whose answer is lost, or which are.
    pub(crate) lost: u8,
    /// Answers of LinkedIn that create nothing.
    pub(crate) refusals: u8,
    pub(crate) verdicts: u8,
    pub(crate) rollbacks: u8,
}

/// When the branch may be forced back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rollback {
    /// While no run is under way, and every post there is stands in the lockfile.
    Witnessed,
    /// While every post there is stands in the lockfile, whoever is at work.
    UnderWay,
    /// At any moment.
    Anywhere,
}

/// Whose journal is whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machines {
    /// Every runner has a machine of its own.
    OneEach,
    /// They share one.
    Shared,
}

/// What is explored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Story {
    pub(crate) runners: usize,
    pub(crate) budget: Budget,
    /// Declarations in one story.
    pub(crate) attempts: u32,
    /// The last tick.
    pub(crate) ticks: u8,
    pub(crate) guards: Guards,
    /// `on_unknown: probe`.
    pub(crate) probe: bool,
    /// LinkedIn refuses a text it took in the same tick.
    pub(crate) knows_copies: bool,
    /// A person may say "not published" of a post that is there.
    pub(crate) wrong_verdicts: bool,
    pub(crate) rollback: Rollback,
    /// Runners that read, write and heed the lockfile; without, it is left out, since it
    /// matters only where the branch is forced back.
    pub(crate) lockfile: bool,
    /// Whether machines keep journals.
    pub(crate) journal: Option<Machines>,
}

/// One state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct World {
    /// Entries from the tip of the branch downwards.
    pub(crate) branch: [EntryNumber; COMMITS],
    pub(crate) lockfile: LockfileNumber,
    pub(crate) tick: u8,
    /// Posts there are: the truth.
    pub(crate) made: u8,
    /// When the first was made.
    pub(crate) made_at: u8,
    /// A person was wrong about it.
    pub(crate) misled: bool,
    /// The ledger said once that it is published.
    pub(crate) was_published: bool,
    pub(crate) left: Budget,
    pub(crate) runners: [Runner; 3],
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let left = self.left;
        let mut sum: u64 = 0;
        let mut add = |value: u64| {
            sum = (sum.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
        };
        for entries in self.branch.chunks(4) {
            add(entries
                .iter()
                .fold(0, |all, entry| all << 16 | u64::from(*entry)));
        }
        add(u64::from_le_bytes([
            self.lockfile << 4 | self.tick,
            self.made << 6
                | self.made_at << 2
                | u8::from(self.misled) << 1
                | u8::from(self.was_published),
            left.crashes,
            left.lost,
            left.refusals,
            left.verdicts,
            left.rollbacks,
            0,
        ]));
        for runner in &self.runners {
            let [low, high] = runner.saw.to_le_bytes();
            let lines = runner.journal.iter().flatten();
            add(lines.fold(1, |all, line| {
                let (kind, told) = match line.note {
                    Note::Declaring => (0, 0),
                    Note::Sending => (1, 0),
                    Note::Ended(told) => (2, word(told)),
                };
                all << 24 | u64::from(line.nonce) << 12 | kind << 8 | u64::from(told)
            }));
            let flags = u8::from(runner.probe)
                | u8::from(runner.again) << 1
                | u8::from(runner.read_back) << 2
                | runner.began << 3;
            add(u64::from_le_bytes([
                runner.at as u8 | runner.lockfile << 4,
                low,
                high,
                runner.base,
                runner.mine,
                runner.nonce,
                flags,
                runner.out.map_or(0, word),
            ]));
        }
        state.write_u64(sum ^ sum >> 29);
    }
}

/// Tells outcomes apart well enough for a hash.
fn word(told: Told) -> u8 {
    match told {
        Told::Declare { nonce, .. } => 1 | nonce << 4,
        Told::Created { nonce, tick } => 2 | nonce << 4 | tick << 6,
        Told::Adopted { nonce, .. } => 3 | nonce << 4,
        Told::NotCreated { nonce, wait, .. } => 4 | u8::from(wait) << 3 | nonce << 4,
        Told::Rejected { nonce } => 5 | nonce << 4,
        Told::Lost { nonce } => 6 | nonce << 4,
        Told::Expired { .. } | Told::NotPublished { .. } | Told::Resolved { .. } | Told::Skip => 7,
    }
}

impl World {
    pub(crate) fn new(story: &Story) -> Self {
        Self {
            branch: [NOTHING; COMMITS],
            lockfile: 0,
            tick: 0,
            made: 0,
            made_at: 0,
            misled: false,
            was_published: false,
            left: story.budget,
            runners: [Runner::IDLE; 3],
        }
    }

    pub(crate) fn tip(&self) -> EntryNumber {
        self.branch[0]
    }

    /// Puts a commit on the branch. Every commit below moves one down.
    pub(crate) fn push(&mut self, entry: EntryNumber) {
        assert_eq!(
            self.branch[COMMITS - 1],
            NOTHING,
            "a longer branch is needed"
        );
        self.branch.copy_within(..COMMITS - 1, 1);
        self.branch[0] = entry;
        for runner in &mut self.runners {
            for commit in [&mut runner.base, &mut runner.mine] {
                *commit = commit.saturating_add(1);
            }
        }
    }

    /// Forces the branch back by so many commits.
    pub(crate) fn force_back(&mut self, commits: u8) {
        let by = usize::from(commits);
        self.branch.copy_within(by.., 0);
        self.branch[COMMITS - by..].fill(NOTHING);
        for runner in &mut self.runners {
            for commit in [&mut runner.base, &mut runner.mine] {
                *commit = match *commit {
                    GONE => GONE,
                    deep => deep.checked_sub(commits).unwrap_or(GONE),
                };
            }
        }
    }

    /// The smallest nonce that nothing remembers.
    pub(crate) fn fresh_nonce(&self, story: &Story, owned: impl Fn(EntryNumber, u8) -> bool) -> u8 {
        if !story.guards.nonces {
            return 1;
        }
        let known = |nonce: u8| {
            let remembered = |runner: &Runner| {
                let out = runner.out.and_then(Told::nonce);
                let mut lines = runner.journal.iter().flatten();
                let noted = lines.any(|line| line.nonce == nonce);
                runner.nonce == nonce || out == Some(nonce) || noted || owned(runner.saw, nonce)
            };
            self.runners.iter().any(remembered)
                || self.branch.iter().any(|entry| owned(*entry, nonce))
        };
        (1..).find(|nonce| !known(*nonce)).unwrap()
    }

    /// Lines about attempts that nothing else names any more say nothing to anybody.
    fn forget_lines(&mut self, owned: impl Fn(EntryNumber, u8) -> bool) {
        let (branch, runners) = (self.branch, self.runners);
        let named = |nonce: u8| {
            let mut busy = runners.iter().filter(|runner| runner.at != At::Idle);
            branch.iter().any(|entry| owned(*entry, nonce))
                || busy.any(|runner| {
                    let out = runner.out.and_then(Told::nonce);
                    runner.nonce == nonce || out == Some(nonce) || owned(runner.saw, nonce)
                })
        };
        for runner in &mut self.runners {
            let [newest, older] = runner.journal.map(|line| line.filter(|l| named(l.nonce)));
            runner.journal = if newest.is_some() {
                [newest, older]
            } else {
                [older, None]
            };
        }
    }

    /// Forgets what cannot matter any more, so that states that differ in nothing else are
    /// one, and gives runners an order, since they are alike.
    pub(crate) fn canonical(
        mut self,
        story: &Story,
        in_order: bool,
        owned: impl Fn(EntryNumber, u8) -> bool,
    ) -> Self {
        self.forget_lines(owned);
        if story.guards.nonces && self.left.rollbacks == 0 {
            self.branch[1..].fill(NOTHING);
            for runner in &mut self.runners {
                if runner.base != 0 {
                    runner.base = GONE;
                }
                if runner.mine != GONE {
                    runner.mine = runner.mine.min(1);
                }
            }
        }
        if in_order {
            self.runners[..story.runners].sort_unstable();
        }
        self
    }
}
