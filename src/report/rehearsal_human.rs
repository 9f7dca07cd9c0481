//! A rehearsal as people read it: conditions, timeline, what stands open, numbers.
//!
//! Owns the page. Must not word faults and hazards: see `rehearsal_words`; nor lay
//! out the timeline: see `rehearsal_timeline`.

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
const NARROWEST: usize = 72;
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
        if what == What::Refused {
            push_refused(page, &group, width, palette);
            continue;
        }
        for open in group {
            push_one_open(page, open, rehearsal, width, palette);
        }
    }
}

/// All of them wait for the same.
fn push_refused(page: &mut Lines, group: &[&Open], width: usize, palette: &Palette) {
    let Some(first) = group.first() else { return };
    push_wrapped(page, "  ", 2, &clean::block(&first.reason.message), width);
    let keys: Vec<String> = group
        .iter()
        .map(|open| clean::line(&open.subject.shown_key()))
        .collect();
    push_wrapped(
        page,
        "  ",
        2,
        &format!("these wait: {}", keys.join(", ")),
        width,
    );
    push_help(page, first, 2, width, palette);
}

/// Commands are pasted, so they are never broken.
fn push_help(page: &mut Lines, open: &Open, indent: usize, width: usize, palette: &Palette) {
    let Some(help) = &open.help else { return };
    let label = format!("{:indent$}{} ", "", paint(palette.help, "help:"));
    match help.contains('\n') {
        true => page.push_hanging(&label, indent + 6, &clean::block(help)),
        false => push_wrapped(page, &label, indent + 6, &clean::block(help), width),
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
    push_help(page, open, 6, width, palette);
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

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::report::rehearsal_samples::{hostile_rehearsal, rehearsal};
    use crate::report::samples;

    fn shown(detail: Detail, width: usize) -> String {
        rehearsal_human(&rehearsal(), detail, width, &Palette::plain())
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one page, to be read as a whole")]
    fn a_whole_rehearsal_in_80_columns() {
        assert_eq!(
            shown(Detail::Normal, 80),
            r#"A rehearsal: nothing is sent, and nothing is written.

From     Thu 2026-09-03 08:00 CEST · 06:00 UTC
To       Sun 2026-09-13 10:00 CEST · 08:00 UTC · in 10 days
Runs     as posts fall due, like a watcher (`--every watch`)
Weather  late-triggers,lost-answers, seed 7: the same seed brings the same
         mishaps
Person   looks at LinkedIn 1 h after an unknown outcome, and says what is true
Record   as this clone knows it, of 2026-09-02 06:00 UTC; nothing was fetched

Thu 2026-09-03
  08:00 CEST · 06:00 UTC     held       stale   acme
                             [late] it was due 14 days ago, more than 24 h
                             “What we learned about stale, in three lines and…”
  09:00 CEST · 07:00 UTC     published  launch  acme
                             “What we learned about launch, in three lines and…”
  09:00 CEST · 07:00 UTC     commented  launch  acme
                             “The script is in the repository.”

  4 days with nothing

Tue 2026-09-08 · in 5 days
  09:00 CEST · 07:00 UTC     fault      this run begins 37 min late
  09:37 CEST · 07:37 UTC     fault      LinkedIn takes `lost`, and its answer is
                                        lost
  09:37 CEST · 07:37 UTC     unknown    lost    acme
                             it may be out, and nobody knows; it is not sent
                             again by itself
                             “What we learned about lost, in three lines and a…”
  10:00 CEST · 08:00 UTC     fault      LinkedIn refuses `busy` for too many
                                        requests; its count begins anew at 00:00
                                        UTC
  10:00 CEST · 08:00 UTC     held       busy    acme
                             [rate-limited] it is tried again after Wed
                             2026-09-09 02:00
                             “What we learned about busy, in three lines and a…”
  10:37 CEST · 08:37 UTC     resolved   lost    acme
                             37 min late, due 09:00
                             a person looked: it is out, once

Wed 2026-09-09 · in 6 days
  Tue 20:30 EDT · 00:30 UTC  published  abroad  jane
                             “What we learned about abroad, in three lines and…”

  2 days with nothing

Sat 2026-09-12 · in 9 days
  10:00 CEST · 08:00 UTC     refused    3 publishes, and `publish.max_per_run`
                                        allows 2
                                        nothing goes out; these wait: a, b, c

  1 day with nothing

Refused by a guard (1)
  its time has come
  these wait: a
  help: give `posts/a.md` a new `scheduled_at`

Held at the end (1)
  stale  acme, since Thu 2026-09-03 08:00
      it was due 14 days ago, more than 24 h
      help: give `posts/stale.md` a new `scheduled_at`

Drafts, which do not go out (1)
  idea  acme
      it is marked as a draft

Look at these (5)
  ! 2 posts of `acme` go out 10 min apart: `launch` Thu 2026-09-03 09:00,
    `encore` 09:10
  ! 3 posts are due in the same second, Sat 2026-09-12 10:00, and go out one
    after the other, the last one 4 s later: `a`, `b` and `c`
  ! 163 requests of LinkedIn for `jane` on 2026-09-12 (UTC), where 150 are
    allowed
  ! LinkedIn may switch version 202509 off from 2026-09-10 on, and 3 posts are
    due then; set a newer `linkedin.api_version` in time
  ! `hello` differs from what was published; the ledger is not known here, so an
    edit is not rehearsed (`git fetch` brings it)

In all   3 posts and 1 first comment go out, 1 is refused, 1 is held, 1 is a
         draft, 2 are due after the end
Latest   37 min after its time, `lost`
Unknown  1 on the way, none at the end
Twice    no post is on LinkedIn a second time
Exit     73: a guard refuses
"#
        );
    }

    #[test]
    fn with_room_a_post_is_one_line() {
        let shown = shown(Detail::Normal, 120);
        let launch = "  09:00 CEST · 07:00 UTC     published  launch  acme  “What we learned about launch, in three lines and a half.”\n";
        assert!(shown.contains(launch), "{shown}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [72, 80, 100, 120, 200] {
            let page = shown(Detail::Full, width);
            // Commands are pasted, so they are never broken; there is none in this sample.
            for line in page.lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn short_detail_is_what_needs_somebody_and_the_numbers() {
        let shown = shown(Detail::Short, 80);
        assert!(shown.starts_with("Refused by a guard (1)\n"), "{shown}");
        assert!(!shown.contains("CEST · 07:00 UTC"), "{shown}");
    }

    #[test]
    fn hostile_words_are_shown_and_do_nothing() {
        let rehearsal = hostile_rehearsal();
        let plain = Palette::plain();
        let page = rehearsal_human(&rehearsal, Detail::Full, 80, &plain);
        samples::assert_harmless(&page);
        let colored = rehearsal_human(&rehearsal, Detail::Full, 80, &Palette::colored());
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), page);
    }

    #[test]
    fn a_second_post_is_said_as_what_it_is() {
        let mut rehearsal = rehearsal();
        rehearsal.tally.second_posts = 1;
        let page = rehearsal_human(&rehearsal, Detail::Short, 80, &Palette::plain());
        let twice = "Twice    1 second post on LinkedIn; this must never be\n";
        assert!(page.contains(twice), "{page}");
    }
}
