//! What all JSON output has in common.
//!
//! Owns the version of the format, the form of times, and the text of a document. Must
//! not know what a document is about.

use chrono::SecondsFormat;
use serde::Serialize;

use super::clean;
use crate::model::Instant;

/// The version every document carries. New fields and new words do not change it.
pub const FORMAT_VERSION: u32 = 1;

/// A time: RFC 3339 in UTC with `Z`, whole seconds.
#[must_use]
pub fn time(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// One JSON document, indented, with a final line break.
///
/// Hidden characters and `##[` are written as `\u` escapes: the values stay the same,
/// and neither a terminal nor a workflow runner is commanded by them. All of these can
/// only stand inside strings, so replacing them in the text is safe.
#[must_use]
pub fn document<T: Serialize>(view: &T) -> String {
    let mut text = serde_json::to_string_pretty(view).unwrap_or_default();
    let commands = |c: char| c != '\n' && !matches!(c, ' '..='~') && clean::is_hidden(c);
    if !text.contains("##[") && !text.chars().any(commands) {
        text.push('\n');
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 1);
    for character in text.replace("##[", "##\\u005b").chars() {
        if character != '\n' && clean::is_hidden(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_keeps_its_value_and_loses_its_power() {
        let hostile = "::error::x\n##[group]\u{1b}[31m\u{9b}\u{202e}\u{2028}\u{7f}👩‍💻\\##[";
        let text = document(&serde_json::json!({ "text": hostile }));
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["text"], hostile);
        assert_eq!(clean::defuse(&text), text);
        assert!(!text.chars().any(|c| c != '\n' && clean::is_hidden(c)));
    }

    #[test]
    fn times_are_utc() {
        let at = "2026-09-03T10:00:00.25+02:00".parse().unwrap();
        assert_eq!(time(at), "2026-09-03T08:00:00Z");
    }
}
