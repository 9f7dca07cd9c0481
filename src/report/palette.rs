//! The colours of human output.
//!
//! Owns which kind of thing has which style. Must not decide whether colour is wanted:
//! that is known where the terminal is.

use anstyle::{AnsiColor, Effects, Style};

/// One style for each kind of thing. [`Palette::plain`] prints no escape at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// Errors, failures, unknown outcomes.
    pub error: Style,
    /// Warnings, held posts.
    pub warning: Style,
    /// The word `note`.
    pub note: Style,
    /// The word `help`, next steps.
    pub help: Style,
    /// Headings and keys of posts.
    pub heading: Style,
    /// What is there for completeness: times, paths, line numbers.
    pub dim: Style,
    /// What will be or was published; added lines.
    pub added: Style,
    /// What will be or was deleted; removed lines.
    pub removed: Style,
}

impl Palette {
    /// No colours.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            error: Style::new(),
            warning: Style::new(),
            note: Style::new(),
            help: Style::new(),
            heading: Style::new(),
            dim: Style::new(),
            added: Style::new(),
            removed: Style::new(),
        }
    }

    /// Colours of the sixteen every terminal has, so that people's themes apply.
    #[must_use]
    pub const fn colored() -> Self {
        Self {
            error: AnsiColor::Red.on_default().effects(Effects::BOLD),
            warning: AnsiColor::Yellow.on_default().effects(Effects::BOLD),
            note: AnsiColor::Blue.on_default().effects(Effects::BOLD),
            help: AnsiColor::Cyan.on_default().effects(Effects::BOLD),
            heading: Style::new().effects(Effects::BOLD),
            dim: Style::new().effects(Effects::DIMMED),
            added: AnsiColor::Green.on_default(),
            removed: AnsiColor::Red.on_default(),
        }
    }
}

/// `text` in `style`.
#[must_use]
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_prints_no_escape() {
        assert_eq!(paint(Palette::plain().error, "x"), "x");
        assert_eq!(
            paint(Palette::colored().error, "x"),
            "\u{1b}[1m\u{1b}[31mx\u{1b}[0m"
        );
    }
}
