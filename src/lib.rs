//! mergecast: LinkedIn posts as reviewed files in git.
//!
//! Data flows one way: content and recorded state come in, [`plan`] turns them into a
//! value, and [`pass`] performs that value over the [`ports`]. `ARCHITECTURE.md` has the
//! picture and the table of the four rings; a test compares it with these modules.

// Ring 1, the core: pure. No clock, files, network, environment, global state, printing.
pub mod content;
pub mod desired;
pub mod diagnostic;
pub mod model;
pub mod plan;
pub mod record;
pub mod report;
pub mod rules;

// Ring 2, the ports: traits through which effects are reached.
pub mod file_bytes;
pub mod ports;

// Ring 3, the adapters: effects, and the local LinkedIn.
pub mod git;
pub mod linkedin;
pub mod sandbox;
pub mod system;

// Ring 4, the surface: what a person or a scheduler starts.
pub mod cli;
pub mod github;
pub mod pass;
pub mod rehearse;
pub mod watch;
