//! What an apply did, as scripts read it.
//!
//! Owns the JSON of `apply`. Must not leave a post out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::apply_human::help;
use super::diagnostics_json::{DiagnosticView, views};
use super::json;
use super::results::{ApplyReport, PostResult};
use crate::model::requests::Sent;

/// The output of `mergecast apply --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApplyView {
    /// Always 1. New fields, actions, outcomes and targets do not change it.
    pub format_version: u32,
    /// Every post of the plan, in the plan's order.
    pub results: Vec<ResultView>,
    /// When the next post falls due, RFC 3339 in UTC; null: nothing is scheduled.
    pub next_due: Option<String>,
    /// How many requests of LinkedIn were made; null: not counted.
    pub requests: Option<u32>,
    /// The same by credential, named by where its token came from; null: not counted.
    pub requests_by_credential: Option<BTreeMap<String, u32>>,
    /// `true` with `--sandbox`: no post is on LinkedIn, and no `url` leads anywhere.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub sandbox: bool,
    /// Problems of content, configuration, ledger and lockfile.
    pub diagnostics: Vec<DiagnosticView>,
}

/// What became of one post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResultView {
    /// The identity of the post.
    pub key: String,
    /// Where it goes: `linkedin`.
    pub target: String,
    /// Its file, relative to the content root.
    pub path: String,
    /// `publish`, `update`, `delete`, `move`, `comment`, `wait`, `hold`, `unknown` or `none`.
    pub action: String,
    /// `published`, `updated`, `deleted`, `moved`, `commented`, `failed`, `held`,
    /// `unknown` or `none`.
    pub outcome: String,
    /// URN of the live post, where there is one.
    pub urn: Option<String>,
    /// Address of the live post, where there is one.
    pub url: Option<String>,
    /// What kept the action from working.
    pub error: Option<ErrorView>,
    /// Why the action was planned, in words.
    pub reason: String,
    /// Why the action was planned, as a kebab-case word.
    pub reason_code: String,
    /// When the post went out, RFC 3339 in UTC.
    pub published_at: Option<String>,
    /// One next step for a person, where one is needed.
    pub help: Option<String>,
}

/// What kept an action from working.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ErrorView {
    /// Whose problem it is: `content`, `rejected`, `auth`, `permission`, `config`,
    /// `rate-limit`, `unreachable`, `remote`, `unknown`, `conflict` or `internal`.
    pub kind: String,
    /// Kebab-case word; never renamed.
    pub code: String,
    /// For people.
    pub message: String,
}

fn by_credential(sent: &Sent) -> BTreeMap<String, u32> {
    let all = sent.by_credential.iter();
    all.map(|(credential, number)| (credential.0.clone(), *number))
        .collect()
}

/// The JSON of `apply`.
#[must_use]
pub fn apply_json(report: &ApplyReport) -> String {
    json::document(&ApplyView {
        format_version: json::FORMAT_VERSION,
        results: report.results.iter().map(result_view).collect(),
        next_due: report.next_due.map(json::time),
        requests: report.requests.as_ref().map(|sent| sent.all),
        requests_by_credential: report.requests.as_ref().map(by_credential),
        sandbox: report.sandbox,
        diagnostics: views(&report.diagnostics),
    })
}

fn result_view(result: &PostResult) -> ResultView {
    let item = &result.item;
    ResultView {
        key: item.key.to_string(),
        target: item.target.to_string(),
        path: item.path.to_string(),
        action: item.action.as_str().to_owned(),
        outcome: result.outcome.as_str().to_owned(),
        urn: item.urn.as_ref().map(ToString::to_string),
        url: item.urn.as_ref().map(|urn| urn.url()),
        error: result.error.as_ref().map(|error| ErrorView {
            kind: error.kind.to_owned(),
            code: error.code.clone(),
            message: error.message.clone(),
        }),
        reason: item.reason.message.clone(),
        reason_code: item.reason.code.clone(),
        published_at: item.published_at.map(json::time),
        help: help(result),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn the_document_of_apply() {
        let mut report = samples::report();
        report.results.truncate(1);
        report.next_due = None;
        assert_eq!(
            apply_json(&report),
            r#"{
  "format_version": 1,
  "results": [
    {
      "key": "launch",
      "target": "linkedin",
      "path": "posts/launch.md",
      "action": "publish",
      "outcome": "published",
      "urn": "urn:li:share:7141138937766391808",
      "url": "https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/",
      "error": null,
      "reason": "its time has come",
      "reason_code": "due",
      "published_at": "2026-09-03T08:00:04Z",
      "help": null
    }
  ],
  "next_due": null,
  "requests": null,
  "requests_by_credential": null,
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
    }
  ]
}
"#
        );
    }

    #[test]
    fn an_error_has_kind_code_and_message() {
        let text = apply_json(&samples::report());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let failed = &value["results"][1];
        assert_eq!(failed["outcome"], "failed");
        assert_eq!(failed["error"]["kind"], "auth");
        assert_eq!(failed["error"]["code"], "token-expired");
        assert_eq!(failed["url"], serde_json::Value::Null);
        assert_eq!(value["next_due"], "2026-09-03T16:30:00Z");
    }
}
