//! A plan as a pull request comment or a job summary.
//!
//! Owns what is left out, and in which order, when a plan is longer than GitHub takes.
//! Must not write text of others except through [`super::markdown`].

use super::plan_groups::PlanGroup;
use super::plan_markdown_sections::page;
use crate::diagnostic::Diagnostic;
use crate::plan::Plan;

/// The longest comment, in bytes. GitHub refuses bodies of more than 65,536 characters;
/// bytes are never fewer than characters, and some room is left for a marker.
pub const COMMENT_LIMIT: usize = 65_000;
/// The longest job summary, in bytes. GitHub takes 1 MiB for one step.
pub const SUMMARY_LIMIT: usize = 1_000_000;

/// What one version of the page shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Texts are shown for groups up to this one.
    pub(super) texts_until: Option<PlanGroup>,
    /// Characters of each text.
    pub(super) text_limit: usize,
    /// Posts are listed for groups up to this one; of the others only their number.
    pub(super) rows_until: PlanGroup,
    /// Posts listed of each group.
    pub(super) rows: usize,
    /// Problems listed.
    pub(super) diagnostics: usize,
}

const EVERYTHING: Extent = Extent {
    texts_until: Some(PlanGroup::Nothing),
    text_limit: usize::MAX,
    rows_until: PlanGroup::Nothing,
    rows: usize::MAX,
    diagnostics: usize::MAX,
};

/// From everything to the least, in the order in which people can do without: texts of
/// posts that wait, long texts, posts that nothing happens to, all texts, posts that
/// wait, the tail of what changes.
const CUTS: [Extent; 7] = [
    EVERYTHING,
    Extent {
        texts_until: Some(PlanGroup::NeedsYou),
        ..EVERYTHING
    },
    Extent {
        texts_until: Some(PlanGroup::NeedsYou),
        rows_until: PlanGroup::Later,
        text_limit: 600,
        ..EVERYTHING
    },
    Extent {
        texts_until: None,
        rows_until: PlanGroup::Later,
        ..EVERYTHING
    },
    Extent {
        texts_until: None,
        rows_until: PlanGroup::Today,
        rows: 100,
        diagnostics: 50,
        ..EVERYTHING
    },
    Extent {
        texts_until: None,
        rows_until: PlanGroup::NeedsYou,
        rows: 20,
        diagnostics: 10,
        ..EVERYTHING
    },
    Extent {
        texts_until: None,
        rows_until: PlanGroup::NeedsYou,
        rows: 0,
        diagnostics: 0,
        ..EVERYTHING
    },
];

/// The plan in at most `limit` bytes, where the bare summary fits into them; whatever
/// is left out is said.
#[must_use]
pub fn plan_markdown(plan: &Plan, diagnostics: &[Diagnostic], limit: usize) -> String {
    let mut markdown = String::new();
    for (index, extent) in CUTS.iter().enumerate() {
        markdown = page(plan, diagnostics, extent, index > 0);
        if markdown.len() <= limit {
            break;
        }
    }
    markdown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_plan_in_a_pull_request() {
        let mut plan = samples::full_plan();
        plan.items
            .retain(|item| ["launch", "stale", "typo", "autumn"].contains(&item.key.as_str()));
        let markdown = plan_markdown(&plan, &[samples::unknown_key()], COMMENT_LIMIT);
        assert_eq!(
            markdown,
            r#"### mergecast: 1 to publish, 1 to update, 1 needs you, 1 waiting

**error** <code>unknown-key</code> in <code>posts/2026-09-launch.md</code>, line 4: unknown front matter key <code>visiblity</code>

#### Publish now (1)

| Post | Author | When | Why |
|---|---|---|---|
| **launch**<br><code>posts/launch.md</code> | acme | Thu 2026-09-03 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · now | its time has come |

<details><summary><b>launch</b>: text, length 21/3000, 1 media file</summary>

```text
We ship today.

#rust
```

Media: <code>media/chart.png</code>

</details>

#### Change now (1)

| Post | Author | When | Why |
|---|---|---|---|
| **typo**<br><code>posts/typo.md</code><br>[live post](https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/) | acme | published Tue 2026-09-01 09:00:04 Europe/Berlin (CEST, UTC+2) · 07:00:04 UTC · 2 days ago | update: the text differs from the live post |

<details><summary><b>typo</b>: change, new length 7/3000</summary>

```diff
@@ -1 +1 @@
-Teh end
+The end
```

</details>

#### Needs you (1)

| Post | Author | When | Why |
|---|---|---|---|
| **stale**<br><code>posts/stale.md</code> | acme | Mon 2026-08-31 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · 3 days ago | <code>late</code> later than <code>max\_lateness</code> (24h) allows<br>**help:** give <code>posts/stale.md</code> a new <code>scheduled\_at</code>, or add <code>on\_late: publish</code> or <code>on\_late: skip</code> to it |

#### Later (1)

| Post | Author | When | Why |
|---|---|---|---|
| **autumn**<br><code>posts/autumn.md</code> | acme | Thu 2026-10-01 10:00 Europe/Berlin (CEST, UTC+2) · 08:00 UTC · in 28 days | its time has not come |

Next due: Thu 2026-09-03 18:30 Europe/Berlin (CEST, UTC+2) · 16:30 UTC · in 8 h 30 min. Digest <code>01aa9c57b296</code>.
"#
        );
    }

    #[test]
    fn hostile_text_stays_inside() {
        let markdown = plan_markdown(&samples::hostile_plan(), &[], SUMMARY_LIMIT);
        samples::assert_harmless(&markdown);
        let mut fence: Option<String> = None;
        let mut open = 0;
        for line in markdown.lines() {
            let ticks: String = line.chars().take_while(|c| *c == '`').collect();
            match &fence {
                Some(opened) if line == opened => fence = None,
                Some(_) => {}
                None if ticks.len() >= 3 => fence = Some(ticks),
                None => {
                    open += line.matches("<details>").count();
                    open -= line.matches("</details>").count();
                    assert!(!line.contains("<script"), "{line}");
                    assert!(!line.contains("@everyone"), "{line}");
                }
            }
        }
        assert_eq!((fence, open), (None, 0));
    }

    #[test]
    fn a_long_plan_is_cut_and_says_so() {
        let mut items = Vec::new();
        for number in 0..400 {
            let item = samples::full_plan().items.swap_remove(2);
            let mut item = std::sync::Arc::unwrap_or_clone(item);
            item.key = crate::model::key::PostKey::parse(&format!("post-{number}")).unwrap();
            item.text_after = Some("word ".repeat(500));
            items.push(item);
        }
        items.push(samples::published("hello"));
        let plan = samples::plan(items);
        let mut before = usize::MAX;
        for limit in [SUMMARY_LIMIT * 2, 500_000, COMMENT_LIMIT, 20_000, 800] {
            let markdown = plan_markdown(&plan, &[], limit);
            assert!(markdown.len() <= limit, "{} > {limit}", markdown.len());
            assert!(markdown.len() <= before);
            before = markdown.len();
            assert!(markdown.contains("400 to publish"));
            assert_eq!(
                markdown.contains("mergecast plan -v"),
                limit < SUMMARY_LIMIT * 2
            );
        }
    }

    #[test]
    fn an_empty_plan_is_short() {
        let markdown = plan_markdown(&samples::plan(Vec::new()), &[], COMMENT_LIMIT);
        assert!(
            markdown.starts_with("### mergecast: no posts\n\nNext due: nothing is scheduled."),
            "{markdown}"
        );
    }
}
