//! `too-close`: an author's posts leave one another room.
//!
//! Owns the distance. Must not stop a post: a launch may want two at once.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::context::label;
use super::{Check, Collection, Rule};
use crate::content::document::Document;
use crate::desired::Schedule;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Instant;

/// Two posts within half an hour compete for the same readers.
const ROOM: TimeDelta = TimeDelta::minutes(30);

/// See [`ROOM`].
pub(super) static RULE: Rule = Rule {
    id: "too-close",
    severity: Severity::Warning,
    summary: "posts of one author are at least 30 minutes apart",
    check: Check::Collection(check),
};

fn check(rule: &Rule, collection: &Collection<'_>) -> Vec<Diagnostic> {
    let mut authors: BTreeMap<_, Vec<(Instant, &Document)>> = BTreeMap::new();
    for document in collection.documents().filter(|document| !document.draft) {
        if let Schedule::At(at) = document.schedule.value {
            authors
                .entry(&document.author.value)
                .or_default()
                .push((at, document));
        }
    }
    let mut found = Vec::new();
    for posts in authors.values_mut() {
        posts.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.path.cmp(&b.1.path)));
        for pair in posts.windows(2) {
            let [(before, earlier), (after, later)] = pair else {
                continue;
            };
            if *after - *before < ROOM {
                found.push(report(rule, (*before, earlier), (*after, later)));
            }
        }
    }
    found
}

fn report(rule: &Rule, earlier: (Instant, &Document), later: (Instant, &Document)) -> Diagnostic {
    let minutes = (later.0 - earlier.0).num_minutes();
    let local = |at: Instant| {
        at.with_timezone(&later.1.zone)
            .format("%Y-%m-%d %H:%M")
            .to_string()
    };
    rule.report(format!(
        "only {minutes} min after another post of the same author"
    ))
    .at(label(later.1, later.1.schedule.span.clone(), ""))
    .note(format!(
        "`{}` goes out at {} and this one at {} ({})",
        earlier.1.key.value,
        local(earlier.0),
        local(later.0),
        later.1.zone
    ))
    .help("leave at least 30 minutes between them")
}

#[cfg(test)]
mod tests {
    use crate::desired::Schedule;
    use crate::rules::testing::{check_all, document, parsed, time};

    #[test]
    fn twenty_nine_minutes_are_too_close_and_thirty_are_not() {
        let file = |path, at| {
            let mut document = document(path, path);
            document.schedule.value = Schedule::At(time(at));
            parsed(document)
        };
        let first = file("posts/a.md", "2026-09-03T10:00:00Z");
        let close = file("posts/b.md", "2026-09-03T10:29:00Z");
        let found = check_all("too-close", &[first.clone(), close]);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("29 min"));
        let apart = file("posts/b.md", "2026-09-03T10:30:00Z");
        assert_eq!(check_all("too-close", &[first, apart]), []);
    }
}
