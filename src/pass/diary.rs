//! What one attempt writes into this machine's journal.
//!
//! Owns the three lines: before the declaration, before the first byte of the request, and
//! after the answer. A journal that does not work costs only answers a person has to give,
//! with one exception: a declaration that was noted must be followed by its line before
//! anything is sent, or a later run would say that nothing was.

use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::plan::PlanItem;
use crate::ports::{Clock as _, Journal as _, World};
use crate::record::Event;
use crate::record::journal::{JournalLine, Note};

/// The lines of one attempt.
pub(super) struct Diary<'w, W: World> {
    world: &'w W,
    key: PostKey,
    target: Target,
    nonce: String,
    /// Whether the first line is there.
    begun: bool,
}

impl<'w, W: World> Diary<'w, W> {
    /// Notes that a declaration with `nonce` follows.
    pub(super) fn begin(world: &'w W, item: &PlanItem, nonce: &str) -> Self {
        let mut diary = Self {
            world,
            key: item.key.clone(),
            target: item.target,
            nonce: nonce.to_owned(),
            begun: false,
        };
        let home = world.journal().home();
        diary.begun = diary.note(Note::Declaring { home }).is_ok();
        diary
    }

    /// Notes that the request leaves now.
    ///
    /// # Errors
    /// It must not leave: says why.
    pub(super) fn sending(&self) -> Result<(), String> {
        match self.note(Note::Sending) {
            Err(problem) if self.begun => Err(problem),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Notes how it ended.
    pub(super) fn ended(&self, event: &Event) {
        if let Some(note) = Note::of(event) {
            let _ = self.note(note);
        }
    }

    fn note(&self, note: Note) -> Result<(), String> {
        let line = JournalLine {
            key: self.key.clone(),
            target: self.target,
            nonce: self.nonce.clone(),
            at: self.world.clock().now(),
            note,
        };
        let noted = self.world.journal().note(&line);
        noted.map_err(|error| error.to_string())
    }
}
