//! Finding out that a content root was moved.
//!
//! Owns comparing the documents of a root that has no record with the records of roots that
//! are gone. Must not move a record: a person does.

use super::likeness::{RECOGNISABLE, Words, equal};
use crate::desired::DesiredPost;
use crate::model::target::Target;
use crate::record::{Elsewhere, Entry, Freeze, Ledger, State};

/// Says that a root was moved to this one. `is_there`: whether the published content has a
/// content root; where that cannot be told, it has.
#[must_use]
pub fn root_moved(
    posts: &[DesiredPost],
    ledger: &Ledger,
    is_there: &dyn Fn(&str) -> bool,
) -> Option<Freeze> {
    if !ledger.entries.is_empty() {
        return None;
    }
    let sent = |other: &&Elsewhere| {
        let entry = &other.entry;
        let counts = entry.may_be_live() || entry.state == State::Skipped;
        counts && entry.target == Target::Linkedin && !is_there(&other.root)
    };
    let gone: Vec<&Elsewhere> = ledger.elsewhere.iter().filter(sent).collect();
    // A moved folder mostly holds an unchanged post, which is found without a comparison of
    // words.
    let pair = unchanged(posts, &gone).or_else(|| recognisable(posts, &gone));
    let (post, other) = pair?;
    Some(Freeze::RootMoved {
        from: other.root.clone(),
        key: other.entry.key.clone(),
        path: post.path.clone(),
    })
}

type Pair<'a> = (&'a DesiredPost, &'a Elsewhere);

fn unchanged<'a>(posts: &'a [DesiredPost], gone: &[&'a Elsewhere]) -> Option<Pair<'a>> {
    posts.iter().find_map(|post| {
        let text = post.commentary.to_plain();
        let same = |entry: &Entry| {
            let author = post.author == entry.content.author;
            post.digest == entry.digest || author && equal(&text, &entry.content.text)
        };
        let found = gone.iter().find(|other| same(&other.entry))?;
        Some((post, *found))
    })
}

fn recognisable<'a>(posts: &'a [DesiredPost], gone: &[&'a Elsewhere]) -> Option<Pair<'a>> {
    let words = gone
        .iter()
        .map(|other| Words::of(&other.entry.content.text));
    let words: Vec<Words> = words.collect();
    posts.iter().find_map(|post| {
        let here = Words::of(&post.commentary.to_plain());
        let alike = |(other, there): &(&&Elsewhere, &Words)| {
            post.author == other.entry.content.author && here.are_alike(there, RECOGNISABLE)
        };
        let (found, _) = gone.iter().zip(&words).find(alike)?;
        Some((post, *found))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::content::{config, document};
    use crate::desired::assemble::assemble;
    use crate::model::path::ContentPath;
    use crate::record::WayOut;
    use crate::record::testing::{deleted, published, retryable, skipped};

    const WORDS: &str = "one two three four five six seven";

    fn posts(text: &str) -> Vec<DesiredPost> {
        let yaml = "version: 1\ntimezone: UTC\nauthors:\n  a: { urn: \"urn:li:organization:42\" }\ndefault_author: a\n";
        let at = |name: &str| ContentPath::parse(name).unwrap();
        let (config, _) = config::parse(yaml.as_bytes(), &at("mergecast.yaml"));
        let config = config.unwrap();
        let text = format!("---\nscheduled_at: on-merge\n---\n{text}\n");
        let file = document::parse(text.as_bytes(), &at("posts/new.md"), &config);
        let mut posts = assemble(&config, vec![file], &BTreeMap::new(), None).posts;
        for post in &mut posts {
            post.author = published("a", "x", 1).content.author;
        }
        posts
    }

    fn ledger(own: &[Entry], entry: Entry) -> Ledger {
        let other = Elsewhere {
            root: "content".to_owned(),
            entry: entry.into(),
        };
        Ledger {
            entries: own.iter().map(|e| (e.id(), e.clone())).collect(),
            elsewhere: vec![other],
            ..Ledger::default()
        }
    }

    #[test]
    fn a_root_without_records_that_says_what_a_vanished_one_said_was_moved() {
        let is_there = |root: &str| root != "content";
        let found =
            |own: &[Entry], entry: Entry| root_moved(&posts(WORDS), &ledger(own, entry), &is_there);
        for alike in [
            published("old", WORDS, 1),
            published("old", "one two three four five six eight", 1),
            skipped("old", WORDS),
        ] {
            let freeze = found(&[], alike).unwrap();
            assert_eq!(
                (freeze.code(), freeze.way_out()),
                ("root-moved", WayOut::Move)
            );
            assert!(freeze.to_string().contains("`posts/new.md`"), "{freeze}");
        }
        for other in [
            published("old", "nothing of that is in here at all", 1),
            retryable("old", WORDS),
            deleted("old", WORDS, 1),
        ] {
            assert_eq!(found(&[], other), None);
        }
        // A root that has begun, and one that is still there.
        assert_eq!(
            found(&[skipped("z", "y")], published("old", WORDS, 1)),
            None
        );
        let there = ledger(&[], published("old", WORDS, 1));
        assert_eq!(root_moved(&posts(WORDS), &there, &|_| true), None);
    }
}
