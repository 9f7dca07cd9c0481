//! The problems of one file, while it is read.
//!
//! Owns how many are shown and their order. Must not know what they are about.

use crate::diagnostic::{Diagnostic, SourceText};

/// At most this many problems of one file are reported one by one.
pub const MAX_PROBLEMS: usize = 64;

/// The problems of one file, while it is read.
#[derive(Debug)]
pub struct Problems<'a> {
    source: SourceText<'a>,
    found: Vec<Diagnostic>,
    errors: usize,
    untold: usize,
}

impl<'a> Problems<'a> {
    /// No problems yet.
    #[must_use]
    pub fn new(source: SourceText<'a>) -> Self {
        Self {
            source,
            found: Vec::new(),
            errors: 0,
            untold: 0,
        }
    }

    /// The file.
    #[must_use]
    pub fn source(&self) -> &SourceText<'a> {
        &self.source
    }

    /// Adds one problem.
    pub fn push(&mut self, problem: Diagnostic) {
        self.errors += usize::from(problem.is_error());
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(problem);
        } else {
            self.untold += 1;
        }
    }

    /// Adds one error; it is not made when it would not be shown, so that a flood of
    /// problems costs no more than the first of them.
    pub fn push_error(&mut self, problem: impl FnOnce(&SourceText<'a>) -> Diagnostic) {
        if self.found.len() < MAX_PROBLEMS {
            let problem = problem(&self.source);
            self.push(problem);
        } else {
            self.errors += 1;
            self.untold += 1;
        }
    }

    /// Whether something was found that stops the file.
    #[must_use]
    pub fn any_error(&self) -> bool {
        self.errors > 0
    }

    /// All problems, sorted for showing.
    #[must_use]
    pub fn finish(mut self) -> Vec<Diagnostic> {
        crate::diagnostic::sort(&mut self.found);
        if let (Some(last), true) = (self.found.last_mut(), self.untold > 0) {
            let more = format!("{} more problems of this file are not shown", self.untold);
            last.notes.push(more);
        }
        self.found
    }
}
