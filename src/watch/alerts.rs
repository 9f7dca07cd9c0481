//! Messages to people about what happened.
//!
//! Owns which decisions are worth one, and how it reads for a program and for Slack. Must
//! not send it, and knows no address.

use serde_json::{Value, json};

use crate::model::Instant;
use crate::model::config::{NotifyEvent, NotifyFormat};
use crate::report::exit::Exit;
use crate::report::results::{Outcome, PostResult};

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// What kind of thing happened.
    pub event: NotifyEvent,
    /// When.
    pub at: Instant,
    /// In words.
    pub text: String,
    /// Facts for programs.
    pub facts: Value,
}

/// What passes by itself within minutes is nobody's business.
const PASSING: [&str; 4] = [
    "media-processing",
    "in-progress",
    "changed-since-plan",
    "stopping",
];

/// The message about one decision that is news, if it is worth one.
#[must_use]
pub fn alert(at: Instant, result: &PostResult) -> Option<Alert> {
    let item = &result.item;
    let error = result.error.as_ref();
    let code = error.map_or(item.reason.code.as_str(), |error| &error.code);
    let event = match result.outcome {
        Outcome::Published => NotifyEvent::Published,
        Outcome::Held if result.exit != Exit::Done && !PASSING.contains(&code) => NotifyEvent::Held,
        Outcome::Unknown => NotifyEvent::Unknown,
        Outcome::Failed => NotifyEvent::Failed,
        Outcome::Held
        | Outcome::Updated
        | Outcome::Deleted
        | Outcome::Moved
        | Outcome::Commented
        | Outcome::None => return None,
    };
    let name = item.shown_key();
    let url = item.urn.as_ref().map(crate::model::urn::PostUrn::url);
    let text = match (event, &url) {
        (NotifyEvent::Published, Some(url)) => format!("`{name}` is published: {url}"),
        (NotifyEvent::Published, None) => format!("`{name}` is published"),
        (event, _) => {
            let why = error.map_or(item.reason.message.as_str(), |error| &error.message);
            let help = error
                .and_then(|error| error.help.as_deref())
                .unwrap_or_default();
            let text = format!("`{name}` is {}: {why}\n{help}", event.as_str());
            text.trim_end().to_owned()
        }
    };
    let facts = json!({
        "key": item.key.as_str(),
        "target": item.target.as_str(),
        "path": item.path.to_string(),
        "author": item.author_name,
        "code": code,
        "urn": item.urn.as_ref().map(ToString::to_string),
        "url": url,
        "scheduled_at": item.scheduled_at,
        "published_at": item.published_at,
    });
    Some(Alert {
        event,
        at,
        text,
        facts,
    })
}

impl Alert {
    /// A message about the watcher itself or a token.
    #[must_use]
    pub fn about(event: NotifyEvent, at: Instant, text: String, code: &str) -> Self {
        Self {
            event,
            at,
            text,
            facts: json!({ "code": code }),
        }
    }

    /// The body of the request.
    #[must_use]
    pub fn body(&self, format: NotifyFormat) -> String {
        match format {
            NotifyFormat::Slack => {
                // Slack's own escapes (docs, "Formatting text for app surfaces"): what an
                // author wrote cannot ping a channel.
                let text = self.text.replace('&', "&amp;");
                let text = text.replace('<', "&lt;").replace('>', "&gt;");
                json!({ "text": format!("mergecast: {text}") }).to_string()
            }
            NotifyFormat::Json => {
                let mut all = json!({
                    "format_version": 1,
                    "event": self.event.as_str(),
                    "time": self.at,
                    "text": self.text,
                });
                if let (Some(all), Value::Object(facts)) = (all.as_object_mut(), &self.facts) {
                    all.extend(facts.clone());
                }
                all.to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slack_gets_text_that_pings_nobody_and_programs_get_facts() {
        let at = "2026-09-03T08:00:00Z".parse().unwrap();
        let text = "`a` is failed: <!channel> & more".to_owned();
        let alert = Alert::about(NotifyEvent::Failed, at, text, "rejected");
        let slack = alert.body(NotifyFormat::Slack);
        assert!(slack.contains("&lt;!channel&gt; &amp; more"), "{slack}");
        let json: Value = serde_json::from_str(&alert.body(NotifyFormat::Json)).unwrap();
        assert_eq!(json["event"], "failed");
        assert_eq!(json["code"], "rejected");
        assert_eq!(json["text"], "`a` is failed: <!channel> & more");
    }
}
