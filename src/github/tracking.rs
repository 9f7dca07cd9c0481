//! The tracking issue: one for everything that needs a person.
//!
//! Owns which issue is ours, what it names, and what is done so that it says what is true
//! now. What it names is kept in a hidden line as digests, since keys are anybody's text.
//! Must not word the needs: see [`crate::report::needs`].

use std::collections::BTreeSet;

use super::api::Api;
use super::failure::Failure;
use super::replies::Issue;
use crate::model::digest::Digest;
use crate::ports::Transport;
use crate::report::exit::Exit;
use crate::report::needs::{Need, NeedKind, needs_markdown};

/// Its title.
pub const TITLE: &str = "mergecast: posts that need a person";
/// Marks it; names follow.
const MARKER: &str = "<!-- mergecast:tracking";
/// Its longest text, in characters.
const LIMIT: usize = 55_000;
/// Names kept.
const NAMES: usize = 250;

/// What the issue is, as found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracked {
    /// Its number; `None`: there never was one.
    pub number: Option<u64>,
    /// Whether it is open.
    pub open: bool,
    /// What it says.
    pub body: String,
    /// What it names.
    pub named: BTreeSet<String>,
}

/// What is done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It says what is true.
    Nothing,
    /// There is none.
    Create(String),
    /// It says something else, or is closed and must not be, or the other way round.
    Edit {
        /// The issue.
        number: u64,
        /// What it says from now on.
        body: String,
        /// Whether it is open from now on.
        open: bool,
    },
}

/// The name of a need in the hidden line.
fn name_of(need: &Need) -> String {
    Digest::of(need.name.as_bytes()).short().to_owned()
}

impl Tracked {
    /// Finds it among the issues that `login` opened: the open one, else the newest. Anybody
    /// can write a marker; only our account's counts.
    #[must_use]
    pub fn find(issues: &[Issue], login: &str) -> Self {
        let ours = |issue: &&Issue| {
            let author = issue.user.as_ref().map(|user| user.login.as_str());
            let body = issue.body.as_deref().unwrap_or_default();
            issue.pull_request.is_none()
                && body.starts_with(MARKER)
                && author.is_some_and(|author| author.eq_ignore_ascii_case(login))
        };
        let mut found: Vec<&Issue> = issues.iter().filter(ours).collect();
        found.sort_by_key(|issue| (issue.state != "open", u64::MAX - issue.number));
        let Some(issue) = found.first() else {
            return Self::default();
        };
        let body = issue.body.clone().unwrap_or_default().replace("\r\n", "\n");
        let first = body.lines().next().unwrap_or_default();
        let names = first.trim_start_matches(MARKER).trim_end_matches("-->");
        Self {
            number: Some(issue.number),
            open: issue.state == "open",
            named: names.split_whitespace().map(str::to_owned).collect(),
            body,
        }
    }

    /// What makes it say that these needs are all there are. `stopped`: the run ended before
    /// it looked at posts, so that what the issue named is still its business.
    #[must_use]
    pub fn step(&self, needs: &[Need], stopped: bool) -> Step {
        let mut names: BTreeSet<String> = needs.iter().map(name_of).collect();
        if stopped {
            names.extend(self.named.iter().cloned());
        }
        let open = !needs.is_empty();
        let names: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
        let body = format!(
            "{MARKER} {} -->\n{}",
            names.join(" "),
            needs_markdown(needs, LIMIT)
        );
        match self.number {
            None if !open => Step::Nothing,
            None => Step::Create(body),
            Some(_) if !open && !self.open => Step::Nothing,
            Some(_) if open == self.open && body.trim_end() == self.body.trim_end() => {
                Step::Nothing
            }
            Some(number) => Step::Edit { number, body, open },
        }
    }

    /// The exit code of a run that left `needs`: posts that are only held, and that an open
    /// issue names already, do not make another run red.
    #[must_use]
    pub fn exit(&self, exit: Exit, needs: &[Need]) -> Exit {
        let mut held = needs.iter().filter(|need| need.kind == NeedKind::Held);
        let known = self.open && held.all(|need| self.named.contains(&name_of(need)));
        match exit {
            Exit::Held if known && needs.iter().any(|need| need.kind == NeedKind::Held) => {
                Exit::Done
            }
            other => other,
        }
    }
}

/// Reads the issue.
///
/// # Errors
/// GitHub's.
pub async fn read<T: Transport>(api: &Api<'_, T>, login: &str) -> Result<Tracked, Failure> {
    Ok(Tracked::find(&api.issues_of(login).await?, login))
}

/// Takes a step, and says what became of the issue.
///
/// # Errors
/// GitHub's.
pub async fn take<T: Transport>(api: &Api<'_, T>, step: &Step) -> Result<String, Failure> {
    Ok(match step {
        Step::Nothing => "says what is true".to_owned(),
        Step::Create(body) => format!("opened as {}", api.create_issue(TITLE, body).await?),
        Step::Edit { number, body, open } => {
            api.edit_issue(*number, body, *open).await?;
            match open {
                true => format!("{number} is up to date"),
                false => format!("{number} is closed; nothing needs a person"),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::replies::User;
    use crate::report::needs::needs;
    use crate::report::results::Outcome;
    use crate::report::samples;

    const BOT: &str = "github-actions[bot]";

    fn held() -> Vec<Need> {
        let mut report = samples::report();
        report.diagnostics.clear();
        report
            .results
            .retain(|result| result.outcome == Outcome::Held);
        needs(&report)
    }

    fn issue(number: u64, login: &str, state: &str, body: &str) -> Issue {
        Issue {
            number,
            state: state.to_owned(),
            body: Some(body.to_owned()),
            user: Some(User {
                login: login.to_owned(),
            }),
            pull_request: None,
        }
    }

    fn body(needs: &[Need]) -> String {
        match Tracked::default().step(needs, false) {
            Step::Create(body) => body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_is_opened_kept_closed_and_opened_again() {
        let needs = held();
        let text = body(&needs);
        let open = Tracked::find(&[issue(4, BOT, "open", &text)], BOT);
        assert_eq!(open.step(&needs, false), Step::Nothing);
        let closing = open.step(&[], false);
        let Step::Edit {
            number: 4,
            open: false,
            body: closed,
        } = closing
        else {
            panic!("{closing:?}");
        };
        let closed = Tracked::find(&[issue(4, BOT, "closed", &closed)], BOT);
        assert_eq!(closed.step(&[], false), Step::Nothing);
        let again = Step::Edit {
            number: 4,
            body: text,
            open: true,
        };
        assert_eq!(closed.step(&needs, false), again);
        assert_eq!(Tracked::default().step(&[], false), Step::Nothing);
    }

    #[test]
    fn a_hold_that_it_names_does_not_make_a_later_run_red() {
        let needs = held();
        let tracked = Tracked::find(&[issue(4, BOT, "open", &body(&needs))], BOT);
        assert_eq!(tracked.exit(Exit::Held, &needs), Exit::Done);
        assert_eq!(Tracked::default().exit(Exit::Held, &needs), Exit::Held);
        let mut closed = tracked.clone();
        closed.open = false;
        assert_eq!(closed.exit(Exit::Held, &needs), Exit::Held);
        for worse in [Exit::Unknown, Exit::Failed, Exit::Denied, Exit::Refused] {
            assert_eq!(tracked.exit(worse, &needs), worse);
        }
        let mut more = needs.clone();
        more[0].name = "other@linkedin:late".to_owned();
        assert_eq!(tracked.exit(Exit::Held, &more), Exit::Held);
        // Held by something that no issue names, such as another run.
        assert_eq!(tracked.exit(Exit::Held, &[]), Exit::Held);
    }

    #[test]
    fn an_issue_of_somebody_else_or_a_pull_request_is_not_ours() {
        let text = body(&held());
        let forged = issue(9, "eve", "open", &text);
        let mut pull = issue(10, BOT, "open", &text);
        pull.pull_request = Some(serde_json::json!({}));
        let quoted = issue(11, BOT, "open", &format!("> {text}"));
        assert_eq!(
            Tracked::find(&[forged, pull, quoted], BOT),
            Tracked::default()
        );
        let two = [issue(3, BOT, "open", &text), issue(8, BOT, "closed", &text)];
        assert_eq!(Tracked::find(&two, BOT).number, Some(3));
    }

    #[test]
    fn a_run_that_could_not_look_forgets_no_name() {
        let needs = held();
        let tracked = Tracked::find(&[issue(4, BOT, "open", &body(&needs))], BOT);
        let mut report = samples::report();
        report.results.clear();
        let Step::Edit { body, .. } = tracked.step(&crate::report::needs::needs(&report), true)
        else {
            panic!("the issue says something else now");
        };
        let later = Tracked::find(&[issue(4, BOT, "open", &body)], BOT);
        assert_eq!(later.exit(Exit::Held, &needs), Exit::Done);
    }
}
