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

// What simulates the world is the simulation's.
#[path = "../simulation/authors.rs"]
mod authors;
#[path = "../simulation/calls.rs"]
#[allow(dead_code, reason = "no mishap befalls a call here")]
mod calls;
#[path = "../simulation/clock.rs"]
#[allow(dead_code, reason = "clocks are right here")]
mod clock;
#[path = "../simulation/outside.rs"]
#[allow(dead_code, reason = "nobody meddles here")]
mod outside;
#[path = "../simulation/steps.rs"]
mod steps;

mod afterwards;
mod documents;
mod many;
mod place;
mod record;
mod together;
mod zones;
