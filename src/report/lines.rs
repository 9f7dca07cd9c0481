//! A page of human output under construction.
//!
//! Owns the one way out of every human view, so that no view can forget to take the
//! power out of workflow commands. Must not know what is shown.

use super::clean;

/// Lines, in order.
#[derive(Default)]
pub(super) struct Lines(String);

impl Lines {
    /// Adds one line, or several when `text` has line breaks; trailing spaces go.
    pub(super) fn push(&mut self, text: impl AsRef<str>) {
        for line in text.as_ref().split('\n') {
            self.0.push_str(line.trim_end());
            self.0.push('\n');
        }
    }

    /// Adds `text` with `indent` before every line.
    pub(super) fn push_indented(&mut self, indent: usize, text: &str) {
        for line in text.split('\n') {
            self.push(format!("{:indent$}{line}", ""));
        }
    }

    /// Adds `label` and `text`; further lines of the text begin under its first one.
    pub(super) fn push_hanging(&mut self, label: &str, width: usize, text: &str) {
        let mut lines = text.split('\n');
        self.push(format!("{label}{}", lines.next().unwrap_or_default()));
        for line in lines {
            self.push(format!("{:width$}{line}", ""));
        }
    }

    /// Adds an empty line, unless the page is empty or ends in one.
    pub(super) fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    /// The page: ends in one line break, or is empty.
    pub(super) fn finish(self) -> String {
        let text = self.0.trim_end_matches('\n');
        if text.is_empty() {
            return String::new();
        }
        clean::defuse(&format!("{text}\n"))
    }
}
