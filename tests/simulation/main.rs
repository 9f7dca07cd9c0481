//! Months of a team's work in a simulated world, with a crash at every step.
//!
//! The pass, its ports' contracts, the ledger, the requests and the sandbox are the real
//! ones; time, git and the wire are simulated. The truth is the sandbox's list of posts.
//! Every run is given new adapters, so nothing but the durable record goes from one to the
//! next. `CONTRIBUTING.md` says which variables play more than a usual test does.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod after_created;
mod authors;
mod calls;
mod campaign;
mod clock;
mod crashes;
mod every_call;
mod fortnight;
mod globe;
mod gone;
mod lot;
mod outside;
mod promises;
mod races;
mod scene;
mod script;
mod seeds;
mod steps;
mod stories;
mod storm;
mod together;
mod truth;
