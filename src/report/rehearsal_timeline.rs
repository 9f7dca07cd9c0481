//! The timeline of a rehearsal, in columns.
//!
//! Owns days, rows and what stands below a row. Must not decide what is told.

use anstyle::Style;
use chrono::{NaiveDate, Offset as _};
use unicode_width::UnicodeWidthStr as _;

use super::clean;
use super::columns::{cut, padded};
use super::lines::Lines;
use super::palette::{Palette, paint};
use super::rehearsal::{Event, Happening, Moment, Rehearsal, What};
use super::rehearsal_human::push_wrapped;
use super::rehearsal_words as words;
use super::times;
use crate::model::Instant;
use crate::model::zone::Tz;

/// The widest columns of keys and authors; longer ones are cut.
const KEY: usize = 30;
const AUTHOR: usize = 14;
/// The longest word of the column of what happens.
const WHAT: usize = 9;
/// With so much room left in the row, the first line of a post stands there.
const INLINE: usize = 36;

/// How wide each column is.
struct Columns {
    time: usize,
    key: usize,
    author: usize,
    width: usize,
}

impl Columns {
    fn of(rehearsal: &Rehearsal, width: usize) -> Self {
        let widest = |lengths: &mut dyn Iterator<Item = usize>, most: usize| {
            lengths.max().unwrap_or(0).min(most)
        };
        let moments = rehearsal.timeline.iter();
        let times = moments
            .clone()
            .map(|moment| time(moment, rehearsal).width());
        let happenings = moments.filter_map(happening);
        let keys = happenings.clone().map(|post| shown_key(post).width());
        let authors = happenings.map(|post| post.subject.author_name.width());
        Self {
            time: times.max().unwrap_or(0),
            key: widest(&mut keys.into_iter(), KEY),
            author: widest(&mut authors.into_iter(), AUTHOR),
            width,
        }
    }

    /// Where the column of what happens begins.
    fn what(&self) -> usize {
        2 + self.time + 2
    }

    /// Where the column of keys begins.
    fn key_at(&self) -> usize {
        self.what() + WHAT + 2
    }

    /// How much room is left behind the authors.
    fn rest(&self) -> usize {
        self.width
            .saturating_sub(self.key_at() + self.key + 2 + self.author + 2)
    }
}

fn happening(moment: &Moment) -> Option<&Happening> {
    match &moment.event {
        Event::Post(happening) => Some(happening),
        Event::Refusal { .. } | Event::Fault { .. } => None,
    }
}

fn zone_of(moment: &Moment) -> Tz {
    match &moment.event {
        Event::Post(happening) => happening.subject.zone,
        Event::Fault { zone, .. } | Event::Refusal { zone, .. } => *zone,
    }
}

fn day_of(at: Instant, rehearsal: &Rehearsal) -> NaiveDate {
    at.with_timezone(&rehearsal.zone).date_naive()
}

/// `CEST`, or `UTC+5:45` where a zone has no letters of its own.
pub(super) fn letters(at: Instant, zone: Tz) -> String {
    let there = at.with_timezone(&zone);
    let offset = || times::offset_text(there.offset().fix().local_minus_utc());
    there.offset().abbreviation().unwrap_or_else(offset)
}

/// `09:00 CEST · 07:00 UTC`; with the weekday where it is not that of the page's day.
fn time(moment: &Moment, rehearsal: &Rehearsal) -> String {
    let zone = zone_of(moment);
    let there = moment.at.with_timezone(&zone);
    if zone == Tz::UTC && rehearsal.zone == Tz::UTC {
        return there.format("%H:%M UTC").to_string();
    }
    let day = day_of(moment.at, rehearsal);
    let clock = |date: NaiveDate| if date == day { "%H:%M" } else { "%a %H:%M" };
    let local = there.format(clock(there.date_naive()));
    let utc = moment.at.format("%H:%M");
    let letters = letters(moment.at, zone);
    format!("{local} {letters} · {utc} UTC")
}

/// Every day on which something happens.
pub(super) fn push_timeline(
    page: &mut Lines,
    rehearsal: &Rehearsal,
    width: usize,
    palette: &Palette,
) {
    let columns = Columns::of(rehearsal, width);
    let first = day_of(rehearsal.from, rehearsal);
    let mut last: Option<NaiveDate> = None;
    for moment in &rehearsal.timeline {
        let day = day_of(moment.at, rehearsal);
        if last != Some(day) {
            page.gap();
            push_gap(page, last.map_or(first, next), day, palette);
            push_day(page, first, day, palette);
            last = Some(day);
        }
        push_moment(page, moment, rehearsal, &columns, palette);
    }
    page.gap();
    let rest = last.map_or(first, next);
    push_gap(page, rest, next(day_of(rehearsal.to, rehearsal)), palette);
}

fn next(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

/// Days on which nothing happens.
fn push_gap(page: &mut Lines, from: NaiveDate, to: NaiveDate, palette: &Palette) {
    let days = (to - from).num_days();
    let text = match days {
        ..=0 => return,
        1 => "  1 day with nothing".to_owned(),
        days => format!("  {days} days with nothing"),
    };
    page.push(paint(palette.dim, &text));
    page.gap();
}

/// `Thu 2026-09-03 · in 2 days`.
fn push_day(page: &mut Lines, first: NaiveDate, day: NaiveDate, palette: &Palette) {
    let date = paint(palette.heading, &day.format("%a %Y-%m-%d").to_string());
    let far = match (day - first).num_days() {
        0 => String::new(),
        1 => " · in 1 day".to_owned(),
        days => format!(" · in {days} days"),
    };
    match far.as_str() {
        "" => page.push(date),
        far => page.push(format!("{date}{}", paint(palette.dim, far))),
    }
}

fn push_moment(
    page: &mut Lines,
    moment: &Moment,
    rehearsal: &Rehearsal,
    columns: &Columns,
    palette: &Palette,
) {
    let time = padded(&time(moment, rehearsal), columns.time);
    let time = paint(palette.dim, &time);
    let start =
        |what: &str, style: Style| format!("  {time}  {}  ", paint(style, &padded(what, WHAT)));
    match &moment.event {
        Event::Post(happening) => {
            let style = style_of(happening.what, palette);
            let start = start(happening.what.as_str(), style);
            push_post(page, &start, happening, columns, palette);
        }
        Event::Fault { fault, key, zone } => {
            let start = start("fault", palette.note);
            let words = words::fault(fault, key.as_ref(), *zone);
            push_wrapped(page, &start, columns.key_at(), &words, columns.width);
        }
        Event::Refusal { reason, posts, .. } => {
            let start = start("refused", palette.error);
            let words = clean::block(&reason.message);
            push_wrapped(page, &start, columns.key_at(), &words, columns.width);
            let keys: Vec<String> = posts
                .iter()
                .map(|post| clean::line(&post.shown_key()))
                .collect();
            let words = format!("nothing goes out; these wait: {}", keys.join(", "));
            let indent = format!("{:1$}", "", columns.key_at());
            push_wrapped(page, &indent, columns.key_at(), &words, columns.width);
        }
    }
}

fn style_of(what: What, palette: &Palette) -> Style {
    match what {
        What::Published | What::Commented | What::Updated | What::Moved => palette.added,
        What::Resolved => palette.help,
        What::Deleted => palette.removed,
        What::Held | What::Due => palette.warning,
        What::Failed | What::Unknown | What::Refused => palette.error,
        What::Skipped | What::Draft => palette.dim,
    }
}

fn push_post(
    page: &mut Lines,
    start: &str,
    happening: &Happening,
    columns: &Columns,
    palette: &Palette,
) {
    let subject = &happening.subject;
    let key = padded(
        &cut(&clean::line(&shown_key(happening)), columns.key),
        columns.key,
    );
    let author = cut(&clean::line(&subject.author_name), columns.author);
    let author = padded(&author, columns.author);
    // What a person settles was shown before.
    let text = match happening.what {
        What::Resolved => String::new(),
        _ => clean::line(&subject.first_line),
    };
    let inline = columns.rest() >= INLINE;
    let mut row = format!("{start}{}  {author}", paint(palette.heading, &key));
    if inline {
        let text = quoted(&text, columns.rest());
        row = format!("{row}  {}", paint(palette.dim, &text));
    }
    page.push(row);
    let indent = columns.what();
    let blank = format!("{:indent$}", "");
    if let Some(note) = note(happening) {
        let label = format!("{blank}{}", paint(palette.warning, &note));
        page.push(label);
    }
    if let Some(why) = words::why(happening) {
        push_wrapped(page, &blank, indent, &why, columns.width);
    }
    if !inline && !text.is_empty() {
        let text = quoted(&text, columns.width.saturating_sub(indent));
        page.push(format!("{blank}{}", paint(palette.dim, &text)));
    }
}

/// The words of a post, told from ours.
fn quoted(text: &str, width: usize) -> String {
    match text {
        "" => String::new(),
        text => format!("“{}”", cut(text, width.saturating_sub(2))),
    }
}

/// A comment that goes out is called one already.
fn shown_key(happening: &Happening) -> String {
    match happening.what {
        What::Commented => happening.subject.key.to_string(),
        _ => happening.subject.shown_key(),
    }
}

/// `53 min late, due 09:00`.
fn note(happening: &Happening) -> Option<String> {
    let subject = &happening.subject;
    let late = words::late(happening)?;
    let (zone, due) = (subject.zone, subject.scheduled_at?);
    let there = due.with_timezone(&zone);
    let out = happening
        .late
        .map(|late| (due + late).with_timezone(&zone).date_naive());
    let due = match out == Some(there.date_naive()) {
        true => there.format("%H:%M").to_string(),
        false => words::time(due, zone),
    };
    Some(format!("{late}, due {due}"))
}
