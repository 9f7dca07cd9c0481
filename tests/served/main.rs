//! End to end: the program against its own sandbox behind a socket.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests make folders and start the program"
)]

mod auth;
mod history;
mod sandbox;
