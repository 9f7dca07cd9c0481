//! From bytes to documents: front matter, Markdown, schedule, media facts.
//!
//! Owns reading what people wrote and saying what is wrong with it. Must not read files
//! or know what has been published.

pub mod attached;
pub mod attachments;
pub mod config;
pub mod document;
pub mod duration;
pub mod fields;
pub mod front_matter;
pub mod git_names;
pub mod hashtags;
pub mod keys;
pub mod markdown;
pub mod media;
pub mod naming;
pub mod problems;
pub mod schedule;
pub mod schema;
pub mod secrets;
pub mod suggest;
pub mod unread;
mod values;
pub mod variables;
pub mod yaml;
mod yaml_problem;
