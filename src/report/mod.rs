//! Views of the same values: for people, for scripts, for pull requests, for GitHub.
//!
//! Owns wording and layout. Must not decide anything: whatever a view shows was decided
//! before.

pub mod exit;
pub mod results;
