//! Views of the same values: for people, for scripts, for pull requests, for GitHub.
//!
//! Owns wording and layout. Must not decide anything: whatever a view shows was decided
//! before. Every view is a pure function from values to text; `now` and colours are
//! parameters.
//!
//! Text that others wrote (authors, LinkedIn, git) goes through [`clean`] before it is
//! shown: control characters never reach a terminal, workflow commands never reach a
//! runner, Markdown and HTML never reach a comment.

pub mod annotations;
pub mod apply_human;
pub mod apply_json;
pub mod apply_markdown;
pub mod clean;
mod columns;
pub mod detail;
pub mod diagnostics;
pub mod diagnostics_json;
pub mod diagnostics_markdown;
pub mod doctor;
pub mod exit;
pub mod explain;
pub mod explain_json;
pub mod fold;
pub mod frozen;
pub mod json;
mod lines;
pub mod live_comment;
pub mod markdown;
pub mod needs;
pub mod next_step;
pub mod palette;
pub mod plan_groups;
pub mod plan_human;
pub mod plan_json;
pub mod plan_markdown;
mod plan_markdown_sections;
pub mod post_text;
pub mod rehearsal;
pub mod rehearsal_human;
pub mod rehearsal_json;
pub mod rehearsal_markdown;
mod rehearsal_timeline;
mod rehearsal_words;
pub mod results;
pub mod review;
pub mod schema;
pub mod state_by_hand;
pub mod state_rebuild;
pub mod state_show;
pub mod status;
pub mod status_json;
pub mod times;
pub mod waiting;

#[cfg(test)]
mod rehearsal_samples;
#[cfg(test)]
pub(crate) mod samples;
