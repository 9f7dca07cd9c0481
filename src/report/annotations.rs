//! Problems as GitHub shows them in a pull request.
//!
//! Owns the lines a workflow runner reads (GitHub, "Workflow commands", `error` and
//! `warning`) and how many of them count. Must be the only place that writes `::` at the
//! start of a line.

use super::apply_human::{help, what_did_not_happen};
use super::clean;
use super::diagnostics::count;
use super::results::{ApplyReport, Outcome, PostResult};
use crate::diagnostic::{Diagnostic, Severity};

/// GitHub shows this many errors, and as many warnings, of one step, and drops the rest
/// without a word.
pub const SHOWN_PER_STEP: usize = 10;

/// One annotation, before it is a line.
struct Annotation<'a> {
    severity: Severity,
    code: &'a str,
    /// Path below the content root, line and column from 1; 0: the file as a whole.
    place: Option<(&'a str, u32, u32)>,
    message: String,
}

/// One annotation a problem, errors first. `content_root` is the path of the content
/// root in the repository, empty at its top; GitHub wants paths from there. Where
/// problems are more than GitHub shows, a notice says how many.
#[must_use]
pub fn github_annotations(diagnostics: &[Diagnostic], content_root: &str) -> String {
    let all: Vec<Annotation<'_>> = diagnostics.iter().map(of_problem).collect();
    lines(&all, content_root, "`mergecast check` shows all")
}

/// The same for what came of an apply: what failed and what nobody knows are errors, what
/// is held is a warning.
#[must_use]
pub fn apply_annotations(report: &ApplyReport, content_root: &str) -> String {
    let results = report.results.iter().filter_map(of_result);
    let problems = report.diagnostics.iter().map(of_problem);
    let all: Vec<Annotation<'_>> = results.chain(problems).collect();
    lines(&all, content_root, "the job summary shows all")
}

fn lines(annotations: &[Annotation<'_>], content_root: &str, all_of_them: &str) -> String {
    let mut output = String::new();
    let mut hidden = Vec::new();
    for severity in [Severity::Error, Severity::Warning] {
        let mut all = annotations.iter().filter(|one| one.severity == severity);
        for annotation in all.by_ref().take(SHOWN_PER_STEP) {
            output.push_str(&line(annotation, content_root));
        }
        match all.count() {
            0 => {}
            more => hidden.push(count(more, severity.as_str())),
        }
    }
    if !hidden.is_empty() {
        output.push_str(&format!(
            "::notice title=mergecast::{} more; GitHub shows {SHOWN_PER_STEP} of each kind, {all_of_them}\n",
            hidden.join(" and ")
        ));
    }
    output
}

fn of_problem(diagnostic: &Diagnostic) -> Annotation<'_> {
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
    Annotation {
        severity: diagnostic.severity,
        code: diagnostic.code,
        place: first.map(|label| (label.path.as_str(), label.line, label.column)),
        message,
    }
}

fn of_result(result: &PostResult) -> Option<Annotation<'_>> {
    let item = &result.item;
    let severity = match result.outcome {
        Outcome::Failed | Outcome::Unknown => Severity::Error,
        Outcome::Held => Severity::Warning,
        _ if result.error.is_some() => Severity::Error,
        _ => return None,
    };
    let (code, why) = match &result.error {
        Some(error) => (error.code.as_str(), error.message.as_str()),
        None => (item.reason.code.as_str(), item.reason.message.as_str()),
    };
    let mut message = clean::block(&format!("`{}`: {why}", item.shown_key()));
    if let Some(absent) = what_did_not_happen(result) {
        message.push_str(&format!("\nnote: {absent}"));
    }
    if let Some(help) = help(result) {
        message.push_str(&format!("\nhelp: {}", clean::block(&help)));
    }
    Some(Annotation {
        severity,
        code,
        place: Some((item.path.as_str(), 0, 0)),
        message,
    })
}

fn line(annotation: &Annotation<'_>, content_root: &str) -> String {
    let mut properties = Vec::new();
    if let Some((path, line, column)) = annotation.place {
        let root = content_root.trim_matches('/');
        let path = match root {
            "" => path.to_owned(),
            root => format!("{root}/{path}"),
        };
        properties.push(format!("file={}", property(&path)));
        if line > 0 {
            properties.push(format!("line={line}"));
            properties.push(format!("col={column}"));
        }
    }
    properties.push(format!("title={}", property(annotation.code)));
    format!(
        "::{} {}::{}\n",
        annotation.severity.as_str(),
        properties.join(","),
        data(&annotation.message)
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
        let hostile = Diagnostic::warning("c,d::e", samples::hostile())
            .at(label)
            .note("100%\r\n::error::x")
            .help(samples::hostile());
        let output = github_annotations(&[hostile], "");
        assert_eq!(output.lines().count(), 1);
        assert!(output.starts_with(
            "::warning file=posts/a%2Cline=1%3A%3Ab%250A%3Ac.md,line=4,col=1,title=c%2Cd%3A%3Ae::"
        ));
        assert!(output.contains("note: 100%25%0A::error::x"));
        assert!(!output.contains("##["));
    }

    #[test]
    fn data_and_properties_are_escaped_whatever_was_cleaned_before() {
        assert_eq!(data("a%\r\nb"), "a%25%0D%0Ab");
        assert_eq!(property("a:b,c\u{1b}\n"), "a%3Ab%2Cc\\u{1b}\\n");
    }

    #[test]
    fn results_that_need_somebody_are_annotated() {
        let output = apply_annotations(&samples::report(), "marketing");
        let lines: Vec<&str> = output.lines().collect();
        assert_eq!(lines.len(), 4, "{output}");
        assert_eq!(
            lines[0],
            "::error file=marketing/posts/intro.md,title=token-expired::`intro`: LinkedIn says: the token has expired%0Anote: it was not published%0Ahelp: run%0A  mergecast auth login"
        );
        assert!(
            lines[1].starts_with("::error file=marketing/posts/lost.md,title=outcome-unknown::")
        );
        assert!(lines[2].starts_with("::error file=marketing/posts/2026-09-launch.md,line=4"));
        assert!(
            lines[3]
                .starts_with("::warning file=marketing/posts/stale.md,title=late::`stale`: later")
        );
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
