//! git: the published content, the ledger and the lockfile as they stand in a repository.
//!
//! Owns everything that knows what a commit is. Reading goes through `gix`, in this
//! process; fetching and pushing go through the `git` program, which brings the user's own
//! credentials, proxies and ssh. Never touches the work tree, the index, or a checked-out
//! branch, and must not decide what is published.

pub mod base;
pub mod checkout;
pub mod command;
mod commits;
mod configuration;
mod diagnosis;
mod failure;
mod fetch;
mod history;
mod large_files;
mod ledger_local;
pub mod ledger_offline;
pub mod ledger_remote;
mod ledger_tree;
pub mod lockfile;
mod objects;
mod patience;
mod process;
pub mod published;
mod push;
pub mod repository;
mod temporary;
mod tree;
mod words;

pub use base::{AtBase, BaseError, at_base};
pub use checkout::IndexKind;
pub use ledger_local::LocalLedger;
pub use ledger_offline::{OfflineLedger, offline_ledger};
pub use ledger_remote::RemoteLedger;
pub use lockfile::RemoteLockfile;
pub use published::{PublishedContent, content_at, content_in};
pub use repository::{Repository, RepositoryError, accepts};
