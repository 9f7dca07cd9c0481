//! `keys-alike`: keys differ in more than case or the way an accent is written.
//!
//! Owns the warning about two keys that people and some file systems take for one. Must
//! not choose one of them.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{Check, Collection, Rule};
use crate::content::document::ParsedFile;
use crate::diagnostic::{Diagnostic, Label, Severity};

/// macOS and Windows keep one file of two whose names differ in case, and macOS one of two
/// whose accents are written differently; `mergecast resolve KEY` is a guess.
pub(super) static RULE: Rule = Rule {
    id: "keys-alike",
    severity: Severity::Warning,
    summary: "keys differ in more than case or the form of accents",
    check: Check::Collection(check),
};

fn check(rule: &Rule, collection: &Collection<'_>) -> Vec<Diagnostic> {
    let mut alike: BTreeMap<String, BTreeMap<&str, &ParsedFile>> = BTreeMap::new();
    for file in collection.files {
        let key = file.key.as_str();
        alike.entry(folded(key)).or_default().insert(key, file);
    }
    let several = alike.into_values().filter(|files| files.len() > 1);
    several
        .map(|files| {
            let names: Vec<String> = files.keys().map(|key| format!("`{key}`")).collect();
            let found = rule
                .report(format!(
                    "the keys {} differ only in case or in the form of accents",
                    names.join(" and ")
                ))
                .note("they are different posts here, and some file systems keep only one of such files")
                .help("give one of them another file name, or an `id`; a published post keeps the key it has");
            files
                .into_values()
                .fold(found, |found, file| found.at(Label::file(&file.path)))
        })
        .collect()
}

fn folded(key: &str) -> String {
    key.nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check_all, document, parsed};

    #[test]
    fn case_and_forms_of_accents_tell_no_keys_apart() {
        let files = [
            parsed(document("posts/Launch.md", "One")),
            parsed(document("posts/launch.md", "Two")),
            parsed(document("posts/caf\u{e9}.md", "Three")),
            parsed(document("posts/cafe\u{301}.md", "Four")),
            parsed(document("posts/other.md", "Five")),
        ];
        let found = check_all("keys-alike", &files);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found
                .iter()
                .all(|found| !found.is_error() && found.labels.len() == 2)
        );
        let names = [
            "`posts/cafe\u{301}` and `posts/caf\u{e9}`",
            "`posts/Launch` and `posts/launch`",
        ];
        for (found, names) in found.iter().zip(names) {
            assert!(found.message.contains(names), "{}", found.message);
        }
    }

    #[test]
    fn one_key_twice_is_another_rules_business() {
        let files = [
            parsed(document("posts/a.md", "One")),
            parsed(document("posts/a.md", "Two")),
        ];
        assert_eq!(check_all("keys-alike", &files), []);
    }
}
