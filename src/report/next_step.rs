//! The one next step for a post that needs a person.
//!
//! Owns the sentence and the commands in it. Must not decide what is possible: the plan
//! has given the reason, and this says what people do about it.

use super::clean::shell_word;
use crate::model::key::PostKey;
use crate::plan::{Action, OtherPost, PlanItem, PostState};

/// What a person does next about a post; `None`: nothing, it takes its course. May have
/// several lines; commands stand on lines of their own, indented by two.
#[must_use]
pub fn next_step(item: &PlanItem) -> Option<String> {
    let path = item.path.as_str();
    let step = match item.reason.code.as_str() {
        "paused" => {
            "set `publish.paused: false` in `mergecast.yaml` and unset `MERGECAST_PAUSED` to go on"
                .to_owned()
        }
        "late" => format!(
            "give `{path}` a new `scheduled_at`, or add `on_late: publish` or `on_late: skip` to it"
        ),
        "key-reused" => format!(
            "if it is the same post, rewritten, add `id: {key}` to `{path}`; if it is another post, add any other `id`; if it says the same once more, add `repeats: {key}` as well",
            key = yaml_text(&item.key)
        ),
        "deleted" if item.action == Action::Hold => {
            format!("to publish it as a new post, add any other `id` to `{path}`; or remove the file")
        }
        "maybe-renamed" | "duplicate-of" | "repeat-too-soon" | "repeats-unknown" => {
            return Some(about_another(item));
        }
        "sent-file-unknown" => {
            "run `mergecast apply`, which fetches the commit that was published where it can; without git, put the published text back, run `mergecast apply` once, and edit the file again".to_owned()
        }
        "cannot-change-live" => format!(
            "undo that change in `{path}`, or delete the live post by hand and write a new file"
        ),
        "in-progress" => "nothing now; the next run looks again".to_owned(),
        "prune-unsure" => format!(
            "correct or move the file the reason names, so that it can be told from `{path}`; run\n  mergecast check"
        ),
        "draft-of-published" => format!(
            "give `{path}` its `scheduled_at` back, without `draft: true`, and its edit goes out; or undo the change"
        ),
        "edit-not-due" => format!(
            "nothing; or give `{path}` its earlier `scheduled_at` back, and the edit goes out at once"
        ),
        "retry-later" => "nothing; a run after that time tries again".to_owned(),
        "rejected" => format!(
            "read what LinkedIn said, change `{path}`, and merge; a changed text is sent again"
        ),
        "owner-silent" | "outcome-unknown" | "ledger-lost" => resolve_help(&item.key),
        "changed" => format!(
            "fetch the ledger branch where this clone lacks it; otherwise edit the live post by hand to say what `{path}` says"
        ),
        "two-posts" => two_posts_help(item),
        "comment-unknown" => comment_help(&item.key),
        "comment-late" => format!("write it by hand, or add `on_late: publish` to `{path}`"),
        _ => return by_action(item),
    };
    Some(step)
}

/// What a person does about a post that is, or may be, another one's copy or new name.
fn about_another(item: &PlanItem) -> String {
    let path = item.path.as_str();
    let other = item.other.as_ref();
    match (item.reason.code.as_str(), other) {
        ("maybe-renamed", Some(OtherPost { key, .. })) => {
            let key = yaml_text(key);
            format!(
                "if it is that post under a new name, add `id: {key}` to `{path}`; if it is another post, add `repeats: {key}`"
            )
        }
        (
            "duplicate-of",
            Some(OtherPost {
                key,
                root: Some(root),
            }),
        ) => {
            let root = match root.as_str() {
                "" => ".",
                root => root,
            };
            let from = format!(" --from {}", shell_word(root));
            format!(
                "if its file was moved here, take its record along; otherwise change the text of `{path}`, or remove it\n  {}",
                command("state move", key, &from)
            )
        }
        ("duplicate-of", Some(OtherPost { key, root: None })) => format!(
            "change the text of `{path}`, or remove it; to say it again on purpose, add `repeats: {}`",
            yaml_text(key)
        ),
        ("repeat-too-soon", _) => {
            format!("give `{path}` a later `scheduled_at`, or remove it")
        }
        (_, _) => format!(
            "write the key of an earlier post in `repeats:` of `{path}`, or remove that line; to see every key, run\n  mergecast status"
        ),
    }
}

/// A key as a value in front matter.
fn yaml_text(key: &PostKey) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let text = key.as_str();
    let is_plain = text.chars().all(is_word)
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off"
        );
    match is_plain {
        true => text.to_owned(),
        // A quotation mark inside single quotes is written twice.
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

fn by_action(item: &PlanItem) -> Option<String> {
    let explain = || format!("run\n  {}", command("explain", &item.key, ""));
    match (&item.action, item.state) {
        (Action::Unknown, _) | (_, PostState::Unknown) => Some(resolve_help(&item.key)),
        (Action::Hold, _) | (_, PostState::Held) => Some(explain()),
        (_, PostState::Failed) => Some(format!("correct `{}`; run\n  mergecast check", item.path)),
        (
            Action::Publish
            | Action::Update
            | Action::Delete
            | Action::Move { .. }
            | Action::Comment
            | Action::Wait
            | Action::None,
            _,
        ) => None,
    }
}

/// What settles a post whose outcome is unknown: look, then say what is true.
#[must_use]
pub fn resolve_help(key: &PostKey) -> String {
    format!(
        "look at the author's page, then run one of\n  {}\n  {}",
        command("resolve", key, " --published <urn>"),
        command("resolve", key, " --not-published")
    )
}

/// What settles a post that LinkedIn has twice.
#[must_use]
pub fn two_posts_help(item: &PlanItem) -> String {
    let mut help = "look at each of them, and delete all but one on LinkedIn; then say which \
                    one stays, with one of"
        .to_owned();
    for also in &item.also {
        let Some(urn) = &item.urn else { continue };
        for (stays, goes) in [(urn, also), (also, urn)] {
            let options = format!(" --published {stays} --replace {goes}");
            help.push_str("\n  ");
            help.push_str(&command("resolve", &item.key, &options));
        }
    }
    help
}

/// What settles a first comment whose outcome is unknown.
#[must_use]
pub fn comment_help(key: &PostKey) -> String {
    format!(
        "look below the post, then run one of\n  {}\n  {}",
        command("resolve", key, " --comment --skip"),
        command("resolve", key, " --comment --not-published")
    )
}

/// A command about one post that can be pasted. A key that begins with a dash stands
/// last, after `--`, so that it is not read as an option.
#[must_use]
pub fn command(name: &str, key: &PostKey, options: &str) -> String {
    let word = shell_word(key.as_str());
    if word.starts_with('-') {
        format!("mergecast {name}{options} -- {word}")
    } else {
        format!("mergecast {name} {word}{options}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn commands_can_be_pasted_whatever_the_key() {
        let key = |text: &str| PostKey::parse(text).unwrap();
        assert_eq!(
            resolve_help(&key("launch")),
            "look at the author's page, then run one of\n  mergecast resolve launch --published <urn>\n  mergecast resolve launch --not-published"
        );
        assert_eq!(
            command("resolve", &key("it's $x"), " --skip"),
            "mergecast resolve 'it'\\''s $x' --skip"
        );
        assert_eq!(
            command("resolve", &key("-rf"), " --skip"),
            "mergecast resolve --skip -- -rf"
        );
    }

    #[test]
    fn live_posts_that_wait_say_what_for() {
        let step = |action, state, code: &str| {
            let mut item = samples::item("launch", action, state);
            item.reason.code = code.to_owned();
            next_step(&item).unwrap()
        };
        let unsure = step(Action::Hold, PostState::Orphaned, "prune-unsure");
        assert!(unsure.starts_with("correct or move the file the reason names"));
        assert!(unsure.ends_with("run\n  mergecast check"), "{unsure}");
        let draft = step(Action::None, PostState::Published, "draft-of-published");
        assert!(draft.contains("`posts/launch.md` its `scheduled_at` back"));
        let early = step(Action::Wait, PostState::Published, "edit-not-due");
        assert!(
            early.starts_with("nothing; or give `posts/launch.md`"),
            "{early}"
        );
        let later = step(Action::Hold, PostState::Due, "retry-later");
        assert!(!later.contains("mergecast explain"), "{later}");
    }

    #[test]
    fn a_hold_of_any_kind_has_a_next_step_and_a_waiting_post_has_none() {
        let mut item = samples::item("launch", Action::Hold, PostState::Held);
        for code in [
            "paused",
            "late",
            "key-reused",
            "duplicate-of",
            "never-heard-of",
        ] {
            item.reason.code = code.to_owned();
            assert!(next_step(&item).is_some(), "{code}");
        }
        assert_eq!(
            next_step(&samples::item("launch", Action::Wait, PostState::Scheduled)),
            None
        );
    }
}
