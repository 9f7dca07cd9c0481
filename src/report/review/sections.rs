//! The parts of a review in Markdown.
//!
//! Owns layout. Everything that comes from a post passes [`markdown`]: texts in fences,
//! the rest escaped; nothing of it can ping, link, load an image, or end its block.

use std::fmt::Write as _;

use super::markdown::{Extent, Origin};
use super::words::{change, effect, hazard, headline, refusal, when};
use super::{Before, Card, Medium, Problem, Record, Review, ReviewedPost};
use crate::model::Instant;
use crate::model::urn::PostUrn;
use crate::report::diagnostics::count;
use crate::report::fold::{DESKTOP, PHONE, fold};
use crate::report::markdown::{self, code};
use crate::report::plan_markdown_sections::{help_block, help_line};
use crate::report::{post_text, times};

/// Refusals that are listed; there are two kinds.
const REFUSALS: usize = 2;
/// Reasons of one refusal that are listed.
const REASONS: usize = 5;
/// Characters of one sentence.
const SENTENCE: usize = 600;

/// A sentence of a review: not longer than one should be, and harmless.
fn said(text: &str) -> String {
    let cut: String = text.chars().take(SENTENCE).collect();
    markdown::message(&cut)
}

/// Headline, refusals, problems, and what is not known.
pub(super) fn head(review: &Review, origin: Origin, extent: &Extent) -> String {
    let mut page = format!("### mergecast: {}\n\n", headline(review));
    if origin == Origin::Fork {
        page.push_str("This comes from a run of the fork, which could say anything; the changed files decide.\n\n");
    }
    for one in review.refusals.iter().take(REFUSALS) {
        let (code_word, facts, help) = refusal(one);
        let facts: Vec<String> = facts.iter().take(REASONS).map(|fact| said(fact)).collect();
        let _ = write!(
            page,
            "**error** {}: apply would refuse this; nothing would be sent. {}\n\n{}\n\n",
            code(code_word),
            facts.join("; "),
            help_block(&help.chars().take(SENTENCE).collect::<String>())
        );
    }
    for problem in review.problems.iter().take(extent.problems) {
        page.push_str(&problem_line(problem));
    }
    let more = review.problems.len().saturating_sub(extent.problems);
    if more > 0 {
        let _ = write!(page, "{} not shown here.\n\n", count(more, "problem"));
    }
    page.push_str(match review.record {
        Record::Fetched => "",
        Record::Stale => {
            "The remote did not answer: what is published is told as this clone knew it.\n\n"
        }
        Record::Lockfile => {
            "The ledger is not known here: what is published is told by `mergecast.lock` alone.\n\n"
        }
    });
    page
}

fn problem_line(problem: &Problem) -> String {
    let severity = if problem.is_error { "error" } else { "warning" };
    let place = match (&problem.path, problem.line) {
        (Some(path), 0) => format!(" in {}", code(path)),
        (Some(path), line) => format!(" in {}, line {line}", code(path)),
        (None, _) => String::new(),
    };
    let (code, message) = (code(&problem.code), said(&problem.message));
    format!("**{severity}** {code}{place}: {message}\n\n")
}

/// The table of posts.
pub(super) fn list(review: &Review, extent: &Extent) -> String {
    let rows = extent.rows.min(review.posts.len());
    let mut page = String::new();
    if rows > 0 {
        page.push_str("| Post | Change | When | If merged now |\n|---|---|---|---|\n");
        for post in review.posts.iter().take(rows) {
            page.push_str(&row(post, review.now));
        }
    }
    if rows < review.posts.len() {
        let _ = writeln!(page, "\n{} more.", review.posts.len() - rows);
    }
    if !page.is_empty() {
        page.push('\n');
    }
    page
}

fn row(post: &ReviewedPost, now: Instant) -> String {
    let mut name = format!("**{}**<br>{}", markdown::text(&post.key), code(&post.path));
    if let Some(was) = &post.was {
        let _ = write!(name, "<br>was {}", code(was));
    }
    if let Some(urn) = post
        .live
        .as_deref()
        .and_then(|urn| PostUrn::parse(urn).ok())
    {
        // Our own link: a URN holds nothing but letters, digits and `:-_.~`.
        let _ = write!(name, "<br>[live post]({})", urn.url());
    }
    let mut time = markdown::text(&when(post.when, &post.zone, now));
    if let Some(before) = post.when_before {
        let before = markdown::text(&when(before, &post.zone, now));
        let _ = write!(time, "<br>instead of {before}");
    }
    let mut then = format!("**{}**", said(&effect(post)));
    for one in &post.hazards {
        let _ = write!(then, "<br>mind: {}", said(&hazard(one)));
    }
    if let Some(help) = &post.cause.help {
        let lines = help.split('\n').take(REASONS).map(help_line);
        let lines: Vec<String> = lines.collect();
        let _ = write!(then, "<br>help: {}", lines.join("<br>"));
    }
    format!("| {name} | {} | {time} | {then} |\n", change(post.change))
}

/// One post: what readers will see, and what else it has.
pub(super) fn section(post: &ReviewedPost, now: Instant, extent: &Extent) -> String {
    let limit = extent.text.unwrap_or_default();
    let mut page = format!(
        "#### {}\n\n{} · {}\n\n",
        markdown::text(&post.key),
        markdown::text(&format!("as {}", post.author)),
        markdown::text(&when(post.when, &post.zone, now))
    );
    if let Some(text) = &post.text {
        push_text(&mut page, text, limit);
    }
    if extent.details {
        if let Some(before) = &post.before {
            push_before(&mut page, before, post.text.as_deref());
        }
        push_media(&mut page, &post.media);
        push_rest(&mut page, post);
    } else if !post.media.is_empty() {
        let _ = write!(page, "{}.\n\n", count(post.media.len(), "media file"));
    }
    page
}

/// The text as readers will see it, in two parts where a phone cuts it off.
fn push_text(page: &mut String, text: &str, limit: usize) {
    let length = post_text::length(text);
    let _ = write!(page, "What readers will see, {length}:\n\n");
    let cut = markdown::cut(text, limit);
    let Some((shown, rest)) = fold(&cut, PHONE) else {
        let _ = write!(page, "{}\n\n", markdown::fenced(&cut, "text"));
        return;
    };
    let desktop = match fold(text, DESKTOP) {
        None => "a desktop shows all of it".to_owned(),
        Some((there, _)) => {
            let words = there.split_whitespace().count();
            format!("a desktop shows about {}", count(words, "word"))
        }
    };
    let _ = write!(
        page,
        "{}\n\n*…see more* (an estimate: a phone cuts about here, {desktop})\n\n{}\n\n",
        markdown::fenced(shown, "text"),
        markdown::fenced(rest, "text")
    );
}

/// Old, new and what differs.
fn push_before(page: &mut String, before: &Before, after: Option<&str>) {
    let title = match (before.live, after) {
        (true, Some(_)) => "live now, and what changes",
        (true, None) => "live now",
        (false, Some(_)) => "before, and what changes",
        (false, None) => "before",
    };
    let old = markdown::fenced(&before.text, "text");
    let _ = write!(page, "<details><summary>{title}</summary>\n\n{old}\n\n");
    if let Some(after) = after {
        let lines = post_text::diff(&before.text, after);
        let lines: Vec<String> = lines.iter().map(post_text::DiffLine::marked).collect();
        let _ = write!(page, "{}\n\n", markdown::fenced(&lines.join("\n"), "diff"));
    }
    page.push_str("</details>\n\n");
}

fn push_media(page: &mut String, media: &[Medium]) {
    if media.is_empty() {
        return;
    }
    page.push_str("| Media | Alt text |\n|---|---|\n");
    for one in media {
        let mut facts = vec![one.kind.clone(), size(one.bytes)];
        if let Some((width, height)) = one.pixels {
            facts.push(format!("{width}×{height}"));
        }
        if let Some(title) = &one.title {
            facts.push(format!("title: {title}"));
        }
        if one.new {
            facts.push("new here".to_owned());
        }
        let alt = one
            .alt
            .as_deref()
            .map_or("*none*".to_owned(), markdown::text);
        let facts = markdown::text(&facts.join(", "));
        let _ = writeln!(page, "| {}<br>{facts} | {alt} |", code(&one.path));
    }
    page.push('\n');
}

fn size(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} bytes"),
        1024..=1_048_575 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

/// Card, visibility and first comment.
fn push_rest(page: &mut String, post: &ReviewedPost) {
    let line = |page: &mut String, name: &str, value: &str| {
        let _ = write!(page, "{name}: {}\n\n", markdown::text(value));
    };
    match &post.card {
        Some(Card::Article {
            url,
            title,
            description,
        }) => {
            line(page, "Link card", title);
            let _ = write!(page, "{}\n\n", code(url));
            if let Some(description) = description {
                line(page, "Below it", description);
            }
        }
        Some(Card::Poll {
            question,
            options,
            duration,
        }) => {
            line(
                page,
                &format!("Poll for {}", markdown::text(duration)),
                question,
            );
            for option in options {
                let _ = writeln!(page, "- {}", markdown::text(option));
            }
            page.push('\n');
        }
        Some(Card::Reshare { urn }) => {
            let _ = write!(page, "Shares {}\n\n", code(urn));
        }
        None => {}
    }
    if let Some(visibility) = &post.visibility {
        let _ = write!(page, "Visible to: {}\n\n", code(visibility));
    }
    if let Some(comment) = &post.first_comment {
        let _ = write!(
            page,
            "First comment below it:\n\n{}\n\n",
            markdown::fenced(comment, "text")
        );
    }
}

/// What the page is as of.
pub(super) fn tail(review: &Review) -> String {
    let next = match review.next_due {
        Some(at) => format!(
            "next due: {} ({})",
            times::utc(at),
            times::relative(at, review.now)
        ),
        None => "nothing is scheduled".to_owned(),
    };
    let others = match review.others_known {
        true => "",
        false => " Other open pull requests were not looked at.",
    };
    format!(
        "As of {}; {}; {next}. Digest {}.{others}\n",
        times::utc(review.now),
        match review.unchanged {
            1 => "1 post is unchanged".to_owned(),
            unchanged => format!("{unchanged} posts are unchanged"),
        },
        code(&review.digest.chars().take(12).collect::<String>())
    )
}
