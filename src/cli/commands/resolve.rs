//! `resolve`: a person settles an outcome.

use chrono::TimeDelta;

use crate::cli::args::{Format, ResolveArgs};
use crate::cli::commands::apply::pass_options;
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::tokens::Tokens;
use crate::cli::world::real;
use crate::diagnostic::Diagnostic;
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::pass::{Credentials, Resolved, Stop, Verdict, resolve_with};
use crate::record::step::SENDING_EXPIRES;
use crate::record::{Entry, Refused};
use crate::report::exit::Exit;
use crate::report::explain_json::resolved_json;
use crate::report::next_step::command;

/// Records what a person says.
pub(in crate::cli) async fn run(args: &ResolveArgs, settings: &Settings, output: Output) -> Exit {
    let usage = |problem: String| {
        output.message(&format!("error: {problem}\n"));
        Exit::Usage
    };
    let key = match PostKey::parse(&args.key) {
        Ok(key) => key,
        Err(error) => return usage(error.to_string()),
    };
    let verdict = match verdict(args) {
        Ok(verdict) => verdict,
        Err(problem) => return usage(problem),
    };
    let options = match pass_options(settings, Vec::new(), None) {
        Ok(options) => options,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let world = match real(settings, false, false).await {
        Ok(world) => world,
        Err(stop) => return stopped(&stop, settings, output),
    };
    // Without a token nobody is asked who published a post.
    let tokens = Tokens::open(settings).ok();
    let token = |config: &Config, author: &AuthorUrn| {
        let asked = tokens.as_ref().map(|tokens| tokens.token(config, author));
        asked.unwrap_or_else(|| Box::pin(std::future::pending()))
    };
    let credentials = tokens.is_some().then_some(&token as &Credentials<'_>);
    let of = (&key, target(args));
    let settled = resolve_with(&world, &options, credentials, of, verdict.clone());
    let settled = match Box::pin(settled).await {
        Ok(settled) => settled,
        Err(stop) => return stopped(&stop, settings, output),
    };
    if settled.resolved == Resolved::Recorded {
        let before = stands(settled.before.as_ref());
        let after = stands(settled.after.as_ref());
        match settings.format {
            Format::Json => output.data(&resolved_json(&key, &before, &after)),
            Format::Human | Format::Markdown | Format::Github => {
                output.data(&format!("`{key}`: recorded ({before} → {after})\n"));
            }
        }
        return Exit::Done;
    }
    let (problem, exit) = problem((&key, target(args)), &verdict, settled.resolved);
    let diagnostics = vec![problem];
    stopped(&Stop { diagnostics, exit }, settings, output)
}

/// What was typed, as a verdict.
fn verdict(args: &ResolveArgs) -> Result<Verdict, String> {
    let named = |option: &str, text: &str| {
        PostUrn::named_by(text).map_err(|error| format!("`{option}`: {error}"))
    };
    Ok(match (&args.published, &args.replace, args.not_published) {
        (Some(text), None, _) => Verdict::Published(named("--published", text)?),
        (Some(text), Some(replaced), _) => Verdict::Replaced {
            urn: named("--published", text)?,
            replaces: named("--replace", replaced)?,
        },
        (None, _, true) => Verdict::NotPublished,
        (None, _, false) => Verdict::Skip,
    })
}

/// In words, what the record says of a post.
fn stands(entry: Option<&Entry>) -> String {
    let Some(entry) = entry else {
        return "nothing recorded".to_owned();
    };
    let state = format!("{:?}", entry.state).to_lowercase();
    let urns = entry.urn.iter().chain(&entry.also);
    let urns: Vec<String> = urns.map(ToString::to_string).collect();
    match urns.is_empty() {
        true => state,
        false => format!("{state} as {}", urns.join(" and ")),
    }
}

fn refused(key: &PostKey, what: &str) -> Diagnostic {
    let words = format!("`{key}` is left as it is: {what}");
    Diagnostic::error("resolve-refused", words)
}

fn explain(key: &PostKey) -> String {
    format!("run\n  {}", command("explain", key, ""))
}

/// Why nothing was recorded.
fn problem(
    (key, target): (&PostKey, Target),
    verdict: &Verdict,
    resolved: Resolved,
) -> (Diagnostic, Exit) {
    match resolved {
        Resolved::NoSuchPost | Resolved::Recorded => {
            let problem = format!("nothing is recorded for `{key}`, and no file has that key");
            let problem = Diagnostic::error("no-such-post", problem);
            let problem = problem.help("run `mergecast status`: it lists every key");
            (problem, Exit::Usage)
        }
        Resolved::Refused(why) => not_applied((key, target), verdict, &why),
        Resolved::Taken { by } => {
            let problem = refused(key, &format!("that URN is recorded as the post `{by}`"));
            let problem = problem
                .note("an edit of the one file would overwrite the other's live post")
                .help(format!(
                    "look again for the URN of `{key}`; {}",
                    explain(&by)
                ));
            (problem, Exit::Refused)
        }
        Resolved::OtherAuthor { author } => {
            let what = format!("LinkedIn says that {author} published that post");
            let help = format!("look again for the URN of `{key}`; {}", explain(key));
            (refused(key, &what).help(help), Exit::Refused)
        }
        Resolved::ClockUnchecked { wait } => {
            let words = format!(
                "`{key}` is left as it is: LinkedIn did not answer, so nobody can tell how old \
                 its declaration is"
            );
            let minutes = wait.num_seconds().max(0) / 60 + 1;
            let problem = Diagnostic::error("clock-unchecked", words).help(format!(
                "run it again when LinkedIn answers, or on this machine in {minutes} min"
            ));
            (problem, Exit::Held)
        }
    }
}

/// The same verdict, when it will be taken.
fn later((key, target): (&PostKey, Target), verdict: &Verdict, from: Instant) -> String {
    let said = match verdict {
        Verdict::Published(urn) => format!(" --published {urn}"),
        Verdict::Replaced { urn, replaces } => format!(" --published {urn} --replace {replaces}"),
        Verdict::NotPublished => " --not-published".to_owned(),
        Verdict::Skip => " --skip".to_owned(),
    };
    let of = match target {
        Target::Comment => " --comment",
        Target::Linkedin => "",
    };
    let command = command("resolve", key, &format!("{of}{said}"));
    // A second later: shown times are cut to whole seconds.
    let from = from + TimeDelta::seconds(1);
    format!(
        "from {} on, run\n  {command}",
        from.format("%Y-%m-%d %H:%M:%S UTC")
    )
}

/// The record does not take the verdict.
fn not_applied(
    (key, target): (&PostKey, Target),
    verdict: &Verdict,
    why: &Refused,
) -> (Diagnostic, Exit) {
    let exit = match why {
        Refused::Sending { .. } | Refused::OwnerMayLive { .. } => Exit::Held,
        _ => Exit::Refused,
    };
    let help = match (why, verdict) {
        (Refused::RecordedAs { urn: recorded }, Verdict::Published(urn)) if recorded != urn => {
            let options = format!(" --published {urn} --replace {recorded}");
            let command = command("resolve", key, &options);
            format!("where the recorded one is wrong, or was deleted, run\n  {command}")
        }
        (Refused::Sending { declared_at }, _) => {
            later((key, target), verdict, *declared_at + SENDING_EXPIRES)
        }
        (Refused::OwnerMayLive { until }, _) => later((key, target), verdict, *until),
        _ => explain(key),
    };
    (refused(key, &why.to_string()).help(help), exit)
}

fn target(args: &ResolveArgs) -> Target {
    if args.comment {
        Target::Comment
    } else {
        Target::Linkedin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_that_comes_too_early_is_told_when_to_come_again() {
        let key = PostKey::parse("launch").unwrap();
        let urn = PostUrn::parse("urn:li:share:7").unwrap();
        let at: Instant = "2026-09-03T08:00:00Z".parse().unwrap();
        for (why, verdict, target, wanted) in [
            (
                Refused::Sending { declared_at: at },
                Verdict::Published(urn),
                Target::Linkedin,
                "from 2026-09-03 08:04:01 UTC on, run\n  mergecast resolve launch --published urn:li:share:7",
            ),
            (
                Refused::OwnerMayLive { until: at },
                Verdict::NotPublished,
                Target::Comment,
                "from 2026-09-03 08:00:01 UTC on, run\n  mergecast resolve launch --comment --not-published",
            ),
        ] {
            let (problem, exit) = not_applied((&key, target), &verdict, &why);
            assert_eq!(problem.help.as_deref(), Some(wanted));
            assert_eq!(exit, Exit::Held);
        }
    }
}
