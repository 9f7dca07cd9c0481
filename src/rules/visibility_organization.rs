//! `visibility-organization`: a page speaks to everybody.
//!
//! Owns which author may use which visibility. Must not know the wire names.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::urn::AuthorKind;
use crate::model::visibility::Visibility;

/// LinkedIn, "Posts API", field `visibility`: organizations may use `PUBLIC`.
pub(super) static RULE: Rule = Rule {
    id: "visibility-organization",
    severity: Severity::Error,
    summary: "a post of a page is public",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let (author, visibility) = (&context.document.author.value, &context.document.visibility);
    if author.kind() == AuthorKind::Person || visibility.value == Visibility::Public {
        return Vec::new();
    }
    let name = context.config.author_name(author);
    vec![
        rule.report(format!(
            "`{name}` is a page, and a page cannot post to `{}`",
            visibility.value
        ))
        .at(context.label(visibility.span.clone(), "only `public` for a page"))
        .help("write `visibility: public`, or choose a person as `author`"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::urn::AuthorUrn;
    use crate::rules::MediaSeen;
    use crate::rules::testing::{PERSON, check, document};

    #[test]
    fn a_page_cannot_post_to_some() {
        for visibility in [Visibility::Connections, Visibility::LoggedIn] {
            let mut post = document("posts/a.md", "Words");
            post.visibility.value = visibility;
            let found = check("visibility-organization", &post, &MediaSeen::new());
            assert_eq!(found.len(), 1);
            assert!(found[0].message.starts_with("`acme` is a page"));
            post.author.value = AuthorUrn::parse(PERSON).unwrap();
            assert_eq!(
                check("visibility-organization", &post, &MediaSeen::new()),
                []
            );
        }
    }

    #[test]
    fn a_page_may_post_to_everybody() {
        let post = document("posts/a.md", "Words");
        assert_eq!(
            check("visibility-organization", &post, &MediaSeen::new()),
            []
        );
    }
}
