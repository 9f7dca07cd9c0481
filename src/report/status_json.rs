//! Where every post stands, as scripts read it.
//!
//! Owns the JSON of `status`. Must not leave a post out.

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnostics_json::{DiagnosticView, views};
use super::json;
use super::status::Freshness;
use crate::diagnostic::Diagnostic;
use crate::plan::{Plan, PlanItem};

/// The output of `mergecast status --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusView {
    /// Always 1. New fields, states and targets do not change it.
    pub format_version: u32,
    /// Whether the record was fetched for this document.
    pub fetched: bool,
    /// When the record was last known to be current, RFC 3339 in UTC; null: not known.
    pub as_of: Option<String>,
    /// Every post.
    pub posts: Vec<StatusPostView>,
    /// Problems of content and record.
    pub diagnostics: Vec<DiagnosticView>,
}

/// Where one post stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusPostView {
    /// The identity of the post.
    pub key: String,
    /// Where it goes: `linkedin`.
    pub target: String,
    /// Its file, or the last one it had, relative to the content root.
    pub path: String,
    /// `draft`, `scheduled`, `due`, `held`, `publishing`, `published`, `unknown`,
    /// `failed`, `skipped`, `orphaned` or `deleted`.
    pub state: String,
    /// URN of the live post, where there is one.
    pub urn: Option<String>,
    /// Address of the live post, where there is one.
    pub url: Option<String>,
    /// URN of the author; null where unknown.
    pub author: Option<String>,
    /// When it goes or was to go out, RFC 3339 in UTC; null: on merge, or never.
    pub scheduled_at: Option<String>,
    /// When it went out, RFC 3339 in UTC.
    pub published_at: Option<String>,
    /// Why it stands there, in words.
    pub reason: String,
    /// Why it stands there, as a kebab-case word.
    pub reason_code: String,
}

/// The JSON of `status`.
#[must_use]
pub fn status_json(plan: &Plan, freshness: Freshness, diagnostics: &[Diagnostic]) -> String {
    let as_of = match freshness {
        Freshness::Fetched => Some(plan.now),
        Freshness::Local { since } => since,
    };
    json::document(&StatusView {
        format_version: json::FORMAT_VERSION,
        fetched: freshness == Freshness::Fetched,
        as_of: as_of.map(json::time),
        posts: plan.items.iter().map(|item| post_view(item)).collect(),
        diagnostics: views(diagnostics),
    })
}

/// The same where nothing could be read, and why.
#[must_use]
pub fn status_nothing_json(diagnostics: &[Diagnostic]) -> String {
    json::document(&StatusView {
        format_version: json::FORMAT_VERSION,
        fetched: false,
        as_of: None,
        posts: Vec::new(),
        diagnostics: views(diagnostics),
    })
}

/// One post as it stands in every document about states.
pub(super) fn post_view(item: &PlanItem) -> StatusPostView {
    StatusPostView {
        key: item.key.to_string(),
        target: item.target.to_string(),
        path: item.path.to_string(),
        state: item.state.as_str().to_owned(),
        urn: item.urn.as_ref().map(ToString::to_string),
        url: item.urn.as_ref().map(|urn| urn.url()),
        author: item.author.as_ref().map(ToString::to_string),
        scheduled_at: item.scheduled_at.map(json::time),
        published_at: item.published_at.map(json::time),
        reason: item.reason.message.clone(),
        reason_code: item.reason.code.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn the_document_of_status() {
        let plan = samples::plan(vec![samples::published("hello")]);
        let since = Some(samples::at("2026-09-03T07:00:00Z"));
        assert_eq!(
            status_json(&plan, Freshness::Local { since }, &[]),
            r#"{
  "format_version": 1,
  "fetched": false,
  "as_of": "2026-09-03T07:00:00Z",
  "posts": [
    {
      "key": "hello",
      "target": "linkedin",
      "path": "posts/hello.md",
      "state": "published",
      "urn": "urn:li:share:7141138937766391808",
      "url": "https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/",
      "author": "urn:li:organization:2414183",
      "scheduled_at": "2026-09-01T07:00:00Z",
      "published_at": "2026-09-01T07:00:04Z",
      "reason": "published, and unchanged since",
      "reason_code": "published"
    }
  ],
  "diagnostics": []
}
"#
        );
    }
}
