//! Breadth first over every state that can be reached.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use mergecast::record::State;

use crate::book::{Book, EntryNumber, Told};
use crate::outside::happen;
use crate::promises::{Ends, Promise, of_change, of_state};
use crate::runner::{Next, Program};
use crate::world::{Story, World};

/// A state hashes itself; nothing is added to it.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("a state writes one number");
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// How a state was reached.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: u32,
    what: &'static str,
    /// Which runner; `None`: nobody.
    who: Option<u8>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) states: usize,
    /// Ways in which a create request made a post.
    pub(crate) creates: usize,
    /// The promise that was broken first, and the shortest way there.
    pub(crate) broken: Option<(Promise, Vec<String>)>,
}

struct Search<'a> {
    story: &'a Story,
    book: Book,
    seen: HashSet<World, BuildHasherDefault<AsItIs>>,
    states: Vec<World>,
    steps: Vec<Step>,
    ends: Ends,
    creates: usize,
    asked: &'a [Promise],
    /// Runners that have changed places are the same runners. A trace would then call one
    /// of them now this, now that.
    alike: bool,
}

/// Explores `story` until every state was seen, or one of the promises `asked` is broken.
pub(crate) fn explore(story: &Story, asked: &[Promise]) -> Found {
    let mut search = Search {
        story,
        book: Book::new(story.guards, story.probe),
        seen: HashSet::default(),
        states: Vec::new(),
        steps: Vec::new(),
        ends: Ends::default(),
        creates: 0,
        asked,
        alike: asked.len() > 1,
    };
    let broken = search.run();
    Found {
        states: search.states.len(),
        creates: search.creates,
        broken,
    }
}

impl Search<'_> {
    fn run(&mut self) -> Option<(Promise, Vec<String>)> {
        self.add(
            World::new(self.story),
            Step {
                from: 0,
                what: "",
                who: None,
            },
        );
        let mut at = 0;
        while at < self.states.len() {
            let broken = self.expand(at);
            if broken.is_some() {
                return broken;
            }
            at += 1;
        }
        None
    }

    fn add(&mut self, world: World, step: Step) -> bool {
        let new = self.seen.insert(world);
        if new {
            self.states.push(world);
            self.steps.push(step);
        }
        new
    }

    fn expand(&mut self, at: usize) -> Option<(Promise, Vec<String>)> {
        let world = self.states[at];
        for who in 0..self.story.runners {
            let mut program = Program::new(&mut self.book, self.story, &world, who);
            program.run();
            let (next, landed, unread) = (program.next, program.landed, program.unread);
            if unread && self.asked.contains(&Promise::ReadBack) {
                return Some((Promise::ReadBack, self.trace(at)));
            }
            let broken = self.follow(at, u8::try_from(who).ok(), next, &landed);
            if broken.is_some() {
                return broken;
            }
        }
        let (mut next, mut landed) = (Vec::new(), Vec::new());
        happen(&mut self.book, self.story, &world, &mut next, &mut landed);
        self.follow(at, None, next, &landed)
    }

    fn follow(
        &mut self,
        at: usize,
        who: Option<u8>,
        next: Vec<Next>,
        landed: &[(EntryNumber, Told, EntryNumber)],
    ) -> Option<(Promise, Vec<String>)> {
        let before = self.states[at];
        let mut broken = landed
            .iter()
            .find_map(|change| of_change(&self.book, &before, *change));
        for (what, mut world) in next {
            self.creates += usize::from(world.made > before.made);
            world.was_published |= self.book.state(world.tip()) == Some(State::Published);
            let book = &self.book;
            let owned = |entry, nonce| book.owned_by(entry, nonce);
            let world = world.canonical(self.story, self.alike, owned);
            let step = Step {
                from: u32::try_from(at).unwrap(),
                what,
                who,
            };
            if self.add(world, step) {
                let last = self.states.len() - 1;
                broken = broken.or_else(|| self.judge(&world));
                if let Some(promise) = broken.filter(|promise| self.asked.contains(promise)) {
                    return Some((promise, self.trace(last)));
                }
            }
        }
        None
    }

    fn judge(&mut self, world: &World) -> Option<Promise> {
        let broken = of_state(&mut self.book, world);
        if broken.is_some() || !self.asked.contains(&Promise::Named) {
            return broken;
        }
        let well = self.ends.well(&mut self.book, self.story, world);
        (!well).then_some(Promise::Named)
    }

    fn trace(&self, mut at: usize) -> Vec<String> {
        let mut trace = Vec::new();
        while at > 0 {
            let step = self.steps[at];
            trace.push(match step.who {
                Some(who) => format!("runner {}: {}", who + 1, step.what),
                None => step.what.to_owned(),
            });
            at = step.from as usize;
        }
        trace.reverse();
        trace
    }
}
