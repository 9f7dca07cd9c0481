//! Bugs that other tools had, each as a scenario over the real pass.
//!
//! `docs/reliability.md` tells which bug elsewhere each test stands for, and which guard
//! keeps it away. The truth is the sandbox's list of posts, never our own record.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod afterwards;
mod documents;
mod many;
mod place;
mod record;
#[path = "../simulation/steps.rs"]
#[allow(
    dead_code,
    reason = "shared with the simulation, which uses more of it"
)]
mod steps;
mod together;
mod zones;
