//! One post and the decisions behind it, as scripts read them.
//!
//! Owns the JSON of `explain`. Must not decide.

use schemars::JsonSchema;
use serde::Serialize;

use super::explain::Explanation;
use super::json;
use super::status_json::{StatusPostView, post_view};
use crate::model::key::PostKey;
use crate::record::{Attempt, AttemptOutcome, Entry, State};

/// The output of `mergecast explain KEY --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExplainView {
    /// Always 1. New fields and new words do not change it.
    pub format_version: u32,
    /// The post.
    #[serde(flatten)]
    pub about: AboutView,
    /// The same about its first comment; null: there is nothing to say about one.
    pub comment: Option<AboutView>,
}

/// What there is to say about a post, or about its first comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AboutView {
    /// Where it stands, as in `status`.
    pub post: StatusPostView,
    /// What the next apply does about it; the words of `plan`.
    pub action: String,
    /// The decisions behind the action, in the order they were made.
    pub decisions: Vec<DecisionView>,
    /// What the ledger holds; null: it was never declared.
    pub record: Option<RecordView>,
    /// What comes next.
    pub next_step: String,
}

/// The output of `mergecast resolve KEY … --format json` when the verdict is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ResolvedView<'a> {
    format_version: u32,
    key: &'a str,
    recorded: bool,
    before: &'a str,
    after: &'a str,
}

/// The JSON of a verdict that was recorded.
#[must_use]
pub fn resolved_json(key: &PostKey, before: &str, after: &str) -> String {
    json::document(&ResolvedView {
        format_version: json::FORMAT_VERSION,
        key: key.as_str(),
        recorded: true,
        before,
        after,
    })
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DecisionView {
    /// What was asked.
    pub question: String,
    /// The answer, with its facts.
    pub answer: String,
}

/// What the ledger holds about one post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecordView {
    /// `sending`, `published`, `retryable`, `rejected`, `unknown` or `skipped`.
    pub state: String,
    /// Number of the current or last attempt; 0: none was declared.
    pub attempt: u32,
    /// When it was declared, RFC 3339 in UTC.
    pub declared_at: Option<String>,
    /// No new attempt before this, RFC 3339 in UTC.
    pub not_before: Option<String>,
    /// Digest of what was or would be sent.
    pub digest: String,
    /// Commit the content came from.
    pub content_commit: Option<String>,
    /// Finished attempts, oldest first.
    pub attempts: Vec<AttemptView>,
}

/// One finished attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttemptView {
    /// Its number, from 1.
    pub attempt: u32,
    /// When it was declared, RFC 3339 in UTC.
    pub declared_at: String,
    /// `created`, `not-created`, `rejected` or `unknown`.
    pub outcome: String,
    /// Why, as a kebab-case word.
    pub reason_code: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
}

/// The JSON of `explain`: of a post, and of its first comment where one is planned or
/// recorded.
#[must_use]
pub fn explain_json(post: &Explanation<'_>, comment: Option<&Explanation<'_>>) -> String {
    json::document(&ExplainView {
        format_version: json::FORMAT_VERSION,
        about: about(post),
        comment: comment.map(about),
    })
}

fn about(explanation: &Explanation<'_>) -> AboutView {
    let item = explanation.item;
    let decisions = item.decisions.iter().map(|decision| DecisionView {
        question: decision.question.to_owned(),
        answer: decision.answer.clone(),
    });
    AboutView {
        post: post_view(item),
        action: item.action.as_str().to_owned(),
        decisions: decisions.collect(),
        record: explanation.entry.map(record_view),
        next_step: explanation.next_step(),
    }
}

fn record_view(entry: &Entry) -> RecordView {
    let state = match entry.state {
        State::Sending => "sending",
        State::Published => "published",
        State::Retryable => "retryable",
        State::Rejected => "rejected",
        State::Unknown => "unknown",
        State::Skipped => "skipped",
    };
    RecordView {
        state: state.to_owned(),
        attempt: entry.attempt,
        declared_at: entry.declared_at.map(json::time),
        not_before: entry.not_before.map(json::time),
        digest: entry.digest.to_string(),
        content_commit: entry.content_commit.clone(),
        attempts: entry.history.iter().map(attempt_view).collect(),
    }
}

fn attempt_view(attempt: &Attempt) -> AttemptView {
    let outcome = match attempt.outcome {
        AttemptOutcome::Created => "created",
        AttemptOutcome::NotCreated => "not-created",
        AttemptOutcome::Rejected => "rejected",
        AttemptOutcome::Unknown => "unknown",
    };
    AttemptView {
        attempt: attempt.attempt,
        declared_at: json::time(attempt.declared_at),
        outcome: outcome.to_owned(),
        reason_code: attempt.reason.as_ref().map(|reason| reason.code.clone()),
        reason: attempt.reason.as_ref().map(|reason| reason.message.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{samples, status::Freshness};

    #[test]
    fn the_document_of_explain() {
        let plan = samples::full_plan();
        let item = plan.items.iter().find(|item| item.key.as_str() == "lost");
        let entry = samples::entry();
        let post = Explanation {
            item: item.unwrap(),
            entry: Some(&entry),
            now: samples::now(),
            freshness: Freshness::Fetched,
        };
        let comment = Explanation {
            entry: None,
            ..post
        };
        let alone: serde_json::Value = serde_json::from_str(&explain_json(&post, None)).unwrap();
        assert_eq!(alone["comment"], serde_json::Value::Null);
        let text = explain_json(&post, Some(&comment));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["post"]["state"], "unknown");
        assert_eq!(value["action"], "unknown");
        assert_eq!(value["comment"]["decisions"], value["decisions"]);
        assert_eq!(value["comment"]["record"], serde_json::Value::Null);
        assert_eq!(value["decisions"][0]["question"], "is its time known?");
        assert_eq!(
            value["record"]["attempts"],
            serde_json::json!([{
                "attempt": 1,
                "declared_at": "2026-09-03T07:50:00Z",
                "outcome": "not-created",
                "reason_code": "rate-limit",
                "reason": "LinkedIn asked for a pause"
            }])
        );
        assert!(
            value["next_step"]
                .as_str()
                .unwrap()
                .contains("mergecast resolve lost")
        );
    }
}
