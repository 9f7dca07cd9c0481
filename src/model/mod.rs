//! The words of the domain as types: keys, URNs, digests, commentary, media, configuration.
//!
//! Owns newtypes whose constructors make wrong values unrepresentable. Must not parse
//! files, decide anything, or know how values are shown.

pub mod attached;
pub mod audience;
pub mod commentary;
pub mod config;
pub mod content;
pub mod digest;
pub mod key;
pub mod listing;
pub mod little;
pub mod media;
pub mod path;
pub mod requests;
pub mod target;
pub mod urn;
pub mod utf16;
pub mod visibility;
pub mod zone;

/// An instant in UTC. Everything that decides works in this type; zones matter only
/// when a local time is read or shown.
pub type Instant = chrono::DateTime<chrono::Utc>;
