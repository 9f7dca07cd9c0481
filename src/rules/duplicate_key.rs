//! `duplicate-key`: every post has its own identity.
//!
//! Owns comparing keys. Must not choose which of the posts is meant: all are stopped.

use std::collections::BTreeMap;

use super::context::label;
use super::{Check, Collection, Rule};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::model::key::PostKey;

/// One key, one post.
pub(super) static RULE: Rule = Rule {
    id: "duplicate-key",
    severity: Severity::Error,
    summary: "no two posts have the same key",
    check: Check::Collection(check),
};

fn check(rule: &Rule, collection: &Collection<'_>) -> Vec<Diagnostic> {
    let mut files: BTreeMap<&PostKey, Vec<Label>> = BTreeMap::new();
    for file in collection.files {
        let place = match &file.document {
            Some(document) => label(document, document.key.span.clone(), ""),
            None => Label::file(&file.path),
        };
        files.entry(&file.key).or_default().push(place);
    }
    let mut found = Vec::new();
    for (key, places) in files.into_iter().filter(|(_, places)| places.len() > 1) {
        let mut problem = rule
            .report(format!("{} posts have the key `{key}`", places.len()))
            .note(
                "none of them can be published: the key is what keeps a post from going out twice",
            )
            .help("give each its own `id`; a published post keeps the one it has");
        for place in places {
            problem = problem.at(place);
        }
        found.push(problem);
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{broken, check_all};

    #[test]
    fn every_file_with_the_key_is_named() {
        let files = [
            broken("posts/a.md", "k"),
            broken("posts/b.md", "k"),
            broken("posts/c.md", "l"),
        ];
        let found = check_all("duplicate-key", &files);
        assert_eq!((found.len(), found[0].labels.len()), (1, 2));
        assert!(found[0].is_error());
        assert_eq!(check_all("duplicate-key", &files[1..]), []);
    }
}
