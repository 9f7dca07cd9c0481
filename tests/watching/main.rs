//! The watcher as a real process: killed, stopped, raced and cut off, with real git and the
//! served sandbox. Each test takes some seconds, most of them waiting.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these tests start processes and wait for them in real time"
)]

mod crashes;
mod operations;
mod place;
mod punctual;
mod stopping;
mod wire;
