//! What goes wrong in one world, drawn call by call.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::calls::{Call, Fault};
use crate::campaign::Numbers;
use crate::steps::Fate;

/// Out of a thousand calls so many are a runner's last, stand still, or meet the network.
const CRASHES: u64 = 20;
const PAUSES: u64 = 20;
const NETWORK: u64 = 100;

/// The mishaps of one world, and what it did so far.
pub(crate) struct Storm {
    pub(crate) numbers: RefCell<Numbers>,
    mishaps: Vec<Fault>,
    over: Cell<bool>,
    met: RefCell<BTreeMap<Fault, u64>>,
    in_windows: Cell<u64>,
    calls: Cell<u64>,
    trace: Cell<u64>,
    /// The last of what was noted.
    notes: RefCell<VecDeque<String>>,
}

/// How much of a history is told when it ends badly.
const NOTES: usize = 60;

impl Storm {
    pub(crate) fn new(seed: u64, mishaps: Vec<Fault>, calm: bool) -> Rc<Self> {
        Rc::new(Self {
            numbers: RefCell::new(Numbers(seed ^ 0x0051_0517)),
            mishaps,
            over: Cell::new(calm),
            met: RefCell::default(),
            in_windows: Cell::new(0),
            calls: Cell::new(0),
            trace: Cell::new(0xcbf2_9ce4_8422_2325),
            notes: RefCell::default(),
        })
    }

    /// From now on nothing goes wrong.
    pub(crate) fn ends(&self) {
        self.over.set(true);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// Writes into the trace's digest (FNV-1a).
    pub(crate) fn note(&self, what: &str) {
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        self.trace.set(what.bytes().fold(self.trace.get(), fold));
        let mut notes = self.notes.borrow_mut();
        if notes.len() == NOTES {
            notes.pop_front();
        }
        notes.push_back(what.to_owned());
    }

    /// What happened last.
    pub(crate) fn last(&self) -> String {
        self.notes
            .borrow()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Equal for equal histories.
    pub(crate) fn trace(&self) -> u64 {
        self.trace.get()
    }

    pub(crate) fn met(&self) -> BTreeMap<Fault, u64> {
        self.met.borrow().clone()
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// How many mishaps fell between a declaration and the record of its outcome.
    pub(crate) fn in_windows(&self) -> u64 {
        self.in_windows.get()
    }

    fn draw(&self, call: Call) -> Option<Fault> {
        if self.over.get() {
            return None;
        }
        let mut numbers = self.numbers.borrow_mut();
        let fault = match numbers.below(1000) {
            lot if lot < CRASHES / 2 => Fault::CrashBefore,
            lot if lot < CRASHES => Fault::CrashAfter,
            lot if lot < CRASHES + PAUSES => Fault::Pause,
            lot if lot < CRASHES + PAUSES + NETWORK => {
                let kind = numbers.below(self.mishaps.len() as u64);
                self.mishaps[usize::try_from(kind).unwrap()]
            }
            _ => return None,
        };
        Some(fault).filter(|fault| fault.applies_to(call))
    }
}

/// How far a run is with what it declared.
#[derive(Clone, Copy, PartialEq)]
enum Window {
    /// Nothing is open.
    Closed,
    /// A request is declared, and its outcome is not recorded.
    Open,
    /// The outcome was pushed. Whether somebody else was faster is not seen here: a run that
    /// lost the race waits a little and reads the ledger again.
    Closing,
}

impl Window {
    /// What it is during `call`.
    fn at(self, call: Call) -> Self {
        match (self, call) {
            (_, Call::Declare | Call::RecordAndDeclare | Call::DeclareComment) => Window::Open,
            (Window::Closing, Call::LoadLedger) => Window::Open,
            (Window::Closing, Call::Sleep) | (Window::Open, _) => self,
            (Window::Closing | Window::Closed, _) => Window::Closed,
        }
    }

    /// What it is after `call`, which met no mishap.
    fn after(self, call: Call) -> Self {
        match call {
            Call::Record | Call::RecordComment => Window::Closing,
            _ => self,
        }
    }
}

/// What befalls one run.
pub(crate) struct Weather {
    storm: Rc<Storm>,
    runner: usize,
    window: Cell<Window>,
}

impl Weather {
    pub(crate) fn of(storm: &Rc<Storm>, runner: usize) -> Rc<dyn Fate> {
        Rc::new(Self {
            storm: Rc::clone(storm),
            runner,
            window: Cell::new(Window::Closed),
        })
    }
}

impl Fate for Weather {
    fn befalls(&self, call: Call) -> Option<Fault> {
        let storm = &self.storm;
        let fault = storm.draw(call);
        storm.calls.set(storm.calls.get() + 1);
        storm.note(&format!("{} {call:?} {fault:?};", self.runner));
        let window = self.window.get().at(call);
        self.window.set(window);
        if let Some(fault) = fault {
            *storm.met.borrow_mut().entry(fault).or_default() += 1;
            if window != Window::Closed {
                storm.in_windows.set(storm.in_windows.get() + 1);
            }
        } else {
            self.window.set(window.after(call));
        }
        fault
    }
}
