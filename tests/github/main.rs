//! The commands of a GitHub workflow, end to end: the program, real git, its own sandbox
//! for LinkedIn, and a GitHub behind a socket that refuses what a read-only token may not.
//! What people get is compared whole with `expected/`; `UPDATE_EXPECTED=1` writes what was
//! found, to be read before it is committed.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "the tests make folders and start the program"
)]

mod fake;
mod fork;
mod hostile;
mod publish;
mod review;
#[allow(dead_code, reason = "shared with the tests of logins")]
#[path = "../served/sandbox.rs"]
mod sandbox;
mod scene;
mod tokens;
