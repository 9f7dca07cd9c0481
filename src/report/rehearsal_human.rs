//! A rehearsal as people read it: conditions, timeline, what stands open, numbers.
//!
//! Owns the page. Must not word faults and hazards: see [`super::rehearsal_words`]; nor lay
//! out the timeline: see [`super::rehearsal_timeline`].

use super::clean;
use super::columns::wrapped;
use super::detail::Detail;
use super::diagnostics::count;
use super::lines::Lines;
use super::palette::{Palette, paint};
use super::rehearsal::{Open, Rehearsal, What};
use super::rehearsal_timeline::push_timeline;
use super::rehearsal_words as words;

/// The narrowest page.
const NARROWEST: usize = 60;
/// Lines of running text are not longer than this, however wide the terminal.
const LONGEST_LINE: usize = 100;

/// The whole rehearsal, for a terminal of `width` columns. [`Detail::Short`] leaves the
/// timeline out.
#[must_use]
pub fn rehearsal_human(
    rehearsal: &Rehearsal,
    detail: Detail,
    width: usize,
    palette: &Palette,
) -> String {
    let width = width.max(NARROWEST);
    let mut page = Lines::default();
    if detail > Detail::Short {
        push_conditions(&mut page, rehearsal, width, palette);
        push_timeline(&mut page, rehearsal, width, palette);
    }
    push_open(&mut page, rehearsal, width, palette);
    push_hazards(&mut page, rehearsal, width, palette);
    page.gap();
    push_end(&mut page, rehearsal, detail, width, palette);
    page.finish()
}

fn push_conditions(page: &mut Lines, rehearsal: &Rehearsal, width: usize, palette: &Palette) {
    page.push("A rehearsal: nothing is sent, and nothing is written.");
    page.gap();
    let mut row = |label: &str, text: &str| push_row(page, label, text, width, palette);
    row("From", &words::instant(rehearsal.from, rehearsal.zone));
    row("To", &words::end(rehearsal));
    row("Runs", &words::runs(rehearsal));
    row("Weather", &words::weather(rehearsal));
    if let Some(person) = words::person(rehearsal) {
        row("Person", &person);
    }
    if let Some(record) = words::record(rehearsal) {
        row("Record", &record);
    }
}

fn push_row(page: &mut Lines, label: &str, text: &str, width: usize, palette: &Palette) {
    let label = paint(palette.heading, &format!("{label:<8}"));
    push_wrapped(page, &format!("{label} "), 9, text, width);
}

/// `text` behind `label`, which is `indent` columns wide, in lines that fit the page.
pub(super) fn push_wrapped(page: &mut Lines, label: &str, indent: usize, text: &str, width: usize) {
    let room = width.min(LONGEST_LINE).saturating_sub(indent);
    let lines = wrapped(text, room).join("\n");
    page.push_hanging(label, indent, &lines);
}

/// The groups of what stands open, in the order in which people ask.
const OPEN: [What; 6] = [
    What::Refused,
    What::Unknown,
    What::Failed,
    What::Held,
    What::Due,
    What::Draft,
];

fn push_open(page: &mut Lines, rehearsal: &Rehearsal, width: usize, palette: &Palette) {
    for what in OPEN {
        let group = rehearsal.open.iter().filter(|open| open.what == what);
        let group: Vec<&Open> = group.collect();
        if group.is_empty() {
            continue;
        }
        page.gap();
        let heading = format!("{} ({})", words::open_heading(what), group.len());
        page.push(paint(palette.heading, &heading));
        for open in group {
            push_one_open(page, open, rehearsal, width, palette);
        }
    }
}

fn push_one_open(
    page: &mut Lines,
    open: &Open,
    rehearsal: &Rehearsal,
    width: usize,
    palette: &Palette,
) {
    let subject = &open.subject;
    let mut facts = Vec::new();
    if !subject.author_name.is_empty() {
        facts.push(clean::line(&subject.author_name));
    }
    if let Some(since) = open.since.filter(|_| open.what != What::Draft) {
        facts.push(format!("since {}", words::time(since, rehearsal.zone)));
    }
    page.push(format!(
        "  {}  {}",
        paint(palette.heading, &clean::line(&subject.shown_key())),
        paint(palette.dim, &facts.join(", "))
    ));
    let reason = clean::block(&open.reason.message);
    push_wrapped(page, "      ", 6, &reason, width);
    if open.what == What::Draft {
        return;
    }
    if let Some(help) = &open.help {
        // Commands are pasted, so they are never broken.
        let label = format!("      {} ", paint(palette.help, "help:"));
        match help.contains('\n') {
            true => page.push_hanging(&label, 12, &clean::block(help)),
            false => push_wrapped(page, &label, 12, &clean::block(help), width),
        }
    }
}

fn push_hazards(page: &mut Lines, rehearsal: &Rehearsal, width: usize, palette: &Palette) {
    if rehearsal.hazards.is_empty() {
        return;
    }
    page.gap();
    let heading = format!("Look at these ({})", rehearsal.hazards.len());
    page.push(paint(palette.heading, &heading));
    for hazard in &rehearsal.hazards {
        let mark = format!("  {} ", paint(palette.warning, "!"));
        push_wrapped(page, &mark, 4, &words::hazard(hazard), width);
    }
}

fn push_end(
    page: &mut Lines,
    rehearsal: &Rehearsal,
    detail: Detail,
    width: usize,
    palette: &Palette,
) {
    let tally = &rehearsal.tally;
    let mut row = |label: &str, text: &str| push_row(page, label, text, width, palette);
    row("In all", &words::summary(rehearsal));
    if let Some(worst) = words::worst(rehearsal) {
        row("Latest", &worst);
    }
    row("Unknown", &words::unknown(rehearsal));
    let twice = words::twice(rehearsal);
    match tally.second_posts {
        0 => row("Twice", &twice),
        _ => row("Twice", &paint(palette.error, &twice)),
    }
    if detail == Detail::Full {
        let requests = count(count_of(tally.requests), "request");
        let runs = count(count_of(tally.runs), "run");
        let effort =
            format!("{requests} of LinkedIn in {runs}; runs with nothing to do are passed over");
        row("Effort", &effort);
    }
    row("Exit", &words::exit(rehearsal));
}

fn count_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
