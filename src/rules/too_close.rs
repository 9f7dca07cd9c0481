//! `too-close`: an author's posts leave each other room.
//!
//! Owns the gap. Must not know the clock: two times are compared with each other only.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::context::label;
use super::{Check, Collection, Rule};
use crate::content::document::Document;
use crate::desired::Schedule;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Instant;

/// A choice, not a limit of LinkedIn: two posts within half an hour are more often one
/// time written twice than a plan.
pub const MINUTES: i64 = 30;

/// See [`MINUTES`].
pub(super) static RULE: Rule = Rule {
    id: "too-close",
    severity: Severity::Warning,
    summary: "two posts of an author are at least 30 minutes apart",
    check: Check::Collection(check),
};

fn check(rule: &Rule, collection: &Collection<'_>) -> Vec<Diagnostic> {
    let mut by_author: BTreeMap<&str, Vec<(Instant, &Document)>> = BTreeMap::new();
    for document in collection.documents().filter(|document| !document.draft) {
        if let Schedule::At(time) = document.schedule.value {
            let author = document.author.value.as_str();
            by_author.entry(author).or_default().push((time, document));
        }
    }
    let mut found = Vec::new();
    for times in by_author.values_mut() {
        times.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.path.cmp(&other.path)));
        for pair in times.windows(2) {
            let [(earlier, first), (later, second)] = pair else {
                continue;
            };
            if *later - *earlier < TimeDelta::minutes(MINUTES) {
                let name = collection.config.author_name(&second.author.value);
                found.push(report(rule, name, (*earlier, first), (*later, second)));
            }
        }
    }
    found
}

fn report(
    rule: &Rule,
    author: &str,
    (earlier, first): (Instant, &Document),
    (later, second): (Instant, &Document),
) -> Diagnostic {
    let seconds = (later - earlier).num_seconds();
    let apart = match (seconds / 60, seconds % 60) {
        (0, 0) => "at the same time".to_owned(),
        (minutes, 0) => format!("{minutes} min apart"),
        (minutes, rest) => format!("{minutes} min {rest} s apart"),
    };
    let free = (earlier + TimeDelta::minutes(MINUTES)).with_timezone(&second.zone);
    rule.report(format!("two posts of `{author}` are due {apart}"))
        .at(label(
            second,
            second.schedule.span.clone(),
            shown(later, second),
        ))
        .at(label(
            first,
            first.schedule.span.clone(),
            shown(earlier, first),
        ))
        .note(format!("`{}`: {}", first.key.value, shown(earlier, first)))
        .note(format!("`{}`: {}", second.key.value, shown(later, second)))
        .help(format!(
            "leave at least {MINUTES} minutes: `scheduled_at: {}`",
            free.format("%Y-%m-%dT%H:%M:%S%:z")
        ))
}

/// A time in the zone of its post, and in UTC.
fn shown(time: Instant, document: &Document) -> String {
    format!(
        "{} {} ({} UTC)",
        time.with_timezone(&document.zone)
            .format("%Y-%m-%d %H:%M:%S"),
        document.zone.name(),
        time.format("%Y-%m-%d %H:%M:%S")
    )
}

#[cfg(test)]
mod tests {
    use crate::content::document::{Document, ParsedFile};
    use crate::desired::Schedule;
    use crate::model::urn::AuthorUrn;
    use crate::rules::testing::{PERSON, check_all, document, parsed, time};

    fn at(file: &str, text: &str) -> Document {
        let mut post = document(file, file);
        post.schedule.value = Schedule::At(time(text));
        post
    }

    #[test]
    fn both_times_are_named_in_the_zone_of_the_author() {
        let files = [
            parsed(at("posts/a.md", "2026-09-03T08:20:00Z")),
            parsed(at("posts/b.md", "2026-09-03T08:00:00Z")),
        ];
        let found = check_all("too-close", &files);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "two posts of `acme` are due 20 min apart");
        assert_eq!(found[0].labels[0].path.as_str(), "posts/a.md");
        assert_eq!(
            found[0].labels[0].text,
            "2026-09-03 10:20:00 Europe/Berlin (2026-09-03 08:20:00 UTC)"
        );
        let help = found[0].help.as_deref().unwrap();
        assert!(
            help.ends_with("`scheduled_at: 2026-09-03T10:30:00+02:00`"),
            "{help}"
        );
    }

    #[test]
    fn the_hour_that_comes_twice_is_an_hour_apart() {
        // 02:10 summer time and 02:10 winter time in Berlin.
        let files: Vec<ParsedFile> = vec![
            parsed(at("posts/a.md", "2026-10-25T00:10:00Z")),
            parsed(at("posts/b.md", "2026-10-25T01:10:00Z")),
        ];
        assert_eq!(check_all("too-close", &files), []);
    }

    #[test]
    fn half_an_hour_another_author_or_a_draft_is_far_enough() {
        let mut other = at("posts/c.md", "2026-09-03T08:00:00Z");
        other.author.value = AuthorUrn::parse(PERSON).unwrap();
        let mut draft = at("posts/d.md", "2026-09-03T08:00:00Z");
        draft.draft = true;
        let files = [
            parsed(at("posts/a.md", "2026-09-03T08:00:00Z")),
            parsed(at("posts/b.md", "2026-09-03T08:30:00Z")),
            parsed(other),
            parsed(draft),
            parsed(document("posts/e.md", "Words")),
            parsed(document("posts/f.md", "Words")),
        ];
        assert_eq!(check_all("too-close", &files), []);
    }
}
