//! Problems as a job summary.
//!
//! Owns how many are listed. Must not write text of others except through
//! [`super::markdown`].

use super::clean;
use super::diagnostics::{count, summary_line};
use super::palette::Palette;
use super::plan_markdown_sections::diagnostic_line;
use crate::diagnostic::Diagnostic;

/// Problems that are listed; the log has all.
const LISTED: usize = 200;

/// Every problem on a line, errors first.
#[must_use]
pub fn diagnostics_markdown(diagnostics: &[Diagnostic], posts: usize) -> String {
    let summary = summary_line(diagnostics, posts, &Palette::plain());
    let mut page = format!("### mergecast check: {}\n\n", summary.trim_end());
    let errors = diagnostics.iter().filter(|problem| problem.is_error());
    let others = diagnostics.iter().filter(|problem| !problem.is_error());
    for problem in errors.chain(others).take(LISTED) {
        page.push_str(&diagnostic_line(problem));
        page.push_str("\n\n");
    }
    let more = diagnostics.len().saturating_sub(LISTED);
    if more > 0 {
        page.push_str(&format!("{} more in the log.\n\n", count(more, "problem")));
    }
    clean::defuse(&page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn errors_come_first_and_a_long_list_is_counted() {
        let mut all = vec![Diagnostic::warning("w", samples::hostile()); 250];
        all.push(samples::unknown_key());
        let page = diagnostics_markdown(&all, 3);
        samples::assert_harmless(&page);
        assert!(
            page.starts_with("### mergecast check: 1 error, 250 warnings in 3 posts\n\n**error** <code>unknown-key</code> in "),
            "{page}"
        );
        assert!(page.ends_with("51 problems more in the log.\n\n"), "{page}");
        assert!(!page.contains("@everyone") && !page.contains("<script"));
    }
}
