//! From bytes to documents: front matter, Markdown, schedule, media facts.
//!
//! Owns reading what people wrote and saying what is wrong with it. Must not read files
//! or know what has been published.

pub mod config;
pub mod document;
pub mod front_matter;
pub mod markdown;
pub mod media;
pub mod schedule;
pub mod yaml;
