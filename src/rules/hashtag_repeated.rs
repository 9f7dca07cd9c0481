//! `hashtag-repeated`: every hashtag once.
//!
//! Owns finding the second of two. Must not stop a post.

use std::collections::BTreeMap;

use super::hashtags_many::hashtags;
use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// How many repeated words are shown: ten make the point.
const SHOWN: usize = 10;

/// Hashtags are found whatever their case, so a second one brings no reader.
pub(super) static RULE: Rule = Rule {
    id: "hashtag-repeated",
    severity: Severity::Warning,
    summary: "a post has every hashtag once",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut times: BTreeMap<String, Vec<(usize, &str)>> = BTreeMap::new();
    for (at, word) in hashtags(context) {
        times
            .entry(word.to_lowercase())
            .or_default()
            .push((at, word));
    }
    let mut repeated: Vec<_> = times.values().filter(|places| places.len() > 1).collect();
    repeated.sort();
    repeated
        .into_iter()
        .take(SHOWN)
        .filter_map(|places| {
            let (at, word) = places.get(1)?;
            let place = context.place_of(*at, &format!("#{word}"));
            Some(
                rule.report(format!(
                    "the hashtag `#{word}` stands here {} times",
                    places.len()
                ))
                .at(context.label(place, "again"))
                .help(format!("keep one `#{word}`; write the others without `#`")),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_text;

    #[test]
    fn the_second_one_is_pointed_at_whatever_its_case() {
        let found = check_text("hashtag-repeated", "We like #Rust.\n\n#rust #git #RUST");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "the hashtag `#rust` stands here 3 times");
        assert_eq!((found[0].labels[0].line, found[0].labels[0].column), (6, 1));
    }

    #[test]
    fn no_more_than_ten_are_shown_in_the_order_of_the_text() {
        let text: String = (0..40).map(|at| format!("#z{0} #z{0} ", 99 - at)).collect();
        let found = check_text("hashtag-repeated", &text);
        assert_eq!(found.len(), 10);
        assert!(found[0].message.contains("`#z99`"));
    }

    #[test]
    fn different_hashtags_are_fine() {
        assert_eq!(check_text("hashtag-repeated", "#rust #rustlang rust"), []);
    }
}
