//! Problems as GitHub shows them in a pull request.
//!
//! Owns the lines a workflow runner reads (GitHub, "Workflow commands", `error` and
//! `warning`) and how many of them count. Must be the only place that writes `::` at the
//! start of a line.

use super::clean;
use super::diagnostics::count;
use crate::diagnostic::{Diagnostic, Severity};

/// GitHub shows this many errors, and as many warnings, of one step, and drops the rest
/// without a word.
pub const SHOWN_PER_STEP: usize = 10;

/// One annotation a problem, errors first. `content_root` is the path of the content
/// root in the repository, empty at its top; GitHub wants paths from there. Where
/// problems are more than GitHub shows, a notice says how many.
#[must_use]
pub fn github_annotations(diagnostics: &[Diagnostic], content_root: &str) -> String {
    let mut output = String::new();
    let mut hidden = Vec::new();
    for severity in [Severity::Error, Severity::Warning] {
        let mut all = diagnostics.iter().filter(|d| d.severity == severity);
        for diagnostic in all.by_ref().take(SHOWN_PER_STEP) {
            output.push_str(&annotation(diagnostic, content_root));
        }
        match all.count() {
            0 => {}
            more => hidden.push(count(more, severity.as_str())),
        }
    }
    if !hidden.is_empty() {
        output.push_str(&format!(
            "::notice title=mergecast::{} more; GitHub shows {SHOWN_PER_STEP} of each kind, `mergecast check` shows all\n",
            hidden.join(" and ")
        ));
    }
    output
}

fn annotation(diagnostic: &Diagnostic, content_root: &str) -> String {
    let mut properties = Vec::new();
    if let Some(label) = diagnostic.labels.first() {
        let root = content_root.trim_matches('/');
        let path = match root {
            "" => label.path.to_string(),
            root => format!("{root}/{}", label.path),
        };
        properties.push(format!("file={}", property(&path)));
        if label.line > 0 {
            properties.push(format!("line={}", label.line));
            properties.push(format!("col={}", label.column));
        }
    }
    properties.push(format!("title={}", property(diagnostic.code)));
    let mut message = clean::block(&diagnostic.message);
    let first = diagnostic.labels.first();
    if let Some(label) = first.filter(|label| !label.text.is_empty()) {
        message.push_str(&format!(": {}", clean::line(&label.text)));
    }
    for note in &diagnostic.notes {
        message.push_str(&format!("\nnote: {}", clean::block(note)));
    }
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\nhelp: {}", clean::block(help)));
    }
    format!(
        "::{} {}::{}\n",
        diagnostic.severity.as_str(),
        properties.join(","),
        data(&message)
    )
}

/// The text of a command: `%`, CR and LF would end or change it. `##[` is broken up
/// because the runner looks for the older form of commands anywhere in a line.
fn data(text: &str) -> String {
    text.replace("##[", &format!("##{}[", clean::BREAK))
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a command; `:` and `,` would end it.
fn property(text: &str) -> String {
    data(&clean::line(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_problem_on_its_line() {
        assert_eq!(
            github_annotations(&[samples::unknown_key()], "marketing/linkedin"),
            "::error file=marketing/linkedin/posts/2026-09-launch.md,line=4,col=1,title=unknown-key::unknown front matter key `visiblity`: not a key of a post%0Ahelp: did you mean `visibility`?\n"
        );
    }

    #[test]
    fn no_text_can_end_an_annotation_or_start_a_command() {
        let mut label = samples::unknown_key().labels.remove(0);
        label.path = samples::path("posts/a,line=1::b%0A:c.md");
        label.text = samples::hostile();
        let hostile = Diagnostic::warning("c", samples::hostile())
            .at(label)
            .note("100%\r\n::error::x")
            .help(samples::hostile());
        let output = github_annotations(&[hostile], "");
        assert_eq!(output.lines().count(), 1);
        assert!(output.starts_with(
            "::warning file=posts/a%2Cline=1%3A%3Ab%250A%3Ac.md,line=4,col=1,title=c::"
        ));
        assert!(output.contains("note: 100%25%0A::error::x"));
        assert!(!output.contains("##["));
    }

    #[test]
    fn what_github_would_drop_is_counted() {
        let mut all = vec![Diagnostic::error("e", "e"); 12];
        all.extend(vec![Diagnostic::warning("w", "w"); 10]);
        let output = github_annotations(&all, "");
        assert_eq!(output.matches("::error ").count(), 10);
        assert_eq!(output.matches("::warning ").count(), 10);
        assert!(output.ends_with("::notice title=mergecast::2 errors more; GitHub shows 10 of each kind, `mergecast check` shows all\n"), "{output}");
        assert_eq!(github_annotations(&[], ""), "");
    }
}
