//! A runner's one request: what LinkedIn makes of it, and what comes back.
//!
//! The same limits as `pass::publish`: a declaration that is too old is taken back, and what
//! is unclear is never taken for a failure.

use crate::book::Told;
use crate::runner::Program;
use crate::world::{At, Note};

impl Program<'_> {
    fn heard(&mut self, what: &'static str, out: Told, makes: bool, lost: u8, refused: u8) {
        // A run that takes its declaration back has not written that its request leaves.
        let keeps = self.story.journal.is_some() && !self.is_late();
        self.go(what, |me, world| {
            if keeps {
                me.note(me.nonce, Note::Ended(out));
            }
            world.left.lost -= lost;
            world.left.refusals -= refused;
            if makes {
                if world.made == 0 {
                    world.made_at = world.tick;
                }
                world.made += 1;
            }
            (me.at, me.out) = (At::Recording, Some(out));
        });
    }

    fn is_late(&self) -> bool {
        self.world.tick > self.me().began && self.story.guards.deadline
    }

    /// It dies with its request on the way, and its machine knows no more than that.
    fn die_sending(&mut self) {
        let noted = self.story.guards.sending_noted;
        if self.world.left.crashes == 0 || self.story.journal.is_none() {
            return;
        }
        for (what, makes) in [
            ("sends: created, and dies before it hears", true),
            ("is about to send, and dies", false),
        ] {
            self.go(what, |me, world| {
                if noted {
                    me.note(me.nonce, Note::Sending);
                }
                me.rest();
                world.left.crashes -= 1;
                if makes {
                    if world.made == 0 {
                        world.made_at = world.tick;
                    }
                    world.made += 1;
                }
            });
        }
    }

    pub(crate) fn send(&mut self) {
        let (me, world) = (self.me(), *self.world);
        let (nonce, tick) = (me.nonce, world.tick);
        if self.is_late() {
            let out = Told::NotCreated {
                nonce,
                tick,
                wait: false,
            };
            return self.heard("was slow, and takes it back", out, false, 0, 0);
        }
        self.unread |= !me.read_back;
        let copy = self.story.knows_copies && world.made > 0 && world.made_at == tick;
        if copy {
            let out = self.book.duplicate(me.saw, nonce, world.made_at);
            self.heard("sends: LinkedIn has it already", out, false, 0, 0);
        } else {
            let created = Told::Created { nonce, tick };
            self.heard("sends: created", created, true, 0, 0);
        }
        self.send_in_vain(copy);
        if !copy {
            self.die_sending();
        }
    }

    /// Everything but a clear answer that the post is there.
    fn send_in_vain(&mut self, copy: bool) {
        let (nonce, left, tick) = (self.me().nonce, self.world.left, self.world.tick);
        let failed = |wait| Told::NotCreated { nonce, tick, wait };
        if left.refusals > 0 {
            self.heard("sends: not taken", failed(false), false, 0, 1);
            self.heard("sends: too many requests", failed(true), false, 0, 1);
            self.heard("sends: rejected", Told::Rejected { nonce }, false, 0, 1);
        }
        let unclear = match self.story.guards.unclear_is_unknown {
            true => Told::Lost { nonce },
            false => failed(false),
        };
        if left.lost > 0 && self.story.guards.one_request {
            if !copy {
                self.heard("sends: created, and no answer comes", unclear, true, 1, 0);
            }
            self.heard(
                "sends: nothing arrives, and no answer comes",
                unclear,
                false,
                1,
                0,
            );
        } else if left.lost > 0 {
            // It stays where it is.
            self.go(
                "sends: created, no answer comes, and it will send again",
                |_, world| {
                    world.left.lost -= 1;
                    world.made += 1;
                    world.made_at = tick;
                },
            );
        }
    }
}
