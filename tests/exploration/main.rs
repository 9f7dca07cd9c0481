//! Every state the protocol can reach, by the real `step`, ledger entries, plan, freeze and
//! reading of duplicates, for two and three runners; and what happens without each guard.
//!
//! `MERGECAST_EXPLORATION=full` explores further (`docs/reliability.md` has the figures).
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the test reads its own environment variable, and nothing iterates over its maps"
)]

mod book;
mod guards;
mod outside;
mod promises;
mod request;
mod runner;
mod search;
mod stories;
mod world;
