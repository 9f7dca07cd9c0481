//! `duplicate-key`: every key once.
//!
//! Owns the refusal of two files with one identity. Must not choose one of them.

use std::collections::BTreeMap;

use super::context::label;
use super::{Check, Collection, Rule};
use crate::content::document::ParsedFile;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::model::key::PostKey;

/// The record of what was published goes by key: with two files under one key, which of
/// them was published cannot be told. Files that are broken otherwise count too.
pub(super) static RULE: Rule = Rule {
    id: "duplicate-key",
    severity: Severity::Error,
    summary: "every post has its own key",
    check: Check::Collection(check),
};

fn check(rule: &Rule, collection: &Collection<'_>) -> Vec<Diagnostic> {
    let mut holders: BTreeMap<&PostKey, Vec<&ParsedFile>> = BTreeMap::new();
    for file in collection.files {
        holders.entry(&file.key).or_default().push(file);
    }
    holders
        .into_iter()
        .filter(|(_, files)| files.len() > 1)
        .map(|(key, files)| {
            let diagnostic = rule
                .report(format!("{} files have the key `{key}`", files.len()))
                .note("none of them is published until the keys differ")
                .help(
                    "give one of them another `id`; a post that is published keeps the key it has",
                );
            files
                .into_iter()
                .fold(diagnostic, |diagnostic, file| diagnostic.at(place(file)))
        })
        .collect()
}

fn place(file: &ParsedFile) -> Label {
    match &file.document {
        Some(document) if document.explicit_id => {
            label(document, document.key.span.clone(), "written here")
        }
        Some(document) => label(
            document,
            document.key.span.clone(),
            "the key comes from the path of this file",
        ),
        None => Label::file(&file.path),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::key::PostKey;
    use crate::rules::testing::{broken, check_all, document, parsed};

    #[test]
    fn all_files_with_one_key_are_named() {
        let mut copy = document("posts/b.md", "Other words");
        copy.key.value = PostKey::parse("posts/a").unwrap();
        copy.explicit_id = true;
        let files = [
            parsed(document("posts/a.md", "Words")),
            parsed(copy),
            broken("posts/c.md", "posts/a"),
            parsed(document("posts/d.md", "Words")),
        ];
        let found = check_all("duplicate-key", &files);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "3 files have the key `posts/a`");
        let paths: Vec<_> = found[0].labels.iter().map(|l| l.path.as_str()).collect();
        assert_eq!(paths, ["posts/a.md", "posts/b.md", "posts/c.md"]);
        assert_eq!(found[0].labels[1].text, "written here");
        assert!(found[0].is_error());
    }

    #[test]
    fn different_keys_are_fine() {
        let files = [
            parsed(document("posts/a.md", "Words")),
            parsed(document("posts/b.md", "Words")),
            broken("posts/c.md", "posts/c"),
        ];
        assert_eq!(check_all("duplicate-key", &files), []);
    }
}
