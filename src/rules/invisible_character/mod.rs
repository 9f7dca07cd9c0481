//! `invisible-character`: what is reviewed is what is read.
//!
//! Owns the search through a whole file and everything it sends. Must not decide which
//! characters are legal where: that is [`classify`].

mod classify;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use self::classify::{Class, Found, name, scan};
use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};

/// "Trojan Source" (CVE-2021-42574): text that reads differently from what it is. The
/// whole file is searched, since reviewers read the whole file; what entities and YAML
/// escapes make is searched too. Reordering, hidden and meaningless characters are
/// errors, stray zero width ones are warnings.
pub(super) static RULE: Rule = Rule {
    id: "invisible-character",
    severity: Severity::Error,
    summary: "there are no characters that readers and reviewers cannot see",
    check: Check::Document(check),
};

/// One kind of unwelcome character in one document.
struct Group {
    first: Found,
    origin: Origin,
    count: usize,
}

/// What the offset of a found character counts in.
enum Origin {
    /// The file.
    File,
    /// The visible text: an entity made it.
    Visible,
    /// A text of a media reference, written at these bytes: a YAML escape made it.
    Media(Range<usize>),
}

type Groups = BTreeMap<(Class, Option<char>), Group>;

fn check(_: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut groups = Groups::new();
    add(&mut groups, scan(&context.document.text), || Origin::File);
    let written: BTreeSet<_> = groups.keys().copied().collect();
    let made = |text: &str| {
        let mut found = scan(text);
        found.retain(|found| !written.contains(&group(found)));
        found
    };
    add(&mut groups, made(context.visible()), || Origin::Visible);
    for media in context.references() {
        for text in [&media.alt, &media.title].into_iter().flatten() {
            add(&mut groups, made(text), || {
                Origin::Media(media.span.clone())
            });
        }
    }
    groups
        .into_values()
        .map(|group| report(context, group))
        .collect()
}

/// Characters that are told apart are reported apart; the rest once a class.
fn group(found: &Found) -> (Class, Option<char>) {
    let apart = match found.class {
        Class::Direction | Class::Mark | Class::ZeroWidth | Class::Joiner => Some(found.character),
        Class::Tag | Class::Selector | Class::Private | Class::Control => None,
    };
    (found.class, apart)
}

fn add(groups: &mut Groups, found: Vec<Found>, origin: impl Fn() -> Origin) {
    for found in found {
        groups
            .entry(group(&found))
            .and_modify(|group| group.count += 1)
            .or_insert_with(|| Group {
                first: found,
                origin: origin(),
                count: 1,
            });
    }
}

fn report(context: &Context<'_>, group: Group) -> Diagnostic {
    let Group {
        first,
        origin,
        count,
    } = group;
    let (span, written) = match origin {
        Origin::File => (first.at..first.at + first.character.len_utf8(), true),
        Origin::Media(span) => (span, false),
        Origin::Visible => {
            let before = context.visible().get(..first.at).unwrap_or_default();
            let units = before.encode_utf16().count();
            let at = context.document.map.source_offset(units);
            (at..at.saturating_add(1), false)
        }
    };
    let named = name(first.character, first.class);
    let message = if written {
        format!("the file contains `{named}`")
    } else {
        format!("an entity or escape stands for `{named}`")
    };
    let diagnostic = match first.class.severity() {
        Severity::Error => Diagnostic::error(RULE.id, message),
        Severity::Warning => Diagnostic::warning(RULE.id, message),
    };
    let mut diagnostic = diagnostic
        .at(context.label(span, "it stands here"))
        .note(first.class.reason());
    if count > 1 {
        diagnostic = diagnostic.note(format!("there are {count} of its kind in this file"));
    }
    let path = context.document.path.as_str();
    if written && !path.contains('\'') {
        let pattern = first.class.pattern(first.character);
        diagnostic.help(format!("perl -CSD -i -pe 's/{pattern}//g' -- '{path}'"))
    } else {
        diagnostic.help("delete it")
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, check_text, document, with_media};

    #[test]
    fn one_diagnostic_a_character_with_its_first_place() {
        let found = check_text("invisible-character", "ab\u{202E}cd\u{202E}\n\u{200B}x");
        assert_eq!(found.len(), 2);
        let message = &found[0].message;
        assert_eq!(message, "the file contains `U+202E RIGHT-TO-LEFT OVERRIDE`");
        assert_eq!((found[0].labels[0].line, found[0].labels[0].column), (4, 3));
        assert!(found[0].notes[1].contains("there are 2"));
        assert_eq!(
            found[0].help.as_deref(),
            Some(r"perl -CSD -i -pe 's/\x{202E}//g' -- 'posts/a.md'")
        );
        assert!(found[0].is_error());
        assert!(!found[1].is_error(), "a zero width space is a warning");
    }

    #[test]
    fn a_thousand_tags_are_one_diagnostic() {
        let body = format!("x{}", "\u{E0041}\u{E0042}".repeat(500));
        let found = check_text("invisible-character", &body);
        assert_eq!(found.len(), 1);
        assert!(found[0].notes[1].contains("1000"));
    }

    #[test]
    fn front_matter_is_searched_too() {
        let mut post = document("posts/a.md", "Words");
        post.text = post.text.replacen("acme", "ac\u{2066}me", 1);
        let found = check("invisible-character", &post, &MediaSeen::new());
        assert_eq!(
            (found[0].labels[0].line, found[0].labels[0].column),
            (2, 11)
        );
    }

    #[test]
    fn what_an_entity_or_escape_makes_is_found() {
        let mut post = document("posts/a.md", "ab\u{202E}cd");
        post.text = post.text.replace('\u{202E}', "&#x202E;");
        let found = check("invisible-character", &post, &MediaSeen::new());
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .message
                .starts_with("an entity or escape stands for")
        );
        let mut post = with_media(document("posts/a.md", "Words"), "a.png");
        post.media[0].alt = Some("a \u{200B}chart".to_owned());
        let found = check("invisible-character", &post, &MediaSeen::new());
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("U+200B ZERO WIDTH SPACE"));
    }

    #[test]
    fn visible_text_is_fine() {
        let body = "Grüße 👩‍💻 مرحبا می‌خواهم 🏴󠁧󠁢󠁳󠁣󠁴󠁿";
        assert_eq!(check_text("invisible-character", body), []);
    }
}
