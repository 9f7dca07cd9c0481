//! The sections of a plan in Markdown.
//!
//! Owns the layout of headings, tables and folded texts. Must not decide what is left
//! out: that is given as an [`Extent`].

use std::fmt::Write as _;

use super::markdown::{self, code};
use super::plan_groups::{PlanGroup, groups, summary};
use super::plan_human::{due_time, guard_words, when};
use super::plan_markdown::Extent;
use super::post_text;
use super::{clean, diagnostics::count, next_step::next_step};
use crate::diagnostic::Diagnostic;
use crate::plan::{Action, Plan, PlanItem};

/// The page at one extent.
pub(super) fn page(
    plan: &Plan,
    diagnostics: &[Diagnostic],
    extent: &Extent,
    is_cut: bool,
) -> String {
    let mut page = format!("### mergecast: {}\n\n", summary(plan));
    for guard in &plan.guards {
        let (code_word, facts, help) = guard_words(guard);
        let facts: Vec<String> = facts.iter().map(|fact| markdown::message(fact)).collect();
        let _ = write!(
            page,
            "**error** {}: apply would refuse this plan; nothing would be sent. {}\n\n{}\n\n",
            code(code_word),
            facts.join("; "),
            help_block(&help)
        );
    }
    push_diagnostics(&mut page, diagnostics, extent);
    for (group, items) in groups(plan) {
        push_group(&mut page, group, &items, plan, extent);
    }
    if is_cut {
        page.push_str("Parts are left out here to stay within GitHub's limits; `mergecast plan -v` shows all of it.\n\n");
    }
    let next_due = plan.next_due.map_or_else(
        || "nothing is scheduled".to_owned(),
        |at| markdown::text(&due_time(at, plan.items.iter(), plan.now)),
    );
    let digest = code(plan.digest().short());
    let _ = writeln!(page, "Next due: {next_due}. Digest {digest}.");
    clean::defuse(&page)
}

fn push_diagnostics(page: &mut String, diagnostics: &[Diagnostic], extent: &Extent) {
    for diagnostic in diagnostics.iter().take(extent.diagnostics) {
        page.push_str(&diagnostic_line(diagnostic));
        page.push_str("\n\n");
    }
    let more = diagnostics.len().saturating_sub(extent.diagnostics);
    if more > 0 {
        let _ = write!(page, "{} not shown here.\n\n", count(more, "problem"));
    }
}

/// One problem on one line.
pub(super) fn diagnostic_line(diagnostic: &Diagnostic) -> String {
    let place = match diagnostic.labels.first() {
        Some(label) if label.line > 0 => {
            format!(" in {}, line {}", code(label.path.as_str()), label.line)
        }
        Some(label) => format!(" in {}", code(label.path.as_str())),
        None => String::new(),
    };
    format!(
        "**{}** {}{place}: {}",
        diagnostic.severity.as_str(),
        code(diagnostic.code),
        markdown::message(&diagnostic.message)
    )
}

fn push_group(
    page: &mut String,
    group: PlanGroup,
    items: &[&PlanItem],
    plan: &Plan,
    extent: &Extent,
) {
    let _ = write!(page, "#### {} ({})\n\n", group.heading(), items.len());
    let rows = if group <= extent.rows_until {
        extent.rows.min(items.len())
    } else {
        0
    };
    if rows > 0 {
        page.push_str("| Post | Author | When | Why |\n|---|---|---|---|\n");
        for item in items.iter().take(rows) {
            page.push_str(&row(item, group, plan));
        }
        if rows < items.len() {
            let _ = writeln!(page, "| … {} more | | | |", items.len() - rows);
        }
        page.push('\n');
    }
    if extent.texts_until.is_some_and(|until| group <= until) {
        for item in items {
            push_text(page, item, extent);
        }
    }
}

fn row(item: &PlanItem, group: PlanGroup, plan: &Plan) -> String {
    let mut why = markdown::message(&item.reason.message);
    if group == PlanGroup::Change {
        why = format!("{}: {why}", item.action.as_str());
    }
    if group == PlanGroup::NeedsYou {
        let step = next_step(item).map(|step| step.replace('\n', "<br>"));
        why = format!("{} {why}", code(&item.reason.code));
        if let Some(step) = step {
            let lines: Vec<String> = step.split("<br>").map(help_line).collect();
            let _ = write!(why, "<br>**help:** {}", lines.join("<br>"));
        }
    }
    let mut post = format!(
        "**{}**<br>{}",
        markdown::text(&item.shown_key()),
        code(item.path.as_str())
    );
    if let Action::Move { from, .. } = &item.action {
        let _ = write!(post, "<br>was {}", code(from.as_str()));
    }
    if let Some(urn) = &item.urn {
        // Our own link: a URN holds nothing but letters, digits and `:-_.~`.
        let _ = write!(post, "<br>[live post]({})", urn.url());
    }
    format!(
        "| {post} | {} | {} | {why} |\n",
        markdown::text(&item.author_name),
        markdown::text(&when(item, plan.now))
    )
}

/// A line of a next step; commands are indented and become code.
pub(super) fn help_line(line: &str) -> String {
    match line.strip_prefix("  ") {
        Some(command) => code(command),
        None => markdown::message(line),
    }
}

/// A next step as a paragraph.
pub(super) fn help_block(help: &str) -> String {
    let lines: Vec<String> = help.split('\n').map(help_line).collect();
    format!("**help:** {}", lines.join("<br>"))
}

fn push_text(page: &mut String, item: &PlanItem, extent: &Extent) {
    let (title, body) = match (&item.text_before, &item.text_after, &item.action) {
        (Some(before), Some(after), _) if before != after => {
            let lines: Vec<String> = post_text::diff(before, after)
                .iter()
                .map(post_text::DiffLine::marked)
                .collect();
            let cut = markdown::cut(&lines.join("\n"), extent.text_limit);
            let title = format!("change, new {}", post_text::length(after));
            (title, markdown::fenced(&cut, "diff"))
        }
        (_, Some(after), _) => {
            let cut = markdown::cut(after, extent.text_limit);
            let title = format!("text, {}", post_text::length(after));
            (title, markdown::fenced(&cut, "text"))
        }
        (Some(before), None, Action::Delete) => {
            let cut = markdown::cut(before, extent.text_limit);
            let title = "text that would be deleted".to_owned();
            (title, markdown::fenced(&cut, "text"))
        }
        (_, None, _) => return,
    };
    let media = match item.media.len() {
        0 => String::new(),
        files => format!(", {}", count(files, "media file")),
    };
    let _ = write!(
        page,
        "<details><summary><b>{}</b>: {title}{media}</summary>\n\n{body}\n\n",
        markdown::html(&item.shown_key())
    );
    if !item.media.is_empty() {
        let paths: Vec<String> = item.media.iter().map(|path| code(path.as_str())).collect();
        let _ = write!(page, "Media: {}\n\n", paths.join(", "));
    }
    page.push_str("</details>\n\n");
}
