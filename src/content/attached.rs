//! The link card, the poll or the shared post of a document.
//!
//! Owns reading `article`, `poll`, `reshare` and `audience`. Must not judge lengths,
//! mixtures or authors: those are rules.

use std::collections::BTreeMap;

use super::attachments;
use super::document::{Located, MediaReference};
use super::fields::Fields;
use super::keys::{ARTICLE, AUDIENCE, POLL};
use super::problems::Problems;
use super::suggest;
use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::attached::{ArticleCard, Attached, Poll, PollDuration};
use crate::model::audience::{Audience, Facet};
use crate::model::path::ContentPath;
use crate::model::urn::PostUrn;

/// Everything of these kinds the front matter names, in the order of the keys. What is
/// wrong has been reported and is left out.
pub(super) fn listed(
    fields: &Fields<'_>,
    path: &ContentPath,
    problems: &mut Problems<'_>,
) -> Vec<Located<Attached<MediaReference>>> {
    let found = [
        ("article", article(fields, path, problems)),
        ("poll", poll(fields)),
        ("reshare", reshare(fields, problems)),
    ];
    found
        .into_iter()
        .filter_map(|(name, value)| {
            let span = fields.key_span(name)?;
            value.map(|value| Located { value, span })
        })
        .collect()
}

fn article(
    fields: &Fields<'_>,
    path: &ContentPath,
    problems: &mut Problems<'_>,
) -> Option<Attached<MediaReference>> {
    let fields = Fields::of(fields.node("article"), ARTICLE);
    let said = |name: &str| {
        let text = fields.text(name)?.value.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let url = fields.text("url")?;
    if !is_web_address(url.value) {
        let shown = suggest::shortened(url.value);
        let problem = Diagnostic::error("article-url", format!("`{shown}` is no web address"))
            .at(problems.source().label_with(url.span, "not http or https"))
            .help("write the whole address, such as `url: https://example.com/blog/scheduler`");
        problems.push(problem);
        return None;
    }
    let thumbnail = fields
        .text("thumbnail")
        .and_then(|file| attachments::companion(&file, path, problems));
    Some(Attached::Article(ArticleCard {
        url: url.value.to_owned(),
        title: fields.text("title")?.value.trim().to_owned(),
        description: said("description"),
        thumbnail: thumbnail.map(|reference| MediaReference {
            alt: said("thumbnail_alt"),
            ..reference
        }),
    }))
}

/// An absolute `http` or `https` address that every parser reads the same way.
fn is_web_address(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') || !text.is_ascii();
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest.map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    plain && !text.contains(char::is_whitespace) && !host.is_empty() && !host.contains('@')
}

fn poll(fields: &Fields<'_>) -> Option<Attached<MediaReference>> {
    let fields = Fields::of(fields.node("poll"), POLL);
    let options = fields.list("options").iter();
    let word = fields.text("duration");
    let duration = match &word {
        None => PollDuration::default(),
        Some(word) => PollDuration::ALL
            .into_iter()
            .find(|duration| duration.as_str() == word.value)?,
    };
    Some(Attached::Poll(Poll {
        question: fields.text("question")?.value.trim().to_owned(),
        options: options
            .filter_map(|option| option.text().map(|text| text.trim().to_owned()))
            .collect(),
        duration,
    }))
}

/// A URN, or an address of the feed with the URN in it, as people copy it.
fn reshare(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Attached<MediaReference>> {
    let written = fields.text("reshare")?;
    if let Ok(urn) = PostUrn::named_by(written.value) {
        return Some(Attached::Reshare(urn));
    }
    problems.push(not_a_post(&written, problems.source()));
    None
}

fn not_a_post(written: &Located<&str>, source: &SourceText<'_>) -> Diagnostic {
    let shown = suggest::shortened(written.value);
    let activity = written.value.contains("urn:li:activity:")
        || written.value.contains("urn%3Ali%3Aactivity%3A");
    let note = if activity {
        "an activity is the feed's name for a post; LinkedIn does not reshare by it, and the two numbers differ"
    } else {
        "a post is named by `urn:li:share:` or `urn:li:ugcPost:` and digits"
    };
    Diagnostic::error("reshare-urn", format!("`{shown}` names no post"))
        .at(source.label_with(written.span.clone(), "no share or ugcPost"))
        .note(note)
        .help("for your own posts take the URN from `mergecast status`; for others choose \"Embed this post\" on LinkedIn, whose code holds it")
}

/// The followers a post is for; `None`: everybody, or what is written is wrong.
pub(super) fn audience(
    fields: &Fields<'_>,
    problems: &mut Problems<'_>,
) -> Option<Located<Audience>> {
    let span = fields.key_span("audience")?;
    let fields = Fields::of(fields.node("audience"), AUDIENCE);
    let mut facets = BTreeMap::new();
    for facet in Facet::ALL {
        let mut values = Vec::new();
        for item in fields.list(facet.as_str()) {
            let Some(text) = item.text() else { continue };
            if facet.takes(text) {
                values.push(text.to_owned());
                continue;
            }
            let (name, example) = (facet.as_str(), facet.example());
            let shown = suggest::shortened(text);
            problems.push_error(|source| {
                Diagnostic::error("audience-urn", format!("`{shown}` is no value of `{name}`"))
                    .at(source.label_with(item.span.clone(), format!("not like `{example}`")))
                    .note("LinkedIn names every value of a facet by a URN of its own kind")
                    .help(format!("write the URN, such as `{name}: [\"{example}\"]`"))
            });
        }
        if !values.is_empty() {
            facets.insert(facet, values);
        }
    }
    let value = Audience(facets);
    (!value.is_everybody()).then_some(Located { value, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses() {
        for right in [
            "https://example.com",
            "http://127.0.0.1:8080/x?y=(z)#w",
            "https://müller.example/straße",
        ] {
            assert!(is_web_address(right), "{right}");
        }
        for wrong in [
            "example.com",
            "ftp://example.com",
            "https://",
            "https:///x",
            "https://a b",
            "https://good.example@evil.example",
            "https://a\\b",
            "javascript:alert(1)",
        ] {
            assert!(!is_web_address(wrong), "{wrong}");
        }
    }
}
