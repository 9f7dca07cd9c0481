//! GitHub: what a pull request, a job summary and a tracking issue say.
//!
//! Owns the facts of a workflow run (event, repository, token), the requests to GitHub's
//! API, and the pure decisions about comments and issues. Nothing here publishes: a
//! problem with GitHub never stops or repeats a post. Must not lay out text of posts: see
//! [`crate::report`].

pub mod api;
pub mod artifact;
pub mod changes;
pub mod context;
pub mod elsewhere;
pub mod event;
pub mod failure;
pub mod hazards;
pub mod outputs;
pub mod published;
pub mod replies;
mod requests;
pub mod sticky;
pub mod token;
pub mod tracking;
