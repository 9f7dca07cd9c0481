//! Everything the real program decides: entries, `step`, the plan, the freeze.
//!
//! Entries and lockfiles are kept by number, so that a state of the world is small. Every
//! entry is written as its JSON and read back as the ledger reads it; every change is made
//! by [`step`]; what a runner wants is asked of [`plan`]. Answers are remembered, since the
//! same question is asked millions of times.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use mergecast::content::{config, document};
use mergecast::desired::DesiredState;
use mergecast::desired::assemble::assemble;
use mergecast::linkedin::duplicate::{DuplicateVerdict, judge_duplicate};
use mergecast::model::Instant;
use mergecast::model::config::Config;
use mergecast::model::path::ContentPath;
use mergecast::model::target::Target;
use mergecast::model::urn::PostUrn;
use mergecast::plan::{Action, PlanInput, plan};
use mergecast::record::journal::{self, JournalLine, Memory};
use mergecast::record::ledger::entry_file;
use mergecast::record::step::{SENDING_EXPIRES, VERDICT_GRACE};
use mergecast::record::{
    Declaration, Entry, Event, How, Ledger, Lockfile, Owner, Reason, Recorded, State, step,
};

use crate::guards::Guards;
use crate::world::{Line, Note};

/// The number of an entry; [`NOTHING`] stands for a ledger without one.
pub(crate) type EntryNumber = u16;
pub(crate) const NOTHING: EntryNumber = 0;
/// The number of a lockfile's text.
pub(crate) type LockfileNumber = u8;

/// An event, as small as it can be. Times are ticks of [`instant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Told {
    Declare {
        nonce: u8,
        tick: u8,
        probe: bool,
    },
    Created {
        nonce: u8,
        tick: u8,
    },
    Adopted {
        nonce: u8,
        made_at: u8,
    },
    /// `wait`: not before the next tick.
    NotCreated {
        nonce: u8,
        tick: u8,
        wait: bool,
    },
    Rejected {
        nonce: u8,
    },
    Lost {
        nonce: u8,
    },
    Expired {
        tick: u8,
    },
    NotPublished {
        tick: u8,
    },
    Resolved {
        made_at: u8,
    },
    Skip,
}

impl Told {
    /// Who says it.
    pub(crate) fn nonce(self) -> Option<u8> {
        match self {
            Told::Declare { nonce, .. }
            | Told::Created { nonce, .. }
            | Told::Adopted { nonce, .. }
            | Told::NotCreated { nonce, .. }
            | Told::Rejected { nonce }
            | Told::Lost { nonce } => Some(nonce),
            Told::Expired { .. }
            | Told::NotPublished { .. }
            | Told::Resolved { .. }
            | Told::Skip => None,
        }
    }
}

/// What the plan wants done about the post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Publish,
    Probe,
    Nothing,
    Frozen,
}

pub(crate) struct Book {
    guards: Guards,
    config: Config,
    desired: DesiredState,
    entries: Vec<Entry>,
    numbers: HashMap<String, EntryNumber>,
    lockfiles: Vec<String>,
    stepped: HashMap<(EntryNumber, Told), Option<EntryNumber>>,
    planned: HashMap<(EntryNumber, LockfileNumber, u8), Wanted>,
    written: HashMap<EntryNumber, LockfileNumber>,
    recalled: HashMap<(EntryNumber, Vec<Line>, bool, u8), Option<Told>>,
}

/// Ticks are further apart than any limit of the protocol: whoever was about to send one
/// tick ago must not send any more, and a person's word is taken.
pub(crate) fn instant(tick: u8) -> Instant {
    let start: Instant = "2026-09-03T08:00:00Z".parse().unwrap();
    start + (VERDICT_GRACE + TimeDelta::minutes(1)) * i32::from(tick)
}

/// The post that a create request of this tick makes. Its number holds the time.
fn urn(tick: u8) -> PostUrn {
    let made = instant(tick) + TimeDelta::seconds(1);
    let id = u64::try_from(made.timestamp_millis()).unwrap() << 22;
    PostUrn::parse(&format!("urn:li:share:{id}")).unwrap()
}

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\n";
const POST: &str = "---\nscheduled_at: on-merge\n---\nHello\n";

impl Book {
    pub(crate) fn new(guards: Guards, probe: bool) -> Self {
        let probe = if probe {
            "publish: { on_unknown: probe }\n"
        } else {
            ""
        };
        let path = |text| ContentPath::parse(text).unwrap();
        let text = format!("{CONFIG}{probe}");
        let (config, problems) = config::parse(text.as_bytes(), &path("mergecast.yaml"));
        let config = config.unwrap_or_else(|| panic!("{problems:?}"));
        let post = document::parse(POST.as_bytes(), &path("posts/launch.md"), &config);
        let desired = assemble(&config, vec![post], &BTreeMap::new(), None);
        assert_eq!(desired.posts.len(), 1);
        Self {
            guards,
            config,
            desired,
            entries: Vec::new(),
            numbers: HashMap::new(),
            // The repository has published before: its lockfile is there, and names no post
            // of this story.
            lockfiles: vec![Lockfile::default().to_text()],
            stepped: HashMap::new(),
            planned: HashMap::new(),
            written: HashMap::new(),
            recalled: HashMap::new(),
        }
    }

    pub(crate) fn entry(&self, number: EntryNumber) -> Option<&Entry> {
        Some(&self.entries[usize::from(number.checked_sub(1)?)])
    }

    pub(crate) fn state(&self, number: EntryNumber) -> Option<State> {
        self.entry(number).map(|entry| entry.state)
    }

    /// Writes the entry as the ledger's file and reads it back.
    fn store(&mut self, entry: &Entry) -> EntryNumber {
        let text = entry.to_json();
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let file = entry_file(&entry.id());
        let ledger = Ledger::from_files(None, [(file.as_str(), text.as_bytes())]);
        assert_eq!(ledger.freezes, [], "{text}");
        let read = ledger.entries.into_values().next().unwrap();
        assert_eq!(&read, entry, "{text}");
        self.entries.push(read);
        let number = EntryNumber::try_from(self.entries.len()).unwrap();
        self.numbers.insert(text, number);
        number
    }

    /// What an event makes of an entry; `None`: it is refused.
    pub(crate) fn step(&mut self, before: EntryNumber, told: Told) -> Option<EntryNumber> {
        if let Some(known) = self.stepped.get(&(before, told)) {
            return *known;
        }
        let entry = self.entry(before).cloned();
        let event = self.event(entry.as_ref(), told);
        let (entry, event) = self.guards.before_step(entry, event);
        let after = step(entry.as_ref(), event.clone()).ok();
        let after = after.map(|after| self.guards.after_step(&event, after));
        let after = after.map(|after| self.store(&after));
        self.stepped.insert((before, told), after);
        after
    }

    fn declaration(&self) -> Box<Declaration> {
        let post = &self.desired.posts[0];
        Box::new(Declaration {
            key: post.key.clone(),
            target: Target::Linkedin,
            path: post.path.clone(),
            content: post.content(),
            content_commit: None,
            document: None,
            scheduled_at: None,
        })
    }

    #[allow(clippy::too_many_lines, reason = "one arm an event")]
    fn event(&self, entry: Option<&Entry>, told: Told) -> Event {
        let reason = Reason::new("told", "for this story");
        let nonce = |number: u8| format!("{number:032x}");
        let published = |nonce: Option<String>, made_at, at, how| Event::Published {
            nonce,
            urn: urn(made_at),
            at,
            how,
            comment_id: None,
        };
        match told {
            Told::Declare {
                nonce: number,
                tick,
                probe,
            } => Event::Declare {
                declaration: self.declaration(),
                owner: Owner {
                    runner: "a run".to_owned(),
                    nonce: nonce(number),
                    api_host: None,
                },
                at: instant(tick),
                probe,
            },
            Told::Created {
                nonce: number,
                tick,
            } => published(Some(nonce(number)), tick, instant(tick), How::Created),
            Told::Adopted {
                nonce: number,
                made_at,
            } => published(
                Some(nonce(number)),
                made_at,
                instant(made_at),
                How::Duplicate,
            ),
            Told::NotCreated {
                nonce: number,
                tick,
                wait,
            } => Event::NotCreated {
                nonce: nonce(number),
                reason,
                not_before: wait.then(|| instant(tick + 1)),
                uploaded: Vec::new(),
            },
            Told::Rejected { nonce: number } => Event::Rejected {
                nonce: nonce(number),
                reason,
            },
            Told::Lost { nonce: number } => Event::Lost {
                nonce: nonce(number),
                reason,
            },
            Told::Expired { tick } => {
                // The clock of whoever judges may be ahead as far as it likes.
                let old = entry.and_then(|entry| entry.declared_at);
                let old = old.map_or(instant(tick), |declared| declared + SENDING_EXPIRES);
                Event::Expired {
                    at: old.max(instant(tick)),
                }
            }
            Told::NotPublished { tick } => Event::NotPublished { at: instant(tick) },
            Told::Resolved { made_at } => published(None, made_at, instant(made_at), How::Resolved),
            Told::Skip => Event::Skip {
                declaration: self.declaration(),
                reason,
            },
        }
    }

    fn ledger(&self, number: EntryNumber) -> Ledger {
        let entry = self.entry(number);
        Ledger {
            entries: entry
                .map(|entry| (entry.id(), entry.clone()))
                .into_iter()
                .collect(),
            ..Ledger::default()
        }
    }

    /// What the real plan says to a runner that read this ledger and this lockfile.
    pub(crate) fn wanted(
        &mut self,
        number: EntryNumber,
        lockfile: LockfileNumber,
        tick: u8,
    ) -> Wanted {
        let asked = (number, lockfile, tick);
        if let Some(known) = self.planned.get(&asked) {
            return *known;
        }
        let witness = self
            .guards
            .witness
            .then(|| &self.lockfiles[usize::from(lockfile)]);
        let witness = witness.map(String::as_bytes);
        let plan = plan(&PlanInput {
            desired: &self.desired,
            recorded: &Recorded::new(self.ledger(number), witness, None),
            config: &self.config,
            now: instant(tick),
            ahead: chrono::TimeDelta::zero(),
            paused_by_environment: false,
            only: &[],
            allow_changes: None,
            history: &|_| None,
        });
        let wanted = match &plan.items[..] {
            _ if !plan.guards.is_empty() => Wanted::Frozen,
            [item] if item.action == Action::Publish && item.reason.code == "probe" => {
                Wanted::Probe
            }
            [item] if item.action == Action::Publish => Wanted::Publish,
            _ => Wanted::Nothing,
        };
        self.planned.insert(asked, wanted);
        wanted
    }

    /// The lockfile of a ledger.
    pub(crate) fn lockfile(&mut self, number: EntryNumber) -> LockfileNumber {
        if let Some(known) = self.written.get(&number) {
            return *known;
        }
        let text = Lockfile::from_ledger(&self.ledger(number)).to_text();
        let place = self.lockfiles.iter().position(|known| *known == text);
        let place = place.unwrap_or_else(|| {
            self.lockfiles.push(text);
            self.lockfiles.len() - 1
        });
        let lockfile = LockfileNumber::try_from(place).unwrap();
        self.written.insert(number, lockfile);
        lockfile
    }

    /// Whether a lockfile names the post that was made at a tick.
    pub(crate) fn names(&self, lockfile: LockfileNumber, made_at: u8) -> bool {
        self.lockfiles[usize::from(lockfile)].contains(urn(made_at).as_str())
    }

    /// Whether a declaration is old by the true clock.
    pub(crate) fn is_old(&self, number: EntryNumber, tick: u8) -> bool {
        let declared = self.entry(number).and_then(|entry| entry.declared_at);
        declared.is_none_or(|declared| instant(tick) - declared >= SENDING_EXPIRES)
    }

    pub(crate) fn owned_by(&self, number: EntryNumber, nonce: u8) -> bool {
        self.entry(number)
            .is_some_and(|entry| entry.is_owned_by(&format!("{nonce:032x}")))
    }

    pub(crate) fn attempts(&self, number: EntryNumber) -> u32 {
        self.entry(number).map_or(0, |entry| entry.attempt)
    }

    /// What the real journal makes of these lines about the entry; `alone`: no other run of
    /// the machine is alive.
    pub(crate) fn remembered(
        &mut self,
        number: EntryNumber,
        lines: Vec<Line>,
        alone: bool,
        tick: u8,
    ) -> Option<Told> {
        let asked = (number, lines, alone, tick);
        if let Some(known) = self.recalled.get(&asked) {
            return *known;
        }
        let (_, lines, _, _) = &asked;
        let mut text = String::new();
        for line in lines {
            // What the first line of an attempt says is kept with its last.
            let home = journal::Note::Declaring {
                home: "here".to_owned(),
            };
            text.push_str(&self.line(line.nonce, home));
            match line.note {
                Note::Declaring => {}
                Note::Sending => text.push_str(&self.line(line.nonce, journal::Note::Sending)),
                Note::Ended(told) => {
                    let ended = journal::Note::of(&self.event(self.entry(number), told));
                    text.push_str(&self.line(line.nonce, ended.unwrap()));
                }
            }
        }
        let events = Memory::parse(&text).events(&self.ledger(number), alone, "here");
        let told = events.into_iter().next().map(|(_, event)| {
            let nonce = self.entry(number).and_then(|entry| entry.owner.as_ref());
            let nonce = u8::from_str_radix(&nonce.unwrap().nonce, 16).unwrap();
            let ended = lines
                .iter()
                .find(|line| line.nonce == nonce)
                .map(|line| line.note);
            match (ended, event) {
                (Some(Note::Ended(told)), _) => told,
                (_, Event::NotCreated { .. }) => Told::NotCreated {
                    nonce,
                    tick,
                    wait: false,
                },
                (_, Event::Lost { .. }) => Told::Lost { nonce },
                (_, other) => panic!("a journal says {other:?}"),
            }
        });
        self.recalled.insert(asked, told);
        told
    }

    fn line(&self, nonce: u8, note: journal::Note) -> String {
        let line = JournalLine {
            key: self.desired.posts[0].key.clone(),
            target: Target::Linkedin,
            nonce: format!("{nonce:032x}"),
            at: instant(0),
            note,
        };
        format!("{}\n", serde_json::to_string(&line).unwrap())
    }

    /// What LinkedIn's "this is a duplicate of the post made at `made_at`" means for the
    /// attempt `number`, as the pass reads it.
    pub(crate) fn duplicate(&self, number: EntryNumber, nonce: u8, made_at: u8) -> Told {
        let entry = self.entry(number).unwrap();
        let sent_at = entry.declared_at.unwrap() + TimeDelta::seconds(5);
        match judge_duplicate(Some(&urn(made_at)), &entry.history, sent_at) {
            DuplicateVerdict::AdoptEarlier { .. } => Told::Adopted { nonce, made_at },
            DuplicateVerdict::Ghost => Told::Lost { nonce },
            DuplicateVerdict::OlderPost(_) | DuplicateVerdict::NotProof => Told::Rejected { nonce },
        }
    }
}
