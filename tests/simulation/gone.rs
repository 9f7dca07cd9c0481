//! The ledger is deleted, or its branch renamed in the settings, at every single call of a
//! pass, while no lockfile says what was published.

use std::cell::Cell;
use std::rc::Rc;

use chrono::TimeDelta;
use mergecast::report::exit::Exit;
use mergecast::system::{MemoryJournal, MemoryRemote};

use crate::calls::{Call, Fault};
use crate::campaign::start;
use crate::globe::Globe;
use crate::outside::path;
use crate::promises::never_twice;
use crate::steps::{Fate, Ran, run};
use crate::truth;

const BRANCH: &str = "mergecast/state";
const POSTS: u32 = 3;

/// What somebody does at one call of a run.
enum Deed {
    Deletes(MemoryRemote),
    Nothing,
}

struct AtCall {
    deed: Deed,
    when: u32,
    calls: Cell<u32>,
}

impl Fate for AtCall {
    fn befalls(&self, _: Call) -> Option<Fault> {
        if self.calls.get() == self.when
            && let Deed::Deletes(ledger) = &self.deed
        {
            ledger.force(&None);
        }
        self.calls.set(self.calls.get() + 1);
        None
    }
}

/// A team that begins: one post is out, and more are due.
fn begun() -> Globe {
    let globe = Globe::new(start());
    *globe.outside.begins.borrow_mut() = Some(BRANCH.to_owned());
    let config = format!(
        "version: 1\ntimezone: UTC\nbranch: main\nauthors:\n  acme: {{ urn: \"urn:li:organization:42\" }}\ndefault_author: acme\nstate: {{ since: {} }}\n",
        start().format("%Y-%m-%d")
    );
    let config = (path("mergecast.yaml"), Some(config.into_bytes()));
    globe.outside.repository.commit([config]);
    merge(&globe, 0);
    let (report, _) = globe.whole_tick();
    assert_eq!(report.exit, Exit::Done, "{:?}", report.diagnostics);
    for number in 1..POSTS {
        merge(&globe, number);
    }
    globe.clock.pass(TimeDelta::minutes(15));
    globe
}

fn merge(globe: &Globe, number: u32) {
    let subject = ["Bread", "A concert on the green", "Opening hours in winter"];
    let subject = subject[number as usize];
    let text = format!("---\nscheduled_at: on-merge\n---\n{subject}: marker{number}.\n");
    let file = (
        path(&format!("posts/p{number}.md")),
        Some(text.into_bytes()),
    );
    globe.outside.repository.commit([file]);
}

/// The branch is protected: nothing on it says what was published.
fn without_lockfile(globe: &Globe) {
    let lockfile = (path("mergecast.lock"), None);
    globe.outside.repository.commit([lockfile]);
}

/// How many calls a pass makes that begins here.
fn calls_of_a_pass(globe: &Globe, fate: AtCall) -> u32 {
    let fate = Rc::new(fate);
    let seen: Rc<dyn Fate> = Rc::clone(&fate) as Rc<dyn Fate>;
    let world = globe.world_of(TimeDelta::zero(), &seen, MemoryJournal::default());
    let task = Box::pin(Globe::pass(&world, "simulated"));
    assert!(matches!(run(task, &world.clock, None), Ran::Done(..)));
    fate.calls.get()
}

fn nothing() -> AtCall {
    AtCall {
        deed: Deed::Nothing,
        when: 0,
        calls: Cell::new(0),
    }
}

/// Runs that come later are refused, and nothing is there twice.
fn frozen_for_good(globe: &Globe, code: &str, place: &str) {
    let made = truth::of(&globe.linkedin()).len();
    for _ in 0..3 {
        without_lockfile(globe);
        globe.clock.pass(TimeDelta::minutes(15));
        let (report, _) = globe.whole_tick();
        let codes: Vec<_> = report.diagnostics.iter().map(|told| told.code).collect();
        assert_eq!(report.exit, Exit::Refused, "{place}: {codes:?}");
        assert!(codes.contains(&code), "{place}: {codes:?}");
    }
    assert_eq!(truth::of(&globe.linkedin()).len(), made, "{place}");
    never_twice(globe).unwrap_or_else(|problem| panic!("{place}: {problem}"));
}

#[test]
fn a_ledger_deleted_at_any_call_never_begins_again() {
    let calls = calls_of_a_pass(&begun(), nothing());
    assert!(calls >= 9, "{calls} calls");
    for when in 0..=calls {
        let globe = begun();
        let deed = Deed::Deletes(globe.outside.ledger.clone());
        calls_of_a_pass(
            &globe,
            AtCall {
                deed,
                when,
                calls: Cell::new(0),
            },
        );
        if when == calls {
            globe.outside.ledger.force(&None);
        }
        frozen_for_good(&globe, "ledger-gone", &format!("call {when} of {calls}"));
    }
}

#[test]
fn a_ledger_renamed_in_the_settings_is_no_new_one() {
    let globe = begun();
    without_lockfile(&globe);
    *globe.outside.begins.borrow_mut() = Some("mergecast/State".to_owned());
    frozen_for_good(&globe, "ledger-moved", "renamed");
    // With the name back, what waited goes out, and only that.
    *globe.outside.begins.borrow_mut() = Some(BRANCH.to_owned());
    let (report, _) = globe.whole_tick();
    assert_eq!(report.exit, Exit::Done, "{:?}", report.diagnostics);
    assert_eq!(truth::of(&globe.linkedin()).len(), POSTS as usize);
    never_twice(&globe).unwrap();
}
