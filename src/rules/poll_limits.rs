//! `poll-limits`: a poll has a question and two to four answers that fit.
//!
//! Owns numbers and lengths. Must not judge what is asked.

use super::{Check, Context, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::attached::{Attached, MAX_OPTION, MAX_QUESTION, OPTIONS};

/// LinkedIn, "Poll Post API": a question of at most 140 characters, two to four options
/// of at most 30.
pub(super) static RULE: Rule = Rule {
    id: "poll-limits",
    severity: Severity::Error,
    summary: "a poll has a question and two to four different answers that fit",
    check: Check::Document(check),
};

fn check(rule: &Rule, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for attached in &context.document.attached {
        let Attached::Poll(poll) = &attached.value else {
            continue;
        };
        let mut say = |message: String, help: &str| {
            let label = context.label(attached.span.clone(), "");
            found.push(rule.report(message).at(label).help(help));
        };
        let length = |text: &str| text.encode_utf16().count();
        match length(&poll.question) {
            0 => say(
                "the poll has no question".to_owned(),
                "write it as `question:`",
            ),
            long if long > MAX_QUESTION => say(
                format!("the question has {long} characters, {MAX_QUESTION} are allowed"),
                "shorten it, and explain in the text of the post",
            ),
            _ => {}
        }
        let count = poll.options.len();
        if !OPTIONS.contains(&count) {
            let (least, most) = (OPTIONS.start(), OPTIONS.end());
            say(
                format!(
                    "the poll has {}, {least} to {most} are allowed",
                    if count == 1 {
                        "1 answer".to_owned()
                    } else {
                        format!("{count} answers")
                    }
                ),
                "write them as `options: [first, second]`",
            );
        }
        for (at, option) in poll.options.iter().enumerate() {
            let (number, long) = (at + 1, length(option));
            if long == 0 {
                say(
                    format!("answer {number} is empty"),
                    "write it, or remove it",
                );
            }
            if long > MAX_OPTION {
                say(
                    format!("answer {number} has {long} characters, {MAX_OPTION} are allowed"),
                    "shorten it",
                );
            }
            if poll.options.get(..at).unwrap_or_default().contains(option) {
                say(
                    format!("answer {number} is there twice"),
                    "say something else",
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::content::document::Located;
    use crate::rules::MediaSeen;
    use crate::rules::testing::{check, document, poll};

    fn found(options: &[&str]) -> Vec<String> {
        let mut post = document("posts/a.md", "Words");
        let value = poll(options);
        post.attached.push(Located { value, span: 4..16 });
        let found = check("poll-limits", &post, &MediaSeen::new());
        found.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn two_to_four_answers_of_thirty_characters() {
        let (most, over) = ("a".repeat(30), "b".repeat(31));
        assert!(found(&["A", &most]).is_empty());
        assert!(found(&["A", "B", "C", "D"]).is_empty());
        assert_eq!(found(&["A"]), ["the poll has 1 answer, 2 to 4 are allowed"]);
        assert_eq!(found(&["A", "B", "C", "D", "E"]).len(), 1);
        assert_eq!(
            found(&["A", &over, "", "A"]),
            [
                "answer 2 has 31 characters, 30 are allowed",
                "answer 3 is empty",
                "answer 4 is there twice"
            ]
        );
    }
}
