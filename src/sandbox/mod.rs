//! A LinkedIn of one's own: requests and a time go in, answers come out.
//!
//! Owns LinkedIn's behaviour as far as it is known, written from its documentation and
//! from public reports. Must not share a line with what builds requests or text: no
//! `content`, no `linkedin`, no escaper. That independence is what makes it evidence.
//!
//! [`Linkedin`] is a value: no clock, files, network or randomness inside. [`InMemory`]
//! puts it behind [`crate::ports::Transport`], [`listener::serve`] behind a socket.

mod answer;
mod call;
mod comments;
pub mod directory;
mod encoding;
pub mod faults;
mod fields;
mod gate;
mod in_memory;
mod linkedin;
pub mod listener;
pub mod little;
mod media;
mod mint;
pub mod oauth;
mod page;
mod people;
mod posts;
mod quota;
mod request_log;
pub mod settings;
mod wire;

pub use comments::StoredComment;
pub use directory::Directory;
pub use faults::{Fault, FaultRule, FaultScript, Reply, When};
pub use in_memory::InMemory;
pub use linkedin::{Linkedin, StateError};
pub use media::{MediaForm, MediaStatus, StoredMedia};
pub use posts::{Article, Content, Medium, Poll, PollOption, PollSettings, StoredPost};
pub use request_log::LoggedRequest;
pub use settings::{DuplicateGhost, Settings};

#[cfg(test)]
mod tests;
