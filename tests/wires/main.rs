//! Broken wires: what happens to one create request when the connection does not hold.
//!
//! A proxy stands between the real HTTP client and the sandbox's listener, and counts what
//! goes over it. The truth is the sandbox's list of posts. The figures are printed
//! (`-- --nocapture`).
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the tests make sockets, start the program and print what they counted"
)]

mod answers;
mod cuts;
mod program;
mod wire;
