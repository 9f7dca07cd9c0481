//! Real processes, a real bare remote, real HTTP to the sandbox: races, `kill -9`, hooks
//! and rewritten history.
//!
//! The truth is the sandbox's list of posts, never our own record. `cargo test` runs a part;
//! `MERGECAST_REAL_GIT=full` all of it. The figures are printed (`-- --nocapture`).
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the tests start processes and print what they counted"
)]
#![cfg(unix)]

mod beginning;
mod continuity;
mod history;
mod hooks;
mod kills;
mod own_ledger;
mod place;
mod pruned;
mod race;

/// Whether everything is run.
fn full() -> bool {
    std::env::var_os("MERGECAST_REAL_GIT").is_some_and(|value| value == "full")
}
