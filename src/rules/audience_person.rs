//! `audience-person`: only pages choose their audience.
//!
//! Owns which author may use it. Must not count followers: only LinkedIn can.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::urn::AuthorKind;

/// LinkedIn, "Posts API", field `targetEntities`: organizations only.
pub(super) static RULE: Rule = Rule {
    id: "audience-person",
    severity: Severity::Error,
    summary: "only a page chooses its audience",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let author = &context.document.author.value;
    let Some(audience) = &context.document.audience else {
        return Vec::new();
    };
    if author.kind() == AuthorKind::Organization {
        return Vec::new();
    }
    let name = context.config.author_name(author);
    vec![
        rule.report(format!(
            "`{name}` is a person, and only a page chooses its audience"
        ))
        .at(context.label(audience.span.clone(), "for pages only"))
        .help("remove `audience`, or choose a page as `author`"),
    ]
}

#[cfg(test)]
mod tests {
    use crate::content::document::Located;
    use crate::model::audience::{Audience, Facet};
    use crate::model::urn::AuthorUrn;
    use crate::rules::MediaSeen;
    use crate::rules::testing::{PERSON, check, document};

    #[test]
    fn a_page_may_and_a_person_may_not() {
        let mut post = document("posts/a.md", "Words");
        let geo = (Facet::GeoLocations, vec!["urn:li:geo:1".to_owned()]);
        let value = Audience([geo].into());
        post.audience = Some(Located { value, span: 4..16 });
        assert_eq!(check("audience-person", &post, &MediaSeen::new()), []);
        post.author.value = AuthorUrn::parse(PERSON).unwrap();
        assert_eq!(check("audience-person", &post, &MediaSeen::new()).len(), 1);
    }
}
