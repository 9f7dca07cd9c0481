//! The commands, one small file each.
//!
//! Owns what a command does with settings and output. Must not parse arguments or hold
//! rules of the domain.

pub(super) mod apply;
pub(super) mod auth;
pub(super) mod check;
pub(super) mod completions;
pub(super) mod doctor;
pub(super) mod explain;
pub(super) mod github;
pub(super) mod history;
pub(super) mod init;
pub(super) mod new;
pub(super) mod plan;
pub(super) mod resolve;
pub(super) mod sandbox;
pub(super) mod schema;
pub(super) mod state;
pub(super) mod status;
