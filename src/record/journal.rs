//! What one machine remembers of its own requests, as a value.
//!
//! Owns the lines of the journal and what they prove about entries of the ledger. A line
//! is written before a declaration, before the first byte of its request, and after the
//! answer; so a run that died tells by its last line how far it came. Must not reach a
//! file: see [`crate::ports::Journal`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::entry::{Entry, EntryId, How, Reason, State};
use super::ledger::Ledger;
use super::step::Event;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::PostUrn;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// The post, for people who read the file.
    pub key: PostKey,
    /// Where it goes.
    pub target: Target,
    /// The nonce of the declaration it is about.
    pub nonce: String,
    /// When it was written.
    pub at: Instant,
    /// How far the attempt came.
    pub note: Note,
}

/// How far an attempt came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// It is about to be declared, in the journal of this name.
    Declaring {
        /// See [`Journal::home`](crate::ports::Journal::home).
        home: String,
    },
    /// Its request is about to leave.
    Sending,
    /// LinkedIn has the post.
    Published {
        /// The post; of a comment, the post it stands below.
        urn: PostUrn,
        /// When it went out.
        at: Instant,
        /// How that is known.
        how: How,
        /// LinkedIn's number for a comment.
        comment_id: Option<String>,
    },
    /// It created nothing.
    NotCreated {
        /// Why not.
        reason: Reason,
        /// No new attempt before this.
        not_before: Option<Instant>,
    },
    /// LinkedIn refused the content.
    Rejected {
        /// Its words.
        reason: Reason,
    },
    /// The owner does not know.
    Lost {
        /// What went wrong.
        reason: Reason,
    },
}

impl Note {
    /// The note of how an attempt ended; `None`: `event` ends none.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event.clone() {
            Event::Published {
                urn,
                at,
                how,
                comment_id,
                ..
            } => Note::Published {
                urn,
                at,
                how,
                comment_id,
            },
            Event::NotCreated {
                reason, not_before, ..
            } => Note::NotCreated { reason, not_before },
            Event::Rejected { reason, .. } => Note::Rejected { reason },
            Event::Lost { reason, .. } => Note::Lost { reason },
            Event::Declare { .. }
            | Event::Expired { .. }
            | Event::NotPublished { .. }
            | Event::Skip { .. }
            | Event::Parked { .. }
            | Event::Edited { .. }
            | Event::Moved { .. }
            | Event::Recognised { .. }
            | Event::Deleted { .. }
            | Event::Witnessed { .. }
            | Event::Doubted { .. } => return None,
        })
    }
}

/// The lines of a journal, by attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    attempts: BTreeMap<String, Attempted>,
    /// A line in the middle cannot be read: what is missing may be the one that says that
    /// a request left.
    damaged: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attempted {
    /// Where its declaration was noted.
    home: Option<String>,
    last: Note,
}

impl Memory {
    /// Reads a journal. A last line without its end was being written when the power
    /// failed: nothing was done that needed it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut memory = Self::default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines().filter(|line| !line.is_empty()) {
            match serde_json::from_str::<JournalLine>(line) {
                Ok(line) => memory.add(line),
                Err(_) => memory.damaged = true,
            }
        }
        memory
    }

    /// Takes in one more line.
    pub fn add(&mut self, line: JournalLine) {
        let JournalLine { nonce, note, .. } = line;
        let home = match &note {
            Note::Declaring { home } => Some(home.clone()),
            _ => None,
        };
        match self.attempts.get_mut(&nonce) {
            Some(known) => known.last = note,
            None => {
                let last = note;
                self.attempts.insert(nonce, Attempted { home, last });
            }
        }
    }

    /// What is remembered about entries of `ledger` whose owners were runs of this machine,
    /// as events of those owners. `alone`: the owners are dead; `home`: this journal's name.
    #[must_use]
    pub fn events(&self, ledger: &Ledger, alone: bool, home: &str) -> Vec<(EntryId, Event)> {
        let open = ledger.entries.open().filter(|entry| is_open(entry));
        let told = open.filter_map(|entry| {
            let nonce = entry.owner.as_ref()?.nonce.clone();
            let attempted = self.attempts.get(&nonce)?;
            let event = match &attempted.last {
                Note::Declaring { .. } | Note::Sending if !alone => return None,
                Note::Declaring { home: written } => {
                    if self.damaged || written != home {
                        return None;
                    }
                    never_sent(nonce)
                }
                Note::Sending => died(nonce),
                ended => ended.clone().event(nonce)?,
            };
            Some((entry.id(), event))
        });
        told.collect()
    }
}

/// Whether the owner's word about an entry is still wanted.
fn is_open(entry: &Entry) -> bool {
    match entry.state {
        State::Sending => true,
        State::Unknown => !entry.owner_saw_it_end,
        State::Published | State::Retryable | State::Rejected | State::Skipped => false,
    }
}

fn never_sent(nonce: String) -> Event {
    let words = "this machine's run ended before its request left";
    Event::NotCreated {
        nonce,
        reason: Reason::new("never-sent", words),
        not_before: None,
        uploaded: Vec::new(),
    }
}

fn died(nonce: String) -> Event {
    let words = "this machine's run ended after its request left and before an answer came";
    Event::Lost {
        nonce,
        reason: Reason::new("owner-died", words),
    }
}

impl Note {
    fn event(self, nonce: String) -> Option<Event> {
        Some(match self {
            Note::Published {
                urn,
                at,
                how,
                comment_id,
            } => Event::Published {
                nonce: Some(nonce),
                urn,
                at,
                how,
                comment_id,
            },
            Note::NotCreated { reason, not_before } => Event::NotCreated {
                nonce,
                reason,
                not_before,
                uploaded: Vec::new(),
            },
            Note::Rejected { reason } => Event::Rejected { nonce, reason },
            Note::Lost { reason } => Event::Lost { nonce, reason },
            Note::Declaring { .. } | Note::Sending => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn line(nonce: &str, note: Note) -> JournalLine {
        JournalLine {
            key: key("launch"),
            target: Target::Linkedin,
            nonce: nonce.to_owned(),
            at: minute(0),
            note,
        }
    }

    fn written(notes: &[Note]) -> String {
        let lines = notes.iter().map(|note| {
            let line = serde_json::to_string(&line("one", note.clone())).unwrap();
            format!("{line}\n")
        });
        lines.collect()
    }

    fn declaring() -> Note {
        Note::Declaring {
            home: "here".to_owned(),
        }
    }

    fn out() -> Note {
        Note::Published {
            urn: urn(7),
            at: minute(1),
            how: How::Created,
            comment_id: None,
        }
    }

    /// The state an entry comes to when a journal that says `text` is recalled.
    fn after(entry: &Entry, text: &str, alone: bool, home: &str) -> Option<State> {
        let mut ledger = Ledger::default();
        ledger.entries.insert(entry.id(), entry.clone());
        let mut events = Memory::parse(text).events(&ledger, alone, home);
        assert!(events.len() <= 1);
        let (id, event) = events.pop()?;
        assert_eq!(id, entry.id());
        Some(super::super::step(Some(entry), event).unwrap().state)
    }

    #[test]
    fn a_run_that_died_before_its_request_left_created_nothing() {
        let text = written(&[declaring()]);
        let entry = sending("launch", "a");
        assert_eq!(after(&entry, &text, true, "here"), Some(State::Retryable));
        // It may still be alive; or this is a copy of the journal it writes to.
        assert_eq!(after(&entry, &text, false, "here"), None);
        assert_eq!(after(&entry, &text, true, "elsewhere"), None);
        let expired = abandoned("launch", "a");
        assert_eq!(after(&expired, &text, true, "here"), Some(State::Retryable));
    }

    #[test]
    fn a_run_that_died_with_its_request_under_way_does_not_know() {
        let text = written(&[declaring(), Note::Sending]);
        let entry = sending("launch", "a");
        assert_eq!(after(&entry, &text, true, "here"), Some(State::Unknown));
        assert_eq!(after(&entry, &text, false, "here"), None);
        let mut ledger = Ledger::default();
        let expired = abandoned("launch", "a");
        ledger.entries.insert(expired.id(), expired.clone());
        let (_, event) = Memory::parse(&text).events(&ledger, true, "here").remove(0);
        let entry = super::super::step(Some(&expired), event).unwrap();
        assert!(entry.owner_saw_it_end, "a person's word is taken at once");
    }

    #[test]
    fn an_answer_that_was_written_down_counts_whoever_lives() {
        let text = written(&[declaring(), Note::Sending, out()]);
        for entry in [sending("launch", "a"), abandoned("launch", "a")] {
            let found = after(&entry, &text, false, "elsewhere");
            assert_eq!(found, Some(State::Published));
        }
        for settled in [unknown("launch", "a"), published("launch", "a", 7)] {
            assert_eq!(after(&settled, &text, true, "here"), None);
        }
    }

    #[test]
    fn a_line_that_was_being_written_was_not_written() {
        let whole = written(&[declaring(), Note::Sending]);
        let torn = &whole[..whole.len() - 1];
        let entry = sending("launch", "a");
        assert_eq!(after(&entry, torn, true, "here"), Some(State::Retryable));
        for end in 0..torn.len() {
            let found = after(&entry, &torn[..end], true, "here");
            assert!(matches!(found, None | Some(State::Retryable)), "{end}");
        }
    }

    #[test]
    fn a_damaged_journal_never_says_that_nothing_left() {
        let text = format!("{}oops\n", written(&[declaring()]));
        assert_eq!(after(&sending("launch", "a"), &text, true, "here"), None);
        let text = format!("oops\n{}", written(&[declaring(), Note::Sending, out()]));
        let entry = sending("launch", "a");
        assert_eq!(after(&entry, &text, true, "here"), Some(State::Published));
    }

    #[test]
    fn it_speaks_of_its_own_attempts_only() {
        let text = written(&[declaring()]).replace("one", "another");
        assert_eq!(after(&sending("launch", "a"), &text, true, "here"), None);
    }

    #[test]
    fn every_ending_is_noted_and_comes_back() {
        for event in [
            Event::Published {
                nonce: Some("one".to_owned()),
                urn: urn(1),
                at: minute(1),
                how: How::Duplicate,
                comment_id: Some("9".to_owned()),
            },
            never_sent("one".to_owned()),
            died("one".to_owned()),
            Event::Rejected {
                nonce: "one".to_owned(),
                reason: why("rejected"),
            },
        ] {
            let note = Note::of(&event).unwrap();
            let text = serde_json::to_string(&note).unwrap();
            let back: Note = serde_json::from_str(&text).unwrap();
            assert_eq!(back.event("one".to_owned()), Some(event));
        }
        assert_eq!(Note::of(&Event::Expired { at: minute(9) }), None);
    }
}
