//! How much a human view shows.
//!
//! Owns the three levels. Must not know which option chose one.

/// How much a human view shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The summary line, and what needs a person.
    Short,
    /// Every post that something happens to.
    #[default]
    Normal,
    /// Also each new text, a diff for each edit, and posts nothing happens to.
    Full,
}
