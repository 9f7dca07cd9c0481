//! `article-limits`: the texts of a link card fit.
//!
//! Owns their lengths. Must not look at the card's image: it is a media file.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::attached::{Attached, MAX_ARTICLE_DESCRIPTION, MAX_ARTICLE_TITLE};

/// LinkedIn, "Post API schema", `content.article`: a title of fewer than 400 characters, a
/// description of fewer than 4086.
pub(super) static RULE: Rule = Rule {
    id: "article-limits",
    severity: Severity::Error,
    summary: "the title and the description of an article fit",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for attached in &context.document.attached {
        let Attached::Article(card) = &attached.value else {
            continue;
        };
        let label = || context.label(attached.span.clone(), "");
        if card.title.is_empty() {
            found.push(
                rule.report("the article has an empty title")
                    .at(label())
                    .note("LinkedIn reads nothing from the page, so the card would be blank")
                    .help("write the headline as `title:` below `article:`"),
            );
        }
        let description = card.description.as_deref().unwrap_or_default();
        for (name, text, limit) in [
            ("title", card.title.as_str(), MAX_ARTICLE_TITLE),
            ("description", description, MAX_ARTICLE_DESCRIPTION),
        ] {
            let length = text.encode_utf16().count();
            if length > limit {
                let message = format!(
                    "the {name} of the article has {length} characters, {limit} are allowed"
                );
                found.push(rule.report(message).at(label()).help("shorten it"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::content::document::Located;
    use crate::model::attached::{ArticleCard, Attached};
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, document};

    fn found(title: usize, description: usize) -> Vec<String> {
        let mut post = document("posts/a.md", "Words");
        let value = Attached::Article(ArticleCard {
            url: "https://example.com".to_owned(),
            title: "t".repeat(title),
            description: Some("d".repeat(description)),
            thumbnail: None,
        });
        post.attached.push(Located { value, span: 4..16 });
        let found = check("article-limits", &post, &MediaSeen::new());
        found.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn limits_are_reached_and_not_passed() {
        assert!(found(399, 4085).is_empty());
        assert_eq!(
            found(400, 4086),
            [
                "the title of the article has 400 characters, 399 are allowed",
                "the description of the article has 4086 characters, 4085 are allowed"
            ]
        );
        assert_eq!(found(0, 1), ["the article has an empty title"]);
    }
}
