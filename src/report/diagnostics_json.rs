//! Problems as scripts read them.
//!
//! Owns the JSON of `check`, and of the `diagnostics` of every other document. Must not
//! clean texts: JSON carries values as they are.

use schemars::JsonSchema;
use serde::Serialize;

use super::json;
use crate::diagnostic::Diagnostic;

/// The output of `mergecast check --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckView {
    /// Always 1. New fields and new codes do not change it.
    pub format_version: u32,
    /// Every problem found, sorted by file, line and column.
    pub diagnostics: Vec<DiagnosticView>,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DiagnosticView {
    /// `error` or `warning`.
    pub severity: String,
    /// Kebab-case word; never renamed, explained in the documentation.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The file, relative to the content root; null: no file is at fault.
    pub path: Option<String>,
    /// Line, from 1; null: the file as a whole.
    pub line: Option<u32>,
    /// Column in characters, from 1; null: the file as a whole.
    pub column: Option<u32>,
    /// One next step.
    pub help: Option<String>,
    /// Facts.
    pub notes: Vec<String>,
}

/// The JSON of `check`.
#[must_use]
pub fn check_json(diagnostics: &[Diagnostic]) -> String {
    json::document(&CheckView {
        format_version: json::FORMAT_VERSION,
        diagnostics: views(diagnostics),
    })
}

/// The problems as they stand in every document.
#[must_use]
pub fn views(diagnostics: &[Diagnostic]) -> Vec<DiagnosticView> {
    diagnostics.iter().map(view).collect()
}

fn view(diagnostic: &Diagnostic) -> DiagnosticView {
    let place = diagnostic.labels.first();
    let counted = |number: u32| (number > 0).then_some(number);
    DiagnosticView {
        severity: diagnostic.severity.as_str().to_owned(),
        code: diagnostic.code.to_owned(),
        message: diagnostic.message.clone(),
        path: place.map(|label| label.path.to_string()),
        line: place.and_then(|label| counted(label.line)),
        column: place.and_then(|label| counted(label.column)),
        help: diagnostic.help.clone(),
        notes: diagnostic.notes.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn the_document_of_check() {
        let expected = r#"{
  "format_version": 1,
  "diagnostics": [
    {
      "severity": "error",
      "code": "unknown-key",
      "message": "unknown front matter key `visiblity`",
      "path": "posts/2026-09-launch.md",
      "line": 4,
      "column": 1,
      "help": "did you mean `visibility`?",
      "notes": []
    },
    {
      "severity": "warning",
      "code": "c",
      "message": "m",
      "path": null,
      "line": null,
      "column": null,
      "help": null,
      "notes": []
    }
  ]
}
"#;
        let all = [samples::unknown_key(), Diagnostic::warning("c", "m")];
        assert_eq!(check_json(&all), expected);
    }
}
