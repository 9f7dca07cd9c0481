//! The feed as a page: what readers would see, beside what was sent.
//!
//! Owns the HTML. Every text that comes from outside goes through [`escape`]. Must not use
//! scripts, inline styles or anything remote: the listener's policy forbids them.

use std::fmt::Write as _;

use super::Linkedin;
use super::little::{self, Element};
use super::posts::{Content, StoredPost};
use crate::model::Instant;
use crate::model::media::MediaKind;
use crate::model::urn::MediaUrn;

/// The style sheet.
pub(super) const STYLE: &str = include_str!("page.css");

/// The whole page, newest post first.
pub(super) fn render(linkedin: &Linkedin, now: Instant) -> String {
    let posts = || linkedin.posts().iter().rev();
    let (live, gone): (Vec<_>, Vec<_>) = posts().partition(|post| post.is_live());
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>Sandbox feed</title>\
         <link rel=\"stylesheet\" href=\"/__sandbox/style.css\"></head><body>\n",
    );
    let count = match live.len() {
        1 => "1 post".to_owned(),
        n => format!("{n} posts"),
    };
    let _ = write!(
        page,
        "<header><h1>Sandbox feed</h1><p>{count} · the sandbox's clock says {} · a local \
         LinkedIn: nothing here is public</p></header>\n<main>\n",
        clock(now)
    );
    if live.is_empty() {
        page.push_str("<p class=\"empty\">No posts yet. Run `mergecast apply --sandbox`, or publish to this address.</p>\n");
    }
    for post in live {
        article(&mut page, linkedin, post, now);
    }
    if !gone.is_empty() {
        let _ = writeln!(
            page,
            "<details class=\"gone\"><summary>{} not visible to readers</summary>",
            gone.len()
        );
        for post in gone {
            article(&mut page, linkedin, post, now);
        }
        page.push_str("</details>\n");
    }
    page.push_str("</main></body></html>\n");
    page
}

fn article(page: &mut String, linkedin: &Linkedin, post: &StoredPost, now: Instant) {
    let name = linkedin.directory.name_of(&post.author);
    let name = name.unwrap_or(post.author.as_str());
    let initial = name.chars().find(|c| c.is_alphanumeric()).unwrap_or('?');
    let state = match (post.deleted_at, post.draft) {
        (Some(at), _) => format!(" · deleted {}", clock(at)),
        (None, true) => " · draft".to_owned(),
        (None, false) => String::new(),
    };
    let edited = if post.edits > 0 { " · edited" } else { "" };
    let _ = writeln!(
        page,
        "<article id=\"{urn}\"><div class=\"author\"><span class=\"face\" aria-hidden=\"true\">\
         {initial}</span><div><strong>{name}</strong><br><small><time datetime=\"{machine}\">\
         {time}</time> · {ago} · {visibility}{edited}{state}</small></div></div>",
        urn = escape(post.urn.as_str()),
        initial = escape(&initial.to_string()),
        name = escape(name),
        machine = post.created_at.to_rfc3339(),
        time = clock(post.created_at),
        ago = ago(now - post.created_at),
        visibility = escape(&post.visibility),
    );
    commentary(page, linkedin, post);
    if let Some(content) = &post.content {
        attachment(page, linkedin, content);
    }
    if let Some(parent) = &post.parent {
        let parent = escape(parent.as_str());
        let _ = writeln!(page, "<p class=\"card\">shares <code>{parent}</code></p>");
    }
    if post.raw != post.rendered.text {
        let raw = escape(&post.raw);
        let _ = writeln!(
            page,
            "<details><summary>as sent</summary><pre>{raw}</pre></details>"
        );
    }
    for comment in linkedin.comments().iter().filter(|c| c.post == post.urn) {
        let name = linkedin.directory.name_of(&comment.actor);
        let name = name.unwrap_or(comment.actor.as_str());
        let _ = writeln!(
            page,
            "<div class=\"card\" dir=\"auto\"><small>{} comments</small><p class=\"text\">{}</p></div>",
            escape(name),
            escape(&comment.text)
        );
    }
    let _ = writeln!(
        page,
        "<footer><code>{}</code></footer></article>",
        escape(post.urn.as_str())
    );
}

/// The visible text, with what is alive in it marked.
fn commentary(page: &mut String, linkedin: &Linkedin, post: &StoredPost) {
    let rendered = &post.rendered;
    page.push_str("<p class=\"text\" dir=\"auto\">");
    let (elements, lost) = little::read(&post.raw, linkedin.settings.little_model);
    if lost == rendered.lost {
        for element in elements {
            match element {
                Element::Plain(character) => page.push_str(&escape(&character.to_string())),
                Element::Hashtag(sign, word) => {
                    let _ = write!(page, "<b class=\"alive\">{sign}{}</b>", escape(&word));
                }
                Element::Mention(name, urn) => {
                    let shown = escape(name.as_deref().unwrap_or(&urn));
                    let pair = (name.unwrap_or_default(), urn);
                    if rendered.mentions.contains(&pair) {
                        let urn = escape(&pair.1);
                        let _ = write!(page, "<b class=\"alive\" title=\"{urn}\">{shown}</b>");
                    } else {
                        page.push_str(&shown);
                    }
                }
            }
        }
    } else {
        // Shortened to the limit: the elements no longer say where it ends.
        page.push_str(&escape(&rendered.text));
    }
    page.push_str("</p>\n");
    if rendered.cut {
        let lost = escape(&rendered.lost);
        let _ = writeln!(
            page,
            "<div class=\"cut\" role=\"alert\"><strong>cut here:</strong> readers do not see \
             the rest<pre>{lost}</pre></div>"
        );
    }
}

fn attachment(page: &mut String, linkedin: &Linkedin, content: &Content) {
    let images = content.media();
    if !images.is_empty() {
        let class = if images.len() == 1 { "one" } else { "many" };
        let _ = write!(page, "<div class=\"images {class}\">");
        for (urn, alt) in images {
            medium(page, linkedin, urn, alt);
        }
        page.push_str("</div>\n");
    }
    match content {
        Content::Media(medium) if medium.id.kind() != MediaKind::Image => {
            if let Some(title) = &medium.title {
                let _ = writeln!(page, "<p><strong>{}</strong></p>", escape(title));
            }
        }
        Content::Media(_) | Content::MultiImage { .. } => {}
        Content::Article(article) => {
            let description = article.description.as_deref().unwrap_or_default();
            let _ = writeln!(
                page,
                "<div class=\"card\"><strong>{}</strong><p>{}</p><small>{}</small></div>",
                escape(&article.title),
                escape(description),
                escape(&article.source)
            );
        }
        Content::Poll(poll) => {
            let _ = write!(
                page,
                "<div class=\"card\"><strong>{}</strong><ul>",
                escape(&poll.question)
            );
            for option in &poll.options {
                let _ = write!(page, "<li>{}</li>", escape(&option.text));
            }
            let duration = escape(&poll.settings.duration);
            let _ = writeln!(page, "</ul><small>{duration}</small></div>");
        }
    }
}

fn medium(page: &mut String, linkedin: &Linkedin, urn: &MediaUrn, alt: Option<&str>) {
    let id = escape(urn.id());
    let source = format!("/__sandbox/media/{id}");
    let described = alt.filter(|alt| !alt.trim().is_empty());
    let caption = match (urn.kind(), described) {
        (MediaKind::Image | MediaKind::Captions, None) => "<em>no alt text</em>".to_owned(),
        (MediaKind::Image | MediaKind::Captions, Some(alt)) => format!("alt: {}", escape(alt)),
        (MediaKind::Video, _) => {
            let file = linkedin.files().find(|file| file.urn == *urn);
            let with = |there: bool, what: &'static str| if there { what } else { "" };
            format!(
                "video{}{}",
                with(file.is_some_and(|f| f.has_captions), ", with captions"),
                with(
                    file.is_some_and(|f| f.has_thumbnail),
                    ", with a preview image"
                ),
            )
        }
        (MediaKind::Document, _) => format!("<a href=\"{source}\">open the document</a>"),
    };
    let alt = escape(alt.unwrap_or_default());
    let shown = match (linkedin.medium(urn.id()).is_some(), urn.kind()) {
        (false, _) => format!("<p class=\"empty\">the bytes of {id} are not here</p>"),
        (true, MediaKind::Video) => {
            format!("<video src=\"{source}\" controls preload=\"metadata\"></video>")
        }
        (true, MediaKind::Document) => {
            format!("<object data=\"{source}\" type=\"application/pdf\"></object>")
        }
        (true, MediaKind::Image | MediaKind::Captions) => {
            format!("<img src=\"{source}\" alt=\"{alt}\" loading=\"lazy\">")
        }
    };
    let _ = write!(
        page,
        "<figure>{shown}<figcaption>{caption}</figcaption></figure>"
    );
}

/// Text as HTML text or attribute value.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // A browser would drop it or complain.
            '\0' => html.push('\u{FFFD}'),
            _ => html.push(character),
        }
    }
    html
}

fn clock(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn ago(past: chrono::Duration) -> String {
    let minutes = past.num_minutes();
    match minutes {
        ..0 => "in the future".to_owned(),
        0 => "now".to_owned(),
        1..60 => format!("{minutes}m"),
        60..1440 => format!("{}h", minutes / 60),
        _ => format!("{}d", minutes / 1440),
    }
}
