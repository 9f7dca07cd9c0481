//! One mishap, at one call, of whichever runner makes it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use chrono::TimeDelta;
use mergecast::report::results::ApplyReport;
use mergecast::system::MemoryJournal;

use crate::calls::{Call, Fault};
use crate::campaign::Numbers;
use crate::globe::{Globe, World};
use crate::steps::Fate;
use crate::together::together;

/// Which call meets the mishap.
#[derive(Clone, Copy, Debug)]
enum At {
    /// So many calls came before it.
    Number(usize),
    /// The first for this.
    First(Call),
}

/// A mishap, and every call that was made.
#[derive(Debug, Default)]
pub(crate) struct Script {
    at: Option<(At, Fault)>,
    met: Cell<bool>,
    calls: RefCell<Vec<Call>>,
}

impl Fate for Script {
    fn befalls(&self, call: Call) -> Option<Fault> {
        let number = self.calls.borrow().len();
        self.calls.borrow_mut().push(call);
        let (at, fault) = self.at.filter(|_| !self.met.get())?;
        let meets = match at {
            At::Number(at) => at == number,
            At::First(first) => first == call,
        };
        self.met.set(meets);
        meets.then_some(fault)
    }
}

impl Script {
    pub(crate) fn at(number: usize, fault: Fault) -> Rc<Self> {
        Self::new(At::Number(number), fault)
    }

    pub(crate) fn on_the_first(call: Call, fault: Fault) -> Rc<Self> {
        Self::new(At::First(call), fault)
    }

    fn new(at: At, fault: Fault) -> Rc<Self> {
        Rc::new(Self {
            at: Some((at, fault)),
            ..Self::default()
        })
    }

    /// Whether the mishap happened.
    pub(crate) fn was_met(&self) -> bool {
        self.met.get()
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }

    /// One pass of each of `runners`, at once, in an order that is always the same.
    pub(crate) fn run(self: &Rc<Self>, globe: &Globe, runners: usize) -> Vec<ApplyReport> {
        let fate: Rc<dyn Fate> = Rc::clone(self) as Rc<dyn Fate>;
        let world = |_| globe.world_of(TimeDelta::zero(), &fate, MemoryJournal::default());
        let worlds: Vec<World> = (0..runners).map(world).collect();
        let mut numbers = Numbers(runners as u64);
        let (reports, _) = together(globe, &worlds, &mut numbers, None);
        reports
    }

    /// One pass of one runner; `None`: it died.
    pub(crate) fn run_alone(self: &Rc<Self>, globe: &Globe) -> Option<ApplyReport> {
        self.run(globe, 1).pop()
    }
}
