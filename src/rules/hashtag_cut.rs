//! `hashtag-cut`: a hashtag is whole.
//!
//! Owns `_` and `-` right after a hashtag, with more of a word behind. Must not stop a
//! post: the text itself stays whole.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::commentary::Segment;

/// A hashtag is a run of letters and digits (LinkedIn, "little text format"), so
/// `#dev-rel` links `#dev`.
pub(super) static RULE: Rule = Rule {
    id: "hashtag-cut",
    severity: Severity::Warning,
    summary: "a hashtag has letters and digits only",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let segments = context.document.commentary.segments();
    let tags = super::hashtags_many::hashtags(context);
    let behind = segments.iter().zip(segments.iter().skip(1));
    let behind = behind.filter_map(|(segment, next)| match (segment, next) {
        (Segment::Hashtag(_), next) => Some(Some(next)),
        _ => None,
    });
    let behind = behind.chain([None]);
    tags.into_iter()
        .zip(behind)
        .filter_map(|((at, word), next)| {
            let Some(Segment::Text(text)) = next else {
                return None;
            };
            let sign = text.chars().next().filter(|sign| "_-".contains(*sign))?;
            let rest: String = text.chars().take_while(|c| is_part(*c)).collect();
            let joined = format!("{word}{}", rest.replace(['_', '-'], ""));
            if joined.len() == word.len() {
                return None;
            }
            let meant = format!("#{word}{rest}");
            Some(
                rule.report(format!(
                    "`{meant}` ends at `{sign}`: the hashtag is `#{word}`"
                ))
                .at(context.label(context.place_of(at, &meant), "only its beginning is linked"))
                .help(format!("write `#{joined}`")),
            )
        })
        .collect()
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || "_-".contains(character)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_text;

    #[test]
    fn the_hashtag_readers_get_is_named() {
        let found = check_text(
            "hashtag-cut",
            "We do #dev-rel_work, and #ok.\n\n#snake_case",
        );
        let messages: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "`#dev-rel_work` ends at `-`: the hashtag is `#dev`",
                "`#snake_case` ends at `_`: the hashtag is `#snake`"
            ]
        );
        assert_eq!(found[0].help.as_deref(), Some("write `#devrelwork`"));
        assert_eq!((found[0].labels[0].line, found[0].labels[0].column), (4, 7));
    }

    #[test]
    fn a_dash_after_a_whole_hashtag_is_fine() {
        for text in [
            "#rust - and more",
            "#rust-",
            "#rust -- #go",
            "#rust's",
            "see #rust",
        ] {
            assert_eq!(check_text("hashtag-cut", text), [], "{text}");
        }
    }
}
