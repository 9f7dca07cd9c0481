//! The outputs of a step.
//!
//! Owns the form of `GITHUB_OUTPUT` (GitHub, "Workflow commands", "Multiline strings").
//! Values are ids, counts and JSON; each stands between two lines that hold 128 fresh
//! random bits, so that nothing in a value can end it and name another output. Must not
//! write `GITHUB_ENV` or `GITHUB_PATH`.

use serde_json::json;

use crate::plan::{Action, Plan, PlanItem};
use crate::report::exit::Exit;
use crate::report::results::{ApplyReport, Outcome};

/// Outputs, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs(Vec<(&'static str, String)>);

impl Outputs {
    /// Those of a review.
    #[must_use]
    pub fn of_plan(plan: &Plan) -> Self {
        let count = |wanted: fn(&PlanItem) -> bool| {
            plan.items
                .iter()
                .filter(|item| wanted(item))
                .count()
                .to_string()
        };
        let due = plan.next_due.map(|at| at.to_rfc3339());
        Self(vec![
            ("changes", count(|item| item.action.is_change())),
            ("plan-digest", plan.digest().as_str().to_owned()),
            ("held-count", count(|item| item.action == Action::Hold)),
            (
                "unknown-count",
                count(|item| item.action == Action::Unknown),
            ),
            ("next-due", due.unwrap_or_default()),
        ])
    }

    /// Those of a publish.
    #[must_use]
    pub fn of_report(report: &ApplyReport) -> Self {
        let with = |outcome: Outcome| {
            let all = report.results.iter();
            all.filter(move |result| result.outcome == outcome)
        };
        let count = |outcome: Outcome| with(outcome).count().to_string();
        let published: Vec<serde_json::Value> = with(Outcome::Published)
            .map(|result| {
                let urn = result.item.urn.as_ref();
                json!({
                    "key": result.item.key.as_str(),
                    "urn": urn.map(|urn| urn.as_str()),
                    "url": urn.map(crate::model::urn::PostUrn::url),
                })
            })
            .collect();
        let changes = report.results.iter().filter(|result| {
            matches!(
                result.outcome,
                Outcome::Published
                    | Outcome::Updated
                    | Outcome::Deleted
                    | Outcome::Moved
                    | Outcome::Commented
            )
        });
        let due = report.next_due.map(|at| at.to_rfc3339());
        Self(vec![
            ("changes", changes.count().to_string()),
            ("published-count", published.len().to_string()),
            ("published", json!(published).to_string()),
            ("held-count", count(Outcome::Held)),
            ("unknown-count", count(Outcome::Unknown)),
            ("next-due", due.unwrap_or_default()),
        ])
    }

    /// The same with the exit code in front.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.0.insert(0, ("exit-code", exit.code().to_string()));
        self
    }

    /// The lines for `GITHUB_OUTPUT`; `nonce` gives 128 fresh random bits in hex.
    #[must_use]
    pub fn text(&self, nonce: impl Fn() -> String) -> String {
        let mut text = String::new();
        for (name, value) in &self.0 {
            let mut delimiter = nonce();
            while value.contains(&delimiter) {
                delimiter = nonce();
            }
            text.push_str(&format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// What a runner reads (`actions/runner`, `FileCommandManager.cs`).
    fn read(text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (name, delimiter) = line.split_once("<<").unwrap();
            let value: Vec<&str> = lines
                .by_ref()
                .take_while(|line| *line != delimiter)
                .collect();
            found.push((name.to_owned(), value.join("\n")));
        }
        found
    }

    #[test]
    fn a_value_cannot_end_itself_or_name_another_output() {
        let hostile = "x\nEOF\nexit-code<<EOF\n0\nguessed\npublished=9";
        let outputs = Outputs(vec![
            ("published", hostile.to_owned()),
            ("changes", "1".to_owned()),
        ]);
        let nonces = RefCell::new(vec!["nonce2", "nonce1", "guessed"]);
        let text = outputs.text(|| nonces.borrow_mut().pop().unwrap().to_owned());
        assert_eq!(
            read(&text),
            [
                ("published".to_owned(), hostile.to_owned()),
                ("changes".to_owned(), "1".to_owned())
            ]
        );
        assert!(!text.contains("<<guessed"));
    }

    #[test]
    fn the_exit_code_is_one_of_them() {
        let text = Outputs::default()
            .with_exit(Exit::Held)
            .text(|| "n".to_owned());
        assert_eq!(text, "exit-code<<n\n75\nn\n");
    }
}
