//! The lockfile.
