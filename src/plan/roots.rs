//! Finding out that a content root was moved.
//!
//! Owns comparing the documents of a root that has no record with the records of roots that
//! are gone. Must not move a record: a person does.

use super::moves::likeness;
use crate::desired::DesiredPost;
use crate::model::target::Target;
use crate::record::{Elsewhere, Entry, Freeze, Ledger, State};

/// How alike two texts must be to be the same post in another root.
const ALIKE: f32 = 0.6;

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
    let pair = |alike: fn(&DesiredPost, &Entry) -> bool| {
        posts.iter().find_map(|post| {
            let found = gone.iter().find(|other| alike(post, &other.entry))?;
            Some((post, *found))
        })
    };
    // A moved folder mostly holds an unchanged post, which is found without a comparison of
    // words.
    let (post, other) = pair(is_equal).or_else(|| pair(is_alike))?;
    Some(Freeze::RootMoved {
        from: other.root.clone(),
        key: other.entry.key.clone(),
        path: post.path.clone(),
    })
}

fn is_equal(post: &DesiredPost, entry: &Entry) -> bool {
    post.digest == entry.digest
}

fn is_alike(post: &DesiredPost, entry: &Entry) -> bool {
    let (here, there) = (post.commentary.to_plain(), &entry.content.text);
    // Texts of too different lengths cannot be alike enough.
    let (short, long) = (here.len().min(there.len()), here.len().max(there.len()));
    short > 0
        && short * 4 > long
        && post.author == entry.content.author
        && likeness(&here, there) >= ALIKE
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
