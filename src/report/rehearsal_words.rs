//! What a rehearsal found, in words every view has for it.
//!
//! Owns sentences about faults, hazards, conditions and the end. Must not lay anything out.

use chrono::TimeDelta;

use super::clean;
use super::diagnostics::count;
use super::exit::Exit;
use super::rehearsal::{Fault, FaultKind, Happening, Hazard, Rehearsal, What};
use super::rehearsal_timeline::letters;
use super::status::Freshness;
use super::times;
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::zone::Tz;

/// What is not worth calling late: a pass takes its time.
const PUNCTUAL: TimeDelta = TimeDelta::minutes(1);

/// When runs begin.
pub(super) fn runs(rehearsal: &Rehearsal) -> String {
    match rehearsal.every.as_str() {
        "watch" => "as posts fall due, like a watcher (`--every watch`)".to_owned(),
        "github" => {
            "at minutes 7, 22, 37 and 52, like init's workflow (`--every github`)".to_owned()
        }
        every => format!("every {every} (`--every {every}`)"),
    }
}

/// When it ends.
pub(super) fn end(rehearsal: &Rehearsal) -> String {
    let (from, to) = (rehearsal.from, rehearsal.to);
    let at = instant(to, rehearsal.zone);
    let why = match rehearsal.nothing_scheduled {
        true => "; nothing is scheduled",
        false => "",
    };
    format!("{at} · {}{why}", times::relative(to, from))
}

/// The kinds of mishap, as `--faults` takes them.
pub(super) fn faults(rehearsal: &Rehearsal) -> String {
    let kinds: Vec<&str> = rehearsal.faults.iter().map(|kind| kind.as_str()).collect();
    match kinds.len() {
        0 => "none".to_owned(),
        all if all == FaultKind::ALL.len() => "bad-weather".to_owned(),
        _ => kinds.join(","),
    }
}

/// What goes wrong.
pub(super) fn weather(rehearsal: &Rehearsal) -> String {
    if rehearsal.faults.is_empty() {
        return "fair (`--faults bad-weather` rehearses mishaps)".to_owned();
    }
    let (faults, seed) = (faults(rehearsal), rehearsal.seed);
    format!("{faults}, seed {seed}: the same seed brings the same mishaps")
}

/// Who settles unknown outcomes; nothing where none can arise.
pub(super) fn person(rehearsal: &Rehearsal) -> Option<String> {
    if rehearsal.faults.is_empty() {
        return None;
    }
    Some(match rehearsal.answers_after {
        Some(after) => format!(
            "looks at LinkedIn {} after an unknown outcome, and says what is true",
            times::duration(after)
        ),
        None => "nobody settles an unknown outcome (`--unattended`)".to_owned(),
    })
}

/// How many posts there are a second time.
pub(super) fn twice(rehearsal: &Rehearsal) -> String {
    match rehearsal.tally.second_posts {
        0 => "no post is on LinkedIn a second time".to_owned(),
        number => format!(
            "{} on LinkedIn; this must never be",
            count(number, "second post")
        ),
    }
}

/// Why something happens to a post, where that needs to be said.
pub(super) fn why(happening: &Happening) -> Option<String> {
    if happening.what == What::Resolved {
        return Some(resolved(happening).to_owned());
    }
    let reason = happening.reason.as_ref()?;
    let zone = happening.subject.zone;
    Some(match (happening.what, happening.again) {
        (What::Unknown, _) => {
            "it may be out, and nobody knows; it is not sent again by itself".to_owned()
        }
        (_, Some(again)) => {
            format!(
                "[{}] it is tried again after {}",
                clean::line(&reason.code),
                time(again, zone)
            )
        }
        (What::Held | What::Failed | What::Skipped, None) => {
            format!(
                "[{}] {}",
                clean::line(&reason.code),
                clean::block(&reason.message)
            )
        }
        _ => clean::block(&reason.message),
    })
}

/// What a person found who looked, or a run.
pub(super) fn resolved(happening: &Happening) -> &'static str {
    if happening.reason.is_some() {
        return "a later run found it by itself: it is out, once";
    }
    match (happening.subject.target, happening.urn.is_some()) {
        (Target::Linkedin, true) => "a person looked: it is out, once",
        (Target::Linkedin, false) => "a person looked: it is not out; it may be sent again",
        (Target::Comment, true) => "a person looked: the first comment is there",
        (Target::Comment, false) => {
            "a person looked: there is no first comment; it may be sent again"
        }
    }
}

/// How much later than its time a post goes out, where that is worth saying.
pub(super) fn late(happening: &Happening) -> Option<String> {
    let late = happening.late.filter(|late| *late >= PUNCTUAL)?;
    Some(format!("{} late", times::duration(late)))
}

/// A mishap; times in `zone`.
pub(super) fn fault(fault: &Fault, key: Option<&PostKey>, zone: Tz) -> String {
    let post = key.map_or_else(
        || "a request".to_owned(),
        |key| format!("`{}`", clean::line(key.as_str())),
    );
    match fault {
        Fault::Late { by } => format!("this run begins {} late", times::duration(*by)),
        Fault::Dropped => "this run never begins".to_owned(),
        Fault::Down { during } => {
            format!(
                "the watcher is down for another {}",
                times::duration(*during)
            )
        }
        Fault::Limited {
            wait: Some(seconds),
        } => {
            let wait = times::duration(TimeDelta::seconds(i64::from(*seconds)));
            format!("LinkedIn refuses {post} for too many requests, and asks to wait {wait}")
        }
        Fault::Limited { wait: None } => {
            format!(
                "LinkedIn refuses {post} for too many requests; its count begins anew at 00:00 UTC"
            )
        }
        Fault::Lost { took_effect: true } => {
            format!("LinkedIn takes {post}, and its answer is lost")
        }
        Fault::Lost { took_effect: false } => {
            format!("the connection is lost before LinkedIn takes {post}; the run cannot tell")
        }
        Fault::Outage { until } => {
            format!("LinkedIn cannot be reached until {}", time(*until, zone))
        }
    }
}

/// `Thu 2026-09-03 10:00 CEST · 08:00 UTC`.
pub(super) fn instant(at: Instant, zone: Tz) -> String {
    let letters = letters(at, zone);
    let local = format!("{} {letters}", time(at, zone));
    let same_day = at.with_timezone(&zone).date_naive() == at.date_naive();
    match (zone, same_day) {
        (Tz::UTC, _) => local,
        (_, true) => format!("{local} · {}", at.format("%H:%M UTC")),
        (_, false) => format!("{local} · {}", at.format("%Y-%m-%d %H:%M UTC")),
    }
}

/// What is known of the record, where that is not all.
pub(super) fn record(rehearsal: &Rehearsal) -> Option<String> {
    match rehearsal.freshness {
        Freshness::Fetched => None,
        Freshness::Local { since: Some(at) } => Some(format!(
            "as this clone knows it, of {}; nothing was fetched",
            times::utc(at)
        )),
        Freshness::Local { since: None } => {
            Some("the lockfile's; this clone does not know the ledger".to_owned())
        }
    }
}

/// `2 on the way, none at the end`.
pub(super) fn unknown(rehearsal: &Rehearsal) -> String {
    let open = rehearsal.open.iter();
    let open = open.filter(|open| open.what == What::Unknown).count();
    match (rehearsal.tally.unknown, open) {
        (0, 0) => "no outcome is ever unknown".to_owned(),
        (met, 0) => format!("{met} on the way, none at the end"),
        (met, left) => format!("{met} on the way, {left} at the end"),
    }
}

/// `Thu 2026-09-03 10:00`, in the zone of the reader.
pub(super) fn time(at: Instant, zone: Tz) -> String {
    at.with_timezone(&zone)
        .format("%a %Y-%m-%d %H:%M")
        .to_string()
}

fn keys(keys: &[PostKey]) -> String {
    let keys = keys
        .iter()
        .map(|key| format!("`{}`", clean::line(key.as_str())));
    let keys: Vec<String> = keys.collect();
    match keys.as_slice() {
        [but_last @ .., last] if !but_last.is_empty() => {
            format!("{} and {last}", but_last.join(", "))
        }
        _ => keys.concat(),
    }
}

/// What is worth a second look.
pub(super) fn hazard(hazard: &Hazard) -> String {
    match hazard {
        Hazard::TooClose { author, posts } => too_close(author, posts),
        Hazard::SameSecond { at, posts, last } => {
            let last = match last {
                Some(last) if *last < PUNCTUAL => {
                    let seconds = (last.num_milliseconds() + 999) / 1000;
                    format!(", and go out one after the other, the last one {seconds} s later")
                }
                Some(last) => {
                    let late = times::duration(*last);
                    format!(", and go out one after the other, the last one {late} later")
                }
                None => String::new(),
            };
            format!(
                "{} posts are due in the same second, {}{last}: {}",
                posts.len(),
                time(at.0, at.1),
                keys(posts)
            )
        }
        Hazard::ManyRequests {
            author,
            day,
            requests,
            limit,
        } => format!(
            "{requests} requests of LinkedIn for `{}` on {day} (UTC), where {limit} are allowed",
            clean::line(author)
        ),
        Hazard::VersionEnds {
            version,
            from,
            posts,
        } => format!(
            "LinkedIn may switch version {version} off from {from} on, and {} due then; set a newer `linkedin.api_version` in time",
            match posts {
                1 => "1 post is".to_owned(),
                more => format!("{more} posts are"),
            }
        ),
        Hazard::EditNotKnown { posts } => format!(
            "{} {} what was published; the ledger is not known here, so an edit is not rehearsed (`git fetch` brings it)",
            keys(posts),
            if posts.len() == 1 {
                "differs from"
            } else {
                "differ from"
            }
        ),
    }
}

fn too_close(author: &str, posts: &[(PostKey, Instant, Tz)]) -> String {
    let author = clean::line(author);
    let apart = match posts {
        [(_, first, _), (_, second, _)] => {
            let apart = *second - *first;
            format!("{} apart", times::duration(apart))
        }
        _ => format!("less than {} min apart", crate::rules::MINUTES_APART),
    };
    let mut day = None;
    let posts: Vec<String> = posts
        .iter()
        .map(|(key, at, zone)| {
            let there = at.with_timezone(zone);
            let today = Some(there.date_naive());
            let format = if day == today {
                "%H:%M"
            } else {
                "%a %Y-%m-%d %H:%M"
            };
            day = today;
            format!("`{}` {}", clean::line(key.as_str()), there.format(format))
        })
        .collect();
    format!(
        "{} of `{author}` go out {apart}: {}",
        count(posts.len(), "post"),
        posts.join(", ")
    )
}

/// `14 posts and 1 first comment go out; 1 is held, 1 is a draft`.
pub(super) fn summary(rehearsal: &Rehearsal) -> String {
    let tally = &rehearsal.tally;
    let mut out = vec![count(tally.posts, "post")];
    if tally.comments > 0 {
        out.push(count(tally.comments, "first comment"));
    }
    let goes = if tally.posts == 1 && tally.comments == 0 {
        "goes"
    } else {
        "go"
    };
    let mut parts = vec![format!("{} {goes} out", out.join(" and "))];
    if tally.changes > 0 {
        let are = if tally.changes == 1 { "is" } else { "are" };
        parts.push(format!(
            "{} {are} changed",
            count(tally.changes, "live post")
        ));
    }
    for (what, one, many) in [
        (What::Refused, "is refused", "are refused"),
        (What::Held, "is held", "are held"),
        (What::Unknown, "stays unknown", "stay unknown"),
        (What::Failed, "cannot go out", "cannot go out"),
        (What::Due, "is still due", "are still due"),
        (What::Draft, "is a draft", "are drafts"),
    ] {
        match rehearsal
            .open
            .iter()
            .filter(|open| open.what == what)
            .count()
        {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            number => parts.push(format!("{number} {many}")),
        }
    }
    if tally.later > 0 {
        let are = if tally.later == 1 { "is" } else { "are" };
        parts.push(format!("{} {are} due after the end", tally.later));
    }
    parts.join(", ")
}

/// `Latest: 53 min after its time (`launch`)`.
pub(super) fn worst(rehearsal: &Rehearsal) -> Option<String> {
    let (late, key) = rehearsal.tally.worst.as_ref()?;
    let late = match late.num_milliseconds() {
        ..60_000 => format!("{} s", (late.num_milliseconds().max(0) + 999) / 1000),
        _ => times::duration(*late),
    };
    Some(format!(
        "{late} after its time, `{}`",
        clean::line(key.as_str())
    ))
}

/// Why the exit code is what it is.
pub(super) fn exit(rehearsal: &Rehearsal) -> String {
    let why = match rehearsal.exit {
        Exit::Done => "everything goes out",
        Exit::Held => "something does not go out by itself",
        Exit::Invalid => "the content has errors",
        Exit::Refused => "a guard refuses",
        Exit::Unknown => "an outcome stays unknown",
        Exit::Failed => "LinkedIn refuses a post",
        Exit::Pending | Exit::Usage | Exit::Unreachable | Exit::Denied => "it could not be played",
    };
    format!("{}: {why}", rehearsal.exit.code())
}

/// The heading of what stands open.
pub(super) fn open_heading(what: What) -> &'static str {
    match what {
        What::Refused => "Refused by a guard",
        What::Unknown => "Unknown at the end",
        What::Failed => "Cannot go out as they are",
        What::Due => "Still due at the end",
        What::Draft => "Drafts, which do not go out",
        What::Held => "Held at the end",
        What::Published
        | What::Commented
        | What::Updated
        | What::Deleted
        | What::Moved
        | What::Resolved
        | What::Skipped => "Done",
    }
}
