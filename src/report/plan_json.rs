//! A plan as scripts read it.
//!
//! Owns the JSON of `plan`. Must not leave a post out.

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnostics_json::{DiagnosticView, views};
use super::json;
use super::plan_human::guard_words;
use crate::diagnostic::Diagnostic;
use crate::plan::requests::Estimate;
use crate::plan::{Action, Guard, Plan, PlanItem};

/// The output of `mergecast plan --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlanView {
    /// Always 1. New fields, actions, states and targets do not change it.
    pub format_version: u32,
    /// Digest of content and actions, not of the clock: equal plans have equal digests.
    pub digest: String,
    /// The instant the plan was made for, RFC 3339 in UTC.
    pub at: String,
    /// When the next post falls due, RFC 3339 in UTC; null: nothing is scheduled.
    pub next_due: Option<String>,
    /// Why `apply` would refuse the whole plan; empty: it would not.
    pub guards: Vec<GuardView>,
    /// Every post, sorted by when it happens.
    pub actions: Vec<ActionView>,
    /// About how many requests of LinkedIn it takes, by credential.
    pub requests: Vec<RequestsView>,
    /// Every problem found.
    pub diagnostics: Vec<DiagnosticView>,
}

/// The requests of one credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequestsView {
    /// The variable that names the credential; null: the default one.
    pub credential: Option<String>,
    /// Names of the authors that publish with it.
    pub authors: Vec<String>,
    /// About how many requests, waits for media included.
    pub requests: u32,
    /// How many LinkedIn allows it a day; null: not known.
    pub limit: Option<u32>,
}

/// A limit that stops a whole apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GuardView {
    /// `frozen` or `too-many-changes`.
    pub code: String,
    /// The facts.
    pub message: String,
    /// One next step.
    pub help: String,
}

/// What is to be done about one post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ActionView {
    /// The identity of the post.
    pub key: String,
    /// Where it goes: `linkedin`.
    pub target: String,
    /// Its file, relative to the content root.
    pub path: String,
    /// `publish`, `update`, `delete`, `move`, `comment`, `wait`, `hold`, `unknown` or `none`.
    pub action: String,
    /// URN of the author; null where unknown.
    pub author: Option<String>,
    /// When it goes or was to go out, RFC 3339 in UTC; null: on merge, or never.
    pub scheduled_at: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// Why, as a kebab-case word; never renamed.
    pub reason_code: String,
    /// Where the post stands; the words of `status`.
    pub state: String,
    /// URN of the live post, where there is one.
    pub urn: Option<String>,
    /// Address of the live post, where there is one.
    pub url: Option<String>,
    /// When it went out, RFC 3339 in UTC.
    pub published_at: Option<String>,
    /// For `move`: the key it was recorded under.
    pub moved_from: Option<String>,
    /// The text that would be sent, as readers would see it.
    pub text: Option<String>,
    /// Paths of the media that would be sent, in order.
    pub media: Vec<String>,
    /// About how many requests of LinkedIn it takes.
    pub requests: u32,
}

/// The JSON of `plan`.
#[must_use]
pub fn plan_json(plan: &Plan, diagnostics: &[Diagnostic]) -> String {
    json::document(&PlanView {
        format_version: json::FORMAT_VERSION,
        digest: plan.digest().to_string(),
        at: json::time(plan.now),
        next_due: plan.next_due.map(json::time),
        guards: plan.guards.iter().map(guard_view).collect(),
        actions: plan.items.iter().map(|item| action_view(item)).collect(),
        requests: plan.requests.iter().map(requests_view).collect(),
        diagnostics: views(diagnostics),
    })
}

fn guard_view(guard: &Guard) -> GuardView {
    let (code, facts, help) = guard_words(guard);
    GuardView {
        code: code.to_owned(),
        message: facts.join("; "),
        help,
    }
}

fn requests_view(of: &Estimate) -> RequestsView {
    RequestsView {
        credential: of.credential.clone(),
        authors: of.authors.clone(),
        requests: of.requests,
        limit: of.limit,
    }
}

fn action_view(item: &PlanItem) -> ActionView {
    let moved_from = match &item.action {
        Action::Move { from, .. } => Some(from.to_string()),
        _ => None,
    };
    ActionView {
        key: item.key.to_string(),
        target: item.target.to_string(),
        path: item.path.to_string(),
        action: item.action.as_str().to_owned(),
        author: item.author.as_ref().map(ToString::to_string),
        scheduled_at: item.scheduled_at.map(json::time),
        reason: item.reason.message.clone(),
        reason_code: item.reason.code.clone(),
        state: item.state.as_str().to_owned(),
        urn: item.urn.as_ref().map(ToString::to_string),
        url: item.urn.as_ref().map(|urn| urn.url()),
        published_at: item.published_at.map(json::time),
        moved_from,
        text: item.text_after.clone(),
        media: item.media.iter().map(ToString::to_string).collect(),
        requests: item.requests,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn the_document_of_plan() {
        let mut plan = samples::full_plan();
        plan.items.retain(|item| item.key.as_str() == "typo");
        plan.guards = vec![Guard::TooMany {
            changes: 12,
            limit: 10,
        }];
        let text = plan_json(&plan, &[]);
        assert_eq!(
            text,
            r#"{
  "format_version": 1,
  "digest": "sha256:72d153042c3cf63c1e47b43e5a5443f2c8a30759a626a1716f7f6d4b8b0e6c29",
  "at": "2026-09-03T08:00:00Z",
  "next_due": "2026-09-03T16:30:00Z",
  "guards": [
    {
      "code": "too-many-changes",
      "message": "12 publishes, updates and deletes, and `publish.max_per_run` allows 10",
      "help": "if that many are meant, run\n  mergecast apply --allow-changes 12"
    }
  ],
  "actions": [
    {
      "key": "typo",
      "target": "linkedin",
      "path": "posts/typo.md",
      "action": "update",
      "author": "urn:li:organization:2414183",
      "scheduled_at": "2026-09-03T08:00:00Z",
      "reason": "the text differs from the live post",
      "reason_code": "text-changed",
      "state": "published",
      "urn": "urn:li:share:7141138937766391808",
      "url": "https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/",
      "published_at": "2026-09-01T07:00:04Z",
      "moved_from": null,
      "text": "The end",
      "media": [],
      "requests": 0
    }
  ],
  "requests": [],
  "diagnostics": []
}
"#
        );
    }

    #[test]
    fn hostile_text_keeps_its_value() {
        let text = plan_json(&samples::hostile_plan(), &[]);
        samples::assert_harmless(&text);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["actions"][0]["reason"], samples::hostile());
    }
}
