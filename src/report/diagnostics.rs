//! Problems as people read them.
//!
//! Owns the layout: what is wrong, the place with a caret, facts, one next step. Must not
//! sort or filter problems.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet};

use super::clean;
use super::lines::Lines;
use super::palette::{Palette, paint};
use crate::diagnostic::{Diagnostic, Label, Severity};

/// All problems, each followed by an empty line; empty when there are none.
#[must_use]
pub fn diagnostics_human(diagnostics: &[Diagnostic], palette: &Palette) -> String {
    let mut page = Lines::default();
    for diagnostic in diagnostics {
        page.gap();
        page.push(one(diagnostic, palette));
    }
    page.finish()
}

/// `2 errors, 1 warning in 12 posts`, or `no problems in 12 posts`; with a line break.
#[must_use]
pub fn summary_line(diagnostics: &[Diagnostic], posts: usize, palette: &Palette) -> String {
    let counted = |severity| {
        diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    };
    let errors = counted(Severity::Error);
    let warnings = counted(Severity::Warning);
    let mut found = Vec::new();
    if errors > 0 {
        found.push(paint(palette.error, &count(errors, "error")));
    }
    if warnings > 0 {
        found.push(paint(palette.warning, &count(warnings, "warning")));
    }
    if found.is_empty() {
        found.push(paint(palette.added, "no problems"));
    }
    match posts {
        0 if errors > 0 => format!("{}; no post was read\n", found.join(", ")),
        _ => format!("{} in {}\n", found.join(", "), count(posts, "post")),
    }
}

/// `1 post`, `2 posts`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

fn one(diagnostic: &Diagnostic, palette: &Palette) -> String {
    if diagnostic.labels.is_empty() {
        return without_place(diagnostic, palette);
    }
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(clean::line(&diagnostic.message))
        .id(diagnostic.code);
    let mut group = Group::with_title(title);
    for (index, label) in diagnostic.labels.iter().enumerate() {
        group = with_label(group, label, index == 0);
    }
    let whole_files = diagnostic.labels.iter().all(|label| label.line == 0);
    if whole_files && (diagnostic.help.is_some() || !diagnostic.notes.is_empty()) {
        group = group.element(Padding);
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(clean::block(note)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(clean::block(help)));
    }
    let rendered = renderer(palette).render(&[group]);
    let (title, places) = rendered.split_once('\n').unwrap_or((&rendered, ""));
    let places = with_true_columns(places, &diagnostic.labels);
    // The place stands one column to the right of where a compiler would put it, so
    // that the title is what the eye finds first. Without line numbers there is no
    // column for them, which makes another one.
    let indent = if whole_files { "  " } else { " " };
    let mut shown = vec![title.to_owned()];
    shown.extend(places.lines().map(|line| format!("{indent}{line}")));
    shown.join("\n")
}

/// The renderer counts columns in the excerpt it is given; where that is cut or has
/// escapes, the column is replaced by that of the file.
fn with_true_columns(places: &str, labels: &[Label]) -> String {
    let mut places = places.to_owned();
    for label in labels.iter().filter(|label| label.line > 0) {
        let path = clean::line(label.path.as_str());
        let counted = CleanExcerpt::of(label).column;
        if counted != label.column as usize {
            let wrong = format!("{path}:{}:{counted}", label.line);
            let right = format!("{path}:{}:{}", label.line, label.column);
            places = places.replacen(&wrong, &right, 1);
        }
    }
    places
}

fn renderer(palette: &Palette) -> Renderer {
    Renderer::plain()
        .error(palette.error)
        .warning(palette.warning)
        .note(palette.heading)
        .help(palette.heading)
        .line_num(palette.dim)
        .emphasis(palette.heading)
        .context(palette.note)
        .term_width(200)
}

fn with_label<'a>(group: Group<'a>, label: &Label, primary: bool) -> Group<'a> {
    let path = clean::line(label.path.as_str());
    if label.line == 0 {
        return group.element(Origin::path(path));
    }
    let excerpt = CleanExcerpt::of(label);
    let kind = if primary {
        AnnotationKind::Primary
    } else {
        AnnotationKind::Context
    };
    let said = (!label.text.is_empty()).then(|| clean::line(&label.text));
    let annotation = kind.span(excerpt.meant).label(said);
    group.element(
        Snippet::source(excerpt.text)
            .path(path)
            .line_start(label.line as usize)
            .annotation(annotation),
    )
}

/// An excerpt that may be shown, with the meant bytes where they are now.
struct CleanExcerpt {
    text: String,
    meant: std::ops::Range<usize>,
    /// The column of the place in `text`, from 1.
    column: usize,
}

impl CleanExcerpt {
    fn of(label: &Label) -> Self {
        let skip = label.column.saturating_sub(label.excerpt_column.max(1)) as usize;
        let length = label.length as usize;
        let part = |from: usize, length: usize| -> String {
            label.excerpt.chars().skip(from).take(length).collect()
        };
        let cut = if label.excerpt_column > 1 { "…" } else { "" };
        let before = format!("{cut}{}", clean::line(&part(0, skip)));
        let meant = clean::line(&part(skip, length));
        let after = clean::line(&part(skip.saturating_add(length), usize::MAX));
        Self {
            column: before.chars().count() + 1,
            meant: before.len()..before.len() + meant.len(),
            text: format!("{before}{meant}{after}"),
        }
    }
}

/// A problem that has no place in a file: facts and help without a gutter.
fn without_place(diagnostic: &Diagnostic, palette: &Palette) -> String {
    let style = match diagnostic.severity {
        Severity::Error => palette.error,
        Severity::Warning => palette.warning,
    };
    let name = format!("{}[{}]", diagnostic.severity.as_str(), diagnostic.code);
    let mut shown = Lines::default();
    shown.push(format!(
        "{}{}",
        paint(style, &name),
        paint(
            palette.heading,
            &format!(": {}", clean::line(&diagnostic.message))
        )
    ));
    for note in &diagnostic.notes {
        let label = format!("  {} ", paint(palette.note, "note:"));
        shown.push_hanging(&label, 8, &clean::block(note));
    }
    if let Some(help) = &diagnostic.help {
        let label = format!("  {} ", paint(palette.help, "help:"));
        shown.push_hanging(&label, 8, &clean::block(help));
    }
    shown.finish().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceText;
    use crate::report::samples;

    fn shown(diagnostic: Diagnostic) -> String {
        diagnostics_human(&[diagnostic], &Palette::plain())
    }

    #[test]
    fn a_problem_with_a_place() {
        assert_eq!(
            shown(samples::unknown_key()),
            "\
error[unknown-key]: unknown front matter key `visiblity`
  --> posts/2026-09-launch.md:4:1
   |
 4 | visiblity: connections
   | ^^^^^^^^^ not a key of a post
   |
   = help: did you mean `visibility`?
"
        );
    }

    #[test]
    fn a_problem_without_a_place() {
        let diagnostic = Diagnostic::error(
            "outcome-unknown",
            "`launch` may already be published; it was not sent again",
        )
        .note("the connection closed before an answer came")
        .note("LinkedIn does not show the post yet, which is not proof that it is absent")
        .help("look at the author's page, then run one of\n  mergecast resolve launch --published <urn>\n  mergecast resolve launch --not-published");
        assert_eq!(
            shown(diagnostic),
            "\
error[outcome-unknown]: `launch` may already be published; it was not sent again
  note: the connection closed before an answer came
  note: LinkedIn does not show the post yet, which is not proof that it is absent
  help: look at the author's page, then run one of
          mergecast resolve launch --published <urn>
          mergecast resolve launch --not-published
"
        );
    }

    #[test]
    fn a_file_as_a_whole_two_places_and_long_help() {
        let path = samples::path("posts/a.md");
        let text = "---\nid: launch\nid: other\n---\n";
        let source = SourceText::new(&path, text);
        let file = Diagnostic::warning("no-schedule", "the post has no time")
            .at(Label::file(&path))
            .note("it stays a draft")
            .help("add one of\n  scheduled_at: 2026-09-03 10:00\n  draft: true");
        assert_eq!(
            shown(file),
            "\
warning[no-schedule]: the post has no time
  --> posts/a.md
   |
   = note: it stays a draft
   = help: add one of
             scheduled_at: 2026-09-03 10:00
             draft: true
"
        );
        let two = Diagnostic::error("duplicate-key", "two posts are called `launch`")
            .at(source.label_with(4..6, "here"))
            .at(source.label_with(15..17, "and here"));
        let shown = shown(two);
        assert_eq!(
            shown,
            r#"error[duplicate-key]: two posts are called `launch`
  --> posts/a.md:2:1
   |
 2 | id: launch
   | ^^ here
   |
  ::: posts/a.md:3:1
   |
 3 | id: other
   | -- and here
"#
        );
    }

    #[test]
    fn a_long_line_keeps_its_true_column() {
        let path = samples::path("posts/a.md");
        let text = format!("ok\n{}\u{1b}X{}", "é".repeat(5000), "b".repeat(5000));
        let at = text.find('X').unwrap();
        let source = SourceText::new(&path, &text);
        let shown = shown(Diagnostic::error("c", "m").at(source.label(at..at + 1)));
        assert!(shown.contains("  --> posts/a.md:2:5002\n"), "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let line = lines.iter().position(|line| line.contains('X')).unwrap();
        let column = |line: &str, c| line.chars().position(|other| other == c);
        assert_eq!(
            column(lines[line], 'X'),
            column(lines[line + 1], '^'),
            "{shown}"
        );
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        let path = samples::path("posts/a.md");
        let text = format!("{}\n", samples::hostile());
        let source = SourceText::new(&path, &text);
        let mut all = Vec::new();
        for offset in [0, 8, 29, 45, 60, 80] {
            let label = source.label_with(offset..offset + 7, samples::hostile());
            let base = Diagnostic::error("c", samples::hostile())
                .note(samples::hostile())
                .help(samples::hostile());
            all.push(base.clone());
            all.push(base.at(label));
        }
        samples::assert_harmless(&diagnostics_human(&all, &Palette::plain()));
    }

    #[test]
    fn colours_change_no_words() {
        let all = [
            samples::unknown_key(),
            Diagnostic::warning("c", "m").note("n"),
        ];
        let plain = diagnostics_human(&all, &Palette::plain());
        let colored = diagnostics_human(&all, &Palette::colored());
        assert!(colored.contains("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }

    #[test]
    fn the_summary_counts() {
        let all = [
            Diagnostic::error("a", "a"),
            Diagnostic::error("b", "b"),
            Diagnostic::warning("c", "c"),
        ];
        let plain = Palette::plain();
        assert_eq!(
            summary_line(&all, 12, &plain),
            "2 errors, 1 warning in 12 posts\n"
        );
        assert_eq!(summary_line(&[], 1, &plain), "no problems in 1 post\n");
    }
}
