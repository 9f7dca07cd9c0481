//! The comment on the pull request that brought a post: where the post is now.
//!
//! Owns its words. Must not decide where it is written.

use super::markdown::{self, code};
use super::times;
use crate::model::Instant;
use crate::plan::PlanItem;

/// One paragraph; `None`: the post is not on LinkedIn.
#[must_use]
pub fn live_comment(item: &PlanItem, now: Instant) -> Option<String> {
    let urn = item.urn.as_ref()?;
    let when = item.published_at.map_or_else(String::new, |at| {
        let when = times::three_ways(at, item.zone, now);
        format!(", {}", markdown::text(&when))
    });
    // Our own link: a URN holds nothing but letters, digits and `:-_.~`.
    Some(format!(
        "**{}** {} is on LinkedIn: <{}>{when}\n",
        markdown::text(&item.shown_key()),
        code(item.path.as_str()),
        urn.url()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_published_post_names_its_address() {
        assert_eq!(
            live_comment(&samples::published("launch"), samples::now()).unwrap(),
            "**launch** <code>posts/launch.md</code> is on LinkedIn: <https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/>, Tue 2026-09-01 09:00:04 Europe/Berlin (CEST, UTC+2) · 07:00:04 UTC · 2 days ago\n"
        );
        let mut item = samples::published("launch");
        item.urn = None;
        assert_eq!(live_comment(&item, samples::now()), None);
    }
}
