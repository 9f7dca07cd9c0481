//! This machine: files, the environment, the clock, randomness.
//!
//! Owns what a pass needs of the computer it runs on. Must not know git, and must not
//! decide anything.

pub mod clock;
pub mod entropy;
pub mod environment;
pub mod few_connections;
pub mod file_events;
pub mod files;
mod held;
pub mod http;
mod in_time;
pub mod journal_file;
pub mod journal_memory;
pub mod ledger_directory;
pub mod ledger_memory;
pub mod lockfile_file;
pub mod repository_memory;
pub mod service;
pub mod signals;
pub mod status_server;
pub mod vault_file;
pub mod work_tree;

pub use clock::SystemClock;
pub use entropy::SystemEntropy;
pub use environment::Environment;
pub use file_events::FileEvents;
pub use journal_file::FileJournal;
pub use journal_memory::MemoryJournal;
pub use ledger_directory::DirectoryLedger;
pub use ledger_memory::{LedgerFault, MemoryLedger, MemoryRemote};
pub use lockfile_file::FileLockfile;
pub use repository_memory::{MemoryContent, MemoryLockfile, MemoryRepository};
pub use service::ServiceManager;
pub use signals::Signals;
pub use vault_file::VaultFile;
pub use work_tree::WorkTree;
