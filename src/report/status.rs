//! Where every post stands, as people read it.
//!
//! Owns the list. Must not hide a post.

use unicode_width::UnicodeWidthStr as _;

use super::clean;
use super::frozen::{freeze_code, freeze_facts, freeze_help};
use super::lines::Lines;
use super::next_step::next_step;
use super::palette::{Palette, paint};
use super::plan_groups::{PlanGroup, summary};
use super::plan_human::when;
use super::times;
use crate::model::Instant;
use crate::plan::{Guard, Plan, PlanItem, PostState};

/// The widest column of keys; longer keys push the rest of their line to the right.
const KEY_COLUMN: usize = 40;

/// How new the record is that a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It was fetched for this view.
    Fetched,
    /// The remote was not reached: what this clone knew before, and since when if known.
    Local {
        /// When the record was last read from the remote, or last written.
        since: Option<Instant>,
    },
}

impl Freshness {
    /// `as of …`, where that needs to be said.
    #[must_use]
    pub fn notice(self, now: Instant) -> Option<String> {
        match self {
            Freshness::Fetched => None,
            Freshness::Local { since: Some(at) } => Some(format!(
                "as of {} ({}): the remote was not reached",
                times::utc(at),
                times::relative(at, now)
            )),
            Freshness::Local { since: None } => {
                Some("as of the last fetch of this clone: the remote was not reached".to_owned())
            }
        }
    }
}

/// One line a post, and a second one where there is something to look at: the address
/// of a live post, or the reason and next step of one that needs a person.
#[must_use]
pub fn status_human(plan: &Plan, freshness: Freshness, palette: &Palette) -> String {
    let mut page = Lines::default();
    if let Some(notice) = freshness.notice(plan.now) {
        page.push(paint(palette.warning, &notice));
        page.gap();
    }
    push_freezes(&mut page, plan, palette);
    let widest = plan.items.iter().map(|item| item.shown_key().width());
    let column = widest.max().unwrap_or(0).min(KEY_COLUMN);
    for item in &plan.items {
        push_item(&mut page, item, column, plan.now, palette);
    }
    page.gap();
    page.push(format!("{}.", summary(plan)));
    page.finish()
}

/// What keeps every post from going out comes before the posts.
fn push_freezes(page: &mut Lines, plan: &Plan, palette: &Palette) {
    for guard in &plan.guards {
        let Guard::Frozen { freezes } = guard else {
            continue;
        };
        let name = paint(palette.error, &format!("error[{}]", freeze_code(freezes)));
        page.push(format!(
            "{name}: publishing is frozen: the record is not whole"
        ));
        for fact in freeze_facts(freezes) {
            let note = format!("  {} ", paint(palette.note, "note:"));
            page.push_hanging(&note, 8, &clean::block(&fact));
        }
        let help = format!("  {} ", paint(palette.help, "help:"));
        page.push_hanging(&help, 8, &freeze_help(freezes));
        page.gap();
    }
}

fn push_item(page: &mut Lines, item: &PlanItem, column: usize, now: Instant, palette: &Palette) {
    let key = clean::line(&item.shown_key());
    let padding = column.saturating_sub(key.width());
    let state = format!("{:<10}", item.state.as_str());
    let author = match clean::line(&item.author_name) {
        name if name.is_empty() => name,
        name => format!(", as {name}"),
    };
    page.push(format!(
        "{}  {}{:padding$}  {}{author}",
        paint(state_style(item.state, palette), &state),
        paint(palette.heading, &key),
        "",
        when(item, now)
    ));
    if let Some(urn) = &item.urn {
        page.push_indented(12, &paint(palette.dim, &urn.url()));
    }
    if PlanGroup::of(item, now) == PlanGroup::NeedsYou {
        let code = clean::line(&item.reason.code);
        let why = format!("[{code}] {}", clean::block(&item.reason.message));
        page.push_indented(12, &why);
        if let Some(step) = next_step(item) {
            let help = format!("            {} ", paint(palette.help, "help:"));
            page.push_hanging(&help, 18, &step);
        }
    }
}

fn state_style(state: PostState, palette: &Palette) -> anstyle::Style {
    match state {
        PostState::Due | PostState::Published => palette.added,
        PostState::Held | PostState::Publishing => palette.warning,
        PostState::Unknown | PostState::Failed => palette.error,
        PostState::Deleted => palette.removed,
        PostState::Draft | PostState::Scheduled | PostState::Skipped | PostState::Orphaned => {
            palette.dim
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn every_post_has_its_line() {
        let shown = status_human(
            &samples::full_plan(),
            Freshness::Local {
                since: Some(samples::at("2026-09-03T07:00:00Z")),
            },
            &Palette::plain(),
        );
        assert_eq!(
            shown,
            r#"as of 2026-09-03 07:00 UTC (1 h ago): the remote was not reached

published   hello    published Tue 2026-09-01 09:00:04 Europe/Berlin (CEST, UTC+2) · 07:00:04 UTC · 2 days ago, as acme
            https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/
held        stale    Mon 2026-08-31 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · 3 days ago, as acme
            [late] later than `max_lateness` (24h) allows
            help: give `posts/stale.md` a new `scheduled_at`, or add `on_late: publish` or `on_late: skip` to it
due         launch   Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now, as acme
unknown     lost     Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now, as acme
            [outcome-unknown] no answer came after the request was sent
            help: look at the author's page, then run one of
                    mergecast resolve lost --published <urn>
                    mergecast resolve lost --not-published
published   typo     published Tue 2026-09-01 09:00:04 Europe/Berlin (CEST, UTC+2) · 07:00:04 UTC · 2 days ago, as acme
            https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/
scheduled   tonight  Thu 2026-09-03 18:30 Europe/Berlin (CEST, UTC+2) · 16:30 UTC · in 8 h 30 min, as acme
scheduled   autumn   Thu 2026-10-01 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · in 28 days, as acme
draft       idea     no time, as acme

1 to publish, 1 to update, 2 need you, 2 waiting, 1 published, 1 draft.
"#
        );
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        let plan = samples::hostile_plan();
        samples::assert_harmless(&status_human(&plan, Freshness::Fetched, &Palette::plain()));
    }
}
