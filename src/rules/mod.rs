//! The rules: what a post must be beyond being readable.
//!
//! Owns one table of rules, one file a rule. A rule looks at one document with its media,
//! or at all documents together, and answers with diagnostics. Must not parse, read
//! files, or know the time or what has been published.

mod alt_missing;
mod alt_too_long;
mod article_limits;
mod audience_person;
mod comment_limits;
mod content_mixed;
mod context;
mod document_title;
mod duplicate_key;
mod duplicate_text;
mod fake_bold;
mod gif_too_many_frames;
mod hashtag_cut;
mod hashtag_repeated;
mod hashtags_many;
mod image_too_many_pixels;
mod invisible_character;
mod keys_alike;
mod media_companion;
mod media_count;
mod media_damaged;
mod media_kind;
mod media_lfs_pointer;
mod media_missing;
mod media_mixed;
mod media_outside;
mod media_path;
mod media_symlink;
mod media_too_large;
mod media_unreadable;
mod mention_plain;
mod poll_limits;
mod text_empty;
mod text_too_long;
mod too_close;
mod video_limits;
mod visibility_organization;
mod wire_too_long;

#[cfg(test)]
mod table_tests;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use context::judged;
pub use context::{Collection, Context, MediaSeen};
pub(crate) use media_outside::is_private;
pub use too_close::MINUTES as CLOSE_MINUTES;

use crate::diagnostic::{Diagnostic, Severity};

/// How many minutes `too-close` asks for between two posts of an author.
pub const MINUTES_APART: i64 = too_close::MINUTES;

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Equal to the code of its diagnostics and to its anchor in the documentation.
    pub id: &'static str,
    /// How bad breaking it is; the worst, where that depends on the case.
    pub severity: Severity,
    /// What it asks for, in one line.
    pub summary: &'static str,
    check: Check,
}

/// What a rule looks at.
#[derive(Debug)]
enum Check {
    /// One document with its media.
    Document(fn(&Rule, &Context<'_>) -> Vec<Diagnostic>),
    /// All documents. An error stops every document that has a label in it.
    Collection(fn(&Rule, &Collection<'_>) -> Vec<Diagnostic>),
}

impl Rule {
    /// A problem of this rule, without place, facts or help.
    fn report(&self, message: impl Into<String>) -> Diagnostic {
        match self.severity {
            Severity::Error => Diagnostic::error(self.id, message),
            Severity::Warning => Diagnostic::warning(self.id, message),
        }
    }

    /// Where the rule is explained, from the root of the repository.
    #[must_use]
    pub fn docs_anchor(&self) -> String {
        format!("docs/diagnostics.md#{}", self.id)
    }
}

/// Every rule, sorted by id.
pub static RULES: &[&Rule] = &[
    &alt_missing::RULE,
    &alt_too_long::RULE,
    &article_limits::RULE,
    &audience_person::RULE,
    &comment_limits::RULE,
    &content_mixed::RULE,
    &document_title::RULE,
    &duplicate_key::RULE,
    &duplicate_text::RULE,
    &fake_bold::RULE,
    &gif_too_many_frames::RULE,
    &hashtag_cut::RULE,
    &hashtag_repeated::RULE,
    &hashtags_many::RULE,
    &image_too_many_pixels::RULE,
    &invisible_character::RULE,
    &keys_alike::RULE,
    &media_companion::RULE,
    &media_count::RULE,
    &media_damaged::RULE,
    &media_kind::RULE,
    &media_lfs_pointer::RULE,
    &media_missing::RULE,
    &media_mixed::RULE,
    &media_outside::RULE,
    &media_path::RULE,
    &media_symlink::RULE,
    &media_too_large::RULE,
    &media_unreadable::RULE,
    &mention_plain::RULE,
    &poll_limits::RULE,
    &text_empty::RULE,
    &text_too_long::RULE,
    &too_close::RULE,
    &video_limits::RULE,
    &visibility_organization::RULE,
    &wire_too_long::RULE,
];

/// Everything the rules for single documents say about one, in table order.
#[must_use]
pub fn check_document(context: &Context<'_>) -> Vec<Diagnostic> {
    RULES
        .iter()
        .flat_map(|rule| match rule.check {
            Check::Document(check) => check(rule, context),
            Check::Collection(_) => Vec::new(),
        })
        .collect()
}

/// Everything the rules across documents say, in table order.
#[must_use]
pub fn check_collection(collection: &Collection<'_>) -> Vec<Diagnostic> {
    RULES
        .iter()
        .flat_map(|rule| match rule.check {
            Check::Document(_) => Vec::new(),
            Check::Collection(check) => check(rule, collection),
        })
        .collect()
}
