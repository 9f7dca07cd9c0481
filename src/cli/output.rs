//! The only place that prints.
//!
//! Owns standard output (data) and standard error (diagnostics, progress), and whether
//! they are in colour. Must not word anything: [`crate::report`] does.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the place that prints"
)]

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use super::args::ColorChoice;

/// Whether data could not be written.
static LOST: AtomicBool = AtomicBool::new(false);

/// Where a command's words go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    stdout_color: bool,
    stderr_color: bool,
}

impl Output {
    /// Decides on colour once. `no_color`: the variable `NO_COLOR` is set and not empty
    /// (<https://no-color.org>).
    pub(super) fn new(choice: ColorChoice, no_color: bool) -> Self {
        let allowed = |terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !no_color,
        };
        Self {
            stdout_color: allowed(std::io::stdout().is_terminal()),
            stderr_color: allowed(std::io::stderr().is_terminal()),
        }
    }

    /// Whether data may carry colour.
    pub(super) fn data_color(self) -> bool {
        self.stdout_color
    }

    /// Whether diagnostics may carry colour.
    pub(super) fn message_color(self) -> bool {
        self.stderr_color
    }

    /// How many columns data may have: those of the terminal, else 80.
    pub(super) fn data_width(self) -> usize {
        let size = std::io::stdout()
            .is_terminal()
            .then(terminal_size::terminal_size)
            .flatten();
        size.map_or(80, |(width, _)| usize::from(width.0))
    }

    /// Prints data. What cannot be printed stops no work; [`Self::lost`] tells.
    pub(super) fn data(self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        let Err(error) = written else { return };
        // Who closed the pipe has had enough, and needs no words about it.
        let is_news = !LOST.swap(true, Ordering::Relaxed);
        if is_news && error.kind() != std::io::ErrorKind::BrokenPipe {
            self.message(&format!(
                "error: the output could not be written: {error}\n  help: what was done is recorded; run\n    mergecast status\n"
            ));
        }
    }

    /// Whether data was lost: the disk is full, or the reader went away. A program that reads
    /// the output must not take half of it, with exit code 0, for the whole.
    pub(super) fn lost() -> bool {
        LOST.load(Ordering::Relaxed)
    }

    /// Prints a message for people.
    pub(super) fn message(self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush());
    }

    /// Whether somebody watches the messages.
    pub(super) fn is_watched(self) -> bool {
        std::io::stderr().is_terminal()
    }
}
