//! A runner: load, decide as the plan decides, declare by compare-and-swap, read the branch
//! again, send one request, record what came of it.
//!
//! The same order of effects as `pass::publish` and `pass::ledger`. Every arm is one effect;
//! between any two of them anything else may happen.

use mergecast::record::State;

use crate::book::{Book, EntryNumber, Told, Wanted};
use crate::world::{At, GONE, Machines, Note, Runner, Story, World};

/// What happened, and the world after it.
pub(crate) type Next = (&'static str, World);

/// The events that a change consists of, applied in order as `pass::ledger` applies them:
/// what is refused is left out.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) after: EntryNumber,
    /// Entry before, event, and entry after.
    pub(crate) applied: Vec<(EntryNumber, Told, EntryNumber)>,
}

pub(crate) fn apply(
    book: &mut Book,
    before: EntryNumber,
    told: impl IntoIterator<Item = Told>,
) -> Change {
    let mut change = Change {
        after: before,
        applied: Vec::new(),
    };
    for told in told {
        if let Some(after) = book.step(change.after, told) {
            change.applied.push((change.after, told, after));
            change.after = after;
        }
    }
    change
}

/// One runner's next effects, the one without any fault first.
pub(crate) struct Program<'a> {
    pub(crate) book: &'a mut Book,
    pub(crate) story: &'a Story,
    pub(crate) world: &'a World,
    pub(crate) who: usize,
    pub(crate) next: Vec<Next>,
    /// Every event that reached the branch, for the promises.
    pub(crate) landed: Vec<(EntryNumber, Told, EntryNumber)>,
    /// Whether some request was sent without having been read back.
    pub(crate) unread: bool,
}

impl<'a> Program<'a> {
    pub(crate) fn new(book: &'a mut Book, story: &'a Story, world: &'a World, who: usize) -> Self {
        Self {
            book,
            story,
            world,
            who,
            next: Vec::new(),
            landed: Vec::new(),
            unread: false,
        }
    }

    pub(crate) fn me(&self) -> Runner {
        self.world.runners[self.who]
    }

    pub(crate) fn go(&mut self, what: &'static str, change: impl FnOnce(&mut Runner, &mut World)) {
        let mut world = *self.world;
        let mut me = self.me();
        change(&mut me, &mut world);
        world.runners[self.who] = me;
        self.next.push((what, world));
    }

    pub(crate) fn run(&mut self) {
        let lockfile = self.world.lockfile;
        match self.me().at {
            At::Idle if self.story.lockfile => self.go("reads the lockfile", |me, _| {
                me.lockfile = lockfile;
                me.at = At::Witnessed;
            }),
            At::Idle if self.is_kept_waiting() => {}
            At::Idle | At::Witnessed => self.load(),
            At::Recalling => self.recall(),
            At::Expiring => self.expire(),
            At::Declaring => self.declare(),
            At::Reading => self.read_again(),
            At::Doubting => self.doubt(),
            At::Armed => self.send(),
            At::Recording => self.record(),
            At::Writing => self.go("writes the lockfile", |me, world| {
                world.lockfile = me.lockfile;
                me.rest();
            }),
        }
    }

    /// The pass is over but for the lockfile, which is written when it says something else
    /// than the ledger this runner knows.
    fn end(&mut self, what: &'static str, saw: EntryNumber, also: impl FnOnce(&mut World)) {
        let written = self.book.lockfile(saw);
        let writes = self.story.lockfile && written != self.me().lockfile;
        self.go(what, |me, world| {
            also(world);
            me.rest();
            if writes {
                me.at = At::Writing;
                me.lockfile = written;
            }
        });
    }

    fn load(&mut self) {
        let (tip, tick) = (self.world.tip(), self.world.tick);
        let me = self.me();
        let wanted = self.book.wanted(tip, me.lockfile, tick);
        if wanted != Wanted::Frozen
            && let Some(told) = self.remembered(tip)
        {
            return self.go("reads ledger and journal", |me, _| {
                (me.at, me.saw, me.base, me.out) = (At::Recalling, tip, 0, Some(told));
            });
        }
        match wanted {
            Wanted::Frozen => self.go("reads the ledger: frozen", |me, _| me.rest()),
            _ if self.story.guards.takes(self.book.state(tip)) => self.begin(tip, false),
            _ if self.book.state(tip) == Some(State::Sending) => {
                let old = self.book.is_old(tip, tick);
                if !old {
                    self.end("reads the ledger: somebody is sending", tip, |_| {});
                }
                if !self.story.guards.expiry {
                    return self.end("reads the ledger: it waits on", tip, |_| {});
                }
                self.go("reads the ledger: the owner is silent", |me, _| {
                    (me.at, me.saw, me.base) = (At::Expiring, tip, 0);
                });
            }
            Wanted::Publish => self.begin(tip, false),
            Wanted::Probe => self.begin(tip, true),
            Wanted::Nothing => self.end("reads the ledger: nothing to do", tip, |_| {}),
        }
    }

    /// While a run of the same machine records what it remembers, no other begins.
    fn is_kept_waiting(&self) -> bool {
        let recalls = |runner: &Runner| runner.at == At::Recalling;
        self.story.journal == Some(Machines::Shared) && self.world.runners.iter().any(recalls)
    }

    /// What the journal says about the entry, as an event of its owner.
    fn remembered(&mut self, tip: EntryNumber) -> Option<Told> {
        let machines = self.story.journal?;
        let others = self.world.runners.iter().enumerate();
        let mut others = others.filter(|(who, _)| *who != self.who);
        let (lines, alone) = match machines {
            Machines::OneEach => (self.me().journal.to_vec(), true),
            Machines::Shared => {
                let lines = self.world.runners.iter().flat_map(|runner| runner.journal);
                let alone = others.all(|(_, runner)| runner.at == At::Idle);
                (lines.collect(), alone || !self.story.guards.alone)
            }
        };
        let lines = lines.into_iter().flatten().collect();
        self.book.remembered(tip, lines, alone, self.world.tick)
    }

    fn recall(&mut self) {
        let me = self.me();
        let Some(told) = me.out else { return };
        let change = apply(self.book, me.saw, [told]);
        if change.applied.is_empty() || change.after == me.saw {
            return self.go("has nothing to remember", |me, _| {
                me.out = None;
                me.at = At::Witnessed;
            });
        }
        if me.base != 0 {
            return self.reload("is late to remember and reads again");
        }
        self.land(&change);
        self.go("pushes what its machine remembers", |me, world| {
            world.push(change.after);
            me.out = None;
            me.at = At::Witnessed;
        });
    }

    fn begin(&mut self, tip: EntryNumber, probe: bool) {
        if self.book.attempts(tip) >= self.story.attempts {
            return self.go("ends: this story has had its attempts", |me, _| {
                me.rest();
            });
        }
        let (book, world) = (&*self.book, self.world);
        let nonce = world.fresh_nonce(self.story, |entry, nonce| book.owned_by(entry, nonce));
        let first = self.story.guards.declare_first;
        let keeps = self.story.journal.is_some();
        self.go("reads the ledger: due", |me, world| {
            (me.saw, me.base, me.mine) = (tip, 0, GONE);
            (me.nonce, me.began, me.probe) = (nonce, world.tick, probe);
            me.at = if first { At::Declaring } else { At::Armed };
            if keeps {
                me.note(nonce, Note::Declaring);
            }
        });
    }

    fn declaration(&self) -> Told {
        let me = self.me();
        Told::Declare {
            nonce: me.nonce,
            tick: me.began,
            probe: me.probe,
        }
    }

    /// Tells the promises what reached the branch.
    fn land(&mut self, change: &Change) {
        let applied = change.applied.iter();
        self.landed.extend(applied.copied());
    }

    fn expire(&mut self) {
        let (me, tick) = (self.me(), self.world.tick);
        let change = apply(self.book, me.saw, [Told::Expired { tick }]);
        if change.applied.is_empty() {
            return self.end("has nothing to expire", me.saw, |_| {});
        }
        if me.base != 0 {
            return self.reload("is late to expire and reads again");
        }
        let after = change.after;
        self.land(&change);
        self.end("pushes: outcome unknown", after, |world| world.push(after));
    }

    fn reload(&mut self, what: &'static str) {
        let tip = self.world.tip();
        self.go(what, |me, _| (me.saw, me.base) = (tip, 0));
    }

    fn declare(&mut self) {
        let me = self.me();
        let declare = self.declaration();
        let change = apply(self.book, me.saw, me.out.into_iter().chain([declare]));
        let guards = self.story.guards;
        if change.applied.is_empty() {
            return self.end("may not declare", me.saw, |_| {});
        }
        let on_tip = me.base == 0;
        if on_tip || !guards.compare_and_swap {
            self.land(&change);
            let after = change.after;
            let heard = if guards.reread {
                At::Reading
            } else {
                At::Armed
            };
            self.go("pushes its declaration", |me, world| {
                world.push(after);
                (me.at, me.saw, me.mine) = (heard, after, 0);
                me.base = me.base.saturating_add(1);
                if heard == At::Armed {
                    me.out = None;
                }
            });
        } else if let Some(twin) = self.twin(&change) {
            self.go("pushes the very same commit", |me, _| {
                (me.at, me.saw, me.mine) = (At::Reading, change.after, twin);
            });
        } else {
            self.go("pushes its declaration in vain", |me, _| {
                (me.at, me.mine) = (At::Reading, GONE);
            });
        }
        if on_tip && self.world.left.lost > 0 {
            self.go(
                "pushes its declaration, and the push is lost",
                |me, world| {
                    world.left.lost -= 1;
                    (me.at, me.mine) = (At::Reading, GONE);
                    if !guards.reread {
                        (me.at, me.saw, me.out) = (At::Armed, change.after, None);
                    }
                },
            );
        }
    }

    /// The commit of somebody else that is the same to the last bit: same parent, same
    /// entry, and no random bits in either.
    fn twin(&self, change: &Change) -> Option<u8> {
        let parent = self.me().base;
        let twin = parent.checked_sub(1).filter(|_| parent != GONE)?;
        let same = self.world.branch.get(usize::from(twin)) == Some(&change.after);
        (same && !self.story.guards.nonces).then_some(twin)
    }

    fn read_again(&mut self) {
        let me = self.me();
        if me.mine != GONE {
            let declared = self.book.state(me.saw) == Some(State::Sending)
                && self.book.owned_by(me.saw, me.nonce);
            if declared {
                self.go("reads the branch: its declaration is in it", |me, _| {
                    (me.at, me.base) = (At::Armed, me.mine);
                    (me.out, me.read_back) = (None, true);
                });
            } else {
                self.end("reads the branch: its result is in it", me.saw, |_| {});
            }
        } else if me.base == 0 {
            self.go("reads the branch: it did not move", |me, _| {
                me.at = At::Declaring;
            });
        } else {
            self.reload("reads the branch: somebody was faster");
            if let Some((_, world)) = self.next.last_mut() {
                world.runners[self.who].at = At::Declaring;
            }
        }
        if self.world.left.lost > 0 {
            self.go("cannot read the branch", |me, world| {
                world.left.lost -= 1;
                me.at = At::Doubting;
            });
        }
    }

    /// After a declaration that may or may not be durable: nothing was sent, so where it did
    /// land it is taken back.
    fn doubt(&mut self) {
        let me = self.me();
        let (tip, tick) = (self.world.tip(), self.world.tick);
        if self.book.owned_by(tip, me.nonce) {
            let out = Told::NotCreated {
                nonce: me.nonce,
                tick,
                wait: false,
            };
            self.go("reads the branch: it had landed", |me, _| {
                (me.at, me.saw, me.base, me.out) = (At::Recording, tip, 0, Some(out));
            });
        } else if me.out.is_some() {
            self.go("reads the branch: it had not landed", |me, _| {
                (me.at, me.saw, me.base) = (At::Recording, tip, 0);
            });
        } else {
            self.end("reads the branch: it had not landed, and ends", tip, |_| {});
        }
    }

    fn record(&mut self) {
        let me = self.me();
        let Some(out) = me.out else { return };
        let declared = self.story.guards.declare_first;
        let declare = (!declared).then(|| self.declaration());
        let change = apply(self.book, me.saw, declare.into_iter().chain([out]));
        if change.after == me.saw {
            return self.end("has nothing to record", me.saw, |_| {});
        }
        if me.base != 0 {
            return self.reload("is late to record and reads again");
        }
        let after = change.after;
        self.land(&change);
        self.end("pushes its result", after, |world| world.push(after));
        if self.world.left.lost > 0 {
            self.go("pushes its result, and no answer comes", |me, world| {
                world.left.lost -= 1;
                me.base = 1;
                world.push(after);
            });
        }
        let again = matches!(out, Told::NotCreated { wait: false, .. }) && !me.again && !me.probe;
        let more = self.book.attempts(me.saw) < self.story.attempts;
        let keeps = self.story.journal.is_some();
        if again && more && me.read_back && self.world.tick == me.began {
            let (book, world) = (&*self.book, self.world);
            let nonce = world.fresh_nonce(self.story, |entry, nonce| book.owned_by(entry, nonce));
            self.go("will try once more", |me, world| {
                (me.at, me.nonce, me.began) = (At::Declaring, nonce, world.tick);
                (me.again, me.read_back, me.mine) = (true, false, GONE);
                if keeps {
                    me.note(nonce, Note::Declaring);
                }
            });
        }
    }
}
