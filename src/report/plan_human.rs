//! A plan as people read it in a terminal or a log.
//!
//! Owns the page: guards, groups, posts, summary. Must not list problems of content:
//! those go to another stream.

use std::sync::Arc;

use super::clean;
use super::detail::Detail;
use super::frozen::{freeze_code, freeze_facts, freeze_help};
use super::lines::Lines;
use super::next_step::next_step;
use super::palette::{Palette, paint};
use super::plan_groups::{PlanGroup, groups, summary};
use super::post_text;
use super::times;
use crate::model::Instant;
use crate::model::zone::Tz;
use crate::plan::requests::Estimate;
use crate::plan::{Action, Guard, Plan, PlanItem};

/// The whole plan. With [`Detail::Short`] only what changes or needs a person.
#[must_use]
pub fn plan_human(plan: &Plan, detail: Detail, palette: &Palette) -> String {
    let mut page = Lines::default();
    for guard in &plan.guards {
        push_guard(&mut page, guard, palette);
    }
    for (group, items) in groups(plan) {
        let urgent = group <= PlanGroup::NeedsYou;
        if detail == Detail::Short && !urgent {
            continue;
        }
        page.gap();
        let heading = format!("{} ({})", group.heading(), items.len());
        page.push(paint(palette.heading, &heading));
        for item in items {
            push_item(&mut page, item, group, plan.now, palette);
            if detail == Detail::Full {
                push_content(&mut page, item, palette);
            }
        }
    }
    page.gap();
    page.push(format!("Plan: {}.", summary(plan)));
    page.push(next_due_line(plan));
    if let Some(line) = requests_line(plan) {
        page.push(line);
    }
    let digest = format!("Digest: {}", plan.digest().short());
    page.push(paint(palette.dim, &digest));
    page.finish()
}

/// `Requests of LinkedIn: about 6 (acme 4, jane and joe 2).` Authors that publish with one
/// credential are counted together, as LinkedIn does.
pub(super) fn requests_line(plan: &Plan) -> Option<String> {
    let all: u32 = plan.requests.iter().map(|of| of.requests).sum();
    let who = match plan.requests.as_slice() {
        [] => return None,
        [only] => format!("as {}", names(only)),
        several => {
            let several = several.iter();
            let parts: Vec<String> = several
                .map(|of| format!("{} {}", names(of), of.requests))
                .collect();
            parts.join(", ")
        }
    };
    let over = plan.requests.iter().find(|of| of.is_over());
    let limit = over.and_then(|of| Some((names(of), of.limit?)));
    let limit = limit.map_or_else(String::new, |(names, limit)| {
        format!(
            "; LinkedIn allows {names} {limit} a day, and what is more waits for the next day (UTC)"
        )
    });
    Some(format!("Requests of LinkedIn: about {all} ({who}){limit}."))
}

fn names(of: &Estimate) -> String {
    let names: Vec<String> = of.authors.iter().map(|name| clean::line(name)).collect();
    names.join(" and ")
}

fn push_guard(page: &mut Lines, guard: &Guard, palette: &Palette) {
    let (code, facts, help) = guard_words(guard);
    let name = paint(palette.error, &format!("error[{code}]"));
    let refused = ": apply would refuse this plan; nothing would be sent";
    page.gap();
    page.push(format!("{name}{}", paint(palette.heading, refused)));
    for fact in facts {
        page.push_hanging(
            &format!("  {} ", paint(palette.note, "note:")),
            8,
            &clean::block(&fact),
        );
    }
    page.push_hanging(&format!("  {} ", paint(palette.help, "help:")), 8, &help);
}

/// The code of a guard, why it stops an apply, and the next step.
#[must_use]
pub fn guard_words(guard: &Guard) -> (&'static str, Vec<String>, String) {
    match guard {
        Guard::Frozen { freezes } => (
            freeze_code(freezes),
            freeze_facts(freezes),
            freeze_help(freezes),
        ),
        Guard::TooMany { changes, limit } => (
            "too-many-changes",
            vec![format!(
                "{changes} publishes, updates and deletes, and `publish.max_per_run` allows {limit}"
            )],
            format!("if that many are meant, run\n  mergecast apply --allow-changes {changes}"),
        ),
    }
}

fn push_item(page: &mut Lines, item: &PlanItem, group: PlanGroup, now: Instant, palette: &Palette) {
    let mut words = vec![format!(
        "  {} {}",
        mark(item, group, palette),
        paint(palette.heading, &clean::line(&item.shown_key()))
    )];
    if group == PlanGroup::Change {
        words.push(format!("({})", item.action.as_str()));
    }
    page.push(words.join(" "));
    let mut place = clean::line(item.path.as_str());
    if !item.author_name.is_empty() {
        place = format!("{place}, as {}", clean::line(&item.author_name));
    }
    page.push_indented(6, &paint(palette.dim, &place));
    page.push_indented(6, &when(item, now));
    if let Action::Move { from, .. } = &item.action {
        page.push_indented(6, &format!("was `{}`", clean::line(from.as_str())));
    }
    let code = match group {
        PlanGroup::NeedsYou | PlanGroup::Change => format!(" [{}]", clean::line(&item.reason.code)),
        _ => String::new(),
    };
    page.push_indented(6, &format!("{}{code}", clean::line(&item.reason.message)));
    if let Some(urn) = &item.urn {
        page.push_indented(6, &urn.url());
    }
    let step = next_step(item).filter(|_| group == PlanGroup::NeedsYou);
    if let Some(step) = step {
        let help = format!("      {} ", paint(palette.help, "help:"));
        page.push_hanging(&help, 12, &step);
    }
}

/// When a post went or goes out, three ways, saying which.
pub(super) fn when(item: &PlanItem, now: Instant) -> String {
    match item.published_at {
        Some(_) => format!("published {}", time_of(item, now)),
        None => time_of(item, now),
    }
}

/// When a post went or goes out, three ways.
pub(super) fn time_of(item: &PlanItem, now: Instant) -> String {
    match item.published_at.or(item.scheduled_at) {
        Some(at) => times::three_ways(at, item.zone, now),
        None if item.state == crate::plan::PostState::Draft => "no time".to_owned(),
        None => "on merge".to_owned(),
    }
}

fn mark(item: &PlanItem, group: PlanGroup, palette: &Palette) -> String {
    let (style, mark) = match (&item.action, group) {
        (Action::Publish | Action::Comment, _) => (palette.added, "+"),
        (Action::Update, _) => (palette.warning, "~"),
        (Action::Move { .. }, _) => (palette.warning, ">"),
        (Action::Delete, _) => (palette.removed, "-"),
        (Action::Hold, _) => (palette.warning, "!"),
        (Action::Unknown, _) => (palette.error, "?"),
        (Action::Wait | Action::None, PlanGroup::NeedsYou) => (palette.error, "x"),
        (Action::Wait | Action::None, PlanGroup::Published) => (palette.dim, "="),
        (Action::Wait | Action::None, _) => (palette.dim, "."),
    };
    paint(style, mark)
}

fn push_content(page: &mut Lines, item: &PlanItem, palette: &Palette) {
    if let Some(after) = &item.text_after {
        let length = post_text::length(after);
        page.push_indented(6, &paint(palette.dim, &format!("text, {length}:")));
        let before = item.text_before.as_deref();
        for line in post_text::in_gutter(before, after, palette) {
            page.push_indented(8, &line);
        }
    } else if let (Action::Delete, Some(before)) = (&item.action, &item.text_before) {
        page.push_indented(6, "text that would be deleted:");
        for line in post_text::in_gutter(None, before, palette) {
            page.push_indented(8, &line);
        }
    }
    for (index, path) in item.media.iter().enumerate() {
        let number = index + 1;
        page.push_indented(
            6,
            &format!("media {number}: {}", clean::line(path.as_str())),
        );
    }
}

fn next_due_line(plan: &Plan) -> String {
    plan.next_due.map_or_else(
        || "Next due: nothing is scheduled.".to_owned(),
        |at| format!("Next due: {}", due_time(at, plan.items.iter(), plan.now)),
    )
}

/// When something falls due, three ways: in the zone of the post that it is, since that
/// is whose time it is; for a time that is no post's own, in that of the first post.
pub(super) fn due_time<'a>(
    at: Instant,
    mut items: impl Iterator<Item = &'a Arc<PlanItem>> + Clone,
    now: Instant,
) -> String {
    let first = items.clone().next();
    let due = items.find(|item| item.scheduled_at == Some(at)).or(first);
    times::three_ways(at, due.map_or(Tz::UTC, |item| item.zone), now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_whole_plan() {
        let shown = plan_human(&samples::full_plan(), Detail::Normal, &Palette::plain());
        assert_eq!(
            shown,
            r#"Publish now (1)
  + launch
      posts/launch.md, as acme
      Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now
      its time has come

Change now (1)
  ~ typo (update)
      posts/typo.md, as acme
      published Tue 2026-09-01 09:00:04 Europe/Berlin (CEST, UTC+2) · 07:00:04 UTC · 2 days ago
      the text differs from the live post [text-changed]
      https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/

Needs you (2)
  ! stale
      posts/stale.md, as acme
      Mon 2026-08-31 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · 3 days ago
      later than `max_lateness` (24h) allows [late]
      help: give `posts/stale.md` a new `scheduled_at`, or add `on_late: publish` or `on_late: skip` to it
  ? lost
      posts/lost.md, as acme
      Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now
      no answer came after the request was sent [outcome-unknown]
      help: look at the author's page, then run one of
              mergecast resolve lost --published <urn>
              mergecast resolve lost --not-published

Later today (1)
  . tonight
      posts/tonight.md, as acme
      Thu 2026-09-03 18:30 Europe/Berlin (CEST, UTC+2) · 16:30 UTC · in 8 h 30 min
      its time has not come

Later (1)
  . autumn
      posts/autumn.md, as acme
      Thu 2026-10-01 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · in 28 days
      its time has not come

Published (1)
  = hello
      posts/hello.md, as acme
      published Tue 2026-09-01 09:00:04 Europe/Berlin (CEST, UTC+2) · 07:00:04 UTC · 2 days ago
      published, and unchanged since
      https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/

Drafts (1)
  . idea
      posts/idea.md, as acme
      no time
      it has no `scheduled_at`

Plan: 1 to publish, 1 to update, 2 need you, 2 waiting, 1 published, 1 draft.
Next due: Thu 2026-09-03 18:30 Europe/Berlin (CEST, UTC+2) · 16:30 UTC · in 8 h 30 min
Digest: c1c7f11e3088
"#
        );
    }

    #[test]
    fn full_detail_shows_texts_diffs_and_media() {
        let mut plan = samples::full_plan();
        plan.items.retain(|item| item.action.is_change());
        let shown = plan_human(&plan, Detail::Full, &Palette::plain());
        assert_eq!(
            shown,
            r#"Publish now (1)
  + launch
      posts/launch.md, as acme
      Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now
      its time has come
      text, length 21/3000:
        | We ship today.
        |
        | #rust
      media 1: media/chart.png

Change now (1)
  ~ typo (update)
      posts/typo.md, as acme
      published Tue 2026-09-01 09:00:04 Europe/Berlin (CEST, UTC+2) · 07:00:04 UTC · 2 days ago
      the text differs from the live post [text-changed]
      https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/
      text, length 7/3000:
        | @@ -1 +1 @@
        | -Teh end
        | +The end

Plan: 1 to publish, 1 to update.
Next due: Thu 2026-09-03 18:30 Europe/Berlin (CEST, UTC+2) · 16:30 UTC · in 8 h 30 min
Digest: 42b23656e7ac
"#
        );
    }

    #[test]
    fn a_guard_is_said_first() {
        let mut plan = samples::plan(Vec::new());
        plan.guards = vec![
            Guard::Frozen {
                freezes: vec![crate::record::Freeze::LockfileNewer { version: 2 }],
            },
            Guard::TooMany {
                changes: 12,
                limit: 10,
            },
        ];
        let shown = plan_human(&plan, Detail::Normal, &Palette::plain());
        assert_eq!(
            shown,
            r#"error[frozen]: apply would refuse this plan; nothing would be sent
  note: `mergecast.lock` has version 2, which only a newer mergecast can read
  help: use the mergecast that wrote it, or a newer one; nothing it wrote is rewritten by this one

error[too-many-changes]: apply would refuse this plan; nothing would be sent
  note: 12 publishes, updates and deletes, and `publish.max_per_run` allows 10
  help: if that many are meant, run
          mergecast apply --allow-changes 12

Plan: no posts.
Next due: nothing is scheduled.
Digest: e3b0c44298fc
"#
        );
    }

    #[test]
    fn short_detail_leaves_out_what_waits() {
        let shown = plan_human(&samples::full_plan(), Detail::Short, &Palette::plain());
        assert!(shown.contains("launch") && shown.contains("stale"));
        assert!(!shown.contains("tonight") && !shown.contains("hello"));
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        let plan = samples::hostile_plan();
        let plain = Palette::plain();
        for detail in [Detail::Short, Detail::Normal, Detail::Full] {
            samples::assert_harmless(&plan_human(&plan, detail, &plain));
        }
        let colored = plan_human(&plan, Detail::Full, &Palette::colored());
        let stripped = anstream::adapter::strip_str(&colored).to_string();
        assert_eq!(stripped, plan_human(&plan, Detail::Full, &plain));
    }
}
